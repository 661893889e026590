"""Whose voice: the built-in separator, which needs nothing that is not on this machine.

Conventions
-----------
Speech is given as spans; everything below works inside them, at one frame every 10 ms. A voice
is described by a vector of unit length every `step_s`, from an encoder trained to tell speakers
apart (see `diarize.separation.embedding`). Cosines compare vectors: 1 is the same sound.

The way: windows are grouped by spectral clustering; a Viterbi pass through the groups' cosines
gives each frame a voice, changing voice freely at pauses and reluctantly inside speech; groups
are described anew from their frames and the pass is repeated. The number of voices is the
largest for which every two voices stay clearly apart: one voice is an answer, not a failure.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from diarize.separation import embedding as encoder
from diarize.separation import overlap as resegment
from diarize.timeline import Span, Turn, union

__all__ = ["Separating", "tell_apart"]

Array = NDArray[np.float32]
Progress = Callable[[str, float | None], None]
_Heard = tuple[Array, NDArray[np.int64]]  # windows' vectors and their voices

_HOP = 160  # samples between frames
_WITHOUT_ENCODER = (
    "the voice encoder is not installed (pip install '.[voices]'); two people were taken for "
    "granted and told apart by the colour of their voices alone: check who speaks"
)
_BLOCK_S = 60.0
_FEWEST_STRETCHES = 3  # of a voice, to compare voices by long windows


@dataclass(frozen=True, slots=True)
class Separating:
    """Thresholds of the built-in separator and of channel separation.

    Two voices count as two if the cosine of their vectors is below `apart_cosine`, their windows
    lie `apart_deviations` of their own spread apart on the line between them, and each speaks
    `least_voice_s` or more. Where the cosine is not below `clearly_apart_cosine`, longer windows
    decide (`long_window_s`, in stretches of `long_stretch_s` and more, at most `long_windows` of
    them): those of one voice must be closer to each other than to the other's by `apart_gap` and
    by `apart_gap_deviations`. For a third voice and more the limits are `third_apart_cosine` and
    `third_apart_deviations`, and it must not be a mixture of two others: `mixture_residual` of
    its vector must lie outside their plane; where a voice has fewer than three long stretches,
    they are `clearly_apart_cosine` and `rare_apart_deviations`. A voice too rare to be found by
    clustering is held to `rare_apart_cosine`, `rare_apart_deviations` and `least_rare_s`. The
    limits are set on spliced conversations so that few recordings of one person divide and few of
    those of two do not.

    Two clusters start from vectors averaged over `smoothed_windows`. `change_cost` and
    `pause_change_cost` are what a change of voice costs inside speech and at a pause, in units of
    cosine times frames. Where two voices were found, a second pass marks where both speak (see
    `diarize.separation.overlap`); there a change costs `state_change_cost` and each frame of both
    `both_cost`, in nepers: higher marks surer overlap only. It is made `second_passes` times (0
    leaves it out). A voice's stretches less than `joined_turns_s` apart are one.

    A channel's speech counts only where it is at most `bleed_db` weaker than the other channel,
    relative to each channel's own speech; channels that differ by less than one part in
    `same_channels_db` are one. pyannote judges stretches that start `pyannote_step_share` of
    their length apart (its own default is 0.1).
    """

    window_s: float = 0.64
    step_s: float = 0.2
    most_voices: int = 4
    apart_cosine: float = 0.935
    apart_deviations: float = 3.5
    clearly_apart_cosine: float = 0.88
    long_window_s: float = 1.6
    long_stretch_s: float = 0.6
    long_windows: int = 400
    apart_gap: float = 0.07
    apart_gap_deviations: float = 0.85
    third_apart_cosine: float = 0.895
    third_apart_deviations: float = 4.0
    mixture_residual: float = 0.3
    least_voice_s: float = 1.5
    rare_apart_cosine: float = 0.85
    rare_apart_deviations: float = 6.0
    least_rare_s: float = 2.5
    smoothed_windows: int = 5
    change_cost: float = 2.5
    pause_change_cost: float = 0.5
    state_change_cost: float = 2.0
    both_cost: float = 1.0
    second_passes: int = 2
    shortest_turn_s: float = 0.1
    joined_turns_s: float = 0.2
    clustered_windows: int = 1200
    neighbours_share: float = 0.3
    pyannote_step_share: float = 0.25
    bleed_db: float = 10.0
    same_channels_db: float = 30.0


def tell_apart(
    samples: Array,
    speech: tuple[Span, ...],
    settings: Separating | None = None,
    *,
    probability: Array | None = None,
    people: int | None = None,
    progress: Progress = lambda step, share: None,
) -> tuple[tuple[Turn, ...], tuple[str, ...]]:
    """Give each stretch of speech to a voice, or to both where two speak at once.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
        16 kHz.
    speech : tuple of Span
        Where somebody speaks, pauses left out.
    settings : Separating, optional
        Thresholds.
    probability : ndarray of float32, shape (n // 160 + 1,), optional
        Voice activity; without it, and with other than two voices, overlap is not marked.
    people : int, optional
        How many persons speak, if that is known.
    progress : callable
        Called with a step's name and the share of it that is done.

    Returns
    -------
    turns : tuple of Turn
        Sorted; voices are named A, B, C in the order in which they are first heard.
    notes : tuple of str
        What a reader of the result must know.
    """
    rule = settings or Separating()
    units = _frames_of(speech, len(samples) // _HOP + 1)
    if not units:
        return (), ("no speech was found",)
    described = _describe(samples, units, rule, progress)
    if encoder.installed() is None:
        # The cepstrum cannot say how many people there are: every recording falls into two.
        scaled = replace(described, vectors=_scaled(described.vectors))
        labels, _ = _decide(scaled, people or 2, rule)
        return _turns(units, labels, rule), (_WITHOUT_ENCODER,)
    labels, notes = _decide(described, people, rule)
    if probability is None or int(labels.max()) != 1:
        return _turns(units, labels, rule), notes
    states = _settled(described, probability, labels, rule)
    return _together(units, states, rule), notes


def first_pass(
    samples: Array, speech: tuple[Span, ...], probability: Array, rule: Separating | None = None
) -> resegment.FirstPass | None:
    """Give what the second pass starts from, two voices taken for granted; None without speech."""
    rule = rule or Separating()
    units = _frames_of(speech, len(samples) // _HOP + 1)
    if not units:
        return None
    described = _describe(samples, units, rule, lambda step, share: None)
    labels, _ = _decide(described, 2, rule)
    return _known(described, probability, labels)


@dataclass(frozen=True, slots=True, eq=False)
class _Described:
    """A recording whose speech, in stretches of frames, is described by windows' vectors."""

    samples: Array
    units: list[tuple[int, int]]
    centres: NDArray[np.int64]
    vectors: Array


def _positions(units: list[tuple[int, int]]) -> NDArray[np.int64]:
    """Where the frames of speech are among all frames."""
    return np.concatenate([np.arange(a, b) for a, b in units])


def _scaled(vectors: Array) -> Array:
    """Give each feature the same spread over the recording, then every vector unit length."""
    centred = (vectors - vectors.mean(axis=0)) / np.maximum(vectors.std(axis=0), 1e-6)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.asarray(centred / np.maximum(lengths, 1e-6), dtype=np.float32)


def _frames_of(speech: tuple[Span, ...], rows: int) -> list[tuple[int, int]]:
    """Frames [first, last) of every stretch of speech, at least one each."""
    units = []
    for span in union(speech):
        first = min(rows - 1, max(0, round(span.start * 100)))
        units.append((first, max(first + 1, min(rows, round(span.end * 100)))))
    return units


# Describing a voice ----------------------------------------------------------------------------


def _describe(
    samples: Array, units: list[tuple[int, int]], rule: Separating, progress: Progress
) -> _Described:
    """Describe windows at most `step_s` apart, one or more for every stretch of speech."""
    step = round(rule.step_s * 100)
    centres = np.concatenate(
        [np.linspace(a, b - 1, 2 * max(1, -(-(b - a) // step)) + 1).round()[1::2] for a, b in units]
    ).astype(np.int64)
    vectors = _vectors(samples, centres, rule.window_s, progress)
    return _Described(samples, units, centres, vectors)


def _vectors(
    samples: Array, centres: NDArray[np.int64], window_s: float, progress: Progress
) -> Array:
    """Vectors of windows around some frames, a minute of them at a time."""
    block = round(_BLOCK_S * 100)
    found = []
    for first in range(0, int(centres[-1]) + 1, block):
        inside = centres[(centres >= first) & (centres < first + block)]
        if len(inside):
            found.append(encoder.describe(samples, inside, round(window_s * 100)))
        progress("voices", min(1.0, (first + block) / (centres[-1] + 1)))
    return np.concatenate(found)


# Grouping --------------------------------------------------------------------------------------


def _decide(
    described: _Described, people: int | None, rule: Separating
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
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
        return rare, ("one voice is heard seldom; check that it is a person of its own",)
    if forced is not None:
        return forced
    note = "one voice was heard; a second one could not be told apart by sound"
    return np.zeros(sum(b - a for a, b in described.units), dtype=np.int64), (note,)


def _rare(described: _Described, rule: Separating) -> NDArray[np.int64] | None:
    """Look for a listener who says little: start from the stretch least like the whole.

    Clustering cannot see a voice with a twentieth of the speech. It is held to stricter limits.
    """
    vectors = described.vectors
    edges = np.searchsorted(described.centres, np.array(described.units))
    stretches = np.stack([vectors[i:j].mean(axis=0) for i, j in edges])
    stretches /= np.maximum(np.linalg.norm(stretches, axis=1, keepdims=True), 1e-9)
    whole = _means(vectors, np.zeros(len(vectors), dtype=np.int64), 1)[0]
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
    described: _Described, labels: NDArray[np.int64], rule: Separating, *, otherwise: bool
) -> bool:
    """Whether stretches of one label are more alike than stretches of the two labels.

    Judged by longer windows, which tell voices apart better but would blur who speaks when;
    `otherwise` is the answer where there are too few of them.
    """
    places, own = _long_stretches(described, labels, rule)
    if np.bincount(own, minlength=2).min() < _FEWEST_STRETCHES:
        return otherwise
    vectors = _vectors(described.samples, places, rule.long_window_s, lambda step, share: None)
    cosines = vectors @ vectors.T
    same = own[:, None] == own[None]
    within = cosines[same & ~np.eye(len(own), dtype=bool)]
    gap = float(within.mean() - cosines[~same].mean())
    return gap >= rule.apart_gap and gap >= rule.apart_gap_deviations * float(within.std())


def _long_stretches(
    described: _Described, labels: NDArray[np.int64], rule: Separating
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Middle frames of stretches of one label long enough for long windows, and their labels."""
    positions = _positions(described.units)
    breaks = np.flatnonzero((np.diff(labels) != 0) | (np.diff(positions) != 1)) + 1
    starts, ends = np.append(0, breaks), np.append(breaks, len(labels))
    long = np.flatnonzero(ends - starts >= round(rule.long_stretch_s * 100))
    long = long[:: -(-len(long) // rule.long_windows) or 1]
    middles = (starts[long] + ends[long]) // 2
    return positions[middles], labels[middles]


def _follow(
    described: _Described, start: Array, rule: Separating
) -> tuple[NDArray[np.int64], Array, NDArray[np.int64]]:
    """Let each frame follow a voice; again, with the voices described anew from their frames.

    Gives the frames' labels, the voices' vectors, and where the windows' centres are among the
    frames of speech.
    """
    units, vectors = described.units, described.vectors
    voices = start
    positions = _positions(units)
    at = np.searchsorted(positions, described.centres)
    labels = np.zeros(len(positions), dtype=np.int64)
    for _ in range(3):
        scores = _scores(described, voices)
        labels = _viterbi(scores, _starts(units), rule)
        voices = _means(vectors, labels[at], len(start))
    return labels, voices, at


def _smoothed(described: _Described, rule: Separating) -> Array:
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


def _clustered(vectors: Array, count: int, rule: Separating) -> Array:
    """Mean vectors of clusters of at most `clustered_windows` windows."""
    some = vectors[:: -(-len(vectors) // rule.clustered_windows)]
    return _means(some, _cluster(some, count, rule), count)


def _cluster(vectors: Array, count: int, rule: Separating) -> NDArray[np.int64]:
    """Spectral clustering on the cosines, each window keeping its nearest neighbours only."""
    from scipy.linalg import eigh

    n = len(vectors)
    likeness = (vectors @ vectors.T).astype(np.float64)
    low = likeness.min()
    likeness = (likeness - low) / max(1.0 - low, 1e-9)
    kept = min(n - 1, max(5, round(rule.neighbours_share * n)))
    bar = np.partition(likeness, n - 1 - kept, axis=1)[:, n - 1 - kept, None]
    likeness = np.where(likeness >= bar, likeness, 0.01 * likeness)
    likeness = (likeness + likeness.T) / 2.0
    size = np.sqrt(np.maximum(likeness.sum(axis=1), 1e-9))  # 0 where all windows are the same
    scaled = likeness / size[:, None] / size[None]
    _, axes = eigh(scaled, subset_by_index=[n - count, n - 1])
    axes /= np.maximum(np.linalg.norm(axes, axis=1, keepdims=True), 1e-12)
    return _means_of(axes, count)


def _means_of(points: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """K-means from points far from each other: the same answer every time."""
    seeds = [points.mean(axis=0)]
    for _ in range(count):
        distance = np.min([((points - seed) ** 2).sum(axis=1) for seed in seeds[-count:]], axis=0)
        seeds.append(points[int(distance.argmax())])
    places = np.array(seeds[1:])
    labels = np.zeros(len(points), dtype=np.int64)
    for _ in range(50):
        distance = ((points[:, None] - places[None]) ** 2).sum(axis=2)
        labels = distance.argmin(axis=1)
        fresh = np.array(
            [
                points[labels == k].mean(axis=0) if (labels == k).any() else places[k]
                for k in range(count)
            ]
        )
        if np.allclose(fresh, places):
            break
        places = fresh
    return labels


def _means(vectors: Array, labels: NDArray[np.int64], count: int) -> Array:
    """Each group's mean vector at unit length, zeros for an empty group."""
    sums = np.stack([vectors[labels == k].sum(axis=0) for k in range(count)])
    return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9))


def _scores(described: _Described, voices: Array) -> NDArray[np.float64]:
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
    scores: NDArray[np.float64], starts: NDArray[np.bool_], rule: Separating
) -> NDArray[np.int64]:
    """Best path through the voices, a change costing less at a pause."""
    costs = np.where(starts, rule.pause_change_cost, rule.change_cost)
    return resegment.best_path(scores, costs)


def _two_hold(
    described: _Described,
    labels: NDArray[np.int64],
    heard: _Heard,
    voices: Array,
    rule: Separating,
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
    described: _Described, labels: NDArray[np.int64], heard: _Heard, voices: Array, rule: Separating
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
    if np.bincount(own, minlength=len(voices)).min() < _FEWEST_STRETCHES:
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


def _remarks(voices: Array, rule: Separating) -> tuple[str, ...]:
    notes = []
    if len(voices) > 2:
        notes.append(f"{len(voices)} voices were heard, not two")
    if _closest(voices) > rule.apart_cosine - 0.03:
        notes.append("the voices sound much alike; check who speaks in a few places")
    return tuple(notes)


# The second pass -------------------------------------------------------------------------------


def _known(
    described: _Described, probability: Array, labels: NDArray[np.int64]
) -> resegment.FirstPass:
    """Spread labels and cosines over all frames, silence included, at half the rate."""
    positions = _positions(described.units)
    own = labels[np.searchsorted(positions, described.centres)]
    pair = _means(described.vectors, own, 2)
    whole = np.full(len(probability), -1, dtype=np.int64)
    whole[positions] = labels
    cosines = np.zeros((len(probability), 2), dtype=np.float32)
    cosines[positions] = _scores(described, pair)
    half = (len(probability) + 1) // 2
    padded = np.pad(probability, (0, 2 * half - len(probability)), mode="edge")
    activity = padded.reshape(half, 2).mean(axis=1)
    return resegment.FirstPass(whole[::2], activity, cosines[::2], float(pair[0] @ pair[1]))


def _settled(
    described: _Described, probability: Array, labels: NDArray[np.int64], rule: Separating
) -> NDArray[np.int64]:
    """State of every frame of speech: 1 the first voice, 2 the second, 3 both at once.

    Gone through `second_passes` times, each with the voices as the one before heard them.
    """
    at = _positions(described.units) // 2
    spoken = np.zeros((len(probability) + 1) // 2, dtype=bool)
    spoken[at] = True
    heard = resegment.listen(described.samples, len(spoken))
    states = labels + 1
    for _ in range(rule.second_passes):
        known = _known(described, probability, labels)
        chances = resegment.posterior(resegment.evidence(heard, known))
        found = resegment.settle(
            chances, spoken, change_cost=rule.state_change_cost, both_cost=rule.both_cost
        )[at]
        if not {1, 2} <= set(found.tolist()):
            break  # a voice would be lost altogether: what was known before stands
        states, labels = found, np.where(found == 3, labels, found - 1)
    return states


# Turns -----------------------------------------------------------------------------------------


def _turns(
    units: list[tuple[int, int]], labels: NDArray[np.int64], rule: Separating
) -> tuple[Turn, ...]:
    """Stretches of one label, voices named in the order in which they are first heard."""
    names: dict[int, str] = {}
    found = []
    for start, end, label in _runs(units, labels, round(rule.shortest_turn_s * 100)):
        name = names.setdefault(label, chr(ord("A") + len(names)))
        found.append(Turn(Span(start / 100, end / 100), name))
    return tuple(sorted(found))


def _together(
    units: list[tuple[int, int]], states: NDArray[np.int64], rule: Separating
) -> tuple[Turn, ...]:
    """Turns of two voices that may overlap."""
    shortest = round(rule.shortest_turn_s * 100)
    runs = list(_runs(units, states, shortest))
    found: list[tuple[Span, ...]] = []
    for bit in (1, 2):
        own = (Span(a, b) for a, b, state in runs if state & bit)
        joined = union(own, join_s=round(rule.joined_turns_s * 100))
        found.append(tuple(Span(s.start / 100, s.end / 100) for s in joined))
    found.sort(key=lambda spans: spans[0])
    return tuple(
        sorted(Turn(s, name) for name, spans in zip("AB", found, strict=True) for s in spans)
    )


def _runs(
    units: list[tuple[int, int]], labels: NDArray[np.int64], shortest: int
) -> Iterator[tuple[int, int, int]]:
    at = 0
    for a, b in units:
        row = labels[at : at + b - a]
        at += b - a
        edges = [0, *(np.flatnonzero(np.diff(row)) + 1).tolist(), b - a]
        runs = [(edges[i], edges[i + 1]) for i in range(len(edges) - 1)]
        kept = [run for run in runs if run[1] - run[0] >= shortest] or runs[:1]
        # A crumb of another voice at an edge goes to its neighbour.
        for i, (first, _) in enumerate(kept):
            low = 0 if i == 0 else first
            high = b - a if i + 1 == len(kept) else kept[i + 1][0]
            yield a + low, a + high, int(row[first])
