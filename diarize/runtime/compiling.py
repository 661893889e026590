"""Compiled loops on disk: what one process keeps is never read as what another kept.

Conventions
-----------
numba keeps every compiled loop in a numbered file, and which number is whose in an index, which it
writes first. Two processes that compile at once can give one number to loops of different arguments
or, in a folder that machines share, of different processors; and an index that was just made anew
can lead to what an older version left. Whoever reads it runs machine code made for something else,
and as the files stay, so does every process after it. Here each file has a number that no other
has: what an index names is what was kept under it, or is not there yet and is compiled anew.
"""

import secrets
from typing import Any

__all__ = ["keep_apart"]


def keep_apart() -> None:
    """Give every loop that this process keeps a file of its own; call it before one is compiled.

    It holds for all that numba compiles here, librosa's loops among them. It imports numba, which
    takes half a second, so callers do it where they need that.
    """
    from numba.core.caching import IndexDataCacheFile

    IndexDataCacheFile._data_name = _data_name


def _data_name(kept: Any, _number: int) -> str:
    """Stand in for numba's own, which takes the first number that its index does not hold."""
    return str(kept._data_name_pattern.format(number=secrets.randbits(63)))
