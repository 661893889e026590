"""Commands as people type them: in this process, or in one of their own where that is the point."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from diarize.runtime.asking import ASK
from prosody.cli.commands import cli
from prosody.cli.terminal import run
from tests.conftest import ROOT


@dataclass(frozen=True)
class Done:
    """How a command ended, as `subprocess.run` would tell it."""

    returncode: int
    stdout: str
    stderr: str


class _Way:
    """What `python -m prosody` runs, in the shape that click's runner takes."""

    name = "prosody"

    def main(self, args: list[str], **_: Any) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", [self.name, *args])
            run(cli)


def prosody(*arguments: object, cwd: Path | None = None, input: str | bytes = "") -> Done:
    """Run the command line to its exit code without starting a process, which takes seconds."""
    with _as_it_was(), chdir(cwd or Path.cwd()):
        done = CliRunner().invoke(_Way(), [str(a) for a in arguments], input=input)  # type: ignore[arg-type]
    return Done(done.exit_code, done.stdout, done.stderr)


@contextmanager
def _as_it_was() -> Iterator[None]:
    """Put back what a command sets for its process: variables, Ctrl-C, who may read new files."""
    variables, asks, mask = dict(os.environ), [*ASK], os.umask(0)
    os.umask(mask)
    stops = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(variables)
        for number, then in stops.items():
            signal.signal(number, then)
        ASK[:] = asks
        os.umask(mask)


def typed(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-m", "prosody", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **options.pop("env", {})}
    return subprocess.run(
        command, capture_output=True, text=True, env=environment, timeout=300, **options
    )
