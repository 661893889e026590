"""Where files of nothing but frames were joined byte by byte, as far as it shows."""

import struct

import pytest

from diarize.recording import framed
from diarize.recording.views import Contents
from diarize.settings import Decoding

RULE = Decoding()
WRAPS = 1 << 33


def inside(data):
    return Contents(data, 0, len(data), "")


def packet(at_s=None, pid=256, stamp=b""):
    """One packet of a transport stream, with its clock if it bears one."""
    head = struct.pack(">BHB", 0x47, pid, 0x30 if at_s is not None else 0x10)
    if at_s is None:
        return stamp + head + bytes(184)
    ticks = round(at_s * 90_000) % WRAPS
    clock = struct.pack(">IH", ticks >> 1, (ticks & 1) << 15)
    return stamp + head + bytes((7, 0x10)) + clock + bytes(176)


def stream(first_s, seconds, **how):
    every = (packet(first_s + k / 10, **how) + packet(**how) for k in range(10 * seconds + 1))
    return b"".join(every)


@pytest.mark.parametrize("stamp", [b"", b"\0\0\0\0"], ids=["188 bytes", "192 bytes"])
def test_a_transport_streams_clock_that_goes_back_is_a_joint(stamp):
    data = stream(1.4, 30, stamp=stamp) + stream(1.4, 20, stamp=stamp) + stream(9.0, 5, stamp=stamp)
    assert framed.packets(inside(data), RULE).joints == pytest.approx((30.1, 50.2), abs=0.01)


@pytest.mark.parametrize(
    "data",
    [
        stream(1.4, 30),
        stream(1.4, 30) + stream(31.5, 20),  # a recorder goes on in the next file
        stream(WRAPS / 90_000 - 10, 30),  # the clock is full, and begins anew
        stream(1.4, 30) + packet(0.0, pid=512) + packet() + stream(31.5, 5),  # another programme's
        packet() * 400,
    ],
    ids=["one", "goes on", "wraps", "another stream", "without a clock"],
)
def test_a_clock_that_goes_on_is_none(data):
    assert framed.packets(inside(data), RULE).joints == ()


def adts(frames, rate=8, channels=1, signed=()):
    """Frames of raw AAC, of 48 bytes; some with an encoder's sign."""
    head = bytes((0xFF, 0xF1, 0x40 | rate << 2 | channels >> 2, (channels & 3) << 6, 6, 0x1F, 0xFC))
    body = (b"\xde\2\0Lavc59" if k in signed else b"\1" * 9 for k in range(frames))
    return b"".join(head + part + b"\1" * 32 for part in body)


SECOND = 16_000 / 1024  # frames


def test_an_encoder_that_begins_to_sign_anew_or_another_kind_of_frames_is_a_joint():
    one = adts(300, signed=(0, 256))
    found = framed.adts(inside(one + one), RULE)
    assert found.joints == pytest.approx((300 / SECOND,)) and not found.ends_open
    other = adts(100, rate=4)
    assert framed.adts(inside(adts(50) + other), RULE).joints == pytest.approx((50 / SECOND,))
    assert framed.adts(inside(adts(50) + adts(20, channels=2)), RULE).joints


def test_frames_that_go_on_alike_leave_no_trace():
    assert framed.adts(inside(adts(600, signed=(0, 256, 512))), RULE).joints == ()
    assert framed.adts(inside(adts(600)), RULE).joints == ()
    cut = framed.adts(inside(adts(20)[:-9]), RULE)
    assert cut.ends_open and cut.joints == ()


def ac3(frames, code=8, mode=2):
    """Frames of AC-3 at 48 kHz."""
    size = {8: 256, 12: 384}[code]
    return (b"\x0b\x77\0\0" + bytes((code, 0x40, mode << 5)) + bytes(size - 7)) * frames


def test_another_kind_of_ac3_frames_is_a_joint():
    assert framed.ac3(inside(ac3(40) + ac3(20, mode=1)), RULE).joints == pytest.approx((1.28,))
    assert framed.ac3(inside(ac3(40) + ac3(20, code=12)), RULE).joints == pytest.approx((1.28,))
    assert framed.ac3(inside(ac3(60)), RULE).joints == ()


def test_a_matroska_cut_in_the_head_of_its_last_element_ends_open():
    """Wherever in it: a byte of its name may be all that is left. After a whole one it does not."""
    first, cluster = b"\xa3\x84" + bytes(4), b"\x1f\x43\xb6\x75\x41\x00"
    block = b"\xa3\x42\x00" + bytes(range(256)) * 2
    for last in (cluster, block):
        for length in range(1, len(last)):
            held = first + last[:length]
            assert framed.matroska_ends_open(Contents(held, 0, len(held), ""), Decoding()), length
    for whole in (first, first + block):
        assert not framed.matroska_ends_open(Contents(whole, 0, len(whole), ""), Decoding())
