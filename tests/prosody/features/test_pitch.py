"""Pitch and voicing: candidates, the path through them, and what real voices say."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr

from diarize.recording.audio import Audio
from prosody.features import candidates, pitch, voicing
from prosody.features.frames import PITCH, measure
from prosody.features.nuclei import find_nuclei
from prosody.settings import Voicing

RATE = 16_000
DATA = Path(__file__).parents[3] / ".." / "shared" / "data"


def floats(values: Any) -> np.ndarray:
    return np.array(values, np.float32)


def harmonic(f0: float, seconds: float = 1.5, partials: int = 20) -> np.ndarray:
    """A steady tone with harmonics between silences, its phases spread."""
    t = np.arange(int(seconds * RATE)) / RATE
    count = min(partials, int(7000 / f0))
    tone = np.sum([np.sin(2 * np.pi * f0 * k * t + k * k) / k for k in range(1, count + 1)], axis=0)
    rest = np.zeros(RATE // 2)
    quiet = np.random.default_rng(5).standard_normal(len(tone) + RATE) * 1e-4
    return (np.concatenate([rest, 0.1 * tone, rest]) + quiet).astype(np.float32)


@pytest.mark.parametrize(
    "f0", [51.0, 58.0, 65.0, 82.4, 110.0, 155.6, 233.1, 311.1, 400.0, 480.0, 560.0, 650.0]
)
def test_steady_tones_across_the_range(f0: float) -> None:
    got = measure(Audio.of(harmonic(f0))).f0_hz[60:190]
    assert np.isfinite(got).mean() > 0.97
    assert np.nanmedian(np.abs(1200 * np.log2(got / f0))) < 6.0
    assert np.nanmax(np.abs(got / f0 - 1)) < 0.02


def test_a_missing_fundamental_is_still_heard() -> None:
    t = np.arange(2 * RATE) / RATE
    tone = np.sum([np.sin(2 * np.pi * 120 * k * t + k * k) for k in range(3, 20)], axis=0)
    got = measure(Audio.of((0.02 * tone).astype(np.float32))).f0_hz[20:-20]
    assert np.nanmedian(got) == pytest.approx(120, rel=0.003)


def test_candidates_are_the_peaks_strongest_first() -> None:
    lags = np.arange(340)
    curve = np.exp(-0.5 * ((lags - 100.3) / 4) ** 2) + 0.6 * np.exp(-0.5 * ((lags - 200) / 4) ** 2)
    curve[0] = 1.0
    rows = curve[None].astype(np.float32)
    f0, strength, signs, periodicity = pitch.find_candidates(rows, rows, rows, RATE)
    assert f0[0, 0] == pytest.approx(RATE / 100.3, rel=1e-3)
    assert f0[0, 1] == pytest.approx(RATE / 200, rel=1e-3)
    assert strength[0, 0] > strength[0, 1] > strength[0, 2] == -1.0
    assert periodicity[0] == pytest.approx(1.0, abs=0.01)
    shown = dict(zip(candidates.NAMES, signs[0, 1], strict=True))  # of the period twice as long
    assert shown["general"] == pytest.approx(0.6, abs=0.01)
    assert shown["general_half"] == pytest.approx(1.0, abs=0.01)
    assert shown["behind"] == pytest.approx(0.4, abs=0.02)
    assert not shown["twice_seen"]


def test_no_peak_no_candidate() -> None:
    flat = np.zeros((3, 340), dtype=np.float32)
    f0, strength, signs, _ = pitch.find_candidates(flat, flat, flat, RATE)
    assert (f0 == 0).all() and (strength == -1).all()
    assert (candidates.log_probability(signs, f0) == candidates.ABSENT).all()


def test_probabilities_of_a_frames_candidates_add_to_one() -> None:
    rng = np.random.default_rng(3)
    signs = rng.uniform(0, 1, (40, 6, len(candidates.NAMES))).astype(np.float32)
    f0 = np.where(rng.random((40, 6)) < 0.7, rng.uniform(60, 500, (40, 6)), 0).astype(np.float32)
    f0[:, 0] = 100.0
    got = candidates.log_probability(signs, f0)
    np.testing.assert_allclose(np.exp(got).sum(axis=1), 1, atol=1e-4)
    assert (got[f0 == 0] == candidates.ABSENT).all()


@pytest.mark.parametrize("weaker", [0.2, 0.3])
def test_pulses_of_two_sizes_are_heard_at_their_own_rate(weaker: float) -> None:
    """Every second pulse weaker: the period of two pulses is the clearer one, and not the pitch."""
    pulses = np.zeros(2 * RATE)
    pulses[:: RATE // 160] = 1.0
    pulses[:: RATE // 80] -= weaker
    formants = np.exp(-np.arange(400) / 60) * np.sin(2 * np.pi * 600 * np.arange(400) / RATE)
    got = measure(Audio.of((0.2 * np.convolve(pulses, formants)).astype(np.float32))).f0_hz[20:180]
    assert np.nanmedian(got) == pytest.approx(160, rel=0.01)
    assert np.nanmean(np.abs(got / 160 - 1) > 0.2) < 0.02


def test_smoothing_takes_jitter_off_unclear_periods_and_leaves_clear_ones() -> None:
    rng = np.random.default_rng(1)
    truth = 120 * 2 ** (0.3 * np.sin(np.arange(200) / 25))
    f0 = floats(truth * 2 ** (rng.normal(0, 0.02, 200)))
    f0[90:110] = np.nan
    clear, unclear = (pitch.smooth(f0, np.full(200, s, np.float32)) for s in (0.95, 0.5))
    np.testing.assert_array_equal(clear, f0)
    off, before = (np.nanstd(np.log2(x / truth)) for x in (unclear, f0))
    assert off < 0.7 * before
    assert (np.isnan(unclear) == np.isnan(f0)).all()


def test_smoothing_stops_at_a_leap() -> None:
    f0 = np.repeat(floats([100, 150]), 20)
    np.testing.assert_allclose(pitch.smooth(f0, np.full(40, 0.5, np.float32)), f0, rtol=1e-5)


def test_the_path_prefers_to_stay() -> None:
    """One frame's octave error, a little stronger, is overruled by its neighbours."""
    f0 = np.tile(floats([100, 200, 0, 0, 0]), (9, 1))
    trust = np.tile(np.log(floats([0.9, 0.1, 1, 1, 1])), (9, 1))
    f0[4], trust[4] = floats([200, 100, 0, 0, 0]), np.log(floats([0.6, 0.4, 1, 1, 1]))
    path = pitch.best_path(f0, trust, np.full(9, 5, np.float32))
    assert [f0[i, k] for i, k in enumerate(path)] == [100.0] * 9


