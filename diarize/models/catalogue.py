"""Where model weights are, whether they are the right ones, and what may touch the network.

Conventions
-----------
Weights live in one folder per engine under :func:`root` (``PROSODY_MODELS``, or the platform's
user data folder); what Whisper's own package downloaded earlier is found too. A file whose hash
is known is opened only if it matches: Whisper's published hashes are listed here, other files
are recorded in ``manifest.json`` when they are fetched, when a person pins them or at the latest
when they are first used, and large files in the model hub's cache are stored there under their own
hash. :func:`fetch` alone opens the network, and only when a person asks for it. No checkpoint may
run code.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from diarize.errors import Refused
from diarize.runtime.atomic import sha256_of, write_whole

__all__ = [
    "DEMONSTRATION_SHA256",
    "MADE_FROM",
    "WHISPER_SHA256",
    "State",
    "Weights",
    "fetch",
    "find_faster_whisper",
    "find_pyannote",
    "find_whisper",
    "folder",
    "judged",
    "load_checkpoint",
    "pin",
    "refuse_remote",
    "root",
    "status",
    "trust",
    "verify",
]

# SHA-256 of the files openai-whisper 20250625 downloads, as its own table states them.
WHISPER_SHA256: Mapping[str, str] = {
    "tiny.en": "d3dd57d32accea0b295c96e26691aa14d8822fac7d9d27d5dc00b4ca2826dd03",
    "tiny": "65147644a518d12f04e32d6f3b26facc3f8dd46e5390956a9424a650c0ce22b9",
    "base.en": "25a8566e1d0c1e2231d1c762132cd20e0f96a85d16145c3a00adf5d1ac670ead",
    "base": "ed3a0b6b1c0edf879ad9b11b1af5a0e6ab5db9205f891f668f8b0e6c6326e34e",
    "small.en": "f953ad0fd29cacd07d5a9eda5624af0f6bcf2258be67c92b79389873d91e0872",
    "small": "9ecf779972d90ba49c06d968637d720dd632c55bbf19d441fb42bf17a411e794",
    "medium.en": "d7440d1dc186f76616474e0ff0b3b6b879abc9d1a4926b7adfa41db2d497ab4f",
    "medium": "345ae4da62f9b3d59415adc60127b97c714f32e89e936602e85993674d08dcb1",
    "large-v1": "e4b87e7e0bf463eb8e6956e646f1e277e901512310def2c24bf0e11bd3c28e9a",
    "large-v2": "81f7c96c852ee8fc832187b0132e569d6c3065a3252ed18e56effd0b6a73e524",
    "large-v3": "e5b1a55b89c1367dacf97e3e19bfd829a01529dbfdeefa8caeb59b3f1b81dadb",
    "large-v3-turbo": "aff26ae408abcba5fbf8813c21e62b0941638c5f6eebfb145be0c9839262a19a",
}
# Of sample_audio/demo_whisper.pt, which is opened by its path alone and never chosen by itself.
DEMONSTRATION_SHA256 = "d4cd80895f2a7732c450164fb315486611f4e810a12a23f900012867b51285bf"
# In a faster-whisper folder's config.json: the hash of the checkpoint that it was made from.
MADE_FROM = "made_from_sha256"
_ALIASES = {"large": "large-v3", "turbo": "large-v3-turbo"}
_PREFERRED = ("large-v3-turbo", "large-v3", "medium", "small", "base", "tiny")
_WHISPER_HOST = "https://openaipublic.azureedge.net/main/whisper/models"
_PYANNOTE = "pyannote/speaker-diarization-community-1"
_SYSTRAN = "Systran/faster-whisper-"
_AGAIN = "put the right file back, or fetch it again"
_HASH = re.compile(r"[0-9a-f]{64}")
_REMOTE = re.compile(
    r"precision|pyannoteai|(^|[^a-z])sdk([^a-z]|$)|://|^s3:|\.sdk\.", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights on this machine.

    Parameters
    ----------
    engine, name : str
        Which program's, and which of its models.
    path : Path
        A file, or a folder where the model is several files.
    sha256 : str
        Of the file; of the files' names and hashes where it is a folder.
    """

    engine: str
    name: str
    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class State:
    """How one model stands: ``ready``, ``unrecorded``, ``changed`` or ``missing``."""

    engine: str
    name: str
    state: str
    path: Path | None = None
    sha256: str | None = None
    advice: str = ""


def root() -> Path:
    """Folder of all weights: ``PROSODY_MODELS``, or the platform's user data folder."""
    given = os.environ.get("PROSODY_MODELS")
    if given:
        return Path(given)
    from platformdirs import user_data_path

    return user_data_path("prosody", appauthor=False) / "models"


def folder(engine: str) -> Path:
    """Folder of one engine's weights; it need not exist."""
    return root() / engine


