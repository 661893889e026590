"""Parts of a file that are decoded by themselves, seen as files of their own.

Conventions
-----------
A part is made of stretches of the file's bytes, and of bytes put in front of them where a header
is missing or wrong. Nothing is copied and nothing is written: the file stays as it is. Times are
seconds on the clock of the file's own sound.
"""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO, Any

from diarize.messages import Note
from diarize.timeline import Span

__all__ = ["Contents", "Layout", "Part", "View", "Walked"]


@dataclass(frozen=True, slots=True)
class Layout:
    """How plain samples lie in a file: `subtype` and `endian` as libsndfile calls them."""

    rate: int
    channels: int
    subtype: str
    endian: str
    step: int

    @property
    def bytes_per_s(self) -> int:
        """Bytes of one second of all channels."""
        return max(1, self.rate * self.step)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a file's sound.

    Parameters
    ----------
    pieces : tuple of bytes or (int, int)
        What it is read from: given bytes, or a stretch of the file, first byte and end.
    at_s : float or None
        Where it begins; None where it follows what came before.
    ends_s : float or None
        Where it ends, if that is what is known of a part after a hole.
    layout : Layout or None
        Of plain samples; None for what has a header of its own.
    """

    pieces: tuple[bytes | tuple[int, int], ...]
    at_s: float | None = None
    ends_s: float | None = None
    layout: Layout | None = None


@dataclass(frozen=True, slots=True)
class Walked:
    """What a walk through a file found.

    Parameters
    ----------
    parts : tuple of Part
        What is decoded, in order; none where this format is left to the ffmpeg program.
    promised_s : float or None
        How long header and packets say the sound is; None where they do not.
    joints : tuple of float
        Where one recording ends and the next begins, if several lie in the file.
    notes : tuple of Note
        What is odd about it, and was mended.
    ends_open : bool
        Whether its last frame is not whole.
    lossy : bool
        Whether its parts are all of a codec that leaves something out.
    there : float
        Share of the promised bytes that is there, where a header counts bytes and not time.
    gone_s : float
        How much of what is promised went bad, so that no program can give it back.
    begins : tuple of int
        At which bytes frames of another kind begin that one decoder would lay on a false clock.
    bad : tuple of Span
        Where what a decoder makes of it is no sound of the recording, on its own clock.
    gaps : tuple of (float, float)
        Where bytes are none of its frames, which a decoder leaves out: when, on the decoder's
        clock, and how many seconds they held.
    in_fragments : bool
        Whether it was written in fragments, each with its time: a length then counts from 0.
    """

    parts: tuple[Part, ...] = ()
    promised_s: float | None = None
    joints: tuple[float, ...] = ()
    notes: tuple[Note, ...] = ()
    ends_open: bool = False
    lossy: bool = False
    there: float = 1.0
    gone_s: float = 0.0
    begins: tuple[int, ...] = ()
    bad: tuple[Span, ...] = ()
    gaps: tuple[tuple[float, float], ...] = ()
    in_fragments: bool = False


@dataclass(frozen=True, slots=True)
class Contents:
    """A file's bytes, to be walked through: `data` is mapped, `start` after tags in front."""

    data: Any
    start: int
    size: int
    name: str

    def find(self, what: bytes, first: int, end: int | None = None) -> int:
        """Give where bytes stand, or -1; a place may be what a header says, up to 2**64."""
        last = self.size if end is None else min(end, self.size)
        return int(self.data.find(what, min(first, last), last))

    def at(self, first: int, length: int) -> bytes:
        """Give some bytes, fewer at the end of the file."""
        return bytes(self.data[first : min(first + length, self.size)])


class View(io.RawIOBase):
    """Stretches of an open file as one file to read."""

    def __init__(self, file: IO[bytes], pieces: Iterable[bytes | tuple[int, int]]) -> None:
        super().__init__()
        self._file = file
        self._pieces: Sequence[bytes | tuple[int, int]] = tuple(pieces)
        self._lengths = [len(p) if isinstance(p, bytes) else p[1] - p[0] for p in self._pieces]
        self._place = 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that it can be read from anywhere."""
        return True

    def tell(self) -> int:
        """Give the place of the next byte."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: sum(self._lengths)}[whence]
        self._place = max(0, base + offset)
        return self._place

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer as far as there are bytes."""
        into = memoryview(buffer).cast("B")
        filled, first = 0, 0
        for piece, length in zip(self._pieces, self._lengths, strict=True):
            inside = self._place - first
            while 0 <= inside < length and filled < len(into):
                want = min(length - inside, len(into) - filled)
                got = self._bytes(piece, inside, want)
                if not got:
                    return filled
                into[filled : filled + len(got)] = got
                filled += len(got)
                self._place += len(got)
                inside += len(got)
            first += length
        return filled

    def _bytes(self, piece: bytes | tuple[int, int], inside: int, want: int) -> bytes:
        if isinstance(piece, bytes):
            return piece[inside : inside + want]
        self._file.seek(piece[0] + inside)
        return self._file.read(want)
