"""A page and a panel are a row each: one that is added is there and is given what others are."""

from dataclasses import replace
from typing import Any

import pytest
import streamlit as st

from dashboard.pages import session_page
from dashboard.pages import table as pages
from dashboard.pages.given import Site
from dashboard.panels import table as panels
from dashboard.panels.desk import Desk
from dashboard.view.words import say
from diarize.messages import is_known
from prosody import catalogue
from prosody.cues.measure import Series
from prosody.render.drawing import SHADES
from prosody.report.model import Course
from prosody.store.library import Library
from tests.conftest import ROOT
from tests.dashboard.pages.test_pages import SESSION, components, everything, run


def test_a_panel_that_is_registered_stands_in_its_part_and_is_given_the_session(shelf: Any) -> None:
    def show(desk: Desk) -> None:
        st.text(f"{len(desk.session.report.turns)} turns in {desk.session.session_id}")

    with panels.registered(panels.Panel("findings", show)):
        page = run(shelf.folder, SESSION, id="s-one", part="findings")
        assert not page.exception
        assert "13 turns in s-one" in everything(page)
        assert "13 turns in s-one" not in everything(run(shelf.folder, SESSION, id="s-one"))
    without = run(shelf.folder, SESSION, id="s-one", part="findings")
    assert "13 turns in s-one" not in everything(without)


def test_a_page_that_is_registered_is_opened_and_knows_the_others(shelf: Any) -> None:
    def show(site: Site) -> None:
        st.text(f"{site.folder.name} has {', '.join(site.pages)}")

    mine = pages.Page("mine", "A page of mine", show)
    assert "mine" not in everything(run(shelf.folder))
    with pages.registered(mine, at=0):  # what is first is opened without an address
        page = run(shelf.folder)
        assert not page.exception
        assert "library has mine, library, session" in everything(page)


def test_the_list_of_sessions_leads_to_a_page_whose_row_says_so(shelf: Any) -> None:
    def leads(page: Any) -> list[tuple[str, str]]:
        return [(link.proto.page, link.proto.label) for link in page.get("page_link")]

    mine = pages.Page("mine", "A page of mine", lambda site: None, door="dashboard.page_session")
    before = leads(run(shelf.folder))
    assert ("cohort", say("open_cohort")) in before
    with pages.registered(mine):
        assert leads(run(shelf.folder)) == [*before, ("mine", say("page_session"))]
    with pages.registered(replace(mine, door="")):
        assert leads(run(shelf.folder)) == before


def test_every_panel_stands_in_a_part_and_every_page_has_a_title_of_its_own() -> None:
    assert {p.section for p in panels.table()} == {*session_page.SECTIONS} - {session_page.LISTEN}
    titles = [p.title for p in pages.table()]
    assert all(map(is_known, titles)) and len(set(titles)) == len(titles)


@pytest.mark.parametrize("where", ["glance", "warmth", "apart"])
def test_a_course_is_drawn_on_the_page_where_its_row_says(shelf: Any, where: str) -> None:
    row = replace(
        catalogue.get("talk.share"), name="voice.hoarse", label="Hoarseness", drawn=(where,)
    )
    series = Series("voice.hoarse", "client", (0.0, 30.0), (0.2, 0.4))
    report = Library(shelf.folder).load("s-one")
    shelf.add("s-one", replace(report, course=Course(90.0, 30.0, (series,))))
    for drawn in (where, "course"):  # the other is a section of the report alone
        with catalogue.registered(replace(row, drawn=(drawn,))):
            page = run(shelf.folder, SESSION, id="s-one", part="findings")
        assert not page.exception
        figures = [one["title"] for one in components(page, "plain_figure")]
        assert any(title.startswith("Hoarseness") for title in figures) == (drawn == where)


def test_people_have_one_colour_each_on_the_page_in_the_map_and_in_figures() -> None:
    client = ROOT / "dashboard" / "client" / "src" / "glyph.ts"
    styles = ROOT / "dashboard" / "static" / "common.css"
    report = ROOT / "prosody" / "render" / "templates" / "report.css"
    for role in ("therapist", "client"):
        shade = SHADES[role].lower()
        assert f'{role}: "{shade}"' in client.read_text("utf-8").lower()
        for style in (styles, report):  # the first of each is that of a light page
            first = style.read_text("utf-8").lower().partition(f"--{role}: ")[2]
            assert first.startswith(shade)
