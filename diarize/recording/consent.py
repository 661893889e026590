"""Who allowed what: consent records, written, read and withdrawn.

A consent record is a small JSON file beside the recording, ``NAME.EXT.consent.json``. It is
bound to the recording's content by its SHA-256, names the person who consented by a code and
never by name, and carries scopes and an expiry. Whether a recording may be decoded under it is
decided in `diarize.recording.admission`.

The record beside the recording is what travels with it. What this machine was told last of the same
bytes stands in the register (`diarize.recording.register`) and counts for more: a record that comes
back from a backup revives nothing and widens nothing.
"""

import errno
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from diarize.errors import Refused
from diarize.messages import Message, message
from diarize.recording import register
from diarize.recording.register import GRANTED, WITHDRAWN, Event
from diarize.recording.wholes import parts, wholes
from diarize.runtime.atomic import read_small, sha256_of, write_whole

__all__ = [
    "SCOPES",
    "Consent",
    "common",
    "grant",
    "in_force",
    "is_code",
    "proper",
    "read",
    "record_path",
    "tell",
    "tell_wholes",
    "withdraw",
]

SCOPES = ("analyse", "keep_words", "play_back", "share")
DEFAULT_SCOPES = ("analyse", "keep_words", "play_back")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_UNNAMED = "unnamed"


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


def is_code(text: str) -> bool:
    """Whether a text may stand for a person: a code without spaces, so no first and last name."""
    return _CODE.fullmatch(text) is not None


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
    _check_name(recording)
    try:
        if not path.exists():
            return None
        consent = _checked(**json.loads(read_small(path)))
    except (OSError, ValueError, TypeError, KeyError, RecursionError):  # what is refused is too
        raise Refused("consent.unreadable", file=str(path)) from None
    return consent


def proper(given: Consent) -> Consent:
    """Hold a consent that a program made to what the command that grants one asks.

    Raises
    ------
    Refused
        If it names somebody by more than a code, a day that is none, or a scope nobody knows.
    """
    scopes = (given.scopes,) if isinstance(given.scopes, str) else tuple(given.scopes)
    _check_scopes(scopes)
    if not all(map(is_code, str(given.given_by).split(", "))):
        raise Refused("consent.given_by_no_code")
    withdrawn = None if given.withdrawn_on is None else _day(given.withdrawn_on)
    days = _day(given.given_on), scopes, _day(given.expires_on), withdrawn
    return Consent(str(given.sha256).lower(), given.given_by, *days)


def _day(given: object) -> str:
    """Write a day, a text or a date, in the one way in which days can be compared."""
    try:
        return date.fromisoformat(str(given)).isoformat()
    except ValueError:
        raise Refused("consent.not_a_date", date=str(given)) from None


def _check_scopes(scopes: Sequence[str]) -> None:
    unknown = [str(scope) for scope in scopes if scope not in SCOPES]
    if unknown:
        raise Refused("consent.unknown_scope", scopes=unknown, known=SCOPES)
    if not scopes:
        raise Refused("consent.no_scope", known=SCOPES)


def _checked(
    *,
    sha256: str,
    given_by: str,
    given_on: str,
    scopes: list[str],
    expires_on: str,
    withdrawn_on: str | None = None,
) -> Consent:
    """Make a consent of what a file holds; raises TypeError or ValueError where it is none.

    Days are written in one way, so that they can be compared, and a scope that nobody knows allows
    nothing and is not kept.
    """
    if not isinstance(given_by, str) or not isinstance(scopes, list):
        raise TypeError("no consent")
    given_by.encode()
    return Consent(
        bytes.fromhex(sha256).hex(),
        given_by,
        date.fromisoformat(given_on).isoformat(),
        tuple(scope for scope in SCOPES if scope in scopes),
        date.fromisoformat(expires_on).isoformat(),
        None if withdrawn_on is None else date.fromisoformat(withdrawn_on).isoformat(),
    )


