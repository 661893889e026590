"""Tables as they are printed, kept as a page as well, with the day they were made."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

__all__ = ["SQUARES", "dated", "said", "speed_s"]

SQUARES = 10_000_000


def speed_s() -> float:
    """Give the CPU seconds in which this machine adds up `SQUARES` squares in a plain loop.

    Timings of pages made on different machines are compared by it.
    """
    start, total = time.process_time(), 0
    for number in range(SQUARES):
        total += number * number
    return time.process_time() - start


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
