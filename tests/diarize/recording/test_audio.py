"""Any bytes give sound or one line of refusal."""

import errno
import struct
import subprocess
import sys
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diarize.errors import Refused
from diarize.recording import consent, ffmpeg
from diarize.recording.admission import admit
from diarize.recording.audio import Audio, decode, save_flac
from diarize.settings import Decoding
from diarize.timeline import Span
from tests.conftest import ROOT, tone
from tests.said import codes, refused


def _admitted(path, data):
    path.write_bytes(data)
    consent.grant(path, by="test-1")
    return admit(path)


def _wave(data: bytes, *, code=1, rate=16_000, channels=1, bits=16, promised=None) -> bytes:
    align = channels * bits // 8
    head = struct.pack("<HHIIHH", code, channels, rate, rate * align, align, bits)
    size = len(data) if promised is None else promised
    return (
        b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + struct.pack("<I", 16) + head
        + b"data" + struct.pack("<I", size) + data
    )  # fmt: skip


@pytest.mark.parametrize(
    "rate", [8_000, 11_025, 16_000, 22_050, 44_100, 44_101, 48_000, 192_000, 384_000]
)
@pytest.mark.parametrize("channels", [1, 2])
def test_every_rate_becomes_16_khz_of_the_same_length(consented, rate, channels):
    samples = np.stack([tone(1.5, rate)] * channels, axis=1)
    sound = decode(admit(consented(samples, rate)))
    assert sound.rate == 16_000
    assert sound.source_rate_hz == rate
    assert sound.samples.shape[0] == channels
    assert sound.duration == pytest.approx(1.5, abs=0.002)
    middle = sound.mono[4000:20000]
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.3 / np.sqrt(2), rel=0.01)


def test_a_rate_that_fits_no_other_takes_less_than_a_gigabyte(consented):
    """Where the greatest common divisor of two rates is 1, filters of others take gigabytes."""
    path = consented(np.stack([tone(60.0, 44_101)] * 2, axis=1), 44_101)
    ask = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (10**9, 10**9));"
        "from pathlib import Path; from diarize.recording.admission import admit;"
        "from diarize.recording.audio import decode;"
        "sound = decode(admit(Path(sys.argv[1]))); print(sound.source_rate_hz, sound.duration)"
    )
    asked = [sys.executable, "-c", ask, str(path)]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, timeout=120)
    rate, seconds = done.stdout.split() or (done.stderr, "0")
    assert rate == "44101" and float(seconds) == pytest.approx(60.0, abs=0.01)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3"])
def test_formats_that_need_no_system_package(consented, name):
    sound = decode(admit(consented(tone(2.0), name=name)))
    assert sound.duration == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3"])
