"""Which peak of a frame is its pitch: what each candidate shows, weighed.

Conventions
-----------
Rows are frames, columns their candidates as `prosody.features.pitch.find_candidates` gives them. A
period has peaks at its multiples too, and half a period one where a formant stands on an even
harmonic, so height alone does not tell octaves apart. What does is how high the autocorrelation
stands at half, a third, one and a half times and twice the candidate's period, how the plain
autocorrelation and the cepstrum see the same, and how far the candidate stays behind the frame's
best. A small network, fitted to synthetic voices, weighs these signs; nothing depends on gain.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from prosody.features.fitted import fitted_weights

__all__ = ["ABSENT", "NAMES", "WEIGHTS", "log_probability"]

Array = NDArray[np.float32]

WEIGHTS = Path(__file__).parents[1] / "rules" / "pitch.toml"
ABSENT = -50.0  # log probability of a candidate that is not there

NAMES = (
    "general",
    "general_half",
    "general_third",
    "general_one_and_a_half",
    "general_twice",
    "one_and_a_half_seen",
    "twice_seen",
    "plain",
    "plain_half",
    "cepstrum",
    "cepstrum_half",
    "octaves",
    "behind",
    "best",
)


def log_probability(signs: Array, f0_hz: Array, fitted: Path = WEIGHTS) -> Array:
    """Give how likely each candidate is the pitch, were its frame voiced.

    Parameters
    ----------
    signs : ndarray of float32, shape (rows, candidates, len(NAMES))
        What each candidate shows, from `prosody.features.pitch_kernels.read_signs`.
    f0_hz : ndarray of float32, shape (rows, candidates)
        0 where there is no candidate.
    fitted : Path
        Weights; other ones are tried by what fits them.

    Returns
    -------
    ndarray of float32, shape (rows, candidates)
        Natural logarithms, of each frame's candidates adding to probability 1; `ABSENT` where
        there is no candidate.
    """
    w = fitted_weights(fitted, NAMES)
    odds = np.tanh(signs @ w["hidden"] + w["hidden_bias"]) @ w["out"]
    odds = np.where(f0_hz > 0, odds, np.float32(ABSENT))
    odds -= odds.max(axis=1, keepdims=True)
    odds -= np.log(np.exp(odds).sum(axis=1, keepdims=True))
    return np.where(f0_hz > 0, np.maximum(odds, np.float32(ABSENT / 2)), np.float32(ABSENT))
