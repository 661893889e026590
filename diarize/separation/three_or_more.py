"""Three people or more: who says what in windows of segmentation, and where the sound decides.

Conventions
-----------
Voices are clusters of CAM++ vectors of what people say alone in windows of segmentation
(`diarize.separation.windows`); each window's people are given to different voices by how they
sound. The built-in separator clusters the same speech in its own way, and where the two differ the
sound of the place decides (`diarize.separation.disputes`). Nobody is marked as speaking over
another: what is known of that is known of two voices only. States are 0 for nobody, then the number
of a voice from 1 on.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from diarize.separation import overlap
from diarize.separation.best_path import best_path
from diarize.separation.segmentation import Window
from diarize.separation.windows import Local, on_one_clock, refined, unit
from diarize.settings import Fusing

__all__ = ["count", "matched", "states"]

Array = NDArray[np.float32]
States = NDArray[np.int64]


def count(locals_: Sequence[Local], rule: Fusing) -> int:
    """How many voices are heard: clusters of vectors less alike than `Fusing.several_cosine`."""
    vectors, weights = _plain(locals_, rule)
    if len(vectors) < 2:
        return len(vectors)
    labels = _labels(vectors, 1.0 - rule.several_cosine, "distance")
    said = np.bincount(labels, weights=weights)
    return int((said >= rule.several_least_share * weights.sum()).sum())


def states(
    heard: Sequence[Window], locals_: Sequence[Local], people: int, spoken: NDArray[np.bool_],
    rule: Fusing, change_nepers: float,
) -> States:  # fmt: skip
    """Say which of so many voices each frame of 20 ms is.

    Parameters
    ----------
    heard : sequence of Window
    locals_ : sequence of Local
        At least one.
    people : int
        Voices; fewer are given where fewer can be told apart.
    spoken : ndarray of bool, shape (n,)
        Where somebody speaks.
    rule : Fusing
    change_nepers : float
        What a change of voice costs.

    Returns
    -------
    ndarray of int, shape (n,)
    """
    voices = _voices(locals_, people, rule)
    own = {number: list(some) for number, some in groupby(locals_, key=lambda one: one.window)}
    rows = [_given(heard[number], some, voices) for number, some in own.items()]
    share = on_one_clock([heard[number] for number in own], rows, len(spoken), overlap.HOP_S)
    share = share / np.maximum(share.sum(axis=1, keepdims=True), 1e-6)
    scores = np.log(np.maximum(share, 1e-3)).astype(np.float64)
    scores[~spoken] = 0.0
    path = best_path(scores, np.where(spoken, change_nepers, 0.0))
    return np.where(spoken, path + 1, 0)


def matched(ours: States, theirs: States) -> States:
    """Give the other engine's voices the numbers of ours that they share most time with."""
    from scipy.optimize import linear_sum_assignment

    shape = int(ours.max()), int(theirs.max())
    shared = np.zeros(shape)
    both = (ours > 0) & (theirs > 0)
    np.add.at(shared, (ours[both] - 1, theirs[both] - 1), 1)
    mine, other = linear_sum_assignment(-shared)
    names = np.zeros(shape[1] + 1, dtype=np.int64)
    names[other + 1] = mine + 1
    return names[theirs]


def _plain(locals_: Sequence[Local], rule: Fusing) -> tuple[Array, NDArray[np.float64]]:
    """Give vectors and seconds of those who speak alone for long enough, or of everybody."""
    long = [local for local in locals_ if local.alone_s >= rule.several_min_s] or list(locals_)
    vectors = [local.vector for local in long]
    return np.array(vectors, dtype=np.float32), np.array([local.alone_s for local in long])


def _labels(vectors: Array, at: float, criterion: str) -> NDArray[np.int64]:
    from scipy.cluster.hierarchy import fcluster, linkage

    tree = linkage(vectors, method="average", metric="cosine")
    return np.asarray(fcluster(tree, at, criterion=criterion)) - 1


def _voices(locals_: Sequence[Local], people: int, rule: Fusing) -> Array:
    """Give the voices' vectors: of all clusterings, the largest unlike clusters that say most.

    As many clusters as people would split whoever speaks much before a rare voice is found.
    """
    vectors, weights = _plain(locals_, rule)
    best, chosen = -np.inf, vectors[:1]
    most = min(people + rule.clusters_most, len(vectors))
    for clusters in range(min(people, most), most + 1):
        labels = _labels(vectors, clusters, "maxclust") if len(vectors) > 1 else np.zeros(1, int)
        said = np.bincount(labels, weights=weights)
        largest = np.argsort(-said, kind="stable")[:people]
        found = np.stack([unit(weights[labels == k] @ vectors[labels == k]) for k in largest])
        alike = (found @ found.T)[np.triu_indices(len(found), 1)].max(initial=-1.0)
        if best > -np.inf and (alike > rule.one_cosine or said[largest].min() < rule.voice_min_s):
            continue
        explained = float(weights @ (vectors @ found.T).max(axis=1))
        if explained > best:
            best, chosen = explained, found
    everybody = np.stack([local.vector for local in locals_])
    return refined(everybody, np.array([local.alone_s for local in locals_]), chosen)


def _given(window: Window, own: Sequence[Local], voices: Array) -> NDArray[np.float64]:
    """How likely each voice speaks in a window, its people being different voices."""
    from scipy.optimize import linear_sum_assignment

    likes = np.stack([local.vector @ voices.T * local.alone_s for local in own])
    found = np.zeros((len(window.chances), len(voices)))
    given: Mapping[int, int] = dict(zip(*linear_sum_assignment(-likes), strict=True))
    for k, local in enumerate(own):
        found[:, given.get(k, int(likes[k].argmax()))] += window.speaks(local.person)
    return found
