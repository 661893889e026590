"""`prosody dashboard` is the dashboard's own program: its signals, exit codes and lines."""

import ast
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
from functools import partial

import pytest

from dashboard.app import DEFAULT_PORT
from tests.conftest import PATIENCE_S, ROOT
from tests.said import told

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are other ones elsewhere")


def started(folder, *more):
    """Start the command in a folder where a file has the dashboard's name."""
    (folder / "dashboard.py").write_text("raise SystemExit(77)")
    command = [sys.executable, "-P", "-m", "prosody", "dashboard", "--library", str(folder / "l")]
    return subprocess.Popen(
        [*command, "--no-browser", *more],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )


def test_it_serves_on_a_free_port_until_interrupted_and_leaves_130(tmp_path):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # where one just ended there
        first = DEFAULT_PORT
        with contextlib.suppress(OSError):  # where somebody has it, who may let go of it any time
            taken.bind(("127.0.0.1", DEFAULT_PORT))
            taken.listen()
            first += 1
        running = started(tmp_path)
        said = running.stdout.readline()
    with running:
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=PATIENCE_S)
    assert running.returncode == 130 and told("stopped.dashboard", errors)
    port = int(re.search(r"http://127\.0\.0\.1:(\d+)", said)[1])
    assert first <= port < DEFAULT_PORT + 20


def test_a_port_in_use_is_one_line_and_exit_2(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with started(tmp_path, "--port", port) as running:
            said, errors = running.communicate(timeout=PATIENCE_S)
    assert (running.returncode, said) == (2, "")
    assert port in errors and len(errors.splitlines()) == 1


def test_nothing_in_prosody_imports_the_dashboard():
    for file in (ROOT / "prosody").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [getattr(node, "module", None), *(n.name for n in node.names)]
                assert not any(str(n).split(".")[0] == "dashboard" for n in names), file
            elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "import_module":
                assert not any("dashboard.app" in ast.unparse(a) for a in node.args), file
