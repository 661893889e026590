"""How it is coloured: the short-time spectra of one stretch of samples, and what is read off them.

Conventions
-----------
Samples are float32 at 16 kHz. Row i of an answer belongs to the frame centred at sample
``i * HOP`` of the stretch's own frame grid. Transforms always run over `BATCH` rows, the last
ones padded, so a frame's numbers do not depend on which frames are measured beside it.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from prosody.features import pitch
from prosody.features.candidates import NAMES as SIGNS
from prosody.features.windows import (
    BATCH,
    HARMONIC,
    HOP,
    LONG,
    LONG_FFT,
    RATE_HZ,
    SHORT,
    SHORT_FFT,
    bins,
    excerpt,
    hamming,
    hann,
    transformed,
    windowed,
)
from prosody.settings import Features, Pitch, Spectrum

__all__ = ["HIGH_PASS", "PEAK", "REACH", "SHORT_NAMES", "Bank", "Stretch", "short_time"]

Array = NDArray[np.float32]
Bank = tuple[NDArray[np.int64], Array]

REACH = 8_000  # samples of context before a stretch: the high-pass has settled by then

# Keeps mains hum and rumble out of pitch and level: second-order sections of scipy's
# cheby2(6, 40, 62.0, "highpass", fs=16000), written out since scipy.signal takes half a second
# to load.
HIGH_PASS = np.array(
    [
        (0.9539480778573645, -1.9078582714427128, 0.9539480778573647),
        (1.0, -1.9533231476984054, 0.953943796690081),
        (1.0, -1.999703596122173, 0.9999999999999999),
        (1.0, -1.9652005658045826, 0.9660773306689785),
        (1.0, -1.9994469383259998, 1.0000000000000002),
        (1.0, -1.9863080074135584, 0.9874492742555906),
    ]
).reshape(3, 6)
PEAK = HOP // 2  # samples to a peak
_TINY = 1e-30


@dataclass(frozen=True, slots=True)
class Stretch:
    """What one stretch of samples gives: columns (n,) and the pitch candidates of each frame."""

    columns: dict[str, Array]
    candidates: pitch.Candidates


def short_time(
    samples: Array,
    first: int,
    rows: int,
    mel: Bank,
    band_hz: float,
    *,
    rules: Features = Features(),
) -> Stretch:
    """Measure a stretch of frames.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
        The whole recording, possibly mapped from disk.
    first, rows : int
        First frame and how many.
    mel : tuple of ndarray
        Filterbank of the auditory spectrum: first bins (bands,), weights (bands, widest).
    band_hz : float
        Half the rate of the source: the spectrum above is not the recording's.
    rules : Features
        What is silence, where vowels are, and where pitch is looked for.

    Returns
    -------
    Stretch
        NaN in digital silence.

    Raises
    ------
    ValueError
        If a sample is not finite.
    """
    from prosody.features import kernels

    batches = -(-rows // BATCH)
    raw = excerpt(samples, first * HOP - REACH, (first + batches * BATCH) * HOP + HARMONIC)
    smooth, peaks = np.empty_like(raw), np.empty(len(raw) // PEAK, dtype=np.float32)
    if not raw.any():
        return _silent(rows, rules.pitch)
    if not kernels.high_pass(raw, HIGH_PASS, PEAK, smooth, peaks):
        raise ValueError("samples must be finite: NaN or infinity found")
    silent = 10 ** (rules.spectrum.silent_dbfs / 20)
    if peaks.max() <= silent:
        return _silent(rows, rules.pitch)
    room, parts = _Room(rules.pitch), []
    for start in range(0, rows, BATCH):
        parts.append(_batch(raw, smooth, REACH + start * HOP, mel, band_hz, room, rules))
    return _joined(parts, rows, _audible(peaks, rows, silent))


def _silent(rows: int, rules: Pitch) -> Stretch:
    nothing = np.full(rows, np.nan, dtype=np.float32)
    zero = np.zeros((rows, rules.candidates), dtype=np.float32)
    signs = np.zeros((*zero.shape, len(SIGNS)), dtype=np.float32)
    none = pitch.Candidates(zero, zero - 1, signs, zero[:, 0])
    return Stretch(dict.fromkeys((*LONG_NAMES, *SHORT_NAMES), nothing), none)


def _audible(peaks: Array, rows: int, silent: float) -> NDArray[np.bool_]:
    """Whether any sample within 20 ms of the frame's centre is above digital silence.

    The long window reaches 3.5 ms further, so whatever is audible here stands well inside it.
    """
    from scipy.ndimage import maximum_filter1d

    # Eight half hops lie within reach of a centre; a filter of size 8 looks 4 back and 3 ahead.
    reach = maximum_filter1d(peaks, 8, mode="constant")[REACH // PEAK :: HOP // PEAK][:rows]
    return np.asarray(reach > silent)


class _Room:
    """Memory that the batches of a stretch take turns in: fresh pages cost as much as sums."""

    def __init__(self, rules: Pitch) -> None:
        def floats(*shape: int) -> Array:
            return np.zeros(shape, dtype=np.float32)

        self.long_rows = floats(BATCH, LONG_FFT)
        # Halves of even spectra; what is not listened to of the compressed one stays 0.
        self.even = floats(3, BATCH, LONG_FFT // 2 + 1)
        self.compressed = self.even[0, :, : len(_long_constants(rules).weights)]
        self.power, self.log = self.even[1], self.even[2]
        self.short_rows = floats(BATCH + 8, SHORT_FFT)
        self.short_power = floats(SHORT_FFT // 2 + 1)
        self.shapes = floats(2, SHORT_FFT // 2 + 1)


def _batch(
    raw: Array,
    smooth: Array,
    centre: int,
    mel: Bank,
    band_hz: float,
    room: _Room,
    rules: Features,
) -> dict[str, Array]:
    long = transformed(windowed(smooth, centre, hann(LONG), room.long_rows))
    # One row before the batch for the flux; 8 more in all, so that every row of ours is
    # transformed in a full vector of the machine and rounds alike wherever it stands.
    short = transformed(windowed(raw, centre - HOP, hamming(SHORT), room.short_rows))
    return {
        **_from_long(long, band_hz, room, rules.pitch),
        **_from_short(short, mel, band_hz, room, rules.spectrum),
    }


LONG_NAMES = ("level_db", "cpp_db")
SHORT_NAMES = (
    "vowel_db",
    "shared_db",
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


def _from_long(spectrum: Array, band_hz: float, room: _Room, rules: Pitch) -> dict[str, Array]:
    """Level, cepstral peak and pitch candidates from the long window's spectrum."""
    import scipy.fft

    from prosody.features import kernels

    fixed = _long_constants(rules)
    whole = np.empty(BATCH, dtype=np.float32)
    kernels.powers(spectrum, room.power, whole)
    np.add(room.power, np.float32(_TINY), out=room.log)
    np.log(room.log, out=room.log)
    # |X| ** c by way of the logarithm that the cepstrum needs anyway
    half = rules.compression_exponent / 2
    np.multiply(room.log[:, : len(fixed.weights)], half, out=room.compressed)
    np.exp(room.compressed, out=room.compressed)
    room.compressed *= fixed.weights
    kernels.flatten(room.log, *_cepstral_range(band_hz))
    general, plain, cepstrum = scipy.fft.dct(room.even, type=1, axis=2)[:, :, : _lags(rules)]
    cepstrum = cepstrum / np.float32(LONG_FFT)
    found = pitch.find_candidates(
        _relative(general, fixed.general),
        _relative(plain, fixed.plain),
        cepstrum,
        RATE_HZ,
        rules=rules,
    )
    return {
        "level_db": _db(whole / fixed.energy),
        "cpp_db": _cepstral_peak(cepstrum[:, :-1], rules),
        **found._asdict(),
    }