def refuse_remote(name: str) -> None:
    """Refuse a name that means a service on the network instead of weights on this machine.

    Raises
    ------
    Refused
        If the name is an address, or one of a hosted service, which would upload the recording.
    """
    if _REMOTE.search(name) and not Path(name).exists():
        raise Refused(f"{name}: means a service that uploads recordings; give weights on this disk")


def _whisper_places() -> tuple[Path, ...]:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return folder("whisper"), cache / "whisper"


def find_whisper(name: str | Path | None = None, *, language: str | None = None) -> Weights | None:
    """Find openai-whisper weights on this machine; nothing is downloaded.

    Parameters
    ----------
    name : str, Path or None
        A ``.pt`` file, or a name of Whisper's own table. None takes the best that is here.
    language : str or None
        With 'en', English-only weights are looked for as well.

    Returns
    -------
    Weights or None
        None only if `name` is None and there are no weights.

    Raises
    ------
    Refused
        If what was named is not here, is no Whisper name, or has another hash than it should.
    """
    if name is not None:
        return _named_whisper(str(name))
    endings = (".en", "") if language == "en" else ("",)
    for model in (size + ending for size in _PREFERRED for ending in endings):
        if model in WHISPER_SHA256:
            for place in _whisper_places():
                if (place / f"{model}.pt").is_file():
                    return _checked_whisper(model, place / f"{model}.pt")
    return None


def _named_whisper(name: str) -> Weights:
    refuse_remote(name)
    model = _ALIASES.get(name, name)
    if model in WHISPER_SHA256:
        for place in _whisper_places():
            if (place / f"{model}.pt").is_file():
                return _checked_whisper(model, place / f"{model}.pt")
        raise Refused(f"{name}: not on this machine; 'prosody models fetch {name}' downloads it")
    path = Path(name)
    if path.suffix == ".pt":
        return Weights("whisper", path.stem, path, _recorded(path))
    if (path / "model.bin").is_file():
        raise Refused(f"{name}: a faster-whisper folder; give --transcriber faster-whisper as well")
    raise Refused(
        f"{name}: neither a .pt file nor a Whisper model; choose from {', '.join(WHISPER_SHA256)}"
    )


def _checked_whisper(model: str, path: Path) -> Weights:
    sha256 = sha256_of(path)
    if sha256 != WHISPER_SHA256[model]:
        raise Refused(f"{path}: not the published '{model}' (its hash differs); fetch it again")
    return Weights("whisper", model, path, sha256)


def find_faster_whisper(name: str | Path | None = None) -> Weights | None:
    """Find a faster-whisper (CTranslate2) model folder on this machine; nothing is downloaded.

    Raises
    ------
    Refused
        If what was named is not here, a file has another hash than it should, or the folder lacks
        its vocabulary, which faster-whisper would ask the network for.
    """
    if name is not None:
        refuse_remote(str(name))
    wanted = [_ALIASES.get(str(name), str(name))] if name is not None else list(_PREFERRED)
    for model in wanted:
        given = [Path(model)] if name is not None else []
        for place in (*given, folder("faster-whisper") / model, *_snapshots(_SYSTRAN + model)):
            if (place / "model.bin").is_file():
                if not (place / "tokenizer.json").is_file():
                    raise Refused(f"{place}: lacks tokenizer.json; get the whole model folder")
                return _folder_of("faster-whisper", place, _CT2)
    if name is None:
        return None
    raise Refused(
        f"{name}: no faster-whisper model folder of this name here; give the path of one, or: "
        "prosody models fetch faster-whisper-small"
    )


_WEIGHTS = (".bin", ".npz", ".json", ".txt", ".safetensors", ".pt")
_CT2 = (
    "model.bin",
    "config.json",
    "tokenizer.json",
    "preprocessor_config.json",
    "vocabulary.txt",
    "vocabulary.json",
)
_PYANNOTE_FILES = (
    "segmentation/pytorch_model.bin",
    "embedding/pytorch_model.bin",
    "plda/xvec_transform.npz",
    "plda/plda.npz",
)


def find_pyannote(given: str | Path | None = None) -> Weights | None:
    """Find a pyannote diarization model folder on this machine; nothing is downloaded.

    Parameters
    ----------
    given : str, Path or None
        The folder; None looks in the models folder and in the hub's cache.

    Raises
    ------
    Refused
        If the folder given lacks a file, or names a service instead.
    """
    if given is not None:
        refuse_remote(str(given))
        if lacking := _lacking(Path(given)):
            raise Refused(f"{given}: lacks {lacking[0]}; give a downloaded diarization model")
        return _folder_of("pyannote", Path(given), _PYANNOTE_FILES)
    for place in [folder("pyannote"), *_snapshots(_PYANNOTE)]:
        if not _lacking(place):
            return _folder_of("pyannote", place, _PYANNOTE_FILES)
    return None


