"""What several tests use: consented recordings made on the spot, and the development data."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
import soundfile

from diarize.recording import consent

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "sample_audio"


def tone(seconds: float, rate: int = 16_000, hz: float = 220.0, level: float = 0.3):
    """A steady tone in a little noise; nothing of it is digitally silent."""
    time = np.arange(round(seconds * rate)) / rate
    noise = np.random.default_rng(1).normal(0, 1e-3, len(time))
    return (level * np.sin(2 * np.pi * hz * time) + noise).astype(np.float32)


@pytest.fixture(autouse=True, scope="session")
def nobodys_models(tmp_path_factory):
    """Weights that a person keeps on this machine change no test."""
    place = tmp_path_factory.mktemp("nobodys_models")
    kept = pytest.MonkeyPatch()
    for variable in ("PROSODY_MODELS", "HF_HOME"):
        kept.setenv(variable, str(place / variable.lower()))
    kept.delenv("HF_HUB_CACHE", raising=False)
    yield
    kept.undo()


@pytest.fixture
def consented(tmp_path):
    """Write samples to a file with a consent record beside it, and give its path."""

    def make(samples, rate=16_000, name="recording.wav", *, scopes=consent.SCOPES, **options):
        path = tmp_path / name
        soundfile.write(path, samples, rate, **options)
        consent.grant(path, by="test-1", scopes=scopes, today=date.today())
        return path

    return make


@pytest.fixture
def development_data():
    """The folder of real recordings beside the project, or a skip where it is not."""
    folder = ROOT.parent / "shared" / "data"
    if not (folder / "index.json").is_file():
        pytest.skip("the development data is not on this machine")
    return folder
