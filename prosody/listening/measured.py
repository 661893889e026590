"""How often each kind is right on coded material: the figures that decide what is suggested.

Conventions
-----------
`measured.toml` is written by ``python -m benchmarks.listening.kinds --write``, one row a kind and
source. A source is a stranger's where its author had no part in the rules; `read` says how much of
it was looked at while they were made. Precision is understated where a sentence bears one code and
shows two things.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from prosody.settings import Reading

__all__ = ["LIMITS", "Figure", "figures", "holds", "leads"]

_FILE = Path(__file__).with_name("measured.toml")
LIMITS = Reading()  # from which figures on a kind is suggested by itself


@dataclass(frozen=True, slots=True)
class Figure:
    """One kind on one source.

    Parameters
    ----------
    kind, source : str
    stranger : bool
        Whether people who had no part in this project coded it.
    read : str
        ``none``, ``half`` or ``all``: how much of it was read while the rules were made.
    coded, said, right : int
        Turns or sentences with the code, suggested, and both.
    precision, recall : tuple of float
        Each with the ends of its 95 % interval (Wilson), 0 to 1: (value, low, high).
    """

    kind: str
    source: str
    stranger: bool
    read: str
    coded: int
    said: int
    right: int
    precision: tuple[float, float, float]
    recall: tuple[float, float, float]


@lru_cache(maxsize=1)
def figures() -> tuple[Figure, ...]:
    """Give every figure, in the order of the file."""
    return tuple(_figure(row) for row in _read().get("figure", []))


@lru_cache(maxsize=1)
def _read() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text("utf-8"))


def leads(kind: str, beside: Mapping[str, Sequence[float]] | None = None) -> bool:
    """Whether a kind is told better than by a bag of words, where that was measured at all.

    Of ``beside_words`` in the file: by how much, and the ends of the 95 % interval
    (`benchmarks.listening.client_talk`); a lead whose interval holds 0 is none.

    Parameters
    ----------
    kind : str
    beside : mapping of str to (lead, low, high), optional
        To go by; otherwise those that ship.
    """
    known = _read().get("beside_words", {}) if beside is None else beside
    lead = known.get(kind)
    return lead is None or bool(lead[1] > 0)


def _figure(row: dict[str, Any]) -> Figure:
    shares = {name: tuple(row[name]) for name in ("precision", "recall")}
    return Figure(**{**row, **shares})


def holds(kind: str, found: Sequence[Figure] | None = None) -> bool:
    """Whether a kind is right often enough, and found often enough, on a stranger's material.

    A source with enough coded cases must reach both; and so must all of it that nobody had read
    while the rules were made, or reading would vouch for itself.

    Parameters
    ----------
    kind : str
    found : sequence of Figure, optional
        To go by; otherwise those that ship.
    """
    own = [f for f in (figures() if found is None else found) if f.kind == kind and f.stranger]
    unread = [f for f in own if f.read == "none"]
    enough = any(f.coded >= LIMITS.least_coded and _reaches(f) for f in own)
    return enough and bool(unread) and all(map(_reaches, unread))


def _reaches(figure: Figure) -> bool:
    precise = figure.precision[0] >= LIMITS.least_precision
    return precise and figure.recall[0] >= LIMITS.least_recall
