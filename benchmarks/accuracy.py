"""Make every page of figures anew: ``make accuracy``.

    .venv/bin/python -m benchmarks.accuracy [NAME …] [--all] [--check | --tell]

Runs the benchmarks whose figures are of older code, or those named, or all; a benchmark whose data
or programs are not here is left out and said to be. Some take minutes. ``--check`` makes nothing:
it says which figures are of the code as it is, which files of the others have changed since, and
which documents say something else than was found, and exits with 1 where there are any. ``--tell``
makes no figure either: it writes on each page whether code that it rests on has changed since, as
every making does at its end.
"""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import coverage, links, pitch, roles, syllables, warmth
from benchmarks.listening import client_talk, coder_page, german, kinds, rules_page, site, trained
from benchmarks.listening.annomi import CSV
from benchmarks.listening.provenance import kept, stale
from benchmarks.shared import records
from benchmarks.shared.corpora import PROJECT
from benchmarks.shared.records import Page
from benchmarks.validity.__main__ import PAGE as VALIDITY
from prosody.trained import weights

__all__ = ["PAGES", "ROWS", "Row"]

PAGES: tuple[Page, ...] = (
    *(coverage.PAGE, links.PAGE, pitch.PAGE, syllables.PAGE),
    *(warmth.PAGE, VALIDITY, roles.PAGE, client_talk.PAGE, rules_page.PAGE, german.PAGE),
    site.PAGE,
)


@dataclass(frozen=True)
class Row:
    """What is made anew: its record, what it lacks, what has changed, the making, what shows it."""

    record: Path
    missing: Callable[[], list[str]]
    stale: Callable[[], list[str]]
    make: Callable[[], None]
    documents: Callable[[], Mapping[Path, str]]


def _of(page: Page) -> Row:
    return Row(
        page.record,
        page.missing,
        page.stale,
        lambda: records.write(page),
        lambda: records.documents(page, records.kept(page.record)),
    )


def _no_coder() -> list[str]:
    encoder = [] if weights.there() else ["the packaged encoder"]
    return encoder + ([] if CSV.is_file() else [CSV.name])


def _no_sentences() -> list[str]:
    return [path.name for path in (CSV, kinds.GOLD) if not path.is_file()]


ROWS: Mapping[str, Row] = {
    "coder": Row(
        coder_page.RECORD,
        _no_coder,
        lambda: stale(kept(coder_page.RECORD)["made"], trained.find),
        lambda: trained.main(["--write"]),
        lambda: coder_page.pages(kept(coder_page.RECORD)),
    ),
    "kinds": Row(
        kinds.RECORD,
        _no_sentences,
        lambda: stale(kept(kinds.RECORD), kinds.find),
        lambda: kinds.main(["--write"]),
        kinds.documents,
    ),
    **{page.name: _of(page) for page in PAGES},
    german.PAGE.name: replace(_of(german.PAGE), make=german.write, documents=german.documents),
}


def main() -> None:
    """Make anew what was asked for."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(ROWS))
    parser.add_argument("--all", action="store_true", help="also what is of this code already")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--check", action="store_true", help="only say what would be made, and why")
    only.add_argument("--tell", action="store_true", help="only write it on the pages")
    asked = parser.parse_args()
    if unknown := [name for name in asked.names if name not in ROWS]:
        parser.error(f"no such figures: {', '.join(unknown)}")
    rows = {name: row for name, row in ROWS.items() if not asked.names or name in asked.names}
    if asked.check:
        raise SystemExit(int(not _checked(rows)))
    if not asked.tell:
        _made(rows, anyhow=bool(asked.all or asked.names))
    for row in rows.values():
        _told(row)


def _made(rows: Mapping[str, Row], *, anyhow: bool) -> None:
    """Make the figures that are of older code, or all of them anyhow."""
    for name, row in rows.items():
        if missing := row.missing():
            print(f"{name}: left out, not here: {', '.join(missing)}", flush=True)
        elif not anyhow and not row.stale():
            print(f"{name}: of this code already", flush=True)
        else:
            row.make()
            print(f"{name}: made anew", flush=True)


def _told(row: Row) -> None:
    """Write on what shows figures whether code that they rest on has changed since."""
    records.tell(row.record, older=bool(row.stale()))
    for path, said in row.documents().items():
        path.write_text(said, "utf-8")


def _checked(rows: Mapping[str, Row]) -> bool:
    """Say of all figures whether they are of this code and shown as found; whether all are."""
    fine = True
    for name, row in rows.items():
        older = row.stale()
        wrong = [p for p, said in row.documents().items() if p.read_text("utf-8") != said]
        fine = fine and not older and not wrong
        state = f"of older code: {', '.join(older)}" if older else "of this code"
        shown = (p.relative_to(PROJECT).as_posix() for p in wrong)
        print(f"{name}: {state}", *(f"; {path} says otherwise" for path in shown), sep="")
    return fine


if __name__ == "__main__":
    main()
