"""Seconds in are seconds heard and seconds named as lost: any container, any cut, any join."""

import struct
import subprocess
from functools import cache

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diarize.recording.joined import read
from diarize.settings import Decoding
from diarize.timeline import total
from tests.diarize.recording.conftest import BURST_S, LENGTH_S
from tests.said import codes, refused

LIMITS = Decoding()
CAMERA = f"-f lavfi -i testsrc=size=320x240:rate=25:d={LENGTH_S} -map 1:v -map 0:a -c:v mpeg2video"
WHOLE = {
    "a.wav": "", "float.wav": "-c:a pcm_f32le", "a24.wav": "-c:a pcm_s24le",
    "u8.wav": "-c:a pcm_u8",
    "alaw.wav": "-c:a pcm_alaw", "rf64.wav": "-rf64 always", "ima.wav": "-c:a adpcm_ima_wav",
    "ms.wav": "-c:a adpcm_ms", "a.w64": "", "a.aiff": "", "a.caf": "", "a.au": "", "a.flac": "",
    "a.ogg": "-c:a libvorbis", "a.opus": "-c:a libopus", "a.oga": "-c:a flac",
    "vbr.mp3": "-c:a libmp3lame -q:a 6", "cbr.mp3": "-c:a libmp3lame -b:a 64k",
    "bare.mp3": "-c:a libmp3lame -q:a 6 -write_xing 0 -id3v2_version 0", "a.mp2": "-c:a mp2",
    "a.m4a": "-c:a aac", "fast.m4a": "-c:a aac -movflags faststart", "alac.m4a": "-c:a alac",
    "frag.mp4": "-c:a aac -movflags frag_keyframe+empty_moov -frag_duration 1000000",
    "a.mov": "-c:a pcm_s16le", "a.webm": "-c:a libopus", "a.mka": "-c:a libvorbis",
    "a.mkv": "-c:a aac", "a.wma": "-c:a wmav2", "a.avi": "-c:a libmp3lame", "a.ts": "-c:a aac",
    "a.flv": "-ar 22050 -c:a libmp3lame", "a.aac": "-c:a aac", "a.ac3": "-c:a ac3", "a.wv": "",
    "gsm.wav": "-ar 8000 -c:a libgsm_ms", "mp3.wav": "-c:a libmp3lame -b:a 64k",
    "a.dts": "-c:a dca -strict -2 -ar 48000", "a.mxf": f"{CAMERA} -c:a pcm_s16le -ar 48000",
    "a.3gp": "-ar 8000 -c:a aac", "a.tta": "", "a.spx": "-c:a libspeex",
}  # fmt: skip
# What promises nothing: bytes taken off their end leave no trace.
UNPROMISED = {"a.dts", "a.ts", "a.aac", "a.ac3", "bare.mp3", "a.mp2", "frag.mp4"}
# What says that its end is missing, and not how much.
UNENDED = {"a.ogg", "a.opus", "a.oga", "a.spx"}


def made(folder, name, how=None, source="-i base.wav"):
    """Make a file with the ffmpeg program once, or skip where it cannot write it."""
    path = folder / name
    if not path.exists():
        options = (WHOLE.get(name, "") if how is None else how).split()
        command = ["ffmpeg", "-v", "error", "-y", *source.split(), *options, str(path)]
        if subprocess.run(command, cwd=folder, check=False, capture_output=True).returncode:
            path.unlink(missing_ok=True)
            pytest.skip("this build of the ffmpeg program cannot write it")
    return path


def piped(folder, name, how):
    """Make a file that the ffmpeg program cannot go back in, as a broadcast is written."""
    path = folder / name
    if not path.exists():
        command = ["ffmpeg", "-v", "error", "-i", "base.wav", *how.split()]
        done = subprocess.run(command, cwd=folder, check=False, capture_output=True)
        if done.returncode:
            pytest.skip("this build of the ffmpeg program cannot write it")
        path.write_bytes(done.stdout)
    return path


