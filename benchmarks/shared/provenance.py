"""From what a page of figures was made: hashes of code and data, and its place in a document."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

__all__ = ["between", "sha_of_all"]


def sha_of_all(files: Iterable[Path]) -> str:
    """Hash files together, in the order given."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def between(text: str, name: str, new: str) -> str:
    """Put lines between a page's marks of a name.

    Raises
    ------
    ValueError
        If the page has no such marks.
    """
    first, last = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, there, rest = text.partition(first)
    _, ended, after = rest.partition(last)
    if not there or not ended:
        raise ValueError(f"no marks of {name}")
    return f"{before}{first}\n{new}\n{last}{after}"
