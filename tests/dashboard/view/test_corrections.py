"""What a person says in the dashboard is kept, whole, with the session and no longer."""

import json
from dataclasses import replace
from typing import Any

import pytest

from dashboard.view import corrections
from diarize.errors import Refused
from prosody.store import library
from prosody.store.library import Correction
from tests.conftest import retold


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
    shelf.add("s-two", retold(report, casting=undecided))
    with pytest.raises(Refused, match="no roles are decided"):
        corrections.swap_roles(shelf.folder, "s-two", by="sup-1")
    assert library.load(shelf.folder, "s-two").voices == undecided


class Asked:
    """Stands for the command line: keeps what it was asked, answers as told."""

    def __init__(self, returncode: int = 0, stderr: bytes = b"") -> None:
        self.returncode, self.stderr = returncode, stderr
        self.options: list[str] = []
        self.typed = b""

    def __call__(self, command: list[str], **how: Any) -> "Asked":
        assert command[1:4] == ["-m", "prosody", "correct"]
        assert command[-4:] == ["--by", "sup-1", "--", "s-one"]
        self.options, self.typed = command[6:-4], how["input"]
        return self


@pytest.mark.parametrize(
    ("said", "options", "typed"),
    [
        ({"turn": 3, "voice": "B"}, ["--turn=3", "--voice=B"], ""),
        (
            {"turn": 3, "voice": "B", "words": [2, 4]},
            ["--turn=3", "--voice=B", "--words=2-4"],
            "",
        ),
        ({"turn": 3, "text": " Só it  is. "}, ["--turn=3", "--text=-"], "Só it  is."),
        ({"turn": 3, "text": "  "}, ["--turn=3", "--text="], ""),
        ({"turn": 0, "is": "reflection"}, ["--turn=0", "--is=reflection"], ""),
        ({"turn": 3, "is_not": "advice"}, ["--turn=3", "--is-not=advice"], ""),
        (
            {"turn": 3, "is": "summary", "is_not": "advice"},
            ["--turn=3", "--is=summary", "--is-not=advice"],
            "",
        ),
        ({"at": 28.5, "is_not": "held_silence"}, ["--at=28.500", "--is-not=held_silence"], ""),
    ],
)
def test_what_is_asked_goes_to_the_command_line_and_words_never_in_the_command(
    shelf: Any,
    monkeypatch: pytest.MonkeyPatch,
    said: dict[str, Any],
    options: list[str],
    typed: str,
) -> None:
    asked = Asked()
    monkeypatch.setattr(corrections.subprocess, "run", asked)
    corrections.carry_out(shelf.folder, "s-one", said, by="sup-1")
    assert asked.options == options
    assert asked.typed.decode("utf-8") == typed


def test_a_value_that_looks_like_an_option_stays_a_value(
    shelf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Asked()
    monkeypatch.setattr(corrections.subprocess, "run", asked)
    corrections.carry_out(shelf.folder, "s-one", {"turn": 1, "voice": "--swap-roles"}, by="sup-1")
    assert asked.options == ["--turn=1", "--voice=--swap-roles"]


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"turn": 3},
        {"turn": "<b>secret</b>", "voice": "B"},
        {"turn": 3, "voice": "B", "words": ["secret", 2]},
        {"turn": 3, "voice": "B", "words": 2},
        {"at": [], "is": "reflection"},
    ],
)
def test_what_cannot_be_read_runs_nothing_and_is_not_repeated(
    shelf: Any, monkeypatch: pytest.MonkeyPatch, said: dict[str, Any]
) -> None:
    def never(*args: object, **options: object) -> None:
        raise AssertionError("nothing may be run")

    monkeypatch.setattr(corrections.subprocess, "run", never)
    with pytest.raises(Refused) as caught:
        corrections.carry_out(shelf.folder, "s-one", said, by="sup-1")
    assert "secret" not in str(caught.value)


def test_half_a_letter_from_a_browser_breaks_nothing(
    shelf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Asked()
    monkeypatch.setattr(corrections.subprocess, "run", asked)
    corrections.carry_out(shelf.folder, "s-one", {"turn": 1, "text": "so \ud83d"}, by="sup-1")
    assert asked.typed == b"so ?"


@pytest.mark.parametrize("voice", ["A\0", "\ud83d"])
def test_what_no_command_can_hold_is_refused(shelf: Any, voice: str) -> None:
    with pytest.raises(Refused, match="did not finish"):
        corrections.carry_out(shelf.folder, "s-one", {"turn": 1, "voice": voice}, by="sup-1")
    assert library.corrections(shelf.folder, "s-one") == ()


def test_a_refusal_is_its_last_line(shelf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(2, b"a warning\nprosody: turn 99: not there\n")
    monkeypatch.setattr(corrections.subprocess, "run", asked)
    with pytest.raises(Refused, match="^turn 99: not there$"):
        corrections.carry_out(shelf.folder, "s-one", {"turn": 99, "voice": "B"}, by="sup-1")


def test_renaming_and_taking_back_go_the_same_way(
    shelf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Asked()
    monkeypatch.setattr(corrections.subprocess, "run", asked)
    corrections.rename(shelf.folder, "s-one", "A", "T1", by="sup-1")
    assert asked.options == ["--rename=A=T1"]
    corrections.take_back(shelf.folder, "s-one", 2, by="sup-1")
    assert asked.options == ["--undo=2"]


def test_a_turn_its_text_and_a_behaviour_are_corrected_for_real(shelf: Any) -> None:
    corrections.carry_out(shelf.folder, "s-one", {"turn": 6, "voice": "B"}, by="sup-1")
    turns = library.load(shelf.folder, "s-one").turns
    at = next(turn for turn in turns if turn.span.start <= 51 <= turn.span.end)
    assert (at.voice, at.role) == ("B", "client")

    question = next(t.index for t in turns if t.text and t.text.startswith("What is"))
    text = {"turn": question, "text": "What was the hardest moment?"}
    corrections.carry_out(shelf.folder, "s-one", text, by="sup-1")
    turns = library.load(shelf.folder, "s-one").turns
    question = next(t.index for t in turns if t.text == "What was the hardest moment?")

    for said in ({"is": "summary"}, {"is": "advice", "is_not": "summary"}, {"is_not": "advice"}):
        corrections.carry_out(shelf.folder, "s-one", {"turn": question, **said}, by="sup-1")
        report = library.load(shelf.folder, "s-one")
        mine = {
            e.kind for e in report.events if e.utterance == question and e.corrected_by == "sup-1"
        }
        assert mine == ({said["is"]} if "is" in said else set())

    kept = library.corrections(shelf.folder, "s-one")
    assert [row.kind for row in kept] == ["turn_voice", "turn_text", *["behaviour"] * 3]
    corrections.take_back(shelf.folder, "s-one", 2, by="sup-2")
    assert library.corrections(shelf.folder, "s-one")[1].undone_by == "sup-2"
    texts = {turn.text for turn in library.load(shelf.folder, "s-one").turns}
    assert "What is the hardest moment?" in texts
