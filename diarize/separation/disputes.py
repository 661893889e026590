"""Where two engines name different voices, the sound of the place decides.

Conventions
-----------
Engines give a state every 20 ms: 0 nobody, the number of a voice from 1 on, or a greater number for
several at once. Where two agree on one voice, that voice is described by CAM++ from its longest
stretches. A stretch that one engine gives to one voice alone and the other engine to another alone
is a *dispute*: it is described by itself and goes to the voice that it sounds more like. Where it
sounds plainly like neither, or a voice has no stretch to compare with, the dispute stays open.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from diarize.recording.rows import runs
from diarize.separation.campplus import SIZE, Sounds
from diarize.settings import Fusing
from diarize.timeline import Span

__all__ = ["Verdict", "apart_deviations", "judged", "spoken_alone"]

Array = NDArray[np.float32]
States = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What two engines and the sound make of who speaks.

    Parameters
    ----------
    states : ndarray of int, shape (n,)
        The first engine's, disputes decided.
    agree : float
        Share of speech that is not an open dispute, 0 to 1.
    open : tuple of Span
        Disputes that the sound does not decide plainly.
    """

    states: States
    agree: float
    open: tuple[Span, ...]


def judged(
    sounds: Sounds,
    ours: States,
    rivals: Sequence[States],
    hop_s: float,
    rule: Fusing,
    *,
    people: int = 2,
) -> Verdict:
    """Decide disputes.

    Parameters
    ----------
    sounds : Sounds
        Of the recording.
    ours : ndarray of int, shape (frames,)
        What stands where there is no dispute.
    rivals : sequence of ndarray of int, each of shape (frames,)
        What each engine says by itself, one after the other.
    hop_s : float
        Between frames.
    rule : Fusing
    people : int
        Number of voices.
    """
    states, undecided = ours.copy(), np.zeros(len(ours), dtype=bool)
    for theirs in rivals:
        sound = {
            voice: _voice(sounds, states == voice, theirs == voice, hop_s, rule)
            for voice in range(1, people + 1)
        }
        for own, other in permutations(sound, 2):
            differ = (states == own) & (theirs == other)
            spans = [
                s for s in _runs(differ, hop_s) if s.duration >= rule.dispute_min_s - hop_s / 2
            ]
            leans = _leans(sounds, spans, sound[own], sound[other], rule)
            for span, lean in zip(spans, leans, strict=True):
                place = slice(round(span.start / hop_s), round(span.end / hop_s))
                undecided[place] = abs(lean) < rule.plain_lean
                if lean < 0:
                    states[place] = other
    share = undecided.sum() / max(int((ours > 0).sum()), 1)
    return Verdict(states, float(1.0 - share), tuple(_runs(undecided, hop_s)))


def _voice(
    sounds: Sounds,
    ours: NDArray[np.bool_],
    theirs: NDArray[np.bool_],
    hop_s: float,
    rule: Fusing,
) -> Array | None:
    """Describe a voice where both engines hear it; where they never do, where the first does."""
    for frames in (ours & theirs, ours):
        spans = list(_runs(frames, hop_s))
        vectors = described(sounds, spans, rule.agreed_min_s, rule)
        if len(vectors):
            mean = vectors.sum(axis=0)
            return np.asarray(mean / np.linalg.norm(mean))
    return None


def _leans(
    sounds: Sounds,
    spans: Sequence[Span],
    own: Array | None,
    other: Array | None,
    rule: Fusing,
) -> list[float]:
    """By what cosine each stretch sounds more like the first voice than like the other."""
    if own is None or other is None:
        return [0.0] * len(spans)
    vectors = sounds.of(spans, rule.dispute_most_s)
    return [float(vector @ (own - other)) for vector in vectors]


def described(sounds: Sounds, spans: Sequence[Span], least_s: float, rule: Fusing) -> Array:
    """Give the vectors of the longest stretches, (m, 192), `Fusing.stretches_most` at most."""
    long = sorted((s for s in spans if s.duration >= least_s), key=lambda s: -s.duration)
    found = sounds.of(long[: rule.stretches_most], rule.stretch_most_s)
    return np.stack(found) if found else np.zeros((0, SIZE), dtype=np.float32)


def apart_deviations(sounds: Sounds, parts: Sequence[Sequence[Span]], rule: Fusing) -> float | None:
    """By how much stretches of one of two parts are more alike than stretches of both.

    Parameters
    ----------
    sounds : Sounds
        Of the recording.
    parts : sequence of two sequences of Span
        Where each is heard.

    Returns
    -------
    float or None
        In standard deviations of the cosines within the parts; None where a part has fewer than
        `Fusing.stretches_least` stretches of `Fusing.stretch_min_s`.
    """
    vectors = [described(sounds, spans, rule.stretch_min_s, rule) for spans in parts]
    if min(len(own) for own in vectors) < rule.stretches_least:
        return None
    within = np.concatenate([(own @ own.T)[np.triu_indices(len(own), 1)] for own in vectors])
    gap = float(within.mean() - (vectors[0] @ vectors[1].T).mean())
    return gap / max(float(within.std()), 1e-6)


def spoken_alone(states: States, hop_s: float) -> tuple[list[Span], list[Span]]:
    """Where the first voice speaks by itself, and where the second does."""
    return list(_runs(states == 1, hop_s)), list(_runs(states == 2, hop_s))


def _runs(frames: NDArray[np.bool_], hop_s: float) -> Iterator[Span]:
    return (Span(first * hop_s, last * hop_s) for first, last in runs(frames))
