"""The database: its tables, its versions, two at once, thousands of sessions."""

import gc
import json
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.command import upgrade
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, insert, select, text

from diarize.recording import register
from diarize.recording.register import GRANTED, Event
from prosody.features.frame_files import save as save_frames
from prosody.report.codec import to_json
from prosody.store import intents, migrations
from prosody.store.backups import check
from prosody.store.consented import allowed_now, history
from prosody.store.database import Database
from prosody.store.library import Entry, Library
from prosody.store.rows import FOUND
from prosody.store.schema import (
    HEAD,
    consents,
    jobs,
    listed,
    meta,
    metadata,
    sessions,
    voice_keys,
    words,
)
from prosody.store.schema import corrections as notes
from prosody.store.searching import figures, search
from tests.prosody.conftest import keep
from tests.said import refused

ENTRY = Entry("s-1", "ab" * 32, "2026-01-01", 31.0, dyad_id="d-7", date="2026-01-01")


def save(folder, report, frames, entry=ENTRY, **options):
    keep(folder, entry, report, lambda to: save_frames(frames, to), **options)


def steps(connection):
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = connection
    return config


def test_a_log_that_somebody_else_closes_meanwhile_is_no_fault(tmp_path):
    Database(tmp_path).prepare()

    def opened():
        for _ in range(400):
            held = Database(tmp_path)
            assert held.current
            del held
            gc.collect(0)  # closed, the last to do so takes the log away

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(opened) for _ in range(4)]:
            done.result()


def test_the_steps_lead_to_the_tables_of_this_version(tmp_path):
    with create_engine(f"sqlite:///{tmp_path / 'x.db'}").begin() as held:
        upgrade(steps(held), "head")
        assert compare_metadata(MigrationContext.configure(held), metadata) == []
        assert ScriptDirectory.from_config(steps(held)).get_current_head() == HEAD


def test_texts_with_signs_between_are_lists_and_columns_after_the_third_step(tmp_path):
    with create_engine(f"sqlite:///{tmp_path / 'x.db'}").begin() as held:
        upgrade(steps(held), "0002")
        names = "session_id, sha256, added_on, saved_at, stamp, words_kept, sound_kept"
        for line in (
            f"sessions ({names}, key, quality)"
            " VALUES ('s-1', 'ab', '', '', 0, 0, 0, 'x-y-z', 'gain echo'),"
            " ('s-2', 'cd', '', '', 0, 0, 0, NULL, 'ok'),"
            " ('s-3', 'ef', '', '', 0, 0, 0, NULL, NULL)",
            "intents (what, session_id, sha256, dropped)"
            " VALUES ('place', 's-1', '', 'abcd report.html audio.flac'),"
            " ('erase', 's-2', '', '')",
            "jobs (key, sha256, status) VALUES ('2026-01-01T10:00 ab12 0000007', '', 'done')",
            "meta (name, value) VALUES ('register', '12 beef')",
        ):
            held.execute(text(f"INSERT INTO {line}"))
        upgrade(steps(held), "head")
        kept = held.execute(select(sessions).order_by(sessions.c.session_id)).all()
        assert [listed(row.key) for row in kept] == [("x", "y", "z"), (), ()]
        assert [listed(row.quality) for row in kept] == [("gain", "echo"), (), ()]
        assert [row.quality for row in kept[1:]] == ["[]", None]  # read when it is asked for
        placed, erased = intents.begun(held)
        assert (placed.token, placed.dropped) == ("abcd", ("report.html", "audio.flac"))
        assert (erased.erases, erased.token, erased.dropped) == (True, "", ())
        (job,) = held.execute(select(jobs)).all()
        assert (job.batch, job.row) == ("2026-01-01T10:00 ab12", 7)
        value = held.execute(select(meta.c.value).where(meta.c.name == "register")).scalar()
        assert json.loads(value) == [12, "beef"]


SAID = (  # as the third step left them
    "consents (n, sha256, at, what, by, given_on, scopes, expires_on) VALUES"
    " (3, 'ab', '2026-01-01T00', 'granted', 'c', '2026-01-01', 'keep_words,analyse', '2999-01-01'),"
    " (4, 'ab', '2026-01-02T00', 'withdrawn', 'c-1', '', '', ''),"
    " (7, 'cd', '2026-01-03T00', 'granted', 'c-2', '2026-01-03', 'analyse', '2999-01-01')",
    "audit (n, at, who, what, digest) VALUES (1, '', 'user', 'analysed', 'beef')",
    "jobs (key, batch, row, sha256, status, session_id) VALUES"
    " ('b ab12 0000007', 'b ab12', 7, '', 'done', 's-1'), ('b 1', 'b', 1, '', 'failed', NULL)",
    "meta (name, value) VALUES ('voice t-1 2026-01-01T00', 'a2V5'), ('voices', 'no key')",
)


def of_the_third_step(folder):
    (folder / "library.db").touch()
    with create_engine(f"sqlite:///{folder / 'library.db'}").begin() as held:
        upgrade(steps(held), "0003")
        for line in SAID:
            held.execute(text(f"INSERT INTO {line}"))
        for table in ("consents", "audit"):
            rule = f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}"
            held.execute(text(f"{rule} BEGIN SELECT RAISE(ABORT, 'only added to'); END"))
        return [tuple(row) for row in held.execute(text("SELECT * FROM audit"))]


