"""MP4 written in fragments, of which some are missing or broken: the whole ones, as one file.

Conventions
-----------
A fragment is a ``moof`` box, which holds its time, and its samples behind it. Readers go from box
to box and stop at the first that is none, though every later fragment could be read: it is found by
its mark, and what lies between is left out. Offsets are bytes; boxes are those of ISO 14496-12.
"""

import struct
from collections.abc import Iterator, Sequence
from itertools import pairwise

from diarize.recording.views import Contents

__all__ = ["Pieces", "boxes", "mended"]

Pieces = tuple[bytes | tuple[int, int], ...]

_KNOWN = frozenset(
    (b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"mfra", b"sidx", b"ssix", b"free", b"skip",
     b"uuid", b"emsg", b"prft", b"wide", b"meta", b"pdin", b"udta")
)  # fmt: skip
_LONGEST_MOOF = 1 << 20
_BASE_GIVEN = 1  # a flag of ``tfhd``: where the samples are counted from, in bytes of the file


def mended(file: Contents) -> Pieces:
    """Give what a file is without its broken fragments; nothing where none is broken."""
    moofs = tuple(_moofs(file))
    if not moofs or (_chained(file, file.start, file.size) and not _displaced(file, moofs)):
        return ()
    last = moofs[-1]
    whole = [(first, end) for first, end in pairwise((*moofs, _readable(file, last)))
             if first < end and (first == last or _chained(file, first, end))]  # fmt: skip
    at = moofs[0] - file.start
    pieces: list[bytes | tuple[int, int]] = [(file.start, moofs[0])]
    for first, end in whole:
        head = _head(file, first)
        pieces += [_moved(head, at), (first + len(head), end)]
        at += end - first
    return tuple(pieces) if whole else ()


def _moofs(file: Contents) -> Iterator[int]:
    """Give where fragments begin, by their mark."""
    at = file.start
    while (at := file.find(b"moof", at + 1)) >= 0:
        length = struct.unpack(">I", file.at(at - 4, 4))[0]
        if 16 < length < _LONGEST_MOOF and file.at(at + 8, 4) == b"mfhd":
            yield at - 4


def boxes(file: Contents, at: int, end: int) -> Iterator[tuple[int, bytes, int]]:
    """Go from box to box up to a place: where each begins, its kind, and where it ends."""
    while at < end:
        length, kind = struct.unpack(">I4s", file.at(at, 8).ljust(8, b"\0"))
        if length == 1:
            length = struct.unpack(">Q", file.at(at + 8, 8).ljust(8, b"\0"))[0]
        to = at + length if length else file.size  # 0: up to the end of the file
        yield at, kind, to
        if to < at + 8:
            return
        at = to


def _is_cut(file: Contents, kind: bytes, to: int) -> bool:
    """Whether a head is cut short: readers take nothing of a file that ends so.

    Samples may be: what is there of them is read.
    """
    return kind == b"moof" and to > file.size


def _chained(file: Contents, at: int, end: int) -> bool:
    """Whether box follows box up to a place; samples may be cut short by the end of the file."""
    for begins, kind, to in boxes(file, at, end):
        if kind not in _KNOWN or to < begins + 8 or _is_cut(file, kind, to):
            return False
        at = to
    return at == end or end == file.size


def _readable(file: Contents, at: int) -> int:
    """Give where the last fragment ends: in front of a head that is cut short."""
    cut = (begins for begins, kind, to in boxes(file, at, file.size) if _is_cut(file, kind, to))
    return next(cut, file.size)


def _displaced(file: Contents, moofs: Sequence[int]) -> bool:
    """Whether fragments stand elsewhere than they say: whole ones in front of them are gone.

    Only where the first says its own place: what a place means is the writer's choice.
    """
    told = [{base for _, base in _bases(_head(file, moof))} for moof in moofs]
    kept = [bases <= {moof - file.start} for bases, moof in zip(told, moofs, strict=True)]
    return bool(told[0]) and kept[0] and not all(kept)


def _head(file: Contents, moof: int) -> bytes:
    return file.at(moof, struct.unpack(">I", file.at(moof, 4))[0])


def _bases(moof: bytes) -> Iterator[tuple[int, int]]:
    """Give where a fragment's head says from which place its samples are counted, and the place."""
    at = 0
    while (at := moof.find(b"tfhd", at + 1)) >= 0:
        flags = int.from_bytes(moof[at + 5 : at + 8], "big")
        if flags & _BASE_GIVEN and at + 20 <= len(moof):
            yield at + 12, struct.unpack_from(">Q", moof, at + 12)[0]


def _moved(moof: bytes, to: int) -> bytes:
    """Give a fragment's head for another place in a file, from which its samples are counted."""
    out = bytearray(moof)
    for at, _ in _bases(moof):
        struct.pack_into(">Q", out, at, to)
    return bytes(out)
