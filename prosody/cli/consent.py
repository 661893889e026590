"""Commands for the consent record of a recording."""

import json
from datetime import date
from pathlib import Path

import click

from diarize.errors import Refused
from diarize.messages import message
from diarize.recording import consent as consents
from diarize.recording.consent import DEFAULT_SCOPES
from prosody.cli.declare import PATH, Commands, library_option
from prosody.cli.forget import erase_session, erase_voices
from prosody.cli.terminal import print_message

__all__ = ["consent"]


@click.group(cls=Commands)
def consent() -> None:
    """Grant, show or withdraw the consent for a recording."""


@consent.command()
@click.argument("recording", type=PATH)
@click.option(
    "--by", required=True, metavar="CODE", help="Code of the person who consented, never a name."
)
@click.option(
    "--scope",
    default=",".join(DEFAULT_SCOPES),
    show_default=True,
    help="What is consented to: analyse, keep_words, play_back, share.",
)
@click.option("--expires", metavar="YYYY-MM-DD", help="Last valid day (default: in one year).")
def grant(recording: Path, by: str, scope: str, expires: str | None) -> None:
    """Write the consent record beside a recording."""
    scopes = tuple(part.strip() for part in scope.split(",") if part.strip())
    made = consents.grant(recording, by=by, scopes=scopes, expires_on=expires)
    print_message("command.consent_granted", scopes=made.scopes, until=made.expires_on)


@consent.command()
@click.argument("recording", type=PATH)
@click.option("--json", "as_json", is_flag=True, help="Print the record as JSON.")
def show(recording: Path, as_json: bool) -> None:
    """Show the consent record of a recording."""
    from dataclasses import asdict

    from diarize.runtime.atomic import sha256_of

    found = consents.read(recording)
    if found is None:
        raise Refused("command.no_consent", file=str(recording))
    if as_json:
        click.echo(json.dumps(asdict(found)))
        return
    problem = found.problem(date.today())
    if problem is None and sha256_of(recording) != found.sha256:
        problem = message("consent.is_of_other_audio")
    print_message(
        "command.consent",
        by=found.given_by,
        on=found.given_on,
        scopes=found.scopes,
        until=found.expires_on,
    )
    if problem is None:
        print_message("command.consent_valid")
    else:
        print_message("command.consent_invalid", problem=problem)


@consent.command()
@click.argument("recording", type=PATH)
@library_option
def withdraw(recording: Path, library: Path | None) -> None:
    """Withdraw consent and erase every session made from the recording."""
    from prosody.store.library import Library, root

    made = consents.withdraw(recording)
    print_message("command.consent_withdrawn", on=made.withdrawn_on)
    folder = root(library)
    for entry in Library(folder).find(made.sha256):
        erase_session(folder, entry.session_id)
    erase_voices(folder, made.sha256)
