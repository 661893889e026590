"""Voice activity: the package's own numbers, timing, and input that breaks things."""

from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diarize.recording.audio import Audio
from diarize.separation import activity
from diarize.separation.activity import HOP_S, Speech, speech_probability, speech_spans
from diarize.settings import Activity
from diarize.timeline import total
from tests.counting import calls_of

RATE = 16_000


def babble(seconds: float, *, seed: int = 0) -> np.ndarray:
    """Speech-like sound: a gliding pulse train through moving resonances, in syllables."""
    from scipy.signal import lfilter

    rng = np.random.default_rng(seed)
    out: list[np.ndarray] = []
    while sum(len(part) for part in out) < seconds * RATE:
        n = int(RATE * rng.uniform(0.12, 0.25))
        pitch = 120 * 2 ** (rng.uniform(-0.3, 0.3) + np.linspace(0, -0.2, n))
        sound = np.diff(np.floor(np.cumsum(pitch) / RATE), prepend=0) + rng.normal(0, 0.01, n)
        for f, b in ((rng.uniform(300, 800), 80), (rng.uniform(900, 2200), 120), (2600, 200)):
            r = np.exp(-np.pi * b / RATE)
            sound = lfilter([1 - r], [1, -2 * r * np.cos(2 * np.pi * f / RATE), r * r], sound)
        out.append(sound / np.abs(sound).max() * np.hanning(n) ** 0.3)
    return (0.3 * np.concatenate(out)[: int(seconds * RATE)]).astype(np.float32)


def in_silence(sound: np.ndarray, before: float, after: float) -> np.ndarray:
    quiet = np.random.default_rng(9).normal(0, 1e-3, len(sound) + int((before + after) * RATE))
    quiet[int(before * RATE) : int(before * RATE) + len(sound)] += sound
    return quiet.astype(np.float32)


def test_blocks_give_what_the_package_gives_step_by_step() -> None:
    import torch

    sound = in_silence(babble(2.0), 0.7, 0.7)
    origin = find_spec("silero_vad").origin
    model = torch.jit.load(str(Path(origin).parent / "data" / "silero_vad.jit"))
    steps = len(sound) // 512
    with torch.no_grad():
        theirs = np.array(
            [
                model(torch.from_numpy(sound[i * 512 : i * 512 + 512]), RATE).item()
                for i in range(steps)
            ]
        )
    # A step's verdict belongs to its middle, 256 samples in: rows lie 160 samples apart.
    ours = speech_probability(sound, RATE)
    whole = [i for i in range(steps) if (512 * i + 256) % 160 == 0]
    rows = [(512 * i + 256) // 160 for i in whole]
    assert len(rows) > 10
    assert np.abs(ours[rows] - theirs[whole]).max() < 1e-4


def test_block_borders_leave_no_mark() -> None:
    sound = in_silence(babble(3.0), 0.5, 0.5)
    whole = speech_probability(sound, RATE)
    assert np.abs(speech_probability(sound, RATE, block=7) - whole).max() < 1e-4


def test_speech_is_found_where_it_is() -> None:
    spans = speech_spans(speech_probability(in_silence(babble(2.0), 1.5, 1.5), RATE))
    assert spans and abs(spans[0].start - 1.5) < 0.12 and abs(spans[-1].end - 3.5) < 0.12


@pytest.mark.parametrize("value", [0.0, 1.0, 30.0, np.nan, np.inf])
@pytest.mark.parametrize("n", [0, 1, 159, 160, 1600, 16_001])
def test_sound_without_speech_has_finite_rows_and_no_spans(n: int, value: float) -> None:
    probability = speech_probability(np.full(n, value, dtype=np.float32), RATE)
    assert probability.shape == (n // 160 + 1,) and probability.dtype == np.float32
    assert np.isfinite(probability).all() and speech_spans(probability) == ()


def test_other_rates_and_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="16000"):
        speech_probability(np.zeros(100, np.float32), 8000)
    with pytest.raises(ValueError, match="16000"):
        speech_probability(np.zeros((2, 100), np.float32), RATE)


def test_bridging_comes_before_dropping() -> None:
    rule = Activity(bridge_s=0.2, shortest_s=0.1, late_start_s=0.0, late_end_s=0.0)
    row = np.zeros(200, np.float32)
    row[[*range(50, 56), *range(70, 76)]] = 0.9  # two bits of 60 ms, 140 ms apart: one unit
    row[150:156] = 0.9  # a bit of 60 ms alone: nothing
    (span,) = speech_spans(row, rule)
    assert (span.start, span.end) == pytest.approx((0.5, 0.75))


def test_a_rise_that_never_reaches_the_upper_threshold_is_no_speech() -> None:
    row = np.full(100, 0.45, np.float32)
    assert speech_spans(row) == ()
    row[50] = 0.55
    assert total(speech_spans(row)) > 0.8


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=300))
def test_spans_are_sorted_apart_and_inside(row: list[float]) -> None:
    spans = speech_spans(np.array(row, dtype=np.float32))
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert all(0 <= s.start < s.end <= (len(row) - 1) * HOP_S for s in spans)


@pytest.mark.parametrize(("channels", "runs"), [(1, 1), (2, 3), (3, 4)])
def test_each_channel_is_heard_once_whoever_asks(channels, runs) -> None:
    sound = np.stack([in_silence(babble(1.0, seed=k), 0.3, 0.3) for k in range(channels)])
    with calls_of(activity.speech_probability) as heard:
        speech = Speech(Audio.of(sound))
        assert heard == [], "nothing is heard before it is asked for"
        for _ in range(3):
            assert speech.spans == speech_spans(speech.probability)
            assert speech.by_channel.shape == (channels, len(speech.probability))
    assert len(heard) == runs
    own = activity.speech_probability(sound[-1], RATE)
    np.testing.assert_array_equal(speech.by_channel[-1], own)
    with pytest.raises(ValueError, match="read-only"):
        speech.probability[0] = 1.0


def test_the_rule_it_was_given_makes_the_spans() -> None:
    audio = Audio.of(in_silence(babble(2.0), 0.5, 0.5))
    assert Speech(audio).spans and Speech(audio, Activity(shortest_s=60.0)).spans == ()
