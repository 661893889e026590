"""Several tracks of sound in one file: which are people's, and which are nobody's or a copy.

Conventions
-----------
A track that is all but silent holds nobody, a track that another one repeats is a copy, and one
that is the sum of the others is their mix. What is left is a person's each: a track per person is a
channel per person. Whether it is one's own speech is judged afterwards, as of any channel.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from diarize.messages import Note
from diarize.recording.gathering import Gathered
from diarize.recording.stacking import stacked
from diarize.settings import Decoding

__all__ = ["chosen"]

_BLOCK = 1 << 18


def chosen(
    sounds: Mapping[int, Gathered], *, of: int, limits: Decoding
) -> tuple[Gathered, tuple[Note, ...], Sequence[int]]:
    """Choose among tracks.

    Parameters
    ----------
    sounds : mapping of int to Gathered
        The tracks that may be taken, by their number in the file, from 1; all on one clock.
    of : int
        How many the file has.
    limits : Decoding
        What counts as silent, as a copy and as a mix.

    Returns
    -------
    Gathered, tuple of Note, sequence of int
        One track as it is, or several as a channel each; what to say of it; which were taken.
    """
    numbers, every = list(sounds), list(sounds.values())
    if of == 1:
        return every[0], (), numbers
    if len(every) == 1:
        note = Note("recording.track_taken", {"track": numbers[0], "tracks": of})
        return every[0], (note,), numbers
    kept = [numbers[i] for i in _own(_products(every), limits)]
    if len(kept) == 1:
        note = Note("recording.track_taken", {"track": kept[0], "tracks": of}, "caution")
        return sounds[kept[0]], (note,), kept
    note = Note("recording.tracks_are_channels", {"taken": kept, "tracks": of}, "caution")
    return stacked([sounds[number] for number in kept], [0.0] * len(kept)), (note,), kept


def _products(sounds: Sequence[Gathered]) -> NDArray[np.float64]:
    """Give the mean product of each two tracks' samples."""
    length = max(sound.samples.shape[1] for sound in sounds)
    products = np.zeros((len(sounds), len(sounds)))
    for first in range(0, length, _BLOCK):
        rows = np.zeros((len(sounds), min(_BLOCK, length - first)))
        for row, sound in zip(rows, sounds, strict=True):
            part = sound.samples[:, first : first + _BLOCK]
            row[: part.shape[1]] = part.mean(axis=0, dtype=np.float64)
        products += rows @ rows.T
    return np.asarray(products / max(1, length))


def _own(products: NDArray[np.float64], limits: Decoding) -> list[int]:
    """Give the tracks that hold something of their own; the loudest where none seems to."""
    power = np.diag(products)
    loud = [i for i, p in enumerate(power) if 10 * np.log10(p + 1e-20) > limits.track_silent_db]
    kept: list[int] = []
    for i in loud:
        alike = (products[i, k] ** 2 / (power[i] * power[k]) for k in kept)
        if not any(share > limits.track_copy_share for share in alike):
            kept.append(i)
    for i in sorted(kept, key=lambda i: -power[i]):
        others = [k for k in kept if k != i]
        if len(others) >= 2 and _explained(products, i, others) > limits.track_mix_share:
            kept = others
    return kept or [int(power.argmax())]


def _explained(products: NDArray[np.float64], i: int, others: Sequence[int]) -> float:
    """Say which share of a track's power a sum of the others gives; a difference is no mix."""
    inside = products[np.ix_(others, others)]
    toward = products[list(others), i]
    weights = np.linalg.lstsq(inside, toward, rcond=None)[0]
    return float(toward @ weights / products[i, i]) if np.all(weights > 0) else 0.0
