"""The command that erases a session and everything derived from it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from prosody.cli.declare import Command, library_option
from prosody.cli.terminal import print_message

if TYPE_CHECKING:
    from prosody.store.library import Library

__all__ = ["forget", "tell_beside", "tell_erased"]


@click.command(cls=Command)
@click.argument("session")
@library_option
def forget(session: str, library: Path | None) -> int:
    """Erase a session and everything derived from it."""
    from prosody.store.library import Library, root

    held = Library(root(library))
    erased = held.forget(session)
    tell_erased(session, erased)
    return 3 if tell_beside(held) else 0


def tell_erased(session: str, files: tuple[str, ...]) -> None:
    """Say what was erased of a session; nothing but rows where its files were gone already."""
    if files:
        print_message("command.session_erased", session=session, files=files)
    else:
        print_message("command.rows_erased", session=session)


def tell_beside(library: "Library") -> bool:
    """Say which enrolled voices went with what was erased, and what of it may be left elsewhere.

    Returns
    -------
    bool
        Whether something may be left: a file has another name outside the library, or the database
        holds a table of another program, in which nothing is erased.
    """
    for name in library.voices_erased:
        print_message("voice.erased_with_recording", name=name)
    for session, files in library.copied:
        print_message("command.named_twice", session=session, files=files, err=True)
    # Where several programs keep their tables in one PostgreSQL, those of others are no surprise.
    tables = () if library.shared or not library.erased else library.database.strange_tables()
    for table in tables:
        print_message("library.strange_table", table=table, err=True)
    return bool(library.copied or tables)
