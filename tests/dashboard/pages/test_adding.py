"""A session is added from the page: what is missing is said, and nothing starts without it."""

import time
from pathlib import Path
from typing import Any

from dashboard.view.words import say
from prosody.batch import samples
from prosody.batch.beside import InTurn
from tests.dashboard.pages.test_pages import everything, run


def ended(going: Any) -> None:
    """Wait until an analysis beside the page has its answer."""
    while going.answer is None:
        time.sleep(0.05)


def test_a_path_that_leads_nowhere_is_named_and_nothing_is_begun(tmp_path: Path) -> None:
    page = run(tmp_path / "none")
    assert page.button(key="analyse").disabled
    lost = str(tmp_path / "lost.wav")
    page.text_input(key="add recording").set_value(lost).run()
    page.button(key="analyse").click().run()
    assert say("add_no_file", file=lost) in everything(page)
    assert "going" not in page.session_state


def test_a_consent_is_signed_before_anything_can_start(tmp_path: Path) -> None:
    page = run(tmp_path / "none")
    page.text_input(key="add recording").set_value(str(tmp_path)).run()
    page.checkbox(key="add consent").check().run()
    assert page.button(key="analyse").disabled
    page.text_input(key="consent by").set_value("c-7").run()
    assert not page.button(key="analyse").disabled
    assert page.checkbox(key="scope analyse").disabled, "without it there is nothing to do"
    assert not page.checkbox(key="scope share").value, "what is not usual is not taken for granted"


def test_a_refusal_stays_until_it_was_read(tmp_path: Path) -> None:
    recording = tmp_path / "a.wav"
    recording.write_bytes(b"no sound")
    page = run(tmp_path / "none")
    page.text_input(key="add recording").set_value(str(recording)).run()
    page.button(key="analyse").click().run()
    ended(page.session_state["going"])
    page.run()
    assert say("not_added", why=say("consent_missing")) in everything(page)
    page.button(key="go on").click().run()
    assert not page.exception


def test_the_samples_are_offered_where_there_is_nothing_yet_and_can_be_stopped(
    tmp_path: Path,
) -> None:
    page = run(tmp_path / "none")
    page.button(key="demo").click().run()
    going: Any = page.session_state["going"]
    assert going.of == 4 and not [b for b in page.button if b.key == "demo"]
    going.stop()
    ended(going)
    assert going.done < going.of
    page.run()
    page.button(key="go on").click().run()
    assert not page.exception and "going" not in page.session_state


def test_a_library_with_sessions_offers_no_samples(shelf: Any) -> None:
    assert not [b for b in run(shelf.folder).button if b.key == "demo"]


def test_samples_are_analysed_one_after_another_until_one_is_refused(tmp_path: Path) -> None:
    for job in samples.jobs(tmp_path):
        assert Path(job["recording"]).is_file() and job["library"] == str(tmp_path)
    lost = {**samples.jobs(tmp_path)[0], "recording": str(tmp_path / "gone.flac")}
    row = InTurn([lost, lost])
    ended(row)
    assert (row.done, row.of) == (0, 2) and "code" in row.answer
