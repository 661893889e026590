"""Transcripts in JSON: of recognisers, of services, and lists of turns of any maker.

The reader looks for a list of turns, however deep, and takes times, speaker, text and words from
the fields that tools use (`diarize.formats.json_fields`). So Whisper, Azure, Google, Amazon,
AssemblyAI, Deepgram, Rev, Otter, Speechmatics and others need no reader of their own.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from diarize.errors import Refused
from diarize.formats.counts import in_seconds
from diarize.formats.json_fields import (
    NO_WORD,
    TEXT,
    Fields,
    by_person,
    edges,
    first,
    label_of,
    loaded,
    span_of,
    told_apart,
    unfolded,
)
from diarize.formats.json_words import in_fields, in_turns
from diarize.formats.languages import code_of
from diarize.formats.partials import without_partials
from diarize.formats.transcript import Cue, Reading, Remark, Transcript, gathered
from diarize.settings import Formats
from diarize.timeline import Span, Word

__all__ = ["any_json"]

_LISTS = (
    *("turns", "utterances", "segments", "transcriptsegments", "recognizedphrases", "phrases"),
    *("transcripts", "cues", "monologues", "paragraphs", "sentences", "messages"),
    *("transcription", "transcript", "entries", "results", "items", "events", "words"),
)
_WORD = ("punctuatedword", "punct", "word", "text", "display", "content", "value", "w")
_SURE = ("probability", "score", "confidence")
_LISTED = ("words", "elements", "items", "result", "timestamps")  # where a row's words are
_SAID = ("transcript", "transcription", "speech", "utterance", "sentence")  # types of rows
_LOOKED_INTO = 12  # levels of lists


def any_json(text: str, how: Reading) -> Transcript:
    """Read a JSON transcript, or one of several JSON values behind each other.

    Raises
    ------
    Refused
        If it is not JSON or has no list of turns.
    """
    data = in_turns(without_partials(loaded(text)))
    language = None
    if isinstance(data, Mapping):
        language = code_of(data.get("language") or data.get("languagecode"))
    cues, remarks = _cues(_unwrapped(data), how.formats)
    return Transcript(tuple(cues), language, remarks=tuple(remarks))


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
        return in_seconds(by_words, formats), remarks
    if isinstance(results, Mapping) and (by_channel := _channels(results.get("channels"))):
        return in_seconds(by_channel, formats), remarks
    rows = _rows(data)
    if rows is None:
        raise Refused("format.no_list_of_turns")
    rows = told_apart(list(_spoken(rows, remarks)))
    lone = data.get("words") if isinstance(data, Mapping) else None
    beside = not all(map(_is_word, rows)) and not any(first(row, TEXT) for row in rows)
    if beside and isinstance(lone, list):
        return in_seconds(_with_paragraphs(_words(lone, None), rows), formats), remarks
    if not any(map(_is_word, rows)) and _are_pieces(rows, formats):
        rows = list(_joined(rows))
    if all(map(_is_word, rows)):
        remarks += [Remark("other", span_of(r)) for r in rows if r.get("type") == "audioevent"]
        spoken = [row for row in rows if row.get("type") not in ("audioevent", "spacing")]
        return in_seconds(_runs(_words(spoken, None)), formats), remarks
    told = _labels_beside(data)
    parts = (part for row in rows for part in _by_voice(_labelled(_cue(row), told)))
    # A turn without words says who spoke when, as a report without words does.
    cues = [part for part in parts if part.text or (part.voice is not None and part.stretches)]
    return gathered(in_seconds(cues, formats), formats), remarks


def _spoken(rows: Sequence[Fields], remarks: list[Remark]) -> Iterator[Fields]:
    """Give the rows that hold speech, where rows say of what type they are; remark on the rest."""
    typed = {row.get("type") for row in rows if isinstance(row.get("type"), str)}
    for row in rows:
        if typed.intersection(_SAID) and row.get("type") not in _SAID:
            remarks.append(Remark("other", span_of(row)))
        else:
            yield row


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
    rest = [_rows(value, depth + 1) for name, value in data.items() if name not in _LISTS]
    if of_persons := by_person(data, rest):
        return of_persons
    said = [rows for rows in rest if rows and any(map(_is_said, rows))]
    worded = (rows for rows in said if any(map(_has_text, rows)))
    return next(worded, next(iter(said), None))


def _rows_of_list(rows: list[Fields], depth: int) -> list[Fields] | None:
    """Give a list's rows, or those of the lists they hold, if they are no turns themselves."""
    rows = [unfolded(row) for row in rows]
    spoken = any(_has_text(row) for row in rows) or (rows and {"words", "elements"} & set(rows[0]))
    if _only_holds(rows):  # paragraphs of sentences: whose a paragraph is, its sentences are
        return [{**row, **part} for row in rows for part in row["sentences"]]
    if spoken and (timed := _timed_inside(rows, depth)):
        return timed
    nested = [] if spoken else [_rows(row, depth + 1) for row in rows]
    return [row for found in nested for row in found or ()] or rows or None


