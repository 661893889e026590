"""Marks stand at the turns that were corrected; the list says who changed what, and takes back."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.panels import told
from dashboard.panels.history_panel import marks
from dashboard.view import corrections, player
from dashboard.view.words import say
from diarize.messages import message
from diarize.models.engine import Engine
from prosody.report.model import ConsentFacts
from prosody.store import kinds
from prosody.store.corrections import Correction
from prosody.store.kinds import Kind, described
from prosody.store.library import Library
from tests.conftest import PATIENCE_S, retold, wordless
from tests.dashboard.pages.test_pages import FIELD, SESSION, everything, room, run

ONE = say("corrected_by", by=("sup-1",))
# The page of somebody who has said who they are.
SIGNED = SESSION.replace("home =", 'st.session_state.setdefault("code", "sup-1")\nhome =')


def row(kind: str, by: str = "sup-1", **detail: Any) -> Correction:
    return Correction(kind, by, "2026-01-20", detail)


def test_a_corrected_turn_carries_the_code_of_who_did_it(shelf: Any) -> None:
    kept = (
        row("turn_text", start_s=10.0, end_s=15.0, voice="A", text="So."),
        row("words_voice", "sup-2", start_s=12.0, end_s=13.0, was="B", voice="A"),
        row("turn_voice", start_s=31.0, end_s=34.0, was="B", voice="A"),
        row("role", voice="A", role="therapist"),
        row("silence", start_s=26.0, reading="reflective"),
    )
    assert marks(shelf.report(), kept) == {
        2: say("corrected_by", by=("sup-1", "sup-2")),
        4: ONE,
    }


def test_what_was_taken_back_or_is_gone_marks_nothing(shelf: Any) -> None:
    text = row("turn_text", start_s=10.0, end_s=15.0, voice="A", text="So.")
    gone = row("turn_text", start_s=119.0, end_s=119.5, voice="A", text="So.")
    assert marks(shelf.report(), (replace(text, undone_by="sup-2"), gone)) == {}


def test_a_mark_follows_a_voice_to_its_new_name(shelf: Any) -> None:
    report = shelf.report()
    turns = tuple(replace(t, voice="T1" if t.voice == "A" else t.voice) for t in report.turns)
    kept = (
        row("turn_text", start_s=10.0, end_s=15.0, voice="A", text="So."),
        row("rename", names={"A": "T1"}),
    )
    assert marks(retold(report, utterances=turns), kept) == {2: ONE}


def test_the_room_is_told_what_can_be_corrected(shelf: Any) -> None:
    report = shelf.report()
    data = player.payload(report, None, marks={2: ONE})
    assert [turn["by"] for turn in data["turns"][:4]] == ["", "", ONE, ""]
    assert [voice["name"] for voice in data["voices"]] == [
        say("role_of_voice", role=role, voice=voice)
        for role, voice in (("therapist", "A"), ("client", "B"))
    ]
    offered = {
        role: {kind for group in groups for kind, _ in group["kinds"]}
        for role, groups in data["kinds"].items()
    }
    assert {"withdrawal_marker", "confrontation_marker"} <= offered["client"]
    assert "reflection" in offered["therapist"]
    assert not offered["therapist"] & {*offered["client"], "held_silence", "overlap_to_review"}
    assert data["wordless"] == ""


def test_doubtful_words_are_told_apart(shelf: Any) -> None:
    report = shelf.report()
    first, second, third, *rest = report.turns[0].words
    doubted = (replace(first, doubtful=True), replace(second, probability=0.2), third, *rest)
    turns = (replace(report.turns[0], words=doubted), *report.turns[1:])
    data = player.payload(retold(report, utterances=turns), None)
    assert [word[3] for word in data["turns"][0]["words"][:3]] == [1, 2, 0]
    unknown = tuple(replace(word, probability=None) for word in report.turns[0].words)
    turns = (replace(report.turns[0], words=unknown), *report.turns[1:])
    data = player.payload(retold(report, utterances=turns), None)
    assert {word[3] for word in data["turns"][0]["words"]} == {0}


def test_without_words_it_is_said_why_there_is_no_text_to_correct(shelf: Any) -> None:
    bare = shelf.report(consent=ConsentFacts(("analyse",), "2999-01-01"))
    assert player.payload(bare, None)["wordless"] == say("words_not_kept")
    lost = str(message("corrections.turn_words_lost"))
    assert player.payload(bare, None)["caution"] == lost
    older = replace(wordless(bare), engines=bare.engines)
    lost = str(message("corrections.all_words_lost"))
    assert player.payload(older, None)["caution"] == lost
    report = shelf.report()
    silent = wordless(report)
    assert player.payload(silent, None)["wordless"] == say("no_transcript")
    engines = {**bare.engines, "transcriber": Engine("none", "")}
    unheard = player.payload(replace(bare, engines=engines), None)
    assert unheard["caution"] == player.payload(report, None)["caution"] == ""


def test_the_list_says_who_changed_what_and_takes_it_back(shelf: Any) -> None:
    folder = shelf.folder
    corrections.carry_out(folder, "s-one", {"turn": 4, "voice": "B"}, by="sup-1")
    corrections.correct(folder, "s-one", swap_roles=True, by="sup-1")
    corrections.take_back(folder, "s-one", 2, by="sup-3")
    corrections.correct(folder, "s-one", at=26.0, reading="reflective", by="sup-1")
    page = run(folder, SESSION, id="s-one", part="trust")
    assert not page.exception
    moved, swapped, *_ = kept = Library(folder).corrections("s-one")
    said = everything(page)
    for number, row in enumerate(kept, 1):
        assert say("correction", number=number, what=described(row)) in said
    assert say("done_by", by="sup-1", on=moved.on) in said
    undone = say("undone_by", by="sup-1", on=swapped.on, other="sup-3", later=swapped.undone_on)
    assert undone in said
    assert not page.button(key="take back s-one 1").disabled
    assert page.button(key=f"take back s-one {len(kept)}").disabled, "a reading is read anew"
    page.text_input(key=FIELD).set_value("sup-9").run()
    page.button(key="take back s-one 1").click().run(timeout=PATIENCE_S)
    assert not page.exception
    assert Library(folder).corrections("s-one")[0].undone_by == "sup-9"
    turn = Library(folder).load("s-one").turns[4]
    assert turn.voice == "A"
    assert room(page)["turns"][4]["role"] == turn.role


def test_a_kind_of_correction_of_ones_own_is_told_and_can_be_taken_back(shelf: Any) -> None:
    mine = Kind("cough", change=lambda heard, row: heard, wording="voice {voice} coughs")
    with kinds.registered(mine):
        Library(shelf.folder).keep_corrections("s-one", (row("cough", voice="A"),))
        page = run(shelf.folder, SESSION, id="s-one", part="trust")
        assert "1. voice A coughs\nsup-1, 2026-01-20" in everything(page)
        button = next(b for b in page.button if b.label == say("take_back", number=1))
        assert not button.disabled


def test_without_corrections_the_list_says_how_to_make_one(shelf: Any) -> None:
    assert say("history_empty") in everything(run(shelf.folder, SESSION, id="s-one", part="trust"))


def test_a_voice_is_renamed(shelf: Any) -> None:
    page = run(shelf.folder, SESSION, id="s-one", part="trust")
    page.text_input(key=FIELD).set_value("sup-1").run()
    page.button(key="rename s-one A").click().run()
    assert say("not_changed", why=say("requests_rename")) in everything(page)
    page.text_input(key="name s-one A").set_value("T1").run()
    page.button(key="rename s-one A").click().run(timeout=PATIENCE_S)
    assert not page.exception
    assert {v.voice for v in Library(shelf.folder).load("s-one").voices} == {"T1", "B"}
    assert say("role_of_voice", role="therapist", voice="T1") in [
        voice["name"] for voice in room(page)["voices"]
    ]


def ask(shelf: Any, monkeypatch: pytest.MonkeyPatch, **said: Any) -> AppTest:
    """Run the page while its room asks once for what is said, as the browser would."""
    real, stamps, asked = player.mount, [], [said]

    def mount(scene: str, **options: Any) -> None:
        stamps.append(options["stamp"])
        real(scene, **options)

    def waiting(key: str) -> Iterator[dict[str, Any]]:
        while asked:
            yield {"stamp": stamps[-1], "kind_of": "correction", **asked.pop()}

    monkeypatch.setattr(player, "mount", mount)
    monkeypatch.setattr(told, "waiting", waiting)
    return run(shelf.folder, SIGNED, id="s-one")


def test_a_correction_is_carried_out_once_and_answered(
    shelf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = ask(shelf, monkeypatch, number="7", turn=3, voice="A")
    assert not page.exception
    (row,) = Library(shelf.folder).corrections("s-one")
    assert (row.kind, row.by, row.detail["voice"]) == ("turn_voice", "sup-1", "A")
    assert (row.detail["start_s"], row.detail["was"]) == (16.0, "B")
    assert room(page)["answer"] == {"number": "7", "text": ""}


def test_a_refusal_is_answered_where_it_was_asked(
    shelf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = ask(shelf, monkeypatch, number="7", turn=3, voice="Z")
    assert Library(shelf.folder).corrections("s-one") == ()
    why = message("edits.no_voice", voice="Z", known=("A", "B"))
    assert room(page)["answer"]["text"] == say("not_changed", why=why)


def test_what_was_asked_of_an_older_state_is_not_carried_out(
    shelf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = ask(shelf, monkeypatch, number="7", turn=3, voice="A", stamp="s-one 1 1 0")
    assert Library(shelf.folder).corrections("s-one") == ()
    why = message("dashboard.changed_meanwhile")
    assert room(page)["answer"]["text"] == say("not_changed", why=why)


def test_an_answer_is_the_viewers_own(shelf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(shelf, monkeypatch, number="7", turn=3, voice="A")
    assert room(run(shelf.folder, SESSION, id="s-one"))["answer"] is None
