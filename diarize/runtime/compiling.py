"""Compiled loops: what one process keeps on disk is its own, and no folder of a person's steers it.

Conventions
-----------
numba keeps every compiled loop in a numbered file, and which number is whose in an index, which it
writes first. Two processes that compile at once can give one number to loops of different arguments
or, in a folder that machines share, of different processors; and an index that was just made anew
can lead to what an older version left. Whoever reads it runs machine code made for something else,
and as the files stay, so does every process after it. Here each file has a number that no other
has: what an index names is what was kept under it, or is not there yet and is compiled anew.

numba also reads settings out of the folder a person is in, among them where its loops are kept;
and whoever reads a loop that somebody else kept runs what they wrote. Here it finds none there.
"""

import secrets
import sys
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType
from typing import Any

__all__ = ["keep_apart", "unled"]

_READS = "numba.core.config"
_SETTINGS = ".numba_config.yaml"


class _Unled(SourceFileLoader):
    """Loads a module that is not told what a file of settings is called."""

    def get_code(self, fullname: str) -> CodeType | None:
        code = super().get_code(fullname)
        if code is None:
            return None
        named = ("" if each == _SETTINGS else each for each in code.co_consts)
        return code.replace(co_consts=tuple(named))


class _Finder:
    """Finds the module of numba that reads settings."""

    @staticmethod
    def find_spec(name: str, path: Any = None, _target: Any = None) -> ModuleSpec | None:
        found = PathFinder.find_spec(name, path) if name == _READS else None
        if found is not None and isinstance(found.loader, SourceFileLoader):
            found.loader = _Unled(found.loader.name, found.loader.path)
        return found


def unled() -> None:
    """Let numba, once it is imported, read no settings out of the folder a person is in."""
    if _Finder not in sys.meta_path:
        sys.meta_path.insert(0, _Finder)


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
