"""An encrypted library reads as before with its key, and as nothing without."""

import json
import shutil
import sys
import tempfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from diarize.errors import Refused
from diarize.runtime.asking import ASK
from prosody.batch import tables
from prosody.features.frame_files import save as save_frames
from prosody.report.codec import to_json
from prosody.report.model import ConsentFacts
from prosody.store import amend
from prosody.store.backups import check
from prosody.store.encrypting import change_key, encrypt
from prosody.store.keys import opened_key
from prosody.store.library import Entry, Library
from prosody.store.requests import Request
from prosody.store.schema import audit
from prosody.store.sealing import SealedFile, new_key, opened, seal_file, sealed
from prosody.store.searching import search
from tests.consents import told, withdrawn
from tests.prosody.conftest import keep, retold_words
from tests.prosody.store.test_erasing import PHRASE, SHA, bytes_with
from tests.said import refused

ENTRY = Entry("s-1", SHA, "2026-01-01", 31.0)


@pytest.fixture
def said(report):
    return retold_words(report, 1, PHRASE)


@pytest.fixture
def passphrase(tmp_path_factory, monkeypatch):
    path = tmp_path_factory.mktemp("secret") / "passphrase"
    path.write_text("correct horse\n")
    monkeypatch.setenv("PROSODY_PASSPHRASE_FILE", str(path))
    return path


def closed(folder):
    """Give a library as it is met by who has not opened it: its key is in nobody's memory."""
    return shutil.copytree(folder, folder.with_name("closed"))


def save(folder, said, frames, entry=ENTRY):
    sound = PHRASE.encode() * 20_000
    keep(
        folder,
        entry,
        said,
        lambda to: save_frames(frames, to),
        html=PHRASE,
        write_audio=lambda to: to.write_bytes(sound),
    )
    return sound


def test_nothing_plain_is_left_and_all_reads_as_before(tmp_path, said, frames, passphrase):
    sound = save(tmp_path, said, frames)
    amend.correct(Library(tmp_path), "s-1", Request(turn=1, text=f"{PHRASE} again"), by="sup-1")
    with Library(tmp_path).locked():
        Library(tmp_path).keep_text("s-1", "agenda.json", PHRASE)
    before = to_json(Library(tmp_path).load("s-1"))
    rows, level = Library(tmp_path).corrections("s-1"), Library(tmp_path).frames("s-1").level_db
    assert encrypt(Library(tmp_path)) == 1
    assert bytes_with(tmp_path) == []
    library = Library(tmp_path)
    assert to_json(library.load("s-1")) == before and library.corrections("s-1") == rows
    assert (library.frames("s-1").level_db == level).all()
    assert library.text("s-1", "agenda.json") == PHRASE
    found = library.sound("s-1")
    assert found.path is None and found.length == len(sound)
    assert b"".join(found.ranges(70_000, 200_123)) == sound[70_000:200_123]
    assert [hit.turn for hit in search(library, "KUMQUAT  again", {})] == [1]
    assert list(check(library)) == []


def test_tables_of_batches_do_not_stay_in_it(tmp_path, said, frames, passphrase):
    save(tmp_path, said, frames)
    tables.renew(tmp_path)
    assert (tmp_path / "sessions.csv").exists() and (tmp_path / "measures.csv").exists()
    encrypt(Library(tmp_path))
    tables.renew(tmp_path)
    assert not list(tmp_path.glob("*.csv"))


def test_new_sessions_and_corrections_are_sealed(tmp_path, said, frames, passphrase):
    with Library(tmp_path).locked():
        pass
    encrypt(Library(tmp_path))
    save(tmp_path, said, frames)
    amend.correct(Library(tmp_path), "s-1", Request(turn=1, text=f"{PHRASE} again"), by="sup-1")
    assert bytes_with(tmp_path) == []
    assert Library(tmp_path).load("s-1").turns[1].text == f"{PHRASE} again"


def test_without_the_passphrase_it_lists_and_erases_and_reads_nothing(
    tmp_path, said, frames, passphrase, monkeypatch
):
    folder = tmp_path / "l"
    save(folder, said, frames)
    encrypt(Library(folder))
    folder = closed(folder)
    for text, code in (("another", "library.wrong_passphrase"), ("", "library.no_passphrase")):
        passphrase.write_text(text)
        with refused(code):
            Library(folder).load("s-1")
        with refused(code):  # tables of nothing would look like tables of none
            tables.write(Library(folder), tmp_path / "tables")
    assert not (tmp_path / "tables").exists()
    monkeypatch.delenv("PROSODY_PASSPHRASE_FILE")
    asked = iter(["another"])
    ASK.append(lambda _: next(asked))
    for _ in range(2):  # it is asked for once, however often a command comes back to it
        with refused("library.wrong_passphrase"):
            Library(folder).load("s-1")
    ASK.pop()
    assert [e.session_id for e in Library(folder).sessions()] == ["s-1"]
    withdrawn(SHA)
    assert Library(folder).sessions() == ()
    assert not (folder / "s-1").exists()


