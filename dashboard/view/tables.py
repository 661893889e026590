"""Report -> tables in plain words, and the component that shows a table as a real one.

A grid here is what is on the page: heads, rows of cells, and a row's explanation. Cells are text;
the component writes them with ``textContent``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from dashboard.view.charts import PEOPLE
from dashboard.view.words import label, own_line, say
from diarize.messages import Message, message
from diarize.timeline import Span
from prosody import catalogue
from prosody.cues.measure import Measure
from prosody.listening import behaviours
from prosody.listening.links import Link
from prosody.render import wording
from prosody.render.explained import terms_in
from prosody.report.model import Report

__all__ = [
    "Grid",
    "Line",
    "component",
    "counted",
    "folded",
    "glance",
    "how",
    "intake",
    "interval",
    "measures",
    "mount",
    "mount_figure",
    "mount_said",
    "mount_sessions",
    "quality",
    "said_once",
    "voices",
]

_HERE = Path(__file__).parents[1] / "static"
_COMMON = "common.css"
_GRID = '<div class="grid"></div>'
_ROLES = ("therapist", "client", "both")


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its cells, what it means, whether it is to be read with care, what it opens.

    `opens` is the places it rests on: a ``cue`` with its ``role`` and what kind of ``places``,
    ``kinds`` of behaviour and ``whose``, or a stretch to play, ``at``; and its ``title``, where the
    first cell does not say it. None where there are none to hear.
    """

    cells: tuple[str, ...]
    meaning: str = ""
    faint: bool = False
    opens: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """One table; columns from `numbers_from` on hold numbers, `note` stands below.

    Columns of `spoken` hold what people said, wrote or chose as a code; no word there is explained.
    """

    title: str
    heads: tuple[str, ...]
    lines: tuple[Line, ...]
    numbers_from: int = 1
    note: str = ""
    spoken: tuple[int, ...] = ()


def said_once(lines: Iterable[Line]) -> tuple[tuple[Line, ...], str]:
    """Give rows and a note: what is said below each row is said once if it is the same of all."""
    rows = tuple(lines)
    found = {row.meaning for row in rows}
    if len(found) != 1:
        return rows, ""
    return tuple(replace(row, meaning="") for row in rows), found.pop()


@cache
def component(name: str, html: str, script: str, style: str) -> Any:
    """Register a component of the page once, of files in the folder ``static``."""
    import streamlit as st

    common, css, js = ((_HERE / file).read_text("utf-8") for file in (_COMMON, style, script))
    return st.components.v2.component(name, html=html, css=common + css, js=js)


def mount(grid: Grid, *, key: str) -> None:
    """Put a table on the page."""
    show = component("plain_table", _GRID, "tables.js", "tables.css")
    words = {"empty": say("none_of", title=grid.title), "open": say("hear_places")}
    plain = asdict(grid)
    show(data={**plain, **words, "terms": terms_in(str(plain))}, key=key)


def mount_said(text: str, *, key: str) -> None:
    """Put a paragraph on the page, its words of the field explained."""
    import streamlit as st

    held = terms_in(text)
    if not held:
        st.text(text)
        return
    show = component("plain_text", '<div class="said"></div>', "said.js", "said.css")
    show(data={"text": text, "terms": held}, key=key)


def folded(grid: Grid, *, key: str) -> None:
    """Put a table on the page, folded under its title and how many rows it has."""
    import streamlit as st

    with st.expander(say("counted", title=grid.title, n=len(grid.lines))):
        mount(grid, key=key)


def mount_sessions(
    title: str, heads: list[str], sessions: list[dict[str, Any]], *, key: str
) -> str | None:
    """Put the table of sessions on the page; gives the one that was just chosen, if any."""
    show = component("sessions", _GRID, "sessions.js", "tables.css")
    data = {"title": title, "heads": heads, "sessions": sessions}
    chosen = show(data=data, key=key, on_opened_change=lambda: None).opened
    return None if chosen is None else str(chosen)


def mount_figure(title: str, said: str, svg: str, *, key: str) -> None:
    """Put a figure on the page: its title, how to read it, and what `prosody.render.svg` drew."""
    show = component("plain_figure", "<figure></figure>", "figure.js", "figure.css")
    data = {"title": title, "said": said, "svg": svg, "terms": terms_in(f"{title} {said}")}
    show(data=data, key=key)


def heads(*names: str) -> tuple[str, ...]:
    """Give heads of a table."""
    return tuple(say(f"head_{name}") for name in names)


def glance(report: Report) -> Grid:
    """Make one small table of what is looked at first, therapist beside client."""
    cues = [cue.name for cue in catalogue.headlines()]
    found = (report.measure(cue, role) for cue in cues for role in PEOPLE)
    rows = [m for m in found if m is not None]
    return _grid(say("panel_glance"), rows, {})


