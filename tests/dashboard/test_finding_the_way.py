"""Words, keys, parts, tabs and a reload, and an unknown therapist, in a real browser."""

from dataclasses import replace
from typing import Any

import pytest

from dashboard.view.words import say
from diarize.conversation import Role
from prosody.store.library import Library
from tests.conftest import retold
from tests.dashboard.browsing import (
    at,
    corrected,
    drawn,
    expects,
    has_keyboard,
    paused,
    plays_from,
    press,
    reached,
    served,
    sounding,
    visit,
)

pytestmark = pytest.mark.browser


def a_word_is_clicked_and_found_again(page: Any) -> None:
    """A word plays from its own start; a search marks its hits and steps through them."""
    line = page.locator(".lines .row", has_text="hardest moment")
    line.click()  # its words stand apart while it plays
    line.locator(".word", has_text="hardest").click()
    plays_from(page, 32.0)
    page.locator(".search").fill("quiet")
    expects(page.locator(".hits")).to_have_text("1 turn")
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
    expects(page.get_by_role("tab", name="Overlaps")).to_have_attribute("aria-selected", "true")


def one_code_signs_everything(page: Any) -> None:
    """What the field says signs in the room too, and a reload keeps it for both."""
    field = page.get_by_placeholder(say("your_code"))
    field.fill("sup-1")
    page.keyboard.press("Enter")
    page.wait_for_function("() => sessionStorage.getItem('listening.code') === 'sup-1'")
    page.reload()
    page.locator(".room.ready").wait_for()
    expects(page.locator('[value="sup-1"]').and_(field)).to_have_count(1)


def keys_work_under_another_part(page: Any) -> None:
    """Sound goes on, and can be stopped, while something else is read."""
    page.keyboard.press("Space")
    page.get_by_role("button", name="Findings").click()
    page.get_by_role("heading", name="Listening", exact=True).wait_for()
    sounding(page)
    page.keyboard.press("Space")
    paused(page)


def letters_can_be_switched_off(page: Any) -> None:
    page.get_by_role("button", name="Listen", exact=True).click()
    drawn(page)
    letters = page.locator('[data-do="letters"]')
    press(page, page.locator(".keys summary"), letters)
    letters.uncheck()
    page.keyboard.press("n")
    drawn(page)
    expects(page.locator(".card")).to_be_hidden()
    letters.check()
    page.keyboard.press("n")
    page.locator(".card h4").wait_for()
    page.keyboard.press("k")
    page.keyboard.press("Escape")


def a_card_has_the_keyboard_and_gives_it_back(page: Any) -> None:
    page.locator(".list .row").first.focus()
    page.keyboard.press("Enter")
    page.locator(".card h4").wait_for()
    page.keyboard.press("k")
    assert has_keyboard(page.locator(".card"))
    page.keyboard.press("Tab")
    assert has_keyboard(page.locator(".card .close"))
    page.keyboard.press("Escape")
    assert has_keyboard(page.locator(".list .row").first)
    page.locator(".pickcard .go").first.focus()
    page.keyboard.press("Enter")
    sounding(page)
    page.keyboard.press("Space")  # is for the sound, not the button that opened the card once more
    paused(page)
    assert has_keyboard(page.locator(".card"))
    page.keyboard.press("Escape")
    assert has_keyboard(page.locator(".pickcard .go").first)
    page.get_by_role("button", name="Findings").click()


def a_cell_and_a_number_play_what_is_behind_them(page: Any) -> None:
    cell = page.locator(".matrix button.cell.firm").first
    cell.click()
    plays_from(page, 10.0)
    page.keyboard.press("Space")  # is for the sound, although a cell was clicked
    paused(page)
    cell.focus()
    expects(page.locator(".matrix .explained")).to_have_text(cell.get_attribute("aria-label"))
    page.keyboard.press("Enter")
    plays_from(page, 10.0)
    reached(page, page.locator(".behind .row").nth(1))
    page.keyboard.press("Enter")  # another of the moments behind it
    plays_from(page, 49.0)
    page.get_by_role("button", name=f"{say('hear_places')}: Level").first.click()
    page.locator(".behind .row").nth(1).click()
    sounding(page)


def one_tab_sounds_at_a_time(page: Any, address: str) -> None:
    other = page.context.new_page()
    other.goto(address)
    other.locator(".room.ready").wait_for()
    other.keyboard.press("Space")
    other.wait_for_function(
        "(audio) => !audio.paused", arg=other.locator(".room audio").element_handle()
    )
    paused(page)
    other.close()


def a_pause_at_once_is_no_failure(page: Any) -> None:
    page.locator(".lines .row").first.evaluate("""(row) => {
        const audio = row.getRootNode().querySelector(".room audio");
        audio.pause();
        audio.load();
        row.click();
        audio.pause();
    }""")
    sound = page.locator(".room audio")
    page.wait_for_function("audio => audio.readyState > 0", arg=sound.element_handle())
    drawn(page)
    assert sound.evaluate("audio => audio.paused")
    expects(page.locator(".note")).to_be_hidden()


def test_a_trainee_finds_the_way(shelf: Any, page: Any) -> None:
    answers: list[Any] = []
    page.on("response", lambda answer: answers.append(answer))
    with served(shelf.folder) as (port, _):
        address = f"http://127.0.0.1:{port}/session?id=s-one"
        visit(page, port, "/session?id=s-one")
        page.locator(".pickcard .go").first.click()
        plays_from(page, 1.0)
        expects(page.locator(".card h4")).to_be_visible()
        a_pause_at_once_is_no_failure(page)
        a_word_is_clicked_and_found_again(page)
        a_reload_keeps_the_place(page)
        one_code_signs_everything(page)
        keys_work_under_another_part(page)
        letters_can_be_switched_off(page)
        a_card_has_the_keyboard_and_gives_it_back(page)
        a_cell_and_a_number_play_what_is_behind_them(page)
        one_tab_sounds_at_a_time(page, address)
        page.get_by_role("link", name="All sessions").click()  # by its middle, as a mouse would
        page.get_by_role("link", name="s-one").wait_for()
    assert [one.url for one in answers if one.status >= 400] == []  # nothing asked for in vain


def test_an_unknown_therapist_is_chosen_with_one_click(shelf: Any, page: Any) -> None:
    report = shelf.report()
    unknown = retold(
        report,
        utterances=tuple(replace(t, role=Role.UNKNOWN) for t in report.turns),
        casting=tuple(replace(v, role=Role.UNKNOWN, certainty=0.0) for v in report.voices),
    )
    shelf.add("s-one", replace(unknown, events=(), moments=(), links=()))
    with served(shelf.folder) as (port, _):
        visit(page, port, "/session?id=s-one&part=findings")
        page.get_by_role("button", name="Hear voice B").wait_for()  # in every part of the page
        page.get_by_role("button", name="Listen", exact=True).click()
        page.get_by_role("button", name="Hear voice A").click()
        plays_from(page, 96.0)
        page.get_by_role("button", name="Voice A is the therapist").click()
        page.locator(".asking input").fill("sup-1")
        page.keyboard.press("Enter")
        corrected(page)
        expects(page.locator(".voices")).to_be_hidden()
        expects(page.locator(".lines .row.therapist")).to_have_count(7)
    kept = Library(shelf.folder).load("s-one").voices
    assert [(v.voice, v.role) for v in kept] == [("A", "therapist"), ("B", "client")]
