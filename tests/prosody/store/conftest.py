"""A library with one session, its frames beside it."""

import shutil

import pytest

from prosody.features.frame_files import save
from prosody.store.library import Entry
from tests.consents import told
from tests.prosody.conftest import keep


@pytest.fixture(scope="session")
def saved_shelf(tmp_path_factory, report, frames, nobodys_models):
    """That library, saved once; tests have copies of it."""
    place = tmp_path_factory.mktemp("saved")
    entry = Entry("s-1", report.recording.sha256, "2030-01-01", 31.0)
    keep(place, entry, report, lambda to: save(frames, to))
    return place


@pytest.fixture
def shelf(tmp_path, report, saved_shelf):
    told(report)  # this test's own register knows of the consent too
    return shutil.copytree(saved_shelf, tmp_path, dirs_exist_ok=True)
