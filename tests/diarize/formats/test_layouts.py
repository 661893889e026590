"""A conversation in the layouts of many tools: every word, speaker and time comes back, no name."""

import itertools
import json

import pytest

from benchmarks.inputs import as_written
from benchmarks.shared.rounds import ROUNDS
from benchmarks.shared.said import said_in
from diarize.formats.contents import OF_EDITORS
from diarize.formats.table import read_transcript
from tests.conftest import SAMPLES
from tests.said import refused


@pytest.fixture(scope="module")
def said():
    return said_in(json.loads((SAMPLES / "attentive.json").read_text("utf-8")), 100.0)


@pytest.mark.parametrize(
    "layout", itertools.chain(*ROUNDS.values()), ids=lambda layout: layout.name
)
def test_a_layout_is_read_faithfully(tmp_path, said, layout):
    row = as_written(layout, tmp_path / layout.name, said)
    assert row.right, row


@pytest.mark.parametrize("ending", sorted(OF_EDITORS))
def test_what_a_word_processor_writes_is_refused_with_what_to_do(tmp_path, ending):
    path = tmp_path / f"session{ending}"
    path.write_bytes(b"PK\x03\x04")
    with refused("format.of_an_editor"):
        read_transcript(path)
