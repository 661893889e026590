"""From what a page of figures was made: hashes of code and data, and its place in a document."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from benchmarks.shared.corpora import PROJECT

__all__ = ["between", "sha_of_all", "sources"]

_KINDS = (".py", ".toml", ".npz", ".json")


def sources(names: Iterable[str]) -> list[Path]:
    """Give the sources and rules that files and folders of the project hold, in order."""
    files: list[Path] = []
    for name in names:
        place = PROJECT / name
        inside = [p for p in place.rglob("*") if p.suffix in _KINDS]
        files += [place] if place.is_file() else sorted(inside)
    return files


def sha_of_all(files: Iterable[Path], *said: str) -> str:
    """Hash files together, in the order given, and what is said after them."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes())
    for text in said:
        digest.update(text.encode())
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
