"""Every part and state against WCAG 2.2 AA, by axe, light and dark."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dashboard.pages import session_page
from dashboard.view.words import say
from diarize.conversation import Role
from prosody.report.model import ConsentFacts
from tests.dashboard.browsing import (
    PATIENCE_MS,
    browser,
    eventually,
    expects,
    press,
    served,
    tick,
    visit,
    written,
)
from tests.dashboard.conftest import Shelf, another

pytestmark = pytest.mark.browser

AXE = Path(__file__).with_name("axe.min.js")  # as its makers publish it (NOTICE)
# Text, page and cards of the two themes, as the browser code's test of contrast has them.
TONES = {"light": ["#2f2d2b", "#ffffff", "#f8f8f7"], "dark": ["#edebe8", "#171614", "#2d2b27"]}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


# A colour on its way to another is nobody's to read; what turns for ever is not waited for. Asked
# again and again: what an element that is gone was on its way to never ends. While the server still
# draws, what it has not reached fades to a third: that is no state of the page either.
SETTLED = """() => !document.querySelector(
    '[data-test-script-state]:not([data-test-script-state="notRunning"]), [data-stale="true"]')
    && document.getAnimations().every((one) =>
        one.playState !== "running" || one.effect.getComputedTiming().endTime === Infinity)"""


def problems(page: Any) -> list[tuple[str, str]]:
    """What axe finds against WCAG 2.2 AA on the page as it stands."""
    page.wait_for_function(SETTLED)
    page.evaluate(AXE.read_text("utf-8") + ";0")
    found = page.evaluate(f"axe.run(document, {{runOnly: {TAGS}}})")["violations"]
    return [(one["id"], str(one["nodes"][0]["target"])) for one in found]


def tones(page: Any) -> list[str]:
    names = ["--ink", "--paper", "--soft"]
    style = "getComputedStyle(room).getPropertyValue(name).trim().toLowerCase()"
    found: list[str] = page.locator(".room").evaluate(f"room => {names}.map(name => {style})")
    return found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One browser for all that is looked at here."""
    with browser() as begun:
        yield begun


