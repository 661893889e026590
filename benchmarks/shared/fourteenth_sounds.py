"""Fourteenth round of recordings: written, with what is right, before any was made.

Conventions
-----------
As of `benchmarks.shared.sound_cases`: recorders that lost their power or their card's room, uploads
that broke off or were taken up again, gateways that take sound for text, collections of research,
containers with codecs that they seldom hold, endings that are none, and what has no sound at all.
"""

import base64
import gzip
import struct
from collections.abc import Callable

import numpy as np

from benchmarks.shared.channel_cases import ChannelCase, Sound
from benchmarks.shared.sound_cases import LENGTH_S, RATE, Change, SoundCase, without, zeros

__all__ = ["FOURTEENTH_CHANNELS", "FOURTEENTH_SOUNDS"]

_TWO = 2 * LENGTH_S
_INSIDE = ("missing_inside", "bytes_skipped")
_OTHER = ("other_kind", "unknown_format", "damaged")
_CUT = ("cut_short",)
_UNKNOWN = ("length_unknown",)
_PICTURE = "-f lavfi -i testsrc=size=64x64:rate=10:d={} -i base.wav -map 0:v -map 1:a"


def _never_closed(data: bytes) -> bytes:
    """Write the head as a telephone does while it records: filled up, sizes of nothing."""
    at = data.find(b"data")
    filled = b"JUNK" + struct.pack("<I", 4000) + bytes(4000)
    head = b"RIFF" + struct.pack("<I", 4088) + b"WAVE" + filled + data[12:36]
    return head + b"data" + struct.pack("<I", 0) + data[at + 8 :]


def _long_head_unfilled(data: bytes) -> bytes:
    """Leave the sizes in an RF64's head at zero, as a recorder that lost its power does."""
    at = data.find(b"ds64") + 8
    return data[:at] + bytes(24) + data[at + 24 :]


def _wide_head_unfilled(data: bytes) -> bytes:
    """Leave the size of a Wave64's data at its head's own, and that of the file at zero."""
    at = data.find(b"data\xf3\xac")
    out = data[:16] + bytes(8) + data[24:]
    return out[: at + 16] + struct.pack("<Q", 24) + out[at + 24 :]


def _as_mail(data: bytes) -> bytes:
    head = b'Content-Type: audio/wav; name="s.wav"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    return head + base64.encodebytes(data).replace(b"\n", b"\r\n")


def _as_text(data: bytes) -> bytes:
    """Let a gateway take the bytes for text of another system: every line end becomes two."""
    return data.replace(b"\n", b"\r\n")


def _taken_up_again(data: bytes) -> bytes:
    """Let an upload that broke off at 60 % go on at 50 %."""
    return data[: int(0.6 * len(data))] + data[int(0.5 * len(data)) :]


def _valid_bits(data: bytes) -> bytes:
    """Say in an extended head that 24 of a sample's 32 bits are valid."""
    at = data.find(b"data")
    samples = np.frombuffer(data[at + 8 :], "<i4")
    guid = struct.pack("<H", 1) + bytes.fromhex("000000001000800000aa00389b71")
    form = struct.pack("<HHIIHHHHI", 0xFFFE, 1, RATE, 4 * RATE, 4, 32, 22, 24, 4) + guid
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form
    body += b"data" + struct.pack("<I", 4 * len(samples)) + (samples & ~0xFF).tobytes()
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _sphere(share: float) -> Change:
    """Give a collection's head of 1024 letters, and the part of the samples that is there."""

    def change(data: bytes) -> bytes:
        samples = data[data.find(b"data") + 8 :]
        head = (
            "NIST_1A\n   1024\n"
            f"sample_count -i {len(samples) // 2}\nsample_rate -i {RATE}\nchannel_count -i 1\n"
            "sample_n_bytes -i 2\nsample_byte_format -s2 01\nsample_coding -s3 pcm\n"
            "sample_sig_bits -i 16\nend_head\n"
        )
        return head.encode().ljust(1024) + samples[: int(share * len(samples)) // 2 * 2]

    return change


def _counts_more(data: bytes) -> bytes:
    """Let a FLAC's head count half as many samples again as there are."""
    more = int(1.5 * LENGTH_S * RATE)
    word = struct.unpack(">Q", data[18:26])[0]
    return data[:18] + struct.pack(">Q", word >> 36 << 36 | more) + data[26:]


def _no_head_behind(data: bytes) -> bytes:
    """Append what a browser recorded anew without its head: the clusters alone."""
    return data + data[data.find(b"\x1f\x43\xb6\x75") :]


def _first_cut(data: bytes) -> bytes:
    """Join a recording that was cut at 70 % and the same whole."""
    return data[: int(0.7 * len(data))] + data


def _renumbered(data: bytes) -> bytes:
    """Take pages out of an Ogg file and number the others anew, as a repairing program does."""
    pages, at = [], 0
    while at < len(data):
        count = data[at + 26]
        end = at + 27 + count + sum(data[at + 27 : at + 27 + count])
        pages.append(bytearray(data[at:end]))
        at = end
    first, last = int(0.4 * len(pages)), int(0.5 * len(pages))
    out = bytearray()
    for k, page in enumerate(pages[:first] + pages[last:]):
        page[18:22] = struct.pack("<I", k)
        page[22:26] = bytes(4)
        page[22:26] = struct.pack("<I", _ogg_sum(bytes(page)))
        out += page
    return bytes(out)


def _ogg_sum(page: bytes) -> int:
    value = 0
    for byte in page:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ 0x04C11DB7 if value & 0x80000000 else value << 1) & 0xFFFFFFFF
    return value


