"""Two recorders in one file are put on one clock; an echo, a leak and two microphones stay."""

import numpy as np
import pytest

from diarize.recording.audio import Audio
from diarize.recording.channel_clocks import on_one_clock
from diarize.settings import ChannelClocks
from tests.said import codes

RATE = 16_000


@pytest.fixture(scope="module")
def people():
    """Forty seconds of two who speak in turns of 4 s, each on a microphone of their own."""
    random = np.random.default_rng(7)
    own = random.normal(0, 0.1, (2, 40 * RATE))
    turn = np.arange(40 * RATE) // (4 * RATE) % 2
    own *= np.stack([turn == 0, turn == 1])
    return (own + random.normal(0, 0.0005, own.shape)).astype(np.float32)


def later(sound, seconds):
    by = round(seconds * RATE)
    return np.roll(sound, by)


def audio(*samples):
    both = np.ascontiguousarray(samples, np.float32)
    return Audio(both, RATE, RATE, both.mean(axis=0))


@pytest.mark.parametrize("late_s", [1.3, -2.25, 0.2])
def test_a_recorder_that_is_late_is_put_in_its_place(people, late_s):
    one, other = people
    heard = one + 0.1 * other, other + 0.1 * one
    found = on_one_clock(audio(heard[0], later(heard[1], late_s)), rule=ChannelClocks())
    assert found is not None and codes(found.notes) == ["recording.channel_late"]
    assert found.notes[0].fields["seconds"] == pytest.approx(late_s, abs=0.001)
    inside = slice(3 * RATE, 37 * RATE)
    assert np.allclose(found.samples[1, inside], heard[1][inside], atol=1e-6)


@pytest.mark.parametrize(
    "made",
    [
        lambda one, other: (one, other),
        lambda one, other: (one + 0.1 * other, other + 0.1 * one),
        lambda one, other: (one, other + 0.1 * later(one, 0.3)),
        lambda one, other: (one + 0.1 * later(other, 0.3), other + 0.1 * later(one, 0.3)),
        lambda one, other: (one, later(other, 1.3)),
        lambda one, other: (one + other, later(one + other, 0.02)),
    ],
    ids=["each", "leaks", "echo", "echo both ways", "nothing in common", "across the room"],
)
def test_other_channels_stay_as_they_are(people, made):
    assert on_one_clock(audio(*made(*people)), rule=ChannelClocks()) is None
