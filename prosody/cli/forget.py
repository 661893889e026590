"""The command that erases a session and everything derived from it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from prosody.cli.declare import Command, library_option
from prosody.cli.terminal import print_message

if TYPE_CHECKING:
    from prosody.store.library import Library

__all__ = ["erase_session", "forget", "tell_beside", "tell_erased"]


@click.command(cls=Command)
@click.argument("session")
@library_option
def forget(session: str, library: Path | None) -> None:
    """Erase a session and everything derived from it."""
    from prosody.store.library import root

    erase_session(root(library), session)


def erase_session(folder: Path, session: str) -> None:
    """Erase a session, its rows in tables and voices made from it, and say what was erased."""
    from prosody.store.library import Library

    library = Library(folder)
    erased = library.forget(session)
    tell_erased(session, erased)
    tell_beside(library)


def tell_erased(session: str, files: tuple[str, ...]) -> None:
    """Say what was erased of a session; nothing but rows where its files were gone already."""
    if files:
        print_message("command.session_erased", session=session, files=files)
    else:
        print_message("command.rows_erased", session=session)


def tell_beside(library: "Library") -> None:
    """Say which enrolled voices went with what was erased, and what has another name elsewhere."""
    for name in library.voices_erased:
        print_message("voice.erased_with_recording", name=name)
    for session, files in library.copied:
        print_message("command.named_twice", session=session, files=files, err=True)
