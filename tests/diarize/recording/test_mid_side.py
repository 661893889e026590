"""Two channels that are sum and difference are taken apart; two that are not stay as they are."""

import numpy as np
import pytest

from diarize.recording.audio import Audio
from diarize.recording.mid_side import taken_apart
from diarize.settings import MidSide
from tests.said import codes

RULE = MidSide()
RATE = 16_000


@pytest.fixture(scope="module")
def people():
    """A minute of two who speak in turns of 2 s, each on a microphone of their own."""
    random = np.random.default_rng(5)
    own = random.normal(0, 0.1, (2, 60 * RATE))
    turn = np.arange(60 * RATE) // (2 * RATE) % 2
    own *= np.stack([turn == 0, turn == 1])
    return (own + random.normal(0, 0.0005, own.shape)).astype(np.float32)


def audio(samples):
    samples = np.ascontiguousarray(samples, np.float32)
    return Audio(samples, RATE, RATE, samples.mean(axis=0))


@pytest.mark.parametrize("side_db", [0, -10, 6])
def test_sum_and_difference_give_back_each_microphone(people, side_db):
    one, other = people
    gain = 10 ** (side_db / 20)
    found = taken_apart(audio([(one + other) / 2, gain * (one - other) / 2]), rule=RULE)
    assert found is not None and codes(found.notes) == ["recording.mid_side"]
    assert np.allclose(found.samples, people, atol=0.003)


@pytest.mark.parametrize(
    "made",
    [
        lambda one, other: (one, other),
        lambda one, other: (one + other, -one - other),
        lambda one, other: (one + 0.5 * other, 0.5 * one + other),
        lambda one, other: (one + other, one),
        lambda one, other: (one + other, one - 0.2 * other),  # leaks, and turns the sign
        lambda one, other: (one, 0.1 * one + other),
    ],
    ids=["each", "inverted", "panned", "one and both", "unequal", "leak"],
)
def test_other_channels_stay_as_they_are(people, made):
    assert taken_apart(audio(made(*people)), rule=RULE) is None
