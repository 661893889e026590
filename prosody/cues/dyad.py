"""What happens between two people: changes of turn, overlaps, silences, waits.

Conventions
-----------
Pure readings of a conversation, each a tuple of frozen rows in order of time; times in seconds.
A turn here is a primary turn; backchannels and secondary turns never change the floor. Rows hold
the index of the utterance they speak of, never its text. A conversation without the thing
asked for gives an empty tuple. Definitions and sources: docs/turn-taking.md.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from diarize.conversation import Silence, Utterance
from diarize.messages import Message, message
from diarize.timeline import Span, intersection, subtract, union
from diarize.turns import TurnKind
from diarize.word_traits import ends_sentence, is_question
from prosody.analysis import Analysis, shared
from prosody.settings import TurnTaking

__all__ = [
    "LongSilence",
    "Overlap",
    "Transition",
    "Wait",
    "long_monologues",
    "overlap_seconds",
    "overlaps",
    "seconds_of_speech",
    "silences",
    "starting",
    "starting_in",
    "starts",
    "to_review",
    "transitions",
    "waits",
]

Floats = NDArray[np.float64]
_TOUCHING_S = 1e-9  # from an offset of 0, which rounding alone can make


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of turn: `by` takes the floor after `after`.

    `offset_s` is the start of the next primary turn less the end of the previous one; below 0
    they overlap; 0 where they touch, which says who followed whom and not how soon. `at` is the
    start of the next turn.
    """

    at: float
    offset_s: float
    by: str
    after: str
    previous: int
    next: int

    @property
    def timed(self) -> bool:
        """Whether it is known how soon the next turn came."""
        return self.offset_s != 0.0


@dataclass(frozen=True, slots=True)
class Overlap:
    """Simultaneous speech of two voices: `by` came in while `over` was speaking.

    `kind` is ``backchannel``, ``terminal``, ``to_review`` or ``other``; `span` reaches from the
    first to the last shared moment, `shared_s` counts the shared time alone; `evidence` says in
    numbers why it was sorted so.
    """

    span: Span
    shared_s: float
    by: str
    over: str
    kind: str
    incoming: int
    ongoing: int
    evidence: Message


@dataclass(frozen=True, slots=True)
class LongSilence:
    """A silence, and what ended it.

    `then` is ``backchannel``, ``question`` (its first sentence ends in a question mark)
    or ``speech``; `next` indexes the utterance that ended it.
    """

    silence: Silence
    then: str
    next: int


@dataclass(frozen=True, slots=True)
class Wait:
    """The time after a stop in one person's turn until somebody speaks.

    `end` is ``taken`` (the other took the floor), ``resumed`` (the same person went on) or
    ``open`` (a third voice, or the end of the recording, came first).
    """

    start: float
    seconds: float
    end: str


def _offset(before: Span, after: Span) -> float:
    """Floor transfer offset, seconds; one that is 0 but for rounding is 0."""
    gap = before.gap(after)
    return gap if abs(gap) > _TOUCHING_S else 0.0


@shared
def transitions(analysis: Analysis) -> tuple[Transition, ...]:
    """List the changes of turn: neighbouring primary turns of different voices.

    Floor transfer offset as in Heldner & Edlund 2010 and CANDOR: next start less previous end.
    """
    primary = [u for u in analysis.conversation.utterances if u.kind == TurnKind.PRIMARY]
    return tuple(
        Transition(b.span.start, _offset(a.span, b.span), b.role, a.role, a.index, b.index)
        for a, b in pairwise(primary)
        if a.voice != b.voice and not analysis.conversation.unheard(a.span.end, b.span.start)
    )


@shared
def starts(analysis: Analysis, role: str | None = None, kind: str | None = None) -> Floats:
    """Starts of a role's utterances of one kind in order, seconds; None stands for all."""
    return np.array(
        [
            u.span.start
            for u in analysis.conversation.utterances
            if role in (None, u.role) and kind in (None, u.kind)
        ],
        dtype=np.float64,
    )


def starting_in(
    analysis: Analysis, within: Span, role: str | None = None, kind: str | None = None
) -> slice:
    """Give which of a role's utterances of one kind start in ``[within.start, within.end)``."""
    edges = (within.start, within.end)
    return slice(*np.searchsorted(starts(analysis, role, kind), edges).tolist())


def starting(analysis: Analysis, within: Span, role: str | None = None) -> int:
    """Count a role's utterances, or everybody's, that start in a window."""
    here = starting_in(analysis, within, role)
    return int(here.stop - here.start)


@shared
def _edges(analysis: Analysis, role: str | None) -> Floats:
    """Starts and ends of a role's speech, or of anybody's for None, shape (2, n)."""
    spans = analysis.conversation.speech(role) if role is not None else _anybody(analysis)
    return np.array([(s.start, s.end) for s in spans], dtype=np.float64).reshape(-1, 2).T


