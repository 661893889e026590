"""The command that corrects a session, and its history."""

import sys
from pathlib import Path
from typing import Any

import click

from diarize.errors import Refused
from diarize.messages import message
from prosody.cli.declare import PATH, Command, by_option, library_option
from prosody.cli.terminal import print_message, teller

__all__ = ["correct"]
_LONGEST = 2**20  # bytes read from standard input


@click.command(cls=Command)
@click.argument("session")
@library_option
@click.option("--swap-roles", is_flag=True, help="Swap therapist and client.")
@click.option(
    "--role", "roles", multiple=True, metavar="VOICE=ROLE", help="therapist, client or other."
)
@click.option(
    "--turn", type=int, metavar="N", help="Number of a turn (see: prosody show SESSION --turns)."
)
@click.option(
    "--at", type=float, metavar="SECONDS", help="A time instead of a turn, for --is and --is-not."
)
@click.option("--voice", help="The voice that speaks the turn, or its --words.")
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
@click.option("--text-from", type=PATH, help="A transcript whose words replace all words.")
@click.option(
    "--without-warmth",
    multiple=True,
    metavar="COMPONENT",
    help="Leave a component out of the warmth proxy; 'none' includes all again.",
)
@click.option(
    "--motivational-interviewing/--no-motivational-interviewing",
    default=None,
    help="Mark as motivational interviewing, which adds MITI-style figures; or take it back.",
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
    from prosody.store import corrections, wanted
    from prosody.store import library as shelf

    folder = shelf.root(library)
    report = shelf.load(folder, session)
    if options["history"]:
        wanted.alone("--history", options)
        _history(folder, session)
        return
    if options["undo"] is not None:
        wanted.alone("--undo", options)
        made = corrections.undo(folder, session, options["undo"], by=options["by"])
    else:
        if options["text"] == "-":
            options["text"] = _typed()
        changes = wanted.corrections(report, options, say=teller(quiet=False))
        made = corrections.correct(folder, session, changes)
    with shelf.locked(folder):
        renew_rows(folder, session)
    click.echo(screen(made, session))


def _typed() -> str:
    """Read a turn's text from standard input; an empty one is taken for a slip."""
    try:
        text = sys.stdin.buffer.read(_LONGEST).decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("command.input_not_utf8") from None
    if not text.strip():
        raise Refused("command.input_empty")
    return text


def _history(folder: Path, session: str) -> None:
    """Print who changed what and when; words a person wrote only on a terminal."""
    from prosody.store import library as shelf
    from prosody.store.corrections import described

    kept = shelf.corrections(folder, session)
    for number, row in enumerate(kept, 1):
        what = described(row, words=sys.stdout.isatty())
        line = f"{number:3} {row.on} {row.by:12} {what}"
        if row.undone_by:
            undone = message("command.undone", by=row.undone_by, on=str(row.undone_on))
            line = f"{line} ({undone})"
        click.echo(line)
    if not kept:
        print_message("command.no_corrections", err=True)
