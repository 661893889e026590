"""What was heard of listening, for people: totals, MITI-type figures, frames, links, moments.

Conventions
-----------
Everything follows from a report alone. Lines are cells of plain text, which the HTML report and
the dashboard both show; who shows them escapes them. Wording says what went together and never
what brought what about.
"""

from collections.abc import Iterable, Sequence
from html import escape

from prosody.listening.links import OUTCOMES, Link
from prosody.listening.moments import LEAST, RULE, Moment
from prosody.listening.totals import FRAMES, MITI_NOTE, Frame, MitiFigure, Total, grouped
from prosody.render import wording
from prosody.report.model import Report

__all__ = [
    "LINK_HEADS",
    "MITI_HEADS",
    "MOMENT_SIDES",
    "RULE_HEADS",
    "RULE_SAID",
    "TOTAL_HEADS",
    "behaviours",
    "frame_lines",
    "links",
    "miti_lines",
    "moments",
    "not_found",
    "rule_lines",
    "total_lines",
]

TOTAL_HEADS = ("Suggested behaviour", "Who", "Times", "Per 10 min (95 %)", "Turns with it")
MITI_HEADS = ("Figure", "This session (95 %)", "From", "Published in MITI 4.2.1")
LINK_HEADS = ("With", "What", "Median then", "Median otherwise", "Difference (95 %)",
              "Cliff's delta", "n with, without")  # fmt: skip
RULE_HEADS = ("Side", "What counts", "Points")
MOMENT_SIDES = {"strong": "Strong", "discuss": "Worth discussing"}
RULE_SAID = (
    "Each therapist turn or held silence collects points, those of a behaviour times its "
    f"confidence. From {LEAST} points on, with a behaviour of that side, it may be chosen. The "
    "ones with most points are taken, half of the list strong and half worth discussing, half a "
    "minute apart. A place to start listening, no judgement."
)
_TOTALS_SAID = (
    "Suggestions by rules, counted. The interval holds the spread over the session, not the "
    "errors of the rules."
)
_COUNTED = {
    "listening.reflections_to_questions": "turns that reflect to turns that ask",
    "listening.open_question_share": "turns with an open question of turns that ask",
    "listening.complex_reflection_share": "reflections that look complex of all reflections",
}


def total_lines(report: Report) -> tuple[tuple[str, ...], ...]:
    """Give a line for every behaviour that was found."""
    return tuple(
        (
            wording.behaviour(t.behaviour),
            wording.role(t.role),
            str(t.n),
            rate(t),
            "–" if t.turns is None else str(t.turns),
        )
        for t in report.totals
        if t.n
    )


def rate(total: Total) -> str:
    """Write a rate per 10 minutes with its interval, ``~`` where it is rough."""
    text = wording.number(total.per_10_min)
    if total.low is None or total.high is None:
        return f"~{text}"
    return f"{text} ({wording.number(total.low)} to {wording.number(total.high)})"


def not_found(report: Report) -> tuple[str, ...]:
    """Say which behaviours were looked for and not found, and which cannot be looked for."""
    none = [_named(t) for t in report.totals if t.n == 0]
    said = [f"Not found: {', '.join(none)}."] if none else []
    reasons: dict[str, list[str]] = {}
    for t in report.totals:
        if t.n is None:
            reasons.setdefault(t.reason or "", []).append(_named(t))
    said += [f"Cannot be said: {', '.join(kinds)} ({why})." for why, kinds in reasons.items()]
    rough = {t.reason for t in report.totals if t.n and t.low is None and t.reason}
    return (*said, *(f"~ is a rough figure: {reason}." for reason in sorted(rough)))


def _named(total: Total) -> str:
    name = wording.behaviour(total.behaviour).lower()
    return (
        f"{name} (client)"
        if total.behaviour == "overlap_to_review" and (total.role == "client")
        else name
    )


def miti_lines(report: Report) -> tuple[tuple[str, ...], ...]:
    """Give a line for every MITI-type figure; none where nobody said the session is that."""
    return tuple(
        (
            wording.cue(f.cue),
            _figure(f),
            f"{wording.number(f.part)} to {wording.number(f.whole)}: {_COUNTED.get(f.cue, '')}",
            f.published or "no such value",
        )
        for f in report.miti
    )


def _figure(figure: MitiFigure) -> str:
    if figure.value is None:
        return f"cannot be said: {figure.reason or ''}"
    value = wording.said(figure.cue, figure.value, "")
    if figure.low is None or figure.high is None:
        return f"~{value}"
    ends = (wording.said(figure.cue, end, "") for end in (figure.low, figure.high))
    return f"{value} ({' to '.join(ends)})"


def frame_lines(report: Report, frame: Frame) -> tuple[tuple[str, str], ...]:
    """Give each stage of a frame with the counts under it."""
    return tuple(
        (
            stage.capitalize(),
            ", ".join(
                f"{wording.behaviour(t.behaviour).lower()} {'–' if t.n is None else t.n}"
                for t in members
            ),
        )
        for stage, members in grouped(report.totals, frame)
    )


