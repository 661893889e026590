"""Tables for analysis, as CSV and Parquet, with a dictionary of their columns.

Conventions
-----------
Rows come from `prosody.store.tabling`, a session after another, and are written as they come, so
that memory does not grow with the library. A value that is not there is ``NA``, truth is ``TRUE``
or ``FALSE``, cells that a spreadsheet would take for a formula are guarded. Files are written whole
or not at all. A batch keeps ``sessions.csv`` and ``measures.csv`` of its library up to date in the
library itself, unless that is encrypted.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from numbers import Integral, Real
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import IO, TYPE_CHECKING, Any

from diarize.errors import Refused
from diarize.formats.tables import guarded
from diarize.messages import is_known, outline, sentence
from diarize.runtime.atomic import WRITING, confirmed, private_folder, write_whole
from diarize.runtime.stopping import undone_if_stopped
from prosody import catalogue
from prosody.features.frame_files import arrow
from prosody.store.folders import replace_rows
from prosody.store.library import Library
from prosody.store.missing import explains
from prosody.store.saving import SEAL
from prosody.store.tabling import TABLES, Keys, Lost, headlines, keys_of, tidy

if TYPE_CHECKING:
    import pyarrow

__all__ = ["FORMATS", "renew", "renew_rows", "write"]

FORMATS = ("csv", "parquet")
_KEPT = ("sessions", "measures")
_CHUNK = 20_000  # rows of a Parquet file that are written at once
_MISSING = "NA"
_WHOLE = {"session_order", "n", "turn", "event", "words"}
_TRUTH = {"reliable"}
_CODED = {"reason", "evidence"}
_NUMBER = {"value", "part", "whole", "low", "high", "confidence", "difference", "duration_s"}
_NUMBER |= {"start_s", "end_s", "role_certainty"}
_OF: dict[str, type] = {"text": str, "number": Real, "whole number": Integral, "truth": bool}


def write(
    library: Library,
    target: Path,
    where: Mapping[str, str] | None = None,
    *,
    formats: Sequence[str] = FORMATS,
    mark: bool = False,
    lost: Lost = lambda *_: None,
) -> dict[str, int]:
    """Write every table of a library, or of the sessions asked for.

    Parameters
    ----------
    library : Library
        Whose.
    target : Path
        A folder, made if need be; tables of these names in it are replaced.
    where : mapping, optional
        As of `prosody.store.tabling.keys_of`.
    formats : sequence of str
        Of `FORMATS`.
    mark : bool
        Whether CSV files begin with a byte order mark, by which Excel knows UTF-8.
    lost : callable
        Told of a session that cannot be read: its id, the table that lacks it, and why.

    Returns
    -------
    dict
        Rows of each table.

    Raises
    ------
    Refused
        If there is no library, it is encrypted and its key is not at hand, the folder cannot be
        written, or Parquet is asked for and pyarrow is not installed.
    """
    if "parquet" in formats:
        arrow()
    library.unlock()  # of a closed one nothing is written
    try:
        private_folder(target)
        while True:
            unread = list[tuple[str, str, Refused]]()

            def noted(*one: Any, to: list[Any] = unread) -> None:
                to.append(one)

            with _workplace(target) as work:
                known = keys_of(library, where or {}, noted)
                counts = _all(library, work, known, formats, mark, noted)
                # What was withdrawn while they were written must have no row; what could not be
                # read because it went meanwhile is not missing from them.
                if not _ids(known) <= _ids(keys_of(library, where or {})):
                    continue
                for path in sorted(work.iterdir()):
                    path.chmod(0o600)
                    path.replace(target / path.name)
            confirmed(target)
            for one in unread:
                lost(*one)
            return counts
    except OSError as error:
        raise Refused("disk.cannot_write", file=str(target), why=error.strerror) from None


@contextmanager
def _workplace(target: Path) -> Iterator[Path]:
    """Give a folder beside what it is for, and take it away again; Python's own may recurse."""
    work = Path(mkdtemp(prefix=WRITING, dir=target))
    undo = partial(rmtree, work, ignore_errors=True)
    try:
        with undone_if_stopped(undo):
            yield work
    except BaseException:
        undo()
        raise
    try:
        rmtree(work)
    except OSError as error:
        raise Refused("disk.left_behind", file=str(work), why=error.strerror) from None


