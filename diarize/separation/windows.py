"""Which voice of a session each of a window's people is.

Conventions
-----------
Segmentation (`diarize.separation.segmentation`) knows who takes turns with whom inside ten seconds
but not who they are. A speaker embedding (CAM++) of what each of a window's people says alone says
that: the session's two voices are found among these vectors, and a best path over all windows
decides which of a window's people is which voice, from how they sound, from how well neighbouring
windows agree where they overlap, and from what the built-in second pass heard. How plainly a
window's people sound like their voices says how far it is trusted.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diarize.recording.rows import runs
from diarize.runtime.memory import let_go
from diarize.runtime.threads import side_by_side
from diarize.separation import campplus, segmentation
from diarize.separation.segmentation import CLASSES, FIRST_S, FRAME_S, PEOPLE, Window
from diarize.settings import Fusing
from diarize.timeline import Span, union

__all__ = [
    "Local",
    "Voices",
    "at_once",
    "chances",
    "describe",
    "foreign",
    "on_one_clock",
    "refined",
    "several",
    "speech",
    "unit",
    "voices",
]

Array = NDArray[np.float32]
Progress = Callable[[float], None]
_HOP = 270  # samples between frames of a window
_MAPS = tuple(product((0, 1), repeat=PEOPLE))  # which voice each of a window's people is
_SIDES = np.where(np.array(_MAPS) == 0, 1.0, -1.0)  # (maps, people): +1 for the first voice
_PAIRS = tuple((column, pair) for column, pair in enumerate(CLASSES) if len(pair) == 2)


@dataclass(frozen=True, slots=True, eq=False)
class Local:
    """One of a window's people: how they sound, and how many seconds they speak alone."""

    window: int
    person: int
    vector: Array
    alone_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Voices:
    """The two voices of a session.

    Parameters
    ----------
    vectors : ndarray of float32, shape (2, 192)
        Of unit length.
    cosine : float
        How alike they are.
    """

    vectors: Array
    cosine: float

    @property
    def line(self) -> Array:
        """Cosine with the first voice less cosine with the second, of any vector times this."""
        return np.asarray(self.vectors[0] - self.vectors[1])

    @property
    def turned(self) -> "Voices":
        """The same with the second voice first."""
        return Voices(self.vectors[::-1], self.cosine)


def describe(
    samples: Array,
    heard: Sequence[Window],
    tensors: Any,
    rule: Fusing,
    progress: Progress = lambda share: None,
    hums: Sequence[Span] = (),
) -> tuple[Local, ...]:
    """Describe the people of every `Fusing.described_every`-th window by what they say alone.

    What they hum, they do not say: hums of anybody sound more like each other than like speech.
    """
    numbers = range(0, len(heard), rule.described_every)
    said = ~_frames_in(hums, heard[-1].first + len(heard[-1].chances))

    def one(number: int) -> list[Local]:
        found = []
        for person in range(PEOPLE):
            stretch = _alone(samples, heard[number], person, said, rule)
            if len(stretch) >= rule.solo_min_s * segmentation.RATE_HZ:
                vector = campplus.embed(campplus.features(stretch), tensors)
                found.append(Local(number, person, vector, len(stretch) / segmentation.RATE_HZ))
        progress((number + 1) / len(heard))
        return found

    return tuple(local for some in side_by_side(one, numbers) for local in some)


def _frames_in(spans: Sequence[Span], count: int) -> NDArray[np.bool_]:
    """Which of a recording's first frames, as `_alone` cuts them out, have sound of some spans."""
    inside = np.zeros(count, dtype=bool)
    for span in spans:
        inside[int(span.start / FRAME_S) : int(np.ceil(span.end / FRAME_S))] = True
    return inside


def _alone(
    samples: Array, window: Window, person: int, said: NDArray[np.bool_], rule: Fusing
) -> Array:
    """Give the sound in which one person of a window says something alone, pieces joined."""
    alone = window.alone(person, rule.alone_probability)
    alone = alone & said[window.first : window.first + len(alone)]
    alone = alone & (np.cumsum(alone) <= round(rule.solo_most_s / FRAME_S))
    pieces = [(window.first + a, window.first + b) for a, b in runs(alone)]
    cut = np.concatenate([samples[:0], *(samples[_HOP * a : _HOP * b] for a, b in pieces)])
    let_go(samples)
    return cut


# The voices ------------------------------------------------------------------------------------