def test_a_library_of_the_third_step_is_carried_over_when_it_is_opened(tmp_path):
    audited = of_the_third_step(tmp_path)
    with Library(tmp_path).locked():
        pass
    with Library(tmp_path).database.reading() as held:
        told = [(e.what, e.at, e.scopes, e.expires_on) for e in history(held, "ab")]
        assert told == [
            (GRANTED, "2026-01-01T00", ("keep_words", "analyse"), "2999-01-01"),
            ("withdrawn", "2026-01-02T00", (), ""),
        ]
        assert held.execute(select(consents.c.n)).scalars().all() == [3, 4, 7]
        assert [tuple(row) for row in held.execute(text("SELECT * FROM audit"))] == audited
        placed = held.execute(select(jobs.c.batch, jobs.c.row, jobs.c.session_id)).all()
        assert sorted(map(tuple, placed)) == [("b", 1, None), ("b ab12", 7, "s-1")]
        keys = held.execute(select(voice_keys)).all()
        assert list(map(tuple, keys)) == [("t-1", "2026-01-01T00", b"key")]
        assert held.execute(select(meta.c.name)).scalars().all() == ["voices"]
        assert compare_metadata(MigrationContext.configure(held), metadata) == []


@pytest.mark.parametrize(
    "change",
    ["UPDATE consents SET expires_on = '9999-01-01'", "DELETE FROM consents",
     "UPDATE consent_scopes SET scope = 'share'", "DELETE FROM consent_scopes"],
)  # fmt: skip
def test_a_history_that_was_carried_over_cannot_be_changed(tmp_path, change):
    of_the_third_step(tmp_path)
    with Library(tmp_path).locked():
        pass
    with refused("library.database"), Library(tmp_path).database.writing() as held:
        held.execute(text(change))


def test_no_rule_of_a_stranger_sees_what_is_carried_over(tmp_path):
    of_the_third_step(tmp_path)
    with sqlite3.connect(tmp_path / "library.db") as held:
        held.execute("CREATE TABLE kept (body)")
        held.execute(
            "CREATE TRIGGER keeps BEFORE DELETE ON meta BEGIN"
            " INSERT INTO kept VALUES (old.value); END"
        )
    with Library(tmp_path).locked():
        pass
    with sqlite3.connect(tmp_path / "library.db") as held:
        assert held.execute("SELECT * FROM kept").fetchall() == []


def test_a_new_library_has_them_too_and_is_private(tmp_path):
    with Library(tmp_path).locked():
        pass
    with Library(tmp_path).opened() as held:
        assert compare_metadata(MigrationContext.configure(held), metadata) == []
    assert (tmp_path / "library.db").stat().st_mode & 0o777 == 0o600


def test_a_library_of_a_newer_version_is_refused(tmp_path):
    with Library(tmp_path).locked():
        pass
    with sqlite3.connect(tmp_path / "library.db") as held:
        held.execute("UPDATE alembic_version SET version_num = '9999'")
    with refused("library.newer"):
        Library(tmp_path).sessions()


@pytest.mark.parametrize(
    "text", [b"no database at all, but text", b"SQLite format 3\0" + b"\1" * 200]
)
def test_a_damaged_database_is_one_line(tmp_path, text):
    (tmp_path / "library.db").write_bytes(text)
    with refused("library.database"):
        Library(tmp_path).sessions()
    assert (tmp_path / "library.db").read_bytes() == text


@pytest.mark.parametrize(
    ("altered", "code"),
    [
        ("UPDATE audit SET who = x'ff00' WHERE n = 1", "library.audit_changed"),
        ("UPDATE files SET name = x'ff00' WHERE n = 1", "library.file_changed"),
        (
            "UPDATE sqlite_master SET name = CAST(x'ff28' AS TEXT), sql = 'x' WHERE name = 'files'",
            "",
        ),
    ],
)
def test_bytes_in_the_place_of_texts_are_one_line(tmp_path, report, frames, altered, code):
    keep(tmp_path, ENTRY, report, lambda to: save_frames(frames, to))
    with sqlite3.connect(tmp_path / "library.db", isolation_level=None) as held:
        held.executescript("PRAGMA writable_schema = ON; DROP TRIGGER audit_no_update;")
        held.execute(altered)
    held.close()
    if not code:
        with refused("library.database"):
            Library(tmp_path).sessions()
        return
    assert code in {problem.code for problem in check(Library(tmp_path))}
    keep(tmp_path, ENTRY, report, lambda to: save_frames(frames, to))
    assert Library(tmp_path).load("s-1").turns


