"""A library with one session, its frames beside it."""

import pytest

from prosody.features.frame_files import save
from prosody.store.library import Entry
from tests.prosody.conftest import keep


@pytest.fixture
def shelf(tmp_path, report, frames):
    entry = Entry("s-1", report.recording.sha256, "2030-01-01", 31.0)
    keep(tmp_path, entry, report, lambda to: save(frames, to))
    return tmp_path
