"""The report: every finding of one session as one frozen value, to JSON and back.

Conventions
-----------
Field names and meanings are those of ``report.schema.json`` beside this module. Optional
fields that are None are left out of the JSON. A reader refuses a newer schema number. The
report carries no file name, no path and no date of analysis, so the same input gives the same
bytes.
"""

import json
import math
import sys
import types
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from functools import lru_cache
from typing import Any, TypeVar

from diarize.conversation import Conversation, weave
from diarize.errors import Refused
from diarize.messages import Field, Message
from diarize.models.engine import Engine
from diarize.roles import Casting
from diarize.settings import Units
from diarize.timeline import Span
from diarize.timeline import Turn as Heard
from diarize.timeline import Word as Said
from prosody.cues import dyad as between
from prosody.cues.measure import Measure, Series
from prosody.listening.behaviours import Event, Outcome
from prosody.listening.links import Link
from prosody.listening.moments import Moment as Found
from prosody.listening.totals import MitiFigure, Total
from prosody.settings import TurnTaking

__all__ = [
    "SCHEMA",
    "ConsentFacts",
    "Course",
    "Engine",
    "Happening",
    "Moment",
    "Outcome",
    "Overlap",
    "Part",
    "QualityCheck",
    "RecordingFacts",
    "Report",
    "Silence",
    "Turn",
    "Voice",
    "Word",
    "conversation_of",
    "from_json",
    "happening",
    "json_schema",
    "moments_of",
    "overlaps_of",
    "silences_of",
    "thaw",
    "to_json",
    "turns_of",
    "without_words",
]

SCHEMA = 1
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class RecordingFacts:
    """What was analysed; the SHA-256 identifies it, no name does."""

    sha256: str
    duration_s: float
    sample_rate_hz: int
    channels: int
    setting: str


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """What the consent covered."""

    scopes: tuple[str, ...]
    expires_on: str


@dataclass(frozen=True, slots=True)
class QualityCheck:
    """One check of the recording; `span` (start, end in seconds) where it concerns a part."""

    check: str
    value: float | None
    unit: str
    verdict: str
    meaning: str
    span: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice and the role it was given, how surely (0 to 1) and why."""

    voice: str
    role: str
    certainty: float
    evidence: Message
    corrected_by: str | None = None
    channel: int | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a turn."""

    start_s: float
    end_s: float
    text: str
    probability: float | None = None
    doubtful: bool | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn; `speech` holds the stretches of speech in it, so that pauses can be drawn."""

    index: int
    start_s: float
    end_s: float
    voice: str
    role: str
    kind: str
    text: str | None = None
    words: tuple[Word, ...] | None = None
    speech: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch in which nobody speaks.

    `then` says of those of 3 s and more what ended it: ``backchannel``, ``question`` or
    ``speech``.
    """

    start_s: float
    end_s: float
    previous: str
    next: str
    kind: str
    ended_by: str
    then: str | None = None


@dataclass(frozen=True, slots=True)
class Overlap:
    """Simultaneous talk: `by` came in while `over` was speaking; kinds are those of `between`.

    `turn` and `over_turn` are the indices of the turns; `shared_s` counts the shared time alone.
    """

    start_s: float
    end_s: float
    shared_s: float
    by: str
    over: str
    kind: str
    evidence: str
    turn: int
    over_turn: int


