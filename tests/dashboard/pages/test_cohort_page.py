"""The page of all sessions together: groups by name, no spread that would describe somebody."""

from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.pages.cohort_page import spreads
from dashboard.view.words import say
from prosody.store.cohort import cohort
from prosody.store.filing import file_under
from prosody.store.library import Library
from tests.conftest import PATIENCE_S
from tests.dashboard.browsing import PATIENCE_MS, served, visit

COHORT = """
from pathlib import Path
import streamlit as st
from dashboard.pages import cohort_page
from dashboard.pages.given import Site
home = st.Page(lambda: None, title="Sessions", url_path="library")
site = Site(Path(st.secrets["library"]), st.secrets["signing_key"], {"library": home})
one = st.Page(lambda: cohort_page.show(site), title="All", url_path="cohort", default=True)
st.navigation([one, home], position="hidden").run()
"""


@pytest.fixture
def library(shelf: Any) -> Library:
    """Five sessions of three pairs in the north, one in the south, one of nowhere."""
    for n in range(6):
        report = shelf.report()
        report = replace(report, recording=replace(report.recording, sha256=f"{n}" * 64))
        shelf.add(f"s-{n}", report, audio=False)
        site = "north" if n < 5 else "south"
        file_under(Library(shelf.folder), f"s-{n}", {"dyad_id": f"d-{n % 3}"}, {"site": site})
    return Library(shelf.folder)


def test_a_spread_that_would_describe_somebody_is_not_shown(library: Library) -> None:
    groups = {group.name: spreads(group) for group in cohort(library, "site")}
    assert list(groups) == ["north", "south", None]
    few = say("cohort_few")
    assert any(line.cells[2] != few for line in groups["north"].lines)
    south = groups["south"]
    assert len(south.heads) < len(groups["north"].heads) and south.note == say("cohort_none")
    assert all(set(line.cells[1:]) <= {"0", "1"} for line in south.lines)  # counts alone


def test_the_page_groups_by_a_column(library: Library) -> None:
    page = AppTest.from_string(COHORT, default_timeout=PATIENCE_S)
    page.secrets["library"], page.secrets["signing_key"] = str(library.folder), "k"
    page.run()
    assert not page.exception and not page.subheader
    page.selectbox(key="cohort by").select("site").run()
    assert [heading.value for heading in page.subheader] == [
        say("cohort_group", by="site", name=name)
        for name in ("north", "south", say("cohort_no_value"))
    ]


def test_the_page_opens_from_the_library(library: Library, page: Any) -> None:
    with served(library.folder) as (port, _):
        visit(page, port)
        page.get_by_text(say("open_cohort")).click(timeout=PATIENCE_MS)
        page.get_by_role("heading", name=say("page_cohort")).wait_for(timeout=PATIENCE_MS)
        page.get_by_text(say("cohort_spreads"), exact=True).wait_for(timeout=PATIENCE_MS)
