"""The whole dashboard in a real browser: it starts, plays, stays on this machine, ends."""

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest

from dashboard.pages import session_page
from dashboard.view import corrections
from diarize.conversation import Role
from diarize.messages import message
from prosody.report.model import ConsentFacts
from prosody.store.library import Library
from tests.conftest import retold
from tests.dashboard.conftest import IMAGE, LATEX, SCRIPT_TAG

BROWSER = next(
    (
        path
        for name in ("chromium", "google-chrome", "chromium-browser")
        if (path := shutil.which(name))
    ),
    None,
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
ROOT = Path(__file__).parents[2]
PATIENCE_MS = 30_000

pytestmark = pytest.mark.browser


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def status(port: int, path: str, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with contextlib.closing(connection):
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status


@contextlib.contextmanager
def served(folder: Path) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    port = free_port()
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "dashboard",
            "--library",
            str(folder),
            "--port",
            str(port),
            "--no-browser",
        ],
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
    )
    try:
        for _ in range(600):
            with contextlib.suppress(OSError):
                if status(port, "/_stcore/health", {}) == 200:
                    break
            assert process.poll() is None, process.communicate()[1]
            time.sleep(0.1)
        yield port, process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def page() -> Iterator[Any]:
    if BROWSER is None:
        pytest.skip("no browser on this machine")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=BROWSER, args=FLAGS)
        opened = browser.new_context(viewport={"width": 1360, "height": 1000}).new_page()
        opened.set_default_timeout(PATIENCE_MS)
        yield opened
        browser.close()


def at(page: Any) -> float:
    return float(page.locator(".room audio").evaluate("audio => audio.currentTime"))


def plays_from(page: Any, second: float) -> None:
    """The sound stands at or shortly after `second`, and moves on by itself."""
    page.wait_for_function(
        f"(audio) => !audio.paused && audio.currentTime > {second + 0.05}"
        f" && audio.currentTime < {second + 12}",
        arg=page.locator(".room audio").element_handle(),
        timeout=PATIENCE_MS,
    )


def a_behaviour_is_heard_and_shown(page: Any) -> None:
    page.get_by_role("tab", name="Behaviours (7)").click()
    page.locator(".list .row", has_text="Validation").click()
    plays_from(page, 71.0)
    assert page.locator(".card h4").inner_text() == "Validation"
    assert "That makes sense" in page.locator(".card .quote.therapist").inner_text()
    now = page.locator(".lines .row[aria-current]")
    assert "That makes sense" in now.inner_text()
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
    assert page.get_by_label("Your reading").first.input_value() == "reflective"
    assert not page.locator(".room audio").evaluate("audio => audio.paused")


def keys_stop_skip_and_speed_up(page: Any) -> None:
    """Whatever was clicked last."""
    page.keyboard.press("Space")
    page.wait_for_function(
        "(audio) => audio.paused", arg=page.locator(".room audio").element_handle()
    )
    before = at(page)
    page.keyboard.press("ArrowRight")
    assert at(page) == pytest.approx(before + 5, abs=0.3)
    page.get_by_label("Speed").select_option("1.5")
    assert page.locator(".room audio").evaluate("audio => audio.playbackRate") == 1.5


def words_are_text(page: Any) -> None:
    said = page.locator(".lines").inner_text()
    assert SCRIPT_TAG in said and IMAGE in said and LATEX in said
    assert page.evaluate("window.broken") is None


def strangers_are_refused(port: int) -> None:
    assert status(port, "/", {"Host": "evil.example"}) == 400
    assert status(port, "/_stcore/stream", {"Origin": "https://evil.example"}) == 403
    assert status(port, "/session-audio/forged", {}) == 403


def test_a_supervisor_listens_to_a_session(shelf: Any, page: Any) -> None:
    asked: list[str] = []
    broken: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda one: asked.append(one.url))
    page.on("pageerror", lambda error: broken.append(str(error)))

    with served(shelf.folder) as (port, process):
        page.goto(f"http://127.0.0.1:{port}/")
        page.get_by_role("link", name="s-one").click()
        page.locator(".room.ready").wait_for()
        a_behaviour_is_heard_and_shown(page)
        a_turn_and_a_place_of_the_drawing_are_heard(page)
        a_silence_is_heard_and_read(page, shelf.folder)
        keys_stop_skip_and_speed_up(page)
        words_are_text(page)
        strangers_are_refused(port)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 130
        assert out.count("\n") == 1 and f"http://127.0.0.1:{port}" in out
        assert "lying awake" not in out + err and "Traceback" not in err

    assert broken == []
    elsewhere = {u for u in asked if urlparse(u).hostname not in {"127.0.0.1", None}}
    assert elsewhere == set()
    assert any("/session-audio/" in u for u in asked)


