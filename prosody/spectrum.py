"""How it is coloured: the short-time spectra of one stretch of samples, and what is read off them.

Conventions
-----------
Samples are float32 at 16 kHz. Row i of an answer belongs to the frame centred at sample
``i * HOP`` of the stretch's own frame grid. Transforms always run over `BATCH` rows, the last
ones padded, so a frame's numbers do not depend on which frames are measured beside it.

Three windows, all centred on the frame: 47 ms Hann for level, pitch and cepstrum; 20 ms Hamming
for the spectral balance of the eGeMAPS set (Eyben et al. 2016, IEEE Transactions on Affective
Computing 7(2)); 64 ms Hann, zero-padded to 2048, for single harmonics.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prosody import pitch

__all__ = ["BATCH", "HOP", "RATE_HZ", "REACH", "Stretch", "harmonics", "reached_hz", "short_time"]

Array = NDArray[np.float32]

RATE_HZ = 16_000
HOP = 160
BATCH = 256  # rows of one transform: what fits in a core's cache
REACH = 8_000  # samples of context before a stretch: the high-pass has settled by then

LONG, LONG_FFT = 752, 1024
SHORT, SHORT_FFT = 320, 512
HARMONIC, HARMONIC_FFT = 1024, 2048
LAGS = int(np.ceil(RATE_HZ / pitch.LOWEST_HZ)) + 2
PITCH_BAND_HZ = 4_000.0  # pitch listens below this
VOWEL_BAND_HZ = (300.0, 3000.0)  # where vowels carry their power, by telephone as well
TELEPHONE_HZ = 4_000.0
LOOKS = 24
SILENT = 1e-6  # no sample above this (-120 dB): digital silence
_TINY = 1e-30


@dataclass(frozen=True, slots=True)
class Stretch:
    """What one stretch of samples gives: columns (n,) and pitch candidates (n, k)."""

    columns: dict[str, Array]
    f0_hz: Array
    strength: Array
    periodicity: Array


@cache
def _hann(length: int) -> Array:
    """A Hann window whose largest value stands at ``length // 2``."""
    phase = 2 * np.pi * np.arange(length) / length
    return np.asarray(0.5 - 0.5 * np.cos(phase), dtype=np.float32)


@cache
def _hamming(length: int) -> Array:
    phase = 2 * np.pi * np.arange(length) / length
    return np.asarray(0.54 - 0.46 * np.cos(phase), dtype=np.float32)


@cache
def _high_pass() -> NDArray[np.float64]:
    """Sections of the filter that keeps mains hum and rumble out of pitch and level."""
    from scipy.signal import cheby2

    return np.asarray(cheby2(6, 40, 62.0, "highpass", fs=RATE_HZ, output="sos"))


def short_time(samples: Array, first: int, rows: int, mel: Any, band_hz: float) -> Stretch:
    """Measure a stretch of frames.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
        The whole recording, possibly mapped from disk.
    first, rows : int
        First frame and how many.
    mel : sparse array of float32, shape (bands, SHORT_FFT // 2 + 1)
        Filterbank of the auditory spectrum.
    band_hz : float
        Half the rate of the source: the spectrum above is not the recording's.

    Returns
    -------
    Stretch
        NaN in digital silence.

    Raises
    ------
    ValueError
        If a sample is not finite.
    """
    raw = _excerpt(samples, first * HOP - REACH, (first + rows) * HOP + HARMONIC)
    if not np.isfinite(raw).all():
        raise ValueError("samples must be finite: NaN or infinity found")
    if np.abs(raw).max(initial=0.0) <= SILENT:
        return _silent(rows)
    from scipy.signal import sosfilt

    smooth = sosfilt(_high_pass(), raw.astype(np.float64)).astype(np.float32)
    parts = []
    for start in range(0, rows, BATCH):
        parts.append(_batch(raw, smooth, REACH + start * HOP, mel, band_hz))
    return _joined(parts, rows, _audible(raw, rows))


