"""A new kind of correction is one row: a made-up one is found wherever corrections are."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from diarize.messages import Note, is_known, sentence
from prosody.cli.commands import cli
from prosody.option import Option
from prosody.store import amend, kinds
from prosody.store.kinds import TURN, Kind, described
from prosody.store.library import Library
from prosody.store.requests import Request
from tests.said import refused


def cough(heard, row):
    """Let a note say that somebody coughed, and how often."""
    note = Note(
        "notes.coughs", {"n": row.detail["coughs"], "voice": row.detail["voice"]}, "caution"
    )
    return replace(heard, facts=replace(heard.facts, notes=(*heard.facts.notes, note)))


COUGH = Kind(
    "cough",
    takes=(Option("coughs", "How often somebody coughs in the turn.", "number", least=1),),
    at=(TURN,),
    change=cough,
    wording="{start_s:clock} to {end_s:clock}: voice {voice} coughs {coughs} times",
)


@pytest.fixture
def made_up():
    with kinds.registered(COUGH):
        yield
    assert not is_known("corrections.cough")


def command(shelf, *arguments):
    return CliRunner().invoke(
        cli, ["correct", "s-1", "--library", str(shelf), "--by", "sup-1", *arguments]
    )


@pytest.mark.usefixtures("made_up")
def test_a_new_row_is_an_option_and_goes_from_the_command_to_report_page_and_history(shelf):
    text = CliRunner().invoke(cli, ["correct", "--help"]).output
    assert "--coughs" in text and "How often somebody coughs in the turn." in text
    done = command(shelf, "--turn", "1", "--coughs", "3")
    assert done.exit_code == 0, done.output
    (row,) = Library(shelf).corrections("s-1")
    turn = Library(shelf).load("s-1").turns[1]
    assert (row.kind, row.by, row.detail["coughs"], row.span) == ("cough", "sup-1", 3, turn.span)
    written = json.loads((shelf / "s-1" / "report.json").read_text("utf-8"))
    (note,) = (n for n in written["notes"] if n["code"] == "notes.coughs")
    assert note["fields"] == {"n": 3, "voice": "B"}
    told = sentence("notes.coughs", note["fields"])
    assert told[1:] in (shelf / "s-1" / "report.html").read_text("utf-8")
    assert f"{described(row)}" in command(shelf, "--history").output
    assert "voice B coughs 3 times" in str(described(row))


@pytest.mark.usefixtures("made_up")
def test_a_new_row_is_taken_back_and_applied_again(shelf):
    library = Library(shelf)
    amend.correct(library, "s-1", Request(turn=1, coughs=2), by="sup-1")
    amend.correct(library, "s-1", Request(swap_roles=True), by="sup-1")
    assert "notes.coughs" in {note.code for note in library.load("s-1").notes}
    assert command(shelf, "--undo", "1").exit_code == 0
    assert "notes.coughs" not in {note.code for note in library.load("s-1").notes}
    assert library.corrections("s-1")[0].undone_by == "sup-1"


@pytest.mark.usefixtures("made_up")
@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (Request(coughs=1), "requests.which_turn"),
        (Request(turn=99, coughs=1), "requests.no_turn"),
        (Request(turn=1, coughs=1, voice="A"), "requests.one_of"),
        (Request(at=1.0, coughs=1), "requests.at"),
    ],
)
def test_a_new_row_is_asked_for_as_the_others_are(report, request_, code):
    with refused(code):
        kinds.made(report, request_, by="sup-1")


def test_what_no_row_takes_is_a_fault_of_the_program(report):
    with pytest.raises(TypeError, match="coughs"):
        kinds.made(report, Request(turn=1, coughs=1), by="sup-1")


def test_what_an_unknown_row_left_is_kept_and_told_by_its_name(shelf):
    with kinds.registered(COUGH):
        amend.correct(Library(shelf), "s-1", Request(turn=1, coughs=2), by="sup-1")
    amend.correct(Library(shelf), "s-1", Request(swap_roles=True), by="sup-1")
    kept = Library(shelf).corrections("s-1")
    assert kept[0].kind == "cough" and str(described(kept[0])) == "corrections.cough"


def test_every_row_can_be_asked_for_and_read():
    for name, row in kinds.KINDS.items():
        assert row.name == name
        assert row.takes or name == "words_voice"  # a turn's, with its words
        assert bool(row.takes) == bool(row.asks or row.wording) or name == "words_voice"
