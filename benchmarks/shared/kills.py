"""Kill a piece of this program at a chosen system call, many times over, without starting anew.

A fork does the work while strace, attached to it, kills it at the n-th call of a kind. So one
warm process tries hundreds of kills in minutes.
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
from pathlib import Path

__all__ = ["CALLS", "calls_of", "failing_from", "killed_at", "possible"]

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


def _traced(work: Callable[[], object], options: list[str]) -> int:
    ready, go = os.pipe()
    child = os.fork()
    if child == 0:
        _child(work, ready, go)
    os.close(ready)
    command = ["strace", "-f", "-qq", *options, "-p", str(child)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as tracer:
        _wait_for_tracer(child, tracer)
        os.write(go, b"x")
        os.close(go)
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
