"""Listening and agenda in the dashboard, as Streamlit runs them and as the server answers."""

import gc
from dataclasses import replace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard import serving
from dashboard.panels import listening_panel
from dashboard.panels.desk import Desk
from dashboard.view import corrections, later
from dashboard.view.words import say
from diarize.conversation import Utterance
from diarize.messages import message
from prosody.cues.measure import Measure
from prosody.listening import behaviours
from prosody.listening.totals import MITI_NOTE, MitiFigure, Total
from prosody.render import listening
from prosody.store import agenda, amend, written
from prosody.store.confirmed import confirmed
from prosody.store.library import Library
from tests.dashboard.pages.test_pages import SESSION, components, everything, room, run

NONE = message("total.none_found")
TOTALS = (
    Total("reflection", "therapist", 4, 20.0, 8.0, 31.0, 4, reliable=True),
    Total("backchannel", "therapist", 2, 10.0, 4.0, 15.0, 2, reliable=True),
    Total("advice", "therapist", 0, 0.0, None, None, 0, reliable=False, reason=NONE),
)
FIGURE = MitiFigure(
    Measure("listening.reflections_to_questions", "therapist", 1.3, "", 20, 15, 15, 0.9, 1.8),
    message("total.published_reflections"),
    "MITI 4.2.1",
)


def press(page: Any, label: str) -> Any:
    return next(b for b in page.button if b.label == label).click().run()


def test_totals_and_both_frames_stand_in_tables(shelf: Any) -> None:
    shelf.add("s-one", shelf.report(totals=TOTALS))
    page = run(shelf.folder, SESSION, id="s-one", part="findings")
    assert not page.exception
    grids = {g["title"]: g for g in components(page, "plain_table")}
    first = grids[say("how_often")]["lines"][0]["cells"]
    assert first == ["Reflection", "Therapist", "4", "20 (8 to 31)", "4"]
    assert str(message("page.not_found", names=("advice",))) in grids[say("how_often")]["note"]
    responding = grids[str(message("total.empathic"))]["lines"][2]["cells"]
    assert responding == ["Responding", "reflection 4, backchannel 2"]
    opens = [line["opens"] for line in grids[str(message("total.empathic"))]["lines"]]
    assert opens[2] == {"kinds": ["reflection", "backchannel"], "whose": "therapist"}
    assert opens[0] is None  # nothing was found that counts there
    assert grids[str(message("total.alliance"))]["note"] == str(message("total.alliance_note"))
    assert say("motivational") not in grids


def test_miti_figures_only_where_the_report_has_them(shelf: Any) -> None:
    report = shelf.report(totals=TOTALS, miti=(FIGURE,))
    grid = listening_panel.grids(report)[1]
    assert grid.title == say("motivational")
    assert grid.lines[0].cells[1] == "1.30 (0.90 to 1.80)"
    assert grid.lines[0].cells[3] == str(FIGURE.published)
    assert grid.note == str(MITI_NOTE)
    opened = grid.lines[0].opens
    assert opened is not None and opened["whose"] == "therapist"
    kinds = [behaviours.get(kind) for kind in opened["kinds"]]
    assert {row and row.main for row in kinds} == {"reflection", "question"}
    unknown = replace(FIGURE, measure=replace(FIGURE.measure, value=None))
    grid = listening_panel.grids(shelf.report(totals=TOTALS, miti=(unknown,)))[1]
    assert grid.lines[0].opens is None


def listed(page: Any) -> list[dict[str, Any]]:
    return components(page, "agenda")[0]["items"]


def test_the_agenda_shows_words_roles_and_reasons_as_they_are_now(shelf: Any) -> None:
    """What stood over a therapist's question does not stand over a line that is the client's."""
    report = shelf.report()
    items = agenda.of(shelf.folder, "s-one", report)
    agenda.keep(shelf.folder, "s-one", agenda.note(items, 1, "Why here?", by="sup-1"))
    written.put(
        Library(shelf.folder),
        "s-one",
        written.COMMENTS,
        [written.Written("question", 12.0, {"text": "What is heard?"}, "sup-1")],
    )
    first, *_ = before = listed(run(shelf.folder, SESSION, id="s-one", part="supervision"))
    assert len(before) == len(items) and first["note"] == "Why here?"
    asked, own = first["words"]
    assert asked[0] == "client"
    assert [own[0], own[2]] == ["therapist", "It sounds as if the day never quite ends for you."]
    assert "What is heard?" in first["notes"][0]
    corrections.correct(shelf.folder, "s-one", by="sup-1", swap_roles=True)
    now = run(shelf.folder, SESSION, id="s-one", part="supervision")
    assert not now.exception
    again = listed(now)[0]
    assert [again["words"][0][0], again["words"][0][2]] == ["client", own[2]]
    assert again["why"] == say("why", why=agenda.GONE)
    assert again["note"] == "Why here?"


