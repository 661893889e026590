"""The files beside the database: staged, put in their place, read, and taken away.

Conventions
-----------
A session's files lie in a folder of its id. New ones are written into a folder of their own,
``.unfinished-TOKEN``, and made durable; the transaction that says they belong to the session comes
next, and only then are they renamed into its folder. What a kill leaves is finished, or taken away,
by whichever command comes next. A link in the library is never followed, and a name that the
database holds leads nowhere else (`within`): who sent the library wrote it. Folders are 0700, files
0600.
"""

import csv
import hashlib
import io
import json
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from io import BufferedReader
from pathlib import Path

from diarize.runtime.atomic import WRITING, make_durable, open_unlinked, write_whole
from prosody.trained.weights import own_file

__all__ = [
    "ASIDE",
    "UNFINISHED",
    "VOICES",
    "erase",
    "holds",
    "is_device",
    "leftovers",
    "listed",
    "named_twice",
    "names_in",
    "opened",
    "place",
    "read",
    "remove",
    "replace_rows",
    "stage",
    "sweep",
    "tables_in",
    "unlearn",
    "within",
    "written",
]

_HASH = re.compile(rb'"[0-9a-f]{64}"')
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
UNFINISHED, ASIDE, VOICES = ".unfinished-", ".aside-", ".voices"
_NOWHERE = f"{UNFINISHED}nowhere"  # swept away where something should ever be put there


def within(folder: Path, name: object) -> Path:
    """Give the place of a name in a folder; of what is no name of a file, one where nothing is."""
    mine = isinstance(name, str) and name not in ("", ".", "..") and "\0" not in name
    return folder / (name if mine and Path(str(name)).name == name else _NOWHERE)


def stage(
    folder: Path, token: str, made: Mapping[str, Callable[[Path], None]]
) -> list[tuple[str, int, str]]:
    """Write files where they wait; gives name, bytes and SHA-256 of each.

    Raises
    ------
    OSError
        If one cannot be written; what was written is for `sweep`.
    """
    work = folder / (UNFINISHED + token)
    work.mkdir(mode=0o700)
    facts = []
    for name, write in made.items():
        path = within(work, name)
        # Closed before it is written: where an open file cannot be replaced, a writer may do so.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        write(path)
        path.chmod(0o600)
        with path.open("r+b") as file:  # what was written may be another file of this name
            os.fsync(file.fileno())
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            facts.append((name, os.fstat(file.fileno()).st_size, digest))
    make_durable(work)
    make_durable(folder)
    return facts


def place(folder: Path, token: str, session_id: str, dropped: Iterable[str]) -> None:
    """Rename what waits into a session's folder and take away what it has no more.

    Done twice it does no more than once.

    Raises
    ------
    OSError
        If something cannot be moved.
    """
    work, home = within(folder, f"{UNFINISHED}{token}"), within(folder, session_id)
    for linked in filter(Path.is_symlink, (work, home)):
        linked.unlink()
    home.mkdir(mode=0o700, exist_ok=True)
    if work.is_dir():
        for path in sorted(work.iterdir()):
            path.replace(home / path.name)
    for name in dropped:
        within(home, name).unlink(missing_ok=True)
    make_durable(home)
    if work.is_dir():
        work.rmdir()
    make_durable(folder)


def sweep(folder: Path, waiting: Iterable[str] = ()) -> None:
    """Take away what killed runs left, but what waits for its place."""
    kept = {UNFINISHED + token for token in waiting}
    inner = (folder / VOICES, own_file(folder).parent)  # each is written while the library is held
    for home in (folder, *(h for h in inner if h.is_dir() and not h.is_symlink())):
        for name in leftovers(listed(home)):
            if name not in kept:
                remove(home / name)


def is_device(name: str) -> bool:
    """Whether some machines take a name of a file or folder, whatever it ends in, for a device."""
    return _DEVICE.fullmatch(name) is not None


def listed(folder: Path) -> tuple[str, ...]:
    """Name what lies in a library's folder, sorted."""
    return tuple(sorted(path.name for path in folder.iterdir()))


def leftovers(names: Iterable[str]) -> list[str]:
    """Name what is half written, by a killed run or by one that is at work."""
    return [name for name in names if name.startswith((UNFINISHED, WRITING))]


