"""Where a page is printed: gone with the work, also where the work was killed."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from diarize.runtime.workplace import clear, workplace
from tests.commands import prosody
from tests.conftest import ROOT

_WORK = """
import time
from diarize.runtime.workplace import workplace
with workplace() as work:
    (work / "page.html").write_text("what she said")
    print(work, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def working(place):
    """A process that works in such a folder, and the folder."""
    known = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(place)}
    command = [sys.executable, "-c", _WORK]
    with subprocess.Popen(command, env=known, stdout=subprocess.PIPE, text=True) as process:
        yield process, Path(process.stdout.readline().strip())
        process.kill()


def test_nothing_is_left_afterwards(place):
    with pytest.raises(RuntimeError), workplace() as work:
        (work / "page.html").write_text("what she said")
        assert work.parent == place and work.stat().st_mode & 0o077 == 0
        raise RuntimeError
    assert list(place.iterdir()) == []


def test_what_a_kill_leaves_the_next_command_removes_and_work_that_goes_on_stays(working, place):
    process, work = working
    assert prosody("--version").returncode == 0
    assert (work / "page.html").is_file(), "somebody works there"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert (work / "page.html").is_file()
    assert prosody("--version").returncode == 0
    assert list(place.iterdir()) == []


def test_a_link_of_such_a_name_leads_nowhere(place, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    (other / "held").touch()
    (other / "mine").write_text("kept")
    (place / "prosody-work-x").symlink_to(other)
    clear()
    assert (other / "mine").read_text() == "kept"
