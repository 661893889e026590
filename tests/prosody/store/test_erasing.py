"""What is withdrawn, forgotten or no longer covered goes, in every copy, and stays away."""

import os
import shutil
import sqlite3
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from benchmarks.shared.victims import as_folders
from diarize.recording import admission, consent, register, register_file
from prosody.features.frame_files import save as save_frames
from prosody.report.codec import to_json
from prosody.report.model import ConsentFacts
from prosody.store import amend
from prosody.store.audit import told as told_of
from prosody.store.backups import back_up, bring_back, check
from prosody.store.consented import put_meta
from prosody.store.corrections import Correction
from prosody.store.library import Entry, Library
from prosody.store.requests import Request
from prosody.store.schema import audit, tombstones
from tests.consents import told, withdrawn
from tests.prosody.conftest import keep, retold_words
from tests.said import refused

PHRASE = "zanzibar kumquat"
SHA = "ab" * 32
ENTRY = Entry("s-1", SHA, "2026-01-01", 31.0, dyad_id="d-7")


@pytest.fixture
def said(report):
    """The report, with a phrase in it that is nowhere else."""
    return retold_words(report, 1, PHRASE)


def save(folder, said, frames, entry=ENTRY, **options):
    options.setdefault("write_audio", lambda to: to.write_bytes(PHRASE.encode() + b" as sound"))
    keep(folder, entry, said, lambda to: save_frames(frames, to), html=PHRASE, **options)


def bytes_with(folder, phrase=PHRASE):
    """Every file below a folder in which a phrase stands."""
    first = phrase.split()[0].encode()
    return [str(p) for p in folder.rglob("*") if p.is_file() and first in p.read_bytes()]


def test_forgetting_leaves_no_byte_in_database_log_or_folder(tmp_path, said, frames):
    save(tmp_path, said, frames)
    amend.correct(Library(tmp_path), "s-1", Request(turn=1, text=f"{PHRASE} again"), by="sup-1")
    (tmp_path / "sessions.csv").write_text(f"session_id,x\ns-1,{PHRASE}\ns-9,other\n")
    assert len(bytes_with(tmp_path)) > 3
    Library(tmp_path).forget("s-1")
    assert bytes_with(tmp_path) == []
    assert "s-9,other" in (tmp_path / "sessions.csv").read_text()


def test_forgetting_overwrites_what_is_free_in_the_database(tmp_path, said, frames):
    save(tmp_path, said, frames)
    Library(tmp_path).forget("s-1")
    with sqlite3.connect(tmp_path / "library.db") as held:
        assert held.execute("PRAGMA freelist_count").fetchone()[0] > 0
    assert bytes_with(tmp_path) == []


def test_a_withdrawal_reaches_every_library_whatever_the_next_command_is(tmp_path, said, frames):
    for name in ("one", "two"):
        save(tmp_path / name, said, frames)
    withdrawn(SHA)
    for name in ("one", "two"):
        assert Library(tmp_path / name).sessions() == ()
        assert bytes_with(tmp_path / name) == []


def test_a_withdrawn_session_comes_back_by_no_way(tmp_path, said, frames):
    save(tmp_path / "l", said, frames)
    shutil.copytree(tmp_path / "l", tmp_path / "copied")
    back_up(Library(tmp_path / "l"), tmp_path / "backup")
    shutil.copytree(tmp_path / "l", tmp_path / "older")
    as_folders(tmp_path / "older")
    withdrawn(SHA)
    bring_back(Library(tmp_path / "restored"), tmp_path / "backup")
    told(said)  # of another recording: what is granted for this one later changes nothing
    for name in ("l", "copied", "restored", "older"):
        assert Library(tmp_path / name).sessions() == ()
        assert bytes_with(tmp_path / name) == []
    with refused("library.withdrawn"):
        save(tmp_path / "new", said, frames, regrant=False)
    assert bytes_with(tmp_path / "new") == []


def test_a_forgotten_session_does_not_come_back_from_a_backup(tmp_path, said, frames):
    save(tmp_path / "l", said, frames)
    back_up(Library(tmp_path / "l"), tmp_path / "backup")
    Library(tmp_path / "l").forget("s-1")
    shutil.rmtree(tmp_path / "l")
    bring_back(Library(tmp_path / "l"), tmp_path / "backup")
    assert Library(tmp_path / "l").sessions() == ()
    assert bytes_with(tmp_path / "l") == []
    save(tmp_path / "l", said, frames)  # its consent stands: it may be analysed again
    assert [e.session_id for e in Library(tmp_path / "l").sessions()] == ["s-1"]