def _ids(known: Iterable[Keys]) -> set[str]:
    return {keys.session_id for keys in known}


def _all(
    library: Library,
    work: Path,
    known: Sequence[Keys],
    formats: Sequence[str],
    mark: bool,
    lost: Lost,
) -> dict[str, int]:
    """Write every table and what explains them; gives the rows of each."""
    counts: dict[str, int] = {}
    codes: set[str] = set()
    for name, table in TABLES.items():
        columns = table.names(library)
        rows = _noting(codes, _rows(library, name, known, lost))
        counts[name] = _write(work / name, columns, rows, formats, mark)
    _dictionary(library, work / "dictionary.csv", mark)
    _reasons(codes, work / "reasons.csv", mark)
    return counts


def renew(folder: Path) -> None:
    """Write the tables that a library keeps in itself; an encrypted one keeps none."""
    library = Library(folder)
    if _sealed(library):
        return
    known = keys_of(library, {})
    for name in _KEPT:
        columns = TABLES[name].names(library)
        rows = _rows(library, name, known, lambda *_: None)
        write_whole(folder / f"{name}.csv", partial(_fill, columns, rows))


def _fill(columns: Sequence[str], rows: Iterator[dict[str, Any]], file: IO[bytes]) -> None:
    out = io.TextIOWrapper(file, "utf-8", newline="")
    for _ in _csv(out, columns, rows):
        pass
    out.detach()  # flushed, and left open for whoever opened it


def renew_rows(folder: Path, session_id: str) -> None:
    """Bring the rows of a corrected session in a library's own tables up to date."""
    library = Library(folder)
    if not any((folder / f"{name}.csv").is_file() for name in _KEPT):
        return
    mine = [key for key in keys_of(library, {}) if key.session_id == session_id]
    for name in _KEPT:
        rows = _rows(library, name, mine, lambda *_: None)
        replace_rows(folder / f"{name}.csv", session_id, [_cells(row) for row in rows])


def _sealed(library: Library) -> bool:
    from prosody.store import consented

    if not library.begun:
        return True
    with library.opened() as held:
        return consented.get_meta(held, SEAL) is not None


def _rows(
    library: Library, name: str, known: Iterable[Keys], lost: Lost
) -> Iterator[dict[str, Any]]:
    rows_of = TABLES[name].told(library)
    kinds = {column: _OF[_kind(column)] for column in TABLES[name].names(library)}
    for keys in known:
        try:
            rows = list(rows_of(keys))
            if not all(
                _fits(value, kinds[column]) for row in rows for column, value in row.items()
            ):
                raise Refused("library.entry_unreadable", session=keys.session_id)
        except Refused as why:
            lost(keys.session_id, name, why)
            continue
        yield from rows


def _fits(value: Any, kind: type) -> bool:
    """Whether a value is of its column's kind: a strange database has anything in its cells."""
    return value is None or isinstance(value, kind)


# Writing ----------------------------------------------------------------------------------------


def _write(
    place: Path,
    columns: Sequence[str],
    rows: Iterator[dict[str, Any]],
    formats: Sequence[str],
    mark: bool,
) -> int:
    """Write one table in each format, in one pass over its rows."""
    with ExitStack() as open_files:
        if "parquet" in formats:
            rows = _parquet(open_files, place.with_suffix(".parquet"), columns, rows)
        if "csv" in formats:
            encoding = "utf-8-sig" if mark else "utf-8"
            file = place.with_suffix(".csv").open("w", encoding=encoding, newline="")
            rows = _csv(open_files.enter_context(file), columns, rows)
        return sum(1 for _ in rows)


