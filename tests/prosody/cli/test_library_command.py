"""`prosody library`, `consent` and `forget` as people type them."""

import json
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import date, timedelta

import pytest
from click.testing import CliRunner

from benchmarks.shared.victims import as_folders
from diarize.errors import Refused
from diarize.recording import consent, register
from diarize.runtime.asking import ASK
from prosody.cli import terminal
from prosody.cli.commands import cli
from prosody.features.frame_files import save as save_frames
from prosody.render.export import EXPORTS, Export
from prosody.render.masking import COVER
from prosody.store.library import Entry, Library
from prosody.store.schema import audit
from tests.commands import typed
from tests.consents import seen
from tests.prosody.conftest import keep, retold_words
from tests.prosody.store.test_erasing import PHRASE, bytes_with
from tests.said import told


@pytest.fixture
def recording(consented):
    return consented([0.0] * 200)


@pytest.fixture
def shelf(tmp_path, report, frames, recording):
    folder = tmp_path / "l"
    sha256 = consent.read(recording).sha256
    said = retold_words(report, 1, PHRASE)
    entry = Entry("s-1", sha256, "2026-01-01", 31.0, dyad_id="d-7", date="2026-01-01")
    keep(folder, entry, said, lambda to: save_frames(frames, to), regrant=False)
    return folder


def run(*arguments):
    """Run a command; gives its exit code and what it said, a refusal as its code."""
    done = CliRunner().invoke(cli, [str(a) for a in arguments], standalone_mode=False)
    if isinstance(done.exception, Refused):
        return 2, done.exception.code
    assert done.exception is None, done.exception
    return done.return_value or 0, done.output


def test_a_record_that_comes_back_is_shown_as_withdrawn(recording):
    record = consent.record_path(recording)
    before = record.read_text()
    assert told("command.consent_valid", run("consent", "show", recording)[1])
    consent.withdraw(recording)
    record.write_text(before)
    said = run("consent", "show", recording)[1]
    assert told("consent.withdrawn", said) and not told("command.consent_valid", said)


def test_what_is_copied_comes_back_and_is_sound(shelf, tmp_path):
    assert run("library", "backup", tmp_path / "b", "--library", shelf)[0] == 0
    assert run("library", "backup", tmp_path / "b", "--library", shelf)[1] == "library.target_there"
    assert run("library", "restore", tmp_path / "b", "--library", shelf)[1] == (
        "library.there_already"
    )
    assert run("library", "restore", tmp_path, "--library", tmp_path / "n")[1] == (
        "library.no_such_backup"
    )
    code, said = run("library", "restore", tmp_path / "b", "--library", tmp_path / "n")
    assert code == 0 and told("command.brought_back", said, n=1, erased=0)
    code, said = run("library", "check", "--library", tmp_path / "n")
    assert code == 0 and told("command.library_sound", said, n=1)
    assert {p.stat().st_mode & 0o077 for p in (tmp_path / "b").rglob("*")} == {0}


def test_a_check_tells_of_a_file_that_is_not_what_was_saved(shelf):
    (shelf / "s-1" / "frames.npz").write_bytes(b"other")
    code, said = run("library", "check", "--library", shelf)
    assert code == 3 and told("library.file_changed", said, session="s-1", file="frames.npz")


def test_a_backup_that_is_not_whole_says_so_when_it_is_made_and_when_it_comes_back(shelf, tmp_path):
    assert run("library", "backup", tmp_path / "b", "--library", shelf)[0] == 0
    (tmp_path / "b" / "s-1" / "frames.npz").write_bytes(b"other")
    code, said = run("library", "restore", tmp_path / "b", "--library", tmp_path / "n")
    assert code == 3 and told("command.brought_back", said, n=1, erased=0)
    assert told("library.file_changed", said, session="s-1", file="frames.npz")
    (shelf / "s-1" / "frames.npz").write_bytes(b"other")
    code, said = run("library", "backup", tmp_path / "c", "--library", shelf)
    assert code == 3 and told("library.file_changed", said, session="s-1", file="frames.npz")


def test_words_are_found_and_a_figure_is_told_over_time(shelf):
    code, said = run("library", "search", PHRASE, "--json", "--library", shelf)
    assert code == 0 and json.loads(said)["turn"] == 1
    there = ("library", "search", PHRASE, "--library", shelf, "--where")
    assert PHRASE in run(*there, "dyad_id=d-7")[1]
    assert run(*there, "dyad_id=d-8") == (0, "")
    code, said = run("library", "trend", "talk.time", "--library", shelf)
    assert code == 0 and json.loads(said)["session_id"] == "s-1"
    assert "s-1" in run("list", "--where", "since=2025-01-01", "--library", shelf)[1]
    assert run("list", "--where", "colour=red", "--library", shelf)[1] == "library.no_such_column"
    code, said = run("list", "--where", "dyad_id=d-8", "--library", shelf)
    assert code == 0 and told("command.none_fit", said, asked="dyad_id=d-8")