def test_what_lies_far_above_the_voice_needs_a_clear_period() -> None:
    """A formant beside a fricative gives way to the voice's own pitch; another voice does not."""
    f0 = np.tile(floats([110, 55, 0, 0, 0]), (75, 1))
    trust = np.tile(np.log(floats([0.95, 0.05, 1, 1, 1])), (75, 1))
    f0[25:50] = floats([330, 110, 0, 0, 0])
    for first, chosen in ((0.6, 110.0), (0.97, 330.0)):
        trust[25:50] = np.log(floats([first, 1 - first, 1, 1, 1]))
        path = pitch.best_path(f0, trust, np.full(75, 5, np.float32))
        taken = f0[np.arange(75), path]
        assert (taken[26:49] == chosen).all()  # a leap may pass through a frame without voice
        assert (taken[:24] == 110).all() and (taken[51:] == 110).all()


@pytest.mark.parametrize(("long_hz", "short_hz"), [(105.0, 245.0), (230.0, 100.0)])
def test_a_short_answer_keeps_its_own_octave(long_hz: float, short_hz: float) -> None:
    """One voice's "mhm" among the other's turn is more than an octave away."""
    base = np.concatenate([harmonic(long_hz, 1.2), harmonic(long_hz, 1.2)])
    at, reach = len(base) // 2, int(0.15 * RATE)
    base[at - reach : at + reach] += harmonic(short_hz, 2 * reach / RATE)[8000 : 8000 + 2 * reach]
    got = measure(Audio.of(base)).f0_hz
    middle = slice(at // 160 - 10, at // 160 + 10)
    assert np.isfinite(got[middle]).mean() > 0.8
    assert np.nanmax(np.abs(got[middle] / short_hz - 1)) < 0.05


def test_hum_alone_is_no_voice_but_a_held_vowel_is() -> None:
    t = np.arange(6 * RATE) / RATE
    hum = np.sum([np.sin(2 * np.pi * 100 * k * t + k) / k for k in range(1, 9)], axis=0)
    wavering = np.cumsum(120 * 2 ** (0.03 * np.sin(2 * np.pi * 5 * t))) / RATE
    vowel = np.sum([np.sin(2 * np.pi * k * wavering + k * k) / k for k in range(1, 30)], axis=0)
    assert np.isnan(measure(Audio.of((0.02 * hum).astype(np.float32))).f0_hz[20:-20]).all()
    assert np.isfinite(measure(Audio.of((0.05 * vowel).astype(np.float32))).f0_hz).mean() > 0.9


def test_a_weak_period_counts_against_voice_only_in_clean_sound() -> None:
    rows = np.zeros((4, len(voicing.NAMES)), np.float32)
    rows[:, voicing.NAMES.index("strength")] = 0.2, 0.2, 0.2, 0.6
    rows[:, voicing.NAMES.index("speech_above_floor_4s")] = 2.0, 3.5, 4.0, 4.0
    off = replace(Voicing(), weak_log_odds=0.0)
    with_rule, without = (voicing.log_odds(rows, rules=rule) for rule in (Voicing(), off))
    np.testing.assert_allclose(with_rule - without, [0, -0.9, -1.8, 0], atol=1e-5)


def test_the_path_is_unvoiced_where_the_odds_are_against() -> None:
    f0 = np.tile(floats([100, 0, 0, 0, 0]), (30, 1))
    odds = np.repeat(floats([-6, 6, -6]), 10)
    path = pitch.best_path(f0, np.zeros_like(f0), odds)
    assert ((path >= 0) == (odds > 0)).all()


def test_a_frame_without_candidates_cannot_be_voiced() -> None:
    f0, trust = np.zeros((5, 5), np.float32), np.full((5, 5), candidates.ABSENT, np.float32)
    assert (pitch.best_path(f0, trust, np.full(5, 9, np.float32)) == -1).all()


def test_no_frames_no_path() -> None:
    none = np.zeros((0, 5), np.float32)
    assert pitch.best_path(none, none, none[:, 0]).shape == (0,)


def test_activity_vetoes_but_never_votes() -> None:
    speech = floats([np.nan] * 30 + [1.0] * 30 + [0.0] * 60)
    odds = voicing.activity_odds(speech)
    assert (odds[:70] == 0).all()
    assert (odds[75:] <= -Voicing().veto_log_odds * 0.99).all()


def test_evidence_does_not_depend_on_what_lies_beyond_its_reach() -> None:
    rng = np.random.default_rng(0)
    n = 3 * voicing.REACH
    columns = {
        name: rng.normal(-40, 8, n).astype(np.float32)
        for name in ("level_db", "vowel_db", "cpp_db", "hf500_db", "flux")
    }
    f0 = rng.uniform(60, 400, (n, 5)).astype(np.float32)
    strength = np.sort(rng.uniform(0, 1, (n, 5)), axis=1)[:, ::-1].astype(np.float32)
    floor, period = np.full(n, -70, np.float32), strength[:, 0]
    whole = voicing.evidence(columns, floor, f0, strength, period)
    assert whole.shape == (n, len(voicing.NAMES))
    some = slice(0, 2 * voicing.REACH)
    part = voicing.evidence(
        {k: v[some] for k, v in columns.items()},
        floor[some],
        f0[some],
        strength[some],
        period[some],
    )
    np.testing.assert_allclose(part[: voicing.REACH], whole[: voicing.REACH], atol=1e-5)


def test_echo_is_not_voice() -> None:
    """In a room the voice's tail stays periodic; most of it is told from the voice itself."""
    dry = harmonic(140.0, 0.6)
    rng = np.random.default_rng(4)
    n = int(0.6 * RATE)
    tail = rng.standard_normal(n) * 10 ** (-3 * np.arange(n) / (0.6 * RATE))
    tail[:32] = 0
    tail *= np.sqrt(0.7 / np.sum(tail**2))
    tail[0] = 1.0
    wet = np.convolve(dry, tail)[: len(dry)].astype(np.float32)
    voiced = np.isfinite(measure(Audio.of(wet)).f0_hz)
    assert voiced[52:108].mean() > 0.9
    assert voiced[118:].mean() < 0.25


def test_pyin_is_there_as_the_reference() -> None:
    sound = Audio.of(harmonic(180.0, 0.6))
    assert set(PITCH) == {"fused", "pyin"}
    got = measure(sound, tracker="pyin")
    assert np.nanmedian(got.f0_hz) == pytest.approx(180, rel=0.01)
    assert np.isfinite(got.hnr_db).any()


def test_nuclei_need_voice_and_a_dip() -> None:
    t = np.arange(200)
    contour = floats(-30 + 5 * np.cos(2 * np.pi * t / 25))
    voicing = floats(np.where(t < 100, 0.9, 0.2))
    marks = find_nuclei(contour, voicing)
    assert list(np.flatnonzero(marks[:95])) == [25, 50, 75]
    assert marks[102:].sum() == 0
    shallow = floats(-30 + 0.4 * np.cos(2 * np.pi * t / 25) + 0.005 * t)
    assert find_nuclei(shallow, voicing).sum() <= 1  # the whole is one hill


def test_syllables_are_heard_where_bands_are_loud_at_once() -> None:
    """A hum between vowels is as loud as they are, but in one band alone."""
    t = np.arange(2 * RATE) / RATE
    beat = 0.5 - 0.5 * np.cos(2 * np.pi * 4 * t)  # eight vowels in two seconds
    vowel = sum(np.sin(2 * np.pi * 150 * k * t) / k for k in range(2, 24))
    hum = np.sin(2 * np.pi * 300 * t)
    loud = np.sqrt(np.mean(vowel**2) / np.mean(hum**2))
    got = measure(Audio.of(floats(0.1 * (beat * vowel + (1 - beat) * loud * hum))))
    level = got.level_db[20:180]
    assert np.ptp(level) < 6  # the whole sound hardly dips
    assert np.nansum(got.syllable) == pytest.approx(8, abs=1)


def test_a_syllable_needs_likely_voice_beside_its_peak() -> None:
    contour = floats(-30 + 5 * np.cos(2 * np.pi * np.arange(100) / 25))
    voicing = np.full(100, 0.2, np.float32)
    voicing[26], voicing[50], voicing[77] = 0.8, 0.6, 0.9  # beside, too unlikely, too far away
    voicing[0] = np.nan
    assert list(np.flatnonzero(find_nuclei(contour, voicing))) == [25]


def test_a_quiet_person_beside_a_loud_one_keeps_their_syllables() -> None:
    t = np.arange(1200)
    contour = floats(-20 + 5 * np.cos(2 * np.pi * t / 25))
    contour[600:] -= 35
    marks = find_nuclei(contour, np.ones(1200, np.float32))
    assert marks[850:].sum() == pytest.approx(14, abs=1)


@pytest.mark.skipif(not (DATA / "f0").exists(), reason="needs the laryngograph references")
@pytest.mark.parametrize("speaker", ["rl", "sb"])
def test_laryngograph_references(speaker: str) -> None:
    """Few frames wrong (docs/benchmarks/pitch.md), with room for chance and for eight files."""
    wrong = total = 0
    for truth in sorted((DATA / "f0").glob(f"{speaker}*.f0ref"))[:8]:
        samples, rate = soundfile.read(truth.with_suffix(".flac"))
        reference = np.loadtxt(truth)
        got = measure(Audio.of(soxr.resample(samples, rate, RATE), source_rate_hz=rate)).f0_hz
        at = np.minimum(np.round(np.arange(len(reference)) * 1.5).astype(int), len(got) - 1)
        heard, voiced = got[at], reference > 0
        both = np.isfinite(heard) & voiced
        wrong += int((np.isfinite(heard) != voiced).sum())
        wrong += int((np.abs(heard[both] / reference[both] - 1) > 0.2).sum())
        total += len(reference)
    assert wrong / total < 0.12
