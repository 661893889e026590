"""A long row of values block by block, each block with its surroundings.

Copies of a whole recording would be the largest thing in memory; what an answer depends on lies
near it.
"""

from collections.abc import Iterator

__all__ = ["with_surroundings"]


def with_surroundings(count: int, size: int, reach: int) -> Iterator[tuple[slice, slice, slice]]:
    """Cut `count` rows into blocks of `size`.

    Parameters
    ----------
    count, size : int
        Rows in all, and in a block.
    reach : int
        How many rows to either side an answer may depend on.

    Yields
    ------
    seen, own, place : slice
        The block with its surroundings, the block's own rows among them, and their place in all.
    """
    for start in range(0, count, size):
        stop, low = min(start + size, count), max(0, start - reach)
        yield slice(low, stop + reach), slice(start - low, stop - low), slice(start, stop)