def _timed_inside(rows: Sequence[Fields], depth: int) -> list[Fields]:
    """Give the rows with times that say once more what rows without times do; none without such."""
    if any(span_of(row) for row in rows) or any(_cue(row).span for row in rows):
        return []
    found: list[Fields] = []
    for row in rows:
        inner = {name: value for name, value in row.items() if name not in TEXT}
        held = [part for part in _rows(inner, depth + 1) or () if span_of(part)]
        if not held or _letters(_cue(row).text) != _letters(" ".join(_cue(p).text for p in held)):
            return []
        found += held
    return found


def _is_said(row: Fields) -> bool:
    return span_of(row) is not None or _has_text(row)


def _only_holds(rows: Sequence[Fields]) -> bool:
    """Whether rows are no turns themselves but hold lists of them (paragraphs of sentences)."""
    held = [row.get("sentences") for row in rows]
    return bool(held) and all(
        isinstance(parts, list) and all(isinstance(part, Mapping) for part in parts)
        for parts in held
    )


def _has_text(row: Fields) -> bool:
    inner = row.get("nbest") or row.get("alternatives")
    best = inner[0] if isinstance(inner, list) and inner else None
    rows = [row, *([best] if isinstance(best, Mapping) else [])]
    return any(isinstance(first(r, (*TEXT, "word")), str) or _pieces(r) for r in rows)


def _cue(row: Fields) -> Cue:
    inner = row.get("nbest") or row.get("alternatives")
    best = inner[0] if isinstance(inner, list) and inner and isinstance(inner[0], Mapping) else {}
    voice = label_of(row) or label_of(best)
    listed = next((r[k] for r in (row, best) for k in _LISTED if isinstance(r.get(k), list)), None)
    words = _words(listed, voice) if listed is not None else ()
    text = first(row, TEXT) or first(best, TEXT)
    said = text if isinstance(text, str) else first(row, ("word",)) or _pieces(row)
    if not isinstance(said, str):
        said = " ".join(word.text for word in words)
    span = span_of(row)
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
    told = [edges(pair) for pair in pairs] if isinstance(pairs, list) else []
    return tuple(span for span in told if span) if all(told) else ()


def _by_voice(cue: Cue) -> list[Cue]:
    """Part a row that is nobody's, or several people's, where its words say whose they are."""
    voices = {word.voice for word in cue.words if word.voice is not None}
    if len(voices) > 1 and _letters(cue.text) == _letters(" ".join(w.text for w in cue.words)):
        return _runs(cue.words)
    return _runs(cue.words) if cue.voice is None and voices else [cue]


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()


def _words(listed: Sequence[Any], voice: str | None) -> tuple[Word, ...]:
    """Give the words that have times; a word without (a number, to an aligner) borrows a moment."""
    words: list[Word] = []
    for row in map(in_fields, listed):
        inner = row.get("alternatives") if isinstance(row, Mapping) else None
        best = inner[0] if isinstance(inner, list) and inner else {}
        text = (first(row, _WORD) or first(best, _WORD)) if isinstance(row, Mapping) else None
        if not isinstance(text, str) or not NO_WORD.sub("", text).strip():
            continue
        if words and not any(c.isalnum() for c in text):  # a mark belongs to the word before it
            words[-1] = replace(words[-1], text=words[-1].text + text.strip())
            continue
        at = words[-1].span.end if words else 0.0
        span = span_of(row) or Span(at, at)
        sure = first(row, _SURE)
        known = isinstance(sure, int | float) and 0 <= sure <= 1
        who = label_of(row) or (label_of(best) if isinstance(best, Mapping) else None) or voice
        words.append(Word(span, text.strip(), float(sure) if known else None, who))
    return tuple(words)


