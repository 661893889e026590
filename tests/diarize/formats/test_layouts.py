"""A conversation in the layouts of many tools: every word, speaker and time comes back, no name."""

import json

import pytest

from benchmarks.inputs import as_written
from benchmarks.shared.eighth_cases import EIGHTH
from benchmarks.shared.eleventh_cases import ELEVENTH
from benchmarks.shared.fifth_cases import FIFTH
from benchmarks.shared.fourth_cases import FOURTH
from benchmarks.shared.ninth_cases import NINTH
from benchmarks.shared.said import said_in
from benchmarks.shared.seventh_cases import SEVENTH
from benchmarks.shared.sixth_cases import SIXTH
from benchmarks.shared.strange_cases import STRANGE
from benchmarks.shared.third_cases import THIRD
from benchmarks.shared.twelfth_cases import TWELFTH
from benchmarks.shared.written_cases import LAYOUTS
from diarize.formats.contents import OF_EDITORS
from diarize.formats.table import read_transcript
from tests.conftest import SAMPLES
from tests.said import refused


@pytest.fixture(scope="module")
def said():
    return said_in(json.loads((SAMPLES / "attentive.json").read_text("utf-8")), 100.0)


ROUNDS = (
    *(*LAYOUTS, *STRANGE, *THIRD, *FOURTH, *FIFTH, *SIXTH, *SEVENTH, *EIGHTH, *NINTH, *ELEVENTH),
    *TWELFTH,
)


@pytest.mark.parametrize("layout", ROUNDS, ids=lambda layout: layout.name)
def test_a_layout_is_read_faithfully(tmp_path, said, layout):
    row = as_written(layout, tmp_path / layout.name, said)
    assert row.right, row


@pytest.mark.parametrize("ending", sorted(OF_EDITORS))
def test_what_a_word_processor_writes_is_refused_with_what_to_do(tmp_path, ending):
    path = tmp_path / f"session{ending}"
    path.write_bytes(b"PK\x03\x04")
    with refused("format.of_an_editor"):
        read_transcript(path)
