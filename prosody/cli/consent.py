"""Commands for the consent record of a recording."""

import json
from pathlib import Path

import click

from diarize.errors import Refused
from diarize.messages import message
from diarize.recording import consent as consents
from diarize.recording import register
from diarize.recording.consent import DEFAULT_SCOPES
from prosody.cli.declare import PATH, Commands, library_option
from prosody.cli.forget import follow
from prosody.cli.terminal import complain, print_message

__all__ = ["consent"]


@click.group(cls=Commands)
def consent() -> None:
    """Grant, show or withdraw the consent for a recording."""


@consent.command()
@click.argument("recording", type=PATH, required=False)
@click.option(
    "--manifest", type=PATH, help="Grant for every recording of a manifest instead (see: batch)."
)
@click.option("--by", metavar="CODE", help="Code of the person who consented, never a name.")
@click.option(
    "--scope",
    default=",".join(DEFAULT_SCOPES),
    show_default=True,
    help="What is consented to: analyse, keep_words, play_back, share.",
)
@click.option(
    "--expires", metavar="YYYY-MM-DD", help="Last valid day (default: one year from today)."
)
@library_option
def grant(
    recording: Path | None,
    manifest: Path | None,
    by: str | None,
    scope: str,
    expires: str | None,
    library: Path | None,
) -> int:
    """Write the consent record beside a recording.

    Sessions made from the recording follow at once: words or sound not covered are erased. In a
    manifest, the columns consent_by, consent_scopes and consent_expires override the options.
    """
    from prosody.store.library import root

    if (recording is None) == (manifest is None):
        raise click.UsageError("Give a recording, or --manifest with a file.")
    if manifest is not None:
        return _grant_all(manifest, by, scope, expires, root(library))
    if recording is None or by is None:
        raise click.UsageError("Missing option '--by'.")
    made = consents.grant(recording, by=by, scopes=_scopes(scope), expires_on=expires)
    print_message("command.consent_granted", scopes=made.scopes, until=made.expires_on)
    return _followed(root(library), made.sha256)


def _scopes(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace(";", ",").split(",") if part.strip())


def _grant_all(manifest: Path, by: str | None, scope: str, expires: str | None, own: Path) -> int:
    """Grant consent for every recording of a manifest; one that cannot be is told by its row."""
    from prosody.batch.manifest import jobs_of

    jobs = jobs_of(manifest, dates=None)
    for job in jobs:
        if by is None and "consent_by" not in job.consent:
            raise Refused("consent.row_without_code", file=str(manifest), row=job.row)
    made, of = 0, 0
    for job in jobs:
        for path in (job.recording, *job.more):
            of += 1
            try:
                given = consents.grant(
                    path,
                    by=job.consent.get("consent_by") or by or "",
                    scopes=_scopes(job.consent.get("consent_scopes") or scope),
                    expires_on=job.consent.get("consent_expires") or expires,
                )
            except Refused as refusal:
                complain(message("batch.failed_row", row=job.row, reason=str(refusal)))
                continue
            made += _followed(own, given.sha256) == 0
    print_message("command.consents_granted", n=made, of=of)
    return 0 if made == of else 3


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
    counts = consents.in_force(found)
    problem = counts.problem(register.today())
    if problem is None and sha256_of(recording) != found.sha256:
        problem = message("consent.is_of_other_audio")
    print_message(
        "command.consent",
        by=counts.given_by,
        on=counts.given_on,
        scopes=counts.scopes,
        until=counts.expires_on,
    )
    if problem is None:
        print_message("command.consent_valid")
    else:
        print_message("command.consent_invalid", problem=problem)


@consent.command()
@click.argument("recording", type=PATH)
@library_option
def withdraw(recording: Path, library: Path | None) -> int:
    """Withdraw consent and erase every session made from the recording."""
    from prosody.store.library import root

    made = consents.withdraw(recording)
    print_message("command.consent_withdrawn", on=made.withdrawn_on)
    return _followed(root(library), made.sha256)


def _followed(own: Path, sha256: str) -> int:
    """Let every library on this machine follow what was said of a recording; gives an exit code."""
    from prosody.store.library import Library

    others = sorted(set(map(Path, register.libraries())) - {own.resolve()})
    first = [own.absolute()] if Library(own).begun else []
    return follow((*first, *others), sha256, erases=_erases(sha256))


def _erases(sha256: str) -> bool:
    """Whether what was said last of a recording takes something away that was allowed before."""
    told = [event for event in register.history(sha256) if event.what != register.FORGOTTEN]
    if not told or told[-1].what == register.WITHDRAWN:
        return True
    now, before = told[-1], [event for event in told[:-1] if event.what == register.GRANTED]
    return any(set(event.scopes) - set(now.scopes) for event in before)
