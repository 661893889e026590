"""Make every page of figures anew: ``make accuracy``.

    .venv/bin/python -m benchmarks.accuracy [NAME …] [--all] [--list]

Runs the benchmarks whose figures are of older code, or those named, or all; a benchmark whose data
or programs are not here is left out and said to be. ``--list`` only says which figures are of the
code as it is. Some take minutes.
"""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks import coverage, links, pitch, roles, syllables, warmth
from benchmarks.listening import client_talk, coder_page, kinds, rules_page, trained
from benchmarks.listening.annomi import CSV
from benchmarks.listening.provenance import kept, made_with
from benchmarks.shared import records
from benchmarks.shared.records import Page
from benchmarks.validity.__main__ import PAGE as VALIDITY
from prosody.trained import weights

__all__ = ["PAGES", "ROWS"]

PAGES: tuple[Page, ...] = (
    *(coverage.PAGE, links.PAGE, pitch.PAGE, syllables.PAGE),
    *(warmth.PAGE, VALIDITY, roles.PAGE, client_talk.PAGE, rules_page.PAGE),
)


@dataclass(frozen=True)
class Row:
    """What is made anew: what of it is missing here, whether it is of this code, and the making."""

    missing: Callable[[], list[str]]
    current: Callable[[], bool]
    make: Callable[[], None]


def _of(page: Page) -> Row:
    return Row(page.missing, page.current, lambda: records.write(page))


def _no_coder() -> list[str]:
    encoder = [] if weights.there() else ["the packaged encoder"]
    return encoder + ([] if CSV.is_file() else [CSV.name])


def _no_sentences() -> list[str]:
    return [path.name for path in (CSV, kinds.GOLD) if not path.is_file()]


ROWS: Mapping[str, Row] = {
    "coder": Row(
        _no_coder,
        lambda: kept(coder_page.RECORD)["made"]["ships"] == made_with(),
        lambda: trained.main(["--write"]),
    ),
    "kinds": Row(
        _no_sentences,
        kinds.current,
        lambda: kinds.main(["--write"]),
    ),
    **{page.name: _of(page) for page in PAGES},
}


def main() -> None:
    """Make anew what was asked for."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(ROWS))
    parser.add_argument("--all", action="store_true", help="also what is of this code already")
    parser.add_argument("--list", action="store_true", help="only say what would be made")
    asked = parser.parse_args()
    if unknown := [name for name in asked.names if name not in ROWS]:
        parser.error(f"no such figures: {', '.join(unknown)}")
    for name, row in ROWS.items():
        if asked.names and name not in asked.names:
            continue
        if missing := row.missing():
            print(f"{name}: left out, not here: {', '.join(missing)}", flush=True)
        elif row.current() and not asked.all and not asked.names:
            print(f"{name}: of this code already", flush=True)
        elif asked.list:
            print(f"{name}: to be made anew", flush=True)
        else:
            row.make()
            print(f"{name}: made anew", flush=True)


if __name__ == "__main__":
    main()
