"""What a supervisor says of a silence is kept, whole, with the session and no longer."""

import json
from typing import Any

import pytest

from dashboard import readings
from diarize.consent import Refused
from prosody import library


def test_the_latest_reading_holds_and_earlier_ones_are_kept(shelf: Any) -> None:
    readings.keep(shelf.folder, "s-one", 26.0, "reflective")
    readings.keep(shelf.folder, "s-one", 53.0, "mnemonic")
    readings.keep(shelf.folder, "s-one", 26.0, "emotional")
    found = readings.read(shelf.folder, "s-one")
    assert [one.kind for one in found] == ["reflective", "mnemonic", "emotional"]
    assert readings.latest(found) == {"26.00": "emotional", "53.00": "mnemonic"}


def test_a_kind_nobody_offers_is_refused_and_nothing_changes(shelf: Any) -> None:
    with pytest.raises(Refused):
        readings.keep(shelf.folder, "s-one", 26.0, "awkward")
    assert readings.read(shelf.folder, "s-one") == ()


def test_a_full_disk_leaves_what_was_there(shelf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    readings.keep(shelf.folder, "s-one", 26.0, "reflective")
    before = sorted(p.name for p in (shelf.folder / "s-one").iterdir())

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Refused, match="No space left"):
        readings.keep(shelf.folder, "s-one", 26.0, "emotional")
    assert readings.latest(readings.read(shelf.folder, "s-one")) == {"26.00": "reflective"}
    assert sorted(p.name for p in (shelf.folder / "s-one").iterdir()) == before


def test_a_damaged_file_is_said_to_be_so(shelf: Any) -> None:
    (shelf.folder / "s-one" / "readings.json").write_text('[{"start_s": ')
    with pytest.raises(Refused, match="damaged"):
        readings.read(shelf.folder, "s-one")


def test_forgetting_a_session_forgets_its_readings(shelf: Any) -> None:
    readings.keep(shelf.folder, "s-one", 26.0, "reflective")
    assert "readings.json" in library.forget(shelf.folder, "s-one")
    with pytest.raises(Refused):
        readings.read(shelf.folder, "s-one")


def test_readings_are_private_and_nameless(shelf: Any) -> None:
    readings.keep(shelf.folder, "s-one", 26.0, "reflective")
    path = shelf.folder / "s-one" / "readings.json"
    assert path.stat().st_mode & 0o077 == 0
    assert set(json.loads(path.read_text())[0]) == {"start_s", "kind", "on"}
