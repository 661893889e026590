"""The cluster inside this process: no port, no file, nothing of it where there is nothing to do."""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import soundfile

from diarize.recording import consent
from diarize.runtime.program import environment
from prosody.batch.crew import Limits
from prosody.batch.embedded import Embedded
from prosody.batch.manifest import Job, jobs_of
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


def listening():
    """The ports that this process has open."""
    return {
        link.laddr.port
        for link in psutil.Process().net_connections(kind="inet")
        if link.status == psutil.CONN_LISTEN
    }


@dataclass(frozen=True)
class Told:
    """A batch that is over: where, its outcomes, and what was seen whenever one was told."""

    place: Path
    outcomes: tuple[str, ...]
    ports: tuple[set[int], ...]
    left: tuple[list[str], ...]
    imported_from: tuple[list[str], list[str]]


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    """Two recordings and one that is not there, done by a cluster inside this process."""
    place = tmp_path_factory.mktemp("batch")
    scratch = place / "scratch"
    scratch.mkdir()
    for name, hz in (("a", 220.0), ("b", 240.0)):
        soundfile.write(place / f"{name}.wav", tone(0.5, hz=hz), 16_000)
        consent.grant(place / f"{name}.wav", by="test-1")
    (place / "m.csv").write_text("recording\na.wav\nb.wav\ngone.wav\n", "utf-8")
    ports, imported_from = listening(), list(sys.path)
    seen: list[set[int]] = []
    left: list[list[str]] = []

    def told(outcome, done, of):
        seen.append(listening() - ports)
        left.append([path.name for path in scratch.rglob("*dask*")])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(scratch))
        crew = Embedded(1, Limits())
        outcomes = run(jobs_of(place / "m.csv"), place / "l", crew=crew, told=told)
    found = tuple(outcome.status for outcome in outcomes)
    return Told(place, found, tuple(seen), tuple(left), (imported_from, list(sys.path)))


def test_a_batch_opens_no_port_and_leaves_no_file(batch):
    assert batch.outcomes == ("done", "done", "failed")
    assert "distributed" in sys.modules
    assert batch.ports == (set(),) * 3 and batch.left == ([],) * 3
    before, after = batch.imported_from
    assert before == after and not list((batch.place / "scratch").iterdir())
    commands = [" ".join(child.cmdline()) for child in psutil.Process().children()]
    assert not [command for command in commands if "prosody.batch.worker" in command]


def test_what_is_done_or_refused_needs_no_cluster(batch):
    done = subprocess.run(
        [sys.executable, "-c", WHOLE, batch.place / "m.csv", batch.place / "l"],
        env={**environment(), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == [["skipped", "skipped", "failed"], False]


def test_without_dask_the_watched_processes_have_the_jobs(consented, tmp_path, monkeypatch):
    monkeypatch.setattr("prosody.batch.embedded.find_spec", lambda name: None)
    job = Job(1, consented(tone(0.5)), {}, {"session_id": "s-1"})
    outcomes = run([job], tmp_path / "l", crew=Embedded(1, Limits()))
    assert [o.status for o in outcomes] == ["done"]
