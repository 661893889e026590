"""Tables as they are printed, kept as a page as well."""

from collections.abc import Iterable
from pathlib import Path

__all__ = ["said"]


def said(lines: Iterable[str], to: Path | None) -> None:
    """Print lines as they come; write them to a file as well once all are there."""
    kept = []
    for line in lines:
        print(line, flush=True)
        kept.append(line)
    if to is not None:
        to.write_text("\n".join(kept) + "\n", "utf-8")
