"""What tests of the fused separator share: packaged weights, a sample, readers to splice."""

import pytest

from diarize.models.catalogue import Weights
from diarize.separation import networks
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


@pytest.fixture(scope="module")
def readers():
    from benchmarks.shared import splicing
    from benchmarks.shared.corpora import DATA

    if not (DATA / "splice_material").exists():
        pytest.skip("needs the material beside the project")
    return {k: v for k, v in splicing.voices(DATA).items() if k == "readers"}["readers"]