def voices(locals_: Sequence[Local], rule: Fusing) -> Voices | None:
    """Find the two voices: of all clusterings, the unlike pair that says most.

    Two clusters alone would split one person who speaks much before they find a second who
    speaks little. None where everybody sounds alike.
    """
    from scipy.cluster.hierarchy import fcluster, linkage

    if len(locals_) < 2:
        return None
    vectors = np.stack([local.vector for local in locals_])
    weights = np.array([local.alone_s for local in locals_])
    tree = linkage(vectors, method="average", metric="cosine")
    best, chosen = -np.inf, None
    for count in range(2, min(rule.clusters_most, len(locals_)) + 1):
        labels = fcluster(tree, count, criterion="maxclust")
        groups = [labels == k for k in np.unique(labels)]
        groups = [group for group in groups if weights[group].sum() >= rule.voice_min_s]
        if len(groups) < 2:
            continue
        centres = np.stack([unit(weights[group] @ vectors[group]) for group in groups])
        for pair in _unlike(centres, rule.apart_cosine):
            said = float(weights @ (vectors @ pair.T).max(axis=1))
            if said > best:
                best, chosen = said, pair
    if chosen is None:
        return None
    pair = refined(vectors, weights, chosen)
    return Voices(pair, float(pair[0] @ pair[1]))


def _unlike(centres: Array, most: float) -> Iterable[Array]:
    for a, b in combinations(range(len(centres)), 2):
        if float(centres[a] @ centres[b]) < most:
            yield centres[[a, b]]


def refined(vectors: Array, weights: NDArray[np.float64], centres: Array) -> Array:
    """Move voices' vectors to the means of what is nearest to each, as long as each has some."""
    for _ in range(3):
        nearest = (vectors @ centres.T).argmax(axis=1)
        own = [nearest == k for k in range(len(centres))]
        if not all(some.any() for some in own):
            return centres
        centres = np.stack([unit(weights[some] @ vectors[some]) for some in own])
    return centres


def foreign(
    heard: Sequence[Window], locals_: Sequence[Local], known: Voices, rule: Fusing
) -> tuple[Span, ...]:
    """Where somebody or something may be heard alone that sounds like neither of the two voices.

    Whoever says the most has the voices; a third person, a television or a dog is given to one of
    them, and nothing else would tell. A window may have taken two for one of its people: each
    place has to be listened to by itself.
    """
    found = []
    for local in locals_:
        alike = float((known.vectors @ local.vector).max())
        if local.alone_s >= rule.foreign_alone_s and alike < rule.foreign_cosine:
            window = heard[local.window]
            found += [
                Span(FRAME_S * (window.first + a), FRAME_S * (window.first + b))
                for a, b in runs(window.alone(local.person, rule.alone_probability))
            ]
    return union(found, join_s=rule.foreign_join_s)


def unit(vector: NDArray[Any]) -> Array:
    """Give a vector unit length."""
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), dtype=np.float32)


# Who is who ------------------------------------------------------------------------------------


def chances(
    heard: Sequence[Window],
    locals_: Sequence[Local],
    known: Voices,
    second_pass: Array,
    hop_s: float,
    rule: Fusing,
) -> Array:
    """Give the segmentation's chances of nobody, one, the other and both.

    Parameters
    ----------
    heard : sequence of Window
        At least one.
    locals_ : sequence of Local
        Of the same windows.
    known : Voices
        In any order: the second pass's is kept.
    second_pass : ndarray of float32, shape (n, 4)
        Its chances of the same, every `hop_s`.

    Returns
    -------
    ndarray of float32, shape (n, 4)
    """
    lean = second_pass[:, 1] - second_pass[:, 2]
    leans = [_at(window, lean, hop_s) for window in heard]
    if _against(heard, locals_, known, leans) > 0:
        known = known.turned
    maps = _path(heard, locals_, known, leans, rule)
    sure = _surely(locals_, maps, known, rule)
    states = [_states(w, chosen, first) for w, chosen, first in zip(heard, maps, sure, strict=True)]
    return on_one_clock(heard, states, len(second_pass), hop_s)


def several(heard: Sequence[Window], count: int, hop_s: float) -> Array:
    """Chance that two people speak at once, at `count` frames `hop_s` apart."""
    columns = [column for column, _ in _PAIRS]
    both = [window.chances[:, columns].sum(axis=1, keepdims=True) for window in heard]
    return on_one_clock(heard, both, count, hop_s)[:, 0]


def at_once(heard: Sequence[Window], count: int, hop_s: float, rule: Fusing) -> float:
    """Share of the frames with speech in which two are heard at once, 0 to 1."""
    two, spoken = (of(heard, count, hop_s) > rule.alone_probability for of in (several, speech))
    return float(two.sum() / max(int(spoken.sum()), 1))


def speech(heard: Sequence[Window], count: int, hop_s: float) -> Array:
    """Chance that anybody speaks, at `count` frames `hop_s` apart."""
    return on_one_clock(heard, [1.0 - window.chances[:, :1] for window in heard], count, hop_s)[
        :, 0
    ]


def on_one_clock(
    heard: Sequence[Window], rows: Sequence[NDArray[Any]], count: int, hop_s: float
) -> Array:
    """Give the windows' rows as means on one clock, (count, columns); 0 where no window is."""
    frames = heard[-1].first + len(heard[-1].chances)
    sums, seen = np.zeros((frames, rows[0].shape[1])), np.zeros((frames, 1))
    for window, own in zip(heard, rows, strict=True):
        sums[window.first : window.first + len(own)] += own
        seen[window.first : window.first + len(own)] += 1
    near = np.round((np.arange(count) * hop_s - FIRST_S) / FRAME_S).astype(np.int64)
    mean = sums / np.maximum(seen, 1)
    return np.asarray(mean[np.clip(near, 0, frames - 1)], dtype=np.float32)


