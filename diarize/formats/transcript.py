"""What a transcript says, whichever tool wrote it: cues in, lines out.

Conventions
-----------
Seconds everywhere. A *cue* is what a file holds: words with or without times, with or without
a label saying whose they are. A *line* is what is written: one turn with its voice and role.
Labels are kept as written; what role a label names is for `diarize.roles` to say. A reader takes
decoded text and raises `Refused` with what is wrong; `diarize.formats.table` adds which file.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from diarize.messages import Note
from diarize.settings import Formats
from diarize.timeline import Span, Turn, Word, intersection

__all__ = [
    "Cue",
    "Diarization",
    "Line",
    "Reading",
    "Remark",
    "Transcript",
    "cues_of",
    "gathered",
    "mended",
    "shared_out",
    "until_next",
]

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
    stretches : tuple of Span
        Where in it speech is, pauses left out, where the source says so.
    """

    span: Span | None
    voice: str | None
    text: str
    words: tuple[Word, ...] = ()
    stretches: tuple[Span, ...] = ()

    @property
    def spoken(self) -> tuple[Span, ...]:
        """Where its voice speaks, as far as the source says: its stretches, else all of it."""
        if self.span is None:
            return ()
        return intersection((self.span,), self.stretches) or (self.span,)

    def retimed(self, at: Callable[[Span], Span]) -> "Cue":
        """Give the same on another clock, its words too; what has no time keeps none."""
        words = tuple(replace(word, span=at(word.span)) for word in self.words)
        stretches = tuple(at(span) for span in self.stretches)
        return replace(self, span=self.span and at(self.span), words=words, stretches=stretches)


@dataclass(frozen=True, slots=True)
class Remark:
    """Something a transcript says beside the words, such as laughter or an unclear place.

    Parameters
    ----------
    kind : str
        ``unclear``, ``crosstalk``, ``laughter``, ``crying``, ``breath``, ``silence``, ``music``,
        ``stamp`` or ``other``. What it said is not kept: it may hold a name.
    span : Span or None
        Of the cue it stood in.
    voice : str or None
        Whose cue that was.
    """

    kind: str
    span: Span | None = None
    voice: str | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """A supplied transcript: cues in the order of the source, and what had to be repaired.

    Parameters
    ----------
    cues : tuple of Cue
        What was said.
    language : str or None
        Two letters, where the source says.
    notes : tuple of Note
        What was mended, ignored or lost in reading.
    remarks : tuple of Remark
        What stood beside the words.
    origin_s : float
        Where the source's own clock stands when its recording begins, seconds, if it says so.
    loose, open_ended : bool
        Whether cues last from one to the next, pauses and all; whether only because no end is told.
    """

    cues: tuple[Cue, ...]
    language: str | None = None
    notes: tuple[Note, ...] = ()
    remarks: tuple[Remark, ...] = ()
    origin_s: float = 0.0
    loose: bool = False
    open_ended: bool = False

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
    keep : frozenset of str
        Tiers that are read too, though their names or labels say that they hold no speech.
    """

    formats: Formats = field(default_factory=Formats)
    only: str | None = None
    keep: frozenset[str] = frozenset()


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
    stretches : tuple of Span
        Where in it speech is, pauses left out; empty where that is not known.
    """

    span: Span
    voice: str
    role: str
    kind: str = "primary"
    text: str = ""
    words: tuple[Word, ...] = ()
    shared: bool = False
    stretches: tuple[Span, ...] = ()

    @property
    def label(self) -> str:
        """What a reader should see: the role where it tells who it is, else the voice."""
        return self.voice if self.shared or self.role in ("unknown", "other") else self.role

    @property
    def pauses(self) -> bool:
        """Whether it is known to hold pauses, so that its span alone says too much."""
        return len(self.stretches) > 1

    def pieces(self) -> tuple["Line", ...]:
        """Give it as a line for each stretch of speech, with the words that lie there.

        It stays whole where it has no pauses, or its words do not make up its text.
        """
        whole = " ".join(word.text for word in self.words) == self.text
        if not self.pauses or not whole:
            return (self,)
        said: list[list[Word]] = [[] for _ in self.stretches]
        for word in self.words:
            near = [max(s.start - word.span.middle, word.span.middle - s.end, 0.0)
                    for s in self.stretches]  # fmt: skip
            said[near.index(min(near))].append(word)
        return tuple(
            replace(self, span=span, stretches=(span,), words=tuple(words),
                    text=" ".join(word.text for word in words))
            for span, words in zip(self.stretches, said, strict=True)
        )  # fmt: skip


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


