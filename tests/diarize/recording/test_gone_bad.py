"""What went bad inside a file is left out and said; what a head has wrong is put right."""

import re
import struct
import subprocess

import numpy as np
import pytest
import soundfile

from diarize.recording.joined import read
from diarize.settings import Decoding
from diarize.timeline import total
from tests.said import codes

LIMITS = Decoding()
SECONDS = 20


def spoilt(data, places):
    out = bytearray(data)
    for share in places:
        out[int(share * len(out))] ^= 0xFF
    return bytes(out)


@pytest.fixture
def noise(tmp_path):
    """A wav of soft noise, and its samples: what is put in the place of a frame shows in it."""
    samples = np.random.default_rng(3).normal(0, 0.05, SECONDS * 16_000).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", samples, 16_000)
    return soundfile.read(tmp_path / "a.wav", dtype="float32")[0]


def test_frames_of_flac_that_went_bad_are_missed_and_all_else_is_in_its_place(tmp_path, noise):
    path = tmp_path / "a.flac"
    soundfile.write(path, noise, 16_000)
    assert not read(path, limits=LIMITS).notes
    path.write_bytes(spoilt(path.read_bytes(), [k / 10 for k in range(1, 10)]))
    found = read(path, limits=LIMITS)
    assert codes(found.notes) == ["recording.missing_inside"]
    left = np.ones(len(noise), bool)
    for span in found.lost:
        left[round(span.start * 16_000) : round(span.end * 16_000)] = False
    heard = found.sound.samples[0]
    assert 0.5 < total(found.lost) < 5 and len(heard) == len(noise)
    assert np.array_equal(heard[left], noise[left]) and not heard[~left].any()


def test_what_looks_like_a_frame_inside_another_is_none(tmp_path):
    """The head of the second frame, as samples inside later ones: its checksum is right."""
    path = tmp_path / "a.flac"
    samples = np.random.default_rng(4).integers(-(2**15), 2**15, SECONDS * 16_000, np.int16)
    soundfile.write(path, samples, 16_000)
    head = re.search(rb"\xff\xf8..\x01.", path.read_bytes(), re.DOTALL)[0]
    for at in range(50_000, len(samples) - 20_000, 30_000):
        samples[at : at + 3] = np.frombuffer(head, ">i2")
    soundfile.write(path, samples, 16_000)
    assert path.read_bytes().count(head) > 5  # noise is stored as it is
    found = read(path, limits=LIMITS)
    assert not found.notes and not found.lost
    assert np.array_equal(found.sound.samples[0] * 2**15, samples)


def test_two_recordings_in_a_flac_keep_what_lies_around_a_bad_frame(tmp_path, noise):
    path = tmp_path / "a.flac"
    soundfile.write(path, noise, 16_000)
    whole = path.read_bytes()
    path.write_bytes(spoilt(whole, [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]) + whole)
    found = read(path, limits=LIMITS)
    assert {"recording.joined", "recording.missing_inside"} <= {*codes(found.notes)}
    assert np.array_equal(found.sound.samples[0][-len(noise) :], noise)
    assert all(span.end < SECONDS for span in found.lost)


def test_places_narrower_than_their_samples_are_a_mistake_of_the_head(tmp_path, noise):
    path = tmp_path / "a.wav"
    data = path.read_bytes()
    at = data.find(b"fmt ") + 16
    path.write_bytes(data[:at] + struct.pack("<IH", 0, 1) + data[at + 6 :])
    assert np.array_equal(read(path, limits=LIMITS).sound.samples[0], noise)


def by_ffmpeg(folder, name, options):
    command = ["ffmpeg", "-v", "error", "-y", *options.split(), str(folder / name)]
    if subprocess.run(command, cwd=folder, check=False, capture_output=True).returncode:
        pytest.skip("this build of the ffmpeg program cannot write it")
    return folder / name


@pytest.mark.parametrize(("ending", "how"), [("aac", ""), ("ts", "-c:a aac")])
def test_frames_of_another_rate_are_a_recording_of_their_own(folder, ending, how):
    one = by_ffmpeg(folder, f"one.{ending}", f"-i base.wav {how} -ar 32000")
    two = by_ffmpeg(folder, f"two.{ending}", f"-i base.wav {how} -ar 44100")
    path = folder / f"both.{ending}"
    path.write_bytes(one.read_bytes() + two.read_bytes())
    found = read(path, limits=LIMITS)
    assert codes(found.notes) == ["recording.joined"] and not found.lost
    assert found.sound.samples.shape[1] == pytest.approx(2 * SECONDS * 16_000, abs=8000)


