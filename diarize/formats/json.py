"""Transcripts in JSON: of recognisers, of services, and lists of turns of any maker.

The reader looks for a list of turns, however deep, and takes times, speaker, text and words from
the fields that tools use. Names of fields are compared without capitals and marks, so that
``startTime``, ``start_time`` and ``StartTime`` are one. Whisper, WhisperX, whisper.cpp, Azure,
Google, Amazon, AssemblyAI, Deepgram, Rev, Otter, Speechmatics, ElevenLabs and others so need no
reader of their own.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from diarize.errors import Refused
from diarize.formats.languages import code_of
from diarize.formats.times import time_of
from diarize.formats.transcript import Cue, Reading, Remark, Transcript, gathered, in_seconds
from diarize.settings import Formats
from diarize.timeline import Span, Word

__all__ = ["any_json"]

_LISTS = (
    "turns", "utterances", "segments", "recognizedphrases", "phrases", "transcripts", "cues",
    "monologues", "paragraphs", "sentences", "messages", "transcription", "transcript", "entries",
    "results", "items", "events", "words",
)  # fmt: skip
# Names of fields, and how many of their counts are a second; None: as a number or a text says.
_START: Mapping[str, float | None] = {
    "starts": 1, "start": None, "starttime": None, "startoffset": None, "begin": None,
    "startsec": 1, "ts": None, "from": None, "starttimestamp": None, "offset": None,
    "startms": 1000, "beginoffsetmillis": 1000, "offsetmilliseconds": 1000, "startmillis": 1000,
    "offsetinticks": 1e7, "startdatetime": None, "begintime": None, "timestamp": None, "time": None,
    "datastart": None, "tstartms": 1000, "s": None,
}  # fmt: skip
_END: Mapping[str, float | None] = {
    "ends": 1, "end": None, "endtime": None, "endoffset": None, "stop": None, "endsec": 1,
    "endts": None, "to": None, "endtimestamp": None, "endms": 1000, "endoffsetmillis": 1000,
    "endmillis": 1000, "enddatetime": None, "dataend": None, "e": None,
}  # fmt: skip
_LENGTH: Mapping[str, float | None] = {
    "duration": None, "durationmilliseconds": 1000, "durationms": 1000, "durationinticks": 1e7,
    "ddurationms": 1000,
}  # fmt: skip
_VOICE = (
    "role", "speaker", "voice", "interlocutor", "speakerlabel", "speakertag", "speakerid",
    "speakername", "speakerdisplayname", "participantrole", "participant", "channeltag", "channel",
)  # fmt: skip
_TEXT = ("text", "display", "transcript", "utterance", "content", "spokentext", "lexical",
         "sentence", "body", "words")  # fmt: skip
_WORD = ("punctuatedword", "word", "text", "display", "content", "value", "w")
_SURE = ("probability", "score", "confidence")
_INSIDE = ("alternatives", "nbest", "sentences", "instances", "timestamps", "offsets")
_SAMPLE_RATE = 16_000  # Otter counts samples
_DEEPEST, _LOOKED_INTO = 100, 12  # levels of a file at all, and of lists in it

Fields = Mapping[str, Any]


def any_json(text: str, how: Reading) -> Transcript:
    """Read a JSON transcript, or one of a JSON value on each line.

    Raises
    ------
    Refused
        If it is not JSON or has no list of turns.
    """
    data = _loaded(text)
    language = None
    if isinstance(data, Mapping):
        language = code_of(data.get("language") or data.get("language_code"))
    cues, remarks = _cues(_unwrapped(_folded(data)), how.formats)
    return Transcript(tuple(cues), language, remarks=tuple(remarks))


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or not all(line.lstrip().startswith("{") for line in lines):
            raise Refused("format.not_json", line=error.lineno) from None
        number = error.lineno
    except RecursionError:
        raise Refused("format.nested_too_deeply") from None
    try:
        return [json.loads(line) for line in lines]
    except (json.JSONDecodeError, RecursionError):
        raise Refused("format.not_json", line=number) from None


def _folded(data: Any, depth: int = 0) -> Any:
    """Give data with names of fields in small letters and without marks."""
    if depth > _DEEPEST:
        raise Refused("format.nested_too_deeply")
    if isinstance(data, Mapping):
        folded = {re.sub(r"[\W_]", "", str(k)).casefold(): v for k, v in data.items()}
        return {name: _folded(value, depth + 1) for name, value in folded.items()}
    if isinstance(data, list):
        return [_folded(value, depth + 1) for value in data]
    return data


def _unwrapped(data: Any) -> Any:
    """Give what a service put into an envelope, where there is one."""
    while isinstance(data, Mapping) and "results" not in data:
        inside = next((data[name] for name in ("response", "data", "result") if name in data), None)
        if not isinstance(inside, Mapping) or any(name in data for name in _LISTS):
            break
        data = inside
    return data


def _cues(data: Any, formats: Formats) -> tuple[Sequence[Cue], list[Remark]]:
    remarks: list[Remark] = []
    results = data.get("results") if isinstance(data, Mapping) else None
    if isinstance(results, Mapping) and isinstance(results.get("items"), list):
        return _amazon(results), remarks
    if isinstance(results, list) and (by_words := _google(results)):
        return by_words, remarks
    if isinstance(results, Mapping) and (by_channel := _channels(results.get("channels"))):
        return in_seconds(by_channel, formats), remarks
    rows = _rows(data)
    if rows is None:
        raise Refused("format.no_list_of_turns")
    lone = data.get("words") if isinstance(data, Mapping) else None
    if isinstance(lone, list) and not any(_first(row, _TEXT) for row in rows):
        return in_seconds(_with_paragraphs(_words(lone, None), rows), formats), remarks
    if all(_is_word(row) for row in rows):
        remarks += [Remark("other", _span(row)) for row in rows if row.get("type") == "audioevent"]
        spoken = [row for row in rows if row.get("type") not in ("audioevent", "spacing")]
        return in_seconds(_runs(_words(spoken, None)), formats), remarks
    parts = (part for row in rows for part in _by_voice(_cue(row)))
    # A turn without words says who spoke when, as a report without words does.
    cues = [part for part in parts if part.text or (part.voice is not None and part.stretches)]
    return gathered(in_seconds(cues, formats), formats), remarks


def _is_word(row: Fields) -> bool:
    return "word" in row or {"w", "s", "e"} <= set(row) or row.get("type") in (
        "word", "spacing", "punctuation", "audioevent", "pronunciation",
    )  # fmt: skip


def _rows(data: Any, depth: int = 0) -> list[Fields] | None:
    """Give the list of turns: the first of the names tools use, then whatever lies deeper."""
    if depth > _LOOKED_INTO:
        return None
    if isinstance(data, list):
        return _rows_of_list([row for row in data if isinstance(row, Mapping)], depth)
    if not isinstance(data, Mapping):
        return None
    told = (_rows(data[name], depth + 1) for name in _LISTS if name in data)
    if found := next((rows for rows in told if rows), None):
        return found
    rest = (_rows(value, depth + 1) for name, value in data.items() if name not in _LISTS)
    return next((rows for rows in rest if rows and any(map(_is_said, rows))), None)


def _rows_of_list(rows: list[Fields], depth: int) -> list[Fields] | None:
    """Give a list's rows, or those of the lists they hold, if they are no turns themselves."""
    spoken = any(_has_text(row) for row in rows) or (rows and {"words", "elements"} & set(rows[0]))
    if _only_holds(rows):  # paragraphs of sentences: whose a paragraph is, its sentences are
        return [{**row, **part} for row in rows for part in row["sentences"]]
    nested = [] if spoken else [_rows(row, depth + 1) for row in rows]
    return [row for found in nested for row in found or ()] or rows or None


