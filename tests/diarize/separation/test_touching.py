"""Turns that touch are parted by the pause that voice activity filled, and by nothing else."""

import numpy as np
import pytest

from diarize.models.engine import Engine
from diarize.separation.task import Separation
from diarize.separation.touching import parted
from diarize.settings import Activity
from diarize.timeline import Span, Turn

RULE = Activity()


def activity(seconds: float, *quiet: tuple[float, float]) -> np.ndarray:
    rows = np.ones(round(seconds * 100) + 1, np.float32)
    for start, end in quiet:  # as late as the network hears both edges
        first, last = start + RULE.late_end_s, end + RULE.late_start_s
        rows[round(first * 100) : round(last * 100)] = 0.0
    return rows


def separation(*turns: tuple[float, float, str]) -> Separation:
    return Separation(tuple(Turn(Span(a, b), v) for a, b, v in turns), Engine("x", "1"))


def test_a_filled_pause_parts_the_turns_that_touch_in_it():
    found = parted(separation((0, 2.1, "A"), (2.1, 4, "B")), activity(4, (2.0, 2.15)), RULE)
    before, after = found.turns
    assert before.span.end == pytest.approx(2.0, abs=0.011)
    assert after.span.start == pytest.approx(2.15, abs=0.011)
    assert (before.span.start, after.span.end) == (0, 4)


def test_turns_touch_on_where_no_pause_is_heard_or_it_is_elsewhere():
    touching = separation((0, 2.1, "A"), (2.1, 4, "B"))
    assert parted(touching, activity(4), RULE) == touching
    assert parted(touching, activity(4, (3.0, 3.15)), RULE) == touching


def test_gaps_overlaps_and_one_voices_own_pauses_stay():
    rows = activity(8, (2.0, 2.15), (4.0, 4.15), (6.0, 6.15))
    others = separation((0, 2.1, "A"), (2.1, 4.0, "A"), (3.9, 6.0, "B"), (6.1, 8, "A"))
    assert parted(others, rows, RULE) == others
