"""Ogg, page by page: Vorbis, Opus and FLAC in it, several behind each other, with or without holes.

Conventions
-----------
A page says which it is and what time it ends at, so a hole has its place. Pages whose checksum is
wrong count as missing. What follows a hole is decoded by itself, behind the stream's own headers.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from diarize.messages import Note
from diarize.recording import flac
from diarize.recording.views import Contents, Part, Walked
from diarize.settings import Decoding
from diarize.timeline import Span

__all__ = ["walk"]

_HEAD = 27
_GOES_ON, _FIRST, _LAST = 1, 2, 4  # flags of a page
_FLAC = b"\x7fFLAC"
_TO_STREAM = 9  # bytes from this mark to a FLAC's own beginning
_FULL = 255  # a packet goes on behind a lacing value of so much
_OPUS_HZ = 48_000
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True, slots=True)
class _Page:
    first: int
    end: int
    flags: int
    granule: int  # samples up to its end; -1 where no packet ends on it
    serial: int
    number: int
    body: int  # where its packets begin


_Stream = list[_Page]  # one recording in the file: its pages, all of one serial number


def walk(file: Contents, limits: Decoding) -> Walked:
    """Walk through all pages; streams side by side, and unknown codecs, have no parts."""
    streams, left = _streams(file)
    parts: list[Part] = []
    joints: list[float] = []
    clock, ours = 0.0, True
    for number, stream in enumerate(streams):
        own, found, seconds = _one(file, stream, clock, limits)
        joints += [clock] if number else []
        ours = ours and own
        parts += found
        clock += seconds
    if not streams:
        return Walked()
    ended = streams[-1][-1].flags & _LAST and not left
    notes = [] if ended else [Note("recording.no_end", {"at_s": clock}, "caution")]
    notes += [
        Note("recording.part_no_end", {"part": number}, "caution", (Span(at, at),))
        for number, (at, stream) in enumerate(zip(joints, streams, strict=False), 1)
        if not stream[-1].flags & _LAST
    ]
    lossy = all(file.at(stream[0].body, len(_FLAC)) != _FLAC for stream in streams)
    ours_alone = tuple(parts) if ours else ()
    return Walked(ours_alone, clock or None, tuple(joints), tuple(notes), lossy=lossy)


def _streams(file: Contents) -> tuple[list[_Stream], int]:
    """Sort pages into recordings; gives too how many bytes at the end are no page."""
    streams: list[_Stream] = []
    end = file.start
    for page in _pages(file):
        end = page.end
        if page.flags & _FIRST:
            last = streams[-1] if streams else None
            if last and len(last) == 1:  # a second stream beside the first
                return [], 0
            streams.append([page])
        elif streams and page.serial == streams[-1][0].serial:
            streams[-1].append(page)
    return streams, file.size - end


def _pages(file: Contents) -> Iterator[_Page]:
    at = file.start
    while (at := file.find(b"OggS", at)) >= 0:
        page = _page(file, at)
        if page is None:
            at += 1
            continue
        yield page
        at = page.end


def _page(file: Contents, at: int) -> _Page | None:
    """Read a page; None for what is none, or is damaged."""
    head = file.at(at, _HEAD)
    if len(head) < _HEAD:
        return None
    _, flags, granule, serial, number, checksum, lacing = struct.unpack("<BBqIIIB", head[4:])
    body = at + _HEAD + lacing
    end = body + sum(file.at(at + _HEAD, lacing))
    if end > file.size:
        return None
    whole = head[:22] + bytes(4) + head[26:] + file.at(at + _HEAD, end - at - _HEAD)
    if _checksum(whole) != checksum:
        return None
    return _Page(at, end, flags, granule, serial, number, body)


def _checksum(data: bytes) -> int:
    """Ogg's CRC-32: zlib's with every byte, and the result, turned over."""
    found = zlib.crc32(data.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{found:032b}"[::-1], 2)


def _one(
    file: Contents, pages: _Stream, clock: float, limits: Decoding
) -> tuple[bool, list[Part], float]:
    """Give whether libsndfile reads a recording, its parts and its length."""
    own, rate, skip = _rate(file, pages[0])
    sound = next((i for i, page in enumerate(pages) if page.granule > 0), None)
    if not rate or sound is None:
        return own, [], 0.0
    sound = max(1, sound if pages[sound - 1].granule == 0 else _first_of(pages, sound))
    headers = (pages[0].first, pages[sound - 1].end)
    origin = skip + (pages[sound].granule if _late(pages[sound], rate, limits) else 0)
    cuts = [i for i in range(sound + 1, len(pages)) if pages[i].number != pages[i - 1].number + 1]
    cuts = sorted({*cuts, *_leaps(file, pages, sound, rate, limits)})
    if 2 * len(cuts) > len(pages):  # written by something that does not number its pages
        cuts = []
    edges = [sound, *cuts, len(pages)]
    parts = []
    for first, end in pairwise(edges):
        if len(edges) > 2 and file.at(pages[0].body, len(_FLAC)) == _FLAC:
            parts += _of_flac(file, pages[0], pages[first:end], clock)
            continue
        last = max(pages[i].granule for i in range(first, end))
        ends_s = clock + (last - origin) / rate if len(edges) > 2 and last > 0 else None
        parts.append(Part((headers, *_stretches(pages[first:end])), None, ends_s))
    whole = max(page.granule for page in pages)
    return own, parts, max(0.0, (whole - origin) / rate)


def _of_flac(file: Contents, head: _Page, pages: _Stream, clock: float) -> list[Part]:
    """Give the frames of pages behind a hole: libFLAC takes no Ogg that has one."""
    begins = pages[0].body
    if pages[0].flags & _GOES_ON:  # the rest of a frame that began in the hole
        for size in file.at(pages[0].first + _HEAD, begins - pages[0].first - _HEAD):
            begins += size
            if size < _FULL:
                break
    pieces = ((begins, pages[0].end), *((page.body, page.end) for page in pages[1:]))
    ends = max(page.granule for page in pages)
    stream = file.at(head.body + _TO_STREAM, flac.HEAD)
    part = flac.within(stream, file.at(begins, 16), pieces, ends, clock)
    return [] if part is None else [part]


def _leaps(
    file: Contents, pages: _Stream, sound: int, rate: int, limits: Decoding
) -> Iterator[int]:
    """Give the pages in front of which time passes that no packet holds, though none is missing.

    So it is where a program numbered pages anew that others were taken out of.
    """
    steps: list[tuple[int, float, int]] = []  # a page, how long it took, and how many packets
    packets, before = 0, pages[sound].granule
    for k in range(sound + 1, len(pages)):
        page = pages[k]
        packets += sum(
            size < _FULL for size in file.at(page.first + _HEAD, page.body - page.first - _HEAD)
        )
        if page.granule >= 0:
            steps.append((k, (page.granule - before) / rate, max(1, packets)))
            packets, before = 0, page.granule
    each = sorted(seconds / count for _, seconds, count in steps)
    most = limits.leap_times * each[len(each) // 2] if each else 0.0
    for k, seconds, count in steps:
        if seconds > limits.leap_least_s + most * count:
            yield k


def _first_of(pages: _Stream, sound: int) -> int:
    """Give the first page of sound: packets longer than a page have pages that end none."""
    while sound > 1 and pages[sound - 1].granule < 0:
        sound -= 1
    return sound


def _late(page: _Page, rate: int, limits: Decoding) -> bool:
    """Whether a stream was joined while it was running, so that its clock is another one."""
    return page.granule > limits.page_max_s * rate


def _stretches(pages: _Stream) -> list[tuple[int, int]]:
    """Give the bytes of pages, those behind each other together."""
    found: list[tuple[int, int]] = []
    for page in pages:
        if found and found[-1][1] == page.first:
            found[-1] = found[-1][0], page.end
        else:
            found.append((page.first, page.end))
    return found


def _rate(file: Contents, page: _Page) -> tuple[bool, int, int]:
    """Give whether libsndfile reads a codec, its samples a second, and how many to skip first."""
    body = file.at(page.body, 64)
    if body[:7] == b"\x01vorbis":
        return True, struct.unpack("<I", body[12:16])[0], 0
    if body[:8] == b"OpusHead":
        return True, _OPUS_HZ, struct.unpack("<H", body[10:12])[0]
    if body[: len(_FLAC)] == _FLAC:
        return True, int.from_bytes(body[27:30], "big") >> 4, 0
    if body[:8] == b"Speex   ":
        return False, struct.unpack("<I", body[36:40])[0], 0
    return False, 0, 0