def _lacking(place: Path) -> list[str]:
    """Which files of a diarization model a folder does not have."""
    return [name for name in _PYANNOTE_FILES if not (place / name).is_file()]


def _snapshots(model: str) -> list[Path]:
    """Where the model hub's own client keeps what it downloaded of a model."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    home = Path(os.environ.get("HF_HOME") or Path(cache) / "huggingface")
    hub = Path(os.environ.get("HF_HUB_CACHE") or home / "hub")
    return sorted((hub / f"models--{model.replace('/', '--')}" / "snapshots").glob("*"))


def _folder_of(engine: str, place: Path, names: Iterable[str]) -> Weights:
    """Give a model of several files, each with the hash it should have.

    A file in the models folder that has no recorded hash gets it now: from its first use on, a
    change is noticed.
    """
    paths = [place / name for name in names if (place / name).is_file()]
    parts = [f"{path.relative_to(place).as_posix()} {_recorded(path)}\n" for path in paths]
    new = [path for path in paths if _key(path) is not None and _pinned(path) is None]
    if new and os.access(root(), os.W_OK):
        trust(new)
    return Weights(engine, place.name, place, hashlib.sha256("".join(parts).encode()).hexdigest())


def _manifest() -> dict[str, str]:
    """Give the recorded hashes, by path below `root`."""
    path = root() / "manifest.json"
    try:
        kept = json.loads(path.read_text("utf-8"))
        return {str(name): str(sha256) for name, sha256 in kept.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError):
        raise Refused(f"{path}: not readable; mend it or delete it, then verify again") from None


def _key(path: Path) -> str | None:
    """Give a file's name in the manifest; None for a file outside the models folder."""
    try:
        return path.resolve().relative_to(root().resolve()).as_posix()
    except ValueError:
        return None


def _recorded(path: Path) -> str:
    """Give a file's hash, refused if another is pinned; files elsewhere are as given."""
    sha256 = sha256_of(path)
    pinned = _pinned(path)
    if pinned is not None and pinned != sha256:
        raise Refused(f"{path}: changed since it was recorded; {_AGAIN}")
    return sha256


def _pinned(path: Path) -> str | None:
    """Give the hash a file must have: the recorded one, or the one the hub stored it under."""
    key = _key(path)
    if key is not None:
        return _manifest().get(key)
    stored = path.resolve().name if path.is_symlink() else ""
    return stored if _HASH.fullmatch(stored) else None


def pin() -> tuple[State, ...]:
    """Record the hashes of files that were copied into the models folder by hand.

    What is recorded already keeps its hash, whatever the file is now.
    """
    trust(s.path for s in verify() if s.state == "unrecorded" and s.path and _key(s.path))
    return verify()


def trust(paths: Iterable[Path]) -> None:
    """Record the hashes of files in the models folder, so that a change is noticed.

    Raises
    ------
    Refused
        If a file lies elsewhere, cannot be read, or the manifest cannot be written.
    """
    kept = _manifest()
    for path in paths:
        key = _key(path)
        if key is None:
            raise Refused(f"{path}: not in the models folder {root()}; move it there first")
        kept[key] = sha256_of(path)
    manifest = root() / "manifest.json"
    text = json.dumps(kept, indent=2, sort_keys=True) + "\n"
    manifest.parent.mkdir(parents=True, exist_ok=True)
    write_whole(manifest, lambda file: file.write(text.encode()))


def status() -> tuple[State, ...]:
    """Say which weights are here and which are missing; a look at the files' places only."""
    return tuple(_states(check=False))


def verify() -> tuple[State, ...]:
    """Say the same after reading every file and comparing its hash."""
    return tuple(_states(check=True))


def _states(*, check: bool) -> Iterable[State]:
    found = False
    for model in WHISPER_SHA256:
        for place in _whisper_places():
            path = place / f"{model}.pt"
            if path.is_file():
                found = True
                yield judged("whisper", model, path, WHISPER_SHA256[model], check)
    if not found:
        yield State("whisper", "-", "missing", advice="prosody models fetch small")
    yield from _files("pyannote", [folder("pyannote"), *_snapshots(_PYANNOTE)], check)
    place = folder("pyannote")
    for name in _lacking(place) if place.is_dir() else ():
        yield State("pyannote", name, "missing", advice="prosody models fetch pyannote")
    cached = [place for model in _PREFERRED for place in _snapshots(_SYSTRAN + model)]
    yield from _files("faster-whisper", [folder("faster-whisper"), *cached], check)


_FETCHED = ("pyannote", *WHISPER_SHA256, *(f"faster-whisper-{size}" for size in _PREFERRED))
_FETCH = {"pyannote": "pyannote", "faster-whisper": "faster-whisper-small"}


