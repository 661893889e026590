"""The HTML report: self-contained, escaped, saying why not."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from prosody import figures
from prosody.page import html
from prosody.session import findings
from prosody.settings import Settings
from prosody.summary import screen
from prosody.warmth import CAVEAT
from tests.prosody.conftest import facts


@pytest.fixture(scope="module")
def page(report, frames):
    return html(report, frames, session_id="s-1")


def test_the_page_fetches_nothing_and_runs_nothing(page):
    assert "default-src 'none'" in page
    assert not re.search(r"<script|<link|<img|<iframe|\son\w+=|@import|url\((?!#)", page)
    assert not re.search(r"(?:src|href)=", page)


def test_the_page_says_what_the_numbers_are_not(page):
    assert CAVEAT in page
    assert "no grade" in page
    assert "cannot be said" in page


def test_words_of_a_session_are_never_markup(conversation, frames):
    evil = '<script>alert(1)</script> "quoted" & <img src=x onerror=y>'
    spoken = tuple(
        replace(u, words=tuple(replace(w, text=evil) for w in u.words))
        for u in conversation.utterances
    )
    made = findings(replace(conversation, utterances=spoken), frames, facts(), Settings())
    page = html(made, frames, session_id="<b>")
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("figure", ["timeline", "offsets"])
def test_figures_are_well_formed(report, figure):
    ElementTree.fromstring(getattr(figures, figure)(report))


def test_contours_are_well_formed_and_leave_gaps(report, frames):
    root = ElementTree.fromstring(figures.contours(report, frames))
    marks = [p.get("d") for p in root.iter("{http://www.w3.org/2000/svg}path")]
    assert any(d.count("M") > 20 for d in marks)


def test_a_session_in_which_nobody_speaks_has_a_page(frames, conversation):
    empty = replace(conversation, utterances=(), silences=(), casting=(), has_words=False)
    made = findings(empty, frames, facts(), Settings())
    page = html(made, frames, session_id="s-0")
    assert "No speech was found" in page
    assert figures.contours(made, frames) == figures.timeline(made) == figures.offsets(made) == ""
    assert "none heard" in screen(made, "s-0")


def test_the_screen_is_one_screen(report):
    text = screen(report, "s-1")
    assert len(text.splitlines()) < 40
    assert "s-1" in text
