"""Kill a piece of this program at a chosen system call, many times over, without starting anew.

A fork does the work while strace, attached to it, kills it at the n-th call of a kind. So one
warm process tries hundreds of kills in minutes. To try all of them, a fork that does the work once
is held at each of its calls instead: a killed process leaves on the disk what lay there after its
last call, no more and no less, and that can be copied while it stands still.
"""

import contextlib
import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

__all__ = ["CALLS", "calls_of", "failing_from", "held_at_each", "killed_at", "possible"]

# what changes a disk: each is where a kill could leave something half done
CALLS = ("write", "pwrite64", "ftruncate", "rename", "unlink", "unlinkat", "rmdir", "mkdir",
         "fsync", "fdatasync")  # fmt: skip
_ANY_TRACER = 0x59616D61


def possible() -> bool:
    """Whether strace is here and may attach to a fork of this process."""
    if shutil.which("strace") is None or not hasattr(os, "fork"):
        return False
    with tempfile.TemporaryDirectory() as folder:
        return bool(calls_of(lambda: Path(folder, "x").write_text("x")).get("write"))


def calls_of(work: Callable[[], object]) -> dict[str, int]:
    """Count the calls of each kind that a piece of work makes."""
    with tempfile.NamedTemporaryFile("r") as log:
        _traced(work, ["-o", log.name, "-e", f"trace={','.join(CALLS)}"])
        text = log.read()
    named = re.findall(r"^(?:\d+ +)?(\w+)\(", text, re.M)
    return {name: named.count(name) for name in CALLS if name in named}


def killed_at(work: Callable[[], object], call: str, number: int) -> bool:
    """Do a piece of work in a fork that is killed at its n-th call of a kind; whether it was."""
    rule = f"inject={call}:signal=KILL:when={number}"
    status = _traced(work, ["-o", os.devnull, "-e", f"trace={call}", "-e", rule])
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def failing_from(work: Callable[[], object], call: str, number: int, error: str) -> None:
    """Do a piece of work in a fork whose calls of a kind fail from the n-th on."""
    rule = f"inject={call}:error={error}:when={number}+"
    _traced(work, ["-o", os.devnull, "-e", f"trace={call}", "-e", rule])


def held_at_each(work: Callable[[], object], look: Callable[[str, bool], object]) -> int:
    """Do a piece of work in a fork that is held after each call that changes a disk.

    Parameters
    ----------
    work : callable
        What is done.
    look : callable
        Told the call, and whether the fork itself made it or a process that it started; while it
        looks, whoever made the call stands still.

    Returns
    -------
    int
        How the fork ended, as `os.waitpid` says it.
    """
    heard, told = os.pipe()
    calls = ",".join(CALLS)
    options = ["-o", f"/dev/fd/{told}", "-e", f"trace={calls}", "-e", f"inject={calls}:signal=STOP"]

    def follow(child: int) -> None:
        os.close(told)
        last, stopping = dict[int, str](), False
        with os.fdopen(heard) as lines:
            for who, line in map(partial(_whose, child), lines):
                if named := re.match(r"(?:<\.\.\. )?(\w+)(?:\(| resumed)", line):
                    last[who] = named[1]
                stopping = stopping or line.startswith("--- SIGSTOP")
                if stopping and line.startswith("--- stopped by SIGSTOP"):
                    stopping = False
                    look(last.get(who, ""), who == child)
                    os.kill(who, signal.SIGCONT)

    return _traced(work, options, follow, told)


def _whose(child: int, line: str) -> tuple[int, str]:
    """Part a line of strace's into who did it and what; alone, the fork is not named."""
    number, _, rest = line.partition(" ")
    return (int(number), rest.lstrip()) if number.isdecimal() else (child, line)


def _traced(
    work: Callable[[], object],
    options: list[str],
    follow: Callable[[int], object] = lambda child: None,
    *own: int,
) -> int:
    ready, go = os.pipe()
    child = os.fork()
    if child == 0:
        _child(work, ready, go)
    os.close(ready)
    command = ["strace", "-f", "-qq", *options, "-p", str(child)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, pass_fds=own) as tracer:
        _wait_for_tracer(child, tracer)
        os.write(go, b"x")
        os.close(go)
        follow(child)
        _, status = os.waitpid(child, 0)
        tracer.wait()
    return status


def _child(work: Callable[[], object], ready: int, go: int) -> None:
    code = 1
    try:
        os.close(go)
        ctypes.CDLL(None).prctl(_ANY_TRACER, ctypes.c_ulong(-1).value)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        os.read(ready, 1)
        _on_one_thread()
        work()
        code = 0
    finally:
        os._exit(code)


def _on_one_thread() -> None:
    """Keep a fork from waiting for threads of torch's that only its parent has."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


def _wait_for_tracer(child: int, tracer: "subprocess.Popen[bytes]") -> None:
    for _ in _until(10.0):
        status = Path(f"/proc/{child}/status").read_text()
        if "TracerPid:\t0" not in status or tracer.poll() is not None:
            return


def _until(seconds: float) -> Iterator[None]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
        with contextlib.suppress(InterruptedError):
            time.sleep(0.005)
