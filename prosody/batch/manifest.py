"""Which recordings a batch is of: those of a folder, or the rows of a manifest.

Conventions
-----------
A folder is searched with the folders in it, but for the library and what is hidden. A recording is
known by its ending or by its first bytes, so a batch finds what `prosody analyze` reads.
A manifest is a table (CSV, or with semicolons or tabs) with a column ``recording`` (of a session
in several files their names, in order, with ``|`` between) and any of `columns`, which come from
the tables of `prosody.options`, and those by which consent is granted. Any other column is kept
as a covariate of the sessions. Paths are relative to the manifest and may not leave its folder.
What is wrong with a row is told by row and column, and never with what stands there: it may be a
name.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from pathlib import Path

from diarize.errors import Refused
from diarize.formats.table import readable
from diarize.messages import Message, message
from diarize.recording.container import ENDINGS, is_recording
from diarize.runtime.atomic import open_regular, read_small, real
from prosody.option import LABELS, Option, checked, iso_day
from prosody.options import DATES, OPTIONS
from prosody.store.shelf import may_be_called

__all__ = ["CONSENT", "Job", "columns", "covariates", "jobs_of", "passed_over"]

_CONSENT = ".consent.json"
_ROWS_MAX = 100_000
_COLUMNS_MAX = 1_000
_CELLS_MAX = 3_000_000
_BETWEEN = "|"  # the names of several files of one session
_SEPARATORS = ",;\t"
CONSENT = ("consent_by", "consent_scopes", "consent_expires")
# headings under which names of people stand, or what leads to them
_OF_PERSONS = re.compile(
    r"(?:(?:first|last|sur|family|given|full|vor|nach|client|patient|therapist)[ _-]?)?names?"
    r"|e[ _-]?mail(?:[ _-]?address)?|(?:tele)?phone(?:[ _-]?number)?|mobile|address|street"
    r"|(?:date[ _-]?of[ _-]?)?birth(?:[ _-]?da(?:te|y))?|dob|nhs(?:[ _-]?number)?|ssn",
    re.IGNORECASE,
)


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
        What it is filed under, by the names of `prosody.option.LABELS`; an empty cell is None.
    more : tuple of Path
        The other files of a session that was recorded in several, in order.
    covariates : mapping
        What else the manifest says of it, by column; an empty cell is None.
    consent : mapping
        What the columns of `CONSENT` say, where they say anything.
    """

    row: int
    recording: Path
    values: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str | None] = field(default_factory=dict)
    more: tuple[Path, ...] = ()
    covariates: Mapping[str, str | None] = field(default_factory=dict)
    consent: Mapping[str, str] = field(default_factory=dict)


def columns() -> tuple[str, ...]:
    """Give the columns of a manifest that mean something to this program."""
    settable = (row.name for row in OPTIONS.values() if row.column)
    return ("recording", *LABELS, *settable, *CONSENT)


def covariates(jobs: Sequence[Job]) -> tuple[str, ...]:
    """Name the columns that are kept as covariates."""
    return tuple(dict.fromkeys(name for job in jobs for name in job.covariates))


def jobs_of(
    source: Path, *, library: Path | None = None, dates: str | None = "YYYY-MM-DD"
) -> tuple[Job, ...]:
    """Give the recordings of a folder and the folders in it, or of a manifest.

    Parameters
    ----------
    source : Path
        A folder or a table.
    library : Path, optional
        A folder that is left out: the sound that is kept in it was analysed already.
    dates : str, optional
        How dates are written, one of `prosody.options.DATES`; None where nobody will look at them.

    Raises
    ------
    Refused
        If there are none, or the manifest cannot be read or something in it cannot be what its
        column takes.
    """
    if source.is_dir():
        found = [path for path in _files(source, library) if _may_be_recording(path)]
        if not found:
            raise Refused("batch.no_recordings", folder=str(source))
        return tuple(Job(row, path) for row, path in enumerate(found, 1))
    jobs = tuple(_job(source, number, row, dates) for number, row in _table(source).items())
    _check_ids(source, jobs)
    return jobs


