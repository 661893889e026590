"""Transcripts of corpora: CHAT, CTM, segments with marks (STM), and Toolbox as ELAN writes it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from diarize.errors import Refused
from diarize.formats.times import time_of
from diarize.formats.transcript import Cue, Reading, Transcript, cues_of
from diarize.timeline import Span, Word

__all__ = ["chat", "ctm", "keyed", "label_track", "segments", "toolbox"]

_MARKED = re.compile(r"^\\(\w+)[ \t]*(.*(?:\n(?!\\)[^\n]+)*)", re.MULTILINE)
_SEGMENT = re.compile(
    r"^\S{1,200}\s+\S{1,20}\s+(\S{1,200})\s+(\d{1,7}\.\d{1,6})\s+(\d{1,7}\.\d{1,6})"
    r"\s+(?:<[^<>]{0,200}>\s+)?(\S.*)$"
)
# A key of speaker, start and end in hundredths of a second, before what was said.
_KEYED = re.compile(r"^(\S{1,100}?)[-_](\d{6,8})[-_](\d{6,8})[ \t]+(\S.*)$")
_HUNDREDTHS = 100
_MARK = re.compile(r"^(\d+(?:[.,]\d+)?)\t(\d+(?:[.,]\d+)?)(?:\t(.*))?$")  # Audacity's
_CHAT_LINE = re.compile(r"^(?:\*(\w+)|%(?:wor|snd|mov)):\s+(.*)$", re.MULTILINE)
_OLD_BULLET = re.compile(
    r'"[^"\n]{0,200}"_(\d{1,9})_(\d{1,9})'
)  # a line's time, on a tier of its own
_GAPS = ("ignore_time_segment_in_scoring", "inter_segment_gap")  # segments in which nobody is heard


def chat(text: str, how: Reading) -> Transcript:
    """Read CHAT (``*SPK:`` lines, times in milliseconds between NAK bytes or bare).

    Raises
    ------
    Refused
        If there is no speaker line.
    """
    cues: list[Cue] = []
    joined = re.sub(r"\n\t", " ", text)
    for match in _CHAT_LINE.finditer(joined):
        if match[1] is not None:
            cues.append(_chat_cue(match[1], match[2]))
        elif cues and (bullet := _OLD_BULLET.fullmatch(match[2].strip())):
            start, end = int(bullet[1]) / 1000, int(bullet[2]) / 1000
            cues[-1] = replace(cues[-1], span=cues[-1].span or Span(start, max(start, end)))
        elif cues:  # the words of the line before, with their times
            timed = re.findall(r"(\S{1,60})\s+\x15?(\d{1,9})_(\d{1,9})\x15?", match[2])
            words = (
                Word(Span(int(a) / 1000, max(int(a), int(b)) / 1000), text, voice=cues[-1].voice)
                for text, a, b in timed
            )
            cues[-1] = replace(cues[-1], words=tuple(words))
    if not cues:
        raise Refused("format.no_speaker_line")
    language = re.search(r"^@Languages:\s*(\w{2})", text, re.MULTILINE)
    return Transcript(tuple(cues), language[1] if language else None)


def _chat_cue(speaker: str, words: str) -> Cue:
    """Read one speaker line: codes go, punctuation closes up, the time stands at the end."""
    times = re.search(r"\x15?(\d{1,9})_(\d{1,9})\x15?\s*$", words)
    span = None
    if times:
        words = words[: times.start()]
        start, end = int(times[1]) / 1000, int(times[2]) / 1000
        span = Span(start, max(start, end))
    said = re.sub(r"\[[^\[\]]*\]", "", words)
    said = re.sub(r"&=([^\s\[\]]+)|\b(?:xxx|yyy|www)\b", _marked, said)
    said = re.sub(r"[<>+/\"‹›]|&[~\-+]?", "", said)
    return Cue(span, speaker, re.sub(r" ([.?!])", r"\1", " ".join(said.split())))


def _marked(code: re.Match[str]) -> str:
    """Give what was done, or could not be made out, as a mark beside the words."""
    return f"[{code[1] or 'unclear'}]"


def ctm(text: str, how: Reading) -> Transcript:
    """Read CTM: ``recording channel start duration word [confidence]``.

    Raises
    ------
    Refused
        Naming the first line that is not of that shape.
    """
    by_channel: dict[str, list[Word]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        fields = line.split()
        if not fields or line.startswith(";;"):
            continue
        try:
            start, length = float(fields[2]), float(fields[3])
            sure = float(fields[5]) if len(fields) > 5 else None
            word = Word(Span(start, start + length), fields[4], sure)
        except (IndexError, ValueError):
            raise Refused("format.not_a_ctm_line", line=number) from None
        by_channel.setdefault(fields[1], []).append(word)
    if not by_channel:
        raise Refused("format.no_word")
    many = len(by_channel) > 1
    cues = [
        cue
        for channel, words in by_channel.items()
        for cue in cues_of(words, channel if many else None, formats=how.formats)
    ]
    return Transcript(tuple(sorted(cues, key=lambda cue: cue.span or Span(0, 0))))


def segments(text: str, how: Reading) -> Transcript | None:
    """Read STM: ``recording channel speaker start end [<conditions>] text``; None if it is none."""
    lines = (line.strip() for line in text.splitlines())
    rows = [_SEGMENT.match(line) for line in lines if line and not line.startswith(";;")]
    if not rows or not all(rows):
        return None
    said = [row for row in rows if row and row[4].casefold() not in _GAPS]
    times = [(float(row[2]), float(row[3])) for row in said]
    cues = (
        Cue(Span(start, max(start, end)), row[1].replace("_", " "), row[4])
        for row, (start, end) in zip(said, times, strict=True)
    )
    return Transcript(tuple(cues))


def keyed(text: str) -> Transcript | None:
    r"""Read a recogniser's data: ``speaker-0000120-0000457 words`` in each line; None if not so.

    Examples
    --------
    >>> [cue.span for cue in keyed("a1-0000120-0000457 Well.\nb-0000501-0000600 Yes.").cues]
    [Span(start=1.2, end=4.57), Span(start=5.01, end=6.0)]
    >>> keyed("Well-known 2020 1 2")
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    rows = [match for line in lines if (match := _KEYED.match(line))]
    if not rows or len(rows) < len(lines):
        return None
    times = [(int(row[2]) / _HUNDREDTHS, int(row[3]) / _HUNDREDTHS) for row in rows]
    return Transcript(tuple(
        Cue(Span(start, max(start, end)), row[1], row[4])
        for row, (start, end) in zip(rows, times, strict=True)
    ))  # fmt: skip


