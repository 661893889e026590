"""Run the parts asked for and print their tables."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import benchmarks.validity
from benchmarks.shared.corpora import DATA
from benchmarks.validity.acted import acted
from benchmarks.validity.activated import activated
from benchmarks.validity.edits import edits
from benchmarks.validity.errors import errors
from benchmarks.validity.halves import halves
from benchmarks.validity.rate import rate
from benchmarks.validity.rated import rated
from benchmarks.validity.written import written

PARTS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "edits": edits,
    "acted": acted,
    "activation": activated,
    "rated": rated,
    "halves": halves,
    "rate": rate,
    "written": written,
    "errors": errors,
}


def show(name: str, found: dict[str, Any], depth: int = 2) -> None:
    """Print nested numbers as Markdown tables: the last two levels are rows and columns."""
    print(f"\n{'#' * depth} {name}\n")
    plain = {k: v for k, v in found.items() if not isinstance(v, dict)}
    rows = {k: v for k, v in found.items() if isinstance(v, dict)}
    for key, value in plain.items():
        print(f"- {key}: {_text(value)}")
    if rows and all(not isinstance(x, dict) for v in rows.values() for x in v.values()):
        columns = list(dict.fromkeys(k for v in rows.values() for k in v))
        print(f"| | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}")
        for key, row in rows.items():
            print(f"| {key} | {' | '.join(_text(row.get(c)) for c in columns)} |")
        return
    for key, value in rows.items():
        show(key, value, depth + 1)


def _text(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def main() -> None:
    """Run the parts asked for."""
    parser = argparse.ArgumentParser(description=str(benchmarks.validity.__doc__).splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--to", type=Path)
    asked = parser.parse_args()
    found = {}
    for name in asked.only.split(","):
        found[name] = PARTS[name](asked.data)
        show(name, found[name])
    if asked.to:
        asked.to.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
