"""Enrolled voices are private, sealed where the library is, and do not come back."""

import json
import shutil
import stat
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from diarize.separation import embedding as encoder
from diarize.separation.recognition import Template
from prosody.store import voices
from prosody.store.backups import back_up, bring_back
from prosody.store.encrypting import change_key, encrypt
from prosody.store.library import Library
from tests.consents import seen, withdrawn
from tests.prosody.store.test_encrypting import closed, passphrase  # noqa: F401
from tests.said import refused

SHA = "ab" * 32
VECTOR = tuple(np.linspace(-1, 1, 256))


def template(**changes):
    made = Template(
        "T1", VECTOR, 40.0, SHA, "T-01", "2026-01-01", "2999-01-01", encoder.WEIGHTS_SHA256
    )
    return replace(made, **changes)


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path / "l")


def keep(library, **changes):
    with library.locked():
        voices.keep(library, made := template(**changes))
    return made


def path_of(library, name="T1"):
    return voices.place(library, name)


def test_a_template_is_private_and_comes_back_as_it_was(library):
    made = keep(library)
    assert voices.load(library, "T1") == made and voices.every(library) == (made,)
    assert stat.S_IMODE(path_of(library).stat().st_mode) == 0o600
    assert stat.S_IMODE(path_of(library).parent.stat().st_mode) == 0o700


def test_an_encrypted_library_has_no_number_of_it_unsealed(
    library,
    passphrase,  # noqa: F811
    monkeypatch,
):
    first = keep(library)
    encrypt(library)
    second = keep(library, name="T2", given_by="T-02")
    monkeypatch.setenv("PROSODY_NEW_PASSPHRASE_FILE", str(passphrase))
    change_key(library)
    for name, made in (("T1", first), ("T2", second)):
        held = path_of(library, name).read_bytes()
        assert b"vector" not in held and made.given_by.encode() not in held
        assert voices.load(Library(library.folder), name) == made
    moved = path_of(library, "T1").read_bytes()
    path_of(library, "T2").write_bytes(moved)  # what was sealed as one is not read as another
    with refused("enrolled.unreadable"):
        voices.load(library, "T2")


def test_its_key_goes_with_it_wherever_a_copy_lies(library, passphrase):  # noqa: F811
    encrypt_empty(library)
    keep(library)
    copy = path_of(library).read_bytes()
    voices.forget(library, "T1")
    path_of(library).write_bytes(copy)
    with refused("enrolled.unreadable"):
        voices.load(library, "T1")


def encrypt_empty(library):
    with library.locked():
        pass
    encrypt(library)


def test_without_the_passphrase_it_can_be_erased(library, passphrase, monkeypatch):  # noqa: F811
    encrypt_empty(library)
    keep(library)
    monkeypatch.delenv("PROSODY_PASSPHRASE_FILE")
    library = Library(closed(library.folder))
    with refused("library.no_passphrase"):
        voices.load(library, "T1")
    withdrawn(SHA)
    with library.locked():
        pass
    assert not path_of(library).exists()


def test_what_was_withdrawn_does_not_come_back_from_a_copy(library, tmp_path):
    keep(library)
    copy = path_of(library).read_bytes()
    back_up(library, tmp_path / "backup")
    withdrawn(SHA)
    with library.locked():
        pass
    assert voices.every(library) == ()
    path_of(library).write_bytes(copy)
    with refused("enrolled.withdrawn"):
        voices.load(library, "T1")
    bring_back(Library(tmp_path / "restored"), tmp_path / "backup")
    assert voices.every(Library(tmp_path / "restored")) == ()
    with refused("enrolled.withdrawn"):
        keep(library)


def test_a_clock_set_back_revives_no_template(library):
    keep(library)
    seen(date(2999, 1, 2))
    with refused("enrolled.expired"):
        voices.load(library, "T1")


def test_an_expired_template_is_not_used_but_can_be_erased(library):
    keep(library, expires_on="2020-01-01")
    with refused("enrolled.expired"):
        voices.load(library, "T1")
    voices.forget(library, "T1")
    assert voices.every(library) == ()
    with refused("enrolled.unknown"):
        voices.load(library, "T1")
    with refused("enrolled.unknown"):
        voices.forget(library, "T1")


def test_erasing_a_recording_takes_its_templates_and_unreadable_ones(library):
    keep(library)
    keep(library, name="T2", recording_sha256="cd" * 32)
    path_of(library, "T3").write_text("{")
    with library.locked():
        assert voices.erase_of(library, SHA) == ("T1", "T3")
    assert [t.name for t in voices.every(library)] == ["T2"]


def test_a_linked_folder_of_voices_is_not_followed(library, tmp_path):
    """Unreadable voices go with any withdrawal: what lies elsewhere must not."""
    keep(library)
    shutil.rmtree(library.folder / ".voices")
    other = tmp_path / "other"
    other.mkdir()
    (other / "precious.json").write_text("{}")
    (library.folder / ".voices").symlink_to(other)
    withdrawn(SHA)
    with library.locked():
        assert voices.erase_of(library, SHA) == ()
    assert voices.every(library) == () and (other / "precious.json").exists()
    with refused("enrolled.unreadable"):
        voices.load(library, "precious")


@pytest.mark.parametrize("name", ["", "Anna Smith", "../T1", "a/b", ".x", "x" * 65])
def test_a_name_that_is_no_code_is_refused(library, name):
    with refused("enrolled.no_code"):
        keep(library, name=name)


def test_a_name_in_other_capitals_is_neither_kept_nor_another(library):
    """On some machines the two are one file, and one would take the other's place."""
    keep(library)
    for use in (lambda: keep(library, name="t1"), lambda: voices.load(library, "t1")):
        with refused("enrolled.other_capitals", name="t1", other="T1"):
            use()
    with refused("enrolled.other_capitals"):
        voices.forget(library, "t1")
    assert [t.name for t in voices.every(library)] == ["T1"]


def test_two_that_an_older_version_kept_can_each_be_used_and_erased(library):
    keep(library)
    held = path_of(library).read_text()
    (path_of(library).parent / "t1.json").write_text(held.replace('"T1"', '"t1"'))
    assert [voices.load(library, name).name for name in ("T1", "t1")] == ["T1", "t1"]
    voices.forget(library, "T1")
    assert [t.name for t in voices.every(library)] == ["t1"]


@pytest.mark.parametrize("text", ["{", json.dumps({"name": "T1"}), "[" * 100_000, "[]", '"x"'])
def test_a_broken_template_is_said(library, text):
    keep(library)
    path_of(library).write_text(text)
    with refused("enrolled.unreadable"):
        voices.load(library, "T1")


@pytest.mark.parametrize("field", ["recording_sha256", "name", "enrolled_on", "at"])
def test_a_template_with_half_a_character_is_said(library, field):
    keep(library)
    fields = json.loads(path_of(library).read_text())
    assert field in fields
    path_of(library).write_text(json.dumps({**fields, field: "\ud800"}))
    with refused("enrolled.unreadable"):
        voices.load(library, "T1")
