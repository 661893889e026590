"""Ends that the file outlasts, time that no page is missing for, and bytes taken for text."""

import struct

import pytest

from diarize.recording.joined import read
from diarize.recording.ogg import _checksum
from tests.diarize.recording.conftest import BURST_S, LENGTH_S
from tests.diarize.recording.test_nothing_lost import LIMITS, burst_s, lost_s, made
from tests.said import codes

PICTURE = "-f lavfi -i testsrc=size=64x64:rate=5:d=30 -i base.wav"


@pytest.mark.parametrize("name", ["died.mp4", "died.mkv"])
def test_sound_that_ends_before_its_picture_has_lost_its_end(folder, name):
    found = read(made(folder, name, "-c:v mpeg4 -c:a aac", PICTURE), limits=LIMITS)
    assert codes(found.notes) == ["recording.ends_early"]
    assert lost_s(found) == pytest.approx(30 - LENGTH_S, abs=0.2)


def test_an_upload_of_which_the_end_is_zeros_has_lost_it(folder):
    data = made(folder, "whole.webm", "-c:a libopus").read_bytes()
    path = folder / "zeros.webm"
    path.write_bytes(data[: int(0.6 * len(data))] + bytes(len(data) - int(0.6 * len(data))))
    found = read(path, limits=LIMITS)
    assert codes(found.notes) == ["recording.ends_early"]
    assert found.sound.seconds + lost_s(found) == pytest.approx(LENGTH_S, abs=0.2)


def test_pages_that_were_numbered_anew_hide_no_hole(folder):
    data = made(folder, "pages.opus", "-c:a libopus -page_duration 200000").read_bytes()
    pages = [b"OggS" + page for page in data.split(b"OggS")[1:]]
    kept = pages[: len(pages) // 4] + pages[len(pages) // 2 :]
    path = folder / "renumbered.opus"
    with path.open("wb") as file:
        for number, page in enumerate(kept):
            page = page[:18] + struct.pack("<I", number) + bytes(4) + page[26:]
            file.write(page[:22] + struct.pack("<I", _checksum(page)) + page[26:])
    found = read(path, limits=LIMITS)
    assert "recording.missing_inside" in codes(found.notes)
    assert lost_s(found) == pytest.approx(LENGTH_S / 4, abs=0.5)
    assert burst_s(found.sound) == pytest.approx(BURST_S, abs=0.1)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "fast.m4a"])
def test_what_a_gateway_took_for_text_is_put_right(folder, name):
    path = folder / f"mail_{name}"
    path.write_bytes(made(folder, name).read_bytes().replace(b"\n", b"\r\n"))
    found = read(path, limits=LIMITS)
    assert codes(found.notes) == ["recording.taken_for_text"] and found.lost == ()
    assert burst_s(found.sound) == pytest.approx(BURST_S, abs=0.1)
