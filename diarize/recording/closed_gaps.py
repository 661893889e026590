"""MP4 of which bytes in the middle are gone: what lies behind them, back in its place.

Conventions
-----------
The index of an MP4 says at which byte each frame lies. Behind a hole that a copy closed up every
frame lies too early, by as many bytes as are gone, and readers take from there on what are no
frames. How many are gone shows by where the file would have ended; where they were shows by how
frames begin: in front of the hole at the place the index says, behind it so many bytes before.
Zeros in the hole put everything back. Told so are only frames that begin alike: of AAC and Apple
Lossless, not of plain samples, which begin with anything. Offsets are bytes; boxes and tables are
those of ISO 14496-12.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diarize.recording.fragments import Pieces, boxes
from diarize.recording.views import Contents
from diarize.settings import Decoding

__all__ = ["reopened"]

_Table = NDArray[np.int64]
_CODECS = (b"mp4a", b"alac")
_AROUND = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
_HEAD = 8
_FILLED = bytes(1 << 20)


@dataclass(frozen=True, slots=True)
class _Frames:
    """Where an index says that frames lie: first bytes and lengths, in the file's order."""

    first: _Table
    length: _Table


def reopened(file: Contents, limits: Decoding) -> Pieces:
    """Give a file with its hole filled; nothing where there is none, or none that can be placed."""
    found = _index(file) if file.at(file.start + 4, 4) == b"ftyp" else None
    if found is None:
        return ()
    index, at = found
    frames = _frames(index)
    if len(frames.first) < 2 * limits.gap_frames:
        return ()
    gone = _gone(file, frames, at)
    if gone <= 0:
        return ()
    placed = _placed(file, frames, gone, limits)
    if placed is None:
        return ()
    first, end = placed
    if end - gone > file.size:
        return ()
    whole, rest = divmod(end - first, len(_FILLED))
    zeros = (*(_FILLED,) * whole, _FILLED[:rest])
    return ((file.start, first), *zeros, (end - gone, file.size))


def _index(file: Contents) -> tuple[bytes, int] | None:
    """Give the box that holds the index, and where it begins; None where it is not whole."""
    at = file.start
    while (at := file.find(b"moov", at + 1)) >= 0:
        length = int.from_bytes(file.at(at - 4, 4), "big")
        if file.at(at + _HEAD, 4) == b"mvhd" and at - 4 + length <= file.size:
            return file.at(at - 4, length), at - 4
    return None


def _gone(file: Contents, frames: _Frames, index: int) -> int:
    """Say how many bytes are gone: of what lies in front of the index, or in front of the end."""
    ends = int((frames.first + frames.length).max())
    if int(frames.first.min()) > index:
        return ends - (file.size - file.start)
    for at, kind, to in boxes(file, file.start, index):
        if kind == b"mdat":  # it ends where the index begins, unless it says that it has no end
            return to - index if any(file.at(at, 4)) else 0
    return 0


def _frames(index: bytes) -> _Frames:
    """Give where the frames of all tracks lie that are of a codec whose frames begin alike."""
    found = [frames for track in _tables(index) if (frames := _of_track(track)) is not None]
    if not found:
        return _Frames(np.zeros(0, np.int64), np.zeros(0, np.int64))
    first = np.concatenate([frames.first for frames in found])
    length = np.concatenate([frames.length for frames in found])
    order = np.argsort(first, kind="stable")
    return _Frames(first[order], length[order])


def _tables(index: bytes) -> Iterator[dict[bytes, bytes]]:
    """Give the tables of each track."""
    waiting = [(0, len(index))]
    track: dict[bytes, bytes] = {}
    while waiting:
        at, end = waiting.pop()
        if at + _HEAD > end:
            continue
        length, kind = struct.unpack_from(">I4s", index, at)
        to = min(end, at + max(length, _HEAD))
        waiting.append((to, end))
        if kind == b"trak" and track:
            yield track
            track = {}
        if kind in _AROUND:
            waiting.append((at + _HEAD, to))
        else:
            track[kind] = index[at + _HEAD : to]
    if track:
        yield track


def _of_track(track: dict[bytes, bytes]) -> _Frames | None:
    """Give where the frames of a track lie; None of another codec, or where tables do not fit."""
    if not {b"stsd", b"stsz", b"stsc"} <= track.keys() or track[b"stsd"][12:16] not in _CODECS:
        return None
    wide = b"co64" in track
    chunks = _numbers(track.get(b"co64" if wide else b"stco", b"")[8:], ">i8" if wide else ">u4")
    lengths = _numbers(track[b"stsz"][12:], ">u4")
    runs = _numbers(track[b"stsc"][8:], ">u4")
    runs = runs[: len(runs) // 3 * 3].reshape(-1, 3)
    if not len(runs) or not len(chunks) or runs[0, 0] != 1 or (np.diff(runs[:, 0]) <= 0).any():
        return None
    lasts = np.diff(np.append(runs[:, 0] - 1, len(chunks)))
    if (lasts <= 0).any() or int((lasts * runs[:, 1]).sum()) != len(lengths):
        return None
    each = np.repeat(runs[:, 1], lasts)  # frames of each chunk
    before = np.cumsum(lengths) - lengths
    starts = np.cumsum(each) - each
    held = each > 0
    inside = before - np.repeat(before[starts[held]], each[held])
    return _Frames(np.repeat(chunks[held], each[held]) + inside, lengths)


def _numbers(table: bytes, form: str) -> _Table:
    size = np.dtype(form).itemsize
    return np.frombuffer(table, form, len(table) // size).astype(np.int64)


def _placed(file: Contents, frames: _Frames, gone: int, limits: Decoding) -> tuple[int, int] | None:
    """Say from which byte to which zeros belong; None where no place is sure."""
    there = _begins(file, file.start + frames.first)
    behind = _begins(file, file.start + frames.first - gone)
    begin = np.zeros(128, bool)
    ends = np.concatenate([there[: limits.gap_frames], behind[-limits.gap_frames :]])
    begin[ends] = True
    if np.count_nonzero(begin) > limits.gap_beginnings or (ends < 0).any():
        return None
    fits, fits_behind = begin[there] & (there >= 0), begin[behind] & (behind >= 0)
    last = int(
        np.argmax(np.cumsum(np.where(fits, 1, -limits.gap_against)))
    )  # the last frame in front of the hole
    first = file.start + int(frames.first[last])  # it may be broken, and begin well
    closed = first + int(frames.length[last]) + gone
    later = np.flatnonzero(file.start + frames.first >= closed)
    if min(last, len(later)) < limits.gap_frames:
        return None
    again = int(later[0])
    sure = min(fits[:last].mean(), fits_behind[again:].mean())
    chance = max(fits[again:].mean(), fits_behind[:last].mean())
    if sure < limits.gap_alike or chance > limits.gap_apart:
        return None
    return first, file.start + int(frames.first[again])


def _begins(file: Contents, places: _Table) -> _Table:
    """Give the first seven bits at each place, -1 outside of the file.

    They say of which element a frame of these codecs is, and its number.
    """
    inside = (places >= file.start) & (places < file.size)
    held = np.frombuffer(file.data, np.uint8)
    found = np.full(len(places), -1, np.int64)
    found[inside] = held[places[inside]] >> 1
    return found
