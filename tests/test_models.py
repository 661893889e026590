"""`prosody models` as people type it, on a machine without a network."""

import json
import os
import shutil
import subprocess
import sys

import pytest
import soundfile

from diarize import resegment, speakers
from tests.conftest import ROOT, SAMPLES


@pytest.fixture
def models(tmp_path):
    """Run `prosody models` with a models folder of its own; every address is a closed door."""
    closed = "http://127.0.0.1:9"
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PROSODY_MODELS": str(tmp_path / "models"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "HF_HOME": str(tmp_path / "hf"),
        "HTTPS_PROXY": closed,
        "https_proxy": closed,
    }

    def run(*arguments):
        command = [sys.executable, "-m", "prosody", "models", *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)

    return run


def test_fetching_without_a_network_is_one_line_and_leaves_nothing(models, tmp_path):
    done = models("fetch", "tiny")
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and "cannot be reached" in done.stderr
    assert [p for p in (tmp_path / "models").rglob("*") if p.is_file()] == []


def test_a_name_that_cannot_be_fetched_says_which_can(models):
    done = models("fetch", "smoll")
    assert done.returncode == 2 and "choose pyannote" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_copied_folder_is_pinned_and_a_changed_file_found(models, tmp_path):
    folder = tmp_path / "models" / "pyannote"
    shutil.copytree(SAMPLES / "tiny_pyannote", folder)

    def states():
        rows = map(json.loads, models("verify", "--json").stdout.splitlines())
        return {row["state"] for row in rows if row["engine"] == "pyannote"}

    assert states() == {"unrecorded"}
    pinned = models("verify", "--pin")
    assert pinned.returncode == 0 and states() == {"ready"}
    with (folder / "plda" / "plda.npz").open("ab") as file:
        file.write(b"x")
    changed = models("verify")
    assert changed.returncode == 2 and "its hash differs" in changed.stdout
    assert states() == {"ready", "changed"}


def test_status_says_how_to_get_what_is_missing(models):
    done = models("status")
    assert done.returncode == 0
    ours, theirs = done.stdout.splitlines()[:2], done.stdout.splitlines()[2:]
    assert [line.split()[0] for line in theirs] == ["whisper", "pyannote", "faster-whisper"]
    assert all("prosody models fetch" in line for line in theirs)
    assert [line.split()[:3] for line in ours] == [
        ["built-in", "voice", "encoder"],
        ["built-in", "second", "pass"],
    ]


def test_what_the_built_in_separator_needs_is_verified_too(models):
    rows = list(map(json.loads, models("verify", "--json").stdout.splitlines()))
    ours = {row["name"]: row for row in rows if row["engine"] == "built-in"}
    assert {row["state"] for row in ours.values()} == {"ready"}
    assert all(len(row["sha256"]) == 64 for row in ours.values())


def test_changed_weights_of_the_built_in_separator_are_found(tmp_path, monkeypatch):
    (tmp_path / "other.npz").write_bytes(b"something else")
    monkeypatch.setattr(resegment, "WEIGHTS", tmp_path / "other.npz")
    states = {state.name: state for state in speakers.builtin_weights(check=True)}
    assert states["second pass"].state == "changed"
    assert "install this program again" in states["second pass"].advice


def test_the_bare_command_shows_its_help(models):
    done = models()
    assert done.returncode == 2
    assert "Commands:\n" in done.stderr and "prosody: " not in done.stderr


@pytest.fixture
def sealed(tmp_path):
    """Run `prosody` where every look-up and connection ends it, with a models folder of its own."""
    shut = tmp_path / "shut"
    shut.mkdir()
    (shut / "sitecustomize.py").write_text(
        "import os, socket\n"
        "def no(*a, **k): os.write(2, b'THE NETWORK WAS ASKED FOR'); os._exit(99)\n"
        "socket.getaddrinfo = socket.create_connection = socket.socket.connect = no\n"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": f"{shut}{os.pathsep}{ROOT}",
        "PROSODY_MODELS": str(tmp_path / "models"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "HF_HOME": str(tmp_path / "hf"),
        "PYANNOTE_METRICS_ENABLED": "1",
    }

    def run(*arguments):
        command = [sys.executable, "-m", "prosody", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)

    return run


def test_pyannote_as_people_run_it_asks_no_network_and_refuses_what_changed(
    sealed, tmp_path, consented
):
    """Telemetry is asked for in the surroundings, and stays off all the same."""
    sound, rate = soundfile.read(SAMPLES / "hurried.flac", dtype="float32")
    recording = consented(sound[190 * rate : 215 * rate], rate)
    folder = tmp_path / "mine"
    shutil.copytree(SAMPLES / "tiny_pyannote", folder)
    asked = ("analyze", recording, "--library", tmp_path / "library", "--transcriber", "none")
    asked += ("--separator", "pyannote")
    missing = sealed(*asked)
    assert missing.returncode == 2 and "prosody models status" in missing.stderr
    done = sealed(*asked, "--pyannote-model", folder, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["engines"]["separator"]["name"] == "pyannote.audio"
    assert [voice["voice"] for voice in report["voices"]] == ["A", "B"]
    before = sorted((tmp_path / "library").rglob("*"))

    def refused(*more):
        done = sealed(*asked, *more)
        assert done.returncode == 2 and done.stdout == ""
        last = done.stderr.splitlines()[-1]
        assert last.startswith("prosody: ") and "Traceback" not in done.stderr
        assert sorted((tmp_path / "library").rglob("*")) == before
        return last

    shutil.move(folder, tmp_path / "models" / "pyannote")
    assert sealed(*asked, "--if-needed", "--quiet").returncode == 0
    with (tmp_path / "models" / "pyannote" / "embedding" / "pytorch_model.bin").open("ab") as file:
        file.write(b"x")
    assert "embedding/pytorch_model.bin: changed since it was recorded" in refused()
    shutil.copytree(SAMPLES / "tiny_pyannote", folder)
    (folder / "plda" / "plda.npz").unlink()
    assert "mine: lacks plda/plda.npz" in refused("--pyannote-model", folder)
    (folder / "plda" / "plda.npz").write_bytes(b"not numbers")
    assert "plda.npz" in refused("--pyannote-model", folder)
