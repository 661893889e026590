"""Containers of plain samples: RIFF, RF64, W64, AIFF, CAF and AU, as far as their bytes go.

Conventions
-----------
A header is believed as far as the file bears it out. Where it promises more than there is, what is
there is read; where it promises less and no other chunk follows, it was never updated, and all is
read. What is not plain samples (ADPCM, GSM, MP3, AAC) has no parts here; how much of its bytes is
there is said all the same.
"""

import struct
from dataclasses import replace
from math import inf, isfinite

from diarize.errors import Refused
from diarize.messages import Note
from diarize.recording.emptied import emptied
from diarize.recording.views import Contents, Layout, Part, Walked
from diarize.settings import Decoding

__all__ = ["aiff", "au", "caf", "riff", "w64"]

# Lengths that streaming recorders write where they do not know: 0, and what they think is endless.
_ENDLESS = ((0x7EFF_F000, 0x8000_1000), (0xFFFF_FF00, 0xFFFF_FFFF))
_KNOWN = (b"LIST", b"bext", b"iXML", b"id3 ", b"ID3 ", b"cue ", b"smpl", b"fact", b"JUNK", b"PEAK")
_PCM = {1: "PCM_U8", 2: "PCM_16", 3: "PCM_24", 4: "PCM_32"}
_FLOAT = {4: "FLOAT", 8: "DOUBLE"}
_W64_TAIL = bytes.fromhex("f3acd3118cd100c04f8edb8a")  # of every chunk's name but the first
_W64_FIRST = 40


def riff(file: Contents, limits: Decoding) -> Walked:
    """Walk through a wav file, or through several that lie behind each other."""
    parts: list[Walked] = []
    at = file.start
    while file.at(at, 4) in (b"RIFF", b"RIFX", b"RF64", b"BW64") and file.at(at + 8, 4) == b"WAVE":
        found, at = _one_riff(file, at, limits)
        parts.append(found)
        if not found.parts:
            return found
    return _behind_each_other(parts)


def w64(file: Contents, limits: Decoding) -> Walked:
    """Walk through a Sony Wave64 file."""
    at, layout = file.start + _W64_FIRST, None
    while len(head := file.at(at, 24)) == 24:
        length = struct.unpack("<Q", head[16:])[0] - 24
        if head[:4] == b"fmt " and head[4:16] == _W64_TAIL:
            layout = _wave_layout(file.at(at + 24, 40), "LITTLE")
        if head[:4] == b"data":
            promised = length if 0 < length < 1 << 62 else None
            return _plain(file, layout, at + 24, promised, limits)
        at += (24 + max(0, length) + 7) // 8 * 8
    raise Refused("recording.no_sound", file=file.name)


def aiff(file: Contents, limits: Decoding) -> Walked:
    """Walk through an AIFF or AIFF-C file, or through several that lie behind each other."""
    found = []
    at = file.start
    while file.at(at, 4) == b"FORM" and file.at(at + 8, 4) in (b"AIFF", b"AIFC"):
        end = at + 8 + struct.unpack(">I", file.at(at + 4, 4))[0]
        another = file.at(end, 4) == b"FORM"
        one = replace(file, start=at, size=end if another else file.size)
        found.append(_one_aiff(one, limits))
        if not found[-1].parts:
            return found[-1]
        at = one.size
    return _behind_each_other(found)


def _one_aiff(file: Contents, limits: Decoding) -> Walked:
    at, layout = file.start + 12, None
    while len(head := file.at(at, 8)) == 8:
        tag, length = struct.unpack(">4sI", head)
        if tag == b"COMM":
            layout = _aiff_layout(file, at + 8)
        if tag == b"SSND":
            skip = struct.unpack(">I", file.at(at + 8, 4).rjust(4, b"\0"))[0] + 8
            unknown = length <= 8 or length >= _ENDLESS[0][0]
            return _plain(file, layout, at + 8 + skip, None if unknown else length - skip, limits)
        at += 8 + length + length % 2
    raise Refused("recording.no_sound", file=file.name)


def caf(file: Contents, limits: Decoding) -> Walked:
    """Walk through a Core Audio file."""
    at, layout = file.start + 8, None
    while len(head := file.at(at, 12)) == 12:
        tag, length = struct.unpack(">4sq", head)
        if tag == b"desc":
            layout = _caf_layout(file, at + 12)
        if tag == b"data":
            return _plain(file, layout, at + 16, None if length <= 4 else length - 4, limits)
        at += 12 + max(0, length)
    raise Refused("recording.no_sound", file=file.name)