def test_sessions_are_chosen_by_what_they_are(tmp_path, report, frames):
    save(tmp_path, report, frames)
    other = replace(ENTRY, session_id="s-2", dyad_id="d-8", date="2026-02-01", therapist_id="t-1")
    save(tmp_path, report, frames, other)

    def ids(**where):
        return [entry.session_id for entry in Library(tmp_path).sessions(where)]

    assert ids() == ["s-1", "s-2"]
    assert ids(dyad_id="d-7") == ids(until="2026-01-15") == ["s-1"]
    assert ids(therapist_id="t-1") == ids(since="2026-01-15") == ["s-2"]
    assert ids(dyad_id="d-7", since="2026-01-15") == []
    with refused("library.no_such_column"):
        ids(name="x")


def test_words_are_found_where_consent_keeps_them_and_figures_over_time(tmp_path, report, frames):
    save(tmp_path, report, frames)
    save(tmp_path, report, frames, replace(ENTRY, session_id="s-2", date="2025-01-01"))
    found = list(search(Library(tmp_path), "felt  SO alone", {}))
    assert [(hit.session_id, hit.turn) for hit in found] == [("s-1", 1), ("s-2", 1)]
    assert list(search(Library(tmp_path), "felt so alone", {"session_id": "s-2"})) == found[1:]
    measure = report.measure("talk.time", "client")
    over = figures(Library(tmp_path), "talk.time", "client", {})
    assert [(f.session_id, f.on) for f in over] == [("s-2", "2025-01-01"), ("s-1", "2026-01-01")]
    assert {f.value for f in over} == {measure.value} and {f.n for f in over} == {measure.n}
    with Library(tmp_path).database.writing() as held:  # as a library that was received may be
        for change in ("sessions SET date = x'00', added_on = x'33'", "measures SET value = x'ff'"):
            held.exec_driver_sql(f"UPDATE {change} WHERE session_id = 's-2'")
    odd, _ = figures(Library(tmp_path), "talk.time", "client", {})
    assert (odd.session_id, odd.on, odd.value, odd.n) == ("s-2", "", None, measure.n)


def test_a_library_lists_its_folder_once_however_often_it_is_asked(
    tmp_path, report, frames, touched
):
    save(tmp_path, report, frames)
    touched.clear()
    library = Library(tmp_path)
    assert library.sessions() and library.load("s-1") and library.frames("s-1").level_db.size
    assert touched.count(str(tmp_path)) == 1


def test_what_was_found_goes_with_what_was_heard(tmp_path, report, frames):
    save(tmp_path, report, frames)
    library = Library(tmp_path)

    def left():
        with library.opened() as held:
            return {table.name: len(held.execute(select(table)).all()) for table in (*FOUND, notes)}

    assert all(left()[table.name] for table in FOUND if table is not words)
    library.drop("s-1", ("heard.json", "report.json", "report.html"))
    assert set(left().values()) == {0}
    assert [entry.session_id for entry in library.sessions()] == ["s-1"]


def test_no_index_holds_a_word(tmp_path, report, frames):
    save(tmp_path, report, frames)
    with sqlite3.connect(tmp_path / "library.db") as held:
        indexed = held.execute("SELECT tbl_name FROM sqlite_master WHERE type = 'index'").fetchall()
        virtual = held.execute(
            "SELECT name FROM sqlite_master WHERE sql LIKE '%VIRTUAL%'"
        ).fetchall()
    columns = [
        c.name for table in metadata.tables.values() for i in table.indexes for c in i.columns
    ]
    assert "body" not in columns and virtual == [] and ("words",) in indexed


def test_one_reads_while_another_writes(tmp_path, report, frames):
    save(tmp_path, report, frames)
    began, read = threading.Event(), threading.Event()

    def write():
        with Library(tmp_path).locked(), Library(tmp_path).database.writing() as held:
            held.execute(insert(words), {"session_id": "s-1", "n": 99, "body": b"new"})
            began.set()
            read.wait(10)

    writer = threading.Thread(target=write)
    writer.start()
    assert began.wait(10)
    library = Library(tmp_path)
    assert to_json(library.load("s-1")) == to_json(report)
    with library.opened() as held:
        assert held.execute(select(words).where(words.c.n == 99)).first() is None
    read.set()
    writer.join()


def test_consents_of_a_library_travel_with_it(tmp_path, report, frames, monkeypatch):
    save(tmp_path, report, frames)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "another machine"))
    assert Library(tmp_path).load("s-1").consent == report.consent


def test_what_was_said_last_counts_though_it_was_written_first(
    tmp_path, report, frames, monkeypatch
):
    other, sha256 = str(tmp_path / "another machine"), ENTRY.sha256
    with monkeypatch.context() as there:
        there.setenv("XDG_DATA_HOME", other)
        scopes = ("analyse", "keep_words")
        register.say(Event(GRANTED, sha256, "c-1", "2026-01-01", scopes, "2999-01-01"))
    save(tmp_path, report, frames)
    monkeypatch.setenv("XDG_DATA_HOME", other)
    (entry,) = Library(tmp_path).sessions()
    with Library(tmp_path).opened() as held:
        assert len(held.execute(select(consents)).all()) == 2
        assert allowed_now(held) == {sha256: report.consent}
    assert entry.consent == Library(tmp_path).consent("s-1") == report.consent
    assert Library(tmp_path).find(sha256) == (entry,) and Library(tmp_path).find("0" * 64) == ()
