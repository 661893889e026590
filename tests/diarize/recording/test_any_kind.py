"""Whatever follows the first bytes of a kind: sound, or a refusal in one line."""

import json
import re
import struct

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from diarize.errors import Refused
from diarize.recording import consent
from diarize.recording.container import KINDS
from diarize.recording.joined import read
from diarize.settings import Decoding
from prosody.batch.manifest import jobs_of
from prosody.report.codec import from_json, to_json
from tests.dashboard.conftest import make_report
from tests.said import refused

FMT = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 16_000, 32_000, 2, 16)
BEGINNINGS = (
    b"RIFF\xff\xff\xff\x7fWAVE" + FMT,
    b"RF64\xff\xff\xff\xffWAVEds64" + struct.pack("<I", 28),
    b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\0",
    b"FORM\0\0\xff\xffAIFF",
    b"FORM\0\0\xff\xffAIFC",
    b"caff\0\1\0\0desc" + struct.pack(">q", 32),
    b".snd" + struct.pack(">IIIII", 24, 9, 3, 16_000, 1),
    b"fLaC",
    b"fLaC\0\0\0\x22" + bytes(34),
    b"OggS\0\2",
    b"\0\0\0\x10ftypM4A ",
    b"\x1a\x45\xdf\xa3\x80",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",
    b"RIFF\0\0\0\0AVI LIST",
    b"FLV\1\5\0\0\0\x09",
    b"\0\0\1\xba",
    b"#!AMR\n",
    b"wvpk",
    b"MAC ",
    b"TTA1",
    b"Creative Voice File\x1a\x1a\0\x0a\x01\x29\x11",
    b"NIST_1A\n   1024\n",
    b"ID3\3\0\0\0\0\0\x0a",
    b"\xff\xfb\x90\x44",
    b"\xff\xf1\x50\x80",
    b"\x0b\x77",
    b"\2dss",
    b"\x7f\xfe\x80\x01\xfc\x3c",
    b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01\x01\x02",
)
NASTY = st.sampled_from(
    [
        b"data\0\0\0\0",
        b"data\xff\xff\xff\xff",
        b"junk\0\0\0\0",
        b"SSND\xff\xff\xff\xff",
        b"fLaC",
        b"OggS",
        b"moov\0\0\0\0",
        b"free" + bytes(8),
        b"\xec\x80",
        b"\xff" * 9,
        bytes(64),
        b"LIST\xff\xff\xff\x7f",
        FMT,
    ]
)
REST = st.lists(st.one_of(st.binary(max_size=40), NASTY), max_size=12).map(b"".join)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=12,
)
OFTEN = settings(max_examples=30, deadline=None)


def test_every_kind_has_a_beginning_here():
    known = {
        k.name for k in KINDS for b in BEGINNINGS if re.match(k.begins, b + bytes(4), re.DOTALL)
    }
    assert {k.name for k in KINDS} - known <= {"mpegts", "gsm"}


def test_a_few_frames_by_chance_make_no_mp3_of_another_kind_of_file(tmp_path):
    noise = np.random.default_rng(7).integers(0, 0xF0, 300_000, np.uint8).tobytes()
    frames = 3 * (b"\xff\xfb\x90\x44" + bytes(413))
    path = tmp_path / "dictation"
    path.write_bytes(noise[:9_000] + frames + noise[9_000:])
    with refused("recording.unknown_format"):
        read(path, limits=Decoding())


@pytest.mark.parametrize("begins", BEGINNINGS, ids=repr)
@OFTEN
@example(rest=bytes(8) + b"data\xff\xff\xff\xff")  # an RF64 that promises nearly 2**64 bytes
@given(rest=REST)
def test_any_rest_gives_sound_or_a_refusal(tmp_path_factory, begins, rest):
    path = tmp_path_factory.mktemp("any") / "a"
    path.write_bytes(begins + rest)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PATH", "")  # our own reading, without the other program's
        try:
            assert read(path, limits=Decoding()).sound.end_s > 0
        except Refused as refusal:
            assert "\n" not in str(refusal)


@OFTEN
@given(text=st.one_of(st.text(max_size=300), st.binary(max_size=300)))
def test_any_manifest_gives_jobs_or_a_refusal(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("any") / "m.csv"
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    path.write_bytes(b"recording,session_id,date\n" + raw)
    try:
        assert jobs_of(path)
    except Refused as refusal:
        assert "\n" not in str(refusal)


@OFTEN
@given(value=JSON)
def test_no_record_that_lacks_a_field_is_a_consent(tmp_path_factory, value):
    path = tmp_path_factory.mktemp("any") / "r.wav"
    for text in (json.dumps(value), "[" * 100_000, json.dumps({"scopes": value})):
        consent.record_path(path).write_text(text)
        with refused("consent.unreadable"):
            consent.read(path)


@OFTEN
@given(
    value=JSON,
    place=st.sampled_from(["recording", "turns", "events", "notes", "settings", "schema"]),
)
def test_any_report_is_read_or_refused(value, place):
    whole = json.loads(to_json(make_report()))
    for held in (value, {**whole, place: value}):
        try:
            from_json(json.dumps(held))
        except Refused as refusal:
            assert "\n" not in str(refusal)
