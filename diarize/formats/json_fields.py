"""The fields of a row in JSON: when, who and what, by the names that tools give them.

Conventions
-----------
Names of fields are compared without capitals and marks, so that ``startTime``, ``start_time`` and
``StartTime`` are one (`loaded` folds them). A time may be a number, a text, a pair, or a time
within another.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from diarize.errors import Refused
from diarize.formats.times import Clocks, time_of
from diarize.timeline import Span

__all__ = [
    *("NO_WORD", "TEXT", "Fields", "edges", "first", "label_of", "loaded", "said_in", "span_of"),
    *("by_person", "told_apart", "unfolded"),
]

# Names of fields, and how many of their counts are a second; None: as a number or a text says.
_START: Mapping[str, float | None] = {
    "starts": 1, "start": None, "starttime": None, "startoffset": None, "begin": None,
    "startsec": 1, "ts": None, "from": None, "starttimestamp": None, "offset": None,
    "startms": 1000, "starttimems": 1000, "starttimemillis": 1000, "starttimeseconds": 1,
    "beginoffsetmillis": 1000, "offsetmilliseconds": 1000, "startmillis": 1000,
    "offsetinticks": 1e7, "startdatetime": None, "begintime": None, "timestamp": None, "time": None,
    "datastart": None, "tstartms": 1000, "s": None, "in": None, "beginaudiotime": 1,
    "beginn": None, "von": None,
}  # fmt: skip
_END: Mapping[str, float | None] = {
    "ends": 1, "end": None, "endtime": None, "endoffset": None, "stop": None, "endsec": 1,
    "endts": None, "to": None, "endtimestamp": None, "endms": 1000, "endoffsetmillis": 1000,
    "endmillis": 1000, "endtimems": 1000, "endtimemillis": 1000, "endtimeseconds": 1,
    "enddatetime": None, "dataend": None, "e": None,
    "out": None, "endaudiotime": 1, "ende": None, "bis": None,
}  # fmt: skip
_LENGTH: Mapping[str, float | None] = {
    "duration": None, "durationmilliseconds": 1000, "durationms": 1000, "durationinticks": 1e7,
    "ddurationms": 1000,
}  # fmt: skip
_VOICE = (
    "role", "speaker", "voice", "interlocutor", "speakerlabel", "speakertag", "speakerid",
    "speakername", "speakerdisplayname", "speakerdesignation", "participantrole",
    "participant", "participantdetails", "channeltag", "channellabel", "channelid", "channel",
    "spk", "originator", "who", "sprecher", "sprecherin", "person",
)  # fmt: skip
TEXT = ("text", "display", "transcript", "utterance", "content", "spokentext", "lexical",
         "sentence", "body", "words", "segment")  # fmt: skip
# What a service of its own calls the field with the speaker has one of these in it, best first.
_NAMING = ("speaker", "person", "people", "participant", "author", "user", "contact", "name",
           "channel")  # fmt: skip
_COUNTED = ("change", "count", "confidence", "score")  # what is said of a speaker, and names none
_FOLDED_UP = ("data", "attributes", "attrs")  # where a row keeps what is not its text
_RECORDS = ("time", "times", "timing", "interval")  # of a start and an end
_INSIDE = ("alternatives", "nbest", "sentences", "instances", "timestamps", "offsets")
_PAIRS = ("timestamp", "timestamps", "interval")  # of a start and an end
_SENDERS = ("from", "sender", "author", "user")  # by name, where they are no times
_TOGETHER = ("users", "speakers", "participants", "parties")  # of one turn; several are nobody
# Of a person's own fields, best first.
_NAMES = ("name", "displayname", "username", "participantrole", "id")
_SAMPLE_RATE = 16_000  # Otter counts samples
_DEEPEST = 100  # levels of a file
_FRAME_RATES = ("framerate", "fps", "framespersecond")
_FRAMED = re.compile(r'"(\d{1,3}:\d{2}:\d{2}[:;]\d{2})"')
NO_WORD = re.compile(r"</?(?:s|p|sil|eps|silence|pad)/?>", re.I)  # a recogniser's own signs
_BLANK = re.compile(r"\s*")
_HALF = re.compile("[\ud800-\udfff]")  # of a character, which no text may hold

Fields = Mapping[str, Any]


def loaded(text: str) -> Any:
    """Give what a text says in JSON, names of fields folded; several values as a list.

    Raises
    ------
    Refused
        If it is not JSON, or nested too deeply.
    """
    found: list[Any] = []
    decoder, at = json.JSONDecoder(), _blank(text, 0)
    try:
        while at < len(text) or not found:
            value, end = decoder.raw_decode(text, at)
            found.append(value)
            at = _blank(text, end)
    except json.JSONDecodeError as error:
        raise Refused("format.not_json", line=error.lineno) from None
    except RecursionError:
        raise Refused("format.nested_too_deeply") from None
    if len(found) > 1 and not all(isinstance(value, Mapping) for value in found):
        raise Refused("format.not_json", line=text.count("\n", 0, end) + 1)
    told = _folded(found if len(found) > 1 else found[0])
    framed = _FRAMED.findall(text)
    return _unframed(told, _rate(told) or Clocks.of(framed).rate or None) if framed else told


def _rate(data: Any) -> float | None:
    """Give how many frames a second a file says it counts."""
    value = first(data, _FRAME_RATES) if isinstance(data, Mapping) else None
    found = re.match(r"\d{1,3}(?:\.\d{1,6})?", str(value)) if value is not None else None
    return float(found[0]) or None if found else None


def _unframed(data: Any, per_s: float | None) -> Any:
    """Give data whose clocks with frames are seconds."""
    if isinstance(data, Mapping):
        return {name: _unframed(value, per_s) for name, value in data.items()}
    if isinstance(data, list):
        return [_unframed(value, per_s) for value in data]
    found = (
        re.fullmatch(r"(\d{1,3}:\d{2}:\d{2})[:;](\d{2})", data) if isinstance(data, str) else None
    )
    whole = time_of(found[1]) if found and per_s else None
    return data if whole is None or not found or not per_s else whole + int(found[2]) / per_s


def said_in(text: str) -> tuple[str | None, str] | None:
    """Give who says what by a text that is one JSON object, as captions may be; None if it is none.

    Examples
    --------
    >>> said_in('{"speakerName": "Anna", "spokenText": "Yes."}'), said_in("{laughs}")
    (('Anna', 'Yes.'), None)
    """
    if not (text.startswith("{") and text.endswith("}")):
        return None
    try:
        row = loaded(text)
    except Refused:
        return None
    words = first(row, TEXT) if isinstance(row, Mapping) else None
    return (label_of(row), words) if isinstance(words, str) else None


def _blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _folded(data: Any, depth: int = 0) -> Any:
    """Give data with names of fields in small letters and without marks."""
    if depth > _DEEPEST:
        raise Refused("format.nested_too_deeply")
    if isinstance(data, Mapping):
        folded = {re.sub(r"[\W_]", "", str(k)).casefold(): v for k, v in data.items()}
        return {name: _folded(value, depth + 1) for name, value in folded.items()}
    if isinstance(data, list):
        return [_folded(value, depth + 1) for value in data]
    if isinstance(data, str) and _HALF.search(data):
        return _HALF.sub("\N{REPLACEMENT CHARACTER}", data)
    return data


def first(row: Fields, names: Iterable[str]) -> Any:
    """Give the first of some fields that is filled; None where none is."""
    return next((row[name] for name in names if row.get(name) not in (None, "")), None)


def _value(value: Any, per_second: float | None) -> float | None:
    """Read a time: a number, a text, seconds and nanoseconds, or a time within another."""
    if isinstance(value, Mapping):
        if "seconds" in value or "nanos" in value:
            return float(value.get("seconds") or 0) + float(value.get("nanos") or 0) / 1e9
        if (thousandths := first(value, ("milliseconds", "millis"))) is not None:
            return _value(thousandths, _LENGTH["durationms"])
        return _value(first(value, ("relative", "seconds", "value")), per_second)
    if isinstance(value, str):
        found = time_of(value)
    else:
        usual = isinstance(value, int | float) and not isinstance(value, bool)
        found = float(value) if usual and math.isfinite(value) else None
    return found if found is None or per_second is None else found / per_second


def _time(row: Fields, names: Mapping[str, float | None]) -> float | None:
    for name, per_second in names.items():
        if row.get(name) in (None, ""):
            continue
        if (found := _value(row[name], per_second)) is not None:
            return found
    return None


def span_of(row: Fields) -> Span | None:
    """Give a row's time, seconds; None where it has none or it is no time."""
    if (pair := next((row[name] for name in _PAIRS if _is_pair(row.get(name))), None)) is not None:
        return edges(pair) or edges([pair[0], pair[0]])
    inner = next((row[name] for name in _INSIDE if row.get(name)), None)
    inside = inner[0] if isinstance(inner, list) else inner
    start = _time(row, _START)
    if start is None and isinstance(inside, Mapping):
        return span_of({name: value for name, value in inside.items() if name not in _INSIDE})
    if start is None:
        return None
    if "startoffset" in row and "speakerid" in row and isinstance(row["startoffset"], int):
        until = _time(row, _END) or start
        return Span(start / _SAMPLE_RATE, max(start, until) / _SAMPLE_RATE)
    end, length = _time(row, _END), _time(row, _LENGTH)
    if end is None:
        end = start + (length or 0.0)
    return Span(start, max(start, end))


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and _value(value[0], None) is not None


