"""Hums that a network hears: whose they are, and that the network is the one it should be."""

from dataclasses import replace

import numpy as np
import pytest

from diarize.models.engine import Engine
from diarize.separation import hums
from diarize.separation.hums import Hum
from diarize.separation.murmurs import shared_out
from diarize.separation.task import Separation
from diarize.settings import Murmurs
from diarize.timeline import Span, Turn, union
from tests.said import refused

RULE = Murmurs()


def talk(*turns: tuple[float, float, str]) -> Separation:
    return Separation(tuple(Turn(Span(a, b), v) for a, b, v in turns), Engine("made", "1"))


def own(found: Separation, voice: str) -> list[tuple[float, float]]:
    spans = union(turn.span for turn in found.turns if turn.voice == voice)
    return [(span.start, span.end) for span in spans]


LISTENED = talk((0, 5, "A"), (5.3, 5.7, "A"), (6, 10, "A"), (11, 14, "B"), (14.5, 18, "A"))


def test_a_hum_in_a_pause_is_the_listeners_and_nobody_elses():
    found = shared_out(LISTENED, [Hum(Span(5.3, 5.7), over=False)], RULE)
    assert found.hums == (Turn(Span(5.3, 5.7), "B"),)
    assert own(found, "A") == [(0, 5), (6, 10), (14.5, 18)]
    assert own(found, "B") == [(5.3, 5.7), (11, 14)]


def test_a_hum_over_speech_leaves_the_speech_where_it_is():
    found = shared_out(LISTENED, [Hum(Span(2, 2.5), over=True)], RULE)
    assert own(found, "A") == own(LISTENED, "A")
    assert own(found, "B") == [(2, 2.5), (11, 14)]


@pytest.mark.parametrize(("span", "voice"), [(Span(10.4, 10.8), "B"), (Span(14.1, 14.4), "A")])
def test_where_the_floor_changes_the_hum_leads_to_what_follows(span, voice):
    found = shared_out(LISTENED, [Hum(span, over=False)], RULE)
    assert found.hums == (Turn(span, voice),)


def test_who_hums_has_not_the_floor():
    """What was heard to be a hum before says nothing of who talks: A does, around both."""
    found = talk((0, 5, "A"), (5.2, 6.1, "B"), (6.9, 10, "A"), (12, 16, "B"))
    found = replace(found, hums=(Turn(Span(5.2, 6.1), "B"),))
    shared = shared_out(found, [Hum(Span(6.2, 6.8), over=False)], RULE)
    assert own(shared, "B") == [(5.2, 6.1), (6.2, 6.8), (12, 16)]


def test_nobody_is_given_a_hum_far_from_talk_or_among_three():
    far = Hum(Span(30, 30.4), over=False)
    assert shared_out(LISTENED, [far], RULE) == LISTENED
    inside = Hum(Span(5.3, 5.7), over=False)
    for other in (talk((0, 5, "A"), (6, 9, "A")), talk((0, 5, "A"), (6, 9, "B"), (9.5, 12, "C"))):
        assert shared_out(other, [inside], RULE) == other


def test_no_hum_changes_nothing():
    assert shared_out(LISTENED, [], RULE) == LISTENED


def test_an_inkling_of_a_second_person_makes_up_for_certainty():
    chances = np.tile(np.array([1, 0, 0], np.float32), (100, 1))
    chances[40:60] = 0.4, 0.1, 0.5
    assert list(hums.told(chances, RULE)) == []
    assert list(hums.told(chances, RULE, np.zeros(100, np.float32))) == []
    (one,) = hums.told(chances, RULE, np.full(100, 0.1, np.float32))
    assert one.over and (one.span.start, one.span.end) == pytest.approx((0.8, 1.2))
    chances[40:60] = 0.02, 0.9, 0.08
    assert [hum.over for hum in hums.told(chances, RULE)] == [False]
    chances[20:90] = 0.02, 0.9, 0.08  # longer than anybody hums
    assert list(hums.told(chances, RULE)) == []


def test_neither_silence_noise_nor_a_tone_hums():
    rng, n = np.random.default_rng(2), 16_000 * 12
    tone = 0.1 * np.sin(2 * np.pi * 440 * np.arange(n) / 16_000)
    for sound in (np.zeros(n), rng.normal(0, 0.05, n), tone):
        quiet = np.zeros(n // 160 + 1, np.float32)
        shown = hums.evidence(sound.astype(np.float32), quiet[::2])
        assert list(hums.told(hums.posterior(shown), RULE)) == []


def test_gain_does_not_matter(sample):
    sound, _ = sample
    from diarize.separation.activity import speech_probability

    speech = speech_probability(sound, 16_000)
    plain = hums.posterior(hums.evidence(sound, speech[::2]))
    softer = hums.posterior(hums.evidence(sound * np.float32(0.1), speech[::2]))
    np.testing.assert_allclose(plain, softer, atol=0.02)
    np.testing.assert_allclose(plain.sum(axis=1), 1.0, atol=1e-5)


def test_other_weights_are_refused(tmp_path, monkeypatch):
    other = tmp_path / "hums.npz"
    other.write_bytes(b"something else")
    monkeypatch.setattr(hums, "WEIGHTS", other)
    with refused("separator.second_pass_changed"):
        hums.posterior(np.zeros((10, hums.COLUMNS), np.float16))
