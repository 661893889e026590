import hashlib
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

from diarize.models import catalogue, fetching
from diarize.models.catalogue import PYANNOTE_FILES, WHISPER_SHA256
from diarize.models.checkpoint import load_checkpoint
from diarize.models.fetching import fetch
from diarize.models.finding import find_faster_whisper, find_pyannote, find_whisper
from diarize.models.records import digest, folder, root, trust
from diarize.models.status import pin, status, verify
from tests.counting import calls_of
from tests.said import refused


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
    pinned = {**catalogue.WHISPER_SHA256, name: hashlib.sha256(data).hexdigest()}
    monkeypatch.setattr(catalogue, "WHISPER_SHA256", pinned)


def test_the_hashes_are_whispers_own(tmp_path, monkeypatch):
    """It asks each address for what it would check against the hash in it."""
    import whisper

    asked = []

    def opened(address, *_, **__):
        asked.append(address)
        raise OSError("no network here")

    monkeypatch.setattr("urllib.request.urlopen", opened)
    names = whisper.available_models()
    for name in names:
        with pytest.raises(OSError, match="no network here"):
            whisper.load_model(name, device="cpu", download_root=str(tmp_path))
    kept = [catalogue.ALIASES.get(name, name) for name in names]
    assert asked == [f"{fetching.WHISPER_HOST}/{WHISPER_SHA256[k]}/{k}.pt" for k in kept]
    assert {*kept} == {*WHISPER_SHA256}


def test_models_lie_where_a_person_says_or_else_in_their_own_data_folder(home, monkeypatch):
    assert folder("whisper") == home / "models" / "whisper"
    monkeypatch.delenv("PROSODY_MODELS")
    assert folder("whisper") == root() / "whisper"
    assert root() == platformdirs.user_data_path("prosody", appauthor=False) / "models"


def test_nothing_here_is_nothing_and_no_request(home):
    assert find_whisper() is None and find_pyannote() is None
    assert find_faster_whisper() is None
    with refused("model.whisper_not_here") as caught:
        find_whisper("small")
    assert "prosody models fetch small" in str(caught.value)
    with refused("model.no_whisper_name"):
        find_whisper("smoll")
    with refused("disk.missing"):
        find_whisper("modles/small.pt")
    with refused("model.lacks"):
        find_pyannote(home / "nowhere")
    with refused("model.faster_whisper_not_here"):
        find_faster_whisper("small")
    assert {s.state for s in status()} == {"missing"}


@pytest.mark.parametrize(
    "name",
    ["precision-2", "pyannote/speaker-diarization-precision-2", "SDK", "pyannoteai/x",
     "pyannoteai.sdk.SDK", "https://example.org/m.pt", "s3://bucket/m.pt"],
)  # fmt: skip
def test_a_service_is_refused(home, name):
    for find in (find_whisper, find_pyannote, find_faster_whisper, fetch):
        with refused("model.remote_service"):
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
        with refused("model.not_the_published"):
            find_whisper(name)
    assert [s.state for s in verify() if s.engine == "whisper"] == ["changed"]
    assert [s.state for s in status() if s.engine == "whisper"] == ["ready"]


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
    place = home / "models" / "pyannote"
    paths = [put(place / name, name.encode()) for name in PYANNOTE_FILES]
    trust(paths)
    found = find_pyannote()
    assert found.path == place and find_pyannote(place) == found
    assert {s.state for s in verify() if s.engine == "pyannote"} == {"ready"}
    paths[0].write_bytes(b"other")
    assert "changed" in {s.state for s in verify()}
    with refused("model.changed"):
        find_pyannote()
    with refused("model.elsewhere"):
        trust([put(home / "elsewhere.pt")])


