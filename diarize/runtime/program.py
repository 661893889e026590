"""Starting a program of our own, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["begun", "own_program"]

_HOME = Path(__file__).resolve().parents[2]


def own_program(module: str) -> tuple[list[str], dict[str, str]]:
    """Give the command and the environment that run a module of ours.

    The module is found where this one was, and never in the folder a person happens to be in:
    a file called ``dashboard.py`` may well lie there.

    Parameters
    ----------
    module : str
        Its dotted name, as after ``python -m``.
    """
    places = [str(_HOME), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(places)}
    return [sys.executable, "-P", "-m", module], environment


def begun(module: str, **environment: str) -> "subprocess.Popen[str]":
    """Start a module of ours that is asked and answers in UTF-8; its other remarks are lost.

    Parameters
    ----------
    module : str
        Its dotted name, as after ``python -m``.
    **environment : str
        Variables that it is given where this process has none of them.
    """
    command, own = own_program(module)
    return subprocess.Popen(
        command,
        env={**environment, **own},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    )
