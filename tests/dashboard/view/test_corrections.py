"""What a person says in the dashboard is kept, whole, with the session and no longer."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from dashboard.view import corrections
from prosody.store.corrections import Correction
from prosody.store.library import Library
from prosody.store.schema import corrections as table
from tests.conftest import retold
from tests.said import refused


def keep(shelf: Any, start_s: float, reading: str) -> None:
    corrections.correct(shelf.folder, "s-one", at=start_s, reading=reading, by="sup-1")


def readings(shelf: Any) -> dict[str, str]:
    return corrections.readings(Library(shelf.folder).corrections("s-one"))


def test_the_latest_reading_holds_and_earlier_ones_are_kept(shelf: Any) -> None:
    keep(shelf, 26.0, "reflective")
    keep(shelf, 53.0, "mnemonic")
    keep(shelf, 26.0, "emotional")
    assert readings(shelf) == {
        "26.00": "emotional",
        "53.00": "mnemonic",
    }
    rows = Library(shelf.folder).corrections("s-one")
    assert [row.detail["reading"] for row in rows] == ["reflective", "mnemonic", "emotional"]
    assert {row.by for row in rows} == {"sup-1"}


def test_a_reading_leaves_other_corrections_alone(shelf: Any) -> None:
    made = Correction("role", "x", "2026-01-01", {"voice": "A", "role": "client"})
    with Library(shelf.folder).locked():
        Library(shelf.folder).keep_corrections("s-one", (made,))
    keep(shelf, 26.0, "reflective")
    first, second = Library(shelf.folder).corrections("s-one")
    assert first == made
    assert second.kind == "silence"


def test_a_reading_nobody_offers_is_refused_and_nothing_changes(shelf: Any) -> None:
    with refused("requests.reading"):
        keep(shelf, 26.0, "awkward")
    assert Library(shelf.folder).corrections("s-one") == ()


def test_a_full_disk_leaves_what_was_there(shelf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(shelf, 26.0, "reflective")
    before = sorted(p.name for p in (shelf.folder / "s-one").iterdir())

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with refused("library.not_saved", why="No space left on device"):
            corrections.correct(shelf.folder, "s-one", swap_roles=True, by="sup-1")
    assert readings(shelf) == {"26.00": "reflective"}
    assert sorted(p.name for p in (shelf.folder / "s-one").iterdir()) == before


def test_damaged_ones_are_said_to_be_so(shelf: Any) -> None:
    keep(shelf, 26.0, "reflective")
    with Library(shelf.folder).database.writing() as held:
        held.execute(update(table).values(body=b'{"reading": '))
    with refused("library.corrections_unreadable", session="s-one"):
        readings(shelf)


def test_forgetting_a_session_forgets_what_was_said_of_it(shelf: Any) -> None:
    keep(shelf, 26.0, "reflective")
    Library(shelf.folder).forget("s-one")
    assert readings(shelf) == {}


def test_swapped_roles_swap_the_talk_and_keep_the_readings(shelf: Any) -> None:
    keep(shelf, 26.0, "reflective")
    corrections.correct(shelf.folder, "s-one", swap_roles=True, by="sup-1")
    swapped = Library(shelf.folder).load("s-one")
    assert {v.voice: v.role for v in swapped.voices} == {"A": "client", "B": "therapist"}
    assert {v.corrected_by for v in swapped.voices} == {"sup-1"}
    time = {role: swapped.measure("talk.time", role).value for role in ("therapist", "client")}
    assert time["therapist"] > time["client"]
    assert readings(shelf) == {"26.00": "reflective"}


def test_what_cannot_be_corrected_is_said_in_a_line(shelf: Any) -> None:
    report = shelf.report()
    undecided = tuple(replace(v, role="unknown") for v in report.voices)
    shelf.add("s-two", retold(report, casting=undecided))
    with refused("requests.no_roles"):
        corrections.correct(shelf.folder, "s-two", swap_roles=True, by="sup-1")
    assert Library(shelf.folder).load("s-two").voices == undecided


@pytest.mark.parametrize(
    ("said", "kind", "detail"),
    [
        ({"turn": 4, "voice": "B"}, "turn_voice", {"was": "A", "voice": "B"}),
        ({"turn": 2, "voice": "B", "words": [2, 4]}, "words_voice", {"was": "A", "voice": "B"}),
        ({"turn": 3, "text": " Só it  is. "}, "turn_text", {"text": "Só it is."}),
        ({"turn": 3, "text": "  "}, "turn_text", {"text": ""}),
        ({"turn": 1, "text": "so \ud83d"}, "turn_text", {"text": "so ?"}),
        ({"turn": 4, "is": "reflection"}, "behaviour", {"action": "add", "of": "turn"}),
        ({"at": 28.5, "is": "held_silence"}, "behaviour", {"action": "confirm", "of": "time"}),
    ],
)
def test_what_the_listening_room_asks_for_is_kept_as_a_correction(
    shelf: Any, said: dict[str, Any], kind: str, detail: dict[str, Any]
) -> None:
    corrections.carry_out(shelf.folder, "s-one", said, by="sup-1")
    (row,) = Library(shelf.folder).corrections("s-one")
    assert (row.kind, row.by) == (kind, "sup-1")
    assert detail.items() <= row.detail.items()


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
def test_what_cannot_be_read_changes_nothing_and_is_not_repeated(
    shelf: Any, said: dict[str, Any]
) -> None:
    with refused("requests.unreadable") as caught:
        corrections.carry_out(shelf.folder, "s-one", said, by="sup-1")
    assert "secret" not in str(caught.value)
    assert Library(shelf.folder).corrections("s-one") == ()


@pytest.mark.parametrize("voice", ["A\0", "\ud83d", "--swap-roles"])
def test_a_voice_that_is_not_there_is_refused_whatever_it_is_called(shelf: Any, voice: str) -> None:
    with refused("edits.no_voice") as caught:
        corrections.carry_out(shelf.folder, "s-one", {"turn": 1, "voice": voice}, by="sup-1")
    str(caught.value).encode("utf-8")
    assert Library(shelf.folder).corrections("s-one") == ()


def test_renaming_and_taking_back_go_the_same_way(shelf: Any) -> None:
    corrections.correct(shelf.folder, "s-one", rename=("A=T1",), by="sup-1")
    assert {v.voice for v in Library(shelf.folder).load("s-one").voices} == {"T1", "B"}
    corrections.take_back(shelf.folder, "s-one", 1, by="sup-1")
    assert {v.voice for v in Library(shelf.folder).load("s-one").voices} == {"A", "B"}


def test_a_turn_its_text_and_a_behaviour_are_corrected_for_real(shelf: Any) -> None:
    corrections.carry_out(shelf.folder, "s-one", {"turn": 6, "voice": "B"}, by="sup-1")
    turns = Library(shelf.folder).load("s-one").turns
    at = next(turn for turn in turns if turn.span.start <= 51 <= turn.span.end)
    assert (at.voice, at.role) == ("B", "client")

    question = next(t.index for t in turns if t.text and t.text.startswith("What is"))
    text = {"turn": question, "text": "What was the hardest moment?"}
    corrections.carry_out(shelf.folder, "s-one", text, by="sup-1")
    turns = Library(shelf.folder).load("s-one").turns
    question = next(t.index for t in turns if t.text == "What was the hardest moment?")

    for said in ({"is": "summary"}, {"is": "advice", "is_not": "summary"}, {"is_not": "advice"}):
        corrections.carry_out(shelf.folder, "s-one", {"turn": question, **said}, by="sup-1")
        report = Library(shelf.folder).load("s-one")
        mine = {
            e.kind for e in report.events if e.utterance == question and e.corrected_by == "sup-1"
        }
        assert mine == ({said["is"]} if "is" in said else set())

    kept = Library(shelf.folder).corrections("s-one")
    assert [row.kind for row in kept] == ["turn_voice", "turn_text", *["behaviour"] * 3]
    corrections.take_back(shelf.folder, "s-one", 2, by="sup-2")
    assert Library(shelf.folder).corrections("s-one")[1].undone_by == "sup-2"
    texts = {turn.text for turn in Library(shelf.folder).load("s-one").turns}
    assert "What is the hardest moment?" in texts
