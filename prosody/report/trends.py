"""The sessions of one pair, or of one therapist, beside one another: their own, nobody else's.

Conventions
-----------
Every figure is the report's own. A session's figures are held against the earlier sessions that
were recorded and heard in the same way (`alike`); how they lie to one another is said by
`prosody.report.steady`. Below `OverTime.least_sessions` of them there is no band and no trend. What
was withheld in a session stays withheld, with its reason. Figures that grow with a session's length
(`of_length` in their rows) are left out; which behaviours are followed stands in theirs.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress, pairwise

import numpy as np

from diarize.messages import Message, message
from diarize.turns import TurnKind
from prosody import catalogue
from prosody.cues.measure import ROLES, Cue, Measure
from prosody.listening import behaviours
from prosody.listening.totals import Total
from prosody.report.model import Report
from prosody.report.pooled import news
from prosody.report.steady import Band, Slope, Steady, band, slope, steady
from prosody.settings import OverTime
from prosody.statistics import adjusted_for_any

__all__ = ["Change", "Line", "Point", "Reply", "Trends", "Visit", "trends"]

_PER_10_MIN = "/10 min"
_FULL_HZ = 16_000  # what every recording is heard at; more is no difference
_RULES = OverTime()
_NOT_THERE = ("–", "")  # an engine that did not take part
_WIDE = 3.92  # standard errors in a 95 % interval


@dataclass(frozen=True, slots=True)
class Visit:
    """One session: when it was, what was found, and what its client rated (by scale)."""

    session_id: str
    on: str
    report: Report
    scores: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Point:
    """One session's figure; `alike` is whether it was recorded and heard as the latest one was."""

    session_id: str
    on: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    reliable: bool = True
    alike: bool = True
    reason: Message | None = None

    @property
    def error(self) -> float:
        """The standard error of its interval; NaN where it has none."""
        if self.low is None or self.high is None:
            return float("nan")
        return (self.high - self.low) / _WIDE


