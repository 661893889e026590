"""Formats that promise no length: whether their last frame, packet or box is whole.

Conventions
-----------
What is made of frames behind each other ends with a whole one, unless it was cut off. A walk goes
from length to length and says no more than that the end is open; how much followed is unknown.
Where a length makes no sense, or more frames follow each other than the longest recording can
have, the walk ends and says nothing. Sizes are those of ISO 13818-7 (ADTS),
RFC 4867 (AMR), ETSI TS 102 366 (AC-3), ISO 14496-12 (boxes), RFC 8794 (EBML) and Adobe's FLV.
"""

from collections.abc import Callable

from diarize.recording.mpeg import tag
from diarize.recording.views import Contents, Walked
from diarize.settings import Decoding

__all__ = ["ac3", "adts", "amr", "boxes", "flv_ends_open", "matroska_ends_open", "packets"]

_Length = Callable[[bytes], int | None]  # of the frame that begins with some bytes; None for none
_HEAD = 16
_FRAMES_PER_S = 1000  # none is shorter: what has more of them was made to be walked through
_AMR = (12, 13, 15, 17, 19, 20, 26, 31, 5, 0, 0, 0, 0, 0, 0, 0)
_AMR_WB = (17, 23, 32, 36, 40, 46, 50, 58, 60, 5, 0, 0, 0, 0, 0, 0)
_AC3_KBPS = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640)
_SEGMENT, _CLUSTER = b"\x18\x53\x80\x67", b"\x1f\x43\xb6\x75"


def adts(file: Contents, limits: Decoding) -> Walked:
    """Walk through raw AAC."""
    return Walked(ends_open=_open(file, file.start, _adts, limits))


def ac3(file: Contents, limits: Decoding) -> Walked:
    """Walk through AC-3."""
    return Walked(ends_open=_open(file, file.start, _ac3, limits))


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
    return Walked(ends_open=bool((file.size - file.start) % (188 if plain else 192)))


def boxes(file: Contents, limits: Decoding) -> Walked:
    """Walk through the outermost boxes of an MP4."""
    return Walked(ends_open=_open(file, file.start, _box, limits))


def flv_ends_open(file: Contents, limits: Decoding) -> bool:
    """Walk through the tags of an FLV."""
    first = file.start + int.from_bytes(file.at(file.start + 5, 4), "big") + 4
    return _open(file, first, lambda head: 15 + int.from_bytes(head[1:4], "big"), limits)


def matroska_ends_open(file: Contents, limits: Decoding) -> bool:
    """Walk through what a Matroska file holds, into segments and clusters."""
    return _open(file, file.start, _element, limits)


def _open(file: Contents, at: int, length: _Length, limits: Decoding) -> bool:
    for _ in range(int(limits.duration_max_h * 3600 * _FRAMES_PER_S)):
        if at >= file.size:
            return at > file.size
        head = file.at(at, _HEAD)
        behind = tag(file, at)
        found = behind or length(head + bytes(_HEAD - len(head)))
        if not found:
            return False
        at += found
    return False


def _adts(head: bytes) -> int | None:
    if head[0] != 0xFF or (head[1] and head[1] & 0xF6 != 0xF0):
        return None
    length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return max(7, length)  # fewer bytes than a head are left of the last


def _ac3(head: bytes) -> int | None:
    which, code = head[4] >> 6, head[4] & 63
    if head[:2] != b"\x0b\x77" or which == 3 or code >= 2 * len(_AC3_KBPS):
        return None
    kbps = _AC3_KBPS[code >> 1]
    return 2 * (2 * kbps, kbps * 96_000 // 44_100 + (code & 1), 3 * kbps)[which]


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
    if name > 4 or not head[name]:
        return None
    wide = 9 - head[name].bit_length()
    size = int.from_bytes(head[name : name + wide], "big") & ~(1 << 7 * wide)
    inside = head[:name] in (_SEGMENT, _CLUSTER)
    return name + wide + (0 if inside else size)