@dataclass(frozen=True, slots=True)
class Part:
    """The first or last minutes of a session, or what lies between, with their measures."""

    name: str
    start_s: float
    end_s: float
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """Cue values over sliding windows."""

    window_s: float
    hop_s: float
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Happening:
    """One listening event."""

    kind: str
    start_s: float
    end_s: float
    role: str
    evidence: str
    confidence: float
    values: Mapping[str, float]
    turn: int | None = None
    outcome: Outcome | None = None
    corrected_by: str | None = None
    sub_kind: str | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch worth listening to, why, and what to play; `events` index into the events."""

    side: str
    start_s: float
    end_s: float
    play_from_s: float
    play_to_s: float
    reason: str
    points: float
    events: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """All findings of one session."""

    schema: int
    recording: RecordingFacts
    consent: ConsentFacts
    engines: Mapping[str, Engine]
    settings: Mapping[str, Any]
    settings_sha256: str
    quality: tuple[QualityCheck, ...]
    voices: tuple[Voice, ...]
    turns: tuple[Turn, ...]
    silences: tuple[Silence, ...]
    measures: tuple[Measure, ...]
    course: Course
    events: tuple[Happening, ...]
    links: tuple[Link, ...]
    cautions: tuple[str, ...]
    language: str | None = None
    moments: tuple[Moment, ...] = ()
    notes: tuple[str, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    monologues: tuple[int, ...] = ()
    parts: tuple[Part, ...] = ()
    rates_in_doubt: tuple[int, ...] = ()
    totals: tuple[Total, ...] = ()
    miti: tuple[MitiFigure, ...] = ()

    def measure(self, cue: str, role: str) -> Measure | None:
        """Give one measure, or None where the report has no such row."""
        return next((m for m in self.measures if m.cue == cue and m.role == role), None)


def to_json(report: Report) -> str:
    """Write a report as JSON text, one key order, times and values rounded to 0.0001."""
    return json.dumps(_plain(report), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def from_json(text: str, *, where: str = "report.json") -> Report:
    """Read a report.

    Parameters
    ----------
    text : str
        What `to_json` wrote.
    where : str
        What to call the source in an error.

    Raises
    ------
    Refused
        If it is no report, or was written by a newer version.
    """
    try:
        data = json.loads(text)
        schema = data["schema"]
        if schema > SCHEMA:
            raise Refused(
                f"{where}: written by a newer version (schema {schema}, this one reads "
                f"up to {SCHEMA}); update this program"
            )
        return thaw(Report, data)
    except Refused:
        raise
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Refused(f"{where}: not a readable report; analyse the recording again") from None


def thaw(kind: type[_T], plain: Mapping[str, Any]) -> _T:
    """Make a record of `kind`, and the records in it, from plain dictionaries and lists.

    Fields it does not know are left out.

    Raises
    ------
    TypeError
        If a field it needs is missing.
    """
    return typing.cast(_T, _typed(kind, plain))


def turns_of(conversation: Conversation) -> tuple[Turn, ...]:
    """Give the turns of a conversation as a report holds them."""
    return tuple(
        Turn(
            u.index,
            u.span.start,
            u.span.end,
            u.voice,
            u.role,
            u.kind,
            u.text if conversation.has_words else None,
            tuple(
                Word(w.span.start, w.span.end, w.text, w.probability, w.doubtful or None)
                for w in u.words
            )
            if conversation.has_words
            else None,
            tuple((ipu.start, ipu.end) for ipu in u.ipus),
        )
        for u in conversation.utterances
    )


def silences_of(conversation: Conversation) -> tuple[Silence, ...]:
    """Give the silences of a conversation as a report holds them."""
    long = between.silences(conversation, least_s=conversation.units.silence_s)
    then = {silence.span: silence.then for silence in long}
    return tuple(
        Silence(s.span.start, s.span.end, s.previous, s.next, s.kind, s.ended_by, then.get(s.span))
        for s in conversation.silences
    )


def overlaps_of(conversation: Conversation, limits: TurnTaking) -> tuple[Overlap, ...]:
    """Give the overlaps of a conversation, sorted into kinds, as a report holds them."""
    return tuple(
        Overlap(
            o.span.start,
            o.span.end,
            o.shared_s,
            o.by,
            o.over,
            o.kind,
            o.evidence,
            o.incoming,
            o.ongoing,
        )
        for o in between.overlaps(conversation, limits)
    )


def happening(event: Event) -> Happening:
    """Give a listening event as a report holds it."""
    return Happening(
        event.kind,
        event.span.start,
        event.span.end,
        event.role,
        event.evidence,
        event.confidence,
        dict(event.values),
        event.utterance,
        event.outcome,
        event.corrected_by,
        event.sub_kind,
    )


def moments_of(found: Iterable[Found]) -> tuple[Moment, ...]:
    """Give moments worth listening to as a report holds them."""
    return tuple(
        Moment(
            m.side,
            m.span.start,
            m.span.end,
            m.context.start,
            m.context.end,
            m.reason,
            m.points,
            m.events,
        )
        for m in found
    )


def conversation_of(report: Report) -> Conversation:
    """Give the conversation a report was made from, to be drawn or corrected."""
    turns = tuple(
        Heard(Span(start, end), turn.voice) for turn in report.turns for start, end in turn.speech
    )
    said = [
        Said(
            Span(word.start_s, word.end_s),
            word.text,
            word.probability,
            turn.voice,
            bool(word.doubtful),
        )
        for turn in report.turns
        for word in turn.words or ()
    ]
    castings = tuple(
        Casting(v.voice, v.role, v.certainty, v.evidence, v.channel, v.corrected_by)
        for v in report.voices
    )
    with_words = report.engines["transcriber"].name != "none" and bool(said)
    return weave(
        tuple(sorted(turns)),
        tuple(sorted(said)) if with_words else None,
        castings,
        report.recording.duration_s,
        language=report.language,
        units=thaw(Units, report.settings["units"]),
    )


def without_words(report: Report) -> Report:
    """Give the report without a word of the session, for consent that does not keep words."""
    return replace(
        report,
        turns=tuple(replace(turn, text=None, words=None) for turn in report.turns),
        events=tuple(
            replace(event, evidence="words not kept (consent)") for event in report.events
        ),
    )


# Optional in the records, yet always written: a reader need not ask whether they are there.
_ALWAYS = {"value", "low", "high", "reason", "part", "whole", "weights_sha256"}


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        required = _ALWAYS | {f.name for f in fields(value) if f.default is MISSING}
        pairs = ((f.name, getattr(value, f.name)) for f in fields(value))
        kept = ((k, v) for k, v in pairs if v is not None or k in required)
        return {key: part for k, v in kept for key, part in _parts(k, v)}
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        # A value that is not finite cannot be said; JSON has no word for it.
        return round(value, 4) if math.isfinite(value) else None
    return value


def _parts(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Give what a field becomes: a message is written as its text, its code and its fields."""
    if not isinstance(value, Message):
        yield name, _plain(value)
        return
    yield name, str(value)
    yield f"{name}_code", value.code
    yield f"{name}_fields", {k: _field(v) for k, v in value.fields.items()}


