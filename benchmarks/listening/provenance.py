"""What figures were made from: hashes of what they rest on in the project, and of the data."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.shared.rests_on import changed, place, rests_on, together
from diarize.runtime.atomic import sha256_of

__all__ = ["keep", "kept", "provenance", "stale"]


def provenance(find: Callable[..., Any], *data: Path) -> dict[str, Any]:
    """Give the day, and hashes of what `find` rests on and of every file of data."""
    parts = rests_on(*place(find))
    return {
        "on": datetime.now(UTC).date().isoformat(),
        "code": together(parts),
        "rests_on": parts,
        "data": {path.name: sha256_of(path) for path in data},
    }


def stale(made: Mapping[str, Any], find: Callable[..., Any]) -> list[str]:
    """Name what in the project is other than when figures were made."""
    return changed(made["rests_on"], rests_on(*place(find)))


def kept(path: Path) -> dict[str, Any]:
    """Read kept figures."""
    return dict(json.loads(path.read_text("utf-8")))


def keep(path: Path, found: Mapping[str, Any]) -> None:
    """Keep figures, rounded to what they can mean."""
    path.write_text(json.dumps(_rounded(found), indent=1) + "\n", "utf-8")


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, Mapping):
        return {str(key): _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, (list, tuple)) else value
