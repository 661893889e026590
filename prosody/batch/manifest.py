"""Which recordings a batch is of: those of a folder, or the rows of a manifest.

Conventions
-----------
A manifest is a CSV file with a column ``recording`` and any of `columns`, which come from the
tables of `prosody.options`. Paths are relative to the manifest and may not leave its folder.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from diarize.errors import Refused
from prosody.options import LABELS, OPTIONS

__all__ = ["AUDIO", "Job", "columns", "jobs_of"]

AUDIO = (".wav", ".flac", ".ogg", ".mp3", ".m4a", ".mp4", ".webm")


@dataclass(frozen=True, slots=True)
class Job:
    """One recording of a batch.

    Parameters
    ----------
    row : int
        Its place in the folder or manifest, from 1.
    recording : Path
        The file.
    values : mapping
        Its own options, as texts by the names of `prosody.options.OPTIONS`.
    labels : mapping
        What it is filed under, by the names of `prosody.options.LABELS`.
    """

    row: int
    recording: Path
    values: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


def columns() -> tuple[str, ...]:
    """Give the columns a manifest may have."""
    return ("recording", *LABELS, *(row.name for row in OPTIONS.values() if row.column))


def jobs_of(source: Path) -> tuple[Job, ...]:
    """Give the recordings of a folder, or of a manifest.

    Raises
    ------
    Refused
        If there are none, or the manifest cannot be read.
    """
    if source.is_dir():
        found = sorted(p for p in source.iterdir() if p.suffix.lower() in AUDIO and p.is_file())
        if not found:
            raise Refused("batch.no_recordings", folder=str(source))
        return tuple(Job(row, path) for row, path in enumerate(found, 1))
    try:
        rows = list(csv.DictReader(io.StringIO(source.read_text("utf-8-sig"))))
    except (OSError, UnicodeDecodeError, csv.Error):
        raise Refused("batch.unreadable_manifest", file=str(source)) from None
    _check(source, [str(name) for name in rows[0]] if rows else [])
    return tuple(_job(source, number, row) for number, row in enumerate(rows, 1))


def _check(source: Path, there: list[str]) -> None:
    known = columns()
    strange = sorted(set(there) - set(known))
    if "recording" not in there:
        raise Refused("batch.no_recording_column", file=str(source), known=known[1:])
    if strange:
        raise Refused("batch.strange_columns", file=str(source), strange=strange, known=known[1:])


def _job(source: Path, number: int, row: Mapping[str, str | None]) -> Job:
    given = {k: v.strip() for k, v in row.items() if v and v.strip()}
    recording = _inside(source, number, given.pop("recording", ""))
    labels = {name: given.pop(name) for name in LABELS if name in given}
    for name, value in given.items():
        if OPTIONS[name].kind == "path":
            given[name] = str(_inside(source, number, value))
    return Job(number, recording, given, labels)


def _inside(source: Path, number: int, name: str) -> Path:
    """Resolve a manifest's path; it may not leave the manifest's folder, not by a link either."""
    home = source.resolve().parent
    place = (home / name).resolve()
    if not name or "://" in name or not place.is_relative_to(home):
        raise Refused("batch.outside_folder", file=str(source), row=number, name=name)
    return place