def test_each_item_of_the_agenda_plays_with_what_came_before_and_after(shelf: Any) -> None:
    agenda.keep(shelf.folder, "s-one", agenda.add((), shelf.report().turns[4], by="sup-1"))
    (card,) = room(run(shelf.folder, SESSION, id="s-one"))["lists"]["agenda"]
    assert (card["start_s"], card["play_s"], card["stop_s"]) == (31.0, 11.0, 54.0)


@pytest.fixture
def client(shelf: Any) -> TestClient:
    return TestClient(Starlette(routes=[serving.agenda_route(shelf.folder, "key")]))


def test_the_page_to_print_needs_a_signed_address(shelf: Any, client: TestClient) -> None:
    good = client.get(serving.AGENDA_PATH + serving.token("s-one", "key"))
    assert good.status_code == 200
    assert str(message("page.agenda", session_id="s-one")) in good.text
    assert good.headers["cache-control"] == "no-store"
    note = written.Written("question", 12.0, {"text": "What <b>is</b> heard?"}, "sup-1")
    written.put(Library(shelf.folder), "s-one", written.COMMENTS, [note])
    again = client.get(serving.AGENDA_PATH + serving.token("s-one", "key"))
    assert "What &lt;b&gt;is&lt;/b&gt; heard?" in again.text
    assert client.get(serving.AGENDA_PATH + serving.token("s-one", "other")).status_code == 403
    expired = replace(shelf.report().consent, expires_on="2020-01-01")
    shelf.add("s-one", shelf.report(consent=expired))
    assert client.get(serving.AGENDA_PATH + serving.token("s-one", "key")).status_code == 403


def test_a_session_that_is_gone_leaves_nothing_open(shelf: Any) -> None:
    page = run(shelf.folder, SESSION, id="s-one")
    assert "held" in page.session_state
    Library(shelf.folder).forget("s-one")
    page.run()
    assert say("not_opened_title") in everything(page)
    assert "held" not in page.session_state


def test_nothing_of_a_session_stays_in_memory_when_it_is_closed_or_forgotten(shelf: Any) -> None:
    def alive() -> int:
        gc.collect()
        return sum(type(thing) in (Utterance, Desk) for thing in gc.get_objects())

    later.finish()  # what earlier tests left to be written is not begun in the middle of this one
    before = alive()
    page = run(shelf.folder, SESSION, id="s-one")
    turn = {"turn": 4, "voice": "B"}
    corrections.carry_out(shelf.folder, "s-one", turn, by="sup-1")
    later.finish()
    page.run()
    assert alive() > before
    Library(shelf.folder).forget("s-one")
    page.run()
    assert alive() == before

    shelf.add("s-two", shelf.report())
    page = run(shelf.folder, SESSION, id="s-two")
    assert alive() > before
    del page.session_state["held"]
    page = run(shelf.folder)  # the list of sessions, where no session is open
    assert "held" not in page.session_state
    assert alive() == before


def test_beside_each_kind_stands_how_many_of_its_suggestions_people_confirmed(shelf: Any) -> None:
    library, report = Library(shelf.folder), shelf.report(totals=TOTALS)
    reflected = next(e for e in report.events if e.kind == "held_silence")
    assert confirmed(library) == {}
    said = {"at": reflected.span.start, "is": reflected.kind}
    place = shelf.folder / "s-one" / "report.html"
    told = [str(message("page.confirmed_here")), str(message("page.confirmed_of", yes=1, of=1))]
    assert told[0] not in place.read_text("utf-8")
    corrections.carry_out(shelf.folder, "s-one", said, by="sup-1")
    amend.page_anew(library, "s-one")
    assert all(words in place.read_text("utf-8") for words in told)
    corrections.carry_out(shelf.folder, "s-one", {"turn": 4, "is": "reflection"}, by="sup-1")
    assert confirmed(library) == {"held_silence": (1, 1)}  # what was added was no suggestion
    gone = {"at": reflected.span.start, "is_not": reflected.kind}
    corrections.carry_out(shelf.folder, "s-one", gone, by="sup-1")
    counts = confirmed(library)
    assert counts == {"held_silence": (1, 2)}
    grid = listening_panel.grids(report, {"reflection": (31, 40)})[0]
    cells = {line.cells[0]: line.cells[-1] for line in grid.lines}
    assert cells["Reflection"] == str(message("page.confirmed_of", yes=31, of=40))
    assert len(grid.heads) == len(grid.lines[0].cells)


def test_how_often_kinds_are_right_stands_on_the_page(shelf: Any) -> None:
    grid = listening_panel.grids(shelf.report(totals=TOTALS))[-1]
    assert [line.cells for line in grid.lines] == list(listening.right_lines())