def test_a_list_of_a_library_that_is_not_there_says_so(tmp_path):
    code, said = run("list", "--library", tmp_path / "l")
    assert code == 0 and told("command.library_not_begun", said, folder=str(tmp_path / "l"))
    assert not (tmp_path / "l").exists()


def test_a_list_says_which_sessions_are_due_to_be_erased(shelf):
    until = date.fromisoformat(Library(shelf).consent("s-1").expires_on)
    seen(until)
    expired = {"session": "s-1", "on": until.isoformat()}
    assert not told("library.consent_expired", run("list", "--library", shelf)[1], **expired)
    seen(until + timedelta(days=1))
    code, said = run("list", "--library", shelf)
    assert code == 0 and told("library.consent_expired", said, **expired)


def test_one_session_that_cannot_be_read_does_not_end_a_search(shelf, report, frames):
    entry = Entry("s-0", report.recording.sha256, "2026-01-01", 31.0)
    keep(shelf, entry, retold_words(report, 1, PHRASE), lambda to: save_frames(frames, to))
    with sqlite3.connect(shelf / "library.db") as held:
        held.execute("update words set body = x'ff' where session_id = 's-0' and n = 1")
    asked = ["library", "search", PHRASE, "--json", "--library", str(shelf)]
    done = CliRunner().invoke(cli, asked, standalone_mode=False)
    assert done.return_value == 3
    assert [json.loads(line)["session_id"] for line in done.stdout.splitlines()] == ["s-1"]
    assert told("library.words_unreadable", done.stderr, session="s-0")
    assert len(done.stderr.splitlines()) == 1


def test_older_folders_are_taken_in_and_what_cannot_be_is_told(shelf):
    as_folders(shelf)
    (shelf / "s-0").mkdir()
    (shelf / "s-0" / "session.json").write_text("{")
    code, said = run("library", "migrate", "--library", shelf)
    assert code == 3 and told("library.entry_unreadable", said, session="s-0")
    assert told("command.library_holds", said, n=1)


def test_withdrawing_reaches_every_library_this_machine_knows(shelf, recording, tmp_path):
    shutil.copytree(shelf, tmp_path / "second")
    assert [e.session_id for e in Library(tmp_path / "second").sessions()] == ["s-1"]
    with Library(tmp_path / "second").locked():
        pass
    assert str(tmp_path / "second") in register.libraries()
    code, said = run("consent", "withdraw", recording, "--library", shelf)
    assert code == 0 and said.count("s-1") == 2
    assert bytes_with(tmp_path) == []


def away(shelf, tmp_path):
    """Open a copy of the library, and take it away as a drive is."""
    shutil.copytree(shelf, tmp_path / "second")
    with Library(tmp_path / "second").locked():
        pass
    return (tmp_path / "second").rename(tmp_path / "drawer")


@pytest.mark.parametrize("command", ["withdraw", "forget"])
def test_a_library_that_is_away_is_told_until_it_is_back_or_gone(
    shelf, recording, tmp_path, command
):
    drawer = away(shelf, tmp_path)
    said_so = ("consent", "withdraw", recording) if command == "withdraw" else ("forget", "s-1")
    code, said = run(*said_so, "--library", shelf)
    assert code == 3 and told("command.library_away", said, folder=str(tmp_path / "second"))
    assert bytes_with(shelf) == [] and bytes_with(drawer)
    drawer.rename(tmp_path / "second")
    assert run("list", "--library", tmp_path / "second")[0] == 0  # any command finishes it
    assert bytes_with(tmp_path) == []


def test_forgetting_reaches_a_copy_that_is_here(shelf, tmp_path):
    away(shelf, tmp_path).rename(tmp_path / "second")
    code, said = run("forget", "s-1", "--library", shelf)
    assert code == 0 and said.count("s-1") == 2 and bytes_with(tmp_path) == []


def test_a_library_that_is_gone_for_good_is_struck_once_a_person_says_so(
    shelf, recording, tmp_path
):
    second = tmp_path / "second"
    shutil.rmtree(away(shelf, tmp_path))
    assert run("library", "gone", shelf) == (2, "library.still_there")
    assert run("library", "gone", tmp_path / "third") == (2, "library.not_known")
    assert run("library", "gone", second)[0] == 0
    assert run("consent", "withdraw", recording, "--library", shelf)[0] == 0


