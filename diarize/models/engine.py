"""Which program took part in an analysis, with which weights; and whether any can."""

from dataclasses import dataclass
from importlib.util import find_spec

from diarize.errors import Refused

__all__ = ["Engine", "require"]

_EXTRA = ("torch", "librosa", "numba", "huggingface_hub")  # of the extra `engines`


@dataclass(frozen=True, slots=True)
class Engine:
    """A program that took part; `weights_sha256` is None where it has no weights.

    `machine` says that words or turns are what a machine heard, not what a person wrote down.
    """

    name: str
    version: str
    weights_sha256: str | None = None
    machine: bool = False


def require() -> None:
    """Ask for what hears a recording.

    Raises
    ------
    Refused
        If the extra ``engines`` is not installed.
    """
    if any(find_spec(name) is None for name in _EXTRA):
        raise Refused("engine.not_installed")
