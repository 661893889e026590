"""The room: softness of a voice, reverberation, background noise. All of it seeded."""

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve

__all__ = ["level", "noise", "reverberate", "soften"]

Wave = NDArray[np.float64]


def soften(wave: Wave, rate_hz: int, per_octave_db: float) -> Wave:
    """Let the spectrum fall more steeply: `per_octave_db` less per octave from 500 Hz to 8 kHz.

    A soft voice has less energy in its upper harmonics than a loud one; a negative value does
    the opposite. The filter has zero phase, so it moves nothing in time.
    """
    size = 1 << (len(wave) + rate_hz // 10).bit_length()
    hertz = np.fft.rfftfreq(size, 1 / rate_hz)
    octaves = np.log2(np.clip(hertz, 500.0, 8000.0) / 500.0)
    gain = 10 ** (-per_octave_db * octaves / 20)
    tilted: Wave = np.fft.irfft(np.fft.rfft(wave, size) * gain, size)[: len(wave)]
    return tilted


def level(wave: Wave, rate_hz: int, target_db: float) -> Wave:
    """Scale so that the loud half of the 10-ms blocks has an RMS of `target_db` dBFS."""
    blocks = np.array_split(np.square(wave), max(1, 100 * len(wave) // rate_hz))
    power = np.sort([block.mean() for block in blocks])
    loud = power[len(power) // 2 :].mean()
    return np.asarray(wave * 10 ** (target_db / 20) / np.sqrt(loud))


def reverberate(wave: Wave, rate_hz: int, *, seed: int, rt60_s: float = 0.25) -> Wave:
    """Add a small furnished room: decaying noise after 4 ms, 16 dB under the direct sound."""
    random = np.random.default_rng([seed, 1])
    times = np.arange(round(rt60_s * rate_hz)) / rate_hz
    tail = random.standard_normal(len(times)) * 10 ** (-3 * times / rt60_s)
    tail = soften(tail, rate_hz, 3.0)
    tail[times < 0.004] = 0.0
    tail *= 10 ** (-16 / 20) / np.sqrt(np.square(tail).sum())
    tail[0] = 1.0
    wet: Wave = fftconvolve(wave, tail)[: len(wave)]
    return wet


def noise(length: int, rate_hz: int, level_db: float, *, seed: int) -> Wave:
    """Room noise of `level_db` dBFS: pink from 40 Hz, falling faster above 3 kHz, plus a hiss."""
    random = np.random.default_rng([seed, 2])
    hertz = np.fft.rfftfreq(length, 1 / rate_hz)
    shape = 1 / np.sqrt(np.maximum(hertz, 40.0)) / np.sqrt(1 + (hertz / 3000.0) ** 4)
    spectrum = np.fft.rfft(random.standard_normal(length)) * shape
    pink = np.fft.irfft(spectrum, length)
    pink *= 10 ** (level_db / 20) / np.sqrt(np.square(pink).mean())
    return pink + random.standard_normal(length) * 0.35 / 32768
