"""Which program took part in an analysis, and with which weights."""

from dataclasses import dataclass

__all__ = ["Engine"]


@dataclass(frozen=True, slots=True)
class Engine:
    """A program that took part; `weights_sha256` is None where it has no weights.

    `machine` says that words or turns are what a machine heard, not what a person wrote down.
    """

    name: str
    version: str
    weights_sha256: str | None = None
    machine: bool = False