def _csv(
    out: Any, columns: Sequence[str], rows: Iterable[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Pass rows on, each written."""
    table = csv.DictWriter(out, columns, restval=_MISSING, lineterminator="\n")
    table.writeheader()
    for row in rows:
        table.writerow(_cells(row))
        yield row


def _cells(row: Mapping[str, Any]) -> dict[str, object]:
    return {name: _cell(value) for name, value in row.items()}


def _cell(value: Any) -> object:
    if value is None:
        return _MISSING
    if isinstance(value, bool):
        return str(value).upper()
    return guarded(value) if isinstance(value, str) else value


def _parquet(
    open_files: ExitStack, path: Path, columns: Sequence[str], rows: Iterable[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Pass rows on, and write them in groups."""
    pyarrow = arrow()
    schema = pyarrow.schema([(name, _arrow(name)) for name in columns])
    file = open_files.enter_context(pyarrow.parquet.ParquetWriter(path, schema))
    waiting: list[dict[str, Any]] = []
    for row in rows:
        waiting.append(row)
        if len(waiting) == _CHUNK:
            file.write_table(pyarrow.Table.from_pylist(waiting, schema))
            waiting.clear()
        yield row
    file.write_table(pyarrow.Table.from_pylist(waiting, schema))


def _arrow(column: str) -> "pyarrow.DataType":
    pyarrow = arrow()
    kinds = {"text": pyarrow.string(), "number": pyarrow.float64()}
    kinds |= {"whole number": pyarrow.int64(), "truth": pyarrow.bool_()}
    return kinds[_kind(column)]


def _kind(column: str) -> str:
    """Say what a column holds."""
    if column in _WHOLE:
        return "whole number"
    if column in _TRUTH:
        return "truth"
    if column in _NUMBER or column in {tidy(row.name) for row in catalogue.of_turns()}:
        return "number"
    headline = headlines().get(column)
    if headline is None:
        return "text"
    return {"count": "whole number", "reliable": "truth"}.get(headline[2], "number")


# What the columns mean --------------------------------------------------------------------------


def _dictionary(library: Library, path: Path, mark: bool) -> None:
    """Write what each column of each table holds."""
    with path.open("w", encoding="utf-8-sig" if mark else "utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("table", "column", "kind", "unit", "meaning"))
        for name, tabled in TABLES.items():
            for column in tabled.names(library):
                unit, meaning = _meaning(column)
                table.writerow((name, column, _kind(column), unit, meaning))


def _meaning(column: str) -> tuple[str, str]:
    """Give a column's unit and meaning."""
    if (other := explains(column)) is not None:
        return "", sentence("table.missing", {"column": other})
    if is_known(f"table.{column}"):
        return ("s" if column.endswith("_s") else ""), sentence(f"table.{column}")
    if (found := headlines().get(column)) is not None:
        cue, role, part = found
        unit = cue.unit if part in ("value", "low", "high") else ""
        said = sentence(f"table.{'n' if part == 'count' else part}")
        return unit, f"{cue.words('label')} ({role}): {said}"
    for row in catalogue.of_turns():
        if tidy(row.name) == column:
            return row.unit, f"{row.words('label')}: {row.words('meaning')}"
    return "", sentence("table.covariate")


def _noting(codes: set[str], rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Pass rows on, and note the codes that stand in them."""
    for row in rows:
        told = (name for name in row if name in _CODED or explains(name) is not None)
        codes.update(row[name] for name in told if row[name])
        yield row


def _reasons(codes: Iterable[str], path: Path, mark: bool) -> None:
    """Write the sentence behind each code that stands in a table."""
    with path.open("w", encoding="utf-8-sig" if mark else "utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("code", "meaning"))
        table.writerows((code, outline(code)) for code in sorted(codes))
