"""Synthetic speech whose pitch, voicing and syllables are known exactly.

A voice is a train of glottal pulses (Rosenberg) whose phase is the integral of a known F0, sent
through moving formants, with breath, fricatives, bursts and pauses between; then noise, a room
or a telephone. Truth is what the pulses were told to do, every 10 ms. Everything follows from a
seed.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, lfilter, sosfilt

RATE_HZ = 16_000
HOP = 160

Array = NDArray[np.floating[Any]]

VOWELS = (
    (730, 1090, 2440),
    (270, 2290, 3010),
    (300, 870, 2240),
    (530, 1840, 2480),
    (570, 840, 2410),
    (440, 1020, 2240),
    (490, 1350, 1690),
    (660, 1720, 2410),
)


ASPIRATED = 0.25  # share of syllables that breath leads into


@dataclass(frozen=True)
class Utterance:
    """Samples at 16 kHz and, every 10 ms, F0 in Hz with 0 where there is no voice."""

    samples: Array
    f0_hz: Array
    nuclei: int


@dataclass(frozen=True)
class Style:
    """What sort of voice: middle of its pitch, its range in semitones, and its habits."""

    middle_hz: float
    range_st: float = 6.0
    breath: float = 0.02
    jitter: float = 0.004
    shimmer: float = 0.03
    open_share: float = 0.6
    creak: float = 0.0  # share of phrase ends that creak: low, irregular pulses
    alternate: float = 0.0  # every second pulse weaker by this share: an octave trap
    lowest_hz: float = 60.0  # where its pitch stays
    highest_hz: float = 420.0


def utter(seed: int, style: Style, seconds: float = 4.0) -> Utterance:
    """Speak nonsense of about `seconds`."""
    rng = np.random.default_rng(seed)
    n = int(seconds * RATE_HZ)
    f0, gain, noise, aspiration, where, nuclei = _plan(rng, style, n)
    pulses = _pulses(rng, f0, gain > 0, style)
    pulses *= np.where(gain > 0, 1.0, 0.0)
    voice = pulses * gain + style.breath * rng.standard_normal(n) * gain
    exhaled = lfilter([1e-3], [1, -(1 - 1e-3)], np.roll(gain, 800)) * (gain < 0.05)
    voice += rng.uniform(0, 0.3) * style.breath * rng.standard_normal(n) * exhaled
    voice += aspiration * rng.standard_normal(n)
    shaped = _formants(rng, voice, where, 0.9 + 0.25 * (style.middle_hz > 160))
    samples = shaped / (np.abs(shaped).max() + 1e-9) + noise
    samples *= 0.25 / np.sqrt(np.mean(samples[gain > 0] ** 2) + 1e-12) * 0.4
    centres = np.minimum(np.arange(n // HOP + 1) * HOP, n - 1)
    truth = np.where(gain[centres] > 0.04 * gain.max(), f0[centres], 0.0)
    return Utterance(samples, truth, nuclei)


def _plan(
    rng: np.random.Generator, style: Style, n: int
) -> tuple[Array, Array, Array, Array, list[tuple[int, int]], int]:
    """F0, gains of voice, consonants and aspiration; the syllables' places and their number."""
    gain, noise, aspiration, st = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    where: list[tuple[int, int]] = []
    at = int(rng.uniform(0.15, 0.4) * RATE_HZ)
    while at < n - RATE_HZ // 2:
        count = int(rng.integers(2, 9))
        start, tilt = at, rng.uniform(-0.5, -0.1)
        for k in range(count):
            length = int(rng.uniform(0.07, 0.26) * RATE_HZ * (1.4 if k == count - 1 else 1.0))
            if at + length > n - RATE_HZ // 10:
                break
            at = _consonant(rng, noise, at)
            at = _aspirate(rng, aspiration, at)
            if at + length > n - RATE_HZ // 20:
                break
            loud = 10 ** (rng.normal(0, 3) / 20) * 10 ** (-0.4 * k / count)
            rise, fall = rng.uniform(0.005, 0.03), rng.uniform(0.02, 0.07)
            if k == count - 1:
                fall = rng.uniform(0.05, 0.25)
            shape = _ramp(length, int(rise * RATE_HZ), int(fall * RATE_HZ))
            linked = rng.random() < 0.45 and k > 0
            if linked:
                low = max(start, at - int(0.05 * RATE_HZ))
                floor = 0.25 * loud
                gain[low:at] = np.maximum(gain[low:at], floor)
                shape = np.maximum(shape, 0.25 * (np.arange(length) < length - int(fall * RATE_HZ)))
            gain[at : at + length] = np.maximum(gain[at : at + length], loud * shape)
            where.append((at, at + length))
            at += length
        span = np.arange(at - start) / RATE_HZ
        wave = (
            style.range_st
            / 2
            * np.sin(2 * np.pi * rng.uniform(0.4, 1.6) * span + rng.uniform(0, 6.3))
        )
        line = wave + tilt * style.range_st * span
        if style.creak and rng.random() < style.creak:
            tail = span > span[-1] - 0.2 if len(span) else span > 0
            line = np.where(tail, np.minimum(line, 12 * np.log2(62 / style.middle_hz)), line)
        st[start:at] = line
        at += int(rng.choice([0.12, 0.3, 0.7]) * rng.uniform(0.7, 1.3) * RATE_HZ)
    f0 = np.clip(style.middle_hz * 2 ** (st / 12), style.lowest_hz, style.highest_hz)
    return f0, gain, noise, aspiration, where, len(where)


