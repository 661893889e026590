"""Opening torch checkpoints; none of them may run code."""

import pickle
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from diarize.errors import Refused
from diarize.runtime.atomic import open_regular

__all__ = ["load_checkpoint"]


def load_checkpoint(path: Path, *, allow: Iterable[Any] = ()) -> Any:
    """Open a torch checkpoint without letting it run code.

    Parameters
    ----------
    path : Path
        The file.
    allow : iterable
        Classes that may be built besides tensors and plain containers.

    Raises
    ------
    Refused
        If the file asks for anything else, or is no checkpoint.
    """
    import torch

    try:
        with open_regular(path) as file, torch.serialization.safe_globals(list(allow)):
            return torch.load(file, map_location="cpu", weights_only=True)
    except Refused:
        raise
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError):
        raise Refused("model.not_weights_alone", file=str(path)) from None
