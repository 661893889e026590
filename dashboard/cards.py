"""One card per listening event, silence and overlap: everything a listener wants beside the sound.

Pure: a report in, cards out. Numbers are the report's own. What is usual is the same person's
median over the other turns of the same session, as the report's links state it, or over all
moments that carry the number where no link does; a difference is the value less that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from dashboard import charts, wording
from prosody.report import Happening, Report, Silence, Turn

__all__ = ["Card", "Fact", "events", "overlap_list", "silence_list"]

CONTEXT_S = 20.0
_LEAD_S = 5.0
_LEAST_VALUES = 5


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a card: what, how much, and what it is compared with."""

    name: str
    value: str
    usual: str = ""
    difference: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """What is shown beside one moment; every card can be played.

    `play` starts at the moment itself; `lead_s` and `tail_s` bound the stretch with context.
    """

    kind: str
    name: str
    group: str
    role: str
    start_s: float
    end_s: float
    lead_s: float
    tail_s: float
    before: str = ""
    answer: str = ""
    after: str = ""
    evidence: str = ""
    confidence: float | None = None
    corrected_by: str = ""
    facts: tuple[Fact, ...] = ()
    outcome: tuple[Fact, ...] = ()


def events(report: Report) -> tuple[Card, ...]:
    """Make a card for every event, in order of time."""
    units = {m.cue: m.unit for m in report.measures}
    usual = _usual(report)
    happenings = sorted(report.events, key=lambda e: (e.start_s, e.end_s, e.kind))
    return tuple(_event(report, event, units, usual) for event in happenings)


def _event(
    report: Report,
    event: Happening,
    units: Mapping[str, str],
    usual: Mapping[tuple[str, str, str], float],
) -> Card:
    other = "therapist" if event.role == "client" else "client"
    before = _last(report, other, event.start_s)
    after = _next(report, other, event.end_s)
    return Card(
        kind=event.kind,
        name=wording.behaviour(event.kind),
        group=wording.group(event.kind),
        role=event.role,
        start_s=event.start_s,
        end_s=event.end_s,
        lead_s=max(0.0, event.start_s - CONTEXT_S, before.start_s if before else 0.0)
        if before
        else max(0.0, event.start_s - _LEAD_S),
        tail_s=_capped(
            report, max(event.end_s + _LEAD_S, min(after.end_s, event.end_s + CONTEXT_S))
        )
        if after
        else _capped(report, event.end_s + _LEAD_S),
        before=_words(before),
        answer=_words(_own(report, event)),
        after=_words(after),
        evidence=event.evidence,
        confidence=event.confidence,
        corrected_by=event.corrected_by or "",
        facts=_facts(event, units, usual),
        outcome=_outcome(event),
    )


def _facts(
    event: Happening, units: Mapping[str, str], usual: Mapping[tuple[str, str, str], float]
) -> tuple[Fact, ...]:
    rows = []
    for name, value in event.values.items():
        unit = units.get(name, "")
        middle = usual.get((event.kind, name, event.role), usual.get(("", name, event.role)))
        rows.append(
            Fact(
                wording.cue(name),
                wording.said(name, value, unit),
                wording.said(name, middle, unit) if middle is not None else "",
                wording.said(name, value - middle, unit, signed=True) if middle is not None else "",
            )
        )
    return tuple(rows)


def _usual(report: Report) -> dict[tuple[str, str, str], float]:
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


def _outcome(event: Happening) -> tuple[Fact, ...]:
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


def _own(report: Report, event: Happening) -> Turn | None:
    if event.turn is None:
        return None
    return next((turn for turn in report.turns if turn.index == event.turn), None)


def _last(report: Report, role: str, before_s: float) -> Turn | None:
    turns = (t for t in report.turns if t.role == role and t.start_s < before_s and _counts(t))
    return max(turns, key=lambda t: t.start_s, default=None)


def _next(report: Report, role: str, after_s: float) -> Turn | None:
    turns = (t for t in report.turns if t.role == role and t.end_s > after_s and _counts(t))
    return min(turns, key=lambda t: t.start_s, default=None)


def _counts(turn: Turn) -> bool:
    return turn.kind != "backchannel"


def _words(turn: Turn | None) -> str:
    return (turn.text or "") if turn is not None else ""


def _capped(report: Report, seconds: float) -> float:
    return min(seconds, report.recording.duration_s)


def silence_list(report: Report) -> tuple[Card, ...]:
    """Make a card for every silence of the kind ``silence`` (3 s or more)."""
    return tuple(_silence(report, s) for s in report.silences if s.kind == "silence")


def _silence(report: Report, silence: Silence) -> Card:
    left, came = wording.role(silence.previous), wording.role(silence.ended_by)
    turns = [t for t in report.turns if _counts(t)]
    before = max(
        (t for t in turns if t.end_s <= silence.start_s + 0.1), key=lambda t: t.end_s, default=None
    )
    after = min(
        (t for t in turns if t.start_s >= silence.end_s - 0.1),
        key=lambda t: t.start_s,
        default=None,
    )
    return Card(
        kind="silence",
        name=f"{wording.number(round(silence.end_s - silence.start_s, 1))} s",
        group="Silence",
        role=silence.ended_by,
        start_s=silence.start_s,
        end_s=silence.end_s,
        lead_s=max(0.0, silence.start_s - CONTEXT_S),
        tail_s=_capped(report, silence.end_s + CONTEXT_S),
        before=_words(before),
        after=_words(after),
        evidence=f"After the {left.lower()}; ended by the {came.lower()}.",
    )


def overlap_list(report: Report) -> tuple[Card, ...]:
    """Make a card for every stretch of simultaneous talk, in order of time."""
    return tuple(_overlap(report, span.start, span.end) for span in charts.overlaps(report))


def _overlap(report: Report, start_s: float, end_s: float) -> Card:
    inside = [t for t in report.turns if t.start_s < end_s and t.end_s > start_s]
    later = max(inside, key=lambda t: t.start_s)
    first = min(inside, key=lambda t: t.start_s)
    small = any(t.kind == "backchannel" for t in inside)
    marked = any(
        e.kind == "overlap_to_review" and e.start_s < end_s and e.end_s > start_s
        for e in report.events
    )
    sort = "backchannel" if small else "to review" if marked else "other"
    return Card(
        kind=f"overlap_{sort.replace(' ', '_')}",
        name=f"{wording.number(round(end_s - start_s, 2))} s",
        group={"backchannel": "Backchannel", "to review": "To review"}.get(sort, "Other"),
        role=later.role,
        start_s=start_s,
        end_s=end_s,
        lead_s=max(0.0, start_s - _LEAD_S),
        tail_s=_capped(report, end_s + _LEAD_S),
        before=_words(first),
        answer=_words(later),
        evidence=f"The {wording.role(later.role).lower()} came in while the "
        f"{wording.role(first.role).lower()} was speaking.",
    )
