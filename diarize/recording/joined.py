"""One file, whether it holds one recording or several that were written behind each other.

Conventions
-----------
Where another recording of the same kind begins inside a file, and the walk through it did not
find that already, every recording is read by itself, as a file of its own, and laid behind the one
before. That counts where it gives no less than reading the file in one go. What cannot be read of
it is said with its place.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import IO

from diarize.errors import Refused
from diarize.messages import Note
from diarize.recording import reading
from diarize.recording.byte_order import in_their_places
from diarize.recording.closed_gaps import reopened
from diarize.recording.container import beginnings, contents
from diarize.recording.fragments import Pieces, mended
from diarize.recording.gathering import RATE_HZ
from diarize.recording.reading import NO_END, FileSound
from diarize.recording.several_files import in_order
from diarize.recording.text_mode import as_recorded
from diarize.recording.views import View
from diarize.runtime.atomic import open_regular
from diarize.settings import Decoding
from diarize.timeline import Span

__all__ = ["read", "read_open"]


def read(path: Path, *, limits: Decoding, track: int | None = None) -> FileSound:
    """Read one file in this process; parameters are those of `reading.read_open`.

    Raises
    ------
    Refused
        As of `read_open`, and if it is no regular file.
    """
    with open_regular(path) as file:
        return read_open(file, str(path), limits=limits, track=track)


def read_open(
    file: IO[bytes], name: str, *, limits: Decoding, track: int | None = None
) -> FileSound:
    """Read one open file; parameters and refusals are those of `reading.read_open`."""
    with (
        as_recorded(file, limits) as (text, put_in),
        in_their_places(text, limits) as (sound, told),
    ):
        found = _read_open(sound, name, limits=limits, track=track)
    found = replace(found, notes=(*found.notes, *told))
    if not put_in:
        return found
    note = Note("recording.taken_for_text", {"bytes": put_in}, "caution")
    return replace(found, notes=(*found.notes, note))


def _read_open(file: IO[bytes], name: str, *, limits: Decoding, track: int | None) -> FileSound:
    """Read a file that is as it was recorded, but for what a recorder or a copy did to it."""
    with contents(file, name) as inside:
        begins = beginnings(inside, limits=limits)
        edges = [*begins, inside.size]
        pieces = mended(inside) or reopened(inside, limits) if len(begins) < 2 else ()
    if pieces:
        return _of_pieces(file, name, pieces, limits, track)
    if len(begins) < 2:
        return reading.read_open(file, name, limits=limits, track=track)
    whole: FileSound | None = None
    why: Refused | None = None
    try:
        whole = reading.read_open(file, name, limits=limits, track=track)
    except Refused as refusal:
        why = refusal
    parts = _each(file, name, edges, limits, track)
    least_s = whole.sound.seconds - limits.missing_max_s if whole else 0.0
    heard = [part for part in parts if part is not None]
    if heard and sum(part.sound.seconds for part in heard) >= least_s:
        return _together(parts, limits)
    if whole is not None:
        return whole
    raise why or Refused("recording.damaged", file=name)


def _of_pieces(
    file: IO[bytes], name: str, pieces: Pieces, limits: Decoding, track: int | None
) -> FileSound:
    """Read what pieces of a file are together; the rest of it is said to be skipped."""
    size = os.fstat(file.fileno()).st_size
    with tempfile.TemporaryFile() as kept:
        shutil.copyfileobj(View(file, pieces), kept, limits.block_samples)
        skipped = size - kept.tell()
        kept.seek(0)
        found = reading.read_open(kept, name, limits=limits, track=track)
    notes = [*found.notes]
    if skipped > 0:  # nothing is where whole fragments are gone, and less where a hole is filled
        notes.append(Note("recording.bytes_skipped", {"bytes": skipped}))
    last = pieces[-1]
    if (
        not isinstance(last, bytes)
        and last[1] < size
        and not any(note.code in NO_END for note in notes)
    ):
        notes.append(Note("recording.no_end", {"at_s": found.sound.end_s}, "caution"))
    return replace(found, notes=tuple(notes))


def _each(
    file: IO[bytes], name: str, edges: Sequence[int], limits: Decoding, track: int | None
) -> list[FileSound | None]:
    """Read each recording by itself; None for one of which nothing can be decoded."""
    found: list[FileSound | None] = []
    for first, end in pairwise(edges):
        with tempfile.TemporaryFile() as part:
            file.seek(first)
            for at in range(first, end, limits.block_samples):
                part.write(file.read(min(limits.block_samples, end - at)))
            part.seek(0)
            found.append(None)
            with suppress(Refused):
                found[-1] = reading.read_open(part, name, limits=limits, track=track)
    return found


def _together(parts: Sequence[FileSound | None], limits: Decoding) -> FileSound:
    """Lay what was read on one clock, and say what was not."""
    heard = [part for part in parts if part is not None]
    whole = in_order(heard, limits, of="recording.joined") if len(heard) > 1 else heard[0]
    return replace(whole, notes=(*whole.notes, *_unread(parts)))


def _unread(parts: Sequence[FileSound | None]) -> Iterator[Note]:
    at_s = 0.0
    for number, part in enumerate(parts, 1):
        if part is not None:
            at_s += part.sound.samples.shape[1] / RATE_HZ
            continue
        fields = {"part": number, "n": len(parts)}
        yield Note("recording.piece_unread", fields, "caution", (Span(at_s, at_s),))
