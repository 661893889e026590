"""Thirteenth round of recordings and channels: written, with what is right, before any was made.

Conventions
-----------
Recordings as of `benchmarks.shared.sound_cases`, channels as of `benchmarks.shared.channel_cases`:
pieces cut out by an edit list, clocks before zero and an hour late, rates that change at a joint,
single bytes that went bad, numbers that are none; and channels of several recorders and mixers.
"""

import struct

import numpy as np

from benchmarks.shared.channel_cases import ONE, RATE, ChannelCase, Sound
from benchmarks.shared.sound_cases import Change, SoundCase, without

__all__ = ["THIRTEENTH_CHANNELS", "THIRTEENTH_SOUNDS"]

_TWO = 200.0
_INSIDE = ("missing_inside", "bytes_skipped")
_OTHER = ("other_kind", "unknown_format")
_PICTURE = "-f lavfi -i testsrc=size=64x64:rate=10:d=100 -i base.wav -map 0:v -map 1:a"


def _edited(data: bytes) -> bytes:
    """Cut the seconds from 30 to 40 out by an edit list alone, as a telephone's editor does."""
    at = data.find(b"elst") - 4
    size = struct.unpack(">I", data[at : at + 4])[0]
    timescale = _field(data, b"mvhd", 12)
    media = _field(data, b"mdhd", 12)
    begins = struct.unpack(">i", data[at + 20 : at + 24])[0]
    rows = ((30, begins), (60, begins + 40 * media))
    edits = b"".join(struct.pack(">IiI", s * timescale, t, 1 << 16) for s, t in rows)
    new = struct.pack(">I4sII", 16 + len(edits), b"elst", 0, len(rows)) + edits
    more = len(new) - size
    out = data[:at] + new + data[at + size :]
    for box in (b"edts", b"trak", b"moov"):
        place = out.find(box) - 4
        grown = struct.unpack(">I", out[place : place + 4])[0] + more
        out = out[:place] + struct.pack(">I", grown) + out[place + 4 :]
    return out


def _field(data: bytes, box: bytes, offset: int) -> int:
    at = data.find(box) + 4 + offset
    return int(struct.unpack(">I", data[at : at + 4])[0])


def _rot(each: float) -> Change:
    """Turn one byte round at every so many of the bytes, as a failing disc does."""

    def change(data: bytes) -> bytes:
        out = bytearray(data)
        for k in range(1, int(1 / each)):
            out[int(k * each * len(out))] ^= 0xFF
        return bytes(out)

    return change


def _no_numbers(data: bytes) -> bytes:
    """Put no numbers where a second of samples was, and two that are without bound."""
    at = data.find(b"data") + 8
    samples = np.frombuffer(data[at:], "<f4").copy()
    samples[50 * RATE : 51 * RATE] = np.nan
    samples[[60 * RATE, 61 * RATE]] = np.inf
    return data[:at] + samples.tobytes()


def _wrong_blocks(data: bytes) -> bytes:
    """Write a head whose bytes a second and bytes a sample are wrong."""
    at = data.find(b"fmt ") + 16
    return data[:at] + struct.pack("<IH", 0, 1) + data[at + 6 :]


def _scrambled(data: bytes) -> bytes:
    return np.random.default_rng(13).integers(0, 256, len(data), np.uint8).tobytes()


THIRTEENTH_SOUNDS: tuple[SoundCase, ...] = (
    SoundCase("edited.m4a", "-c:a aac", _edited, 90.0, behind_s=-10.0),
    SoundCase("before_zero.mkv", "-c:a pcm_s16le -output_ts_offset -2 -avoid_negative_ts disabled"),
    SoundCase("an_hour_late.opus", "-output_ts_offset 3600"),
    SoundCase("an_hour_late.mka", "-c:a libopus -output_ts_offset 3600"),
    SoundCase("an_hour_late.mp4", f"{_PICTURE} -c:v mpeg4 -c:a aac -output_ts_offset 3600"),
    SoundCase("two_rates.aac", "", None, _TWO, says=("joined",), more="-ar 44100"),
    SoundCase("two_rates.mp3", "-ar 44100 -ac 2", None, _TWO, says=("joined",), more="-ar 16000"),
    SoundCase("two_rates.ts", "-c:a aac", None, _TWO, says=("joined",), more="-c:a aac -ar 44100"),
    SoundCase("two_rates.wav", "", None, _TWO, says=("joined",), more="-ar 44100 -c:a pcm_s24le"),
    SoundCase("pictured.m4a", "-f lavfi -i color=c=red:s=64x64:r=1:d=1 -i base.wav -map 1:a "
              "-map 0:v -c:a aac -c:v mjpeg -frames:v 1 -disposition:v attached_pic"),
    SoundCase("interpreter.mkv", "-i base.wav -filter_complex [0:a]areverse,volume=-10dB[b] "
              "-map 0:a -map [b] -c:a libopus", says=("track_taken", "tracks_are_channels")),
    SoundCase("not_numbers.wav", "-c:a pcm_f32le", _no_numbers, lost_s=1.0, says=_INSIDE),
    SoundCase("bit_rot.flac", "", _rot(0.1), lost_s=-1.0, says=_INSIDE),
    SoundCase("bit_rot.opus", "", _rot(0.1), lost_s=-1.0, says=_INSIDE),
    SoundCase("bit_rot.wv", "", _rot(0.1), lost_s=-1.0, says=_INSIDE),
    SoundCase("really_aac.m4a", "-f adts"),
    SoundCase("wrong_blocks.wav", "", _wrong_blocks),
    SoundCase("scrambled.wav", "", _scrambled, 0.0, says=_OTHER),
    SoundCase("camera_cut.mxf", f"{_PICTURE} -c:v mpeg2video -r 25 -c:a pcm_s16le -ar 48000",
              without(0.7, 1.0), lost_s=30.0, says=("cut_short",)),
    SoundCase("timecode.mov", f"{_PICTURE} -c:v mpeg4 -c:a pcm_s16le -timecode 10:00:00:00"),
    SoundCase("picture_rate_varies.mp4", f"{_PICTURE} -vf select='gt(random(1),0.6)' -fps_mode vfr "
              "-c:v mpeg4 -c:a aac"),
    SoundCase("radio.ts", "-c:a aac -mpegts_flags latm"),
    SoundCase("telephone_wide.wav", "-ar 16000 -c:a g722", without(0.7, 1.0), lost_s=30.0,
              says=("cut_short",)),
)  # fmt: skip


