"""Commands for the consent record of a recording."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import click

from diarize.errors import Refused
from diarize.messages import Message, message
from diarize.recording import consent as consents
from diarize.recording import register
from diarize.recording.consent import DEFAULT_SCOPES, SCOPES, Consent
from diarize.runtime.atomic import real
from prosody.cli.declare import PATH, Commands, date_format_option, library_option
from prosody.cli.forget import follow
from prosody.cli.terminal import complain, print_message
from prosody.option import iso_day
from prosody.options import DATES

if TYPE_CHECKING:
    from prosody.batch.manifest import Job

__all__ = ["consent"]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a command says of a consent, where a row of a manifest does not say it."""

    by: str | None
    scope: str
    expires: str | None
    dates: str  # how a manifest writes them, of `prosody.options.DATES`

    def grant(self, recording: Path, cells: Mapping[str, str] = MappingProxyType({})) -> Consent:
        """Grant the consent of a recording, with what a row of a manifest says."""
        from diarize.recording.container import check_recording

        check_recording(recording)
        return consents.grant(
            recording,
            by=cells.get("consent_by") or self.by or "",
            scopes=_scopes(cells.get("consent_scopes") or self.scope),
            expires_on=self._day(cells.get("consent_expires")) or self.expires,
        )

    def _day(self, cell: str | None) -> str | None:
        try:
            return cell and iso_day(cell, DATES[self.dates])
        except ValueError:
            raise Refused("consent.not_a_date", date=cell) from None


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
    multiple=True,
    default=(",".join(DEFAULT_SCOPES),),
    show_default=True,
    help="What is consented to, one at a time or separated by commas: analyse, keep_words, "
    "play_back, share.",
)
@click.option(
    "--expires", metavar="YYYY-MM-DD", help="Last valid day (default: one year from today)."
)
@date_format_option
@library_option
def grant(
    recording: Path | None,
    manifest: Path | None,
    library: Path | None,
    scope: tuple[str, ...],
    **options: str | None,
) -> int:
    """Write the consent record beside a recording.

    Sessions made from the recording follow at once: words or sound not covered are erased. In a
    manifest, the columns consent_by, consent_scopes and consent_expires override the options.
    """
    from prosody.store.library import root

    if (recording is None) == (manifest is None):
        raise Refused("consent.recording_or_manifest")
    asked = _Asked(
        options["by"],
        ",".join(scope),
        options["expires"],
        str(options["date_format"]),
    )
    if manifest is not None:
        return _grant_all(manifest, asked, root(library))
    if recording is None or asked.by is None:
        raise click.UsageError("Missing option '--by'.")
    made = asked.grant(recording)
    print_message("command.consent_granted", scopes=made.scopes, until=made.expires_on)
    return _followed(root(library), made.sha256)


def _scopes(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace(";", ",").split(",") if part.strip())


def _grant_all(manifest: Path, asked: _Asked, own: Path) -> int:
    """Grant consent for every recording of a manifest; one that cannot be is told by its row."""
    from prosody.batch.manifest import jobs_of

    jobs = jobs_of(manifest, dates=None)
    for job in jobs:
        if asked.by is None and "consent_by" not in job.consent:
            raise Refused("consent.row_without_code", file=str(manifest), row=job.row)
    made, of = 0, 0
    for job in jobs:
        for path in (job.recording, *job.more):
            of += 1
            try:
                given = asked.grant(path, job.consent)
            except Refused as refusal:
                complain(_of_row(refusal, manifest, job, asked.dates))
                continue
            made += _followed(own, given.sha256) == 0
    print_message("command.consents_granted", n=made, of=of)
    return 0 if made == of else 3


def _of_row(refusal: Refused, manifest: Path, job: "Job", form: str) -> Message:
    """Say what is wrong with a row: of a cell its column, and not what stands there."""
    column, why = {
        "consent.no_code": ("consent_by", message("consent.cell_no_code")),
        "consent.unknown_scope": ("consent_scopes", message("consent.cell_scopes", known=SCOPES)),
        "consent.no_scope": ("consent_scopes", message("consent.cell_scopes", known=SCOPES)),
        "consent.not_a_date": ("consent_expires", message("batch.no_date", form=form)),
        "consent.date_passed": ("consent_expires", message("consent.cell_passed")),
    }.get(refusal.code, ("", refusal.message))
    if column not in job.consent:
        return message("batch.failed_row", row=job.row, reason=str(refusal))
    return message("batch.bad_cell", file=str(manifest), row=job.row, column=column, why=why)


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

    others = sorted(set(map(Path, register.libraries())) - {real(own)})
    first = [own.absolute()] if Library(own).begun else []
    return follow((*first, *others), sha256, erases=_erases(sha256))


def _erases(sha256: str) -> bool:
    """Whether what was said last of a recording takes something away that was allowed before."""
    told = [event for event in register.history(sha256) if event.what != register.FORGOTTEN]
    if not told or told[-1].what == register.WITHDRAWN:
        return True
    now, before = told[-1], [event for event in told[:-1] if event.what == register.GRANTED]
    return any(set(event.scopes) - set(now.scopes) for event in before)
