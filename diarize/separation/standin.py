"""A stand-in for torchaudio's compiled part, where that part cannot be loaded.

pyannote.audio imports torchaudio, and torchaudio loads a compiled extension when it is imported.
The wheel on the package index is compiled against CUDA libraries: beside a CPU torch it fails,
though nothing used here needs it. Where the real extension loads, it is left alone.
"""

import sys
from threading import Lock
from types import ModuleType
from typing import Any

__all__ = ["import_torchaudio"]

_EXTENSION = "torchaudio._extension"
_ONE_AT_A_TIME = Lock()


def import_torchaudio() -> ModuleType:
    """Import torchaudio, with a stand-in for its compiled extension only if the real one fails.

    Threads may ask for it side by side: one imports, the others wait for it.

    Returns
    -------
    module
        torchaudio; `_extension.stand_in` is True where the stand-in is used.
    """
    with _ONE_AT_A_TIME:
        try:
            import torchaudio
        except (ImportError, OSError, RuntimeError, AttributeError):
            _forget()
            sys.modules[_EXTENSION] = _stand_in()
            import torchaudio
    return torchaudio  # type: ignore[no-any-return]


def _forget() -> None:
    """Drop what the failed import left half made."""
    for name in [n for n in list(sys.modules) if n == "torchaudio" or n.startswith("torchaudio.")]:
        del sys.modules[name]


def _stand_in() -> ModuleType:
    module: Any = ModuleType(_EXTENSION)
    module.__doc__ = "No compiled extension is available."
    module.stand_in = True
    module._IS_TORCHAUDIO_EXT_AVAILABLE = False
    module._IS_ALIGN_AVAILABLE = False
    module._check_cuda_version = lambda: None
    module.fail_if_no_align = _unavailable
    return module  # type: ignore[no-any-return]


def _unavailable(function: Any) -> Any:
    """Replace a function that needs the compiled part by one that says it is not there."""

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(f"{function.__name__} needs torchaudio's compiled extension")

    return refuse
