"""Formats that promise no length: whether their last frame, packet or box is whole.

Conventions
-----------
What is made of frames behind each other ends with a whole one, unless it was cut off. A walk goes
from length to length and says no more than that the end is open; how much followed is unknown.
Where a length makes no sense, or more frames follow each other than the longest recording can
have, the walk ends and says nothing. Where such files were joined byte by byte frames go on as if
nothing were; told is only what shows: frames of another kind, an encoder that begins anew to sign
one frame in so many, and a transport stream's clock that goes back. Sizes are those of
ISO 13818-7 (ADTS), RFC 4867 (AMR), ETSI TS 102 366 (AC-3) and 102 114 (DTS), ISO 14496-12 (boxes),
RFC 8794 (EBML) and Adobe's FLV.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from diarize.recording.mpeg import tag
from diarize.recording.views import Contents, Walked
from diarize.settings import Decoding

__all__ = ["ac3", "adts", "amr", "boxes", "dts", "flv_ends_open", "matroska_ends_open", "packets"]

_Length = Callable[[bytes], int | None]  # of the frame that begins with some bytes; None for none
_HEAD = 24
_CHAIN = 3  # frames that must follow each other before bytes are taken for frames
_DTS = b"\x7f\xfe\x80\x01"
_SIGN = b"Lavc"  # of the ffmpeg program's AAC encoder
_SIGNED_EVERY = 256  # frames, from the first on
_AAC_RATES = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000,
              11_025, 8_000, 7_350)  # fmt: skip
_AC3_RATES = (48_000, 44_100, 32_000)
_PCR_HZ, _PCR_WRAPS = 90_000, 1 << 33
_PACKETS = 1 << 16  # at once
_TABLE_WITHIN = 64  # packets before the first clock of a recording
_FRAMES_PER_S = 1000  # none is shorter: what has more of them was made to be walked through
_AMR = (12, 13, 15, 17, 19, 20, 26, 31, 5, 0, 0, 0, 0, 0, 0, 0)
_AMR_WB = (17, 23, 32, 36, 40, 46, 50, 58, 60, 5, 0, 0, 0, 0, 0, 0)
_AC3_KBPS = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640)
_SEGMENT, _CLUSTER = b"\x18\x53\x80\x67", b"\x1f\x43\xb6\x75"


@dataclass(slots=True)
class _Seen:
    """Frames as they come: of which kind the last was, and where another recording begins.

    Parameters
    ----------
    samples : int
        Of a frame.
    told : callable
        Gives of a frame's head what a recording keeps, and its rate in Hz.
    """

    samples: int
    told: Callable[[bytes], tuple[bytes, int]]
    joints: list[float] = field(default_factory=list)
    begins: list[int] = field(default_factory=list)
    gaps: list[tuple[float, float]] = field(default_factory=list)
    first: int = 0
    _kind: bytes | None = None
    _since: int | None = None  # how many frames, since the last that an encoder signed
    _clock_s: float = 0.0
    _skipped: list[int] = field(default_factory=list)

    def skip(self, at: int, end: int) -> None:
        """Take bytes that are no frames: they held as much as those before them did."""
        per_s = (at - self.first - sum(self._skipped)) / max(self._clock_s, 1e-3)
        self._skipped.append(end - at)
        self._since = None  # nobody knows how many were signed among them
        self.gaps.append((self._clock_s, (end - at) / max(per_s, 1.0)))

    def __call__(self, head: bytes, at: int) -> None:
        """Take the next frame, and where it stands."""
        kind, rate = self.told(head)
        signed = _SIGN in head
        anew = signed and self._since is not None and self._since % _SIGNED_EVERY > 0
        if self._kind is not None and (kind != self._kind or anew):
            self.joints.append(self._clock_s)
            self.begins += [at] if kind != self._kind else []
        self._kind = kind
        self._since = 1 if signed else self._since and self._since + 1
        self._clock_s += self.samples / rate


def adts(file: Contents, limits: Decoding) -> Walked:
    """Walk through raw AAC."""
    seen = _Seen(1024, _of_adts, first=file.start)
    return _framed(file, _adts, limits, seen)


def ac3(file: Contents, limits: Decoding) -> Walked:
    """Walk through AC-3."""
    seen = _Seen(1536, _of_ac3, first=file.start)
    return _framed(file, _ac3, limits, seen)


def _framed(file: Contents, length: _Length, limits: Decoding, seen: _Seen) -> Walked:
    """Follow frames, over bytes that are none, to the end."""
    at, ends_open = file.start, False
    while True:
        last = [at]

        def take(head: bytes, place: int, last: list[int] = last) -> None:
            seen(head, place)
            last[0] = place + (length(head) or 0)

        ends_open = _open(file, at, length, limits, take)
        ahead = None if ends_open else _next(file, last[0], length)
        if ahead is None:
            break
        seen.skip(last[0], ahead)
        at = ahead
    return Walked(
        joints=tuple(seen.joints),
        ends_open=ends_open,
        begins=tuple(seen.begins),
        gaps=tuple(seen.gaps),
    )


def _next(file: Contents, at: int, length: _Length) -> int | None:
    """Give where frames that begin as the file's first begin again; None where none do."""
    mark = file.at(file.start, 2)
    while (at := file.find(mark, at + 1)) >= 0:
        end = at
        for _ in range(_CHAIN):
            found = length(file.at(end, _HEAD).ljust(_HEAD, b"\0"))
            end += found or file.size
        if end <= file.size:
            return at
    return None


