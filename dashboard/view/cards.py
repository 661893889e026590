"""One card per place worth listening to: everything a listener wants beside the sound.

Pure: a report in, cards out. Numbers are the report's own. What is usual is the same person's
median over the other turns of the same session, as the report's links state it, or over all
behaviours that carry the number where no link does; a difference is the value less that.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median

from dashboard.view import charts
from diarize.conversation import Silence, Utterance
from diarize.messages import message
from prosody.cues.dyad import Overlap
from prosody.listening.events import Event
from prosody.listening.moments import Moment
from prosody.render import wording
from prosody.report.model import Report
from prosody.store import agenda
from prosody.store.agenda import Item

__all__ = [
    "Card",
    "Fact",
    "Quote",
    "agenda_list",
    "events",
    "moments",
    "overlap_list",
    "sentence",
    "silence_list",
]

CONTEXT_S = 20.0
_LEAD_S = 5.0
_LEAST_VALUES = 5
_MAIN = ("voice", "pace", "turns")  # families a card shows at once; the others on request
_UNITS = {"turns.length": "s"}  # of a single turn, so no measure of the session states it

Usual = Mapping[tuple[str, str, str], float]


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a card: what, how much, and what it is compared with."""

    name: str
    value: str
    usual: str = ""
    difference: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """Words beside the sound: who said them, when in the exchange, and in which role."""

    who: str
    text: str
    role: str


@dataclass(frozen=True, slots=True)
class Card:
    """One place to listen to; every card can be played.

    `label` is what the list can be narrowed to; `play_s` to `stop_s` is what a click plays
    (None: on and on), `lead_s` to `tail_s` the stretch with its context. `turn` is the number
    of the turn it belongs to, if any; `by` the code of who confirmed or corrected it.
    """

    kind: str
    title: str
    label: str
    gist: str
    role: str
    start_s: float
    end_s: float
    play_s: float
    stop_s: float | None
    lead_s: float
    tail_s: float
    quotes: tuple[Quote, ...] = ()
    evidence: str = ""
    doubt: str = ""
    facts: tuple[Fact, ...] = ()
    more: tuple[Fact, ...] = ()
    outcome: tuple[Fact, ...] = ()
    turn: int | None = None
    by: str = ""


def events(report: Report) -> tuple[Card, ...]:
    """Make a card for every behaviour, in order of time."""
    units = _UNITS | {m.cue: m.unit for m in report.measures}
    usual = _usual(report)
    happenings = sorted(report.events, key=lambda e: (e.span.start, e.span.end, e.kind))
    return tuple(_event(report, event, units, usual) for event in happenings)


def _event(report: Report, event: Event, units: Mapping[str, str], usual: Usual) -> Card:
    said, quotes = _around(report, event.role, event.span.start, event.span.end, event.utterance)
    facts = tuple(_facts(event, units, usual))
    name = wording.behaviour(event.kind)
    sure = f"A suggestion, confidence {event.confidence:.0%}"
    sure += f"; perhaps {event.sub_kind}" if event.sub_kind else ""
    lead_s, tail_s = _context(report, quotes, event.span.start, event.span.end)
    return Card(
        kind=event.kind,
        title=name,
        label=name,
        gist=said or str(event.evidence),
        role=event.role,
        start_s=event.span.start,
        end_s=event.span.end,
        play_s=event.span.start,
        stop_s=None,
        lead_s=lead_s,
        tail_s=tail_s,
        quotes=tuple(quote for quote, _ in quotes if quote.text),
        evidence=str(event.evidence),
        doubt=f"Confirmed or corrected by {event.corrected_by}" if event.corrected_by else sure,
        facts=tuple(fact for family, fact in facts if family in _MAIN),
        more=tuple(fact for family, fact in facts if family not in _MAIN),
        outcome=_outcome(event),
        turn=event.utterance,
        by=event.corrected_by or "",
    )


Around = tuple[tuple[Quote, Utterance], ...]


def _around(
    report: Report, role: str, start_s: float, end_s: float, index: int | None
) -> tuple[str, Around]:
    """Give a person's own words at a moment, and the turns before, at and after it."""
    other = "therapist" if role == "client" else "client"
    spoken = [t for t in report.turns if t.kind != "backchannel"]
    before = max(
        (t for t in spoken if t.role == other and t.span.start < start_s),
        key=lambda t: t.span.start,
        default=None,
    )
    after = min(
        (t for t in spoken if t.role == other and t.span.end > end_s and t is not before),
        key=lambda t: t.span.start,
        default=None,
    )
    own = next((t for t in report.turns if t.index == index), None) if index is not None else None
    rows = (
        (f"The {other} before", before),
        (f"The {role} then", own),
        (f"The {other} next", after),
    )
    quotes = tuple((Quote(who, t.text, t.role), t) for who, t in rows if t is not None)
    return own.text if own else "", quotes


