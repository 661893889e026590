"""One session out into the formats other people's programs read.

Conventions
-----------
The format follows from the ending. Formats of transcripts and speakers are rows of
`diarize.formats.table`; what holds more of a report is a row of `EXPORTS` here. A new export is one
function and one row of either: the command's help and the refusal that lists the endings follow.
"""

import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from diarize.errors import Refused
from diarize.formats import table as exchange
from diarize.formats.tables import guarded
from diarize.messages import Message
from diarize.runtime.atomic import write_whole
from diarize.runtime.program import environment, program
from diarize.runtime.stopping import undone_if_stopped
from prosody.cues.warmth import caveat
from prosody.features.frame_files import load
from prosody.features.frames import Frames
from prosody.render.html import html
from prosody.report.codec import rows, to_json
from prosody.report.model import Report

__all__ = ["BROWSERS", "EXPORTS", "Export", "exports", "write"]


BROWSERS = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
    *("microsoft-edge", "msedge"),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_PATIENCE_S = 120


@dataclass(frozen=True, slots=True)
class Asked:
    """What is exported: the session, its folder in the library, where to, and which table."""

    report: Report
    place: Path
    target: Path
    table: str
    frames: Callable[[], Frames] | None = None
    browser: Path | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """One format a session is exported to.

    Parameters
    ----------
    name : str
        What people call it.
    write : callable
        Writes what was asked for; raises `Refused` where it cannot.
    limits : Message or None
        What is lost in it.
    """

    name: str
    write: Callable[[Asked], None]
    limits: Message | None = None


def exports() -> Mapping[str, Export]:
    """Give every format a session can be exported to, by its ending."""
    lines = {
        ending: Export(found.name, _transcript, found.limits)
        for found in exchange.FORMATS
        if found.write
        for ending in found.endings[:1]
    }
    return lines | EXPORTS


def write(
    report: Report,
    place: Path,
    target: Path,
    *,
    table: str = "turns",
    frames: Callable[[], Frames] | None = None,
    browser: Path | None = None,
) -> None:
    """Write a session to a file; the format follows from the ending.

    Parameters
    ----------
    report : Report
        The session.
    place : Path
        Its folder in the library.
    target : Path
        Ending in one of `exports`.
    table : str
        For .csv and .parquet: ``turns``, ``measures``, ``events``, ``links`` or ``silences``.
    frames : callable, optional
        Gives its frames; without it they are read from its folder.
    browser : Path, optional
        The Chromium that prints a .pdf; without it one that is installed.

    Raises
    ------
    Refused
        If the ending is another, or what the format needs is not there.
    """
    known = exports()
    ending = target.suffix.lower()
    found = next((row for name, row in known.items() if name.lower() == ending), None)
    if found is None:
        raise Refused("export.no_such_format", file=str(target), known=tuple(known))
    found.write(Asked(report, place, target, table, frames, browser))


def _transcript(asked: Asked) -> None:
    duration = asked.report.recording.duration_s
    exchange.write(_lines(asked.report), asked.target, duration=duration)


def _json(asked: Asked) -> None:
    write_whole(asked.target, to_json(asked.report))


def _html(asked: Asked) -> None:
    write_whole(asked.target, _page(asked))


def _page(asked: Asked) -> str:
    """Write the page without players: it leaves its folder, and the sound stays behind."""
    try:
        frames = asked.frames() if asked.frames else load(asked.place / "frames.npz")
    except (OSError, ValueError, BadZipFile):
        raise Refused("export.no_frames", session=asked.place.name) from None
    return html(asked.report, frames, session_id=asked.place.name, sound=False)


def _lines(report: Report) -> list[exchange.Line]:
    roles = [voice.role for voice in report.voices]
    return [
        exchange.Line(
            turn.span,
            turn.voice,
            turn.role,
            turn.kind,
            turn.text,
            turn.words if report.conversation.texts else (),
            roles.count(turn.role) > 1,
            turn.ipus,
        )
        for turn in report.turns
    ]


def _csv(asked: Asked) -> None:
    if asked.table == "turns":
        _transcript(asked)
        return
    frame = _frame(asked)
    for column in frame.columns:
        frame[column] = frame[column].map(lambda v: guarded(v) if isinstance(v, str) else v)
    write_whole(asked.target, frame.to_csv(index=False))


def _parquet(asked: Asked) -> None:
    frame = _frame(asked)
    write_whole(asked.target, lambda file: frame.to_parquet(file, index=False))


def _frame(asked: Asked) -> Any:
    import pandas

    lines = [_flat(row) for row in rows(asked.report, asked.table)]
    if asked.table == "measures":
        lines = [line | {"caveat": caveat(line["cue"])} for line in lines]
    return pandas.DataFrame(lines)


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """One level: nested records become ``name.field``; lists of words and spans are left out."""
    out: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            out.update({f"{name}.{key}": inner for key, inner in value.items()})
        elif not isinstance(value, (list, tuple)):
            out[name] = value
    return out


def _pdf(asked: Asked) -> None:
    import tempfile

    browser = _browser(asked)
    with (
        tempfile.TemporaryDirectory() as work,
        undone_if_stopped(partial(shutil.rmtree, work, ignore_errors=True)),
    ):
        source, made = Path(work) / "report.html", Path(work) / "report.pdf"
        source.write_text(_page(asked), "utf-8")
        _printed(browser, source, made)
        if not made.is_file():
            raise Refused("export.no_pdf", file=str(asked.target))
        write_whole(asked.target, made.read_bytes())


def _browser(asked: Asked) -> str:
    """Find the browser that prints: the one that was named, or one that is installed."""
    if asked.browser is not None:
        if found := program(str(asked.browser.expanduser())):
            return str(found)
        raise Refused("export.not_a_program", file=str(asked.browser))
    found = program(*BROWSERS)
    if found is None:
        raise Refused("export.no_browser", file=str(asked.target))
    return str(found)


def _printed(browser: str, source: Path, made: Path) -> None:
    """Print a page in a browser that keeps nothing and asks no other machine for anything."""
    import subprocess

    command = [browser, "--headless", "--disable-gpu", "--no-first-run"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--no-sandbox")  # which Chromium does not have for the superuser
    command += ["--disable-background-networking", "--disable-component-update"]
    command += ["--disable-sync", f"--user-data-dir={source.parent}/profile"]
    command += ["--no-pdf-header-footer", f"--print-to-pdf={made}", source.as_uri()]
    with suppress(OSError, subprocess.TimeoutExpired):  # then there is no PDF, which is said
        subprocess.run(
            command, check=False, capture_output=True, timeout=_PATIENCE_S, env=environment()
        )


EXPORTS: dict[str, Export] = {
    ".csv": Export("CSV", _csv),
    ".parquet": Export("Parquet", _parquet),
    ".html": Export("web page", _html),
    ".pdf": Export("PDF", _pdf),
    ".json": Export("report", _json),
}
