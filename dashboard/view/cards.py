"""One card per place worth listening to: everything a listener wants beside the sound.

Pure: a report in, cards out. Numbers are the report's own, words are not copied: a card names the
turns it quotes. What is usual for a person is the middle of their own values in this session.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from dashboard.view import charts
from dashboard.view.words import for_the_page, label, say, sent
from diarize.conversation import Role, Silence, SilenceKind, TurnKind, Utterance
from diarize.timeline import Span
from prosody.cues.dyad import Overlap
from prosody.events import Event
from prosody.listening.moments import Moment
from prosody.listening.outcomes import VALUES
from prosody.render import wording
from prosody.render.listen_first import because, title
from prosody.render.quoting import Around, Spoken, around, by_role, on_the_floor
from prosody.report.model import Report
from prosody.settings import Playing
from prosody.store import agenda
from prosody.store.agenda import Item

__all__ = [
    "Card",
    "Quote",
    "agenda_list",
    "events",
    "moments",
    "overlap_list",
    "plain",
    "ranges",
    "silence_how",
    "silence_list",
    "who",
]

Numbered = Mapping[int | None, Utterance]

_PLAYING = Playing()


@dataclass(frozen=True, slots=True)
class Quote:
    """Words beside the sound: who said them, when in the exchange, and in which turn."""

    who: str
    turn: int


@dataclass(frozen=True, slots=True)
class Card:
    """One place to listen to; every card can be played.

    `label` is what the list can be narrowed to; `play_s` to `stop_s` is what a click plays
    (None: on and on), `context` the stretch with what lies around it. `gist` is a line for the
    list; "" stands for the words of its turn. `values` are cues at that moment, by name. `turn` is
    the number of the turn it belongs to, if any; `by` the code of who confirmed or corrected it.
    """

    kind: str
    title: str
    label: str
    gist: str
    role: str
    span: Span
    context: Span
    play_s: float
    stop_s: float | None
    quotes: tuple[Quote, ...] = ()
    evidence: str = ""
    doubt: str = ""
    values: Mapping[str, float] = field(default_factory=dict)
    outcome: tuple[tuple[str, str], ...] = ()
    turn: int | None = None
    by: str = ""


def plain(card: Card) -> dict[str, Any]:
    """Give a card as it goes to the page."""
    own = {f.name: getattr(card, f.name) for f in fields(card)}  # as it is: nothing is changed
    span, context = own.pop("span"), own.pop("context")
    own |= {"start_s": span.start, "end_s": span.end}
    own |= {"lead_s": context.start, "tail_s": context.end}
    return {**own, "quotes": [[quote.who, quote.turn] for quote in card.quotes]}


def events(report: Report) -> tuple[Card, ...]:
    """Make a card for every behaviour, in order of time."""
    happenings = sorted(report.events, key=lambda e: (e.span.start, e.span.end, e.kind))
    spoken, turns = by_role(report), _numbered(report)
    return tuple(_event(report, e, spoken, turns.get(e.utterance)) for e in happenings)


def _event(report: Report, event: Event, spoken: Spoken, own: Utterance | None) -> Card:
    beside = around(spoken, event.role, event.span, own)
    name = wording.behaviour(event.kind)
    return Card(
        kind=event.kind,
        title=name,
        label=name,
        gist="" if own and own.text else str(event.evidence),
        role=event.role,
        span=event.span,
        context=_context(report, beside, event.span),
        play_s=event.span.start,
        stop_s=None,
        quotes=_quotes(beside),
        evidence=say("evidence", evidence=for_the_page(event.evidence)),
        doubt=_doubt(event),
        values=_values(event),
        outcome=_outcome(event),
        turn=event.utterance,
        by=event.corrected_by or "",
    )


def _values(event: Event) -> dict[str, float]:
    """Give the cues of its turn, as they go to the page."""
    return {name: sent(value) for name, value in event.values.items()}


def _values_of(report: Report, turn: int | None) -> dict[str, float]:
    """Give the cues of a turn, which are kept with the behaviours in it; none where it has none."""
    own = (event for event in report.events if turn is not None and event.utterance == turn)
    return next((_values(event) for event in own if event.values), {})


def _doubt(event: Event) -> str:
    if event.corrected_by:
        return say("judged_by", by=event.corrected_by)
    if event.sub_kind:
        return say(
            "suggestion_within",
            confidence=event.confidence,
            sub_kind=wording.sub_kind(event.sub_kind),
        )
    return say("suggestion", confidence=event.confidence)


def _numbered(report: Report) -> Numbered:
    return {turn.index: turn for turn in report.turns}


def _context(report: Report, beside: Around, at: Span) -> Span:
    """Bound what is played with a moment: the turns around it, as far as `Playing` lets it."""
    first = min((t.span.start for _, t in beside), default=at.start)
    last = max((t.span.end for _, t in beside), default=at.end)
    lead_s = min(max(first, at.start - _PLAYING.context_s), max(0.0, at.start - _PLAYING.lead_s))
    tail_s = max(min(last, at.end + _PLAYING.context_s), at.end + _PLAYING.lead_s)
    return Span(lead_s, min(tail_s, report.recording.duration_s))


def _widened(report: Report, at: Span, by_s: float) -> Span:
    """Bound a stretch with so many seconds on each side, as far as the recording goes."""
    return Span(max(0.0, at.start - by_s), min(at.end + by_s, report.recording.duration_s))


def ranges(report: Report) -> dict[str, dict[str, list[float]]]:
    """Give the middle of each person's own values, by role and cue.

    Returns
    -------
    dict
        Of each cue the 10th, 25th, 50th, 75th and 90th percentile over the person's turns that
        carry a suggested behaviour, each turn once, in the cue's unit; then how many turns. A cue
        with fewer than `Playing.usual_turns` such turns has no range.
    """
    seen: dict[tuple[str, str], dict[object, float]] = {}
    for event in report.events:
        for name, value in event.values.items():
            place = event.span if event.utterance is None else event.utterance
            seen.setdefault((event.role, name), {})[place] = value
    found: dict[str, dict[str, list[float]]] = {}
    for (role, name), values in seen.items():
        if len(values) >= _PLAYING.usual_turns:
            middle = np.percentile(list(values.values()), _PLAYING.usual_percentiles)
            found.setdefault(role, {})[name] = [*map(sent, middle), float(len(values))]
    return found


def _outcome(event: Event) -> tuple[tuple[str, str], ...]:
    if event.outcome is None:
        return ()
    told = ((row, (row.counted or row.read)(event.outcome)) for row in VALUES)
    return tuple(
        (label("counted", row.name.partition(".")[2]), wording.number(value))
        if row.counted  # counted here; a share where it is compared
        else (row.words("label"), wording.said(row.name, value, row.unit))
        for row, value in told
        if value is not None
    )


def moments(report: Report) -> tuple[Card, ...]:
    """Make a card for every moment the report suggests listening to, in order of time."""
    spoken, turns = by_role(report), _numbered(report)
    return tuple(_moment(report, moment, spoken, turns) for moment in report.moments)


def _moment(report: Report, moment: Moment, spoken: Spoken, turns: Numbered) -> Card:
    own = next((report.events[i] for i in moment.events if i < len(report.events)), None)
    turn = own.utterance if own else None
    beside = around(spoken, Role.THERAPIST, moment.span, turns.get(turn))
    side = wording.side(moment.side)
    return Card(
        kind="moment",
        title=title(moment.reason),
        label=side,
        gist="",
        role=Role.THERAPIST,
        span=moment.span,
        context=moment.context,
        play_s=moment.context.start,
        stop_s=moment.context.end,
        quotes=_quotes(beside),
        evidence=because(moment.reason),
        doubt=say("by_rule", side=side),
        values=_values_of(report, turn),
        outcome=_outcome(own) if own else (),
        turn=turn,
    )


def agenda_list(report: Report, items: Iterable[Item]) -> tuple[Card, ...]:
    """Make a card for every item of the agenda, in its order."""
    return tuple(_item(report, item) for item in items)


def _item(report: Report, item: Item) -> Card:
    own = next(
        (
            t
            for t in report.turns
            if t.span.start >= item.start_s - _PLAYING.begins_within_s and t.span.end > item.start_s
        ),
        None,
    )
    name = wording.side(item.side)
    at = Span(item.start_s, item.end_s)
    context = _widened(report, at, _PLAYING.context_s)
    quotes = _quotes(
        (wording.role(t.role), t)
        for t in agenda.turns_at(item, report)
        if t.kind == TurnKind.PRIMARY
    )
    return Card(
        kind="moment",
        title=item.note or title(item.why),
        label=name,
        gist="",
        role=own.role if own else Role.THERAPIST,
        span=at,
        context=context,
        play_s=context.start,
        stop_s=context.end,
        quotes=quotes,
        evidence=say("why", why=item.why),
        doubt=say("kept_by", by=item.by) if item.by else say("by_rule", side=name),
        values=_values_of(report, own.index if own else None),
        turn=own.index if own else None,
    )


def silence_list(report: Report) -> tuple[Card, ...]:
    """Make a card for every silence of the kind ``silence`` (`Units.silence_s` or more)."""
    spoken = on_the_floor(report)
    found = (s for s in report.silences if s.kind == SilenceKind.SILENCE)
    return tuple(_silence(report, silence, spoken) for silence in found)


def silence_how(silence: Silence) -> str:
    """Say after whom a silence came and who ended it."""
    return say("silence_how", left=who(silence.previous), came=who(silence.ended_by))


def _silence(report: Report, silence: Silence, spoken: Sequence[Utterance]) -> Card:
    before = max(
        (t for t in spoken if t.span.start < silence.span.start),
        key=lambda t: t.span.end,
        default=None,
    )
    after = min(
        (t for t in spoken if t.span.start >= silence.span.end - _PLAYING.ends_within_s),
        key=lambda t: t.span.start,
        default=None,
    )
    how = silence_how(silence)
    context = _widened(report, silence.span, _PLAYING.context_s)
    return Card(
        kind="silence",
        title=say("silence_of", seconds=silence.span.duration),
        label=how,
        gist=how,
        role=silence.ended_by,
        span=silence.span,
        context=context,
        play_s=context.start,
        stop_s=context.end,
        quotes=_quotes(((say("before_it"), before), (say("after_it"), after))),
    )


def _quotes(rows: Iterable[tuple[str, Utterance | None]]) -> tuple[Quote, ...]:
    return tuple(Quote(who, t.index) for who, t in rows if t is not None and t.text)


def overlap_list(report: Report) -> tuple[Card, ...]:
    """Make a card for every stretch of simultaneous talk, in order of time."""
    turns = _numbered(report)
    return tuple(_overlap(report, overlap, turns) for overlap in report.overlaps)


def _overlap(report: Report, overlap: Overlap, turns: Numbered) -> Card:
    first, later = turns[overlap.ongoing], turns[overlap.incoming]
    sort = wording.overlap(overlap.kind)
    both = {"later": who(later.role, later.voice), "first": who(first.role, first.voice)}
    how = say("overlap_how", **both)
    played = _widened(report, overlap.span, _PLAYING.lead_s)
    return Card(
        kind="overlap",
        title=say("overlap_of", sort=sort, seconds=overlap.shared_s),
        label=sort,
        gist=how,
        role=later.role,
        span=overlap.span,
        context=_widened(report, overlap.span, _PLAYING.context_s),
        play_s=played.start,
        stop_s=played.end,
        quotes=_quotes(((say("was_speaking"), first), (say("came_in"), later))),
        evidence=say("evidence", evidence=overlap.evidence),
        values=_values_of(report, overlap.incoming),
        turn=overlap.incoming,
    )


def who(role: str, voice: str = "") -> str:
    """Name who spoke, within a sentence."""
    if role in charts.PEOPLE:
        return say("the_role", role=role)
    return say("voice", voice=voice) if voice else say("a_voice")
