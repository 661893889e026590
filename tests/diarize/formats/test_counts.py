"""Times that count something else than seconds are told by how long words would take."""

import pytest

from diarize.formats.counts import in_seconds
from diarize.formats.transcript import Cue
from diarize.settings import Formats
from diarize.timeline import Span
from tests.said import refused

SAID = "and so we went there all of us"
TIMES = [(8.0 * k, 8.0 * k + 3.0) for k in range(10)]


def counted(per_second):
    return [Cue(Span(per_second * a, per_second * b), "T", SAID) for a, b in TIMES]


@pytest.mark.parametrize("per_second", [1, 60, 100, 1000])
def test_seconds_minutes_and_known_units_are_read(per_second):
    found = in_seconds(counted(per_second), Formats())
    assert [(c.span.start, c.span.end) for c in found] == TIMES


@pytest.mark.parametrize("per_second", [24, 25, 30, 44_100])
def test_frames_and_samples_without_their_rate_are_refused(per_second):
    with refused("format.counts_without_rate"):
        in_seconds(counted(per_second), Formats())