def test_libraries_that_are_gone_are_one_line_and_are_listed_and_struck_together(
    shelf, recording, tmp_path
):
    gone = [str(tmp_path / name) for name in ("away-1", "away-2")]
    for place in gone:
        register.anchor(place, 0, "")
    code, said = run("consent", "withdraw", recording, "--library", shelf)
    assert code == 3 and told("command.libraries_away", said, n=2)
    assert not any(place in said for place in gone)
    assert run("library", "gone")[1].split() == gone
    assert run("library", "gone", *gone, tmp_path / "third") == (2, "library.not_known")
    assert run("library", "gone")[1].split() == gone  # one that is wrong strikes none
    assert run("library", "gone", *gone)[0] == 0 and run("library", "gone")[1] == ""


def test_granting_anew_does_not_ask_for_a_library_that_is_away(shelf, recording, tmp_path):
    away(shelf, tmp_path)
    more = ("consent", "grant", recording, "--by", "c-1", "--library", shelf, "--scope")
    assert run(*more, "analyse,keep_words", "--scope", "play_back;share")[0] == 0
    assert set(consent.read(recording).scopes) == set(consent.SCOPES)
    assert run(*more, "analyse")[0] == 3


@pytest.mark.parametrize("left", [None, "{"])
def test_a_lost_or_damaged_record_keeps_nobody_from_withdrawing(shelf, recording, left):
    consent.record_path(recording).unlink()
    if left:
        consent.record_path(recording).write_text(left)
    assert run("consent", "withdraw", recording, "--library", shelf)[0] == 0
    assert bytes_with(shelf) == [] and consent.read(recording).withdrawn_on


def test_withdrawing_tells_what_it_cannot(shelf, recording, tmp_path):
    shutil.copytree(shelf / "s-1", shelf / "s-0")
    for name in ("session.json", "heard.json", "report.json"):
        (shelf / "s-0" / name).write_text("{")
    code, said = run("consent", "withdraw", recording, "--library", shelf)
    assert code == 3 and told("command.origin_unknown", said, session="s-0")
    assert Library(shelf).sessions() == ()
    assert run("forget", "s-0", "--library", shelf)[0] == 0
    assert run("consent", "withdraw", recording, "--library", shelf)[0] == 0
    assert bytes_with(shelf) == []


def test_granting_fewer_scopes_acts_at_once_and_sharing_is_asked_for(shelf, recording, tmp_path):
    target = tmp_path / "o.vtt"
    export = ("export", "s-1", "--library", shelf, "--to", target)
    assert run(*export)[0] == 0 and PHRASE in target.read_text()
    target.unlink()
    run("consent", "grant", recording, "--by", "c-1")
    assert run(*export)[1] == "library.not_shared" and not target.exists()
    code, _ = run("consent", "grant", recording, "--by", "c-1", "--scope", "analyse")
    assert code == 0 and bytes_with(shelf) == []
    assert PHRASE not in run("show", "s-1", "--turns", "--library", shelf)[1]


def test_what_is_withdrawn_while_it_is_exported_does_not_leave(
    shelf, recording, tmp_path, monkeypatch
):
    def write(asked):
        asked.target.write_text(PHRASE)
        consent.withdraw(recording)

    monkeypatch.setitem(EXPORTS, ".odd", Export("odd", write))
    target = tmp_path / "o.odd"
    assert run("export", "s-1", "--library", shelf, "--to", target)[1] == "library.withdrawn"
    assert not target.exists()


def test_an_export_is_told_in_the_audit(shelf, tmp_path):
    run("export", "s-1", "--library", shelf, "--to", tmp_path / "o.vtt")
    with Library(shelf).opened() as held:
        last = held.execute(audit.select().order_by(audit.c.n.desc())).first()
    assert (last.what, last.session_id) == ("exported", "s-1")


def test_words_that_cannot_be_taken_out_yet_are_told(shelf, recording, tmp_path, monkeypatch):
    secret = tmp_path / "passphrase"
    secret.write_text("correct horse")
    monkeypatch.setenv("PROSODY_PASSPHRASE_FILE", str(secret))
    assert run("library", "encrypt", "--library", shelf)[0] == 0
    monkeypatch.delenv("PROSODY_PASSPHRASE_FILE")
    narrow = ("consent", "grant", recording, "--by", "c-1", "--scope", "analyse")
    done = typed(*narrow, "--library", shelf)  # this process has its key open
    assert done.returncode == 3 and told("library.not_narrowed", done.stderr, session="s-1")
    monkeypatch.setenv("PROSODY_PASSPHRASE_FILE", str(secret))
    assert run("library", "check", "--library", shelf)[0] == 0
    assert not Library(shelf).load("s-1").conversation.texts


