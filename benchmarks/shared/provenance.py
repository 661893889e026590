"""When a page of figures was written, and from what: the day, and hashes of code and data."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.shared.corpora import PROJECT

__all__ = ["made_of", "sha_of_all"]


def made_of(code: Iterable[str], data: Iterable[Path] = ()) -> str:
    """Give the line that says so.

    Parameters
    ----------
    code : iterable of str
        Files or folders of the project, whose sources and rules count.
    data : iterable of Path
        Files of data, hashed together in the order of their names.
    """
    files: list[Path] = []
    for name in code:
        place = PROJECT / name
        inside = [p for p in place.rglob("*") if p.suffix in (".py", ".toml", ".npz", ".json")]
        files += [place] if place.is_file() else sorted(inside)
    said = f"{datetime.now(UTC).date().isoformat()}; code sha256 {sha_of_all(files)[:16]}"
    kept = sorted(data, key=lambda path: path.name)
    return f"{said}, {len(kept)} files of data {sha_of_all(kept)[:16]}." if kept else f"{said}."


def sha_of_all(files: Iterable[Path]) -> str:
    """Hash files together, in the order given."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()
