"""Pages of figures say what was found, of data that can be named; a hand cannot change them."""

import ast
import json
import re

import pytest

from benchmarks import accuracy
from benchmarks.accuracy import PAGES, ROWS, Row
from benchmarks.shared import records
from benchmarks.shared.pages import dated
from benchmarks.shared.provenance import sha_of_all
from benchmarks.shared.records import Found, Page, Table, documents, kept
from benchmarks.shared.rests_on import WRITTEN, changed, rests_on, together
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
def test_what_a_page_rests_on_is_kept_file_by_file(page):
    record, now = kept(page.record), page.rests_on()
    assert record["code"] == together(record["rests_on"])
    assert all((ROOT / name).exists() for name in now) and not {*WRITTEN} & {*now}
    assert all(row for table in kept(page.record)["tables"].values() for row in table["rows"])


@pytest.mark.parametrize(
    "page", sorted((ROOT / "docs" / "benchmarks").glob("*.md")), ids=lambda page: page.stem
)
def test_every_page_of_figures_gives_a_day_and_a_command(page):
    head = page.read_text("utf-8")[:3000]
    assert re.search(r"\b20\d\d-\d\d-\d\d\b", head) and "python -m benchmarks." in head


def test_a_page_gets_the_day_under_its_heading():
    lines = dated("# Figures\n\nThese.").splitlines()
    assert (lines[0], lines[-1]) == ("# Figures", "These.")
    assert re.fullmatch(r"Made on \d{4}-\d\d-\d\d\.", lines[2])


def test_every_kind_of_figure_is_made_by_one_command():
    assert {page.name for page in PAGES} | {"coder", "kinds"} == set(ROWS)
    text = (ROOT / "Makefile").read_text("utf-8")
    assert "-m benchmarks.accuracy" in text


FOUND = Found({})


def find():
    """Give what a page in these tests is made of."""
    return FOUND


@pytest.fixture
def page(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "FOLDER", tmp_path)
    data = tmp_path / "data.txt"
    data.write_text("one", "utf-8")
    found = Found({"rows": Table(["a", "b"], [["1", "2"]])}, {"said": "well"}, [data])
    text = "# T\n\n{made}\n\n{said}\n\n{rows}\n"
    monkeypatch.setitem(globals(), "FOUND", found)
    return Page("made_up", text, (data,), find)


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
    assert "tests/test_accuracy.py" in page.stale()
    records.write(page)
    assert page.stale() == []
    record = kept(page.record)
    record["rests_on"]["tests/test_accuracy.py"] = "0" * 12
    page.record.write_text(json.dumps(record), "utf-8")
    assert page.stale() == ["tests/test_accuracy.py"]


@pytest.mark.parametrize("name", ROWS)
def test_a_page_says_whether_its_code_has_changed(name):
    row = ROWS[name]
    record = kept(row.record)
    older = record.get("made", record).get("older", False)
    assert older is bool(row.stale()), "run: python -m benchmarks.accuracy --tell"


def test_what_has_changed_since_stands_on_the_page_and_goes_when_it_is_made_anew(
    page, tmp_path, monkeypatch
):
    records.write(page)
    shown = tmp_path / "made_up.md"
    row = Row(
        page.record, list, page.stale, lambda: None, lambda: documents(page, kept(page.record))
    )
    monkeypatch.setattr(accuracy, "ROWS", {"made_up": row})
    monkeypatch.setattr("sys.argv", ["accuracy", "--tell"])
    accuracy.main()
    before = kept(page.record)
    assert before.get("older", False) is False and records.OLDER not in shown.read_text("utf-8")
    before["rests_on"]["tests/test_accuracy.py"] = "0" * 12
    page.record.write_text(json.dumps(before), "utf-8")
    accuracy.main()
    assert kept(page.record)["older"] and records.OLDER in shown.read_text("utf-8")
    records.write(page)
    accuracy.main()
    assert records.OLDER not in shown.read_text("utf-8")


def test_records_of_before_count_nothing_that_moves_no_figure():
    assert changed({"diarize/messages/__init__.py": "1", "a.py": "1"}, {"a.py": "1"}) == []


def test_what_is_not_here_is_named(page, tmp_path, capsys):
    assert page.missing() == []
    page.needs[0].unlink()
    assert page.missing() == ["data.txt"]
    with pytest.raises(SystemExit, match=r"data\.txt"):
        records.main(page, ["--write"])
    assert not page.record.exists()


