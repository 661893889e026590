"""Tables for analysis: the keys in every row, nothing lost, nothing of an erased session."""

import csv
import sys
from dataclasses import replace

import pandas
import pytest

from diarize.messages import Note, message, outline
from prosody import catalogue
from prosody.batch import tables
from prosody.cli.tables import tables as command
from prosody.features.frame_files import save
from prosody.store.amend import correct
from prosody.store.filing import file_under
from prosody.store.library import Entry, Library
from prosody.store.missing import why
from prosody.store.requests import Request
from prosody.store.tabling import KEYS, TABLES, Tabled, tidy
from tests.consents import withdrawn
from tests.prosody.conftest import heard_in, keep
from tests.said import refused

NAMES = ("sessions.csv", "measures.csv")


@pytest.fixture
def shelf(tmp_path, report, frames):
    """Two sessions of one report, one figure of which is below zero."""
    first, *rest = report.measures
    report = replace(report, measures=(replace(first, low=-1.5), *rest))
    for name, on in (("s-1", "2030-05-02"), ("s-2", "2030-05-01")):
        entry = Entry(name, report.recording.sha256, "2030-01-01", 31.0, dyad_id="=d", date=on)
        keep(tmp_path / "l", entry, report, lambda to: save(frames, to))
    tables.renew(tmp_path / "l")
    return tmp_path / "l"


@pytest.fixture
def written(shelf):
    file_under(Library(shelf), "s-1", {}, {"Site (code)": "north", "age": None})
    target = shelf.parent / "tables"
    tables.write(Library(shelf), target)
    return target


def rows(folder, name):
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_folder_that_cannot_be_taken_away_again_is_named(shelf, monkeypatch):
    """Python's own folder for a while tried that until it had no room left."""
    target = shelf.parent / "tables"

    def kept(path, **_):
        raise PermissionError(13, "kept", path)

    monkeypatch.setattr("os.rmdir", kept)
    with refused("disk.left_behind", why="kept"):
        tables.write(Library(shelf), target, formats=("csv",))
    assert len(rows(target, "sessions.csv")) == 2


def of(found, session):
    return [row for row in found if row["session_id"] == session]


def test_every_row_of_every_table_has_the_keys_of_its_session(written):
    for name in TABLES:
        found = rows(written, f"{name}.csv")
        assert {(row["session_id"], row["session_order"]) for row in found} == {
            ("s-1", "2"), ("s-2", "1"),
        }  # fmt: skip
        assert all(row["dyad_id"] == "'=d" and row["setting"] for row in found)
        assert list(found[0])[: len(KEYS)] == list(KEYS)


def test_csv_and_parquet_hold_the_same(written):
    for name in TABLES:
        one = pandas.read_csv(written / f"{name}.csv", keep_default_na=False, na_values=["NA"])
        two = pandas.read_parquet(written / f"{name}.parquet")
        assert list(one.columns) == list(two.columns) and len(one) == len(two) > 0
        for column in two.columns:
            if pandas.api.types.is_float_dtype(two[column]):
                assert one[column].astype(float).equals(two[column])
            assert (one[column].isna() == two[column].isna()).all(), column


def test_a_missing_value_has_a_code_and_truth_reads_as_truth(written, report):
    found = of(rows(written, "measures.csv"), "s-1")
    assert len(found) == len(report.measures)
    for row, measure in zip(found, report.measures, strict=True):
        assert (row["value"] == "NA") == (measure.value is None)
        assert row["reliable"] == str(measure.reliable).upper()
        assert row["reason"] == (measure.reason.code if measure.reason else "NA")
        assert row["reason_code"] == row["reason"]
        assert row["reason_text"] == (outline(row["reason"]) if measure.reason else "NA")
    assert found[0]["low"] == "-1.5"
    told = {row["code"]: row["meaning"] for row in rows(written, "reasons.csv")}
    assert {row["reason"] for row in found} - {"NA"} <= told.keys()
    assert not any("{" in meaning or "|" in meaning for meaning in told.values())


