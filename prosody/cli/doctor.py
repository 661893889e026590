"""What is on this machine, what is missing, and how to repair it."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import click

from diarize.messages import Field, Message, message
from prosody.cli.declare import Command

__all__ = ["Finding", "doctor", "engines", "examine"]

_NEEDED = ("torch", "torchaudio", "openai-whisper", "pyannote.audio", "silero-vad", "librosa")
_ROOM_GB = 2.0
_MEMORY_GB = 4.0


@click.command(cls=Command)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per check.")
def doctor(as_json: bool) -> int:
    """Check this machine and explain how to fix problems."""
    findings = examine()
    for finding in findings:
        mend = str(finding.mend or "")
        if as_json:
            row = {"what": finding.what, "state": finding.state, "found": str(finding.found)}
            click.echo(json.dumps({**row, "code": finding.found.code, "mend": mend}))
        else:
            advice = f" - {mend}" if mend else ""
            click.echo(f"{finding.state:8} {finding.what}: {finding.found}{advice}")
    return 2 if any(f.state == "missing" for f in findings) else 0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: ``ok``, ``optional`` (works without it) or ``missing``."""

    what: str
    state: str
    found: Message
    mend: Message | None = None


def _finding(
    what: str, state: str, code: str, mend: Message | str | None = None, /, **fields: Field
) -> Finding:
    advice = message(f"doctor.{mend}") if isinstance(mend, str) else mend
    return Finding(what, state, message(f"doctor.{code}", **fields), advice)


def examine() -> tuple[Finding, ...]:
    """Look at the machine; nothing is changed and nothing is sent."""
    return (
        _python(),
        *(_package(name) for name in _NEEDED),
        _ours(),
        _voice_encoder(),
        _diarization_imports(),
        _ffmpeg(),
        _browser(),
        *_weights(),
        *engines(),
        _own_rules(),
        _library(),
        _memory(),
        _clock(),
        _gpu(),
    )


def _python() -> Finding:
    found = ".".join(str(part) for part in sys.version_info[:3])
    return _finding("Python", "ok", "version", version=found)


def _package(name: str) -> Finding:
    try:
        return _finding(name, "ok", "version", version=version(name))
    except PackageNotFoundError:
        # Without the extra `engines` nothing is broken: what was analysed elsewhere can be read.
        state = "missing" if find_spec("torch") else "optional"
        return _finding(name, state, "not_installed", "install_package")


def _ours() -> Finding:
    """Other people's packages of the same names must not stand in front of ours."""
    import importlib.util

    home = Path(__file__).resolve().parents[2]
    for name in ("diarize", "prosody", "dashboard"):
        found = importlib.util.find_spec(name)
        origin = Path(found.origin).resolve() if found and found.origin else None
        if origin is None or not origin.is_relative_to(home):
            mend = message("doctor.uninstall_other", name=name)
            return _finding("imports", "missing", "not_ours", mend, name=name)
    return _finding("imports", "ok", "ours")


def _voice_encoder() -> Finding:
    from diarize.errors import Refused
    from diarize.separation import embedding as encoder

    mend = "install_voice_encoder"
    try:
        found = encoder.installed()
    except Refused as refusal:
        return Finding("voice encoder", "missing", refusal.message, message(f"doctor.{mend}"))
    if found is None:
        return _finding("voice encoder", "optional", "no_voice_encoder", mend)
    return _finding("voice encoder", "ok", "voice_encoder")


def _diarization_imports() -> Finding:
    from diarize.separation.pyannote import import_pyannote

    what = "pyannote.audio loads"
    try:
        import_pyannote()
    except Exception as error:  # whatever a broken installation throws is what we report
        mend = "reinstall" if _hears() else "install_package"
        return _finding(what, "optional", "does_not_load", mend, error=type(error).__name__)
    return _finding(what, "ok", "loads")


def _ffmpeg() -> Finding:
    from diarize.recording import ffmpeg

    if ffmpeg.here():
        return _finding("ffmpeg", "ok", "ffmpeg", places=ffmpeg.places())
    return _finding("ffmpeg", "optional", "not_found", "install_ffmpeg")


def _browser() -> Finding:
    from diarize.runtime.program import program
    from prosody.render.export import BROWSERS

    found = program(*BROWSERS)
    if found:
        return _finding("browser for PDF", "ok", "browser", place=str(found))
    return _finding("browser for PDF", "optional", "not_found", "install_browser")