def test_half_a_file_is_read_and_its_end_is_said_to_be_lost(consented, name):
    if name == "a.flac" and not ffmpeg.here():
        pytest.skip("the ffmpeg program is not on this machine")
    path = consented(tone(30.0), name=name)
    whole = path.read_bytes()
    sound = decode(_admitted(path, whole[: len(whole) // 2]))
    (said,) = [n for n in sound.notes if n.code in ("recording.cut_short", "recording.no_end")]
    assert 10.0 < sound.duration < 20.0
    if said.code == "recording.cut_short":
        assert sound.duration + sound.lost[-1].duration == pytest.approx(30.0, abs=0.1)


def test_half_a_file_that_only_ffmpeg_reads_says_so_where_it_is_missing(consented, monkeypatch):
    path = consented(tone(30.0), name="a.flac")
    whole = path.read_bytes()
    monkeypatch.setenv("PATH", str(path.parent))
    with refused("recording.part_needs_ffmpeg"):
        decode(_admitted(path, whole[: len(whole) // 2]))


@pytest.mark.parametrize(
    ("data", "code", "fields"),
    [
        (b"", "empty_file", {}),
        (b"hello", "no_sound", {}),
        (_wave(b""), "no_sound", {}),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "no_sound", {}),
        (b"#ffconcat version 1.0\nfile other.wav\n", "other_kind", {}),
        (b"#EXTM3U\n#EXTINF:1,\nother.wav\n", "other_kind", {}),
        (b"\x00" * 400, "unknown_format", {}),
        (b"\x03ds2" + bytes(400), "other_kind", {}),
        (b"SQLite format 3\0" + bytes(400), "other_kind", {}),
        (b"\xef\xbb\xbf\n<!doctype html><title>Sign in</title>", "other_kind", {}),
        (b"PK\x03\x04" + bytes(400), "other_kind", {}),
        (b"bplist00" + bytes(400), "other_kind", {}),
        (_wave(b"\x00" * 64, rate=1), "sample_rate", {"rate_hz": 1}),
        (_wave(b"\x00" * 64, rate=1_000_000), "sample_rate", {"rate_hz": 1_000_000}),
        (_wave(b"\x00" * 1280, channels=64), "channels", {"channels": 64}),
        (_wave(b"\x00" * 64, channels=0, bits=16), "damaged", {}),
    ],
)
def test_bad_bytes_get_one_clear_line(tmp_path, data, code, fields):
    with refused(f"recording.{code}") as caught:
        decode(_admitted(tmp_path / "a.wav", data))
    assert str(caught.value).startswith(str(tmp_path / "a.wav"))
    assert fields.items() <= caught.value.message.fields.items()


@pytest.mark.parametrize(
    ("ending", "said", "rate"),
    [
        ("aiff", struct.pack(">H", 0x400C) + struct.pack(">Q", 0xFA00 << 48), b"\x7f\xff"),
        ("caf", struct.pack(">d", 16000.0), b"\x7f\xf8\x00"),
        ("caf", struct.pack(">d", 16000.0), b"\x7f\xf0\x00\x00"),
    ],
)
def test_a_rate_that_is_no_number_is_a_damaged_head_and_no_fault(tmp_path, ending, said, rate):
    soundfile.write(tmp_path / f"made.{ending}", np.zeros(16000, np.float32), 16000, "PCM_16")
    whole = (tmp_path / f"made.{ending}").read_bytes()
    assert whole.count(said) == 1
    broken = whole.replace(said, rate + said[len(rate) :])
    with refused("recording.damaged"):
        decode(_admitted(tmp_path / f"a.{ending}", broken))


@pytest.mark.skipif(not ffmpeg.here(), reason="the ffmpeg program is not on this machine")
def test_a_rate_that_no_decoder_takes_is_refused(tmp_path):
    told = struct.pack("<HHIIHH", 1, 1, 0xFFFFFFFF, 0xFFFFFFFF, 2, 16)
    sound = bytes(5_000_000)
    parts = b"fmt " + struct.pack("<I", 16) + told + b"data" + struct.pack("<I", len(sound)) + sound
    whole = b"RIFF" + struct.pack("<I", 4 + len(parts)) + b"WAVE" + parts
    with refused("recording.no_track"):
        decode(_admitted(tmp_path / "a.wav", whole))


def test_a_header_that_claims_four_gigabytes_is_read_to_the_real_end(tmp_path):
    data = _wave(b"\x01\x02" * 16_000, promised=0xFFFFFF00)
    sound = decode(_admitted(tmp_path / "a.wav", data))
    assert sound.duration == pytest.approx(1.0)
    assert codes(sound.notes)[0] in ("recording.cut_short", "recording.length_unknown")


def test_a_header_that_never_learnt_its_length_is_read_and_noted(tmp_path):
    data = _wave(b"\x01\x02" * 16_000, promised=0xFFFFFFFF)
    sound = decode(_admitted(tmp_path / "a.wav", data))
    assert sound.duration == pytest.approx(1.0)
    assert codes(sound.notes) == ["recording.length_unknown"]


def test_a_header_that_promises_more_than_there_is_is_read_to_its_end(tmp_path):
    data = _wave(b"\x01\x02" * 16_000, promised=3_200_000)
    sound = decode(_admitted(tmp_path / "a.wav", data))
    assert sound.duration == pytest.approx(1.0)
    assert codes(sound.notes) == ["recording.cut_short"]
    assert sound.lost == (Span(1.0, 100.0),)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_are_lost_and_named_and_a_file_of_them_is_refused(
    consented, value
):
    samples = tone(1.0)
    samples[4900:4903] = value
    sound = decode(admit(consented(samples, subtype="FLOAT")))
    (place,) = sound.lost
    assert place.start <= 4900 / 16_000 < 4903 / 16_000 <= place.end < place.start + 0.15
    assert codes(sound.notes) == ["recording.missing_inside"]
    kept = np.arange(len(samples)) / 16_000 < place.start
    np.testing.assert_allclose(sound.mono[kept], samples[kept], atol=1e-6)
    assert not sound.mono[4900:4903].any()
    samples[:9000] = value
    with refused("recording.not_numbers") as caught:
        decode(admit(consented(samples, subtype="FLOAT")))
    assert caught.value.message.fields["samples"] == 9000


def test_absurd_samples_are_refused(consented):
    with refused("recording.beyond_full_scale"):
        decode(admit(consented(tone(1.0) * 1e30, subtype="FLOAT")))


def test_floating_samples_beyond_full_scale_are_kept(consented):
    quiet, loud = (
        decode(admit(consented(tone(1.0) * times, name=name, subtype="FLOAT")))
        for times, name in ((1, "quiet.wav"), (50, "loud.wav"))
    )
    np.testing.assert_allclose(loud.samples, 50 * quiet.samples, rtol=1e-5)
    assert loud.clipped_share == 0.0


def _crc(data: bytes, bits: int, rule: int) -> int:
    """Give a FLAC checksum, of which each frame has two."""
    value, top, mask = 0, 1 << (bits - 1), (1 << bits) - 1
    for byte in data:
        value ^= byte << (bits - 8)
        for _ in range(8):
            value = (value << 1 ^ rule) & mask if value & top else value << 1 & mask
    return value


def _hours_of_silence(frames: int, *, said: int) -> bytes:
    """Make a FLAC whose frames hold 65,535 zeros each, and whose header says how many samples."""
    rate_and_length = 16_000 << 44 | 15 << 36 | said  # one channel of 16 bits
    facts = struct.pack(">HH", 65_535, 65_535) + bytes(6) + struct.pack(">Q", rate_and_length)
    return b"fLaC\x80" + (34).to_bytes(3, "big") + facts + bytes(16) + _silent_frames(frames)


@cache
def _silent_frames(frames: int) -> bytes:
    made = []
    for number in range(frames):
        count = chr(number).encode("utf-8", "surrogatepass")
        frame = b"\xff\xf8\x75\x08" + count + struct.pack(">H", 65_534)
        frame += bytes([_crc(frame, 8, 0x07)]) + bytes(3)  # all samples are one: zero
        made.append(frame + struct.pack(">H", _crc(frame, 16, 0x8005)))
    return b"".join(made)


def test_silence_that_is_made_here_is_read_as_any(tmp_path):
    sound = decode(_admitted(tmp_path / "a.flac", _hours_of_silence(3, said=3 * 65_535)))
    assert sound.duration == pytest.approx(3 * 65_535 / 16_000, abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("said", [87_891 * 65_535, 0, 16_000])
@pytest.mark.parametrize("first", [b"\x00", b"\x80"])  # whether other blocks follow the first
def test_a_bomb_is_refused_within_a_second_whatever_its_header_says(tmp_path, said, first):
    """A hundred hours in little more than a megabyte."""
    data = _hours_of_silence(87_891, said=said)
    assert len(data) < 1_600_000
    if first == b"\x00":
        data = data[:4] + first + data[5:42] + b"\x81" + bytes(3) + data[42:]  # empty padding
    bomb, small = (_admitted(tmp_path / f"{n}.flac", d) for n, d in enumerate((data, data[:900])))
    with suppress(Refused):
        decode(small)  # the workshop is begun
    began = time.perf_counter()
    with refused("recording.too_long"):
        decode(bomb)
    assert time.perf_counter() - began < 1


def test_a_bomb_is_refused_by_its_header(tmp_path):
    path = tmp_path / "bomb.flac"
    soundfile.write(path, np.zeros(16_000, np.float32), 16_000)
    data = bytearray(path.read_bytes())
    hundred_hours = 100 * 3600 * 16_000
    data[21] = (data[21] & 0xF0) | (hundred_hours >> 32)
    data[22:26] = struct.pack(">I", hundred_hours & 0xFFFFFFFF)
    with refused("recording.too_long"):
        decode(_admitted(path, bytes(data)))


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Decoding(rate_max_hz=15_999), "sample_rate"),
        (Decoding(channels_max=0), "channels"),
        (Decoding(duration_max_h=0.9 / 3600), "too_long"),
        (Decoding(peak_max=0.1), "beyond_full_scale"),
    ],
)
def test_limits_can_be_handed_in(consented, limits, code):
    path = consented(tone(1.0))
    assert decode(admit(path)).duration == 1.0
    with refused(f"recording.{code}"):
        decode(admit(path), limits=limits)


def test_channels_that_cancel_keep_the_louder_one(consented):
    left = tone(1.0)
    sound = decode(admit(consented(np.stack([-0.9 * left, left], axis=1))))
    np.testing.assert_array_equal(sound.mono, sound.samples[1])
    assert np.abs(sound.samples[1]).max() > np.abs(sound.samples[0]).max() > 0.2


def test_clipping_is_counted_before_resampling(consented):
    samples = np.clip(tone(1.0, 44_100, level=2.0), -1, 1)
    assert decode(admit(consented(samples, 44_100))).clipped_share > 0.3


def test_decoded_sound_cannot_be_changed(consented):
    sound = decode(admit(consented(tone(0.2))))
    with pytest.raises(ValueError, match="read-only"):
        sound.samples[0, 0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        sound.mono[0] = 1.0


def test_names_with_dashes_newlines_and_colons_are_read(consented):
    for name in ("-x.wav", "a\nb.wav", "s1:2.wav", "ü😀.wav"):
        assert decode(admit(consented(tone(0.2), name=name))).duration > 0


def test_blocks_leave_no_trace(consented):
    samples = np.stack([tone(3.0, 44_100), tone(3.0, 44_100, hz=311.0)], axis=1)
    path = consented(samples, 44_100)
    whole = np.array(decode(admit(path)).mono)
    blocks = decode(admit(path), limits=Decoding(block_samples=4_096))
    np.testing.assert_allclose(np.array(blocks.mono), whole, atol=1e-6)


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg"])
def test_decoding_in_blocks_gives_what_librosa_gives_at_once(consented, rate, name):
    import librosa

    noise = np.random.default_rng(5).normal(0, 0.1, (round(2.3 * rate), 2))
    path = consented(noise.astype(np.float32), rate, name)
    sound = decode(admit(path), limits=Decoding(block_samples=5_000))
    whole, _ = librosa.load(path, sr=16_000, mono=False, res_type="soxr_hq")
    mono, _ = librosa.load(path, sr=16_000, mono=True, res_type="soxr_hq")
    # librosa rounds the length up and fills the last sample with silence.
    length = sound.samples.shape[1]
    assert 0 <= whole.shape[1] - length <= 1
    np.testing.assert_allclose(sound.samples, whole[:, :length], atol=1e-6)
    np.testing.assert_allclose(sound.mono, mono[:length], atol=1e-6)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=300), st.integers(0, 43))
def test_any_bytes_give_sound_or_a_refusal(tmp_path, tail, cut):
    head = _wave(b"\x01\x02" * 50)
    try:
        sound = decode(_admitted(tmp_path / "fuzz.wav", head[: len(head) - cut] + tail))
    except Refused as refusal:
        assert "\n" not in str(refusal)
    else:
        assert np.isfinite(sound.mono).all()


def test_files_that_break_readers(development_data, tmp_path):
    sources = sorted((development_data / "nasty").iterdir())
    assert sources
    for source in sources:
        try:
            sound = decode(_admitted(tmp_path / source.name, source.read_bytes()))
        except Refused as refusal:
            assert "\n" not in str(refusal)
        else:
            assert sound.samples.shape[1] > 0
            assert np.isfinite(sound.mono).all()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no file here that is always full")
@pytest.mark.parametrize("seconds", [0.01, 3.0])  # written when it is closed, and before
def test_sound_that_does_not_fit_on_the_disk_says_so(seconds):
    with pytest.raises(OSError) as caught:
        save_flac(Audio.of(tone(seconds)), Path("/dev/full"))
    assert caught.value.errno == errno.ENOSPC
