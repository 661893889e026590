"""Each loop of ours and the library's function for the same, as pairs of functions."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
RATE = 16_000
HOP = 160
WIDE_HZ = 44_100
STRETCH_S = 20  # frames are measured in stretches of this length
BATCH = 128  # rows of one transform
KERNEL_TESTS = "prosody/features/test_kernels.py"
STATISTICS = "prosody/test_statistics.py"


@dataclass(frozen=True, slots=True)
class Given:
    """What is worked on: samples (n,) at 16 kHz, and the same sound, twice, in a 44.1 kHz file."""

    samples: Array
    wide: Path


Work = Callable[[Given], object]


@dataclass(frozen=True, slots=True)
class Kernel:
    """One loop of ours, the library's function for the same, and the test that both agree.

    `first` is for what stands in a library's place so that it is not loaded: that is measured once,
    with what it loads, where an analysis has loaded torch and torchaudio before.
    """

    name: str
    yardstick: str
    ours: Work
    theirs: Work
    test: str
    first: bool = False


# Decoding -----------------------------------------------------------------------------------


def decode_ours(given: Given) -> object:
    """Decode and resample in blocks, into a file without a name."""
    from diarize.recording import admission, audio

    return audio.decode(admission.admit(given.wide))


def decode_theirs(given: Given) -> object:
    """Let librosa load the whole file."""
    import librosa

    return librosa.load(given.wide, sr=RATE, mono=False)


# Sound, stretch by stretch ------------------------------------------------------------------


def _stretches(samples: Array) -> Iterator[Array]:
    size = STRETCH_S * RATE
    for start in range(0, len(samples) - size + 1, size):
        yield np.array(samples[start : start + size])


def high_pass_ours(given: Given) -> object:
    """Filter, find the peaks of 5 ms and whether every sample is finite, in one loop."""
    from prosody.features import kernels, spectrum

    smooth, peaks = np.empty(STRETCH_S * RATE, np.float32), np.empty(STRETCH_S * 200, np.float32)
    for raw in _stretches(given.samples):
        kernels.high_pass(raw, spectrum.HIGH_PASS, spectrum.PEAK, smooth, peaks)
    return peaks


def high_pass_theirs(given: Given) -> object:
    """Do the same with scipy.signal.sosfilt and numpy."""
    from scipy.signal import sosfilt

    from prosody.features import spectrum

    for raw in _stretches(given.samples):
        peaks = np.abs(raw).reshape(-1, spectrum.PEAK).max(axis=1)
        _ = np.isfinite(raw).all(), sosfilt(spectrum.HIGH_PASS, raw).astype(np.float32), peaks
    return peaks


def _starts(samples: Array, length: int) -> range:
    return range(0, len(samples) - BATCH * HOP - length, BATCH * HOP)


def windows_ours(given: Given) -> object:
    """Lay windows over frames less their mean."""
    from prosody.features import kernels, windows

    window = np.hanning(windows.LONG).astype(np.float32)
    rows = np.zeros((BATCH, windows.LONG_FFT), np.float32)
    samples = np.array(given.samples)
    for start in _starts(samples, windows.LONG):
        kernels.window_rows(samples, start, HOP, window, rows)
    return rows


def windows_theirs(given: Given) -> object:
    """Do the same with librosa.util.frame."""
    import librosa

    from prosody.features import windows

    window = np.hanning(windows.LONG).astype(np.float32)
    rows = np.zeros((BATCH, windows.LONG_FFT), np.float32)
    samples = np.array(given.samples)
    for start in _starts(samples, windows.LONG):
        some = samples[start : start + (BATCH - 1) * HOP + windows.LONG]
        frames = librosa.util.frame(some, frame_length=windows.LONG, hop_length=HOP, axis=0)
        rows[:, : windows.LONG] = (frames - frames.mean(axis=1, keepdims=True)) * window
    return rows


def _spectra(given: Given, size: int) -> Iterator[NDArray[np.complex64]]:
    """Give the same batch of spectra as often as there are batches: transforms do not count."""
    import scipy.fft

    some = np.array(given.samples[RATE : RATE + BATCH * HOP + size])
    frames = np.lib.stride_tricks.sliding_window_view(some, size)[::HOP][: BATCH + 1]
    spectra = np.ascontiguousarray(scipy.fft.rfft(frames, axis=1))
    for _ in _starts(given.samples, size):
        yield spectra


def _split(spectra: NDArray[np.complex64]) -> Array:
    return spectra.view(np.float32).reshape(len(spectra), -1, 2)


def powers_ours(given: Given) -> object:
    """Power spectra and each frame's power."""
    from prosody.features import kernels

    power, whole = np.empty((BATCH, 513), np.float32), np.empty(BATCH, np.float32)
    for spectra in _spectra(given, 1024):
        kernels.powers(_split(spectra), power, whole)
    return whole


