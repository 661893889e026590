"""Commands for enrolled voices."""

import json
from pathlib import Path

import click

from prosody.cli.declare import PATH, Commands, library_option
from prosody.cli.terminal import print_message

__all__ = ["voice"]


@click.group(cls=Commands)
def voice() -> None:
    """Enrol, list or erase therapists' own voices."""


@voice.command()
@click.argument("name")
@click.argument("recording", type=PATH)
@click.option(
    "--consent",
    "given_by",
    required=True,
    metavar="CODE",
    help="Code of the person whose own voice this is and who consents to its being kept.",
)
@library_option
def enrol(name: str, recording: Path, given_by: str, library: Path | None) -> None:
    """Keep a voiceprint under NAME (a code), made from RECORDING.

    RECORDING needs a consent record. Either one person alone speaks in it, and the consent is
    theirs; or it is a session of this library whose therapist a person has confirmed.
    """
    from prosody.store.enrolment import enrol as enrol_voice
    from prosody.store.library import root

    folder = root(library)
    template = enrol_voice(folder, name, recording, given_by=given_by)
    print_message("voice.enrolled", name=name, seconds=template.seconds, until=template.expires_on)


@voice.command(name="list")
@library_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per voice.")
def list_(library: Path | None, as_json: bool) -> None:
    """List the enrolled voices of the library, by code."""
    from diarize.recording import register
    from prosody.store import voices
    from prosody.store.library import Library, root

    every = voices.every(Library(root(library)))
    fields = ("name", "given_by", "enrolled_on", "expires_on", "seconds")
    for template in every:
        row = {name: getattr(template, name) for name in fields}
        if as_json:
            click.echo(json.dumps(row))
        else:
            expired = register.today().isoformat() > template.expires_on
            print_message("voice.listed_expired" if expired else "voice.listed", **row)
    if not every and not as_json:
        print_message("voice.none_enrolled", err=True)


@voice.command()
@click.argument("name")
@library_option
def forget(name: str, library: Path | None) -> None:
    """Erase an enrolled voice."""
    from prosody.store import voices
    from prosody.store.library import Library, root

    voices.forget(Library(root(library)), name)
    print_message("voice.erased", name=name)
