"""Many recordings into the library, by workers that are watched.

Conventions
-----------
A batch skips what is done: a session whose key has not changed (`prosody.store.add`). It carries
on past a bad file. What becomes of each recording is written down as it goes: in the library's
ledger (`prosody.store.ledger`), and one that failed in ``errors.jsonl``, a line each, which names
rows of the manifest, never files or people.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diarize.errors import Refused
from diarize.runtime.atomic import open_unlinked
from diarize.runtime.stopping import undone_if_stopped
from prosody.batch import tables
from prosody.batch.cluster import Cluster
from prosody.batch.crew import Crew, Limits
from prosody.batch.embedded import Embedded
from prosody.batch.manifest import Job
from prosody.options import OPTIONS
from prosody.settings import Settings
from prosody.store import ledger
from prosody.store.library import Library

__all__ = ["Outcome", "run"]

_ERRORS = "errors.jsonl"


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
    crew: Crew | Embedded | Cluster | None = None,
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
    crew : Crew, Embedded or Cluster, optional
        Who analyses them; one worker without it. It is ended with the batch.
    force : bool
        Analyse even what is done.
    told : callable
        After each job: its outcome, how many are done, of how many.

    Raises
    ------
    Refused
        If a person's own weights cannot be read, or the library cannot be written: once, before
        any job starts.
    """
    Settings.load()
    library, outcomes = Library(folder), list[Outcome]()
    crew = crew or Embedded(1, Limits())
    with library.locked():  # not later: whoever stops the batch holds the library to clean it
        batch = ledger.opened()
    with (
        library.locked(name=".batch-lock", wait_s=0.0),
        undone_if_stopped(lambda: _end(crew, library)),
        ThreadPoolExecutor(crew.size) as pool,
    ):
        _begin_errors(folder / _ERRORS)
        common = {"library": str(folder.absolute()), "force": force}
        try:
            waiting = [
                pool.submit(_done, job, {**common, **_request(job, values or {})}, crew, batch)
                for job in jobs
            ]
            for done, future in enumerate(as_completed(waiting), 1):
                outcomes.append(future.result())
                _tell_error(folder, outcomes[-1])
                told(outcomes[-1], done, len(jobs))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            _end(crew, library)
            raise
        crew.end()
        outcomes.sort(key=lambda outcome: outcome.row)
        with library.locked():  # rows of a session that is erased meanwhile must not come back
            tables.renew(folder)
    return tuple(outcomes)


def _request(job: Job, values: Mapping[str, Any]) -> dict[str, Any]:
    """Give a job as a worker reads it, whose own folder may be another: paths are whole."""
    asked = {**values, **job.values}
    files = {n: v for n, v in asked.items() if v is not None and OPTIONS[n].kind == "path"}
    return {
        "recording": str(job.recording.absolute()),
        "more": [str(path.absolute()) for path in job.more],
        "values": asked | {name: str(Path(file).absolute()) for name, file in files.items()},
        "labels": dict(job.labels),
        "covariates": dict(job.covariates),
    }


def _done(
    job: Job, request: Mapping[str, Any], crew: Crew | Embedded | Cluster, batch: str
) -> Outcome:
    """Have one recording analysed, and write down what became of it."""
    library = Library(Path(request["library"]))
    ledger.begun(library, batch, job.row)
    answer = crew.do(request)
    if "session_id" in answer:
        status = "done" if answer["fresh"] else "skipped"
        found = Outcome(job.row, status, answer["session_id"])
    else:
        found = Outcome(job.row, "failed", None, answer["code"], answer["reason"])
    ledger.ended(
        library, batch, job.row, found.status, code=found.code, session_id=found.session_id
    )
    return found


def _end(crew: Crew | Embedded | Cluster, library: Library) -> None:
    """End every worker, and take away what it had half saved."""
    crew.end()
    with suppress(Refused), library.locked(wait_s=5.0):
        pass  # locking takes away what they had half saved


def _begin_errors(path: Path) -> None:
    """Leave no failure of an earlier batch in the list.

    In its place and not beside it: whoever holds the library meanwhile takes away what it finds
    half written.
    """
    try:
        os.close(open_unlinked(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC))
    except OSError as error:
        raise Refused("disk.cannot_write", file=str(path), why=error.strerror) from None


def _tell_error(folder: Path, outcome: Outcome) -> None:
    """Add a failure to the list of errors; it is on disk before the next recording ends."""
    if outcome.status != "failed":
        return
    row = {"row": outcome.row, "code": outcome.code, "reason": outcome.reason}
    with (folder / _ERRORS).open("a", encoding="utf-8") as file:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
