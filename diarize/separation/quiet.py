"""Speech too quiet for the detector of speech: what another network hears plainly, and loud enough.

Conventions
-----------
Levels are dB relative to full scale, over 20 ms every 10 ms; samples are 16 kHz, in ±1.
"""

import numpy as np
from numpy.typing import NDArray

from diarize.recording.rows import HOP_S, runs
from diarize.runtime.memory import let_go
from diarize.separation.builtin import frames_of
from diarize.settings import Fusing
from diarize.timeline import Span, subtract

__all__ = ["quiet_speech"]

Array = NDArray[np.float32]
_HOP = 160
_BLOCK = 6000  # levels measured at once: a minute


def quiet_speech(
    samples: Array, heard: tuple[Span, ...], spoken: Array, rule: Fusing
) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Find the speech that one network hears and the detector does not.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
        16 kHz.
    heard : tuple of Span
        The detector's speech.
    spoken : ndarray of float32
        The other network's probability of speech, every 20 ms.
    rule : Fusing

    Returns
    -------
    added, left : tuple of Span
        What is plainly heard and long and loud enough, and what is not but may be speech.
    """
    level = _level_db(samples)
    own = np.zeros(len(level), dtype=bool)
    for first, last in frames_of(heard, len(level)):
        own[first:last] = True
    floor = float(np.percentile(level, rule.floor_percent)) + rule.quiet_above_floor_db
    speech = _mean_db(level[own]) if own.any() else -np.inf
    chances, heard_so = np.zeros(len(level)), np.repeat(spoken, 2)[: len(level)]
    chances[: len(heard_so)] = heard_so
    chances[own] = 0.0
    added = _louder(
        level, chances >= rule.quiet_probability, rule.quiet_min_s,
        max(floor, speech - rule.quiet_below_speech_db),
    )  # fmt: skip
    doubted = _louder(
        level, chances >= rule.doubted_probability, rule.doubted_min_s,
        max(floor, speech - rule.doubted_below_speech_db),
    )  # fmt: skip
    return added, subtract(doubted, added)


def _louder(
    level: NDArray[np.float64], frames: NDArray[np.bool_], least_s: float, least_db: float
) -> tuple[Span, ...]:
    """Runs of frames of 10 ms that are long and loud enough."""
    return tuple(
        Span(a * HOP_S, b * HOP_S)
        for a, b in runs(frames)
        if b - a >= least_s / HOP_S and _mean_db(level[a:b]) >= least_db
    )


def _mean_db(level: NDArray[np.float64]) -> float:
    return float(10.0 * np.log10(np.mean(10.0 ** (level / 10.0))))


def _level_db(samples: Array) -> NDArray[np.float64]:
    """Level over 20 ms every 10 ms, dB.

    Walked through a block at a time: a copy of an hour of sound is 230 MB.
    """
    rows = -(-len(samples) // _HOP)
    power = np.empty(rows)
    for first in range(0, rows, _BLOCK):
        cut = samples[first * _HOP : (first + _BLOCK) * _HOP]
        frames = np.pad(cut, (0, -len(cut) % _HOP)).reshape(-1, _HOP)
        power[first : first + _BLOCK] = (
            np.einsum("ij,ij->i", frames, frames, dtype=np.float64) / _HOP
        )
        let_go(samples)
    before, after = np.append(power[:1], power), np.append(power, power[-1:])
    return np.asarray(10.0 * np.log10((before + after) / 2.0 + 1e-12))
