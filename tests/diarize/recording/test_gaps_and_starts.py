"""Short gaps that add up, and where a file begins: its own clock, empty blocks in front."""

import pytest

from diarize.recording.joined import read
from tests.diarize.recording.conftest import BURST_S, LENGTH_S
from tests.diarize.recording.test_nothing_lost import LIMITS, burst_s, lost_s, made
from tests.said import codes


def test_short_gaps_are_named_where_many_add_up(folder):
    """A call that loses a quarter of a second every two: none by itself is worth a word."""
    how = "-af aselect='lt(mod(t,2),1.75)' -c:a libopus -fps_mode passthrough"
    found = read(made(folder, "gaps.webm", how), limits=LIMITS)
    assert found.sound.seconds + lost_s(found) == pytest.approx(LENGTH_S, abs=0.4)
    assert lost_s(found) == pytest.approx(0.25 * 9, abs=0.5)
    assert "recording.missing_inside" in codes(found.notes)


def test_an_mp4_without_a_picture_keeps_its_own_clock(folder):
    found = read(made(folder, "late.m4a", "-c:a aac", "-itsoffset 3 -i base.wav"), limits=LIMITS)
    assert burst_s(found.sound) == pytest.approx(BURST_S + 3, abs=0.1)
    assert codes(found.notes) == ["recording.starts_late"] and found.lost == ()


def test_a_stream_that_was_joined_late_is_short_of_its_beginning_not_of_its_end(folder):
    how = "-c:a aac -movflags frag_keyframe+empty_moov+default_base_moof -frag_duration 1000000"
    data = made(folder, "stream.mp4", how).read_bytes()
    first = at = data.find(b"moof") - 4
    for _ in range(5):
        at = data.find(b"moof", at + 8) - 4
    path = folder / "joined_late.mp4"
    path.write_bytes(data[:first] + data[at:])
    found = read(path, limits=LIMITS)
    assert burst_s(found.sound) == pytest.approx(BURST_S, abs=0.1)
    assert codes(found.notes) == ["recording.starts_late"] and found.lost == ()


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg"])
def test_empty_blocks_in_front_hide_nothing(folder, name):
    """As of a file that a recovery program found."""
    path = folder / f"recovered_{name}"
    path.write_bytes(bytes(8192) + made(folder, name).read_bytes())
    assert read(path, limits=LIMITS).sound.seconds == pytest.approx(LENGTH_S, abs=0.2)