def _files(engine: str, places: Iterable[Path], check: bool) -> Iterable[State]:
    """Judge the weights of an engine, in the models folder and in the hub's cache."""
    found = False
    for place in places:
        for path in sorted(place.rglob("*")):
            if path.is_file() and path.suffix in _WEIGHTS:
                found = True
                name = path.relative_to(place).as_posix()
                yield judged(engine, name, path, _pinned(path), check)
    if not found:
        yield State(engine, "-", "missing", advice=f"prosody models fetch {_FETCH[engine]}")


def judged(engine: str, name: str, path: Path, expected: str | None, check: bool) -> State:
    """Say how a file stands to the hash it is known by; it is read only if `check`."""
    if expected is None:
        advice = "its hash was never recorded: prosody models verify --pin records it"
        return State(engine, name, "unrecorded", path, sha256_of(path) if check else None, advice)
    if not check:
        return State(engine, name, "ready", path)
    sha256 = sha256_of(path)
    if sha256 != expected:
        return State(engine, name, "changed", path, sha256, f"its hash differs: {_AGAIN}")
    return State(engine, name, "ready", path, sha256)


Download = Callable[[str, IO[bytes]], None]


def fetch(
    name: str, *, token: str | None = None, download: Download | None = None
) -> tuple[State, ...]:
    """Download weights and record their hashes: the only function that opens the network.

    Parameters
    ----------
    name : str
        A Whisper model's name, ``faster-whisper-`` and such a name, or ``pyannote``.
    token : str or None
        The person's own access token, which the pyannote weights ask for.
    download : callable or None
        Writes the bytes at an address into a file; None uses the standard library.

    Raises
    ------
    Refused
        If the name is unknown, the machine is offline, or what came has another hash.
    """
    refuse_remote(name)
    if name in ("pyannote", _PYANNOTE):
        _fetch_snapshot(_PYANNOTE, folder("pyannote"), token)
        return tuple(state for state in status() if state.engine == "pyannote")
    size = name.removeprefix("faster-whisper-")
    if size != name and size in _PREFERRED:
        _fetch_snapshot(_SYSTRAN + size, folder("faster-whisper") / size, token)
        return tuple(state for state in status() if state.engine == "faster-whisper")
    model = _ALIASES.get(name, name)
    if model not in WHISPER_SHA256:
        raise Refused(f"{name}: nothing to fetch; choose {', '.join(_FETCHED)}")
    expected = WHISPER_SHA256[model]
    address = f"{_WHISPER_HOST}/{expected}/{model}.pt"
    path = folder("whisper") / f"{model}.pt"

    def fill(file: IO[bytes]) -> None:
        (download or _download)(address, file)
        file.flush()
        if sha256_of(Path(file.name)) != expected:
            raise Refused(f"{name}: what came has another hash than published; try again")

    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, fill)
    return (State("whisper", model, "ready", path, expected),)


def _download(address: str, file: IO[bytes]) -> None:
    """Write what is at an address into a file, in blocks."""
    from shutil import copyfileobj
    from urllib.request import urlopen

    try:
        with urlopen(address, timeout=60) as source:
            copyfileobj(source, file, 2**20)
    except OSError as error:  # what urllib raises is one
        reason = getattr(error, "reason", error)
        raise Refused(f"{address}: cannot be reached ({reason}); check the connection") from None


def _fetch_snapshot(model: str, place: Path, token: str | None) -> None:
    """Download a model's folder from the hub; its terms must have been accepted by the person."""
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import RepositoryNotFoundError

    if constants.HF_HUB_OFFLINE:
        raise Refused(f"{model}: HF_HUB_OFFLINE is set; unset it to fetch weights")
    try:
        snapshot_download(model, local_dir=place, token=token)
    except RepositoryNotFoundError:  # what the hub answers without leave, too
        raise Refused(
            f"{model}: may not be fetched; accept the model's terms on its page and give your "
            "access token with --token"
        ) from None
    except Exception as error:  # the hub's client raises many kinds, all meaning the same here
        raise Refused(
            f"{model}: cannot be fetched ({type(error).__name__}); check the connection and "
            "fetch it again: what is here already is kept"
        ) from None
    trust(p for p in sorted(place.rglob("*")) if p.is_file() and p.suffix in _WEIGHTS)


def load_checkpoint(path: Path, *, allow: Iterable[Any] = ()) -> Any:
    """Open a torch checkpoint without letting it run code.

    Parameters
    ----------
    path : Path
        The file.
    allow : iterable
        Classes that may be built besides tensors and plain containers.

    Raises
    ------
    Refused
        If the file asks for anything else, or is no checkpoint.
    """
    import pickle

    import torch

    sha256_of(path)  # a regular, readable file, or refused
    try:
        with torch.serialization.safe_globals(list(allow)):
            return torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError):
        raise Refused(
            f"{path}: not weights alone, so it is not opened; get the file anew"
        ) from None