def test_every_empty_cell_of_a_wide_table_has_a_code_beside_it(written):
    told = {row["code"] for row in rows(written, "reasons.csv")}
    for name in ("sessions", "turns", "events"):
        found = rows(written, f"{name}.csv")
        because = [column for column in found[0] if column.endswith("_missing")]
        assert because
        for row in found:
            for column in because:
                empty = row[column.removesuffix("_missing")] == "NA"
                assert (row[column] != "NA") == empty, column
                assert not empty or row[column] in told
    for row in rows(written, "turns.csv"):  # and none is empty without
        assert not [n for n, cell in row.items() if cell == "NA" and f"{n}_missing" in row
                    and row[f"{n}_missing"] == "NA"]  # fmt: skip
        cues = {n for n, cell in row.items() if cell == "NA" and not n.endswith("_missing")}
        assert {f"{n}_missing" for n in cues - set(KEYS)} <= row.keys()


def test_a_cell_says_why_it_is_empty(written, report):
    (first, second) = rows(written, "sessions.csv")
    assert first["therapist_id_missing"] == "missing.not_given"
    assert first["dyad_id_missing"] == first["session_order_missing"] == "NA"
    assert (first["x_site__code__missing"], second["x_site__code__missing"]) == (
        "missing.not_given",
        "NA",
    )
    withheld = {(m.cue.replace(".", "_"), m.role): m for m in report.measures if m.value is None}
    for (cue, role), measure in withheld.items():
        if (column := f"{cue}_{role}") in first:
            assert first[column] == "NA"
            assert first[f"{column}_missing"] == (measure.reason and measure.reason.code)
    turns = rows(written, "turns.csv")
    short = [row for row in turns if row["kind"] == "backchannel"]
    assert {row["pace_articulation_rate_missing"] for row in short} <= {"missing.backchannel"}


def test_what_the_recording_withholds_is_withheld_of_each_turn_with_its_code(
    tmp_path, report, frames
):
    row = next(row for row in catalogue.of_turns() if row.spoilt_by)
    note = Note(row.spoilt_by[0], {}, "withhold")
    heard = heard_in(report)
    heard = replace(heard, facts=replace(heard.facts, notes=(note,)))
    entry = Entry("s-1", report.recording.sha256, "2030-01-01", 31.0)
    keep(tmp_path / "l", entry, report, lambda to: save(frames, to), heard=heard)
    tables.write(Library(tmp_path / "l"), tmp_path / "t", formats=("csv",))
    found = rows(tmp_path / "t", "turns.csv")
    column = tidy(row.name)
    assert {one[column] for one in found} == {"NA"}
    assert {one[why(column)] for one in found} == {note.code}


def test_turns_have_the_values_that_event_cards_show(written, report):
    found = {row["turn"]: row for row in of(rows(written, "turns.csv"), "s-1")}
    assert len(found) == len(report.turns)
    shown = [e for e in report.events if e.utterance is not None and e.values]
    assert shown
    for event in shown:
        for name, value in event.values.items():
            column = name.replace(".", "_")
            if column in found[str(event.utterance)]:
                assert float(found[str(event.utterance)][column]) == pytest.approx(value)


def test_what_a_manifest_says_more_is_a_column_of_sessions(written):
    found = rows(written, "sessions.csv")
    assert [row["x_site__code_"] for row in found] == ["NA", "north"]  # by date
    assert "x_age" not in found[0]


def test_what_a_manifest_calls_almost_alike_is_two_columns(shelf):
    told = {"site": "north", "Site": "ward", "site missing": "a", "%": "b", "#": "c"}
    file_under(Library(shelf), "s-1", {}, told)
    tables.write(Library(shelf), shelf.parent / "t")
    (first,) = of(rows(shelf.parent / "t", "sessions.csv"), "s-1")
    own = {name: cell for name, cell in first.items() if name.startswith("x_")}
    found = [cell for name, cell in own.items() if not name.endswith("_missing")]
    assert sorted(found) == sorted(told.values())
    assert {own[why(name)] for name in own if why(name) in own} == {"NA"}
    assert len(pandas.read_parquet(shelf.parent / "t" / "sessions.parquet")) == 2