def _check_name(recording: Path) -> None:
    """Refuse a recording whose name leaves no room for that of a record beside it."""
    try:
        record_path(recording).exists()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise Refused("consent.name_too_long", file=str(recording)) from None


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
        On an unknown scope, no code, a date that is none or has passed, or a file that
        cannot be read or written.
    """
    today = today or register.today()
    _check_scopes(scopes)
    if not is_code(by.strip()):
        raise Refused("consent.no_code")
    try:
        expires = date.fromisoformat(expires_on) if expires_on else today + timedelta(days=365)
    except ValueError:
        raise Refused("consent.not_a_date", date=expires_on) from None
    if expires < today:
        raise Refused("consent.date_passed", date=expires_on)
    _check_name(recording)  # before the register is told
    ordered = tuple(scope for scope in SCOPES if scope in scopes)
    consent = Consent(
        sha256_of(recording), by.strip(), today.isoformat(), ordered, expires.isoformat()
    )
    tell(consent)
    tell_wholes(consent.sha256)
    _write(record_path(recording), consent)
    return consent


def withdraw(recording: Path, *, today: date | None = None) -> Consent:
    """Mark the consent of a recording as withdrawn, for good, and return the record.

    Raises
    ------
    Refused
        If there is no record to withdraw.
    """
    consent = _to_withdraw(recording)
    if consent.withdrawn_on is None:
        consent = replace(consent, withdrawn_on=(today or register.today()).isoformat())
    _say_withdrawn(consent.sha256, consent.given_by)  # before anything is erased because of it
    tell_wholes(consent.sha256)
    _write(record_path(recording), consent)
    return consent


def _to_withdraw(recording: Path) -> Consent:
    """Read a record, or what this machine knows where it is lost, damaged or of other bytes."""
    damaged = None
    try:
        kept = read(recording)
    except Refused as refusal:
        kept, damaged = None, refusal
    try:
        sha256 = sha256_of(recording)
    except Refused:
        if kept is None:
            raise
        return kept  # the recording is gone: its record says which it was
    known = register.latest(sha256)
    if kept is not None and (known is None or kept.sha256 == sha256):
        return kept
    if known is None:
        raise damaged or Refused("consent.nothing_to_withdraw", file=str(recording))
    day = register.today().isoformat()
    return Consent(sha256, known.by, known.given_on or day, known.scopes, known.expires_on or day)


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
        later = _given_after(kept, known.at[:10])
        return kept if later else replace(kept, withdrawn_on=kept.withdrawn_on or known.at[:10])
    if kept.withdrawn_on is not None or _given_after(kept, known.given_on):
        return kept
    return _of_event(known)


def _given_after(kept: Consent, day: str) -> bool:
    """Whether a consent was given on a later day; on one to come nobody can have given it."""
    return day < kept.given_on <= register.today().isoformat()


def tell(consent: Consent) -> None:
    """Tell the register of a consent that it does not know as the last.

    A name in a record that somebody wrote by hand stays there: the register keeps codes alone.
    """
    known = register.latest(consent.sha256)
    told = Event(
        GRANTED,
        consent.sha256,
        _coded(consent.given_by),
        consent.given_on,
        consent.scopes,
        consent.expires_on,
    )
    if known is None or replace(known, at="") != told:
        register.say(told)


def _coded(by: str) -> str:
    """Give the code, or the codes of several, and no name."""
    return by if all(map(is_code, by.split(", "))) else _UNNAMED


def _say_withdrawn(sha256: str, by: str) -> None:
    """Tell the register of a withdrawal, once."""
    known = register.latest(sha256)
    if known is None or known.what != WITHDRAWN:
        register.say(Event(WITHDRAWN, sha256, _coded(by)))


def tell_wholes(part: str) -> None:
    """Tell the register what a file's consent means for the sessions it is a part of."""
    for whole in wholes(part):
        told = [e for p in parts(whole) if (e := register.latest(p)) is not None]
        gone = next((event for event in told if event.what == WITHDRAWN), None)
        if gone is None:
            tell(common(whole, [_of_event(event) for event in told]))
        else:
            _say_withdrawn(whole, gone.by)


def _of_event(event: Event) -> Consent:
    return Consent(event.sha256, event.by, event.given_on, event.scopes, event.expires_on)


def common(sha256: str, consents: Sequence[Consent]) -> Consent:
    """Give what all of several consents allow, for as long as all do."""
    return Consent(
        sha256,
        ", ".join(sorted({consent.given_by for consent in consents})),
        max(consent.given_on for consent in consents),
        tuple(scope for scope in SCOPES if all(scope in consent.scopes for consent in consents)),
        min(consent.expires_on for consent in consents),
    )


def _write(path: Path, consent: Consent) -> None:
    plain = {**asdict(consent), "scopes": list(consent.scopes)}
    write_whole(path, json.dumps(plain, indent=2) + "\n")
