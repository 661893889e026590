"""A library encrypted: every session sealed with a key of its own, one after another.

Conventions
-----------
The library's key is made and kept first; from then on new sessions are sealed. Those that are there
follow one by one, each whole or not at all, so that a run that is killed is taken up by the next;
so do enrolled voices. At the end the database is written anew, so that no byte of what was plain
stays in it, and the tables that batches wrote into the library go; other files in it stay. That it
was begun stands in the database until then: a run that was killed is finished by whichever command
comes next and has the key at hand (`prosody.store.settling`). The library's key can be changed, and
the passphrase with it; a library is not decrypted again.
"""

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, Select, Table, select, update

from diarize.errors import Refused
from diarize.runtime.atomic import make_durable
from prosody.store import audit, consented, keys, saving, voices
from prosody.store.schema import comments, corrections, ratings, sessions, voice_keys, words
from prosody.store.sealing import new_key, opened, sealed
from prosody.store.tabling import TABLES

if TYPE_CHECKING:
    from prosody.store.library import Library

__all__ = ["UNDER_WAY", "change_key", "encrypt", "go_on"]

UNDER_WAY = "sealing"  # the fact that says that sealing was begun; empty once all of it is done
_BODIES = (words, corrections, comments, ratings)


def encrypt(library: "Library", *, keyring: bool = False) -> int:
    """Encrypt a library; gives how many sessions were sealed by this run.

    Raises
    ------
    Refused
        If there is no passphrase or keyring, it is another than before, or something could not be
        sealed; all else is.
    """
    with library.locked():
        with library.database.reading() as held:
            begun = consented.get_meta(held, saving.SEAL)
        if begun is None:
            kept = keys.made(library.folder, keyring=keyring)[1]
        else:  # who gives another passphrase must not take it for the one that opens it
            keys.opened_key(library.folder, kept := begun)
        with library.database.writing() as held:
            consented.put_meta(held, UNDER_WAY, "yes")
            if begun is None:
                consented.put_meta(held, saving.SEAL, kept)
                audit.told(held, "encrypted")
        _seal_all(library)
    return len(library.sealed)


def change_key(library: "Library", *, keyring: bool = False) -> None:
    """Give an encrypted library another key, under another passphrase or in the keyring.

    The keys of sessions and voices are sealed with it in one transaction, so that a kill leaves the
    old passphrase or the new, and never both; what is left of the old in the file is taken out
    after that, by the next command if need be. What is sealed with these keys stays as it is.

    Raises
    ------
    Refused
        If it is not encrypted, its key is not at hand, there is no other passphrase or no keyring,
        or it cannot be written; or something of the old is still in the file, and it says so.
    """
    with library.locked():
        with library.database.reading() as held:
            before = consented.get_meta(held, saving.SEAL)
        if before is None:
            raise Refused("library.not_encrypted", folder=str(library.folder))
        old = keys.opened_key(library.folder, before)
        new, kept = keys.made(library.folder, keyring=keyring, anew=True)
        try:
            with library.database.writing() as held:
                _seal_keys(held, old, new)
                consented.put_meta(held, saving.SEAL, kept)
                consented.put_meta(held, UNDER_WAY, "yes")
                audit.told(held, "key changed")
        except BaseException:
            keys.dropped(kept)
            raise
        keys.dropped(before)
        try:
            _seal_all(library)
        except Refused as refusal:  # whoever reads this must not believe that the old one counts
            raise Refused("library.key_changed_but", why=refusal.message) from None


def _seal_keys(held: Connection, old: bytes, new: bytes) -> None:
    """Seal every session's and voice's key with another; one that cannot be opened stays closed."""
    own = [(sessions, row, row.session_id) for row in held.execute(_sealed(sessions))]
    of_voices = held.execute(_sealed(voice_keys))
    own += [(voice_keys, row, voices.fact(row.name, row.at)) for row in of_voices]
    for table, row, about in own:
        with suppress(ValueError, TypeError):
            again = sealed(new, opened(old, row.sealed_key, about), about)
            mine = [column == getattr(row, column.name) for column in table.primary_key]
            held.execute(update(table).where(*mine).values(sealed_key=again))


def _sealed(table: Table) -> Select[Any]:
    return select(table).where(table.c.sealed_key.is_not(None))


def go_on(library: "Library") -> Refused | None:
    """Finish an encryption that was begun, and give what stopped it; the library is held.

    Where the key is not at hand or the disk is full nothing of it is lost: the next command tries.
    """
    with library.database.reading() as held:
        begun = consented.get_meta(held, UNDER_WAY)
    if begun:
        try:
            _seal_all(library)
        except Refused as refusal:
            return refusal
    return None


def _seal_all(library: "Library") -> None:
    """Seal what is plain, and leave no byte of that; a damaged session keeps no other plain."""
    with library.database.reading() as held:
        plain = held.execute(select(sessions).where(sessions.c.sealed_key.is_(None))).all()
    damaged = None
    for row in plain:
        try:
            with library.readable("entry", row.session_id):
                _seal(library, row)
        except Refused as refusal:
            if refusal.code != "library.entry_unreadable":
                raise
            damaged = damaged or refusal
            continue
        library.sealed.append(row.session_id)
    voices.seal_all(library)
    library.database.vacuum()
    if not library.database.scrub():
        raise Refused("library.still_read", folder=str(library.folder))
    _drop_tables(library)
    with library.database.writing() as held:
        consented.put_meta(held, UNDER_WAY, "")
    if damaged is not None:
        raise damaged


def _drop_tables(library: "Library") -> None:
    """Take away the tables that the program wrote: figures of sessions, and never sealed."""
    try:
        for name in TABLES:
            (library.folder / f"{name}.csv").unlink(missing_ok=True)
        make_durable(library.folder)
    except OSError as error:
        folder, why = str(library.folder), error.strerror
        raise Refused("library.cannot_write", folder=folder, why=why) from None


def _seal(library: "Library", row: Row[Any]) -> None:
    key, session_id = new_key(), row.session_id
    with library.database.reading() as held:
        wrapped = sealed(saving.library_key(library, held), key, session_id)
        names = saving.names_of(held, session_id)
    kept = [name for name in names if name != "report.html"]
    made = {name: saving.copying(library, session_id, name) for name in kept}

    def change(held: Any) -> None:
        mine = sessions.c.session_id == session_id
        held.execute(update(sessions).where(mine).values(sealed_key=wrapped))
        for table in _BODIES:
            for n, body in held.execute(
                select(table.c.n, table.c.body).where(table.c.session_id == session_id)
            ).all():
                one = (table.c.session_id == session_id) & (table.c.n == n)
                if body is not None:
                    body = sealed(key, bytes(body), "body")
                    held.execute(update(table).where(one).values(body=body))

    saving.put_files(library, session_id, key, made, change, plain_gone=names)
