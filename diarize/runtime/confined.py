"""Work on what somebody sent, in a process that may use little and reach nobody.

Conventions
-----------
A *workshop* is one clean process that does the work of a module, a fork for each piece: starting
one costs a few milliseconds, and what goes wrong in one ends with it. Before a fork touches the
files it was given, it limits its memory, processor time and what it may write, and gives up the
network (by a filter of system calls, which whatever it starts inherits). Linux only; `possible`
says so, and elsewhere callers do the work themselves.

The work of a module is its function ``work(job, files)``: a JSON object and open files in, a JSON
object out, no longer than `Limits.answer_bytes`. Nothing else comes back: a process that was taken
over can only lie, and not at length. A workshop that is gone before it began a piece is replaced
once; a file is blamed only for what happened while it was read.
"""

import ctypes
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from diarize.runtime.calls import alone
from diarize.runtime.program import environment, own_program

__all__ = ["Ended", "Limits", "Workshop", "possible", "serve"]

_LENGTH = struct.Struct("!Iii")  # of a request: its length; of an answer: a process, its status
_DEATH = 1
# What a signal that ended a piece says: its time was up, or the system had no memory left.
_CAUSES = {"SIGXCPU": "too_long", "SIGKILL": "gone"}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a piece of work may use.

    Parameters
    ----------
    memory_bytes : int
        Of its own; files mapped into memory do not count.
    cpu_s : int
        Seconds of a processor; in ten times that and a minute it must be done.
    file_bytes : int
        The largest file it may write.
    answer_bytes : int
        The longest answer that is heard.
    """

    memory_bytes: int
    cpu_s: int
    file_bytes: int
    answer_bytes: int


class Ended(Exception):
    """A piece of work ended without an answer.

    Parameters
    ----------
    cause : str
        ``too_long`` (its time was up), ``too_much`` (it answered more than it may), ``fell`` (it
        ended by its own fault), or, through no fault of what was read, ``gone``: the workshop did
        not start or ended, or the system killed the piece.
    """

    def __init__(self, cause: str) -> None:
        self.cause = cause
        super().__init__(cause)


class _Gone(Exception):
    """The workshop is not there; `begun` says whether a piece of work was under way."""

    def __init__(self, *, begun: bool) -> None:
        self.begun = begun
        super().__init__(begun)


def possible() -> bool:
    """Whether this machine confines work."""
    return sys.platform == "linux" and hasattr(os, "pidfd_open")


class Workshop:
    """A process that does the work of a module.

    Parameters
    ----------
    module : str
        Its dotted name; run as a program it calls `serve`.
    """

    def __init__(self, module: str) -> None:
        self._module = module
        self._lock = threading.Lock()
        self._owner = 0
        self._line: socket.socket | None = None

    def do(self, job: Any, files: Sequence[int], limits: Limits) -> Any:
        """Have a piece of work done.

        Parameters
        ----------
        job
            What JSON takes.
        files : sequence of int
            Open files that it may use.
        limits : Limits
            What it may use.

        Raises
        ------
        Ended
            If it did not answer.
        """
        request = {"job": job, "limits": asdict(limits), "known": environment()}
        text = json.dumps(request).encode()
        with self._lock:
            try:
                said, cause, status = self._asked(text, files, limits)
            except _Gone as gone:
                if gone.begun:
                    raise Ended("gone") from None
                try:  # it ended while nobody asked for anything: another one does the piece
                    said, cause, status = self._asked(text, files, limits)
                except _Gone:
                    raise Ended("gone") from None
        if cause:
            raise Ended(cause)
        if os.WIFEXITED(status) and said:
            return json.loads(said)
        ended = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else ""
        raise Ended(_CAUSES.get(ended, "fell"))

    def _asked(self, text: bytes, files: Sequence[int], limits: Limits) -> tuple[bytes, str, int]:
        """Have a request done; a workshop that is gone is forgotten."""
        try:
            return _done(self._ready(), text, files, limits)
        except (OSError, _Gone) as error:
            if self._line is not None:
                self._line.close()
            self._line = None
            raise _Gone(begun=isinstance(error, _Gone) and error.begun) from None

    def _ready(self) -> socket.socket:
        """Give the line to the process; a fork of ours needs another."""
        if self._line is None or self._owner != os.getpid():
            ours, theirs = socket.socketpair()
            command, known = own_program(self._module)
            with theirs:
                self._process = subprocess.Popen(
                    command,
                    env={**known, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,  # Ctrl-C is for whoever asked
                )
            self._line, self._owner = ours, os.getpid()
        return self._line


def _done(
    line: socket.socket, text: bytes, files: Sequence[int], limits: Limits
) -> tuple[bytes, str, int]:
    """Have a request done: what was answered, why it was stopped, and how the fork ended."""
    answer, theirs = os.pipe()
    try:
        try:
            socket.send_fds(line, [_LENGTH.pack(len(text), 0, 0)], [*files, theirs])
            line.sendall(text)
        finally:
            os.close(theirs)
        process = _LENGTH.unpack(_whole(line, _LENGTH.size))[1]
        said, cause = _heard(process, answer, limits)
    finally:
        os.close(answer)
    try:
        return said, cause, _LENGTH.unpack(_whole(line, _LENGTH.size))[2]
    except (OSError, _Gone):
        raise _Gone(begun=True) from None


def _heard(process: int, answer: int, limits: Limits) -> tuple[bytes, str]:
    """Give what a piece of work answered, and why it was stopped if it was."""
    said, end = bytearray(), time.monotonic() + 10 * limits.cpu_s + 60
    while True:
        if not select.select([answer], [], [], max(0.0, end - time.monotonic()))[0]:
            cause = "too_long"
        elif not (part := os.read(answer, 1 << 16)):
            return bytes(said), ""
        else:
            said += part
            cause = "too_much" if len(said) > limits.answer_bytes else ""
        if cause:
            with suppress(ProcessLookupError):  # it has just ended by itself
                os.kill(process, signal.SIGKILL)
            return b"", cause


def _whole(line: socket.socket, size: int) -> bytes:
    held = b""
    while len(held) < size:
        part = line.recv(size - len(held))
        if not part:
            raise _Gone(begun=False)
        held += part
    return held


def serve(work: Any) -> None:
    """Do pieces of work, a fork each, until whoever asks is gone.

    Parameters
    ----------
    work : callable
        Of a job and a list of open files; gives what JSON takes.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    line = socket.socket(fileno=os.dup(0))
    while True:
        head, files, _, _ = socket.recv_fds(line, _LENGTH.size, 16)
        if not head:
            return
        request = json.loads(_whole(line, _LENGTH.unpack(head)[0]))
        process = os.fork()
        if process == 0:
            line.close()
            _piece(work, request, files)
        for each in files:
            os.close(each)
        line.sendall(_LENGTH.pack(0, process, 0))
        line.sendall(_LENGTH.pack(0, process, _awaited(line, process)))


