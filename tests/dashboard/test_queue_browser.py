"""A correction asked for while another runs, in a real browser: it waits its turn."""

from typing import Any

import pytest

from diarize.messages import message
from prosody.store.library import Library
from tests.dashboard.browsing import eventually, served, visit

pytestmark = pytest.mark.browser

# In one task of the browser, so that no answer can come between the two.
BOTH = """(room, [rows, keep]) => {
  for (const [had, text] of rows) {
    const lines = [...room.querySelectorAll(".lines li")];
    lines.find((line) => line.textContent.includes(had)).querySelector(".pen").click();
    const area = room.querySelector(".fix textarea");
    area.value = text;
    area.dispatchEvent(new Event("input"));
    [...room.querySelectorAll(".fix button")].find((one) => one.textContent === keep).click();
  }
  return [room.classList.contains("busy"), room.querySelector(".told").textContent];
}"""
WANTED = [
    ["hardest moment", "Which hour is hardest?"],
    ["given all you carry", "It fits, given all that."],
]


def test_a_second_correction_waits_for_the_first(shelf: Any, page: Any) -> None:
    library = Library(shelf.folder)
    with served(shelf.folder) as (port, _):
        visit(page, port, "/session?id=s-one")
        page.locator(".room.ready").wait_for()
        page.evaluate("sessionStorage.setItem('listening.code', 'sup-1')")
        said = page.locator(".room").evaluate(BOTH, [WANTED, str(message("player.keep_text"))])
        assert said == [True, str(message("player.waits", n="1"))]
        eventually(page, lambda: len(library.corrections("s-one")), len(WANTED))
        page.locator(".room:not(.busy)").wait_for()
        shown = page.locator(".lines").inner_text()
        assert all(text in shown for _, text in WANTED)
    texts = [turn.text for turn in library.load("s-one").turns]
    assert all(text in texts for _, text in WANTED)
    rows = library.corrections("s-one")
    assert [(row.kind, row.by) for row in rows] == [("turn_text", "sup-1")] * 2
