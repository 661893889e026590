"""A recording that a gateway took for text: every line feed in it became two bytes.

Conventions
-----------
Mail and file transfer in text mode write a carriage return before each line feed. Sound has line
feeds at random, one in 256 bytes; a file that has them, and none without a carriage return, was
taken for text. Taking each back restores it to the bit, as the returns that it had itself are
before them still.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from diarize.settings import Decoding

__all__ = ["as_recorded"]

_PAIR = b"\r\n"


@contextmanager
def as_recorded(file: IO[bytes], limits: Decoding) -> Iterator[tuple[IO[bytes], int]]:
    """Give a file as it was recorded, and how many bytes were put in; itself and 0 where none were.

    Parameters
    ----------
    file : file
        Open; where it stands does not matter, and it comes back at its beginning.
    limits : Decoding
        How much of a file says so.
    """
    file.seek(0)
    head = file.read(limits.text_mode_bytes)
    pairs = head.count(_PAIR)
    file.seek(0)
    if pairs < limits.text_mode_pairs or pairs < head.count(_PAIR[1:]):
        yield file, 0
        return
    with tempfile.TemporaryFile() as restored:
        yield restored, _taken_back(file, restored, limits.block_samples)


def _taken_back(file: IO[bytes], restored: IO[bytes], size: int) -> int:
    """Write a file without what was put in; gives how many bytes that were."""
    taken, held = 0, b""
    while block := file.read(size):
        block = held + block
        held = _PAIR[:1] if block.endswith(_PAIR[:1]) else b""  # what follows says what it is
        block = block[: len(block) - len(held)]
        taken += block.count(_PAIR)
        restored.write(block.replace(_PAIR, _PAIR[1:]))
    restored.write(held)
    restored.seek(0)
    return taken