def au(file: Contents, limits: Decoding) -> Walked:
    """Walk through a Sun or NeXT file."""
    first, length, code, rate, channels = struct.unpack(">5I", file.at(4, 20))
    subtypes = {1: "ULAW", 2: "PCM_S8", 3: "PCM_16", 4: "PCM_24", 5: "PCM_32", 6: "FLOAT",
                7: "DOUBLE", 27: "ALAW"}  # fmt: skip
    size = {1: 1, 2: 1, 3: 2, 4: 3, 5: 4, 6: 4, 7: 8, 27: 1}.get(code, 0)
    layout = Layout(rate, channels, subtypes[code], "BIG", size * channels) if size else None
    return _plain(file, layout, first, None if length in (0, 0xFFFFFFFF) else length, limits)


def _one_riff(file: Contents, start: int, limits: Decoding) -> tuple[Walked, int]:
    """Walk through one wav file; gives where the next may begin."""
    endian, order = ("BIG", ">") if file.at(start, 4) == b"RIFX" else ("LITTLE", "<")
    large = file.at(start, 4) in (b"RF64", b"BW64")
    at, layout, wide, form = start + 12, None, 0, b""
    while len(head := file.at(at, 8)) == 8:
        tag, length = struct.unpack(order + "4sI", head)
        if tag == b"ds64" and large:
            wide = struct.unpack("<Q", file.at(at + 16, 8).ljust(8, b"\0"))[0]
        if tag == b"fmt ":
            form = file.at(at + 8, min(length, 40))
            layout = _wave_layout(form, endian)
        if tag == b"data":
            promised = _promised(wide if large and length == 0xFFFFFFFF else length)
            end = _next_riff(file, at + 8, promised)
            inside = replace(file, size=end)
            found = _plain(inside, layout, at + 8, promised, limits)
            if layout is None:
                found = replace(found, bad=emptied(file, form, at + 8, end, limits))
            more = _further(inside, layout, at + 8 + (promised or end), order, limits)
            return _behind_each_other([found, *more]) if more else found, end
        at = _behind(file, at, length)
    raise Refused("recording.no_sound", file=file.name)


def _further(
    file: Contents, layout: Layout | None, at: int, order: str, limits: Decoding
) -> list[Walked]:
    """Give the samples that stand in further pieces, as a recorder that pauses writes them."""
    found: list[Walked] = []
    while layout is not None and len(head := file.at(at, 8)) == 8:
        tag, length = struct.unpack(order + "4sI", head)
        if not head[:4].strip().isalnum() or length > file.size - at - 8:
            break
        if tag == b"data" and length:
            piece = replace(file, size=at + 8 + length)
            found.append(_plain(piece, layout, at + 8, length, limits))
        at += 8 + length + length % 2
    return found


def _behind(file: Contents, at: int, length: int) -> int:
    """Give where the next chunk begins: not every recorder pads odd ones, or knows their length."""
    end = at + 8 + length
    if length % 2 and file.at(end, 4) not in (b"data", b"fmt "):
        end += 1
    if end < file.size:
        return end
    sound = file.find(b"data", at + 8)
    return sound if sound >= 0 else end


def _promised(length: int) -> int | None:
    endless = any(least <= length <= most for least, most in _ENDLESS)
    return None if length == 0 or endless else length


def _next_riff(file: Contents, first: int, promised: int | None) -> int:
    """Give where another wav file begins after this one, or the end of this file."""
    at = first + (promised or 0)
    while (at := file.find(b"WAVEfmt ", at)) >= 0:
        begins = at - 8
        if begins >= first and file.at(begins, 4) in (b"RIFF", b"RF64"):
            return begins
        at += 1
    return file.size


