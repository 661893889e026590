"""Panels that only show: what is looked at first, every measure, differences, how far to trust."""

import streamlit as st

from dashboard.panels.desk import Desk
from dashboard.view import links as link_tables
from dashboard.view import tables
from dashboard.view.words import for_the_page, say
from diarize.messages import message
from prosody import catalogue
from prosody.cues.warmth import CAVEAT_NOTE
from prosody.render import svg, wording
from prosody.render.cells import meanings
from prosody.report.model import Report

__all__ = ["cautions", "caveats", "glance", "links", "measures", "trust"]


def cautions(report: Report) -> list[str]:
    """Say what to read with care, the most serious first; before all, a language not read."""
    return [
        say("sentence", text=for_the_page(note))
        for note in sorted(report.notes, key=lambda note: note != report.unread)
        if note.severity != "info" and note.code != CAVEAT_NOTE.code
    ]


def caveats(desk: Desk) -> None:
    """Draw what to read with care, and what came in."""
    st.subheader(say("caveats"), anchor=False)
    for at, caution in enumerate(cautions(desk.session.report) or [say("no_cautions")]):
        tables.mount_said(caution, key=f"caution {at}")
    about = say("caveat_of", title=message("warmth.title"), text=CAVEAT_NOTE)
    tables.mount_said(about, key="caveat")


def glance(desk: Desk) -> None:
    """Draw what is looked at first, and the figures the timeline does not show."""
    report = desk.session.report
    tables.mount(tables.glance(report), key="glance")
    if offsets := svg.offsets(report):
        title, said = say("figure_offsets"), say("figure_offsets_said")
        tables.mount_figure(title, said, offsets, key="figure offsets")
    for cue in catalogue.drawn("glance"):
        if figure := svg.course(report, cue):
            title = say("figure_course", cue=wording.cue(cue.name))
            window_s, means = report.course.window_s, cue.words("meaning")
            said = say("figure_course_said", window_s=window_s, means=means)
            tables.mount_figure(title, said, figure, key=f"figure {cue.name}")


def measures(desk: Desk) -> None:
    """Draw every measure, family by family."""
    st.subheader(say("panel_measures"), anchor=False)
    tables.mount_said(say("interval_said"), key="interval said")
    for grid in tables.measures(desk.session.report, meanings()):
        tables.folded(grid, key=f"measures {grid.title}")


def links(desk: Desk) -> None:
    """Draw what differed when, as tables beside the picture."""
    st.subheader(say("panel_links"), anchor=False)
    tables.mount_said(say("links_said"), key="links said")
    firm, loose, exploratory, unsaid = link_tables.links(desk.session.report)
    tables.folded(firm, key="links firm")
    tables.folded(loose, key="links loose")
    tables.folded(exploratory, key="links exploratory")
    tables.folded(unsaid, key="links unsaid")


def trust(desk: Desk) -> None:
    """Draw who is who, the checks of the recording, the software and the notes."""
    report = desk.session.report
    st.subheader(say("panel_trust"), anchor=False)
    for name, grid in (
        ("intake", tables.intake(report)),
        ("voices", tables.voices(report)),
        ("quality", tables.quality(report)),
        ("how", tables.how(report)),
    ):
        tables.mount(grid, key=f"trust {name}")
    for at, note in enumerate(n for n in report.notes if n.severity == "info"):
        tables.mount_said(say("note", note=for_the_page(note)), key=f"note {at}")
