"""Pages as Streamlit runs them, without a browser."""

import json
import logging
import re
import zlib
from base64 import b64decode
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

import dashboard
from dashboard.pages import again, table
from dashboard.view import opened
from dashboard.view.words import own_line, say
from diarize.messages import Note, message
from prosody.cues import sound_alone
from prosody.cues.warmth import CAVEAT_NOTE
from prosody.render import wording
from prosody.render.cells import meanings
from prosody.report.model import ConsentFacts
from prosody.store.library import Library
from prosody.store.schema import sessions as sessions_table
from tests.conftest import PATIENCE_S
from tests.consents import seen, told
from tests.dashboard.conftest import IMAGE, LATEX, SCRIPT_TAG

SHELL = Path(dashboard.__file__).parent / "pages" / "shell.py"
CAVEAT = str(CAVEAT_NOTE)
KEY = "a key for tests only"
FIELD = "code field 0"  # that asks who looks


def full_disk(handle: int) -> None:
    raise OSError(28, "No space left on device")


def run(folder: Path, script: str | None = None, **query: str) -> AppTest:
    page = (
        AppTest.from_file(str(SHELL), default_timeout=PATIENCE_S)
        if script is None
        else AppTest.from_string(script, default_timeout=PATIENCE_S)
    )
    page.secrets["library"] = str(folder)
    page.secrets["signing_key"] = KEY
    for name, value in query.items():
        page.query_params[name] = value
    return page.run()


SESSION = """
from pathlib import Path
import streamlit as st
from dashboard.pages import session_page
from dashboard.pages.given import Site
home = st.Page(lambda: None, title="Sessions", url_path="library")
site = Site(Path(st.secrets["library"]), st.secrets["signing_key"], {"library": home})
one = st.Page(
    lambda: session_page.show(site), title="Session", url_path="session", default=True
)
st.navigation([one, home], position="hidden").run()
"""


def room(page: AppTest) -> dict[str, Any]:
    """Give what the room was given, its scene unpacked."""
    found = components(page, "listening_room")
    assert len(found) == 1
    scene = json.loads(zlib.decompress(b64decode(found[0]["packed"])))
    return {**found[0], **scene}


def components(page: AppTest, name: str) -> list[dict[str, Any]]:
    elements = [node for node in page.main if node.type == "bidi_component"]
    return [json.loads(e.proto.json) for e in elements if e.proto.component_name == name]


def everything(page: AppTest) -> str:
    """All that stands in texts, explained ones included."""
    plain = [str(getattr(node, "value", "")) for node in page.main]
    return " ".join([*plain, *(given["text"] for given in components(page, "plain_text"))])


def test_an_empty_library_says_how_to_fill_it(tmp_path: Path) -> None:
    page = run(tmp_path / "none")
    assert not page.exception
    assert say("library_empty") in everything(page)


def test_the_library_lists_sessions_and_why_one_stays_closed(shelf: Any) -> None:
    ended = shelf.report(consent=ConsentFacts(("analyse", "keep_words"), "2020-01-01"))
    other = replace(ended.recording, sha256="cd" * 32)
    shelf.add("s-old", replace(ended, recording=other), audio=False)
    page = run(shelf.folder)
    assert not page.exception
    assert say("found", n=2, of=2) in everything(page)
    listed = json.dumps(components(page, "sessions"), ensure_ascii=False)
    assert say("not_opened", why=say("consent_expired", on="2020-01-01")) in listed
    (grid,) = components(page, "sessions")
    assert {one["id"]: bool(one["closed"]) for one in grid["sessions"]} == {
        "s-one": False,
        "s-old": True,
    }


def test_a_search_that_finds_nothing_says_what_to_do(shelf: Any) -> None:
    page = run(shelf.folder)
    page.text_input(key="find").set_value("no session of this name").run()
    assert say("none_found") in everything(page) and not components(page, "sessions")


@pytest.mark.parametrize("part", ["listen", "findings", "supervision", "trust"])
def test_a_language_without_rules_is_the_first_line_of_every_part(shelf: Any, part: str) -> None:
    unread = Note("rule.no_language", {"language": "pl", "known": ("de", "en")}, "caution")
    shelf.add("s-one", shelf.report(notes=(CAVEAT_NOTE, unread)))
    page = run(shelf.folder, SESSION, id="s-one", part=part)
    assert not page.exception
    said = say("caution", text=say("title", text=unread))
    lines = [str(node.value) for node in page.main if node.type in ("text", "title")]
    assert lines[:2] == [said, "s-one"] and said not in room(page)["cautions"]


