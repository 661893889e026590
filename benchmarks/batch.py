"""What a batch costs beside the analysis itself, and what it keeps when something is killed.

``python -m benchmarks.batch [--short 500] [--sessions 1000] [--to docs/benchmarks/batch.md]``
runs short recordings (half a second of tone: hardly any analysis) through one and two workers, and
again with all of them done, each beside a batch of one, so that what a batch takes to start stands
apart; writes the ledger and the tables of a large library; and lets a
cluster of two workers lose one in the middle.
"""

import argparse
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
import soundfile

from benchmarks.library import multiplied, registered
from benchmarks.session import build
from benchmarks.shared.pages import dated
from diarize.recording.consent import grant
from diarize.runtime.program import environment
from prosody.batch import tables
from prosody.batch.cluster import Cluster, Reach
from prosody.batch.crew import Crew, Limits
from prosody.batch.embedded import Embedded
from prosody.batch.manifest import Job
from prosody.batch.run import Outcome, run
from prosody.options import Asked
from prosody.store import ledger
from prosody.store.add import add_session
from prosody.store.library import Library

PAGE = """# Batches: what they cost beside the analysis

```
{command}
```

A machine with {cores} cores and a load average of {load:.0f}. CPU seconds are of this process and
of all that it started. What a recording costs is what a batch of all took more than a batch of one,
over the others; the aims are 0.3 CPU s for a short one and 50 ms for one that is skipped. A session
of the tables has six minutes, with its turns, words, measures, events and links.

{table}
"""
_RATE_HZ = 16_000


