"""Whose voice: the built-in separator, which needs nothing that is not on this machine.

Conventions
-----------
Speech is given as spans; everything below works inside them, at one frame every 10 ms. A voice
is described by a vector of unit length every `step_s`, from an encoder trained to tell speakers
apart (`diarize.separation.embedding`); how many voices there are, and which each frame is, says
`diarize.separation.clustering`; where two voices were found a second pass marks where both speak
(`diarize.separation.overlap`). One voice is an answer, not a failure.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from diarize.messages import Note, message
from diarize.models.catalogue import Weights
from diarize.models.engine import Engine
from diarize.models.status import State, judged
from diarize.separation import clustering, hums, overlap
from diarize.separation import embedding as encoder
from diarize.separation.embedding import Array, Described
from diarize.separation.task import Progress, Separation, Task, within
from diarize.settings import Hearing, Overlap, Voices
from diarize.timeline import Span, Turn, union

__all__ = [
    "first_pass",
    "frames_of",
    "labelled",
    "second_pass",
    "separate",
    "tell_apart",
    "together",
    "weights",
]

_HOP = 160  # samples between frames


def separate(task: Task) -> Separation:
    """Give each stretch of speech to a voice; `Task.weights` are other ones of the second pass."""
    turns, notes = tell_apart(
        task.audio.mono,
        task.speech.spans,
        probability=task.speech.probability,
        people=task.people,
        hearing=task.hearing,
        weights=task.weights,
        progress=task.progress,
        heard=lambda: task.heard,
    )
    kept, _ = within(turns, task.audio.duration)
    known = encoder.installed() is not None
    engine = Engine("built-in", "3", encoder.WEIGHTS_SHA256 if known else None, machine=True)
    return Separation(kept, engine, notes)


def weights(*, check: bool) -> tuple[State, ...]:
    """Say how the weights that come with the program stand; they are read only if `check`."""
    again = message("model.install_again")
    known = (
        ("voice encoder", "encoder", encoder.place(), encoder.WEIGHTS_SHA256),
        ("second pass", "second_pass", overlap.WEIGHTS, overlap.WEIGHTS_SHA256),
        ("hums", "hums", hums.WEIGHTS, hums.WEIGHTS_SHA256),
    )
    found = []
    for name, code, path, sha256 in known:
        if path is None or not path.is_file():
            found.append(State("built-in", name, "missing", advice=again))
            continue
        state = judged("built-in", name, path, sha256, check)
        size_mb = path.stat().st_size / 1e6
        whence = message(f"weights.own_{code}", megabytes=size_mb)
        found.append(replace(state, advice=again if state.state == "changed" else whence))
    return tuple(found)


def tell_apart(
    samples: Array,
    speech: tuple[Span, ...],
    *,
    probability: Array | None = None,
    people: int | None = None,
    hearing: Hearing | None = None,
    weights: Weights | None = None,
    progress: Progress = lambda step, share: None,
    heard: Callable[[], overlap.Heard] | None = None,
) -> tuple[tuple[Turn, ...], tuple[Note, ...]]:
    """Give each stretch of speech to a voice, or to both where two speak at once.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
        16 kHz.
    speech : tuple of Span
        Where somebody speaks, pauses left out.
    probability : ndarray of float32, shape (n // 160 + 1,), optional
        Voice activity; without it, and with other than two voices, overlap is not marked.
    people : int, optional
        How many persons speak, if that is known.
    hearing : Hearing, optional
        Thresholds; the sections `voices` and `overlap` are read.
    weights : Weights, optional
        Of the network that marks overlap, instead of those that ship.
    progress : callable
        Called with a step's name and the share of it that is done.
    heard : callable, optional
        Gives what is measured of the sound for the second pass, where that is shared.

    Returns
    -------
    turns : tuple of Turn
        Sorted; voices are named A, B, C in the order in which they are first heard.
    notes : tuple of Note
        What a reader of the result must know.
    """
    rule, both = (hearing or Hearing()).voices, (hearing or Hearing()).overlap
    units = frames_of(speech, len(samples) // _HOP + 1)
    if not units:
        return (), (Note("separator.no_speech"),)
    described = encoder.describe_speech(samples, units, rule, progress)
    if encoder.installed() is None:
        # The cepstrum cannot say how many people there are: every recording falls into two.
        scaled = replace(described, vectors=_scaled(described.vectors))
        labels, _ = clustering.decide(scaled, people or 2, rule)
        return labelled(units, labels, rule), (Note("separator.no_encoder"),)
    labels, notes = clustering.decide(described, people, rule)
    if probability is None or int(labels.max()) != 1:
        return labelled(units, labels, rule), notes
    shared = heard() if heard else None
    states, _ = second_pass(described, probability, labels, both, weights, shared)
    return together(units, states, rule, both), notes


def _scaled(vectors: Array) -> Array:
    """Give each feature the same spread over the recording, then every vector unit length."""
    centred = (vectors - vectors.mean(axis=0)) / np.maximum(vectors.std(axis=0), 1e-6)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.asarray(centred / np.maximum(lengths, 1e-6), dtype=np.float32)


def frames_of(speech: tuple[Span, ...], rows: int) -> list[tuple[int, int]]:
    """Frames [first, last) of every stretch of speech, at least one each."""
    units = []
    for span in union(speech):
        first = min(rows - 1, max(0, round(span.start * 100)))
        units.append((first, max(first + 1, min(rows, round(span.end * 100)))))
    return units


# The second pass -------------------------------------------------------------------------------


def first_pass(
    described: Described, probability: Array, labels: NDArray[np.int64]
) -> overlap.FirstPass:
    """Spread labels and cosines over all frames, silence included, at half the rate."""
    positions = described.positions
    own = labels[np.searchsorted(positions, described.centres)]
    pair = clustering.means(described.vectors, own, 2)
    whole = np.full(len(probability), -1, dtype=np.int64)
    whole[positions] = labels
    cosines = np.zeros((len(probability), 2), dtype=np.float32)
    cosines[positions] = clustering.scores(described, pair)
    half = (len(probability) + 1) // 2
    padded = np.pad(probability, (0, 2 * half - len(probability)), mode="edge")
    activity = padded.reshape(half, 2).mean(axis=1)
    return overlap.FirstPass(whole[::2], activity, cosines[::2], float(pair[0] @ pair[1]))


def second_pass(
    described: Described,
    probability: Array,
    labels: NDArray[np.int64],
    rule: Overlap,
    weights: Weights | None = None,
    heard: overlap.Heard | None = None,
) -> tuple[NDArray[np.int64], Array]:
    """Judge every frame again, given two voices; `Overlap.passes` times, each as the one before.

    Parameters
    ----------
    described : Described
    probability : ndarray of float32, shape (n,)
        Voice activity, every 10 ms.
    labels : ndarray of int
        0 or 1 for every frame of speech.
    rule : Overlap
    weights : Weights, optional
        Of the network, instead of those that ship.
    heard : Heard, optional
        What is measured of the sound, where it was measured already.

    Returns
    -------
    states : ndarray of int
        Of every frame of speech: 1 the first voice, 2 the second, 3 both at once.
    chances : ndarray of float32, shape (ceil(n / 2), 4)
        Of nobody, the first, the second and both, every 20 ms, speech or not.
    """
    at = described.positions // 2
    spoken = np.zeros((len(probability) + 1) // 2, dtype=bool)
    spoken[at] = True
    heard = heard or overlap.listen(described.samples, len(spoken))
    states = labels + 1
    chances = np.zeros((len(spoken), overlap.STATES), dtype=np.float32)
    for _ in range(rule.passes):
        known = first_pass(described, probability, labels)
        chances = overlap.posterior(overlap.evidence(heard, known, rule), weights)
        found = overlap.settle(chances, spoken, rule)[at]
        if not {1, 2} <= set(found.tolist()):
            break  # a voice would be lost altogether: what was known before stands
        states, labels = found, np.where(found == 3, labels, found - 1)
    return states, chances


# Turns -----------------------------------------------------------------------------------------


def labelled(
    units: list[tuple[int, int]], labels: NDArray[np.int64], rule: Voices
) -> tuple[Turn, ...]:
    """Stretches of one label, voices named in the order in which they are first heard."""
    names: dict[int, str] = {}
    found = []
    for start, end, label in _runs(units, labels, round(rule.shortest_turn_s * 100)):
        name = names.setdefault(label, chr(ord("A") + len(names)))
        found.append(Turn(Span(start / 100, end / 100), name))
    return tuple(sorted(found))


def together(
    units: list[tuple[int, int]], states: NDArray[np.int64], rule: Voices, both: Overlap
) -> tuple[Turn, ...]:
    """Turns of two voices that may overlap, from the state of every frame of `units`."""
    shortest = round(rule.shortest_turn_s * 100)
    runs = list(_runs(units, states, shortest))
    found: list[tuple[Span, ...]] = []
    for bit in (1, 2):
        own = (Span(a, b) for a, b, state in runs if state & bit)
        joined = union(own, join_s=round(both.joined_s * 100))
        found.append(tuple(Span(s.start / 100, s.end / 100) for s in joined))
    heard = sorted((spans for spans in found if spans), key=lambda spans: spans[0])
    return tuple(
        sorted(Turn(s, name) for name, spans in zip("AB", heard, strict=False) for s in spans)
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