def powers_theirs(given: Given) -> object:
    """Do the same as librosa does for a spectrogram, and librosa.feature.rms for the sums."""
    import librosa

    for spectra in _spectra(given, 1024):
        magnitude = np.abs(spectra[:BATCH].T)
        power = magnitude**2
        whole = librosa.feature.rms(S=magnitude, frame_length=1024) ** 2
    return power, whole


def balance_ours(given: Given) -> object:
    """Sums and peaks of bands, mel bands and flux of short spectra, in one loop."""
    from prosody.features import kernels, windows
    from prosody.features.auditory import auditory_bands

    mel, bands = auditory_bands(), np.array([(b, b + 40) for b in range(2, 200, 30)])
    sums, low = np.empty((2, len(bands), BATCH), np.float32), np.empty((BATCH, 49), np.float32)
    auditory, flux = np.empty((BATCH, 26), np.float32), np.empty(BATCH, np.float32)
    power, shapes = np.empty(257, np.float32), np.empty((2, 161), np.float32)
    for spectra in _spectra(given, windows.SHORT_FFT):
        kernels.read_balance(_split(spectra), bands, mel, power, sums, low, auditory, shapes, flux)
    return flux


def balance_theirs(given: Given) -> object:
    """Do the same with librosa.feature.melspectrogram, librosa.util.normalize and numpy."""
    import librosa

    from prosody.features import windows

    bands = [(b, b + 40) for b in range(2, 200, 30)]
    for spectra in _spectra(given, windows.SHORT_FFT):
        magnitude = np.abs(spectra.T)
        power = magnitude**2
        auditory = librosa.feature.melspectrogram(
            S=power[:, 1:], sr=RATE, n_fft=windows.SHORT_FFT, n_mels=26, fmin=20, htk=True,
            norm=None,
        )  # fmt: skip
        shapes = librosa.util.normalize(magnitude[:161], norm=2, axis=0)
        flux = (np.diff(shapes, axis=1) ** 2).sum(axis=0)
        sums = [(power[a:b, 1:].sum(axis=0), power[a:b, 1:].max(axis=0)) for a, b in bands]
    return auditory, flux, sums