def _weights() -> tuple[Finding, ...]:
    from diarize.models.status import status
    from diarize.separation.table import builtin_weights

    here = [s for s in status() if s.state != "missing"]
    out = [
        _finding(f"{own.engine} weights", "ok", "weights", own.advice, names=(own.name,))
        for own in builtin_weights(check=False)
        if own.state == "ready"
    ]
    for engine in ("whisper", "pyannote", "campplus", "sentences"):
        what = f"{engine} weights"
        own = [s for s in here if s.engine == engine]
        names = tuple(s.name for s in own)
        if not own:
            hearing = engine != "sentences" and not _hears()
            mend = "install_package" if hearing else f"without_{engine}"
            out.append(_finding(what, "optional", "no_weights", mend))
            continue
        broken = next((s for s in own if s.state == "changed"), None)
        state, told = ("missing", broken) if broken else ("ok", own[-1])
        out.append(_finding(what, state, "weights", told.advice, names=names))
    return tuple(out)


def engines() -> Iterator[Finding]:
    """Say which separators and transcribers can be chosen here, and which are not ready.

    Without the extra ``engines`` none is, since nothing here hears a recording.
    """
    from diarize.separation.table import SEPARATORS
    from diarize.transcription.table import TRANSCRIBERS

    hears = _hears()
    separators = {
        name: hears and (row.find is None or _found(partial(row.find, None)))
        for name, row in SEPARATORS.items()
    }
    transcribers = {
        name: hears
        and row.installed()
        and (row.find is None or _found(partial(row.find, None, None)))
        for name, row in TRANSCRIBERS.items()
    }
    for what, here in (("separators", separators), ("transcribers", transcribers)):
        names = tuple(name for name, ready in here.items() if ready)
        lacking = tuple(name for name, ready in here.items() if not ready)
        code = ("engines_lacking" if lacking else "engines") if names else "no_engines"
        mend = None if hears else "install_package"
        state = "ok" if names else "optional"
        yield _finding(what, state, code, mend, names=names, lacking=lacking)


def _hears() -> bool:
    from diarize.errors import Refused
    from diarize.models.engine import require

    try:
        require()
    except Refused:
        return False
    return True


def _found(find: Callable[[], object]) -> bool:
    from diarize.errors import Refused

    try:
        return find() is not None
    except Refused:  # there, but not what it should be, as the lines on weights say
        return False


def _own_rules() -> Finding:
    """Where rule files are, and which are a person's own; a broken one stops an analysis."""
    from diarize.errors import Refused
    from prosody import rules
    from prosody.listening import behaviours
    from prosody.rules.warmth import components

    folder = rules.own_folder()
    mine = sorted(file.stem for file in folder.glob("*.toml"))
    found = message(
        "doctor.own_rules" if mine else "doctor.no_own_rules",
        names=mine,
        folder=str(folder),
        shipped=str(rules.SHIPPED),
    )
    try:
        components()
        for name in mine:
            if len(name) <= 3:
                behaviours.load_rules(name)
    except Refused as refusal:
        return Finding("rules", "missing", found, refusal.message)
    return Finding("rules", "ok", found)


def _library() -> Finding:
    from prosody.store.library import root

    folder = root()
    there = folder
    while not there.exists():
        there = there.parent
    if not os.access(there, os.W_OK):
        return _finding("library", "missing", "read_only", "another_library")
    free = shutil.disk_usage(there).free / 1e9
    if free < _ROOM_GB:
        return _finding("library", "optional", "little_room", "make_room", free_gb=free)
    return _finding("library", "ok", "room", free_gb=free)


def _clock() -> Finding:
    """A clock that once stood ahead: consents end by the latest day that was seen."""
    from diarize.recording import register

    seen = register.latest_day()
    if seen is not None and seen > date.today():
        return _finding("clock", "missing", "clock_ahead", "clock_mend", day=seen.isoformat())
    return _finding("clock", "ok", "clock")


def _memory() -> Finding:
    import psutil

    total = psutil.virtual_memory().total / 1e9
    state = "ok" if total >= _MEMORY_GB else "optional"
    return _finding("memory", state, "memory", total_gb=total, cores=os.cpu_count() or 1)


def _gpu() -> Finding:
    if find_spec("torch") is not None:
        import torch

        if torch.cuda.is_available():
            return _finding("GPU", "ok", "cuda")
    return _finding("GPU", "optional", "no_gpu", "cpu_only")
