"""Where two channels changed persons, told by a transcript's labels: a cable plugged in anew.

Conventions
-----------
Labels and voices agree, or say the opposite of each other, for long stretches: of all ways to cut
a recording into such stretches that is taken which leaves the least time unexplained, each cut
costing some seconds. A place is an edge of what is heard near its two cues: the
one with which labels and voices agree best. Times are seconds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from diarize.formats.transcript import Cue
from diarize.messages import Note
from diarize.settings import Labels
from diarize.timeline import Span, Turn, intersection, subtract, total, union
from diarize.transcription.alignment import match_labels

__all__ = ["Against", "against_voices"]


@dataclass(frozen=True, slots=True)
class Against:
    """Where labels name the other of two voices than the one that is heard.

    Parameters
    ----------
    stretches : tuple of Span
        From the first to the last of what contradicts, none where labels and voices agree.
    places : tuple of float
        Where that begins and ends, but for where the transcript does.
    seconds : float
        How much is heard there of one voice alone.
    share : float
        That as a share of all that is heard of one voice alone under a label.
    """

    stretches: tuple[Span, ...] = ()
    places: tuple[float, ...] = ()
    seconds: float = 0.0
    share: float = 0.0

    def note(self, of: str, *, whole: bool, unsure: bool, by: str = "channels") -> Note:
        """Say it of labels, or of a file's turns, where there is any.

        Parameters
        ----------
        of : str
            How the note's code begins: ``transcript.labels`` or ``separator.turns``.
        whole : bool
            Whether they are believed nowhere.
        unsure : bool
            Whether it may be the channels that are wrong.
        by : str
            What contradicts: ``channels``, or ``voices`` that share one.
        """
        code, severity = ("or", "withhold") if unsure else ("against", "caution")
        often = "_often" if whole and not unsure else ""
        fields = {
            "n": len(self.stretches),
            "at_s": self.stretches[0].start,
            "seconds": self.seconds,
            "share": self.share,
        }
        return Note(f"{of}_{code}_{by}{often}", fields, severity, self.stretches)


@dataclass(frozen=True, slots=True)
class _Row:
    """A cue, and where it is heard: as its label's voice, as the other, seconds of one alone."""

    said: Span
    own: tuple[Span, ...]
    other: tuple[Span, ...]
    own_s: float
    other_s: float


def against_voices(
    cues: Iterable[Cue],
    turns: Iterable[Turn],
    *,
    fine: bool = False,
    labels: Labels | None = None,
) -> Against:
    """Say where a transcript's labels, elsewhere one voice each, name the other voice.

    Parameters
    ----------
    cues : iterable of Cue
        The supplied transcript, on the recording's clock.
    turns : iterable of Turn
        Who was heard when, two voices.
    fine : bool
        Whether the transcript's times are, so that less of a contradiction is one.
    labels : Labels, optional
        Thresholds.
    """
    rule = labels or Labels()
    if fine:
        rule = replace(rule, least_crossed_s=rule.least_against_s)
    rows = _rows(tuple(cues), tuple(turns), rule)
    exchanged = _exchanged(rows, rule.change_costs_s if fine else rule.least_crossed_s)
    stretches, places, seconds = [], [], 0.0
    for a, b in pairwise(_edges(exchanged)):
        part = rows[a:b]
        if exchanged[a] and _plain(part, rule):
            inside = [_place(rows, exchanged, k) for k in (a, b) if 0 < k < len(rows)]
            start = inside[0] if a else part[0].said.start
            end = inside[-1] if b < len(rows) else max(row.said.end for row in part)
            stretches.append(Span(start, max(start, end)))
            places += inside
            seconds += sum(row.own_s + row.other_s for row in part)
    whole = sum(row.own_s + row.other_s for row in rows)
    share = seconds / whole if stretches else 0.0
    return Against(tuple(stretches), tuple(places), seconds, share)


def _edges(exchanged: Sequence[bool]) -> list[int]:
    """Give where cues begin, change and end to be those of exchanged voices."""
    cuts = [k for k in range(1, len(exchanged)) if exchanged[k] != exchanged[k - 1]]
    return [0, *cuts, len(exchanged)] if exchanged else []


def _rows(cues: Sequence[Cue], turns: Sequence[Turn], rule: Labels) -> list[_Row]:
    matched = match_labels(cues, turns, labels=replace(rule, least_shared=0.0))
    voices = {turn.voice for turn in turns}
    if len(matched) != 2 or len(voices) != 2:
        return []
    heard = {v: union(turn.span for turn in turns if turn.voice == v) for v in voices}
    first, second = voices
    alone = {first: subtract(heard[first], heard[second])}
    alone[second] = subtract(heard[second], heard[first])
    rows = []
    for cue in cues:
        if cue.span is None or cue.voice not in matched:
            continue
        own = matched[cue.voice]
        other = second if own == first else first
        seconds = (total(intersection((cue.span,), alone[voice])) for voice in (own, other))
        rows.append(_Row(cue.span, heard[own], heard[other], *seconds))
    return sorted(rows, key=lambda row: row.said)


def _exchanged(rows: Sequence[_Row], costs_s: float) -> list[bool]:
    """Say of each cue whether voices are each other's there, with as few changes as explain it."""
    ways: list[tuple[float, list[bool]]] = [(0.0, []), (0.0, [])]
    for row in rows:
        lost = (row.other_s, row.own_s)
        other_way = [(ways[1 - k][0] + costs_s, ways[1 - k][1]) for k in (0, 1)]
        best = [min(ways[k], other_way[k], key=lambda way: way[0]) for k in (0, 1)]
        ways = [(best[k][0] + lost[k], [*best[k][1], bool(k)]) for k in (0, 1)]
    return min(ways, key=lambda way: way[0])[1]


def _plain(rows: Sequence[_Row], rule: Labels) -> bool:
    """Whether a stretch is long enough, and its labels agree or disagree often enough."""
    own_s, other_s = sum(row.own_s for row in rows), sum(row.other_s for row in rows)
    heard_s = own_s + other_s
    return heard_s >= rule.least_crossed_s and max(own_s, other_s) >= rule.crossed_share * heard_s


def _place(rows: Sequence[_Row], which: Sequence[bool], k: int) -> float:
    """Give the place at cue `k` from which on voices are exchanged as it says, or not again."""
    near, exchanged = rows[max(0, k - 1) : k + 1], which[k]
    within = Span(near[0].said.start, max(row.said.end for row in near))
    heard = [span for row in near for span in (*row.own, *row.other)]
    edges = {edge for span in heard for edge in (span.start, span.end)}
    places = sorted(
        {near[-1].said.start, *(at for at in edges if within.start <= at <= within.end)}
    )

    def agreed_s(at: float) -> float:
        sides = (Span(within.start, at), not exchanged), (Span(at, within.end), exchanged)
        return sum(
            total(
                intersection(intersection((row.said,), (side,)), row.other if crossed else row.own)
            )
            for side, crossed in sides
            for row in near
        )

    return max(places, key=agreed_s)
