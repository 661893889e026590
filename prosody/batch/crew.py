"""The processes that analyse a batch's recordings, watched while they work.

Conventions
-----------
Each has one recording at a time and keeps its engines loaded for the next. One that crashes, is
killed, takes too long or takes too much memory is ended with all that it started, and another
takes its place; the recording is tried once more there.
"""

import json
import os
import subprocess
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

import psutil

from diarize.messages import Message, message
from diarize.runtime.program import begun

__all__ = ["Crew", "Ended", "Limits"]

_LOOK_S = 0.2  # between two looks at what a worker takes
_GB = 1e9


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one recording may take, and how much memory its process.

    Parameters
    ----------
    minutes : float, optional
        None for as long as it takes.
    gigabytes : float, optional
        None for its share of the machine's memory.
    """

    minutes: float | None = None
    gigabytes: float | None = None


class Ended(Exception):
    """The batch was stopped: what became of a recording is not known, and nothing is to be said."""


class Crew:
    """As many workers as recordings are analysed at once.

    Parameters
    ----------
    size : int
        How many.
    limits : Limits
        For each recording.

    Attributes
    ----------
    size : int
        As given.
    """

    def __init__(self, size: int, limits: Limits) -> None:
        most_bytes = psutil.virtual_memory().total / size
        if limits.gigabytes is not None:
            most_bytes = limits.gigabytes * _GB
        # Several share the cores; each taking all of them would slow all down.
        threads = str(max(1, (os.cpu_count() or 1) // size))
        self.size = size
        self._over = False
        self._workers = [_Worker(limits.minutes, most_bytes, threads) for _ in range(size)]
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        for worker in self._workers:
            self._idle.put(worker)

    def do(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """Have a recording analysed, and wait for it.

        Parameters
        ----------
        job : mapping
            As `prosody.batch.child.answer` takes it.

        Returns
        -------
        dict
            As `prosody.batch.child.answer` gives it; of a recording that ended its process twice,
            why the second one ended.

        Raises
        ------
        Ended
            If the crew was ended meanwhile.
        """
        worker = self._idle.get()
        try:
            found = worker.ask(job)
            if isinstance(found, Message) and not self._over:
                found = worker.ask(job)
        finally:
            self._idle.put(worker)
        if self._over:
            raise Ended
        if isinstance(found, Message):
            return {"code": found.code, "reason": str(found)}
        return found

    def end(self) -> None:
        """End every process and whatever it started."""
        self._over = True
        for worker in self._workers:
            worker.end()


class _Worker:
    """One process, begun when it is first asked and again after it ended."""

    def __init__(self, minutes: float | None, most_bytes: float, threads: str) -> None:
        self._minutes, self._most_bytes, self._threads = minutes, most_bytes, threads
        self._process: subprocess.Popen[str] | None = None
        self._said: SimpleQueue[str | None] = SimpleQueue()

    def ask(self, job: Mapping[str, Any]) -> dict[str, Any] | Message:
        """Give what became of a job, or why the process ended over it."""
        process = self._process or self._begin()
        began = time.monotonic()
        with suppress(OSError):  # one that ended meanwhile says so below
            _write(process, json.dumps(job, default=str))
        while True:
            try:
                line = self._said.get(timeout=_LOOK_S)
            except Empty:
                if (why := self._over(process, began)) is not None:
                    self.end()
                    return why
                continue
            if line is None:
                status = process.wait()
                self._process = None
                return _ended(status)
            found: dict[str, Any] = json.loads(line)
            if found.get("code") != "batch.fault":
                return found
            self.end()  # nobody knows what a fault left behind in it
            return message("batch.fault", error=found["error"])

    def _begin(self) -> "subprocess.Popen[str]":
        self._process = begun("prosody.batch.worker", OMP_NUM_THREADS=self._threads)
        self._said = SimpleQueue()
        threading.Thread(target=_hear, args=(self._process, self._said), daemon=True).start()
        return self._process

    def _over(self, process: "subprocess.Popen[str]", began: float) -> Message | None:
        """Say which limit is passed, if one is."""
        if self._minutes is not None and time.monotonic() - began > self._minutes * 60:
            return message("batch.too_long", minutes=self._minutes)
        if _memory_of(process.pid) > self._most_bytes:
            return message("batch.too_much_memory", gigabytes=self._most_bytes / _GB)
        return None

    def end(self) -> None:
        """End the process and whatever it started."""
        process, self._process = self._process, None
        if process is None:
            return
        for each in (*_started_by(process.pid), process):
            with suppress(OSError, psutil.Error):
                each.kill()
        process.wait()


def _write(process: "subprocess.Popen[str]", line: str) -> None:
    if process.stdin is not None:
        process.stdin.write(line + "\n")
        process.stdin.flush()


def _hear(process: "subprocess.Popen[str]", said: "SimpleQueue[str | None]") -> None:
    """Pass on what a process says; None when it says no more."""
    for line in process.stdout or ():
        said.put(line)
    said.put(None)


def _started_by(pid: int) -> list[psutil.Process]:
    try:
        return list(psutil.Process(pid).children(recursive=True))
    except psutil.Error:
        return []


def _memory_of(pid: int) -> int:
    """Bytes of memory that a process and whatever it started take."""
    total = 0
    with suppress(psutil.Error):
        for each in (psutil.Process(pid), *_started_by(pid)):
            with suppress(psutil.Error):
                total += each.memory_info().rss
    return total


def _ended(status: int) -> Message:
    if status < 0:
        return message("batch.killed", signal=-status)
    return message("batch.fault", error=f"exit code {status}")
