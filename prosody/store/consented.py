"""What consents say of the recordings in a library: its own history, and what this machine knows.

Conventions
-----------
A library keeps the history of consents of its recordings, so that it travels with them; the
register (`diarize.recording.register`) is what this machine was told, of any recording. Whatever
was said last counts. A session that was saved before its consent was withdrawn, or before it was
forgotten, must not be there, whatever was granted later: it came back from a copy.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select, union

from diarize.errors import Refused
from diarize.recording import register, wholes
from diarize.recording.register import FORGOTTEN, GRANTED, WITHDRAWN, Event
from prosody.report.model import ConsentFacts
from prosody.store import parts
from prosody.store.schema import consent_scopes, consents, meta, sessions, tombstones
from prosody.store.schema import parts as parts_table

__all__ = [
    "UP_TO",
    "ahead",
    "allowed",
    "allowed_now",
    "buried",
    "bury",
    "facts",
    "followed",
    "get_meta",
    "given_by",
    "grant",
    "last_of_all",
    "mark_day",
    "name_of",
    "now",
    "outrun",
    "pull",
    "put_meta",
    "today",
    "withdrawn_elsewhere",
]

UP_TO = "register"  # the fact that says how far a library has followed the register
_OWN = [f.name for f in fields(Event) if f.name not in ("session_id", "scopes")]
_TIMES = (consents.c.at, sessions.c.saved_at)  # that a machine wrote by its own clock
_COLUMNS = [consents.c[name] for name in _OWN]


def history(held: Connection, sha256: str) -> tuple[Event, ...]:
    """Give all that is known of a recording, oldest first."""
    own = _said(held, consents.c.sha256 == sha256)
    every = {_order(e): e for e in (*own, *register.history(sha256))}
    return tuple(every[at] for at in sorted(every))


def _said(held: Connection, which: ColumnElement[bool]) -> Iterator[Event]:
    """Read rows, but grants of a day to come: nobody can have said them."""
    to_come = _to_come()
    covered = _covered(held, which)
    for number, *values in held.execute(select(consents.c.n, *_COLUMNS).where(which)):
        event = _event(values, covered.get(number, ()))
        if event.what != GRANTED or event.at < to_come:
            yield event


def _to_come() -> str:
    """Give the time from which on nobody can have said anything.

    Two days are allowed for, at whatever hour it is: another machine has its own clock.
    """
    day = datetime.combine(register.today(), time.min, UTC)
    return _written(max(datetime.now(UTC), day) + timedelta(days=2))


def _order(told: Event) -> tuple[str, str]:
    return told.at, told.what


def _covered(held: Connection, which: ColumnElement[bool]) -> dict[int, tuple[str, ...]]:
    """Give the scopes of consents, by their numbers."""
    same = consent_scopes.c.consent.in_(select(consents.c.n).where(which))
    asked = select(consent_scopes.c.consent, consent_scopes.c.scope).where(same)
    found: dict[int, tuple[str, ...]] = {}
    for number, scope in held.execute(asked.order_by(consent_scopes.c.consent, consent_scopes.c.n)):
        found[number] = (*found.get(number, ()), _text(scope))
    return found


def _event(values: Iterable[object], scopes: tuple[str, ...]) -> Event:
    """Read values of `_COLUMNS`; a database put in this one's place may hold anything."""
    plain: dict[str, Any] = dict(zip(_OWN, map(_text, values), strict=True))
    return Event(**plain, scopes=scopes)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def facts(held: Connection, sha256: str, session_id: str) -> ConsentFacts:
    """Give what the consent of a session's recording covers now, of several files that of all.

    Raises
    ------
    Refused
        If it was withdrawn, or nothing is known of one.
    """
    last = {one: event for one in parts.each(held, sha256) if (event := _latest(held, one))}
    if sha256 not in last:
        raise Refused("library.no_consent", session=session_id)
    told = _least(last[sha256], last.values())
    if told.what == WITHDRAWN:
        raise Refused("library.withdrawn", session=session_id, on=told.at[:10])
    if told.what != GRANTED:
        raise Refused("library.no_consent", session=session_id)
    try:
        return ConsentFacts(told.scopes, date.fromisoformat(told.expires_on).isoformat())
    except ValueError:  # what nobody can read allows nothing
        raise Refused("library.no_consent", session=session_id) from None


def _latest(held: Connection, sha256: str) -> Event | None:
    told = [event for event in history(held, sha256) if event.what != FORGOTTEN]
    return told[-1] if told else None