def test_the_first_caution_stands_above_the_player(shelf: Any) -> None:
    """A swap of persons is the first a report has; it may not be folded away with the rest."""
    swap = Note("separator.changed_by_labels", {"at_s": 136.0}, "caution")
    last = Note("notes.words_not_kept", {}, "caution")
    others = (Note("notes.roles_uncertain", {"certainty": 0.5}, "caution"),
              Note("notes.words_erased", {}, "caution"))  # fmt: skip
    shelf.add("s-one", shelf.report(notes=(CAVEAT_NOTE, swap, *others, last)))
    page = run(shelf.folder, SESSION, id="s-one")
    assert not page.exception
    shown = room(page)["cautions"]
    first, fourth = (say("caution", text=say("title", text=note)) for note in (swap, last))
    assert first == shown[0] and fourth not in shown
    assert shown[-1] == say("more_cautions", n=2)
    trusted = everything(run(shelf.folder, SESSION, id="s-one", part="trust"))
    assert str(say("title", text=last)) in trusted


def test_what_machines_heard_alone_is_said_above_the_player(shelf: Any) -> None:
    heard = Note(sound_alone.NOTE, {"wider": 3, "withheld": 1})
    for notes, expected in (((CAVEAT_NOTE, heard), 1), ((CAVEAT_NOTE,), 0)):
        shelf.add("s-one", shelf.report(notes=notes))
        shown = room(run(shelf.folder, SESSION, id="s-one"))["cautions"]
        assert shown.count(say("title", text=heard)) == expected


def test_the_library_is_searched_by_pair_and_date(shelf: Any) -> None:
    shelf.add("s-two", shelf.report())
    page = run(shelf.folder)
    page.text_input(key="find").set_value("s-two").run()
    assert say("found", n=1, of=2) in everything(page)
    page.text_input(key="find").set_value("nobody").run()
    assert say("found", n=0, of=2) in everything(page)


def test_the_library_is_narrowed_to_a_state(shelf: Any) -> None:
    other = replace(shelf.report().recording, sha256="cd" * 32)
    ended = shelf.report(
        consent=ConsentFacts(("analyse", "keep_words"), "2020-01-01"), recording=other
    )
    shelf.add("s-two", ended, audio=False)
    page = run(shelf.folder)
    for state, n in (("closed", 1), ("new", 1), ("corrected", 0), ("all", 2)):
        page.selectbox(key="state").select(state).run()
        assert not page.exception and say("found", n=n, of=2) in everything(page)


@pytest.mark.parametrize("file", ["report.json", "heard.json"])
def test_a_session_whose_files_are_damaged_says_so_in_the_list_and_when_opened(
    shelf: Any, file: str
) -> None:
    place = shelf.folder / "s-one" / file
    place.write_bytes(place.read_bytes()[:-20])
    sessions = components(run(shelf.folder), "sessions")[0]["sessions"]
    why = message(f"library.{file.partition('.')[0]}_unreadable", session="s-one")
    assert [one["closed"] for one in sessions] == [str(why)]
    page = run(shelf.folder, SESSION, id="s-one")
    assert not page.exception and not components(page, "listening_room")
    assert own_line(why) in everything(page)


def test_a_session_that_a_newer_version_wrote_says_so_in_the_list_and_when_opened(
    shelf: Any,
) -> None:
    library = Library(shelf.folder)
    with library.locked():
        for name in ("report.json", "heard.json"):
            text = library.bytes_of("s-one", name).decode()
            newer = re.sub(r'"schema": *[0-9]+', '"schema": 99', text, count=1)
            library.keep_text("s-one", name, newer)
        with library.database.writing() as held:
            held.execute(update(sessions_table).values(report_schema=99))
    sessions = components(run(shelf.folder), "sessions")[0]["sessions"]
    assert [one["closed"] for one in sessions] == [say("newer", session="s-one")]
    page = run(shelf.folder, SESSION, id="s-one")
    assert not page.exception and not components(page, "listening_room")
    where = say("title", text=message("library.named", session="s-one"))
    assert say("report_newer", where=where) in everything(page)


