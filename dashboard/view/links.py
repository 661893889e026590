"""Links -> tables and sentences in plain words: what differed when, and by how much."""

from collections.abc import Iterable, Iterator

from dashboard.view.tables import Grid, Line, heads, interval
from dashboard.view.words import say, unit_of, units
from diarize.messages import Message
from prosody.listening.links import OUTCOMES, Link
from prosody.render import wording
from prosody.render.listen_first import stands_out, whose
from prosody.report.model import Report

__all__ = ["link_sentence", "links"]


def links(report: Report) -> tuple[Grid, Grid, Grid, Grid]:
    """Make four tables of links.

    Returns
    -------
    tuple of Grid
        Differences of pairs set beforehand that stand out from chance, and those that do not;
        exploratory ones; and what is not available.
    """
    measured = units(report)
    said = [link for link in report.links if link.difference is not None]
    firm = tuple(_link(k, unit_of(k.cue, measured), in_words=True) for k in said if stands_out(k))
    loose, exploratory = (
        tuple(
            _link(k, unit_of(k.cue, measured))
            for k in said
            if not stands_out(k) and (k.family == "primary") == asked
        )
        for asked in (True, False)
    )
    columns = heads("with", "what", "means", "then", "otherwise", "difference", "interval", "n")
    return (
        Grid(say("links_firm"), columns, firm, 3),
        Grid(say("links_loose"), columns, loose, 3),
        Grid(say("links_exploratory"), columns, exploratory, 3),
        Grid(say("links_unsaid"), heads("with", "what", "why"), tuple(_unsaid(report.links)), 9),
    )


def _link(link: Link, unit: str, *, in_words: bool = False) -> Line:
    cells = (
        wording.behaviour(link.behaviour),
        say("title", text=whose(link)),
        wording.means(link.cue, link.difference),
        wording.said(link.cue, link.median_during, unit),
        wording.said(link.cue, link.median_otherwise, unit),
        _difference(link, unit),
        interval(link, unit),
        str(link.n),
    )
    means = link_sentence(link, unit) if in_words else ""
    rests = {"kinds": [link.behaviour], "cue": link.cue, "role": link.role}
    opens = rests | {"title": say("link_title", behaviour=cells[0], what=cells[1])}
    return Line(cells, means, faint=not stands_out(link), opens=opens)


def _unsaid(rows: Iterable[Link]) -> Iterator[Line]:
    """One line per behaviour and reason, its cues together."""
    found: dict[tuple[str, Message | None], list[str]] = {}
    for link in rows:
        if link.difference is None:
            found.setdefault((link.behaviour, link.reason), []).append(whose(link))
    for (behaviour, reason), cues in found.items():
        why = say("sentence", text=reason) if reason else ""
        yield Line((wording.behaviour(behaviour), ", ".join(cues), why))


def link_sentence(link: Link, unit: str) -> str:
    """Say a link in words that never claim a cause, and what higher or lower means there.

    Examples
    --------
    >>> link = Link("reflection", "voice.unevenness", "therapist", 12, 8.0, 6.0, 2.0, 1.0, 3.0,
    ...             0.8, True)
    >>> link_sentence(link, "dB")
    "With reflection, the therapist's unevenness of level differed by +2 dB: less steady."
    """
    if link.difference is None:
        return say("sentence", text=link.reason or wording.number(None))
    means = wording.means(link.cue, link.difference)
    return say(
        "link_after" if link.cue in OUTCOMES else "link_with",
        behaviour=wording.behaviour(link.behaviour),
        what=whose(link),
        how=say("differed" if link.difference else "same", by=_difference(link, unit), means=means)
        if means or not link.difference
        else say("differed_alone", by=_difference(link, unit)),
    )


def _difference(link: Link, unit: str) -> str:
    return wording.said(link.cue, link.difference, unit, signed=True)
