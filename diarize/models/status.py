"""How the weights of this machine stand: which are here, which are missing, which changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from diarize.errors import Refused
from diarize.messages import Message, message
from diarize.models import catalogue
from diarize.models.catalogue import PREFERRED, PYANNOTE, SYSTRAN, WEIGHT_ENDINGS
from diarize.models.finding import lacking, snapshots, whisper_files
from diarize.models.packaged_networks import read_whole
from diarize.models.packages import (
    PACKAGED,
    WHISPER,
    Packaged,
    packaged_weights,
    source_of,
    wanted,
)
from diarize.models.records import folder, is_recorded_here, known_digest, trust
from diarize.runtime.atomic import sha256_of

__all__ = ["State", "judged", "pin", "status", "verify"]

# What to fetch first, where an engine has nothing.
_FETCH = {"whisper": "small", "pyannote": "pyannote", "faster-whisper": "faster-whisper-small"}


@dataclass(frozen=True, slots=True)
class State:
    """How one model stands: ``ready``, ``unrecorded``, ``changed`` or ``missing``."""

    engine: str
    name: str
    state: str
    path: Path | None = None
    sha256: str | None = None
    advice: Message | None = None


def status(table: Sequence[Packaged] = PACKAGED) -> tuple[State, ...]:
    """Say which weights are here and which are missing; a look at the files' places only.

    Parameters
    ----------
    table : sequence of Packaged
        What may come as packages.
    """
    return tuple(_states(check=False, table=table))


def verify() -> tuple[State, ...]:
    """Say the same after reading every file and comparing its hash."""
    return tuple(_states(check=True, table=PACKAGED))


def pin() -> tuple[State, ...]:
    """Record the hashes of files that were copied into the models folder by hand.

    What is recorded already keeps its hash, whatever the file is now.
    """
    new = [s.path for s in verify() if s.state == "unrecorded" and s.path]
    trust(path for path in new if is_recorded_here(path))
    return verify()


def judged(engine: str, name: str, path: Path, expected: str | None, check: bool) -> State:
    """Say how a file stands to the hash it is known by; it is read only if `check`."""
    if expected is None:
        sha256 = sha256_of(path) if check else None
        return State(engine, name, "unrecorded", path, sha256, message("model.never_recorded"))
    if not check:
        return State(engine, name, "ready", path)
    sha256 = sha256_of(path)
    if sha256 != expected:
        return State(engine, name, "changed", path, sha256, message("model.differs"))
    return State(engine, name, "ready", path, sha256)


def _states(*, check: bool, table: Sequence[Packaged]) -> Iterable[State]:
    found = [(model, path) for model in catalogue.WHISPER_SHA256 for path in whisper_files(model)]
    for model, path in found:
        yield judged("whisper", model, path, catalogue.WHISPER_SHA256[model], check)
    whisper = (p for p in table if p.engine == WHISPER.engine)
    if not found and all(_packaged(p, check=False).state == "missing" for p in whisper):
        yield _missing("whisper", "-")
    yield from _files("pyannote", [folder("pyannote"), *snapshots(PYANNOTE)], check)
    place = folder("pyannote")
    for name in lacking(place) if place.is_dir() else ():
        yield _missing("pyannote", name)
    for packaged in table if wanted() else ():
        yield _packaged(packaged, check)
    cached = [place for model in PREFERRED for place in snapshots(SYSTRAN + model)]
    faster = list(_files("faster-whisper", [folder("faster-whisper"), *cached], check))
    yield from map(_by_packages, faster) if wanted() and WHISPER in table else faster


def _packaged(packaged: Packaged, check: bool) -> State:
    """Say how weights that packages carry stand, whence they are, and what is better."""
    try:
        found, source = packaged_weights(packaged), source_of(packaged)
        if found is None or source is None:
            advice = message("weights.fetch_packaged")
            return State(packaged.engine, packaged.name, "missing", advice=advice)
        if check:
            read_whole(packaged)
    except Refused as refusal:
        return State(packaged.engine, packaged.name, "changed", advice=refusal.message)
    advice = message(
        "weights.packaged",
        licence=packaged.licence,
        megabytes=packaged.megabytes,
        origin=packaged.origin,
        names=tuple(name for name, _ in source),
        better=message(f"weights.better_{packaged.engine}"),
    )
    return State(packaged.engine, packaged.name, "ready", found.path, found.sha256, advice)


def _by_packages(own: State) -> State:
    """Say that faster-whisper reads Whisper's packages, where it has no folder of its own."""
    if own.state != "missing" or _packaged(WHISPER, check=False).state != "ready":
        return own
    if find_spec("faster_whisper") is None:
        return replace(own, advice=message("transcriber.not_installed"))
    return replace(
        own, name=WHISPER.name, state="ready", advice=message("weights.by_faster_whisper")
    )


def _missing(engine: str, name: str) -> State:
    return State(engine, name, "missing", advice=message("model.fetch", name=_FETCH[engine]))


def _files(engine: str, places: Iterable[Path], check: bool) -> Iterable[State]:
    """Judge the weights of an engine, in the models folder and in the hub's cache."""
    found = False
    for place in places:
        for path in sorted(place.rglob("*")):
            if path.is_file() and path.suffix in WEIGHT_ENDINGS:
                found = True
                name = path.relative_to(place).as_posix()
                yield judged(engine, name, path, known_digest(path), check)
    if not found:
        yield _missing(engine, "-")
