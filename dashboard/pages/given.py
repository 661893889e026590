"""What every page is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Site"]


@dataclass(frozen=True, slots=True)
class Site:
    """The library, the key that addresses are signed with, and the pages by their path."""

    folder: Path
    key: str
    pages: Mapping[str, Any]
