"""Sessions are there whole or not at all, and nothing earlier is lost."""

import os
import shutil
from dataclasses import replace
from datetime import date

import pytest

from prosody.batch import tables
from prosody.report.codec import to_json
from prosody.store import intents, library
from prosody.store.corrections import Correction
from prosody.store.library import AGENDA, Entry, Library
from tests.prosody.conftest import keep
from tests.said import refused

ENTRY = Entry("s-1", "ab" * 32, "2030-01-01", 31.0, dyad_id="d-7")


def _save(folder, report, entry=ENTRY, *, kept=(), sha256=None, **options):
    def write(path):
        path.write_bytes(b"frames")

    entry = entry if sha256 is None else replace(entry, sha256=sha256)

    keep(folder, entry, report, write, rows=kept, **options)


def test_what_is_saved_comes_back(tmp_path, report):
    _save(tmp_path, report, write_audio=lambda p: p.write_bytes(b"sound"))
    assert Library(tmp_path).sessions() == (ENTRY,)
    assert to_json(Library(tmp_path).load("s-1")) == to_json(report)
    sound = Library(tmp_path).sound("s-1")
    assert b"".join(sound.ranges(0, sound.length)) == b"sound"
    assert Library(tmp_path).find(ENTRY.sha256) == (ENTRY,)


def test_an_empty_library_lists_nothing(tmp_path):
    assert Library(tmp_path / "nowhere").sessions() == ()
    with Library(tmp_path / "begun").locked():
        pass
    assert Library(tmp_path / "begun").sessions() == () and not (tmp_path / "nowhere").exists()


def test_everything_is_private_whatever_the_umask(tmp_path, report):
    old = os.umask(0)
    try:
        _save(tmp_path / "new" / "deep", report)
        tables.write(Library(tmp_path / "new" / "deep"), tmp_path / "out" / "deep")
    finally:
        os.umask(old)
    place = tmp_path / "new" / "deep" / "s-1"
    out = tmp_path / "out" / "deep"
    for folder in (place, place.parent, place.parent.parent, out, out.parent):
        assert folder.stat().st_mode & 0o777 == 0o700
    files = [p for p in place.parent.rglob("*") if p.is_file()]
    assert {p.stat().st_mode & 0o777 for p in (*files, *out.iterdir())} == {0o600}
    assert {p.stat().st_mode & 0o777 for p in place.iterdir()} == {0o600}


@pytest.mark.parametrize("fails", ["frames", "audio"])
def test_a_failed_write_leaves_the_old_session_whole(tmp_path, report, fails):
    _save(tmp_path, report)
    before = {p.name: p.read_bytes() for p in (tmp_path / "s-1").iterdir()}

    def full(path):
        raise OSError(28, "No space left on device")

    options = {"write_audio": full} if fails == "audio" else {}
    write = full if fails == "frames" else (lambda p: p.write_bytes(b"new"))
    with refused("library.not_saved", why="No space left on device"):
        keep(tmp_path, ENTRY, report, write, html="new", **options)
    assert {p.name: p.read_bytes() for p in (tmp_path / "s-1").iterdir()} == before
    assert not list(tmp_path.glob(".unfinished-*"))


def test_two_writers_do_not_meet(tmp_path):
    with (
        Library(tmp_path).locked(),
        refused("library.busy"),
        Library(tmp_path).locked(wait_s=0.0),
    ):
        pass


def test_expired_consent_closes_the_session(tmp_path, report):
    _save(tmp_path, report)
    Library(tmp_path).load("s-1", today=date(2999, 1, 1))
    with refused("library.consent_expired", session="s-1", on="2999-01-01"):
        Library(tmp_path).load("s-1", today=date(2999, 1, 2))


def test_forgetting_erases_every_file_and_names_them(tmp_path, report):
    _save(tmp_path, report, write_audio=lambda p: p.write_bytes(b"sound"))
    held = {path.name for path in (tmp_path / "s-1").iterdir()}
    assert {"report.json", "report.html", "frames.npz", "audio.flac"} <= held
    erased = Library(tmp_path).forget("s-1")
    assert held <= set(erased)
    assert not (tmp_path / "s-1").exists()
    with refused("library.no_session"):
        Library(tmp_path).forget("s-1")


