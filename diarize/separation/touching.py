"""Turns of two voices that touch: the pause between them is put back.

Conventions
-----------
Voice activity fills pauses shorter than `Activity.bridge_s`, which is right inside one voice's
speech. Between two voices such a pause is the time one takes to answer, and a separator that
changes the voice inside it makes it 0. The unfilled activity still has it. Where it has none, the
turns go on touching: there is no pause, or none that can be heard, and no figure says how long.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from diarize.recording.rows import runs
from diarize.separation.activity import HOP_S, Probability
from diarize.separation.task import Separation
from diarize.settings import Activity
from diarize.timeline import Span, Turn, touching

__all__ = ["parted"]


def parted(found: Separation, probability: Probability, rule: Activity) -> Separation:
    """Part turns of different voices that touch where a pause was filled.

    Parameters
    ----------
    found : Separation
        Who speaks when.
    probability : ndarray of float32, shape (n,)
        Voice activity every 10 ms.
    rule : Activity
        What fills pauses, and how late edges are heard.
    """
    quiet = [
        Span(max(0.0, a * HOP_S - rule.late_end_s), max(0.0, b * HOP_S - rule.late_start_s))
        for a, b in runs(probability < rule.leave_probability)
    ]
    turns = list(found.turns)
    ends: dict[float, list[int]] = defaultdict(list)
    for i, turn in enumerate(turns):
        ends[turn.span.end].append(i)
    for j, turn in enumerate(turns):
        for i in ends[turn.span.start]:
            if turns[i].voice != turn.voice:
                turns[i], turns[j] = _pulled_apart(turns[i], turns[j], quiet, rule)
    return replace(found, turns=tuple(sorted(turns)))


def _pulled_apart(
    before: Turn, after: Turn, quiet: Sequence[Span], rule: Activity
) -> tuple[Turn, Turn]:
    """Give two turns the pause nearest to where they touch, if there is one between them."""
    at = before.span.end
    between = [
        pause
        for pause in touching(quiet, Span(at - rule.bridge_s, at + rule.bridge_s))
        if abs(pause.middle - at) <= rule.bridge_s
        and before.span.start < pause.start
        and pause.end < after.span.end
    ]
    if not between:
        return before, after
    pause = min(between, key=lambda s: abs(s.middle - at))
    return (
        Turn(Span(before.span.start, pause.start), before.voice),
        Turn(Span(pause.end, after.span.end), after.voice),
    )
