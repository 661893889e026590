"""A session is added from the page: what is missing is said, and nothing starts without it."""

import re
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboard.pages import adding
from dashboard.view import going
from dashboard.view.words import say
from diarize.errors import Refused
from diarize.messages import Message, is_known, message, written
from prosody.batch import samples
from prosody.batch.beside import InTurn
from tests.dashboard.pages.test_pages import everything, run

COMMAND = re.compile(r"prosody [a-z]+|pip install|(?:^|[ ('])--[a-z]")
# What an analysis asked for from the page cannot be refused for: it sets none of these options.
NOT_ASKED = {
    *("transcriber.not_installed", "transcriber.no_faster_whisper", "separator.no_pyannote"),
    *("separator.one_channel", "separator.same_channels", "format.no_labels"),
    *("consent.no_code", "consent.row_without_code", "consent.recording_or_manifest"),
}
NOTES = {"transcriber.other_language", "transcriber.other_language_short"}
NOTES |= {"transcriber.language_unsure", "transcript.perhaps_late"}
NOTES |= {"separator.no_encoder", "separator.taken_over", "separator.more_than_told"}
NOTES |= {"separator.map_unused", "separator.map_contradicted"}


@pytest.fixture(autouse=True)
def nothing_goes_on(tmp_path: Path) -> Iterator[None]:
    yield
    found = going.of(tmp_path / "none")
    if found is not None:
        found.work.stop()
        ended(found.work)
        going.over(tmp_path / "none")


def ended(work: Any) -> None:
    """Wait until an analysis beside the page has its answer."""
    while work.answer is None:
        time.sleep(0.05)


@pytest.mark.parametrize("lost", ["lost.wav", "~nobody-of-this-name/lost.wav", ".", "a\0b"])
def test_a_path_that_leads_nowhere_is_named_and_nothing_is_begun(tmp_path: Path, lost: str) -> None:
    page = run(tmp_path / "none")
    page.button(key="analyse").click().run()
    assert say("add_no_recording") in everything(page)
    page.text_input(key="add recording").set_value(lost).run()
    page.button(key="analyse").click().run()
    assert say("add_no_file", file=lost) in everything(page)
    assert going.of(tmp_path / "none") is None
    assert page.text_input(key="add recording").value == lost


def test_a_consent_is_signed_before_anything_can_start(tmp_path: Path) -> None:
    page = run(tmp_path / "none")
    recording = tmp_path / "a.wav"
    recording.write_bytes(b"no sound")
    page.text_input(key="add recording").set_value(str(recording)).run()
    page.checkbox(key="add consent").check().run()
    page.button(key="analyse").click().run()
    assert say("add_no_signer") in everything(page) and going.of(tmp_path / "none") is None
    assert page.checkbox(key="scope analyse").disabled, "without it there is nothing to do"
    assert not page.checkbox(key="scope share").value, "what is not usual is not taken for granted"


def test_a_refusal_stays_until_it_was_read_and_what_was_typed_stays_after_it(
    tmp_path: Path,
) -> None:
    recording = tmp_path / "a.wav"
    recording.write_bytes(b"no sound")
    page = run(tmp_path / "none")
    page.text_input(key="add recording").set_value(str(recording)).run()
    page.button(key="analyse").click().run()
    found: Any = going.of(tmp_path / "none")
    ended(found.work)
    page.run()
    assert say("not_added", why=say("unadded_consent_missing")) in everything(page)
    page.button(key="go on").click().run()
    assert not page.exception and going.of(tmp_path / "none") is None
    assert page.text_input(key="add recording").value == str(recording)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("31.02.2026", message("dashboard.add_no_date", typed="31.02.2026", form="YYYY-MM-DD")),
        ("2999-01-31", message("dashboard.add_to_come", on="2999-01-31")),
    ],
)
def test_a_day_that_is_none_or_is_to_come_is_refused_and_stays(
    tmp_path: Path, typed: str, why: Message
) -> None:
    recording = tmp_path / "a.wav"
    recording.write_bytes(b"no sound")
    page = run(tmp_path / "none")
    page.text_input(key="add recording").set_value(str(recording)).run()
    page.text_input(key="add date").set_value(typed).run()
    page.button(key="analyse").click().run()
    assert str(why) in everything(page) and going.of(tmp_path / "none") is None
    assert page.text_input(key="add date").value == typed


