"""Work on what somebody sent may use little and reach nobody, and what goes wrong ends with it."""

import os
import select
import subprocess
import sys
import tempfile
import textwrap
from dataclasses import replace

import psutil
import pytest

from diarize.runtime import confined, program
from diarize.runtime.confined import Ended, Limits, Workshop, possible
from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(not possible(), reason="this machine does not confine work")
LIMITS = Limits(memory_bytes=300_000_000, cpu_s=20, file_bytes=1_000_000, answer_bytes=100_000)
WORK = """
    import os, signal, socket, subprocess, sys
    from diarize.runtime.confined import serve
    def tried(what):
        try:
            what()
        except OSError as error:
            return error.errno
        return 0
    def work(job, files):
        if job == "say":
            return {"read": os.read(files[0], 9).decode(), "wrote": os.write(files[1], b"made"),
                    "stdin": os.read(0, 9).decode(), "extra": os.environ.get("PROSODY_EXTRA")}
        if job == "reach":
            ask = "import socket; socket.socket()"
            child = subprocess.run([sys.executable, "-c", ask], capture_output=True).returncode
            unix = tried(lambda: socket.socket(socket.AF_UNIX))
            return [tried(lambda: socket.socket()), unix, child]
        if job == "fill":
            try:
                bytearray(2_000_000_000)
            except MemoryError:
                return "no memory"
        if job == "write":
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            return tried(lambda: [os.write(files[1], bytes(900_000)) for _ in range(3)])
        if job == "spin":
            while True: pass
        if job == "fall":
            os.kill(os.getpid(), signal.SIGSEGV)
        if job == "talk":
            return "x" * 200_000
        if job == "end":
            os._exit(0)
        if job == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if job == "shut":
            os.kill(os.getppid(), signal.SIGKILL)
            os.read(files[0], 9)
        return [os.getpid(), os.getppid()]
    if __name__ == "__main__":
        serve(work)
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    (folder / "piece_of_work.py").write_text(textwrap.dedent(WORK))
    kept = pytest.MonkeyPatch()
    boot = f"import sys; sys.path[:0] = [{str(folder)!r}, {str(ROOT)!r}];"
    run = "import runpy; runpy.run_module('piece_of_work', run_name='__main__')"
    command = [sys.executable, "-I", "-c", boot + run]
    kept.setattr("diarize.runtime.confined.own_program", lambda m: (command, program.environment()))
    yield Workshop("piece_of_work")
    kept.undo()


@pytest.fixture
def files():
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as taken:
        given.write(b"recording")
        given.seek(0)
        yield [given.fileno(), taken.fileno()]


def test_it_has_the_files_it_was_given_and_nothing_else(shop, files, monkeypatch):
    monkeypatch.setenv("PROSODY_EXTRA", "told later")
    assert shop.do("say", files, LIMITS) == {
        "read": "recording", "wrote": 4, "stdin": "", "extra": "told later",
    }  # fmt: skip
    assert os.pread(files[1], 9, 0) == b"made"


def test_each_piece_is_a_process_of_its_own_under_one_that_stays(shop, files):
    (one, over), (other, same) = (shop.do("who", files, LIMITS) for _ in range(2))
    assert one != other and over == same != os.getpid()


def test_it_reaches_nobody_and_neither_does_what_it_starts(shop, files):
    refused, unix, child = shop.do("reach", files, LIMITS)
    assert (refused, unix) == (1, 1) and child != 0


def test_memory_and_files_end_where_they_should(shop, files):
    assert shop.do("fill", files, LIMITS) == "no memory"
    assert shop.do("write", files, LIMITS) == 27  # too large a file


@pytest.mark.parametrize(
    ("job", "cause"),
    [("spin", "too_long"), ("fall", "fell"), ("talk", "too_much"), ("end", "fell"),
     ("killed", "gone"), ("shut", "gone")],
)  # fmt: skip
def test_why_there_is_no_answer_is_told_and_the_next_piece_is_done(shop, files, job, cause):
    with pytest.raises(Ended) as caught:
        shop.do(job, files, replace(LIMITS, cpu_s=1))
    assert caught.value.cause == cause
    assert len(shop.do("who", files, LIMITS)) == 2


def test_a_workshop_that_ended_between_two_pieces_is_replaced(shop, files):
    _, over = shop.do("who", files, LIMITS)
    psutil.Process(over).kill()
    psutil.Process(over).wait(20)
    _, other = shop.do("who", files, LIMITS)
    assert other != over


def test_a_workshop_that_cannot_start_is_no_fault_of_a_file(files, monkeypatch):
    monkeypatch.setattr(confined, "own_program", lambda m: (["/nowhere/python"], {}))
    with pytest.raises(Ended) as caught:
        Workshop("nothing").do("who", files, LIMITS)
    assert caught.value.cause == "gone"


def test_reading_can_be_imported_where_nothing_is_limited():
    ask = "import sys; sys.modules['resource'] = None; import diarize.recording.audio"
    assert subprocess.run([sys.executable, "-c", ask], cwd=ROOT).returncode == 0


def test_who_asks_and_is_gone_leaves_nothing_running(files):
    ask = (
        "import os, psutil; from diarize.recording import confined_decoding;"
        "from diarize.runtime.atomic import sha256_of;"
        "from diarize.settings import Decoding; from pathlib import Path;"
        "path = Path('sample_audio/attentive.flac');"
        "confined_decoding.read(path, sha256_of(path), limits=Decoding());"
        "print(psutil.Process().children()[0].pid, flush=True); os._exit(0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True
    )
    try:
        handle = os.pidfd_open(int(done.stdout))
    except ProcessLookupError:
        return
    assert select.select([handle], [], [], 20)[0], "it ends when nobody can ask any more"