def rule_lines() -> tuple[tuple[str, str, str], ...]:
    """Give the rule by which moments are chosen, a line per thing that counts."""
    return tuple((MOMENT_SIDES[r.side], r.words, f"{r.points:g}") for r in RULE)


def behaviours(report: Report, events: str) -> str:
    """Write the section on behaviours: totals, MITI-type figures, frames, then `events` (HTML)."""
    if not report.totals:
        return "<p>Nobody is known to be the therapist or the client, so nothing is counted.</p>"
    lines = total_lines(report)
    said = f"<p>{escape(_TOTALS_SAID)}</p>" + _table(TOTAL_HEADS, lines) if lines else ""
    rest = "".join(f'<p class="unsaid">{escape(line)}</p>' for line in not_found(report))
    return said + rest + _miti(report) + _frames(report) + events


def _miti(report: Report) -> str:
    if not report.miti:
        return ""
    table = _table(MITI_HEADS, miti_lines(report))
    return f"<h3>Motivational interviewing</h3><p>{escape(MITI_NOTE)}</p>{table}"


def _frames(report: Report) -> str:
    parts = "".join(
        f"<h3>{escape(frame.name)}</h3><p class='unsaid'>{escape(frame.note)}</p>"
        + _table(("Read together", "Counts of this session"), frame_lines(report, frame))
        for frame in FRAMES
    )
    return f"<details><summary>The same counts in two frames for reading</summary>{parts}</details>"


def moments(report: Report, *, sound: bool) -> str:
    """Write the section on moments; with `sound` each has a player for the kept audio."""
    if report.moments:
        items = "".join(_moment(m, sound=sound) for m in report.moments)
        listed = f"<ol>{items}</ol>"
    else:
        listed = "<p>No moment stood out by the rule.</p>"
    note = (
        '<p class="unsaid clip">Each player begins 20 s before the moment. It plays while this '
        "page lies in its session's folder, beside audio.flac.</p>"
    )
    return (
        listed
        + (note if sound and report.moments else "")
        + f"<details><summary>The rule they are chosen by</summary><p>{escape(RULE_SAID)}</p>"
        + _table(RULE_HEADS, rule_lines())
        + "</details>"
    )


def _moment(moment: Moment, *, sound: bool) -> str:
    side = MOMENT_SIDES.get(moment.side, moment.side)
    span = f"{moment.context.start:.1f},{moment.context.end:.1f}"
    player = f'<audio controls preload="none" src="audio.flac#t={span}"></audio>' if sound else ""
    return (
        f"<li><b>{wording.clock(moment.span.start)}</b> <span class='side'>{escape(side)}</span> "
        f"{escape(moment.reason)}{player}</li>"
    )


def links(report: Report) -> str:
    """Write the section on links: those that stand out, the others, and what cannot be said."""
    if not report.links:
        return "<p>Nothing to link: no behaviour was found.</p>"
    units = {m.cue: m.unit for m in report.measures} | OUTCOMES
    looked = [link for link in report.links if link.difference is not None]
    firm = [link for link in looked if link.reliable]
    loose = [link for link in looked if not link.reliable]
    said = (
        f"<p>{len(looked)} pairs of behaviour and cue were looked at; {len(firm)} differ more "
        "than shuffling within this session gives, with the number of pairs reckoned with. They "
        "go together here; that does not make one the cause of the other.</p>"
    )
    if firm:
        said += _table(LINK_HEADS, [_link(link, units.get(link.cue, "")) for link in firm])
    if loose:
        table = _table(LINK_HEADS, [_link(link, units.get(link.cue, "")) for link in loose])
        said += (
            f"<details><summary>{len(loose)} differences no larger than chance may make</summary>"
            f"{table}</details>"
        )
    unsaid = tuple(_unsaid(report.links))
    if unsaid:
        table = _table(("With", "What", "Why"), unsaid)
        said += f"<details><summary>What cannot be said, and why</summary>{table}</details>"
    return said


def _link(link: Link, unit: str) -> tuple[str, ...]:
    numbers = [wording.said(link.cue, v, unit) for v in (link.median_during, link.median_otherwise)]
    spread = " to ".join(wording.number(v, signed=True) for v in (link.low, link.high))
    return (
        wording.behaviour(link.behaviour),
        f"{wording.cue(link.cue)} ({wording.role(link.role).lower()})",
        *numbers,
        f"{wording.number(link.difference, signed=True)} ({spread})",
        wording.number(link.effect, signed=True),
        f"{link.n}, {'–' if link.n_otherwise is None else link.n_otherwise}",
    )


def _unsaid(rows: Iterable[Link]) -> Iterable[tuple[str, str, str]]:
    """One line per behaviour and reason, its cues together."""
    found: dict[tuple[str, str], list[str]] = {}
    for link in rows:
        if link.difference is None:
            found.setdefault((link.behaviour, link.reason or ""), []).append(wording.cue(link.cue))
    for (behaviour, reason), cues in found.items():
        yield wording.behaviour(behaviour), ", ".join(dict.fromkeys(cues)), reason


def _table(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in line) + "</tr>" for line in lines
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
