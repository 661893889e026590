"""How many voices there are, and which of them each frame of speech is.

Conventions
-----------
Speech is described by windows' vectors of unit length (see `diarize.separation.embedding`).
Cosines compare vectors: 1 is the same sound. Windows are grouped by spectral clustering; the best
path through the groups' cosines gives each frame a voice, changing voice freely at pauses and
reluctantly inside speech; groups are described anew from their frames and the path is walked
again. The number of voices is the largest for which every two voices stay clearly apart.
"""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from diarize.messages import Note
from diarize.separation.best_path import best_path
from diarize.separation.embedding import Array, Described, vectors_at
from diarize.settings import Voices

__all__ = ["decide", "means", "scores"]

_Heard = tuple[Array, NDArray[np.int64]]  # windows' vectors and their voices


def decide(
    described: Described, people: int | None, rule: Voices
) -> tuple[NDArray[np.int64], tuple[Note, ...]]:
    """Labels of all frames of speech, in order, for the largest number of voices that holds."""
    vectors = described.vectors
    most = min(people or rule.most_voices, len(vectors))
    forced = None
    for count in range(most, 1, -1):
        # Averages over a change of voice would make up a third one.
        basis = vectors if count > 2 else _smoothed(described, rule)
        labels, voices, at = _follow(described, _clustered(basis, count, rule), rule)
        heard = vectors, labels[at]
        if count > 2:
            holds = _more_hold(described, labels, heard, voices, rule)
        else:
            holds = _two_hold(described, labels, heard, voices, rule, told=count == people)
        if holds:
            return labels, _remarks(voices, rule)
        if count == people:
            forced = labels, _remarks(voices, rule)
    rare = _rare(described, rule) if most > 1 else None
    if rare is not None:
        return rare, (Note("separator.rare_voice"),)
    if forced is not None:
        return forced
    alone = np.zeros(len(described.positions), dtype=np.int64)
    return alone, (Note("separator.one_not_two"),)


def _rare(described: Described, rule: Voices) -> NDArray[np.int64] | None:
    """Look for a listener who says little: start from the stretch least like the whole.

    Clustering cannot see a voice with a twentieth of the speech. It is held to stricter limits.
    """
    vectors = described.vectors
    edges = np.searchsorted(described.centres, np.array(described.units))
    stretches = np.stack([vectors[i:j].mean(axis=0) for i, j in edges])
    stretches /= np.maximum(np.linalg.norm(stretches, axis=1, keepdims=True), 1e-9)
    whole = means(vectors, np.zeros(len(vectors), dtype=np.int64), 1)[0]
    start = np.stack([whole, stretches[int((stretches @ whole).argmin())]])
    labels, voices, at = _follow(described, start, rule)
    distance = _deviations((vectors, labels[at]), voices, 0, 1)
    if (
        _least_s(labels, 2) < rule.least_rare_s
        or _closest(voices) >= rule.rare_apart_cosine
        or distance < rule.rare_apart_deviations
    ):
        return None
    return labels if _alike_within(described, labels, rule, otherwise=True) else None


def _alike_within(
    described: Described, labels: NDArray[np.int64], rule: Voices, *, otherwise: bool
) -> bool:
    """Whether stretches of one label are more alike than stretches of the two labels.

    Judged by longer windows, which tell voices apart better but would blur who speaks when;
    `otherwise` is the answer where there are too few of them.
    """
    places, own = _long_stretches(described, labels, rule)
    if np.bincount(own, minlength=2).min() < rule.fewest_stretches:
        return otherwise
    vectors = vectors_at(described.samples, places, rule.long_window_s)
    cosines = vectors @ vectors.T
    same = own[:, None] == own[None]
    within = cosines[same & ~np.eye(len(own), dtype=bool)]
    gap = float(within.mean() - cosines[~same].mean())
    return gap >= rule.apart_gap and gap >= rule.apart_gap_deviations * float(within.std())


