"""Two people told apart by two engines together: pyannote's segmentation and our second pass.

Conventions
-----------
The built-in separator's first pass and second pass are run for two voices (see
`diarize.separation.builtin`); pyannote's segmentation-3.0 and the speaker embedding CAM++ say the
same in their own way (`diarize.separation.windows`). The chances of both are multiplied frame by
frame (20 ms), each segmentation window trusted as far as its people sound like their voices, and a
best path through one, the other and both gives the stretches; pauses of 0.2 s are cut from them.
Other than two people are the built-in separator's: its second pass knows two voices only.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from diarize.errors import Refused
from diarize.messages import Note
from diarize.models.engine import Engine
from diarize.separation import activity, builtin, clustering, networks, overlap, windows
from diarize.separation import embedding as encoder
from diarize.separation.embedding import Described
from diarize.separation.segmentation import windows as segmented
from diarize.separation.task import Separation, Task, within
from diarize.settings import Fusing
from diarize.timeline import Span, Turn, total, union

__all__ = ["quiet_speech", "separate"]

Array = NDArray[np.float32]
Labels = NDArray[np.int64]
_LEAST = 1e-4  # chance that is left to every state
_ENGINE = Engine("pyannote segmentation fused with the built-in second pass", "1")
_HOP = 160


@dataclass(frozen=True, slots=True, eq=False)
class _Heard:
    """What each engine makes of two voices.

    `second` and `segmented` are chances (n, 4) of nobody, the first, the second and both, every
    20 ms; `segmented` is None where no two voices were found that are unlike; `spoken` is the
    segmentation's chance (n,) that anybody speaks; `count` is how many
    voices are heard without being told, `labels` which of them each frame of speech is, `units`
    where speech is.
    """

    second: Array
    segmented: Array | None
    spoken: Array
    cosine: float | None
    count: int
    labels: Labels
    notes: tuple[Note, ...]
    units: list[tuple[int, int]]


def separate(task: Task) -> Separation:
    """Give each stretch of speech to one of two voices, or to both.

    Raises
    ------
    Refused
        If the weights are not on this machine, or not those they should be.
    """
    if task.weights is None:
        raise Refused("separator.no_pyannote")
    if task.people not in (None, 2) or encoder.installed() is None:
        return builtin.separate(replace(task, weights=None))
    known = networks.opened()
    engine = replace(_ENGINE, weights_sha256=task.weights.sha256)
    if not task.speech.spans or task.audio.duration < task.hearing.pyannote.shortest_s:
        return Separation((), engine, (Note("separator.no_speech"),), parts=networks.PARTS)
    found = _listened(task, known)
    made = _decided(task, found)
    kept, _ = within(made.turns, task.audio.duration)
    return replace(made, turns=kept, engine=engine, parts=networks.PARTS)


def _listened(task: Task, known: networks.Networks) -> _Heard:
    """Let both engines hear the recording, each once."""
    samples, rule, hearing = task.audio.mono, task.hearing.fusing, task.hearing
    probability = task.speech.probability
    units = builtin.frames_of(task.speech.spans, len(probability))
    described = encoder.describe_speech(samples, units, hearing.voices, task.progress)
    own, notes = clustering.decide(described, None, hearing.voices)
    second, turns = _second_pass(task, described)
    heard = segmented(
        samples,
        known.segmentation,
        step_s=rule.step_s,
        progress=lambda share: task.progress("stage.changes", share),
    )
    locals_ = windows.describe(
        samples,
        heard,
        known.embedding,
        rule,
        lambda share: task.progress("stage.comparing", share),
    )
    pair = windows.voices(locals_, rule)
    chances = None
    if pair is not None:
        chances = windows.chances(heard, locals_, pair, second, overlap.HOP_S, rule)
    cosine = None if pair is None else pair.cosine
    count = int(own.max()) + 1
    if count < 2 and (cosine is None or cosine >= rule.one_cosine):
        parts = [[turn.span for turn in turns if turn.voice == voice] for voice in "AB"]
        count += windows.stretches_differ(samples, parts, known.embedding, rule)
    spoken = windows.speech(heard, len(second), overlap.HOP_S)
    return _Heard(second, chances, spoken, cosine, count, own, notes, units)


def _second_pass(task: Task, described: Described) -> tuple[Array, tuple[Turn, ...]]:
    """Give the chances of two voices taken for granted, and the turns that the built-in makes."""
    hearing, probability = task.hearing, task.speech.probability
    labels, _ = clustering.decide(described, 2, hearing.voices)
    if int(labels.max()) < 1:  # so little speech that it cannot be divided
        even = np.full(((len(probability) + 1) // 2, overlap.STATES), 0.25, dtype=np.float32)
        return even, ()
    states, chances = builtin.second_pass(described, probability, labels, hearing.overlap)
    return chances, builtin.together(described.units, states, hearing.voices, hearing.overlap)


def _decided(task: Task, found: _Heard) -> Separation:
    """Say how many voices there are, and who speaks when."""
    rule, voices = task.hearing.fusing, task.hearing.voices
    if task.people is None and found.count > 2:
        turns = builtin.labelled(found.units, found.labels, voices)
        return Separation(turns, _ENGINE, found.notes)
    unlike = found.cosine is not None and found.cosine < rule.one_cosine
    spans, added, notes = _speech(task, found)
    if not unlike and found.count < 2:
        one = tuple(Turn(span, "A") for span in spans)
        return Separation(one, _ENGINE, (*notes, Note("separator.one_not_two")), added=added)
    if found.cosine is None or found.cosine >= rule.alike_cosine:
        notes = (*notes, Note("separator.alike"))
    if found.count > 2:
        notes = (*notes, Note("separator.more_than_told", {"voices": found.count}, "caution"))
    turns, spoken = _fused(task, found, spans)
    agree, doubt = _agreement(found, spoken, rule)
    return Separation(turns, _ENGINE, (*notes, *doubt), engines_agree=agree, added=added)


def _fused(
    task: Task, found: _Heard, spans: tuple[Span, ...]
) -> tuple[tuple[Turn, ...], NDArray[np.bool_]]:
    """Give the turns on the best path through both engines' chances, and where speech is."""
    rule = task.hearing.fusing
    units = builtin.frames_of(spans, len(task.speech.probability))
    at = np.concatenate([np.arange(a, b) for a, b in units]) // 2
    spoken = np.zeros(len(found.second), dtype=bool)
    spoken[at] = True
    both = replace(task.hearing.overlap, both_nepers=rule.both_nepers)
    states = overlap.settle(_product(found, rule), spoken, both)[at]
    if not {1, 2} <= set(states.tolist()):
        states = overlap.settle(found.second, spoken, both)[at]
    if not {1, 2} <= set(states.tolist()):
        return tuple(Turn(span, "A") for span in spans), spoken
    return builtin.together(units, states, task.hearing.voices, both), spoken


