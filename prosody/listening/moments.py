"""Moments worth listening to: a short, balanced list by a rule anyone can read.

Conventions
-----------
Every therapist turn and held silence collects points, those of a behaviour (its row in the table)
times its confidence, and those of `FACTS` about what came before and next. With enough points on
a side, and a behaviour of that side, it is a candidate; what only words suggest decides no side
where it is hardly more likely right than wrong. The ones with most points are taken, some way
apart, half of the list ``strong`` and half ``discuss`` (worth discussing) as far as there are such
moments. It is a suggestion where to listen, never a judgement of a session.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from diarize.messages import Message, message
from diarize.timeline import Span
from diarize.turns import TurnKind
from prosody.analysis import Analysis
from prosody.events import Event
from prosody.listening import behaviours
from prosody.settings import Listening

__all__ = ["FACTS", "SIDES", "Counted", "Fact", "Moment", "moments", "points_by_kind", "rule"]

SIDES = ("strong", "discuss")


@dataclass(frozen=True, slots=True)
class Counted:
    """One line of the rule: what counts, for which side, and how much."""

    what: str
    side: str
    points: float

    @property
    def words(self) -> str:
        """Why it counts, in words."""
        return str(message(f"moment.{self.what}"))


@dataclass(frozen=True, slots=True)
class Fact:
    """What besides behaviours counts, and for which side.

    Its words stand in the catalogue under its name, its points in ``settings.listening`` as
    ``NAME_points``. `answer` is whether it is what the client did next.
    """

    what: str
    side: str
    answer: bool = False


FACTS = (
    Fact("long_answer", "strong", answer=True),
    Fact("feeling_answer", "strong", answer=True),
    Fact("short_answer", "discuss", answer=True),
    Fact("long_turn", "discuss"),
    Fact("client_marker", "discuss"),
)


@dataclass(frozen=True, slots=True)
class Moment:
    """One stretch worth listening to.

    `span` is the moment itself, `context` what to play; `events` index into the events given;
    `side` is ``strong`` or ``discuss``; `reason` says why for the agenda: its field ``of`` names
    what counted, what counted most first.
    """

    side: str
    span: Span
    context: Span
    reason: Message
    points: float
    events: tuple[int, ...]


def points_by_kind() -> dict[str, float]:
    """Give the points of each behaviour that counts for a moment, by its kind."""
    return {row.kind: row.moment.points for row in behaviours.table() if row.moment}


def rule(limits: Listening, told: Mapping[str, float] | None = None) -> tuple[Counted, ...]:
    """Give the whole rule: behaviours in the order of their table, then facts, side by side.

    Parameters
    ----------
    limits : Listening
        Has the points of facts.
    told : mapping, optional
        The points of behaviours, as a report has them; without it those of their table.
    """
    own = points_by_kind() if told is None else told
    facts = (Counted(f.what, f.side, getattr(limits, f"{f.what}_points")) for f in FACTS)
    rows = (
        Counted(row.kind, row.moment.side, own[row.kind])
        for row in behaviours.table()
        if row.moment and row.kind in own
    )
    return tuple(sorted((*rows, *facts), key=lambda line: SIDES.index(line.side)))


def moments(analysis: Analysis, found: Sequence[Event]) -> tuple[Moment, ...]:
    """Choose a short list worth listening to.

    Parameters
    ----------
    analysis : Analysis
        Its conversation gives the context of each moment and the usual lengths; its settings,
        section ``listening``, how many moments, how far apart, how much context.
    found : sequence of Event
        From `prosody.listening.found.events`.

    Returns
    -------
    tuple of Moment
        In order of time; at most half of either side where both have some. Empty without
        events.
    """
    limits = analysis.settings.listening
    candidates = sorted(_candidates(analysis, found), key=lambda m: (-m.points, m.span))
    chosen: list[Moment] = []
    for side in SIDES:
        room = limits.moments // 2
        for m in (c for c in candidates if c.side == side):
            apart = all(abs(m.span.start - o.span.start) >= limits.moment_apart_s for o in chosen)
            if room and apart:
                chosen.append(m)
                room -= 1
    return tuple(sorted(chosen, key=lambda m: m.span))


def _candidates(analysis: Analysis, found: Sequence[Event]) -> Iterator[Moment]:
    """Weigh every stretch with a behaviour, once for each side."""
    limits = analysis.settings.listening
    groups: dict[tuple[Span, int | None], list[int]] = {}
    for i, event in enumerate(found):
        if event.role == "therapist" and behaviours.counts(event):
            groups.setdefault((event.span, event.utterance), []).append(i)
    usual, lines = _usual(analysis), rule(limits)
    strains = [event.span for event in found if _marks_strain(event)]
    for (span, _), members in groups.items():
        sure = {found[i].kind: found[i].confidence for i in members}
        decide = {found[i].kind for i in members if _decides(found[i], limits)}
        facts = _facts(span, [found[i] for i in members], strains, usual, limits)
        for side in SIDES:
            scored = [
                (line.points * sure.get(line.what, 1.0), line.what)
                for line in lines
                if line.side == side and (line.what in sure or line.what in facts)
            ]
            points = sum(p for p, _ in scored)
            own = any(what in decide for _, what in scored)  # an answer alone decides nothing
            if own and points >= limits.moment_least_points:
                yield _moment(side, span, scored, members, analysis)


def _decides(event: Event, limits: Listening) -> bool:
    """Whether a behaviour is sure enough to say which side a moment is on."""
    row = behaviours.get(event.kind)
    read = row is not None and row.reads is not None and event.corrected_by is None
    return not read or event.confidence >= limits.moment_least_confidence


def _moment(
    side: str,
    span: Span,
    scored: Sequence[tuple[float, str]],
    members: Sequence[int],
    analysis: Analysis,
) -> Moment:
    around = span.widened(analysis.settings.listening.moment_context_s)
    context = around & analysis.conversation.whole or span
    most_first = sorted(scored, key=lambda line: (-line[0], line[1]))
    reason = message("moment.because", of=tuple(what for _, what in most_first))
    points = round(sum(points for points, _ in scored), 2)
    return Moment(side, span, context, reason, points, tuple(members))


@dataclass(frozen=True, slots=True)
class _Usual:
    client_talk_s: float
    long_turn_s: float


def _usual(analysis: Analysis) -> _Usual:
    """The client's median turn, and what only the therapist's longest turns reach, in seconds."""
    conversation, limits = analysis.conversation, analysis.settings.listening
    client = sorted(u.phonation for u in conversation.of("client", kind=TurnKind.PRIMARY))
    own = sorted(u.phonation for u in conversation.of("therapist", kind=TurnKind.PRIMARY))
    long = own[int(limits.long_turn_share * (len(own) - 1))] if own else float("inf")
    return _Usual(client[len(client) // 2] if client else 0.0, max(long, limits.long_turn_s))


def _facts(
    span: Span, own: Iterable[Event], strains: Iterable[Span], usual: _Usual, limits: Listening
) -> set[str]:
    """What besides the behaviour counts: length, what came before and what the client did next."""
    facts = set()
    outcome = next((e.outcome for e in own if e.outcome), None)
    talk = outcome.client_talk_s if outcome else None
    if talk is not None and usual.client_talk_s > 0:
        long = limits.long_answer_times_usual * usual.client_talk_s
        if talk >= max(long, limits.long_answer_s):
            facts.add("long_answer")
        elif talk <= limits.short_answer_times_usual * usual.client_talk_s:
            facts.add("short_answer")
    if outcome and outcome.client_feeling_words:
        facts.add("feeling_answer")
    if span.duration >= usual.long_turn_s:
        facts.add("long_turn")
    near_s = limits.strain_within_s
    if any(0 <= span.start - s.end <= near_s or s.overlap(span) > 0 for s in strains):
        facts.add("client_marker")
    return facts


def _marks_strain(event: Event) -> bool:
    """Whether an event is words of a client that may mark a strain."""
    row = behaviours.get(event.kind)
    own = event.role == "client" and row is not None and row.owner == "client"
    return own and behaviours.counts(event)