def dts(file: Contents, limits: Decoding) -> Walked:
    """Walk through raw DTS."""
    return Walked(ends_open=_open(file, file.start, _dts, limits))


def amr(file: Contents, limits: Decoding) -> Walked:
    """Walk through AMR of one channel, narrow or wide."""
    for magic, sizes in ((b"#!AMR\n", _AMR), (b"#!AMR-WB\n", _AMR_WB)):
        if file.at(file.start, len(magic)) == magic:

            def length(head: bytes, sizes: tuple[int, ...] = sizes) -> int:
                return 1 + sizes[head[0] >> 3 & 15]

            return Walked(ends_open=_open(file, file.start + len(magic), length, limits))
    return Walked()


def packets(file: Contents, limits: Decoding) -> Walked:
    """Count the packets of an MPEG transport stream, of 188 bytes or, with a stamp, of 192."""
    plain = file.at(file.start, 1) == b"\x47" and file.at(file.start + 188, 1) == b"\x47"
    size = 188 if plain else 192
    ends_open = bool((file.size - file.start) % size)
    joints, places = _clock_goes_back(file, size, limits)
    begins = tuple(_table_before(file, size, place) for place in places)
    return Walked(joints=joints, ends_open=ends_open, begins=begins)


def _table_before(file: Contents, size: int, place: int) -> int:
    """Give where the table of programs stands that comes last before a packet."""
    for packet in range(place, max(0, place - _TABLE_WITHIN), -1):
        at = file.start + packet * size
        head = file.at(at + size - 188, 3)
        if head[:1] == b"\x47" and not head[1] & 0x1F and not head[2]:
            return at
    return file.start + place * size


def _clock_goes_back(
    file: Contents, size: int, limits: Decoding
) -> tuple[tuple[float, ...], list[int]]:
    """Say where the clock of a transport stream goes back: seconds of what came before, packets.

    What lies between the last clock of a recording and the next one's first lasts as long as the
    packets before did.
    """
    places, ticks = _clocks(file, size)
    back = np.diff(ticks) < -limits.behind_max_s * _PCR_HZ
    back &= np.diff(ticks) > -_PCR_WRAPS // 2  # it is not full
    joints: list[float] = []
    whole_s, first = 0.0, 0
    for at in np.flatnonzero(back):
        lasts_s = float((ticks[at] - ticks[first]) % _PCR_WRAPS / _PCR_HZ)
        packets = max(1, places[at] - places[first])
        whole_s += lasts_s * float((places[at + 1] - places[first]) / packets)
        joints.append(whole_s)
        first = int(at) + 1
    return tuple(joints), [int(place) for place in places[1:][back]]


