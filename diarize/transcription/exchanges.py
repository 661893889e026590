"""Where two channels changed persons, told by a transcript's labels: a cable swapped half-way.

Conventions
-----------
`diarize.transcription.alignment.crossed_after` says that labels and voices change partners, and
from which cue on. The place itself is an edge of what is heard near that cue: the one from which
labels and voices agree best once the voices behind it are exchanged. Times are seconds.
"""

from collections.abc import Iterable

from diarize.formats.transcript import Cue
from diarize.settings import Labels
from diarize.timeline import Span, Turn, intersection, total
from diarize.transcription.alignment import crossed_after, match_labels

__all__ = ["exchanged_at"]


def exchanged_at(
    cues: Iterable[Cue], turns: Iterable[Turn], *, labels: Labels | None = None
) -> float | None:
    """Say from when on two voices are each other's by a transcript's labels; None where never.

    Parameters
    ----------
    cues : iterable of Cue
        The supplied transcript, on the recording's clock.
    turns : iterable of Turn
        Who was heard when, two voices.
    labels : Labels, optional
        Thresholds.
    """
    cues, turns, rule = tuple(cues), tuple(turns), labels or Labels()
    first = crossed_after(cues, turns, labels=rule)
    if first is None:
        return None
    matched = match_labels(cues, turns, labels=rule)
    spans = sorted(cue.span for cue in cues if cue.span is not None and cue.voice in matched)
    near = [span for span in spans if span.start <= first][-2:]  # the last that agrees, the next
    least, most = near[0].start, near[-1].end
    edges = {edge for turn in turns for edge in (turn.span.start, turn.span.end)}
    places = sorted({first, *(edge for edge in edges if least <= edge <= most)})

    mine, others = (
        [(cue.span, [turn.span for turn in turns if (turn.voice == matched[cue.voice]) is same])
         for cue in cues if cue.span is not None and cue.voice in matched]
        for same in (True, False)
    )  # fmt: skip

    def agreed_s(at: float) -> float:
        ways = ((mine, others), (others, mine))  # either pairing may be the one before the place
        return max(_until_s(before, at) + _from_s(after, at) for before, after in ways)

    return max(places, key=agreed_s)


def _until_s(rows: list[tuple[Span, list[Span]]], at: float) -> float:
    """Seconds that cues share with voices up to a time."""
    cut = ((Span(said.start, min(said.end, at)), heard) for said, heard in rows if said.start < at)
    return sum(total(intersection((said,), heard)) for said, heard in cut)


def _from_s(rows: list[tuple[Span, list[Span]]], at: float) -> float:
    cut = ((Span(max(said.start, at), said.end), heard) for said, heard in rows if said.end > at)
    return sum(total(intersection((said,), heard)) for said, heard in cut)
