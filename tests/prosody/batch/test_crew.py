"""Workers that are watched: kept warm, replaced when they end, ended when they take too much."""

import json
import threading
import time
from contextlib import suppress

import psutil
import pytest

from diarize.runtime.program import begun
from prosody.batch.crew import Crew, Limits
from tests.conftest import tone


@pytest.fixture
def job(consented, tmp_path):
    """A recording that is analysed in a moment: there is no speech in it."""
    return {
        "recording": str(consented(tone(1.0))),
        "library": str(tmp_path / "library"),
        "values": {},
        "labels": {},
        "force": False,
    }


@pytest.fixture
def crew_of():
    """Make crews that are ended after the test."""
    made = []

    def make(size=1, limits=Limits()):  # noqa: B008
        made.append(Crew(size, limits))
        return made[-1]

    yield make
    for crew in made:
        crew.end()


def workers():
    """The workers of this process."""
    found = {}
    for child in psutil.Process().children():
        with suppress(psutil.Error):  # one that ended meanwhile
            if "prosody.batch.worker" in " ".join(child.cmdline()):
                found[child.pid] = child
    return found


def test_a_worker_goes_on_to_the_next_recording(crew_of, job):
    crew = crew_of()
    first = crew.do(job)
    at_work = set(workers())
    again = crew.do(job)
    assert first["fresh"] and again == {"session_id": first["session_id"], "fresh": False}
    assert len(at_work) == 1 and set(workers()) == at_work


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(minutes=1e-4), "batch.too_long"),
        (Limits(gigabytes=1e-3), "batch.too_much_memory"),
    ],
)
def test_a_recording_that_takes_too_much_is_ended_and_tried_once_more(crew_of, job, limits, code):
    seen = set()
    stop = threading.Event()

    def watch():
        while not stop.is_set():
            seen.update(workers())
            time.sleep(0.02)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        found = crew_of(limits=limits).do(job)
    finally:
        stop.set()
        watching.join()
    assert found["code"] == code and found["reason"]
    assert len(seen) == 2 and not workers()


def test_a_worker_that_is_killed_is_replaced_and_the_recording_done(crew_of, job):
    killed: list[int] = []

    def kill():
        while not killed:
            time.sleep(0.02)
            for child in workers().values():
                child.kill()
                killed.append(child.pid)

    killing = threading.Thread(target=kill)
    killing.start()
    found = crew_of().do(job)
    killing.join()
    assert found["fresh"]
    assert killed[0] not in workers()


def test_a_worker_ends_with_whoever_asked_it_even_in_the_middle_of_a_recording(job):
    process = begun("prosody.batch.worker")
    assert process.stdin and process.stdout
    process.stdin.write(json.dumps(job) + "\n")
    process.stdin.close()
    assert process.stdout.read() == "" and process.wait() == 1
    idle = begun("prosody.batch.worker")
    assert idle.stdin
    idle.stdin.close()
    assert idle.wait() == 0