@pytest.mark.parametrize("typed", ["2026-01-31", " 31.1.2026 "])
def test_a_day_is_the_same_however_a_language_writes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    begun: list[dict[str, Any]] = []

    def beside(job: dict[str, Any]) -> Any:
        begun.append(job)
        raise Refused("dashboard.one_at_a_time")

    monkeypatch.setattr(adding, "Beside", beside)
    page = run(tmp_path / "none")
    page.text_input(key="add recording").set_value(__file__).run()
    page.text_input(key="add date").set_value(typed).run()
    page.checkbox(key="add consent").check().run()
    page.text_input(key="consent by").set_value("c-7").run()
    page.text_input(key="consent until").set_value("31.12.2999").run()
    page.button(key="analyse").click().run()
    assert begun[0]["labels"] == {"date": "2026-01-31"}
    assert begun[0]["consent"]["expires_on"] == "2999-12-31"


def test_date_and_consent_stay_when_an_analysis_fails(tmp_path: Path) -> None:
    recording = tmp_path / "a.wav"
    recording.write_bytes(b"no sound")
    day, until = "31.01.2026", f"{date.today() + timedelta(days=90)}"
    page = run(tmp_path / "none")
    page.text_input(key="add recording").set_value(str(recording)).run()
    page.text_input(key="add date").set_value(day).run()
    page.checkbox(key="add consent").check().run()
    page.text_input(key="consent by").set_value("c-7").run()
    page.checkbox(key="scope share").check().run()
    page.checkbox(key="scope play_back").uncheck().run()
    page.text_input(key="consent until").set_value(until).run()
    page.button(key="analyse").click().run()
    found: Any = going.of(tmp_path / "none")
    ended(found.work)
    other = run(tmp_path / "none")  # the page is loaded anew meanwhile
    other.button(key="go on").click().run()
    assert not other.exception
    assert other.text_input(key="add recording").value == str(recording)
    assert other.text_input(key="add date").value == day
    assert other.checkbox(key="add consent").value
    assert other.text_input(key="consent by").value == "c-7"
    assert other.checkbox(key="scope share").value
    assert not other.checkbox(key="scope play_back").value
    assert other.text_input(key="consent until").value == until


def test_what_goes_on_is_seen_from_every_page_of_the_library_and_nothing_begins_beside_it(
    tmp_path: Path,
) -> None:
    first = run(tmp_path / "none")
    first.button(key="demo").click().run()
    other = run(tmp_path / "none")
    assert [b.key for b in other.button if b.key in ("demo", "analyse", "stop analysis")] == [
        "stop analysis"
    ]
    other.button(key="stop analysis").click().run()
    found: Any = going.of(tmp_path / "none")
    ended(found.work)
    assert found.work.done < found.work.of
    first.run()
    first.button(key="go on").click().run()
    assert not first.exception and going.of(tmp_path / "none") is None


def test_a_library_with_sessions_offers_no_samples(shelf: Any) -> None:
    assert not [b for b in run(shelf.folder).button if b.key == "demo"]


def test_samples_are_analysed_one_after_another_until_one_is_refused(tmp_path: Path) -> None:
    for job in samples.jobs(tmp_path):
        assert Path(job["recording"]).is_file() and job["library"] == str(tmp_path)
    lost = {**samples.jobs(tmp_path)[0], "recording": str(tmp_path / "gone.flac")}
    row = InTurn([lost, lost])
    ended(row)
    assert (row.done, row.of) == (0, 2) and "code" in row.answer


def commanding(*areas: str) -> set[str]:
    """Codes of sentences that name something to type."""
    said = {f"{area}.{name}": text for area in areas for name, text in written(area).items()}
    return {code for code, text in said.items() if COMMAND.search(text)}


def unsaid(codes: set[str], begins: str = "") -> set[str]:
    """Codes that have no sentence of the page's own."""
    return {c for c in codes if not is_known(f"dashboard.{begins}{c.replace('.', '_')}")}


def test_the_page_never_tells_anybody_to_type_a_command() -> None:
    refusals = commanding("consent", "transcriber", "separator", "transcript", "format")
    assert unsaid(refusals, "unadded_") - NOTES - NOT_ASKED == set()
    assert unsaid({"coder.weights_unreadable"}, "unadded_") == set()
    others = {"notes.no_therapist", "notes.roles_uncertain", "coder.rules_alone"}
    others |= {"coder.by_unjudged", "agenda.no_such_item", "library.not_shared"}
    assert unsaid(NOTES | others | commanding("corrections", "edits")) == set()
    of_the_command_itself = {"port_taken", "ports_taken", "not_let_in"}
    assert commanding("dashboard") == {f"dashboard.{name}" for name in of_the_command_itself}


def test_why_nothing_was_added_is_said_without_what_a_process_may_not_tell() -> None:
    names = [name for name in written("dashboard") if name.startswith("unadded_")]
    assert len(names) > 10
    for name in names:
        assert str(message(f"dashboard.{name}")) == written("dashboard")[name]