def test_a_session_erased_meanwhile_is_said_to_be_gone(shelf: Any) -> None:
    page = run(shelf.folder, SESSION, id="s-one")
    Library(shelf.folder).forget("s-one")
    page.run()
    assert not page.exception and not components(page, "listening_room")
    assert own_line(message("library.no_session", session="s-one")) in everything(page)
    assert "held" not in page.session_state


def test_a_session_shows_its_room_and_its_measures(shelf: Any) -> None:
    page = run(shelf.folder, SESSION, id="s-one")
    assert not page.exception
    data = room(page)
    assert data["audio"].startswith("/session-audio/")
    assert len(data["turns"]) == 13
    assert len(data["lists"]["behaviours"]) == 7
    found = run(shelf.folder, SESSION, id="s-one", part="findings")
    trusted = run(shelf.folder, SESSION, id="s-one", part="trust")
    assert not components(page, "plain_table"), "numbers wait until they are asked for"
    grids = [g for p in (found, trusted) for g in components(p, "plain_table")]
    titles = [grid["title"] for grid in grids]
    families = [str(message(f"family.{name}")) for name in ("talk", "turns", "voice", "match")]
    assert {*families, say("who_is_who"), say("software")} <= set(titles)
    style = next(g for g in grids if g["title"] == families[-1])["lines"][0]
    assert titles[0] == say("panel_glance")
    assert str(message("match.few_words", n=120, least=500)) in style["meaning"]
    assert str(CAVEAT_NOTE) in everything(trusted)


def test_transcript_text_is_never_markup(shelf: Any) -> None:
    page = run(shelf.folder, SESSION, id="s-one")
    marked = [str(n.proto) for n in page.main if n.type in {"markdown", "html"}]
    said = " ".join(word[2] for turn in room(page)["turns"] for word in turn["words"])
    for text in (SCRIPT_TAG, IMAGE, LATEX):
        assert text in said and not [proto for proto in marked if text in proto]


def test_without_play_back_there_is_no_sound_and_a_line_says_so(shelf: Any) -> None:
    told(shelf.report(consent=ConsentFacts(("analyse", "keep_words"), "2999-01-01")))
    data = room(run(shelf.folder, SESSION, id="s-one"))
    assert data["audio"] is None
    assert data["note"] == say("consent_without_sound")


def test_without_a_kept_file_there_is_no_sound_and_a_line_says_so(shelf: Any) -> None:
    shelf.add("s-two", shelf.report(), audio=False)
    data = room(run(shelf.folder, SESSION, id="s-two"))
    assert data["audio"] is None
    assert data["note"] == say("no_sound_kept")


def test_a_clock_set_back_opens_no_expired_session(shelf: Any) -> None:
    facts = replace(shelf.report().consent, expires_on="2999-01-01")
    assert opened.refusal(facts) is None
    seen(date(2999, 1, 2))
    refused = opened.refusal(facts)
    assert refused is not None and refused.code == "dashboard.consent_expired"


def test_an_expired_session_is_not_opened(shelf: Any) -> None:
    told(shelf.report(consent=ConsentFacts(("analyse", "keep_words"), "2020-01-01")))
    page = run(shelf.folder, SESSION, id="s-one")
    assert not page.exception
    assert say("consent_expired", on="2020-01-01") in everything(page)
    assert not components(page, "listening_room")


@pytest.mark.parametrize("session_id", ["s-none", "../s-one", "<b>x</b>"])
def test_an_unknown_session_is_not_opened(shelf: Any, session_id: str) -> None:
    page = run(shelf.folder, SESSION, id=session_id)
    assert not page.exception
    assert say("not_opened_title") in everything(page)
    assert own_line(message("library.named", session=session_id)) in everything(page)
    assert not components(page, "listening_room")


def test_a_session_corrected_meanwhile_is_shown_as_it_is_now(shelf: Any) -> None:
    page = run(shelf.folder, SESSION, id="s-one")
    first = room(page)
    shelf.add("s-one", shelf.report(events=(), moments=()))
    again = room(page.run())
    assert first["stamp"] != again["stamp"]
    assert again["lists"]["behaviours"] == []


def test_a_session_forgotten_meanwhile_is_gone(shelf: Any) -> None:
    page = run(shelf.folder, SESSION, id="s-one")
    Library(shelf.folder).forget("s-one")
    page.run()
    assert not components(page, "listening_room")
    assert "lying awake" not in everything(page)


