"""A recording is analysed from the page, in a real browser: every way that it can end."""

from pathlib import Path
from typing import Any

import pytest
import soundfile

from dashboard.view.words import say
from prosody.store.library import Library
from tests.conftest import SAMPLES
from tests.dashboard.browsing import expects, press, served, tick, visit

pytestmark = pytest.mark.browser

SECONDS = 12


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    samples, rate = soundfile.read(SAMPLES / "half_way.flac", dtype="int16")
    path = tmp_path / "a recording.wav"
    soundfile.write(path, samples[: SECONDS * rate], rate)
    return path


def typed(page: Any, name: str, text: str) -> None:
    field(page, name).fill(text)
    page.keyboard.press("Enter")


def button(page: Any, name: str) -> Any:
    return page.get_by_role("button", name=say(name), exact=True)


def field(page: Any, name: str) -> Any:
    return page.get_by_label(say(name), exact=True)


def a_path_that_leads_nowhere_is_named_and_stays(page: Any, lost: Path) -> None:
    page.get_by_text(say("add_session"), exact=True).click()
    typed(page, "add_recording", str(lost))
    answer = page.get_by_text(say("add_no_file", file=lost), exact=True)
    press(page, button(page, "analyse"), answer)
    expects(field(page, "add_recording")).to_have_value(str(lost))


def without_consent_nothing_is_heard(page: Any, recording: Path) -> None:
    typed(page, "add_recording", f"'{recording}'")  # in quotation marks, as it is often pasted
    why = say("unadded_consent_missing")
    press(page, button(page, "analyse"), page.get_by_text(say("not_added", why=why), exact=True))
    press(page, button(page, "go_on"), field(page, "add_recording"))
    expects(field(page, "add_recording")).to_have_value(f"'{recording}'")


def one_that_cannot_be_read_leaves_what_was_typed(page: Any, unread: Path) -> None:
    typed(page, "add_recording", str(unread))
    typed(page, "add_date", "2026-01-31")
    tick(page, say("add_consent"))
    typed(page, "consent_by", "c-7")
    press(page, button(page, "analyse"), page.get_by_text(say("not_added", why="")[:-1]))
    page.reload()
    press(page, button(page, "go_on"), field(page, "consent_by"))
    expects(field(page, "consent_by")).to_have_value("c-7")
    assert page.get_by_role("checkbox", name=say("add_consent")).is_checked()
    expects(field(page, "add_date")).to_have_value("2026-01-31")


def one_that_is_stopped_leaves_nothing(page: Any, recording: Path, folder: Path) -> None:
    """It is followed and stopped from a page that was loaded anew."""
    typed(page, "add_recording", f"'{recording}'")  # consent and all else are those of before
    press(page, button(page, "analyse"), button(page, "stop_analysis"))
    while not recording.with_name(recording.name + ".consent.json").is_file():
        page.wait_for_timeout(100)
    page.reload()
    page.get_by_text("“a recording.wav”").wait_for()
    press(page, button(page, "stop_analysis"), page.get_by_text(say("not_added", why="")[:-1]))
    assert not list(Library(folder).sessions())
    press(page, button(page, "go_on"), field(page, "add_recording"))
    expects(field(page, "add_recording")).to_have_value(f"'{recording}'")


def one_that_ends_is_opened(page: Any, folder: Path) -> None:
    typed(page, "add_therapist", "t-1")
    press(page, button(page, "analyse"), button(page, "open_it"))
    press(page, button(page, "open_it"), page.locator(".room.ready"))
    (entry,) = Library(folder).sessions()
    assert entry.therapist_id == "t-1" and entry.session_id in page.url
    assert entry.date == "2026-01-31"
    page.get_by_role("link", name=say("all_sessions")).click()
    page.get_by_role("link", name=entry.session_id).wait_for()
    expects(page.get_by_text("a recording.wav")).to_have_count(0)


def test_a_recording_is_added_from_the_page(tmp_path: Path, recording: Path, page: Any) -> None:
    folder = tmp_path / "library"
    with served(folder) as (port, _):
        visit(page, port)
        a_path_that_leads_nowhere_is_named_and_stays(page, tmp_path / "lost.wav")
        without_consent_nothing_is_heard(page, recording)
        unread = tmp_path / "unread.wav"
        unread.write_bytes(b"RIFF and nothing more")
        one_that_cannot_be_read_leaves_what_was_typed(page, unread)
        one_that_is_stopped_leaves_nothing(page, recording, folder)
        one_that_ends_is_opened(page, folder)