def _long_stretches(
    described: Described, labels: NDArray[np.int64], rule: Voices
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Middle frames of stretches of one label long enough for long windows, and their labels."""
    positions = described.positions
    breaks = np.flatnonzero((np.diff(labels) != 0) | (np.diff(positions) != 1)) + 1
    starts, ends = np.append(0, breaks), np.append(breaks, len(labels))
    long = np.flatnonzero(ends - starts >= round(rule.long_stretch_s * 100))
    long = long[:: -(-len(long) // rule.long_windows) or 1]
    middles = (starts[long] + ends[long]) // 2
    return positions[middles], labels[middles]


def _follow(
    described: Described, start: Array, rule: Voices
) -> tuple[NDArray[np.int64], Array, NDArray[np.int64]]:
    """Let each frame follow a voice; again, with the voices described anew from their frames.

    Gives the frames' labels, the voices' vectors, and where the windows' centres are among the
    frames of speech.
    """
    units, vectors = described.units, described.vectors
    voices = start
    positions = described.positions
    at = np.searchsorted(positions, described.centres)
    labels = np.zeros(len(positions), dtype=np.int64)
    for _ in range(rule.follow_rounds):
        labels = _viterbi(scores(described, voices), _starts(units), rule)
        voices = means(vectors, labels[at], len(start))
    return labels, voices, at


def _smoothed(described: Described, rule: Voices) -> Array:
    """Each window's vector averaged with those around it in the same stretch of speech."""
    reach, found = rule.smoothed_windows // 2, np.empty_like(described.vectors)
    for low, high in np.searchsorted(described.centres, np.array(described.units)).tolist():
        own = described.vectors[low:high]
        sums = np.cumsum(np.concatenate([np.zeros_like(own[:1]), own]), axis=0)
        at = np.arange(high - low)
        found[low:high] = (
            sums[np.minimum(at + reach + 1, high - low)] - sums[np.maximum(at - reach, 0)]
        )
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    return np.asarray(found / np.maximum(lengths, 1e-9))


def _clustered(vectors: Array, count: int, rule: Voices) -> Array:
    """Mean vectors of spectral clusters of at most `clustered_windows` windows.

    K-means starts from points far from each other: the same answer every time.
    """
    from sklearn.cluster import KMeans
    from sklearn.manifold import spectral_embedding

    some = vectors[:: -(-len(vectors) // rule.clustered_windows)]
    axes = spectral_embedding(
        _links(some, rule),
        n_components=count,
        eigen_solver="arpack",
        random_state=0,
        drop_first=False,
    )
    axes /= np.maximum(np.linalg.norm(axes, axis=1, keepdims=True), 1e-12)
    grouping = KMeans(count, init=_far_apart(axes, count), n_init=1, max_iter=50)
    return means(some, grouping.fit_predict(axes), count)


def _far_apart(points: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Points of which each is the furthest from the middle and from those before."""
    chosen = [points.mean(axis=0)]
    for _ in range(count):
        away = np.min([((points - other) ** 2).sum(axis=1) for other in chosen], axis=0)
        chosen.append(points[int(away.argmax())])
    return np.array(chosen[1:])


def _links(vectors: Array, rule: Voices) -> NDArray[np.float64]:
    """How alike every two windows are, 0 to 1, few but the nearest neighbours linked."""
    n = len(vectors)
    likeness = (vectors @ vectors.T).astype(np.float64)
    low = likeness.min()
    likeness = (likeness - low) / max(1.0 - low, 1e-9)
    kept = min(n - 1, max(rule.least_neighbours, round(rule.neighbours_share * n)))
    bar = np.partition(likeness, n - 1 - kept, axis=1)[:, n - 1 - kept, None]
    likeness = np.where(likeness >= bar, likeness, rule.far_weight * likeness)
    return np.asarray((likeness + likeness.T) / 2.0)


def means(vectors: Array, labels: NDArray[np.int64], count: int) -> Array:
    """Each group's mean vector at unit length, zeros for an empty group."""
    sums = np.stack([vectors[labels == k].sum(axis=0) for k in range(count)])
    return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9))


def scores(described: Described, voices: Array) -> NDArray[np.float64]:
    """Cosines (frames, voices) between the windows, never across a pause."""
    cosines, rows = described.vectors @ voices.T, []
    for a, b in described.units:
        low, high = np.searchsorted(described.centres, [a, b])
        own, grid = cosines[low:high].T, np.arange(a, b)
        rows.append(
            np.stack([np.interp(grid, described.centres[low:high], c) for c in own], axis=1)
        )
    return np.concatenate(rows)


def _starts(units: list[tuple[int, int]]) -> NDArray[np.bool_]:
    """Whether a frame is the first after a pause."""
    starts = np.zeros(sum(b - a for a, b in units), dtype=bool)
    starts[np.cumsum([0, *[b - a for a, b in units[:-1]]])] = True
    return starts


def _viterbi(
    scores: NDArray[np.float64], starts: NDArray[np.bool_], rule: Voices
) -> NDArray[np.int64]:
    """Best path through the voices, a change costing less at a pause."""
    costs = np.where(starts, rule.pause_change_cost, rule.change_cost)
    return best_path(scores, costs)


def _two_hold(
    described: Described,
    labels: NDArray[np.int64],
    heard: _Heard,
    voices: Array,
    rule: Voices,
    *,
    told: bool,
) -> bool:
    """Whether two voices are two; where they are not clearly, longer windows say."""
    if _least_s(labels, 2) < rule.least_voice_s:
        return False
    holds = _apart(heard, voices, rule.apart_cosine, rule.apart_deviations)
    if told or _closest(voices) < rule.clearly_apart_cosine:
        return holds
    return _alike_within(described, labels, rule, otherwise=holds)


def _more_hold(
    described: Described, labels: NDArray[np.int64], heard: _Heard, voices: Array, rule: Voices
) -> bool:
    """Whether three voices or more are as many: none a mixture, every two apart.

    A stretch or two of somebody's odd sound (a laugh, a "hello" down the line) makes a cluster of
    its own easily: without enough stretches to judge a voice by, it must be plainly another.
    """
    if _least_s(labels, len(voices)) < rule.least_voice_s or any(
        _residual(voices[k], np.delete(voices, k, axis=0)) < rule.mixture_residual
        for k in range(len(voices))
    ):
        return False
    _, own = _long_stretches(described, labels, rule)
    if np.bincount(own, minlength=len(voices)).min() < rule.fewest_stretches:
        return _apart(heard, voices, rule.clearly_apart_cosine, rule.rare_apart_deviations)
    return _apart(heard, voices, rule.third_apart_cosine, rule.third_apart_deviations)


def _least_s(labels: NDArray[np.int64], count: int) -> float:
    """Seconds of the voice that speaks least."""
    return float(np.bincount(labels, minlength=count).min()) / 100.0


def _apart(heard: _Heard, voices: Array, cosine: float, deviations: float) -> bool:
    """Whether every two voices keep both limits."""
    pairs = combinations(range(len(voices)), 2)
    return _closest(voices) < cosine and all(
        _deviations(heard, voices, a, b) >= deviations for a, b in pairs
    )


def _closest(voices: Array) -> float:
    """The greatest cosine between two of the voices."""
    return float((voices @ voices.T)[np.triu_indices(len(voices), 1)].max())


def _deviations(heard: _Heard, voices: Array, a: int, b: int) -> float:
    """How many standard deviations two voices' windows lie apart on the line between them."""
    vectors, labels = heard
    line = voices[a] - voices[b]
    one, other = vectors[labels == a] @ line, vectors[labels == b] @ line
    if min(len(one), len(other)) < 2:
        return 0.0
    spread = np.sqrt((one.var() + other.var()) / 2.0)
    return float((one.mean() - other.mean()) / max(float(spread), 1e-9))


def _residual(voice: Array, others: Array) -> float:
    """What of a voice's vector is left outside the space of the others."""
    axes, *_ = np.linalg.lstsq(others.T, voice, rcond=None)
    return float(np.linalg.norm(voice - others.T @ axes))


def _remarks(voices: Array, rule: Voices) -> tuple[Note, ...]:
    notes = []
    if len(voices) > 2:
        notes.append(Note("separator.voices", {"voices": len(voices)}))
    if _closest(voices) > rule.apart_cosine - rule.alike_cosine:
        notes.append(Note("separator.alike"))
    return tuple(notes)
