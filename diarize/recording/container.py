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
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import IO

from diarize.errors import Refused
from diarize.messages import message
from diarize.recording import flac, framed, headers, mpeg, ogg, plain
from diarize.recording.fragments import boxes
from diarize.recording.views import Contents, Walked
from diarize.runtime.atomic import open_regular
from diarize.settings import Decoding

__all__ = [
    "ENDINGS",
    "KINDS",
    "Kind",
    "beginnings",
    "check_recording",
    "contents",
    "is_recording",
    "kind_of",
    "walked",
]

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
    again : (bytes, int), optional
        What stands in the beginning of such a file and, but for chance, nowhere in it, and how far
        from its first byte: by this others are found that were joined to it byte by byte. None
        where the walk finds them, or frames alone follow each other.
    """

    name: str
    begins: bytes
    endings: str
    walk: _Walk | None = None
    promises: bool = False
    again: tuple[bytes, int] | None = None


# To read another kind, add a row.
KINDS: tuple[Kind, ...] = (
    Kind("wav", rb"(RIFF|RIFX|RF64|BW64)....WAVE", "wav wave bwf rf64", plain.riff, True,
         (b"WAVE", 8)),
    Kind("w64", rb"riff\x2e\x91\xcf\x11", "w64", plain.w64, True,
         (b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00", 0)),
    Kind("aiff", rb"FORM....AIF[FC]", "aif aiff aifc", plain.aiff, True, (b"AIF", 8)),
    Kind("caf", rb"caff\x00\x01", "caf", plain.caf, True, (b"caff\x00\x01\x00\x00desc", 0)),
    Kind("au", rb"\.snd", "au snd", plain.au, True, (b".snd\x00\x00", 0)),
    Kind("flac", rb"fLaC", "flac", flac.walk),
    Kind("ogg", rb"OggS", "ogg oga opus spx ogv", ogg.walk),
    Kind("mov", rb"....(ftyp|moov|mdat|wide|free|skip|pnot)",
         "m4a mp4 m4b m4v mov qt qta 3gp 3g2", framed.boxes, True, (b"ftyp", 4)),
    Kind("matroska", rb"\x1a\x45\xdf\xa3", "webm weba mkv mka", headers.matroska,
         again=(b"\x1a\x45\xdf\xa3", 0)),
    Kind("asf", rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "wma wmv asf", headers.asf,
         again=(b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c", 0)),
    Kind("avi", rb"RIFF....AVI[ X]", "avi", headers.avi, again=(b"AVI LIST", 8)),
    Kind("flv", rb"FLV\x01", "flv", headers.flv, again=(b"FLV\x01", 0)),
    Kind("mpegts", rb"(?:.{4})?(?:\x47.{187}(?:.{4})?){2}\x47", "ts mts m2ts", framed.packets),
    Kind("mpeg", rb"\x00\x00\x01\xba", "mpg mpeg vob"),
    Kind("amr", rb"#!AMR", "amr awb", framed.amr, again=(b"#!AMR", 0)),
    Kind("ac3", rb"\x0b\x77", "ac3", framed.ac3),
    Kind("dts", rb"\x7f\xfe\x80\x01", "dts", framed.dts),
    Kind("mxf", rb"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01\x01\x02", "mxf",
         promises=True, again=(b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01\x01\x02", 0)),
    Kind("aac", rb"\xff[\xf0\xf1\xf8\xf9]", "aac", framed.adts),
    Kind("dss", rb"[\x02\x03]dss", "dss"),
    Kind("wv", rb"wvpk", "wv", promises=True, again=(b"wvpk", 0)),
    Kind("ape", rb"MAC ", "ape", promises=True, again=(b"MAC ", 0)),
    Kind("tta", rb"TTA1", "tta", promises=True, again=(b"TTA1", 0)),
    Kind("voc", rb"Creative Voice File\x1a", "voc", headers.voc,
         again=(b"Creative Voice File\x1a", 0)),
    Kind("nistsphere", rb"NIST_1A\n", "sph", promises=True, again=(b"NIST_1A\n", 0)),
    Kind("gsm", rb"(?:[\xd0-\xdf].{32}){8}", "gsm"),
    Kind("mp3", rb"\xff[\xe2-\xef\xf2-\xf7\xfa-\xff]", "mp3 mp2 mpga", mpeg.walk),
)  # fmt: skip
ENDINGS = tuple(f".{ending}" for kind in KINDS for ending in kind.endings.split())
_HEAD = 4096  # a block of most disks, too
_EMPTY_MOST = 1 << 24
_FIRST_BLOCK = b"".join(rb"\x%02x" % n for n in range(256) if n & 8)
# What a beginning looks like beyond its mark, where that alone could be chance.
_BEGINS = {
    "wav": rb"(RIFF|RIFX|RF64|BW64)....WAVE(fmt |ds64|JUNK|junk|bext|LIST|fact|PAD )",
    # the first of the blocks that hold sample 0
    "wv": rb"wvpk.{4}[\x02-\x10]\x04.{6}\x00{4}.{4}.[" + _FIRST_BLOCK + rb"]",
    "aiff": rb"FORM....AIF[FC](COMM|FVER|SSND|NAME|COMT|MARK|ANNO|ID3 )",
    "au": rb"\.snd\x00\x00.{6}\x00\x00\x00[\x01-\x1b]\x00[\x00-\x05]",
    "mov": rb"\x00\x00\x00[\x10-\x7f]ftyp[A-Za-z0-9 ]{4}",
    "matroska": rb"\x1a\x45\xdf\xa3.{1,60}\x42\x82.(matroska|webm)",
    "flv": rb"FLV\x01[\x01\x04\x05]\x00\x00\x00\x09\x00{4}",
    "amr": rb"#!AMR(-WB)?\n",
}
_MP3 = KINDS[-1]
_OF_FRAMES = ("aac", "ac3", "mpegts")  # joined, these show no new head
# What people have in a recording's place, by its first bytes. To name another, add a row and its
# sentence, `recording.kind_…`.
_OTHERS = {
    "dictation": rb"\x03(ds2|enc)",
    "project": rb"SQLite format 3\x00",
    "page": rb"(\xef\xbb\xbf)?\s*<(!doctype html|html|!--|head)",
    "archive": rb"PK\x03\x04|Rar!|7z\xbc\xaf|\x1f\x8b",
    "document": rb"%PDF-|\{\\rtf|\xd0\xcf\x11\xe0",
    "picture": rb"\xff\xd8\xff|\x89PNG",
    "placeholder": rb"bplist00|book\x00{4}mark|L\x00{3}\x01\x14\x02\x00",
}
_TEXT = re.compile(rb"[\t\n\f\r\x20-\x7e\x80-\xff]+")  # no byte that only steers


@contextmanager
def contents(file: IO[bytes], name: str) -> Iterator[Contents]:
    """Map a file into memory, to be looked at.

    Raises
    ------
    Refused
        If it is empty, or shorter than the first word of any recording.
    """
    size = os.fstat(file.fileno()).st_size
    if size < 12:
        raise Refused("recording.no_sound" if size else "recording.empty_file", file=name)
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        yield Contents(data, 0, size, name)


def is_recording(file: IO[bytes]) -> bool:
    """Whether a file is of a kind that is read, by its first bytes."""
    head = file.read(_HEAD)
    kind = _known(head)
    if kind is _MP3:  # whose first bytes begin much else
        return mpeg.is_frames(Contents(head, 0, len(head), ""), 0)
    return head[:3] == b"ID3" or kind is not None


def check_recording(path: Path) -> None:
    """Look at how a file begins; nothing is decoded.

    Raises
    ------
    Refused
        If it is of no kind that is read, which is said as far as it is known, or cannot be read.
    """
    with open_regular(path) as file, contents(file, str(path)) as held:
        kind_of(held)


def kind_of(file: Contents) -> tuple[Kind, Contents]:
    """Say of which kind a file is; gives its contents from behind the tags in front.

    Raises
    ------
    Refused
        If it is of none.
    """
    file = _behind_tags(file)
    head = file.at(file.start, _HEAD)
    kind = _known(head)
    if kind is None or (kind is _MP3 and not mpeg.is_frames(file, file.start)):
        _refuse_others(head, file.name)
        behind = _behind_zeros(file, head)
        if behind is not None:
            return behind
        first = mpeg.first_frames(file)
        if first is None:
            if _TEXT.fullmatch(head):
                kind_text = message("recording.kind_text")
                raise Refused("recording.other_kind", file=file.name, kind=kind_text)
            raise Refused("recording.unknown_format", file=file.name)
        kind, file = _MP3, replace(file, start=first)
    return kind, file


def _behind_zeros(file: Contents, head: bytes) -> tuple[Kind, Contents] | None:
    """Give a recording that a recovery program put behind empty blocks; None where none is."""
    if head.strip(b"\0"):
        return None
    for at in range(file.start + len(head), min(file.size, file.start + _EMPTY_MOST), _HEAD):
        body = file.at(at, _HEAD)
        if body.strip(b"\0"):
            kind = _known(body)
            return None if kind is None or kind is _MP3 else (kind, replace(file, start=at))
    return None


def _refuse_others(head: bytes, name: str) -> None:
    """Say what a file is that is plainly something else than a recording."""
    for what, begins in _OTHERS.items():
        if re.match(begins, head, re.IGNORECASE):
            why = message(f"recording.kind_{what}")
            raise Refused("recording.other_kind", file=name, kind=why)


def walked(kind: Kind, file: Contents, *, limits: Decoding) -> Walked:
    """Walk through a file.

    Raises
    ------
    Refused
        If it holds no sound, or was never finished.
    """
    if kind.name == "mov":
        _check_index(file)
    return kind.walk(file, limits) if kind.walk else Walked()


def beginnings(file: Contents, *, limits: Decoding) -> tuple[int, ...]:
    """Say where recordings begin that were joined byte by byte, the first of all included.

    None are given of a kind that is not known by its first bytes, and where its walk, or the
    ffmpeg program, goes through all of them.
    """
    file = _behind_tags(file)
    kind = _known(file.at(file.start, _HEAD))
    if kind is None:
        return ()
    if kind.again is None:
        others = kind.walk(file, limits).begins if kind.walk and kind.name in _OF_FRAMES else ()
        return (file.start, *others[: limits.joined_max]) if others else ()
    again = islice(_again(kind, *kind.again, file), limits.joined_max)
    found = [file.start, *again]
    if len(found) == 1:
        return ()
    with suppress(Refused):
        if len(walked(kind, file, limits=limits).joints) == len(found) - 1:
            return ()
    return tuple(found)


def _again(kind: Kind, mark: bytes, before: int, file: Contents) -> Iterator[int]:
    """Give where a kind begins again."""
    at = file.start + before
    pattern = re.compile(_BEGINS.get(kind.name, kind.begins), re.DOTALL)
    while (at := file.find(mark, at + 1)) >= 0:
        if pattern.match(file.at(at - before, _HEAD)):
            yield at - before


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
    if not any(kind in (b"moov", b"moof") for _, kind, _ in boxes(file, file.start, file.size)):
        raise Refused("recording.no_index", file=file.name)
