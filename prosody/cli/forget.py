"""The command that erases a session and everything derived from it."""

from pathlib import Path

import click

from prosody.cli.declare import Command, library_option
from prosody.cli.terminal import print_message

__all__ = ["erase_session", "erase_voices", "forget"]


@click.command(cls=Command)
@click.argument("session")
@library_option
def forget(session: str, library: Path | None) -> None:
    """Erase a session and everything derived from it."""
    from prosody.store.library import root

    erase_session(root(library), session)


def erase_session(folder: Path, session: str) -> None:
    """Erase a session, its rows in tables and voices made from it, and say what was erased."""
    from prosody.batch.tables import forget_rows
    from prosody.store.library import Library

    made_from = Library(folder).entry(session).sha256  # refused before anything is touched
    with Library(folder).locked():
        erased = Library(folder).forget(session)
        forget_rows(folder, session)
    print_message("command.session_erased", session=session, files=tuple(erased))
    erase_voices(folder, made_from)


def erase_voices(folder: Path, sha256: str) -> None:
    """Erase enrolled voices made from a recording, and say which."""
    from diarize.separation import enrolled

    for name in enrolled.forget_made_from(folder, sha256):
        print_message("voice.erased_with_recording", name=name)
