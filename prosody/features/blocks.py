"""A long row of values block by block, each block with its surroundings.

Copies of a whole recording would be the largest thing in memory; what an answer depends on lies
near it.
"""

import mmap
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["let_go", "with_surroundings"]


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


def let_go(samples: NDArray[Any]) -> None:
    """Give back the memory of samples that were read from a read-only mapped file.

    The system would keep pages it has once read for us as ours: 230 MB an hour. They stay in the
    file and are read again if needed.
    """
    mapped = samples
    while isinstance(mapped, np.ndarray):
        held = getattr(mapped, "_mmap", None)
        if held is not None and getattr(mapped, "mode", "") == "r":
            if hasattr(mmap, "MADV_DONTNEED"):
                held.madvise(mmap.MADV_DONTNEED)
            return
        mapped = mapped.base  # type: ignore[assignment]
