"""The pages for whoever listens first: nothing the program found, until they ask or are done."""

import json
import zlib
from base64 import b64decode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dashboard.view.words import say
from diarize.timeline import Span
from prosody.store import codings, goals, reviews, written
from prosody.store.codings import Coding, Mark
from prosody.store.encrypting import encrypt
from prosody.store.library import Library
from prosody.store.written import RATINGS, Written
from tests.dashboard.pages.test_pages import FIELD, SESSION, components, everything, run
from tests.dashboard.panels.test_listening_panel import press

PAGE = """
from pathlib import Path
import streamlit as st
from dashboard.pages import apart_page
from dashboard.pages.given import Site
home = st.Page(lambda: None, title="Sessions", url_path="library")
session = st.Page(lambda: None, title="Session", url_path="session")
pages = {{"library": home, "session": session}}
site = Site(Path(st.secrets["library"]), st.secrets["signing_key"], pages)
one = st.Page(lambda: apart_page.{page}(site), title="One", url_path="one", default=True)
st.navigation([one, home, session], position="hidden").run()
"""
REVIEW, CODING = PAGE.format(page="review"), PAGE.format(page="code")


def scene(page: Any) -> dict[str, Any]:
    (room,) = components(page, "listening_room")
    return {**room, **json.loads(zlib.decompress(b64decode(room["packed"])))}


def as_(page: Any, code: str) -> Any:
    return page.text_input(key=FIELD).set_value(code).run()


def pin(shelf: Any, at: float, by: str = "tr-1") -> None:
    row = Written("pin", at, {"text": "the quiet house"}, by)
    written.put(Library(shelf.folder), "s-one", RATINGS, [row])


def test_the_room_holds_nothing_that_the_program_found(shelf: Any) -> None:
    for script in (REVIEW, CODING):
        page = run(shelf.folder, script, id="s-one")
        assert not page.exception
        shown = scene(page)
        assert shown["bare"] and len(shown["turns"]) == 13
        assert shown["lists"]["behaviours"] == shown["lists"]["moments"] == shown["first"] == []
        assert shown["links"] == shown["curves"] == shown["cautions"] == []
        assert shown["lists"]["agenda"] == []
        assert shown["empty"]["notes"] == say("no_pins")
        assert not components(page, "plain_table")