def erase(folder: Path, session_id: str) -> tuple[str, ...]:
    """Erase a session's folder, and its rows in tables; gives the names of the files erased.

    Raises
    ------
    OSError
        If something could not be erased; it can be tried again.
    """
    home = within(folder, session_id)
    names = names_in(home)
    if home.is_dir() or home.is_symlink():  # a file of that name is the library's own
        remove(home)
    make_durable(folder)
    names += unlearn(folder, session_id)
    for table in tables_in(folder):
        replace_rows(table, session_id, [])
    return names


def named_twice(folder: Path, session_id: str) -> tuple[str, ...]:
    """Name what of a session has another name, in whatever folder: files, or its folder itself.

    Another name is a hard link, or what a symbolic link leads to: erasing takes neither away.
    """
    home = within(folder, session_id)
    if home.is_symlink():
        return (home.name,) if home.exists() else ()
    return tuple(name for name in names_in(home) if _is_elsewhere(home / name))


def _is_elsewhere(path: Path) -> bool:
    return path.exists() if path.is_symlink() else path.stat().st_nlink > 1


def unlearn(folder: Path, session_id: str) -> tuple[str, ...]:
    """Take away a library's own coder that learned from a session's words; gives its files.

    One that does not say from which sessions it learned may have learned from this one.
    """
    home = own_file(folder).parent
    if not home.is_symlink() and not home.exists():
        return ()
    try:
        learned = session_id in json.loads(read(home / "coder.json"))["learned_in_library"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        learned = True
    if not learned:
        return ()
    names = tuple(f"{home.name}/{name}" for name in names_in(home))
    remove(home)
    make_durable(folder)
    return names


def tables_in(folder: Path) -> list[Path]:
    """Give the tables that lie in a library's folder; a link is none."""
    return [path for path in sorted(folder.glob("*.csv")) if _plain(path)]


def names_in(home: Path) -> tuple[str, ...]:
    """Name the files in a session's folder."""
    if home.is_symlink() or not home.is_dir():
        return ()
    return tuple(sorted(str(p.relative_to(home)) for p in home.rglob("*") if not p.is_dir()))


def holds(home: Path, sha256: str) -> bool | None:
    """Say whether a session's folder names a recording by its hash; None where it might be of it.

    Of a folder that names no recording at all and holds more than a line nobody can tell.
    """
    names = names_in(home)
    texts = [(home / n).read_bytes() for n in names if n.endswith(".json") and _plain(home / n)]
    if any(sha256.encode() in text for text in texts):
        return True
    if any(_HASH.search(text) for text in texts):
        return False
    return False if set(names) <= {"session.json"} else None


def _plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def remove(path: Path) -> None:
    """Take away a file, a link, a pipe, or a folder with all in it."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    with suppress(OSError):  # a folder whose permissions were taken can still be ours
        path.chmod(0o700)
    shutil.rmtree(path)


def read(path: Path, *, most_bytes: int | None = None) -> bytes:
    """Read a regular file, never through a link.

    Raises
    ------
    OSError, ValueError
        If it is no such file, or holds more than it should.
    """
    with opened(path) as file:
        if most_bytes is not None and os.fstat(file.fileno()).st_size > most_bytes:
            raise ValueError("larger than it was")
        return file.read()


def opened(path: Path) -> BufferedReader:
    """Open a regular file, never through a link.

    Raises
    ------
    OSError, ValueError
        If it is no such file.
    """
    handle = open_unlinked(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):  # of a folder `fdopen` would leave it open
        os.close(handle)
        raise ValueError("no regular file")
    return os.fdopen(handle, "rb")


def replace_rows(path: Path, session_id: str, new: Sequence[Mapping[str, object]]) -> None:
    """Put new rows in the place of a session's own, where a table has any; others stay as read."""
    if not path.is_file():
        return
    held = path.read_bytes()
    if session_id.encode() not in held:
        return
    try:
        table = csv.DictReader(io.StringIO(held.decode("utf-8-sig")))
        rows = list(table)
    except (UnicodeDecodeError, csv.Error):  # no table of ours, and it must not keep a row of it
        if not new:
            path.unlink()
        return
    mine = [i for i, row in enumerate(rows) if row.get("session_id") == session_id]
    if not mine:
        return
    kept = list(_exchanged(rows, mine, new))
    text = written(list(table.fieldnames or ()), kept) if kept else ""
    write_whole(path, text)


def _exchanged(
    rows: list[dict[str, str]], mine: list[int], new: Sequence[Mapping[str, object]]
) -> Iterator[Mapping[str, object]]:
    for i, row in enumerate(rows):
        if i == mine[0]:
            yield from new
        if row.get("session_id") != rows[mine[0]]["session_id"]:
            yield row


def written(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """Write rows as CSV."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
