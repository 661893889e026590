"""Talks drawn again, for intervals that hold the spread between talks."""

import random
from collections.abc import Iterator, Sequence
from typing import TypeVar

__all__ = ["drawn_again"]

One = TypeVar("One")


def drawn_again(own: Sequence[One], draws: int) -> Iterator[list[One]]:
    """Give as many as there are, drawn with replacement, many times; the same for everyone."""
    rng = random.Random(0)
    for _ in range(draws):
        yield rng.choices(own, k=len(own))
