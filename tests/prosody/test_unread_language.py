"""A language without rules is said before anything else: on screen, in the report, on the page."""

from dataclasses import replace

import pytest

from dashboard.panels.findings_panels import cautions
from prosody.findings import Heard, findings
from prosody.render.html import html
from prosody.render.text import screen
from prosody.settings import Settings
from tests.prosody.conftest import facts


@pytest.fixture
def dutch(conversation, frames):
    return findings(Heard(facts(), Settings(), replace(conversation, language="nl")), frames)


def test_the_screen_begins_with_it_and_says_it_once(dutch, report):
    lines = screen(dutch, "s-1").splitlines()
    said = [number for number, line in enumerate(lines) if str(dutch.unread)[1:] in line]
    assert dutch.unread.code == "rule.no_language" and said == [0]
    assert report.unread is None and "s-1" in screen(report, "s-1").splitlines()[0]


def test_the_report_says_it_above_its_title(dutch, frames):
    page = html(dutch, frames, session_id="s-1")
    assert 0 < page.index("no rules for language") < page.index("<h1>")


def test_the_page_says_it_before_all_other_cautions(dutch):
    assert "no rules for language" in cautions(dutch)[0]