def _anybody(analysis: Analysis) -> tuple[Span, ...]:
    talk = analysis.conversation
    return intersection((talk.whole,), (ipu for u in talk.utterances for ipu in u.ipus))


def seconds_of_speech(analysis: Analysis, role: str | None, within: Span) -> float:
    """Give the seconds a role speaks inside a window; None is anybody, each instant once."""
    return _clipped(_edges(analysis, role), within)


def _clipped(edges: Floats, within: Span) -> float:
    low, high = np.maximum(edges[0], within.start), np.minimum(edges[1], within.end)
    return float(np.maximum(high - low, 0.0).sum())


@shared
def overlaps(analysis: Analysis) -> tuple[Overlap, ...]:
    """Sort every overlap: a backchannel, a terminal overlap, one to review, or other talk.

    In this order: one of the two utterances is a backchannel; the newcomer starts no more than
    `terminal_overlap_s` before the other's end; the other had spoken for `lead_s`, stops within
    `yield_s` without finishing the sentence and says nothing for `hold_s`, which the newcomer's
    turn outlasts and fills at least half with speech (a breath gives nothing up); anything
    else. An overlap to review is a place to listen, not an interruption: that judgement
    depends on the listener. The limits are [design], the lag NaturalTurn's.
    """
    limits = analysis.settings.turntaking
    return tuple(
        _sorted_overlap(ongoing, incoming, both, limits)
        for ongoing, incoming, both in _simultaneous(analysis)
    )


def to_review(analysis: Analysis) -> tuple[Overlap, ...]:
    """List the overlaps to review between therapist and client; events and their count use it."""
    return tuple(
        o
        for o in overlaps(analysis)
        if o.kind == "to_review" and {o.by, o.over} == {"therapist", "client"}
    )


def _simultaneous(
    analysis: Analysis,
) -> Iterator[tuple[Utterance, Utterance, tuple[Span, ...]]]:
    """Pairs of utterances of different voices that share time, the later starter second."""
    open_: list[Utterance] = []
    for incoming in analysis.conversation.utterances:
        open_ = [u for u in open_ if u.span.end > incoming.span.start]
        for ongoing in open_:
            if ongoing.voice != incoming.voice:
                both = intersection(ongoing.ipus, incoming.ipus)
                if both:
                    yield ongoing, incoming, both
        open_.append(incoming)


def _sorted_overlap(
    ongoing: Utterance, incoming: Utterance, shared: tuple[Span, ...], limits: TurnTaking
) -> Overlap:
    kind, evidence = _overlap_kind(ongoing, incoming, shared[0].start, limits)
    return Overlap(
        Span(shared[0].start, shared[-1].end),
        sum(span.duration for span in shared),
        incoming.role,
        ongoing.role,
        kind,
        incoming.index,
        ongoing.index,
        evidence,
    )


def _overlap_kind(
    ongoing: Utterance, incoming: Utterance, at: float, limits: TurnTaking
) -> tuple[str, Message]:
    if TurnKind.BACKCHANNEL in (ongoing.kind, incoming.kind):
        return "backchannel", message("overlap.backchannel")
    before_end = ongoing.span.end - incoming.span.start
    if before_end <= limits.terminal_overlap_s:
        return "terminal", message("overlap.terminal", seconds=before_end)
    lead = incoming.span.start - ongoing.span.start
    stop = _stop_after(ongoing, at)
    held = _speech_after(incoming, stop, limits.hold_s)
    yielded = stop - at <= limits.yield_s and not _speech_after(ongoing, stop, limits.hold_s)
    finished = _finished(ongoing, stop)
    numbers = message(
        _FINISHED[finished], lead=lead, stopped=stop - at, held=held, hold=limits.hold_s
    )
    holds = held >= limits.hold_share * limits.hold_s and incoming.span.end - stop >= limits.hold_s
    if lead >= limits.lead_s and yielded and holds and finished is not True:
        return "to_review", numbers
    return "other", numbers


_FINISHED = {
    True: "overlap.sentence_finished",
    False: "overlap.sentence_unfinished",
    None: "overlap.sentence_unknown",
}


def _stop_after(utterance: Utterance, at: float) -> float:
    """When the stretch of speech that is on at a time ends; the time itself if none is."""
    return next((ipu.end for ipu in utterance.ipus if ipu.start <= at < ipu.end), at)


def _speech_after(utterance: Utterance, start: float, length: float) -> float:
    window = Span(start, start + length)
    return sum(ipu.overlap(window) for ipu in utterance.ipus)


