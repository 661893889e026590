"""New words for what was said: those that stay keep their times, the others are laid between.

Conventions
-----------
Words are matched without case and punctuation. New ones are spread over the speech that is free
between those that stay.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from diarize.settings import Editing
from diarize.timeline import Span, Word, intersection, total
from diarize.transcription.alignment import spread

__all__ = ["edited"]


def edited(
    before: Sequence[Word],
    texts: Sequence[str],
    room: Sequence[Span],
    voice: str,
    times: Mapping[int, Span] | None = None,
    *,
    editing: Editing = Editing(),
) -> tuple[Word, ...]:
    """Give words their new texts; those that stay keep time, probability and doubt.

    Parameters
    ----------
    before : sequence of Word
        As they were, sorted.
    texts : sequence of str
        As they are.
    room : sequence of Span
        Where their voice speaks: new words are laid there, between those that stay. Where there
        is too little room, a neighbour gives some of its own.
    voice : str
        Whose words they are.
    times : mapping of int to Span, optional
        When a text is said, by its place in `texts`, where that is known.
    editing : Editing
        How little room is too little.
    """
    stay: dict[int, Word] = {}
    for i, j, size in _matching([w.text for w in before], texts):
        for k in range(size):
            stay[j + k] = replace(before[i + k], text=texts[j + k], voice=voice)
    known = {j: Word(span, texts[j], None, voice) for j, span in (times or {}).items()}
    fixed = {**known, **stay}
    edge = Span(room[0].start, room[-1].end)
    least = editing.least_word_s
    while (crowded := _crowded(fixed, len(texts), room, edge, least)) is not None:
        del fixed[crowded]
    for first, last in _runs(fixed, len(texts)):
        free = _between(fixed, first, last, room, edge)
        for j, laid in enumerate(spread(texts[first:last], free or room), first):
            own = stay.get(j, laid)
            fixed[j] = replace(own, span=laid.span, voice=voice)
    return tuple(fixed[j] for j in sorted(fixed))


def _matching(before: Sequence[str], now: Sequence[str]) -> list[tuple[int, int, int]]:
    """Find runs of words that stay: (place before, place now, length)."""
    plain = [[_plain(text) for text in texts] for texts in (before, now)]
    matcher = SequenceMatcher(None, plain[0], plain[1], autojunk=False)
    return [(block.a, block.b, block.size) for block in matcher.get_matching_blocks()]


def _plain(text: str) -> str:
    """A word without its case and punctuation; what has nothing else is itself."""
    return "".join(c for c in text.casefold() if c.isalnum()) or text


def _runs(fixed: Mapping[int, Word], size: int) -> list[tuple[int, int]]:
    """Find runs of places, as (first, past the last), that have no word yet."""
    runs: list[tuple[int, int]] = []
    for j in range(size):
        if j in fixed:
            continue
        if runs and runs[-1][1] == j:
            runs[-1] = (runs[-1][0], j + 1)
        else:
            runs.append((j, j + 1))
    return runs


def _between(
    fixed: Mapping[int, Word], first: int, last: int, room: Sequence[Span], edge: Span
) -> tuple[Span, ...]:
    """Give the speech between the words before and after a run."""
    start = fixed[first - 1].span.end if first - 1 in fixed else edge.start
    end = fixed[last].span.start if last in fixed else edge.end
    return intersection((Span(start, end),), room) if start < end else ()


def _crowded(
    fixed: Mapping[int, Word], size: int, room: Sequence[Span], edge: Span, least_s: float
) -> int | None:
    """Find a word that has to make room for new ones beside it: the longer of two."""
    for first, last in _runs(fixed, size):
        if total(_between(fixed, first, last, room, edge)) < least_s * (last - first):
            beside = [j for j in (first - 1, last) if j in fixed]
            if beside:
                return max(beside, key=lambda j: fixed[j].span.duration)
    return None
