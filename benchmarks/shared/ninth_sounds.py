"""Ninth round of recordings and channels: what is right of each was written before they were made.

Conventions
-----------
Recordings as of `benchmarks.shared.sound_cases`, channels as of `benchmarks.shared.channel_cases`:
headers that were never finished, old dictation and studio containers, files of several pieces, and
what lies in a folder of recordings and is none.
"""

import struct

import numpy as np

from benchmarks.shared.channel_cases import ONE, RATE, ChannelCase, Sound
from benchmarks.shared.sound_cases import Change, SoundCase, twice, without, zeros

__all__ = ["NINTH_CHANNELS", "NINTH_SOUNDS"]

_OTHER = ("other_kind",)
_UNKNOWN = ("length_unknown", "header_short")
_PICTURE = "-f lavfi -i color=c=black:s=64x64:r=25:d=103"
_LATE = f"{_PICTURE} -itsoffset 3 -i base.wav -map 0:v -map 1:a"
_QUIET = "-f lavfi -i anullsrc=r=16000:cl=mono:d=100 -i base.wav -map 0:a -map 1:a"


def _instead(head: bytes) -> Change:
    return lambda data: head + data[len(head) :]


def _written(mark: bytes, behind: int, form: str, value: int) -> Change:
    """Write a number some bytes behind a mark."""

    def change(data: bytes) -> bytes:
        at = data.find(mark) + len(mark) + behind
        new = struct.pack(form, value)
        return data[:at] + new + data[at + len(new) :]

    return change


def _never_counted(data: bytes) -> bytes:
    """Leave the frames and the size of an AIFF as they are before a recorder ends."""
    return _written(b"SSND", 0, ">I", 8)(_written(b"COMM", 6, ">I", 0)(data))


def _open_rf64(data: bytes) -> bytes:
    """Leave the three lengths of a long wav's head at 0."""
    at = data.find(b"ds64") + 8
    return data[:at] + bytes(24) + data[at + 24 :]


