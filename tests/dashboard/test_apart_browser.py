"""A self-review and a coding in a real browser, and what axe says of both, light and dark."""

from typing import Any

import pytest

from dashboard.view import reviewing
from dashboard.view.words import say
from diarize.messages import message
from prosody.store import codings, reviews
from prosody.store.library import Library
from tests.dashboard.browsing import PATIENCE_MS, eventually, expects, plays_from, served, visit
from tests.dashboard.test_accessible import problems

pytestmark = pytest.mark.browser


def a_moment_is_pinned(page: Any, folder: Any) -> None:
    page.locator(".lines .row", has_text="hardest moment").click()
    plays_from(page, 31.0)
    page.keyboard.press("m")
    page.get_by_label(str(message("player.note_text"))).fill("here it gets quiet")
    page.keyboard.press("Control+Enter")
    page.locator(".asking input").fill("tr-1")
    page.keyboard.press("Enter")
    page.locator(".list .row", has_text="here it gets quiet").wait_for()
    expects(page.get_by_role("tab", name="Behaviours")).to_have_count(0)
    (pin,) = reviews.of(Library(folder), "s-one", "tr-1").pins
    assert 31 <= float(pin.value or 0) < 43


def turns_are_coded(page: Any, folder: Any) -> None:
    page.get_by_placeholder(say("your_code")).fill("r-1")
    page.keyboard.press("Enter")
    page.locator(".coding h4").wait_for()
    page.locator(".coding").get_by_label("Reflection").check()
    page.locator(".coding").get_by_role("button", name=say("coding_play"), exact=True).click()
    plays_from(page, 10.0)
    page.keyboard.press("k")
    page.locator(".coding").get_by_role("button", name=say("coding_next")).click()
    page.locator(".coding h4", has_text="2 /").wait_for()
    expects(page.get_by_role("button", name=say("coding_done"))).to_be_enabled()

    def kept() -> list[tuple[str, ...]]:
        return [one.marks[0].kinds for one in codings.read(Library(folder), "s-one")]

    eventually(page, kept, [("reflection",)])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_who_listens_first_pins_and_codes(shelf: Any, page: Any, scheme: str) -> None:
    context = page.context.browser.new_context(
        bypass_csp=True, color_scheme=scheme, viewport={"width": 1280, "height": 800}
    )
    seen, found = context.new_page(), {}
    seen.set_default_timeout(PATIENCE_MS)
    with served(shelf.folder) as (port, _):
        visit(seen, port, "/review?id=s-one")
        seen.locator(".room.ready").wait_for()
        a_moment_is_pinned(seen, shelf.folder)
        seen.get_by_text("here it gets quiet").last.click()
        found["review"] = problems(seen)
        seen.get_by_label(reviewing.asked_of("felt")).fill("worn out")  # and no button to keep it
        seen.get_by_role("button", name=say("reveal")).click()
        seen.get_by_role("heading", name=say("own_course")).wait_for()
        found["both sides"] = problems(seen)
        remembered = reviews.of(Library(shelf.folder), "s-one", "tr-1").remembered
        assert remembered is not None and remembered.detail["felt"] == "worn out"
        other = context.new_page()  # another person's, whose code nothing on it knows yet
        other.set_default_timeout(PATIENCE_MS)
        visit(other, port, "/coding?id=s-one")
        other.locator(".room.ready").wait_for()
        turns_are_coded(other, shelf.folder)
        found["coding"] = problems(other)
    assert {state: wrong for state, wrong in found.items() if wrong} == {}
