"""Records to JSON and back: the one place that knows what a field is called in a file.

Conventions
-----------
A record is written under its own field names, but for what stands in the tables below. A span is
two numbers, ``start_s`` and ``end_s`` where it is a record's own. A message ``x`` is written as
``x`` (its sentence), ``x_code`` and ``x_fields``. Optional fields that are None are left out. What
is not finite becomes null. A report is written with times and values rounded to 0.0001; what a
library keeps to work on is written exactly. The JSON Schema is made from the same tables.
"""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar, cast

from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from diarize.conversation import Conversation, Utterance
from diarize.errors import Refused
from diarize.messages import Message, Note
from diarize.timeline import Span, Traits, Word
from prosody.listening.totals import MitiFigure
from prosody.report import older
from prosody.report.model import SCHEMA, Report
from prosody.report.names import ALWAYS, FLAT, NAMES, NOT_SHOWN, SPANS, Plain, is_enum, messages_of
from prosody.settings import KEPT_PLACES

__all__ = ["as_written", "from_json", "parsed", "plain", "rows", "thaw", "to_json"]

_T = TypeVar("_T")
_HALF = re.compile(r"\\u[dD][89a-fA-F]")  # of a character that JSON spells as two


def to_json(report: Report) -> str:
    """Write a report as JSON text, a row of a table on a line."""
    return "{\n" + ",\n".join(_entries(_ROUNDED.unstructure(report))) + "\n}\n"


def _entries(plain: Mapping[str, Any]) -> list[str]:
    return [f"{_text(key)}: {_lines(value)}" for key, value in plain.items()]


def _lines(value: Any) -> str:
    if isinstance(value, (list, tuple)) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(_text(row) for row in value) + "\n]"
    return _text(value)


_text = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def from_json(
    text: str, *, where: str | Message = "report.json", conversation: Conversation | None = None
) -> Report:
    """Read a report; who said what is taken as it stands.

    Parameters
    ----------
    text : str
        What `to_json` wrote, of this schema or an earlier one.
    where : str or Message
        What to call the source in an error.
    conversation : Conversation, optional
        Who said what, exactly; without it what the report says, to 0.0001 s.

    Raises
    ------
    Refused
        If it is no report, or was written by a newer version.
    """
    try:
        data = parsed(text)
        if data["schema"] <= SCHEMA:
            if conversation is not None:
                data |= {"turns": (), "voices": ()}
            read = _EXACT.structure(data, Report)
            return read if conversation is None else replace(read, conversation=conversation)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise Refused("report.unreadable", where=where) from None
    raise Refused("report.newer", where=where, schema=data["schema"], known=SCHEMA)


def parsed(text: str) -> Any:
    r"""Give what a library's file says in JSON.

    Raises
    ------
    ValueError
        If it is no JSON, or a text in it is none: half a character (``"\\ud800"``), which nothing
        could write again.
    """
    data = json.loads(text)
    if _HALF.search(text):
        json.dumps(data, ensure_ascii=False).encode()
    return data


def plain(record: Any) -> Plain:
    """Give a record, and the records in it, as dictionaries and lists, exactly."""
    return cast(Plain, _EXACT.unstructure(record))


def thaw(kind: type[_T], plain: Mapping[str, Any]) -> _T:
    """Make a record of `kind` of what `plain` gave, or of what was read from JSON.

    Fields it does not know are left out.

    Raises
    ------
    KeyError, TypeError or ValueError
        If a field it needs is missing or something else.
    """
    return _EXACT.structure(plain, kind)


def as_written(record: _T) -> _T:
    """Give a record as a report has it: numbers to 0.0001."""
    return _EXACT.structure(_ROUNDED.unstructure(record), type(record))


def rows(report: Report, table: str) -> list[Plain]:
    """Give one table of a report, every row once and with every field."""
    written: list[Plain] = _WHOLE.unstructure(report)[table]
    return [row for row in written if "alias_of" not in row]


