"""MP4 written in fragments, of which some are missing or broken: the whole ones, as one file.

Conventions
-----------
A fragment is a ``moof`` box, which holds its time, and its samples behind it. Readers go from box
to box and stop at the first that is none, though every later fragment could be read: it is found by
its mark, and what lies between is left out. Offsets are bytes; boxes are those of ISO 14496-12.
"""

import struct
from collections.abc import Iterator
from itertools import pairwise

from diarize.recording.views import Contents

__all__ = ["Pieces", "mended"]

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
    if not moofs or _chained(file, file.start, file.size):
        return ()
    whole = [(first, end) for first, end in pairwise((*moofs, file.size))
             if end == file.size or _chained(file, first, end)]  # fmt: skip
    at = moofs[0] - file.start
    pieces: list[bytes | tuple[int, int]] = [(file.start, moofs[0])]
    for first, end in whole:
        length = struct.unpack(">I", file.at(first, 4))[0]
        pieces += [_moved(file.at(first, length), at), (first + length, end)]
        at += end - first
    return tuple(pieces) if whole else ()


def _moofs(file: Contents) -> Iterator[int]:
    """Give where fragments begin, by their mark."""
    at = file.start
    while (at := file.find(b"moof", at + 1)) >= 0:
        length = struct.unpack(">I", file.at(at - 4, 4))[0]
        if 16 < length < _LONGEST_MOOF and file.at(at + 8, 4) == b"mfhd":
            yield at - 4


def _chained(file: Contents, at: int, end: int) -> bool:
    """Whether box follows box up to a place; the last may be cut short by the end of the file."""
    while at < end:
        length, kind = struct.unpack(">I4s", file.at(at, 8).ljust(8, b"\0"))
        if kind not in _KNOWN:
            return False
        if length == 1:
            length = struct.unpack(">Q", file.at(at + 8, 8).ljust(8, b"\0"))[0]
        if length < 8:
            return length == 0 and end == file.size  # 0: up to the end of the file
        at += length
    return at == end or end == file.size


def _moved(moof: bytes, to: int) -> bytes:
    """Give a fragment's head for another place in a file, from which its samples are counted."""
    out, at = bytearray(moof), 0
    while (at := moof.find(b"tfhd", at + 1)) >= 0:
        flags = int.from_bytes(moof[at + 5 : at + 8], "big")
        if flags & _BASE_GIVEN and at + 20 <= len(moof):
            out[at + 12 : at + 20] = struct.pack(">Q", to)
    return bytes(out)