def _is_said(row: Fields) -> bool:
    return _span(row) is not None or _has_text(row)


def _only_holds(rows: Sequence[Fields]) -> bool:
    """Whether rows are no turns themselves but hold lists of them (paragraphs of sentences)."""
    held = [row.get("sentences") for row in rows]
    return bool(held) and all(
        isinstance(parts, list) and all(isinstance(part, Mapping) for part in parts)
        for parts in held
    )


def _has_text(row: Fields) -> bool:
    inner = row.get("nbest") or row.get("alternatives")
    first = inner[0] if isinstance(inner, list) and inner else None
    rows = [row, *([first] if isinstance(first, Mapping) else [])]
    return any(isinstance(_first(r, (*_TEXT, "word")), str) or _pieces(r) for r in rows)


def _first(row: Fields, names: Iterable[str]) -> Any:
    return next((row[name] for name in names if row.get(name) not in (None, "")), None)


def _value(value: Any, per_second: float | None) -> float | None:
    """Read a time: a number, a text, seconds and nanoseconds, or a time within another."""
    if isinstance(value, Mapping):
        if "seconds" in value or "nanos" in value:
            return float(value.get("seconds") or 0) + float(value.get("nanos") or 0) / 1e9
        return _value(_first(value, ("relative", "seconds", "value")), per_second)
    if isinstance(value, str):
        found = time_of(value)
    else:
        usual = isinstance(value, int | float) and not isinstance(value, bool)
        found = float(value) if usual and math.isfinite(value) else None
    return found if found is None or per_second is None else found / per_second