def test_a_narrowed_consent_waits_for_the_key_and_closes_the_session(
    tmp_path, said, frames, passphrase
):
    folder = tmp_path / "l"
    save(folder, said, frames)
    encrypt(Library(folder))
    folder = closed(folder)
    passphrase.write_text("")
    narrower = ConsentFacts(("analyse", "play_back"), "2999-01-01")
    told(replace(said, recording=replace(said.recording, sha256=SHA), consent=narrower))
    with refused("library.not_narrowed"):
        Library(folder).load("s-1")
    passphrase.write_text("correct horse")
    assert not Library(folder).load("s-1").conversation.texts


@pytest.mark.parametrize(
    "cost",
    [
        {"n": 2**15, "r": 8, "p": float("inf")},
        {"n": 2**15, "r": 2**20, "p": 1},
        {"n": 2**70, "r": 0, "p": 1},
        {"n": 2**15, "r": 8},
    ],
)
def test_a_key_that_no_machine_could_open_is_refused(tmp_path, passphrase, cost):
    """Whoever may write to a library says what opening it takes."""
    kept = {"scrypt": cost, "salt": "00" * 16, "key": "00" * 60}
    with refused("library.key_gone"):
        opened_key(tmp_path, json.dumps(kept))


def test_the_key_goes_with_the_session(tmp_path, said, frames, passphrase):
    save(tmp_path, said, frames)
    encrypt(Library(tmp_path))
    shutil.copytree(tmp_path / "s-1", tmp_path.parent / "copied")
    (row,) = [r for r in (Library(tmp_path).row("s-1"),)]
    with Library(tmp_path).opened() as held:
        kept = bytes(Library(tmp_path).row_of(held, row.session_id).sealed_key)
    Library(tmp_path).forget("s-1")
    assert not [p for p in tmp_path.rglob("*") if p.is_file() and kept in p.read_bytes()]


class Killed(BaseException):
    pass


def half_encrypted(folder, said, frames, monkeypatch):
    """Give a library of two sessions on which a run was killed before it had sealed one."""
    save(folder, said, frames)
    save(folder, said, frames, replace(ENTRY, session_id="s-2"))
    tables.renew(folder)

    def killed(library, row):
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("prosody.store.encrypting._seal", killed)
        encrypt(Library(folder))
    return folder


def test_a_run_that_was_killed_is_finished_by_whichever_command_comes_next(
    tmp_path, said, frames, passphrase, monkeypatch
):
    half_encrypted(tmp_path, said, frames, monkeypatch)
    assert bytes_with(tmp_path)
    assert len(Library(tmp_path).sessions()) == 2
    assert bytes_with(tmp_path) == [] and not list(tmp_path.glob("*.csv"))
    assert list(check(Library(tmp_path))) == [] and encrypt(Library(tmp_path)) == 0
    assert Library(tmp_path).load("s-1").turns[1].text == PHRASE


def test_a_run_that_was_killed_waits_for_the_key_and_closes_nothing(
    tmp_path, said, frames, passphrase, monkeypatch
):
    folder = closed(half_encrypted(tmp_path / "l", said, frames, monkeypatch))
    passphrase.write_text("")
    assert Library(folder).load("s-2").turns[1].text == PHRASE
    wrong = [problem.code for problem in check(Library(folder))]
    assert wrong.count("library.not_encrypted_yet") == 2 and "library.no_passphrase" in wrong
    passphrase.write_text("correct horse")
    assert encrypt(Library(folder)) == 2 and bytes_with(folder) == []


def test_a_damaged_session_keeps_no_other_plain(tmp_path, said, frames, passphrase):
    save(tmp_path, said, frames)
    save(tmp_path, said, frames, replace(ENTRY, session_id="s-2"))
    (tmp_path / "s-1" / "heard.json").write_text("[]")
    with refused("library.entry_unreadable"):
        encrypt(Library(tmp_path))
    assert not [name for name in bytes_with(tmp_path) if "s-2" in str(name)]
    assert "library.not_encrypted_yet" in {problem.code for problem in check(Library(tmp_path))}


def test_while_another_program_reads_it_is_not_said_to_be_encrypted(
    tmp_path, said, frames, passphrase, monkeypatch
):
    save(tmp_path, said, frames)
    monkeypatch.setenv("PROSODY_NEW_PASSPHRASE_FILE", str(passphrase))
    with monkeypatch.context() as patch:
        patch.setattr("prosody.store.database.Database.scrub", lambda database: False)
        with refused("library.still_read"):
            encrypt(Library(tmp_path))
        with refused("library.key_changed_but"):
            change_key(Library(tmp_path))
    assert list(check(Library(tmp_path))) == [] and bytes_with(tmp_path) == []