def label_of(row: Fields) -> str | None:
    """Give a row's speaker; a role that is not known yields to the voice."""
    named = [row.get(name) for name in _VOICE]
    named += [row[name] for name in _SENDERS if isinstance(row.get(name), Mapping)]
    lone = [row[name] for name in _TOGETHER if isinstance(row.get(name), list)]
    named += [people[0] for people in lone if len(people) == 1]
    names = [first(n, _NAMES) if isinstance(n, Mapping) else n for n in named]
    plain = (n for n in names if isinstance(n, str | int) and not isinstance(n, bool))
    said = [str(name).strip() for name in plain if name != ""]
    known = [name for name in said if name not in ("unknown", "other")]
    return next(iter(known or said), None)


def by_person(data: Fields, lists: Sequence[Sequence[Fields] | None]) -> list[Fields]:
    """Give turns that stand under who said them, each with that; nothing where they do not.

    Every key has a list of turns with times and words then, and no turn says itself whose it is.

    Parameters
    ----------
    data : mapping
        Of JSON, names of fields folded.
    lists : sequence of sequences of mappings
        The rows found in each of its values.

    Examples
    --------
    >>> turns = {"anna": [{"start": 1, "end": 2, "text": "Yes."}],
    ...          "jonas": [{"start": 3, "end": 4, "text": "No."}]}
    >>> [row["speaker"] for row in by_person(turns, list(turns.values()))]
    ['anna', 'jonas']
    """
    if len(lists) < 2 or len(lists) != len(data):
        return []
    rows = [row for some in lists for row in some or ()]
    told = all(span_of(row) and first(row, TEXT) and label_of(row) is None for row in rows)
    if not told or not all(isinstance(value, list) and value for value in data.values()):
        return []
    return [
        {**row, "speaker": name}
        for name, some in zip(data, lists, strict=True)
        for row in some or ()
    ]


