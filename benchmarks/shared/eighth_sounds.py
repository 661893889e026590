"""Eighth round of recordings: what is right of each was written before they were made.

Conventions
-----------
As of `benchmarks.shared.sound_cases`: telephones' edits, studios, dictaphones, and what is kept in
place of a recording. What is no recording is refused with its kind (`recording.other_kind`).
"""

import struct

from benchmarks.shared.sound_cases import Change, SoundCase, without

__all__ = ["EIGHTH_SOUNDS"]

_OTHER = ("other_kind",)
_PICTURE = "-f lavfi -i color=c=black:s=64x64:r=5:d=103"


def _trimmed(data: bytes) -> bytes:
    """Hide the first 20 s by the edit list alone, as telephones and players trim."""
    at = data.find(b"elst") + 4
    length_ms, from_ = struct.unpack(">Ii", data[at + 8 : at + 16])
    rate = struct.unpack(">I", data[(m := data.find(b"mdhd")) + 16 : m + 20])[0]
    edit = struct.pack(">Ii", length_ms - 20_000, from_ + 20 * rate)
    return data[: at + 8] + edit + data[at + 16 :]


def _instead(head: bytes) -> Change:
    return lambda data: head + data[len(head) :]


_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Virus scan</body></html>\n"

EIGHTH_SOUNDS: tuple[SoundCase, ...] = (
    # What was trimmed off was not meant to be heard: 80 s, and nothing of it is lost.
    SoundCase("trimmed.m4a", "-c:a aac", _trimmed, 80.0, behind_s=-20.0),
    SoundCase("beyond_one.wav", "-c:a pcm_f32le -af volume=30dB"),
    SoundCase("layers.qta", "-i base.wav -i base.wav -map 0:a -map 1:a -c:a alac -f mov",
              says=("track_taken",)),
    SoundCase("three_tracks_cut.mkv", "-i base.wav -map 0:a -map 0:a -map 0:a -c:a aac",
              without(0.7, 1.0), lost_s=30.0, says=("cut_short",)),
    SoundCase("dictaphone.ds2", "-f wav", _instead(b"\x03ds2" + bytes(1532)), 0.0, says=_OTHER),
    SoundCase("web_page.mp3", "", lambda data: _PAGE * 40, 0.0, says=_OTHER),
    SoundCase("project.aup3", "-f wav", _instead(b"SQLite format 3\0\x10\x00\x02\x02"), 0.0,
              says=_OTHER),
    SoundCase("telephone_opus.caf", "-c:a libopus"),
    SoundCase("dictation_8_bits.wav", "-ar 11025 -c:a pcm_u8"),
    SoundCase("late.ogv", f"{_PICTURE} -itsoffset 3 -i base.wav -map 0:v -map 1:a -c:v libtheora "
              "-c:a libvorbis", seconds=103.0, late_s=3.0, says=("starts_late",)),
)  # fmt: skip