def test_another_passphrase_is_not_taken_for_the_one_that_opens_it(
    tmp_path, said, frames, passphrase
):
    save(tmp_path / "l", said, frames)
    encrypt(Library(tmp_path / "l"))
    for text, code in (("another", "wrong_passphrase"), ("x" * 70_000, "no_passphrase_file")):
        passphrase.write_text(text)
        with refused(f"library.{code}"):
            encrypt(Library(closed(tmp_path / "l")))
        shutil.rmtree(tmp_path / "closed")


def test_a_key_is_of_the_library_and_not_of_its_place(tmp_path, said, frames, passphrase):
    for name in ("one", "other"):
        save(tmp_path / name, said, frames)
        encrypt(Library(tmp_path / name))
    shutil.rmtree(tmp_path / "one")
    (tmp_path / "other").rename(tmp_path / "one")
    assert Library(tmp_path / "one").load("s-1").turns[1].text == PHRASE


class Ring:
    """A platform's keyring."""

    def __init__(self):
        self.held = {}

    def get_keyring(self):
        return self

    def set_password(self, service, name, secret):
        self.held[service, name] = secret

    def get_password(self, service, name):
        return self.held.get((service, name))

    def delete_password(self, service, name):
        del self.held[service, name]


def opens(folder):
    """Whether whoever has not opened it opens it now."""
    with tempfile.TemporaryDirectory() as place:
        try:
            library = Library(shutil.copytree(folder, Path(place) / "l"))
            return library.load("s-1").turns[1].text == PHRASE
        except Refused as refusal:
            return refusal.code


def test_another_key_takes_the_place_of_the_one_before(
    tmp_path, said, frames, passphrase, monkeypatch
):
    folder, ring, new = tmp_path / "l", Ring(), tmp_path / "new"
    save(folder, said, frames)
    monkeypatch.setitem(sys.modules, "keyring", ring)
    monkeypatch.setenv("PROSODY_NEW_PASSPHRASE_FILE", str(new))
    with refused("library.not_encrypted"):
        change_key(Library(folder))
    encrypt(Library(folder))
    new.write_text("battery staple")
    change_key(Library(folder))
    assert opens(folder) == "library.wrong_passphrase"
    passphrase.write_text("battery staple")
    assert opens(folder) is True
    change_key(Library(folder), keyring=True)
    passphrase.unlink()
    assert opens(folder) is True and len(ring.held) == 1
    new.write_text("")
    with refused("library.no_new_passphrase", variable="PROSODY_NEW_PASSPHRASE_FILE"):
        change_key(Library(folder))
    new.write_text("staple")
    change_key(Library(folder))
    passphrase.write_text("staple")
    assert opens(folder) is True and ring.held == {}
    assert list(check(Library(folder))) == []
    with Library(folder).opened() as held:
        assert [row.what for row in held.execute(audit.select())].count("key changed") == 3


@pytest.mark.parametrize("length", [0, 1, 65_535, 65_536, 65_537, 200_000])
def test_a_sealed_file_gives_every_range_and_no_other_bytes(tmp_path, length):
    key, plain = new_key(), bytes(i % 251 for i in range(length))
    seal_file(key, BytesIO(plain), length, tmp_path / "f", "name")
    whole = (tmp_path / "f").read_bytes()
    for start, stop in ((0, length), (0, 1), (length // 2, length), (65_530, 65_540), (9, 5)):
        assert SealedFile(BytesIO(whole), key, "name").read(start, stop) == plain[start:stop]
    changed = bytearray(whole)
    changed[-1] ^= 1
    cut = whole[:-1]
    for other, name, with_key in (
        (bytes(changed), "name", key),
        (cut, "name", key),
        (whole, "other", key),
        (whole, "name", new_key()),
        (b"", "name", key),
        (b"plain", "name", key),
    ):
        with pytest.raises(ValueError):
            SealedFile(BytesIO(other), with_key, name).read(0, max(1, length)) or _empty(length)


def _empty(length):
    if length == 0:
        raise ValueError("an empty file has nothing to change")


def test_a_sealed_text_opens_with_its_key_and_purpose_alone():
    key = new_key()
    held = sealed(key, b"words", "body")
    assert opened(key, held, "body") == b"words" and sealed(key, b"words", "body") != held
    for other in ((new_key(), held, "body"), (key, held, "key"), (key, held[:-1], "body")):
        with pytest.raises(ValueError):
            opened(*other)


def test_no_passphrase_is_a_refusal(tmp_path, said, frames, monkeypatch):
    save(tmp_path, said, frames)
    monkeypatch.delenv("PROSODY_PASSPHRASE_FILE", raising=False)
    with refused("library.no_new_passphrase"):  # it is not encrypted yet
        encrypt(Library(tmp_path))
    monkeypatch.setitem(sys.modules, "keyring", None)
    with refused("library.no_keyring_here"):
        encrypt(Library(tmp_path), keyring=True)
    assert list(check(Library(tmp_path))) == []
