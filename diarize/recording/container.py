"""What a recording's file is: one table of the kinds that are read, by their first bytes.

Conventions
-----------
A kind is known by what a file holds, never by its name. Kinds with a walk are decoded by libsndfile
as far as their walk has parts; everything else, and what libsndfile cannot finish, by the ffmpeg
program if the machine has one.
"""

import mmap
import os
import re
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import IO

from diarize.errors import Refused
from diarize.messages import Note
from diarize.recording import flac, framed, headers, mpeg, ogg, plain
from diarize.recording.views import Contents, Walked
from diarize.settings import Decoding

__all__ = ["ENDINGS", "KINDS", "Kind", "contents", "is_recording", "kind_of", "walked"]

_Walk = Callable[[Contents, Decoding], Walked]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file.

    Parameters
    ----------
    name : str
        What the ffmpeg program calls its reader.
    begins : str
        A pattern of its first bytes.
    endings : str
        What such files are called, without a dot, with spaces between.
    walk : callable, optional
        What says which parts libsndfile decodes, and what the file promises.
    promises : bool
        Whether its header says of each track how long it is.
    one : bool
        Whether the ffmpeg program reads only the first of several that were joined byte by byte.
    """

    name: str
    begins: bytes
    endings: str
    walk: _Walk | None = None
    promises: bool = False
    one: bool = False


# To read another kind, add a row.
KINDS: tuple[Kind, ...] = (
    Kind("wav", rb"(RIFF|RIFX|RF64|BW64)....WAVE", "wav wave bwf rf64", plain.riff, True),
    Kind("w64", rb"riff\x2e\x91\xcf\x11", "w64", plain.w64, True),
    Kind("aiff", rb"FORM....AIF[FC]", "aif aiff aifc", plain.aiff, True),
    Kind("caf", rb"caff\x00\x01", "caf", plain.caf, True, True),
    Kind("au", rb"\.snd", "au snd", plain.au, True),
    Kind("flac", rb"fLaC", "flac", flac.walk),
    Kind("ogg", rb"OggS", "ogg oga opus spx ogv", ogg.walk),
    Kind("mov", rb"....(ftyp|moov|mdat|wide|free|skip|pnot)",
         "m4a mp4 m4b m4v mov qt qta 3gp 3g2", framed.boxes, True, True),
    Kind("matroska", rb"\x1a\x45\xdf\xa3", "webm weba mkv mka", headers.matroska),
    Kind("asf", rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "wma wmv asf", headers.asf, one=True),
    Kind("avi", rb"RIFF....AVI[ X]", "avi", headers.avi),
    Kind("flv", rb"FLV\x01", "flv", headers.flv, one=True),
    Kind("mpegts", rb"(?:.{4})?(?:\x47.{187}(?:.{4})?){2}\x47", "ts mts m2ts", framed.packets),
    Kind("mpeg", rb"\x00\x00\x01\xba", "mpg mpeg vob"),
    Kind("amr", rb"#!AMR", "amr awb", framed.amr),
    Kind("ac3", rb"\x0b\x77", "ac3", framed.ac3),
    Kind("aac", rb"\xff[\xf0\xf1\xf8\xf9]", "aac", framed.adts),
    Kind("dss", rb"[\x02\x03]dss", "dss"),
    Kind("wv", rb"wvpk", "wv", promises=True),
    Kind("ape", rb"MAC ", "ape", promises=True),
    Kind("tta", rb"TTA1", "tta", promises=True),
    Kind("nistsphere", rb"NIST_1A\n", "sph", promises=True),
    Kind("gsm", rb"(?:[\xd0-\xdf].{32}){8}", "gsm"),
    Kind("mp3", rb"\xff[\xe2-\xef\xf2-\xf7\xfa-\xff]", "mp3 mp2 mpga", mpeg.walk),
)  # fmt: skip
ENDINGS = tuple(f".{ending}" for kind in KINDS for ending in kind.endings.split())
_HEAD = 4096
_MARK = 16  # first bytes by which the beginning of another recording is known
_MP3 = KINDS[-1]


@contextmanager
def contents(file: IO[bytes], name: str) -> Iterator[Contents]:
    """Map a file into memory, to be looked at.

    Raises
    ------
    Refused
        If it is empty.
    """
    size = os.fstat(file.fileno()).st_size
    if size < 12:
        raise Refused("recording.empty_file", file=name)
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        yield Contents(data, 0, size, name)


def is_recording(file: IO[bytes]) -> bool:
    """Whether a file is of a kind that is read, by its first bytes."""
    head = file.read(_HEAD)
    kind = _known(head)
    if kind is _MP3:  # whose first bytes begin much else
        return mpeg.is_frames(Contents(head, 0, len(head), ""), 0)
    return head[:3] == b"ID3" or kind is not None


def kind_of(file: Contents) -> tuple[Kind, Contents]:
    """Say of which kind a file is; gives its contents from behind the tags in front.

    Raises
    ------
    Refused
        If it is of none, or was never finished.
    """
    file = _behind_tags(file)
    kind = _known(file.at(file.start, _HEAD))
    if kind is None or (kind is _MP3 and not mpeg.is_frames(file, file.start)):
        first = mpeg.first_frames(file)
        if first is None:
            raise Refused("recording.unknown_format", file=file.name)
        kind, file = _MP3, replace(file, start=first)
    if kind.name == "mov":
        _check_index(file)
    return kind, file


def walked(kind: Kind, file: Contents, *, limits: Decoding) -> Walked:
    """Walk through a file; in kinds that have no walk only a second recording is looked for.

    Raises
    ------
    Refused
        If it holds no sound.
    """
    found = kind.walk(file, limits) if kind.walk else Walked()
    begins = file.at(file.start, _MARK)
    if kind.one and not found.parts and file.find(begins, file.start + _MARK) >= 0:
        more = Note("recording.more_inside", severity="caution")
        return replace(found, notes=(*found.notes, more))
    return found


def _known(head: bytes) -> Kind | None:
    return next((kind for kind in KINDS if re.match(kind.begins, head, re.DOTALL)), None)


def _behind_tags(file: Contents) -> Contents:
    """Step over ID3 tags, which stand in front of anything."""
    while (length := mpeg.tag(file, file.start)) and file.at(file.start, 3) == b"ID3":
        if file.start + length >= file.size:
            raise Refused("recording.no_sound", file=file.name)
        file = replace(file, start=file.start + length)
    return file


def _check_index(file: Contents) -> None:
    """Refuse an mp4 whose index is missing: a recorder writes it last of all."""
    at = file.start
    while len(head := file.at(at, 16)) >= 8:
        length, kind = struct.unpack(">I4s", head[:8])
        if kind in (b"moov", b"moof"):
            return
        if length == 1 and len(head) == 16:
            length = struct.unpack(">Q", head[8:])[0]
        if length < 8:
            break
        at += length
    raise Refused("recording.no_index", file=file.name)
