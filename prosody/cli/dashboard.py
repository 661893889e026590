"""The command that opens the dashboard.

The dashboard stands above this package: it is started as a program and never imported here.
"""

import os
import subprocess
import sys
from pathlib import Path

import click

from diarize.runtime.program import own_program
from prosody.cli.declare import Command, library_option

__all__ = ["dashboard"]


@click.command(cls=Command)
@library_option
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="N",
    help="Port (default: the first free one).",
)
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
def dashboard(library: Path | None, port: int | None, no_browser: bool) -> int:
    """Open the dashboard for the library in a browser, on this machine only."""
    from prosody.store.library import root

    command, environment = own_program("dashboard")
    command += ["--library", str(root(library))]
    command += [f"--port={port}"] if port else []
    command += ["--no-browser"] if no_browser else []
    command += ["--debug"] if "--debug" in sys.argv else []
    if os.name == "posix":  # in this process's place, so signals and exit code are its own
        os.execve(sys.executable, command, environment)
    return subprocess.call(command, env=environment)
