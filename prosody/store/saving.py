"""A session written and read: files and rows together, or neither.

Conventions
-----------
The library is held. Files are staged first; one transaction then writes the rows and says that the
files belong to the session; then they are put in their place (`prosody.store.folders`). In an
encrypted library files and texts are sealed with the session's own key on the way.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from diarize.errors import Refused
from diarize.messages import message
from diarize.runtime.stopping import undone_if_stopped
from prosody.findings import KEEP_WORDS
from prosody.report import codec
from prosody.report.model import SCHEMA, Report
from prosody.store import audit, consented, folders, intents, keys, parts, rows
from prosody.store.corrections import Correction
from prosody.store.record import Record, heard_text
from prosody.store.schema import corrections, files, sessions
from prosody.store.sealing import ENDING, SealedFile, new_key, opened, seal_file, sealed

if TYPE_CHECKING:
    from prosody.store.library import Library

__all__ = [
    "AGENDA",
    "PAGE",
    "SEAL",
    "body",
    "copying",
    "correction_rows",
    "corrections_of",
    "drop",
    "erase_stranger",
    "keep_corrections",
    "key_of",
    "library_key",
    "names_of",
    "plain_of",
    "put",
    "put_files",
    "read",
    "save",
    "text_in",
    "unlock",
    "write_text",
]

AGENDA = "agenda.json"
SEAL = "seal"  # the fact that says how the library's key is kept; there where it is encrypted
PAGE = "report.html"
_HEARD, _REPORT, _SOUND = "heard.json", "report.json", "audio.flac"
Writers = Mapping[str, Callable[[Path], None]]


def save(
    library: "Library",
    line: Mapping[str, Any],
    record: Record,
    report: Report,
    html: str | None,
    written: Writers,
    dropped: tuple[str, ...],
) -> None:
    """Save a session; see `prosody.store.library.Library.save`."""
    session_id, sha256 = line["session_id"], line["sha256"]
    with library.database.writing() as held:
        parts.keep(held, sha256, report.recording.sources)
        consented.pull(held, sha256)
        consented.grant(held, sha256, report.consent, consented.now(sha256))
        _covered(held, line, report, written)
        key = _session_key(library, held, session_id)
    texts = {_HEARD: heard_text(record), _REPORT: codec.to_json(report)}
    if html is not None and not key:  # a page is for other programs, which have no key
        texts[PAGE] = html
    dropped = (*dropped, PAGE) if html is None else dropped
    made = {name: partial(write_text, text) for name, text in texts.items()} | dict(written)

    def change(held: Connection) -> None:
        _covered(held, line, report, written)
        _line(held, library, line, key, fresh=bool(written))
        rows.renewed(held, session_id, rows.of_report(report, partial(body, key)))
        rows.renewed(held, session_id, {corrections: correction_rows(record.corrections, key)})
        covered = KEEP_WORDS in record.now.facts.consent.scopes
        there = report.conversation.texts or (covered and record.now.conversation.texts)
        facts = rows.facts_of(report)
        held.execute(update(sessions).where(_is(session_id)).values(words_kept=there, **facts))
        who = record.corrections[-1].by if record.corrections and not written else "user"
        audit.told(held, "analysed" if written else "corrected", session_id, who=who)

    put_files(library, session_id, key, made, change, dropped=dropped)


def write_text(text: str, to: Path) -> None:
    """Write a text into a file."""
    to.write_bytes(text.encode())  # the same bytes everywhere: no line ends of a system's own


def _covered(held: Connection, line: Mapping[str, Any], report: Report, written: Writers) -> None:
    """Refuse to save what the consent, as it was said last, does not cover."""
    given = consented.facts(held, line["sha256"], line["session_id"])
    kept = {KEEP_WORDS: report.conversation.texts, "play_back": _SOUND in written}
    if any(there and scope not in given.scopes for scope, there in kept.items()):
        raise Refused("library.consent_narrowed", session=line["session_id"])


def _line(
    held: Connection, library: "Library", line: Mapping[str, Any], key: bytes | None, *, fresh: bool
) -> None:
    """Write a session's line; its time of saving is that of its analysis."""
    session_id = line["session_id"]
    row = library.any_row(held, session_id)
    own: dict[str, Any] = dict(line)
    if fresh or row is None:
        own["saved_at"] = consented.now(line["sha256"])
    if row is None:
        wrapped = sealed(library_key(library, held), key, session_id) if key else None
        own |= {"stamp": 0, "words_kept": False, "sound_kept": False, "sealed_key": wrapped}
        held.execute(insert(sessions), own)
    else:
        held.execute(update(sessions).where(_is(session_id)).values(**own))


