"""What a codec with few bits, or noise suppression, leaves is told by the file or by its noise."""

import shutil
import subprocess

import numpy as np
import pytest
import soundfile
from scipy.signal import istft, lfilter, stft

from diarize.recording.audio import RATE_HZ, Audio
from diarize.recording.joined import read
from diarize.recording.shaped import holes, shaped, stepped
from diarize.separation.activity import speech_probability
from diarize.settings import Decoding, Shaped
from tests.conftest import SAMPLES
from tests.said import codes

NOBODY = np.zeros(4_000, np.float32)
NOISE = np.random.default_rng(5).normal(0.0, 0.01, 40 * RATE_HZ).astype(np.float32)


@pytest.mark.parametrize(
    "noise",
    [NOISE, lfilter([0.1], [1, -0.9], NOISE), NOISE * (1 + np.sin(np.arange(len(NOISE)) / 9e3))],
    ids=["white", "dark", "waxing and waning"],
)
def test_noise_that_nobody_touched_has_the_holes_of_chance(noise):
    assert holes(np.asarray(noise, np.float32), RATE_HZ, NOBODY) == pytest.approx(0.0065, abs=0.002)


@pytest.mark.parametrize("name", ["attentive", "half_way", "hurried"])
def test_recordings_that_nobody_touched_are_left_alone(name):
    sound, _ = soundfile.read(SAMPLES / f"{name}.flac", frames=60 * RATE_HZ, dtype="f4")
    assert shaped(Audio.of(sound), speech_probability(sound, RATE_HZ)) == ()


def test_noise_from_which_places_were_taken_is_told():
    _, _, bins = stft(NOISE, RATE_HZ, nperseg=512)
    drawn = np.random.default_rng(1).random((bins.shape[0] // 4 + 1, bins.shape[1] // 8 + 1)) < 0.4
    gone = np.kron(drawn, np.ones((4, 8), bool))[: bins.shape[0], : bins.shape[1]]
    _, taken = istft(np.where(gone, 0.0, 1.0) * bins, RATE_HZ, nperseg=512)
    assert codes(shaped(Audio.of(taken.astype(np.float32)), NOBODY)) == ["recording.noise_shaped"]


def test_too_little_noise_says_nothing():
    assert holes(NOISE[: RATE_HZ // 2], RATE_HZ, NOBODY) is None
    assert holes(NOISE, RATE_HZ, NOBODY + 1) is None, "somebody speaks all the time"
    assert holes(0 * NOISE, RATE_HZ, NOBODY) is None, "digital silence holds no noise"


def steps(edges, seed=3, spread_db=2.0):
    """Noise whose level is set anew at some samples."""
    drawn = np.random.default_rng(seed).normal(0.0, spread_db, len(edges) + 1)
    gains = np.repeat(drawn, np.diff([0, *edges, len(NOISE)]))
    return np.asarray(NOISE * 10 ** (gains / 20), np.float32)


@pytest.mark.parametrize("frame_ms", [5, 10])
def test_a_level_that_is_set_anew_frame_by_frame_is_told(frame_ms):
    sound = steps(range(40, len(NOISE), frame_ms * RATE_HZ // 1000))
    assert "recording.coded_in_steps" in codes(shaped(Audio.of(sound), NOBODY))


def test_a_level_that_changes_at_any_time_or_in_no_steps_is_no_codecs():
    least = Shaped().steps_stand_out
    drawn = np.sort(np.random.default_rng(4).choice(len(NOISE), 8_000, replace=False))
    assert stepped(steps(drawn), RATE_HZ, NOBODY) < least
    waxing = NOISE * (1 + 0.5 * np.sin(2 * np.pi * 97.3 * np.arange(len(NOISE)) / RATE_HZ))
    assert stepped(np.asarray(waxing, np.float32), RATE_HZ, NOBODY) < least
    assert stepped(NOISE, RATE_HZ, NOBODY) < least
    assert stepped(NOISE[: 5 * RATE_HZ], RATE_HZ, NOBODY) is None
    assert stepped(NOISE, RATE_HZ, NOBODY + 1) is None, "somebody speaks all the time"


@pytest.mark.parametrize("mains_hz", [50.0, 60.0])
def test_a_buzz_of_the_mains_is_no_codecs(mains_hz):
    at = np.arange(len(NOISE)) / RATE_HZ
    buzz = sum(np.cos(2 * np.pi * mains_hz * k * at + k * k) for k in range(1, 60))
    assert stepped(np.asarray(NOISE + 0.002 * buzz, np.float32), RATE_HZ, NOBODY) is None


@pytest.mark.parametrize(
    ("name", "how", "least", "most"),
    [
        ("a.mp3", "-b:a 24k", 23, 25),
        ("b.opus", "-c:a libopus -b:a 10k -application voip", 6, 12),
        ("c.m4a", "-c:a aac -b:a 32k", 30, 34),
        ("d.flac", "", None, None),
        ("e.oga", "-c:a flac", None, None),
        ("f.mka", "-c:a alac", None, None),
    ],
)
def test_a_file_says_how_many_bits_its_codec_had(tmp_path, name, how, least, most):
    if shutil.which("ffmpeg") is None:
        pytest.skip("the ffmpeg program is not on this machine")
    path = tmp_path / name
    command = ["ffmpeg", "-v", "error", "-t", "20", "-i", str(SAMPLES / "attentive.flac")]
    if subprocess.run([*command, *how.split(), str(path)], check=False).returncode:
        pytest.skip("this build of the ffmpeg program cannot write it")
    kbit_s = read(path, limits=Decoding()).kbit_s
    assert kbit_s is None if least is None else least < kbit_s < most


@pytest.mark.parametrize(
    ("kbit_s", "said"),
    [(None, []), (64.0, []), (24.0, ["recording.coded"]), (8.0, ["recording.coded_hard"])],
)
def test_few_bits_are_said(kbit_s, said):
    silent = Audio.of(0 * NOISE)
    known = Audio(silent.samples, silent.rate, RATE_HZ, silent.mono, kbit_s=kbit_s)
    assert codes(shaped(known, NOBODY)) == said


def test_bits_of_a_track_that_was_not_taken_say_nothing(tmp_path):
    if shutil.which("ffmpeg") is None:
        pytest.skip("the ffmpeg program is not on this machine")
    path = tmp_path / "two.mp4"
    silent = ["-f", "lavfi", "-t", "20", "-i", "anullsrc=r=16000:cl=mono"]
    spoken = ["-t", "20", "-i", str(SAMPLES / "attentive.flac")]
    how = ["-map", "0:a", "-map", "1:a", "-c:a", "aac", "-b:a", "64k", str(path)]
    if subprocess.run(["ffmpeg", "-v", "error", *silent, *spoken, *how], check=False).returncode:
        pytest.skip("this build of the ffmpeg program cannot write it")
    found = read(path, limits=Decoding())
    assert codes(found.notes) == ["recording.track_taken"] and found.kbit_s > 40
