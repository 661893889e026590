"""Sixteenth round of recordings: written, with what is right, before any was made.

Conventions
-----------
As of `benchmarks.shared.sound_cases`: holes in raw frames and in coders without checksums, heads
that miscount, blocks written again and again, muxers that write no checksums, tracks without a
voice.
"""

import struct

from benchmarks.shared.sound_cases import Change, SoundCase, without, zeros

__all__ = ["SIXTEENTH_SOUNDS"]

_INSIDE = ("missing_inside", "bytes_skipped", "damaged_inside")
_MONO = "aformat=channel_layouts=mono"
_TWO = (
    f"-i base.wav -filter_complex [0:a]{_MONO},asplit[a][b];"
    f"[b]volume=0.4,adelay=7,lowpass=3000,{_MONO}[c];[a][c]amerge"
)


def _says_mono(data: bytes) -> bytes:
    """Let the head of two channels say one."""
    at = data.find(b"fmt ") + 8
    rate = struct.unpack("<I", data[at + 4 : at + 8])[0]
    return data[: at + 2] + struct.pack("<HIIH", 1, rate, 2 * rate, 2) + data[at + 14 :]


def _again(first: float, end: float, times: int) -> Change:
    """Write a stretch again, so many times more."""

    def change(data: bytes) -> bytes:
        a, b = (int(share * len(data)) // 2 * 2 for share in (first, end))
        return data[:b] + times * data[a:b] + data[b:]

    return change


def _no_sums(data: bytes) -> bytes:
    """Write zeros for the checksums of all pages, as a muxer that makes none."""
    out = bytearray(data)
    at = -1
    while (at := out.find(b"OggS", at + 1)) >= 0:
        out[at + 22 : at + 26] = bytes(4)
    return bytes(out)


SIXTEENTH_SOUNDS: tuple[SoundCase, ...] = (
    SoundCase("ima4.caf", "-c:a adpcm_ima_qt"),
    SoundCase("says_mono.wav", _TWO, _says_mono, says=("channels_miscounted",)),
    SoundCase("thrice.wav", "", _again(0.2, 0.23, 2), 106.0, lost_s=6.0, behind_s=6.0,
              says=("written_twice",)),
    SoundCase("second_track_silent.mkv", "-i base.wav -f lavfi -i anullsrc=r=48000:cl=stereo:d=100 "
              "-map 0:a -map 1:a -c:a libopus", says=("track_taken",)),
    SoundCase("meeting_32k.m4a", "-ar 32000 -ac 1 -c:a aac -b:a 48k"),
    SoundCase("amr_cut.3gp", "-ar 8000 -c:a aac -movflags faststart", without(0.7, 1.0),
              lost_s=30.0, says=("cut_short", "no_end")),
    SoundCase("hole.aac", "", zeros(0.4, 0.5), lost_s=10.0, says=_INSIDE),
    SoundCase("hole.ac3", "", zeros(0.4, 0.5), lost_s=10.0, says=_INSIDE),
    SoundCase("hole.ts", "-c:a aac", zeros(0.4, 0.5), lost_s=10.0, says=_INSIDE),
    SoundCase("taken_out_ima.wav", "-c:a adpcm_ima_wav", without(0.4, 0.5), lost_s=10.0,
              says=("cut_short", *_INSIDE)),
    SoundCase("written_twice.mp3", "-b:a 64k -write_xing 0", _again(0.4, 0.45, 1), 105.0,
              lost_s=5.0, behind_s=5.0, says=("written_twice",)),
    SoundCase("no_sums.opus", "", _no_sums),
    SoundCase("hole_gsm.wav", "-ar 8000 -c:a libgsm_ms", zeros(0.4, 0.5), lost_s=10.0,
              says=(*_INSIDE, "dropouts")),
    SoundCase("hole_plain.mka", "-c:a pcm_s16le", zeros(0.4, 0.5), lost_s=10.0, says=_INSIDE),
    SoundCase("hole_opus.mp4", "-c:a libopus -movflags faststart", zeros(0.4, 0.5), lost_s=10.0,
              says=_INSIDE),
)  # fmt: skip
