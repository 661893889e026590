"""What a row of a manifest becomes."""

import json
from pathlib import Path
from typing import Any

import pytest

from diarize.errors import Refused
from diarize.messages import message
from prosody.batch.child import answer, reason_of
from prosody.batch.crew import Crew, Limits
from prosody.batch.manifest import Job, columns, jobs_of
from prosody.batch.run import run
from tests.conftest import tone
from tests.said import refused


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
    assert (second.row, second.values) == (2, {"setting": "remote"})
    assert second.labels == {"session_id": None, "dyad_id": None}  # an empty cell takes away


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (("path,language", "a.wav,en"), "batch.no_recording_column"),
        (("recording,whisper_model", "a.wav,big.pt"), "batch.columns_of_options"),
        (("recording,Client name", "a.wav,Anna"), "batch.columns_of_persons"),
        (("recording,E-Mail", "a.wav,a@b.c"), "batch.columns_of_persons"),
        (("recording,site,site", "a.wav,x,y"), "batch.column_twice"),
        (("recording,language",), "batch.no_rows"),
        (("recording" + ",a" * 1_000, "a.wav"), "batch.too_many_columns"),
        (("recording" + "," * 999, *["a.wav"] * 3_001), "batch.too_many_columns"),
    ],
)
def test_a_head_that_nobody_can_mean_is_refused(tmp_path, lines, code):
    with refused(code) as caught:
        jobs_of(manifest(tmp_path, *lines))
    assert "site" not in str(caught.value)  # it may be a value


@pytest.mark.parametrize(
    ("lines", "column", "why"),
    [
        (("recording,speakers", "a.wav,../Anna.rttm"), "speakers", "batch.outside_folder"),
        (("recording,language", ",Anna"), "recording", "batch.outside_folder"),
        (("recording,people", "a.wav,Anna"), "people", "batch.bad_value"),
        (("recording,date", "a.wav,3 May Anna"), "date", "batch.no_date"),
        (("recording,session_id", "a.wav,Anna/Berta"), "session_id", "batch.bad_session_id"),
        (("recording,dyad_id", "a.wav,d\x1b[31m"), "dyad_id", "batch.bad_code"),
        (("recording,site", "a.wav,x,Anna"), "-", "batch.too_many_cells"),
    ],
)
def test_a_cell_is_told_by_its_row_and_column_and_not_by_what_stands_there(
    tmp_path, lines, column, why
):
    head, row = lines
    place = manifest(tmp_path, head, "ok.wav" + "," * head.count(","), row)
    with refused("batch.bad_cell", why=why, row=2, column=column) as caught:
        jobs_of(place)
    assert "Anna" not in str(caught.value)


def test_a_row_has_the_number_that_a_table_shows_and_a_short_one_has_empty_cells(tmp_path):
    head = ("", "session_id;recording;site", "", "s-1;a.wav;x", ";;", "", "s-2;b.wav")
    jobs = jobs_of(manifest(tmp_path, *head))
    assert [(job.row, job.covariates) for job in jobs] == [(2, {"site": "x"}), (5, {"site": None})]
    with refused("batch.bad_cell", why="batch.outside_folder", row=6, column="recording"):
        jobs_of(manifest(tmp_path, *head, "s-3"))


@pytest.mark.parametrize("other", ["s-1", "S-1"])  # some machines have one folder for both
def test_two_recordings_cannot_have_one_id(tmp_path, other):
    with refused("batch.bad_cell", why="batch.id_twice", row=2):
        jobs_of(manifest(tmp_path, "recording,session_id", "a.wav,s-1", f"b.wav,{other}"))


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize(
    ("form", "day"),
    [("YYYY-MM-DD", "2030-04-03"), ("DD.MM.YYYY", "3.4.2030"), ("MM/DD/YYYY", "04/03/2030")],
)
def test_separators_and_dates_of_other_places_are_read(tmp_path, mark, form, day):
    place = manifest(
        tmp_path, mark.join(("recording", "date", "site")), mark.join(("a.wav", day, "north"))
    )
    (job,) = jobs_of(place, dates=form)
    assert job.labels == {"date": "2030-04-03"} and job.covariates == {"site": "north"}


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