def _are_pieces(rows: Sequence[Fields], formats: Formats) -> bool:
    """Whether rows are pieces of words, of which those that begin one begin with a space."""
    texts = [row.get("text") for row in rows]
    if not all(isinstance(text, str) and len(text.split()) < 2 for text in texts):
        return False
    begin = sum(str(text)[:1].isspace() for text in texts)
    return formats.pieces_begin_share * len(texts) < begin < len(texts) - 1


def _joined(rows: Sequence[Fields]) -> Iterator[Fields]:
    """Give words of pieces."""
    word: dict[str, Any] = {}
    for row in rows:
        goes_on = word and not str(row["text"])[:1].isspace() and label_of(row) == label_of(word)
        span = span_of(row)
        if goes_on:
            word["word"] += str(row["text"])
            word["ends"] = span.end if span else word["ends"]
            continue
        if word:
            yield word
        word = {**row, "word": str(row["text"])}
        word |= {"starts": span.start, "ends": span.end} if span else {}
    if word:
        yield word


def _labels_beside(data: Any) -> Mapping[float, str]:
    """Give the speakers that stand in a list beside the words, by when each word starts."""
    listed = data.get("speakerlabels") if isinstance(data, Mapping) else None
    rows = [row for row in listed if isinstance(row, Mapping)] if isinstance(listed, list) else []
    told = ((span_of(row), label_of(row)) for row in rows)
    return {round(span.start, 3): who for span, who in told if span and who}


def _labelled(cue: Cue, told: Mapping[float, str]) -> Cue:
    """Give words without a speaker the one that stands beside them."""
    if not told:
        return cue
    words = (replace(w, voice=w.voice or told.get(round(w.span.start, 3))) for w in cue.words)
    return replace(cue, words=tuple(words))


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
    """Give each word to one paragraph: that which begins with it, else the last that holds it."""
    spans = [span for row in rows if (span := span_of(row))]
    labels = [label_of(row) for row in rows if span_of(row)]
    said: list[list[Word]] = [[] for _ in spans]
    now = 0
    for word in words if spans else ():
        at = word.span.start
        begun = (k for k, span in enumerate(spans) if span.start == at and not said[k])
        held = (k for k in (now, *range(len(spans))) if spans[k].start <= at < spans[k].end)
        now = next(begun, next(held, now))
        said[now].append(word)
    return [
        Cue(span, label, " ".join(word.text for word in own), tuple(own))
        for span, label, own in zip(spans, labels, said, strict=True)
        if own
    ]


def _google(results: Sequence[Any]) -> list[Cue]:
    """Read Google's words: with speakers the last result repeats all that were before it."""
    parts = [(words, label_of(row)) for row in results if (words := _best_words(row))]
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
    """Read words by channel where there are several, as Deepgram gives them: each is a voice.

    Speakers of one channel are counted anew in the next, so a channel's only one is the channel.
    """
    parts = [_best_words(row) for row in listed] if isinstance(listed, list) else []
    if len(parts) < 2:
        return []
    cues = []
    for k, part in enumerate(parts, 1):
        words = _words(part, None)
        many = len({word.voice for word in words}) > 1
        own = (f"channel {k}, {word.voice}" if many else f"channel {k}" for word in words)
        cues += _runs([replace(w, voice=who) for w, who in zip(words, own, strict=True)])
    return cues


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
        if (span := span_of(item)) is None:
            if words:  # punctuation belongs to the word before it
                words[-1] = replace(words[-1], text=words[-1].text + text)
            continue
        known = float(sure) if re.fullmatch(r"[01](\.\d+)?", sure) else None
        who = voices.get(str(item.get("starttime"))) or label_of(item)
        words.append(Word(span, text, known, who))
    return _runs(words)
