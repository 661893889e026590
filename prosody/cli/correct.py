"""The command that corrects a session, and its history."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diarize.errors import Refused
from diarize.messages import message
from prosody.cli.declare import Command, by_option, library_option, parameter
from prosody.cli.terminal import print_message, teller, visible

if TYPE_CHECKING:
    from prosody.store.library import Library

__all__ = ["correct"]
_LONGEST = 2**20  # bytes read from standard input


def _asked_for() -> list[click.Option]:
    from prosody.store import kinds

    return [parameter(row) for row in kinds.options()]


@click.command(cls=Command, table=_asked_for)
@click.argument("session")
@library_option
@click.option("--history", is_flag=True, help="Show who changed what and when.")
@click.option("--undo", type=int, metavar="N", help="Undo correction N of the history.")
@by_option("Code of the person correcting, never a name.")
def correct(session: str, library: Path | None, **options: Any) -> None:
    """Correct roles, turns, words or behaviours.

    All measures are recalculated, without running any model again.

    Other users of this machine can see what follows --text in the list of processes while the
    command runs. On a shared machine use --text - and give the text on standard input.
    """
    from prosody.batch.tables import renew_rows
    from prosody.render.text import screen
    from prosody.store import amend, kinds
    from prosody.store.library import Library, root
    from prosody.store.requests import Request

    folder = root(library)
    shelf, by = Library(folder), options["by"]
    if options["history"]:
        _alone("--history", options)
        _history(shelf, session)
        return
    if options["undo"] is not None:
        _alone("--undo", options)
        made = amend.undo(shelf, session, options["undo"], by=by)
    else:
        given = {row: options[row.name] for row in kinds.options()}
        said = {row.key: _typed() if row.piped and v == "-" else v for row, v in given.items()}
        made = amend.correct(shelf, session, Request(**said), by=by, say=teller(quiet=False))
    with shelf.locked():
        renew_rows(folder, session)
    click.echo(screen(made, session))


def _alone(option: str, options: Mapping[str, Any]) -> None:
    """Refuse to do something else beside what `option` asks for."""
    apart = ("by", "debug", option.removeprefix("--"))
    for name, value in options.items():
        if name not in apart and value not in (None, False, ()):
            raise Refused("command.alone", option=option)


def _typed() -> str:
    """Read a turn's text from standard input; an empty one is taken for a slip."""
    try:
        text = sys.stdin.buffer.read(_LONGEST).decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("command.input_not_utf8") from None
    if not text.strip():
        raise Refused("command.input_empty")
    return text


def _history(shelf: "Library", session: str) -> None:
    """Print who changed what and when; words a person wrote only on a terminal."""
    from prosody.store.kinds import described

    shelf.load(session)
    kept = shelf.corrections(session)
    for number, row in enumerate(kept, 1):
        what = described(row, words=sys.stdout.isatty())
        line = f"{number:3} {row.on} {row.by:12} {what}"
        if row.undone_by:
            undone = message("command.undone", by=row.undone_by, on=str(row.undone_on))
            line = f"{line} ({undone})"
        click.echo(visible(line))
    if not kept:
        print_message("command.no_corrections", err=True)
