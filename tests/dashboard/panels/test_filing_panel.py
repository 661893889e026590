"""Under what a session is filed, from the page."""

from typing import Any

from dashboard.view.words import say
from diarize.messages import message
from prosody.store.filing import file_under
from prosody.store.library import Library
from tests.dashboard.pages.test_pages import SESSION, everything, run


def opened(shelf: Any) -> Any:
    return run(shelf.folder, SESSION, id="s-one", part="trust")


def keep(page: Any) -> Any:
    return next(b for b in page.button if b.label == say("filing_keep")).click().run()


def test_codes_and_day_are_given_and_taken_away_on_the_page(shelf: Any) -> None:
    shelf.add("s-one", shelf.report())
    library = Library(shelf.folder)
    file_under(library, "s-one", {"client_id": "c-1", "dyad_id": None, "therapist_id": None})
    page = opened(shelf)
    assert page.text_input("filing client_id").value == "c-1"
    page.text_input("filing therapist_id").input(" t-7 ")
    page.text_input("filing client_id").input("")
    page.text_input("filing date").input("02.03.2026")
    assert not keep(page).exception
    entry = library.entry("s-one")
    assert (entry.therapist_id, entry.client_id, entry.date) == ("t-7", None, "2026-03-02")
    assert say("goal_nobody") not in everything(run(shelf.folder, SESSION, id="s-one"))


def test_what_is_no_day_changes_nothing(shelf: Any) -> None:
    shelf.add("s-one", shelf.report())
    before = Library(shelf.folder).entry("s-one")
    page = opened(shelf)
    page.text_input("filing therapist_id").input("t-7")
    page.text_input("filing date").input("last week")
    why = message("dashboard.add_no_date", typed="last week", form=say("date_format"))
    assert str(why) in everything(keep(page))
    assert Library(shelf.folder).entry("s-one") == before
