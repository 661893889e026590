"""One session out into the formats other people's programs read.

Conventions
-----------
The format follows from the ending. Formats of transcripts and speakers are rows of
`diarize.formats.table`; what holds more of a report is a row of `EXPORTS` here. A new export is one
function and one row of either: the command's help and the refusal that lists the endings follow.
"""

import os
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from diarize.errors import Refused
from diarize.formats import table as exchange
from diarize.formats.tables import guarded
from diarize.messages import Message, message
from diarize.runtime.atomic import write_whole
from diarize.runtime.program import own_program, program
from diarize.runtime.workplace import workplace
from prosody.cues.warmth import caveat
from prosody.features.frame_files import arrow, load
from prosody.features.frames import Frames
from prosody.render import transcripts
from prosody.render.drawing import Drawing
from prosody.render.figures import FIGURES
from prosody.render.html import html
from prosody.report.codec import rows, to_json
from prosody.report.model import Report
from prosody.report.schema import json_schema

__all__ = ["BROWSERS", "EXPORTS", "Export", "ending_of", "exports", "frame_of", "write"]


BROWSERS = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
    *("microsoft-edge", "msedge"),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_PATIENCE_S = 120
# A browser looks up its maker's machines unless it is told that no name leads anywhere.
_QUIET = (
    *("--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-breakpad"),
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
_TOLD = {"measures": "reason", "links": "reason", "events": "evidence"}  # messages of a row
_NO_TIMES = (message("format_lacks.word_times"), message("format_lacks.turn_kinds"))
_NO_ENDS = (message("format_lacks.turn_ends"), *_NO_TIMES)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is exported: the session, its folder in the library, where to, and which table."""

    report: Report
    place: Path
    target: Path
    table: str
    frames: Callable[[], Frames] | None = None
    browser: Path | None = None
    figure: str | None = None
    mark: bool = False


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
    figure: str | None = None,
    mark: bool = False,
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
        The Chromium that prints a .pdf or .png; without it one that is installed.
    figure : str, optional
        For .svg and .png: one of `prosody.render.figures.FIGURES`; without it the one that the
        file is called after, or the first.
    mark : bool
        For .csv: whether it begins with a byte order mark, by which Excel knows UTF-8.

    Raises
    ------
    Refused
        If the ending is another, or what the format needs is not there.
    """
    found = exports()[ending_of(target)]
    found.write(Asked(report, place, target, table, frames, browser, figure, mark))


def ending_of(target: Path) -> str:
    """Give the ending of `exports` that a file has, whatever its capitals.

    Raises
    ------
    Refused
        If it has another.
    """
    known = exports()
    ending = target.suffix.lower()
    found = next((name for name in known if name.lower() == ending), None)
    if found is None:
        raise Refused("export.no_such_format", file=str(target), known=tuple(known))
    return found


def _transcript(asked: Asked, *, before: str = "") -> None:
    duration, named = asked.report.recording.duration_s, asked.place.name
    lines = _lines(asked.report)
    exchange.write(lines, asked.target, duration=duration, named=named, before=before)


def _json(asked: Asked) -> None:
    write_whole(asked.target, to_json(asked.report))


def _html(asked: Asked) -> None:
    write_whole(asked.target, _page(asked))


def _page(asked: Asked) -> str:
    """Write the page without players: it leaves its folder, and the sound stays behind."""
    return html(asked.report, _frames(asked), session_id=asked.place.name, sound=False)


def _frames(asked: Asked) -> Frames:
    try:
        return asked.frames() if asked.frames else load(asked.place / "frames.npz")
    except (OSError, ValueError, BadZipFile):
        raise Refused("export.no_frames", session=asked.place.name) from None


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
    before = BOM_UTF8.decode() if asked.mark else ""
    if asked.table == "turns":
        _transcript(asked, before=before)
        return
    frame = frame_of(asked.report, asked.table)
    for column in frame.columns:
        frame[column] = frame[column].map(lambda v: guarded(v) if isinstance(v, str) else v)
    write_whole(asked.target, before + frame.to_csv(index=False))


def _parquet(asked: Asked) -> None:
    arrow()  # pandas needs it to be there
    frame = frame_of(asked.report, asked.table)
    write_whole(asked.target, lambda file: frame.to_parquet(file, index=False))


def frame_of(report: Report, table: str) -> Any:
    """Give one table of a report as a pandas data frame."""
    import pandas

    lines = [_flat(row) for row in rows(report, table)]
    if table in _TOLD:  # by the name that tables of a whole library have for it, too
        lines = [line | _told(line, _TOLD[table]) for line in lines]
    if table == "measures":
        lines = [line | {"caveat": caveat(line["cue"])} for line in lines]
    return pandas.DataFrame(lines, columns=None if lines else _columns(table))


def _told(line: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Give the code and the sentence of a row's message, None where it has none."""
    return {f"{name}_code": line.get(f"{name}_code"), f"{name}_text": line.get(name)}


def _columns(table: str) -> list[str]:
    """Name what a row of a table has on one level, for a session in which there is none."""
    held = json_schema()["properties"][table]["items"]["properties"]
    kinds = {name: said.get("anyOf", [said])[0].get("type") for name, said in held.items()}
    flat = [name for name, kind in kinds.items() if kind not in ("array", "object")]
    more = ["caveat"] if table == "measures" else []
    told = _told({}, _TOLD[table]) if table in _TOLD else {}
    return [*dict.fromkeys((*flat, *told)), *more]


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
    wanted = lambda made: ["--no-pdf-header-footer", f"--print-to-pdf={made}"]  # noqa: E731
    _by_browser(asked, _page(asked), "pdf", wanted)


def _by_browser(asked: Asked, page: str, ending: str, wanted: Callable[[Path], list[str]]) -> None:
    """Have a browser make a file of a page."""
    browser = _browser(asked)
    with workplace() as work:
        source, made = work / "report.html", work / f"made.{ending}"
        source.write_text(page, "utf-8")
        _made(browser, source, wanted(made))
        if not made.is_file():
            raise Refused("export.not_printed", file=str(asked.target))
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


def _made(browser: str, source: Path, wanted: list[str]) -> None:
    """Open a page in a browser that keeps nothing and asks no other machine for anything."""
    import subprocess

    work = str(source.parent)
    apart, known = own_program("diarize.runtime.calls")  # where the system offers no other machine
    # What it would keep in the person's own folders, a picture of its memory after a fault too.
    known |= {"XDG_CONFIG_HOME": work, "XDG_CACHE_HOME": work}
    command = [*apart, browser, *_QUIET, f"--user-data-dir={work}/profile"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--no-sandbox")  # which Chromium does not have for the superuser
    with suppress(OSError, subprocess.TimeoutExpired):  # then there is no file, which is said
        subprocess.run(
            [*command, *wanted, source.as_uri()],
            check=False,
            capture_output=True,
            timeout=_PATIENCE_S,
            env=known,
        )


def _text(asked: Asked) -> None:
    write_whole(asked.target, transcripts.to_text(_worded(asked)))


def _document(asked: Asked) -> None:
    title = str(message("export.title", session=asked.place.name))
    remarks = [message("export.by_machine")] if _by_machine(asked.report) else []
    write_whole(asked.target, transcripts.to_document(_worded(asked), title, remarks))


def _worded(asked: Asked) -> list[exchange.Line]:
    """Give the turns, where there are words to write."""
    lines = _lines(asked.report)
    if not any(line.text for line in lines):
        raise Refused("export.no_words", session=asked.place.name)
    return lines


def _by_machine(report: Report) -> bool:
    engine = report.engines.get("transcriber")
    return engine is not None and engine.machine


def _svg(asked: Asked) -> None:
    write_whole(asked.target, _figure(asked).alone)


def _figure(asked: Asked) -> Drawing:
    stem = asked.target.stem.lower()
    name = asked.figure or (stem if stem in FIGURES else next(iter(FIGURES)))
    found = FIGURES[name](asked.report, lambda: _frames(asked))
    if found is None:
        raise Refused("export.nothing_to_draw", session=asked.place.name, figure=name)
    return found


def _png(asked: Asked) -> None:
    drawn = _figure(asked)
    wide, high = drawn.size
    page = f"<!doctype html><style>body{{margin:0}}</style>{drawn.alone}"
    shot = [f"--window-size={wide},{high}", "--force-device-scale-factor=2", "--hide-scrollbars"]
    _by_browser(asked, page, "png", lambda made: [*shot, f"--screenshot={made}"])


EXPORTS: dict[str, Export] = {
    ".csv": Export("CSV", _csv),
    ".parquet": Export("Parquet", _parquet),
    ".html": Export("web page", _html),
    ".pdf": Export("PDF", _pdf),
    ".docx": Export("Word document", _document, message("format.lacks", lost=_NO_TIMES)),
    ".txt": Export("text for MAXQDA and ATLAS.ti", _text, message("format.lacks", lost=_NO_ENDS)),
    ".svg": Export("figure", _svg),
    ".png": Export("figure", _png),
    ".json": Export("report", _json),
}