def _excerpt(samples: Array, start: int, stop: int) -> Array:
    """Samples ``start`` to ``stop`` with zeros beyond the recording's ends; float32, own memory."""
    out = np.zeros(stop - start, dtype=np.float32)
    low, high = max(0, start), min(len(samples), stop)
    if low < high:
        out[low - start : high - start] = samples[low:high]
    return out


def _silent(rows: int) -> Stretch:
    nothing = np.full(rows, np.nan, dtype=np.float32)
    zero = np.zeros((rows, pitch.CANDIDATES), dtype=np.float32)
    names = (*LONG_NAMES, *SHORT_NAMES)
    return Stretch(dict.fromkeys(names, nothing), zero, zero - 1, zero[:, 0])


def _audible(raw: Array, rows: int) -> NDArray[np.bool_]:
    """Whether any sample within 24 ms of the frame's centre is above digital silence."""
    from scipy.ndimage import maximum_filter1d

    half = HOP // 2  # half hops, so that the reach is even on both sides
    level = np.abs(raw[REACH - 4 * half : REACH + rows * HOP + 4 * half])
    peaks = level.reshape(-1, half).max(axis=1)
    near = np.maximum(peaks[:-1], peaks[1:])
    reach = maximum_filter1d(near, 5, mode="constant")[3::2][:rows]
    return np.asarray(reach > SILENT)


def _rows(samples: Array, centre: int, window: Array, count: int = BATCH) -> Array:
    """Windowed frames, (count, len(window)), the first centred at sample `centre`."""
    start, extent = centre - len(window) // 2, (count - 1) * HOP + len(window)
    wanted = samples[start : start + extent]
    if len(wanted) < extent:
        wanted = np.pad(wanted, (0, extent - len(wanted)))
    frames = np.lib.stride_tricks.sliding_window_view(wanted, len(window))[::HOP]
    return np.asarray((frames - frames.mean(axis=1, keepdims=True)) * window)


def _power(rows: Array, size: int) -> Array:
    import scipy.fft

    spectrum = scipy.fft.rfft(rows, size, axis=1)
    return np.asarray(spectrum.real**2 + spectrum.imag**2)


def _batch(raw: Array, smooth: Array, centre: int, mel: Any, band_hz: float) -> dict[str, Array]:
    long = _power(_rows(smooth, centre, _hann(LONG)), LONG_FFT)
    # One row before the batch for the flux; 8 more in all, so that every row of ours is
    # transformed in a full vector of the machine and rounds alike wherever it stands.
    wide = _power(_rows(raw, centre - HOP, _hamming(SHORT), BATCH + 8), SHORT_FFT)
    short = wide[1 : BATCH + 1]
    return {
        **_from_long(long, band_hz),
        **_balance(short),
        "loudness": _loudness(short, mel),
        "flux": _flux(wide[: BATCH + 1], band_hz),
    }


LONG_NAMES = ("level_db", "cpp_db")
SHORT_NAMES = (
    "vowel_db",
    "alpha_ratio_db",
    "hammarberg_db",
    "slope_0_500_db_per_khz",
    "slope_500_1500_db_per_khz",
    "hf500_db",
    "loudness",
    "flux",
)


def _db(power: Array) -> Array:
    return np.asarray(10.0 * np.log10(power + np.float32(_TINY)), dtype=np.float32)


def _from_long(power: Array, band_hz: float) -> dict[str, Array]:
    """Level, cepstral peak and pitch candidates from the long window's spectrum."""
    import scipy.fft

    weights, taper, window_taper, energy = _long_constants()
    level = _db((2.0 * power.sum(axis=1) - power[:, 0] - power[:, -1]) / energy)
    compressed = np.sqrt(power) ** pitch.COMPRESSION * weights
    g = scipy.fft.dct(compressed, type=1, axis=1)[:, :LAGS]
    r = scipy.fft.dct(power, type=1, axis=1)[:, :LAGS]
    g = g / (g[:, :1] + np.float32(_TINY)) / taper
    r = r / (r[:, :1] + np.float32(_TINY)) / window_taper
    f0, strength, periodicity = pitch.find_candidates(g, r, RATE_HZ)
    return {
        "level_db": level,
        "cpp_db": _cepstral_peak(power, band_hz),
        "f0_hz": f0,
        "strength": strength,
        "periodicity": periodicity,
    }