NINTH_SOUNDS: tuple[SoundCase, ...] = (
    # Headers that say "until the end", or were never finished.
    SoundCase("until_the_end.caf", "", _written(b"data", 0, ">q", -1)),
    SoundCase("until_the_end.au", "", _written(b".snd", 4, ">I", 0xFFFFFFFF)),
    SoundCase("never_counted.aiff", "", _never_counted, says=_UNKNOWN),
    SoundCase("never_counted.wav", "-rf64 always", _open_rf64, says=_UNKNOWN),
    # Further containers.
    SoundCase("flac_in.oga", "-c:a flac"),
    SoundCase("flac_in_joined.oga", "-c:a flac", twice, 200.0, says=("joined",)),
    SoundCase("flac_in_cut.oga", "-c:a flac", without(0.7, 1.0), lost_s=-1.0,
              says=("no_end", "cut_short")),
    SoundCase("dictaphone.voc", "-ar 8000 -c:a pcm_u8"),  # a rate that its head can hold
    SoundCase("quadraphonic.wav", "-ac 4 -c:a pcm_s24le"),
    SoundCase("dolby_in.mp4", "-ar 48000 -c:a ac3"),
    SoundCase("raw.mp2", "-ar 44100 -c:a mp2"),
    SoundCase("old_windows.asf", "-c:a wmav1", without(0.7, 1.0), lost_s=30.0,
              says=("cut_short",)),
    SoundCase("CAPITALS.MP3", "-q:a 6"),
    # Cut, overwritten, joined.
    SoundCase("fragments_cut.m4a", "-movflags frag_keyframe+empty_moov -frag_duration 1000000",
              without(0.7, 1.0), lost_s=-1.0, says=("cut_short", "no_end")),
    SoundCase("overwritten.m4a", "-movflags faststart", zeros(0.3, 0.4), lost_s=10.0,
              says=("missing_inside",)),
    SoundCase("taken_out.m4a", "-movflags faststart", without(0.3, 0.4), lost_s=10.0,
              says=("missing_inside",)),
    SoundCase("two_bit_rates.mp3", "-b:a 64k", None, 200.0, says=("joined",), more="-b:a 32k"),
    SoundCase("mono_then_stereo.opus", "", None, 200.0, says=("joined",), more="-ac 2"),
    SoundCase("packets_missing.mka", "-af aselect='not(between(t,40,50))' -c:a pcm_s16le "
              "-fps_mode passthrough", lost_s=10.0, says=("missing_inside",)),
    # The container's clock, and tracks.
    SoundCase("late.webm", f"{_LATE} -c:v libvpx -c:a libopus", seconds=103.0, late_s=3.0,
              says=("starts_late",)),
    SoundCase("late.flv", f"{_LATE} -c:v flv -ar 22050 -c:a libmp3lame", seconds=103.0, late_s=3.0,
              says=("starts_late",)),
    SoundCase("late.mpg", f"{_LATE} -c:v mpeg1video -ar 44100 -c:a mp2", seconds=103.0, late_s=3.0,
              says=("starts_late",)),
    SoundCase("first_track_silent.avi", f"{_QUIET} -c:a pcm_s16le", says=("track_taken",)),
    # No recordings.
    SoundCase("not_fetched.m4a", "", _instead(b"bplist00\xd4\x01\x02\x03\x04\x05"), 0.0,
              says=_OTHER),
    SoundCase("letter.mp3", "", _instead(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<"), 0.0,
              says=_OTHER),
    SoundCase("packed.wav", "", lambda data: b"PK\x03\x04\x14\0\0\0\x08\0" + data[10:], 0.0,
              says=_OTHER),
)  # fmt: skip


def _noise(mono: Sound, two: Sound) -> Sound:
    noise = np.random.default_rng(9).normal(0, 0.004, len(mono))
    return np.stack([mono, np.asarray(noise, np.float32)], 1)


def _crackle(mono: Sound, two: Sound) -> Sound:
    """Give a plug that crackles on the other channel, twice a second."""
    random = np.random.default_rng(10)
    wire = np.zeros(len(mono), np.float32)
    for at in random.integers(0, len(mono) - 80, len(mono) // RATE * 2):
        wire[at : at + 80] += random.normal(0, 0.2, 80)
    return np.stack([mono, wire], 1)


def _heard_by_both(mono: Sound, two: Sound) -> Sound:
    """Give each person's microphone the other 14 dB softer, 3 ms later."""
    late = round(0.003 * RATE)
    other = np.pad(two[:, ::-1], ((late, 0), (0, 0)))[: len(two)]
    return np.asarray(two + 0.2 * other, np.float32)


def _sum_and_difference(mono: Sound, two: Sound) -> Sound:
    """Give what a mid-side recorder writes where it was not decoded."""
    return np.stack([two.sum(axis=1) / 2, (two[:, 0] - two[:, 1]) / 2], 1).astype(np.float32)


def _exchanged_and_back(mono: Sound, two: Sound) -> Sound:
    third = len(two) // 3
    return np.concatenate([two[:third], two[third : 2 * third, ::-1], two[2 * third :]])


def _dies(mono: Sound, two: Sound) -> Sound:
    """Give a session in the middle of which the battery of the client's microphone is empty."""
    alive = (np.arange(len(two)) < len(two) // 2)[:, None]
    return np.where(np.hstack([alive | True, alive]), two, 0).astype(np.float32)


_SHARED = (*ONE, "separator.channels_share", "recording.leak", "recording.leak_stays")

NINTH_CHANNELS: tuple[ChannelCase, ...] = (
    ChannelCase("noise_right.wav", _noise, ONE),
    ChannelCase("crackle_right.wav", _crackle, ONE),
    ChannelCase("heard_by_both.wav", _heard_by_both, _SHARED),
    ChannelCase("sum_and_difference.wav", _sum_and_difference, ("recording.mid_side", *_SHARED)),
    ChannelCase("exchanged_and_back.wav", _exchanged_and_back,
                ("recording.channels_exchanged", "recording.channels_exchanged_often")),
    # What the client says afterwards is not in the file: it must be told.
    ChannelCase("dies_halfway.wav", _dies, ("recording.channel_gone", "separator.silent_channel"),
                who=0.6),
)  # fmt: skip
