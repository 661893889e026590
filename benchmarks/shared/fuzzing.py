"""Files changed at random, and what reads them: what each may do is give something or refuse it.

Conventions
-----------
A *target* lays out what is read, names the files that are changed, and reads them as a command
would. A finding is anything but an answer or a refusal within `MOST_S` of CPU time, or a refusal
that quotes a word of the session.
"""

import json
import random
import shutil
import sqlite3
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diarize.errors import Refused

__all__ = [
    "MOST_S",
    "SECRET",
    "Finding",
    "Target",
    "cells_changed",
    "changed",
    "head_changed",
    "tried",
]

SECRET = "zanzibar"
MOST_S = 10.0
_HEAD = 600  # bytes of a recording that say what it is
_ODD: tuple[Any, ...] = (
    None, True, -1, 0, 2**63, 1e308, float("nan"), float("inf"), "", "\x00", "\x1b]2;x\x07",
    "=1+1", SECRET, "../../x", "9" * 5000, "x" * 100_000, [], {}, [[]], [None] * 50, {"a": {}},
    "1999-99-99", "NaN", "é" * 300, "\ud800",
)  # fmt: skip
_BYTES = (
    b"[" * 100_000, b"\x00", b"\xff\xfe", b'"', b"\n\n", b"\r", b"," * 500, b"1e999", b"-", b"<",
    b"\xef\xbb\xbf", b"{" * 5000, b"9" * 5000, b"\xf0\x9f\x98\x80", b"&#0;", b"]]>", b"'",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """What is read.

    Parameters
    ----------
    lay : callable
        Given an empty folder; makes what is read, and gives the files that are changed.
    read : callable
        Given a folder like it; reads it.
    change : callable
        Changes one of the files, given it and a source of chance.
    """

    lay: Callable[[Path], list[Path]]
    read: Callable[[Path], object]
    change: "Callable[[Path, random.Random], None] | None" = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What went wrong: of which target, at which seed, and how."""

    target: str
    seed: int
    what: str


def changed(path: Path, chance: random.Random) -> None:
    """Change a file: as JSON where it is some, at other times byte by byte."""
    held = path.read_bytes()
    if path.suffix == ".json" and chance.random() < 0.6:
        try:
            plain = json.loads(held)
        except (ValueError, RecursionError):
            plain = None
        for _ in range(chance.randint(1, 3)):
            plain = _other(plain, chance)
        text = json.dumps(plain, ensure_ascii=chance.random() < 0.5)
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        return
    for _ in range(chance.randint(1, 4)):
        held = _cut(held, chance)
    path.write_bytes(held)


def _other(plain: Any, chance: random.Random) -> Any:
    """Put something odd in some place of a JSON value."""
    if isinstance(plain, dict) and plain and chance.random() < 0.9:
        name = chance.choice(list(plain))
        if chance.random() < 0.15:
            return {k: v for k, v in plain.items() if k != name}
        return {**plain, name: _other(plain[name], chance)}
    if isinstance(plain, list) and plain and chance.random() < 0.9:
        at = chance.randrange(len(plain))
        return [*plain[:at], _other(plain[at], chance), *plain[at + 1 :]]
    return chance.choice(_ODD)


def head_changed(path: Path, chance: random.Random) -> None:
    """Change a recording where it says what it is: in its first bytes, at times in its last."""
    held = path.read_bytes()
    for _ in range(chance.randint(1, 4)):
        if chance.random() < 0.7:
            held = _cut(held[:_HEAD], chance) + held[_HEAD:]
        elif chance.random() < 0.5:
            held = held[:-_HEAD] + _cut(held[-_HEAD:], chance)
        else:
            held = _cut(held, chance)
    for _ in range(chance.randint(0, 3)):  # a length, a rate, a number of channels
        at, count = chance.randint(0, _HEAD), chance.choice((1, 2, 4, 8))
        held = held[:at] + chance.choice((b"\x00", b"\xff", b"\x7f")) * count + held[at + count :]
    path.write_bytes(held)


def _cut(held: bytes, chance: random.Random) -> bytes:
    at = chance.randint(0, len(held))
    end = min(len(held), at + chance.randint(0, 200))
    how = chance.randrange(6)
    if how == 0:
        return held[:at] + held[end:]
    if how == 1:
        return held[:at] + chance.choice(_BYTES) + held[at:]
    if how == 2:
        return held[:at] + held[at:end] * chance.randint(2, 40) + held[end:]
    if how == 3:
        return held[:at]
    if how == 4:
        return held[:at] + bytes(chance.randrange(256) for _ in range(end - at)) + held[end:]
    return held[:at] + chance.choice(_BYTES) + held[end:]


def cells_changed(path: Path, chance: random.Random) -> None:
    """Put something odd in some cells of a database, as one that was swapped might have it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as held:
        for (name,) in held.execute(
            "SELECT name FROM sqlite_master WHERE type='trigger'"
        ).fetchall():
            held.execute(f"DROP TRIGGER {name}")
        rows = held.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchall()
        tables = [name for (name,) in rows if not name.startswith("sqlite_")]
        for _ in range(chance.randint(1, 3)):
            table = chance.choice(tables)
            columns = [row[1] for row in held.execute(f"PRAGMA table_info({table})")]
            odd = chance.choice([*_ODD, b"\x00\xff", b"{" * 100])
            odd = odd if isinstance(odd, (str, int, float, bytes, type(None))) else json.dumps(odd)
            odd = odd.encode("utf-8", "replace").decode() if isinstance(odd, str) else odd
            odd = 2**62 if odd == 2**63 else odd
            sentence = (
                f'UPDATE OR IGNORE {table} SET "{chance.choice(columns)}" = ? WHERE rowid = 1'
            )
            try:
                held.execute(sentence, (odd,))
            except sqlite3.IntegrityError:  # it may not be nothing
                continue


def tried(
    name: str, target: Target, work: Path, seeds: Iterator[int], *, until: float = float("inf")
) -> Iterator[Finding | None]:
    """Change and read a target once for every seed; gives what was found, or None."""
    whole = work / "whole"
    whole.mkdir(parents=True)
    files = [path.relative_to(whole) for path in target.lay(whole)]
    for seed in seeds:
        if time.monotonic() > until:
            return
        chance, place = random.Random(seed), work / "changed"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(whole, place, symlinks=True)
        (target.change or changed)(place / chance.choice(files), chance)
        what = _read(target, place)
        yield Finding(name, seed, what) if what else None


def _read(target: Target, place: Path) -> str:
    """Read what was changed, and say what is wrong with how that went."""
    began = time.process_time()  # how busy the machine is says nothing of a file
    try:
        target.read(place)
    except Refused as refusal:
        if SECRET in str(refusal):
            return f"{refusal.code} quotes a word"
    except Exception as error:
        calls = traceback.extract_tb(error.__traceback__)
        where = ([c for c in calls if "/site-packages/" not in c.filename] or calls)[-1]
        return f"{type(error).__name__} in {Path(where.filename).name} line {where.lineno}"
    spent = time.process_time() - began
    return f"{spent:.0f} CPU s" if spent > MOST_S else ""
