"""People told apart by two engines together: pyannote's segmentation and our second pass.

Conventions
-----------
The built-in separator's first pass and second pass are run for two voices (see
`diarize.separation.builtin`); pyannote's segmentation-3.0 and the speaker embedding CAM++ say the
same in their own way (`diarize.separation.windows`). The chances of both are multiplied frame by
frame (20 ms), each segmentation window trusted as far as its people sound like their voices, and a
best path through one, the other and both gives the stretches; pauses of 0.2 s are cut from them
(`diarize.separation.edges`).
Three people or more, whose overlap is not marked, stand in `diarize.separation.three_or_more`; that
there is one alone is told by the built-in separator. Where the engines differ, the sound of the
place decides, and where it does not, that is said (`diarize.separation.disputes`).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from diarize.errors import Refused
from diarize.messages import Note
from diarize.models.engine import Engine
from diarize.separation import (
    builtin,
    clustering,
    disputes,
    edges,
    hums,
    networks,
    overlap,
    three_or_more,
    windows,
)
from diarize.separation import embedding as encoder
from diarize.separation.campplus import Sounds
from diarize.separation.embedding import Described
from diarize.separation.quiet import quiet_speech
from diarize.separation.segmentation import Window
from diarize.separation.segmentation import windows as segmented
from diarize.separation.task import Separation, Task, within
from diarize.separation.windows import Local
from diarize.settings import Fusing, Hearing
from diarize.timeline import Span, Turn, intersection, subtract, total, union

__all__ = ["separate"]

Array = NDArray[np.float32]
_LEAST = 1e-4  # chance that is left to every state
_ENGINE = Engine("pyannote segmentation fused with the built-in second pass", "2", machine=True)


@dataclass(frozen=True, slots=True, eq=False)
class _Heard:
    """What each engine makes of two voices.

    `second` and `segmented` are chances (n, 4) of nobody, the first, the second and both, every
    20 ms; `segmented` is None where no two voices were found that are unlike; `spoken` is the
    segmentation's chance (n,) that anybody speaks; `count` is how many voices are heard without
    being told; `foreign` is where something sounds like neither of the two. `described`,
    `windows` and `locals` are what both engines start from, `sounds` describes further stretches.
    """

    second: Array
    segmented: Array | None
    spoken: Array
    cosine: float | None
    count: int
    foreign: tuple[Span, ...]
    described: Described
    windows: tuple[Window, ...]
    locals: tuple[Local, ...]
    sounds: Sounds


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """Turns, how far the engines agree on them, what is doubtful, how unlike two voices are.

    `apart` is in deviations (`disputes.apart_deviations`), None where it is not known.
    """

    turns: tuple[Turn, ...]
    agree: float | None = None
    notes: tuple[Note, ...] = ()
    apart: float | None = None


def separate(task: Task) -> Separation:
    """Give each stretch of speech to one of two voices, or to both.

    Raises
    ------
    Refused
        If the weights are not on this machine, or not those they should be.
    """
    if task.weights is None:
        raise Refused("separator.no_pyannote")
    if task.people == 1 or encoder.installed() is None:
        return builtin.separate(replace(task, weights=None))
    known = networks.opened()
    engine = replace(_ENGINE, weights_sha256=task.weights.sha256)
    if not task.speech.spans or task.audio.duration < task.hearing.pyannote.shortest_s:
        return Separation((), engine, (Note("separator.no_speech"),), parts=networks.PARTS)
    found = _listened(task, known)
    made = _decided(task, found)
    kept, _ = within(made.turns, task.audio.duration)
    two = windows.several(found.windows, len(found.second), overlap.HOP_S)
    return replace(made, turns=kept, engine=engine, parts=networks.PARTS, several=two)


def _listened(task: Task, known: networks.Networks) -> _Heard:
    """Let both engines hear the recording, each once."""
    samples, rule, hearing = task.audio.mono, task.hearing.fusing, task.hearing
    sounds = Sounds(samples, known.embedding)
    if (task.people or 2) > 2:  # of three and more, no window can be spared
        rule = replace(rule, described_every=1)
    probability = task.speech.probability
    hummed = _hummed(task)
    units = builtin.frames_of(_said(task.speech.spans, hummed, hearing), len(probability))
    described = encoder.describe_speech(samples, units, hearing.voices, task.progress)
    own, _ = clustering.decide(described, None, hearing.voices)
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
        hummed,
    )
    pair = windows.voices(locals_, rule)
    chances = None
    if pair is not None:
        chances = windows.chances(heard, locals_, pair, second, overlap.HOP_S, rule)
    cosine = None if pair is None else pair.cosine
    count = int(own.max()) + 1
    if count > 2:  # three are three where both engines hear them
        count = max(2, min(count, three_or_more.count(locals_, rule)))
    if count < 2 and (cosine is None or cosine >= rule.one_cosine):
        parts = [[turn.span for turn in turns if turn.voice == voice] for voice in "AB"]
        apart = disputes.apart_deviations(sounds, parts, rule)
        count += apart is not None and apart >= rule.apart_deviations
    spoken = windows.speech(heard, len(second), overlap.HOP_S)
    together = windows.at_once(heard, len(second), overlap.HOP_S, rule)
    if count < 2 and together >= rule.together_share:
        count = 2  # however alike they sound
    foreign = () if pair is None else _foreign(sounds, heard, locals_, pair, rule)
    return _Heard(
        second, chances, spoken, cosine, count, foreign, described, heard, locals_, sounds
    )


def _hummed(task: Task) -> tuple[Span, ...]:
    """Where somebody hums for certain: what may be speech describes its voice."""
    rule = task.hearing.murmurs
    certain = replace(rule, hum_alone_probability=rule.hum_certain_probability)
    return tuple(hum.span for hum in hums.told(task.humming, certain))


def _said(speech: tuple[Span, ...], hummed: tuple[Span, ...], hearing: Hearing) -> tuple[Span, ...]:
    """Give speech without hums, nor what is left beside them: voices are known by what they say.

    Hums of two people sound more like each other than like their speech; taken for speech they make
    a voice of their own, and the two people become one.
    """
    least_s, whole = hearing.murmurs.floor_least_s, set(speech)
    parts = subtract(speech, hummed)
    said = tuple(part for part in parts if part in whole or part.duration >= least_s)
    return said or speech


def _foreign(
    sounds: Sounds,
    heard: tuple[Window, ...],
    locals_: tuple[Local, ...],
    known: windows.Voices,
    rule: Fusing,
) -> tuple[Span, ...]:
    """Where what sounds like neither voice does so by itself too."""
    places = windows.foreign(heard, locals_, known, rule)
    places = tuple(span for span in places if span.duration >= rule.dispute_min_s)
    vectors = sounds.of(places, rule.dispute_most_s)
    alike = (float((known.vectors @ vector).max()) for vector in vectors)
    return tuple(span for span, n in zip(places, alike, strict=True) if n < rule.foreign_cosine)


def _second_pass(task: Task, described: Described) -> tuple[Array, tuple[Turn, ...]]:
    """Give the chances of two voices taken for granted, and the turns that the built-in makes."""
    hearing, probability = task.hearing, task.speech.probability
    labels, _ = clustering.decide(described, 2, hearing.voices)
    if int(labels.max()) < 1:  # so little speech that it cannot be divided
        size = ((len(probability) + 1) // 2, overlap.STATES)
        even = np.full(size, 1 / overlap.STATES, dtype=np.float32)
        return even, ()
    states, chances = builtin.second_pass(
        described, probability, labels, hearing.overlap, heard=task.heard
    )
    return chances, builtin.together(described.units, states, hearing.voices, hearing.overlap)


def _decided(task: Task, found: _Heard) -> Separation:
    """Say how many voices there are, and who speaks when."""
    rule, people = task.hearing.fusing, task.people or found.count
    spans, added, notes = _speech(task, found)
    alone = Separation(tuple(Turn(span, "A") for span in spans), _ENGINE,
                       (*notes, Note("separator.one_not_two")), added=added)  # fmt: skip
    unlike = found.cosine is not None and found.cosine < rule.one_cosine
    if people > 2 and found.locals:
        made = _several(task, found, spans, people)
    elif not unlike and found.count < 2:
        return alone
    else:
        made = _fused(task, found, spans)
        if found.count < 2 and made.apart is not None and made.apart < rule.alone_deviations:
            return alone
        if found.count > 2:
            more = Note("separator.more_than_told", {"voices": found.count}, "caution")
            notes = (*notes, more)
        notes = (*notes, *_like_neither(found, spans, rule))
    return Separation(
        made.turns, _ENGINE, (*notes, *made.notes), engines_agree=made.agree, added=added
    )


def _fused(task: Task, found: _Heard, spans: tuple[Span, ...]) -> _Made:
    """Give the turns of two.

    The best path through both engines' chances stands; where segmentation alone says otherwise,
    the sound of the place decides. Speech ends where the second pass hears that it does.
    """
    rule = task.hearing.fusing
    nobody, hearing = found.second[:, 0], task.hearing
    spans = edges.heard_again(spans, nobody, hearing.overlap, hearing.activity)
    units, at, spoken = _frames(task, found, spans)
    both = replace(task.hearing.overlap, both_nepers=rule.both_nepers)
    states = overlap.settle(_product(found, rule), spoken, both)
    if not _two(states):
        states = overlap.settle(found.second, spoken, both)
    if not _two(states):
        return _Made(tuple(Turn(span, "A") for span in spans))
    verdict = None
    if found.segmented is not None:
        rivals = [overlap.settle(c, spoken, both) for c in (found.segmented, found.second)]
        verdict = disputes.judged(found.sounds, states, rivals, overlap.HOP_S, rule)
        states = verdict.states if _two(verdict.states) else states
    turns = builtin.together(units, states[at], task.hearing.voices, both)
    parts = disputes.spoken_alone(states, overlap.HOP_S)
    apart = disputes.apart_deviations(found.sounds, parts, rule)
    notes: tuple[Note, ...] = ()
    if apart is None or apart < rule.plainly_apart_deviations:
        notes = _doubts(found.cosine, verdict, rule)
    return _Made(turns, None if verdict is None else verdict.agree, notes, apart)


def _several(task: Task, found: _Heard, spans: tuple[Span, ...], people: int) -> _Made:
    """Give the turns of three people or more."""
    rule, hearing, hop = task.hearing.fusing, task.hearing, overlap.HOP_S
    units, at, spoken = _frames(task, found, spans)
    cost = hearing.overlap.change_nepers
    ours = three_or_more.states(found.windows, found.locals, people, spoken, rule, cost)
    labels, _ = clustering.decide(found.described, people, hearing.voices)
    theirs = np.zeros_like(ours)
    theirs[found.described.positions // 2] = labels + 1
    verdict = disputes.judged(
        found.sounds, ours, [three_or_more.matched(ours, theirs)], hop, rule, people=people
    )
    turns = builtin.labelled(units, verdict.states[at], hearing.voices)
    notes = (Note("separator.voices", {"voices": len({turn.voice for turn in turns})}),)
    return _Made(turns, verdict.agree, (*notes, *_open(verdict, rule)))


def _frames(
    task: Task, found: _Heard, spans: tuple[Span, ...]
) -> tuple[list[tuple[int, int]], NDArray[np.int64], NDArray[np.bool_]]:
    """Give speech in frames of 10 ms, the 20-ms frame each lies in, and which of these speak."""
    units = builtin.frames_of(spans, len(task.speech.probability))
    at = np.concatenate([np.arange(a, b) for a, b in units]) // 2
    spoken = np.zeros(len(found.second), dtype=bool)
    spoken[at] = True
    return units, at, spoken


def _two(states: NDArray[np.int64]) -> bool:
    return {1, 2} <= set(states.tolist())


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


# How far the engines agree ---------------------------------------------------------------------


def _doubts(
    cosine: float | None, verdict: disputes.Verdict | None, rule: Fusing
) -> tuple[Note, ...]:
    """What to say where the two voices' stretches are not plainly unlike."""
    alike = () if cosine is not None and cosine < rule.alike_cosine else (Note("separator.alike"),)
    return alike if verdict is None else (*alike, *_open(verdict, rule))


def _like_neither(found: _Heard, spans: tuple[Span, ...], rule: Fusing) -> tuple[Note, ...]:
    """Say what is counted as one of the two and sounds like neither, and where."""
    places = union(intersection(found.foreign, spans), join_s=rule.check_join_s)
    if total(places) < rule.foreign_min_s:
        return ()
    longest = sorted(places, key=lambda span: -span.duration)[: rule.check_places]
    fields = {"seconds": total(places), "places": len(places)}
    return (Note("separator.like_neither", fields, "caution", tuple(sorted(longest))),)


def _open(verdict: disputes.Verdict, rule: Fusing) -> tuple[Note, ...]:
    """Say where who speaks is doubtful, if that is a share of the speech that matters."""
    if verdict.agree >= rule.agree_share:
        return ()
    joined = union(verdict.open, join_s=rule.check_join_s)
    places = [span for span in joined if span.duration >= rule.check_min_s]
    longest = sorted(places, key=lambda span: -span.duration)[: rule.check_places]
    fields = {"share": 1.0 - verdict.agree}
    return (Note("separator.check_who_speaks", fields, "caution", tuple(sorted(longest))),)