@pytest.mark.parametrize("late_s", [0, 3])
def test_what_is_missing_of_the_picture_too_is_no_silence(folder, late_s):
    how = f"-f lavfi -i testsrc=size=64x64:rate=10:d={SECONDS} -itsoffset {late_s} -i base.wav "
    how += "-map 0:v -map 1:a -c:v mpeg4 -c:a aac -output_ts_offset 3600"
    found = read(by_ffmpeg(folder, "hour.mp4", how), limits=LIMITS)
    assert found.sound.end_s == pytest.approx(SECONDS + late_s, abs=0.5)
    assert codes(found.notes) == (["recording.starts_late"] if late_s else [])


def test_blocks_of_wavpack_that_went_bad_are_missed(folder):
    path = by_ffmpeg(folder, "bad.wv", "-i base.wav -ar 48000")
    path.write_bytes(spoilt(path.read_bytes(), [0.5]))
    found = read(path, limits=LIMITS)
    assert codes(found.notes) == ["recording.missing_inside"] and total(found.lost) > 0.5


@pytest.mark.parametrize("name", ["bad.mka", "bad.mp4"])
def test_frames_of_flac_within_another_file_that_went_bad_are_missed(folder, name):
    path = by_ffmpeg(folder, name, "-i base.wav -c:a flac -strict -2")
    path.write_bytes(spoilt(path.read_bytes(), [0.5]))
    found = read(path, limits=LIMITS)
    assert codes(found.notes) == ["recording.missing_inside"]
    (lost,) = found.lost
    assert 0 < lost.duration < LIMITS.missing_max_s and lost.start < SECONDS / 2 + 1 < lost.end + 3


@pytest.mark.parametrize(("name", "how"), [("bad.ac3", ""), ("bad.oga", "-c:a flac -f ogg")])
def test_frames_of_ac3_and_pages_of_flac_whose_checksum_is_wrong_are_missed(folder, name, how):
    path = by_ffmpeg(folder, name, f"-i base.wav {how}")
    assert not read(path, limits=LIMITS).notes
    path.write_bytes(spoilt(path.read_bytes(), [0.5]))
    found = read(path, limits=LIMITS)
    assert codes(found.notes) == ["recording.missing_inside"]
    (lost,) = found.lost
    assert lost.start < SECONDS / 2 + 1 < lost.end + 3
    assert found.sound.end_s == pytest.approx(SECONDS, abs=0.1)
    loud = np.abs(found.sound.samples[0]) > 0.3
    assert np.flatnonzero(loud)[0] / 16_000 == pytest.approx(15, abs=0.05)


@pytest.mark.parametrize(
    ("name", "how"),
    [("b.ac3", ""), ("b.aac", ""), ("gsm.wav", "-ar 8000 -c:a libgsm_ms"),
     ("ima.wav", "-af volume=10dB -c:a adpcm_ima_wav")],
)  # fmt: skip
def test_zeros_over_frames_without_a_clock_are_missed_at_their_place(folder, name, how):
    path = by_ffmpeg(folder, name, f"-i base.wav {how}")
    data = path.read_bytes()
    assert not read(path, limits=LIMITS).notes
    first, end = len(data) // 2, len(data) * 6 // 10
    path.write_bytes(data[:first] + bytes(end - first) + data[end:])
    found = read(path, limits=LIMITS)
    assert codes(found.notes) == ["recording.missing_inside"]
    assert total(found.lost) == pytest.approx(2, abs=0.3)
    assert found.sound.end_s == pytest.approx(SECONDS, abs=0.3)
    loud = np.abs(found.sound.samples[0]) > 0.3
    assert np.flatnonzero(loud)[0] / 16_000 == pytest.approx(15, abs=0.2)


def test_a_frame_that_a_decoder_gave_up_is_missed_however_short(folder):
    path = by_ffmpeg(folder, "bad.m4a", "-i base.wav -c:a aac -movflags faststart")
    data = path.read_bytes()
    assert not read(path, limits=LIMITS).notes
    at = len(data) // 2
    path.write_bytes(data[:at] + b"\xff" * 400 + data[at + 400 :])
    found = read(path, limits=LIMITS)
    assert codes(found.notes) == ["recording.missing_inside"]
    assert 0 < total(found.lost) < LIMITS.missing_max_s


