"""Subtitles: WebVTT, SRT and SBV.

Readers forgive what tools really write: no blank line between cues, no hours, comma or point.
A cue's text is never markup; on the way out it is escaped again. No library writes what we need:
webvtt-py does not escape, pysubs2 loses speakers and takes braces for markup.
"""

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from diarize.errors import Refused
from diarize.formats.transcript import Cue, Line, Reading, Transcript
from diarize.messages import Note
from diarize.settings import Formats
from diarize.timeline import Span

__all__ = [
    "CLOCK",
    "LABELLED",
    "NAME",
    "UNHEARD",
    "first",
    "named",
    "seconds",
    "subtitles",
    "to_srt",
    "to_vtt",
]

UNHEARD = "…"  # what stands in a subtitle where a turn has no words
CLOCK = r"(?:\d+:)?\d{1,2}:\d{1,2}(?:[.,]\d{1,3})?"
NAME = r"[^\W\d_](?:[\w.'’\-]|[ ](?=[\w(])|\([^)]*\)){0,39}"
LABELLED = re.compile(rf"^(?:\[({NAME})\]\s*:?|\(({NAME})\)\s*:?|({NAME})\s*:)\s+(?=\S)")
_TIMING = re.compile(rf"^\s*({CLOCK})\s*(?:-->|,)\s*({CLOCK})(?:\s+\S.*)?$")
_VOICE = re.compile(r"<v(?:\.[^\s>]{0,99})?(?:\s{1,9}([^>]{0,200}))?>", re.IGNORECASE)
_MARKUP = re.compile(
    r"</?(?:v|c|i|b|u|font|lang|ruby|rt)(?:[.\s][^>]{0,300})?>|<[\d:.]{1,20}>|\{\\an?\d\}",
    re.IGNORECASE,
)


def seconds(clock: str) -> float:
    """Read ``[[h:]m:]s[.ms]`` as seconds.

    Examples
    --------
    >>> seconds("01:02:03.5"), seconds("02:03,250")
    (3723.5, 123.25)
    """
    value = 0.0
    for part in clock.replace(",", ".").split(":"):
        value = value * 60 + float(part)
    return value


def subtitles(text: str, how: Reading) -> Transcript:
    """Read WebVTT, SRT or SBV.

    Speakers come from ``<v Name>``, or from ``Name: text`` where the name recurs.

    Raises
    ------
    Refused
        If there is no cue in it.
    """
    lines = text.splitlines()
    timings = [(i, found) for i, line in enumerate(lines) if (found := _TIMING.match(line))]
    if not timings:
        raise Refused("format.no_timed_cue")
    ends = [i for i, _ in timings[1:]] + [len(lines)]
    cues: list[Cue] = []
    backwards = 0
    for (i, found), end in zip(timings, ends, strict=True):
        start_s, end_s = seconds(found[1]), seconds(found[2])
        if end_s < start_s:
            backwards += 1
            end_s = start_s
        cues += _voices(" ".join(_body(lines[i + 1 : end])), Span(start_s, end_s))
    notes = (Note("format.cues_backwards", {"cues": backwards}),)
    language = re.search(r"^Language:\s*([A-Za-z]{2})", text[:2000], re.MULTILINE)
    said = (
        replace(cue, text="") if cue.text == UNHEARD else cue
        for cue in named(cues, formats=how.formats)
    )
    code = language[1].lower() if language else None
    return Transcript(tuple(said), code, notes if backwards else ())


def _body(lines: Sequence[str]) -> list[str]:
    """Give the text lines of one cue: up to the blank line, without the next cue's number."""
    body: list[str] = []
    for line in lines:
        if not line.strip():
            if body:
                return body
            continue
        body.append(line.strip())
    glued = len(lines) > 0 and len(body) > 1 and body[-1].isdigit()
    return body[:-1] if glued else body


def _voices(text: str, span: Span) -> Iterator[Cue]:
    """Split a cue at its ``<v>`` tags, sharing its time by length of text."""
    marks = [(0, None, 0)] + [(m.start(), m[1], m.end()) for m in _VOICE.finditer(text)]
    ends = [mark[0] for mark in marks[1:]] + [len(text)]
    said = [
        (_clean(name or ""), _clean(text[start:end]))
        for (_, name, start), end in zip(marks, ends, strict=True)
    ]
    said = [(name, words) for name, words in said if words]
    whole = sum(len(words) for _, words in said)
    at = span.start
    for name, words in said:
        until = min(at + span.duration * len(words) / whole, span.end)
        yield Cue(Span(at, until), name or None, words)
        at = until


def _clean(text: str) -> str:
    return " ".join(html.unescape(_MARKUP.sub("", text)).split())


def named(cues: Sequence[Cue], *, formats: Formats) -> tuple[Cue, ...]:
    """Take ``Name:`` off the front of texts where the name recurs, and make it the label.

    A name seen once may be a sentence with a colon ("and then: nothing"), so it stays text,
    unless most of the cues have a label; so do all of them where very few have one.
    """
    found = [LABELLED.match(cue.text) if cue.voice is None else None for cue in cues]
    names = Counter(first(match) for match in found if match)
    longest = formats.label_words_max
    kept = {name for name, count in names.items() if count > 1 and len(name.split()) <= longest}
    labelled = sum(names[name] for name in kept)
    # Where most cues have a label, whoever spoke once has one too.
    if labelled >= formats.labelled_most_share * len(cues):
        kept |= {n for n in names if " " not in n or (n.istitle() and n.count(" ") < 3)}
    if labelled < formats.labelled_min_share * len(cues):
        return tuple(cues)
    return tuple(
        replace(cue, voice=first(match), text=cue.text[match.end() :])
        if match and first(match) in kept
        else cue
        for cue, match in zip(cues, found, strict=True)
    )


def first(match: re.Match[str]) -> str:
    """Give the name that a label pattern found, whichever way it was written."""
    return next(group for group in match.groups() if group).strip()


def _clock(at: float, point: str) -> str:
    whole = round(max(0.0, at) * 1000)
    minutes, ms = divmod(whole, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{ms // 1000:02d}{point}{ms % 1000:03d}"


def to_vtt(lines: Iterable[Line], duration: float) -> str:
    """Write WebVTT with a ``<v>`` voice tag on every cue; text is escaped."""
    cues = [
        f"{_clock(line.span.start, '.')} --> {_clock(line.span.end, '.')}\n"
        f"<v {_escaped(line.label)}>{_escaped(line.text) or UNHEARD}</v>\n"
        for line in lines
    ]
    return "\n".join(["WEBVTT\n", *cues])


def _escaped(text: str) -> str:
    return html.escape(" ".join(text.split()), quote=False)


def to_srt(lines: Iterable[Line], duration: float) -> str:
    """Write SRT, the speaker in front of the text."""
    return "\n".join(
        f"{number}\n{_clock(line.span.start, ',')} --> {_clock(line.span.end, ',')}\n"
        f"{line.label}: {' '.join(line.text.split()) or UNHEARD}\n"
        for number, line in enumerate(lines, 1)
    )