def _least(own: Event, every: Iterable[Event]) -> Event:
    """Give what was said last of a session so far as what was said last of its files allows it.

    Parameters
    ----------
    own : Event
        Of the session.
    every : iterable of Event
        Of the session and of each of its files.
    """
    least = own
    for told in every:
        if told.what == WITHDRAWN:
            return replace(told, sha256=own.sha256)
        if least.what == GRANTED == told.what:
            scopes = tuple(scope for scope in least.scopes if scope in told.scopes)
            until = min(least.expires_on, told.expires_on)
            least = replace(least, scopes=scopes, expires_on=until)
    return least


def allowed(held: Connection, sha256: str, session_id: str, day: date | None) -> ConsentFacts:
    """Give what the consent covers, if it allows anything on a day.

    Raises
    ------
    Refused
        As of `facts`, and if it has expired.
    """
    found = facts(held, sha256, session_id)
    if (day or today(held)).isoformat() > found.expires_on:
        raise Refused("library.consent_expired", session=session_id, on=found.expires_on)
    return found


def today(held: Connection) -> date:
    """Give today, or the latest day that this machine or this library has seen."""
    seen = get_meta(held, "latest_day")
    try:
        return max(register.today(), date.fromisoformat(seen or ""))
    except ValueError:  # none yet, or somebody altered it: this machine's own ledger counts
        return register.today()


def mark_day(held: Connection) -> None:
    """Keep the day, so that a clock set back makes nothing valid again."""
    put_meta(held, "latest_day", today(held).isoformat())


def put_meta(held: Connection, name: str, value: str) -> None:
    """Set a fact about the library."""
    known = get_meta(held, name)
    if known is None:
        held.execute(insert(meta), {"name": name, "value": value})
    elif known != value:
        held.execute(meta.update().where(meta.c.name == name).values(value=value))


def get_meta(held: Connection, name: str) -> str | None:
    """Give a fact about the library."""
    value: object = held.execute(select(meta.c.value).where(meta.c.name == name)).scalar()
    return value if value is None or isinstance(value, str) else ""  # SQLite holds bytes in it too


def grant(held: Connection, sha256: str, given: ConsentFacts, at: str) -> None:
    """Take what a report says of its consent into a history that knows nothing of it."""
    if not [e for e in history(held, sha256) if e.what != FORGOTTEN]:
        _add(held, Event(GRANTED, sha256, "", at[:10], given.scopes, given.expires_on, at=at))


def pull(held: Connection, sha256: str) -> None:
    """Copy what this machine knows of a recording, and of its files, into the library's history."""
    parts.keep(held, sha256, wholes.parts(sha256))
    for one in parts.each(held, sha256):
        _pull(held, one)


def _pull(held: Connection, sha256: str) -> None:
    known = held.execute(
        select(consents.c.at, consents.c.what).where(consents.c.sha256 == sha256)
    ).all()
    for event in register.history(sha256):
        if event.what != FORGOTTEN and (event.at, event.what) not in known:
            _add(held, event)


def _add(held: Connection, event: Event) -> None:
    plain = {name: getattr(event, name) for name in _OWN}
    (number,) = held.execute(insert(consents).values(plain)).inserted_primary_key or (0,)
    rows = [{"consent": number, "n": n, "scope": s} for n, s in enumerate(event.scopes, 1)]
    if rows:
        held.execute(insert(consent_scopes), rows)


def bury(held: Connection, sha256: str, session_id: str | None, at: str) -> None:
    """Add a tombstone, unless it is there."""
    same = (
        tombstones.c.sha256 == sha256,
        tombstones.c.session_id.is_(session_id)
        if session_id is None
        else tombstones.c.session_id == session_id,
        tombstones.c.at >= at,
    )
    if held.execute(select(tombstones.c.n).where(*same)).first() is None:
        held.execute(insert(tombstones), {"sha256": sha256, "session_id": session_id, "at": at})


def buried(held: Connection, sha256: str, session_id: str, saved_at: str) -> str | None:
    """Say when a session that was saved at a time was withdrawn or forgotten since, if it was."""
    known = [e for one in parts.each(held, sha256) for e in register.history(one)]
    told = [e for e in known if e.what in (WITHDRAWN, FORGOTTEN)]
    mine = name_of(held, session_id)
    every = [e.at for e in told if e.what == WITHDRAWN or e.session_id == mine]
    rows = held.execute(select(tombstones).where(tombstones.c.sha256 == sha256)).all()
    every += [row.at for row in rows if row.session_id in (None, session_id)]
    since = [at for at in every if at > saved_at]
    return max(since, default=None)