def edges(pair: Any) -> Span | None:
    """Give a stretch that stands as a pair of times; None where it is none."""
    usual = isinstance(pair, list) and len(pair) == 2
    start, end = (_value(at, None) for at in pair) if usual else (None, None)
    return None if start is None or end is None or end < start else Span(start, end)


def told_apart(rows: Sequence[Fields]) -> list[Fields]:
    """Give rows a speaker where none has one: by a field named as such that tells few apart.

    Examples
    --------
    >>> rows = [{"text": t, "contactid": who} for t, who in zip("abcd", (7, 9, 7, 9))]
    >>> [label_of(row) for row in told_apart(rows)]
    ['7', '9', '7', '9']
    """
    if any(label_of(row) is not None for row in rows):
        return list(rows)
    names = dict.fromkeys(
        name for row in rows for name in row if not any(what in name for what in _COUNTED)
    )
    ordered = (name for stem in _NAMING for name in names if stem in name)
    for name in ordered:
        values = [row.get(name) for row in rows]
        plain = [v for v in values if isinstance(v, str | int) and not isinstance(v, bool)]
        if 2 * len(plain) > len(rows) and 1 < len(set(plain)) <= len(plain) / 2:
            return [{**row, "voice": value} for row, value in zip(rows, values, strict=True)]
    return list(rows)


def unfolded(row: Fields) -> Fields:
    """Give a row with what it keeps one level deeper beside its text, and its times and text so.

    Examples
    --------
    >>> row = unfolded({"time": {"from": 1.5, "to": 2}, "content": {"text": "Yes."}})
    >>> span_of(row), row["content"]
    (Span(start=1.5, end=2.0), 'Yes.')
    """
    for name in (*_RECORDS, *TEXT):
        record = row.get(name)
        if not isinstance(record, Mapping):
            continue
        said = first(record, TEXT) if name in TEXT else None
        rest = {key: value for key, value in row.items() if key != name}
        timed = span_of(rest) is None and span_of(record) is not None
        if isinstance(said, str) or (timed and name in _RECORDS):
            times = {k: v for k, v in record.items() if k not in TEXT} if timed else {}
            row = {**rest, **times, **({name: said} if isinstance(said, str) else {})}
    held = next((row[name] for name in _FOLDED_UP if isinstance(row.get(name), Mapping)), None)
    return row if held is None or first(row, TEXT) is None else {**held, **row}
