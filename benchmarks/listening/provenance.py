"""What figures were made from: hashes of what ships, of the code that reads, and of the data."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.shared.corpora import PROJECT
from benchmarks.shared.provenance import sha_of_all
from diarize.runtime.atomic import sha256_of
from prosody.rules import SHIPPED as RULES
from prosody.trained.weights import SHIPPED as CODER

__all__ = ["keep", "kept", "made_with", "provenance"]

# What decides what is suggested; a figure of other ones is no figure of what ships.
_DECIDING = (RULES / "en.toml", RULES / "en.kinds.toml", RULES / "en.kinds.npz", CODER)
_CODE = ("prosody/listening", "prosody/rules", "prosody/trained", "benchmarks/listening")


def made_with() -> str:
    """Hash the rules and weights that ship."""
    return sha_of_all(_DECIDING)


def provenance(*data: Path) -> dict[str, Any]:
    """Give the day, and hashes of what ships, of the code and of every file of data."""
    code = [path for folder in _CODE for path in sorted((PROJECT / folder).glob("*.py"))]
    return {
        "on": datetime.now(UTC).date().isoformat(),
        "ships": made_with(),
        "code": sha_of_all(code),
        "data": {path.name: sha256_of(path) for path in data},
    }


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
