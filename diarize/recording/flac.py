"""FLAC: how long it is by its last frame, where its header does not say.

Conventions
-----------
Each frame says which it is; a recorder that could not go back to its header leaves its length at 0.
libFLAC decodes such a file and does not know where it ends, so it is given a header that says so.
Each frame also ends with a checksum. libFLAC goes on over frames that went bad and says nothing to
libsndfile; here they are left out, so that what lies around them is decoded and they are missed.
"""

import re
import struct
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from diarize.messages import Note
from diarize.recording.views import Contents, Part, Walked
from diarize.settings import Decoding

__all__ = ["HEAD", "walk", "within"]

# With the head of STREAMINFO, which always comes first; where it is the only block it says so.
_MARKS = (b"fLaC\x00\x00\x00\x22", b"fLaC\x80\x00\x00\x22")
HEAD = 42  # bytes of a stream's mark and first block
Pieces = tuple[tuple[int, int], ...]
_SOON = 8  # what looks like heads, behind one
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
    clock = gone_s = 0.0
    for first, end in zip(starts, [*starts[1:], file.size], strict=True):
        part, seconds, known = _one(file, first, end, clock if len(starts) > 1 else None)
        if parts:
            joints.append(clock)
        most_s = limits.duration_max_h * 3600  # what is longer is refused, and not looked through
        around, bad_s = _without_bad(file, first, end, clock) if seconds <= most_s else ([], 0.0)
        parts += around or [part]
        gone_s += bad_s
        clock += seconds
        notes = notes if known else (Note("recording.length_unknown"),)
    return Walked(tuple(parts), clock or None, tuple(joints), notes, gone_s=gone_s)


def _one(file: Contents, first: int, end: int, at_s: float | None) -> tuple[Part, float, bool]:
    """Give one recording as a part, its seconds, and whether its header knew them."""
    head = file.at(first, HEAD)
    if len(head) < HEAD:
        return Part(((first, end),), at_s), 0.0, True
    block, rate = _stream(head)
    said = (head[21] & 0x0F) << 32 | int.from_bytes(head[22:26], "big")
    there = _last_sample(file, first, end, block)
    samples = max(said, there)
    if said >= there:
        return Part(((first, end),), at_s), samples / max(1, rate), True
    known = _saying(head, samples)
    return Part((known, (first + HEAD, end)), at_s), samples / max(1, rate), False


def within(head: bytes, frames: bytes, pieces: Pieces, ends: int, at_s: float) -> Part | None:
    """Give frames of a stream that stands in another container; None where none begin there.

    Parameters
    ----------
    head : bytes
        The stream's mark and first block.
    frames : bytes
        How the first frame begins.
    pieces : tuple of (int, int)
        Where the frames stand, first byte and end.
    ends : int
        The sample at which they end.
    at_s : float
        When the stream begins.
    """
    reach = _reach(frames, _stream(head)[0]) if len(head) == HEAD else None
    if reach is None:
        return None
    begins, rate = reach[0], max(1, _stream(head)[1])
    return Part((_saying(_alone(head), ends - begins), *pieces), at_s + begins / rate)


def _alone(head: bytes) -> bytes:
    """Give a stream's head as the only block."""
    return head[:4] + bytes([head[4] | 0x80]) + head[5:]


def _stream(head: bytes) -> tuple[int, int]:
    """Read a stream's head: samples of a frame, and samples a second."""
    return struct.unpack(">H", head[10:12])[0], int.from_bytes(head[18:21], "big") >> 4


def _saying(head: bytes, samples: int) -> bytes:
    """Give a stream's head that says how long it is, and no checksum of all samples."""
    long = bytes([head[21] & 0xF0 | samples >> 32]) + struct.pack(">I", samples & 0xFFFFFFFF)
    return bytes(head[:21]) + long + bytes(16)


