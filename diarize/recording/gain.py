"""Automatic gain: whether something between mouth and file kept turning the level up and down.

Conventions
-----------
Without it the noise of a room does not know who spoke last. With it the noise rises through a
pause, as the gain comes back. A gain that looks ahead, or moves in no pause, is not seen. Levels
are dB relative to full scale of rows 10 ms apart; digital silence has none.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diarize.messages import Field, Note
from diarize.recording.audio import Audio
from diarize.recording.rows import levels_db, runs
from diarize.settings import Gain

__all__ = ["Riding", "noted", "riding"]

Floats = NDArray[np.float64]
Probability = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Riding:
    """How the noise follows the speech.

    Parameters
    ----------
    rise_db_per_s : float
        Median rise of the noise through a pause.
    rising : float
        Share of pauses through which the noise rises.
    n : int
        Pauses.
    """

    rise_db_per_s: float
    rising: float
    n: int


def noted(audio: Audio, speech: Probability, *, rule: Gain = Gain()) -> tuple[Note, ...]:
    """Say that the gain moved, if it did.

    Parameters
    ----------
    audio : Audio
        As decoded.
    speech : ndarray of float32, shape (n,)
        Speech probability every 10 ms, of the mono sound.
    rule : Gain
        Thresholds.
    """
    levels = levels_db(audio.mono, audio.rate)
    rows = min(len(levels), len(speech))
    found = riding(levels[:rows], speech[:rows] >= rule.speech_probability, rule=rule)
    if found is None or found.rise_db_per_s < rule.rise_db_per_s:
        return ()
    if found.rising < rule.rising_share:
        return ()
    fields: dict[str, Field] = {"rise_db_per_s": found.rise_db_per_s, "pauses": found.n}
    return (Note("recording.gain_rides", fields, "withhold"),)


def riding(levels: Floats, speech: NDArray[np.bool_], *, rule: Gain = Gain()) -> Riding | None:
    """Measure it; None where there are too few pauses to tell.

    Parameters
    ----------
    levels : ndarray of float64, shape (n,)
        Level of each row, dB; -inf in digital silence.
    speech : ndarray of bool, shape (n,)
        Rows in which somebody speaks.
    rule : Gain
        Thresholds.
    """
    rises = []
    lead, trail, least, most = (
        round(100 * s) for s in (rule.after_s, rule.ahead_s, rule.pause_s, rule.most_s)
    )
    for start, end in runs(~speech):
        first, last = start + lead, min(end - trail, start + lead + most)
        row = levels[first:last]
        if last - first >= least and np.isfinite(row).all():
            rises.append(float(np.polyfit(np.arange(len(row)) / 100.0, row, 1)[0]))
    if len(rises) < rule.pauses_min:
        return None
    return Riding(float(np.median(rises)), float(np.mean(np.array(rises) > 0)), len(rises))
