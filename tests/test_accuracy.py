"""Pages of figures say what was found, of data that can be named; a hand cannot change them."""

import json
import re

import pytest

from benchmarks.accuracy import PAGES, ROWS
from benchmarks.shared import records
from benchmarks.shared.provenance import sha_of_all, sources
from benchmarks.shared.records import Found, Page, Table, documents, kept
from tests.conftest import ROOT

MADE = {page.name: documents(page, kept(page.record)) for page in PAGES}
PLACES = [(name, path) for name, made in MADE.items() for path in made]


@pytest.mark.parametrize(("name", "path"), PLACES, ids=lambda one: getattr(one, "name", one))
def test_a_document_says_what_was_found(name, path):
    assert path.read_text("utf-8") == MADE[name][path], "run: make accuracy"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_tells_its_day_code_and_data(page):
    record = kept(page.record)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", record["on"])
    assert re.fullmatch(r"[0-9a-f]{64}", record["code"])
    assert bool(record["data"]) is bool(record["files"]) is bool(page.needs)
    text = MADE[page.name][records.FOLDER / f"{page.name}.md"]
    assert record["code"][:16] in text and (record["data"] or "")[:16] in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_rests_on_is_there(page):
    for name in page.code:
        assert sources([name]), name
    assert all(row for table in kept(page.record)["tables"].values() for row in table["rows"])


def test_every_kind_of_figure_is_made_by_one_command():
    assert {page.name for page in PAGES} | {"coder", "kinds"} == set(ROWS)
    text = (ROOT / "Makefile").read_text("utf-8")
    assert "-m benchmarks.accuracy" in text


@pytest.fixture
def page(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "FOLDER", tmp_path)
    data = tmp_path / "data.txt"
    data.write_text("one", "utf-8")
    found = Found({"rows": Table(["a", "b"], [["1", "2"]])}, {"said": "well"}, [data])
    text = "# T\n\n{made}\n\n{said}\n\n{rows}\n"
    return Page("made_up", text, ("Makefile",), (data,), lambda: found)


def test_a_page_is_made_of_what_is_kept(page, tmp_path):
    records.write(page)
    record, text = kept(page.record), (tmp_path / "made_up.md").read_text("utf-8")
    assert text == next(iter(documents(page, record).values()))
    assert "| a | b |\n|---|---|\n| 1 | 2 |" in text and "well" in text
    assert record["data"] == sha_of_all(page.needs) and record["files"] == 1


def test_a_figure_changed_by_hand_is_seen(page, tmp_path):
    records.write(page)
    made = documents(page, kept(page.record))
    path = tmp_path / "made_up.md"
    path.write_text(path.read_text("utf-8").replace("| 1 |", "| 7 |"), "utf-8")
    assert path.read_text("utf-8") != made[path]


def test_figures_of_other_code_are_told_from_those_of_this(page):
    assert not page.current()
    records.write(page)
    assert page.current()
    record = {**kept(page.record), "code": "0" * 64}
    page.record.write_text(json.dumps(record), "utf-8")
    assert not page.current()


def test_what_is_not_here_is_named(page, tmp_path, capsys):
    assert page.missing() == []
    page.needs[0].unlink()
    assert page.missing() == ["data.txt"]
    with pytest.raises(SystemExit, match=r"data\.txt"):
        records.main(page, ["--write"])
    assert not page.record.exists()
