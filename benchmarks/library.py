"""What the library costs at ten thousand sessions, and what is left after every possible kill.

``python -m benchmarks.library [--sessions 10000] [--minutes 6] [--kills all|N|none] [--jobs JOB …]
[--part K/N] [--kept FILE.json] [--to docs/benchmarks/library.md]`` saves a session
of so many minutes, copies its rows and files as often as asked, and times what people do with so
many; then kills every job at every system call that changes a disk (or at N drawn by a seed) and
counts what was lost or left. What was found is kept, part by part, and the page is made of it:
``--sessions 0 --kills none`` makes it anew and measures nothing.
"""

import argparse
import json
import os
import random
import secrets
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import text

from benchmarks.session import build
from benchmarks.shared.kills import possible
from benchmarks.shared.pages import said
from benchmarks.shared.victims import JOBS, Place, killed, points
from prosody.options import Asked
from prosody.store.add import add_session
from prosody.store.encrypting import encrypt
from prosody.store.library import Library
from prosody.store.schema import metadata
from prosody.store.schema import sessions as of_sessions
from prosody.store.searching import figures, search

PAGE = """# The library: what it costs, and what is left after a kill

```
{command}
```

{sessions} sessions of {minutes:g} min each (the samples laid end to end, with their transcript),
each with its turns, words, measures, events and links in the database; one process, on a machine
with {cores} cores and a load average of {load:.0f}. Seconds on the clock, the middle of {rounds}.

{table}

## Killed on purpose

A library with one session of eight seconds of speech; `SIGKILL` at a system call that changes the
disk (write, rename, unlink, fsync and similar). After each, the following commands must find the
session complete or not a byte of it, and finish what was begun; a phrase planted in the words is
searched for in every file. Every call is a step, and steps were tried in parts that each count them
anew (`--sessions 0 --kills all --part K/N`): {parts}.

{kills}

In the tests, beside forty kills drawn with a fixed seed, thirty such runs go on with a disk that is
full from a write on that a seed draws.
"""
_ROUNDS = 5
SEED = 7


def main() -> None:
    """Measure what is asked for, keep it, and print the page or write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=6.0, help="length of a session")
    parser.add_argument("--kills", default="all", help="all, none, or how many are drawn")
    parser.add_argument("--part", default="1/1", help="K/N: every N-th of the kills, from the K-th")
    parser.add_argument("--jobs", nargs="*", default=list(JOBS), choices=list(JOBS))
    parser.add_argument("--kept", type=Path, help="a JSON file of what was measured")
    parser.add_argument("--to", type=Path, help="a Markdown page to write")
    asked = parser.parse_args()
    found = json.loads(asked.kept.read_text()) if asked.kept and asked.kept.exists() else {}
    found = {"costs": {}, "kills": {}, **found}
    with tempfile.TemporaryDirectory() as work, registered(Path(work) / "data"):
        if asked.sessions:
            rows = list(_costs(Path(work), asked.sessions, asked.minutes))
            about = {"sessions": asked.sessions, "minutes": asked.minutes, "cores": os.cpu_count()}
            found["costs"] = {**about, "load": os.getloadavg()[0], "rows": rows}
        if asked.kills != "none" and possible():
            part = asked.part if asked.kills == "all" else f"{asked.kills} drawn"
            found["kills"][part] = _kills(Path(work), asked.kills, asked.jobs, asked.part)
    if asked.kept:
        asked.kept.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    said(_page(found, asked).splitlines(), asked.to)


def _page(found: dict[str, Any], asked: argparse.Namespace) -> str:
    nothing: dict[str, Any] = {
        "sessions": 0,
        "minutes": 0.0,
        "cores": os.cpu_count(),
        "load": 0.0,
        "rows": [],
    }
    about = {**nothing, **found["costs"]}
    return PAGE.format(
        command=f"python -m benchmarks.library --sessions {about['sessions']} --minutes "
        f"{about['minutes']:g} --kills all --part K/N --kept {asked.kept} --to {asked.to}",
        table="\n".join(about.pop("rows")),
        rounds=_ROUNDS,
        parts=", ".join(sorted(found["kills"])) or "none",
        kills="\n".join(_counted(found["kills"].values())),
        **about,
    )


def _counted(parts: Iterable[dict[str, list[int]]]) -> Iterator[str]:
    """Give the table of all parts together."""
    whole: dict[str, list[int]] = {}
    for part in parts:
        for job, counts in part.items():
            whole[job] = [a + b for a, b in zip(whole.get(job, [0, 0, 0]), counts, strict=True)]
    yield "| command | steps tried | killed there | lost or left |"
    yield "|---|---|---|---|"
    for job, (tried, hit, wrong) in whole.items():
        yield f"| {job} | {tried} | {hit} | {wrong} |"


@contextmanager
def registered(data: Path) -> Iterator[None]:
    """Keep this machine's own register of consents out of it."""
    data.mkdir(parents=True, exist_ok=True)
    with stated("XDG_DATA_HOME", data):
        yield


@contextmanager
def stated(variable: str, place: Path) -> Iterator[None]:
    """Let a variable of the environment name a place, for a while."""
    before = os.environ.get(variable)
    os.environ[variable] = str(place)
    try:
        yield
    finally:
        os.environ.pop(variable)
        if before is not None:
            os.environ[variable] = before


