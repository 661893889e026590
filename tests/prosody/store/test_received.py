"""A library that somebody sent, or altered, decides nothing outside its folder."""

import hashlib
import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from sqlalchemy import insert

from prosody.store import amend, consented
from prosody.store.backups import back_up, check
from prosody.store.library import Library, place_of
from prosody.store.requests import Request
from prosody.store.schema import HISTORIES, consents, metadata
from tests.conftest import ROOT
from tests.consents import withdrawn
from tests.prosody.store.test_erasing import PHRASE, SHA, bytes_with, save
from tests.prosody.store.test_erasing import said as said
from tests.said import refused

BEGUN = "INSERT INTO intents (what, session_id, sha256, dropped, token) VALUES"


def altered(folder, *sentences):
    with closing(sqlite3.connect(folder / "library.db")) as held, held:
        for verb in ("update", "delete"):
            held.execute(f"DROP TRIGGER consents_no_{verb}")
        for sentence in sentences:
            held.execute(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        f"{BEGUN} ('erase', '../mine', '', '[]', '')",
        f"{BEGUN} ('place', 's-1', '', '[\"../../mine/file\"]', '')",
        f"{BEGUN} ('place', 's-1', '', '[]', 'x/../../mine')",
        f"{BEGUN} ('place', 's-1', '', '[]', x'2e2e')",
        "UPDATE sessions SET session_id = '../mine'",
        "UPDATE files SET name = '../../mine/file' WHERE name = 'audio.flac'",
    ],
)
def test_names_in_a_database_lead_nowhere_out_of_the_library(tmp_path, said, frames, sentence):
    place = tmp_path / "l"
    save(place, said, frames)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("mine")
    altered(place, sentence)
    assert len(Library(place).sessions()) == 1
    list(check(Library(place)))
    back_up(Library(place), tmp_path / "copy")
    withdrawn(SHA)
    assert Library(place).sessions() == ()
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["file"]
    assert (tmp_path / "mine" / "file").read_text() == "mine"
    assert not [p for p in (tmp_path / "copy").rglob("*") if p.name == "file"]


def test_files_that_wait_elsewhere_by_a_link_stay_there(tmp_path, said, frames):
    place = tmp_path / "l"
    save(place, said, frames)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("mine")
    (place / ".unfinished-ab").symlink_to(tmp_path / "mine")
    altered(place, f"{BEGUN} ('place', 's-1', '', '[]', 'ab')")
    assert len(Library(place).sessions()) == 1
    assert (tmp_path / "mine" / "file").read_text() == "mine"
    assert not (place / "s-1" / "file").exists()


@pytest.mark.parametrize("table", sorted(metadata.tables))
def test_a_table_that_is_gone_keeps_no_session(tmp_path, said, frames, table):
    save(tmp_path, said, frames)
    with closing(sqlite3.connect(tmp_path / "library.db")) as held, held:
        held.execute(f"DROP TABLE {table}")
    Library(tmp_path).sessions()
    withdrawn(SHA)
    for name in Library(tmp_path).damaged():  # where nothing tells of which recording it is
        Library(tmp_path).forget(name)
    assert Library(tmp_path).sessions() == () and bytes_with(tmp_path) == []


def test_an_audit_that_is_gone_is_told(tmp_path, said, frames):
    save(tmp_path, said, frames)
    with closing(sqlite3.connect(tmp_path / "library.db")) as held, held:
        held.execute("DROP TABLE audit")
    assert "library.audit_cut" in [problem.code for problem in check(Library(tmp_path))]


@pytest.mark.parametrize(
    "rule",
    [
        "CREATE TRIGGER x BEFORE DELETE ON turns BEGIN INSERT INTO kept VALUES (old.body); END",
        "CREATE TRIGGER x BEFORE DELETE ON sessions BEGIN SELECT RAISE(IGNORE); END",
    ],
)
def test_a_trigger_of_somebody_else_keeps_nothing(tmp_path, said, frames, rule):
    save(tmp_path, said, frames)
    altered(tmp_path, "CREATE TABLE kept (body)", rule)
    told = [problem.code for problem in check(Library(tmp_path))]
    assert told == ["library.strange_table"]
    withdrawn(SHA)
    assert Library(tmp_path).sessions() == () and bytes_with(tmp_path) == []
    with sqlite3.connect(tmp_path / "library.db") as held:
        found = held.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    assert len(found) == 2 * len(HISTORIES)  # ours are there again


def test_a_grant_of_a_day_to_come_is_none(tmp_path, said, frames):
    save(tmp_path, said, frames)
    withdrawn(SHA)
    row = {"sha256": SHA, "by": "c", "given_on": "2098-01-01"}
    row |= {"expires_on": "9999-01-01", "what": "granted", "at": "2098-01-01T00:00:00"}
    with Library(tmp_path).locked(), Library(tmp_path).database.writing() as held:
        held.execute(insert(consents), row)
    with Library(tmp_path).opened() as held, refused("library.withdrawn"):
        consented.facts(held, SHA, "s-1")


