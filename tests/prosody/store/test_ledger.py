"""The ledger of batches, and what a session is filed under."""

import pytest
from sqlalchemy import select

from prosody.batch.manifest import Job
from prosody.batch.run import run
from prosody.report import codec
from prosody.store import ledger
from prosody.store.filing import file_under
from prosody.store.library import Library
from prosody.store.schema import covariates, jobs
from tests.said import refused


def test_what_became_of_each_recording_is_in_the_ledger(tmp_path):
    missing = [Job(1, tmp_path / "a.wav"), Job(2, tmp_path / "b.wav")]
    outcomes = run(missing, tmp_path / "l")
    lines = ledger.last(Library(tmp_path / "l"))
    assert [(line.row, line.status, line.code) for line in lines] == [
        (o.row, "failed", o.code) for o in outcomes
    ]
    assert all(line.began_at <= line.ended_at for line in lines)
    run(missing[:1], tmp_path / "l")
    assert [line.row for line in ledger.last(Library(tmp_path / "l"))] == [1]


def test_a_recording_that_was_cut_short_is_told(tmp_path):
    library = Library(tmp_path / "l")
    with library.locked():
        pass
    batch = ledger.opened()
    ledger.begun(library, batch, 7)
    (line,) = ledger.last(library)
    assert (line.row, line.status, line.ended_at) == (7, ledger.RUNNING, None)


def test_a_library_without_a_batch_says_so(saved):
    with refused("library.no_batch"):
        ledger.last(Library(saved))


def test_the_ledger_forgets_an_erased_session(saved):
    library = Library(saved)
    (entry,) = library.sessions()
    batch = ledger.opened()
    ledger.begun(library, batch, 1)
    ledger.ended(library, batch, 1, "done", session_id=entry.session_id)
    library.forget(entry.session_id)
    with library.opened() as held:
        assert held.execute(select(jobs)).all() == []


def test_other_ids_are_filed_without_an_analysis(saved):
    library = Library(saved)
    (entry,) = library.sessions()
    before = codec.to_json(library.load(entry.session_id)), library.stamp(entry.session_id)
    assert file_under(library, entry.session_id, {"dyad_id": "d-9"}, {"site": "n", "age": "4"})
    assert library.entry(entry.session_id).dyad_id == "d-9"
    assert codec.to_json(library.load(entry.session_id)) == before[0]
    assert library.stamp(entry.session_id) != before[1]
    assert file_under(library, entry.session_id, {"dyad_id": None}, {"age": None})
    assert library.entry(entry.session_id).dyad_id is None
    with library.opened() as held:
        assert [(r.name, r.value) for r in held.execute(select(covariates))] == [("site", "n")]
    assert not file_under(library, entry.session_id, {"dyad_id": None}, {"site": "n"})


@pytest.mark.parametrize("day", ["31.12.2026", "2026-13-01", "yesterday"])
def test_a_day_that_is_none_files_nothing_and_selects_nothing(saved, day):
    library = Library(saved)
    (entry,) = library.sessions()
    with refused("option.not_a_date", value=day):
        file_under(library, entry.session_id, {"date": day, "dyad_id": "d-9"})
    assert library.sessions() == (entry,)
    for name in ("date", "since", "until"):
        with refused("option.not_a_date", value=day):
            library.sessions({name: day})


@pytest.mark.parametrize("code", ["d\x1b[31m", "d\n9", "d" * 65])
def test_a_code_is_one_short_line(saved, code):
    library = Library(saved)
    (entry,) = library.sessions()
    with refused("option.not_a_code", option="--dyad-id"):
        file_under(library, entry.session_id, {"dyad_id": code})
    assert library.sessions() == (entry,)


@pytest.fixture
def saved(tmp_path, report, frames):
    from prosody.features.frame_files import save
    from prosody.store.library import Entry
    from tests.prosody.conftest import keep

    entry = Entry("s-1", report.recording.sha256, "2030-01-01", 31.0, dyad_id="d-1")
    keep(tmp_path / "l", entry, report, lambda to: save(frames, to))
    return tmp_path / "l"
