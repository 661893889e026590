"""Report -> tables in plain words, and the component that shows a table as a real one.

A grid here is what is on the page: heads, rows of cells, and a row's explanation. Cells are text;
the component writes them with ``textContent``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dashboard.view.cards import sentence
from diarize.messages import message
from diarize.timeline import Span
from prosody import catalogue
from prosody.cues.measure import Measure
from prosody.listening.links import OUTCOMES, Link
from prosody.render import wording
from prosody.report.model import Report

__all__ = [
    "Grid",
    "Line",
    "glance",
    "how",
    "links",
    "meanings",
    "measures",
    "mount",
    "mount_figure",
    "quality",
    "voices",
]

_HERE = Path(__file__).parents[1] / "static"
_ROLES = ("therapist", "client", "both")
_WAYS = {"s": ("longer", "shorter"), "words": ("larger", "smaller")}


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its cells, what it means, and whether it is to be read with care."""

    cells: tuple[str, ...]
    meaning: str = ""
    faint: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """One table; columns from `numbers_from` on hold numbers, `note` stands below."""

    title: str
    heads: tuple[str, ...]
    lines: tuple[Line, ...]
    numbers_from: int = 1
    note: str = ""


@cache
def _component() -> Any:
    import streamlit as st

    return st.components.v2.component(
        "plain_table",
        html='<div class="grid"></div>',
        css=(_HERE / "tables.css").read_text("utf-8"),
        js=(_HERE / "tables.js").read_text("utf-8"),
    )


def mount(grid: Grid, *, key: str) -> None:
    """Put a table on the page."""
    _component()(data=asdict(grid), key=key)


@cache
def _figure() -> Any:
    import streamlit as st

    return st.components.v2.component(
        "plain_figure",
        html="<figure></figure>",
        css=(_HERE / "figure.css").read_text("utf-8"),
        js=(_HERE / "figure.js").read_text("utf-8"),
    )


def mount_figure(title: str, said: str, svg: str, *, key: str) -> None:
    """Put a figure on the page: its title, how to read it, and what `prosody.render.svg` drew."""
    _figure()(data={"title": title, "said": said, "svg": svg}, key=key)


@cache
def meanings() -> Mapping[str, str]:
    """Give each cue's meaning, as its row states it."""
    return {cue.name: cue.meaning for cue in catalogue.table()}


def glance(report: Report, meaning: Mapping[str, str]) -> Grid:
    """Make one small table of what is looked at first, therapist beside client."""
    rows = [m for cue in catalogue.headlines() for m in report.measures if m.cue == cue.name]
    return _grid("At a glance", rows, meaning, brief=True)


def measures(report: Report, meaning: Mapping[str, str]) -> tuple[Grid, ...]:
    """Make one table per cue family: value, interval, count, or why it cannot be said."""
    families: dict[str, list[Measure]] = {}
    for measure in report.measures:
        families.setdefault(wording.family(measure.cue), []).append(measure)
    return tuple(_grid(name, rows, meaning) for name, rows in families.items())


def _grid(
    title: str, rows: Sequence[Measure], meaning: Mapping[str, str], *, brief: bool = False
) -> Grid:
    """Set roles side by side, a cue per line; why a figure is rough stands once, below."""
    cues: dict[str, dict[str, Measure]] = {}
    for m in rows:
        cues.setdefault(m.cue, {})[m.role] = m
    roles = [role for role in _ROLES if any(role in found for found in cues.values())]
    lines = tuple(
        Line(
            (wording.cue(cue), *(text for role in roles for text in _cells(found.get(role)))),
            _why(found, "" if brief else meaning.get(cue, "")),
        )
        for cue, found in cues.items()
    )
    rough = {sentence(str(m.reason)) for m in rows if m.reason and m.value is not None}
    heads = (text for role in roles for text in (wording.role(role), "95 % interval, n"))
    note = "~ marks a low-confidence estimate. " + " ".join(sorted(rough)) if rough else ""
    return Grid(title, ("", *heads), lines, 1, note)


def _cells(m: Measure | None) -> tuple[str, str]:
    if m is None:
        return "", ""
    if m.value is None:
        return wording.number(None), f"n = {m.n}"
    value = wording.said(m.cue, m.value, m.unit)
    interval = _interval(m)
    return value if m.reliable else f"~{value}", f"{interval}{', ' if interval else ''}n = {m.n}"


def _why(found: Mapping[str, Measure], meaning: str) -> str:
    """Give a cue's meaning after the reasons why it cannot be said, each once."""
    reasons: dict[str, list[str]] = {}
    for role, m in found.items():
        if m.value is None:
            reason = str(m.reason or message("measure.unknown"))
            reasons.setdefault(reason, []).append(wording.role(role))
    said = (
        sentence(reason if len(found) == len(roles) else f"{' and '.join(roles)}: {reason}")
        for reason, roles in reasons.items()
    )
    return " ".join([*said, meaning]).strip()