def _time(row: Fields, names: Mapping[str, float | None]) -> float | None:
    for name, per_second in names.items():
        if row.get(name) not in (None, "") and (found := _value(row[name], per_second)) is not None:
            return found
    return None


def _span(row: Fields) -> Span | None:
    """Give a row's time, seconds; None where it has none or it is no time."""
    inner = next((row[name] for name in _INSIDE if row.get(name)), None)
    inside = inner[0] if isinstance(inner, list) else inner
    start = _time(row, _START)
    if start is None and isinstance(inside, Mapping):
        return _span({name: value for name, value in inside.items() if name not in _INSIDE})
    if start is None:
        return None
    if "startoffset" in row and "speakerid" in row and isinstance(row["startoffset"], int):
        until = _time(row, _END) or start
        return Span(start / _SAMPLE_RATE, max(start, until) / _SAMPLE_RATE)
    end, length = _time(row, _END), _time(row, _LENGTH)
    if end is None:
        end = start + (length or 0.0)
    return Span(start, max(start, end))


def _label(row: Fields) -> str | None:
    """Give a row's speaker; a role that is not known yields to the voice."""
    named = [row.get(name) for name in _VOICE]
    names = [_first(n, ("name", "displayname", "id")) if isinstance(n, Mapping) else n
             for n in named]  # fmt: skip
    plain = (n for n in names if isinstance(n, str | int) and not isinstance(n, bool))
    said = [str(name).strip() for name in plain if name != ""]
    known = [name for name in said if name not in ("unknown", "other")]
    return next(iter(known or said), None)


def _cue(row: Fields) -> Cue:
    inner = row.get("nbest") or row.get("alternatives")
    best = inner[0] if isinstance(inner, list) and inner and isinstance(inner[0], Mapping) else {}
    voice = _label(row) or _label(best)
    listed = next((r[k] for r in (row, best) for k in ("words", "elements")
                   if isinstance(r.get(k), list)), None)  # fmt: skip
    words = _words(listed, voice) if listed is not None else ()
    text = _first(row, _TEXT) or _first(best, _TEXT)
    said = text if isinstance(text, str) else _first(row, ("word",)) or _pieces(row)
    if not isinstance(said, str):
        said = " ".join(word.text for word in words)
    span = _span(row)
    if span is None and any(word.span.duration > 0 for word in words):
        span = Span(min(w.span.start for w in words), max(w.span.end for w in words))
    if span is not None and span.duration == 0 and words:
        span = Span(span.start, max(w.span.end for w in words if w.span.end >= span.start))
    lines = [" ".join(line.split()) for line in said.splitlines()]
    text = "\n".join(line for line in lines if line)
    return Cue(span, voice, text, words, _stretches(row))


def _pieces(row: Fields) -> str | None:
    """Give the text of a caption that comes in pieces, as a player of videos has it."""
    pieces = row.get("segs")
    rows = pieces if isinstance(pieces, list) else []
    return "".join(str(part.get("utf8", "")) for part in rows if isinstance(part, Mapping)) or None


def _stretches(row: Fields) -> tuple[Span, ...]:
    """Give where in a turn speech is, as a report says it: pairs of seconds."""
    pairs = row.get("speech")
    told = [_pair(pair) for pair in pairs] if isinstance(pairs, list) else []
    return tuple(span for span in told if span) if all(told) else ()


def _pair(pair: Any) -> Span | None:
    usual = isinstance(pair, list) and len(pair) == 2
    start, end = (_value(at, None) for at in pair) if usual else (None, None)
    return None if start is None or end is None or end < start else Span(start, end)


def _by_voice(cue: Cue) -> list[Cue]:
    """Part a row that is nobody's, or everybody's, where its words say whose they are."""
    voices = {word.voice for word in cue.words if word.voice is not None}
    return _runs(cue.words) if cue.voice is None and voices else [cue]


