"""MP4 of which a copy lost bytes in the middle: what lies behind the gap keeps its place."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diarize.recording.closed_gaps import reopened
from diarize.recording.joined import read
from diarize.recording.views import Contents
from tests.diarize.recording.conftest import BURST_S, LENGTH_S
from tests.diarize.recording.test_nothing_lost import LIMITS, burst_s, lost_s, made
from tests.said import codes

_NAMES = ("a.m4a", "fast.m4a", "alac.m4a")  # the index behind the sound, before it, another codec


@pytest.mark.parametrize("name", _NAMES)
@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(first=st.floats(0.15, 0.4), width=st.floats(0.05, 0.25))
def test_no_more_is_lost_than_what_is_gone(folder, name, first, width):
    data = made(folder, name).read_bytes()
    hurt = folder / f"closed_{name}"
    hurt.write_bytes(data[: int(first * len(data))] + data[int((first + width) * len(data)) :])
    found = read(hurt, limits=LIMITS)
    assert codes(found.notes) == ["recording.missing_inside"]
    assert found.sound.seconds + lost_s(found) == pytest.approx(LENGTH_S, abs=0.3)
    assert burst_s(found.sound) == pytest.approx(BURST_S, abs=0.1)
    assert lost_s(found) == pytest.approx(width * LENGTH_S, abs=1.5)  # bytes are not seconds


@pytest.mark.parametrize("name", [*_NAMES, "a.mov", "a.wav"])
def test_nothing_is_filled_that_has_no_gap(folder, name):
    """A whole file, one that was cut off, and plain samples, in which no place is known."""
    data = made(folder, name).read_bytes()
    for hurt in (data, data[: len(data) // 2]):
        assert reopened(Contents(hurt, 0, len(hurt), name), LIMITS) == ()
    if name == "a.mov":
        hurt = data[: len(data) // 3] + data[len(data) // 2 :]
        assert reopened(Contents(hurt, 0, len(hurt), name), LIMITS) == ()


def test_two_gaps_are_not_taken_for_one(folder):
    data = made(folder, "fast.m4a").read_bytes()
    a, b, c, d = (int(share * len(data)) for share in (0.2, 0.3, 0.6, 0.7))
    hurt = data[:a] + data[b:c] + data[d:]
    assert reopened(Contents(hurt, 0, len(hurt), "two.m4a"), LIMITS) == ()