def corrected(page: Any) -> None:
    """Wait until the measures followed and the page shows it."""
    page.locator(".told", has_text="Corrected and").wait_for(timeout=2 * PATIENCE_MS)
    assert page.locator(".room.busy").count() == 0


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
    page.get_by_role("button", name="Give it to the client (voice B)").click()
    page.locator(".asking input").fill("sup-1")  # asked for at the first correction
    page.get_by_role("button", name="Continue").click()
    asked_again(page)
    corrected(page)
    assert page.locator(".fix").count() == 0
    assert at(page) > 31.0
    assert not page.locator(".room audio").evaluate("audio => audio.paused")
    given = page.locator(".lines .row", has_text="all there at once")
    assert str(message("dashboard.corrected_by", by=("sup-1",))) in given.inner_text()
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
    assert TYPED in page.locator(".lines .row", has_text="hardest hour").inner_text()
    focused = "document.activeElement.shadowRoot.activeElement.className"
    assert page.evaluate(focused).count("row")


def a_behaviour_is_none_and_another_is_added(page: Any) -> None:
    page.get_by_role("tab", name="Behaviours").click()
    page.locator(".list .row", has_text="Open question").first.click()
    assert page.locator(".card h4").inner_text() == "Open question"
    page.locator(".card").get_by_role("button", name="Not this").click()
    asked_again(page)
    corrected(page)
    page.keyboard.press("Escape")
    page.locator(".lines .row", has_text="hardest hour").focus()
    page.keyboard.press("e")
    assert page.locator(".fix .one", has_text="Open question").count() == 0
    page.get_by_label("Add a behaviour").select_option("check_in")
    page.get_by_role("button", name="Add", exact=True).click()
    asked_again(page)
    corrected(page)
    assert "sup-1" in page.locator(".fix .one", has_text="Check-in").inner_text()


def who_was_slower_loses_nothing_that_was_typed(page: Any, folder: Path) -> None:
    other = {"turn": 0, "is": "withdrawal_marker"}
    corrections.carry_out(folder, "s-one", other, by="sup-2")
    page.get_by_label("Text of the turn").fill("typed meanwhile")
    page.get_by_role("button", name="Keep this text").click()
    page.locator(".told", has_text=str(message("dashboard.changed_meanwhile"))).wait_for()
    assert page.get_by_label("Text of the turn").input_value() == "typed meanwhile"
    page.get_by_role("button", name="Close", exact=True).click()


def test_a_supervisor_corrects_a_session(shelf: Any, page: Any) -> None:
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))

    with served(shelf.folder) as (port, process):
        page.goto(f"http://127.0.0.1:{port}/session?id=s-one")
        a_turn_is_given_to_the_other_voice_by_mouse(page)
        a_text_is_written_by_keyboard_alone(page)
        a_behaviour_is_none_and_another_is_added(page)
        who_was_slower_loses_nothing_that_was_typed(page, shelf.folder)
        page.get_by_role("button", name="Trust").click()
        page.get_by_role("button", name="Undo").nth(4).wait_for()
        assert page.get_by_role("button", name="Undo").count() == 5
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
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


def a_word_is_clicked_and_found_again(page: Any) -> None:
    """A word plays from its own start; a search marks its hits and steps through them."""
    line = page.locator(".lines .row", has_text="hardest moment")
    line.click()  # its words stand apart while it plays
    line.locator(".word", has_text="hardest").click()
    plays_from(page, 32.0)
    page.locator(".search").fill("quiet")
    assert page.locator(".hits").inner_text() == "1 turn"
    assert page.locator(".lines .word.hit").all_inner_texts() == ["quiet."]
    page.locator(".search").press("Enter")
    plays_from(page, 34.8)
    page.locator(".search").fill("")


def a_reload_keeps_the_place(page: Any) -> None:
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Overlaps").click()
    page.locator(".lines .row", has_text="makes sense").click()
    plays_from(page, 71.0)
    page.keyboard.press("k")
    before = at(page)
    page.reload()
    page.locator(".room.ready").wait_for()
    page.wait_for_function(
        f"(audio) => Math.abs(audio.currentTime - {before}) < 0.5",
        arg=page.locator(".room audio").element_handle(),
    )
    assert page.get_by_role("tab", name="Overlaps").get_attribute("aria-selected") == "true"


def keys_work_under_another_part(page: Any) -> None:
    """Sound goes on, and can be stopped, while something else is read."""
    page.keyboard.press("Space")
    page.get_by_role("button", name="Findings").click()
    page.get_by_role("heading", name="Listening", exact=True).wait_for()
    assert not page.locator(".room audio").evaluate("audio => audio.paused")
    page.keyboard.press("Space")
    page.wait_for_function(
        "(audio) => audio.paused", arg=page.locator(".room audio").element_handle()
    )