def measures(report: Report, meaning: Mapping[str, str]) -> tuple[Grid, ...]:
    """Make one table per cue family: value, interval, count, or why it is not available."""
    families: dict[str, list[Measure]] = {}
    for measure in report.measures:
        families.setdefault(wording.family(measure.cue), []).append(measure)
    return tuple(_grid(name, rows, meaning) for name, rows in families.items())


def _grid(title: str, rows: Sequence[Measure], meaning: Mapping[str, str]) -> Grid:
    """Set roles side by side, a cue per line; why a figure is rough stands once, below."""
    cues: dict[str, dict[str, Measure]] = {}
    for m in rows:
        cues.setdefault(m.cue, {})[m.role] = m
    roles = [role for role in _ROLES if any(role in found for found in cues.values())]
    lines = tuple(
        Line(
            (wording.cue(cue), *(text for role in roles for text in _cells(found.get(role)))),
            _why(found, meaning.get(cue, "")),
            opens=_opens(cue, found),
        )
        for cue, found in cues.items()
    )
    rough = {say("sentence", text=m.reason) for m in rows if m.reason and m.value is not None}
    columns = (text for role in roles for text in (wording.role(role), say("head_interval_n")))
    note = say("rough", reasons=" ".join(sorted(rough))) if rough else ""
    return Grid(title, ("", *columns), lines, 1, note)


def _opens(cue: str, found: Mapping[str, Measure]) -> Mapping[str, Any] | None:
    roles, row = [role for role, m in found.items() if m.value is not None], catalogue.get(cue)
    if not roles:
        return None
    if row and row.counts:
        return counted(row.counts)
    places = row.places if row else "turns"
    return {"cue": cue, "role": roles[0] if len(roles) == 1 else "both", "places": places}


def counted(mains: Iterable[str]) -> Mapping[str, Any]:
    """Give what opens the therapist's behaviours that are one of these main things a turn does."""
    kinds = [row.kind for main in mains for row in behaviours.of_main(main)]
    return {"kinds": kinds, "whose": "therapist"}


def _cells(m: Measure | None) -> tuple[str, str]:
    if m is None:
        return "", ""
    if m.value is None:
        return wording.number(None), say("number_of", n=m.n)
    value = wording.said(m.cue, m.value, m.unit)
    around = interval(m, m.unit)
    support = say("interval_n", interval=around, n=m.n) if around else say("number_of", n=m.n)
    return value if m.reliable else say("rough_value", value=value), support


def _why(found: Mapping[str, Measure], meaning: str) -> str:
    """Give a cue's meaning after the reasons why it is not available, each once."""
    reasons: dict[Message, list[str]] = {}
    for role, m in found.items():
        if m.value is None:
            reason = m.reason or message("measure.unknown")
            reasons.setdefault(reason, []).append(wording.role(role))
    said = (
        say("sentence", text=reason)
        if len(found) == len(roles)
        else say("sentence_of", roles=roles, text=reason)
        for reason, roles in reasons.items()
    )
    return " ".join([*said, meaning]).strip()


def interval(row: Measure | Link, unit: str) -> str:
    """Write the interval of a figure; empty where it has none."""
    if row.low is None or row.high is None:
        return ""
    low, high = wording.ends(row.cue, row.low, row.high, unit)
    return say("range", low=low, high=high)


def quality(report: Report) -> Grid:
    """Make the table of checks of the recording."""
    return Grid(
        say("checks"),
        heads("check", "verdict", "value", "where"),
        tuple(
            Line(
                (
                    say("title", text=wording.check(check.check)),
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
    if span is None:
        return ""
    return say("range", low=wording.clock(span.start), high=wording.clock(span.end))


def intake(report: Report) -> Grid:
    """Make the table of what came in: read, lost, mended, ignored and withheld, with places."""
    lines = tuple(
        Line(
            (
                label("became", row.what),
                own_line(Message(row.code, row.fields)),
                _where(row.span),
            )
        )
        for row in report.intake
    )
    return Grid(say("came_in_table"), heads("became", "details", "where"), lines, 9)


def voices(report: Report) -> Grid:
    """Make the table of voices and the roles they were given."""
    return Grid(
        say("who_is_who"),
        heads("voice", "role", "certainty", "why"),
        tuple(
            Line(
                (
                    voice.voice,
                    wording.role(voice.role),
                    say("set_by", by=voice.corrected_by)
                    if voice.corrected_by
                    else say("certainty", certainty=voice.certainty),
                    str(voice.evidence),
                )
            )
            for voice in report.voices
        ),
        9,
        spoken=(0,),
    )


def how(report: Report) -> Grid:
    """Make the table of the programs that took part."""
    return Grid(
        say("software"),
        heads("part", "program", "version", "weights"),
        tuple(
            Line(
                (
                    wording.engine(part),
                    wording.program(engine.name),
                    engine.version,
                    _weights(engine.weights_sha256),
                )
            )
            for part, engine in report.engines.items()
        ),
        9,
    )


def _weights(sha256: str | None) -> str:
    return sha256[:16] if sha256 else ""
