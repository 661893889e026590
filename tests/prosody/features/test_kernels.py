"""Compiled loops: the same numbers as numpy and scipy give."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest
from scipy.signal import cheby2, sosfilt

from prosody.features import harmonic_kernels, kernels, spectrum

RATE = 16_000


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(3)


def floats(values: Any) -> np.ndarray:
    return np.ascontiguousarray(values, dtype=np.float32)


def split(spectrum: np.ndarray) -> np.ndarray:
    """Complex spectra as real and imaginary parts, the way the loops read them."""
    return floats(np.stack([spectrum.real, spectrum.imag], axis=-1))


def test_high_pass_filters_as_scipy_does(random: np.random.Generator) -> None:
    sections = cheby2(6, 40, 62.0, "highpass", fs=RATE, output="sos")
    np.testing.assert_allclose(spectrum.HIGH_PASS, sections, rtol=1e-12)
    raw = floats(random.standard_normal(8000))
    smooth, peaks = np.empty_like(raw), np.empty(100, np.float32)
    assert kernels.high_pass(raw, sections, 80, smooth, peaks)
    np.testing.assert_allclose(smooth, sosfilt(sections, raw.astype(float)), atol=1e-5)
    np.testing.assert_array_equal(peaks, np.abs(raw).reshape(100, 80).max(axis=1))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("at", [0, 4321, 7999])
def test_high_pass_finds_what_is_not_finite(
    random: np.random.Generator, bad: float, at: int
) -> None:
    raw = floats(random.standard_normal(8000))
    raw[at] = bad
    sections = cheby2(6, 40, 62.0, "highpass", fs=RATE, output="sos")
    assert not kernels.high_pass(raw, sections, 80, np.empty_like(raw), np.empty(100, np.float32))


def test_windows_are_laid_over_frames_less_their_mean(random: np.random.Generator) -> None:
    samples, window = floats(random.standard_normal(4000) + 3), floats(np.hanning(300))
    rows = np.full((8, 512), 7, np.float32)
    kernels.window_rows(samples, 50, 160, window, rows)
    for i in range(8):
        frame = samples[50 + 160 * i : 350 + 160 * i].astype(float)
        np.testing.assert_allclose(rows[i, :300], (frame - frame.mean()) * window, atol=1e-5)
    assert (rows[:, 300:] == 7).all()


def test_windows_anywhere_and_rows_left_over(random: np.random.Generator) -> None:
    samples, window = floats(random.standard_normal(4000)), floats(np.hanning(300))
    starts = np.array([5, 900, 3700])
    rows = np.full((4, 512), 7, np.float32)
    kernels.window_frames(samples, starts, window, rows)
    for i, start in enumerate(starts):
        frame = samples[start : start + 300].astype(float)
        np.testing.assert_allclose(rows[i, :300], (frame - frame.mean()) * window, atol=1e-5)
    assert (rows[3] == 0).all()


def test_powers_and_their_sum_over_both_signs(random: np.random.Generator) -> None:
    frames = random.standard_normal((5, 256))
    power, whole = np.empty((5, 129), np.float32), np.empty(5, np.float32)
    kernels.powers(split(np.fft.rfft(frames)), power, whole)
    np.testing.assert_allclose(power, np.abs(np.fft.rfft(frames)) ** 2, rtol=1e-4)
    np.testing.assert_allclose(whole, (np.abs(np.fft.fft(frames)) ** 2).sum(axis=1), rtol=1e-4)


def test_flatten_takes_the_mean_off_the_heard_bins(random: np.random.Generator) -> None:
    log = floats(random.standard_normal((4, 200)))
    want = log.astype(float)
    want -= want[:, 5:151].mean(axis=1, keepdims=True)
    want[:, :5], want[:, 151:] = want[:, 5:6], 0
    kernels.flatten(log, 5, 150)
    np.testing.assert_allclose(log, want, atol=1e-6)


def test_cepstral_peak_stands_over_the_line_by_least_squares(random: np.random.Generator) -> None:
    height = floats(random.standard_normal((6, 200)) - 0.02 * np.arange(200))
    along = np.arange(200) - 99.5
    weights, peak = floats([along / (along**2).sum(), along]), np.empty(6, np.float32)
    kernels.cepstral_peaks(height, weights, 40, peak)
    for row, got in zip(height.astype(float), peak, strict=True):
        line = np.polyval(np.polyfit(along, row, 1), along)
        assert got == pytest.approx((row - line)[40:].max(), abs=1e-4)


def test_balance_is_read_as_plain_sums(random: np.random.Generator) -> None:
    frames, bins = random.standard_normal((7, 128)), 65
    power = np.abs(np.fft.rfft(frames)) ** 2
    bands, first = np.array([(1, 20), (20, 65), (3, 4)]), np.array([0, 10, 50])
    weights = floats(random.uniform(0, 1, (3, 12)))
    sums, low = np.empty((2, 3, 5), np.float32), np.empty((5, 9), np.float32)
    auditory, flux = np.empty((5, 3), np.float32), np.empty(5, np.float32)
    kernels.read_balance(
        split(np.fft.rfft(frames)),
        bands,
        (first, weights),
        np.empty(bins, np.float32),
        sums,
        low,
        auditory,
        np.empty((2, 40), np.float32),
        flux,
    )
    seen = power[1:6]  # the first row lends its shape to the flux, the last is padding
    for k, (start, stop) in enumerate(bands):
        np.testing.assert_allclose(sums[0, k], seen[:, start:stop].sum(axis=1), rtol=1e-4)
        np.testing.assert_allclose(sums[1, k], seen[:, start:stop].max(axis=1), rtol=1e-4)
    np.testing.assert_allclose(low, seen[:, :9], rtol=1e-4, atol=1e-5)
    for k, start in enumerate(first):
        want = seen[:, start : start + 12] @ weights[k].astype(float)
        np.testing.assert_allclose(auditory[:, k], want, rtol=1e-4)
    shapes = np.sqrt(power[:6, :40])
    shapes /= np.linalg.norm(shapes, axis=1, keepdims=True)
    np.testing.assert_allclose(flux, (np.diff(shapes, axis=0) ** 2).sum(axis=1), rtol=1e-3)


@pytest.mark.parametrize("f0", [61.0, 118.3, 240.0, 509.0])
def test_harmonics_are_read_as_written_out_plainly(random: np.random.Generator, f0: float) -> None:
    size, length = 2048, 1024
    t = np.arange(length) / RATE
    tone = sum(np.sin(2 * np.pi * f0 * k * t + k * k) / k for k in range(1, int(7000 / f0)))
    noise = 0.05 * random.standard_normal((3, length))
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    spectrum = split(np.fft.rfft((tone + noise) * window, size))
    turn = 2 * np.pi * 0.3 * np.arange(size // 2 + 1) / size
    out = np.full((3, 3), np.nan, np.float32)
    harmonic_kernels.read_harmonics(
        spectrum,
        np.full(3, f0, np.float32),
        RATE,
        length / RATE,
        np.stack([np.cos(turn), np.sin(turn)]),
        out,
    )
    power = (spectrum.astype(float) ** 2).sum(axis=2)
    for i in range(3):
        np.testing.assert_allclose(out[:2, i], ratios(power[i], f0), atol=1e-3)
        assert out[2, i] == pytest.approx(harmonicity(power[i], f0, length / RATE), abs=0.01)


def ratios(power: np.ndarray, f0: float) -> tuple[float, float]:
    """Harmonic alpha ratio and H1-H2, dB: three bins at a harmonic less those midway."""

    def three(hz: float) -> float:
        at = int(hz * 2048 / RATE + 0.5)
        return float(power[at - 1 : at + 2].sum())

    count = int(5000 / f0)
    net = [
        max(0.0, three(k * f0) - (three((k - 0.5) * f0) + three((k + 0.5) * f0)) / 2)
        for k in range(1, count + 1)
    ]
    low = sum(x for k, x in enumerate(net, 1) if k * f0 < 1000)
    return 10 * np.log10((sum(net) - low) / low), 10 * np.log10(net[0] / net[1])


def harmonicity(power: np.ndarray, f0: float, window_s: float) -> float:
    """HNR, dB, from the autocorrelation at the period, freed of the window's own."""
    power = power.copy()
    power[:6] = 0
    bins = np.arange(len(power)) * RATE / 2048
    before, top, after = (
        float((power * np.cos(2 * np.pi * bins * lag)).sum())
        for lag in (1 / f0 - 0.3 / RATE, 1 / f0, 1 / f0 + 0.3 / RATE)
    )
    curve = before - 2 * top + after
    best = max(before, top, after, top - (before - after) ** 2 / 8 / curve if curve < 0 else top)
    share = 1 / f0 / window_s
    own = (1 - share) * (2 / 3 + np.cos(2 * np.pi * share) / 3)
    own += np.sin(2 * np.pi * share) / (2 * np.pi)
    r = np.clip(best / power.sum() / own, 1e-4, 1 - 1e-4)
    return float(10 * np.log10(r / (1 - r)))


def test_no_power_no_ratio() -> None:
    out = np.full((3, 1), np.nan, np.float32)
    nothing = np.zeros((1, 1025, 2), np.float32)
    harmonic_kernels.read_harmonics(nothing, floats([100.0]), RATE, 0.064, np.zeros((2, 1025)), out)
    assert np.isnan(out).all()


def test_where_nothing_can_be_kept_loops_are_compiled_for_this_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = numba.njit

    def no_folder(*, cache: bool = False, **rest: Any) -> Callable[..., Any]:
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return plain(**rest)  # type: ignore[no-any-return]

    monkeypatch.setattr(numba, "njit", no_folder)

    def doubled(values: np.ndarray) -> None:
        for i in range(len(values)):
            values[i] *= 2.0

    values = floats([1.0, np.nan, np.inf])
    kernels.compiled(doubled, kernels.FREE)(values)
    np.testing.assert_array_equal(values, [2.0, np.nan, np.inf])


def test_starting_the_command_loads_no_compiler() -> None:
    said = (
        "import sys, prosody.cli.commands, prosody.features.frames; "
        "sys.exit('numba' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", said], check=False).returncode == 0