def _costs(work: Path, sessions: int, minutes: float) -> Iterator[str]:
    recording = build(work, minutes * 60)
    folder = work / "library"
    asked = Asked(transcript=recording.with_suffix(".vtt"), separator="builtin")
    add_session(recording, asked, folder, session_id="s0", ids={"dyad_id": "d0"})
    multiplied(Library(folder), sessions)
    size = (folder / "library.db").stat().st_size
    yield "| what | result |"
    yield "|---|---|"
    yield f"| database | {size / 1e6:.0f} MB, {size / sessions / 1e3:.0f} kB a session |"
    for name, what in _asked_of(folder, sessions).items():
        yield f"| {name} | {_middle(what):.2f} s |"
    yield f"| forget one | {_middle(partial(_forget, folder), rounds=1):.2f} s |"
    yield from _sealed_costs(work, recording, asked)


def _asked_of(folder: Path, sessions: int) -> dict[str, Callable[[], object]]:
    one = f"s{sessions // 2}"
    return {
        "list every session": lambda: Library(folder).sessions(),
        "list those of one dyad": lambda: Library(folder).sessions({"dyad_id": "d7"}),
        "open one: findings and words": lambda: Library(folder).load(one),
        "open one: record and frames": lambda: (
            Library(folder).record(one),
            Library(folder).frames(one),
        ),
        "find the sessions of a recording": lambda: Library(folder).find("0" * 64),
        "a figure over every session": lambda: figures(Library(folder), "talk.share", "client", {}),
        "search the words of every session": lambda: list(
            search(Library(folder), "a phrase nobody says", {})
        ),
    }


def multiplied(library: Library, sessions: int) -> None:
    """Copy a session's rows and link its files, under other ids and recordings."""
    with library.locked(), library.database.writing() as held:
        held.execute(text("CREATE TEMP TABLE other (id TEXT, sha TEXT, dyad TEXT)"))
        made = [
            {"id": f"s{n}", "sha": secrets.token_hex(32), "dyad": f"d{n // 10}"}
            for n in range(1, sessions)
        ]
        held.execute(text("INSERT INTO other VALUES (:id, :sha, :dyad)"), made)
        for table in (of_sessions, *(t for t in metadata.tables.values() if t.foreign_keys)):
            own = {"session_id": "id", "sha256": "sha", "dyad_id": "dyad"}
            if table.name != "sessions":
                own = {"session_id": "id"}
            names = [c.name for c in table.columns]
            picked = ", ".join(f"other.{own[n]}" if n in own else f'x."{n}"' for n in names)
            into = f"INSERT INTO {table.name} ({', '.join(map(_quoted, names))})"
            held.execute(text(f"{into} SELECT {picked} FROM {table.name} x, other"))
        plain = ", ".join(map(_quoted, ("at", "what", "by", "given_on", "scopes", "expires_on")))
        into = f"INSERT INTO consents (sha256, {plain})"
        held.execute(text(f"{into} SELECT other.sha, {plain} FROM consents, other"))
    for n in range(1, sessions):
        home = library.folder / f"s{n}"
        home.mkdir(mode=0o700)
        for path in (library.folder / "s0").iterdir():
            os.link(path, home / path.name)


def _quoted(name: str) -> str:
    return f'"{name}"'


def _forget(folder: Path) -> None:
    Library(folder).forget("s3")


def _sealed_costs(work: Path, recording: Path, asked: Asked) -> Iterator[str]:
    secret, folder = work / "passphrase", work / "sealed"
    secret.write_text("a passphrase of a benchmark")
    os.environ["PROSODY_PASSPHRASE_FILE"] = str(secret)
    add_session(recording, asked, folder, session_id="s0")
    yield f"| encrypt one session | {_middle(partial(encrypt, Library(folder)), rounds=1):.2f} s |"
    sound = Library(folder).sound("s0")
    assert sound is not None
    half = sound.length // 2
    took = _middle(lambda: b"".join(sound.ranges(half, half + 2_000_000)))
    yield f"| encrypted: up to 2 MB of sound from the middle | {took:.3f} s |"
    yield f"| encrypted: open one | {_middle(lambda: Library(folder).load('s0')):.2f} s |"


def _middle(what: Callable[[], object], *, rounds: int = _ROUNDS) -> float:
    spent = []
    for _ in range(rounds):
        began = time.perf_counter()
        what()
        spent.append(time.perf_counter() - began)
    return sorted(spent)[len(spent) // 2]


def _kills(work: Path, asked: str, jobs: list[str], part: str) -> dict[str, list[int]]:
    """Give of each job how many steps were tried, killed at, and found wrong after."""
    place = Place(work / "kills", work / "data")
    every = points(place, jobs)
    if asked != "all":
        every = random.Random(SEED).sample(every, int(asked))
    first, step = map(int, part.split("/"))
    counts: dict[str, list[int]] = {}
    for job, call, number in every[first - 1 :: step]:
        tried, hit, wrong = counts.get(job, [0, 0, 0])
        try:
            hit += killed(place, job, call, number)
        except AssertionError:
            hit, wrong = hit + 1, wrong + 1
            print(f"lost or left: {job}, {call} {number}", flush=True)
        counts[job] = [tried + 1, hit, wrong]
    return counts


if __name__ == "__main__":
    main()
