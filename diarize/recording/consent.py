"""Who allowed what: consent records, and the only door to a recording.

A consent record is a small JSON file beside the recording, ``NAME.EXT.consent.json``. It is
bound to the recording's content by its SHA-256, names the person who consented by a code and
never by name, and carries scopes and an expiry. :func:`admit` is the only maker of a
:class:`Recording`, and only a Recording can be decoded: no consent, no decoding.

The record beside the recording is what travels with it. What this machine was told last of the same
bytes stands in the register (`diarize.recording.register`) and counts for more: a record that comes
back from a backup revives nothing and widens nothing.
"""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from diarize.errors import Refused
from diarize.messages import Message, message
from diarize.recording import register
from diarize.recording.register import GRANTED, WITHDRAWN, Event
from diarize.runtime.atomic import sha256_of, write_whole

__all__ = [
    "SCOPES",
    "Consent",
    "Recording",
    "admit",
    "grant",
    "in_force",
    "read",
    "record_path",
    "withdraw",
]

SCOPES = ("analyse", "keep_words", "play_back", "share")
DEFAULT_SCOPES = ("analyse", "keep_words", "play_back")
_ADMITTED = object()  # handed to Recording by `admit` alone


@dataclass(frozen=True, slots=True)
class Consent:
    """What one person allowed for one recording.

    Parameters
    ----------
    sha256 : str
        Of the recording's bytes.
    given_by : str
        A code, not a name.
    given_on, expires_on : str
        ISO dates; the record is valid through `expires_on`.
    scopes : tuple of str
        Out of `SCOPES`.
    withdrawn_on : str or None
        ISO date of withdrawal.
    """

    sha256: str
    given_by: str
    given_on: str
    scopes: tuple[str, ...]
    expires_on: str
    withdrawn_on: str | None = None

    def problem(self, today: date, *, scope: str = "analyse") -> Message | None:
        """Say in a few words why this record does not allow `scope` today, or None."""
        if self.withdrawn_on is not None:
            return message("consent.withdrawn", on=self.withdrawn_on)
        if today > date.fromisoformat(self.expires_on):
            return message("consent.expired", on=self.expires_on)
        if scope not in self.scopes:
            return message("consent.not_covered", scope=scope)
        return None


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording somebody consented to; made by :func:`admit` alone."""

    path: Path
    sha256: str
    consent: Consent
    admitted: object = None

    def __post_init__(self) -> None:
        if self.admitted is not _ADMITTED:
            raise TypeError("only consent.admit makes a Recording")


def record_path(recording: Path) -> Path:
    """Where the consent record of a recording is kept."""
    return recording.with_name(recording.name + ".consent.json")


def read(recording: Path) -> Consent | None:
    """Read the consent record beside a recording; None where there is none.

    Raises
    ------
    Refused
        If the record is there but is not a valid one.
    """
    path = record_path(recording)
    try:
        fields = json.loads(path.read_text("utf-8"))
        consent = Consent(**{**fields, "scopes": tuple(fields["scopes"])})
        date.fromisoformat(consent.given_on)
        date.fromisoformat(consent.expires_on)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError):
        raise Refused("consent.unreadable", file=str(path)) from None
    return consent


def grant(
    recording: Path,
    *,
    by: str,
    scopes: tuple[str, ...] = DEFAULT_SCOPES,
    expires_on: str | None = None,
    today: date | None = None,
) -> Consent:
    """Write the consent record of a recording and return it.

    Parameters
    ----------
    recording : Path
        The recording; its content is hashed into the record.
    by : str
        The code of the person who consented.
    scopes : tuple of str
        Out of `SCOPES`; 'analyse' is what any processing needs.
    expires_on : str or None
        ISO date; None is one year from today.

    Raises
    ------
    Refused
        On an unknown scope, an empty code, a date that is none or has passed, or a file that
        cannot be read or written.
    """
    today = today or register.today()
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown:
        raise Refused("consent.unknown_scope", scopes=unknown, known=SCOPES)
    if not scopes:
        raise Refused("consent.no_scope", known=SCOPES)
    if not by.strip():
        raise Refused("consent.no_code")
    try:
        expires = date.fromisoformat(expires_on) if expires_on else today + timedelta(days=365)
    except ValueError:
        raise Refused("consent.not_a_date", date=expires_on) from None
    if expires < today:
        raise Refused("consent.date_passed", date=expires_on)
    ordered = tuple(scope for scope in SCOPES if scope in scopes)
    consent = Consent(
        sha256_of(recording), by.strip(), today.isoformat(), ordered, expires.isoformat()
    )
    _say(consent)
    _write(record_path(recording), consent)
    return consent


def withdraw(recording: Path, *, today: date | None = None) -> Consent:
    """Mark the consent of a recording as withdrawn, for good, and return the record.

    Raises
    ------
    Refused
        If there is no record to withdraw.
    """
    consent = read(recording)
    if consent is None:
        raise Refused("consent.nothing_to_withdraw", file=str(recording))
    if consent.withdrawn_on is None:
        consent = replace(consent, withdrawn_on=(today or date.today()).isoformat())
    known = register.latest(consent.sha256)
    if known is None or known.what != WITHDRAWN:  # before anything is erased because of it
        register.say(Event(WITHDRAWN, consent.sha256, consent.given_by))
    _write(record_path(recording), consent)
    return consent


def in_force(kept: Consent) -> Consent:
    """Give the consent that counts: a record's own, or what this machine was told later.

    Parameters
    ----------
    kept : Consent
        As a record beside a recording has it.
    """
    known = register.latest(kept.sha256)
    if known is None:
        return kept
    if known.what == WITHDRAWN:
        # Given anew elsewhere, on a later day; on the same day it is told to this machine.
        later = kept.given_on > known.at[:10]
        return kept if later else replace(kept, withdrawn_on=kept.withdrawn_on or known.at[:10])
    if kept.withdrawn_on is not None or kept.given_on > known.given_on:
        return kept
    return Consent(kept.sha256, known.by, known.given_on, known.scopes, known.expires_on)


def _say(consent: Consent) -> None:
    """Tell the register of a consent that it does not know as the last."""
    known = register.latest(consent.sha256)
    told = Event(
        GRANTED,
        consent.sha256,
        consent.given_by,
        consent.given_on,
        consent.scopes,
        consent.expires_on,
    )
    if known is None or replace(known, at="") != told:
        register.say(told)


def admit(path: Path, *, today: date | None = None) -> Recording:
    """Admit a recording for analysis if its consent allows it.

    Raises
    ------
    Refused
        If there is no valid consent record for exactly these bytes; the line names the
        command that grants one.
    """
    sha256 = sha256_of(path)
    kept = read(path)
    if kept is None:
        raise Refused("consent.missing", file=str(path))
    if kept.sha256 != sha256:
        raise Refused("consent.other_audio", file=str(path))
    consent = in_force(kept)
    problem = consent.problem(today or register.today())
    if problem is not None:
        raise Refused("consent.not_valid", file=str(path), problem=problem)
    with suppress(Refused):  # a register that cannot be written forbids nothing it did not know
        _say(consent)
    return Recording(path, sha256, consent, _ADMITTED)


def _write(path: Path, consent: Consent) -> None:
    plain = {**asdict(consent), "scopes": list(consent.scopes)}
    write_whole(path, json.dumps(plain, indent=2) + "\n")