def project(folder, **changes):
    """Write a small project: what `pages.find` reaches, and what it does not."""
    files = {
        "pages/__init__.py": "",
        "pages/find.py": "from parts import one\nfrom parts.two import Two as T\n"
        "def find():\n    from parts.late import late\n"
        "    from diarize.messages import said\n    return one.first(), T().a, late, said()\n"
        "def aside():\n    return one.never()\n",
        "parts/__init__.py": "",
        "parts/one.py": 'NAME = "data.toml"\ndef first():\n    "What is said."\n    return NAME\n'
        "def never():\n    return 1\n",
        "parts/two.py": "class Base:\n    a = 1\nclass Two(Base):\n    b = 2\n",
        "parts/late.py": "late = 3\n",
        "parts/data.toml": "x = 1\n",
        "parts/other.toml": "x = 1\n",
        "diarize/messages/__init__.py": "def said():\n    return 1\n",
    }
    for name, text in (files | changes).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return rests_on("pages.find", "find", folder)


AGAIN = {
    "what is said": ("parts/one.py", "What is said.", "Otherwise.", False),
    "the layout": ("parts/one.py", "\ndef never", "\n\n# Why.\ndef never", False),
    "what nothing reaches": ("parts/one.py", "return 1", "return 2", False),
    "what is beside": ("parts/other.toml", "1", "2", False),
    "how codes are put": ("diarize/messages/__init__.py", "1", "2", False),
    "a function": ("parts/one.py", "return NAME", "return NAME * 2", True),
    "what a class rests on": ("parts/two.py", "a = 1", "a = 5", True),
    "what is imported late": ("parts/late.py", "3", "4", True),
    "data": ("parts/data.toml", "1", "2", True),
}


@pytest.mark.parametrize("what", AGAIN)
def test_figures_are_older_if_what_they_rest_on_has_changed(what, tmp_path):
    name, old, new, counts = AGAIN[what]
    before = project(tmp_path / "before")
    assert [*before] == [
        *("pages/find.py", "parts/data.toml", "parts/late.py", "parts/one.py", "parts/two.py")
    ]
    text = (tmp_path / "before" / name).read_text("utf-8")
    assert old in text
    after = project(tmp_path / "after", **{name: text.replace(old, new)})
    assert changed(before, after) == ([name] if counts else [])


def test_a_newer_python_finds_the_same(tmp_path, monkeypatch):
    """Its trees have a field more, for parameters of types, which are none here."""
    before = project(tmp_path / "before")
    for kind in (ast.FunctionDef, ast.ClassDef):
        fields = dict.fromkeys((*kind._fields, "type_params"))
        monkeypatch.setattr(kind, "_fields", tuple(fields))
        monkeypatch.setattr(kind, "type_params", [], raising=False)
    assert project(tmp_path / "after") == before


def test_pages_rest_on_what_their_figures_come_from():
    rests = {page.name: page.rests_on() for page in PAGES}
    assert "prosody/rules/pitch.toml" in rests["pitch"]
    assert "prosody/rules/en.kinds.npz" in rests["listening-rules"]
    assert "prosody/trained/clients.npz" in rests["client-talk"]
    assert "training/talks" in rests["client-talk"]
    assert "prosody/listening/contrasts.py" in rests["links"]
    assert not any(name.startswith("diarize/messages/en") for name in rests["roles"])


def test_a_check_says_what_is_older_and_what_says_otherwise(monkeypatch, tmp_path, capsys):
    shown = tmp_path / "shown.md"
    shown.write_text("as found", "utf-8")
    monkeypatch.setattr(accuracy, "PROJECT", tmp_path)
    record = tmp_path / "record.json"
    row = Row(record, list, list, lambda: None, lambda: {shown: "as found"})
    monkeypatch.setattr(accuracy, "ROWS", {"good": row})
    assert checked(monkeypatch) == 0
    other = {shown: "otherwise"}
    older = Row(record, list, lambda: ["some/code.py"], lambda: None, lambda: other)
    monkeypatch.setattr(accuracy, "ROWS", {"good": row, "older": older})
    assert checked(monkeypatch) == 1
    said = capsys.readouterr().out.splitlines()
    assert any("some/code.py" in line and "shown.md" in line for line in said)


def checked(monkeypatch):
    """Give the exit status of a check."""
    monkeypatch.setattr("sys.argv", ["accuracy", "--check"])
    with pytest.raises(SystemExit) as ended:
        accuracy.main()
    return ended.value.code
