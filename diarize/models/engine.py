"""Which program took part in an analysis, with which weights; and whether any can."""

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from diarize.errors import Refused

__all__ = ["Engine", "require", "version_of"]

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


def version_of(distribution: str) -> str:
    """Give the version of an installed distribution; ``unknown`` where it is not installed."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "unknown"
