"""What an analysis follows from, stage by stage, and a session brought up to date from what it has.

Conventions
-----------
A key has three parts: what was heard (recording, what came with it, engines, what they were asked),
who is who as a person told, and what was made of it (thresholds of measures and behaviours, rules,
coder). Where only the last two differ, no sound is decoded and no model listens again: the
conversation and the frames that the library keeps are measured anew, with every correction.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any

from diarize.runtime.atomic import SMALL_BYTES, sha256_of
from prosody.engines import models_of
from prosody.findings import Heard, with_coder
from prosody.options import Asked
from prosody.report.model import Report
from prosody.rules import own_folder
from prosody.store import amend
from prosody.store.filing import rekey
from prosody.store.library import Entry, Library
from prosody.store.requests import Request
from prosody.store.schema import listed
from prosody.trained.weights import CODER, coder, own_file

__all__ = ["key_of", "renewed"]

_HERE = Path(__file__).resolve().parents[2]
_LISTENS = (
    "features/",
    "pipeline.py",
    "weaving.py",
    "provenance.py",
    "engines.py",
    "supplied.py",
    "kept_channels.py",
    "exchanged_turns.py",
    "exchanged_labels.py",
)  # of prosody, beside diarize
_ROLES = ("therapist", "voices")
_THRESHOLDS = ("hearing", "features")  # sections of the settings that what is heard follows from
_BY = "manifest"


def key_of(sha256: str, asked: Asked, folder: Path) -> str:
    """Hash everything a report follows from, in three parts.

    Raises
    ------
    Refused
        If something supplied, or weights that would be used, cannot be read.
    """
    supplied = {
        name: sha256_of(path, most_bytes=SMALL_BYTES)
        for name, path in (("transcript", asked.transcript), ("speakers", asked.speakers))
        if path is not None
    }
    plain = {**asdict(asked), **supplied}
    settings = plain.pop("settings")
    roles = [plain.pop(name) for name in _ROLES]
    heard = {name: settings.pop(name) for name in _THRESHOLDS}
    models = [found.sha256 for found in models_of(asked)]
    own = [sha256_of(file) for file in sorted(own_folder().glob("*.toml"))]
    own += [sha256_of(file) for file in (own_file(folder),) if file.is_file()]
    first = [sha256, plain, heard, _code(listens=True), models]
    parts = (first, roles, [settings, _code(listens=False), own])
    return json.dumps([*map(_digest, parts)])


def _digest(material: Any) -> str:
    text = json.dumps(material, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def _code(*, listens: bool) -> str:
    """Hash of the part of the program's own source that listens, or of the other."""
    digest = hashlib.sha256()
    for path in _sources():
        name = path.relative_to(_HERE).as_posix()
        own = name.removeprefix("prosody/")
        if (own == name or own.startswith(_LISTENS)) == listens:
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    for package in ("diarize", "prosody"):
        for path in sorted((_HERE / package).rglob("*")):
            if path.suffix in (".py", ".toml", ".npz"):
                yield path


def renewed(library: Library, there: Entry, key: str, asked: Asked) -> Report | None:
    """Bring a session up to date without listening again; None where that cannot be.

    Parameters
    ----------
    library : Library
        Where it is.
    there : Entry
        Its line, with the key it was analysed under.
    key : str
        The one it should have, from :func:`key_of`.
    asked : Asked
        What a person asks for now.

    Raises
    ------
    Refused
        If the session cannot be read or written, or its consent does not allow it.
    """
    was, now = listed(there.key), listed(key)
    if len(was) != len(now) or was[0] != now[0]:
        return None
    told = asked.therapist if was[1] != now[1] else None
    report = library.load(there.session_id)
    voices = {voice.voice for voice in report.voices}
    if was[1] != now[1] and (told not in voices or asked.voices):
        return None  # who was taken back, or is named otherwise in what came with the recording
    if was[2] != now[2]:
        if not report.conversation.texts and report.conversation.has_words:
            return None  # what was read in the words cannot be read in them again
        report = _measured(library, there.session_id, asked)
    if told is not None:
        request = Request(roles=(f"{told}=therapist",))
        report = amend.correct(library, there.session_id, request, by=_BY)
    with library.locked():
        rekey(library, there.session_id, key)
    return report


def _measured(library: Library, session_id: str, asked: Asked) -> Report:
    """Measure a session anew, under the settings in force."""
    own = coder(own_file(library.folder))

    def fresh(heard: Heard) -> Heard:
        notes = tuple(note for note in heard.facts.notes if not note.code.startswith(f"{CODER}."))
        engines = {name: one for name, one in heard.facts.engines.items() if name != CODER}
        recording = replace(heard.facts.recording, setting=asked.settings.setting)
        facts = replace(heard.facts, notes=notes, engines=engines, recording=recording)
        bare = replace(heard, facts=facts, settings=asked.settings, outputs={})
        return with_coder(bare, lambda: own)

    return amend.measured_anew(library, session_id, fresh)
