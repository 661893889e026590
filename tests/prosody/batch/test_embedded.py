"""The cluster inside this process: no port, no file, nothing of it where there is nothing to do."""

import json
import subprocess
import sys
import tempfile

import psutil
import pytest

from diarize.runtime.program import environment
from prosody.batch.crew import Limits
from prosody.batch.embedded import Embedded
from prosody.batch.manifest import Job
from prosody.batch.run import run
from tests.conftest import ROOT, tone

pytest.importorskip("distributed")
# Runs a batch and says what became of it, and whether dask was there for it.
WHOLE = """
import json, sys
from pathlib import Path
from prosody.batch.manifest import jobs_of
from prosody.batch.run import run
found = run(jobs_of(Path(sys.argv[1])), Path(sys.argv[2]))
print(json.dumps([[o.status for o in found], "distributed" in sys.modules]))
"""


@pytest.fixture
def jobs(consented):
    return [
        Job(n, consented(tone(0.5, hz=200 + 20 * n), name=f"{n}.wav"), {}, {"session_id": f"s-{n}"})
        for n in (1, 2, 3)
    ]


def listening():
    """The ports that this process has open."""
    return {
        link.laddr.port
        for link in psutil.Process().net_connections(kind="inet")
        if link.status == psutil.CONN_LISTEN
    }


def test_a_batch_opens_no_port_and_leaves_no_file(jobs, tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    ports, imported_from = listening(), list(sys.path)
    seen: list[set[int]] = []
    left: list[list[str]] = []

    def told(outcome, done, of):
        seen.append(listening() - ports)
        left.append([path.name for path in scratch.rglob("*dask*")])

    crew = Embedded(2, Limits())
    outcomes = run(jobs, tmp_path / "l", crew=crew, told=told)
    assert [o.status for o in outcomes] == ["done"] * len(jobs)
    assert "distributed" in sys.modules
    assert seen == [set()] * len(jobs) and left == [[]] * len(jobs)
    assert sys.path == imported_from and not list(scratch.iterdir())
    commands = [" ".join(child.cmdline()) for child in psutil.Process().children()]
    assert not [command for command in commands if "prosody.batch.worker" in command]


def test_what_is_done_or_refused_needs_no_cluster(consented, tmp_path):
    consented(tone(0.5), name="a.wav")
    manifest = tmp_path / "m.csv"
    manifest.write_text("recording\na.wav\ngone.wav\n", "utf-8")
    command = [sys.executable, "-c", WHOLE, manifest, tmp_path / "l"]
    found = []
    for _ in range(2):
        done = subprocess.run(
            command,
            env={**environment(), "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        found.append(json.loads(done.stdout))
    assert found == [[["done", "failed"], True], [["skipped", "failed"], False]]


def test_without_dask_the_watched_processes_have_the_jobs(jobs, tmp_path, monkeypatch):
    monkeypatch.setattr("prosody.batch.embedded.find_spec", lambda name: None)
    crew = Embedded(1, Limits())
    outcomes = run(jobs[:1], tmp_path / "l", crew=crew)
    assert [o.status for o in outcomes] == ["done"]