@pytest.mark.parametrize("session_id", ["..", "../x", "a/b", "", ".hidden", "x" * 65, "a\nb"])
def test_no_id_leads_out_of_the_library(tmp_path, report, session_id):
    _save(tmp_path / "l", report)
    shutil.copytree(tmp_path / "l" / "s-1", tmp_path / "x")  # what "../x" would be
    with refused("library.no_session", session=session_id):
        Library(tmp_path / "l").load(session_id)
    with refused("library.bad_id"):
        library.session_id_of("ab" * 32, session_id)


@pytest.mark.parametrize(
    "session_id", ["library.db", "Library.DB-wal", "sessions.csv", "database.url", "s-1.", "con"]
)
def test_no_session_is_called_like_a_file_of_the_library(tmp_path, report, session_id):
    """Its folder would stand where the file does, and erasing it would take that away."""
    with refused("library.bad_id"):
        library.session_id_of("ab" * 32, session_id)
    _save(tmp_path, report)
    with refused("library.no_session"):
        Library(tmp_path).forget(session_id)
    assert [e.session_id for e in Library(tmp_path).sessions()] == ["s-1"]


def test_a_database_of_an_older_version_that_has_such_an_id_is_not_taken_away(tmp_path, report):
    _save(tmp_path, report)
    with Library(tmp_path).database.writing() as held:
        intents.to_erase(held, "library.db")
    assert [e.session_id for e in Library(tmp_path).sessions()] == ["s-1"]


def test_a_linked_database_is_not_read(tmp_path, report):
    _save(tmp_path / "l", report)
    (tmp_path / "l" / "library.db").rename(tmp_path / "elsewhere.db")
    (tmp_path / "l" / "library.db").symlink_to(tmp_path / "elsewhere.db")
    before = (tmp_path / "elsewhere.db").read_bytes()
    for use in (Library.sessions, lambda library: library.load("s-1")):
        with refused("library.linked"):
            use(Library(tmp_path / "l"))
    assert (tmp_path / "elsewhere.db").read_bytes() == before


def test_corrections_are_kept_in_order(tmp_path, report):
    kept = (
        Correction("role", "sup-1", "2030-01-02", {"voice": "A", "role": "client"}),
        Correction("turn_voice", "sup-1", "2030-01-03", {"start_s": 1.0, "end_s": 2.0}),
    )
    _save(tmp_path, report, kept=kept)
    assert Library(tmp_path).corrections("s-1") == kept


def test_audio_stays_when_only_the_report_changes_unless_none_is_to_be_kept(tmp_path, report):
    _save(tmp_path, report, write_audio=lambda p: p.write_bytes(b"sound"))
    _save(tmp_path, report)
    assert Library(tmp_path).sound("s-1").there
    _save(tmp_path, report, keep_audio=False)
    assert Library(tmp_path).sound("s-1") is None


def test_nothing_in_it_names_a_file_or_a_folder(tmp_path, report):
    _save(tmp_path / "Jane Doe", report)
    place = tmp_path / "Jane Doe"
    held = [p.read_bytes() for p in place.rglob("*") if p.is_file()]
    assert held and not any(b"Jane" in text or str(tmp_path).encode() in text for text in held)


def test_consent_is_told_without_a_report(tmp_path, report):
    _save(tmp_path, report)
    (tmp_path / "s-1" / "report.json").write_text("{", "utf-8")
    assert Library(tmp_path).consent("s-1") == report.consent
    with refused("library.report_unreadable"):
        Library(tmp_path).load("s-1")


def test_the_stamp_changes_with_findings_and_agenda_alone(tmp_path, report):
    _save(tmp_path, report)
    library = Library(tmp_path)
    stamps = [library.stamp("s-1")]
    with library.locked():
        library.keep_corrections("s-1", (Correction("cough", "sup-1", "2030-01-02", {}),))
    stamps.append(library.stamp("s-1"))
    with library.locked():
        library.keep_text("s-1", AGENDA, "[]")
    stamps.append(library.stamp("s-1"))
    _save(tmp_path, report)
    stamps.append(library.stamp("s-1"))
    assert stamps[0] == stamps[1] and len(set(stamps)) == 3


