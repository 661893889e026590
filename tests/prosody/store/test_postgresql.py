"""The same library with its rows in PostgreSQL; skipped where no server can be started."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from prosody.features.frame_files import save as save_frames
from prosody.report.codec import to_json
from prosody.store import amend
from prosody.store.library import Entry, Library
from prosody.store.requests import Request
from prosody.store.searching import figures, search
from tests.consents import withdrawn
from tests.prosody.conftest import keep

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