def _last_sample(file: Contents, first: int, end: int, block: int) -> int:
    """Give where the last frame ends, in samples; 0 where none is found."""
    at = end
    while (at := file.data.rfind(b"\xff", first + HEAD, at)) >= 0:
        reach = _reach(file.at(at, 16), block)
        if reach is not None:
            return reach[1]
    return 0


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where a frame stands in the file, and from which sample to which it reaches."""

    place: int
    begin: int
    end: int


def _without_bad(file: Contents, first: int, end: int, at_s: float) -> tuple[list[Part], float]:
    """Give the stretches between frames that went bad, and the seconds of these; or nothing."""
    head = file.at(first, HEAD)
    block, rate = _stream(head)
    frames = _frames(file, first + HEAD, end, block)
    if len(frames) < 2 or not rate:
        return [], 0.0
    whole = _whole(file, [frame.place for frame in frames])
    on = [good and a.end == b.begin for good, (a, b) in zip(whole, pairwise(frames), strict=True)]
    if all(on):
        return [], 0.0
    begun = [k for k in range(len(frames)) if k == len(on) or on[k]]
    runs = [k for k in begun if k == 0 or not on[k - 1]]
    parts: list[Part] = []
    alone, kept = _alone(head), 0
    for k in runs:
        last = next((i for i in range(k, len(on)) if not on[i]), len(frames))
        ends = frames[last].place if last < len(frames) else end
        samples = frames[last - 1].end - frames[k].begin
        kept += samples
        parts.append(
            Part((_saying(alone, samples), (frames[k].place, ends)), at_s + frames[k].begin / rate)
        )
    return parts, (frames[-1].end - frames[0].begin - kept) / rate


def _frames(file: Contents, first: int, end: int, block: int) -> list[_Frame]:
    """Find the frames: each goes on where the one before ended, or, behind what went bad, later.

    In an hour a few places look like a frame's head by chance: one of them counts for nothing
    where soon after it a frame goes on with what came before it.
    """
    found: list[_Frame] = []
    for sign in re.finditer(rb"\xff[\xf8\xf9]", memoryview(file.data)[first:end]):
        place = first + sign.start()
        reach = _reach(file.at(place, 16), block)
        if reach is not None:
            found.append(_Frame(place, *reach))
    kept: list[_Frame] = []
    for k, frame in enumerate(found):
        soon = [later.begin for later in found[k + 1 : k + 1 + _SOON]]
        ended = kept[-1].end if kept else 0
        if frame.begin == ended or (
            frame.begin > ended and ended not in soon and (frame.end in soon or not soon)
        ):
            kept.append(frame)
    return kept


def _whole(file: Contents, places: list[int]) -> list[bool]:
    """Say of all frames but the last whether their checksums are right, all at once."""
    begin, end = np.array(places[:-1]), np.array(places[1:]) - 2
    order = np.argsort(begin - end, kind="stable")  # the longest first
    begin, length = begin[order], (end - begin)[order]
    data = np.frombuffer(file.data, np.uint8)
    sums = np.zeros(len(begin), np.uint16)
    active = np.searchsorted(-length, -np.arange(int(length.max())), side="left")
    for at, n in enumerate(active):
        sums[:n] = sums[:n] << 8 ^ _CRC16[sums[:n] >> 8 ^ data[begin[:n] + at]]
    told = data[begin + length].astype(np.uint16) << 8 | data[begin + length + 1]
    good = np.zeros(len(order), bool)
    good[order] = sums == told
    return [bool(one) for one in good]


def _crc16_table() -> "np.ndarray[tuple[int], np.dtype[np.uint16]]":
    sums = np.arange(256, dtype=np.uint32) << 8
    for _ in range(8):
        sums = np.where(sums & 0x8000, sums << 1 ^ 0x8005, sums << 1) & 0xFFFF
    return sums.astype(np.uint16)


_CRC16 = _crc16_table()


def _reach(head: bytes, block: int) -> tuple[int, int] | None:
    """Read a frame's header: the samples from which and to which it goes; None for what is none."""
    if len(head) < 7 or head[1] & 0xFE != 0xF8 or head[3] & 1:
        return None
    size, rate = head[2] >> 4, head[2] & 15
    number, length = _number(head[4:])
    at = 4 + length + {6: 1, 7: 2}.get(size, 0) + {12: 1, 13: 2, 14: 2}.get(rate, 0)
    if not length or size == 0 or rate == 15 or at >= len(head) or _crc8(head[:at]) != head[at]:
        return None
    after = head[4 + length :]
    own = {6: after[0] + 1, 7: (after[0] << 8 | after[1]) + 1}.get(size, _BLOCKS.get(size, 0))
    begin = number if head[1] & 1 else number * block
    return begin, begin + own


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
