"""The page for other programs: not while somebody waits, and not lost."""

from typing import Any

from dashboard.view import corrections, later
from prosody.store.library import Library


def test_the_page_follows_a_correction_when_the_server_ends_at_the_latest(shelf: Any) -> None:
    library = Library(shelf.folder)
    corrections.correct(shelf.folder, "s-one", by="sup-1", turn=2, voice="B")
    assert library.lacks_page("s-one")
    later.finish()
    assert not library.lacks_page("s-one")
    assert library.bytes_of("s-one", "report.html").startswith(b"<!doctype html>")


def test_a_page_that_is_missing_is_written_for_the_next_who_opens(shelf: Any) -> None:
    library = Library(shelf.folder)
    with library.locked():
        library.drop("s-one", ("report.html",))
    later.ensure(shelf.folder, "s-one")
    later.finish()
    assert not library.lacks_page("s-one")


def test_a_session_erased_meanwhile_gets_no_page(shelf: Any) -> None:
    corrections.correct(shelf.folder, "s-one", by="sup-1", turn=2, voice="B")
    Library(shelf.folder).forget("s-one")
    later.finish()
    assert not (shelf.folder / "s-one").exists()