def test_what_an_older_version_left_half_done_goes_too(tmp_path, said, frames):
    save(tmp_path, said, frames)
    shutil.copytree(tmp_path / "s-1", tmp_path / ".unfinished-abc")
    shutil.copytree(tmp_path / "s-1", tmp_path / ".aside-s-1")
    withdrawn(SHA)
    with Library(tmp_path).locked():
        pass
    assert bytes_with(tmp_path) == []


@pytest.mark.parametrize("record", ['{"learned_in_library": ["s-1"]}', "{", None])
def test_what_was_learned_from_its_words_goes_with_them(tmp_path, said, frames, record):
    save(tmp_path, said, frames)
    _learned(tmp_path, '{"learned_in_library": ["s-9"]}')
    narrower = replace(said, consent=ConsentFacts(("analyse",), "2999-01-01"))
    told(replace(narrower, recording=replace(said.recording, sha256=SHA)))
    Library(tmp_path).load("s-1")
    assert (tmp_path / ".coder" / "coder.npz").exists()  # it learned from another
    _learned(tmp_path, record)
    Library(tmp_path).forget("s-1")
    assert not (tmp_path / ".coder").exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_in_the_place_of_a_folder_stops_no_erasing(tmp_path, said, frames):
    save(tmp_path, said, frames)
    for name in (".coder", ".unfinished-abc", "sessions.csv"):
        os.mkfifo(tmp_path / name)
    Library(tmp_path).forget("s-1")
    assert Library(tmp_path).sessions() == () and bytes_with(tmp_path) == []
    assert not (tmp_path / ".coder").exists() and not (tmp_path / ".unfinished-abc").exists()


def test_a_coder_goes_where_words_may_not_be_kept_any_more(tmp_path, said, frames):
    save(tmp_path, said, frames)
    _learned(tmp_path, '{"learned_in_library": ["s-1"]}')
    narrower = replace(said, consent=ConsentFacts(("analyse",), "2999-01-01"))
    told(replace(narrower, recording=replace(said.recording, sha256=SHA)))
    Library(tmp_path).load("s-1")
    assert not (tmp_path / ".coder").exists()


def _learned(folder, record):
    """A library's own coder, as training keeps it."""
    (folder / ".coder").mkdir(exist_ok=True)
    (folder / ".coder" / "coder.npz").write_bytes(b"weights")
    (folder / ".coder" / "coder.json").unlink(missing_ok=True)
    if record is not None:
        (folder / ".coder" / "coder.json").write_text(record)


def test_one_damaged_neighbour_stops_nothing(tmp_path, said, frames):
    save(tmp_path, said, frames)
    (tmp_path / "s-0").mkdir()
    (tmp_path / "s-0" / "session.json").write_text("[" * 100_000)
    assert [e.session_id for e in Library(tmp_path).sessions()] == ["s-1"]
    assert Library(tmp_path).damaged() == ("s-0",)
    withdrawn(SHA)
    assert Library(tmp_path).sessions() == () and bytes_with(tmp_path) == []
    assert Library(tmp_path).forget("s-0") == ("session.json",)
    assert not (tmp_path / "s-0").exists()


def test_a_damaged_folder_that_names_the_recording_goes_with_it(tmp_path, said, frames):
    save(tmp_path, said, frames)
    shutil.copytree(tmp_path / "s-1", tmp_path / "s-0")
    (tmp_path / "s-0" / "session.json").write_text("{")
    shutil.copytree(tmp_path / "s-0", tmp_path / "s-2")
    for name in ("heard.json", "report.json"):
        (tmp_path / "s-2" / name).write_text("{")
    withdrawn(SHA)
    library = Library(tmp_path)
    with library.locked():
        assert library.strangers_of(SHA) == ("s-2",)  # s-0 names another, s-2 none at all
        assert (tmp_path / "s-0").exists()
        assert library.strangers_of(said.recording.sha256) == ("s-2",)
    assert not (tmp_path / "s-0").exists() and (tmp_path / "s-2").exists()


def test_narrowing_takes_words_and_sound_away_at_once(tmp_path, said, frames):
    save(tmp_path, said, frames)
    amend.correct(Library(tmp_path), "s-1", Request(turn=1, text=f"{PHRASE} again"), by="sup-1")
    narrower = replace(said, consent=ConsentFacts(("analyse",), "2999-01-01"))
    told(replace(narrower, recording=replace(said.recording, sha256=SHA)))
    found = Library(tmp_path).load("s-1")
    assert found.consent == narrower.consent and not found.conversation.texts
    assert Library(tmp_path).sound("s-1") is None
    assert bytes_with(tmp_path) == []
    assert len(found.turns) == len(said.turns)


def test_words_of_a_damaged_session_go_as_well(tmp_path, said, frames):
    save(tmp_path, said, frames)
    (tmp_path / "s-1" / "frames.npz").write_bytes(b"broken")
    narrower = replace(said.recording, sha256=SHA)
    told(replace(said, recording=narrower, consent=ConsentFacts(("analyse",), "2999-01-01")))
    assert [e.session_id for e in Library(tmp_path).sessions()] == ["s-1"]
    assert bytes_with(tmp_path) == []