def _context(report: Report, around: Around, start_s: float, end_s: float) -> tuple[float, float]:
    """Bound what is played with a moment: the turns around it, at most `CONTEXT_S` each way."""
    first = min((t.span.start for _, t in around), default=start_s)
    last = max((t.span.end for _, t in around), default=end_s)
    lead_s = min(max(first, start_s - CONTEXT_S), max(0.0, start_s - _LEAD_S))
    tail_s = max(min(last, end_s + CONTEXT_S), end_s + _LEAD_S)
    return lead_s, min(tail_s, report.recording.duration_s)


def _facts(event: Event, units: Mapping[str, str], usual: Usual) -> Iterator[tuple[str, Fact]]:
    """Give each value of a moment with its family, beside what is usual."""
    for name, value in event.values.items():
        family, unit = name.partition(".")[0], units.get(name, "")
        middle = usual.get((event.kind, name, event.role), usual.get(("", name, event.role)))
        title = wording.cue(name)
        if family not in _MAIN:
            title = f"{wording.family(name)}: {title[:1].lower()}{title[1:]}"
        here = wording.said(name, value, unit)
        if middle is None:
            yield family, Fact(title, here)
            continue
        apart = wording.said(name, value - middle, unit, signed=True)
        yield family, Fact(title, here, wording.said(name, middle, unit), apart)


def _usual(report: Report) -> Usual:
    """Give each person's median by (behaviour, cue, role); the behaviour "" stands for any."""
    found: dict[tuple[str, str, str], list[float]] = {}
    for event in report.events:
        for name, value in event.values.items():
            found.setdefault(("", name, event.role), []).append(value)
    usual = {key: median(v) for key, v in found.items() if len(v) >= _LEAST_VALUES}
    for link in report.links:
        if link.median_otherwise is not None:
            usual[link.behaviour, link.cue, link.role] = link.median_otherwise
    return usual


def _outcome(event: Event) -> tuple[Fact, ...]:
    if event.outcome is None:
        return ()
    rows = (
        ("Client began speaking after", event.outcome.latency_s, "s"),
        ("Client then spoke for", event.outcome.client_talk_s, "s"),
        ("Words the client then said", event.outcome.client_words, ""),
        ("Feeling words among them", event.outcome.client_feeling_words, ""),
    )
    return tuple(
        Fact(name, wording.with_unit(value, unit))
        for name, value, unit in rows
        if value is not None
    )


def moments(report: Report) -> tuple[Card, ...]:
    """Make a card for every moment the report suggests listening to, in order of time."""
    return tuple(_moment(report, moment) for moment in report.moments)


def _moment(report: Report, moment: Moment) -> Card:
    own = next((report.events[i] for i in moment.events if i < len(report.events)), None)
    turn = own.utterance if own else None
    said, quotes = _around(report, "therapist", moment.span.start, moment.span.end, turn)
    side = wording.side(moment.side)
    return Card(
        kind="moment",
        title=_title(moment),
        label=side,
        gist=said,
        role="therapist",
        start_s=moment.span.start,
        end_s=moment.span.end,
        play_s=moment.context.start,
        stop_s=moment.context.end,
        lead_s=moment.context.start,
        tail_s=moment.context.end,
        quotes=tuple(quote for quote, _ in quotes if quote.text),
        evidence=sentence(str(moment.reason)),
        doubt=f"{side}: suggested by a rule",
        outcome=_outcome(own) if own else (),
        turn=turn,
    )


def _title(moment: Moment) -> str:
    """Name a moment by what counted most; one of an older session by all its reasons."""
    most = moment.reason.fields.get("of")
    first = (
        message(f"moment.{most[0]}") if isinstance(most, (tuple, list)) and most else moment.reason
    )
    return sentence(str(first)).removesuffix(".")


def agenda_list(report: Report, items: Iterable[Item]) -> tuple[Card, ...]:
    """Make a card for every item of the agenda, in its order."""
    return tuple(_item(report, item) for item in items)


