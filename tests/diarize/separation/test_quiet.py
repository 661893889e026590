"""Speech too quiet for the detector: added, or said, by how plain and loud it is."""

import tracemalloc

import numpy as np
import pytest

from diarize.separation.quiet import quiet_speech
from diarize.settings import Fusing
from diarize.timeline import Span

RATE = 16_000


def test_quiet_speech_is_added_or_said_by_how_plain_and_loud_it_is():
    rng = np.random.default_rng(1)
    sound = rng.normal(0, 1e-5, 40 * RATE).astype(np.float32)
    spoken = np.zeros(2000, np.float32)

    def heard(start: float, seconds: float, above_floor_db: float, chance: float) -> None:
        part = slice(int(start * RATE), int((start + seconds) * RATE))
        sound[part] *= 10 ** (above_floor_db / 20)
        spoken[int(start * 50) : round((start + seconds) * 50)] = chance

    heard(0.0, 4.0, 40, 0.9)
    heard(8.0, 1.0, 25, 0.9)
    heard(12.0, 1.0, 0, 0.9)  # as quiet as the room
    heard(16.0, 0.4, 25, 0.9)  # short
    heard(20.0, 1.0, 25, 0.4)  # hardly heard as speech
    heard(24.0, 1.0, 18, 0.9)  # 22 dB below speech
    heard(28.0, 1.0, 12, 0.9)  # 28 dB below it
    added, doubted = quiet_speech(sound, (Span(0.0, 4.0),), spoken, Fusing())
    assert added == (Span(8.0, 9.0),)
    assert [span.start for span in doubted] == pytest.approx([16.0, 20.0, 24.0])


@pytest.mark.parametrize("start", [8.0, 59.4, 60.0, 119.5, 124.0])
def test_where_it_lies_in_a_long_recording_makes_no_difference(start):
    """Levels are measured a minute at a time, and the last second is not whole."""
    sound = np.random.default_rng(2).normal(0, 1e-5, 125 * RATE + 77).astype(np.float32)
    spoken = np.zeros(len(sound) // 320 + 1, np.float32)
    for first, seconds, above_floor_db in ((0.0, 4.0, 40), (start, 1.0, 25)):
        sound[round(first * RATE) : round((first + seconds) * RATE)] *= 10 ** (above_floor_db / 20)
    spoken[round(start * 50) : round((start + 1.0) * 50)] = 0.9
    added, doubted = quiet_speech(sound, (Span(0.0, 4.0),), spoken, Fusing())
    ((found,), ()) = added, doubted
    assert (found.start, found.end) == pytest.approx((start, start + 1.0))


def test_no_copy_of_the_whole_sound_is_made():
    sound = np.random.default_rng(3).normal(0, 0.1, 600 * RATE + 1).astype(np.float32)
    spoken = np.zeros(len(sound) // 320 + 1, np.float32)
    tracemalloc.start()
    try:
        quiet_speech(sound, (Span(0.0, 4.0),), spoken, Fusing())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < sound.nbytes / 2