@pytest.mark.parametrize("what", ["nothing", "corrected", "narrowed", "forgotten"])
def test_an_open_page_is_drawn_again_when_its_session_may_not_be_shown_as_it_is(
    shelf: Any, what: str
) -> None:
    session = opened.opened(shelf.folder, "s-one")
    if what == "corrected":
        shelf.add("s-one", shelf.report(events=(), moments=()))
    elif what == "narrowed":
        told(shelf.report(consent=ConsentFacts(("analyse",), "2999-01-01")))
    elif what == "forgotten":
        Library(shelf.folder).forget("s-one")
    assert again.is_closed(session) == (what in ("narrowed", "forgotten"))


def test_the_sounds_address_stays_while_the_page_is_open(shelf: Any) -> None:
    page = run(shelf.folder, SESSION, id="s-one")
    assert room(page)["audio"] == room(page.run())["audio"]


def test_an_error_tells_no_word_of_the_session(
    shelf: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(*args: object) -> None:
        raise ValueError("I keep lying awake at night")

    library, *others = table.table()
    rows = (replace(library, show=breaks), *others)
    monkeypatch.setattr(table, "table", lambda: rows)
    with caplog.at_level(logging.DEBUG):
        page = run(shelf.folder)
    assert page.error[0].value == say("went_wrong")
    assert "lying awake" not in everything(page) + caplog.text
    assert "ValueError" in caplog.text


def test_every_meaning_on_the_page_is_the_cues_own() -> None:
    from prosody.catalogue import table

    known = meanings()
    assert all(known[cue.name] == cue.words("meaning") for cue in table())
    assert str(CAVEAT_NOTE).endswith("Do not compare people.")


def test_roles_are_swapped_with_one_click_and_the_page_follows(shelf: Any) -> None:
    page = run(shelf.folder, SESSION, id="s-one", part="trust")
    assert room(page)["turns"][0]["role"] == "client"
    page.button(key="swap").click().run(timeout=PATIENCE_S)
    assert say("not_changed", why=message("dashboard.code_first")) in everything(page)
    assert Library(shelf.folder).corrections("s-one") == (), "nothing is signed by nobody"
    page.text_input(key=FIELD).set_value("sup-1").run()
    page.button(key="swap").click().run(timeout=PATIENCE_S)
    assert not page.exception
    assert room(page)["turns"][0]["role"] == "therapist"
    assert Library(shelf.folder).load("s-one").voices[0].corrected_by == "sup-1"


def test_roles_that_cannot_be_corrected_leave_the_page_as_it_was(
    shelf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = run(shelf.folder, SESSION, id="s-one", part="trust")
    page.text_input(key=FIELD).set_value("sup-1").run()
    monkeypatch.setattr("os.fsync", full_disk)
    page.button(key="swap").click().run(timeout=PATIENCE_S)
    monkeypatch.undo()
    folder = str(shelf.folder)
    why = message("library.not_saved", folder=folder, why="No space left on device")
    assert say("not_changed", why=why) in everything(page)
    assert room(page)["turns"][0]["role"] == "client"
    assert Library(shelf.folder).corrections("s-one") == ()


def test_a_session_whose_curves_cannot_be_read_opens_without_them(shelf: Any) -> None:
    (shelf.folder / "s-one" / "frames.npz").write_bytes(b"PK\x03\x04 cut short")
    page = run(shelf.folder, SESSION, id="s-one")
    assert not page.exception
    assert {curve["name"] for curve in room(page)["curves"]} == {wording.cue("talk.share")}
    assert room(page)["mapLost"] == say("curves_unreadable")
    assert len(room(page)["turns"]) == 13


def test_a_refusal_speaks_of_the_page_and_not_of_options(shelf: Any) -> None:
    page = run(shelf.folder, SESSION, id="s-one", part="trust")
    page.text_input(key=FIELD).set_value("sup-1").run()
    page.text_input(key="name s-one A").set_value("A B").run()
    page.button(key="rename s-one A").click().run()
    why = message("dashboard.requests_rename")
    assert say("not_changed", why=why) in everything(page)
    assert "--rename" not in everything(page)
    assert Library(shelf.folder).corrections("s-one") == ()