def put(library: "Library", session_id: str, made: Writers, *, same: bool = False) -> None:
    """Put files into a session that is there; `same` if who has it open need not look again."""
    with library.database.reading() as held:
        key = key_of(library, held, library.row_of(held, session_id))
    put_files(library, session_id, key, made, lambda held: None, same=same)


def put_files(
    library: "Library",
    session_id: str,
    key: bytes | None,
    made: Writers,
    change: Callable[[Connection], None],
    *,
    dropped: Sequence[str] = (),
    plain_gone: Sequence[str] = (),
    same: bool = False,
) -> None:
    """Stage files, say that they belong to the session, and put them in their place.

    Parameters
    ----------
    library, session_id
        Where.
    key : bytes or None
        What they are sealed with.
    made : mapping
        What writes each, by its name.
    change : callable
        Given the connection; what else changes in the same transaction.
    dropped, plain_gone : sequence of str
        Files that the session has no more; those that it has no more unsealed.
    same : bool
        Whether the session counts as unchanged.
    """
    token, folder = secrets.token_hex(8), library.folder
    waiting = {_named(name, key): _sealing(write, key, name) for name, write in made.items()}
    undo = partial(folders.remove, folder / (folders.UNFINISHED + token))
    said = False
    try:
        with undone_if_stopped(undo):
            staged = folders.stage(folder, token, waiting)
        with library.database.writing() as held:
            change(held)
            gone = [*(_named(name, key) for name in dropped), *plain_gone]
            _files(held, session_id, staged, gone, same=same)
            intents.to_place(held, session_id, token=token, dropped=gone)
        said = True
    except OSError as error:
        raise Refused("library.not_saved", folder=str(folder), why=error.strerror) from None
    finally:
        if not said:
            undo()
    library.finish()


def _named(name: str, key: bytes | None) -> str:
    return name + ENDING if key else name


def _sealing(write: Callable[[Path], None], key: bytes | None, name: str) -> Callable[[Path], None]:
    """Make a writer that leaves what another writes sealed."""
    if key is None:
        return write

    def writing(to: Path) -> None:
        plain = to.with_name(name)
        try:
            write(plain)
            with plain.open("rb") as file:
                seal_file(key, file, plain.stat().st_size, to, name)
        finally:
            plain.unlink(missing_ok=True)

    return writing


def _files(
    held: Connection,
    session_id: str,
    staged: Iterable[tuple[str, int, str]],
    gone: Sequence[str],
    *,
    same: bool = False,
) -> None:
    """Keep which files a session has, and what each holds."""
    own = held.execute(select(files).where(files.c.session_id == session_id))
    rest = [row for row in own if isinstance(row.name, str) and row.name not in gone]
    known = {row.name: (row.bytes, row.sha256) for row in rest}
    known |= {name: (size, digest) for name, size, digest in staged}
    made = [
        {"n": n, "name": name, "bytes": size, "sha256": digest}
        for n, (name, (size, digest)) in enumerate(sorted(known.items()), 1)
    ]
    rows.renewed(held, session_id, {files: made})
    sound = any(name.startswith(_SOUND) for name in known)
    change = {"stamp": sessions.c.stamp + (0 if same else 1), "sound_kept": sound}
    held.execute(update(sessions).where(_is(session_id)).values(**change))


def names_of(held: Connection, session_id: str) -> tuple[str, ...]:
    """Name the files of a session."""
    mine = files.c.session_id == session_id
    return tuple(held.execute(select(files.c.name).where(mine)).scalars())


def copying(library: "Library", session_id: str, name: str) -> Callable[[Path], None]:
    """Make what writes a copy of a file of a session, as it was before it was sealed."""

    def write(to: Path) -> None:
        with library.readable("entry", session_id):
            held = library.bytes_of(session_id, name)
        to.write_bytes(held)

    return write


def drop(library: "Library", session_id: str, names: Sequence[str]) -> None:
    """Take files out of a session, and all that was found where what was heard goes."""
    with library.database.writing() as held:
        library.row_of(held, session_id)
        gone = [name for plain in names for name in (plain, plain + ENDING)]
        _files(held, session_id, (), gone)
        if _HEARD in names:
            for table in (*rows.FOUND, corrections):
                held.execute(delete(table).where(table.c.session_id == session_id))
            held.execute(update(sessions).where(_is(session_id)).values(words_kept=False))
        intents.to_place(held, session_id, dropped=gone)
    library.finish()
    library.database.scrub()