def _field(value: Field) -> Any:
    if isinstance(value, Message):
        return {"code": value.code, "fields": {k: _field(v) for k, v in value.fields.items()}}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_field(part) for part in value]
    return _plain(value)


def _message(name: str, value: Mapping[str, Any]) -> Message | None:
    """Read a message back; the text of an older file without codes is kept as it is."""
    if f"{name}_code" in value:
        fields_of = value.get(f"{name}_fields", {})
        return Message(value[f"{name}_code"], {k: _read(v) for k, v in fields_of.items()})
    text = value.get(name)
    return None if text is None else Message("legacy.text", {"text": text})


def _read(value: Any) -> Field:
    if isinstance(value, Mapping):
        return Message(value["code"], {k: _read(v) for k, v in value["fields"].items()})
    return tuple(_read(part) for part in value) if isinstance(value, list) else value


@lru_cache(maxsize=64)
def _hints(kind: type) -> Mapping[str, Any]:
    """Give the types of a record's fields; worked out once, since a report holds thousands."""
    return typing.get_type_hints(kind)


def _typed(kind: Any, value: Any) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return (
            None
            if value is None
            else _typed(next(a for a in arguments if a is not type(None)), value)
        )
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return tuple(_typed(arguments[0], item) for item in value)
        return tuple(_typed(a, item) for a, item in zip(arguments, value, strict=True))
    if origin is not None:  # Mapping[str, X]
        return {key: _typed(arguments[1], item) for key, item in value.items()}
    if is_dataclass(kind):
        hints = _hints(typing.cast(type, kind))
        known = {
            k: _message(k, value) if _said(hints[k]) else _typed(hints[k], v)
            for k, v in value.items()
            if k in hints
        }
        return typing.cast(Any, kind)(**known)
    return float(value) if kind is float else value


def _said(kind: Any) -> bool:
    return kind is Message or Message in typing.get_args(kind)


_VERDICTS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("QualityCheck", "verdict"): ("ok", "warn", "withhold"),
    ("Voice", "role"): ("therapist", "client", "other", "unknown"),
    ("Turn", "role"): ("therapist", "client", "other", "unknown"),
    ("Turn", "kind"): ("primary", "backchannel", "secondary"),
    ("Silence", "kind"): ("pause", "gap", "silence"),
    ("Overlap", "kind"): ("backchannel", "terminal", "to_review", "other"),
}
_SIMPLE = {float: "number", int: "integer", str: "string", bool: "boolean"}


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema of report.json, made from the records themselves."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "report.json",
        **_schema(Report),
    }


def _schema(kind: Any) -> dict[str, Any]:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return {}
    if origin in (types.UnionType, typing.Union):
        return {
            "anyOf": [_schema(a) for a in arguments if a is not type(None)] + [{"type": "null"}]
        }
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return {"type": "array", "items": _schema(arguments[0])}
        size = len(arguments)
        return {"type": "array", "items": _schema(arguments[0]), "minItems": size, "maxItems": size}
    if origin is not None:
        return {"type": "object", "additionalProperties": _schema(arguments[1])}
    if kind is Message:
        return {"type": "string"}
    if is_dataclass(kind):
        return _record_schema(kind)
    return {"type": _SIMPLE[kind]}


def _record_schema(kind: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    properties = {f.name: _schema(hints[f.name]) for f in fields(kind)}
    for name in (f.name for f in fields(kind) if _said(hints[f.name])):
        properties |= {f"{name}_code": {"type": "string"}, f"{name}_fields": {"type": "object"}}
    for (owner, name), allowed in _VERDICTS.items():
        if owner == kind.__name__:
            properties[name] = {"enum": list(allowed)}
    always = {f.name for f in fields(kind) if f.default is MISSING} | (_ALWAYS & properties.keys())
    return {"type": "object", "properties": properties, "required": sorted(always)}


if __name__ == "__main__":
    # python -m prosody.report.model > prosody/report/report.schema.json
    sys.stdout.write(json.dumps(json_schema(), indent=1) + "\n")
