"""What a session adds up to: behaviours counted, MITI-type figures, and groups for reading.

Conventions
-----------
Single suggestions are often wrong where people disagree too; the totals of a session are what
they are good for. A total is a count and a rate per 10 minutes of recording with a 95 % interval
(circular-block bootstrap over turns, each with the time until the next one begins). The interval
holds the spread over the session, not the errors of the rules. Figures in the manner of the MITI
are made only where a person says that the session is motivational interviewing; what the manual
publishes stands beside them and judges nobody. Frames group counts for the eye and add up to
nothing.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diarize.conversation import Conversation
from prosody.analysis import Analysis
from prosody.cues.described import little_speech
from prosody.cues.measure import Measure
from prosody.listening.behaviours import BEHAVIOURS, CLIENTS_OWN, EITHERS, Event
from prosody.listening.detect import measures, words_withheld
from prosody.statistics import interval

__all__ = [
    "FRAMES",
    "MITI_NOTE",
    "Frame",
    "MitiFigure",
    "Total",
    "grouped",
    "miti",
    "totals",
]

Floats = NDArray[np.float64]
_FROM_TIMING = ("backchannel", "held_silence", "overlap_to_review", "withdrawal_marker")
_TEN_MINUTES_S = 600.0


@dataclass(frozen=True, slots=True)
class Total:
    """How often one behaviour was suggested for one role.

    `n` is the count of events; `per_10_min` the rate per 10 minutes of recording, `low` and
    `high` its 95 % interval; `turns` how many turns of that role carry it (None for silences,
    which belong to no turn).
    """

    behaviour: str
    role: str
    n: int | None
    per_10_min: float | None
    low: float | None
    high: float | None
    turns: int | None
    reliable: bool
    reason: str | None = None


def totals(events: Iterable[Event], analysis: Analysis) -> tuple[Total, ...]:
    """Count every behaviour of a session.

    Parameters
    ----------
    events : iterable of Event
        From `prosody.listening.detect.find`, after `apply_corrections`.
    analysis : Analysis
        What they were found in.

    Returns
    -------
    tuple of Total
        In the order of `BEHAVIOURS`, also of those found nowhere: none found is a finding, and
        what cannot be looked for has no count but a reason. Empty where nobody has a role.
    """
    kept, conversation = tuple(events), analysis.conversation
    roles = {u.role for u in conversation.utterances}
    unread = words_withheld(conversation)
    rough = little_speech(analysis, conversation.whole)
    return tuple(
        _unsaid(kind, role, unread)
        if unread is not None and kind not in _FROM_TIMING
        else _total(kind, role, kept, conversation, rough)
        for kind in BEHAVIOURS
        for role in _roles_of(kind)
        if role in roles
    )


def _roles_of(kind: str) -> tuple[str, ...]:
    if kind in EITHERS:
        return ("therapist", "client")
    return ("client",) if kind in CLIENTS_OWN else ("therapist",)


def _unsaid(kind: str, role: str, reason: str) -> Total:
    return Total(kind, role, None, None, None, None, None, reliable=False, reason=reason)


def _total(
    kind: str, role: str, events: Sequence[Event], conversation: Conversation, rough: str | None
) -> Total:
    own = [e for e in events if e.kind == kind and e.role == role]
    carrying = {e.utterance for e in own if e.utterance is not None}
    turns = None if kind == "held_silence" else len(carrying)
    counts, seconds = _by_turn(own, conversation)
    rate = _TEN_MINUTES_S * len(own) / conversation.duration
    if not own:
        return Total(kind, role, 0, 0.0, None, None, turns, False, "none was found")
    if rough is not None:
        return Total(kind, role, len(own), rate, None, None, turns, False, rough)
    low, high = interval(
        lambda rows: _TEN_MINUTES_S * counts[rows].sum(1) / seconds[rows].sum(1), counts.size
    )
    return Total(kind, role, len(own), rate, low, high, turns, reliable=True)


def _by_turn(own: Sequence[Event], conversation: Conversation) -> tuple[Floats, Floats]:
    """Events in, and seconds of, each primary turn and what follows it; (turns,) each.

    Together the stretches are the whole recording, so counts and seconds add up to its own.
    """
    starts = [u.span.start for u in conversation.utterances if u.kind == "primary"][1:]
    counts = np.zeros(len(starts) + 1)
    for event in own:
        counts[bisect_right(starts, event.span.start)] += 1
    return counts, np.diff([0.0, *starts, conversation.duration])


MITI_NOTE = (
    "Shown because somebody said that this session is motivational interviewing. The published "
    "values are those of the MITI 4.2.1 manual (Moyers, Manuel & Ernst), for sessions coded by "
    "trained people; the counts here are suggestions by rules. The manual's global ratings can "
    "only be made by a person."
)
_SOURCE = "MITI 4.2.1 (Moyers, Manuel & Ernst)"
_PUBLISHED = {
    "listening.reflections_to_questions": "1 reflection for each question is called fair, 2 good",
    "listening.open_question_share": None,
}


@dataclass(frozen=True, slots=True)
class MitiFigure:
    """A figure in the manner of the MITI beside what its manual publishes.

    `part` and `whole` count turns; `published` is None where the manual has no such value.
    """

    cue: str
    value: float | None
    part: float | None
    whole: float | None
    n: int
    low: float | None
    high: float | None
    reliable: bool
    published: str | None
    source: str
    reason: str | None = None


def miti(events: Iterable[Event], analysis: Analysis) -> tuple[MitiFigure, ...]:
    """Make MITI-type figures; none unless a person says the session is motivational interviewing.

    Parameters
    ----------
    events : iterable of Event
        After `apply_corrections`.
    analysis : Analysis
        Its ``settings.listening.motivational_interviewing``, and the least a figure rests on.
    """
    if not analysis.settings.listening.motivational_interviewing:
        return ()
    found = measures(events, analysis)
    return tuple(_beside(m) for m in found if m.cue in _PUBLISHED)


def _beside(m: Measure) -> MitiFigure:
    published = _PUBLISHED[m.cue]
    return MitiFigure(
        m.cue,
        m.value,
        m.part,
        m.whole,
        m.n,
        m.low,
        m.high,
        m.reliable,
        published,
        _SOURCE,
        m.reason,
    )


@dataclass(frozen=True, slots=True)
class Frame:
    """A way to read behaviours together: its stages, and what it is not."""

    name: str
    stages: Mapping[str, tuple[str, ...]]
    note: str


FRAMES = (
    Frame(
        "Active-empathic listening",
        {
            "sensing": ("held_silence",),
            "processing": ("summary",),
            "responding": (
                "backchannel",
                "reflection",
                "question_open",
                "check_in",
                "validation",
                "affirmation",
                "normalising",
            ),
        },
        "Three stages (Drollinger et al. 2006; Bodie 2011), here only to read counts together: no "
        "score. It is a questionnaire people answer; much of sensing and processing is not heard.",
    ),
    Frame(
        "Bond, tasks and goals",
        {
            "bond": ("reflection", "validation", "affirmation", "normalising", "repair"),
            "tasks": (
                "question_open",
                "question_closed",
                "information",
                "advice",
                "autonomy_support",
                "check_in",
            ),
            "goals": ("shared_goals", "summary"),
        },
        "Three parts of an alliance (Bordin 1979), here only to read counts together: no score. "
        "An alliance is asked about in a questionnaire, not heard.",
    ),
)


def grouped(found: Iterable[Total], frame: Frame) -> tuple[tuple[str, tuple[Total, ...]], ...]:
    """Give the therapist's totals under each stage of a frame; a behaviour may be in several."""
    own = {t.behaviour: t for t in found if t.role == "therapist"}
    return tuple(
        (stage, tuple(own[kind] for kind in kinds if kind in own))
        for stage, kinds in frame.stages.items()
    )