def test_a_file_in_the_hubs_cache_must_be_what_the_hub_stored_it_as(home):
    snapshot = home / "hf/hub/models--pyannote--speaker-diarization-community-1/snapshots/1"
    for name in PYANNOTE_FILES:
        data = name.encode()
        blob = put(snapshot.parents[1] / "blobs" / hashlib.sha256(data).hexdigest(), data)
        link = snapshot / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(blob)
    assert find_pyannote().path == snapshot
    assert {s.state for s in verify() if s.engine == "pyannote"} == {"ready"}
    blob.write_bytes(b"other")
    with refused("model.changed"):
        find_pyannote()
    assert "changed" in {s.state for s in verify() if s.engine == "pyannote"}


def test_files_copied_by_hand_are_pinned_once_and_a_changed_one_is_not(home):
    place = home / "models" / "pyannote"
    paths = [put(place / name) for name in PYANNOTE_FILES]
    assert {s.state for s in pin() if s.engine == "pyannote"} == {"ready"}
    paths[0].write_bytes(b"other")
    assert "changed" in {s.state for s in pin()}


def test_what_status_advises_can_be_fetched(home, monkeypatch):
    import huggingface_hub

    asked = []

    def snapshot_download(model, local_dir, token, endpoint):
        asked.append(model)
        for name in ("model.bin", "tokenizer.json", *PYANNOTE_FILES):
            put(local_dir / name, model.encode())
        put(local_dir / "README.md")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    for state in status():
        assert state.advice.code == "model.fetch"
        if state.engine != "whisper":
            assert {s.state for s in fetch(str(state.advice.fields["name"]))} == {"ready"}
    assert asked == [
        "pyannote/speaker-diarization-community-1",
        "Systran/faster-whisper-small",
    ]
    assert find_faster_whisper("small").path == folder("faster-whisper") / "small"


def test_a_folder_is_recorded_when_it_is_first_used_and_then_holds(home):
    place = home / "models" / "pyannote"
    for name in PYANNOTE_FILES:
        put(place / name, name.encode())
    assert {s.state for s in verify() if s.engine == "pyannote"} == {"unrecorded"}
    first = find_pyannote()
    assert {s.state for s in verify() if s.engine == "pyannote"} == {"ready"}
    assert find_pyannote() == first
    put(place / PYANNOTE_FILES[-1], b"other")
    with refused("model.changed") as caught:
        find_pyannote()
    assert str(caught.value.message.fields["file"]).endswith("plda.npz")


@pytest.mark.parametrize("name", ["model.bin", "tokenizer.json"])
def test_a_faster_whisper_file_that_changes_is_refused(home, name):
    place = folder("faster-whisper") / "small"
    for file in ("model.bin", "config.json", "tokenizer.json"):
        put(place / file)
    assert find_faster_whisper() == find_faster_whisper("small")
    put(place / name, b"other")
    for asked in (None, "small", place):
        with refused("model.changed"):
            find_faster_whisper(asked)


def test_a_faster_whisper_folder_without_its_vocabulary_is_refused(home):
    """faster-whisper would ask the network for one, whatever it is told."""
    place = put(home / "mine" / "model.bin").parent
    with refused("model.lacks") as caught:
        find_faster_whisper(place)
    assert caught.value.message.fields == {"folder": str(place), "lacking": "tokenizer.json"}
    with refused("model.is_faster_whisper"):
        find_whisper(place)


def test_a_folder_that_lacks_a_file_is_no_model_and_status_says_which(home):
    place = folder("pyannote")
    for name in PYANNOTE_FILES[:3]:
        put(place / name)
    assert find_pyannote() is None
    with refused("model.lacks") as caught:
        find_pyannote(place)
    assert caught.value.message.fields["lacking"] == "plda/plda.npz"
    missing = [s for s in status() if s.engine == "pyannote" and s.state == "missing"]
    assert [s.name for s in missing] == ["plda/plda.npz"]
    assert str(missing[0].advice) == "prosody models fetch pyannote"


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
    assert find_faster_whisper("base").path == place


def test_a_broken_manifest_is_said(home):
    put(home / "models" / "manifest.json", b"[1")
    with refused("model.broken_manifest"):
        trust([])


