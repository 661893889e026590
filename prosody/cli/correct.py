"""The command that corrects a session, and its history."""

import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diarize.errors import Refused
from diarize.messages import message
from prosody.cli.declare import PATH, Command, by_option, library_option
from prosody.cli.terminal import print_message, teller

if TYPE_CHECKING:
    from prosody.store.library import Library

__all__ = ["correct"]
_LONGEST = 2**20  # bytes read from standard input


@click.command(cls=Command)
@click.argument("session")
@library_option
@click.option("--swap-roles", is_flag=True, help="Swap therapist and client.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    metavar="VOICE=ROLE",
    help="Role of a voice: therapist, client or other.",
)
@click.option(
    "--turn", type=int, metavar="N", help="Number of a turn (see: prosody show SESSION --turns)."
)
@click.option(
    "--at", type=float, metavar="SECONDS", help="A time instead of a turn, for --is and --is-not."
)
@click.option("--voice", help="Assign the turn, or its --words, to this voice.")
@click.option(
    "--words", metavar="I-J", help="Words of the turn (see: prosody show SESSION --words)."
)
@click.option("--text", help="New text of the turn; - reads it from standard input.")
@click.option("--is", "is_kind", metavar="KIND", help="Confirm this behaviour, or add it.")
@click.option("--is-not", metavar="KIND", help="Remove this behaviour; with --is, replace it.")
@click.option("--rename", multiple=True, metavar="OLD=NEW", help="Rename a voice, to a code.")
@click.option(
    "--turns-from", type=PATH, help="An edited export: .eaf .TextGrid .vtt .srt .rttm .json."
)
@click.option("--text-from", type=PATH, help="Replace all words with those of this transcript.")
@click.option(
    "--without-warmth",
    multiple=True,
    metavar="COMPONENT",
    help="Leave a component out of the warmth proxy; 'none' includes all again.",
)
@click.option(
    "--motivational-interviewing/--no-motivational-interviewing",
    default=None,
    help="Mark as motivational interviewing, which adds MITI-style figures, or unmark.",
)
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
    from prosody.store import amend, requests
    from prosody.store.library import Library, root

    folder = root(library)
    shelf = Library(folder)
    report = shelf.load(session)
    if options["history"]:
        _alone("--history", options)
        _history(shelf, session)
        return
    by = options["by"]
    if options["undo"] is not None:
        _alone("--undo", options)
        made = amend.undo(shelf, session, options["undo"], by=by)
    else:
        if options["text"] == "-":
            options["text"] = _typed()
        asked = requests.Request(**{f.name: options[f.name] for f in fields(requests.Request)})
        changes = requests.corrections(report, asked, by=by, say=teller(quiet=False))
        made = amend.correct(shelf, session, changes)
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
    from prosody.store.corrections import described

    kept = shelf.corrections(session)
    for number, row in enumerate(kept, 1):
        what = described(row, words=sys.stdout.isatty())
        line = f"{number:3} {row.on} {row.by:12} {what}"
        if row.undone_by:
            undone = message("command.undone", by=row.undone_by, on=str(row.undone_on))
            line = f"{line} ({undone})"
        click.echo(line)
    if not kept:
        print_message("command.no_corrections", err=True)