@dataclass(frozen=True, slots=True)
class Line:
    """One figure over the sessions.

    Parameters
    ----------
    sort : str
        ``cue``, ``behaviour`` (per 10 minutes) or ``score`` (rated by the client).
    name, role, unit : str
        Of what, of whom, in what.
    points : tuple of Point
        A session each, oldest first.
    band : Band or None
        Where the latest would lie if nothing had changed, from the earlier ones.
    place : str
        Of the latest: ``within``, ``above`` or ``below`` its band; "" without one.
    steady, slope : Steady, Slope or None
        How far sessions differ; what way they go. `firm` is whether that is more than chance among
        all figures looked at.
    reason : Message or None
        Why there is no band.
    """

    sort: str
    name: str
    role: str
    unit: str
    points: tuple[Point, ...]
    band: Band | None = None
    place: str = ""
    steady: Steady | None = None
    slope: Slope | None = None
    firm: bool = False
    reason: Message | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What was different in how a session was recorded and heard from the one before."""

    session_id: str
    on: str
    what: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """A check-in and what the client did next; texts are empty where they are not kept."""

    session_id: str
    on: str
    start_s: float
    asked: str
    reply: str
    talk_s: float | None
    latency_s: float | None


@dataclass(frozen=True, slots=True)
class Trends:
    """All that is said of some sessions of the same person."""

    sessions: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]
    changes: tuple[Change, ...]
    replies: tuple[Reply, ...]


def trends(
    visits: Iterable[Visit],
    *,
    roles: Sequence[str] = ROLES,
    rules: OverTime = _RULES,
) -> Trends:
    """Set a person's sessions beside one another.

    Parameters
    ----------
    visits : iterable of Visit
        Sessions of one pair, or of one therapist, in any order; one given twice counts once.
    roles : sequence of str
        Whose figures: the therapist's alone where clients differ.
    rules : OverTime
        How many sessions a band needs.
    """
    given = sorted(visits, key=lambda v: (v.on, v.session_id))
    own = tuple(compress(given, news(visit.report for visit in given)))
    lines = [_judged(line, rules) for line in _lines(own, roles)]
    return Trends(
        tuple((v.session_id, v.on) for v in own),
        _tested(lines, rules),
        tuple(_changes(own)),
        tuple(reply for visit in own for reply in _replies(visit, rules)),
    )


def _lines(visits: Sequence[Visit], roles: Sequence[str]) -> Iterator[Line]:
    ways = [_way(visit.report) for visit in visits]
    same = [way == ways[-1] for way in ways]
    for cue in (c for c in catalogue.headlines() if not c.of_length):
        for role in (r for r in cue.roles if r in roles):
            points = tuple(
                _measured(v, cue.name, role, a) for v, a in zip(visits, same, strict=True)
            )
            yield Line("cue", cue.name, role, _unit(visits[-1], cue, role), points)
    for row in behaviours.followed():
        for role in (r for r in row.roles if r in roles):
            points = tuple(
                _counted(v, row.kind, role, a) for v, a in zip(visits, same, strict=True)
            )
            yield Line("behaviour", row.kind, role, _PER_10_MIN, points)
    if "client" in roles:
        yield from _scores(visits)


def _unit(visit: Visit, cue: Cue, role: str) -> str:
    measure = visit.report.measure(cue.name, role)
    return measure.unit if measure else cue.unit


def _measured(visit: Visit, cue: str, role: str, alike: bool) -> Point:
    m = visit.report.measure(cue, role)
    if m is None:
        return Point(visit.session_id, visit.on, None, reason=message("trend.not_measured"))
    return _point(visit, m, m.value, alike)


def _counted(visit: Visit, kind: str, role: str, alike: bool) -> Point:
    found = (t for t in visit.report.totals if (t.behaviour, t.role) == (kind, role))
    total = next(found, None)
    if total is None:
        return Point(visit.session_id, visit.on, None, reason=message("trend.not_looked_for"))
    return _point(visit, total, total.per_10_min, alike)


def _point(visit: Visit, found: Measure | Total, value: float | None, alike: bool) -> Point:
    ends, why = (found.low, found.high), found.reason
    return Point(visit.session_id, visit.on, value, *ends, found.n, found.reliable, alike, why)


def _scores(visits: Sequence[Visit]) -> Iterator[Line]:
    """Give what clients rated, as it is: its scale says how much of a change is one."""
    for scale in dict.fromkeys(name for visit in visits for name in visit.scores):
        points = tuple(
            Point(v.session_id, v.on, v.scores[scale])
            if scale in v.scores
            else Point(v.session_id, v.on, None, reason=message("trend.not_rated"))
            for v in visits
        )
        yield Line("score", scale, "client", "", points, reason=message("trend.own_scale"))


def _judged(line: Line, rules: OverTime) -> Line:
    """Hold the latest session against the earlier ones that are like it."""
    if line.sort == "score":
        return line
    own = [p for p in line.points if p.alike and p.value is not None]
    latest = line.points[-1]
    if len(own) < rules.least_sessions:
        few = message("trend.few", n=len(own), least=rules.least_sessions)
        return replace(line, reason=few)
    values = np.array([p.value for p in own], dtype=np.float64)
    errors = np.array([p.error for p in own], dtype=np.float64)
    line = replace(line, steady=steady(values, errors), slope=slope(values))
    if latest.value is None:
        return replace(line, reason=latest.reason)
    found = band(values[:-1], errors[:-1], float(errors[-1]))
    least, most = _ends(line)
    found = replace(found, low=max(least, found.low), high=min(most, found.high))
    place = (
        "above" if latest.value > found.high else "below" if latest.value < found.low else "within"
    )
    return replace(line, band=found, place=place)


def _ends(line: Line) -> tuple[float, float]:
    """Give what a figure can lie between, in the unit it was reported in."""
    row = catalogue.named(line.name)
    if line.sort == "behaviour" or row is None:
        return 0.0, math.inf
    if row.share:
        return 0.0, 100.0 if line.unit == "%" else 1.0
    return -math.inf if row.least is None else row.least, math.inf


def _tested(lines: Sequence[Line], rules: OverTime) -> tuple[Line, ...]:
    """Say which slopes are more than chance among all that were looked at (Holm's rule)."""
    among = adjusted_for_any(np.array([k.slope.chance for k in lines if k.slope], dtype=np.float64))
    chances = iter(among.tolist())
    return tuple(
        replace(line, firm=next(chances) <= rules.false_trends) if line.slope else line
        for line in lines
    )


# How it was recorded and heard ------------------------------------------------------------------


def _way(report: Report) -> dict[str, tuple[str, str]]:
    """Give what a session must share with another for their figures to be comparable.

    What each is called, and, of an engine, the fingerprint of its weights.
    """
    facts = report.recording
    engines = {
        part: (engine.name, engine.weights_sha256 or "")
        for part, engine in report.engines.items()
        if part in ("separator", "transcriber", "pitch", "activity")
    }
    return {
        "setting": (facts.setting, ""),
        "channels": (str(facts.channels), ""),
        "sample_rate": (str(min(facts.sample_rate_hz, _FULL_HZ)), ""),
        **engines,
    }


def _changed(what: str, old: tuple[str, str], new: tuple[str, str]) -> Message:
    named = message(f"trend.{what}")
    if old[0] == new[0]:
        return message("trend.other_weights", what=named, name=new[0])
    if what == "setting":
        ends = [message(f"trend.setting_{name}") for name in (old[0], new[0])]
        return message("trend.changed", what=named, old=ends[0], new=ends[1])
    return message("trend.changed", what=named, old=old[0], new=new[0])


def _changes(visits: Sequence[Visit]) -> Iterator[Change]:
    for before, visit in pairwise(visits):
        old, new = _way(before.report), _way(visit.report)
        what = [
            _changed(name, old.get(name, _NOT_THERE), way)
            for name, way in new.items()
            if old.get(name, _NOT_THERE) != way
        ]
        checks = {c.check: c.verdict for c in before.report.quality}
        what += [
            message("trend.check_changed", check=c.check, verdict=c.verdict)
            for c in visit.report.quality
            if c.verdict != checks.get(c.check, "ok")
        ]
        if what:
            yield Change(visit.session_id, visit.on, tuple(what))


def _replies(visit: Visit, rules: OverTime) -> Iterator[Reply]:
    """Give every check-in, and what else asks for a reply, with what the client said next."""
    turns = {turn.index: turn for turn in visit.report.turns}
    for event in visit.report.events:
        row = behaviours.get(event.kind)
        if row is None or not row.replied or event.role != "therapist":
            continue
        own = turns.get(event.utterance if event.utterance is not None else -1)
        earliest_s = event.span.end - rules.reply_early_s
        after = (
            t
            for t in visit.report.turns
            if t.role == "client" and t.kind == TurnKind.PRIMARY and t.span.start >= earliest_s
        )
        answer = min(after, key=lambda t: t.span.start, default=None)
        outcome = event.outcome
        yield Reply(
            visit.session_id,
            visit.on,
            event.span.start,
            own.text if own else "",
            answer.text if answer else "",
            outcome.client_talk_s if outcome else None,
            outcome.latency_s if outcome else None,
        )
