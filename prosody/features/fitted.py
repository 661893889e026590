"""Weights that `training` fitted to synthetic voices: text, a row for each of some names."""

import tomllib
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["fitted_weights"]


@cache
def fitted_weights(path: Path, names: tuple[str, ...]) -> dict[str, NDArray[np.float32]]:
    """Read fitted weights, once.

    Parameters
    ----------
    path : Path
        The file.
    names : tuple of str
        What its rows stand for.

    Raises
    ------
    ValueError
        If it was fitted to other names.
    """
    with path.open("rb") as file:
        held = tomllib.load(file)
    if tuple(held.pop("names")) != names:
        raise ValueError(f"{path.name} was fitted to other names: fit it again")
    return {name: np.asarray(values, dtype=np.float32) for name, values in held.items()}
