"""Ctrl-C ends the program wherever it is, and nothing half made stays behind."""

import os
import signal
import subprocess
import sys

import pytest

from diarize.messages import VARIABLE, message
from tests.conftest import PATIENCE_S, ROOT

DROPPED = """
import sys, time
from diarize.runtime.stopping import stop_at_once
stop_at_once()
class Busy:
    def __del__(self):
        print("ready", flush=True)
        time.sleep(30)  # an exception in a finaliser is dropped and the program goes on
del_me = Busy()
del del_me
"""

HALF_MADE = """
import os, signal, sys
from pathlib import Path
from diarize.runtime.atomic import write_whole
from diarize.runtime.stopping import stop_at_once
stop_at_once()
place = Path(sys.argv[1])
def fill(file):
    file.write(b"half")
    print([p.name for p in place.iterdir()], flush=True)
    os.kill(os.getpid(), signal.SIGINT)
write_whole(place / "kept", fill)
"""

HALF_SAVED = """
import os, signal, sys
from pathlib import Path
from diarize.runtime.stopping import stop_at_once
from sqlalchemy import insert
from prosody.store.library import Library
from prosody.store.saving import put
from prosody.store.schema import sessions
stop_at_once()
folder = Path(sys.argv[1])
def half(to):
    to.write_text("half")
    print([p.name for p in folder.iterdir()], flush=True)
    os.kill(os.getpid(), signal.SIGINT)
library, entry = Library(folder), dict.fromkeys(("added_on", "saved_at"), "2026-01-01")
with library.locked():
    with library.database.writing() as held:
        row = {"session_id": "s-one", "sha256": "ab", "stamp": 1, "words_kept": False}
        held.execute(insert(sessions), {**row, **entry, "sound_kept": False})
    put(library, "s-one", {"report.json": half})
"""

ASKING = """
import click
from diarize.runtime.asking import ASK
from prosody.cli.terminal import run
@click.command("batch")
def batch():
    ASK.pop()(new=True)
run(batch)
"""

SWITCHED_OFF = """
import os, signal
from diarize.runtime.stopping import stop_at_once
signal.signal(signal.SIGINT, signal.SIG_IGN)
stop_at_once()
os.kill(os.getpid(), signal.SIGINT)
print("went on")
"""

FINISHED = """
import contextlib, os, signal, sys
from diarize.runtime.stopping import stop_at_once, undone_if_stopped
stop_at_once()
with contextlib.suppress(ValueError), undone_if_stopped(lambda: print("undone", flush=True)):
    if sys.argv[1:]:
        raise ValueError
print("finished", flush=True)
os.kill(os.getpid(), signal.SIGINT)
"""


def _as_begun_by_hand():
    """No signal is switched off, though the tests were begun by ``nohup`` or in the background."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def run(program: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_as_begun_by_hand,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_is_not_lost_where_python_drops_exceptions(number):
    with run(DROPPED) as child:
        assert child.stdout is not None and child.stdout.readline() == "ready\n"
        child.send_signal(number)
        assert child.communicate(timeout=PATIENCE_S) == ("", "")
    assert child.returncode == 130


def test_a_file_half_written_goes_and_the_old_one_stays(tmp_path):
    (tmp_path / "kept").write_text("old")
    with run(HALF_MADE, tmp_path) as child:
        said, _ = child.communicate(timeout=PATIENCE_S)
    assert child.returncode == 130
    assert said.count("'") == 4, "the new file is written beside the old one"
    assert [p.name for p in tmp_path.iterdir()] == ["kept"]
    assert (tmp_path / "kept").read_text() == "old"


ELSEWHERE = f"import signal; del signal.SIGHUP; signal.SIGBREAK = {int(signal.SIGUSR1)}\n"


def test_where_a_closed_terminal_is_another_signal_that_one_stops():
    with run(ELSEWHERE + DROPPED) as child:
        assert child.stdout is not None and child.stdout.readline() == "ready\n"
        child.send_signal(signal.SIGUSR1)
        assert child.communicate(timeout=PATIENCE_S) == ("", "")
    assert child.returncode == 130


def test_a_session_half_saved_goes_and_the_old_one_stays(tmp_path):
    (tmp_path / "s-one").mkdir()
    (tmp_path / "s-one" / "report.json").write_text("whole")
    with run(HALF_SAVED, tmp_path) as child:
        said, _ = child.communicate(timeout=PATIENCE_S)
    assert child.returncode == 130 and ".unfinished-" in said
    left = {p.name for p in tmp_path.iterdir() if "library.db" not in p.name}
    assert left == {".lock", "s-one"}
    assert (tmp_path / "s-one" / "report.json").read_text() == "whole"


def test_a_program_started_with_ctrl_c_switched_off_keeps_it_off():
    with run(SWITCHED_OFF) as child:
        said, _ = child.communicate(timeout=PATIENCE_S)
    assert (child.returncode, said) == (0, "went on\n")


@pytest.mark.parametrize("fails", [False, True])
def test_what_is_finished_is_not_undone(fails):
    with run(FINISHED, *(["fails"] if fails else [])) as child:
        said, _ = child.communicate(timeout=PATIENCE_S)
    assert (child.returncode, said) == (130, "finished\n")


def test_stopped_at_a_question_it_says_so_and_what_is_typed_is_shown_again(monkeypatch):
    termios = pytest.importorskip("termios")
    monkeypatch.setenv(VARIABLE, "de")
    ours, terminal = os.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", ASKING],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        preexec_fn=_as_begun_by_hand,
    )

    def shown() -> bool:
        return bool(termios.tcgetattr(ours)[3] & termios.ECHO)

    while shown():
        os.read(ours, 1000)  # the question, whose end is written where nothing is shown any more
    child.send_signal(signal.SIGINT)
    assert child.wait(timeout=PATIENCE_S) == 130 and shown()
    said = os.read(ours, 1000).decode().strip()
    assert said == f"prosody: {message('stopped.batch')}"
