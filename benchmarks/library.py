"""What the library costs at ten thousand sessions, and what is left after every possible kill.

``python -m benchmarks.library [--sessions 10000] [--minutes 6] [--kills all|N|none] [--jobs JOB …]
[--kept FILE.json] [--to docs/benchmarks/library.md]`` saves a session
of so many minutes, copies its rows and files as often as asked, and times what people do with so
many; then looks at what a kill leaves of every job at every system call that changes a disk, or
kills it at N of them, drawn by a seed, and counts what was lost or left. What was found is kept,
job by job, and the page is made of it: ``--sessions 0 --kills none`` makes it anew and measures
nothing.
"""

import argparse
import json
import os
import random
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import text

from benchmarks.session import build
from benchmarks.shared.killing import held, killed, left_there, points
from benchmarks.shared.kills import possible
from benchmarks.shared.pages import said
from benchmarks.shared.victims import JOBS, Lying, Place
from diarize.errors import Refused
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

A library with one session of eight seconds of speech, and with two where it is encrypted; `SIGKILL`
at a system call that changes the disk (write, rename, unlink, fsync and similar). After each, the
following commands must find the session complete or not a byte of it, and finish what was begun; a
phrase planted in the words is searched for in every file.

What a killed process leaves is what lay on the disk after its last call. So each command runs once
and is held at every one of its calls while what lies there is copied; what several calls leave
alike (making bytes durable changes none) is tried once (`--sessions 0 --kills all`).

{kills}

That this is what kills leave is shown by killing: {drawn}

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
    parser.add_argument("--jobs", nargs="*", default=list(JOBS), choices=list(JOBS))
    parser.add_argument("--kept", type=Path, help="a JSON file of what was measured")
    parser.add_argument("--to", type=Path, help="a Markdown page to write")
    asked = parser.parse_args()
    found = json.loads(asked.kept.read_text()) if asked.kept and asked.kept.exists() else {}
    found = {"costs": {}, "steps": {}, "drawn": [], **found}
    with tempfile.TemporaryDirectory() as work, registered(Path(work) / "data"):
        if asked.sessions:
            rows = list(_costs(Path(work), asked.sessions, asked.minutes))
            about = {"sessions": asked.sessions, "minutes": asked.minutes, "cores": os.cpu_count()}
            found["costs"] = {**about, "load": os.getloadavg()[0], "rows": rows}
        if asked.kills != "none" and possible():
            if asked.kills == "all":
                found["steps"] |= _all_steps(Path(work), asked.jobs)
            else:
                found["drawn"] = _some_kills(Path(work), int(asked.kills))
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
        f"{about['minutes']:g} --kills all --kept {asked.kept} --to {asked.to}",
        table="\n".join(about.pop("rows")),
        rounds=_ROUNDS,
        kills="\n".join(_counted(found["steps"])),
        drawn=_drawn(found["drawn"]),
        **about,
    )


def _counted(jobs: dict[str, list[int]]) -> Iterator[str]:
    """Give the table of every job's steps."""
    yield "| command | steps | leave something different | lost or left |"
    yield "|---|---|---|---|"
    for job, (steps, different, wrong) in jobs.items():
        yield f"| {job} | {steps} | {different} | {wrong} |"


def _drawn(found: list[int]) -> str:
    """Say what came of the kills that were drawn."""
    if not found:
        return "not done yet."
    drawn, there, same, wrong = found
    return (
        f"of {drawn} steps, drawn with the seed {SEED} over all commands (`--kills {drawn}`), "
        f"{there} came again and were killed at; {same} of these left as many files of the same "
        f"lengths as were copied at that step, and after {wrong} something was lost or left."
    )


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
        # what hangs on a session; what hangs on a consent is copied with it below
        others = (t for t in metadata.tables.values() if "session_id" in t.c and t.foreign_keys)
        for table in (of_sessions, *others):
            own = {"session_id": "id", "sha256": "sha", "dyad_id": "dyad"}
            if table.name != "sessions":
                own = {"session_id": "id"}
            names = [c.name for c in table.columns]
            picked = ", ".join(f"other.{own[n]}" if n in own else f'x."{n}"' for n in names)
            into = f"INSERT INTO {table.name} ({', '.join(map(_quoted, names))})"
            held.execute(text(f"{into} SELECT {picked} FROM {table.name} x, other"))
        plain = ", ".join(map(_quoted, ("at", "what", "by", "given_on", "expires_on")))
        into = f"INSERT INTO consents (sha256, {plain})"
        held.execute(text(f"{into} SELECT other.sha, {plain} FROM consents, other"))
        given = "SELECT c.n, x.n, x.scope FROM consents c, consent_scopes x"
        first = "x.consent = (SELECT min(consent) FROM consent_scopes) AND c.n <> x.consent"
        held.execute(text(f"INSERT INTO consent_scopes (consent, n, scope) {given} WHERE {first}"))
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


def _all_steps(work: Path, jobs: list[str]) -> Iterator[tuple[str, list[int]]]:
    """Give of each job how many steps it has, how much of what they leave differs, and is wrong."""
    place = Place(work / "kills", work / "data")
    for job in jobs:
        found, wrong = held(place, job), 0
        for number, lying in enumerate(found.lying):
            try:
                left_there(place, job, lying)
            except (AssertionError, Refused) as error:
                wrong += 1
                calls = [
                    f"{n} {call}" for n, (call, _, at) in enumerate(found.steps) if at == number
                ]
                print(f"lost or left: {job}, before {', '.join(calls)}: {error!r}", flush=True)
        yield job, [len(found.steps), len(found.lying), wrong]


def _some_kills(work: Path, drawn: int) -> list[int]:
    """Kill at so many steps; how many there were again, left what was held, and were wrong."""
    place = Place(work / "killed", work / "data")
    there, same, wrong = 0, 0, 0
    at_each = {job: held(place, job) for job in JOBS}
    for job, call, number in random.Random(SEED).sample(points(place), drawn):
        try:
            was, lies = killed(place, job, call, number)
        except (AssertionError, Refused) as error:
            wrong += 1
            print(f"lost or left: {job}, {call} {number}: {error!r}", flush=True)
            continue
        there += was
        same += was and _lengths(lies) == _lengths(at_each[job].before(call, number))
    return [drawn, there, same, wrong]


def _lengths(lies: Lying) -> list[int]:
    """Give how long each file is: their names and the times in them differ from run to run."""
    return sorted(-1 if held is None else len(held) for _, _, held in lies)


if __name__ == "__main__":
    main()
