"""Eleventh round of recordings and channels: what is right of each was written before any was made.

Conventions
-----------
Recordings as of `benchmarks.shared.sound_cases`, channels as of `benchmarks.shared.channel_cases`:
headers that count too little in further containers, sound in pieces, recorders with more tracks
than people, calls that somebody joins late, and a rate that a head has wrong.
"""

import struct

import numpy as np

from benchmarks.shared.channel_cases import ONE, RATE, ChannelCase, Sound
from benchmarks.shared.processors import one_pole
from benchmarks.shared.sound_cases import SoundCase, without

__all__ = ["ELEVENTH_CHANNELS", "ELEVENTH_SOUNDS"]

_UNKNOWN = ("length_unknown", "header_short")


def _flac_counts_less(data: bytes) -> bytes:
    """Write into a FLAC's head that it has 40 s: its last 36 bits of 8 bytes are the samples."""
    at = 8 + 10
    word = struct.unpack(">Q", data[at : at + 8])[0] >> 36 << 36 | 40 * RATE
    return data[:at] + struct.pack(">Q", word) + data[at + 8 :]


def _aiff_counts_less(data: bytes) -> bytes:
    at = data.find(b"COMM") + 10
    return data[:at] + struct.pack(">I", 40 * RATE) + data[at + 4 :]


def _two_pieces(data: bytes) -> bytes:
    """Put the samples of a wav into two pieces, as a recorder that pauses does."""
    at = data.find(b"data")
    head, sound = data[:at], data[at + 8 :]
    half = len(sound) // 4 * 2
    out = head + b"".join(
        b"data" + struct.pack("<I", len(part)) + part for part in (sound[:half], sound[half:])
    )
    return out[:4] + struct.pack("<I", len(out) - 8) + out[8:]


def _broadcast(data: bytes) -> bytes:
    """Put a broadcaster's pieces before the samples and behind them, one of odd length."""
    at = data.find(b"fmt ")
    front = b"bext" + struct.pack("<I", 602) + b"recorder".ljust(602, b"\0")
    xml = b"<BWFXML><PROJECT>s</PROJECT></BWFXML>"
    behind = b"iXML" + struct.pack("<I", len(xml)) + xml + bytes(len(xml) % 2)
    out = data[:at] + front + data[at:] + behind
    return out[:4] + struct.pack("<I", len(out) - 8) + out[8:]


ELEVENTH_SOUNDS: tuple[SoundCase, ...] = (
    SoundCase("counts_40_s.flac", "", _flac_counts_less, says=_UNKNOWN),
    SoundCase("counts_40_s.aiff", "", _aiff_counts_less),
    SoundCase("two_pieces.wav", "", _two_pieces, says=("joined", *_UNKNOWN)),
    SoundCase("broadcast.wav", "-c:a pcm_s24le", _broadcast),
    SoundCase("floats.wav", "-c:a pcm_f64le"),
    SoundCase("little.aifc", "-c:a pcm_s16le -f aiff"),
    SoundCase("late.m4a", "-itsoffset 3 -i base.wav", seconds=103.0, late_s=3.0,
              says=("starts_late",)),  # what a player shows; without a picture, too
    SoundCase("surround.ac3", "-ac 6 -ar 48000"),
    SoundCase("telephone.sln.wav", "-ar 8000 -c:a pcm_alaw", without(0.7, 1.0), lost_s=30.0,
              says=("cut_short",)),
    SoundCase("audio_book.m4b", "-c:a aac -f ipod"),
    SoundCase("call.amr", "-ar 8000 -c:a libopencore_amrnb"),
    SoundCase("lossless.wma", "-c:a wmav2 -ar 44100 -ac 2", without(0.4, 0.5), lost_s=10.0,
              says=("missing_inside",)),
)  # fmt: skip


def _more_tracks(mono: Sound, two: Sound) -> Sound:
    """Give a recorder's file of four: its own pair in the room, and two microphones on people."""
    late = np.pad(mono, (round(0.006 * RATE), 0))[: len(mono)]
    return np.stack([0.3 * late, 0.28 * late, two[:, 0], two[:, 1]], 1).astype(np.float32)


def _joins_late(mono: Sound, two: Sound) -> Sound:
    """Give a call whose client's channel begins after 35 s; before, only the other goes on."""
    there = np.arange(len(two)) >= 35 * RATE
    return np.stack([two[:, 0], np.where(there, two[:, 1], 0)], 1).astype(np.float32)


def _gated(mono: Sound, two: Sound) -> Sound:
    """Give a channel each, digital silence wherever it holds nothing for a while."""
    reach = round(0.4 * RATE)
    box = np.ones(reach, np.float32) / reach
    power = np.stack([np.convolve(channel**2, box, "same") for channel in two.T], 1)
    return np.where(power > 1e-6, two, 0).astype(np.float32)


def _pair(mono: Sound, two: Sound) -> Sound:
    """Give a stereo pair in the room: each person 5 dB louder on their side."""
    side = np.float32(10 ** (-5 / 20))
    left, right = two[:, 0], two[:, 1]
    noise = np.random.default_rng(11).normal(0, 0.0005, two.shape)
    return np.asarray(np.stack([left + side * right, right + side * left], 1) + noise, np.float32)


def _each_ridden(mono: Sound, two: Sound) -> Sound:
    """Give channels whose levels two programs keep apart from each other."""
    noise = np.random.default_rng(12).normal(0, 0.002, two.shape)
    loud = np.asarray(two + noise, np.float32)
    return np.stack([one_pole(loud[:, 0], 1.25), one_pole(loud[:, 1], 1.25)], 1)


def _wrong_rate(mono: Sound, two: Sound) -> Sound:
    """Give every second sample, so that under the rate of the head all goes twice as fast."""
    return np.asarray(mono[::2], np.float32)


_LEVELS = tuple((cue, role) for cue in ("voice.level", "activation.rating")
                for role in ("therapist", "client"))  # fmt: skip
_SHARED = (*ONE, "separator.channels_share", "recording.leak", "recording.leak_stays")

ELEVENTH_CHANNELS: tuple[ChannelCase, ...] = (
    ChannelCase("more_tracks.wav", _more_tracks,
                (*_SHARED, "recording.echo", "separator.channel_copies")),
    ChannelCase("joins_late.wav", _joins_late, ("recording.channel_gone",),
                (("talk.time", "client"),), who=0.6),
    ChannelCase("gated.wav", _gated, ("recording.gain_unjudged",)),  # its pauses hold no noise
    ChannelCase("pair_in_the_room.wav", _pair, _SHARED),
    ChannelCase("each_ridden.wav", _each_ridden, ("recording.gain_rides", "recording.gain_wanders"),
                _LEVELS),
)  # fmt: skip
