"""What may be trusted: checks of a recording before anything is said about people.

Conventions
-----------
Levels are dB relative to full scale (RMS of a 10 ms frame; a full-scale square wave is 0 dB).
A check's verdict is ``ok``, ``warn`` (read with care) or ``withhold`` (what depends on it is
not said). Digital silence has no level: it is counted, never averaged. Thresholds are
engineering choices unless a source is named.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diarize.recording.audio import Audio
from diarize.timeline import Span

__all__ = ["Check", "Trust", "assess", "crosstalk"]

_HOP_S = 0.01
_BLOCK = 1 << 20
_FLOOR_DB = -120.0
Levels = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Check:
    """One check; `value` is None where the recording gave nothing to check."""

    check: str
    value: float | None
    unit: str
    verdict: str
    meaning: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Trust:
    """Where a check starts to warn and to withhold."""

    speech_min_s: float = 60.0
    speech_probability: float = 0.5
    clipped_warn_percent: float = 0.01
    clipped_withhold_percent: float = 1.0
    snr_warn_db: float = 20.0  # below it spectral measures of the voice drift
    snr_withhold_db: float = 10.0
    band_warn_hz: float = 5_000.0
    hum_warn_db: float = 20.0
    dropout_min_s: float = 0.05
    crosstalk_warn_db: float = 15.0
    crosstalk_withhold_db: float = 6.0


def assess(
    audio: Audio, speech: NDArray[np.float32], trust: Trust | None = None
) -> tuple[Check, ...]:
    """Check a decoded recording.

    Parameters
    ----------
    audio : Audio
        Decoded sound.
    speech : ndarray of float32, shape (n,)
        Speech probability every 10 ms, of the mono mix.
    trust : Trust, optional
        Thresholds.

    Returns
    -------
    tuple of Check
        In a fixed order: speech, speech_to_noise, clipping, band_limit, hum, dropouts and, with
        two or more channels, crosstalk.
    """
    trust = trust or Trust()
    levels = _levels(audio.mono, audio.rate)
    talking = _talking(len(levels), speech, trust)
    checks = [
        _speech(talking, trust),
        _speech_to_noise(levels, talking, trust),
        _clipping(audio, trust),
        _band_limit(audio, trust),
        _hum(audio, talking, trust),
        _dropouts(levels, trust),
    ]
    if audio.channels > 1:
        checks.append(crosstalk(audio, speech, trust))
    return tuple(checks)


def _talking(rows: int, speech: NDArray[np.float32], trust: Trust) -> NDArray[np.bool_]:
    talking = np.zeros(rows, bool)
    common = min(rows, len(speech))
    talking[:common] = speech[:common] > trust.speech_probability
    return talking


def _levels(samples: NDArray[np.float32], rate: int) -> Levels:
    """RMS level of each whole 10 ms frame, dB; -inf in digital silence."""
    step = round(rate * _HOP_S)
    parts = []
    for start in range(0, len(samples) // step * step, _BLOCK // step * step):
        block = np.asarray(samples[start : start + _BLOCK // step * step], np.float64)
        frames = block[: len(block) // step * step].reshape(-1, step)
        with np.errstate(divide="ignore"):
            parts.append(10 * np.log10((frames**2).mean(axis=1)))
    return np.concatenate(parts) if parts else np.zeros(0)


def _speech(talking: NDArray[np.bool_], trust: Trust) -> Check:
    seconds = float(talking.sum()) * _HOP_S
    verdict = "ok" if seconds >= trust.speech_min_s else "warn" if seconds > 0 else "withhold"
    meaning = "Seconds in which somebody is heard to speak; with little speech little can be said."
    return Check("speech", seconds, "s", verdict, meaning)


def _speech_to_noise(levels: Levels, talking: NDArray[np.bool_], trust: Trust) -> Check:
    meaning = (
        "Median level of speech above the noise between words. Below "
        f"{trust.snr_warn_db:.0f} dB the sound of a voice is mixed with the sound of the room."
    )
    heard = np.isfinite(levels)
    spoken, rest = levels[talking & heard], levels[~talking & heard]
    if len(spoken) < 100 or len(rest) < 100:
        return Check("speech_to_noise", None, "dB", "warn", meaning + " Too little to compare.")
    value = float(np.median(spoken) - np.median(rest))
    return Check(
        "speech_to_noise",
        value,
        "dB",
        _low(value, trust.snr_warn_db, trust.snr_withhold_db),
        meaning,
    )


def _clipping(audio: Audio, trust: Trust) -> Check:
    value = 100 * audio.clipped_share
    verdict = _low(-value, -trust.clipped_warn_percent, -trust.clipped_withhold_percent)
    meaning = "Share of samples at full scale: loud moments are cut off and sound harsher."
    return Check("clipping", value, "%", verdict, meaning)


def _band_limit(audio: Audio, trust: Trust) -> Check:
    value = min(audio.source_rate_hz, audio.rate) / 2
    verdict = "ok" if value > trust.band_warn_hz else "warn"
    meaning = "Highest frequency the file can hold; spectral measures above it are not made."
    return Check("band_limit", value, "Hz", verdict, meaning)


def _hum(audio: Audio, talking: NDArray[np.bool_], trust: Trust) -> Check:
    """Strength of a mains line (50 or 60 Hz) over its neighbourhood, where nobody speaks."""
    meaning = "How far mains hum (50 or 60 Hz) stands out of the room noise between words."
    size = audio.rate  # one second: 1 Hz between lines
    step = round(audio.rate * _HOP_S)
    power = np.zeros(size // 2 + 1)
    used = 0
    for start in range(0, len(audio.mono) - size, size):
        if talking[start // step : (start + size) // step].any():
            continue
        block = np.asarray(audio.mono[start : start + size], np.float64)
        power += np.abs(np.fft.rfft((block - block.mean()) * np.hanning(size))) ** 2
        used += 1
        if used == 60:
            break
    if used == 0 or not power.any():
        return Check("hum", None, "dB", "ok", meaning + " No second without speech to check.")
    around = np.median(np.concatenate([power[30:45], power[65:90]])) + 1e-30
    value = float(10 * np.log10(max(power[49:52].max(), power[59:62].max()) / around + 1e-30))
    return Check("hum", value, "dB", "warn" if value > trust.hum_warn_db else "ok", meaning)


def _dropouts(levels: Levels, trust: Trust) -> Check:
    """Count stretches of digital silence: the recorder, not the room, was silent there."""
    meaning = "Stretches of exact digital silence: sound is missing there; they are not pauses."
    dead = np.concatenate([[False], levels < _FLOOR_DB, [False]])
    edges = np.flatnonzero(np.diff(dead.astype(np.int8)))
    lengths = (edges[1::2] - edges[::2]) * _HOP_S
    count = int((lengths >= trust.dropout_min_s).sum())
    return Check("dropouts", float(count), "stretches", "warn" if count else "ok", meaning)


def crosstalk(audio: Audio, speech: NDArray[np.float32], trust: Trust | None = None) -> Check:
    """How much quieter each voice is on the other's channel, in the frames that tell.

    Parameters
    ----------
    audio : Audio
        With two channels or more; the first two are compared.
    speech : ndarray of float32, shape (n,)
        Speech probability every 10 ms, of the mono mix.
    trust : Trust, optional
        Thresholds.
    """
    trust = trust or Trust()
    meaning = (
        "How much louder a voice is on its own channel than on the other. With little "
        "difference the channels do not tell the people apart."
    )
    both = np.stack([_levels(audio.samples[c], audio.rate) for c in range(2)])
    both = np.maximum(both[:, _talking(both.shape[1], speech, trust)], _FLOOR_DB)
    if both.shape[1] < 100:
        return Check("crosstalk", None, "dB", "warn", meaning + " Too little speech to check.")
    value = float(np.median(np.abs(both[0] - both[1])))
    verdict = _low(value, trust.crosstalk_warn_db, trust.crosstalk_withhold_db)
    return Check("crosstalk", value, "dB", verdict, meaning)


def _low(value: float, warn: float, withhold: float) -> str:
    return "withhold" if value < withhold else "warn" if value < warn else "ok"
