"""What was heard of listening, for people: totals, MITI-type figures, frames, links, moments.

Conventions
-----------
Everything follows from a report alone. Lines are cells of plain text, which the HTML report and
the dashboard both show; who shows them escapes them. Wording says what went together and never
what brought what about.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from diarize.messages import decimal, message, percent
from prosody.cues.evidence import Study, Topic, about
from prosody.cues.measure import Measure
from prosody.events import Event
from prosody.listening.behaviours import get
from prosody.listening.chosen_pairs import PRIMARY
from prosody.listening.links import AGAIN, OUTCOMES, Link
from prosody.listening.measured import LIMITS, figures
from prosody.listening.moments import rule
from prosody.listening.totals import FRAMES, Frame, Total, grouped
from prosody.render import wording
from prosody.render.cells import Cell, heads
from prosody.report.codec import thaw
from prosody.report.model import Report
from prosody.settings import Listening

__all__ = [
    "FRAME_HEADS",
    "LINK_HEADS",
    "MITI_HEADS",
    "NOBODY",
    "RIGHT_HEADS",
    "RULE_HEADS",
    "STUDY_HEADS",
    "TOTAL_HEADS",
    "Judged",
    "event_lines",
    "frame_lines",
    "frame_views",
    "link_lines",
    "miti_lines",
    "not_found",
    "rate",
    "right_lines",
    "right_said",
    "rule_lines",
    "rule_said",
    "study_lines",
    "total_heads",
    "total_lines",
    "unlinked_lines",
]

Lines = tuple[tuple[str, ...], ...]
# What heads of tables are called in the catalogue of the page; `heads` gives their words.
TOTAL_HEADS = ("behaviour", "who", "times", "per_10_min", "turns_with_it")
MITI_HEADS = ("figure", "this_session", "made_from", "published")
FRAME_HEADS = ("read_together", "counts")
LINK_HEADS = (
    "with",
    "what",
    "median_during",
    "median_otherwise",
    "difference",
    "effect",
    "n_with_without",
)
RULE_HEADS = ("rule_side", "rule_what", "rule_points")
RIGHT_HEADS = ("behaviour", "judged_on", "coded", "suggested", "precision", "recall")
STUDY_HEADS = ("studies_say", "study", "studied", "study_found")


Judged = Mapping[str, tuple[int, int]]  # by kind: suggestions confirmed, and all judged
NOBODY: Judged = MappingProxyType({})


def total_heads(judged: Judged) -> tuple[str, ...]:
    """Head the lines of `total_lines`."""
    return heads(*TOTAL_HEADS, *(("confirmed_here",) if judged else ()))


def total_lines(report: Report, judged: Judged = NOBODY) -> Lines:
    """Give a line for every behaviour that was found; what people judged of it in the library."""
    return tuple(
        (
            wording.behaviour(t.behaviour),
            wording.role(t.role),
            str(t.n),
            rate(t),
            wording.count(t.turns),
            *((_confirmed(judged.get(t.behaviour)),) if judged else ()),
        )
        for t in report.totals
        if t.n
    )


def _confirmed(counts: tuple[int, int] | None) -> str:
    if counts is None:
        return wording.NOTHING
    return str(message("page.confirmed_of", yes=counts[0], of=counts[1]))


def rate(total: Total) -> str:
    """Write a rate per 10 minutes with its interval, ``~`` for a low-confidence estimate."""
    text = wording.number(total.per_10_min)
    if total.low is None or total.high is None:
        return f"~{text}"
    return f"{text} ({wording.span(total.low, total.high)})"


def not_found(report: Report) -> tuple[str, ...]:
    """Say which behaviours were looked for and not found, and which cannot be looked for."""
    none = [_named(t) for t in report.totals if t.n == 0]
    said = [message("page.not_found", names=none)] if none else []
    reasons: dict[str, list[str]] = {}
    for t in report.totals:
        if t.n is None:
            reasons.setdefault(str(t.reason or ""), []).append(_named(t))
    said += [
        message("page.kinds_not_available", names=kinds, reason=why)
        for why, kinds in reasons.items()
    ]
    doubts = {str(t.reason) for t in report.totals if t.n and t.low is None and t.reason}
    said += [message("page.low_confidence_mark", reason=reason) for reason in sorted(doubts)]
    return tuple(str(line) for line in said)


def _named(total: Total) -> str:
    name = wording.small(wording.behaviour(total.behaviour))
    row = get(total.behaviour)
    both = row is not None and len(row.roles) > 1
    return str(message("page.of_role", name=name, role=total.role)) if both else name


def miti_lines(report: Report) -> tuple[tuple[str, ...], ...]:
    """Give a line for every MITI-type figure; none where nobody said the session is that."""
    return tuple(
        (
            wording.cue(f.measure.cue),
            _figure(f.measure),
            str(
                message(
                    "page.counted",
                    part=wording.number(f.measure.part),
                    whole=wording.number(f.measure.whole),
                    what=f.counted,
                )
            ),
            str(f.published or message("page.not_published")),
        )
        for f in report.miti
    )


def _figure(figure: Measure) -> str:
    if figure.value is None:
        return str(message("page.not_available", reason=str(figure.reason or "")))
    value = wording.said(figure.cue, figure.value, "")
    if figure.low is None or figure.high is None:
        return f"~{value}"
    low, high = (wording.said(figure.cue, end, "") for end in (figure.low, figure.high))
    return f"{value} ({message('page.range', start=low, end=high)})"


def frame_lines(report: Report, frame: Frame) -> tuple[tuple[str, str], ...]:
    """Give each stage of a frame with the counts under it."""
    return tuple(
        (
            wording.stage(stage),
            ", ".join(
                f"{wording.small(wording.behaviour(t.behaviour))} {wording.count(t.n)}"
                for t in members
            ),
        )
        for stage, members in grouped(report.totals, frame)
    )


def frame_views(report: Report) -> list[Mapping[str, object]]:
    """Give name, note and lines of every frame of reference."""
    return [
        {"name": str(f.name), "note": str(f.note), "rows": frame_lines(report, f)} for f in FRAMES
    ]


def rule_lines(report: Report) -> tuple[tuple[str, str, str], ...]:
    """Give the rule by which moments were chosen, a line per thing that counts."""
    found = rule(_limits(report), report.settings.get("moment_points"))
    return tuple((wording.side(r.side), r.words, decimal(f"{r.points:g}")) for r in found)


def _limits(report: Report) -> Listening:
    return thaw(Listening, report.settings.get("listening", {}))


def rule_said(report: Report) -> str:
    """Say how many points a moment of this session needed, and how sure a suggestion had to be."""
    limits = _limits(report)
    said = str(message("page.rule_said", least=limits.moment_least_points))
    if "moment_least_confidence" not in report.settings.get("listening", {}):
        return said  # of a version that asked for none
    return f"{said} {message('page.rule_sure', least=limits.moment_least_confidence)}"


def right_said() -> str:
    """Say on what it was tested, and from which figures on a kind is suggested by itself."""
    least = {
        "precision": LIMITS.least_precision,
        "recall": LIMITS.least_recall,
        "coded": LIMITS.least_coded,
    }
    return str(message("page.how_often_right_said", **least))


def right_lines() -> Lines:
    """Say how often each kind on trial is right, and found, on coded material: a line a source."""
    return tuple(
        (
            wording.behaviour(f.kind),
            _source(f.source) if f.stranger else str(message("page.own_material")),
            str(f.coded),
            str(f.said),
            _share(f.precision, f.said),
            _share(f.recall, f.coded),
        )
        for f in figures()
    )


def _source(name: str) -> str:
    """Name what was coded; who made the rules had read all of it, or half of it."""
    whole, _, part = name.partition(", ")
    return str(message("page.unread_half", source=whole)) if part else whole


def _share(value: tuple[float, float, float], of: int) -> str:
    if not of:
        return wording.NOTHING
    share, low, high = value
    return f"{wording.number(share)} ({wording.span(low, high)})"


def study_lines(names: Iterable[str]) -> Lines:
    """Give what studies say of these cues and behaviours, and what contradicts them."""
    return tuple(
        ("" if place else topic.words, study.cited, *_told(topic, study))
        for topic in about(names)
        for place, study in enumerate(topic.studies)
    )


def _told(topic: Topic, study: Study) -> tuple[str, str]:
    whom, found = topic.told(study)
    return whom, str(message("page.study_against", found=found)) if study.against else found


def event_lines(report: Report) -> list[tuple[Cell | str, ...]]:
    """Give a line for every suggested behaviour, with its evidence and what the client did next."""
    return [_event(event) for event in report.events]


def _event(event: Event) -> tuple[Cell | str, ...]:
    name = wording.behaviour(event.kind)
    if event.sub_kind:
        name = str(message("page.perhaps", name=name, sub_kind=wording.sub_kind(event.sub_kind)))
    if event.corrected_by:
        name = str(message("page.corrected_by", name=name, by=event.corrected_by))
    return (
        wording.clock(event.span.start),
        Cell(name, small=percent(event.confidence)),
        wording.role(event.role),
        str(event.evidence),
        _next(event),
    )


def _next(event: Event) -> str:
    outcome = event.outcome
    if outcome is None or outcome.client_talk_s is None:
        return wording.NOTHING
    parts = [str(message("page.spoke", seconds=outcome.client_talk_s))]
    if outcome.latency_s is not None:
        parts.append(str(message("page.after", seconds=outcome.latency_s)))
    if outcome.client_words is not None:
        parts.append(wording.with_unit(outcome.client_words, "words"))
    return ", ".join(parts)


def link_lines(report: Report) -> tuple[Lines, Lines, Lines]:
    """Give a line for every link that was looked at.

    Of the pairs set beforehand those that stand out and those that do not; then the exploratory
    ones, first those worth looking for again.
    """
    units = {m.cue: m.unit for m in report.measures} | OUTCOMES
    looked = [link for link in report.links if link.difference is not None]
    asked = [link for link in looked if link.family == "primary"]
    others = [link for link in looked if link.family != "primary"]
    others.sort(key=lambda link: link.reason is None or link.reason.code != AGAIN)

    def lines(links: Iterable[Link]) -> Lines:
        return tuple(_link(k, units.get(k.cue) or wording.unit_of(k.cue)) for k in links)

    return (
        lines(k for k in asked if k.reliable),
        lines(k for k in asked if not k.reliable),
        lines(others),
    )


def _link(link: Link, unit: str) -> tuple[str, ...]:
    numbers = [wording.said(link.cue, v, unit) for v in (link.median_during, link.median_otherwise)]
    spread = wording.span(link.low, link.high, signed=True)
    return (
        wording.behaviour(link.behaviour),
        _whose(link),
        *numbers,
        f"{wording.number(link.difference, signed=True)} ({spread})"
        + (f": {means}" if (means := wording.means(link.cue, link.difference)) else ""),
        wording.number(link.effect, signed=True),
        f"{link.n}, {wording.count(link.n_otherwise)}",
    )


def _whose(link: Link) -> str:
    """Name a link's cue and whose it is; what came next names the client itself."""
    alone = link.cue in OUTCOMES
    return wording.cue(link.cue) if alone else wording.cue_of(link.cue, link.role)


def worth_another_look(report: Report) -> int:
    """Count the exploratory links worth looking for again."""
    return sum(link.reason is not None and link.reason.code == AGAIN for link in report.links)


def asked_lines() -> tuple[tuple[str, str, str], ...]:
    """Give a line for every pair set beforehand: with what, what, and why it is asked about."""
    return tuple(
        (wording.behaviour(row.behaviour), wording.cue(row.cue), str(row.why)) for row in PRIMARY
    )


def unlinked_lines(report: Report) -> Lines:
    """Say for which pairs there is no link and why: one line per behaviour and reason."""
    found: dict[tuple[str, str], list[str]] = {}
    for link in report.links:
        if link.difference is None:
            key = link.behaviour, str(link.reason or "")
            found.setdefault(key, []).append(wording.cue(link.cue))
    return tuple(
        (wording.behaviour(behaviour), ", ".join(dict.fromkeys(cues)), reason)
        for (behaviour, reason), cues in found.items()
    )
