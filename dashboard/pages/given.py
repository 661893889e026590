"""What every page is given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Site"]


@dataclass(frozen=True, slots=True)
class Site:
    """The library, the key that addresses are signed with, and the pages by their path.

    `doors` are the paths of those that the list of sessions leads to, each with the code of the
    words on its link and an icon of Streamlit's.
    """

    folder: Path
    key: str
    pages: Mapping[str, Any]
    doors: Sequence[tuple[str, str, str]] = ()