@cache
def _long_constants() -> tuple[Array, Array, Array, np.float32]:
    window = _hann(LONG)
    hz = np.arange(LONG_FFT // 2 + 1) * RATE_HZ / LONG_FFT
    weights = np.clip((PITCH_BAND_HZ + 500.0 - hz) / 500.0, 0.0, 1.0).astype(np.float32)
    own = np.correlate(window, window, "full")[LONG - 1 : LONG - 1 + LAGS]
    energy = np.float32(LONG_FFT * (window.astype(np.float64) ** 2).sum())
    taper = pitch.lag_taper(window, LONG_FFT, LAGS)
    return weights, taper, np.asarray(own / own[0], dtype=np.float32), energy


def _cepstral_peak(power: Array, band_hz: float) -> Array:
    """Cepstral peak prominence, dB: the peak's height over the cepstrum's own straight line.

    Hillenbrand, Cleveland and Erickson 1994 (Journal of Speech and Hearing Research 37): line by
    least squares over quefrencies of 1 ms to the longest period, peak among periods of speech.
    """
    import scipy.fft

    log = _db(power)
    lowest, highest = 5, int(min(band_hz, RATE_HZ / 2) * LONG_FFT / RATE_HZ)
    log -= log[:, lowest : highest + 1].mean(axis=1, keepdims=True)
    log[:, :lowest] = log[:, lowest : lowest + 1]
    log[:, highest + 1 :] = 0.0
    start = RATE_HZ // 1000
    cepstrum = np.abs(scipy.fft.dct(log, type=1, axis=1)[:, start : LAGS - 1]) / LONG_FFT
    height = 2.0 * _db(cepstrum)
    quefrency = np.arange(start, LAGS - 1, dtype=np.float32)
    centred = quefrency - quefrency.mean()
    # einsum, not @: a product this small is slower when it wakes a second set of threads
    slope = np.einsum("ij,j->i", height, (centred / (centred**2).sum()).astype(np.float32))
    line = height.mean(axis=1, keepdims=True) + slope[:, None] * centred
    shortest = int(RATE_HZ / pitch.HIGHEST_HZ) - start
    return np.asarray((height - line)[:, shortest:].max(axis=1), dtype=np.float32)


def _bins(low_hz: float, high_hz: float) -> slice:
    """Bins of the short transform from `low_hz` up to `high_hz`."""
    step = RATE_HZ / SHORT_FFT
    return slice(int(np.ceil(low_hz / step)), int(np.floor(high_hz / step)) + 1)


def _balance(power: Array) -> dict[str, Array]:
    """Give the spectral balance columns of the eGeMAPS set and HF500, dB and dB per kHz."""
    below, above = power[:, _bins(50, 1000)].sum(axis=1), power[:, _bins(1001, 5000)].sum(axis=1)
    low, high = power[:, _bins(0, 2000)].max(axis=1), power[:, _bins(2001, 5000)].max(axis=1)
    deep, bright = power[:, _bins(80, 500)].sum(axis=1), power[:, _bins(501, 8000)].sum(axis=1)
    log = _db(power[:, _bins(0, 1500)])
    vowel = power[:, _bins(*VOWEL_BAND_HZ)].sum(axis=1)
    return {
        "vowel_db": _db(vowel),
        "alpha_ratio_db": _db(above) - _db(below),
        "hammarberg_db": _db(low) - _db(high),
        "slope_0_500_db_per_khz": _slope(log, 0, 500),
        "slope_500_1500_db_per_khz": _slope(log, 500, 1500),
        "hf500_db": _db(bright) - _db(deep),
    }


def _slope(log: Array, low_hz: float, high_hz: float) -> Array:
    """Regression of the level in dB on the frequency in kHz, (n,)."""
    bins = _bins(low_hz, high_hz)
    khz = np.arange(bins.start, bins.stop) * RATE_HZ / SHORT_FFT / 1000
    centred = khz - khz.mean()
    weights = (centred / (centred**2).sum()).astype(np.float32)
    return np.asarray(np.einsum("ij,j->i", log[:, bins], weights))


def _loudness(power: Array, mel: Any) -> Array:
    """Sum of the auditory spectrum: mel bands, equal-loudness weights, power 0.33."""
    bands = mel @ np.ascontiguousarray(power.T)
    return np.asarray((bands ** np.float32(0.33)).sum(axis=0))


def _flux(power: Array, band_hz: float) -> Array:
    """Squared distance of neighbouring magnitude spectra below 5 kHz, each scaled to length 1."""
    magnitude = np.sqrt(power[:, _bins(0, min(5000.0, band_hz))])
    length = np.sqrt((magnitude**2).sum(axis=1, keepdims=True))
    shape = magnitude / (length + np.float32(_TINY))
    return np.asarray(((shape[1:] - shape[:-1]) ** 2).sum(axis=1))


def _joined(parts: list[dict[str, Array]], rows: int, audible: NDArray[np.bool_]) -> Stretch:
    whole = {name: np.concatenate([p[name] for p in parts])[:rows] for name in parts[0]}
    columns = {
        name: np.where(audible, whole[name], np.float32(np.nan))
        for name in (*LONG_NAMES, *SHORT_NAMES)
    }
    heard = audible[:, None]
    return Stretch(
        columns,
        np.where(heard, whole["f0_hz"], np.float32(0)),
        np.where(heard, whole["strength"], np.float32(-1)),
        np.where(audible, whole["periodicity"], np.float32(0)),
    )


def reached_hz(samples: Array, band_hz: float) -> float:
    """Tell how far up the recording really reaches: telephone sound stays narrow in a wide file.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
        The whole recording; `LOOKS` excerpts of 2.6 s, evenly spread, are looked at.
    band_hz : float
        Half the rate of the source.

    Returns
    -------
    float
        `band_hz`, or 4000 where the mean spectrum falls off a cliff at the edge of telephone
        sound: next to nothing above 4.4 kHz though there is power just below 3.3 kHz.
    """
    if band_hz <= TELEPHONE_HZ:
        return band_hz
    last = max(0, len(samples) // HOP - BATCH)
    starts = sorted({round(last * k / (LOOKS - 1)) for k in range(LOOKS)})
    power = np.zeros(SHORT_FFT // 2 + 1)
    for start in starts:
        raw = _excerpt(samples, start * HOP - SHORT, (start + BATCH) * HOP + SHORT)
        window = _hann(SHORT)
        power += _power(_rows(raw, SHORT, window), SHORT_FFT).sum(axis=0, dtype=np.float64)
    peak = power.max()
    inside, outside = power[_bins(2900, 3300)].mean(), power[_bins(4400, 7900)].max()
    cliff = outside < 1e-8 * peak and outside < 10**-3.5 * inside
    return TELEPHONE_HZ if cliff else band_hz


def harmonics(samples: Array, frames: NDArray[np.intp], f0_hz: Array) -> dict[str, Array]:
    """Read what needs F0 off voiced frames: harmonic alpha ratio, H1-H2 and HNR, dB.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
        The whole recording.
    frames : ndarray of int, shape (m,)
        Indices of voiced frames, rising.
    f0_hz : ndarray of float32, shape (m,)
        Their F0.

    Returns
    -------
    dict
        Columns (m,). Harmonic alpha ratio: power at each harmonic (64 ms window, one bin to
        either side) less the power midway between harmonics, 1-5 kHz over below 1 kHz. H1-H2:
        first over second harmonic. Both NaN where a part does not stand above the power between
        the harmonics. HNR: ``10 log10 (r / (1 - r))`` of the autocorrelation r at the period
        (Boersma 1993), within ±40 dB.
    """
    alpha, h1h2, hnr = (np.full(len(frames), np.nan, dtype=np.float32) for _ in range(3))
    offsets = np.arange(HARMONIC) - HARMONIC // 2
    window = _hann(HARMONIC)
    for start in range(0, len(frames), BATCH):
        some = slice(start, start + BATCH)
        centres = frames[some] * HOP
        # Frames may lie far apart: gather each run's samples, never the stretch between.
        rows = _gathered(samples, centres, offsets)
        rows -= rows.mean(axis=1, keepdims=True)
        power = _power(_filled(rows * window), HARMONIC_FFT)
        step = RATE_HZ / HARMONIC_FFT
        _compiled()(power, f0_hz[some], step, alpha[some], h1h2[some], hnr[some])
    return {"harmonic_alpha_ratio_db": alpha, "h1_h2_db": h1h2, "hnr_db": hnr}


def _gathered(samples: Array, centres: NDArray[np.intp], offsets: NDArray[np.intp]) -> Array:
    """Samples around each centre, (m, w), zeros beyond the recording's ends."""
    at = centres[:, None] + offsets
    inside = (at >= 0) & (at < len(samples))
    rows = samples[np.clip(at, 0, len(samples) - 1)]
    return np.where(inside, rows, np.float32(0)).astype(np.float32)


def _filled(rows: Array) -> Array:
    """The rows, padded with zeros to a full batch."""
    if len(rows) == BATCH:
        return rows
    return np.concatenate([rows, np.zeros((BATCH - len(rows), rows.shape[1]), dtype=np.float32)])


@cache
def _compiled() -> Any:
    """Compile the loop over harmonics; numba is loaded only when frames are measured."""
    import numba

    return numba.njit(nogil=True, cache=True)(_read_harmonics)


def _read_harmonics(
    power: Array, f0: Array, step: float, alpha: Array, h1h2: Array, hnr: Array
) -> None:
    window_s = HARMONIC / RATE_HZ
    for i in range(f0.shape[0]):
        row, spacing = power[i], f0[i] / step
        below = above = first = second = 0.0
        for k in range(1, int(5000.0 / f0[i]) + 1):
            at = round(k * spacing)
            left, right = round((k - 0.5) * spacing), round((k + 0.5) * spacing)
            between = row[left - 1] + row[left] + row[left + 1]
            between += row[right - 1] + row[right] + row[right + 1]
            net = max(0.0, row[at - 1] + row[at] + row[at + 1] - 0.5 * between)
            first = net if k == 1 else first
            second = net if k == 2 else second
            if k * f0[i] < 1000.0:
                below += net
            else:
                above += net
        if below > 0.0 and above > 0.0:
            alpha[i] = 10.0 * math.log10(above / below)
        if first > 0.0 and second > 0.0:
            h1h2[i] = 10.0 * math.log10(first / second)
        # The autocorrelation at the period and a little to either side, as sums of cosines:
        # c[k + 1] = 2 cos(a) c[k] - c[k - 1]; a parabola through the three gives its top.
        period, aside = 1.0 / f0[i], 0.3 / RATE_HZ
        turn = 2.0 * math.pi * step
        a0, a1, a2 = turn * (period - aside), turn * period, turn * (period + aside)
        t0, t1, t2 = 2.0 * math.cos(a0), 2.0 * math.cos(a1), 2.0 * math.cos(a2)
        p0, p1, p2 = math.cos(5 * a0), math.cos(5 * a1), math.cos(5 * a2)
        c0, c1, c2 = math.cos(6 * a0), math.cos(6 * a1), math.cos(6 * a2)
        s0 = s1 = s2 = whole = 0.0
        for k in range(6, row.shape[0]):
            whole += row[k]
            s0 += row[k] * c0
            s1 += row[k] * c1
            s2 += row[k] * c2
            c0, p0 = t0 * c0 - p0, c0
            c1, p1 = t1 * c1 - p1, c1
            c2, p2 = t2 * c2 - p2, c2
        curve = s0 - 2.0 * s1 + s2
        top = s1 - 0.125 * (s0 - s2) ** 2 / curve if curve < 0.0 else s1
        top = max(top, s0, s1, s2)
        part = period / window_s
        taper = (1.0 - part) * (2.0 / 3.0 + math.cos(2.0 * math.pi * part) / 3.0)
        taper += math.sin(2.0 * math.pi * part) / (2.0 * math.pi)
        if whole > 0.0:
            r = min(max(top / whole / taper, 1e-4), 1.0 - 1e-4)
            hnr[i] = 10.0 * math.log10(r / (1.0 - r))