def _tone(folder, channels):
    """A wav of a soft tone that swells, twice as long as windows need, and its samples."""
    at = np.arange(SECONDS * 16_000) / 16_000
    one = 0.2 * np.sin(2 * np.pi * 220 * at) * np.sin(np.pi * at / 3)
    samples = np.stack([one * (k + 1) / channels for k in range(channels)], 1)
    soundfile.write(folder / "t.wav", samples, 16_000)
    return soundfile.read(folder / "t.wav", dtype="float32")[0]


@pytest.mark.parametrize("channels", [1, 2])
def test_samples_whose_bytes_are_exchanged_are_put_right_and_told(tmp_path, channels):
    samples, path = _tone(tmp_path, channels), tmp_path / "t.wav"
    data = path.read_bytes()
    assert not read(path, limits=LIMITS).notes
    path.write_bytes(data[:44] + np.frombuffer(data[44:], "<i2").byteswap().tobytes())
    found = read(path, limits=LIMITS)
    assert codes(found.notes) == ["recording.bytes_swapped"]
    assert np.array_equal(found.sound.samples.T.squeeze(), samples)


@pytest.mark.parametrize("channels", [1, 2])
def test_behind_a_byte_that_is_missing_everything_is_put_together_again(tmp_path, channels):
    samples, path = _tone(tmp_path, channels), tmp_path / "t.wav"
    data = path.read_bytes()
    gone = 44 + len(data) // 3
    path.write_bytes(data[:gone] + data[gone + 1 :])
    found = read(path, limits=LIMITS)
    assert codes(found.notes) == ["recording.byte_lost"]
    assert found.notes[0].fields["at_s"] == pytest.approx(SECONDS / 3, abs=0.5)
    apart = np.abs(found.sound.samples.T.squeeze() - samples).reshape(len(samples), -1).max(axis=1)
    assert np.flatnonzero(apart).size < LIMITS.order_window


def test_noise_says_nothing_of_its_bytes(tmp_path, noise):
    assert not read(tmp_path / "a.wav", limits=LIMITS).notes


@pytest.mark.parametrize("there", [1, 2])
def test_samples_of_another_number_of_channels_than_the_head_says_are_read_rightly(tmp_path, there):
    samples, path = _tone(tmp_path, there), tmp_path / "t.wav"
    rest = np.random.default_rng(5).normal(0, 0.001, samples.shape)  # no two channels are the same
    soundfile.write(path, samples + rest, 16_000)
    samples, data = soundfile.read(path, dtype="float32")[0], path.read_bytes()
    said = struct.pack("<HIIH", 3 - there, 16_000, 32_000 * (3 - there), 2 * (3 - there))
    path.write_bytes(data[:22] + said + data[34:])
    found = read(path, limits=LIMITS)
    assert codes(found.notes) == ["recording.channels_miscounted"] and not found.lost
    assert np.array_equal(found.sound.samples.T.squeeze(), samples)


def test_a_block_that_was_written_twice_is_heard_once(tmp_path, noise):
    path, block, at = tmp_path / "a.wav", 5 * 16_000, 7 * 16_000 + 123
    soundfile.write(path, np.concatenate([noise[: at + block], noise[at:]]), 16_000)
    found = read(path, limits=LIMITS)
    assert codes(found.notes) == ["recording.written_twice"] and found.lost == found.notes[0].spans
    (copy,) = found.lost
    assert copy.duration == pytest.approx(5)
    assert copy.start == pytest.approx((at + block) / 16_000, abs=0.05)
    assert total(found.sound.covered) == pytest.approx(SECONDS)
    assert np.array_equal(found.sound.samples[0][-at:], noise[-at:])


def test_what_goes_on_repeating_itself_or_stands_in_silence_was_not_written_twice(tmp_path, noise):
    path, at = tmp_path / "a.wav", np.arange(3 * 16_000) / 16_000
    tone = 0.2 * np.sin(2 * np.pi * 440 * at).astype(np.float32)
    ring = np.concatenate([np.zeros(8000, np.float32), noise[:16_000]])
    for told in (np.zeros(48_000), np.tile(noise[:48_000], 3), tone, np.tile(ring, 2)):
        soundfile.write(path, np.concatenate([noise, told, noise[::-1]]), 16_000)
        assert not read(path, limits=LIMITS).notes
