"""Pages of figures, made of what a benchmark found and kept with hashes of its code and data.

Conventions
-----------
A benchmark has one `Page`: its text, with places for tables and words, and the function that finds
them. What was found lies beside the page as ``docs/benchmarks/NAME.json`` with the day, hashes of
all it rests on in the project (`benchmarks.shared.rests_on`), and one of all its data. Pages are
made of that file alone, so that a test can make them again and see a figure that was changed by
hand. Whether code has changed since stands in the file too (`tell`), and so on the page. Tables
that other documents show stand between marks in them (``<!-- NAME -->``).
"""

import argparse
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.shared.corpora import PROJECT
from benchmarks.shared.provenance import between, sha_of_all
from benchmarks.shared.rests_on import changed, place, rests_on, together

__all__ = ["FOLDER", "OLDER", "Found", "Page", "Table", "documents", "main", "tell", "write"]

FOLDER = PROJECT / "docs" / "benchmarks"
# What a page says of itself whose code has changed.
OLDER = "Code that these figures rest on has changed since: `make accuracy-check` says where."
Record = Mapping[str, Any]


@dataclass(frozen=True)
class Table:
    """A table as it is read: its head, and rows of as many cells."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Found:
    """What a benchmark found: tables, single words or sentences by name, and the data it read."""

    tables: Mapping[str, Table]
    words: Mapping[str, str] = field(default_factory=dict)
    data: Sequence[Path] = ()


@dataclass(frozen=True)
class Page:
    """One page of figures.

    Parameters
    ----------
    name : str
        Of the page and of the file beside it.
    text : str
        The page, with ``{made}`` and the names of tables and words in braces.
    needs : sequence of Path
        Without them nothing can be found.
    find : callable
        Gives what is found; takes minutes.
    shown : mapping of str to sequence of str
        Other documents, by their path in the project, and which tables stand in them.
    """

    name: str
    text: str
    needs: Sequence[Path]
    find: Callable[[], Found]
    shown: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def record(self) -> Path:
        """Where what was found is kept."""
        return FOLDER / f"{self.name}.json"

    def missing(self) -> list[str]:
        """Name what is needed and not there."""
        return [path.name for path in self.needs if not path.exists()]

    def stale(self) -> list[str]:
        """Name what in the project is other than when the figures were made."""
        before = kept(self.record)["rests_on"] if self.record.is_file() else {}
        return changed(before, self.rests_on())

    def rests_on(self) -> dict[str, str]:
        """Hash what in the project the figures rest on, by file."""
        return rests_on(*place(self.find))


def kept(path: Path) -> Record:
    """Read what was found."""
    return dict(json.loads(path.read_text("utf-8")))


def _record(page: Page, found: Found) -> Record:
    data, parts = sorted(found.data, key=lambda path: path.name), page.rests_on()
    return {
        "on": datetime.now(UTC).date().isoformat(),
        "code": together(parts),
        "rests_on": parts,
        "data": sha_of_all(data) if data else None,
        "files": len(data),
        "words": dict(found.words),
        "tables": {
            name: {"head": list(t.head), "rows": [list(row) for row in t.rows]}
            for name, t in found.tables.items()
        },
    }


def _lines(table: Mapping[str, Any]) -> str:
    rows = [table["head"], ["---"] * len(table["head"]), *table["rows"]]
    return "\n".join(f"| {' | '.join(row)} |" if row[0] != "---" else _rule(row) for row in rows)


def _rule(row: Sequence[str]) -> str:
    return f"|{'|'.join(row)}|"


def _made(record: Record) -> str:
    said = f"{record['on']}; code sha256 {record['code'][:16]}"
    files, data = record["files"], record["data"]
    held = "1 file" if files == 1 else f"{files} files"
    of = f", {held} of data {data[:16]}" if data else ""
    return f"{said}{of}.{f' {OLDER}' if record.get('older') else ''}"


def tell(path: Path, *, older: bool) -> None:
    """Keep beside what was found whether code that it rests on has changed since."""
    whole = json.loads(path.read_text("utf-8"))
    made = whole.get("made", whole)
    if made.get("older", False) is not older:
        made["older"] = older
        path.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", "utf-8")


def documents(page: Page, record: Record) -> dict[Path, str]:
    """Give every document that shows what was found, as it has to be."""
    tables = {name: _lines(table) for name, table in record["tables"].items()}
    text = page.text.format(made=_made(record), **record["words"], **tables)
    out = {FOLDER / f"{page.name}.md": text.strip() + "\n"}
    for document, names in page.shown.items():
        path = PROJECT / document
        whole = path.read_text("utf-8")
        for name in names:
            whole = between(whole, f"{page.name}: {name}", tables[name])
        out[path] = whole
    return out


def write(page: Page) -> None:
    """Find everything anew, keep it, and write every document that shows it."""
    record = _record(page, page.find())
    page.record.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")
    for path, text in documents(page, record).items():
        path.write_text(text, "utf-8")


def main(
    page: Page,
    arguments: Iterable[str] | None = None,
    *,
    keep: Callable[[], None] | None = None,
) -> None:
    """Print a page from the command line, and keep it where asked, by `keep` if that is more."""
    parser = argparse.ArgumentParser(description=page.text.strip().splitlines()[0].lstrip("# "))
    parser.add_argument("--write", action="store_true", help="keep the figures, and the pages")
    given = parser.parse_args(None if arguments is None else list(arguments))
    if missing := page.missing():
        raise SystemExit(f"{page.name}: not here: {', '.join(missing)}")
    if given.write:
        keep() if keep else write(page)
        print((FOLDER / f"{page.name}.md").read_text("utf-8"))
        return
    print(next(iter(documents(page, _record(page, page.find())).values())))