def test_a_save_asks_again_and_a_widened_record_widens_nothing(tmp_path, said, frames):
    save(tmp_path, said, frames)
    narrower = ConsentFacts(("analyse",), "2999-01-01")
    told(replace(said, recording=replace(said.recording, sha256=SHA), consent=narrower))
    with refused("library.consent_narrowed"):
        save(tmp_path, said, frames, regrant=False)
    assert bytes_with(tmp_path) == []


def test_a_record_from_a_backup_revives_and_widens_nothing(consented):
    path = consented([0.0] * 100)
    kept = consent.record_path(path).read_bytes()
    consent.grant(path, by="c-1", scopes=("analyse",))
    consent.record_path(path).write_bytes(kept)
    assert admission.admit(path).consent.scopes == ("analyse",)
    consent.withdraw(path)
    consent.record_path(path).write_bytes(kept)
    with refused("consent.not_valid"):
        admission.admit(path)
    consent.grant(path, by="c-1")
    assert admission.admit(path).consent.given_by == "c-1"


def test_a_clock_set_back_revives_nothing(tmp_path, said, frames, monkeypatch):
    ends = (date.today() + timedelta(days=2)).isoformat()
    short = ConsentFacts(("analyse", "keep_words", "play_back"), ends)
    save(tmp_path, replace(said, consent=short), frames)

    class Later(date):
        @classmethod
        def today(cls):
            return date.today() + timedelta(days=5)

    with monkeypatch.context() as patch:
        patch.setattr(register, "date", Later)
        patch.setattr(register_file, "date", Later)
        with refused("library.consent_expired"):  # nothing else happens on that day
            Library(tmp_path).load("s-1")
    with refused("library.consent_expired"):
        Library(tmp_path).load("s-1")


@pytest.mark.parametrize("name", ["latest_day", "register", "refused"])
@pytest.mark.parametrize("value", ["", "[[[", "9999-99-99", "x" * 10_000, b"\xff\x00"])
def test_an_altered_fact_about_the_library_closes_nothing(tmp_path, said, frames, name, value):
    save(tmp_path, said, frames)
    with Library(tmp_path).database.writing() as held:
        put_meta(held, name, value)
    assert Library(tmp_path).load("s-1").conversation.texts
    withdrawn(SHA)
    assert Library(tmp_path).sessions() == () and bytes_with(tmp_path) == []


def test_a_consent_whose_end_nobody_can_read_allows_nothing(tmp_path, said, frames):
    given = ("analyse", "keep_words", "play_back")
    save(tmp_path, said, frames)
    register.say(register.Event(register.GRANTED, SHA, "c", "2026-01-01", given, "soon"))
    with refused("library.no_consent"):
        Library(tmp_path).load("s-1")


def test_the_register_is_only_added_to_and_shows_a_change(tmp_path):
    for scopes in ("analyse", "keep_words"):
        register.say(
            register.Event(register.GRANTED, SHA, "c", "2026-01-01", (scopes,), "2999-01-01")
        )
    assert register.sound()
    with sqlite3.connect(register_file.place()) as held:
        for sentence in ("DELETE FROM events", "UPDATE events SET by = 'x'"):
            with pytest.raises(sqlite3.IntegrityError):
                held.execute(sentence)
        held.execute("DROP TRIGGER fixed")
        held.execute("UPDATE events SET scopes = 'share' WHERE n = 1")
    assert not register.sound()


def test_a_register_on_a_full_disk_says_so(tmp_path):
    why = "database or disk is full"
    with refused("consent.register_not_written", why=why), register_file.writing() as held:
        held.execute("ROLLBACK")  # as SQLite does then
        raise sqlite3.OperationalError(why)


def test_the_audit_tells_of_a_row_changed_lost_or_cut_off(tmp_path, said, frames):
    save(tmp_path, said, frames)
    amend.correct(Library(tmp_path), "s-1", Request(swap_roles=True), by="sup-1")
    with Library(tmp_path).opened() as held:
        rows = held.execute(select(audit)).all()
    assert [(row.what, row.who, row.session_id) for row in rows] == [
        ("analysed", "user", "s-1"),
        ("corrected", "sup-1", "s-1"),
    ]
    assert list(check(Library(tmp_path))) == []
    for sentence, code in (
        ("UPDATE audit SET who = 'x' WHERE n = 1", "library.audit_changed"),
        ("DELETE FROM audit WHERE n = 1", "library.audit_gap"),
        ("DELETE FROM audit WHERE n = 2", "library.audit_cut"),
    ):
        other = tmp_path.parent / code
        shutil.copytree(tmp_path, other)
        register.anchor(str(other), *register.anchored(str(tmp_path)))
        with sqlite3.connect(other / "library.db") as held:
            with pytest.raises(sqlite3.IntegrityError):
                held.execute(sentence)
            held.execute("DROP TRIGGER audit_no_update")
            held.execute("DROP TRIGGER audit_no_delete")
            held.execute(sentence)
        assert [problem.code for problem in check(Library(other))] == [code]


