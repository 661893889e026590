"""Weights in the safetensors form that lie in a zip: read as numbers, and nothing of them is run.

Conventions
-----------
The form is a length, a JSON head and the numbers; see
<https://huggingface.co/docs/safetensors/index#format>.
"""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from diarize.errors import Refused

__all__ = ["member", "tensors"]

_KINDS = {"F32": np.float32, "F16": np.float16, "I64": np.int64}
_LENGTH = 8


def member(path: Path, name: str) -> bytes:
    """Give a file of a zip.

    Raises
    ------
    Refused
        If the zip is cut short or altered, or has no such file.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(name)
    except (zipfile.BadZipFile, KeyError, OSError, EOFError):
        raise Refused("weights.zip_unreadable", file=path.name, wanted=name) from None


def tensors(path: Path, name: str) -> dict[str, np.ndarray[Any, Any]]:
    """Read the tensors of one file of a zip.

    Raises
    ------
    Refused
        If it cannot be read, or is not of this form.
    """
    whole = memoryview(member(path, name))
    try:
        start = _LENGTH + int.from_bytes(whole[:_LENGTH], "little")
        head = json.loads(bytes(whole[_LENGTH:start]))
        return {
            key: np.frombuffer(
                whole[start + row["data_offsets"][0] : start + row["data_offsets"][1]],
                _KINDS[row["dtype"]],
            ).reshape(row["shape"])
            for key, row in head.items()
            if key != "__metadata__"
        }
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        raise Refused("weights.zip_unreadable", file=path.name, wanted=name) from None