def _front_gone(data: bytes) -> bytes:
    return data[int(0.3 * len(data)) + 7 :]


def _head_alone(data: bytes) -> bytes:
    return data[: data.find(b"data") + 8]


FOURTEENTH_SOUNDS: tuple[SoundCase, ...] = (
    SoundCase("never_closed.wav", "", _never_closed, says=_UNKNOWN),
    SoundCase("power_lost_long.wav", "-rf64 always", _long_head_unfilled, says=_UNKNOWN),
    SoundCase("power_lost_wide.w64", "", _wide_head_unfilled, says=_UNKNOWN),
    SoundCase("as_mail.wav", "", _as_mail, 0.0, says=_OTHER),
    SoundCase("taken_for_text.wav", "", _as_text, lost_s=0.0),
    SoundCase("taken_for_text.flac", "", _as_text, lost_s=0.0),
    SoundCase("taken_up_again.mp3", "-b:a 64k", _taken_up_again, 110.0, behind_s=10.0,
              says=("joined", "parts_overlap", "bytes_skipped")),
    SoundCase("upload_zeros.webm", "-c:a libopus", zeros(0.7, 1.0), lost_s=30.0,
              says=("cut_short", "ends_early")),
    SoundCase("upload_zeros.m4a", "", zeros(0.6, 1.0), 0.0, says=("no_index",)),
    SoundCase("valid_bits.wav", "-c:a pcm_s32le", _valid_bits),
    SoundCase("collection.sph", "-f wav", _sphere(1.0)),
    SoundCase("collection_cut.sph", "-f wav", _sphere(0.7), lost_s=30.0, says=_CUT),
    SoundCase("lossless_cut.caf", "-c:a alac", without(0.7, 1.0), 0.0, says=("no_index",)),
    SoundCase("mp3_in_cut.mp4", "-c:a libmp3lame -ar 44100 -movflags faststart", without(0.7, 1.0),
              lost_s=30.0, says=_CUT),
    SoundCase("opus_in.ts", "-c:a libopus"),
    SoundCase("samples_cut.mkv", "-c:a pcm_s16le", without(0.7, 1.0), lost_s=30.0, says=_CUT),
    SoundCase("flac_hole.mp4", "-c:a flac -strict -2 -movflags faststart", zeros(0.3, 0.4),
              lost_s=10.0, says=_INSIDE),
    SoundCase("counts_more.flac", "", _counts_more, 150.0, 50.0, says=_CUT),
    SoundCase("no_head_behind.webm", "-c:a libopus", _no_head_behind, _TWO,
              says=("joined", "clock_restarts")),
    SoundCase("first_cut.opus", "", _first_cut, lost_s=-1.0, says=("part_no_end",), behind_s=69.0),
    SoundCase("renumbered.opus", "-page_duration 200000", _renumbered, lost_s=10.0, says=_INSIDE),
    SoundCase("front_gone.mp3", "-b:a 64k -write_xing 0", _front_gone, 70.0, behind_s=-30.0),
    SoundCase("session.m4a.part", "-c:a aac -movflags faststart -f mp4", without(0.7, 1.0),
              lost_s=30.0, says=_CUT),
    SoundCase("SESSION", "-f wav"),
    SoundCase("pressed.wav", "", gzip.compress, 0.0, says=_OTHER),
    SoundCase("no_sound.mp4", _PICTURE.format(9) + " -an -c:v mpeg4", seconds=0.0,
              says=("no_sound", "no_track")),
    SoundCase("head_alone.wav", "", _head_alone, 0.0, says=("no_sound", "empty_file")),
    SoundCase("microphone_died.mp4", _PICTURE.format(140) + " -c:v mpeg4 -c:a aac", seconds=140.0,
              lost_s=40.0, says=("cut_short", "ends_early", "dead_end")),
    SoundCase("really_opus.mp3", "-c:a libopus -f ogg"),
)  # fmt: skip


def _blank(*stretches: tuple[float, float]) -> Callable[[Sound, Sound], Sound]:
    """Give one microphone's sound with zeros where a card had no room, or lost its blocks."""

    def made(mono: Sound, two: Sound) -> Sound:
        out = mono.copy()
        for start, end in stretches:
            out[round(start * RATE) : round(end * RATE)] = 0.0
        return out

    return made


FOURTEENTH_CHANNELS: tuple[ChannelCase, ...] = (
    ChannelCase("card_zeros.wav", _blank((80, 100)), ("recording.dead_end",), who=0.6),
    ChannelCase("card_blocks.wav", _blank((30, 32), (60, 63)), ("recording.dropouts",), who=0.6),
)
