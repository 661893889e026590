"""Vocal activation: how much louder, higher and brighter a turn is than a speaker's others.

Conventions
-----------
The rule-based rating of Bone, Lee and Narayanan 2014 (IEEE Transactions on Affective Computing
5(2): 201-213). Its formula was checked against the "Vocal arousal toolkit 1.0" that the authors
released with the paper (turn-level version; the paper's own text was not at hand): per turn the
median of log pitch, of level and of HF500 (energy above 500 Hz against 80 to 500 Hz) over voiced
frames; each scored ``2 * mean(x >= x of the speaker's turns) - 1``; the three fused with weights
``w = Spearman(score, mean of the three scores)`` as ``sum(w * score) / sum(|w|)``. The baseline
is all clean turns of the speaker in this recording, since none is labelled: values lie in -1 to
1, near 0 over a session by construction, and only the course informs. Written anew from the
formula; none of the toolkit's code is used. HF500 here is a median over frames of a power ratio
up to 5 kHz, where the authors take magnitudes of a turn's average spectrum up to 8 kHz;
benchmarks/validity/activated.py says how far the two agree.
"""

import numpy as np
from numpy.typing import NDArray

from diarize.messages import Message, message
from diarize.timeline import Span
from prosody.analysis import Analysis, shared
from prosody.cues.gates import (
    barred,
    clipped,
    lacks_treble,
    levels_set,
    lost_turns,
    noisy,
    usable,
)
from prosody.cues.measure import GAIN, Cue, Measure, withheld
from prosody.cues.turn_table import turn_table
from prosody.intervals import median_interval

__all__ = ["ACTIVATION", "CUES", "FEATURES", "fused", "ratings"]

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
ACTIVATION = "activation.rating"
FEATURES = ("pitch_st", "level_db", "hf500_db")


@shared
def ratings(analysis: Analysis, role: str) -> tuple[Rows, Floats, Message | None]:
    """Rate every clean turn of a role.

    Returns
    -------
    rows : ndarray of int, shape (n,)
        Rows of the turn table that could be rated.
    rating : ndarray of float, shape (n,)
        -1 to 1.
    reason : Message or None
        Why there is no rating; `rows` is then empty.
    """
    table, rows = turn_table(analysis), usable(analysis, role)
    clean = rows[~(noisy(analysis) | clipped(analysis))[rows]]
    x = np.array([table[name][clean] for name in FEATURES])
    known = np.isfinite(x).all(axis=0)
    n, least = int(known.sum()), analysis.settings.warmth.activation_turns
    reason = _withheld(analysis, role)
    if reason is None and n < least:
        reason = lost_turns("vocal.few_rated", n, rows.size, least)
    if reason is not None:
        return np.empty(0, dtype=np.int64), np.empty(0), reason
    return clean[known], fused(x[:, known]), None


def _withheld(analysis: Analysis, role: str) -> Message | None:
    """Say why the recording carries no rating of a role."""
    if analysis.settings.setting == "remote":
        return message("vocal.remote")
    if usable(analysis, role).size and lacks_treble(analysis):
        return message("vocal.band")
    bass = barred(analysis, level=True)
    if bass is not None:
        return bass
    return message("vocal.gain") if levels_set(analysis, role) else None


def fused(x: Floats) -> Floats:
    """Score features, shape (3, n), against all turns and fuse them into one rating, (n,)."""
    from scipy.stats import spearmanr

    scores = np.array([2 * (row[:, None] >= row[None]).mean(axis=1) - 1 for row in x])
    middle = scores.mean(axis=0)
    if np.ptp(middle) == 0:
        return np.asarray(middle)
    flat = np.ptp(scores, axis=1) == 0
    weights = np.array(
        [0.0 if f else float(spearmanr(s, middle)[0]) for s, f in zip(scores, flat, strict=True)]
    )
    return np.asarray(weights @ scores / np.abs(weights).sum())


def activation(analysis: Analysis, role: str, within: Span) -> Measure:
    """Median activation over a role's clean turns in a stretch."""
    rows, rating, reason = ratings(analysis, role)
    if reason is not None:
        return withheld(ACTIVATION, role, "", reason)
    here = rating[np.isin(rows, turn_table(analysis).rows(role, within))]
    least = analysis.settings.warmth.window_turns
    if here.size < least:
        few = message("vocal.few_here", n=here.size, least=least)
        return withheld(ACTIVATION, role, "", few, n=here.size)
    low, high = median_interval(here, rules=analysis.settings.intervals)
    return Measure(ACTIVATION, role, float(np.median(here)), "", n=here.size, low=low, high=high)


CUES: tuple[Cue, ...] = (
    Cue(
        name=ACTIVATION,
        unit="",
        label="Vocal activation",
        higher="louder, higher and brighter than usual for them",
        lower="quieter, lower and darker than usual for them",
        meaning="How much louder, higher and brighter this person spoke than in their other turns "
        "of the recording, −1 to 1 (Bone, Lee and Narayanan 2014). Near 0 over a session by "
        "construction: only its course is informative. It shows how strongly the voice was used, "
        "not why, and is not part of the warmth proxy.",
        measure=activation,
        course=True,
        drawn=("apart",),
        middle=0.0,
        spoilt_by=GAIN,
    ),
)
