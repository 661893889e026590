"""The digest of a network's tensors: the same weights are known whatever file brought them.

Conventions
-----------
A file's own hash changes with its name, its container and its compression; the numbers in it do
not. Tensors are taken by name in alphabetical order, each with its shape, and as two-byte floats
where nothing is lost by that, so that a copy widened to four bytes is the same network.
"""

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

__all__ = ["digest"]


def digest(tensors: Mapping[str, Any], *, without: Collection[str] = ()) -> str:
    """Give the SHA-256 of a network's tensors.

    Parameters
    ----------
    tensors : mapping of str to array-like
        numpy arrays or torch tensors on the CPU.
    without : collection of str
        Names left out: tables that are computed and not learned.

    Examples
    --------
    >>> half = np.ones(3, dtype=np.float16)
    >>> digest({"a": half}) == digest({"a": half.astype(np.float32)})
    True
    >>> digest({"a": half}) == digest({"b": half})
    False
    """
    made = hashlib.sha256()
    for name in sorted(set(tensors) - set(without)):
        values = _narrowed(np.asarray(tensors[name]))
        made.update(f"{name} {values.dtype.str} {values.shape}\n".encode())
        made.update(np.ascontiguousarray(values).data)
    return made.hexdigest()


def _narrowed(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if values.dtype != np.float32:
        return values
    with np.errstate(over="ignore"):
        half = values.astype(np.float16)
    return half if np.array_equal(half.astype(np.float32), values) else values
