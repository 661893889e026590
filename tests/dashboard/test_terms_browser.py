"""Words of the field in a real browser: explained where they stand, and never in people's words."""

from typing import Any

import pytest

from dashboard.view.words import say
from diarize.messages import message
from prosody.render.explained import terms
from tests.dashboard.browsing import expects, served, visit
from tests.dashboard.conftest import events

pytestmark = pytest.mark.browser

SAID = dict(terms())
OWN = "“I sat 5 st from n = 3 of them”"


def tip(page: Any) -> Any:
    return page.locator(".explained:visible")


def a_word_is_explained_to_who_points_at_it(page: Any) -> None:
    head = page.locator(".grid .term", has_text="95% CI, n").first
    head.hover()
    expects(tip(page)).to_have_text(SAID["95% CI, n"])
    tip(page).hover()  # it stays while it is read
    page.wait_for_timeout(400)
    expects(tip(page)).to_have_count(1)
    page.mouse.move(4, 4)
    tip(page).wait_for(state="detached")


def a_word_is_explained_to_who_comes_by_keyboard(page: Any) -> None:
    page.locator(".grid").first.focus()
    page.keyboard.press("Tab")
    expects(tip(page)).to_have_text(SAID["95% CI, n"])
    assert focused(page)["hint"] == SAID["95% CI, n"]
    page.keyboard.press("Escape")
    expects(tip(page)).to_have_count(0)
    assert focused(page)["hint"] == SAID["95% CI, n"]
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    expects(tip(page)).to_have_count(1)
    page.keyboard.press("Escape")


def focused(page: Any) -> Any:
    return page.evaluate("""() => {
        let at = document.activeElement;
        while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
        return { hint: at.dataset.hint, name: at.className };
    }""")


def a_cell_says_what_it_is_to_pointer_and_keyboard(page: Any) -> None:
    cell = page.locator(".matrix button.cell.firm").first
    cell.hover()
    said = cell.get_attribute("aria-label")
    expects(tip(page)).to_have_text(said)
    page.mouse.move(4, 4)
    tip(page).wait_for(state="detached")
    cell.focus()
    expects(tip(page)).to_have_text(said)
    page.keyboard.press("Escape")


def a_title_that_a_number_opens_is_explained(page: Any) -> None:
    page.get_by_role("button", name=f"{say('hear_places')}: Response latency").first.click()
    page.locator(".behind h4 .term", has_text="Response latency").hover()
    expects(tip(page)).to_have_text(SAID["Response latency"])
    page.keyboard.press("Escape")


def what_is_folded_is_explained_there_too(page: Any) -> None:
    page.get_by_role("button", name=say("section_listen"), exact=True).click()
    page.get_by_role("tab", name="Behaviours").click()
    page.locator(".list .row", has_text="Reflection").first.click()
    expects(page.locator(".card .why", has_text=OWN).locator(".term")).to_have_count(0)
    page.locator(".card .more summary").click()
    page.locator(".card .more .term", has_text="median").focus()
    expects(tip(page)).to_have_text(SAID["Median"])
    page.keyboard.press("Escape")
    expects(tip(page)).to_have_count(0)
    expects(page.locator(".card h4")).to_be_visible()
    page.keyboard.press("Escape")
    expects(page.locator(".card")).to_be_hidden()


def test_words_of_the_field_are_explained_where_they_stand(shelf: Any, page: Any) -> None:
    own = tuple(
        event.suggesting(evidence=message("evidence.words", words=OWN))
        if event.kind == "reflection"
        else event
        for event in events()
    )
    shelf.add("s-one", shelf.report(events=own))
    with served(shelf.folder) as (port, _):
        visit(page, port, "/session?id=s-one&part=findings")
        page.locator(".matrix button.cell").first.wait_for()
        page.locator(".grid .term").first.wait_for()
        a_word_is_explained_to_who_points_at_it(page)
        a_word_is_explained_to_who_comes_by_keyboard(page)
        a_cell_says_what_it_is_to_pointer_and_keyboard(page)
        a_title_that_a_number_opens_is_explained(page)
        what_is_folded_is_explained_there_too(page)
