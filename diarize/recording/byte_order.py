"""Samples of two bytes that stand in the wrong order, or from some place on beside their places.

Conventions
-----------
Speech goes on from sample to sample; what is put together of the wrong bytes jumps about like
noise. Of a WAV of two bytes a sample windows all along are read as its head says, the other way
round, and a byte later. Where a recording is noise as it stands, and plainly none in one of the
other ways, that is how it was recorded. A window that is noise in every way, or in none, says
nothing.
"""

import struct
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO

import numpy as np

from diarize.messages import Note
from diarize.settings import Decoding

__all__ = ["in_their_places"]

_HEAD = 1 << 16  # bytes in which a WAV's head stands
_PCM, _EXTENDED = 1, 0xFFFE
_FINE, _SWAPPED, _LATER = "fine", "swapped", "later"


@contextmanager
def in_their_places(
    file: IO[bytes], limits: Decoding
) -> Iterator[tuple[IO[bytes], tuple[Note, ...]]]:
    """Give a file as it was recorded, and a note if bytes were not in their places.

    Parameters
    ----------
    file : file
        Open; where it stands does not matter, and it comes back at its beginning.
    limits : Decoding
        How clear it must be.
    """
    file.seek(0)
    head = file.read(_HEAD)
    size = file.seek(0, 2)
    file.seek(0)
    told = _samples(head)
    if told is None:
        yield file, ()
        return
    begins, channels, rate = told
    edges = np.linspace(begins, max(begins, size - limits.order_window), limits.order_windows)
    places = [begins + (int(at) - begins) // 2 * 2 for at in edges]
    ways = [way for at in places if (way := _way(file, at, channels, limits)) is not None]
    if len(ways) >= limits.order_windows_min and set(ways) == {_SWAPPED}:
        with tempfile.TemporaryFile() as kept:
            _swapped(file, kept, begins, limits)
            yield kept, (Note("recording.bytes_swapped", {}, "caution"),)
        return
    at = _lost_at(file, places, channels, limits)
    if at is None:
        yield file, ()
        return
    with tempfile.TemporaryFile() as kept:
        _copied(file, kept, at, limits)
        at_s = (at - begins) / (2 * channels * rate)
        yield kept, (Note("recording.byte_lost", {"at_s": at_s}, "caution"),)


def _samples(head: bytes) -> tuple[int, int, int] | None:
    """Say where a WAV's samples of two bytes begin, of how many channels, at which rate."""
    form, data = head.find(b"fmt "), head.find(b"data")
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE" or not 0 < form < data < len(head) - 8:
        return None
    kind, channels, rate, _, _, bits = struct.unpack("<HHIIHH", head[form + 8 : form + 24])
    plain = kind in (_PCM, _EXTENDED) and bits == 16
    return (data + 8, channels, rate) if plain and channels and rate else None


def _way(file: IO[bytes], at: int, channels: int, limits: Decoding) -> str | None:
    """Say in which way what stands at a place is no noise; None where that is not plain."""
    as_told, other, later = _roughness(file, at, channels, limits)
    if as_told < limits.order_fine and min(other, later) > limits.order_noise:
        return _FINE
    if as_told < limits.order_noise or min(other, later) > limits.order_fine:
        return None
    return _SWAPPED if other < later else _LATER


def _roughness(
    file: IO[bytes], at: int, channels: int, limits: Decoding
) -> tuple[float, float, float]:
    """Give how rough a window is as told, with bytes exchanged, and from a byte later on."""
    file.seek(at)
    block = file.read(limits.order_window + 1)
    length = (len(block) - 1) // 2 * 2
    if length < limits.order_window // 2:
        return np.inf, np.inf, np.inf
    as_told, other = (_rough(block[:length], form, channels) for form in ("<i2", ">i2"))
    return as_told, other, _rough(block[1 : length + 1], "<i2", channels)


def _rough(block: bytes, form: str, channels: int) -> float:
    """How much samples differ from the next, in units of how much they differ at all."""
    samples = np.frombuffer(block, form).astype(np.float64)
    spread = samples.std()
    steps = samples[channels:] - samples[:-channels]
    return float(np.sqrt(np.mean(steps**2)) / spread) if spread > 0 else np.inf


def _lost_at(file: IO[bytes], places: Sequence[int], channels: int, limits: Decoding) -> int | None:
    """Say where the one byte is missing behind which every sample is put together wrongly."""
    told = [(at, way) for at in places if (way := _way(file, at, channels, limits)) is not None]
    first = next((k for k, (_, way) in enumerate(told) if way == _LATER), len(told))
    behind = {way for _, way in told[first:]}
    if behind != {_LATER} or {way for _, way in told[:first]} > {_FINE}:
        return None
    if len(told) - first < limits.order_windows_min:
        return None
    low, high = (told[first - 1][0] if first else places[0]), told[first][0]
    while high - low > limits.order_window:
        middle = low + (high - low) // 2 // 2 * 2
        as_told, _, later = _roughness(file, middle, channels, limits)
        if as_told <= later:
            low = middle
        else:
            high = middle
    return high


def _copied(file: IO[bytes], kept: IO[bytes], at: int, limits: Decoding) -> None:
    """Copy a file, with a byte of silence where one is missing."""
    file.seek(0)
    kept.write(file.read(at))
    kept.write(b"\0")
    while block := file.read(limits.block_samples):
        kept.write(block)
    kept.seek(0)


def _swapped(file: IO[bytes], kept: IO[bytes], begins: int, limits: Decoding) -> None:
    """Copy a file with the two bytes of each sample exchanged."""
    file.seek(0)
    kept.write(file.read(begins))
    while block := file.read(2 * limits.block_samples):
        whole = len(block) // 2 * 2
        kept.write(np.frombuffer(block[:whole], "<i2").byteswap().tobytes() + block[whole:])
    kept.seek(0)
