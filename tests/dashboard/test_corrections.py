"""What a person says in the dashboard is kept, whole, with the session and no longer."""

import json
from dataclasses import replace
from typing import Any

import pytest

from dashboard import corrections
from diarize.consent import Refused
from prosody import library
from prosody.library import Correction


def keep(shelf: Any, start_s: float, reading: str) -> None:
    corrections.keep_reading(shelf.folder, "s-one", start_s, reading, by="sup-1")


def test_the_latest_reading_holds_and_earlier_ones_are_kept(shelf: Any) -> None:
    keep(shelf, 26.0, "reflective")
    keep(shelf, 53.0, "mnemonic")
    keep(shelf, 26.0, "emotional")
    assert corrections.readings(shelf.folder, "s-one") == {
        "26.00": "emotional",
        "53.00": "mnemonic",
    }
    rows = library.corrections(shelf.folder, "s-one")
    assert [row.detail["reading"] for row in rows] == ["reflective", "mnemonic", "emotional"]
    assert {row.by for row in rows} == {"sup-1"}


def test_a_reading_leaves_other_corrections_alone(shelf: Any) -> None:
    path = shelf.folder / "s-one" / "corrections.json"
    detail = {"voice": "A", "role": "client"}
    path.write_text(json.dumps([{"kind": "role", "by": "x", "on": "2026-01-01", "detail": detail}]))
    keep(shelf, 26.0, "reflective")
    first, second = library.corrections(shelf.folder, "s-one")
    assert first == Correction("role", "x", "2026-01-01", detail)
    assert second.kind == "silence"


def test_a_reading_nobody_offers_is_refused_and_nothing_changes(shelf: Any) -> None:
    with pytest.raises(Refused):
        keep(shelf, 26.0, "awkward")
    assert not (shelf.folder / "s-one" / "corrections.json").exists()


def test_a_full_disk_leaves_what_was_there(shelf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(shelf, 26.0, "reflective")
    before = sorted(p.name for p in (shelf.folder / "s-one").iterdir())

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Refused, match="No space left"):
        keep(shelf, 26.0, "emotional")
    assert corrections.readings(shelf.folder, "s-one") == {"26.00": "reflective"}
    assert sorted(p.name for p in (shelf.folder / "s-one").iterdir()) == before


def test_a_damaged_file_is_said_to_be_so(shelf: Any) -> None:
    (shelf.folder / "s-one" / "corrections.json").write_text('[{"kind": ')
    with pytest.raises(Refused, match=r"corrections\.json"):
        corrections.readings(shelf.folder, "s-one")


def test_forgetting_a_session_forgets_what_was_said_of_it(shelf: Any) -> None:
    keep(shelf, 26.0, "reflective")
    library.forget(shelf.folder, "s-one")
    with pytest.raises(Refused):
        corrections.readings(shelf.folder, "s-one")


def test_what_is_kept_is_private(shelf: Any) -> None:
    keep(shelf, 26.0, "reflective")
    assert (shelf.folder / "s-one" / "corrections.json").stat().st_mode & 0o077 == 0


def test_swapped_roles_swap_the_talk_and_keep_the_readings(shelf: Any) -> None:
    keep(shelf, 26.0, "reflective")
    corrections.swap_roles(shelf.folder, "s-one", by="sup-1")
    swapped = library.load(shelf.folder, "s-one")
    assert {v.voice: v.role for v in swapped.voices} == {"A": "client", "B": "therapist"}
    assert {v.corrected_by for v in swapped.voices} == {"sup-1"}
    time = {role: swapped.measure("talk.time", role).value for role in ("therapist", "client")}
    assert time["therapist"] > time["client"]
    assert corrections.readings(shelf.folder, "s-one") == {"26.00": "reflective"}


def test_what_cannot_be_corrected_is_said_in_a_line(shelf: Any) -> None:
    report = shelf.report()
    undecided = tuple(replace(v, role="unknown") for v in report.voices)
    shelf.add("s-two", replace(report, voices=undecided))
    with pytest.raises(Refused, match="no roles are decided"):
        corrections.swap_roles(shelf.folder, "s-two", by="sup-1")
    assert library.load(shelf.folder, "s-two").voices == undecided