def _words(listed: Sequence[Any], voice: str | None) -> tuple[Word, ...]:
    """Give the words that have times; a word without (a number, to an aligner) borrows a moment."""
    words: list[Word] = []
    for row in listed:
        inner = row.get("alternatives") if isinstance(row, Mapping) else None
        best = inner[0] if isinstance(inner, list) and inner else {}
        text = (_first(row, _WORD) or _first(best, _WORD)) if isinstance(row, Mapping) else None
        if not isinstance(text, str) or not text.strip():
            continue
        if words and not any(c.isalnum() for c in text):  # a mark belongs to the word before it
            words[-1] = replace(words[-1], text=words[-1].text + text.strip())
            continue
        at = words[-1].span.end if words else 0.0
        span = _span(row) or Span(at, at)
        sure = _first(row, _SURE)
        known = isinstance(sure, int | float) and 0 <= sure <= 1
        who = _label(row) or (_label(best) if isinstance(best, Mapping) else None) or voice
        words.append(Word(span, text.strip(), float(sure) if known else None, who))
    return tuple(words)


def _runs(words: Sequence[Word]) -> list[Cue]:
    """Gather words into cues: of one voice, up to the end of a sentence."""
    runs: list[list[Word]] = []
    for word in words:
        ended = runs and runs[-1][-1].text.endswith((".", "?", "!"))
        if runs and not ended and word.voice == runs[-1][-1].voice:
            runs[-1].append(word)
        else:
            runs.append([word])
    return [
        Cue(
            Span(run[0].span.start, max(word.span.end for word in run)),
            run[0].voice,
            " ".join(word.text for word in run),
            tuple(run),
        )
        for run in runs
    ]


def _with_paragraphs(words: Sequence[Word], rows: Sequence[Fields]) -> list[Cue]:
    """Give words to the paragraph whose time they start in."""
    cues = []
    for row in rows:
        span = _span(row)
        if span is None:
            continue
        inside = tuple(word for word in words if span.start <= word.span.start < span.end)
        if inside:
            cues.append(Cue(span, _label(row), " ".join(w.text for w in inside), inside))
    return cues


def _google(results: Sequence[Any]) -> list[Cue]:
    """Read Google's words: with speakers the last result repeats all that were before it."""
    parts = [(words, _label(row)) for row in results if (words := _best_words(row))]
    told = [(words, who) for words, who in parts
            if all("speakertag" in w or "speakerlabel" in w for w in words)]  # fmt: skip
    if told and len(told[-1][0]) * 2 >= sum(len(words) for words, _ in parts):
        parts = told[-1:]
    elif any("word" not in w for words, _ in parts for w in words) or not parts:
        return []
    many = len({who for _, who in parts}) > 1  # channels, each a voice
    return [cue for words, who in parts for cue in _runs(_words(words, who if many else None))]


def _best_words(row: Any) -> list[Fields]:
    inner = row.get("alternatives") if isinstance(row, Mapping) else None
    best = inner[0] if isinstance(inner, list) and inner else None
    words = best.get("words") if isinstance(best, Mapping) else None
    return [word for word in words or () if isinstance(word, Mapping)]


def _channels(listed: Any) -> list[Cue]:
    """Read words by channel where there are several, as Deepgram gives them: each is a voice."""
    parts = [_best_words(row) for row in listed] if isinstance(listed, list) else []
    if len(parts) < 2:
        return []
    named = enumerate(parts, 1)
    return [cue for k, part in named for cue in _runs(_words(part, f"channel {k}"))]


def _amazon(results: Fields) -> list[Cue]:
    """Read Amazon Transcribe: items, with speakers in a list of segments beside them."""
    labels = results.get("speakerlabels")
    segments = labels.get("segments", []) if isinstance(labels, Mapping) else []
    voices = {
        str(item.get("starttime")): str(item.get("speakerlabel"))
        for segment in segments
        for item in segment.get("items", [])
    }
    items: Iterator[Fields] = (item for item in results["items"] if isinstance(item, Mapping))
    words: list[Word] = []
    for item in items:
        best = (item.get("alternatives") or [{}])[0]
        text, sure = str(best.get("content", "")), str(best.get("confidence", ""))
        start, end = _time(item, _START), _time(item, _END)
        if start is None or end is None:
            if words:  # punctuation belongs to the word before it
                words[-1] = replace(words[-1], text=words[-1].text + text)
            continue
        known = float(sure) if re.fullmatch(r"[01](\.\d+)?", sure) else None
        who = voices.get(str(item.get("starttime"))) or _label(item)
        words.append(Word(Span(start, max(start, end)), text, known, who))
    return _runs(words)
