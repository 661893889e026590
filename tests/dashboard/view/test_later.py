"""What other programs read: not while somebody waits, and not lost."""

from pathlib import Path
from typing import Any

from dashboard.view import corrections, later
from prosody.batch.tables import renew
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


def tables(folder: Path) -> list[str]:
    return [(folder / f"{name}.csv").read_text("utf-8") for name in ("sessions", "measures")]


def test_the_tables_of_a_library_follow_what_is_corrected_and_taken_back_on_the_page(
    shelf: Any,
) -> None:
    renew(shelf.folder)
    before = tables(shelf.folder)
    corrections.correct(shelf.folder, "s-one", by="sup-1", turn=2, voice="B")
    later.finish()
    after = tables(shelf.folder)
    assert after != before
    corrections.take_back(shelf.folder, "s-one", 1, by="sup-1")
    assert Library(shelf.folder).lacks_page("s-one"), "so that a killed server is made up for"
    later.finish()
    back = tables(shelf.folder)
    assert back != after
    renew(shelf.folder)  # the rows are those of the tables made anew
    assert tables(shelf.folder) == back


def test_tables_left_behind_by_a_killed_server_follow_when_the_session_is_opened(
    shelf: Any,
) -> None:
    renew(shelf.folder)
    stale = tables(shelf.folder)
    corrections.correct(shelf.folder, "s-one", by="sup-1", turn=2, voice="B")
    later.finish()
    fresh = tables(shelf.folder)
    library = Library(shelf.folder)
    for name, text in zip(("sessions", "measures"), stale, strict=True):
        (shelf.folder / f"{name}.csv").write_text(text, "utf-8")
    with library.locked():
        library.drop("s-one", ("report.html",))
    later.ensure(shelf.folder, "s-one")
    later.finish()
    assert tables(shelf.folder) == fresh != stale