def _finished(utterance: Utterance, stop: float) -> bool | None:
    """Whether the last word up to a stop carries terminal punctuation; None without words."""
    said = [word for word in utterance.words if word.span.middle <= stop]
    if not said or not any(map(ends_sentence, utterance.words)):
        return None  # no words, or a transcript without punctuation
    return ends_sentence(said[-1])


@shared
def silences(analysis: Analysis, least_s: float) -> tuple[LongSilence, ...]:
    """List the silences of at least `least_s` seconds, with what came next."""
    opening = {ipu.start: u for u in reversed(analysis.conversation.utterances) for ipu in u.ipus}
    found = []
    for silence in analysis.conversation.silences:
        if silence.span.duration >= least_s:
            following = opening[silence.span.end]
            then = _then(following, silence.span.end)
            found.append(LongSilence(silence, then, following.index))
    return tuple(found)


def _then(utterance: Utterance, start: float) -> str:
    if utterance.kind == TurnKind.BACKCHANNEL:
        return "backchannel"
    for word in utterance.words:
        if word.span.end > start and ends_sentence(word):
            return "question" if is_question(word) else "speech"
    return "speech"


@shared
def waits(analysis: Analysis, after: str, by: str) -> tuple[Wait, ...]:
    """Start a clock at every stop in the primary turns of `after`; say how it ended.

    The clock ends as ``taken`` when `by` starts anything but a backchannel, as ``resumed`` when
    `after` goes on. Where `by` came in before the stop the wait is 0; where `by` had been
    speaking since before that stretch of speech there is no wait.
    """
    floor = [u for u in analysis.conversation.utterances if u.kind != TurnKind.BACKCHANNEL]
    taking = union(ipu for u in floor if u.role == by for ipu in u.ipus)
    others = union(ipu for u in floor if u.role not in (by, after) for ipu in u.ipus)
    takes, thirds = [s.start for s in taking], [s.start for s in others]
    resumes = [span.start for span in analysis.conversation.speech(after)]
    found = []
    for turn in analysis.conversation.of(after, kind=TurnKind.PRIMARY):
        for ipu in turn.ipus:
            if not _speaking(taking, ipu.start):
                found.append(_wait(ipu, takes, resumes, thirds, analysis.conversation.duration))
    unheard = analysis.conversation.unheard
    heard = (w for w in found if not unheard(w.start, w.start + w.seconds))
    return tuple(sorted(heard, key=lambda wait: wait.start))


def _speaking(spans: Sequence[Span], at: float) -> bool:
    i = bisect_right(spans, at, key=lambda span: span.start) - 1
    return i >= 0 and spans[i].end > at


def _wait(
    ipu: Span,
    takes: Sequence[float],
    resumes: Sequence[float],
    thirds: Sequence[float],
    duration: float,
) -> Wait:
    taken = _next(takes, ipu.start)
    resumed = _next(resumes, ipu.end)
    other = min(_next(thirds, ipu.start), max(duration, ipu.end))
    first = min(taken, resumed, other)
    end = "taken" if first == taken else "resumed" if first == resumed else "open"
    return Wait(ipu.end, max(0.0, first - ipu.end), end)


def _next(starts: Sequence[float], at: float) -> float:
    """Give the first start after a time; infinity where there is none."""
    i = bisect_right(starts, at)
    return starts[i] if i < len(starts) else float("inf")


def long_monologues(analysis: Analysis) -> tuple[Utterance, ...]:
    """List the primary turns that last at least `monologue_s` seconds."""
    least_s = analysis.settings.turntaking.monologue_s
    return tuple(
        u
        for u in analysis.conversation.utterances
        if u.kind == TurnKind.PRIMARY and u.span.duration >= least_s
    )


def overlap_seconds(analysis: Analysis, within: Span) -> float:
    """Give the seconds inside a window in which two or more voices speak."""
    return _clipped(_overlap_edges(analysis), within)


@shared
def _overlap_edges(analysis: Analysis) -> Floats:
    spans = analysis.conversation.overlaps()
    return np.array([(s.start, s.end) for s in spans], dtype=np.float64).reshape(-1, 2).T


def unheard_seconds(analysis: Analysis, within: Span) -> float:
    """Give the seconds inside a window of which nobody knows whether anybody spoke."""
    return _clipped(_unheard_edges(analysis), within)


@shared
def _unheard_edges(analysis: Analysis) -> Floats:
    """Where sound is missing and nobody is known to speak: a lost channel is not the other's."""
    talk = analysis.conversation
    spans = subtract(talk.missing, (ipu for u in talk.utterances for ipu in u.ipus))
    return np.array([(s.start, s.end) for s in spans], dtype=np.float64).reshape(-1, 2).T
