"""The whole dashboard in a real browser: it starts, plays, stays on this machine, ends."""

import signal
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest

from dashboard.view import corrections
from diarize.messages import message
from prosody.render import wording
from prosody.report.model import ConsentFacts
from prosody.store.library import Library
from tests.conftest import PATIENCE_S
from tests.consents import told
from tests.dashboard.browsing import (
    at,
    corrected,
    eventually,
    expects,
    paused,
    plays_from,
    reached,
    served,
    sounding,
    status,
    visit,
)
from tests.dashboard.conftest import IMAGE, LATEX, SCRIPT_TAG

pytestmark = pytest.mark.browser


def a_behaviour_is_heard_and_shown(page: Any) -> None:
    page.get_by_role("tab", name="Behaviours (7)").click()
    page.locator(".list .row", has_text="Validation").click()
    plays_from(page, 71.0)
    expects(page.locator(".card h4")).to_have_text(wording.behaviour("validation"))
    expects(page.locator(".card .quote.therapist")).to_contain_text("That makes sense")
    now = page.locator(".lines .row[aria-current]")
    expects(now).to_contain_text("That makes sense")
    pane, line = page.locator(".lines").bounding_box(), now.bounding_box()
    assert pane["y"] <= line["y"]
    assert line["y"] + line["height"] <= pane["y"] + pane["height"]


def a_turn_and_a_place_of_the_drawing_are_heard(page: Any) -> None:
    page.locator(".lines .row", has_text="lying awake").click()
    plays_from(page, 1.0)
    box = page.locator("canvas.time").bounding_box()
    page.locator("canvas.time").click(position={"x": box["width"] * 0.7, "y": 105})
    plays_from(page, 75.0)


def a_silence_is_heard_and_read(page: Any, folder: Path) -> None:
    page.get_by_role("tab", name="Silences (2)").click()
    page.locator(".list .row", has_text="Silence of 5.0 s").click()
    plays_from(page, 6.0)
    page.get_by_role("button", name="← List").click()
    page.get_by_label("Your reading").first.select_option("reflective")
    page.locator(".asking input").fill("sup-1")
    page.keyboard.press("Enter")
    page.get_by_text("Your reading is kept").wait_for()
    assert corrections.readings(Library(folder).corrections("s-one")) == {"26.00": "reflective"}
    expects(page.get_by_label("Your reading").first).to_have_value("reflective")
    sounding(page)


def keys_stop_skip_and_speed_up(page: Any) -> None:
    """Whatever was clicked last."""
    page.keyboard.press("Space")
    paused(page)
    before = at(page)
    page.keyboard.press("ArrowRight")
    eventually(page, lambda: round(at(page) - before), 5)
    page.get_by_label("Speed").select_option("1.5")
    rate = "audio => audio.playbackRate"
    eventually(page, lambda: page.locator(".room audio").evaluate(rate), 1.5)


def words_are_text(page: Any) -> None:
    said = page.locator(".lines").inner_text()
    assert SCRIPT_TAG in said and IMAGE in said and LATEX in said
    assert page.evaluate("window.broken") is None


def strangers_are_refused(port: int) -> None:
    for path in ("/", "/static/index.html", "/_stcore/host-config", "/session-audio/forged"):
        assert status(port, path, {}) == 403
    assert status(port, "/", {"Host": "evil.example"}) == 400
    assert status(port, "/_stcore/stream", {"Origin": "https://evil.example"}) == 403
    assert status(port, "/session-audio/forged", {}) == 403


def words_and_sound_go_with_the_consent(page: Any, shelf: Any) -> None:
    """Nobody touches the open page."""
    words = page.locator(".lines .row", has_text="lying awake")
    expects(words.first).to_be_visible()
    told(shelf.report(consent=ConsentFacts(("analyse",), "2999-01-01")))
    expects(words).to_have_count(0)
    expects(page.locator("audio[src]")).to_have_count(0)


def test_a_supervisor_listens_to_a_session(shelf: Any, page: Any) -> None:
    asked: list[str] = []
    broken: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda one: asked.append(one.url))
    page.on("pageerror", lambda error: broken.append(str(error)))

    with served(shelf.folder) as (port, process):
        visit(page, port)
        page.get_by_role("link", name="s-one").click()
        page.locator(".room.ready").wait_for()
        a_behaviour_is_heard_and_shown(page)
        a_turn_and_a_place_of_the_drawing_are_heard(page)
        a_silence_is_heard_and_read(page, shelf.folder)
        keys_stop_skip_and_speed_up(page)
        words_are_text(page)
        strangers_are_refused(port)
        words_and_sound_go_with_the_consent(page, shelf)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 130
        assert out == ""
        assert "lying awake" not in out + err and "Traceback" not in err

    assert broken == []
    elsewhere = {u for u in asked if urlparse(u).hostname not in {"127.0.0.1", None}}
    assert elsewhere == set()
    assert any("/session-audio/" in u for u in asked)


def asked_again(page: Any) -> None:
    page.locator(".told", has_text="Recalculating…").wait_for()