@pytest.mark.parametrize("ending", ["vtt", "json", "html", "eaf", "csv"])
def test_an_export_is_masked_where_that_is_asked_for(shelf, report, frames, recording, ending):
    said = retold_words(report, 1, "I saw Xiomara there yesterday")
    entry = Library(shelf).entry("s-1")
    keep(shelf, entry, said, lambda to: save_frames(frames, to), regrant=False)
    target = shelf.parent / f"o.{ending}"
    export = ("export", "s-1", "--library", shelf, "--to", target)
    assert run(*export)[0] == 0 and "Xiomara" in target.read_text("utf-8")
    code, told_ = run(*export, "--masked")
    assert code == 0 and told("share.look", told_)
    assert "Xiomara" not in target.read_text("utf-8") and COVER in target.read_text("utf-8")


@pytest.mark.parametrize("how", ["a folder", "a file", "a link that leads nowhere"])
def test_forgetting_tells_what_a_symbolic_link_leads_to(shelf, tmp_path, how):
    there = shelf / "s-1" if how == "a folder" else shelf / "s-1" / "report.json"
    moved = there.rename(tmp_path / "moved")
    there.symlink_to(tmp_path / "moved" if how != "a link that leads nowhere" else tmp_path / "no")
    code, said = run("forget", "s-1", "--library", shelf)
    is_left = how != "a link that leads nowhere"
    assert code == (3 if is_left else 0) and moved.exists()
    assert told("command.named_twice", said, session="s-1", files=there.name) == is_left


@pytest.mark.parametrize("left", ["table", "name"])
def test_forgetting_ends_well_only_where_nothing_is_left_beside(shelf, tmp_path, left):
    copy = tmp_path / "copy.npz"
    if left == "table":
        with closing(sqlite3.connect(shelf / "library.db")) as held, held:
            held.execute("CREATE TABLE of_somebody (body)")
            held.execute("INSERT INTO of_somebody SELECT body FROM words")
    else:
        os.link(shelf / "s-1" / "frames.npz", copy)
    code, said = run("forget", "s-1", "--library", shelf)
    assert code == 3 and not (shelf / "s-1").exists()
    told_of = (
        told("library.strange_table", said, table="of_somebody")
        if left == "table"
        else told("command.named_twice", said, session="s-1", files="frames.npz")
    )
    assert told_of
    assert bool(bytes_with(shelf, PHRASE)) == (left == "table")  # what exit code 3 is for


@pytest.mark.parametrize(
    "typed_",
    [("show", "s\udcff"), ("list", "--where", "dyad_id=\udcff"), ("library", "search", "\udcff"),
     ("correct", "s-1", "--turn", "1", "--text", "a \udcff")],
)  # fmt: skip
def test_bytes_that_are_no_text_are_refused_wherever_no_path_is_asked_for(shelf, typed_):
    assert run(*typed_, "--library", shelf) == (2, "option.no_text")


def test_forgetting_says_what_went_and_once_more_that_there_is_nothing(shelf):
    code, said = run("forget", "s-1", "--library", shelf)
    assert code == 0 and "report.json" in said and bytes_with(shelf) == []
    assert run("forget", "s-1", "--library", shelf)[1] == "library.no_session"


def test_encrypting_leaves_nothing_plain(shelf, tmp_path, monkeypatch):
    (tmp_path / "passphrase").write_text("correct horse")
    monkeypatch.setenv("PROSODY_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
    code, said = run("library", "encrypt", "--library", shelf)
    assert code == 0 and told("command.encrypted", said, n=1)
    assert bytes_with(shelf) == []
    change = ("library", "encrypt", "--change", "--library", shelf)
    assert run(*change) == (2, "library.no_new_passphrase")
    monkeypatch.setenv("PROSODY_NEW_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
    code, said = run(*change)
    assert code == 0 and told("command.key_changed", said)

    assert PHRASE in run("library", "search", "kumquat", "--library", shelf)[1]


def test_a_new_passphrase_is_typed_twice(monkeypatch):
    """What was mistyped once would open nothing ever again."""
    typed_ = iter(["one", "oen", "one", "one", "old"])
    monkeypatch.setattr("click.prompt", lambda *_, **__: next(typed_))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    terminal._ask_here()
    ask = ASK.pop()
    assert ask(True) == "one" and ask(False) == "old"
