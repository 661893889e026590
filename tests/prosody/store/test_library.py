"""Sessions are there whole or not at all, and nothing earlier is lost."""

import json
import os
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from diarize.errors import Refused
from prosody.report.codec import to_json
from prosody.store import library
from prosody.store.corrections import Correction
from prosody.store.library import AGENDA, Entry, Library
from tests.prosody.conftest import keep
from tests.said import refused

ENTRY = Entry("s-1", "ab" * 32, "2030-01-01", 31.0, dyad_id="d-7")


def _save(folder, report, entry=ENTRY, *, kept=(), **options):
    def write(path):
        path.write_bytes(b"frames")

    keep(folder, entry, report, write, rows=kept, **options)


def test_what_is_saved_comes_back(tmp_path, report):
    _save(tmp_path, report, write_audio=lambda p: p.write_bytes(b"sound"))
    assert Library(tmp_path).sessions() == (ENTRY,)
    assert to_json(Library(tmp_path).load("s-1")) == to_json(report)
    assert Library(tmp_path).audio("s-1").read_bytes() == b"sound"
    assert Library(tmp_path).find(ENTRY.sha256) == (ENTRY,)


def test_an_empty_library_lists_nothing(tmp_path):
    assert Library(tmp_path / "nowhere").sessions() == ()


def test_everything_is_private_whatever_the_umask(tmp_path, report):
    old = os.umask(0)
    try:
        _save(tmp_path / "new", report)
    finally:
        os.umask(old)
    place = tmp_path / "new" / "s-1"
    assert place.stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
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


@pytest.mark.parametrize("at", range(8))
def test_a_kill_at_any_step_loses_nothing(tmp_path, report, monkeypatch, at):
    _save(tmp_path, report)
    steps = iter(range(100))

    class Killed(BaseException):
        pass

    def counted(original):
        def step(*args, **options):
            if next(steps) == at:
                raise Killed
            return original(*args, **options)

        return step

    with monkeypatch.context() as patch:
        for name in ("rename", "write_text", "chmod"):
            patch.setattr(Path, name, counted(getattr(Path, name)))
        # What a kill leaves behind stays: no clean-up runs.
        patch.setattr(shutil, "rmtree", lambda *args, **options: None)
        with pytest.raises(Killed):
            _save(tmp_path, report, replace(ENTRY, dyad_id="new"))
    with Library(tmp_path).locked():
        pass
    (found,) = Library(tmp_path).sessions()
    assert found.dyad_id in {"d-7", "new"}
    assert to_json(Library(tmp_path).load("s-1")) == to_json(report)
    assert sorted(p.name for p in tmp_path.iterdir()) == [".lock", "s-1"]


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
    erased = Library(tmp_path).forget("s-1")
    assert {"report.json", "report.html", "frames.npz", "audio.flac"} <= set(erased)
    assert not (tmp_path / "s-1").exists()
    with refused("library.no_session"):
        Library(tmp_path).forget("s-1")


@pytest.mark.parametrize("session_id", ["..", "../x", "a/b", "", ".hidden", "x" * 65, "a\nb"])
def test_no_id_leads_out_of_the_library(tmp_path, session_id):
    with pytest.raises(Refused):
        Library(tmp_path).load(session_id)
    with pytest.raises(Refused):
        library.session_id_of("ab" * 32, session_id)


def test_corrections_are_kept_in_order(tmp_path, report):
    kept = (
        Correction("role", "sup-1", "2030-01-02", {"voice": "A", "role": "client"}),
        Correction("turn_voice", "sup-1", "2030-01-03", {"start_s": 1.0, "end_s": 2.0}),
    )
    _save(tmp_path, report, kept=kept)
    assert Library(tmp_path).corrections("s-1") == kept


def test_audio_stays_when_only_the_report_changes_and_goes_when_consent_does(tmp_path, report):
    _save(tmp_path, report, write_audio=lambda p: p.write_bytes(b"sound"))
    _save(tmp_path, report)
    assert Library(tmp_path).audio("s-1") is not None
    _save(tmp_path, report, keep_audio=False)
    assert Library(tmp_path).audio("s-1") is None


def test_the_entry_holds_ids_and_no_path(tmp_path, report):
    _save(tmp_path, report)
    text = (tmp_path / "s-1" / "session.json").read_text("utf-8")
    assert set(json.loads(text)) == {
        "session_id", "sha256", "added_on", "duration_s", "dyad_id", "date", "therapist_id",
        "client_id", "key", "consent",
    }  # fmt: skip
    assert str(tmp_path) not in text


def test_consent_is_told_without_a_report_and_by_one_of_an_older_version(tmp_path, report):
    _save(tmp_path, report)
    library, place = Library(tmp_path), tmp_path / "s-1"
    whole = (place / "report.json").read_text("utf-8")
    (place / "report.json").write_text("{", "utf-8")
    assert library.consent("s-1") == report.consent
    plain = json.loads((place / "session.json").read_text("utf-8"))
    del plain["consent"]
    (place / "session.json").write_text(json.dumps(plain), "utf-8")
    with pytest.raises(Refused) as refusal:
        library.consent("s-1")
    assert refusal.value.code == "library.report_unreadable"
    (place / "report.json").write_text(whole, "utf-8")
    assert library.consent("s-1") == report.consent


def test_the_stamp_changes_with_findings_and_agenda_alone(tmp_path, report):
    _save(tmp_path, report)
    library, stamps = Library(tmp_path), []
    for name in ("report.json", AGENDA, "corrections.json"):
        stamps.append(library.stamp("s-1"))
        (tmp_path / "s-1" / name).write_text("[]", "utf-8")
    stamps.append(library.stamp("s-1"))
    assert len(set(stamps)) == 3 and stamps[2] == stamps[3]


def test_damaged_frames_and_unknown_sessions_are_said_in_one_line(tmp_path, report):
    _save(tmp_path, report)
    with refused("library.frames_unreadable"):
        Library(tmp_path).frames("s-1")
    with refused("library.no_session"):
        Library(tmp_path).entry("s-2")
