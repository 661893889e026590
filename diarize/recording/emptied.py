"""Blocks of a coded wav that were overwritten with zeros, as a failing card does.

Conventions
-----------
A frame of GSM is never all zeros. A block of IMA ADPCM is, where the sound is digital silence; but
an encoder leads the sound there, and where zeros begin within a block that was overwritten the
decoder is left standing where the voice was. Blocks are those of the IMA's recommendation (1992).
"""

import re
import struct

from diarize.recording.views import Contents
from diarize.settings import Decoding
from diarize.timeline import Span

__all__ = ["emptied"]

_IMA, _GSM = 0x11, 0x31
_HEAD = 4  # bytes of a block's own beginning, for each channel
_STEPS = (
    *(7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66),
    *(73, 80, 88, 97, 107, 118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408),
    *(449, 494, 544, 598, 658, 724, 796, 876, 963, 1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066),
    *(2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894, 6484, 7132, 7845, 8630),
    *(9493, 10442, 11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794),
    32767,
)
_MOVES = (-1, -1, -1, -1, 2, 4, 6, 8)


def emptied(
    file: Contents, form: bytes, first: int, end: int, limits: Decoding
) -> tuple[Span, ...]:
    """Say where blocks were overwritten with zeros, seconds on the file's own clock.

    Parameters
    ----------
    file : Contents
        The file's bytes.
    form : bytes
        Its description of the samples.
    first, end : int
        Where the samples' bytes are.
    limits : Decoding
        How many zeros it takes.
    """
    if len(form) < 20:
        return ()
    code, channels, rate, _, step, _, _, samples = struct.unpack("<HHIIHHHH", form[:20])
    if code not in (_IMA, _GSM) or not (channels and rate and step and samples):
        return ()
    found = []
    zeros = re.compile(rb"\0{%d,}" % limits.emptied_bytes)
    for hit in zeros.finditer(file.data, first, end):
        begins, ends = (at - first for at in hit.span())
        block = begins // step
        if code == _IMA:
            at = begins - begins % step or begins - step
            held = file.at(first + at, begins - at)
            if abs(_left_at(held, channels, step - len(held))) < limits.emptied_from:
                continue
        found.append(Span(block * samples / rate, -(-ends // step) * samples / rate))
    return tuple(found)


def _left_at(block: bytes, channels: int, zeros: int) -> int:
    """Give where a decoder stands behind the bytes of a block and some zeros, on one channel."""
    if len(block) < _HEAD * channels:
        return 0
    value = int.from_bytes(block[:2], "little", signed=True)
    index = block[2]
    data = (block + bytes(zeros))[_HEAD * channels :]
    for at in range(0, len(data), _HEAD * channels):  # channels stand in turn
        for byte in data[at : at + _HEAD]:
            for nibble in (byte & 15, byte >> 4):
                index = min(max(index, 0), len(_STEPS) - 1)
                size = _STEPS[index]
                moved = (size >> 3) + sum(size >> k for k in range(3) if nibble & 4 >> k)
                value = min(max(value - moved if nibble & 8 else value + moved, -32768), 32767)
                index += _MOVES[nibble & 7]
    return value
