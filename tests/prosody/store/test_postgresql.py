"""The same library with its rows in PostgreSQL; skipped where no server can be started."""

import os
import shutil
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from prosody.cli.commands import cli
from prosody.features.frame_files import save as save_frames
from prosody.report.codec import to_json
from prosody.store import amend
from prosody.store.backups import check
from prosody.store.library import Entry, Library
from prosody.store.requests import Request
from prosody.store.searching import figures, search
from tests.consents import withdrawn
from tests.prosody.conftest import keep
from tests.prosody.store.test_erasing import bytes_with
from tests.said import told

ENTRY = Entry("s-1", "ab" * 32, "2026-01-01", 31.0, dyad_id="d-7")
PLACES = (*Path("/usr/lib/postgresql").glob("*/bin"), Path("/usr/local/bin"), Path("/usr/bin"))


def program(name):
    return next((place / name for place in PLACES if (place / name).is_file()), None)


def as_server(folder):
    """Give what runs a program as a user who may run a server: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return []
    if shutil.which("runuser") is None:
        pytest.skip("a server is not run as root")
    shutil.chown(folder, "postgres")
    return ["runuser", "-u", "postgres", "--"]


@pytest.fixture(scope="module")
def address():
    """Start a server of our own in a folder, reached by a socket in it alone."""
    pytest.importorskip("psycopg")
    if program("initdb") is None or program("pg_ctl") is None:
        pytest.skip("PostgreSQL is not on this machine")
    # Its own folder: another user's server must be able to reach it.
    folder = Path(tempfile.mkdtemp())
    try:
        before = as_server(folder)
        data = folder / "data"
        subprocess.run([*before, program("initdb"), "-D", data, "-A", "trust"], check=True)
        options = f"-k {folder} -c listen_addresses= -c fsync=off"
        start = [program("pg_ctl"), "-D", data, "-o", options, "-w", "-l", folder / "log", "start"]
        subprocess.run([*before, *start], check=True, timeout=120)
    except (LookupError, OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"no server could be started ({type(error).__name__})")
    user = "postgres" if before else os.environ.get("USER", "postgres")
    yield f"postgresql://{user}@/postgres?host={folder}"
    subprocess.run([*before, program("pg_ctl"), "-D", data, "-m", "immediate", "stop"], check=False)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def folder(tmp_path, address):
    (tmp_path / "database.url").write_text(address)
    return tmp_path


def test_a_session_is_saved_read_corrected_searched_and_erased(folder, report, frames):
    keep(folder, ENTRY, report, lambda to: save_frames(frames, to))
    library = Library(folder)
    assert library.sessions({"dyad_id": "d-7"}) == (ENTRY,)
    assert to_json(library.load("s-1")) == to_json(report)
    amend.correct(library, "s-1", Request(swap_roles=True), by="sup-1")
    assert [row.kind for row in Library(folder).corrections("s-1")] == ["role", "role"]
    assert [hit.turn for hit in search(Library(folder), "felt so alone", {})] == [1]
    assert [f.session_id for f in figures(Library(folder), "talk.time", "client", {})] == ["s-1"]
    assert not (folder / "library.db").exists()
    withdrawn(ENTRY.sha256)
    assert Library(folder).sessions() == ()
    assert not (folder / "s-1").exists()


def test_a_history_cannot_be_changed(folder, report, frames):
    keep(folder, Entry("s-2", "cd" * 32, "2026-01-01", 31.0), report, lambda p: p.write_bytes(b""))
    database = Library(folder).database
    with database.writing() as held:
        before = held.exec_driver_sql("SELECT * FROM audit").all()
        told = held.exec_driver_sql("SELECT * FROM consent_scopes").all()
        held.exec_driver_sql("DELETE FROM audit")
        held.exec_driver_sql("UPDATE consent_scopes SET scope = 'share'")
    with database.reading() as held:
        assert held.exec_driver_sql("SELECT * FROM audit").all() == before
        assert told and held.exec_driver_sql("SELECT * FROM consent_scopes").all() == told


def stored(address):
    """Where the server keeps the rows of its tables."""
    return Path(address.partition("host=")[2]) / "data" / "base"


def test_erasing_runs_to_the_end_in_the_servers_own_files(folder, report, frames, address):
    """Also what the server noted of common values, by which it plans."""
    entry = Entry("s-erased", "ef" * 32, "2026-01-01", 31.0, dyad_id="d-zanzibar")
    keep(folder, entry, report, lambda to: save_frames(frames, to))
    database = Library(folder).database
    with database._bare() as held:
        held.exec_driver_sql("ANALYZE")
        held.exec_driver_sql("CHECKPOINT")
    assert bytes_with(stored(address), "zanzibar")
    Library(folder).forget("s-erased")
    with database._bare() as held:
        held.exec_driver_sql("CHECKPOINT")
    assert bytes_with(stored(address), "zanzibar") == []


def test_tables_of_other_programs_are_told_and_left_alone(folder, report, frames):
    keep(folder, Entry("s-3", "ab" * 32, "2026-01-01", 31.0), report, lambda p: p.write_bytes(b""))
    database = Library(folder).database
    with database.writing() as held:
        held.exec_driver_sql("CREATE TABLE of_others (word TEXT)")
    done = CliRunner().invoke(
        cli, ["forget", "s-3", "--library", str(folder)], standalone_mode=False
    )
    assert not done.return_value and "of_others" in done.stderr
    assert told("library.other_tables", done.stderr)
    with database.writing() as held:
        held.exec_driver_sql("DROP TABLE of_others")


def test_two_processes_save_and_erase_at_once(folder, report, frames):
    """What each saves is there once, and what the other erased stays erased."""
    keep(folder, Entry("s-old", "01" * 32, "2026-01-01", 31.0), report, lambda p: p.touch())
    told_of = [replace(ENTRY, session_id=f"s-{n}", sha256=f"{n}" * 64) for n in (4, 5)]
    children = []
    for entry in told_of:
        if (child := os.fork()) == 0:
            code = 1
            try:
                keep(folder, entry, report, lambda p: p.touch())
                if entry is told_of[0]:
                    Library(folder).forget("s-old")
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0]
    assert {e.session_id for e in Library(folder).sessions()} >= {"s-4", "s-5"}
    assert "s-old" not in {e.session_id for e in Library(folder).sessions()}
    wrong = {message.fields.get("session") for message in check(Library(folder))}
    assert not wrong & {"s-4", "s-5"}  # the other tests' rows have their files elsewhere