def test_reading_makes_no_library_where_there_is_none(tmp_path):
    assert Library(tmp_path).sessions() == ()
    with refused("library.none"):
        Library(tmp_path).load("s-1")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text", ["[" * 200_000, "{", "null", "[]", '{"heard": 3}', "\x00", "9" * 9]
)
@pytest.mark.parametrize("name", ["heard.json", "report.json", "frames.npz"])
def test_a_damaged_file_is_one_line_and_harms_its_session_alone(tmp_path, report, name, text):
    _save(tmp_path, report)
    _save(tmp_path, report, replace(ENTRY, session_id="s-2"), sha256="cd" * 32)
    (tmp_path / "s-1" / name).write_text(text, "utf-8")
    what = name.partition(".")[0]
    with refused(f"library.{what}_unreadable", session="s-1"):
        Library(tmp_path).frames("s-1") if what == "frames" else Library(tmp_path).load("s-1")
    assert [e.session_id for e in Library(tmp_path).sessions()] == ["s-1", "s-2"]
    assert to_json(Library(tmp_path).load("s-2")) == to_json(report)
    assert Library(tmp_path).forget("s-1")


def test_a_link_in_the_library_is_not_followed(tmp_path, report):
    _save(tmp_path / "l", report, write_audio=lambda p: p.write_bytes(b"sound"))
    other = tmp_path / "other"
    other.write_text("mine")
    other.chmod(0o644)
    for name in ("report.json", "audio.flac"):
        (tmp_path / "l" / "s-1" / name).unlink()
        (tmp_path / "l" / "s-1" / name).symlink_to(other)
    with refused("library.report_unreadable"):
        Library(tmp_path / "l").load("s-1")
    with pytest.raises(OSError):
        list(Library(tmp_path / "l").sound("s-1").ranges(0, 4))
    _save(tmp_path / "l", report)
    Library(tmp_path / "l").forget("s-1")
    assert (other.read_text(), other.stat().st_mode & 0o777) == ("mine", 0o644)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
@pytest.mark.parametrize("how", ["a linked folder", "another length", "a pipe"])
def test_sound_that_was_not_saved_here_is_not_played(tmp_path, report, how):
    _save(tmp_path / "l", report, write_audio=lambda p: p.write_bytes(b"sound"))
    home, sound = tmp_path / "l" / "s-1", Library(tmp_path / "l").sound("s-1")
    assert sound.there and sound.length == 5
    if how == "a linked folder":
        home.rename(tmp_path / "elsewhere")
        home.symlink_to(tmp_path / "elsewhere")
    elif how == "another length":
        (home / "audio.flac").write_bytes(b"another's sound")
    else:
        (home / "audio.flac").unlink()
        os.mkfifo(home / "audio.flac")
    assert not sound.there and sound.path is None
    with pytest.raises((OSError, ValueError)):
        list(sound.ranges(0, 4))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_in_the_place_of_a_report_holds_nothing_up(tmp_path, report):
    _save(tmp_path, report)
    (tmp_path / "s-1" / "report.json").unlink()
    os.mkfifo(tmp_path / "s-1" / "report.json")
    assert not Library(tmp_path).is_newer("s-1")
    assert Library(tmp_path).lacks("s-1") == ("report.json",)
    with refused("library.report_unreadable"):
        Library(tmp_path).load("s-1")
    Library(tmp_path).forget("s-1")
    assert not (tmp_path / "s-1").exists()


def test_damaged_frames_and_unknown_sessions_are_said_in_one_line(tmp_path, report):
    _save(tmp_path, report)
    with refused("library.frames_unreadable"):
        Library(tmp_path).frames("s-1")
    with refused("library.no_session"):
        Library(tmp_path).entry("s-2")


def test_a_copy_of_the_database_that_does_not_fit_says_so(tmp_path, shelf):
    resource = pytest.importorskip("resource")
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    database = Library(shelf).database
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(OSError) as caught:
            database.copy_to(tmp_path / "copy.db")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, hard))
    assert caught.value.strerror
