"""Tables as they are printed, kept as a page as well, with the day they were made."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

__all__ = ["dated", "said"]


def said(lines: Iterable[str], to: Path | None) -> None:
    """Print lines as they come; write them to a file as well once all are there."""
    kept = []
    for line in lines:
        print(line, flush=True)
        kept.append(line)
    if to is not None:
        to.write_text(dated("\n".join(kept)) + "\n", "utf-8")


def dated(page: str) -> str:
    """Put the day under a page's heading, which is its first line."""
    heading, _, rest = page.partition("\n")
    return f"{heading}\n\nMade on {datetime.now(UTC).date()}.\n{rest}"
