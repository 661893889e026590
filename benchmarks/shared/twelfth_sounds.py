"""Twelfth round of recordings and channels: what is right of each was written before any was made.

Conventions
-----------
Recordings as of `benchmarks.shared.sound_cases`, channels as of `benchmarks.shared.channel_cases`:
cameras and discs, clocks that wrap or begin in the middle, several holes, heads of other machines,
files that a recovery program found; and channels that hold a timecode, a room, or a telephone.
"""

import struct

import numpy as np

from benchmarks.shared.channel_cases import ONE, RATE, ChannelCase, Sound
from benchmarks.shared.eleventh_sounds import ELEVENTH_CHANNELS, ELEVENTH_SOUNDS
from benchmarks.shared.fifteenth_sounds import FIFTEENTH_SOUNDS
from benchmarks.shared.fourteenth_sounds import FOURTEENTH_CHANNELS, FOURTEENTH_SOUNDS
from benchmarks.shared.ninth_sounds import NINTH_CHANNELS, NINTH_SOUNDS
from benchmarks.shared.sixteenth_sounds import SIXTEENTH_SOUNDS
from benchmarks.shared.sound_cases import SoundCase
from benchmarks.shared.tenth_sounds import TENTH_CHANNELS, TENTH_SOUNDS
from benchmarks.shared.thirteenth_sounds import THIRTEENTH_CHANNELS, THIRTEENTH_SOUNDS

__all__ = ["LATER_CHANNELS", "LATER_SOUNDS"]

_INSIDE = ("missing_inside",)
_PICTURE = "-f lavfi -i testsrc=size=320x240:rate=25:d=100 -i base.wav -map 0:v -map 1:a"


def _big_endian(data: bytes) -> bytes:
    """Write a wav as machines of the other byte order do: RIFX, every number turned round."""
    at = data.find(b"data")
    samples = np.frombuffer(data[at + 8 :], "<i2").astype(">i2").tobytes()
    form = struct.pack(">IHHIIHH", 16, 1, 1, RATE, 2 * RATE, 2, 16)
    body = b"WAVEfmt " + form + b"data" + struct.pack(">I", len(samples)) + samples
    return b"RIFX" + struct.pack(">I", len(body)) + body


def _offset(data: bytes) -> bytes:
    """Let the samples of an AIFF begin 512 bytes behind the head of their piece."""
    at = data.find(b"SSND")
    size = struct.unpack(">I", data[at + 4 : at + 8])[0]
    head = b"SSND" + struct.pack(">III", size + 512, 512, 0)
    out = data[:at] + head + b"\x55" * 512 + data[at + 16 :]
    return out[:4] + struct.pack(">I", len(out) - 8) + out[8:]


