"""Fifth round of recordings and channels: what is right of each was written before they were made.

Conventions
-----------
Recordings as of `benchmarks.shared.sound_cases`, channels as of `benchmarks.shared.channel_cases`.
"""

import numpy as np

from benchmarks.shared.channel_cases import ONE, RATE, ChannelCase, Sound
from benchmarks.shared.sound_cases import SoundCase, twice

__all__ = ["FAULTS", "FURTHER"]


def _odd_chunk(data: bytes) -> bytes:
    """Put a chunk of 13 bytes in front of the samples without the byte that makes it even."""
    at = data.find(b"data")
    return data[:at] + b"note\x0d\x00\x00\x00" + b"by a recorder" + data[at:]


def _behind(data: bytes) -> bytes:
    return data + b"id3 \x0a\x00\x00\x00ID3\x03\x00\x00\x00\x00\x00\x00" + bytes(2_048)


def _pictured(data: bytes) -> bytes:
    """Put a cover of 300 KB in front, and cut the last third off."""
    size = 300_000
    syncsafe = bytes(size >> shift & 127 for shift in (21, 14, 7, 0))
    cover = (b"\xff\xd8\xff\xe0" + bytes(96)) * (size // 100)
    return b"ID3\x03\x00\x00" + syncsafe + cover[:size] + data[: int(0.7 * len(data))]


def _no_end(data: bytes) -> bytes:
    return data[: int(0.7 * len(data))]


FURTHER: tuple[SoundCase, ...] = (
    SoundCase("odd_chunk.wav", "", _odd_chunk),
    SoundCase("mp3_inside.wav", "-c:a libmp3lame -b:a 64k"),
    SoundCase("really_an_m4a.wav", "-c:a aac -f ipod"),
    SoundCase("opus_in.mp4", "-c:a libopus -movflags frag_keyframe+empty_moov"),
    SoundCase("more_behind.wav", "", _behind),
    SoundCase("cover_and_cut.mp3", "-q:a 5", _pictured, lost_s=30.0, says=("cut_short",)),
    SoundCase("joined.aac", "", twice, 200.0, says=("joined",)),
    SoundCase("live_and_cut.webm", "-c:a libopus -live 1", _no_end, lost_s=-1.0, says=("no_end",)),
)


def _swapped(mono: Sound, two: Sound) -> Sound:
    half = len(two) // 2
    return np.concatenate([two[:half], two[half:, ::-1]])


def _hum(mono: Sound, two: Sound) -> Sound:
    at = np.arange(len(mono)) / RATE
    hum = sum(0.02 / k * np.sin(2 * np.pi * 50 * k * at) for k in (1, 2, 3))
    return np.stack([mono, np.asarray(hum, np.float32)], 1)


def _lapses(mono: Sound, two: Sound) -> Sound:
    """Lose every third of two seconds of the client's channel, as a wireless microphone does."""
    gone = np.arange(len(two)) // (2 * RATE) % 3 == 2
    return np.stack([two[:, 0], np.where(gone, 0, two[:, 1])], 1).astype(np.float32)


def _over(mono: Sound, two: Sound) -> Sound:
    return np.asarray(np.clip(mono * 20, -1, 1), np.float32)


def _both_on_one(mono: Sound, two: Sound) -> Sound:
    return np.stack([mono, 0.7 * two[:, 1]], 1)


def _shifted_level(mono: Sound, two: Sound) -> Sound:
    return np.asarray(two + np.array([0.2, -0.1], np.float32), np.float32)


_LEVELS = tuple((cue, role) for cue in ("voice.level", "activation.rating")
                for role in ("therapist", "client"))  # fmt: skip
# What rests on who speaks when; a third of one person's speech is not there to be told.
_WHO_WHEN = tuple((cue, role) for cue in (
    "talk.time", "talk.share", "turns.count", "turns.median_length", "turns.response_latency",
    "turns.backchannel_rate", "pace.pause_ratio", "pace.speech_rate")
    for role in ("therapist", "client"))  # fmt: skip
FAULTS: tuple[ChannelCase, ...] = (
    ChannelCase("swapped_halfway.wav", _swapped, ("recording.channels_exchanged",)),
    ChannelCase("hum_right.wav", _hum, ONE),
    ChannelCase("lapses.wav", _lapses, ("recording.channel_lapses",), _WHO_WHEN, who=0.7),
    ChannelCase("over.wav", _over, ("recording.peaks_cut",), _LEVELS),
    ChannelCase("both_on_one.wav", _both_on_one, (
        *ONE, "recording.leak", "recording.leak_stays", "separator.channels_share")),
    ChannelCase("shifted_level.wav", _shifted_level, ("recording.direct_current",)),
)  # fmt: skip
