"""The command that checks a recording before it is analysed, or a trial before a session."""

import json
from pathlib import Path

import click

from prosody.cli.declare import PATH, Command

__all__ = ["check"]


@click.command(cls=Command)
@click.argument("recording", type=PATH)
@click.option(
    "--track",
    type=click.IntRange(1),
    metavar="N",
    help="Which audio track, in a file with several.",
)
@click.option(
    "--trial",
    metavar="CODE",
    help="Code of the person who speaks on this trial recording and agrees to the check; "
    "replaces the consent record for this check only.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the check as JSON on stdout.")
def check(recording: Path, track: int | None, trial: str | None, as_json: bool) -> None:
    """Check a recording's level, noise, echo, bandwidth and channels; nothing is kept."""
    from diarize.models.engine import require
    from prosody.checking import checked

    require()
    found = checked(recording, track=track, trial=trial)
    if as_json:
        click.echo(json.dumps(found.plain(), ensure_ascii=False))
        return
    for line in found.lines():
        click.echo(line)
