"""What a row of a manifest becomes, and what becomes of the tables of a batch."""

import csv
from dataclasses import replace

import pytest

from diarize.errors import Refused
from prosody.batch import tables
from prosody.batch.child import answer
from prosody.batch.manifest import columns, jobs_of
from prosody.features.frame_files import save
from prosody.store.amend import correct
from prosody.store.library import Entry, Library
from prosody.store.requests import Request
from tests.prosody.conftest import keep


def manifest(folder, *lines):
    place = folder / "m.csv"
    place.write_text("\n".join(lines) + "\n", "utf-8")
    return place


def test_a_row_asks_for_its_own_session_alone(tmp_path):
    first, second = jobs_of(
        manifest(
            tmp_path,
            "recording,session_id,dyad_id,therapist_voice,setting,transcript",
            "a.wav,s-1,d-1,T1,,a.vtt",
            "b.wav,,,,remote,",
        )
    )
    assert first.values == {"therapist_voice": "T1", "transcript": str(tmp_path / "a.vtt")}
    assert first.labels == {"session_id": "s-1", "dyad_id": "d-1"}
    assert (second.row, second.values, second.labels) == (2, {"setting": "remote"}, {})


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (("path,language", "a.wav,en"), "batch.no_recording_column"),
        (("recording,colour", "a.wav,red"), "batch.strange_columns"),
        (("recording,whisper_model", "a.wav,big.pt"), "batch.strange_columns"),
        (("recording,speakers", "a.wav,../b.rttm"), "batch.outside_folder"),
        (("recording,language", ",en"), "batch.outside_folder"),
    ],
)
def test_a_manifest_that_asks_for_what_it_may_not_is_refused(tmp_path, lines, code):
    with pytest.raises(Refused) as refusal:
        jobs_of(manifest(tmp_path, *lines))
    assert refusal.value.code == code


def test_the_columns_of_the_contract_are_there():
    assert {
        "recording", "session_id", "dyad_id", "date", "therapist_id", "client_id", "transcript",
        "speakers", "therapist", "channels", "setting", "language",
    } <= set(columns())  # fmt: skip


def test_a_refusal_of_a_recording_names_no_file(tmp_path):
    place = tmp_path / "anna.wav"
    job = {"recording": str(place), "library": str(tmp_path / "l"), "labels": {}, "force": True}
    for values in ({"transcript": str(tmp_path / "berta.vtt")}, {"setting": "roof"}):
        found = answer({**job, "values": values})
        assert set(found) == {"code", "reason"}
        assert "anna" not in found["reason"] and "berta" not in found["reason"]
    assert found["code"] == "option.no_such_choice"
    assert not (tmp_path / "l").exists()


@pytest.fixture
def shelf(tmp_path, report, frames):
    """Two sessions of one report, one figure of which is below zero, in a library with tables."""
    first, *rest = report.measures
    report = replace(report, measures=(replace(first, low=-1.5), *rest))
    for name in ("s-1", "s-2"):
        entry = Entry(name, report.recording.sha256, "2030-01-01", 31.0, dyad_id="=d")
        keep(tmp_path, entry, report, lambda to: save(frames, to))
    tables.write(tmp_path, ("s-1", "s-2"))
    return tmp_path


def rows(folder, name):
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def of(found, session):
    return [row for row in found if row["session_id"] == session]


NAMES = ("sessions.csv", "measures.csv")


def test_cells_are_guarded_and_figures_stay_figures(shelf):
    assert rows(shelf, "sessions.csv")[1]["dyad_id"] == "'=d"
    assert rows(shelf, "measures.csv")[0]["low"] == "-1.5"


def test_tables_follow_a_correction_and_leave_other_rows_as_they_are(shelf):
    before = {name: rows(shelf, name) for name in NAMES}
    correct(Library(shelf), "s-1", Request(roles=("A=client", "B=therapist")), by="x")
    tables.renew_rows(shelf, "s-1")
    for name, old in before.items():
        now = rows(shelf, name)
        assert of(now, "s-1") != of(old, "s-1")
        assert of(now, "s-2") == of(old, "s-2")
    renewed = {name: (shelf / name).read_text("utf-8") for name in NAMES}
    tables.write(shelf, ("s-1", "s-2"))
    assert {name: (shelf / name).read_text("utf-8") for name in NAMES} == renewed


def test_an_erased_session_leaves_the_tables(shelf):
    kept = {name: of(rows(shelf, name), "s-2") for name in NAMES}
    Library(shelf).forget("s-1")
    assert {name: rows(shelf, name) for name in NAMES} == kept
