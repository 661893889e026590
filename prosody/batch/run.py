"""Many recordings into the library, each in a process of its own.

Conventions
-----------
A batch skips what is done: a session whose key has not changed (`prosody.store.add`). It carries
on past a bad file. ``errors.jsonl`` has one line per failure; it names rows of the manifest, never
files or people.
"""

import json
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diarize.errors import Refused
from diarize.messages import Message, message
from diarize.runtime.atomic import write_whole
from diarize.runtime.program import begun
from diarize.runtime.stopping import undone_if_stopped
from prosody.batch import tables
from prosody.batch.manifest import Job
from prosody.settings import Settings
from prosody.store.library import Library

__all__ = ["Outcome", "run"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job.

    Parameters
    ----------
    row : int
        Of the job.
    status : str
        ``done``, ``skipped`` or ``failed``.
    session_id : str, optional
        Of what is in the library now.
    code, reason : str, optional
        Why it failed, as a code and as a line.
    """

    row: int
    status: str
    session_id: str | None = None
    code: str | None = None
    reason: str | None = None


def run(
    jobs: Sequence[Job],
    folder: Path,
    values: Mapping[str, Any] | None = None,
    *,
    workers: int = 1,
    force: bool = False,
    told: Callable[[Outcome, int, int], None] = lambda outcome, done, of: None,
) -> tuple[Outcome, ...]:
    """Analyse many recordings and write the tables.

    Parameters
    ----------
    jobs : sequence of Job
        From `prosody.batch.manifest.jobs_of`.
    folder : Path
        The library; the tables are written into it.
    values : mapping, optional
        Options for every job, by the names of `prosody.options.OPTIONS`; a job's own win.
    workers : int
        How many at once.
    force : bool
        Analyse even what is done.
    told : callable
        After each job: its outcome, how many are done, of how many.

    Raises
    ------
    Refused
        If a person's own weights cannot be read: once, before any job starts.
    """
    Settings.load()
    children = _Children(folder, workers)
    outcomes: list[Outcome] = []
    with (
        Library(folder).locked(name=".batch-lock", wait_s=0.0),
        undone_if_stopped(children.end),
        ThreadPoolExecutor(workers) as pool,
    ):
        try:
            waiting = [pool.submit(children.analyse, job, values or {}, force) for job in jobs]
            for done, future in enumerate(as_completed(waiting), 1):
                outcomes.append(future.result())
                told(outcomes[-1], done, len(jobs))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            children.end()
            raise
        outcomes.sort(key=lambda outcome: outcome.row)
        _write_errors(folder, outcomes)
        tables.write(folder, sorted({o.session_id for o in outcomes if o.session_id is not None}))
    return tuple(outcomes)


class _Children:
    """The processes at work: a crash, a kill or a leak in one must not reach the others."""

    def __init__(self, folder: Path, workers: int) -> None:
        # Several children share the cores; each taking all of them would slow all down.
        self._threads = str(max(1, (os.cpu_count() or 1) // workers))
        self._folder = folder
        self._running: set[subprocess.Popen[str]] = set()

    def analyse(self, job: Job, values: Mapping[str, Any], force: bool) -> Outcome:
        """Have one recording analysed, and wait for it."""
        request = {
            "recording": str(job.recording),
            "more": [str(path) for path in job.more],
            "library": str(self._folder),
            "values": {**values, **job.values},
            "labels": dict(job.labels),
            "force": force,
        }
        with begun("prosody.batch.child", OMP_NUM_THREADS=self._threads) as child:
            self._running.add(child)
            said, _ = child.communicate(json.dumps(request, default=str))
            self._running.discard(child)
        return _outcome(job.row, child.returncode, said)

    def end(self) -> None:
        """End every process, and take away what it had half saved."""
        for child in list(self._running):
            child.kill()
        for child in list(self._running):
            child.wait()
        with suppress(Refused), Library(self._folder).locked(wait_s=5.0):
            pass  # locking takes away what they had half saved


def _outcome(row: int, status: int, said: str) -> Outcome:
    try:
        answer = json.loads(said)
    except ValueError:  # it ended before it could answer
        ended = message("batch.killed", signal=-status) if status < 0 else _fault(status)
        return Outcome(row, "failed", None, ended.code, str(ended))
    if status == 0:
        return Outcome(row, "done" if answer["fresh"] else "skipped", answer["session_id"])
    return Outcome(row, "failed", None, answer["code"], answer["reason"])


def _fault(status: int) -> Message:
    return message("batch.fault", error=f"exit code {status}")


def _write_errors(folder: Path, outcomes: Sequence[Outcome]) -> None:
    failed = (
        {"row": o.row, "code": o.code, "reason": o.reason} for o in outcomes if o.status == "failed"
    )
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in failed)
    write_whole(folder / "errors.jsonl", "".join(lines))