def gathered(cues: Sequence[Cue], formats: Formats) -> tuple[Cue, ...]:
    """Gather rows of a word each into cues: of one voice, up to a sentence's end or a pause.

    Rows among them that hold more than a word, or have no time, stay as they are, where they are.
    """
    least = max(formats.believable_words_min, formats.word_rows_share * len(cues))
    if sum(_is_word(cue) for cue in cues) < least:
        return tuple(cues)
    found: list[Cue] = []
    run: list[Word] = []
    for cue in cues:
        word = Word(cue.span, cue.text, voice=cue.voice) if cue.span and _is_word(cue) else None
        if run and (word is None or not _goes_on(run[-1], word, formats)):
            found += cues_of(run, run[0].voice, formats=formats)
            run = []
        if word is None:
            found.append(cue)
        else:
            run.append(word)
    return (*found, *cues_of(run, run[0].voice if run else None, formats=formats))


def _is_word(cue: Cue) -> bool:
    return cue.span is not None and len(cue.text.split()) == 1


def _goes_on(last: Word, word: Word, formats: Formats) -> bool:
    """Whether a word belongs to the cue of the one before it."""
    ended = last.text.endswith((".", "?", "!"))
    near = word.span.start - last.span.end < formats.new_cue_s
    return last.voice == word.voice and not ended and near


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
    known = last.stretches or cue.stretches
    stretches = last.spoken + cue.spoken if known else ()
    return replace(last, span=span, text=text, words=last.words + cue.words, stretches=stretches)


def until_next(
    cues: Sequence[Cue], end_s: float | None = None, *, formats: Formats = Formats()
) -> tuple[Cue, ...]:
    """Let a cue that has only a start last until the next start; cues without a time share it.

    Parameters
    ----------
    cues : sequence of Cue
        In order; one that has only a start has a span of no length.
    end_s : float or None
        Where the recording ends: the last cue lasts until then, if its words need so long.
        Without it the last one stays open.
    """
    out = list(cues)
    starts = [i for i, cue in enumerate(cues) if cue.span is not None]
    for i, after in zip_longest(starts, starts[1:]):
        until = _until(cues, i, after, end_s, formats)
        at = cues[i].span
        if at is None or until is None:
            continue
        first = i if at.duration == 0 else i + 1  # one that has its end keeps it
        run = range(first, after if after is not None else len(cues))
        start = at.start if at.duration == 0 else at.end
        if run and until > start:
            shares = shared_out(Span(start, until), [cues[k].text for k in run])
            for k, span in zip(run, shares, strict=True):
                out[k] = replace(cues[k], span=span)
    return tuple(out)


def _until(
    cues: Sequence[Cue], i: int, after: int | None, end_s: float | None, formats: Formats
) -> float | None:
    """Say until when a cue and those without a time behind it may last."""
    span = cues[i].span if after is None else cues[after].span
    if span is None:
        return None
    if after is not None:
        return span.start
    if end_s is None:
        return None
    words = sum(len(cue.text.split()) for cue in cues[i:])
    return min(end_s, span.end + max(1.0, words * formats.slowest_word_s))


def shared_out(span: Span, texts: Sequence[str]) -> list[Span]:
    """Share a stretch of time among texts by their length."""
    whole = sum(max(1, len(text)) for text in texts)
    spans, at = [], span.start
    for text in texts:
        until = min(at + span.duration * max(1, len(text)) / whole, span.end)
        spans.append(Span(at, until))
        at = until
    return spans
