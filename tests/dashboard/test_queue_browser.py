"""A correction asked for while another runs, in a real browser: it waits its turn."""

from typing import Any

import pytest

from diarize.messages import message
from prosody.store.library import Library
from tests.dashboard.browsing import served, visit

pytestmark = pytest.mark.browser

KEEP = str(message("player.keep_text"))


def written(page: Any, had: str, text: str) -> None:
    """Write the text of a turn anew, from its line."""
    page.locator(".lines .row", has_text=had).focus()
    page.keyboard.press("e")
    page.locator(".fix textarea").fill(text)
    page.locator(".fix").get_by_role("button", name=KEEP, exact=True).click()


def test_a_second_correction_waits_for_the_first(shelf: Any, page: Any) -> None:
    with served(shelf.folder) as (port, _):
        visit(page, port, "/session?id=s-one")
        page.locator(".room.ready").wait_for()
        page.evaluate("sessionStorage.setItem('listening.code', 'sup-1')")
        written(page, "hardest moment", "Which hour is hardest?")
        assert page.locator(".room.busy").count() == 1  # the first is not answered yet
        written(page, "given all you carry", "It fits, given all that.")
        page.locator(".told", has_text=str(message("player.waits", n="1"))).wait_for()
        page.locator(".lines .row", has_text="It fits, given all that.").wait_for()
        page.locator(".room:not(.busy)").wait_for()
    report = Library(shelf.folder).load("s-one")
    texts = [turn.text for turn in report.turns]
    assert {"Which hour is hardest?", "It fits, given all that."} <= {*texts}
    rows = Library(shelf.folder).corrections("s-one")
    assert [(row.kind, row.by) for row in rows] == [("turn_text", "sup-1")] * 2