@pytest.mark.parametrize("column", ["therapist", "therapist_voice"])
def test_a_label_that_somebody_typed_is_in_no_reason(consented, tmp_path, column):
    job = {
        "recording": str(consented(tone(1.0))),
        "library": str(tmp_path / "library"),
        "values": {column: "Jane Doe", "separator": "builtin", "transcriber": "none"},
        "labels": {},
        "force": False,
    }
    found = answer(job)
    assert found["code"] in ("casting.no_such_voice", "enrolled.no_code")
    assert "Jane" not in found["reason"] and "Doe" not in found["reason"]


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("casting.no_such_voice", {"voice": "Z", "known": ("Jane", "Mr Doe")}),
        ("format.not_read", {"file": "/b/a.Jane", "ending": ".Jane", "known": (".vtt",)}),
    ],
)
def test_what_stands_in_a_file_is_in_no_reason(code, fields):
    job = {"recording": "a.wav", "values": {"transcript": "/b/a.Jane"}}
    reason = reason_of(Refused(code, **fields), job)
    assert reason and "Jane" not in reason and "Doe" not in reason
    assert "Jane" in str(Refused(code, **fields))


def test_a_command_to_copy_stands_in_a_reason_without_the_name_of_the_file(consented, tmp_path):
    recording = consented(tone(1.0), name="anna.wav")
    recording.with_name(f"{recording.name}.consent.json").unlink()
    job = {
        "recording": str(recording),
        "library": str(tmp_path / "library"),
        "values": {"transcriber": "none"},
        "labels": {},
        "force": False,
    }
    found = answer(job)
    assert found["code"] == "consent.missing" and "anna" not in found["reason"]
    assert f" {message('batch.hidden_in_command')} " in found["reason"]


def test_the_list_of_errors_is_begun_anew_in_its_own_place(tmp_path):
    """Whoever holds the library meanwhile takes away what is half written beside it."""

    class Refusing(Crew):
        def do(self, job):
            return {"code": "disk.missing", "reason": "gone"}

    folder, jobs = tmp_path / "l", jobs_of(manifest(tmp_path, "recording", "gone.wav"))
    places = set()
    for _ in range(2):  # the second finds the list of the first
        run(jobs, folder, crew=Refusing(1, Limits()))
        (row,) = (folder / "errors.jsonl").read_text("utf-8").splitlines()
        assert json.loads(row)["code"] == "disk.missing"
        facts = (folder / "errors.jsonl").stat()
        places.add(facts.st_ino)
    assert len(places) == 1 and facts.st_mode & 0o777 == 0o600


class Elsewhere:
    """A worker whose own folder is another: keeps what it is asked."""

    size = 1

    def __init__(self):
        self.asked = []

    def do(self, job):
        self.asked.append(job)
        return {"code": "batch.fault", "reason": "-"}

    def end(self):
        pass


def test_a_worker_in_another_folder_is_told_where_the_files_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    crew: Any = Elsewhere()
    values = {"transcript": Path("a.vtt"), "speakers": None, "language": "en"}
    job = Job(1, Path("week/a.wav"), {"glossary": "names.txt"}, {}, (Path("b.wav"),))
    run([job], Path("library"), values, crew=crew)
    (asked,) = crew.asked
    assert {asked["recording"], *asked["more"], asked["library"]} == {
        str(tmp_path / name) for name in ("week/a.wav", "b.wav", "library")
    }
    files = {"transcript": str(tmp_path / "a.vtt"), "glossary": str(tmp_path / "names.txt")}
    assert asked["values"] == {**files, "speakers": None, "language": "en"}