def _wave_layout(body: bytes, endian: str) -> Layout | None:
    """Read a format chunk; None for what is not plain samples."""
    if len(body) < 16:
        return None
    order = ">" if endian == "BIG" else "<"
    code, channels, rate, _, align, bits = struct.unpack(order + "HHIIHH", body[:16])
    if code == 0xFFFE and len(body) >= 26:
        code = struct.unpack(order + "H", body[24:26])[0]
    width = align // channels if channels else 0
    if code in (1, 3):  # samples may stand in wider places, never in narrower ones
        width = max(width, (bits + 7) // 8)
    subtype = {1: _PCM.get(width), 3: _FLOAT.get(width), 6: "ALAW", 7: "ULAW"}.get(code)
    if subtype is None or (code in (6, 7) and width != 1):
        return None
    return Layout(rate, channels, subtype, endian, width * channels)


def _aiff_layout(file: Contents, at: int) -> Layout | None:
    body, named = file.at(at, 22), file.at(file.start + 8, 4) == b"AIFC"
    if len(body) < 18:
        return None
    channels, _, bits, exponent, mantissa = struct.unpack(">HIHHQ", body[:18])
    power = (exponent & 0x7FFF) - 16383 - 63
    rate = _rate(mantissa * 2.0**power if power < 0 else inf, file)
    kind = body[18:22] if named else b"NONE"
    width = (bits + 7) // 8
    whole = {**_PCM, 1: "PCM_S8"}.get(width)
    subtypes = {b"NONE": whole, b"twos": whole, b"in24": "PCM_24", b"in32": "PCM_32",
                b"sowt": whole, b"raw ": "PCM_U8", b"fl32": "FLOAT", b"FL32": "FLOAT",
                b"fl64": "DOUBLE", b"FL64": "DOUBLE", b"alaw": "ALAW", b"ALAW": "ALAW",
                b"ulaw": "ULAW", b"ULAW": "ULAW"}  # fmt: skip
    subtype = subtypes.get(kind)
    width = {"ALAW": 1, "ULAW": 1, "FLOAT": 4, "DOUBLE": 8, "PCM_U8": 1}.get(subtype or "", width)
    endian = "LITTLE" if kind == b"sowt" else "BIG"
    return Layout(rate, channels, subtype, endian, width * channels) if subtype else None


def _caf_layout(file: Contents, at: int) -> Layout | None:
    body = file.at(at, 32)
    if len(body) < 32:
        return None
    said, kind, flags, step, _, channels, _ = struct.unpack(">d4s5I", body)
    width = step // channels if channels else 0
    whole = {**_PCM, 1: "PCM_S8"}
    plain = _FLOAT.get(width) if flags & 1 else whole.get(width)
    subtype = {b"lpcm": plain, b"alaw": "ALAW", b"ulaw": "ULAW"}.get(kind)
    endian = "LITTLE" if flags & 2 else "BIG"
    return Layout(_rate(said, file), channels, subtype, endian, step) if subtype else None


def _rate(said: float, file: Contents) -> int:
    """Give samples a second that a head says as a fraction."""
    if not isfinite(said):
        raise Refused("recording.damaged", file=file.name)
    return round(said)


def _plain(
    file: Contents, layout: Layout | None, start: int, promised: int | None, limits: Decoding
) -> Walked:
    """Say what of plain samples is there, beside what was promised (bytes, None for unknown)."""
    present = max(0, file.size - start)
    if layout is None:
        return Walked(there=min(1.0, present / promised) if promised else 1.0)
    if layout.step == 0:
        raise Refused("recording.damaged", file=file.name)
    if promised and promised > limits.duration_max_h * 3600 * layout.bytes_per_s > present:
        promised = None  # no session is that long: what a recorder wrote that did not know
    if present == 0:
        raise Refused("recording.no_sound", file=file.name)
    notes: tuple[Note, ...] = ()
    read = present if promised is None else min(present, promised)
    if promised is None:
        notes = (Note("recording.length_unknown"),)
    elif _goes_on(file, start + promised, limits.missing_max_s * layout.bytes_per_s):
        lengths = {"said_s": promised / layout.bytes_per_s, "there_s": present / layout.bytes_per_s}
        notes = (Note("recording.header_short", lengths),)
        read = promised = present
    part = Part(((start, start + read // layout.step * layout.step),), layout=layout)
    whole = read if promised is None else promised
    return Walked((part,), whole / layout.bytes_per_s, (), notes)


def _goes_on(file: Contents, at: int, least: float) -> bool:
    """Whether sound goes on where the header says that it ends: neither chunks nor zeros follow."""
    if file.size - at < least or _is_chunks(file, at):
        return False
    return any(file.at(first, 1 << 16).strip(b"\0") for first in range(at, file.size, 1 << 16))


def _is_chunks(file: Contents, at: int) -> bool:
    """Whether chunks follow, to the end of the file."""
    at += (at - file.start) % 2 if not file.at(at, 4).isalnum() else 0
    while file.size - at >= 8:
        head = file.at(at, 8)
        if head[:4] in _KNOWN:
            return True
        if not all(32 <= letter < 127 for letter in head[:4]):
            return False
        lengths = (struct.unpack(order + "I", head[4:])[0] for order in "<>")
        length = next((n for n in lengths if at + 8 + n <= file.size), None)
        if length is None:
            return False
        at += 8 + length + length % 2
    return True


def _behind_each_other(found: list[Walked]) -> Walked:
    """Put what was found behind each other on one clock."""
    joints: list[float] = []
    parts: list[Part] = []
    clock = 0.0
    for one in found:
        joints += [clock, *(clock + at for at in one.joints)]
        parts += [replace(part, at_s=clock + (part.at_s or 0.0)) for part in one.parts]
        clock += one.promised_s or 0.0
    notes = tuple(note for one in found for note in one.notes)
    return Walked(tuple(parts), clock, tuple(joints[1:]), notes)
