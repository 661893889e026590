"""MP4 in fragments: what is missing or broken hides none of those behind it."""

import re

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from diarize.recording.joined import read
from tests.diarize.recording.conftest import BURST_S, LENGTH_S
from tests.diarize.recording.test_nothing_lost import LIMITS, burst_s, lost_s, made
from tests.said import codes


@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(first=st.floats(0.2, 0.4), width=st.floats(0.1, 0.2), zeros=st.booleans())
def test_fragments_that_are_missing_or_broken_hide_no_later_one(folder, first, width, zeros):
    data = made(folder, "frag.mp4").read_bytes()
    begins, end = int(first * len(data)), int((first + width) * len(data))
    heads = [found.start() for found in re.finditer(b"moof", data)]
    assume(zeros or end - begins not in {b - a for a in heads for b in heads})  # the test below
    hurt = folder / "fragments.mp4"
    hurt.write_bytes(data[:begins] + bytes(end - begins if zeros else 0) + data[end:])
    found = read(hurt, limits=LIMITS)
    assert found.sound.seconds + lost_s(found) == pytest.approx(LENGTH_S, abs=0.6)
    assert found.sound.seconds > (1 - width) * LENGTH_S - 2.5  # no more than the ones it touches
    assert burst_s(found.sound) == pytest.approx(BURST_S, abs=0.2)
    assert {"recording.missing_inside", "recording.bytes_skipped"} <= set(codes(found.notes))


def test_a_head_that_is_cut_short_hides_nothing_in_front_of_it(folder):
    data = made(folder, "frag.mp4").read_bytes()
    last = data.rfind(b"moof") - 4
    cut = folder / "head.mp4"
    for kept in (8, 20, 100):  # of the head's bytes
        cut.write_bytes(data[: last + kept])
        found = read(cut, limits=LIMITS)
        assert found.sound.seconds == pytest.approx(LENGTH_S, abs=1.5)
        assert "recording.no_end" in codes(found.notes)


def test_whole_fragments_that_are_missing_hide_no_later_one(folder):
    data = made(folder, "frag.mp4").read_bytes()
    first = second = data.find(b"moof", len(data) // 3) - 4
    for _ in range(3):
        second = data.find(b"moof", second + 8) - 4
    taken = folder / "taken.mp4"
    taken.write_bytes(data[:first] + data[second:])
    found = read(taken, limits=LIMITS)
    assert found.sound.seconds + lost_s(found) == pytest.approx(LENGTH_S, abs=0.6)
    assert found.sound.seconds > LENGTH_S - 4.5
    assert burst_s(found.sound) == pytest.approx(BURST_S, abs=0.2)
    assert codes(found.notes) == ["recording.missing_inside"]
