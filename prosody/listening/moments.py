"""Moments worth listening to: a short, balanced list by a rule anyone can read.

Conventions
-----------
Every therapist turn and held silence collects the points of `RULE`, those of a behaviour times
its confidence. With 1.5 points on a side, and a behaviour of that side, it is a candidate; the
ones with most points are taken, half a minute apart, half of the list ``strong`` and half
``discuss`` (worth discussing) as far as there are such moments. It is a suggestion where to
listen, never a judgement of a session.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from diarize.conversation import Conversation
from diarize.timeline import Span
from prosody.listening.behaviours import Event
from prosody.settings import Settings

__all__ = ["LEAST", "RULE", "Moment", "moments"]


@dataclass(frozen=True, slots=True)
class Points:
    """One line of the rule: what counts, for which side, how much, and in which words."""

    what: str
    side: str
    points: float
    words: str


RULE = (
    Points("reflection", "strong", 2.0, "gives back what the client said"),
    Points("summary", "strong", 2.0, "joins several things the client said"),
    Points("validation", "strong", 2.0, "says that it makes sense"),
    Points("normalising", "strong", 1.0, "says that others feel so too"),
    Points("affirmation", "strong", 1.0, "names something good"),
    Points("autonomy_support", "strong", 1.0, "leaves the choice to the client"),
    Points("question_open", "strong", 1.0, "asks an open question"),
    Points("check_in", "strong", 1.0, "checks how this is for the client"),
    Points("held_silence", "strong", 2.0, "leaves the client time"),
    Points("repair", "strong", 2.0, "turns back to a possible strain"),
    Points("long answer", "strong", 2.0, "the client then spoke longer than usual"),
    Points("feeling answer", "strong", 1.0, "the client then used feeling words"),
    Points("advice", "discuss", 2.0, "says what to do"),
    Points("confrontation", "discuss", 3.0, "disagrees or warns"),
    Points("overlap_to_review", "discuss", 3.0, "starts while the client speaks"),
    Points("question_closed", "discuss", 0.5, "asks a closed question"),
    Points("short answer", "discuss", 1.0, "the client then spoke much shorter than usual"),
    Points("long turn", "discuss", 1.5, "is one of the therapist's longest turns"),
    Points("client marker", "discuss", 2.0, "follows words that may mark a strain"),
)


LEAST = 1.5


@dataclass(frozen=True, slots=True)
class Moment:
    """One stretch worth listening to.

    `span` is the moment itself, `context` what to play; `events` index into the events given;
    `side` is ``strong`` or ``discuss``; `reason` is plain words for the agenda.
    """

    side: str
    span: Span
    context: Span
    reason: str
    points: float
    events: tuple[int, ...]


def moments(
    conversation: Conversation, events: Sequence[Event], settings: Settings
) -> tuple[Moment, ...]:
    """Choose a short list worth listening to.

    Parameters
    ----------
    conversation : Conversation
        For the context of each moment and the usual lengths.
    events : sequence of Event
        From `prosody.listening.detect.find`, corrected or not.
    settings : Settings
        ``settings.listening``: how many moments, how far apart, how much context.

    Returns
    -------
    tuple of Moment
        In order of time; at most half of either side where both have some. Empty without
        events.
    """
    limits = settings.listening
    groups: dict[tuple[Span, int | None], list[int]] = {}
    for i, event in enumerate(events):
        if event.role == "therapist" and event.kind != "backchannel":
            groups.setdefault((event.span, event.utterance), []).append(i)
    usual = _usual(conversation)
    candidates = [
        moment
        for (span, _), members in groups.items()
        for side in ("strong", "discuss")
        if (moment := _weigh(side, span, members, events, usual, conversation, settings))
    ]
    candidates.sort(key=lambda m: (-m.points, m.span))
    chosen: list[Moment] = []
    for side in ("strong", "discuss"):
        room = limits.moments // 2
        for m in (c for c in candidates if c.side == side):
            apart = all(abs(m.span.start - o.span.start) >= limits.moment_apart_s for o in chosen)
            if room and apart:
                chosen.append(m)
                room -= 1
    return tuple(sorted(chosen, key=lambda m: m.span))


@dataclass(frozen=True, slots=True)
class _Usual:
    client_talk_s: float
    long_turn_s: float


def _usual(conversation: Conversation) -> _Usual:
    """The client's median turn and the therapist's ninth decile, in seconds."""
    client = sorted(u.phonation for u in conversation.of("client", kind="primary"))
    own = sorted(u.phonation for u in conversation.of("therapist", kind="primary"))
    return _Usual(
        client[len(client) // 2] if client else 0.0,
        max(own[int(0.9 * (len(own) - 1))], 15.0) if own else float("inf"),
    )


def _weigh(
    side: str,
    span: Span,
    members: list[int],
    events: Sequence[Event],
    usual: _Usual,
    conversation: Conversation,
    settings: Settings,
) -> Moment | None:
    """Add up one side's points; None under `LEAST`, or where the answer alone would decide."""
    kinds = {events[i].kind: events[i].confidence for i in members}
    facts = _facts(span, [events[i] for i in members], events, usual)
    scored = [
        (rule.points * kinds.get(rule.what, 1.0), rule.words)
        for rule in RULE
        if rule.side == side and (rule.what in kinds or rule.what in facts)
    ]
    own = any(rule.side == side and rule.what in kinds for rule in RULE)
    points = sum(p for p, _ in scored)
    if points < LEAST or not own:
        return None
    context = span.widened(settings.listening.moment_context_s) & conversation.whole or span
    scored.sort(reverse=True)
    reason = "; ".join(words for _, words in scored)
    return Moment(side, span, context, reason, round(points, 2), tuple(members))


def _facts(span: Span, own: list[Event], events: Iterable[Event], usual: _Usual) -> set[str]:
    """What besides the behaviour counts: length, what came before and what the client did next."""
    facts = set()
    outcome = next((e.outcome for e in own if e.outcome), None)
    talk = outcome.client_talk_s if outcome else None
    if talk is not None and usual.client_talk_s > 0:
        if talk >= max(1.5 * usual.client_talk_s, 5.0):
            facts.add("long answer")
        elif talk <= 0.33 * usual.client_talk_s:
            facts.add("short answer")
    if outcome and outcome.client_feeling_words:
        facts.add("feeling answer")
    if span.duration >= usual.long_turn_s:
        facts.add("long turn")
    for e in events:
        near = 0 <= span.start - e.span.end <= 5 or e.span.overlap(span) > 0
        if e.role == "client" and e.kind.endswith("_marker") and near:
            facts.add("client marker")
    return facts