def label_track(text: str) -> Transcript | None:
    """Read Audacity's labels: start, end and words between tabs; None if they are none."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("\\")]
    marks = [match for line in lines if (match := _MARK.match(line))]
    if not marks or len(marks) < len(lines):
        return None
    spans = [[float(mark[k].replace(",", ".")) for k in (1, 2)] for mark in marks]
    said = [(mark[3] or "").strip() for mark in marks]
    return Transcript(tuple(
        Cue(Span(start, max(start, end)), None, words)
        for (start, end), words in zip(spans, said, strict=True) if words
    ))  # fmt: skip


def toolbox(text: str, how: Reading) -> Transcript:
    r"""Read Toolbox's records, with the times and the person that ELAN gives each (``\tx`` said).

    Raises
    ------
    Refused
        If no record says anything.
    """
    cues: list[Cue] = []
    fields: dict[str, str] = {}
    for name, value in (*_MARKED.findall(text), ("ref", "")):
        if name in ("ref", "id"):  # the next record
            cues += _record(fields)
            fields = {}
        fields.setdefault(name.lower(), " ".join(value.split()))
    if not cues:
        raise Refused("format.no_text")
    return Transcript(tuple(cues))


def _record(fields: Mapping[str, str]) -> Iterator[Cue]:
    """Give what a record says, where it says something."""
    if not (said := fields.get("tx")):
        return
    start, end = (time_of(fields.get(name, "")) for name in ("elanbegin", "elanend"))
    span = None if start is None else Span(start, max(start, start if end is None else end))
    yield Cue(span, fields.get("elanparticipant") or None, said)
