"""Which words stand beside a place, on the page and in the report: before it, in it, after it.

Conventions
-----------
A backchannel is no turn here. Names are those of the dashboard; where a turn has no words that is
for whoever shows it to leave out.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence

from diarize.conversation import Role, TurnKind, Utterance
from diarize.messages import message
from diarize.timeline import Span
from prosody.report.model import Report

__all__ = ["Around", "Spoken", "around", "by_role", "on_the_floor"]

Around = tuple[tuple[str, Utterance], ...]
Spoken = Mapping[str, Sequence[Utterance]]


def on_the_floor(report: Report) -> list[Utterance]:
    """Give the turns that are no backchannels."""
    return [turn for turn in report.turns if turn.kind != TurnKind.BACKCHANNEL]


def by_role(report: Report) -> Spoken:
    """Give the turns of each person that are no backchannels, in order of time."""
    found: dict[str, list[Utterance]] = {}
    for turn in sorted(on_the_floor(report), key=lambda turn: turn.span):
        found.setdefault(turn.role, []).append(turn)
    return found


def around(spoken: Spoken, role: str, at: Span, own: Utterance | None) -> Around:
    """Give the turns before, at and after a place of a person, with what each is called.

    Parameters
    ----------
    spoken : mapping
        As `by_role` gives it.
    role : str
        Whose place it is; before and after it are the other person's turns.
    at : Span
        The place, in seconds.
    own : Utterance or None
        The turn that the place is; None where it is a silence.
    """
    other = Role.THERAPIST if role == Role.CLIENT else Role.CLIENT
    turns = spoken.get(other, ())
    begun = bisect_left(turns, at.start, key=lambda turn: turn.span.start)
    before = turns[begun - 1] if begun else None
    ended = bisect_right(turns, at.end, key=lambda turn: turn.span.end)
    after = next((turn for turn in turns[ended : ended + 2] if turn is not before), None)
    rows = (("before_of", other, before), ("then_of", role, own), ("next_of", other, after))
    return tuple(
        (str(message(f"dashboard.{code}", role=whose)), turn)
        for code, whose, turn in rows
        if turn is not None
    )
