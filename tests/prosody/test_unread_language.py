"""A language without rules is said before anything else: on screen, in the report, on the page."""

from dataclasses import replace

import pytest

from dashboard.panels.findings_panels import cautions
from diarize.formats.languages import UNKNOWN
from diarize.messages import Note
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


def test_a_translation_is_told_before_the_language_that_follows_from_it(conversation, frames):
    told = Note("transcriber.other_language", {"told": "de", "heard": "en"}, "withhold")
    about = replace(facts(), notes=(told,))
    heard = Heard(about, Settings(), replace(conversation, language=UNKNOWN))
    found = findings(heard, frames)
    first, *rest = screen(found, "s-1").splitlines()
    assert str(told)[1:] in first
    assert not [line for line in (first, *rest) if UNKNOWN in line.split() or "'und'" in line]
    codes = {note.code for note in found.notes}
    assert codes >= {"rule.language_unknown", "pace.heard_for_unknown"}


def test_what_cannot_be_looked_for_is_not_said_to_be_absent(dutch):
    words_only = replace(dutch, totals=tuple(t for t in dutch.totals if t.n is None))
    said = [line for line in screen(words_only, "s-1").splitlines() if "reflection" in line]
    assert said and all(line.startswith("Not available: ") for line in said)
