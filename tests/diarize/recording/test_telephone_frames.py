"""Frames of telephones promise nothing: what a cut takes off is told where it is inside one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diarize.errors import Refused
from diarize.recording.joined import read
from diarize.settings import Decoding
from tests.said import codes

TELEPHONE = {b"#!AMR\n": (7, 31), b"#!AMR-WB\n": (2, 32)}


@pytest.mark.parametrize("magic", TELEPHONE)
@settings(max_examples=4, deadline=None)
@given(length=st.integers(300, 4_800))
def test_telephone_frames_end_whole_or_are_told_of(tmp_path_factory, magic, length):
    kind, size = TELEPHONE[magic]
    rng = np.random.default_rng(3)
    frames = b"".join(bytes([kind << 3 | 4]) + rng.bytes(size) for _ in range(150))[:length]
    path = tmp_path_factory.mktemp("amr") / "a.amr"
    path.write_bytes(magic + frames)
    try:
        found = read(path, limits=Decoding())
    except Refused:
        pytest.skip("this build of the ffmpeg program does not decode it")
    whole, rest = divmod(len(frames), size + 1)
    assert found.sound.seconds == pytest.approx(0.02 * whole, abs=0.05)
    assert codes(found.notes) == (["recording.no_end"] if rest else [])