def _consonant(rng: np.random.Generator, noise: Array, at: int) -> int:
    kind = rng.choice(["none", "fricative", "stop", "none"])
    if kind == "none":
        return at
    length = int(rng.uniform(0.04, 0.13) * RATE_HZ)
    length = max(0, min(length, len(noise) - at - 1))
    if kind == "fricative":
        low = rng.uniform(1500, 4500)
        burst = sosfilt(
            butter(2, [low, min(low * 2, 7600)], "band", fs=RATE_HZ, output="sos"),
            rng.standard_normal(length),
        )
        noise[at : at + length] += (
            rng.uniform(0.05, 0.35) * burst * _ramp(length, length // 4, length // 4)
        )
    else:
        tail = length // 4
        burst = rng.standard_normal(tail) * np.exp(-np.arange(tail) / (0.006 * RATE_HZ))
        noise[at + length - tail : at + length] += rng.uniform(0.05, 0.3) * burst
    return at + length


def _aspirate(rng: np.random.Generator, aspiration: Array, at: int) -> int:
    """Breath through the vowel's own formants before its voice: after p, t and k, and in h."""
    if rng.random() >= ASPIRATED:
        return at
    length = max(0, min(int(rng.uniform(0.02, 0.09) * RATE_HZ), len(aspiration) - at - 1))
    strength = 10 ** rng.uniform(-2.3, -1.1)
    aspiration[at : at + length] = strength * _ramp(length, length // 4, length // 6)
    return at + length


def _ramp(length: int, rise: int, fall: int) -> Array:
    shape = np.ones(length)
    rise, fall = min(rise, length // 2), min(fall, length // 2)
    if rise:
        shape[:rise] = 0.5 - 0.5 * np.cos(np.pi * np.arange(rise) / rise)
    if fall:
        shape[length - fall :] = 0.5 + 0.5 * np.cos(np.pi * np.arange(fall) / fall)
    return shape


def _pulses(rng: np.random.Generator, f0: Array, on: NDArray[np.bool_], style: Style) -> Array:
    """Flow derivative of Rosenberg pulses, four-fold oversampled so that periods are exact."""
    over = 4
    fine = np.repeat(f0, over)
    wander = np.repeat(
        1
        + style.jitter
        * np.interp(
            np.arange(len(f0)), np.arange(0, len(f0), 80), rng.standard_normal(-(-len(f0) // 80))
        ),
        over,
    )
    phase = np.cumsum(fine * wander) / (RATE_HZ * over)
    whole = np.floor(phase).astype(int)
    part = phase - whole
    opened = style.open_share
    rising = 0.5 * (1 - np.cos(np.pi * part / (0.66 * opened)))
    falling = np.cos(np.pi / 2 * (part - 0.66 * opened) / (0.34 * opened))
    flow = np.where(part < 0.66 * opened, rising, np.where(part < opened, falling, 0.0))
    size = 1 + style.shimmer * rng.standard_normal(whole[-1] + 2)
    size[::2] *= 1 - style.alternate
    slow = flow * size[whole]
    derivative = np.diff(slow, prepend=slow[0]) * over * 6
    sos = butter(8, 7600, fs=RATE_HZ * over, output="sos")
    from scipy.signal import sosfiltfilt

    return np.asarray(sosfiltfilt(sos, derivative)[::over])


def _formants(
    rng: np.random.Generator, source: Array, where: list[tuple[int, int]], scale: float
) -> Array:
    """Send the source through formants that move from vowel to vowel, in 5 ms steps."""
    n, step = len(source), 80
    marks = [0] + [(a + b) // 2 for a, b in where] + [n]
    vowels = np.array([VOWELS[rng.integers(len(VOWELS))] for _ in marks], dtype=float) * scale
    at = np.arange(0, n, step)
    out, states = np.array(source), None
    tracks = [np.interp(at, marks, vowels[:, k]) for k in range(3)]
    tracks += [np.full(len(at), 3500.0 * scale), np.full(len(at), 4500.0 * scale)]
    for track, width in zip(tracks, (80, 100, 140, 200, 260), strict=True):
        states, result = np.zeros(2), np.empty(n)
        for i, start in enumerate(at):
            pole = np.exp(-np.pi * width / RATE_HZ)
            a = [1.0, -2 * pole * np.cos(2 * np.pi * min(track[i], 7500) / RATE_HZ), pole**2]
            result[start : start + step], states = lfilter(
                [sum(a)], a, out[start : start + step], zi=states
            )
        out = result
    return out


def add_noise(samples: Array, snr_db: float, seed: int, colour: str = "white") -> Array:
    """Add stationary noise at a ratio of whole-file powers of speech (loud half) and noise."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal(len(samples))
    if colour == "pink":
        spectrum = np.fft.rfft(noise)
        spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 8))
        noise = np.fft.irfft(spectrum, len(samples))
    if colour == "babble":
        parts = [
            utter(
                seed * 100 + i, Style(float(rng.uniform(90, 230))), len(samples) / RATE_HZ
            ).samples
            for i in range(6)
        ]
        noise = np.sum(parts, axis=0)
    loud = _speech_power(samples)
    return np.asarray(samples + noise * np.sqrt(loud / np.mean(noise**2) / 10 ** (snr_db / 10)))


def _speech_power(samples: Array) -> float:
    """Mean power of the frames within 30 dB of the loudest."""
    rows = samples[: len(samples) // HOP * HOP].reshape(-1, HOP)
    power = (rows**2).mean(axis=1)
    return float(power[power > 1e-3 * power.max()].mean())


def in_room(samples: Array, decay_s: float, direct_db: float, seed: int) -> Array:
    """Put it into a room: 60 dB of decay in `decay_s`, direct sound `direct_db` over the rest."""
    rng = np.random.default_rng(seed)
    n = int(decay_s * 1.2 * RATE_HZ)
    tail = rng.standard_normal(n) * 10 ** (-3 * np.arange(n) / (decay_s * RATE_HZ))
    tail[: int(0.002 * RATE_HZ)] = 0
    tail *= np.sqrt(10 ** (-direct_db / 10) / np.sum(tail**2))
    tail[0] = 1.0
    return np.asarray(fftconvolve(samples, tail)[: len(samples)])


def by_telephone(samples: Array) -> Array:
    """300 to 3400 Hz."""
    return np.asarray(sosfilt(butter(4, [300, 3400], "band", fs=RATE_HZ, output="sos"), samples))
