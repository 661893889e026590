import hashlib
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from diarize.errors import Refused
from diarize.models import catalogue as weights
from diarize.models.catalogue import WHISPER_SHA256, find_pyannote, find_whisper


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A machine with nothing on it, and no way out of it."""
    monkeypatch.setenv("PROSODY_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))

    def refuse(*args, **kwargs):
        raise OSError("the network was asked for")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    # whoever opened pyannote in this process before has shut the hub's own door as well
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    return tmp_path


def put(path, data=b"weights"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def pretend(monkeypatch, name, data=b"weights"):
    """Let some bytes be the published ones."""
    pinned = {**weights.WHISPER_SHA256, name: hashlib.sha256(data).hexdigest()}
    monkeypatch.setattr(weights, "WHISPER_SHA256", pinned)


def test_the_hashes_are_whispers_own():
    import whisper

    table = {
        name: address.split("/")[-2]
        for name, address in whisper._MODELS.items()
        if name not in ("large", "turbo")
    }
    assert dict(WHISPER_SHA256) == table
    for name, address in whisper._MODELS.items():
        kept = weights._ALIASES.get(name, name)
        assert address == f"{weights._WHISPER_HOST}/{WHISPER_SHA256[kept]}/{kept}.pt"


def test_folders(home, monkeypatch):
    assert weights.folder("whisper") == home / "models" / "whisper"
    monkeypatch.delenv("PROSODY_MODELS")
    assert weights.root().name == "models" and weights.root().is_absolute()


def test_nothing_here_is_nothing_and_no_request(home):
    assert find_whisper() is None and find_pyannote() is None
    assert weights.find_faster_whisper() is None
    with pytest.raises(Refused, match="prosody models fetch small"):
        find_whisper("small")
    with pytest.raises(Refused, match="neither a"):
        find_whisper("smoll")
    with pytest.raises(Refused, match="no such file"):
        find_whisper("modles/small.pt")
    with pytest.raises(Refused, match="lacks"):
        find_pyannote(home / "nowhere")
    assert {s.state for s in weights.status()} == {"missing"}


@pytest.mark.parametrize(
    "name",
    ["precision-2", "pyannote/speaker-diarization-precision-2", "SDK", "pyannoteai/x",
     "pyannoteai.sdk.SDK", "https://example.org/m.pt", "s3://bucket/m.pt"],
)  # fmt: skip
def test_a_service_is_refused(home, name):
    for find in (find_whisper, find_pyannote, weights.find_faster_whisper, weights.fetch):
        with pytest.raises(Refused, match="uploads recordings"):
            find(name)


def test_a_folder_of_ones_own_may_be_called_anything(home):
    path = put(home / "sdk" / "mine.pt")
    assert find_whisper(path).name == "mine"


@pytest.mark.parametrize("place", ["models/whisper", "cache/whisper"])
def test_downloaded_weights_are_found_and_one_flipped_byte_is_not(home, monkeypatch, place):
    path = put(home / place / "base.pt")
    pretend(monkeypatch, "base")
    found = find_whisper()
    assert (found.name, found.path) == ("base", path)
    assert found.sha256 == hashlib.sha256(b"weights").hexdigest()
    assert find_whisper("base") == found
    path.write_bytes(b"weightz")
    for name in (None, "base"):
        with pytest.raises(Refused, match="its hash differs"):
            find_whisper(name)
    assert [s.state for s in weights.verify() if s.engine == "whisper"] == ["changed"]
    assert [s.state for s in weights.status() if s.engine == "whisper"] == ["ready"]


def test_the_best_that_is_here(home, monkeypatch):
    for name in ("tiny", "small", "small.en"):
        put(home / "models" / "whisper" / f"{name}.pt")
        pretend(monkeypatch, name)
    assert find_whisper().name == "small"
    assert find_whisper(language="en").name == "small.en"
    assert find_whisper(language="de").name == "small"


def test_english_only_weights_are_not_taken_for_another_language(home, monkeypatch):
    put(home / "models" / "whisper" / "small.en.pt")
    pretend(monkeypatch, "small.en")
    assert find_whisper() is None and find_whisper(language="en").name == "small.en"


def test_a_trusted_file_that_changes_is_refused(home):
    folder = home / "models" / "pyannote"
    paths = [put(folder / name, name.encode()) for name in weights._PYANNOTE_FILES]
    weights.trust(paths)
    found = find_pyannote()
    assert found.path == folder and find_pyannote(folder) == found
    assert {s.state for s in weights.verify() if s.engine == "pyannote"} == {"ready"}
    paths[0].write_bytes(b"other")
    assert "changed" in {s.state for s in weights.verify()}
    with pytest.raises(Refused, match="changed since"):
        find_pyannote()
    with pytest.raises(Refused, match="not in the models folder"):
        weights.trust([put(home / "elsewhere.pt")])


def test_a_file_in_the_hubs_cache_must_be_what_the_hub_stored_it_as(home):
    snapshot = home / "hf/hub/models--pyannote--speaker-diarization-community-1/snapshots/1"
    for name in weights._PYANNOTE_FILES:
        data = name.encode()
        blob = put(snapshot.parents[1] / "blobs" / hashlib.sha256(data).hexdigest(), data)
        link = snapshot / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(blob)
    assert find_pyannote().path == snapshot
    assert {s.state for s in weights.verify() if s.engine == "pyannote"} == {"ready"}
    blob.write_bytes(b"other")
    with pytest.raises(Refused, match="changed since"):
        find_pyannote()
    assert "changed" in {s.state for s in weights.verify() if s.engine == "pyannote"}


def test_files_copied_by_hand_are_pinned_once_and_a_changed_one_is_not(home):
    folder = home / "models" / "pyannote"
    paths = [put(folder / name) for name in weights._PYANNOTE_FILES]
    assert {s.state for s in weights.pin() if s.engine == "pyannote"} == {"ready"}
    paths[0].write_bytes(b"other")
    assert "changed" in {s.state for s in weights.pin()}


def test_what_status_advises_can_be_fetched(home, monkeypatch):
    import huggingface_hub

    asked = []

    def snapshot_download(model, local_dir, token):
        asked.append(model)
        for name in ("model.bin", "tokenizer.json", *weights._PYANNOTE_FILES):
            put(local_dir / name, model.encode())
        put(local_dir / "README.md")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    for state in weights.status():
        name = state.advice.removeprefix("prosody models fetch ")
        if state.engine != "whisper":
            assert {s.state for s in weights.fetch(name)} == {"ready"}
    assert asked == [
        "pyannote/speaker-diarization-community-1",
        "Systran/faster-whisper-small",
    ]
    assert weights.find_faster_whisper("small").path == weights.folder("faster-whisper") / "small"


def test_a_folder_is_recorded_when_it_is_first_used_and_then_holds(home):
    folder = home / "models" / "pyannote"
    for name in weights._PYANNOTE_FILES:
        put(folder / name, name.encode())
    assert {s.state for s in weights.verify() if s.engine == "pyannote"} == {"unrecorded"}
    first = find_pyannote()
    assert {s.state for s in weights.verify() if s.engine == "pyannote"} == {"ready"}
    assert find_pyannote() == first
    put(folder / weights._PYANNOTE_FILES[-1], b"other")
    with pytest.raises(Refused, match="plda.npz: changed since"):
        find_pyannote()


@pytest.mark.parametrize("name", ["model.bin", "tokenizer.json"])
def test_a_faster_whisper_file_that_changes_is_refused(home, name):
    place = weights.folder("faster-whisper") / "small"
    for file in ("model.bin", "config.json", "tokenizer.json"):
        put(place / file)
    assert weights.find_faster_whisper() == weights.find_faster_whisper("small")
    put(place / name, b"other")
    for asked in (None, "small", place):
        with pytest.raises(Refused, match="changed since"):
            weights.find_faster_whisper(asked)


def test_a_faster_whisper_folder_without_its_vocabulary_is_refused(home):
    """faster-whisper would ask the network for one, whatever it is told."""
    place = put(home / "mine" / "model.bin").parent
    with pytest.raises(Refused, match=r"mine: lacks tokenizer\.json"):
        weights.find_faster_whisper(place)
    with pytest.raises(Refused, match="--transcriber faster-whisper"):
        find_whisper(place)


def test_a_folder_that_lacks_a_file_is_no_model_and_status_says_which(home):
    folder = weights.folder("pyannote")
    for name in weights._PYANNOTE_FILES[:3]:
        put(folder / name)
    assert find_pyannote() is None
    with pytest.raises(Refused, match="lacks plda/plda.npz"):
        find_pyannote(folder)
    missing = [s for s in weights.status() if s.engine == "pyannote" and s.state == "missing"]
    assert [s.name for s in missing] == ["plda/plda.npz"]
    assert missing[0].advice == "prosody models fetch pyannote"


@pytest.mark.parametrize(
    ("variable", "below"),
    [("HF_HUB_CACHE", ""), ("HF_HOME", "hub"), ("XDG_CACHE_HOME", "huggingface/hub")],
)
def test_the_hubs_cache_is_where_the_hub_itself_looks(home, monkeypatch, variable, below):
    for other in ("HF_HUB_CACHE", "HF_HOME"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(variable, str(home / "there"))
    place = home / "there" / below / "models--Systran--faster-whisper-base" / "snapshots" / "1"
    for file in ("model.bin", "tokenizer.json"):
        put(place / file)
    assert weights.find_faster_whisper("base").path == place


def test_a_broken_manifest_is_said(home):
    put(home / "models" / "manifest.json", b"[1")
    with pytest.raises(Refused, match="manifest"):
        weights.trust([])


def test_fetch_keeps_only_what_has_the_published_hash(home, monkeypatch):
    pretend(monkeypatch, "tiny")
    asked = []

    def download(address, file):
        asked.append(address)
        file.write(b"weights")

    weights.fetch("tiny", download=download)
    assert asked == [f"{weights._WHISPER_HOST}/{weights.WHISPER_SHA256['tiny']}/tiny.pt"]
    assert find_whisper("tiny").path.read_bytes() == b"weights"
    with pytest.raises(Refused, match="another hash"):
        weights.fetch("base", download=download)
    assert not (weights.folder("whisper") / "base.pt").exists()
    assert [p.name for p in weights.folder("whisper").iterdir()] == ["tiny.pt"]


def test_fetch_without_a_network_says_so(home):
    with pytest.raises(Refused, match="cannot be reached"):
        weights.fetch("tiny")
    with pytest.raises(Refused, match="cannot be fetched"):
        weights.fetch("pyannote")
    with pytest.raises(Refused, match="nothing to fetch"):
        weights.fetch("smoll")
    assert [p for p in (home / "models").rglob("*") if p.is_file()] == []


def test_a_checkpoint_that_would_run_code_is_not_opened(home):
    import torch

    marker = home / "ran"

    class Bomb:
        def __reduce__(self):
            return (os.mkdir, (str(marker),))

    torch.save({"state_dict": {"w": torch.ones(2)}, "hook": Bomb()}, home / "bomb.pt")
    torch.save({"state_dict": {"w": torch.ones(2)}}, home / "fine.pt")
    put(home / "text.pt", b"hello")
    for name in ("bomb", "text"):
        with pytest.raises(Refused, match="not opened"):
            weights.load_checkpoint(home / f"{name}.pt")
    assert not marker.exists()
    assert torch.equal(weights.load_checkpoint(home / "fine.pt")["state_dict"]["w"], torch.ones(2))
    with pytest.raises(Refused, match="no such file"):
        weights.load_checkpoint(home / "none.pt")


def test_importing_loads_neither_torch_nor_whisper():
    code = (
        "import sys, diarize.transcription.table, diarize.models.catalogue;"
        "import diarize.formats.table, diarize.roles;"
        "print([m for m in ('torch', 'whisper', 'faster_whisper', 'pandas') if m in sys.modules])"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_manifest_is_plain_json(home):
    path = put(weights.folder("pyannote") / "plda" / "plda.npz")
    weights.trust([path])
    kept = json.loads((weights.root() / "manifest.json").read_text("utf-8"))
    assert kept == {"pyannote/plda/plda.npz": hashlib.sha256(b"weights").hexdigest()}
