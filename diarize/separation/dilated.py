"""Small networks of dilated convolutions that judge a recording frame by frame.

Conventions
-----------
A layer listens to five frames, each twice as far apart as in the layer before, and adds what it
finds to what it was given. Weights are arrays by name, ``wide.0``, ``wide_bias.0``, ``mix.0``,
``mix_bias.0`` and so on; a network's file is known by its SHA-256.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diarize.errors import Refused
from diarize.models.records import digest
from diarize.runtime.threads import side_by_side

__all__ = ["in_blocks", "loaded", "residual"]

Array = NDArray[np.float32]


def residual(layer: Any, weights: Mapping[str, Any], layers: int) -> Any:
    """Residual convolutions over five frames, each twice as far apart: (batch, width, frames)."""
    from torch.nn.functional import conv1d

    for i in range(layers):
        apart = 2**i
        heard = conv1d(
            layer, weights[f"wide.{i}"], weights[f"wide_bias.{i}"], padding=2 * apart,
            dilation=apart,
        ).relu()  # fmt: skip
        layer = layer + conv1d(heard, weights[f"mix.{i}"], weights[f"mix_bias.{i}"])
    return layer


@lru_cache(maxsize=3)
def loaded(path: Path, sha256: str) -> Mapping[str, Any]:
    """Read the weights of a network of such layers.

    Raises
    ------
    Refused
        If they are not the ones they should be.
    """
    import torch

    if digest(path) != sha256:
        raise Refused("separator.second_pass_changed", file=path.name)
    with np.load(path, allow_pickle=False) as held:
        return {name: torch.from_numpy(held[name].astype(np.float32)) for name in held.files}


def in_blocks(
    judge: Callable[[int, int], Array], count: int, *, size: int, layers: int, states: int
) -> Array:
    """Judge the frames of a recording block by block: (count, states).

    Parameters
    ----------
    judge : callable
        Gives the chances of frames from the first number up to the second.
    count : int
        Frames of the recording.
    size : int
        Frames of a block.
    layers : int
        Of the network (`residual`): they say how far around a block it must hear.
    states : int
        That a frame can be in.
    """
    reach = 2 * (2**layers - 1)

    def block(first: int) -> Array:
        low, high = max(0, first - reach), min(count, first + size + reach)
        return judge(low, high)[first - low :][:size]

    blocks = side_by_side(block, range(0, count, size))
    return np.concatenate(blocks) if blocks else np.zeros((0, states), dtype=np.float32)
