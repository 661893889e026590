"""Which recordings a batch is of: those of a folder, or the rows of a manifest.

Conventions
-----------
A folder is searched with the folders in it, but for the library and what is hidden. A recording is
known by its ending or by its first bytes, so a batch finds what `prosody analyze` reads.
A manifest is a CSV file with a column ``recording`` (of a session in several files their names, in
order, with ``|`` between) and any of `columns`, which come from the
tables of `prosody.options`. Paths are relative to the manifest and may not leave its folder.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from diarize.errors import Refused
from diarize.formats.table import readable
from diarize.recording.container import ENDINGS, is_recording
from prosody.options import LABELS, OPTIONS

__all__ = ["Job", "columns", "jobs_of", "passed_over"]

_CONSENT = ".consent.json"
_BETWEEN = "|"  # the names of several files of one session


@dataclass(frozen=True, slots=True)
class Job:
    """One recording of a batch.

    Parameters
    ----------
    row : int
        Its place in the folder or manifest, from 1.
    recording : Path
        The file, of several the first.
    values : mapping
        Its own options, as texts by the names of `prosody.options.OPTIONS`.
    labels : mapping
        What it is filed under, by the names of `prosody.options.LABELS`.
    more : tuple of Path
        The other files of a session that was recorded in several, in order.
    """

    row: int
    recording: Path
    values: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    more: tuple[Path, ...] = ()


def columns() -> tuple[str, ...]:
    """Give the columns a manifest may have."""
    return ("recording", *LABELS, *(row.name for row in OPTIONS.values() if row.column))


def jobs_of(source: Path, *, library: Path | None = None) -> tuple[Job, ...]:
    """Give the recordings of a folder and the folders in it, or of a manifest.

    Parameters
    ----------
    source : Path
        A folder or a CSV file.
    library : Path, optional
        A folder that is left out: the sound that is kept in it was analysed already.

    Raises
    ------
    Refused
        If there are none, or the manifest cannot be read.
    """
    if source.is_dir():
        found = [path for path in _files(source, library) if _may_be_recording(path)]
        if not found:
            raise Refused("batch.no_recordings", folder=str(source))
        return tuple(Job(row, path) for row, path in enumerate(found, 1))
    try:
        rows = list(csv.DictReader(io.StringIO(source.read_text("utf-8-sig"))))
    except (OSError, UnicodeDecodeError, csv.Error):
        raise Refused("batch.unreadable_manifest", file=str(source)) from None
    _check(source, [str(name) for name in rows[0]] if rows else [])
    return tuple(_job(source, number, row) for number, row in enumerate(rows, 1))


def passed_over(
    source: Path, jobs: Sequence[Job], *, library: Path | None = None
) -> Mapping[str, int]:
    """Count by their endings what is in a folder and is no recording of the batch.

    Consent records are not counted, nor transcripts that lie beside a recording under its name.
    """
    if not source.is_dir():
        return {}
    taken = {job.recording for job in jobs}
    beside = {path.with_suffix("") for path in taken}
    left = (
        path
        for path in _files(source, library)
        if path not in taken
        and not path.name.endswith(_CONSENT)
        and not (path.suffix in readable() and path.with_suffix("") in beside)
    )
    return Counter(path.suffix.lower() or "–" for path in left)


def _files(source: Path, library: Path | None) -> Iterator[Path]:
    """Give the files under a folder in the order of their names, without hidden ones."""
    for path in sorted(source.iterdir()):
        if path.name.startswith(".") or (library and path.resolve() == library.resolve()):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _files(path, library)
        elif path.is_file():
            yield path


def _may_be_recording(path: Path) -> bool:
    """Whether a file is called like a recording, or begins like one."""
    if path.suffix.lower() in ENDINGS:
        return True
    try:
        with path.open("rb") as file:
            return is_recording(file)
    except OSError:
        return False


def _check(source: Path, there: list[str]) -> None:
    known = columns()
    strange = sorted(set(there) - set(known))
    if "recording" not in there:
        raise Refused("batch.no_recording_column", file=str(source), known=known[1:])
    if strange:
        raise Refused("batch.strange_columns", file=str(source), strange=strange, known=known[1:])


def _job(source: Path, number: int, row: Mapping[str, str | None]) -> Job:
    given = {k: v.strip() for k, v in row.items() if v and v.strip()}
    names = given.pop("recording", "").split(_BETWEEN)
    recording, *more = (_inside(source, number, name.strip()) for name in names)
    labels = {name: given.pop(name) for name in LABELS if name in given}
    for name, value in given.items():
        if OPTIONS[name].kind == "path":
            given[name] = str(_inside(source, number, value))
    return Job(number, recording, given, labels, tuple(more))


def _inside(source: Path, number: int, name: str) -> Path:
    """Resolve a manifest's path; it may not leave the manifest's folder, not by a link either."""
    home = source.resolve().parent
    place = (home / name).resolve()
    if not name or "://" in name or not place.is_relative_to(home):
        raise Refused("batch.outside_folder", file=str(source), row=number, name=name)
    return place