def test_a_sealed_session_is_heard_on_every_page_until_its_sound_is_gone(
    shelf: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text("for tests only\n")
    monkeypatch.setenv("PROSODY_PASSPHRASE_FILE", str(secret))
    encrypt(Library(shelf.folder))
    for script in (SESSION, REVIEW, CODING):
        shown = scene(run(shelf.folder, script, id="s-one"))
        assert shown["audio"] and not shown["note"]
    for file in (shelf.folder / "s-one").glob("audio*"):
        file.unlink()
    for script in (SESSION, REVIEW, CODING):
        shown = scene(run(shelf.folder, script, id="s-one"))
        assert (shown["audio"], shown["note"]) == (None, say("no_sound_kept"))


def test_a_review_goes_from_pins_to_both_sides(shelf: Any) -> None:
    pin(shelf, 12.0)
    pin(shelf, 115.0)
    pin(shelf, 50.0, "tr-2")
    page = as_(run(shelf.folder, REVIEW, id="s-one"), "tr-1")
    assert [n["start_s"] for n in scene(page)["notes"]] == [12.0, 115.0]
    page.text_area(key="map s-one tr-1 felt").set_value("never at rest")
    page = press(page, say("keep_map"))
    page = press(page, say("reveal"))
    assert not page.exception
    grids = {g["title"]: g for g in components(page, "plain_table")}
    assert [line["cells"][0] for line in grids[say("by_both")]["lines"]] == ["0:12"]
    assert [line["cells"][0] for line in grids[say("by_you")]["lines"]] == ["1:55"]
    assert [line["cells"][0] for line in grids[say("by_tool")]["lines"]] == ["0:49"]
    felt = grids[say("aspect_felt")]
    assert "never at rest" in felt["note"]
    assert say("chance", both=1, n=2, share=61 / 120, expected=2 * 61 / 120) in everything(page)
    assert reviews.of(Library(shelf.folder), "s-one", "tr-1").revealed
    assert page.text_area(key="map s-one tr-1 felt").disabled


def test_a_pin_is_answered_and_brought(shelf: Any) -> None:
    pin(shelf, 12.0)
    page = as_(run(shelf.folder, REVIEW, id="s-one"), "tr-1")
    page.text_area(key="pin s-one 1 heard").set_value("that it never ends")
    page.select_slider(key="pin s-one 1 room slider").set_value(60)
    page.checkbox(key="pin s-one 1 clip").check()
    next(b for b in page.button if b.label == say("keep_pin", at=12.0)).click()
    page = page.run()
    (kept,) = reviews.of(Library(shelf.folder), "s-one", "tr-1").pins
    assert kept.detail["answer_heard"] == "that it never ends"
    assert (kept.detail["sliders"], kept.detail["clip"]) == ({"room": 60}, True)
    hidden = run(shelf.folder, SESSION, id="s-one", part="supervision")
    assert say("clips_chosen") not in [g["title"] for g in components(hidden, "plain_table")]
    press(page, say("reveal"))
    shown = run(shelf.folder, SESSION, id="s-one", part="supervision")
    (grid,) = (g for g in components(shown, "plain_table") if g["title"] == say("clips_chosen"))
    assert grid["lines"][0]["opens"] == {"at": [2.0, 27.0]}


def test_codes_are_compared_on_the_page_once_two_are_done(shelf: Any) -> None:
    library = Library(shelf.folder)
    marks = (Mark(Span(10.0, 15.0), ("reflection",)), Mark(Span(31.0, 34.0), ("question_open",)))
    page = run(shelf.folder, CODING, id="s-one")
    assert say("code_to_begin") in everything(page)
    codings.keep(library, "s-one", Coding("r-1", marks))
    page = as_(page, "r-1")
    (coder,) = components(page, "coding")
    assert [u["kinds"] for u in coder["units"]][:2] == [["reflection"], ["question_open"]]
    assert [u["seen"] for u in coder["units"]][:3] == [True, True, False]
    page = press(page, say("coding_done"))
    assert say("you_are_done") in everything(page)
    supervised = run(shelf.folder, SESSION, id="s-one", part="supervision")
    assert say("not_compared_yet") in everything(supervised)
    codings.keep(library, "s-one", Coding("r-2", marks[:1], True))
    supervised = run(shelf.folder, SESSION, id="s-one", part="supervision")
    titles = [g["title"] for g in components(supervised, "plain_table")]
    assert say("agreement_of", one="r-1", other="r-2") in titles
    assert say("agreement_of", one="r-2", other=say("the_tool")) in titles


def test_codes_are_taken_from_a_file(shelf: Any, tmp_path: Any) -> None:
    path = tmp_path / "codes.csv"
    path.write_text("turn,codes\n2,reflection\n")
    page = as_(run(shelf.folder, CODING, id="s-one"), "r-1")
    page.text_input(key="codes path").set_value(str(path)).run()
    page = press(page, say("codes_import"))
    assert not page.exception
    (coding,) = codings.read(Library(shelf.folder), "s-one")
    assert (coding.done, coding.source, coding.by) == (False, "csv", "r-1")
    assert say("coding_so_far", n=1, of=len(codings.units(shelf.report()))) in everything(page)


def test_sharing_is_offered_only_where_the_consent_covers_it(shelf: Any) -> None:
    page = run(shelf.folder, SESSION, id="s-one", part="supervision")
    assert say("share_not_covered") in everything(page)
    assert say("share_prepare") not in [b.label for b in page.button]
    scopes = ("analyse", "keep_words", "play_back", "share")
    report = shelf.report()
    shelf.add("s-one", shelf.report(consent=replace(report.consent, scopes=scopes)))
    page = as_(run(shelf.folder, SESSION, id="s-one", part="supervision"), "sup-1")
    page = press(page, say("share_prepare"))
    assert not page.exception
    assert say("share_look") in everything(page)


def test_a_goal_is_set_for_a_therapist_and_shown_over_the_sessions(shelf: Any) -> None:
    page = run(shelf.folder, SESSION, id="s-one", part="supervision")
    assert say("goal_nobody") in everything(page)
    shelf.add("s-one", shelf.report(), therapist_id="T1")
    page = as_(run(shelf.folder, SESSION, id="s-one", part="supervision"), "T1")
    page.text_input(key="goal text").set_value("leave more room")
    page = press(page, say("goal_set"))
    assert not page.exception
    goal = goals.open_at(Library(shelf.folder), "s-one")
    assert goal is not None and (goal.text, goal.by) == ("leave more room", "T1")
    page = page.toggle(key="goal follow").set_value(True).run()
    (grid,) = (
        g for g in components(page, "plain_table") if say("goal_no_band", why="")[:15] in g["note"]
    )
    assert [line["cells"][1] for line in grid["lines"]] == [say("goal_since")]
