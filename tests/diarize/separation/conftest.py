"""What tests of the fused separator share: packaged weights, a sample, readers to splice."""

import numpy as np
import pytest

from diarize.models.catalogue import Weights
from diarize.separation import networks
from diarize.separation.segmentation import FRAME_S, Window
from tests.conftest import SAMPLES


@pytest.fixture
def packaged(monkeypatch) -> Weights:
    """The packaged weights, which other tests do without."""
    monkeypatch.delenv("PROSODY_PACKAGED_WEIGHTS", raising=False)
    found = networks.find()
    assert found is not None
    return found


@pytest.fixture
def opened(packaged) -> networks.Networks:
    return networks.opened()


@pytest.fixture(scope="module")
def sample():
    from benchmarks.shared.corpora import load, reference

    return load(SAMPLES / "hurried.flac").mono, reference(SAMPLES / "hurried.rttm")


@pytest.fixture(scope="session")
def single_voices():
    from benchmarks.shared import splicing
    from benchmarks.shared.corpora import DATA

    if not (DATA / "splice_material").exists():
        pytest.skip("needs the material beside the project")
    return splicing.voices(DATA)


@pytest.fixture(scope="module")
def readers(single_voices):
    return single_voices["readers"]


@pytest.fixture(scope="module")
def actors(single_voices):
    return single_voices["actors"]


def window(first: int, order: tuple[int, int]) -> Window:
    """One of two people for each five seconds, under the numbers that `order` gives them."""
    chances = np.full((589, 7), 1e-3, np.float32)
    change = round(5.0 / FRAME_S)
    for person, frames in zip(order, (slice(0, change), slice(change, 589)), strict=True):
        chances[frames, 1 + person] = 0.99
    return Window(first, chances)


def vector(angle: float) -> np.ndarray:
    return np.array([np.cos(angle), np.sin(angle)], np.float32)