def _cut_odd(data: bytes) -> bytes:
    """Cut a file in the middle of a sample."""
    return data[: int(0.7 * len(data)) // 6 * 6 + 1]


def _first_segments_gone(data: bytes) -> bytes:
    """Take the first ten fragments out, as of a stream that somebody joined late."""
    first = data.find(b"moof") - 4
    at = first
    for _ in range(10):
        at = data.find(b"moof", at + 8) - 4
    return data[:first] + data[at:]


def _cover_behind(data: bytes) -> bytes:
    """Put an APE tag with a picture behind the last frame."""
    picture = b"cover.jpg\0" + (b"\xff\xd8\xff\xe0" + bytes(96)) * 3_000
    item = struct.pack("<II", len(picture), 2) + b"Cover Art (Front)\0" + picture
    size = len(item) + 32

    def mark(flags: int) -> bytes:
        return b"APETAGEX" + struct.pack("<IIII", 2000, size, 1, flags) + bytes(8)

    return data + mark(0xA0000000) + item + mark(0x80000000)


_TWELFTH_SOUNDS: tuple[SoundCase, ...] = (
    SoundCase("other_machine.wav", "", _big_endian),
    SoundCase("offset.aiff", "", _offset),
    SoundCase("recovered.wav", "", lambda data: bytes(4096) + data),
    SoundCase("cover_behind.mp3", "-q:a 6", _cover_behind),
    SoundCase("cut_odd.wav", "-c:a pcm_s24le -ac 2", _cut_odd, lost_s=30.0, says=("cut_short",)),
    SoundCase("telephone.wav", "-ar 8000 -c:a g726 -b:a 32k",
              lambda data: data[: int(0.7 * len(data))], lost_s=30.0, says=("cut_short",)),
    SoundCase("high_rate.wav", "-ar 384000"),
    SoundCase("camera.mts", f"{_PICTURE} -c:v mpeg2video -c:a ac3 -ar 48000 -mpegts_m2ts_mode 1 "
              "-f mpegts"),
    SoundCase("camera.mxf", f"{_PICTURE} -c:v mpeg2video -c:a pcm_s16le -ar 48000"),
    SoundCase("disc.vob", f"{_PICTURE} -c:v mpeg2video -c:a ac3 -ar 48000 -f vob"),
    SoundCase("raw.dts", "-c:a dca -strict -2 -ar 48000"),
    SoundCase("clock_wraps.ts", "-c:a mp2 -output_ts_offset 95400"),
    SoundCase("three_holes.mkv", "-af aselect='not(between(t,20,24)+between(t,50,54)+"
              "between(t,70,74))' -c:a aac -fps_mode passthrough", lost_s=12.0, says=_INSIDE),
    SoundCase("packets_lost_often.webm", "-af aselect='gt(mod(t,2.5),0.3)' -c:a libopus "
              "-fps_mode passthrough", lost_s=12.0, says=_INSIDE),
    SoundCase("joined_late.mp4", "-c:a aac -movflags frag_keyframe+empty_moov+default_base_moof "
              "-frag_duration 1000000", _first_segments_gone, 100.0,
              late_s=10.0, behind_s=-10.0, says=("starts_late",)),
)  # fmt: skip


def _time_code(mono: Sound, two: Sound) -> Sound:
    """Give both persons on one channel, and a camera's timecode on the other."""
    bits = np.random.default_rng(12).integers(0, 2, 80 * 25 * 101)
    half = RATE / (2 * 80 * 25)  # a bit changes at its beginning, a one in its middle as well
    changes = np.cumsum(np.ones(2 * len(bits)))[np.arange(2 * len(bits)) % 2 <= np.repeat(bits, 2)]
    at = np.round(half * changes).astype(int)
    wire = np.zeros(len(mono))
    wire[at[at < len(mono)]] = 1.0
    square = 0.1 * np.where(np.cumsum(wire) % 2, 1.0, -1.0)
    return np.stack([mono, square], 1).astype(np.float32)


def _off_and_leaking(mono: Sound, two: Sound) -> Sound:
    """Give microphones that hear the other person 18 dB softer, the client's off for 35 s."""
    late = round(0.003 * RATE)
    other = np.pad(two[:, ::-1], ((late, 0), (0, 0)))[: len(two)]
    noise = np.random.default_rng(13).normal(0, 0.0005, two.shape)
    heard = two + 10 ** (-18 / 20) * other + noise
    off = (np.arange(len(two)) >= 20 * RATE) & (np.arange(len(two)) < 55 * RATE)
    return np.where(off[:, None] & np.array([False, True]), 0, heard).astype(np.float32)


def _set_anew(mono: Sound, two: Sound) -> Sound:
    """Give a person each, both turned down by 9 dB from 40 s on."""
    noise = np.random.default_rng(14).normal(0, 0.001, two.shape)
    down = np.where(np.arange(len(two)) < 40 * RATE, 1.0, 10 ** (-9 / 20))
    return np.asarray((two + noise) * down[:, None], np.float32)


def _by_telephone(mono: Sound, two: Sound) -> Sound:
    """Give a client who is heard through a telephone, with its band and its noise."""
    from scipy.signal import butter, sosfilt

    narrow = sosfilt(butter(4, (300, 3400), "band", fs=RATE, output="sos"), two[:, 1])
    noise = np.random.default_rng(15).normal(0, 0.001, two.shape)
    return np.asarray(np.stack([two[:, 0], narrow], 1) + noise, np.float32)


def _quarter(mono: Sound, two: Sound) -> Sound:
    """Give one microphone twice, the second a quarter of a turn later at every frequency."""
    from scipy.signal import hilbert

    return np.stack([mono, np.imag(hilbert(mono))], 1).astype(np.float32)


def _room_and_lapel(mono: Sound, two: Sound) -> Sound:
    """Give a microphone in the room, and one on the client that hears the other 20 dB softer."""
    late = np.pad(mono, (round(0.006 * RATE), 0))[: len(mono)]
    noise = np.random.default_rng(16).normal(0, 0.0005, two.shape)
    lapel = two[:, 1] + 0.1 * two[:, 0]
    return np.asarray(np.stack([0.5 * late, lapel], 1) + noise, np.float32)


_LEVELS = tuple((cue, role) for cue in ("voice.level", "activation.rating")
                for role in ("therapist", "client"))  # fmt: skip
_SHARED = (*ONE, "separator.channels_share", "recording.leak", "recording.leak_stays")

_TWELFTH_CHANNELS: tuple[ChannelCase, ...] = (
    ChannelCase("time_code_right.wav", _time_code, ONE),
    ChannelCase("off_and_leaking.wav", _off_and_leaking, ("recording.channel_gone",),
                (("talk.time", "client"), ("turns.backchannel_rate", "therapist")), who=0.6),
    ChannelCase("set_anew.wav", _set_anew, ("recording.gain_set",), _LEVELS),
    ChannelCase("by_telephone.wav", _by_telephone, who=0.9),
    ChannelCase("quarter_turn.wav", _quarter, ONE),
    ChannelCase("room_and_lapel.wav", _room_and_lapel, _SHARED),
)  # fmt: skip

# Those of the ninth round and all behind it.
LATER_SOUNDS = (
    *(*NINTH_SOUNDS, *TENTH_SOUNDS, *ELEVENTH_SOUNDS, *_TWELFTH_SOUNDS, *THIRTEENTH_SOUNDS),
    *(*FOURTEENTH_SOUNDS, *FIFTEENTH_SOUNDS, *SIXTEENTH_SOUNDS),
)
LATER_CHANNELS = (
    *(*NINTH_CHANNELS, *TENTH_CHANNELS, *ELEVENTH_CHANNELS, *_TWELFTH_CHANNELS),
    *THIRTEENTH_CHANNELS,
    *FOURTEENTH_CHANNELS,
)