def _product(found: _Heard, rule: Fusing) -> Array:
    logs = np.log(found.second + _LEAST)
    if found.segmented is not None:
        logs = logs + rule.segmentation_weight * np.log(found.segmented + _LEAST)
    chances = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(chances / chances.sum(axis=1, keepdims=True), dtype=np.float32)


# Where speech is -------------------------------------------------------------------------------


def _speech(
    task: Task, found: _Heard
) -> tuple[tuple[Span, ...], tuple[Span, ...], tuple[Note, ...]]:
    """Give all speech, what of it the detector left out, and what a reader must know of that."""
    heard, rule = task.speech.spans, task.hearing.fusing
    added, left = quiet_speech(task.audio.mono, heard, found.spoken, rule)
    every = union((*heard, *added), join_s=task.hearing.activity.bridge_s)
    if total((*added, *left)) < rule.doubted_share * total(every):
        return every, added, ()
    fields = {"added_s": total(added), "left_s": total(left)}
    note = Note("separator.doubted_speech", fields, "caution", (*added, *left))
    return every, added, (note,)


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
        What is plainly above the recording's floor, and what is not.
    """
    level = _level_db(samples)
    floor = float(np.percentile(level, rule.floor_percent))
    likely = np.repeat(spoken >= rule.quiet_probability, 2)[: len(level)]
    for first, last in builtin.frames_of(heard, len(level)):
        likely[first:last] = False
    edges = np.flatnonzero(np.diff(np.concatenate([[False], likely, [False]])))
    added: list[Span] = []
    left: list[Span] = []
    for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if b - a < rule.quiet_min_s / activity.HOP_S:
            continue
        loud = 10.0 * np.log10(np.mean(10.0 ** (level[a:b] / 10.0)))
        above = loud - floor >= rule.quiet_above_floor_db
        (added if above else left).append(Span(a * activity.HOP_S, b * activity.HOP_S))
    return tuple(added), tuple(left)


def _level_db(samples: Array) -> NDArray[np.float64]:
    """Level over 20 ms every 10 ms, dB."""
    blocks = np.pad(samples, (0, -len(samples) % _HOP)).reshape(-1, _HOP)
    power = np.einsum("ij,ij->i", blocks, blocks, dtype=np.float64) / _HOP
    before, after = np.append(power[:1], power), np.append(power, power[-1:])
    return np.asarray(10.0 * np.log10((before + after) / 2.0 + 1e-12))


# How far the engines agree ---------------------------------------------------------------------


def _agreement(
    found: _Heard, spoken: NDArray[np.bool_], rule: Fusing
) -> tuple[float | None, tuple[Note, ...]]:
    """Give the share of speech in which both engines name one voice; a note where it is small."""
    if found.segmented is None:
        return None, ()
    same = found.segmented[:, 1:3].argmax(axis=1) == found.second[:, 1:3].argmax(axis=1)
    agree = float(same[spoken].mean())
    if agree >= rule.agree_share:
        return agree, ()
    edges = np.flatnonzero(np.diff(np.concatenate([[False], ~same & spoken, [False]])))
    hop = overlap.HOP_S
    apart = [Span(a * hop, b * hop) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    places = [s for s in union(apart, join_s=rule.check_join_s) if s.duration >= rule.check_min_s]
    longest = sorted(places, key=lambda span: -span.duration)[: rule.check_places]
    note = Note("separator.check_who_speaks", {"share": agree}, "caution", tuple(sorted(longest)))
    return agree, (note,)