def _clocks(file: Contents, size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give which packets bear the clock of the first stream that has one, and its ticks."""
    places, ticks, pid = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], -1
    for first in range(file.start, file.size - size + 1, _PACKETS * size):
        body = file.at(first, _PACKETS * size)
        rows = np.frombuffer(body, np.uint8, len(body) // size * size).reshape(-1, size)
        which, pids, clocks = _references(rows[:, size - 188 :].astype(np.int64))
        pid = int(pids[0]) if pid < 0 and len(pids) else pid
        places.append((first - file.start) // size + which[pids == pid])
        ticks.append(clocks[pids == pid])
    return np.concatenate(places), np.concatenate(ticks)


def _references(rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], ...]:
    """Give which packets bear a clock, their stream, and the ticks of 1/90000 s."""
    bears = (rows[:, 0] == 0x47) & (rows[:, 3] & 0x20 > 0) & (rows[:, 4] > 6)
    bears &= rows[:, 5] & 0x10 > 0
    told = rows[bears]
    clocks = (
        told[:, 6] << 25 | told[:, 7] << 17 | told[:, 8] << 9 | told[:, 9] << 1 | told[:, 10] >> 7
    )
    return np.flatnonzero(bears), (told[:, 1] & 0x1F) << 8 | told[:, 2], clocks


def boxes(file: Contents, limits: Decoding) -> Walked:
    """Walk through the outermost boxes of an MP4."""
    kinds = set[bytes]()
    ends_open = _open(file, file.start, _box, limits, lambda head, _: kinds.add(head[4:8]))
    return Walked(ends_open=ends_open, in_fragments=b"moof" in kinds)


def flv_ends_open(file: Contents, limits: Decoding) -> bool:
    """Walk through the tags of an FLV."""
    first = file.start + int.from_bytes(file.at(file.start + 5, 4), "big") + 4
    return _open(file, first, lambda head: 15 + int.from_bytes(head[1:4], "big"), limits)


def matroska_ends_open(file: Contents, limits: Decoding) -> bool:
    """Walk through what a Matroska file holds, into segments and clusters."""
    return _open(file, file.start, _element, limits)


def _open(
    file: Contents,
    at: int,
    length: _Length,
    limits: Decoding,
    seen: Callable[[bytes, int], None] | None = None,
) -> bool:
    for _ in range(int(limits.duration_max_h * 3600 * _FRAMES_PER_S)):
        if at >= file.size:
            return at > file.size
        head = file.at(at, _HEAD)
        behind = tag(file, at)
        found = behind or length(head + bytes(_HEAD - len(head)))
        if not found:
            return False
        if seen is not None and not behind and at + found <= file.size:
            seen(head, at)
        at += found
    return False


def _of_adts(head: bytes) -> tuple[bytes, int]:
    rate = min(head[2] >> 2 & 15, len(_AAC_RATES) - 1)
    return bytes((head[1], head[2] & 0xFD, head[3] & 0xC0)), _AAC_RATES[rate]


def _of_ac3(head: bytes) -> tuple[bytes, int]:
    return bytes((head[4] & 0xFE, head[5], head[6] & 0xE0)), _AC3_RATES[head[4] >> 6]


def _adts(head: bytes) -> int | None:
    if head[0] != 0xFF or (head[1] and head[1] & 0xF6 != 0xF0):
        return None
    length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return max(7, length)  # fewer bytes than a head are left of the last


def _ac3(head: bytes) -> int | None:
    which, code = head[4] >> 6, head[4] & 63
    begun = head[0] == 0x0B and head[1] in (0, 0x77)  # one byte may be all that is left of the last
    if not begun or which == 3 or code >= 2 * len(_AC3_KBPS):
        return None
    kbps = _AC3_KBPS[code >> 1]
    return 2 * (2 * kbps, kbps * 96_000 // 44_100 + (code & 1), 3 * kbps)[which]


def _dts(head: bytes) -> int | None:
    """Give a frame's length, 14 bits behind 46; of the last some bytes may be all that is left."""
    if not _DTS.startswith(head[:4].rstrip(b"\0")):
        return None
    return (int.from_bytes(head[4:8], "big") >> 4 & 0x3FFF) + 1


def _box(head: bytes) -> int | None:
    length = int.from_bytes(head[:4], "big")
    if length == 1:
        length = int.from_bytes(head[8:16], "big")
    return length if length >= 8 else None


def _element(head: bytes) -> int | None:
    """Length of an element, or only of its head where what is in it comes next."""
    if not head[0]:
        return None
    name = 9 - head[0].bit_length()
    if not any(head[name:]):
        return name + 1  # a part of its name may be all that is left of the last
    if name > 4 or not head[name]:
        return None
    wide = 9 - head[name].bit_length()
    size = int.from_bytes(head[name : name + wide], "big") & ~(1 << 7 * wide)
    inside = head[:name] in (_SEGMENT, _CLUSTER)
    return name + wide + (0 if inside else size)
