"""Which weights there are: names, published hashes, files, licences.

Conventions
-----------
Whisper's published hashes are listed here; of other models the files are, and their hashes are
recorded on this machine (`diarize.models.records`). Nothing here opens a file or the network.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from diarize.errors import Refused

__all__ = [
    "ALIASES",
    "FASTER_WHISPER_FILES",
    "LICENCES",
    "PACKAGED_NAME",
    "PREFERRED",
    "PYANNOTE",
    "PYANNOTE_FILES",
    "SEGMENTATION_ALONE",
    "SYSTRAN",
    "WEIGHT_ENDINGS",
    "WHISPER_SHA256",
    "Weights",
    "fetchable",
    "refuse_remote",
]

# SHA-256 of the files openai-whisper 20250625 downloads, as its own table states them.
WHISPER_SHA256: Mapping[str, str] = {
    "tiny.en": "d3dd57d32accea0b295c96e26691aa14d8822fac7d9d27d5dc00b4ca2826dd03",
    "tiny": "65147644a518d12f04e32d6f3b26facc3f8dd46e5390956a9424a650c0ce22b9",
    "base.en": "25a8566e1d0c1e2231d1c762132cd20e0f96a85d16145c3a00adf5d1ac670ead",
    "base": "ed3a0b6b1c0edf879ad9b11b1af5a0e6ab5db9205f891f668f8b0e6c6326e34e",
    "small.en": "f953ad0fd29cacd07d5a9eda5624af0f6bcf2258be67c92b79389873d91e0872",
    "small": "9ecf779972d90ba49c06d968637d720dd632c55bbf19d441fb42bf17a411e794",
    "medium.en": "d7440d1dc186f76616474e0ff0b3b6b879abc9d1a4926b7adfa41db2d497ab4f",
    "medium": "345ae4da62f9b3d59415adc60127b97c714f32e89e936602e85993674d08dcb1",
    "large-v1": "e4b87e7e0bf463eb8e6956e646f1e277e901512310def2c24bf0e11bd3c28e9a",
    "large-v2": "81f7c96c852ee8fc832187b0132e569d6c3065a3252ed18e56effd0b6a73e524",
    "large-v3": "e5b1a55b89c1367dacf97e3e19bfd829a01529dbfdeefa8caeb59b3f1b81dadb",
    "large-v3-turbo": "aff26ae408abcba5fbf8813c21e62b0941638c5f6eebfb145be0c9839262a19a",
}
ALIASES: Mapping[str, str] = {"large": "large-v3", "turbo": "large-v3-turbo"}
# Multilingual sizes, best first.
PREFERRED = ("large-v3-turbo", "large-v3", "medium", "small", "base", "tiny")
PYANNOTE = "pyannote/speaker-diarization-community-1"
PACKAGED_NAME = "packaged"  # what comes as packages, all of it
SYSTRAN = "Systran/faster-whisper-"
LICENCES: Mapping[str, str] = {
    "whisper": "MIT",
    "faster-whisper": "MIT",
    "pyannote": "CC-BY-4.0",
}
WEIGHT_ENDINGS = (".bin", ".npz", ".json", ".txt", ".safetensors", ".pt")
FASTER_WHISPER_FILES = (
    "model.bin",
    "config.json",
    "tokenizer.json",
    "preprocessor_config.json",
    "vocabulary.txt",
    "vocabulary.json",
)
PYANNOTE_FILES = (
    "segmentation/pytorch_model.bin",
    "embedding/pytorch_model.bin",
    "plda/xvec_transform.npz",
    "plda/plda.npz",
)
# A segmentation network without the others: in the same place, or as its own repository has it.
SEGMENTATION_ALONE = (PYANNOTE_FILES[0], "pytorch_model.bin")
_REMOTE = re.compile(
    r"precision|pyannoteai|(^|[^a-z])sdk([^a-z]|$)|://|^s3:|\.sdk\.", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights on this machine.

    Parameters
    ----------
    engine, name : str
        Which program's, and which of its models.
    path : Path
        A file, or a folder where the model is several files.
    sha256 : str
        Of the file; of the files' names and hashes where it is a folder; of the tensors where
        packages carry them.
    parts : tuple of Path
        The files that follow each other where packages carry a model in parts.
    beside : tuple of Path
        Other files that the model needs, where they do not lie in one folder.
    listed : tuple of str
        Of each part, the SHA-256 that its package lists; empty where it lists none.
    """

    engine: str
    name: str
    path: Path
    sha256: str
    parts: tuple[Path, ...] = ()
    beside: tuple[Path, ...] = ()
    listed: tuple[str, ...] = ()


def fetchable() -> tuple[str, ...]:
    """Name what can be downloaded."""
    return (
        PACKAGED_NAME,
        "pyannote",
        *WHISPER_SHA256,
        *(f"faster-whisper-{size}" for size in PREFERRED),
    )


def refuse_remote(name: str) -> None:
    """Refuse a name that means a service on the network instead of weights on this machine.

    Raises
    ------
    Refused
        If the name is an address, or one of a hosted service, which would upload the recording.
    """
    if _REMOTE.search(name) and not Path(name).exists():
        raise Refused("model.remote_service", name=name)