def keep_corrections(library: "Library", session_id: str, made: tuple[Correction, ...]) -> None:
    """Keep corrections; see `prosody.store.library.Library.keep_corrections`."""
    with library.database.writing() as held:
        row = library.row_of(held, session_id)
        consented.facts(held, row.sha256, session_id)
        key = key_of(library, held, row)
        rows.renewed(held, session_id, {corrections: correction_rows(made, key)})
        audit.told(held, "corrected", session_id, who=made[-1].by if made else "user")


def erase_stranger(library: "Library", session_id: str) -> tuple[str, ...]:
    """Erase a folder that the database does not know; the library is held."""
    names = folders.names_in(folders.within(library.folder, session_id))
    with library.database.writing() as held:
        intents.to_erase(held, session_id)
        audit.told(held, "erased", session_id)
    library.finish()
    return names


# Keys and bytes ---------------------------------------------------------------------------------


def library_key(library: "Library", held: Connection) -> bytes:
    """Give the key of an encrypted library."""
    kept = consented.get_meta(held, SEAL)
    if kept is None:
        raise Refused("library.key_gone", folder=str(library.folder))
    return keys.opened_key(library.folder, kept)


def unlock(library: "Library", held: Connection) -> None:
    """Open the library's key, where it has one."""
    if consented.get_meta(held, SEAL) is not None:
        library_key(library, held)


def _session_key(library: "Library", held: Connection, session_id: str) -> bytes | None:
    """Give the key of a session that is there, or will be."""
    row = library.any_row(held, session_id)
    if row is not None:
        return key_of(library, held, row)
    return None if consented.get_meta(held, SEAL) is None else new_key()


def key_of(library: "Library", held: Connection, row: Row[Any]) -> bytes | None:
    """Give the key a session is sealed with; None where it is not."""
    if row.sealed_key is None:
        return None
    own = library_key(library, held)
    try:
        return opened(own, row.sealed_key, row.session_id)
    except ValueError:
        raise Refused("library.entry_unreadable", session=row.session_id) from None


def body(key: bytes | None, text: str) -> bytes:
    """Give a text as the database keeps it: sealed where there is a key."""
    return sealed(key, text.encode(), "body") if key else text.encode()


def text_in(key: bytes | None, body: bytes) -> str:
    """Read a text of the database; raises ValueError if it is not what was written."""
    return (opened(key, body, "body") if key else bytes(body)).decode()


def read(home: Path, known: Row[Any], key: bytes | None) -> bytes:
    """Read a file, if it is the one that was saved.

    Raises
    ------
    OSError, ValueError
        If it is not there, or another.
    """
    held = folders.read(folders.within(home, known.name), most_bytes=known.bytes)
    if hashlib.sha256(held).hexdigest() != known.sha256:
        raise ValueError("not what was saved")
    if key is None:
        return held
    return SealedFile(BytesIO(held), key, known.name.removesuffix(ENDING)).read()


def plain_of(library: "Library", session_id: str) -> dict[str, Any] | None:
    """Read what was heard; None where an older version kept nothing but its report.

    Raises
    ------
    Refused
        If a newer version wrote it.
    """
    held = library.text(session_id, _HEARD)
    plain: dict[str, Any] | None = None if held is None else codec.parsed(held)
    if plain is not None and (schema := plain.get("schema", SCHEMA)) > SCHEMA:
        where = message("library.named", session=session_id)
        raise Refused("report.newer", where=where, schema=schema, known=SCHEMA)
    return plain


def correction_rows(made: Iterable[Correction], key: bytes | None) -> list[dict[str, Any]]:
    """Give corrections as the database keeps them."""
    found = []
    for number, row in enumerate(made, 1):
        plain = asdict(row)
        detail = json.dumps(plain.pop("detail"), ensure_ascii=False)
        found.append({"n": number, **plain, "body": body(key, detail)})
    return found


def corrections_of(found: Iterable[Row[Any]], key: bytes | None) -> tuple[Correction, ...]:
    """Read them back.

    Raises
    ------
    ValueError
        If one is not what was written.
    """
    return tuple(
        Correction(
            row.kind, row.by, row.on, _detail(text_in(key, row.body)), row.undone_by, row.undone_on
        )
        for row in found
    )


def _detail(text: str) -> dict[str, Any]:
    detail = codec.parsed(text)
    if not isinstance(detail, dict):
        raise ValueError("no correction")
    return detail


def _is(session_id: str) -> Any:
    return sessions.c.session_id == session_id