def _converter(number: Callable[[float], float | None], *, whole: bool = False) -> Converter:
    """Make a converter that writes numbers so, and with `whole` also what is None."""
    made = Converter(detailed_validation=False)
    made.register_unstructure_hook(float, number)
    made.register_unstructure_hook_func(is_enum, str)
    made.register_structure_hook(Span, lambda pair, _: Span(float(pair[0]), float(pair[1])))
    made.register_unstructure_hook(Span, lambda span: [number(span.start), number(span.end)])
    made.register_structure_hook(Message, lambda row, _: _message(row))
    made.register_unstructure_hook(Message, lambda said: _said(said, number))
    made.register_structure_hook(Note, lambda row, _: _note(row))
    made.register_unstructure_hook(Note, lambda said: _noted(said, number))
    made.register_unstructure_hook_factory(is_dataclass, lambda kind: _writer(kind, made, whole))
    made.register_structure_hook_factory(is_dataclass, lambda kind: _reader(kind, made))
    return made


def _exactly(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _rounded(value: float) -> float | None:
    return round(float(value), KEPT_PLACES) if math.isfinite(value) else None


def _writer(kind: Any, converter: Converter, whole: bool) -> Callable[[Any], Plain]:
    """Make the function that writes one kind of record."""
    own = make_dict_unstructure_fn(
        kind,
        converter,
        **{  # type: ignore[arg-type]
            f.name: override(
                rename=NAMES.get(kind, {}).get(f.name),
                omit_if_default=f.default is None and not whole and f.name not in ALWAYS,
            )
            for f in fields(kind)
        },
    )
    ends, messages, inner = SPANS.get(kind, {}), messages_of(kind), FLAT.get(kind)
    last = _LAST_TOUCH.get(kind)

    def write(record: Any) -> Plain:
        row = own(record)
        first = {}
        for name, (start, end) in ends.items():
            first[start], first[end] = row.pop(name)
        for name in messages:
            _spread(row, name)
        row = {**first, **(row.pop(inner) if inner else {}), **row}
        return last(record, row) if last else row

    return write


def _reader(kind: Any, converter: Converter) -> Callable[[Mapping[str, Any], Any], Any]:
    """Make the function that reads one kind of record."""
    own = make_dict_structure_fn(
        kind,
        converter,
        **{old: override(rename=new) for old, new in NAMES.get(kind, {}).items()},  # type: ignore[arg-type]
    )
    ends, messages, inner = SPANS.get(kind, {}), messages_of(kind), FLAT.get(kind)
    first = _FIRST_TOUCH.get(kind)

    def read(row: Mapping[str, Any], _: Any) -> Any:
        row = dict(row)
        if first:
            first(row)
        for name, (start, end) in ends.items():
            row[name] = row[start], row[end]
        if inner:
            row[inner] = dict(row)
        for name in messages:
            _gather(row, name)
        return own(row, kind)

    return read


def _spread(row: Plain, name: str) -> None:
    """Write a message beside its code and fields."""
    said = row.get(name)
    if said is not None:
        row |= {name: said["text"], f"{name}_code": said["code"], f"{name}_fields": said["fields"]}


def _gather(row: Plain, name: str) -> None:
    """Take a message together again; of a text alone, as older files have it, make one."""
    code = row.get(f"{name}_code")
    if code is not None:
        row[name] = {"code": code, "fields": row.get(f"{name}_fields", {})}


def _said(said: Message | Note, number: Callable[[float], float | None]) -> Plain:
    fields = {name: _field(value, number) for name, value in said.fields.items()}
    return {"code": said.code, "fields": fields, "text": str(said)}


def _field(value: Any, number: Callable[[float], float | None]) -> Any:
    if isinstance(value, Message):
        return _said(value, number)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, (str, int)) or value is None:
        return str(value) if isinstance(value, StrEnum) else value
    return [_field(item, number) for item in value]


def _noted(note: Note, number: Callable[[float], float | None]) -> Plain:
    spans = [[number(span.start), number(span.end)] for span in note.spans]
    return {"severity": note.severity, "spans": spans, **_said(note, number)}


