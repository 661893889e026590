"""Packaged weights read whole: as tensors of a torch network, or only to compare their digest."""

from collections.abc import Mapping
from typing import Any

from diarize.errors import Refused
from diarize.models.checkpoint import load_checkpoint
from diarize.models.packages import (
    Packaged,
    checked,
    packaged_weights,
    sentence_network,
    whisper_network,
)

__all__ = ["read_whole", "torch_state"]


def read_whole(packaged: Packaged) -> None:
    """Read packaged weights and compare their digest.

    Raises
    ------
    Refused
        If they are not what they should be.
    """
    found = packaged_weights(packaged)
    if packaged.engine == "whisper" and found is not None:
        whisper_network(found)
    elif packaged.engine == "sentences":
        sentence_network()
    else:
        torch_state(packaged)


def torch_state(packaged: Packaged) -> Mapping[str, Any] | None:
    """Read packaged weights that are kept as a torch checkpoint; None where none are installed.

    Raises
    ------
    Refused
        If the file holds more than weights, was altered, or memory does not suffice.
    """
    found = packaged_weights(packaged)
    if found is None:
        return None
    try:
        whole = load_checkpoint(found.path)
    except MemoryError:
        raise Refused("weights.no_memory", name=packaged.name) from None
    state = whole.get("state_dict", whole) if isinstance(whole, dict) else {}
    return checked(state, packaged)
