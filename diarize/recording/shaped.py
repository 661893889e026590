"""Noise suppression and strong codecs: what a file says of them, and the noise of pauses.

Conventions
-----------
How many bits a lossy codec had for each channel, the file says; of sound that was decoded and saved
anew it does not. Then only its noise tells, and not of codecs that make noise of their own.
The power of noise in a band of a short window follows an exponential distribution, whatever its
spectrum and level: in one place in a hundred it lies 20 dB below its surroundings. What takes noise
away, or spends no bits on it, leaves holes. Only pauses are asked, and only places whose
surroundings on either side are well above what 16 bits can hold.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from diarize.messages import Note
from diarize.recording.audio import Audio
from diarize.recording.rows import HOP_S, runs
from diarize.settings import Shaped

__all__ = ["holes", "shaped"]

Floats = NDArray[np.float64]
_AT_ONCE = 512  # windows


def shaped(
    audio: Audio, speech: NDArray[np.float32], *, rule: Shaped = Shaped()
) -> tuple[Note, ...]:
    """Say that a codec had few bits, or that noise was taken or coded away, if so.

    Parameters
    ----------
    audio : Audio
        As decoded.
    speech : ndarray of float32, shape (n,)
        Speech probability every 10 ms, of the mono sound.
    rule : Shaped
        Thresholds.
    """
    coded: tuple[Note, ...] = ()
    if audio.kbit_s is not None and audio.kbit_s < rule.coded_kbit_s:
        code = "coded_hard" if audio.kbit_s <= rule.hard_kbit_s else "coded"
        coded = (Note(f"recording.{code}", {"kbit_s": audio.kbit_s}, "withhold"),)
    share = holes(audio.mono, audio.rate, speech, rule=rule)
    if share is None or share < rule.holes_share:
        return coded
    return (*coded, Note("recording.noise_shaped", {"percent": 100 * share}, "withhold"))


def holes(
    samples: NDArray[np.float32],
    rate: int,
    speech: NDArray[np.float32],
    *,
    rule: Shaped = Shaped(),
) -> float | None:
    """Share of places in the noise of pauses that are holes; None where there is too little noise.

    Of noise that nobody touched it is 0.006 (0.01 but for the choice of the softer side).
    """
    found = looked = 0
    for power in _pauses(samples, rate, speech, rule):
        around = _around(power, rule.bins)
        bins = slice(*(round(hz * rule.window_s) for hz in rule.band_hz))
        places = around[:, bins] > 10.0 ** (rule.least_dbfs / 10.0)
        deep = power[:, bins] < rule.hole * around[:, bins]
        found += int((deep & places).sum())
        looked += int(places.sum())
    return found / looked if looked >= rule.places_min else None


def _pauses(
    samples: NDArray[np.float32], rate: int, speech: NDArray[np.float32], rule: Shaped
) -> Iterator[Floats]:
    """Give the power of windows that lie in pauses, away from speech."""
    size, step = round(rule.window_s * rate), round(rule.window_s * rate / 2)
    taper = np.hanning(size)
    away, hop = round(rule.away_s / HOP_S), round(rate * HOP_S)
    for start, end in runs(speech < rule.speech_probability):
        first, last = (start + away) * hop, min((end - away) * hop, len(samples))
        at = range(first, last - size + 1, step)
        for k in range(0, len(at), _AT_ONCE):
            block = np.stack([samples[i : i + size] for i in at[k : k + _AT_ONCE]])
            yield np.abs(np.fft.rfft(block * taper)) ** 2 / (taper**2).sum()


def _around(power: Floats, bins: int) -> Floats:
    """Give the mean power of the bins on the softer side of each; 0 at the edges."""
    whole = np.cumsum(np.pad(power, ((0, 0), (1, 0))), axis=1)
    mean = (whole[:, bins:] - whole[:, :-bins]) / bins
    sides = np.zeros((2, *power.shape))
    sides[0, :, bins:] = mean[:, :-1]
    sides[1, :, :-bins] = mean[:, 1:]
    return np.asarray(sides.min(axis=0))