def _relative(correlation: Array, taper: Array) -> Array:
    """Divide by the value at lag 0 and by what the window alone leaves at each lag."""
    whole = correlation[:, :1] + np.float32(_TINY)
    return np.asarray(correlation / whole * taper, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class _Fixed:
    """What the long window's transforms are multiplied by."""

    weights: Array  # of the compressed spectrum, as far as it is listened to
    general: Array  # one over the window's own autocorrelations
    plain: Array
    energy: np.float32


def _lags(rules: Pitch) -> int:
    """How many lags of an autocorrelation hold the longest period and its neighbours."""
    return int(np.ceil(RATE_HZ / rules.lowest_hz)) + 2


@cache
def _long_constants(rules: Pitch) -> _Fixed:
    lags, window = _lags(rules), hann(LONG)
    hz = np.arange(LONG_FFT // 2 + 1) * RATE_HZ / LONG_FFT
    weights = np.clip((rules.band_hz + 500.0 - hz) / 500.0, 0.0, 1.0)
    own = np.correlate(window, window, "full")[LONG - 1 : LONG - 1 + lags]
    return _Fixed(
        np.trim_zeros(weights, "b").astype(np.float32),
        np.float32(1) / pitch.lag_taper(window, LONG_FFT, lags, rules=rules),
        np.asarray(own[0] / own, dtype=np.float32),
        np.float32(LONG_FFT * (window.astype(np.float64) ** 2).sum()),
    )


def _cepstral_range(band_hz: float) -> tuple[int, int]:
    """First and last bin of the long transform that the cepstrum listens to."""
    return 5, int(min(band_hz, RATE_HZ / 2) * LONG_FFT / RATE_HZ)


def _cepstral_peak(cepstrum: Array, rules: Pitch) -> Array:
    """Cepstral peak prominence, dB: the peak's height over the cepstrum's own straight line.

    Hillenbrand, Cleveland and Erickson 1994 (Journal of Speech and Hearing Research 37): line by
    least squares over quefrencies of 1 ms to the longest period, peak among periods of speech.
    """
    from prosody.features import kernels

    start = RATE_HZ // 1000
    height = np.abs(cepstrum[:, start:])
    height += np.float32(_TINY)
    np.log(height, out=height)
    peak = np.empty(len(height), dtype=np.float32)
    shortest, straight = int(RATE_HZ / rules.highest_hz), _straight(start, _lags(rules) - 1)
    kernels.cepstral_peaks(height, straight, shortest - start, peak)
    return peak * np.float32(20 / np.log(10))


@cache
def _straight(start: int, stop: int) -> Array:
    """Weights that give the slope over quefrency, and the quefrencies from their middle."""
    quefrency = np.arange(start, stop, dtype=np.float64)
    centred = quefrency - quefrency.mean()
    return np.stack([centred / (centred**2).sum(), centred]).astype(np.float32)


# Edges in Hz, in the order in which `_from_short` reads the sums and the largest.
BANDS_HZ = ((50, 1000), (1001, 5000), (0, 2000), (2001, 5000), (80, 500), (501, 8000))


@cache
def _bands(rules: Spectrum) -> NDArray[np.int64]:
    """First bin of each band, and the one after its last: `BANDS_HZ`, vowels', syllables' parts."""
    bands = [bins(*edges) for edges in (*BANDS_HZ, rules.vowel_band_hz)]
    hz = np.linspace(*rules.syllable_band_hz, rules.syllable_parts + 1)
    edges = np.ceil(hz * SHORT_FFT / RATE_HZ).astype(np.int64)
    whole = np.array([(b.start, b.stop) for b in bands], dtype=np.int64)
    return np.concatenate([whole, np.stack([edges[:-1], edges[1:]], axis=1)])


def _from_short(
    spectrum: Array, mel: Bank, band_hz: float, room: _Room, rules: Spectrum
) -> dict[str, Array]:
    """Give the spectral balance columns of the eGeMAPS set, HF500, loudness and flux.

    Loudness is the sum of the auditory spectrum: mel bands, equal-loudness weights, power 0.33.
    Flux is the squared distance of neighbouring magnitude spectra below 5 kHz, each scaled to
    length 1.
    """
    from prosody.features import kernels

    bands = _bands(rules)
    sums = np.empty((2, len(bands), BATCH), dtype=np.float32)
    low = np.empty((BATCH, bins(0, 1500).stop), dtype=np.float32)
    auditory = np.empty((BATCH, len(mel[0])), dtype=np.float32)
    flux = np.empty(BATCH, dtype=np.float32)
    shapes = room.shapes.ravel()[: 2 * bins(0, min(5000.0, band_hz)).stop].reshape(2, -1)
    kernels.read_balance(spectrum, bands, mel, room.short_power, sums, low, auditory, shapes, flux)
    below, above, _, _, deep, bright, vowel = _db(sums[0, : len(BANDS_HZ) + 1])
    dark, light = _db(sums[1, 2:4])
    log = _db(low)
    return {
        "vowel_db": vowel,
        "shared_db": _shared(sums[0, len(BANDS_HZ) + 1 :]),
        "alpha_ratio_db": above - below,
        "hammarberg_db": dark - light,
        "slope_0_500_db_per_khz": _slope(log, 0, 500),
        "slope_500_1500_db_per_khz": _slope(log, 500, 1500),
        "hf500_db": bright - deep,
        "loudness": (auditory ** np.float32(0.33)).sum(axis=1),
        "flux": flux,
    }


def _shared(parts: Array) -> Array:
    """Power that pairs of bands have at once, dB, from that of each, (bands, n).

    The root of the mean product of two bands' power (its sum is half the square of their sum less
    the sum of their squares): high where all are loud, not where one is.
    """
    pairs = np.float32(len(parts) * (len(parts) - 1))
    product = np.square(parts.sum(axis=0)) - np.square(parts).sum(axis=0)
    return _db(np.maximum(product, np.float32(0)) / pairs) / np.float32(2)


def _slope(log: Array, low_hz: float, high_hz: float) -> Array:
    """Regression of the level in dB on the frequency in kHz, (n,)."""
    part = bins(low_hz, high_hz)
    khz = np.arange(part.start, part.stop) * RATE_HZ / SHORT_FFT / 1000
    centred = khz - khz.mean()
    weights = (centred / (centred**2).sum()).astype(np.float32)
    # einsum, not @: a product this small is slower when it wakes a second set of threads
    return np.asarray(np.einsum("ij,j->i", log[:, part], weights))


def _joined(parts: list[dict[str, Array]], rows: int, audible: NDArray[np.bool_]) -> Stretch:
    whole = {name: np.concatenate([p[name] for p in parts])[:rows] for name in parts[0]}
    columns = {
        name: np.where(audible, whole[name], np.float32(np.nan))
        for name in (*LONG_NAMES, *SHORT_NAMES)
    }
    heard = audible[:, None]
    found = pitch.Candidates(
        np.where(heard, whole["f0_hz"], np.float32(0)),
        np.where(heard, whole["strength"], np.float32(-1)),
        whole["signs"],
        np.where(audible, whole["periodicity"], np.float32(0)),
    )
    return Stretch(columns, found)