def name_of(held: Connection, session_id: str) -> str:
    """Give what the register calls a session: ids of sessions repeat from library to library."""
    return f"{get_meta(held, 'library')} {session_id}"


def now(sha256: str) -> str:
    """Give the time, in UTC, no earlier than all that this machine was told of a recording."""
    told = [event.at for event in register.history(sha256)]
    return max([_written(datetime.now(UTC)), *told])


def _written(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def ahead(held: Connection) -> str | None:
    """Give the latest time in the library, if this machine has seen none as late."""
    seen = _seen()
    latest = (
        held.execute(select(func.max(at)).where(at > seen, at < _to_come())).scalar()
        for at in _TIMES
    )
    return max((at for at in latest if isinstance(at, str)), default=None)


def outrun(held: Connection) -> Iterator[Event]:
    """Give what this machine was told of recordings that the library has a later row of.

    Of each thing that was said the last, in order.
    """
    seen = _seen()
    late = union(*(select(at.table.c.sha256).where(at > seen) for at in _TIMES))
    for sha256 in held.execute(late).scalars().all():
        last = {(event.what, event.session_id): event for event in register.history(sha256)}
        yield from sorted(last.values(), key=_order)


def _seen() -> str:
    """Give the latest time that this machine knows of."""
    return max(_written(datetime.now(UTC)), register.latest_time())


def withdrawn_elsewhere(held: Connection) -> Iterator[Event]:
    """Give withdrawals that the library knows of and this machine was not told, the last said."""
    known = held.execute(select(consents.c.sha256).where(consents.c.what == WITHDRAWN).distinct())
    for sha256 in known.scalars().all():
        here = register.latest(sha256)
        last = max(_said(held, consents.c.sha256 == sha256), key=_order)
        if last.what == WITHDRAWN and (here is None or _order(here) < _order(last)):
            yield last


def allowed_now(held: Connection) -> dict[str, ConsentFacts]:
    """Give what may be used today, for every recording at once, by its hash."""
    last = _last_said(held)
    for event in register.news(followed(held)):  # what this library has not followed yet
        known = last.get(event.sha256)
        if known is not None and event.what != FORGOTTEN and _order(event) >= _order(known):
            last[event.sha256] = event
    day = today(held).isoformat()
    return {
        sha256: ConsentFacts(told.scopes, told.expires_on)
        for sha256, told in _of_all_files(held, last).items()
        if told.what == GRANTED and told.expires_on >= day
    }


def followed(held: Connection) -> int:
    """Give the last event of this machine's register that the library has followed."""
    match _plain(get_meta(held, UP_TO)):  # what another put there may be anything
        case [int(number), str(digest)] if number.bit_length() < 64 and register.holds(
            number, digest
        ):
            return number
    return 0


def _plain(text: str | None) -> object:
    try:
        return json.loads(text or "[]")
    except (ValueError, RecursionError):
        return []


def last_of_all(held: Connection, *rules: ColumnElement[bool]) -> dict[str, Event]:
    """Give the last that the library knows of the recordings of its sessions, by their hashes.

    Said last, not written last: what another machine was told may come in later than it was said.
    """
    return _of_all_files(held, _last_said(held, *rules))


def _of_all_files(held: Connection, last: dict[str, Event]) -> dict[str, Event]:
    """Let what was said of a file count for the sessions that it is a part of."""
    least = {}
    for whole, files in parts.every(held).items():
        if whole in last:
            least[whole] = _least(last[whole], [last[one] for one in files if one in last])
    return last | least


def _last_said(held: Connection, *rules: ColumnElement[bool]) -> dict[str, Event]:
    """Give the last that the library knows of recordings and of their files, each by itself."""
    own = select(sessions.c.sha256).where(*rules)
    of_several = select(parts_table.c.part).where(parts_table.c.whole.in_(own))
    last: dict[str, Event] = {}
    for event in _said(held, consents.c.sha256.in_(own) | consents.c.sha256.in_(of_several)):
        known = last.get(event.sha256)
        if known is None or _order(event) >= _order(known):
            last[event.sha256] = event
    return last


def given_by(told: Event | None) -> ConsentFacts | None:
    """Give what the last event of a recording allows; None where it allows nothing."""
    if told is None or told.what != GRANTED:
        return None
    return _given(told.scopes, told.expires_on)


@lru_cache(maxsize=256)  # of scopes and days, of no session
def _given(scopes: tuple[str, ...], expires_on: str) -> ConsentFacts:
    return ConsentFacts(scopes, expires_on)
