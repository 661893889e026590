"""Tenth round of recordings and channels: what is right of each was written before they were made.

Conventions
-----------
Recordings as of `benchmarks.shared.sound_cases`, channels as of `benchmarks.shared.channel_cases`:
MP4 whose middle a copy lost, and echoes and plugs that do not stay as they are.
"""

import numpy as np

from benchmarks.shared.channel_cases import RATE, ChannelCase, Sound
from benchmarks.shared.sound_cases import SoundCase, without

__all__ = ["TENTH_CHANNELS", "TENTH_SOUNDS"]

_INSIDE = ("missing_inside",)
_PICTURE = "-f lavfi -i testsrc=size=64x64:rate=10:d=100 -i base.wav -map 0:v -map 1:a"

TENTH_SOUNDS: tuple[SoundCase, ...] = (
    SoundCase("taken_out_open.m4a", "", without(0.3, 0.4), lost_s=10.0, says=_INSIDE),
    SoundCase("taken_out_stereo.m4a", "-ac 2 -ar 48000 -movflags faststart", without(0.5, 0.6),
              lost_s=10.0, says=_INSIDE),
    SoundCase("taken_out_lossless.m4a", "-c:a alac", without(0.3, 0.4), lost_s=10.0, says=_INSIDE),
    SoundCase("taken_out_picture.mp4", f"{_PICTURE} -c:v mpeg4 -c:a aac", without(0.4, 0.5),
              lost_s=10.0, says=_INSIDE),
)  # fmt: skip


def _delayed(two: Sound, delay_s: np.ndarray) -> Sound:
    """Give the therapist 12 dB softer on the client's channel, after a delay of each sample."""
    at = np.maximum(np.arange(len(two)) - delay_s * RATE, 0)
    came = 0.25 * np.interp(at, np.arange(len(two)), two[:, 0])
    return np.stack([two[:, 0], two[:, 1] + came], axis=1).astype(np.float32)


def _wanders(mono: Sound, two: Sound) -> Sound:
    return _delayed(two, 0.2 + 0.03 * np.sin(2 * np.pi * np.arange(len(two)) / RATE / 7))


def _jumps(mono: Sound, two: Sound) -> Sound:
    return _delayed(two, np.array([0.16, 0.2, 0.26, 0.22])[np.arange(len(two)) // (4 * RATE) % 4])


def _off_for_long(mono: Sound, two: Sound) -> Sound:
    """Give a session in which the client's microphone is off for 35 s."""
    off = (np.arange(len(two)) >= 20 * RATE) & (np.arange(len(two)) < 55 * RATE)
    return np.where(off[:, None] & np.array([False, True]), 0, two).astype(np.float32)


_ECHO = ("recording.echo", "recording.echo_stays")
_NONE = (("turns.backchannel_rate", "client"),)

TENTH_CHANNELS: tuple[ChannelCase, ...] = (
    ChannelCase("echo_wanders.wav", _wanders, _ECHO, none_of=_NONE),
    ChannelCase("echo_jumps.wav", _jumps, _ECHO, none_of=_NONE),
    ChannelCase("off_for_long.wav", _off_for_long, ("recording.channel_gone",),
                (("talk.time", "client"), ("turns.backchannel_rate", "therapist")), who=0.6),
)  # fmt: skip