def test_a_row_that_was_saved_in_days_to_come_is_erased_all_the_same(tmp_path, said, frames):
    save(tmp_path, said, frames)
    altered(tmp_path, "UPDATE sessions SET saved_at = '2099-01-01T00:00:00+00:00'")
    withdrawn(SHA)
    assert Library(tmp_path).sessions() == () and bytes_with(tmp_path) == []


def test_half_a_character_in_a_file_is_a_damaged_file_and_erased_as_any(tmp_path, said, frames):
    save(tmp_path, said, frames)
    heard = tmp_path / "s-1" / "heard.json"
    text = heard.read_text("utf-8").replace(PHRASE.split()[0], "\\ud800", 1)
    assert "\\ud800" in text
    heard.write_text(text, "utf-8")
    digest = hashlib.sha256(heard.read_bytes()).hexdigest()
    altered(tmp_path, f"UPDATE files SET sha256 = '{digest}' WHERE name = 'heard.json'")
    assert len(Library(tmp_path).sessions()) == 1
    with refused("library.heard_unreadable") as caught:
        amend.correct(Library(tmp_path), "s-1", Request(swap_roles=True), by="sup-1")
    assert PHRASE not in str(caught.value)
    Library(tmp_path).forget("s-1")
    assert bytes_with(tmp_path) == []


def test_a_file_that_has_another_name_elsewhere_is_told(tmp_path, said, frames):
    save(tmp_path / "l", said, frames)
    os.link(tmp_path / "l" / "s-1" / "audio.flac", tmp_path / "copy.flac")
    library = Library(tmp_path / "l")
    library.forget("s-1")
    assert library.copied == [("s-1", ("audio.flac",))]


@pytest.mark.parametrize("name", ["l?mode=memory", "l#x", "l%41", "l\nx", "file:l"])
def test_a_folder_may_be_called_anything(tmp_path, said, frames, name):
    save(tmp_path / name, said, frames)
    assert len(Library(tmp_path / name).sessions()) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == [name]


@pytest.mark.parametrize(
    "address",
    ["postgresql://192.0.2.1/x", "postgresql://u@localhost,db.example/x",
     "postgresql:///x?host=db.example", "postgresql://localhost/x?hostaddr=192.0.2.1",
     "postgresql:///x?service=far"],
)  # fmt: skip
def test_a_library_does_not_decide_whom_this_machine_calls(tmp_path, monkeypatch, address):
    monkeypatch.delenv("PROSODY_DATABASE_HOSTS", raising=False)
    (tmp_path / "database.url").write_text(address)
    with refused("library.unknown_host"):
        Library(tmp_path).sessions()


@pytest.mark.parametrize("held", [b"\xff\xfe", b"postgresql://[::1/x", b"postgresql://h:port/x"])
def test_what_is_no_address_is_one_line(tmp_path, held):
    (tmp_path / "database.url").write_bytes(held)
    with refused("library.no_address", folder=str(tmp_path)):
        Library(tmp_path).sessions()
    if held.isascii():
        with refused("library.bad_address"):
            place_of(held.decode())


def test_a_library_where_nothing_can_be_written_is_read_and_closed_all_the_same(
    tmp_path, said, frames
):
    place = tmp_path / "l"
    save(place, said, frames)
    apart = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    fixed = f"mount --bind {place} {place} && mount -o remount,ro,bind {place} && exec "
    look = """if True:
        import sys
        from pathlib import Path
        from diarize.errors import Refused
        from prosody.store.library import Library
        try:
            print(len(Library(Path(sys.argv[1])).load("s-1").turns))
        except Refused as refusal:
            sys.exit(refusal.code)
    """
    asked = [*apart, fixed + f'{sys.executable} -c "$0" {place}', look]
    known = {**os.environ, "PYTHONPATH": str(ROOT)}
    try:
        possible = subprocess.run([*apart, fixed + "true"], capture_output=True).returncode == 0
    except OSError:
        possible = False
    if not possible:
        pytest.skip("nothing can be mounted here")
    done = subprocess.run(asked, env=known, capture_output=True, text=True)
    assert done.stdout.strip() == str(len(said.turns)), done.stderr[-500:]
    withdrawn(SHA)
    done = subprocess.run(asked, env=known, capture_output=True, text=True)
    assert done.stdout == "" and done.returncode == 1 and "library.withdrawn" in done.stderr
    assert Library(place).sessions() == () and bytes_with(place) == []


@pytest.mark.parametrize(
    "address", ["postgresql://u:secret@localhost/x", "postgresql://localhost/x?password=secret"]
)
def test_an_address_that_everybody_sees_holds_no_password(tmp_path, monkeypatch, address):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with refused("library.password_in_address") as caught:
        place_of(address)
    assert "secret" not in str(caught.value) and list(tmp_path.rglob("database.url")) == []