def test_an_audit_written_anew_is_told_where_the_library_was_moved_to(tmp_path, said, frames):
    """Whole and consistent, but not the one that was kept: moving the folder hides nothing."""
    save(tmp_path / "l", said, frames)
    amend.correct(Library(tmp_path / "l"), "s-1", Request(swap_roles=True), by="sup-1")
    assert list(check(Library(tmp_path / "l"))) == []
    shutil.copytree(tmp_path / "l", tmp_path / "copy")
    assert list(check(Library(tmp_path / "copy"))) == []
    with sqlite3.connect(tmp_path / "l" / "library.db") as held:
        for verb in ("update", "delete"):
            held.execute(f"DROP TRIGGER audit_no_{verb}")
        rows = held.execute("SELECT n, at, what, session_id FROM audit ORDER BY n").fetchall()
        held.execute("DELETE FROM audit")
    with Library(tmp_path / "l").database.writing() as held:
        for _, _, what, session_id in rows:
            told_of(held, what, session_id, who="nobody")
    (tmp_path / "l").rename(tmp_path / "moved")
    for _ in range(2):
        codes = [problem.code for problem in check(Library(tmp_path / "moved"))]
        assert codes == ["library.audit_cut"]


def test_tombstones_hold_a_hash_and_no_word(tmp_path, said, frames):
    save(tmp_path, said, frames)
    Library(tmp_path).forget("s-1")
    with Library(tmp_path).opened() as held:
        (row,) = held.execute(select(tombstones)).all()
    assert (row.sha256, row.session_id) == (SHA, "s-1")


def test_folders_of_an_older_version_are_taken_in_with_every_correction(tmp_path, said, frames):
    rows = (
        Correction("role", "sup-1", "2026-01-02", {"voice": "A", "role": "client"}),
        Correction("cough", "sup-2", "2026-01-03", {"start_s": 1.0}, "sup-3", "2026-01-04"),
    )
    save(tmp_path, said, frames, rows=rows)
    before = Library(tmp_path).sessions()
    as_folders(tmp_path)
    register.strike(str(tmp_path))  # no version that kept an audit was here
    library = Library(tmp_path)
    assert library.sessions() == before and library.corrections("s-1") == rows
    assert to_json(library.load("s-1")) == to_json(said)
    assert not {"session.json", "corrections.json"} & {p.name for p in (tmp_path / "s-1").iterdir()}
    assert list(check(library)) == []


def test_folders_whose_database_is_lost_are_told_and_can_be_erased(tmp_path, said, frames):
    save(tmp_path, said, frames)
    for path in tmp_path.glob("library.db*"):
        path.unlink()
    assert Library(tmp_path).sessions() == () and Library(tmp_path).damaged() == ("s-1",)
    assert "heard.json" in Library(tmp_path).forget("s-1")
    assert bytes_with(tmp_path) == []


def test_a_table_nobody_can_read_keeps_no_row_and_stops_nothing(tmp_path, said, frames):
    save(tmp_path, said, frames)
    (tmp_path / "a.csv").write_bytes(b"session_id\ns-1,\xff" + PHRASE.encode())
    (tmp_path / "b.csv").write_bytes(b"another table \xff")
    Library(tmp_path).forget("s-1")
    assert bytes_with(tmp_path) == [] and (tmp_path / "b.csv").exists()


def test_a_session_set_aside_by_an_older_version_comes_back(tmp_path, said, frames):
    save(tmp_path, said, frames)
    as_folders(tmp_path)
    (tmp_path / "s-1").rename(tmp_path / ".aside-s-1")
    assert [e.session_id for e in Library(tmp_path).sessions()] == ["s-1"]


def test_an_unknown_session_is_refused(tmp_path, said, frames):
    save(tmp_path, said, frames)
    with refused("library.no_session"):
        Library(tmp_path).forget("s-9")


def test_a_library_whose_rows_are_elsewhere_says_how_it_is_copied(tmp_path):
    (tmp_path / "l").mkdir()
    (tmp_path / "l" / "database.url").write_text("postgresql://127.0.0.1:1/none\n")
    with refused("library.rows_elsewhere"):
        back_up(Library(tmp_path / "l"), tmp_path / "backup")
    assert not list(tmp_path.glob("*backup*"))
