"""Sessions of older versions: folders without a database, taken in with every correction.

Conventions
-----------
Older versions kept a session's ids in ``session.json`` and its corrections in ``corrections.json``.
Both go into the database; the other files stay where they are. The two are taken away only after
the database has them, so that a kill at any moment loses nothing. A folder that cannot be read is
left as it is, and told in one line; it can be erased. One whose recording was withdrawn since it
was saved came back from a copy, and is erased.
"""

import hashlib
import json
from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, insert, select

from diarize.errors import Refused
from prosody.report import codec
from prosody.report.model import ConsentFacts, Report
from prosody.store import consented, folders, intents, parts, rows, saving
from prosody.store.record import corrections_in
from prosody.store.schema import corrections, files, sessions

if TYPE_CHECKING:
    from prosody.store.library import Library

__all__ = ["OWN_FILES", "any_in", "damaged", "read_entry", "strangers", "take_in"]

_LINE, _CORRECTIONS = "session.json", "corrections.json"
OWN_FILES = ("heard.json", "report.json", "report.html", "frames.npz", "audio.flac", "agenda.json")


def strangers(library: "Library", held: Connection, names: Iterable[str]) -> tuple[str, ...]:
    """Say which of these are sessions that the database does not know and that were not refused."""
    refused = _refused(held)
    return tuple(n for n in damaged(library, held, names) if refused.get(n) != _seen(library, n))


def _refused(held: Connection) -> dict[str, str]:
    """Give what was refused before, by name; nothing where that cannot be read."""
    try:
        return dict(json.loads(consented.get_meta(held, "refused") or "{}"))
    except (ValueError, TypeError, RecursionError):
        return {}


def damaged(library: "Library", held: Connection, names: Iterable[str]) -> tuple[str, ...]:
    """Say which of what lies in the folder (`folders.listed`) could not be taken in."""
    known = set(held.execute(select(sessions.c.session_id)).scalars())
    return tuple(n for n in names if n not in known and _looks_like_one(library, n))


def any_in(library: "Library") -> bool:
    """Whether the folder has older sessions, or was a library whose database is lost."""
    places = list(library.folder.iterdir())
    if any(path.name == ".lock" for path in places):
        return any(_looks_like_one(library, path.name) for path in places)
    return any((path / _LINE).is_file() for path in places)


def _looks_like_one(library: "Library", name: str) -> bool:
    home = library.folder / name
    if name.startswith(folders.ASIDE):
        return True
    if not library.is_id(name) or home.is_symlink() or not home.is_dir():
        return False
    return any((home / own).exists() for own in (_LINE, *OWN_FILES))


def _seen(library: "Library", name: str) -> str:
    """Give a mark that changes when a folder's line does."""
    try:
        facts = (library.folder / name / _LINE).stat()
    except OSError:  # it has none: nothing but its files is left of it
        return "no line"
    return f"{facts.st_mtime_ns} {facts.st_size}"


def take_in(library: "Library") -> None:
    """Take every folder into the database that can be read."""
    _step_back(library)
    with library.database.reading() as held:
        found = strangers(library, held, folders.listed(library.folder))
    if not found:
        return
    refused = {}
    for name in found:
        try:
            if library.is_id(name):
                _take(library, name)
        except Refused:
            refused[name] = _seen(library, name)
    with library.database.writing() as held:
        consented.put_meta(held, "refused", json.dumps({**_refused(held), **refused}))


def _step_back(library: "Library") -> None:
    """Bring back what an older version, killed while it saved, had set aside."""
    for aside in library.folder.glob(folders.ASIDE + "*"):
        place = library.folder / aside.name.removeprefix(folders.ASIDE)
        if place.exists() or aside.is_symlink() or not aside.is_dir():
            folders.remove(aside)
        else:
            with suppress(OSError):
                aside.rename(place)


def read_entry(library: "Library", session_id: str) -> dict[str, Any]:
    """Read the line of a session that an older version wrote.

    Raises
    ------
    Refused
        If it cannot be read.
    """
    with library.readable("entry", session_id):
        plain = json.loads(folders.read(library.folder / session_id / _LINE))
        given = plain.pop("consent", None)
        line = library.line_of({**plain, "session_id": session_id})
        line["consent"] = given and ConsentFacts(
            tuple(map(str, given["scopes"])), date.fromisoformat(given["expires_on"]).isoformat()
        )
        return line


def _take(library: "Library", session_id: str) -> None:
    line = read_entry(library, session_id)
    home, given = library.folder / session_id, line.pop("consent")
    saved_at = f"{date.fromisoformat(line['added_on'])}T00:00:00+00:00"
    with library.database.writing() as held:
        consented.pull(held, line["sha256"])
        if consented.buried(held, line["sha256"], session_id, saved_at) is not None:
            intents.to_erase(held, session_id, line["sha256"])
    if library.finish():
        return
    report = _report(library, session_id)
    with library.readable("corrections", session_id):
        path = home / _CORRECTIONS
        kept = corrections_in(folders.read(path).decode()) if path.exists() else ()
    with library.database.writing() as held:
        facts: ConsentFacts | None = given or (report.consent if report else None)
        if facts is not None:
            consented.grant(held, line["sha256"], facts, saved_at)
        if report is not None:
            parts.keep(held, line["sha256"], report.recording.sources)
        own = {"saved_at": saved_at, "stamp": 1, "sealed_key": None}
        words = report is None or report.conversation.texts
        own |= {"words_kept": words, "sound_kept": (home / "audio.flac").exists()}
        held.execute(insert(sessions), {**line, **own})
        if report is not None:
            rows.renewed(held, session_id, rows.of_report(report, lambda text: text.encode()))
        rows.renewed(held, session_id, {corrections: saving.correction_rows(kept, None)})
        there = [n for n in OWN_FILES if (home / n).is_file() and not (home / n).is_symlink()]
        rows.renewed(held, session_id, {files: [_file(home, i, n) for i, n in enumerate(there, 1)]})
        intents.to_place(held, session_id, dropped=(_LINE, _CORRECTIONS))
    library.finish()
    _narrow(library, session_id)


def _narrow(library: "Library", session_id: str) -> None:
    """Follow a consent that was narrowed since."""
    from prosody.store import settling

    with library.database.reading() as held:
        row = library.row_of(held, session_id)
        try:
            given = consented.facts(held, row.sha256, session_id)
        except Refused:
            return
    settling.narrow(library, row, given)


def _report(library: "Library", session_id: str) -> Report | None:
    """Read its report; a session whose report is damaged can still be listed and erased."""
    try:
        with library.readable("report", session_id):
            text = folders.read(library.folder / session_id / "report.json").decode()
            return codec.from_json(text)
    except Refused:
        return None


def _file(home: Any, number: int, name: str) -> dict[str, Any]:
    held = folders.read(home / name)
    digest = hashlib.sha256(held).hexdigest()
    return {"n": number, "name": name, "bytes": len(held), "sha256": digest}
