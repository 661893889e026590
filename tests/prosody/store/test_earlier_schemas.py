"""A session that a version of report schema 1 wrote is opened, shown, exported and corrected.

``schema_1.zip`` holds what the version of 2026-11-26 wrote of a sample session, one correction
included; only the last day of its consent was changed, so that the test does not end with it.
"""

import json
from pathlib import Path
from zipfile import ZipFile

import jsonschema
import pytest
from click.testing import CliRunner

from diarize.formats import table
from prosody.catalogue import current
from prosody.cli.commands import cli
from prosody.render import export
from prosody.report.codec import from_json
from prosody.report.model import SCHEMA
from prosody.report.schema import json_schema
from prosody.store.library import Library

HELD = Path(__file__).with_name("schema_1.zip")
SAID = "I would rather say it otherwise."


@pytest.fixture
def library(tmp_path):
    with ZipFile(HELD) as held:
        held.extractall(tmp_path / "l" / "half-way")
    return Library(tmp_path / "l")


def test_its_figures_are_read_as_they_were_and_its_correction_with_them(library):
    raw = json.loads((library.folder / "half-way" / "report.json").read_text("utf-8"))
    assert raw["schema"] == 1 < SCHEMA
    report = library.load("half-way")
    then = {(current(m["cue"]), m["role"]): m["value"] for m in raw["measures"]}
    assert {(m.cue, m.role): m.value for m in report.measures} == then and len(then) > 50
    assert [turn.text for turn in report.turns] == [turn.get("text") for turn in raw["turns"]]
    assert report.turns[3].text == SAID
    assert [(c.by, c.kind) for c in library.corrections("half-way")] == [("S-1", "turn_text")]


def test_it_is_exported_in_every_format_of_text(library, tmp_path):
    report = library.load("half-way")
    for ending in (*table.writable(), ".docx", ".json"):
        target = tmp_path / f"o{ending}"
        export.write(report, library.folder / "half-way", target)
        assert target.stat().st_size > 0
    assert SAID in (tmp_path / "o.vtt").read_text("utf-8")
    written = (tmp_path / "o.json").read_text("utf-8")
    jsonschema.validate(json.loads(written), json_schema())
    again = from_json(written)
    assert again.schema == SCHEMA and again.notes == report.notes


@pytest.mark.parametrize("words", [("show", "half-way"), ("list",), ("library", "check")], ids=str)
def test_commands_read_it(library, words):
    done = CliRunner().invoke(cli, [*words, "--library", str(library.folder)])
    assert done.exit_code == 0, done.output