def a_cell_and_a_number_play_what_is_behind_them(page: Any) -> None:
    page.locator(".matrix button.cell.firm").first.click()
    plays_from(page, 10.0)
    page.get_by_role("button", name="Hear the places behind Level").first.click()
    page.locator(".behind .row").nth(1).click()
    assert not page.locator(".room audio").evaluate("audio => audio.paused")


def one_tab_sounds_at_a_time(page: Any, address: str) -> None:
    other = page.context.new_page()
    other.goto(address)
    other.locator(".room.ready").wait_for()
    other.keyboard.press("Space")
    other.wait_for_function(
        "(audio) => !audio.paused", arg=other.locator(".room audio").element_handle()
    )
    page.wait_for_function(
        "(audio) => audio.paused", arg=page.locator(".room audio").element_handle()
    )
    other.close()


def test_a_trainee_finds_the_way(shelf: Any, page: Any) -> None:
    with served(shelf.folder) as (port, _):
        address = f"http://127.0.0.1:{port}/session?id=s-one"
        page.goto(address)
        page.locator(".pickcard .go").first.click()
        plays_from(page, 1.0)
        assert page.locator(".card h4").is_visible()
        a_word_is_clicked_and_found_again(page)
        a_reload_keeps_the_place(page)
        keys_work_under_another_part(page)
        a_cell_and_a_number_play_what_is_behind_them(page)
        one_tab_sounds_at_a_time(page, address)
        page.get_by_role("link", name="All sessions").click()  # by its middle, as a mouse would
        page.get_by_role("link", name="s-one").wait_for()


def test_an_unknown_therapist_is_chosen_with_one_click(shelf: Any, page: Any) -> None:
    report = shelf.report()
    unknown = retold(
        report,
        utterances=tuple(replace(t, role=Role.UNKNOWN) for t in report.turns),
        casting=tuple(replace(v, role=Role.UNKNOWN, certainty=0.0) for v in report.voices),
    )
    shelf.add("s-one", replace(unknown, events=(), moments=(), links=()))
    with served(shelf.folder) as (port, _):
        page.goto(f"http://127.0.0.1:{port}/session?id=s-one")
        page.get_by_role("button", name="Hear voice A").click()
        plays_from(page, 96.0)
        page.get_by_role("button", name="Voice A is the therapist").click()
        page.locator(".asking input").fill("sup-1")
        page.keyboard.press("Enter")
        corrected(page)
        assert page.locator(".voices").is_hidden()
        assert page.locator(".lines .row.therapist").count() == 7
    kept = Library(shelf.folder).load("s-one").voices
    assert [(v.voice, v.role) for v in kept] == [("A", "therapist"), ("B", "client")]


AXE = ROOT / "dashboard" / "client" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def problems(page: Any) -> list[tuple[str, str]]:
    """What axe finds against WCAG 2.2 AA on the page as it stands."""
    page.evaluate(AXE.read_text("utf-8") + ";0")
    found = page.evaluate(f"axe.run(document, {{runOnly: {TAGS}}})")["violations"]
    return [(one["id"], str(one["nodes"][0]["target"])) for one in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_part_and_state_meets_the_accessibility_guidelines(
    shelf: Any, page: Any, scheme: str
) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed; run: make client")
    ended = shelf.report(consent=ConsentFacts(("analyse", "keep_words"), "2020-01-01"))
    other = replace(ended.recording, sha256="cd" * 32)
    shelf.add("s-two", replace(ended, recording=other), audio=False)
    context = page.context.browser.new_context(
        bypass_csp=True, color_scheme=scheme, viewport={"width": 1280, "height": 720}
    )
    looked, found = context.new_page(), {}
    looked.set_default_timeout(PATIENCE_MS)
    with served(shelf.folder) as (port, _):
        home = f"http://127.0.0.1:{port}"
        looked.goto(home)
        looked.get_by_role("link", name="s-one").wait_for()
        found["library"] = problems(looked)
        looked.goto(f"{home}/session?id=s-two")
        looked.get_by_text("consent expired").wait_for()
        found["closed"] = problems(looked)
        for part in session_page.SECTIONS:
            looked.goto(f"{home}/session?id=s-one&part={part}")
            looked.locator(".room.ready").wait_for()
            found[part] = problems(looked)
        looked.goto(f"{home}/session?id=s-one")
        looked.locator(".pickcard .go").first.click()
        looked.locator(".card h4").wait_for()
        found["card"] = problems(looked)
        looked.locator(".lines li").first.hover()
        looked.locator(".pen").first.click()
        found["form"] = problems(looked)
    assert {state: wrong for state, wrong in found.items() if wrong} == {}