def _message(row: Any) -> Message:
    if isinstance(row, str):
        return Message("legacy.text", {"text": row})
    return Message(row["code"], {name: _read(value) for name, value in row["fields"].items()})


def _read(value: Any) -> Any:
    if isinstance(value, dict):
        return _message(value)
    return tuple(_read(item) for item in value) if isinstance(value, list) else value


def _note(row: Any) -> Note:
    said = _message(row)
    if isinstance(row, str):
        return Note(said.code, said.fields, "caution")
    spans = tuple(Span(float(start), float(end)) for start, end in row["spans"])
    return Note(said.code, said.fields, row["severity"], spans)


def _last_of_word(word: Word, row: Plain) -> Plain:
    if not word.doubtful:
        del row["doubtful"]
    if word.traits is not None:
        del row["text"]
    return row


def _first_of_word(row: Plain) -> None:
    row.setdefault("text", "")


def _last_of_traits(traits: Traits, row: Plain) -> Plain:
    return {name: value for name, value in row.items() if value}


def _last_of_utterance(utterance: Utterance, row: Plain) -> Plain:
    for word in row["words"]:
        word.pop("voice", None)  # its turn's
    return row


def _first_of_miti(row: Plain) -> None:
    row.setdefault("role", "therapist")
    row.setdefault("unit", "")


def _last_of_conversation(conversation: Conversation, row: Plain) -> Plain:
    if not conversation.has_words:
        for turn in row["turns"]:
            del turn["words"]
    return row


def _first_of_conversation(row: Plain) -> None:
    row["turns"] = [
        {**turn, "words": [{**word, "voice": turn["voice"]} for word in turn.get("words") or ()]}
        for turn in row["turns"]
    ]


def _last_of_report(report: Report, row: Plain) -> Plain:
    """Show the conversation as tables of the report, and with each silence what ended it."""
    made: Plain = {"schema": report.schema}
    for name, value in row.items():
        if name == "conversation":
            made |= {k: v for k, v in value.items() if k not in NOT_SHOWN}
        elif name != "ended_with":
            made[name] = value
    older.with_old_names(made)
    made["settings"] = plain(report.settings)  # exactly: from them all else follows
    made["cautions"] = list(report.cautions)
    _show_words(report.conversation, made["turns"])
    for silence, then in zip(made["silences"], report.ended_with, strict=False):
        if then is not None:
            silence["then"] = then
    return made


def _show_words(conversation: Conversation, turns: Sequence[Plain]) -> None:
    """Give turns their text, and take from them words whose texts are not kept."""
    for turn, utterance in zip(turns, conversation.utterances, strict=True):
        if not conversation.texts:
            turn.pop("words", None)
        elif conversation.has_words:
            turn["text"] = utterance.text


def _first_of_report(row: Plain) -> None:
    settings = row["settings"]
    older.without_old_names(row)
    row["conversation"] = {
        "turns": row["turns"],
        "silences": row["silences"],
        "voices": row["voices"],
        "language": row.get("language"),
        "duration_s": row["recording"]["duration_s"],
        "has_words": any("words" in turn for turn in row["turns"]),
        "units": settings.get("units") or settings.get("hearing", {}).get("units", {}),
    }
    row["ended_with"] = [silence.get("then") for silence in row["silences"]]
    if row["schema"] == 1:
        row["notes"] = older.notes(row.get("notes", ()), row["cautions"])
    row["schema"] = SCHEMA  # as which it is held from here on, and written again


_LAST_TOUCH: Mapping[type, Callable[[Any, Plain], Plain]] = {
    Word: _last_of_word,
    Traits: _last_of_traits,
    Utterance: _last_of_utterance,
    Conversation: _last_of_conversation,
    Report: _last_of_report,
}
_FIRST_TOUCH: Mapping[type, Callable[[Plain], None]] = {
    Word: _first_of_word,
    Conversation: _first_of_conversation,
    MitiFigure: _first_of_miti,
    Report: _first_of_report,
}
_EXACT = _converter(_exactly)
_ROUNDED = _converter(_rounded)
_WHOLE = _converter(_exactly, whole=True)
