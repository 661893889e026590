"""A session read while another run saves it: what is read was saved, and belongs together."""

from dataclasses import replace
from threading import Event, Thread

import pytest

from prosody.report import codec
from prosody.store import agenda, folders, saving
from prosody.store.library import Library
from tests.prosody.conftest import keep

SESSION = "s-1"


def agendas(report):
    """Give two agendas of different lengths."""
    short = agenda.add((), report.turns[1], by="sup-1")
    return short, agenda.note(short, 1, "What did you hear?", by="sup-2")


def meanwhile(monkeypatch, module, name, does):
    """Let something happen once, just before a function runs for the first time."""
    real, begun = getattr(module, name), list[str]()

    def after(*given, **more):
        if not begun:
            begun.append(name)
            does()
        return real(*given, **more)

    monkeypatch.setattr(module, name, after)


@pytest.mark.parametrize("longer", [True, False])
def test_a_file_replaced_just_before_it_is_read_is_read_anew(shelf, report, monkeypatch, longer):
    before, after = agendas(report) if longer else agendas(report)[::-1]
    agenda.keep(shelf, SESSION, before)
    meanwhile(monkeypatch, saving, "read", lambda: agenda.keep(shelf, SESSION, after))
    assert agenda.of(shelf, SESSION, report) == after


def test_who_reads_waits_for_a_file_that_is_being_put_in_its_place(shelf, report, monkeypatch):
    library, after = saved_half(shelf, report, monkeypatch)
    text = library.text(SESSION, agenda.FILE)
    assert text and [row["note"] for row in codec.parsed(text)["items"]] == [after[0].note]


def test_a_file_that_is_being_put_in_its_place_is_not_gone(shelf, report, monkeypatch):
    library, _ = saved_half(shelf, report, monkeypatch)
    assert library.lacks(SESSION) == ()


def saved_half(shelf, report, monkeypatch):
    """Give a library in which the database names a new agenda and the old one lies in its place.

    Whoever saves it goes on as soon as the library looks whether anything is to be finished.
    """
    before, after = agendas(report)
    agenda.keep(shelf, SESSION, before)
    library = Library(shelf)
    library.entry(SESSION)  # it has looked already
    said, goes_on = Event(), Event()

    def stopped():
        said.set()
        assert goes_on.wait(30)

    meanwhile(monkeypatch, folders, "place", stopped)
    Thread(target=agenda.keep, args=(shelf, SESSION, after)).start()
    assert said.wait(30)
    meanwhile(monkeypatch, library, "look", goes_on.set)
    return library, after


def test_findings_and_what_was_heard_are_of_one_state(shelf, report, monkeypatch):
    library = Library(shelf)
    shorter = replace(report.recording, duration_s=report.recording.duration_s - 1.0)
    turns = report.turns[:-1]
    talk = replace(report.conversation, utterances=turns)
    new = replace(report, recording=shorter, conversation=talk)
    entry = library.entry(SESSION)
    meanwhile(monkeypatch, codec, "from_json", lambda: keep(shelf, entry, new, None))
    read = Library(shelf).load(SESSION)
    assert len(read.turns) == len(turns)
    assert read.recording.duration_s == shorter.duration_s


def test_a_file_that_was_altered_is_not_read_however_often(shelf, report):
    agenda.keep(shelf, SESSION, agendas(report)[0])
    path = shelf / SESSION / agenda.FILE
    path.write_text(path.read_text() + " ")
    with pytest.raises(ValueError, match="larger"):
        Library(shelf).text(SESSION, agenda.FILE)
