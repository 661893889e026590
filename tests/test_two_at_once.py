"""Two runs on one library, and a recording that ends every worker it is given to."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from functools import partial

import psutil
import pytest
import soundfile

from diarize.recording import consent
from prosody.store.library import Library
from tests.commands import typed
from tests.conftest import ROOT, tone

RATE_HZ = 16_000


def recordings(folder, many):
    """So many short recordings of a tone, each another, with their consents."""
    folder.mkdir()
    for number in range(many):
        path = folder / f"r{number:03}.wav"
        soundfile.write(path, tone(1.0, hz=200 + number), RATE_HZ)
        consent.grant(path, by="T-1")
    return folder


@contextmanager
def running(*arguments):
    """A command that runs beside the test, and is ended with it."""
    command = [sys.executable, "-m", "prosody", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    ) as child:
        try:
            yield child
        finally:
            if child.poll() is None:
                child.kill()


def until(what: Callable[[], object], child):
    while not what():
        assert child.poll() is None, child.communicate()
        time.sleep(0.01)


@pytest.fixture
def frozen():
    """Stop a process and all it started, until the test is over."""
    stopped = []

    def stop(pid):
        for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                process.suspend()
                stopped.append(process)

    yield stop
    for process in stopped:
        with suppress(psutil.NoSuchProcess):
            process.resume()


@pytest.mark.slow
def test_a_second_batch_on_a_library_is_refused_and_the_first_is_finished(tmp_path, frozen):
    folder, library = recordings(tmp_path / "in", 3), tmp_path / "l"
    with running("batch", folder, "--library", library, "--transcriber", "none") as first:
        until((library / ".batch-lock").exists, first)
        until(psutil.Process(first.pid).children, first)  # else it may stop while it starts one
        frozen(first.pid)  # however fast it is, the second comes while it is at work
        second = typed("batch", folder, "--library", library, "--transcriber", "none")
        assert second.returncode == 2 and second.stdout == ""
        assert len(second.stderr.strip().splitlines()) == 1
        for process in (psutil.Process(first.pid), *psutil.Process(first.pid).children(True)):
            process.resume()
        _, said = first.communicate(timeout=300)
    assert first.returncode == 0, said
    assert len(list(Library(library).sessions())) == 3


@pytest.mark.slow
def test_an_interrupted_batch_leaves_nothing_half_done_and_goes_on_where_it_was(tmp_path):
    folder, library = recordings(tmp_path / "in", 4), tmp_path / "l"
    given = ("batch", folder, "--library", library, "--transcriber", "none", "--json")
    with running(*given) as child:
        until(lambda: list(library.glob("[!.]*/report.json")), child)
        own = psutil.Process(child.pid).children(recursive=True)
        (library / ".unfinished-x").mkdir()  # as a child leaves it that is killed while saving
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=60)
    assert child.returncode == 130 and own
    assert psutil.wait_procs(own, timeout=60)[1] == []
    assert not list(library.glob(".unfinished-*"))
    done = {entry.session_id for entry in Library(library).sessions()}
    again = typed(*given)
    assert again.returncode == 0, again.stderr
    outcomes = [json.loads(line) for line in again.stdout.splitlines()]
    assert {one["session_id"] for one in outcomes if one["status"] == "skipped"} == done != set()
    assert len(list(Library(library).sessions())) == 4


@pytest.mark.slow
def test_a_recording_that_ends_its_workers_fails_alone_and_every_other_is_done(tmp_path):
    many = 4
    folder, library = recordings(tmp_path / "in", many), tmp_path / "l"
    bad = folder / "r002.wav"
    soundfile.write(bad, tone(30.0), RATE_HZ)  # long enough to be met
    consent.grant(bad, by="T-1")
    killed: list[int] = []
    given = ("batch", folder, "--library", library, "--transcriber", "none", "--jobs", 2, "--json")
    with running(*given) as child:
        killing = threading.Thread(target=_kill_whoever_reads, args=(child, bad, killed))
        killing.start()
        told, said = child.communicate(timeout=500)
        killing.join()
    outcomes = [json.loads(line) for line in told.splitlines()]
    failed = [one for one in outcomes if one["status"] != "done"]
    assert child.returncode == 3, said
    assert len(outcomes) == many and len(set(killed)) >= 2
    (one,) = failed
    assert one["code"] == "batch.killed"
    assert len(list(Library(library).sessions())) == many - 1
    again = typed("batch", folder, "--library", library, "--transcriber", "none", "--json")
    assert again.returncode == 0, again.stderr  # the one is made up for, the others stay


def _kill_whoever_reads(child, file, killed):
    """End every worker that has a file open, as a system without memory does."""
    looked, workers = 0.0, list[psutil.Process]()
    while child.poll() is None:
        if time.monotonic() - looked > 0.1:  # who began is dear to know, what they have open is not
            workers, looked = [one for one in _children(child) if _is_worker(one)], time.monotonic()
        for worker in workers:
            with suppress(psutil.Error):
                if any(one.path == str(file) for one in worker.open_files()):
                    worker.kill()
                    killed.append(worker.pid)
        time.sleep(0.002)


def _children(process):
    with suppress(psutil.Error):
        return psutil.Process(process.pid).children()
    return []


def _is_worker(process):
    with suppress(psutil.Error):
        return "prosody.batch.worker" in " ".join(process.cmdline())
    return False
