"""The agenda: a person's list, kept with the session, found again by time, printed."""

import json
import re
from dataclasses import replace

import pytest
from click.testing import CliRunner

from diarize.errors import Refused
from diarize.messages import message
from diarize.timeline import Span
from prosody.cli.commands import cli
from prosody.listening.moments import Moment
from prosody.render import listen_first
from prosody.store import agenda
from prosody.store.library import Entry, Library
from tests.prosody.conftest import keep
from tests.said import refused


@pytest.fixture
def shelf(tmp_path, report):
    """A library with one session, and the report that is in it."""
    folder = tmp_path / "library"
    entry = Entry("s-1", "ab" * 32, "2026-01-01", report.recording.duration_s)
    keep(folder, entry, report, lambda to: to.write_bytes(b""))
    return folder, entry


def because(*what):
    return message("moment.because", of=what)


def moment(start, side="strong", what="held_silence"):
    around = Span(max(0, start - 20), start + 24)
    return Moment(side, Span(start, start + 4), around, because(what), 2.0, ())


def whys(items):
    return [item.why for item in items]


def test_until_somebody_changes_it_the_agenda_is_the_reports_moments(shelf, report):
    folder, _ = shelf
    two = replace(report, moments=(moment(1.0), moment(15.0, "discuss", "advice")))
    items = agenda.of(folder, "s-1", two)
    assert whys(items) == [because("held_silence"), because("advice")]
    assert not (folder / "s-1" / "agenda.json").exists()
    assert agenda.suggested(items, two) == ()


def test_a_person_adds_moves_notes_and_drops_and_is_named_with_the_day(report):
    items = agenda.add((), report.turns[1], by="sup-1")
    items = agenda.add(items, report.turns[3], by="sup-1")
    items = agenda.note(items, 2, "  What did you hear here?  ", by="sup-2")
    moved = agenda.move(items, 2, 1, by="sup-3")
    assert [i.start_s for i in moved] == [report.turns[3].span.start, report.turns[1].span.start]
    assert (moved[0].note, moved[0].by) == ("What did you hear here?", "sup-3")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", moved[0].on)
    assert agenda.drop(moved, 1) == moved[1:]


@pytest.mark.parametrize("number", [0, 3, -1])
def test_an_item_that_is_not_there_is_refused(report, number):
    items = agenda.add(agenda.add((), report.turns[0], by="a"), report.turns[1], by="a")
    for change in (
        lambda: agenda.drop(items, number),
        lambda: agenda.move(items, number, 1, by="a"),
        lambda: agenda.move(items, 1, number, by="a"),
        lambda: agenda.note(items, number, "x", by="a"),
    ):
        with refused("agenda.no_such_item", number=number, count=2):
            change()


def test_it_outlives_a_new_analysis_and_moments_are_found_by_time(shelf, report):
    folder, entry = shelf
    first = replace(report, moments=(moment(1.0), moment(15.0, "discuss", "advice")))
    items = agenda.note(agenda.of(folder, "s-1", first), 2, "Why here?", by="sup-1")
    items = agenda.add(agenda.move(items, 2, 1, by="sup-1"), report.turns[2], by="sup-1")
    agenda.keep(folder, "s-1", items)
    again = replace(report, moments=(moment(15.5, "discuss", "confrontation"), moment(22.0)))
    keep(folder, entry, again, lambda to: to.write_bytes(b""))
    found = agenda.of(folder, "s-1", again)
    assert whys(found) == [because("confrontation"), agenda.GONE, agenda.ADDED]
    assert (found[0].start_s, found[0].note) == (15.5, "Why here?")
    assert found[1].start_s == 1.0  # chosen no more; a person kept it
    assert [i.start_s for i in agenda.suggested(found, again)] == [22.0]


def test_it_is_private_holds_no_sentence_and_is_forgotten_with_the_session(shelf, report):
    folder, _ = shelf
    agenda.keep(folder, "s-1", agenda.add((), report.turns[1], by="sup-1"))
    path = folder / "s-1" / "agenda.json"
    assert path.stat().st_mode & 0o077 == 0
    assert report.turns[1].text not in path.read_text("utf-8")
    assert "agenda.json" in Library(folder).forget("s-1")
    assert not path.exists()


@pytest.mark.parametrize("text", ["", "[]", '{"items": [{"start_s": 1}]}', '{"items": 3}'])
def test_a_spoilt_file_is_refused_by_name(shelf, report, text):
    folder, _ = shelf
    with Library(folder).locked():
        Library(folder).keep_text("s-1", "agenda.json", text)
    with refused("agenda.unreadable"):
        agenda.of(folder, "s-1", report)


def test_the_printed_page_has_time_words_reason_note_and_room_to_write(report):
    items = agenda.add((), report.turns[2], by="sup-1")
    items = agenda.note(items, 1, "<b>What</b> did she hear?", by="sup-1")
    page = agenda.page(items, report, session_id="s-1")
    assert "default-src 'none'" in page
    assert not re.search(r"<script|(?:src|href)=", page)
    assert "0:09 to 0:12" in page
    assert report.turns[2].text in page
    assert listen_first.because(agenda.ADDED) in page and str(message("side.added")) in page
    assert "&lt;b&gt;What&lt;/b&gt; did she hear?" in page
    assert page.count('<div class="lines">') == 1


def test_an_empty_agenda_has_a_page_and_a_file(shelf, report):
    folder, _ = shelf
    agenda.keep(folder, "s-1", ())
    moments = replace(report, moments=(moment(1.0),))
    assert agenda.of(folder, "s-1", moments) == ()
    assert json.loads((folder / "s-1" / "agenda.json").read_text("utf-8")) == {"items": []}
    assert str(message("page.agenda_empty")) in agenda.page((), report, session_id="s-1")


def command(folder, *arguments):
    return CliRunner().invoke(cli, ["agenda", "s-1", "--library", str(folder), *arguments])


def test_the_command_shows_changes_and_prints(shelf, report, tmp_path):
    folder, _ = shelf
    before = len(report.moments)
    assert command(folder, "--add", "3", "--by", "sup-1").exit_code == 0
    assert command(folder, "--move", str(before + 1), "1").exit_code == 0
    shown = command(folder, "--note", "1", "What do you hear?", "--print", str(tmp_path / "a.html"))
    first = shown.output.splitlines()[0]
    assert first.endswith(f"{message('side.added')}: {agenda.ADDED}")
    assert "What do you hear?" in shown.output
    assert "What do you hear?" in (tmp_path / "a.html").read_text("utf-8")
    assert len(agenda.of(folder, "s-1", report)) == before + 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--drop", "9"), "agenda.no_such_item"),
        (("--add", "99"), "agenda.no_such_turn"),
        (("--drop", "1", "--move", "1", "2"), "agenda.one_change"),
        (("--print", "a.pdf"), "agenda.not_html"),
    ],
)
def test_the_command_refuses_and_changes_nothing(shelf, arguments, code):
    folder, _ = shelf
    result = command(folder, *arguments)
    assert isinstance(result.exception, Refused)
    assert result.exception.code == code
    assert not (folder / "s-1" / "agenda.json").exists()
