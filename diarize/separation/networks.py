"""The two networks of the fused separator, read from installed packages' data files."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from diarize.errors import Refused
from diarize.models.catalogue import Weights
from diarize.models.engine import Engine
from diarize.models.packaged_networks import torch_state
from diarize.models.packages import EMBEDDING, SEGMENTATION, packaged_weights
from diarize.separation.campplus import folded
from diarize.separation.pyannet import Network, network

__all__ = ["ENGINE", "PARTS", "Networks", "find", "opened"]

ENGINE = "pyannote, packaged"
PARTS = (
    ("segmentation", Engine(SEGMENTATION.origin, "3.0", SEGMENTATION.digest)),
    ("voice embedding", Engine(f"{EMBEDDING.name}, {EMBEDDING.origin}", "1", EMBEDDING.digest)),
)


@dataclass(frozen=True, slots=True, eq=False)
class Networks:
    """Segmentation as a function (see `diarize.separation.pyannet`), the embedding as tensors."""

    segmentation: Network
    embedding: Mapping[str, Any]


def find() -> Weights | None:
    """Find both networks among the installed packages; None where they are not all there.

    Raises
    ------
    Refused
        If a package is there without a file of its own.
    """
    first, second = packaged_weights(SEGMENTATION), packaged_weights(EMBEDDING)
    if first is None or second is None:
        return None
    name = f"{first.name} and {second.name}"
    sha256 = hashlib.sha256(f"{first.sha256} {second.sha256}".encode()).hexdigest()
    return Weights(ENGINE, name, first.path, sha256, (first.path, second.path))


def opened() -> Networks:
    """Read both networks into memory, once.

    Raises
    ------
    Refused
        If they are not installed, a file holds more than weights, or other ones than those pinned.
    """
    found = find()
    if found is None:
        raise Refused("separator.no_pyannote")
    return _opened(found)


@lru_cache(maxsize=1)
def _opened(_: Weights) -> Networks:
    """Read what is installed; other places than before are other weights."""
    segmentation, embedding = torch_state(SEGMENTATION), torch_state(EMBEDDING)
    if segmentation is None or embedding is None:
        raise Refused("separator.no_pyannote")
    return Networks(network(_floats(segmentation)), folded(_floats(embedding)))


def _floats(tensors: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value.float() for name, value in tensors.items()}
