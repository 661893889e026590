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

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from prosody.features import pitch

__all__ = ["BATCH", "HOP", "RATE_HZ", "REACH", "Stretch", "harmonics", "reached_hz", "short_time"]

Array = NDArray[np.float32]
Bank = tuple[NDArray[np.int64], Array]

RATE_HZ = 16_000
HOP = 160
BATCH = 128  # rows of one transform: all that it works on fits the cache of one core
REACH = 8_000  # samples of context before a stretch: the high-pass has settled by then

LONG, LONG_FFT = 752, 1024
SHORT, SHORT_FFT = 320, 512
HARMONIC, HARMONIC_FFT = 1024, 2048
LAGS = int(np.ceil(RATE_HZ / pitch.LOWEST_HZ)) + 2
PITCH_BAND_HZ = 4_000.0  # pitch listens below this
VOWEL_BAND_HZ = (300.0, 3000.0)  # where vowels carry their power, by telephone as well
TELEPHONE_HZ = 4_000.0
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
LOOKS = 48
PEAK = HOP // 2  # samples to a peak
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


def short_time(samples: Array, first: int, rows: int, mel: Bank, band_hz: float) -> Stretch:
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
    raw = _excerpt(samples, first * HOP - REACH, (first + batches * BATCH) * HOP + HARMONIC)
    smooth, peaks = np.empty_like(raw), np.empty(len(raw) // PEAK, dtype=np.float32)
    if not raw.any():
        return _silent(rows)
    if not kernels.high_pass(raw, HIGH_PASS, PEAK, smooth, peaks):
        raise ValueError("samples must be finite: NaN or infinity found")
    if peaks.max() <= SILENT:
        return _silent(rows)
    room, parts = _Room(), []
    for start in range(0, rows, BATCH):
        parts.append(_batch(raw, smooth, REACH + start * HOP, mel, band_hz, room))
    return _joined(parts, rows, _audible(peaks, rows))


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


def _audible(peaks: Array, rows: int) -> NDArray[np.bool_]:
    """Whether any sample within 20 ms of the frame's centre is above digital silence.

    The long window reaches 3.5 ms further, so whatever is audible here stands well inside it.
    """
    from scipy.ndimage import maximum_filter1d

    # Eight half hops lie within reach of a centre; a filter of size 8 looks 4 back and 3 ahead.
    reach = maximum_filter1d(peaks, 8, mode="constant")[REACH // PEAK :: HOP // PEAK][:rows]
    return np.asarray(reach > SILENT)


class _Room:
    """Memory that the batches of a stretch take turns in: fresh pages cost as much as sums."""

    def __init__(self) -> None:
        def floats(*shape: int) -> Array:
            return np.zeros(shape, dtype=np.float32)

        bins = LONG_FFT // 2 + 1
        self.long_rows = floats(BATCH, LONG_FFT)
        # Halves of even spectra; what is not listened to of the compressed one stays 0.
        self.even = floats(3, BATCH, bins)
        self.compressed = self.even[0, :, : len(_long_constants().weights)]
        self.power, self.log = self.even[1], self.even[2]
        self.short_rows = floats(BATCH + 8, SHORT_FFT)
        self.short_power = floats(SHORT_FFT // 2 + 1)
        self.shapes = floats(2, SHORT_FFT // 2 + 1)


def _rows(samples: Array, centre: int, window: Array, out: Array) -> Array:
    """Write windowed frames, the first centred at sample `centre`, into the left of `out`."""
    from prosody.features import kernels

    kernels.window_rows(samples, centre - len(window) // 2, HOP, window, out)
    return out


def _transformed(rows: Array) -> Array:
    """Real transforms of whole rows, (rows, bins, 2)."""
    import scipy.fft

    spectrum: NDArray[np.complex64] = scipy.fft.rfft(rows, axis=1)
    return spectrum.view(np.float32).reshape(len(rows), -1, 2)


def _batch(
    raw: Array, smooth: Array, centre: int, mel: Bank, band_hz: float, room: _Room
) -> dict[str, Array]:
    long = _transformed(_rows(smooth, centre, _hann(LONG), room.long_rows))
    # One row before the batch for the flux; 8 more in all, so that every row of ours is
    # transformed in a full vector of the machine and rounds alike wherever it stands.
    short = _transformed(_rows(raw, centre - HOP, _hamming(SHORT), room.short_rows))
    return {**_from_long(long, band_hz, room), **_from_short(short, mel, band_hz, room)}


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


def _from_long(spectrum: Array, band_hz: float, room: _Room) -> dict[str, Array]:
    """Level, cepstral peak and pitch candidates from the long window's spectrum."""
    import scipy.fft

    from prosody.features import kernels

    fixed = _long_constants()
    whole = np.empty(BATCH, dtype=np.float32)
    kernels.powers(spectrum, room.power, whole)
    np.add(room.power, np.float32(_TINY), out=room.log)
    np.log(room.log, out=room.log)
    # |X| ** c by way of the logarithm that the cepstrum needs anyway
    np.multiply(room.log[:, : len(fixed.weights)], pitch.COMPRESSION / 2, out=room.compressed)
    np.exp(room.compressed, out=room.compressed)
    room.compressed *= fixed.weights
    kernels.flatten(room.log, *_cepstral_range(band_hz))
    general, plain, cepstrum = scipy.fft.dct(room.even, type=1, axis=2)[:, :, :LAGS]
    f0, strength, periodicity = pitch.find_candidates(
        _relative(general, fixed.general), _relative(plain, fixed.plain), RATE_HZ
    )
    return {
        "level_db": _db(whole / fixed.energy),
        "cpp_db": _cepstral_peak(cepstrum[:, :-1] / np.float32(LONG_FFT)),
        "f0_hz": f0,
        "strength": strength,
        "periodicity": periodicity,
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


@cache
def _long_constants() -> _Fixed:
    window = _hann(LONG)
    hz = np.arange(LONG_FFT // 2 + 1) * RATE_HZ / LONG_FFT
    weights = np.clip((PITCH_BAND_HZ + 500.0 - hz) / 500.0, 0.0, 1.0)
    own = np.correlate(window, window, "full")[LONG - 1 : LONG - 1 + LAGS]
    return _Fixed(
        np.trim_zeros(weights, "b").astype(np.float32),
        np.float32(1) / pitch.lag_taper(window, LONG_FFT, LAGS),
        np.asarray(own[0] / own, dtype=np.float32),
        np.float32(LONG_FFT * (window.astype(np.float64) ** 2).sum()),
    )


def _cepstral_range(band_hz: float) -> tuple[int, int]:
    """First and last bin of the long transform that the cepstrum listens to."""
    return 5, int(min(band_hz, RATE_HZ / 2) * LONG_FFT / RATE_HZ)


def _cepstral_peak(cepstrum: Array) -> Array:
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
    kernels.cepstral_peaks(height, _straight(start), int(RATE_HZ / pitch.HIGHEST_HZ) - start, peak)
    return peak * np.float32(20 / np.log(10))


@cache
def _straight(start: int) -> Array:
    """Weights that give the slope over quefrency, and the quefrencies from their middle."""
    quefrency = np.arange(start, LAGS - 1, dtype=np.float64)
    centred = quefrency - quefrency.mean()
    return np.stack([centred / (centred**2).sum(), centred]).astype(np.float32)


def _bins(low_hz: float, high_hz: float) -> slice:
    """Bins of the short transform from `low_hz` up to `high_hz`."""
    step = RATE_HZ / SHORT_FFT
    return slice(int(np.ceil(low_hz / step)), int(np.floor(high_hz / step)) + 1)


# Edges in Hz, in the order in which `_from_short` reads the sums and the largest.
BANDS_HZ = ((50, 1000), (1001, 5000), (0, 2000), (2001, 5000), (80, 500), (501, 8000))


@cache
def _bands() -> NDArray[np.int64]:
    bands = [_bins(*edges) for edges in (*BANDS_HZ, VOWEL_BAND_HZ)]
    return np.array([(b.start, b.stop) for b in bands], dtype=np.int64)


def _from_short(spectrum: Array, mel: Bank, band_hz: float, room: _Room) -> dict[str, Array]:
    """Give the spectral balance columns of the eGeMAPS set, HF500, loudness and flux.

    Loudness is the sum of the auditory spectrum: mel bands, equal-loudness weights, power 0.33.
    Flux is the squared distance of neighbouring magnitude spectra below 5 kHz, each scaled to
    length 1.
    """
    from prosody.features import kernels

    sums = np.empty((2, len(_bands()), BATCH), dtype=np.float32)
    low = np.empty((BATCH, _bins(0, 1500).stop), dtype=np.float32)
    auditory = np.empty((BATCH, len(mel[0])), dtype=np.float32)
    flux = np.empty(BATCH, dtype=np.float32)
    shapes = room.shapes.ravel()[: 2 * _bins(0, min(5000.0, band_hz)).stop].reshape(2, -1)
    kernels.read_balance(
        spectrum, _bands(), mel, room.short_power, sums, low, auditory, shapes, flux
    )
    below, above, _, _, deep, bright, vowel = _db(sums[0])
    _, _, dark, light, _, _, _ = _db(sums[1])
    log = _db(low)
    return {
        "vowel_db": vowel,
        "alpha_ratio_db": above - below,
        "hammarberg_db": dark - light,
        "slope_0_500_db_per_khz": _slope(log, 0, 500),
        "slope_500_1500_db_per_khz": _slope(log, 500, 1500),
        "hf500_db": bright - deep,
        "loudness": (auditory ** np.float32(0.33)).sum(axis=1),
        "flux": flux,
    }


def _slope(log: Array, low_hz: float, high_hz: float) -> Array:
    """Regression of the level in dB on the frequency in kHz, (n,)."""
    bins = _bins(low_hz, high_hz)
    khz = np.arange(bins.start, bins.stop) * RATE_HZ / SHORT_FFT / 1000
    centred = khz - khz.mean()
    weights = (centred / (centred**2).sum()).astype(np.float32)
    # einsum, not @: a product this small is slower when it wakes a second set of threads
    return np.asarray(np.einsum("ij,j->i", log[:, bins], weights))


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
        The whole recording; `LOOKS` excerpts of 1.3 s, evenly spread, are looked at.
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
    from prosody.features import kernels

    rows = np.zeros((BATCH, SHORT_FFT), dtype=np.float32)
    found = np.empty((BATCH, SHORT_FFT // 2 + 1), dtype=np.float32)
    whole = np.empty(BATCH, dtype=np.float32)
    power = np.zeros(SHORT_FFT // 2 + 1)
    for start in starts:
        raw = _excerpt(samples, start * HOP - SHORT, (start + BATCH) * HOP + SHORT)
        kernels.powers(_transformed(_rows(raw, SHORT, _hann(SHORT), rows)), found, whole)
        power += found.sum(axis=0, dtype=np.float64)
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
    from prosody.features import kernels

    out = np.full((3, len(frames)), np.nan, dtype=np.float32)
    window, half = _hann(HARMONIC), HARMONIC // 2
    rows = np.zeros((BATCH, HARMONIC_FFT), dtype=np.float32)
    for some in _near(frames):
        first = int(frames[some][0]) * HOP - half
        excerpt = _excerpt(samples, first, int(frames[some][-1]) * HOP + half)
        starts = frames[some] * HOP - half - first
        # whole vectors of the machine, so that a row rounds alike wherever it stands
        used = rows[: min(BATCH, -(-len(starts) // 32) * 32)]
        kernels.window_frames(excerpt, starts, window, used)
        got = np.full((3, len(starts)), np.nan, dtype=np.float32)
        kernels.read_harmonics(
            _transformed(used), f0_hz[some], RATE_HZ, HARMONIC / RATE_HZ, _aside(), got
        )
        out[:, some] = got
    return dict(zip(("harmonic_alpha_ratio_db", "h1_h2_db", "hnr_db"), out, strict=True))


def _near(frames: NDArray[np.intp]) -> Iterator[slice]:
    """Cut rising frames into batches that lie near each other: the excerpt stays short."""
    start = 0
    while start < len(frames):
        reach = int(np.searchsorted(frames, frames[start] + 4 * BATCH))
        stop = min(start + BATCH, reach)
        yield slice(start, stop)
        start = stop


@cache
def _aside() -> NDArray[np.float64]:
    """Cosine and sine of every bin of the harmonics' transform three tenths of a sample on."""
    turn = 2 * np.pi * 0.3 * np.arange(HARMONIC_FFT // 2 + 1) / HARMONIC_FFT
    return np.stack([np.cos(turn), np.sin(turn)])
