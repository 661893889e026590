"""Fifteenth round of recordings: written, with what is right, before any was made.

Conventions
-----------
As of `benchmarks.shared.sound_cases`: a byte lost within plain samples, heads that say another
number of channels, blocks a recorder wrote twice, coders without checksums in which bytes went bad,
what a Mac leaves beside a file, old machines' containers.
"""

import struct

import numpy as np

from benchmarks.shared.sound_cases import LENGTH_S, RATE, Change, SoundCase, twice, without, zeros

__all__ = ["FIFTEENTH_SOUNDS"]

_INSIDE = ("missing_inside", "bytes_skipped", "damaged_inside")
_OTHER = ("other_kind", "unknown_format", "damaged")
_CUT = ("cut_short",)
_PICTURE = "-f lavfi -i testsrc=size=64x64:rate=10:d=100 -i base.wav"


def _byte_lost(data: bytes) -> bytes:
    """Lose one byte in the middle of two-byte samples: all behind it is noise as it stands."""
    at = 44 + (len(data) - 44) // 2 // 2 * 2
    return data[:at] + data[at + 1 :]


def _swapped(data: bytes) -> bytes:
    """Write the samples with their bytes in the other order, and leave the head as it was."""
    at = data.find(b"data") + 8
    return data[:at] + np.frombuffer(data[at:], "<i2").byteswap().tobytes()


def _says(offset: int, value: int, form: str) -> Change:
    """Write a number into the head's description of samples."""

    def change(data: bytes) -> bytes:
        at = data.find(b"fmt ") + 8 + offset
        written = struct.pack(form, value)
        return data[:at] + written + data[at + len(written) :]

    return change


def _stutters(data: bytes) -> bytes:
    """Let a recorder write the same five seconds twice, twice in a session."""
    at, size = 44, 5 * RATE * 2
    first, second = at + 4 * size, at + 12 * size
    return data[: first + size] + data[first : second + size] + data[second:]


def _rotten(first: float, end: float, every: int) -> Change:
    """Change a byte every so often between two shares of a file."""

    def change(data: bytes) -> bytes:
        out = bytearray(data)
        for at in range(int(first * len(out)), int(end * len(out)), every):
            out[at] ^= 0x5A
        return bytes(out)

    return change


def _counts_less(data: bytes) -> bytes:
    """Let the head of an MP3 count half of its frames."""
    at = max(data.find(b"Xing"), data.find(b"Info")) + 8
    count = struct.unpack(">I", data[at : at + 4])[0] // 2
    return data[:at] + struct.pack(">I", count) + data[at + 4 :]


def _resource(data: bytes) -> bytes:
    """Give what a Mac writes beside a file on another system's disk."""
    return (struct.pack(">II", 0x00051607, 0x00020000) + b"Mac OS X        "
            + struct.pack(">H", 2) + struct.pack(">III", 9, 50, 3760)
            + struct.pack(">III", 2, 3810, 286)).ljust(4096, b"\0")  # fmt: skip


def _duration_40(data: bytes) -> bytes:
    """Let an M4A's two heads say that it lasts 40 % of what its table of samples holds."""
    out = bytearray(data)
    for name in (b"mvhd", b"mdhd", b"tkhd"):
        at = out.find(name) + 4 + (20 if name == b"tkhd" else 16)
        out[at : at + 4] = struct.pack(">I", struct.unpack(">I", out[at : at + 4])[0] * 2 // 5)
    return bytes(out)


def _sony(data: bytes) -> bytes:
    return b"MS_VOICE" + bytes(56) + data[44:100_000]


def _big_riff(data: bytes) -> bytes:
    """Give the same file as RIFX: every number the other way round."""
    at = data.find(b"data")
    size = len(data) - at - 8
    form = struct.pack(">HHIIHH", 1, 1, RATE, 2 * RATE, 2, 16)
    body = b"WAVEfmt " + struct.pack(">I", 16) + form + b"data" + struct.pack(">I", size)
    body += np.frombuffer(data[at + 8 :], "<i2").byteswap().tobytes()
    return b"RIFX" + struct.pack(">I", len(body)) + body


def _twice_the_middle_gone(data: bytes) -> bytes:
    """Join a file to itself with a tenth of the second overwritten."""
    return data + zeros(0.4, 0.5)(data)


FIFTEENTH_SOUNDS: tuple[SoundCase, ...] = (
    SoundCase("byte_lost.wav", "", _byte_lost, says=("byte_lost", *_INSIDE)),
    SoundCase("bytes_swapped.wav", "", _swapped, says=("bytes_swapped", "noise", *_OTHER)),
    SoundCase("says_two_channels.wav", "", _says(2, 2, "<H"),
              says=("channels_miscounted",)),
    SoundCase("stutters.wav", "", _stutters, 110.0, lost_s=10.0, behind_s=10.0,
              says=("written_twice",)),
    SoundCase("counts_less.mp3", "-b:a 64k", _counts_less),
    SoundCase("._session.wav", "", _resource, 0.0, says=_OTHER),
    SoundCase("says_40_s.m4a", "-c:a aac", _duration_40),
    SoundCase("dictaphone.dvf", "-f wav", _sony, 0.0, says=_OTHER),
    SoundCase("other_way_round.wav", "", _big_riff),
    SoundCase("bit_rot_lossless.m4a", "-c:a alac -movflags faststart", _rotten(0.4, 0.42, 997),
              says=_INSIDE, lost_s=-1.0),
    SoundCase("bit_rot_in.mka", "-c:a flac", _rotten(0.4, 0.42, 997), says=_INSIDE, lost_s=-1.0),
    SoundCase("hole_in.oga", "-c:a flac -f ogg", zeros(0.3, 0.4), lost_s=10.0, says=_INSIDE),
    SoundCase("vorbis_rot.webm", "-c:a libvorbis", _rotten(0.4, 0.5, 499), says=_INSIDE,
              lost_s=-1.0),
    SoundCase("opus_rot.webm", "-c:a libopus", _rotten(0.4, 0.5, 499), says=_INSIDE, lost_s=-1.0),
    SoundCase("hole.wav", "-c:a adpcm_ima_wav", zeros(0.4, 0.5), lost_s=10.0,
              says=(*_INSIDE, "dropouts", "dead_end")),
    SoundCase("gateway.g722", "-c:a g722 -f g722", seconds=0.0, says=_OTHER),
    SoundCase("old.ra", "-c:a real_144 -ar 8000 -f rm", seconds=0.0, says=_OTHER),
    SoundCase("joined_second_damaged.flac", "", _twice_the_middle_gone, 2 * LENGTH_S, lost_s=10.0,
              says=("joined",)),
    SoundCase("cut_joined.mka", "-c:a libopus", lambda data: twice(without(0.9, 1.0)(data)),
              lost_s=-1.0, says=("joined",), behind_s=0.0, seconds=200.0),
    SoundCase("dolby_plus.eac3", "-c:a eac3"),
    SoundCase("opus_hour_late.webm", "-c:a libopus -output_ts_offset 3600"),
    SoundCase("empty_picture_late.mp4", f"{_PICTURE} -map 0:v -map 1:a -c:v mpeg4 -c:a aac "
              "-movflags +frag_keyframe+empty_moov"),
    SoundCase("raw_telephone.ul", "-c:a pcm_mulaw -f mulaw -ar 8000", says=_OTHER, seconds=0.0),
)  # fmt: skip
