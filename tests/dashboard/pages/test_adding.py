"""A session is added from the page: what is missing is said, and nothing starts without it."""

from pathlib import Path
from typing import Any

from dashboard.view.words import say
from tests.dashboard.pages.test_pages import everything, run


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
    going: Any = page.session_state["going"]
    while going.answer is None:
        pass
    page.run()
    assert say("not_added", why=say("consent_missing")) in everything(page)
    page.button(key="go on").click().run()
    assert not page.exception
