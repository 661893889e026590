"""MPEG audio (mp3 and its elders), frame by frame: how much there is, whatever its header says.

Conventions
-----------
Tags (ID3, APE, Lyrics) are stepped over. Frames that follow each other make a run; a header of
a recorder (Xing, Info, VBRI) or a tag in the middle begins another recording. A run whose header is
missing or counts too few is given one that counts right, without which libmpg123 guesses.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from diarize.messages import Note
from diarize.recording.views import Contents, Part, Walked
from diarize.settings import Decoding

__all__ = ["first_frames", "is_frames", "tag", "walk"]

_KBPS = {
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_SAME = 0xFFFE0C00  # sync, version, layer and rate of a header: what a recording keeps
_CHAIN = 3  # frames that must follow each other before bytes are taken for frames
_SURE = 20  # alike, behind bytes that are none
_TAG_V1 = 128
_APE_HEAD = 32
_LEAD = 1 << 20  # bytes in front of the first frame, at most
_THIRD = 1  # how a header says layer III
_DECODER = 529  # samples by which a decoder lags, taken off where nobody says otherwise


@dataclass(frozen=True, slots=True)
class _Frame:
    word: int
    length: int
    samples: int
    rate: int
    side: int  # bytes of side information: a counting header lies behind them


@dataclass(slots=True)
class _Run:
    """Frames behind each other: bytes, how many, what their header counts, and what lay before."""

    first: int
    end: int
    frames: int
    frame: _Frame
    counted: int | None  # by a header of its own; None without one
    headed: bool
    fresh: bool  # another recording begins here
    skipped: int = 0  # bytes before it that were no frames and no tag
    trimmed: int = 0  # samples of the encoder's own, which are not played

    def seconds(self, frames: int) -> float:
        """Give how long so many of its frames last."""
        return frames * self.frame.samples / self.frame.rate


def is_frames(file: Contents, at: int) -> bool:
    """Whether some frames follow each other at a place."""
    for _ in range(_CHAIN):
        frame = _frame(file.at(at, 4))
        if frame is None:
            return False
        at += frame.length
    return True


def first_frames(file: Contents) -> int | None:
    """Give where frames begin in a file that begins with something else; None where none do."""
    if is_frames(file, file.start):
        return file.start
    at, end = file.start, min(file.size, file.start + _LEAD)
    while (at := _next(file, at, end)) < end:
        run = _run(file, at, True, 0)
        if run.frames >= _SURE or run.end == file.size:  # fewer are chance in what is no MP3
            return at
    return None


def walk(file: Contents, limits: Decoding) -> Walked:
    """Walk through all frames; a file in which none follow each other has no parts."""
    runs, left, ends_open = _runs(file)
    parts: list[Part] = []
    joints: list[float] = []
    clock = 0.0
    for one in _recordings(runs):
        if parts:
            joints.append(clock)
        for run, missing in zip(one, _missing(one), strict=True):
            clock += run.seconds(missing)
            parts.append(_part(run, clock if missing else None))
            clock += run.seconds(run.frames)
        clock = max(0.0, _promised(one, clock) - one[0].trimmed / one[0].frame.rate)
    skipped = left + sum(run.skipped for run in runs)
    notes = (Note("recording.bytes_skipped", {"bytes": skipped}),) if skipped and runs else ()
    return Walked(tuple(parts), clock, tuple(joints), notes, ends_open, lossy=True)


def _part(run: _Run, at_s: float | None) -> Part:
    """Give a run as it is where its header counts it right, otherwise with one that does."""
    right = run.headed and run.counted is not None and run.counted >= run.frames
    if right or run.frame.word >> 17 & 3 != _THIRD:  # only layer III has such headers
        return Part(((run.first, run.end),), at_s)
    first = run.first + (run.frame.length if run.headed else 0)
    return Part((_counting(run), (first, run.end)), at_s)


def _recordings(runs: Sequence[_Run]) -> Iterator[Sequence[_Run]]:
    """Give the runs of each recording in the file."""
    starts = [i for i, run in enumerate(runs) if i == 0 or run.fresh]
    for first, end in pairwise([*starts, len(runs)]):
        yield runs[first:end]


def _promised(runs: Sequence[_Run], clock: float) -> float:
    """Give where a recording would end if its header counts more than is there."""
    counted, found = runs[0].counted, sum(run.frames for run in runs)
    if counted is None or counted <= found or len(runs) > 1:
        return clock
    return clock + runs[0].seconds(counted - found)


def _missing(runs: Sequence[_Run]) -> list[int]:
    """Say how many frames are missing before each run of a recording.

    Where the header counts them, as many as it counts; otherwise as many as the bytes that are no
    frames would have held.
    """
    found = sum(run.frames for run in runs)
    each = sum(run.end - run.first for run in runs) / max(1, found)
    held = [round(run.skipped / each) if i else 0 for i, run in enumerate(runs)]
    counted = runs[0].counted
    if counted is None or len(runs) == 1:
        return held
    short = max(0, counted - found)
    shares = held if any(held) else [int(i > 0) for i in range(len(runs))]
    return [round(short * share / sum(shares)) for share in shares]


def _runs(file: Contents) -> tuple[list[_Run], int, bool]:
    """Find the runs, how many bytes after the last are neither frames nor a tag, and an open end.

    The end is open where the last frame is not whole and its recording's header counts no frames.
    """
    runs: list[_Run] = []
    at, fresh, skipped = file.start, True, 0
    while at < file.size:
        length = tag(file, at)
        if length:
            fresh = fresh or file.at(at, 3) == b"ID3"
            at = min(at + length, file.size)
        elif is_frames(file, at) or (runs and runs[-1].end == at and _frame(file.at(at, 4))):
            run = _run(file, at, fresh, skipped)
            runs.append(run)
            at, fresh, skipped = run.end, False, 0
        else:
            ahead = _next(file, at, file.size)
            skipped += ahead - at
            at = ahead
    last = runs[-1] if runs else None
    ends_open = bool(last and not last.frames and last.first + last.frame.length > file.size)
    counted = next((run.counted for run in reversed(runs) if run.fresh), None)
    return _joined(runs), skipped, ends_open and counted is None


def _joined(runs: list[_Run]) -> list[_Run]:
    """Put runs together between which nothing lay."""
    kept: list[_Run] = []
    for run in runs:
        last = kept[-1] if kept else None
        goes_on = last and not run.fresh and not run.skipped and last.end == run.first
        if last and goes_on and _alike(last.frame, run.frame):
            last.end, last.frames = run.end, last.frames + run.frames
        else:
            kept.append(run)
    return kept


def _run(file: Contents, at: int, fresh: bool, skipped: int) -> _Run:
    """Follow frames as far as they go."""
    first = _frame(file.at(at, 4))
    assert first is not None
    counted = _count(file, at, first)
    headed = counted is not None
    run = _Run(at, at, 0, first, counted or None, headed, fresh or headed, skipped)
    run.trimmed = _trimmed(file, at, first) if headed else _DECODER
    at += first.length if headed else 0
    while (frame := _frame(file.at(at, 4))) and _alike(frame, first):
        if at + frame.length > file.size or (run.frames and _count(file, at, frame) is not None):
            break
        run.frames += 1
        at += frame.length
    run.end = at
    if run.frames == 0 and at == run.first:
        run.end = min(at + first.length, file.size)
    return run


def _alike(one: _Frame, other: _Frame) -> bool:
    return one.word & _SAME == other.word & _SAME


def _next(file: Contents, at: int, end: int) -> int:
    """Give where frames begin after bytes that are neither frames nor a tag, or the end."""
    while (at := file.find(b"\xff", at + 1, end)) >= 0:
        if is_frames(file, at):
            return at
    return end


def tag(file: Contents, at: int) -> int:
    """Give the length of a tag at a place, 0 where there is none."""
    head = file.at(at, _APE_HEAD)
    if head[:3] == b"ID3" and len(head) >= 10 and max(head[6:10]) < 128:
        size = sum(byte << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
        return 10 + size + (10 if head[5] & 0x10 else 0)
    if head[:8] == b"APETAGEX" and len(head) == _APE_HEAD:
        size, flags = struct.unpack("<I4xI", head[12:24])
        return int(size) + _APE_HEAD if flags & 1 << 29 else _APE_HEAD
    if head[:3] == b"TAG" and file.size - at >= _TAG_V1:
        return _TAG_V1
    return 0


def _frame(head: bytes) -> _Frame | None:
    """Read a frame's header; None for what is none, and for frames of no stated length."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    kbps, which = head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or layer == 4 or kbps in (0, 15) or which == 3:
        return None
    rate, pad = _RATES[version][which], head[2] >> 1 & 1
    first = version == 3
    bits = 1000 * _KBPS[1 if first else 2, layer][kbps - 1]
    samples = {1: 384, 2: 1152, 3: 1152 if first else 576}[layer]
    slot = 4 if layer == 1 else 1
    length = (samples // 8 // slot * bits // rate + pad) * slot
    mono = head[3] >> 6 == 3
    side = (17 if mono else 32) if first else (9 if mono else 17)
    return _Frame(int.from_bytes(head[:4], "big"), length, samples, rate, side)


def _count(file: Contents, at: int, frame: _Frame) -> int | None:
    """Give how many frames a counting header counts, 0 where it does not say; None without one."""
    body = file.at(at + 4 + frame.side, 12)
    if body[:4] in (b"Xing", b"Info") and len(body) == 12:
        flags, count = struct.unpack(">II", body[4:])
        return count if flags & 1 else 0
    body = file.at(at + 36, 18)
    if body[:4] == b"VBRI" and len(body) == 18:
        return int(struct.unpack(">I", body[14:])[0])
    return None


def _trimmed(file: Contents, at: int, frame: _Frame) -> int:
    """Give how many samples an encoder says are its own, at both ends."""
    at += 4 + frame.side
    flags = file.at(at + 7, 1) or b"\0"
    at += 8 + sum(size for bit, size in ((1, 4), (2, 4), (4, 100), (8, 4)) if flags[0] & bit)
    tag = file.at(at, 24)
    if len(tag) < 24 or not tag[:4].isalnum():
        return _DECODER
    return (tag[21] << 4 | tag[22] >> 4) + ((tag[22] & 15) << 8 | tag[23])


def _counting(run: _Run) -> bytes:
    """Make a header that counts a run's frames right."""
    word = run.frame.word & 0xFFFF0DFF | 0x00010000  # no checksum, no padding
    for kbps in range(1, 15):
        head = (word & 0xFFFF0FFF | kbps << 12).to_bytes(4, "big")
        frame = _frame(head)
        if frame is not None and frame.length >= 4 + frame.side + 12:
            break
    body = bytearray(frame.length if frame else 0)
    if frame is not None:
        body[:4] = head
        at = 4 + frame.side
        body[at : at + 12] = b"Info" + struct.pack(">II", 1, run.frames)
    return bytes(body)
