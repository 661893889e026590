"""What a transcript says, whichever tool wrote it: cues in, lines out.

Conventions
-----------
Seconds everywhere. A *cue* is what a file holds: words with or without times, with or without
a label saying whose they are. A *line* is what is written: one turn with its voice and role.
Labels are kept as written; what role a label names is for `diarize.roles` to say. A reader takes
decoded text and raises `Refused` with what is wrong; `diarize.formats.table` adds which file.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from diarize.messages import Note
from diarize.settings import Formats
from diarize.timeline import Span, Turn, Word

__all__ = ["Cue", "Diarization", "Line", "Reading", "Transcript", "cues_of", "mended"]

_ENDED = re.compile(r"[.?!…\-–—][\"'”’)\]]*$")


@dataclass(frozen=True, slots=True)
class Cue:
    """One stretch of a supplied transcript.

    Parameters
    ----------
    span : Span or None
        When, in seconds; None where the source has no times.
    voice : str or None
        The label the source gives the speaker; None where it gives none.
    text : str
        What was said, without markup.
    words : tuple of Word
        With their own times, where the source has them.
    """

    span: Span | None
    voice: str | None
    text: str
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Transcript:
    """A supplied transcript: cues in the order of the source, and what had to be repaired."""

    cues: tuple[Cue, ...]
    language: str | None = None
    notes: tuple[Note, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """Speaker labels in order of first appearance."""
        return tuple(dict.fromkeys(cue.voice for cue in self.cues if cue.voice is not None))


@dataclass(frozen=True, slots=True)
class Reading:
    """How a reader is asked to read.

    Parameters
    ----------
    formats : Formats
        Thresholds.
    only : str or None
        Which session to take, where a file holds several.
    """

    formats: Formats = field(default_factory=Formats)
    only: str | None = None


@dataclass(frozen=True, slots=True)
class Diarization:
    """Who spoke when, as a file says, and what had to be repaired."""

    turns: tuple[Turn, ...]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One turn to be written.

    Parameters
    ----------
    span : Span
        Seconds.
    voice, role, kind : str
        Whose turn, who that is, and whether it is ``primary``, ``secondary`` or
        ``backchannel``.
    text : str
        Empty where there is no transcript.
    words : tuple of Word
        Timed words, where there are any.
    shared : bool
        Whether another voice has this role too.
    """

    span: Span
    voice: str
    role: str
    kind: str = "primary"
    text: str = ""
    words: tuple[Word, ...] = ()
    shared: bool = False

    @property
    def label(self) -> str:
        """What a reader should see: the role where it tells who it is, else the voice."""
        return self.voice if self.shared or self.role in ("unknown", "other") else self.role


def cues_of(words: Iterable[Word], voice: str | None, *, formats: Formats) -> tuple[Cue, ...]:
    """Gather timed words of one voice into cues, a new one after each long pause."""
    runs: list[list[Word]] = []
    for word in sorted(words):
        if runs and word.span.start - runs[-1][-1].span.end < formats.new_cue_s:
            runs[-1].append(word)
        else:
            runs.append([word])
    return tuple(
        Cue(
            Span(run[0].span.start, max(word.span.end for word in run)),
            voice,
            " ".join(word.text for word in run),
            tuple(run),
        )
        for run in runs
    )


def mended(cues: Iterable[Cue], *, formats: Formats = Formats()) -> tuple[Cue, ...]:
    """Join what subtitles cut in mid-sentence: one voice, no mark at the end, no long pause.

    Cues without times or without a voice stay as they are, as do those that end in a mark.

    Examples
    --------
    >>> halves = [Cue(Span(0, 2), "a", "You were tired"), Cue(Span(2, 3), "a", "of waiting.")]
    >>> [cue.text for cue in mended(halves)]
    ['You were tired of waiting.']
    """
    out: list[Cue] = []
    for cue in cues:
        whole = _joined(out[-1], cue, formats) if out else None
        if whole:
            out[-1] = whole
        else:
            out.append(cue)
    return tuple(out)


def _joined(last: Cue, cue: Cue, formats: Formats) -> Cue | None:
    """Give both as one where the second goes on with the first, else None."""
    if last.span is None or cue.span is None or last.voice is None or last.voice != cue.voice:
        return None
    pause_s = cue.span.start - last.span.end
    if pause_s >= formats.new_cue_s or _ENDED.search(last.text.strip()):
        return None
    span = Span(last.span.start, max(last.span.end, cue.span.end))
    text = f"{last.text} {cue.text}".strip()
    return replace(last, span=span, text=text, words=last.words + cue.words)