def _awaited(line: socket.socket, process: int) -> int:
    """Wait for a fork; it ends with whoever asked."""
    handle = os.pidfd_open(process)
    try:
        lines: list[Any] = [handle, line]
        ready, _, _ = select.select(lines, [], [])
        if handle not in ready:
            os.kill(process, signal.SIGKILL)
    finally:
        os.close(handle)
    return os.waitpid(process, 0)[1]


def _piece(work: Any, request: Any, files: list[int]) -> None:
    """Do a piece of work in this process, and end it."""
    code = 1
    try:
        os.close(0)
        os.open(os.devnull, os.O_RDONLY)
        os.environ.update(request["known"])
        _confine(Limits(**request["limits"]))
        *given, answer = files
        text = json.dumps(work(request["job"], given)).encode()
        while text:
            text = text[os.write(answer, text) :]
        code = 0
    finally:
        os._exit(code)


def _confine(limits: Limits) -> None:
    """Limit this process and whatever it starts."""
    import resource  # where work is not confined there may be no such module

    ctypes.CDLL(None).prctl(_DEATH, signal.SIGKILL, 0, 0, 0)
    for kind, soft, hard in (
        (resource.RLIMIT_DATA, limits.memory_bytes, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_s, limits.cpu_s + 2),  # a signal, then the end
        (resource.RLIMIT_FSIZE, limits.file_bytes, limits.file_bytes),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        own = resource.getrlimit(kind)[1]
        most = hard if own == resource.RLIM_INFINITY else min(hard, own)
        resource.setrlimit(kind, (min(soft, most), most))
    alone()
