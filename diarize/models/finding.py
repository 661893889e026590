"""Where on this machine weights are; nothing is downloaded.

Conventions
-----------
The models folder comes first, then what Whisper's own package or the model hub's client
downloaded earlier, then weights that came as packages. What was named and is not here is refused;
where nothing was named, None says that nothing is here.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from diarize.errors import Refused
from diarize.models import catalogue
from diarize.models.catalogue import (
    ALIASES,
    FASTER_WHISPER_FILES,
    PREFERRED,
    PYANNOTE,
    PYANNOTE_FILES,
    SEGMENTATION_ALONE,
    SYSTRAN,
    Weights,
    refuse_remote,
)
from diarize.models.packages import EMBEDDING, WHISPER, packaged_weights
from diarize.models.records import (
    digest,
    folder,
    is_recorded_here,
    known_digest,
    matching,
    root,
    trust,
)

__all__ = [
    "find_faster_whisper",
    "find_pyannote",
    "find_whisper",
    "lacking",
    "segmentation_alone",
    "snapshots",
    "whisper_files",
]


def find_whisper(name: str | Path | None = None, *, language: str | None = None) -> Weights | None:
    """Find openai-whisper weights on this machine.

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
    for model in (size + ending for size in PREFERRED for ending in endings):
        for path in whisper_files(model):
            return _checked_whisper(model, path)
        if model == WHISPER.name and (found := packaged_weights(WHISPER)):
            return found
    return None


def whisper_files(model: str) -> Iterator[Path]:
    """Give the files of one of Whisper's published models that are on this machine."""
    if model not in catalogue.WHISPER_SHA256:
        return
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    for place in (folder("whisper"), cache / "whisper"):
        if (place / f"{model}.pt").is_file():
            yield place / f"{model}.pt"


def _named_whisper(name: str) -> Weights:
    refuse_remote(name)
    model = ALIASES.get(name, name)
    known = catalogue.WHISPER_SHA256
    if model in known:
        for path in whisper_files(model):
            return _checked_whisper(model, path)
        if model == WHISPER.name and (found := packaged_weights(WHISPER)):
            return found
        raise Refused("model.whisper_not_here", name=name)
    path = Path(name)
    if path.suffix == ".pt":
        return Weights("whisper", path.stem, path, matching(path))
    if (path / "model.bin").is_file():
        raise Refused("model.is_faster_whisper", folder=name)
    raise Refused("model.no_whisper_name", name=name, known=tuple(known))


def _checked_whisper(model: str, path: Path) -> Weights:
    sha256 = digest(path)
    if sha256 != catalogue.WHISPER_SHA256[model]:
        raise Refused("model.not_the_published", file=str(path), model=model)
    return Weights("whisper", model, path, sha256)


def find_faster_whisper(name: str | Path | None = None) -> Weights | None:
    """Find a faster-whisper (CTranslate2) model folder on this machine.

    Raises
    ------
    Refused
        If what was named is not here, a file has another hash than it should, or the folder lacks
        its vocabulary, which faster-whisper would ask the network for.
    """
    if name is not None:
        refuse_remote(str(name))
    wanted = [ALIASES.get(str(name), str(name))] if name is not None else list(PREFERRED)
    for model in wanted:
        given = [Path(model)] if name is not None else []
        for place in (*given, folder("faster-whisper") / model, *snapshots(SYSTRAN + model)):
            if (place / "model.bin").is_file():
                if not (place / "tokenizer.json").is_file():
                    raise Refused("model.lacks", folder=str(place), lacking="tokenizer.json")
                return _folder_of("faster-whisper", place, FASTER_WHISPER_FILES)
        if model == WHISPER.name and (packaged := packaged_weights(WHISPER)):
            return packaged
    if name is None:
        return None
    raise Refused("model.faster_whisper_not_here", name=str(name))


def find_pyannote(given: str | Path | None = None) -> Weights | None:
    """Find a pyannote diarization model folder on this machine.

    Parameters
    ----------
    given : str, Path or None
        The folder, which may hold segmentation alone; None looks in the models folder and in the
        hub's cache for all of a pipeline.

    Raises
    ------
    Refused
        If the folder given lacks a file, or names a service instead, or holds segmentation alone
        and the packaged embedding is not here.
    """
    if given is not None:
        refuse_remote(str(given))
        place = Path(given)
        if alone := segmentation_alone(place):
            if packaged_weights(EMBEDDING) is None:
                raise Refused("model.segmentation_alone", folder=str(given))
            return _folder_of("pyannote", place, [alone])
        if missing := lacking(place):
            raise Refused("model.lacks", folder=str(given), lacking=missing[0])
        return _folder_of("pyannote", place, PYANNOTE_FILES)
    for place in [folder("pyannote"), *snapshots(PYANNOTE)]:
        if not lacking(place):
            return _folder_of("pyannote", place, PYANNOTE_FILES)
    return None


def lacking(place: Path) -> list[str]:
    """Which files of a diarization model a folder does not have."""
    return [name for name in PYANNOTE_FILES if not (place / name).is_file()]


def segmentation_alone(place: Path) -> str | None:
    """Name the file of a folder that holds segmentation and nothing else of a pipeline."""
    if any((place / name).is_file() for name in PYANNOTE_FILES[1:]):
        return None
    return next((name for name in SEGMENTATION_ALONE if (place / name).is_file()), None)


def snapshots(model: str) -> list[Path]:
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
    parts = [f"{path.relative_to(place).as_posix()} {matching(path)}\n" for path in paths]
    new = [path for path in paths if is_recorded_here(path) and known_digest(path) is None]
    if new and os.access(root(), os.W_OK):
        trust(new)
    return Weights(engine, place.name, place, hashlib.sha256("".join(parts).encode()).hexdigest())
