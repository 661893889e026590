"""What may be trusted: checks of a recording before anything is said about people.

Conventions
-----------
Levels are dB relative to full scale (RMS of a 10 ms frame; a full-scale square wave is 0 dB).
A check's verdict is ``ok``, ``warn`` (read with care) or ``withhold`` (what depends on it is
not said). Digital silence has no level: it is counted, never averaged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from diarize.messages import Message, Note, message
from diarize.recording import gain
from diarize.recording.lapses import dead, lapses
from diarize.recording.rows import HOP_S, levels_db
from diarize.recording.shaped import shaped
from diarize.settings import Hearing, Quality
from diarize.timeline import Span

if TYPE_CHECKING:  # a report holds what this makes, and is read without what decodes
    from diarize.recording.audio import Audio

__all__ = ["Check", "assess", "noted"]

Levels = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Check:
    """One check; `value` is None where the recording gave nothing to check."""

    check: str
    value: float | None
    unit: str
    verdict: str
    meaning: Message
    span: Span | None = None


def assess(
    audio: "Audio", speech: NDArray[np.float32], *, limits: Quality = Quality()
) -> tuple[Check, ...]:
    """Check a decoded recording.

    Parameters
    ----------
    audio : Audio
        Decoded sound.
    speech : ndarray of float32, shape (n,)
        Speech probability every 10 ms, of the mono mix.
    limits : Quality
        Where checks start to warn and to withhold.

    Returns
    -------
    tuple of Check
        In a fixed order: speech, speech_to_noise, clipping, band_limit, hum, dropouts and, with
        two or more channels that may be a person each, crosstalk.
    """
    levels = levels_db(audio.mono, audio.rate)
    apart = audio.samples if audio.channels > 1 else ()
    each = [levels_db(samples, audio.rate) for samples in apart]
    talking = _talking(len(levels), speech, limits)
    checks = [
        _speech(talking, limits),
        _speech_to_noise(levels, talking, limits),
        _clipping(audio, limits),
        _band_limit(audio, limits),
        _hum(audio, talking, limits),
        _dropouts(levels, each, limits),
    ]
    if each and audio.channel_each is not False:
        checks.append(_crosstalk(each, speech, limits))
    return tuple(checks)


def noted(
    audio: "Audio", speech: NDArray[np.float32], *, rules: Hearing = Hearing()
) -> tuple[Note, ...]:
    """Say what must be known of the sound: how it was read, its gain, and what shaped it.

    Parameters
    ----------
    audio : Audio
        Decoded sound.
    speech : ndarray of float32, shape (n,)
        Speech probability every 10 ms, of the mono mix.
    rules : Hearing
        Thresholds.
    """
    return (
        *audio.notes,
        *gain.noted(audio, speech, rule=rules.gain),
        *shaped(audio, speech, rule=rules.shaped),
    )


def _check(check: str, value: float, unit: str, verdict: str, **fields: float) -> Check:
    return Check(check, value, unit, verdict, message(f"quality.{check}", **fields))


def _unmeasured(check: str, unit: str, verdict: str) -> Check:
    return Check(check, None, unit, verdict, message(f"quality.{check}_unmeasured"))


def _talking(rows: int, speech: NDArray[np.float32], limits: Quality) -> NDArray[np.bool_]:
    talking = np.zeros(rows, bool)
    common = min(rows, len(speech))
    talking[:common] = speech[:common] > limits.speech_probability
    return talking


def _speech(talking: NDArray[np.bool_], limits: Quality) -> Check:
    seconds = float(talking.sum()) * HOP_S
    verdict = "ok" if seconds >= limits.speech_min_s else "warn" if seconds > 0 else "withhold"
    return _check("speech", seconds, "s", verdict)


def _speech_to_noise(levels: Levels, talking: NDArray[np.bool_], limits: Quality) -> Check:
    heard = np.isfinite(levels)
    spoken, rest = levels[talking & heard], levels[~talking & heard]
    if min(len(spoken), len(rest)) < limits.compare_min_s / HOP_S:
        return _unmeasured("speech_to_noise", "dB", "warn")
    value = float(np.median(spoken) - np.median(rest))
    verdict = _low(value, limits.snr_warn_db, limits.snr_withhold_db)
    return _check("speech_to_noise", value, "dB", verdict, warn_db=limits.snr_warn_db)


def _clipping(audio: "Audio", limits: Quality) -> Check:
    value = 100 * audio.clipped_share
    verdict = _low(-value, -limits.clipped_warn_percent, -limits.clipped_withhold_percent)
    return _check("clipping", value, "%", verdict)


def _band_limit(audio: "Audio", limits: Quality) -> Check:
    value = min(audio.source_rate_hz, audio.rate) / 2
    return _check("band_limit", value, "Hz", "ok" if value > limits.band_warn_hz else "warn")


def _hum(audio: "Audio", talking: NDArray[np.bool_], limits: Quality) -> Check:
    """Strength of a mains line (50 or 60 Hz) over its neighbourhood, where nobody speaks."""
    size = audio.rate  # one second: 1 Hz between lines
    step = round(audio.rate * HOP_S)
    quiet = (
        start
        for start in range(0, len(audio.mono) - size, size)
        if not talking[start // step : (start + size) // step].any()
    )
    power = np.zeros(size // 2 + 1)
    for start in islice(quiet, limits.hum_listen_s):
        block = np.asarray(audio.mono[start : start + size], np.float64)
        power += np.abs(np.fft.rfft((block - block.mean()) * np.hanning(size))) ** 2
    if not power.any():
        return _unmeasured("hum", "dB", "ok")
    around = np.median(np.concatenate([power[30:45], power[65:90]])) + 1e-30
    value = float(10 * np.log10(max(power[49:52].max(), power[59:62].max()) / around + 1e-30))
    return _check("hum", value, "dB", "warn" if value > limits.hum_warn_db else "ok")


def _dropouts(levels: Levels, each: Sequence[Levels], limits: Quality) -> Check:
    """Count stretches of digital silence: the recorder, not the room, was silent there."""
    count = max([len(dead(levels, limits)), *(len(lapses(own, limits)) for own in each)])
    return _check("dropouts", float(count), "stretches", "warn" if count else "ok")


def _crosstalk(each: Sequence[Levels], speech: NDArray[np.float32], limits: Quality) -> Check:
    """How much quieter each voice is on the other's channel, in the frames that tell.

    Of the first two channels.
    """
    both = np.stack(each[:2])
    spoken = both[:, _talking(both.shape[1], speech, limits)]
    both = np.maximum(spoken, limits.silence_floor_db)
    if both.shape[1] < limits.compare_min_s / HOP_S:
        return _unmeasured("crosstalk", "dB", "warn")
    value = float(np.median(np.abs(both[0] - both[1])))
    verdict = _low(value, limits.crosstalk_warn_db, limits.crosstalk_withhold_db)
    return _check("crosstalk", value, "dB", verdict)


def _low(value: float, warn: float, withhold: float) -> str:
    return "withhold" if value < withhold else "warn" if value < warn else "ok"
