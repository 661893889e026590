"""A sound that tests of containers make files of."""

import shutil

import pytest
import soundfile

from tests.conftest import tone

LENGTH_S, BURST_S = 20, 15


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with 20 s of a soft tone that is loud from 15.0 to 15.5 s, in every format here."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("the ffmpeg program is not on this machine")
    place = tmp_path_factory.mktemp("formats")
    samples = tone(LENGTH_S, level=0.02)
    samples[BURST_S * 16_000 : BURST_S * 16_000 + 8_000] *= 30
    soundfile.write(place / "base.wav", samples, 16_000)
    return place