def _at(window: Window, rows: Array, hop_s: float) -> Array:
    """Give what was heard every `hop_s` at the frames of a window."""
    times = FIRST_S + FRAME_S * (window.first + np.arange(len(window.chances)))
    near = np.round(times / hop_s).astype(np.int64)
    return np.where(near < len(rows), rows[np.minimum(near, len(rows) - 1)], np.float32(0))


def _against(
    heard: Sequence[Window], locals_: Sequence[Local], known: Voices, leans: Sequence[Array]
) -> float:
    """How much more the second pass hears the voices the other way round."""
    found = 0.0
    for local in locals_:
        alone = heard[local.window].chances[:, 1 + local.person]
        found -= float(leans[local.window] @ alone) * float(local.vector @ known.line)
    return found


def _path(
    heard: Sequence[Window],
    locals_: Sequence[Local],
    known: Voices,
    leans: Sequence[Array],
    rule: Fusing,
) -> list[tuple[int, ...]]:
    """Choose who is who in every window, all windows together."""
    own = np.zeros((len(heard), len(_MAPS)))
    for local in locals_:
        own[local.window] += _SIDES[:, local.person] * (local.vector @ known.line) * local.alone_s
    mapped = [_leans(window) for window in heard]
    for number, window in enumerate(heard):
        own[number] -= rule.together_cost * _merged(window)
        own[number] += rule.second_pass_weight * FRAME_S * (mapped[number] @ leans[number])
    best, came = own[0], []
    for after in range(1, len(heard)):
        shift = heard[after].first - heard[after - 1].first
        length = mapped[after].shape[1] - shift
        shared = mapped[after - 1][:, shift:] @ mapped[after][:, : max(length, 0)].T * FRAME_S
        total = best[:, None] + rule.neighbour_weight * shared
        came.append(total.argmax(axis=0))
        best = total.max(axis=0) + own[after]
    path = [int(best.argmax())]
    for step in reversed(came):
        path.append(int(step[path[-1]]))
    return [_MAPS[k] for k in path[::-1]]


def _leans(window: Window) -> NDArray[np.float64]:
    """Chance of the first voice less that of the second, for every map, (maps, frames)."""
    found = _SIDES @ window.chances[:, 1 : 1 + PEOPLE].T.astype(np.float64)
    for column, (a, b) in _PAIRS:
        same = (_SIDES[:, a] + _SIDES[:, b]) / 2.0
        found += same[:, None] * window.chances[None, :, column]
    return found


def _merged(window: Window) -> NDArray[np.float64]:
    """Seconds in which two people heard at once would be one voice, for each map."""
    found = np.zeros(len(_MAPS))
    for column, (a, b) in _PAIRS:
        found += (_SIDES[:, a] == _SIDES[:, b]) * window.chances[:, column].sum() * FRAME_S
    return found


def _surely(
    locals_: Sequence[Local], maps: Sequence[tuple[int, ...]], known: Voices, rule: Fusing
) -> list[list[float]]:
    """How likely each of a window's people is the first voice: 1/2 where they lean to neither.

    Somebody who was not described is as sure as those taken for the same voice beside them.
    """
    trust: dict[tuple[int, int], float] = {}
    beside: dict[tuple[int, int], list[float]] = defaultdict(list)
    for local in locals_:
        voice = maps[local.window][local.person]
        lean = float(local.vector @ known.line) * (1 if voice == 0 else -1)
        share = (lean - rule.lean_none) / (rule.lean_full - rule.lean_none)
        trust[local.window, local.person] = float(np.clip(share, 0.0, 1.0))
        beside[local.window, voice].append(trust[local.window, local.person])
    found = []
    for number, chosen in enumerate(maps):
        row = []
        for person, voice in enumerate(chosen):
            near = [*beside[number - 1, voice], *beside[number + 1, voice]]
            own = trust.get((number, person), float(np.mean(near)) if near else 0.0)
            row.append(0.5 + (0.5 if voice == 0 else -0.5) * own)
        found.append(row)
    return found


def _states(window: Window, chosen: Sequence[int], first: Sequence[float]) -> NDArray[np.float64]:
    """Chances of nobody, the first voice, the second, both, in one window.

    `chosen` says which voice each of its people is, `first` how likely that is the first.
    """
    found = np.zeros((len(window.chances), 4))
    for column, people in enumerate(CLASSES):
        own = [first[person] for person in people]
        one = sum(own) / max(len(own), 1)
        if not people:
            shares = (1.0, 0.0, 0.0, 0.0)
        elif len({chosen[person] for person in people}) == 1:
            shares = (0.0, one, 1.0 - one, 0.0)
        else:
            shares = (0.0, 0.0, 0.0, 1.0)
        found += window.chances[:, column, None] * np.array(shares)
    return found