def test_fetch_keeps_only_what_has_the_published_hash(home, monkeypatch):
    pretend(monkeypatch, "tiny")
    asked = []

    def download(address, file):
        asked.append(address)
        file.write(b"weights")

    fetch("tiny", download=download)
    assert asked == [f"{fetching.WHISPER_HOST}/{catalogue.WHISPER_SHA256['tiny']}/tiny.pt"]
    assert find_whisper("tiny").path.read_bytes() == b"weights"
    with refused("model.other_bytes_came"):
        fetch("base", download=download)
    assert not (folder("whisper") / "base.pt").exists()
    assert [p.name for p in folder("whisper").iterdir()] == ["tiny.pt"]


def test_fetch_without_a_network_says_so(home):
    with refused("model.unreachable"):
        fetch("tiny")
    with refused("model.not_fetched"):
        fetch("pyannote")
    with refused("model.nothing_to_fetch"):
        fetch("smoll")
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
        with refused("model.not_weights_alone"):
            load_checkpoint(home / f"{name}.pt")
    assert not marker.exists()
    assert torch.equal(load_checkpoint(home / "fine.pt")["state_dict"]["w"], torch.ones(2))
    with refused("disk.missing"):
        load_checkpoint(home / "none.pt")


def test_importing_loads_neither_torch_nor_whisper():
    code = (
        "import sys, diarize.transcription.table, diarize.models.status, diarize.models.fetching;"
        "import diarize.formats.table, diarize.roles;"
        "heavy = ('torch', 'whisper', 'faster_whisper', 'pandas', 'huggingface_hub', 'praatio');"
        "print([m for m in heavy if m in sys.modules])"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_manifest_is_plain_json(home):
    path = put(folder("pyannote") / "plda" / "plda.npz")
    trust([path])
    kept = json.loads((root() / "manifest.json").read_text("utf-8"))
    assert kept == {"pyannote/plda/plda.npz": hashlib.sha256(b"weights").hexdigest()}


def test_a_file_is_read_once_for_its_hash_as_long_as_it_stays_the_same(home, monkeypatch):
    path = put(home / "models" / "whisper" / "base.pt")
    pretend(monkeypatch, "base")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    with calls_of(hashlib.file_digest) as read:
        assert find_whisper() == find_whisper("base") == find_whisper(path)
        assert len(read) == 1
        verify()
    names = [Path(call["fileobj"].name).name for call in read]
    assert names == ["base.pt"] * 2, "who asks to have it checked has it read"
    other = put(home / "other.pt", b"weightz")
    os.utime(other, (1_000_000_000, 1_000_000_000))
    other.replace(path)  # of the same size and age
    with refused("model.not_the_published"):
        find_whisper("base")


def test_a_file_written_a_moment_ago_is_read_again(tmp_path):
    path = put(tmp_path / "a.pt", b"a")
    seen = [digest(path)]
    for text in (b"b", b"c", b"d"):
        path.write_bytes(text)
        seen.append(digest(path))
    assert seen == [hashlib.sha256(text).hexdigest() for text in (b"a", b"b", b"c", b"d")]


def test_every_engine_that_can_be_fetched_has_a_licence():
    engines = {state.engine for state in status()}
    assert engines == set(catalogue.LICENCES)


@pytest.mark.parametrize(
    ("installed", "row"),
    [
        (True, ("base", "ready", "weights.by_faster_whisper")),
        (False, ("-", "missing", "transcriber.not_installed")),
    ],
)
def test_faster_whisper_reads_whispers_packages_if_it_is_installed(
    home, packaged_whisper, monkeypatch, installed, row
):
    monkeypatch.delenv("PROSODY_PACKAGED_WEIGHTS", raising=False)
    put(home / "site" / "faster_whisper" / "__init__.py", b"")
    monkeypatch.syspath_prepend(home / "site")
    if not installed:
        monkeypatch.setitem(sys.modules, "faster_whisper", None)
    (own,) = (state for state in status() if state.engine == "faster-whisper")
    assert (own.name, own.state, own.advice.code) == row
