"""Headers of files that the ffmpeg program decodes: what those cut short had promised.

Conventions
-----------
A header says how long the whole file is. That is believed of sound only where the file has fewer
bytes than its header says: in a whole file a track may well end before the picture does.
"""

import struct

from diarize.recording.framed import flv_ends_open, matroska_ends_open
from diarize.recording.views import Contents, Walked
from diarize.settings import Decoding

__all__ = ["asf", "avi", "flv", "matroska", "voc"]

_FILE_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_HEAD = 1 << 16


def asf(file: Contents, limits: Decoding) -> Walked:
    """Read the file properties of a WMA."""
    at = file.find(_FILE_PROPERTIES, file.start, file.start + _HEAD)
    body = file.at(at, 104)
    if at < 0 or len(body) < 104:
        return Walked()
    size, played, preroll_ms = struct.unpack("<Q16xQ8xQ", body[40:88])
    return Walked(promised_s=played / 1e7 - preroll_ms / 1e3 if size > file.size else None)


def avi(file: Contents, limits: Decoding) -> Walked:
    """Read the head of an AVI's first track of sound."""
    size = struct.unpack("<I", file.at(file.start + 4, 4))[0] + 8
    at = file.find(b"auds", file.start, file.start + _HEAD)
    body = file.at(at, 36)
    if at < 0 or len(body) < 36 or size <= file.size:
        return Walked()
    scale, rate, _, length = struct.unpack("<4I", body[20:36])
    return Walked(promised_s=length * scale / rate if rate else None)


def flv(file: Contents, limits: Decoding) -> Walked:
    """Read the size and length that an FLV's own data name."""
    size = _number(file, b"\x00\x08filesize\x00")
    seconds = _number(file, b"\x00\x08duration\x00")
    promised_s = seconds if size and size > file.size else None
    return Walked(promised_s=promised_s, ends_open=flv_ends_open(file, limits))


def matroska(file: Contents, limits: Decoding) -> Walked:
    """Read the length of a Matroska or WebM file's segment."""
    at = file.find(b"\x18\x53\x80\x67", file.start, file.start + _HEAD)
    size = int.from_bytes(file.at(at + 5, 7), "big") if file.at(at + 4, 1) == b"\x01" else 0
    if at < 0 or size in (0, (1 << 56) - 1):  # written as it was recorded, without a length
        return Walked(ends_open=matroska_ends_open(file, limits))
    if at + 12 + size <= file.size:
        return Walked()
    info = file.find(b"\x15\x49\xa9\x66", at, at + _HEAD)
    length = file.find(b"\x44\x89", info, info + 1024) if info >= 0 else -1
    scale = file.find(b"\x2a\xd7\xb1\x83", info, info + 1024) if info >= 0 else -1
    each = int.from_bytes(file.at(scale + 4, 3), "big") if scale >= 0 else 1_000_000
    body = file.at(length + 3, 8)
    kind = {b"\x84": ">f", b"\x88": ">d"}.get(file.at(length + 2, 1))
    if length < 0 or kind is None or len(body) < 8:
        return Walked()
    ticks = struct.unpack_from(kind, body)[0]
    return Walked(promised_s=ticks * each / 1e9)


def voc(file: Contents, limits: Decoding) -> Walked:
    """Go through the blocks of a Creative Voice file, which an empty one ends."""
    at = file.start + int.from_bytes(file.at(file.start + 20, 2), "little")
    while head := file.at(at, 4):
        if head[0] == 0:
            return Walked()
        at += 4 + int.from_bytes(head[1:], "little")
    return Walked(ends_open=True)


def _number(file: Contents, name: bytes) -> float | None:
    at = file.find(name, file.start, file.start + _HEAD)
    body = file.at(at + len(name), 8)
    return float(struct.unpack(">d", body)[0]) if at >= 0 and len(body) == 8 else None