def _item(report: Report, item: Item) -> Card:
    own = next(
        (
            t
            for t in report.turns
            if t.span.start >= item.start_s - 0.05 and t.span.end > item.start_s
        ),
        None,
    )
    name = wording.side(item.side)
    lead_s = max(0.0, item.start_s - CONTEXT_S)
    tail_s = min(item.end_s + CONTEXT_S, report.recording.duration_s)
    quotes = _quotes(
        (wording.role(t.role), t) for t in agenda.turns_at(item, report) if t.kind == "primary"
    )
    return Card(
        kind="moment",
        title=item.note or sentence(item.why.partition(";")[0]).removesuffix("."),
        label=name,
        gist=own.text if own else "",
        role=own.role if own else "therapist",
        start_s=item.start_s,
        end_s=item.end_s,
        play_s=lead_s,
        stop_s=tail_s,
        lead_s=lead_s,
        tail_s=tail_s,
        quotes=tuple(quotes),
        evidence=sentence(item.why),
        doubt=f"Kept by {item.by}" if item.by else f"{name}: suggested by a rule",
        turn=own.index if own else None,
    )


def silence_list(report: Report) -> tuple[Card, ...]:
    """Make a card for every silence of the kind ``silence`` (3 s or more)."""
    return tuple(_silence(report, s) for s in report.silences if s.kind == "silence")


def _silence(report: Report, silence: Silence) -> Card:
    spoken = [t for t in report.turns if t.kind != "backchannel"]
    before = max(
        (t for t in spoken if t.span.start < silence.span.start),
        key=lambda t: t.span.end,
        default=None,
    )
    after = min(
        (t for t in spoken if t.span.start >= silence.span.end - 0.1),
        key=lambda t: t.span.start,
        default=None,
    )
    left, came = (
        f"the {role}" if role in charts.PEOPLE else "a voice"
        for role in (silence.previous, silence.ended_by)
    )
    how = f"After {left}, ended by {came}"
    lasted = f"{silence.span.duration:.1f} s"
    return Card(
        kind="silence",
        title=f"Silence of {lasted}",
        label=how,
        gist=how,
        role=silence.ended_by,
        start_s=silence.span.start,
        end_s=silence.span.end,
        play_s=max(0.0, silence.span.start - CONTEXT_S),
        stop_s=min(silence.span.end + CONTEXT_S, report.recording.duration_s),
        lead_s=max(0.0, silence.span.start - CONTEXT_S),
        tail_s=min(silence.span.end + CONTEXT_S, report.recording.duration_s),
        quotes=tuple(_quotes((("Before it", before), ("After it", after)))),
        evidence=f"{how}.",
    )


def _quotes(rows: Iterable[tuple[str, Utterance | None]]) -> Iterable[Quote]:
    return (Quote(who, t.text, t.role) for who, t in rows if t is not None and t.text)


def overlap_list(report: Report) -> tuple[Card, ...]:
    """Make a card for every stretch of simultaneous talk, in order of time."""
    return tuple(_overlap(report, overlap) for overlap in report.overlaps)


def _overlap(report: Report, overlap: Overlap) -> Card:
    turns = {turn.index: turn for turn in report.turns}
    first, later = turns[overlap.ongoing], turns[overlap.incoming]
    sort = overlap.kind.replace("_", " ").capitalize()
    how = f"{sentence(_who(later)).removesuffix('.')} came in while {_who(first)} was speaking"
    end_s = report.recording.duration_s
    return Card(
        kind="overlap",
        title=f"{sort}, {overlap.shared_s:.1f} s",
        label=sort,
        gist=how,
        role=later.role,
        start_s=overlap.span.start,
        end_s=overlap.span.end,
        play_s=max(0.0, overlap.span.start - _LEAD_S),
        stop_s=min(overlap.span.end + _LEAD_S, end_s),
        lead_s=max(0.0, overlap.span.start - CONTEXT_S),
        tail_s=min(overlap.span.end + CONTEXT_S, end_s),
        quotes=tuple(_quotes((("Was speaking", first), ("Came in", later)))),
        evidence=f"{how}: {overlap.evidence}.",
        turn=overlap.incoming,
    )


def _who(turn: Utterance) -> str:
    return f"the {turn.role}" if turn.role in charts.PEOPLE else f"voice {turn.voice}"


def sentence(text: str) -> str:
    """Write text as a sentence.

    Examples
    --------
    >>> sentence("needs 5 of them"), sentence("")
    ('Needs 5 of them.', '')
    """
    text = text.strip()
    if not text:
        return ""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
