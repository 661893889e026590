"""Transcripts in JSON: Whisper, WhisperX, Amazon Transcribe, and lists of turns of any maker.

The reader looks for a list of turns under the names tools use and takes times, speaker, text
and words from the fields they use.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from diarize.errors import Refused
from diarize.formats.transcript import Cue, Reading, Transcript
from diarize.settings import Formats
from diarize.timeline import Span, Word

__all__ = ["any_json"]

_LISTS = ("turns", "segments", "utterances", "cues", "monologues", "paragraphs", "messages")
_START = ("start_s", "start", "start_time", "begin", "start_sec", "ts", "from")
_END = ("end_s", "end", "end_time", "stop", "end_sec", "end_ts", "to")
_VOICE = ("role", "speaker", "voice", "interlocutor", "speaker_label", "speaker_tag")
_TEXT = ("text", "transcript", "utterance", "content")
_WORD = ("word", "text", "content", "value")
_SURE = ("probability", "score", "confidence")

Fields = Mapping[str, Any]


def any_json(text: str, how: Reading) -> Transcript:
    """Read a JSON transcript.

    Raises
    ------
    Refused
        If it is not JSON or has no list of turns.
    """
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise Refused("format.not_json", line=error.lineno) from None
    except RecursionError:
        raise Refused("format.nested_too_deeply") from None
    language = None
    if isinstance(data, Mapping):
        said = data.get("language") or data.get("language_code")
        language = said[:2].lower() if isinstance(said, str) and len(said) < 8 else None
    return Transcript(tuple(_cues(data, how.formats)), language)


def _cues(data: Any, formats: Formats) -> list[Cue]:
    results = data.get("results") if isinstance(data, Mapping) else None
    if isinstance(results, Mapping):
        if isinstance(results.get("items"), list):
            return _amazon(results)
        data = results  # as Deepgram nests them
    rows = _rows(data)
    if rows is None:
        raise Refused("format.no_list_of_turns")
    lone = data.get("words") if isinstance(data, Mapping) else None
    if isinstance(lone, list) and not any(_first(row, _TEXT) for row in rows):
        return _with_paragraphs(_words(lone, None), rows)
    cues = [_cue(row) for row in rows]
    return _in_seconds([cue for cue in cues if cue.text], formats)


def _rows(data: Any) -> list[Fields] | None:
    """Give the list of turns."""
    found = data
    if isinstance(data, Mapping):
        named = (data[name] for name in _LISTS if isinstance(data.get(name), list))
        found = next(named, data.get("words"))
    if not isinstance(found, list) or not found:
        return None
    return [row for row in found if isinstance(row, Mapping)] or None


def _in_seconds(cues: Sequence[Cue], formats: Formats) -> list[Cue]:
    """Take times that would have people speak for minutes per word as milliseconds."""
    timed = [(cue.span, len(cue.text.split())) for cue in cues if cue.span is not None]
    words = sum(count for _, count in timed)
    if not words or sum(span.duration for span, _ in timed) / words < formats.word_max_s:
        return list(cues)
    return [
        replace(
            cue,
            span=cue.span and Span(cue.span.start / 1000, cue.span.end / 1000),
            words=tuple(
                replace(word, span=Span(word.span.start / 1000, word.span.end / 1000))
                for word in cue.words
            ),
        )
        for cue in cues
    ]


def _first(row: Fields, names: Iterable[str]) -> Any:
    return next((row[name] for name in names if row.get(name) not in (None, "")), None)


def _span(row: Fields) -> Span | None:
    """Give a row's time, seconds; None where it has none or it is no time."""
    try:
        start, end = float(_first(row, _START)), float(_first(row, _END))
    except (TypeError, ValueError):
        return None
    if not (math.isfinite(start) and math.isfinite(end)):
        return None
    return Span(start, max(start, end))


def _label(row: Fields) -> str | None:
    """Give a row's speaker; a role that is not known yields to the voice."""
    names = [row.get(name) for name in _VOICE]
    said = [str(name).strip() for name in names if isinstance(name, str | int) and name != ""]
    known = [name for name in said if name not in ("unknown", "other")]
    return next(iter(known or said), None)


def _cue(row: Fields) -> Cue:
    voice = _label(row)
    listed = row.get("words", row.get("elements"))
    words = _words(listed, voice) if isinstance(listed, list) else ()
    text = _first(row, _TEXT)
    said = text if isinstance(text, str) else _first(row, ("word",))
    if not isinstance(said, str):
        said = " ".join(word.text for word in words)
    span = _span(row)
    if span is None and any(word.span.duration > 0 for word in words):
        span = Span(min(w.span.start for w in words), max(w.span.end for w in words))
    return Cue(span, voice, " ".join(said.split()), words)


def _words(listed: Sequence[Any], voice: str | None) -> tuple[Word, ...]:
    """Give the words that have times; a word without (a number, to an aligner) borrows a moment."""
    words: list[Word] = []
    for row in listed:
        text = _first(row, _WORD) if isinstance(row, Mapping) else None
        if not isinstance(text, str) or not text.strip():
            continue
        if words and not any(c.isalnum() for c in text):  # a mark belongs to the word before it
            words[-1] = replace(words[-1], text=words[-1].text + text.strip())
            continue
        at = words[-1].span.end if words else 0.0
        span = _span(row) or Span(at, at)
        sure = _first(row, _SURE)
        known = isinstance(sure, int | float) and 0 <= sure <= 1
        words.append(Word(span, text.strip(), float(sure) if known else None, _label(row) or voice))
    return tuple(words)


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


def _amazon(results: Fields) -> list[Cue]:
    """Read Amazon Transcribe: items, with speakers in a list of segments beside them."""
    voices: dict[str, str] = {}
    labels = results.get("speaker_labels")
    segments = labels.get("segments", []) if isinstance(labels, Mapping) else []
    for segment in segments:
        for item in segment.get("items", []):
            voices[str(item.get("start_time"))] = str(item.get("speaker_label"))
    cues: list[Cue] = []
    run: list[Word] = []
    for item in results["items"]:
        best = (item.get("alternatives") or [{}])[0]
        text, sure = str(best.get("content", "")), str(best.get("confidence", ""))
        span = _span(item)
        if span is None:
            if run:  # punctuation belongs to the word before it
                last = run[-1]
                run[-1] = Word(last.span, last.text + text, last.probability, last.voice)
            continue
        known = float(sure) if re.fullmatch(r"[01](\.\d+)?", sure) else None
        word = Word(span, text, known, voices.get(str(item.get("start_time"))))
        if run and (word.voice != run[-1].voice or run[-1].text.endswith((".", "?", "!"))):
            cues.append(_run(run))
            run = []
        run.append(word)
    return [*cues, _run(run)] if run else cues


def _run(run: Sequence[Word]) -> Cue:
    span = Span(run[0].span.start, max(word.span.end for word in run))
    return Cue(span, run[0].voice, " ".join(word.text for word in run), tuple(run))