def burst_s(sound):
    """When the loud second begins."""
    level = np.abs(sound.samples[0][: sound.samples.shape[1] // 160 * 160]).reshape(-1, 160).max(1)
    return float(np.argmax(level > 0.2)) / 100


def lost_s(found):
    """Seconds named as lost."""
    return total(found.lost)


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_file_is_read_to_its_end_and_nothing_is_said_to_be_lost(folder, name):
    found = read(made(folder, name), limits=LIMITS)
    assert found.sound.seconds == pytest.approx(LENGTH_S, abs=0.2)
    assert burst_s(found.sound) == pytest.approx(BURST_S, abs=0.1)
    assert [note for note in found.notes if note.severity != "info"] == []
    assert found.lost == ()


@pytest.mark.parametrize("name", sorted(WHOLE.keys() - UNPROMISED))
@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(share=st.floats(0.2, 0.95))
def test_what_a_cut_takes_away_is_named(folder, name, share):
    whole = made(folder, name).read_bytes()
    cut = folder / f"cut_{name}"
    cut.write_bytes(whole[: int(len(whole) * share)])
    if name in ("a.m4a", "alac.m4a", "a.mov", "a.3gp"):
        with refused("recording.no_index"):
            read(cut, limits=LIMITS)
        return
    found = read(cut, limits=LIMITS)
    assert found.sound.seconds > 0.1 * LENGTH_S
    if name in UNENDED:
        assert "recording.no_end" in codes(found.notes)
    else:
        assert found.sound.seconds + lost_s(found) == pytest.approx(LENGTH_S, abs=0.5)


@cache
def told_of(path):
    """The codes of what is said of a file that stays as it is; it is read once."""
    return codes(read(path, limits=LIMITS).notes)


@pytest.mark.parametrize("name", sorted(UNPROMISED | {"live.mkv", "live.flv"}))
@settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(share=st.floats(0.3, 0.95))
def test_a_cut_of_what_promises_nothing_leaves_an_open_end(folder, name, share):
    live = {"live.mkv": "-c:a libopus -live 1 -f matroska pipe:1",
            "live.flv": "-ar 22050 -c:a libmp3lame -flvflags no_duration_filesize"}  # fmt: skip
    data = (piped if "pipe" in live.get(name, "") else made)(folder, name, live.get(name))
    whole = data.read_bytes()
    assert "recording.no_end" not in told_of(data)
    cut = folder / f"open_{name}"
    said = set()
    for less in (0, 1, 7):  # one is inside a frame
        cut.write_bytes(whole[: int(len(whole) * share) - less])
        found = read(cut, limits=LIMITS)
        assert found.sound.seconds == pytest.approx(share * LENGTH_S, abs=0.2 * LENGTH_S)
        said |= set(codes(found.notes))
    assert said & {"recording.no_end", "recording.cut_short"}


@pytest.mark.parametrize("name", ["cbr.mp3", "bare.mp3", "a.ogg", "a.opus", "a.flac"])
@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(first=st.floats(0.2, 0.4), width=st.floats(0.08, 0.2))
def test_overwritten_bytes_are_silence_in_their_place(folder, name, first, width):
    data = bytearray(made(folder, name).read_bytes())
    begins, end = int(first * len(data)), int((first + width) * len(data))
    data[begins:end] = bytes(end - begins)
    hurt = folder / f"hurt_{name}"
    hurt.write_bytes(data)
    found = read(hurt, limits=LIMITS)
    assert found.sound.seconds + lost_s(found) == pytest.approx(LENGTH_S, abs=0.6)
    assert burst_s(found.sound) == pytest.approx(BURST_S, abs=0.4)
    assert "recording.missing_inside" in codes(found.notes)


@pytest.mark.parametrize(
    "name", ["a.ogg", "a.opus", "a.flac", "cbr.mp3", "a.m4a", "fast.m4a", "alac.m4a"]
)
def test_bytes_taken_out_leave_their_time(folder, name):
    data = made(folder, name).read_bytes()
    hurt = folder / f"out_{name}"
    hurt.write_bytes(data[: int(0.3 * len(data))] + data[int(0.5 * len(data)) :])
    found = read(hurt, limits=LIMITS)
    assert found.sound.seconds + lost_s(found) == pytest.approx(LENGTH_S, abs=0.6)
    assert burst_s(found.sound) == pytest.approx(BURST_S, abs=0.2)


# Frames that follow each other say nothing of a joint.
FRAMES = {"bare.mp3", "a.mp2", "a.ac3", "a.dts", "a.wv"}


@pytest.mark.parametrize("name", WHOLE)
def test_files_joined_byte_by_byte_are_all_read(folder, name):
    data = made(folder, name).read_bytes()
    joined = folder / f"joined_{name}"
    joined.write_bytes(data + data + data)
    found = read(joined, limits=LIMITS)
    assert found.sound.seconds == pytest.approx(3 * LENGTH_S, abs=0.4)
    assert burst_s(found.sound) == pytest.approx(BURST_S, abs=0.1)
    assert found.lost == ()
    joints = [note.spans for note in found.notes if note.code == "recording.joined"]
    if name not in FRAMES:
        (spans,) = joints
        starts = [span.start for span in spans]
        assert starts == pytest.approx([LENGTH_S, 2 * LENGTH_S], abs=0.3)


OPEN = ("no_end", "part_no_end", "piece_unread", "bytes_skipped", "clock_restarts")
UNKNOWN = {f"recording.{what}" for what in OPEN}


@pytest.mark.parametrize("name", sorted(WHOLE.keys() - UNPROMISED))
@settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(share=st.floats(0.2, 0.95), first=st.booleans())
def test_of_joined_files_that_were_cut_all_is_heard_or_named(folder, name, share, first):
    data = made(folder, name).read_bytes()
    cut = data[: int(len(data) * share)]
    hurt = folder / f"joined_cut_{name}"
    hurt.write_bytes(cut + data if first else data + cut)
    found = read(hurt, limits=LIMITS)
    assert found.sound.seconds > 0.95 * LENGTH_S
    named = ("recording.part_cut_short", "recording.parts_overlap")  # lost, or heard once
    parts = (float(str(n.fields["seconds"])) for n in found.notes if n.code in named)
    if set(codes(found.notes)) & UNKNOWN:
        return
    if first and "recording.parts_overlap" in codes(found.notes):  # the whole holds what was cut
        assert found.sound.seconds == pytest.approx(LENGTH_S, abs=0.6)
        assert lost_s(found) < 0.6
        return
    assert found.sound.seconds + lost_s(found) + sum(parts) == pytest.approx(2 * LENGTH_S, abs=0.6)


def headed(folder, *, says, more=b""):
    """A wav whose header says another length."""
    data = bytearray(made(folder, "a.wav").read_bytes())
    struct.pack_into("<I", data, data.find(b"data") + 4, says)
    path = folder / f"says_{says}_{len(more)}.wav"
    path.write_bytes(bytes(data) + more)
    return path


@pytest.mark.parametrize("says", [0, 0xFFFFFFFF, 0x7FFFF000, 0x80000000])
def test_a_wav_that_never_learnt_its_length_is_read(folder, says):
    found = read(headed(folder, says=says), limits=LIMITS)
    assert found.sound.seconds == pytest.approx(LENGTH_S)
    assert codes(found.notes) == ["recording.length_unknown"]


def test_a_header_that_was_not_updated_is_not_believed(folder):
    found = read(headed(folder, says=8 * 32_000), limits=LIMITS)
    assert found.sound.seconds == pytest.approx(LENGTH_S)
    (note,) = found.notes
    assert (note.code, note.fields["said_s"]) == ("recording.header_short", 8.0)


def test_a_header_that_promises_half_an_hour_is_no_reason_to_refuse(folder):
    found = read(headed(folder, says=1800 * 32_000), limits=LIMITS)
    assert (found.sound.seconds, lost_s(found)) == pytest.approx((LENGTH_S, 1800 - LENGTH_S))
    assert codes(found.notes) == ["recording.cut_short"]


def test_an_odd_chunk_without_padding_hides_no_sound(folder):
    data = made(folder, "a.wav").read_bytes()
    at = data.find(b"data")
    for chunk in (b"odd " + struct.pack("<I", 5) + b"12345", b"bad " + struct.pack("<I", 1 << 30)):
        path = folder / "odd.wav"
        path.write_bytes(data[:at] + chunk + data[at:])
        assert read(path, limits=LIMITS).sound.seconds == pytest.approx(LENGTH_S)


def test_of_joined_files_the_one_that_cannot_be_read_is_named_with_its_place(folder):
    data = made(folder, "a.m4a").read_bytes()
    path = folder / "unfinished.m4a"
    path.write_bytes(data + data[: len(data) // 2] + data)
    found = read(path, limits=LIMITS)
    assert found.sound.seconds == pytest.approx(2 * LENGTH_S, abs=0.2)
    (note,) = [n for n in found.notes if n.code == "recording.piece_unread"]
    assert (note.fields["part"], note.fields["n"]) == (2, 3)
    assert note.spans[0].start == pytest.approx(LENGTH_S, abs=0.1)


def test_chunks_and_zeros_behind_the_sound_are_no_sound(folder):
    says = LENGTH_S * 32_000
    chunk = b"id3 " + struct.pack("<I", 40_000) + bytes(range(256)) * 157
    for more in (chunk, bytes(100_000)):
        found = read(headed(folder, says=says, more=more), limits=LIMITS)
        assert (found.sound.seconds, found.notes) == (LENGTH_S, ())


def test_an_mp3_whose_header_counts_too_many_frames_names_the_rest(folder):
    data = bytearray(made(folder, "vbr.mp3").read_bytes())
    at = data.find(b"Xing") + 8
    struct.pack_into(">I", data, at, struct.unpack_from(">I", data, at)[0] + 50)
    path = folder / "counts_50_more.mp3"
    path.write_bytes(data)
    found = read(path, limits=LIMITS)
    assert found.sound.seconds == pytest.approx(LENGTH_S, abs=0.1)
    assert lost_s(found) == pytest.approx(50 * 576 / 16_000, abs=0.1)


@pytest.mark.parametrize("name", ["a.flac", "a.wav", "a.aac"])
def test_a_tag_in_front_hides_nothing(folder, name):
    tag = b"ID3\x03\x00\x00\x00\x00\x00\x0a" + b"0123456789"
    path = folder / f"tagged_{name}"
    path.write_bytes(tag + made(folder, name).read_bytes())
    assert read(path, limits=LIMITS).sound.seconds == pytest.approx(LENGTH_S, abs=0.2)


def test_what_stands_around_frames_is_passed_over(folder):
    data = made(folder, "bare.mp3").read_bytes()
    tags = b"APETAGEX" + struct.pack("<IIII", 2000, 132, 1, 0xA0000000) + bytes(2008)
    junk = np.random.default_rng(3).bytes(20_000)
    path = folder / "around.mp3"
    path.write_bytes(bytes(4096) + data + tags + b"TAG" + bytes(125) + junk)
    found = read(path, limits=LIMITS)
    assert found.sound.seconds == pytest.approx(LENGTH_S, abs=0.2)
    assert codes(found.notes) == ["recording.bytes_skipped"]


PICTURE = f"-f lavfi -i color=c=black:s=64x64:r=5:d={LENGTH_S + 3} "


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("late.mp4", "-c:v mpeg4 -c:a aac"),
        ("late.mkv", "-c:v mpeg4 -c:a libopus"),
        ("late.ts", "-c:v mpeg2video -c:a mp2"),
    ],
)
def test_a_track_that_starts_late_is_on_the_picture_s_clock(folder, name, how):
    source = PICTURE + "-itsoffset 3 -i base.wav"
    found = read(made(folder, name, f"-map 0:v -map 1:a {how}", source), limits=LIMITS)
    assert burst_s(found.sound) == pytest.approx(BURST_S + 3, abs=0.12)
    assert "recording.starts_late" in codes(found.notes)
    assert found.lost == ()


def test_packets_that_are_missing_leave_silence(folder):
    how = "-af aselect='not(between(t,5,9))' -c:a libopus -fps_mode passthrough"
    found = read(made(folder, "gap.webm", how), limits=LIMITS)
    assert burst_s(found.sound) == pytest.approx(BURST_S, abs=0.1)
    (span,) = found.lost
    assert (span.start, span.end) == pytest.approx((5, 9), abs=0.2)


def test_of_a_silent_track_and_one_that_speaks_the_second_is_taken(folder):
    path = made(folder, "silent.mp4", f"-map 1:a -map 0:a -c:a aac -t {LENGTH_S}",
                "-i base.wav -f lavfi -i anullsrc=r=16000:cl=mono")  # fmt: skip
    found = read(path, limits=LIMITS)
    assert burst_s(found.sound) == pytest.approx(BURST_S, abs=0.1)
    (note,) = found.notes
    assert (note.code, dict(note.fields)) == ("recording.track_taken", {"track": 2, "tracks": 2})


def test_a_track_per_person_is_a_channel_per_person_and_one_can_be_asked_for(folder):
    path = made(folder, "two.mkv", f"-map 0:a -map 1:a -c:a pcm_s16le -t {LENGTH_S}",
                "-i base.wav -f lavfi -i anoisesrc=a=0.05:r=16000")  # fmt: skip
    found = read(path, limits=LIMITS)
    assert found.sound.samples.shape[0] == 2
    assert codes(found.notes) == ["recording.tracks_are_channels"]
    one = read(path, limits=LIMITS, track=1)
    assert one.sound.samples.shape[0] == 1
    assert burst_s(one.sound) == pytest.approx(BURST_S, abs=0.1)
    with refused("recording.no_such_track", tracks=2, track=3):
        read(path, limits=LIMITS, track=3)


def test_more_tracks_than_anybody_records_are_refused_and_one_can_be_asked_for(folder):
    tracks = " ".join(["-map 0:a"] * (LIMITS.tracks_max + 1))
    path = made(folder, "many.mkv", f"{tracks} -c:a pcm_s16le")
    with refused("recording.too_many_tracks", tracks=LIMITS.tracks_max + 1, most=LIMITS.tracks_max):
        read(path, limits=LIMITS)
    assert burst_s(read(path, limits=LIMITS, track=17).sound) == pytest.approx(BURST_S, abs=0.1)


def test_a_track_keeps_its_number_where_the_one_before_it_holds_nothing(folder):
    apart = "-filter_complex [0:a]asplit[a][b];[a]aselect=0[none]"
    path = made(folder, "empty.mkv", f"{apart} -map [none] -map [b] -c:a pcm_s16le")
    found = read(path, limits=LIMITS)
    assert burst_s(found.sound) == pytest.approx(BURST_S, abs=0.1)
    (note,) = found.notes
    assert (note.code, dict(note.fields)) == ("recording.track_taken", {"track": 2, "tracks": 2})


def test_a_copy_and_a_mix_are_nobody_s_track(folder):
    two = "-i base.wav -f lavfi -i anoisesrc=a=0.05:r=16000:seed=1"
    copy = made(folder, "copy.mkv", "-map 0:a -map 0:a -c:a pcm_s16le", "-i base.wav")
    assert read(copy, limits=LIMITS).sound.samples.shape[0] == 1
    mixed = "-filter_complex [0:a]asplit[a][b];[1:a]asplit[c][d];[a][c]amix=normalize=0[m]"
    mix = made(folder, "mix.mkv", f"{mixed} -map [m] -map [b] -map [d] -c:a pcm_s16le "
               f"-t {LENGTH_S}", two)  # fmt: skip
    found = read(mix, limits=LIMITS)
    assert found.notes[0].fields["taken"] == [2, 3]


def test_a_picture_without_sound_is_told_for_what_it_is(folder):
    with refused("recording.no_track"):
        read(made(folder, "picture.mp4", "-c:v mpeg4", PICTURE), limits=LIMITS)


def test_without_the_ffmpeg_program_one_line_says_so_and_the_rest_is_read(folder, monkeypatch):
    paths = {name: made(folder, name) for name in ("a.m4a", "ima.wav", "a.aiff", "bare.mp3")}
    monkeypatch.setenv("PATH", "")
    for name in ("a.m4a", "ima.wav"):
        with refused("recording.needs_ffmpeg"):
            read(paths[name], limits=LIMITS)
    for name in ("a.aiff", "bare.mp3"):
        assert read(paths[name], limits=LIMITS).sound.seconds == pytest.approx(LENGTH_S, abs=0.2)