@pytest.mark.parametrize(
    "change", ["added_on = x'ff', duration_s = 'x'", "dyad_id = x'ff00'", "role_certainty = 'y'"]
)
def test_cells_of_other_kinds_keep_their_session_alone_out(shelf, tmp_path, change):
    library, lost = Library(shelf), []
    with library.locked(), library.database.writing() as held:
        held.exec_driver_sql(f"UPDATE sessions SET {change} WHERE session_id = 's-2'")
    tables.write(library, tmp_path / "to", lost=lambda *one: lost.append(one[:2]))
    assert ("s-2", "sessions") in lost and not [one for one in lost if one[0] != "s-2"]
    assert [row["session_id"] for row in rows(tmp_path / "to", "sessions.csv")] == ["s-1"]


def test_every_column_is_in_the_dictionary(written):
    told = {(row["table"], row["column"]): row for row in rows(written, "dictionary.csv")}
    for name in TABLES:
        columns = pandas.read_parquet(written / f"{name}.parquet").columns
        assert {column for table, column in told if table == name} == set(columns)
    assert all(row["meaning"] and row["kind"] for row in told.values())


def test_no_word_of_a_session_is_in_a_table(written, report):
    texts = [turn.text for turn in report.turns if turn.text]
    assert texts
    for path in written.iterdir():
        held = path.read_bytes()
        assert not [text for text in texts if text.encode() in held]


def test_the_librarys_own_tables_follow_a_correction_and_leave_other_rows_as_they_are(shelf):
    before = {name: rows(shelf, name) for name in NAMES}
    correct(Library(shelf), "s-1", Request(roles=("A=client", "B=therapist")), by="x")
    tables.renew_rows(shelf, "s-1")
    for name, old in before.items():
        now = rows(shelf, name)
        assert of(now, "s-1") != of(old, "s-1")
        assert of(now, "s-2") == of(old, "s-2")
    renewed = {name: (shelf / name).read_text("utf-8") for name in NAMES}
    tables.renew(shelf)
    assert {name: (shelf / name).read_text("utf-8") for name in NAMES} == renewed


def test_an_erased_session_leaves_the_tables(shelf):
    kept = {name: of(rows(shelf, name), "s-2") for name in NAMES}
    Library(shelf).forget("s-1")
    assert {name: rows(shelf, name) for name in NAMES} == kept


def test_only_the_sessions_asked_for_are_written_and_keep_their_place_among_all(shelf, tmp_path):
    tables.write(Library(shelf), tmp_path / "some", {"session_id": "s-1"}, formats=("csv",))
    (row,) = rows(tmp_path / "some", "sessions.csv")
    assert (row["session_id"], row["session_order"]) == ("s-1", "2")
    assert not list((tmp_path / "some").glob("*.parquet"))


def test_without_pyarrow_tables_are_csv_which_is_said_and_parquet_is_refused(
    shelf, tmp_path, monkeypatch, capsys
):
    for name in ("pyarrow", "pyarrow.parquet"):
        monkeypatch.setitem(sys.modules, name, None)
    words = ("--library", str(shelf), "--to")
    assert command.main([*words, str(tmp_path / "a")], standalone_mode=False) == 0
    assert str(message("export.no_parquet")) in capsys.readouterr().err
    assert {path.stem for path in (tmp_path / "a").glob("*.csv")} >= set(TABLES)
    assert not list((tmp_path / "a").glob("*.parquet"))
    with refused("export.no_parquet"):
        asked = [*words, str(tmp_path / "b"), "--format", "parquet"]
        command.main(asked, standalone_mode=False)
    assert not (tmp_path / "b").exists()


def test_what_is_withdrawn_while_tables_are_written_has_no_row(
    tmp_path, report, frames, monkeypatch
):
    for name, sha256 in (("s-1", "ab" * 32), ("s-2", "cd" * 32)):
        keep(tmp_path, Entry(name, sha256, "2030-01-01", 31.0), report, lambda to: save(frames, to))

    def rows_of(library, keys):
        if keys.session_id == "s-1":
            withdrawn("ab" * 32)
            library.load("s-1")  # it went while its rows were read
        yield {"odd": keys.session_id}

    monkeypatch.setitem(TABLES, "odd", Tabled(lambda library: ("odd",), rows_of))
    unread = []
    tables.write(Library(tmp_path), tmp_path.parent / "t", lost=lambda *one: unread.append(one))
    assert unread == []
    for path in (tmp_path.parent / "t").glob("*.csv"):
        assert "s-1" not in path.read_text("utf-8"), path.name
    assert of(rows(tmp_path.parent / "t", "sessions.csv"), "s-2")