def main() -> None:
    """Print the table, or write it as a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", type=int, default=500, help="how many short recordings")
    parser.add_argument("--sessions", type=int, default=1000, help="of the large library")
    parser.add_argument("--to", type=Path, help="a Markdown page to write")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as work, registered(Path(work) / "data"):
        lines = ["| what | result |", "|---|---|"]
        for line in _lines(Path(work), asked.short, asked.sessions):
            print(line, flush=True)
            lines.append(line)
    if asked.to:
        given = f"--short {asked.short} --sessions {asked.sessions}"
        page = PAGE.format(
            command=f"python -m benchmarks.batch {given} --to {asked.to}",
            cores=os.cpu_count(),
            load=os.getloadavg()[0],
            table="\n".join(lines),
        )
        asked.to.write_text(dated(page), "utf-8")


def _lines(work: Path, short: int, sessions: int) -> Iterator[str]:
    jobs = _short(work, short)
    first = _spent(jobs[:1], work / "first", 1)
    yield f"| a batch of one short recording | {first[0]:.1f} s, {first[1]:.1f} CPU s |"
    with _watched() as memory:
        spent = _each(first, _spent(jobs, work / "one", 1), len(jobs))
    yield f"| each further one, one worker | {spent[0]:.2f} s, {spent[1]:.2f} CPU s |"
    alone = _spent(jobs[:1], work / "alone-first", 1, kind=Crew)
    spent = _each(alone, _spent(jobs, work / "alone", 1, kind=Crew), len(jobs))
    yield f"| the same without dask: a batch of one | {alone[0]:.1f} s, {alone[1]:.1f} CPU s |"
    yield f"| the same without dask: each further one | {spent[0]:.2f} s, {spent[1]:.2f} CPU s |"
    most, last = memory
    yield f"| its worker's most memory in the first and last tenth | {most:.0f}, {last:.0f} MB |"
    skipped = _spent(jobs[:1], work / "first", 1)
    spent = _each(skipped, _spent(jobs, work / "one", 1), len(jobs))
    yield f"| one that is skipped | {spent[0] * 1e3:.0f} ms, {spent[1] * 1e3:.0f} CPU ms |"
    some = jobs[: max(3, short // 2)]
    start = _spent(some[:2], work / "pair", 2)
    spent = _each(start, _spent(some, work / "two", 2), len(some), 2)
    yield f"| a short recording, two workers | {spent[0]:.2f} s, {spent[1]:.2f} CPU s |"
    yield from _large(work, sessions)
    yield from _cluster(work, jobs[:12])


def _short(work: Path, count: int) -> list[Job]:
    """Write recordings that differ, each with its consent."""
    folder = work / "recordings"
    folder.mkdir()
    time_s = np.arange(_RATE_HZ // 2) / _RATE_HZ
    jobs = []
    for number in range(1, count + 1):
        path = folder / f"{number}.wav"
        soundfile.write(path, 0.2 * np.sin(2 * np.pi * (200 + number) * time_s), _RATE_HZ)
        grant(path, by="benchmark")
        jobs.append(Job(number, path))
    return jobs


def _spent(
    jobs: Sequence[Job], folder: Path, workers: int, kind: type[Embedded | Crew] = Embedded
) -> tuple[float, float]:
    """Give seconds and CPU seconds of a batch."""
    began, cpu = time.perf_counter(), _cpu_s()
    outcomes = run(jobs, folder, crew=kind(workers, Limits()))
    assert {o.status for o in outcomes} <= {"done", "skipped"}, _failures(outcomes)
    return time.perf_counter() - began, _cpu_s() - cpu


def _each(
    start: tuple[float, float], whole: tuple[float, float], count: int, begun: int = 1
) -> tuple[float, float]:
    """Give what each took of those that a batch of a few did not hold."""
    more = [(b - a) / (count - begun) for a, b in zip(start, whole, strict=True)]
    return more[0], more[1]


def _failures(outcomes: Sequence[Outcome]) -> list[str | None]:
    return [o.reason for o in outcomes if o.status == "failed"]


def _cpu_s() -> float:
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return float(sum(getattr(resource.getrusage(one), name) for one in who for name in _TIMES))


_TIMES = ("ru_utime", "ru_stime")


@contextmanager
def _watched() -> Iterator[list[float]]:
    """Follow the memory of this process's workers: the most early on, and at the end, in MB."""
    import threading

    over, seen, found = threading.Event(), list[float](), [0.0, 0.0]

    def look() -> None:
        while not over.wait(0.05):
            own = [p.memory_info().rss / 1e6 for p in psutil.Process().children() if p.is_running()]
            seen.extend(own)

    watching = threading.Thread(target=look)
    watching.start()
    try:
        yield found
    finally:
        over.set()
        watching.join()
        tenth = max(1, len(seen) // 10)
        found[:] = [max(seen[:tenth], default=0.0), max(seen[-tenth:], default=0.0)]


def _large(work: Path, sessions: int) -> Iterator[str]:
    recording = build(work, 360.0)
    folder = work / "large"
    asked = Asked(transcript=recording.with_suffix(".vtt"), separator="builtin")
    add_session(recording, asked, folder, session_id="s0", ids={"dyad_id": "d0"})
    library = Library(folder)
    multiplied(library, sessions)
    batch, began = ledger.opened(), time.perf_counter()
    rows = 1000
    for row in range(rows):
        ledger.begun(library, batch, row)
        ledger.ended(library, batch, row, "done", session_id="s0")
    took = (time.perf_counter() - began) / rows
    yield f"| a row of the ledger, beside {sessions} sessions | {took * 1e3:.0f} ms |"
    before, began = _most_mb(), time.perf_counter()
    counts = tables.write(library, work / "tables", formats=("csv",))
    took, size = time.perf_counter() - began, _size(work / "tables")
    what = f"{sum(counts.values())} rows, {size:.0f} MB as CSV"
    yield f"| tables of {sessions} sessions: {what} | {took:.0f} s |"
    yield f"| most memory before and with the tables | {before:.0f} and {_most_mb():.0f} MB |"


def _most_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def _size(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.iterdir()) / 1e6


def _cluster(work: Path, jobs: Sequence[Job]) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    quiet = ("--no-dashboard", "--host", "127.0.0.1")
    begun = [_dask("scheduler", "--port", str(port), *quiet)]
    begun += [_dask("worker", address, "--nthreads", "1", "--no-nanny", *quiet) for _ in range(2)]
    try:
        cluster, began = _reached(address), time.perf_counter()
        killed: list[int] = []

        def told(outcome: Outcome, done: int, of: int) -> None:
            if not killed:
                os.killpg(begun[1].pid, signal.SIGKILL)
                killed.append(begun[1].pid)

        outcomes = run(jobs, work / "cluster", crew=cluster, told=told)
        done = sum(o.status == "done" for o in outcomes)
        took = time.perf_counter() - began
    finally:
        for process in begun:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    yield f"| a cluster of two workers, one killed | {done} of {len(jobs)} done in {took:.0f} s |"


def _dask(what: str, *options: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", f"distributed.cli.dask_{what}", *options],
        env={**environment(), "PYTHONPATH": str(Path(__file__).resolve().parents[1])},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _reached(address: str) -> Cluster:
    until = time.monotonic() + 60
    while True:
        try:
            return Cluster(Reach(address), Limits())
        except ValueError:
            if time.monotonic() > until:
                raise


if __name__ == "__main__":
    main()