def _table(source: Path) -> dict[int, dict[str, str]]:
    """Read the rows of a manifest, each by column, under their numbers below the heading.

    An empty row is none, but has its number: whoever looks for a row counts what a table shows.
    """
    held = read_small(source)
    try:
        text = held.decode("utf-8-sig")
        text = text.lstrip("\r\n")
        head = text.partition("\n")[0]
        mark = max(_SEPARATORS, key=head.count)
        names, *rows = islice(csv.reader(io.StringIO(text), delimiter=mark), _ROWS_MAX + 2)
    except (UnicodeDecodeError, csv.Error):
        raise Refused("batch.unreadable_manifest", file=str(source)) from None
    except ValueError:
        raise Refused("batch.no_rows", file=str(source)) from None
    if len(rows) > _ROWS_MAX:
        raise Refused("batch.too_many_rows", file=str(source), most=_ROWS_MAX)
    names = [name.strip() for name in names]
    if len(names) > _COLUMNS_MAX or len(names) * len(rows) > _CELLS_MAX:
        about = {"columns": _COLUMNS_MAX, "cells": _CELLS_MAX}
        raise Refused("batch.too_many_columns", file=str(source), **about)
    _check(source, names)
    numbered = {number: row for number, row in enumerate(rows, 1) if any(map(str.strip, row))}
    if not numbered:
        raise Refused("batch.no_rows", file=str(source))
    for number, row in numbered.items():
        if any(cell.strip() for cell in row[len(names) :]):
            raise _bad(source, number, "-", message("batch.too_many_cells", n=len(row)))
    return {
        number: {n: cell.strip() for n, cell in zip_longest(names, row, fillvalue="") if n}
        for number, row in numbered.items()
    }


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
        if path.name.startswith(".") or (library and real(path) == real(library)):
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
        with open_regular(path) as file:
            return is_recording(file)
    except (Refused, OSError):
        return False


def _check(source: Path, there: list[str]) -> None:
    """Refuse a head that nobody can mean."""
    known = columns()
    if "recording" not in there:
        raise Refused("batch.no_recording_column", file=str(source), known=known[1:])
    places: dict[str, int] = {}
    for number, name in enumerate(there, 1):
        first = places.setdefault(name, number)
        if name and first < number:  # told by its place: it may be a value
            raise Refused("batch.column_twice", file=str(source), first=first, second=number)
    strange = sorted(set(there) - set(known))
    persons = [name for name in strange if _OF_PERSONS.fullmatch(name)]
    if persons:
        raise Refused("batch.columns_of_persons", file=str(source), strange=persons)
    options = [name for name in strange if name in OPTIONS]
    if options:
        raise Refused("batch.columns_of_options", file=str(source), strange=options)


def _job(source: Path, number: int, row: Mapping[str, str], dates: str | None) -> Job:
    names = row["recording"].split(_BETWEEN)
    recording, *more = (_inside(source, number, name.strip()) for name in names)
    labels = {
        name: _label(source, number, name, row[name], dates) for name in LABELS if name in row
    }
    values = {
        name: _value(source, number, OPTIONS[name], cell)
        for name, cell in row.items()
        if name in OPTIONS and cell
    }
    known = columns()
    rest = {name: cell or None for name, cell in row.items() if name not in known}
    consent = {name: row[name] for name in CONSENT if row.get(name)}
    return Job(number, recording, values, labels, tuple(more), rest, consent)


def _label(source: Path, number: int, name: str, cell: str, dates: str | None) -> str | None:
    """Read what a session is filed under."""
    if not cell:
        return None
    if name == "session_id" and not may_be_called(cell):
        raise _bad(source, number, name, message("batch.bad_session_id"))
    row = LABELS[name]
    if row.kind == "code":
        try:
            return str(checked(row, cell))
        except Refused:
            raise _bad(source, number, name, message("batch.bad_code", most=row.most)) from None
    if name != "date" or dates is None:
        return cell
    try:
        return iso_day(cell, DATES[dates])
    except ValueError:
        raise _bad(source, number, name, message("batch.no_date", form=dates)) from None


def _value(source: Path, number: int, option: Option, cell: str) -> str:
    """Read an option of one row; paths are made whole."""
    if option.kind == "path":
        return str(_inside(source, number, cell, option.name))
    try:
        checked(option, cell)
    except Refused:
        takes = ", ".join(option.known) or option.metavar or option.kind
        raise _bad(source, number, option.name, message("batch.bad_value", takes=takes)) from None
    return cell


def _check_ids(source: Path, jobs: Sequence[Job]) -> None:
    """Refuse one id for two recordings: the second would take the first's place."""
    first: dict[str, int] = {}
    for job in jobs:
        named = (job.labels.get("session_id") or "").casefold()  # some machines have one folder
        if not named:
            continue
        if named in first:
            raise _bad(source, job.row, "session_id", message("batch.id_twice", other=first[named]))
        first[named] = job.row


def _bad(source: Path, number: int, column: str, why: Message) -> Refused:
    return Refused("batch.bad_cell", file=str(source), row=number, column=column, why=why)


def _inside(source: Path, number: int, name: str, column: str = "recording") -> Path:
    """Resolve a manifest's path; it may not leave the manifest's folder, not by a link either."""
    home = real(source).parent
    try:
        place = real(home / name)
    except (ValueError, OSError):  # no name that a file can have
        raise _bad(source, number, column, message("batch.outside_folder")) from None
    if not name or "://" in name or not place.is_relative_to(home):
        raise _bad(source, number, column, message("batch.outside_folder"))
    return place