def encoder_mel_ours(given: Given) -> object:
    """Give the voice encoder's mel spectrum, a minute at a time, as it is read."""
    from diarize.separation.embedding import mel

    samples, step = np.array(given.samples), 6_000
    for begin in range(0, len(samples) // HOP, step):
        found = mel(samples, begin, min(step, len(samples) // HOP - begin))
    return found


def encoder_mel_theirs(given: Given) -> object:
    """Do the same with librosa.feature.melspectrogram."""
    from librosa.feature import melspectrogram

    samples, step = np.array(given.samples), 6_000 * HOP
    for begin in range(0, len(samples), step):
        found = melspectrogram(
            y=samples[begin : begin + step], sr=RATE, n_fft=400, hop_length=HOP, n_mels=40
        )
    return found


def percentiles_ours(given: Given) -> object:
    """Give the bounds of an interval of 200 sorted draws."""
    from prosody.statistics import percentile

    for values in _series(given):
        found = percentile(values, 0.025), percentile(values, 0.975)
    return found


def percentiles_theirs(given: Given) -> object:
    """Do the same with numpy.percentile."""
    for values in _series(given):
        found = np.percentile(values, (2.5, 97.5))
    return found


def _series(given: Given) -> Iterator[NDArray[np.float64]]:
    """Two hundred sorted values, twenty times for every minute of sound."""
    values = np.sort(np.asarray(given.samples[:200], np.float64))
    for _ in range(20 * len(given.samples) // (60 * RATE)):
        yield values


# Whole steps --------------------------------------------------------------------------------


def pass_ours(given: Given) -> object:
    """Everything one frame says by itself: three spectra, balance, cepstrum, pitch candidates."""
    from prosody.features import frames

    return frames.pass_over(np.array(given.samples), 8000.0).columns["level_db"]


def pass_theirs(given: Given) -> object:
    """Two of the spectra, level, mel bands and flux alone; no cepstrum and no pitch."""
    import librosa
    from librosa.onset import onset_strength
    from scipy.signal import sosfilt

    from prosody.features import spectrum

    raw = np.array(given.samples)
    smooth = sosfilt(spectrum.HIGH_PASS, raw).astype(np.float32)
    long = np.abs(librosa.stft(smooth, n_fft=1024, hop_length=HOP, win_length=752))
    short = np.abs(librosa.stft(raw, n_fft=512, hop_length=HOP, win_length=320, window="hamming"))
    level = librosa.feature.rms(S=long, frame_length=1024)
    mel = librosa.feature.melspectrogram(S=short**2, sr=RATE, n_fft=512, n_mels=26, htk=True)
    return level, mel, onset_strength(S=short, sr=RATE)


def pitch_ours(given: Given) -> object:
    """All frames, pitch among them."""
    from diarize.recording.audio import Audio
    from prosody.features import frames

    return frames.measure(Audio.of(given.samples)).f0_hz


def pitch_theirs(given: Given) -> object:
    """Pitch alone."""
    import librosa

    return librosa.pyin(
        np.array(given.samples), sr=RATE, fmin=58, fmax=520, frame_length=1024, hop_length=HOP
    )


KERNELS = (
    Kernel(
        "decode and resample (two channels of 44.1 kHz)", "librosa.load",
        decode_ours, decode_theirs,
        "test_against_librosa.py::test_decoding_gives_what_librosa_loads",
    ),
    Kernel(
        "high-pass, peaks, finite", "scipy.signal.sosfilt, numpy",
        high_pass_ours, high_pass_theirs,
        f"{KERNEL_TESTS}::test_high_pass_filters_as_scipy_does",
    ),
    Kernel(
        "windows over frames", "librosa.util.frame",
        windows_ours, windows_theirs,
        f"{KERNEL_TESTS}::test_windows_are_laid_over_frames_less_their_mean",
    ),
    Kernel(
        "power spectra and their sums", "numpy, librosa.feature.rms",
        powers_ours, powers_theirs,
        f"{KERNEL_TESTS}::test_powers_and_their_sum_over_both_signs",
    ),
    Kernel(
        "bands, mel bands and flux", "librosa.feature.melspectrogram, librosa.util.normalize",
        balance_ours, balance_theirs,
        f"{KERNEL_TESTS}::test_balance_is_read_as_plain_sums",
    ),
    Kernel(
        "two percentiles", "numpy.percentile",
        percentiles_ours, percentiles_theirs,
        f"{STATISTICS}::test_percentiles_and_medians_are_numpys",
    ),
    Kernel(
        "one pass over all frames, pitch candidates and cepstrum included",
        "librosa.stft, rms, melspectrogram and onset_strength, without them",
        pass_ours, pass_theirs,
        "test_against_librosa.py::test_level_and_loudness_are_those_of_librosas_spectra",
    ),
    Kernel(
        "all frames", "librosa.pyin alone",
        pitch_ours, pitch_theirs,
        "test_against_librosa.py::test_pitch_is_pyins_where_both_hear_a_voice",
    ),
    Kernel(
        "the voice encoder's mel spectrum, with what it loads", "librosa.feature.melspectrogram",
        encoder_mel_ours, encoder_mel_theirs,
        "diarize/separation/test_embedding.py::test_mel_power_is_librosa_s",
        first=True,
    ),
)  # fmt: skip