def _interval(row: Measure | Link, unit: str | None = None) -> str:
    if row.low is None or row.high is None:
        return ""
    unit = row.unit if isinstance(row, Measure) else unit or ""
    low, high = (wording.said(row.cue, end, unit) for end in (row.low, row.high))
    return f"{low.removesuffix(f' {unit}').removesuffix(' of 100')} to {high}"


def links(report: Report) -> tuple[Grid, Grid, Grid]:
    """Make three tables of links.

    Returns
    -------
    tuple of Grid
        Differences that stand out from chance, those that do not, and what cannot be said.
    """
    units = {m.cue: m.unit for m in report.measures} | OUTCOMES
    said = [link for link in report.links if link.difference is not None]
    firm = tuple(_link(k, units.get(k.cue, ""), in_words=True) for k in said if k.reliable)
    loose = tuple(_link(k, units.get(k.cue, "")) for k in said if not k.reliable)
    heads = ("With", "What", "Then", "Otherwise", "Difference", "95 % interval", "n")
    return (
        Grid("Differences that stand out from chance", heads, firm, 2),
        Grid("Differences no larger than chance may make", heads, loose, 2),
        Grid("Cannot be said", ("With", "What", "Why"), tuple(_unsaid(report.links)), 9),
    )


def _link(link: Link, unit: str, *, in_words: bool = False) -> Line:
    cells = (
        wording.behaviour(link.behaviour),
        _whose(link),
        wording.said(link.cue, link.median_during, unit),
        wording.said(link.cue, link.median_otherwise, unit),
        wording.said(link.cue, link.difference, unit, signed=True),
        _interval(link, unit),
        str(link.n),
    )
    return Line(cells, link_sentence(link, unit) if in_words else "", faint=not link.reliable)


def _unsaid(rows: Iterable[Link]) -> Iterator[Line]:
    """One line per behaviour and reason, its cues together."""
    found: dict[tuple[str, str], list[str]] = {}
    for link in rows:
        if link.difference is None:
            found.setdefault((link.behaviour, str(link.reason or "")), []).append(_whose(link))
    for (behaviour, reason), cues in found.items():
        yield Line((wording.behaviour(behaviour), ", ".join(cues), sentence(reason)))


def link_sentence(link: Link, unit: str) -> str:
    """Say a link in words that never claim a cause.

    Examples
    --------
    >>> link = Link("reflection", "voice.level", "therapist", 12, -30.0, -26.0, -4.0, -6.0, -2.0,
    ...             -0.8, True)
    >>> link_sentence(link, "dB")
    "In this session, with reflection the therapist's level was 4 dB lower (quieter) than without."
    """
    if link.difference is None:
        return sentence(str(link.reason or wording.number(None)))
    size = wording.said(link.cue, abs(link.difference), unit, signed=True).removeprefix("+")
    more, less = _WAYS.get(unit, ("higher", "lower"))
    way = more if link.difference > 0 else less if link.difference < 0 else "different"
    what = (
        wording.cue(link.cue).lower()
        if link.cue in OUTCOMES
        else f"the {wording.role(link.role).lower()}'s {wording.cue(link.cue).lower()}"
    )
    start = "after" if link.cue in OUTCOMES else "with"
    name = wording.behaviour(link.behaviour).lower()
    if link.cue not in OUTCOMES and (means := wording.means(link.cue, link.difference)):
        way = f"{way} ({means})"
    return f"In this session, {start} {name} {what} was {size} {way} than without."


def _whose(link: Link) -> str:
    name = wording.cue(link.cue).lower()
    return name if link.cue in OUTCOMES else f"{wording.role(link.role).lower()}'s {name}"


def quality(report: Report) -> Grid:
    """Make the table of checks of the recording."""
    return Grid(
        "Checks of the recording",
        ("Check", "Verdict", "Value", "Where"),
        tuple(
            Line(
                (
                    wording.cue(f"quality.{check.check}"),
                    wording.verdict(check.verdict),
                    wording.with_unit(check.value, check.unit),
                    _where(check.span),
                ),
                str(check.meaning),
            )
            for check in report.quality
        ),
        2,
    )


def _where(span: Span | None) -> str:
    return f"{wording.clock(span.start)} to {wording.clock(span.end)}" if span else ""


def voices(report: Report) -> Grid:
    """Make the table of voices and the roles they were given."""
    return Grid(
        "Who is who",
        ("Voice", "Role", "How sure", "Why"),
        tuple(
            Line(
                (
                    voice.voice,
                    wording.role(voice.role),
                    f"set by {voice.corrected_by}"
                    if voice.corrected_by
                    else f"{voice.certainty:.0%}",
                    str(voice.evidence),
                )
            )
            for voice in report.voices
        ),
        9,
    )


def how(report: Report) -> Grid:
    """Make the table of the programs that took part."""
    return Grid(
        "How it was made",
        ("Part", "Program", "Version", "Weights (SHA-256)"),
        tuple(
            Line((_plain(part), engine.name, engine.version, (engine.weights_sha256 or "")[:16]))
            for part, engine in report.engines.items()
        ),
        9,
    )


def _plain(name: str) -> str:
    return name.replace("_", " ").capitalize()
