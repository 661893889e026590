"""Whether weights are the right ones: their hashes, worked out once and recorded.

Conventions
-----------
Weights live in one folder per engine under :func:`root` (``PROSODY_MODELS``, or the platform's
user data folder). A file whose hash is known is opened only if it matches: hashes are recorded in
``manifest.json`` when files are fetched, when a person pins them or at the latest when they are
first used, and large files in the model hub's cache are stored there under their own hash.
"""

import json
import os
import re
import time
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from diarize.errors import Refused
from diarize.runtime.atomic import read_small, real, sha256_of, write_whole

__all__ = ["digest", "folder", "is_recorded_here", "known_digest", "matching", "root", "trust"]

_HASH = re.compile(r"[0-9a-f]{64}")
# A file younger than this may change again without its time stamp telling: clocks of file
# systems tick in milliseconds.
_SETTLED_NS = 2_000_000_000


def root() -> Path:
    """Folder of all weights: ``PROSODY_MODELS``, or the platform's user data folder."""
    given = os.environ.get("PROSODY_MODELS")
    if given:
        return Path(given)
    from platformdirs import user_data_path

    return user_data_path("prosody", appauthor=False) / "models"


def folder(engine: str) -> Path:
    """Folder of one engine's weights; it need not exist."""
    return root() / engine


def digest(path: Path) -> str:
    """SHA-256 of a file of weights, read once in this process as long as the file stays the same.

    Raises
    ------
    Refused
        If the path is not a regular, readable file.
    """
    try:
        found = path.stat()
    except OSError:
        return sha256_of(path)  # which says what is wrong
    if time.time_ns() - found.st_mtime_ns < _SETTLED_NS:
        return sha256_of(path)
    identity = (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev)
    return _digest(path, identity)


@lru_cache(maxsize=256)
def _digest(path: Path, _identity: tuple[int, ...]) -> str:
    return sha256_of(path)


def known_digest(path: Path) -> str | None:
    """Give the hash a file must have: the recorded one, or the one the hub stored it under."""
    key = _key(path)
    if key is not None:
        return _manifest().get(key)
    stored = real(path).name if path.is_symlink() else ""
    return stored if _HASH.fullmatch(stored) else None


def matching(path: Path) -> str:
    """Give a file's hash; a file nothing is known of is as it was given.

    Raises
    ------
    Refused
        If another hash is recorded.
    """
    sha256 = digest(path)
    known = known_digest(path)
    if known is not None and known != sha256:
        raise Refused("model.changed", file=str(path))
    return sha256


def is_recorded_here(path: Path) -> bool:
    """Whether a file lies in the models folder, where hashes are recorded."""
    return _key(path) is not None


def trust(paths: Iterable[Path]) -> None:
    """Record the hashes of files in the models folder, so that a change is noticed.

    Raises
    ------
    Refused
        If a file lies elsewhere, cannot be read, or the manifest cannot be written.
    """
    kept = _manifest()
    for path in paths:
        key = _key(path)
        if key is None:
            raise Refused("model.elsewhere", file=str(path), folder=str(root()))
        kept[key] = digest(path)
    manifest = root() / "manifest.json"
    manifest.parent.mkdir(parents=True, exist_ok=True)
    write_whole(manifest, json.dumps(kept, indent=2, sort_keys=True) + "\n")


def _manifest() -> dict[str, str]:
    """Give the recorded hashes, by path below `root`."""
    path = root() / "manifest.json"
    try:
        if not path.exists():
            return {}
        kept = json.loads(read_small(path))
        return {str(name): str(sha256) for name, sha256 in kept.items()}
    except (OSError, ValueError, AttributeError, RecursionError):
        raise Refused("model.broken_manifest", file=str(path)) from None


def _key(path: Path) -> str | None:
    """Give a file's name in the manifest; None for a file outside the models folder."""
    try:
        return real(path).relative_to(real(root())).as_posix()
    except ValueError:
        return None
