"""A page and a panel are a row each: one that is added is there and is given what others are."""

from typing import Any

import streamlit as st

from dashboard.pages import table as pages
from dashboard.pages.given import Site
from dashboard.panels import table as panels
from dashboard.panels.desk import Desk
from diarize.messages import is_known
from tests.dashboard.pages.test_pages import SESSION, everything, run


def test_a_panel_that_is_registered_has_a_tab_and_is_given_the_session(shelf: Any) -> None:
    def show(desk: Desk) -> None:
        st.text(f"{len(desk.session.report.turns)} turns, seen by {desk.by()}")

    with panels.registered(panels.Panel("A panel of mine", show)):
        page = run(shelf.folder, SESSION, id="s-one")
        assert not page.exception
        assert [tab.label for tab in page.tabs][-1] == "A panel of mine"
        assert "13 turns, seen by user" in everything(page)
    without = run(shelf.folder, SESSION, id="s-one")
    assert "A panel of mine" not in [tab.label for tab in without.tabs]


def test_a_page_that_is_registered_is_opened_and_knows_the_others(shelf: Any) -> None:
    def show(site: Site) -> None:
        st.text(f"{site.folder.name} has {', '.join(site.pages)}")

    mine = pages.Page("mine", "A page of mine", show)
    assert "mine" not in everything(run(shelf.folder))
    with pages.registered(mine, at=0):  # what is first is opened without an address
        page = run(shelf.folder)
        assert not page.exception
        assert "library has mine, library, session" in everything(page)


def test_every_panel_has_a_title_of_its_own_in_the_catalogue() -> None:
    titles = [p.title for p in panels.table()] + [p.title for p in pages.table()]
    assert all(map(is_known, titles)) and len(set(titles)) == len(titles)