TYPED = "What is <b>the</b> hardest hour, $x$?"


def a_turn_is_given_to_the_other_voice_by_mouse(page: Any) -> None:
    """The sound and the place stay."""
    page.locator(".lines .row", has_text="hardest moment").click()
    plays_from(page, 31.0)
    line = page.locator(".lines li", has_text="all there at once")
    line.hover()
    line.get_by_role("button", name="Correct the turn").click()
    page.get_by_role("button", name="Assign it to the client (voice B)").click()
    page.locator(".asking input").fill("sup-1")  # asked for at the first correction
    page.get_by_role("button", name="Continue").click()
    asked_again(page)
    corrected(page)
    expects(page.locator(".fix")).to_have_count(0)
    assert at(page) > 31.0
    sounding(page)
    given = page.locator(".lines .row", has_text="all there at once")
    expects(given).to_contain_text(str(message("dashboard.corrected_by", by=("sup-1",))))
    assert "client" in given.get_attribute("class")


def a_text_is_written_by_keyboard_alone(page: Any) -> None:
    """No key typed there plays, zooms or reruns anything."""
    row = page.locator(".lines .row", has_text="hardest moment")
    row.focus()
    page.keyboard.press("e")
    page.get_by_label("Text of the turn").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type(TYPED)
    page.keyboard.press("Control+Enter")
    asked_again(page)
    corrected(page)
    expects(page.locator(".lines .row", has_text="hardest hour")).to_contain_text(TYPED)
    focused = "document.activeElement.shadowRoot.activeElement.className"
    assert page.evaluate(focused).count("row")


def a_behaviour_is_none_and_another_is_added_by_keyboard_alone(page: Any) -> None:
    """From the turn whose line has the keyboard to the lists, a card, and back."""
    reached(page, page.get_by_role("tab", name="Moments"))
    page.keyboard.press("ArrowRight")
    expects(page.get_by_role("tab", name="Behaviours")).to_have_attribute("aria-selected", "true")
    reached(page, page.locator(".list .row").first)
    reached(page, page.locator(".list .row", has_text="Open question").first, "ArrowDown")
    page.keyboard.press("Enter")
    expects(page.locator(".card h4")).to_have_text("Open question")
    reached(page, page.locator(".card").get_by_role("button", name="Not this"))
    page.keyboard.press("Enter")
    asked_again(page)
    corrected(page)
    page.keyboard.press("Escape")
    reached(page, page.locator(".lines .row[tabindex='0']"), "Shift+Tab")
    reached(page, page.locator(".lines .row", has_text="hardest hour"), "ArrowUp")
    page.keyboard.press("e")
    expects(page.locator(".fix .one", has_text="Open question")).to_have_count(0)
    reached(page, page.get_by_label("Add a behaviour"))
    page.keyboard.type("Check-in")
    expects(page.get_by_label("Add a behaviour")).to_have_value("check_in")
    reached(page, page.get_by_role("button", name="Add", exact=True))
    page.keyboard.press("Enter")
    asked_again(page)
    corrected(page)
    expects(page.locator(".fix .one", has_text="Check-in")).to_contain_text("sup-1")


def who_was_slower_loses_nothing_that_was_typed(page: Any, folder: Path) -> None:
    other = {"turn": 0, "is": "withdrawal_marker"}
    corrections.carry_out(folder, "s-one", other, by="sup-2")
    page.get_by_label("Text of the turn").fill("typed meanwhile")
    page.get_by_role("button", name="Save this text").click()
    page.locator(".told", has_text=str(message("dashboard.changed_meanwhile"))).wait_for()
    expects(page.get_by_label("Text of the turn")).to_have_value("typed meanwhile")
    page.get_by_role("button", name="Close", exact=True).click()


def test_a_supervisor_corrects_a_session(shelf: Any, page: Any) -> None:
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))

    with served(shelf.folder) as (port, process):
        visit(page, port, "/session?id=s-one")
        a_turn_is_given_to_the_other_voice_by_mouse(page)
        a_text_is_written_by_keyboard_alone(page)
        a_behaviour_is_none_and_another_is_added_by_keyboard_alone(page)
        who_was_slower_loses_nothing_that_was_typed(page, shelf.folder)
        page.get_by_role("button", name="Trust").click()
        page.get_by_role("button", name="Undo").nth(4).wait_for()
        expects(page.get_by_role("button", name="Undo")).to_have_count(5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE_S)
        assert "hardest" not in out + err and "Traceback" not in err

    assert broken == []
    kept = Library(shelf.folder).corrections("s-one")
    assert [row.kind for row in kept] == ["turn_voice", "turn_text", *["behaviour"] * 3]
    assert [row.by for row in kept] == ["sup-1"] * 4 + ["sup-2"]
    report = Library(shelf.folder).load("s-one")
    turn = next(t for t in report.turns if t.text == TYPED)
    mine = {e.kind: e.corrected_by for e in report.events if e.utterance == turn.index}
    assert "question_open" not in mine and mine["check_in"] == "sup-1"
    assert next(t for t in report.turns if "all there at once" in (t.text or "")).voice == "B"