def _noisy(two: Sound, seed: int) -> Sound:
    noise = np.random.default_rng(seed).normal(0, 0.0007, two.shape)
    return np.asarray(two + noise, np.float32)


def _late(wire: Sound, seconds: float) -> Sound:
    return np.pad(wire, (round(seconds * RATE), 0))[: len(wire)]


def _of_six(mono: Sound, two: Sound) -> Sound:
    """Give a recorder's six tracks, of which the third and the fifth have a microphone."""
    tracks = np.zeros((len(two), 6), np.float32)
    tracks[:, 2], tracks[:, 4] = two[:, 0], two[:, 1]
    return _noisy(tracks, 21)


def _one_then_two(mono: Sound, two: Sound) -> Sound:
    """Give one microphone on both channels up to the half, and a person each from there on."""
    first = (np.arange(len(two)) < len(two) // 2)[:, None]
    return _noisy(np.where(first, mono[:, None], two), 22)


def _client_late(mono: Sound, two: Sound) -> Sound:
    """Give two recorders' files laid side by side, the client's 1.3 s late."""
    return _noisy(np.stack([two[:, 0], _late(two[:, 1], 1.3)], 1), 23)


def _recorder_late(mono: Sound, two: Sound) -> Sound:
    """Give the same of microphones that hear the other person 18 dB softer."""
    heard = two + 0.126 * two[:, ::-1]
    return _noisy(np.stack([heard[:, 0], _late(heard[:, 1], 1.3)], 1), 24)


def _dropouts(mono: Sound, two: Sound) -> Sound:
    """Give a computer that lost 0.2 s every 4 s."""
    lost = np.arange(len(two)) % (4 * RATE) < 0.2 * RATE
    return np.where(lost[:, None], 0, _noisy(two, 25)).astype(np.float32)


def _hums(mono: Sound, two: Sound) -> Sound:
    hum = 0.02 * np.sin(2 * np.pi * 50 * np.arange(len(two)) / RATE)
    return np.asarray(_noisy(two, 26) + hum[:, None], np.float32)


def _very_quiet(mono: Sound, two: Sound) -> Sound:
    return np.asarray(np.round(two * 0.001 * 32768) / 32768, np.float32)


def _clipped_one(mono: Sound, two: Sound) -> Sound:
    return np.asarray(np.clip(_noisy(two, 27) * np.array([1.0, 20.0]), -0.999, 0.999), np.float32)


def _turned_and_late(mono: Sound, two: Sound) -> Sound:
    return _noisy(np.stack([mono, -np.pad(mono, (3, 0))[: len(mono)]], 1), 28)


def _mid_and_less_side(mono: Sound, two: Sound) -> Sound:
    """Give a mid-side recorder's own channels, the side 10 dB softer."""
    return _noisy(np.stack([two.sum(1) / 2, 0.316 * (two[:, 0] - two[:, 1]) / 2], 1), 29)


def _panned(mono: Sound, two: Sound) -> Sound:
    """Give a mixer's stereo, each person half as loud on the other's side."""
    return _noisy(np.asarray(0.7 * (two + 0.5 * two[:, ::-1]), np.float32), 30)


_SHARED = (*ONE, "separator.channels_share", "recording.leak", "recording.leak_stays")
_LATER = ("recording.echo", "recording.echo_stays", "recording.channel_late",
          "transcript.words_unplaced")  # fmt: skip

THIRTEENTH_CHANNELS: tuple[ChannelCase, ...] = (
    ChannelCase("of_six.wav", _of_six, ("separator.silent_channel", *_SHARED)),
    ChannelCase("one_then_two.wav", _one_then_two, _SHARED),
    ChannelCase("client_late.wav", _client_late, _LATER, who=0.6),
    ChannelCase("recorder_late.wav", _recorder_late, _LATER, who=0.6),
    ChannelCase("dropouts.wav", _dropouts, ("recording.dropouts", "recording.channel_lapses")),
    ChannelCase("hums.wav", _hums),  # a check of the sound says so, and no channel is doubted
    ChannelCase("very_quiet.wav", _very_quiet, ("recording.raised",), who=0.6),
    ChannelCase("clipped_one.wav", _clipped_one, ("recording.channel_peaks_cut",)),
    ChannelCase("turned_and_late.wav", _turned_and_late, ONE),
    ChannelCase("mid_and_less_side.wav", _mid_and_less_side,
                ("recording.mid_side", *_SHARED)),
    ChannelCase("panned.wav", _panned, _SHARED),
)  # fmt: skip
