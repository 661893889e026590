"""Notes at moments and the agenda, in a real browser: dragged, moved by key, noted, played."""

import re
from pathlib import Path
from typing import Any

import pytest

from dashboard import serving
from dashboard.view.words import say
from diarize.messages import message
from prosody.store import agenda, written
from prosody.store.library import Library
from tests.dashboard.browsing import eventually, expects, plays_from, served, visit
from tests.dashboard.conftest import make_report

pytestmark = pytest.mark.browser


def starts(folder: Path) -> list[float]:
    return [item.start_s for item in agenda.of(folder, "s-one", make_report())]


def a_note_waits_for_the_code_of_who_writes_it(page: Any, folder: Path) -> None:
    page.locator(".agenda .item").nth(1).wait_for()
    area = page.locator(".agenda textarea").nth(1)
    area.fill("Whose silence?")
    area.blur()
    why = message("dashboard.code_first")
    page.get_by_text(say("not_changed", why=why), exact=True).wait_for()
    assert not any(item.note for item in agenda.of(folder, "s-one", make_report()))
    page.get_by_placeholder(say("your_code")).fill("sup-1")
    page.keyboard.press("Enter")
    page.locator(".agenda .by", has_text="sup-1").wait_for()
    kept = agenda.of(folder, "s-one", make_report())[1]
    assert (kept.note, kept.by) == ("Whose silence?", "sup-1")
    page.get_by_role("button", name=say("section_listen"), exact=True).click()
    expects(page.locator(".agenda")).to_have_count(0)


def a_question_is_written_at_the_moment_that_plays(page: Any, folder: Path) -> None:
    page.locator(".lines .row", has_text="hardest moment").click()
    plays_from(page, 31.0)
    page.keyboard.press("m")
    page.get_by_label("Question").check()
    page.get_by_label(str(message("player.note_text"))).fill("What did <b>you</b> hear here?")
    keep = str(message("player.keep_note"))
    page.locator(".noting").get_by_role("button", name=keep, exact=True).click()
    page.get_by_role("tab", name="Notes (1)").click()
    page.locator(".list .row", has_text="What did <b>you</b> hear here?").click()
    plays_from(page, 21.0)
    page.keyboard.press("k")
    (row,) = written.read(Library(folder), "s-one", written.COMMENTS)
    assert (row.item, row.by) == ("question", "sup-1")
    assert 31.0 <= float(row.value or 0) < 43.0


def items_are_dragged_and_moved_by_key(page: Any, folder: Path) -> None:
    page.get_by_role("button", name="Supervision").click()
    page.locator(".agenda .item").nth(1).wait_for()
    assert starts(folder) == [10.0, 49.0]
    grip = page.locator(".agenda .grip").nth(1)
    grip.scroll_into_view_if_needed()
    top = page.locator(".agenda .item").first.bounding_box()
    here = grip.bounding_box()
    page.mouse.move(here["x"] + 5, here["y"] + 5)
    page.mouse.down()
    page.mouse.move(here["x"] + 5, top["y"] + 4, steps=8)
    page.mouse.up()
    until(page, folder, [49.0, 10.0])
    page.locator(".agenda .grip").nth(1).press("ArrowUp")
    until(page, folder, [10.0, 49.0])
    page.keyboard.press("ArrowDown")  # it still has the keyboard
    until(page, folder, [49.0, 10.0])
    page.get_by_role("button", name=f"{say('agenda_earlier')}: ", exact=False).nth(1).click()
    until(page, folder, [10.0, 49.0])


def until(page: Any, folder: Path, wanted: list[float]) -> None:
    """Wait until the moments stand in this order, in the library and on a page at rest."""

    def looked() -> tuple[bool, list[float], list[float]]:
        shown = (one[2:].split(":") for one in page.locator(".agenda .go").all_inner_texts())
        at_rest = page.locator(".agenda [aria-busy]").count() == 0
        return at_rest, starts(folder), [60.0 * int(m) + int(s) for m, s in shown]

    eventually(page, looked, (True, wanted, wanted))


def a_note_is_written_beside_the_player(page: Any, folder: Path) -> None:
    area = page.get_by_label(f"{say('agenda_note')}: ", exact=False).first
    area.fill("Stay longer?")
    area.blur()

    def kept() -> tuple[str, str]:
        first = agenda.of(folder, "s-one", make_report())[0]
        return first.note, first.by

    eventually(page, kept, ("Stay longer?", "sup-1"))
    expects(page.locator(".agenda [aria-busy]")).to_have_count(0)
    page.locator(".agenda .go").first.click()
    plays_from(page, 0.0)
    expects(page.locator(".player")).to_be_visible()


def test_a_supervision_is_prepared_beside_the_player(shelf: Any, page: Any) -> None:
    with served(shelf.folder) as (port, _):
        visit(page, port, "/session?id=s-one&part=supervision")
        page.locator(".room.ready").wait_for()
        a_note_waits_for_the_code_of_who_writes_it(page, shelf.folder)
        a_question_is_written_at_the_moment_that_plays(page, shelf.folder)
        items_are_dragged_and_moved_by_key(page, shelf.folder)
        a_note_is_written_beside_the_player(page, shelf.folder)
        expects(page.locator(".agenda", has_text="What did <b>you</b> hear here?")).to_have_count(1)
        printed = page.get_by_role("link", name=say("open_print"))
        expects(printed).to_have_attribute("href", re.compile(f"^{serving.AGENDA_PATH}."))
