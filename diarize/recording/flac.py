"""FLAC: how long it is by its last frame, where its header does not say.

Conventions
-----------
Each frame says which it is; a recorder that could not go back to its header leaves its length at 0.
libFLAC decodes such a file and does not know where it ends, so it is given a header that says so.
"""

import struct

from diarize.messages import Note
from diarize.recording.views import Contents, Part, Walked
from diarize.settings import Decoding

__all__ = ["walk"]

# With the head of STREAMINFO, which always comes first; where it is the only block it says so.
_MARKS = (b"fLaC\x00\x00\x00\x22", b"fLaC\x80\x00\x00\x22")
_HEAD = 42
_BLOCKS = (
    {k: 576 << k - 2 for k in range(2, 6)} | {k: 256 << k - 8 for k in range(8, 16)} | {1: 192}
)


def walk(file: Contents, limits: Decoding) -> Walked:
    """Find the recordings in a file, and how long each is."""
    starts = []
    at = file.start
    while (at := file.find(_MARKS[0][:4], at)) >= 0:
        if file.at(at, len(_MARKS[0])) in _MARKS:
            starts.append(at)
        at += len(_MARKS[0])
    if not starts:  # a mark without the block that must follow it
        return Walked()
    parts: list[Part] = []
    joints: list[float] = []
    notes: tuple[Note, ...] = ()
    clock = 0.0
    for first, end in zip(starts, [*starts[1:], file.size], strict=True):
        part, seconds, known = _one(file, first, end, clock if len(starts) > 1 else None)
        if parts:
            joints.append(clock)
        parts.append(part)
        clock += seconds
        notes = notes if known else (Note("recording.length_unknown"),)
    return Walked(tuple(parts), clock or None, tuple(joints), notes)


def _one(file: Contents, first: int, end: int, at_s: float | None) -> tuple[Part, float, bool]:
    """Give one recording as a part, its seconds, and whether its header knew them."""
    head = bytearray(file.at(first, _HEAD))
    if len(head) < _HEAD:
        return Part(((first, end),), at_s), 0.0, True
    block = struct.unpack(">H", head[10:12])[0]
    rate = int.from_bytes(head[18:21], "big") >> 4
    said = (head[21] & 0x0F) << 32 | int.from_bytes(head[22:26], "big")
    there = _last_sample(file, first, end, block)
    samples = max(said, there)
    if said >= there:
        return Part(((first, end),), at_s), samples / max(1, rate), True
    head[21] = head[21] & 0xF0 | samples >> 32
    head[22:26] = struct.pack(">I", samples & 0xFFFFFFFF)
    head[26:42] = bytes(16)  # the checksum of all samples, which nobody knew
    return Part((bytes(head), (first + _HEAD, end)), at_s), samples / max(1, rate), False


def _last_sample(file: Contents, first: int, end: int, block: int) -> int:
    """Give where the last frame ends, in samples; 0 where none is found."""
    at = end
    while (at := file.data.rfind(b"\xff", first + _HEAD, at)) >= 0:
        found = _frame_end(file.at(at, 16), block)
        if found is not None:
            return found
    return 0


def _frame_end(head: bytes, block: int) -> int | None:
    """Read a frame's header: the sample it ends at; None for what is none."""
    if len(head) < 7 or head[1] & 0xFE != 0xF8 or head[3] & 1:
        return None
    size, rate = head[2] >> 4, head[2] & 15
    number, length = _number(head[4:])
    at = 4 + length + {6: 1, 7: 2}.get(size, 0) + {12: 1, 13: 2, 14: 2}.get(rate, 0)
    if not length or size == 0 or rate == 15 or at >= len(head) or _crc8(head[:at]) != head[at]:
        return None
    after = head[4 + length :]
    own = {6: after[0] + 1, 7: (after[0] << 8 | after[1]) + 1}.get(size, _BLOCKS.get(size, 0))
    return number + own if head[1] & 1 else number * block + own


def _number(data: bytes) -> tuple[int, int]:
    """Read a number as UTF-8 writes them, and how many bytes it takes; 0 for what is none."""
    first = data[0]
    if first < 0x80:
        return first, 1
    length = 8 - (first ^ 0xFF).bit_length()
    more = data[1:length]
    if not 2 <= length <= 7 or len(more) < length - 1 or any(b & 0xC0 != 0x80 for b in more):
        return 0, 0
    value = first & (0x7F >> length)
    for byte in more:
        value = value << 6 | byte & 0x3F
    return value, length


def _crc8(data: bytes) -> int:
    found = 0
    for byte in data:
        found ^= byte
        for _ in range(8):
            found = (found << 1 ^ (0x07 if found & 0x80 else 0)) & 0xFF
    return found
