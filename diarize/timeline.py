"""When: spans of time, turns and words, and their algebra.

Conventions
-----------
Seconds everywhere, measured from the start of the recording. A span is half open,
``[start, end)``. Sequences of spans are sorted tuples. An empty sequence is a valid
timeline: its total is 0 and its union, intersection and difference are empty.
Standard library only.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

__all__ = [
    "Span",
    "Traits",
    "Turn",
    "Word",
    "gaps",
    "intersection",
    "subtract",
    "total",
    "touching",
    "union",
]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of time.

    Parameters
    ----------
    start, end : float
        Seconds; ``start <= end``.

    Raises
    ------
    ValueError
        If the times are not finite or run backwards.
    """

    start: float
    end: float

    def __post_init__(self) -> None:
        if not (float("-inf") < self.start <= self.end < float("inf")):
            raise ValueError(f"a span needs finite start <= end, got {self.start} and {self.end}")

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.end - self.start

    @property
    def middle(self) -> float:
        """Centre in seconds."""
        return (self.start + self.end) / 2

    def __and__(self, other: "Span") -> "Span | None":
        """Give the common stretch, or None where there is none of positive length."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Span(start, end) if start < end else None

    def overlap(self, other: "Span") -> float:
        """Seconds shared with `other`."""
        return max(0.0, min(self.end, other.end) - max(self.start, other.start))

    def gap(self, other: "Span") -> float:
        """Seconds from the end of this span to the start of `other`; negative if they overlap."""
        return other.start - self.end

    def contains(self, other: "Span") -> bool:
        """Whether `other` lies wholly inside."""
        return self.start <= other.start and other.end <= self.end

    def shifted(self, seconds: float) -> "Span":
        """Give the same length, later by `seconds`."""
        return Span(self.start + seconds, self.end + seconds)

    def widened(self, seconds: float) -> "Span":
        """Give the span with `seconds` added on each side; negative values shrink it."""
        grow = max(seconds, -self.duration / 2)
        return Span(self.start - grow, self.end + grow)


@dataclass(frozen=True, slots=True, order=True)
class Turn:
    """One voice speaking without a long pause, as a separator heard it.

    Turns of different voices may overlap; overlap is data and is never flattened.
    """

    span: Span
    voice: str


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of a word whose text is not kept.

    Parameters
    ----------
    tokens : int
        Words that the text holds, as the lists of turn-taking cut it; 0 for a mere mark.
    cues, hums : int
        How many of them are a listener's words ("yeah", "i see"), and how many are hums.
    lone_cue : bool
        Whether each of them is a listener's word by itself.
    opens : bool
        Whether the first of them is one with which people go on to say something ("so").
    asks, ends, question : bool
        Whether the text ends in a question mark, ends a sentence, has a question mark anywhere.
    counts : mapping of str to int
        What later steps count in it, by their own names; what is missing is 0.
    """

    tokens: int = 0
    cues: int = 0
    hums: int = 0
    lone_cue: bool = False
    opens: bool = False
    asks: bool = False
    ends: bool = False
    question: bool = False
    counts: Mapping[str, int] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Word:
    """One spoken word; words sort by time, then text, whatever else is known of them.

    Parameters
    ----------
    span : Span
        When. From a transcriber these times are rough; pauses come from voice activity.
    text : str
        The word as written, with the punctuation that belongs to it.
    probability : float or None
        The transcriber's own confidence, 0 to 1; None where the source gives none.
    voice : str or None
        Who, where the source of the words says so.
    doubtful : bool
        Whether the word stands so near a change of voice that its owner is uncertain.
    traits : Traits or None
        What is known of its text where that is not kept.
    """

    span: Span
    text: str
    probability: float | None = None
    voice: str | None = None
    doubtful: bool = False
    traits: Traits | None = None

    def __lt__(self, other: "Word") -> bool:
        one, two = self.span.start, other.span.start  # which mostly differ
        return self._rank < other._rank if one == two else one < two

    @property
    def _rank(self) -> tuple[Span, str, str, float, bool]:
        sure = -1.0 if self.probability is None else self.probability
        return self.span, self.text, self.voice or "", sure, self.doubtful


def union(spans: Iterable[Span], *, join_s: float = 0.0) -> tuple[Span, ...]:
    """Merge spans that overlap, touch, or lie closer together than `join_s` seconds.

    Examples
    --------
    >>> union([Span(2, 3), Span(0, 1), Span(0.5, 1.5)])
    (Span(start=0, end=1.5), Span(start=2, end=3))
    """
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and (span.start <= merged[-1].end or span.start - merged[-1].end < join_s):
            if span.end > merged[-1].end:
                merged[-1] = Span(merged[-1].start, span.end)
        else:
            merged.append(span)
    return tuple(merged)


def intersection(ours: Iterable[Span], theirs: Iterable[Span]) -> tuple[Span, ...]:
    """Stretches covered by both.

    Examples
    --------
    >>> intersection([Span(0, 2)], [Span(1, 3), Span(5, 6)])
    (Span(start=1, end=2),)
    """
    return tuple(_crossings(union(ours), union(theirs)))


def _crossings(ours: tuple[Span, ...], theirs: tuple[Span, ...]) -> Iterator[Span]:
    i = j = 0
    while i < len(ours) and j < len(theirs):
        common = ours[i] & theirs[j]
        if common is not None:
            yield common
        if ours[i].end <= theirs[j].end:
            i += 1
        else:
            j += 1


def subtract(spans: Iterable[Span], holes: Iterable[Span]) -> tuple[Span, ...]:
    """Stretches of `spans` not covered by `holes`.

    Examples
    --------
    >>> subtract([Span(0, 10)], [Span(2, 3), Span(9, 12)])
    (Span(start=0, end=2), Span(start=3, end=9))
    """
    whole = union(spans)
    if not whole:
        return ()
    return intersection(whole, gaps(holes, Span(whole[0].start, whole[-1].end)))


def gaps(spans: Iterable[Span], within: Span) -> tuple[Span, ...]:
    """Stretches of `within` that no span covers.

    Examples
    --------
    >>> gaps([Span(1, 2)], Span(0, 3))
    (Span(start=0, end=1), Span(start=2, end=3))
    """
    free: list[Span] = []
    edge = within.start
    for span in union(spans):
        if span.start > edge and edge < within.end:
            free.append(Span(edge, min(span.start, within.end)))
        edge = max(edge, span.end)
    if edge < within.end:
        free.append(Span(edge, within.end))
    return tuple(free)


def total(spans: Iterable[Span], within: Span | None = None) -> float:
    """Seconds covered by the spans, each instant counted once, optionally inside `within` only."""
    covered = union(spans) if within is None else intersection(spans, (within,))
    return sum(span.duration for span in covered)


def touching(spans: Sequence[Span], span: Span) -> Sequence[Span]:
    """Give those of sorted spans, not overlapping each other, that share time with `span`.

    Examples
    --------
    >>> touching([Span(0, 1), Span(2, 3), Span(4, 9)], Span(2.5, 5))
    [Span(start=2, end=3), Span(start=4, end=9)]
    """
    first = bisect_right(spans, span.start, key=lambda s: s.end)
    last = bisect_left(spans, span.end, key=lambda s: s.start)
    return spans[first:last]
