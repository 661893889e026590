"""Sound that a recorder wrote in several pieces of one file is read from all of them."""

import struct

import numpy as np
import pytest
import soundfile

from diarize.recording.joined import read
from diarize.settings import Decoding


@pytest.mark.parametrize("note", [b"", b"note" + struct.pack("<I", 4) + b"here"])
def test_a_wav_whose_sound_stands_in_several_pieces_is_read_whole(tmp_path, note):
    """A recorder that pauses begins another piece; a note between them is no sound."""
    path = tmp_path / "a.wav"
    sound = np.random.default_rng(1).normal(0, 0.1, 160_000).astype(np.float32)
    soundfile.write(path, sound, 16_000)
    data = path.read_bytes()
    at = data.find(b"data")
    plain, half = data[at + 8 :], len(data[at + 8 :]) // 4 * 2
    parts = (b"data" + struct.pack("<I", len(p)) + p for p in (plain[:half], plain[half:]))
    path.write_bytes(data[:at] + note.join(parts))
    found = read(path, limits=Decoding())
    assert found.sound.samples[0] == pytest.approx(sound, abs=1e-4)
    assert [note.code for note in found.notes] == ["recording.joined"]
