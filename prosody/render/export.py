"""One session out into the formats other people's programs read."""

import re
import shutil
from functools import partial
from pathlib import Path
from typing import Any

from diarize.errors import Refused
from diarize.formats import table as exchange
from diarize.formats.tables import guarded
from diarize.runtime.atomic import write_whole
from diarize.runtime.stopping import undone_if_stopped
from prosody.cues.warmth import caveat
from prosody.report.codec import rows, to_json
from prosody.report.model import Report

__all__ = ["FORMATS", "write"]

FORMATS = (
    ".rttm",
    ".vtt",
    ".srt",
    ".TextGrid",
    ".eaf",
    ".csv",
    ".parquet",
    ".html",
    ".pdf",
    ".json",
)


def write(report: Report, place: Path, target: Path, *, table: str = "turns") -> None:
    """Write a session to a file; the format follows from the ending.

    Parameters
    ----------
    report : Report
        The session.
    place : Path
        Its folder in the library.
    target : Path
        Ending in one of `FORMATS`.
    table : str
        For .csv and .parquet: ``turns``, ``measures``, ``events``, ``links`` or ``silences``.

    Raises
    ------
    Refused
        If the ending is another, or what the format needs is not there.
    """
    ending = target.suffix.lower()
    if ending == ".json":
        write_whole(target, to_json(report))
    elif ending == ".html":
        write_whole(target, _without_players((place / "report.html").read_text("utf-8")))
    elif ending == ".pdf":
        _pdf(place / "report.html", target)
    elif ending == ".parquet" or (ending == ".csv" and table != "turns"):
        _table(report, target, table)
    elif ending in exchange.WRITERS:
        exchange.write(_lines(report), target, duration=report.recording.duration_s)
    else:
        raise Refused("export.no_such_format", file=str(target), known=FORMATS)


def _without_players(page: str) -> str:
    """Take the players out of a page that leaves its folder: the sound stays behind."""
    return re.sub(r'<audio[^>]*></audio>|<p class="unsaid clip">.*?</p>', "", page)


def _lines(report: Report) -> list[exchange.Line]:
    roles = [voice.role for voice in report.voices]
    return [
        exchange.Line(
            turn.span,
            turn.voice,
            turn.role,
            turn.kind,
            turn.text,
            turn.words,
            roles.count(turn.role) > 1,
        )
        for turn in report.turns
    ]


def _table(report: Report, target: Path, table: str) -> None:
    import pandas

    lines = [_flat(row) for row in rows(report, table)]
    if table == "measures":
        lines = [line | {"caveat": caveat(line["cue"])} for line in lines]
    frame = pandas.DataFrame(lines)
    if target.suffix.lower() == ".parquet":
        write_whole(target, lambda file: frame.to_parquet(file, index=False))
        return
    for column in frame.columns:
        frame[column] = frame[column].map(lambda v: guarded(v) if isinstance(v, str) else v)
    write_whole(target, frame.to_csv(index=False))


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """One level: nested records become ``name.field``; lists of words and spans are left out."""
    out: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            out.update({f"{name}.{key}": inner for key, inner in value.items()})
        elif not isinstance(value, (list, tuple)):
            out[name] = value
    return out


def _pdf(page: Path, target: Path) -> None:
    import subprocess
    import tempfile

    program = next(
        (p for n in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(n))),
        None,
    )
    if program is None:
        raise Refused("export.no_browser", file=str(target))
    with (
        tempfile.TemporaryDirectory() as work,
        undone_if_stopped(partial(shutil.rmtree, work, ignore_errors=True)),
    ):
        made = Path(work) / "report.pdf"
        command = [program, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
        command += ["--disable-background-networking", "--disable-component-update"]
        command += ["--disable-sync", f"--user-data-dir={work}/profile", "--no-pdf-header-footer"]
        command += [f"--print-to-pdf={made}", page.resolve().as_uri()]
        subprocess.run(command, check=False, capture_output=True, timeout=120)
        if not made.is_file():
            raise Refused("export.no_pdf", file=str(target))
        write_whole(target, made.read_bytes())
