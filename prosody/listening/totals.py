"""What a session adds up to: behaviours counted, MITI-type figures, and groups for reading.

Conventions
-----------
Single suggestions are often wrong where people disagree too; the totals of a session are what
they are good for. A total is a count and a rate per 10 minutes of sound with a 95 % interval
over the person's turns, each with the time until their next one begins. The interval holds the
spread over the session, not the errors of the rules. Figures in the manner of the MITI are made
only where a person says that the session is motivational interviewing; what the manual publishes
stands beside them and judges nobody. Frames group counts for the eye and add up to nothing.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from diarize.messages import Message, message
from diarize.timeline import Span
from diarize.turns import TurnKind
from prosody.analysis import Analysis
from prosody.cues.described import little_speech, one_at_a_time
from prosody.cues.dyad import unheard_seconds
from prosody.cues.measure import Cue, Measure
from prosody.events import Event
from prosody.intervals import rate_interval
from prosody.listening import behaviours
from prosody.listening.behaviours import Behaviour
from prosody.listening.words import kind_withheld
from prosody.settings import Listening

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
_TEN_MINUTES_S = 600.0


@dataclass(frozen=True, slots=True)
class Total:
    """How often one behaviour was suggested for one role.

    `n` is the count of events; `per_10_min` the rate per 10 minutes of sound, `low` and
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
    reason: Message | None = None


def unknown(
    counted: Iterable[Total], withheld: Callable[[Total], Message | None]
) -> tuple[Total, ...]:
    """Say of behaviours that cannot be counted in a recording why, and no number."""
    return tuple(
        t if (why := withheld(t)) is None else _unsaid(t.behaviour, t.role, why) for t in counted
    )


def totals(analysis: Analysis, found: Iterable[Event]) -> tuple[Total, ...]:
    """Count every behaviour of a session.

    Parameters
    ----------
    analysis : Analysis
        What they were found in; its settings say the least speech a rate rests on.
    found : iterable of Event
        From `prosody.listening.found.events`.

    Returns
    -------
    tuple of Total
        In the order of the table, also of those found nowhere: none found is a finding, and
        what cannot be looked for has no count but a reason. Experimental kinds are absent unless
        they were asked for or a person named one. Empty where nobody has a role.
    """
    kept = tuple(found)
    rows = behaviours.looked_for_in(analysis.settings)
    named = {e.kind for e in kept}  # by a person, where nobody looked for it
    roles = {u.role for u in analysis.conversation.utterances}
    return tuple(
        _unsaid(row.kind, role, unheard)
        if (unheard := _unheard(row, analysis)) is not None
        else _total(row, role, kept, analysis)
        for row in behaviours.table()
        if row in rows or row.kind in named
        for role in row.roles
        if role in roles
    )


def _unheard(row: Behaviour, analysis: Analysis) -> Message | None:
    """Say why a behaviour cannot be looked for; None where it can."""
    if row.needs_words:
        return kind_withheld(analysis, row)
    return one_at_a_time(analysis) if row.where == "overlap" else None


def _unsaid(kind: str, role: str, reason: Message) -> Total:
    return Total(kind, role, None, None, None, None, None, reliable=False, reason=reason)


def _total(row: Behaviour, role: str, found: Sequence[Event], analysis: Analysis) -> Total:
    conversation = analysis.conversation
    own = [e for e in found if e.kind == row.kind and e.role == role]
    carrying = {e.utterance for e in own if e.utterance is not None}
    turns = None if row.where == "silence" else len(carrying)
    counts, seconds = _by_turn(own, analysis, role)
    heard_s = conversation.duration - unheard_seconds(analysis, conversation.whole)
    rate = _TEN_MINUTES_S * len(own) / heard_s if heard_s > 0 else 0.0
    if not own:
        return Total(row.kind, role, 0, 0.0, None, None, turns, False, message("total.none_found"))
    rough = little_speech(analysis, conversation.whole)
    if rough is not None:
        return Total(row.kind, role, len(own), rate, None, None, turns, False, rough)
    low, high = rate_interval(counts, seconds / _TEN_MINUTES_S, rules=analysis.settings.intervals)
    return Total(row.kind, role, len(own), rate, low, high, turns, reliable=True)


def _by_turn(own: Sequence[Event], analysis: Analysis, role: str) -> tuple[Floats, Floats]:
    """Events in, and seconds of, each primary turn of a role and what follows it; (turns,) each.

    Together the stretches are the whole recording, so counts and seconds add up to its own;
    seconds without sound are none of them.
    """
    conversation = analysis.conversation
    starts = [u.span.start for u in conversation.of(role, kind=TurnKind.PRIMARY)][1:]
    counts = np.zeros(len(starts) + 1)
    for event in own:
        counts[bisect_right(starts, event.span.start)] += 1
    edges = [0.0, *starts, conversation.duration]
    lost = [unheard_seconds(analysis, Span(a, b)) for a, b in pairwise(edges)]
    return counts, np.diff(edges) - lost


MITI_NOTE = message("total.miti_note")
_SOURCE = "MITI 4.2.1 (Moyers, Manuel & Ernst)"


@dataclass(frozen=True, slots=True)
class MitiFigure:
    """A figure in the manner of the MITI beside what its manual publishes.

    `measure` is the session's, its part and whole count turns; `published` is None where the
    manual has no such value.
    """

    measure: Measure
    published: Message | None
    source: str

    @property
    def counted(self) -> Message:
        """What was counted among what."""
        return message(f"total.counted_{self.measure.cue.partition('.')[2]}")


def miti(limits: Listening, measured: Iterable[tuple[Cue, Measure]]) -> tuple[MitiFigure, ...]:
    """Make MITI-type figures; none unless a person says the session is motivational interviewing.

    Parameters
    ----------
    limits : Listening
        Says whether it is (`motivational_interviewing`).
    measured : iterable of tuple of Cue and Measure
        Figures of the session with their rows, which say whether they are of this kind.
    """
    if not limits.motivational_interviewing:
        return ()
    return tuple(
        MitiFigure(measure, cue.published, _SOURCE) for cue, measure in measured if cue.miti
    )


@dataclass(frozen=True, slots=True)
class Frame:
    """A way to read behaviours together: its stages; which count under which, their table says."""

    code: str
    stages: tuple[str, ...]

    @property
    def name(self) -> Message:
        """What it is called."""
        return message(f"total.{self.code}")

    @property
    def note(self) -> Message:
        """Where it comes from, and what it is not."""
        return message(f"total.{self.code}_note")


FRAMES = (
    Frame("empathic", ("sensing", "processing", "responding")),
    Frame("alliance", ("bond", "tasks", "goals")),
)


def grouped(found: Iterable[Total], frame: Frame) -> tuple[tuple[str, tuple[Total, ...]], ...]:
    """Give the therapist's totals under each stage of a frame; a behaviour may be in several."""
    own = {t.behaviour: t for t in found if t.role == "therapist"}
    return tuple(
        (
            stage,
            tuple(own[r.kind] for r in behaviours.table() if stage in r.stages and r.kind in own),
        )
        for stage in frame.stages
    )