@pytest.fixture
def opened(chromium: Any) -> Iterator[Callable[..., Any]]:
    """Open an empty page in a scheme of colours; it is closed after the test."""
    contexts = []

    def make(scheme: str, width: int = 1280, height: int = 720) -> Any:
        context = chromium.new_context(
            bypass_csp=True, color_scheme=scheme, viewport={"width": width, "height": height}
        )
        contexts.append(context)
        looked = context.new_page()
        looked.set_default_timeout(PATIENCE_MS)
        return looked

    yield make
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: Any, audio_file: Path, nobodys_models: Path) -> Iterator[int]:
    """The port of a server whose library nobody changes: a session, and one whose consent ended."""
    shelf = Shelf(tmp_path_factory.mktemp("unchanged") / "library", audio_file)
    shelf.add("s-one", shelf.report())
    ended = shelf.report(consent=ConsentFacts(("analyse", "keep_words"), "2020-01-01"))
    other = replace(ended.recording, sha256="cd" * 32)
    shelf.add("s-two", replace(ended, recording=other), audio=False)
    with served(shelf.folder) as (port, _):
        yield port


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_part_and_state_meets_the_accessibility_guidelines(
    unchanged: int, opened: Callable[..., Any], scheme: str
) -> None:
    looked, found, port = opened(scheme), {}, unchanged
    visit(looked, port)
    looked.get_by_role("link", name="s-one").wait_for()
    found["library"] = problems(looked)
    looked.get_by_placeholder(say("find_what")).fill("no session of this name")
    looked.keyboard.press("Enter")
    looked.get_by_text(say("none_found")).wait_for()
    found["nothing found"] = problems(looked)
    visit(looked, port, "/session?id=s-two")
    looked.get_by_text("consent expired").wait_for()
    found["closed"] = problems(looked)
    for part in session_page.SECTIONS:
        visit(looked, port, f"/session?id=s-one&part={part}")
        looked.locator(".room.ready").wait_for()
        found[part] = problems(looked)
    assert tones(looked) == TONES[scheme]
    visit(looked, port, "/session?id=s-one&part=findings")
    looked.locator(".grid .term").first.focus()
    looked.locator(".explained:visible").wait_for()
    found["a word explained"] = problems(looked)
    visit(looked, port, "/session?id=s-one")
    looked.locator(".pickcard .go").first.click()
    looked.locator(".card h4").wait_for()
    found["card"] = problems(looked)
    looked.locator(".lines li").first.hover()
    looked.locator(".pen").first.click()
    found["form"] = problems(looked)
    looked.keyboard.press("Escape")
    looked.locator('[data-do="write"]').click()
    looked.locator(".noting").wait_for()
    found["note"] = problems(looked)
    assert {state: wrong for state, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_list_menu_and_question_of_the_room_meets_them_too(
    unchanged: int, opened: Callable[..., Any], scheme: str
) -> None:
    looked, found, port = opened(scheme), {}, unchanged
    visit(looked, port, "/session?id=s-one")
    looked.locator(".room.ready").wait_for()
    for name in ("behaviours", "silences", "overlaps", "agenda", "notes"):
        looked.locator(f'[data-tab="{name}"]').click()
        found[name] = problems(looked)
    for menu in (".curve-menu", ".legend-box", ".keys"):
        looked.locator(f"{menu} summary").click()
        found[menu] = problems(looked)
    looked.locator(".search").fill("moment")
    looked.locator(".word.hit").first.wait_for()
    found["words sought"] = problems(looked)
    looked.locator(".lines .row").nth(2).click()
    looked.locator(".word.lit").first.wait_for()
    found["playing"] = problems(looked)
    looked.keyboard.press("k")
    looked.locator(".lines li").first.hover()
    looked.locator(".pen").first.click()
    looked.locator(".fix .acts button").first.click()
    looked.locator(".asking input").wait_for()
    found["whose correction it is"] = problems(looked)
    assert {state: wrong for state, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_empty_library_and_analyses_that_fail_meet_them_too(
    tmp_path: Path, opened: Callable[..., Any], scheme: str
) -> None:
    unread = tmp_path / "unread.wav"
    unread.write_bytes(b"RIFF and nothing more")
    looked, found = opened(scheme), {}
    with served(tmp_path / "none") as (port, _):
        visit(looked, port)
        looked.get_by_text(say("demo_said")).wait_for()
        found["empty"] = problems(looked)
        looked.get_by_text(say("add_session"), exact=True).click()
        analyse = looked.get_by_role("button", name=say("analyse"), exact=True)
        analyse.hover()
        found["pointed at"] = problems(looked)
        looked.mouse.down()
        found["pressed"] = problems(looked)
        looked.mouse.up()
        press(looked, analyse, looked.get_by_text(say("add_no_recording")))
        found["nothing typed"] = problems(looked)
        looked.get_by_label(say("add_recording"), exact=True).fill(str(unread))
        analyse.click()
        looked.get_by_text(say("not_added", why="")[:-1]).wait_for()
        found["not added"] = problems(looked)
        visit(looked, port, "/session?id=gone")
        looked.get_by_text(say("not_opened_title")).wait_for()
        found["not opened"] = problems(looked)
    assert {state: wrong for state, wrong in found.items() if wrong} == {}


def test_a_page_of_320_pixels_needs_no_scrolling_sideways(
    unchanged: int, opened: Callable[..., Any]
) -> None:
    looked, found, port = opened("light", 320, 640), {}, unchanged
    for part in session_page.SECTIONS:
        visit(looked, port, f"/session?id=s-one&part={part}")
        looked.locator(".room.ready").wait_for()
        written(looked)  # tables come after the room
        found[part] = problems(looked)
        assert looked.evaluate("document.scrollingElement.scrollWidth") <= 320, part
        for name in ("play", "write", "speed", "follow"):
            box = looked.locator(f'.player [data-do="{name}"]').bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= 320, name
        if part == "findings":  # rows of names leave cells in sight, and figures their words' size
            cell = looked.locator(".matrix tbody td").first.bounding_box()
            assert cell["x"] + cell["width"] <= 320
            assert looked.locator("figure svg").first.bounding_box()["width"] >= 800
    visit(looked, port)
    looked.get_by_role("link", name="s-one").wait_for()
    found["library"] = problems(looked)
    assert {state: wrong for state, wrong in found.items() if wrong} == {}


def _over_time(shelf: Any) -> None:
    ids = {"dyad_id": "d-1", "therapist_id": "t-1"}
    shelf.add("s-one", shelf.report(), date="2026-02-01", **ids)
    for n in range(2, 7):
        shelf.add(f"s-{n}", another(shelf.report(), n), audio=False, date=f"2026-02-{n:02}", **ids)
    damaged = shelf.folder / "s-6" / "report.json"
    damaged.write_bytes(damaged.read_bytes()[:-20])


def _nobody_known(shelf: Any) -> None:
    report = another(shelf.report(), 9)
    talk = report.conversation
    voices = tuple(replace(voice, role=Role.UNKNOWN) for voice in talk.casting)
    turns = tuple(replace(turn, role=Role.UNKNOWN) for turn in talk.utterances)
    unknown = replace(talk, casting=voices, utterances=turns)
    shelf.add("s-unknown", replace(report, conversation=unknown, events=(), links=(), moments=()))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_beside_a_session_meet_them_too(
    shelf: Any, opened: Callable[..., Any], scheme: str
) -> None:
    _over_time(shelf)
    _nobody_known(shelf)
    looked, found = opened(scheme), {}
    with served(shelf.folder) as (port, _):
        visit(looked, port)
        looked.get_by_role("link", name="s-one").wait_for()
        looked.get_by_text(say("add_session"), exact=True).click()
        tick(looked, say("add_consent"))
        looked.get_by_text(say("consent_until"), exact=True).wait_for()
        found["adding"] = problems(looked)
        visit(looked, port, "/cohort")
        looked.get_by_text(say("cohort_read")).wait_for()
        looked.locator(".grid table").first.wait_for()
        found["cohort"] = problems(looked)
        visit(looked, port, "/over_time?of=pair&who=d-1")
        looked.get_by_text(say("check_ins"), exact=True).wait_for()
        looked.locator("figure").first.wait_for()
        found["over time"] = problems(looked)
        visit(looked, port, "/session?id=s-2")
        looked.locator(".room.ready").wait_for()
        expects(looked.locator(".mute")).to_have_text(say("no_sound_kept"))
        assert looked.locator(".pickcard .go").count() > 0 == looked.locator(".tri").count()
        found["no sound"] = problems(looked)
        visit(looked, port, "/session?id=s-unknown")
        looked.locator(".voices button").first.wait_for()
        found["unknown roles"] = problems(looked)
        visit(looked, port, "/session?id=s-one&part=findings")
        looked.get_by_text(say("what_if_try")).click()
        looked.get_by_text(say("what_if_keep")).wait_for()
        looked.locator(".matrix button.cell").first.click()
        found["what if, and a cell"] = problems(looked)
    assert {state: wrong for state, wrong in found.items() if wrong} == {}


def test_a_window_enlarged_twice_holds_player_words_and_moments_at_once(
    unchanged: int, opened: Callable[..., Any]
) -> None:
    looked, port = opened("light", 720, 450), unchanged
    visit(looked, port, "/session?id=s-one")
    looked.locator(".room.ready").wait_for()
    looked.locator(".split").evaluate("node => node.scrollIntoView()")
    for part in (".lines .row", ".list .row", ".player .play"):
        box = looked.locator(part).first.bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 450, part
        assert box["x"] >= 0 and box["x"] + box["width"] <= 720, part
    looked.locator(".list .row").first.click()
    looked.locator(".card h4").wait_for()

    def stands() -> bool:
        """Whether the page has moved to the card, which stands below its tabs and is seen."""
        tabs, card, player = (
            looked.locator(part).bounding_box() for part in (".tabs", ".card", ".player")
        )
        below = abs(card["y"] - tabs["y"] - tabs["height"]) <= 2
        return below and card["width"] == tabs["width"] and card["y"] + 100 <= player["y"]

    eventually(looked, stands, True)
