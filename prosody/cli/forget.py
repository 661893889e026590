"""The command that erases a session and everything derived from it."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from diarize.errors import Refused
from diarize.messages import message
from diarize.recording import register
from prosody.cli.declare import Command, library_option
from prosody.cli.terminal import complain, print_message

if TYPE_CHECKING:
    from prosody.store.library import Library

__all__ = ["follow", "forget", "tell_beside", "tell_erased"]


@click.command(cls=Command)
@click.argument("session")
@library_option
def forget(session: str, library: Path | None) -> int:
    """Erase a session and everything derived from it."""
    from prosody.store.library import Library, root

    held = Library(root(library))
    erased = held.forget(session)
    tell_erased(session, erased)
    beside = tell_beside(held)
    return 3 if follow(_copies(held)) or beside else 0


def _copies(library: "Library") -> tuple[Path, ...]:
    """Give where else this machine saw the same library: a copy holds the session, too."""
    from prosody.store import consented

    with library.opened() as held:
        called = consented.get_meta(held, "library")
    seen = register.copies(called) if called else ()
    return tuple(Path(place) for place in seen if place != library.place)


def follow(places: Iterable[Path], sha256: str = "", *, erases: bool = True) -> int:
    """Let libraries follow what was said of a recording.

    Parameters
    ----------
    places : iterable of Path
        Where they are, or were.
    sha256 : str
        Of the recording, if damaged sessions are to be looked through for it.
    erases : bool
        Whether it takes something away, so that one that is not here may hold something still.

    Returns
    -------
    int
        The exit code: 0 only where nothing is left.
    """
    from prosody.store.library import Library

    left, away = False, list[Path]()
    for folder in places:
        library = Library(folder)
        if library.begun:
            left = _keeps_some(library, sha256) or left
        elif erases:
            away.append(folder)
    if len(away) == 1:
        print_message("command.library_away", err=True, folder=str(away[0]))
    elif away:
        print_message("command.libraries_away", err=True, n=len(away))
    return 3 if left or away else 0


def _keeps_some(library: "Library", sha256: str) -> bool:
    """Let one library follow, and say what of the recording it keeps."""
    try:
        with library.locked():
            unsure = library.strangers_of(sha256) if sha256 else ()
    except Refused as refusal:
        complain(refusal)
        return True
    for session, files in library.erased:
        tell_erased(session, files, place=str(library.place))
    for session in unsure:
        complain(message("command.origin_unknown", session=session))
    for session in library.waiting:
        complain(message("library.not_narrowed", session=session))
    return tell_beside(library) or bool(unsure or library.waiting)


def tell_erased(session: str, files: tuple[str, ...], *, place: str = "") -> None:
    """Say what was erased of a session; nothing but rows where its files were gone already.

    `place` is that of a library which was not the one asked for, or one of several.
    """
    if place:
        session = str(message("command.session_in", session=session, folder=place))
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
    tables = library.database.strange_tables() if library.erased else ()
    # Where several programs keep their tables in one PostgreSQL, those of others are no fault.
    if tables and library.shared:
        print_message("library.other_tables", tables=tables, err=True)
        tables = ()
    for table in tables:
        print_message("library.strange_table", table=table, err=True)
    return bool(library.copied or tables)
