"""What the client did next after a behaviour: how soon, how long, how many words.

Conventions
-----------
An outcome is what came next and no more; nothing here says why. Where the therapist takes another
primary turn first, or words are not read, a value is None.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

from diarize.conversation import Utterance
from diarize.timeline import Span, total
from diarize.turns import TurnKind
from prosody.analysis import Analysis, shared
from prosody.cues.measure import Named
from prosody.cues.words import FEELING, Counts, counted, word_counts
from prosody.events import Event, Outcome
from prosody.listening import behaviours
from prosody.listening.words import rules_of

__all__ = ["VALUES", "Next", "outcome_after", "outcome_of"]


def outcome_of(analysis: Analysis, event: Event) -> Outcome:
    """Say what the client did after an event; a backchannel is followed by the rest of the turn."""
    row = behaviours.get(event.kind)
    around = _around(analysis, event.span) if row is not None and row.aside else None
    if around is None:
        return outcome_after(analysis, event.span)
    rest = Span(event.span.end, around.span.end)
    talk = round(total(around.ipus, rest), 3)
    if not around.words:
        return Outcome(talk)
    before = sum(w.span.middle < rest.start for w in around.words)
    left = word_counts(analysis)[around.index][before:]
    return Outcome(talk, len(left), None, _feeling(analysis, left))


def _around(analysis: Analysis, span: Span) -> Utterance | None:
    """Give the client's turn that a stretch lies in."""
    own = (u for u in _primary(analysis) if u.role == "client" and u.span.end > span.end)
    return next((u for u in own if u.span.start < span.start), None)


@shared
def _primary(analysis: Analysis) -> tuple[Utterance, ...]:
    return tuple(u for u in analysis.conversation.utterances if u.kind == TurnKind.PRIMARY)


def outcome_after(analysis: Analysis, span: Span) -> Outcome:
    """Give what the client did after a stretch: their next primary utterance, if it is theirs."""
    turns = _primary(analysis)
    place = bisect_right(turns, span.start, key=lambda u: u.span.start)
    if place == len(turns) or turns[place].role != "client":
        return Outcome()
    following = turns[place]
    counted = bool(following.words)
    return Outcome(
        round(following.phonation, 3),
        len(following.words) if counted else None,
        round(following.span.start - span.end, 3),
        _feeling(analysis, word_counts(analysis)[following.index]) if counted else None,
    )


def _feeling(analysis: Analysis, said: tuple[Counts, ...]) -> int | None:
    """Count feeling words; None where the words are not read."""
    return None if rules_of(analysis) is None else counted(said, FEELING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Next(Named):
    """A number of what came next.

    Parameters
    ----------
    read : callable
        What a link compares, in the row's unit; None where it is not known.
    counted : callable, optional
        What the card of one place tells instead, as ``words`` of the catalogue name it.
    """

    read: Callable[[Outcome], float | None]
    counted: Callable[[Outcome], int | None] | None = None


def _feeling_share(outcome: Outcome) -> float | None:
    """Feeling words per 100; None where there are none to count among, or they are not read."""
    if not outcome.client_words or outcome.client_feeling_words is None:
        return None
    return 100 * outcome.client_feeling_words / outcome.client_words


# What a link may compare: the client's next turn.
VALUES: tuple[Next, ...] = (
    Next(
        name="next.latency",
        unit="s",
        label="The time until the client spoke",
        higher="longer",
        lower="shorter",
        meaning="Floor transfer offset into the client's next turn.",
        read=lambda outcome: outcome.latency_s,
    ),
    Next(
        name="next.client_talk",
        unit="s",
        label="The client's next stretch of speech",
        higher="longer",
        lower="shorter",
        meaning="Seconds the client spoke in their next turn.",
        read=lambda outcome: outcome.client_talk_s,
    ),
    Next(
        name="next.client_words",
        unit="words",
        label="The number of words the client said next",
        higher="more words",
        lower="fewer words",
        meaning="Words of the client's next turn.",
        read=lambda outcome: outcome.client_words,
    ),
    Next(
        name="next.feeling_words",
        unit="per 100 words",
        label="The share of feeling words in what the client said next",
        higher="more feeling words",
        lower="fewer feeling words",
        meaning="Feeling words per 100 words of the client's next turn.",
        read=_feeling_share,
        counted=lambda outcome: outcome.client_feeling_words,
    ),
)
