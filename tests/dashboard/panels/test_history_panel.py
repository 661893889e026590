"""Marks stand at the turns that were corrected; the list says who changed what, and takes back."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import dashboard.view.corrections
from dashboard.panels.history_panel import marks
from dashboard.view import player
from dashboard.view.words import say
from diarize.errors import Refused
from diarize.messages import message
from diarize.models.engine import Engine
from prosody.report.model import ConsentFacts
from prosody.store import kinds
from prosody.store.corrections import Correction
from prosody.store.kinds import Kind
from prosody.store.library import Library
from tests.conftest import retold, wordless
from tests.dashboard.pages.test_pages import SESSION, everything, room, run


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
        4: "corrected by sup-1",
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
    assert marks(retold(report, utterances=turns), kept) == {2: "corrected by sup-1"}


def test_the_room_is_told_what_can_be_corrected(shelf: Any) -> None:
    report = shelf.report()
    data = player.payload(report, None, stamp="1", marks={2: "corrected by sup-1"})
    assert [turn["by"] for turn in data["turns"][:4]] == ["", "", "corrected by sup-1", ""]
    assert [voice["name"] for voice in data["voices"]] == [
        "the therapist (voice A)",
        "the client (voice B)",
    ]
    offered = {
        role: {kind for group in groups for kind, _ in group["kinds"]}
        for role, groups in data["kinds"].items()
    }
    assert offered["client"] == {"withdrawal_marker", "confrontation_marker"}
    assert "reflection" in offered["therapist"]
    assert not offered["therapist"] & {*offered["client"], "held_silence", "overlap_to_review"}
    assert data["wordless"] == ""


def test_doubtful_words_are_told_apart(shelf: Any) -> None:
    report = shelf.report()
    first, second, third, *rest = report.turns[0].words
    doubted = (replace(first, doubtful=True), replace(second, probability=0.2), third, *rest)
    turns = (replace(report.turns[0], words=doubted), *report.turns[1:])
    data = player.payload(retold(report, utterances=turns), None, stamp="1")
    assert [word[3] for word in data["turns"][0]["words"][:3]] == [1, 2, 0]
    unknown = tuple(replace(word, probability=None) for word in report.turns[0].words)
    turns = (replace(report.turns[0], words=unknown), *report.turns[1:])
    data = player.payload(retold(report, utterances=turns), None, stamp="1")
    assert {word[3] for word in data["turns"][0]["words"]} == {0}


def test_without_words_it_is_said_why_there_is_no_text_to_correct(shelf: Any) -> None:
    bare = shelf.report(consent=ConsentFacts(("analyse",), "2999-01-01"))
    assert player.payload(bare, None, stamp="1")["wordless"] == say("words_not_kept")
    lost = str(message("corrections.turn_words_lost"))
    assert player.payload(bare, None, stamp="1")["caution"] == lost
    older = replace(wordless(bare), engines=bare.engines)
    lost = str(message("corrections.all_words_lost"))
    assert player.payload(older, None, stamp="1")["caution"] == lost
    report = shelf.report()
    silent = wordless(report)
    assert player.payload(silent, None, stamp="1")["wordless"] == say("no_transcript")
    engines = {**bare.engines, "transcriber": Engine("none", "")}
    unheard = player.payload(replace(bare, engines=engines), None, stamp="1")
    assert unheard["caution"] == player.payload(report, None, stamp="1")["caution"] == ""


def test_the_list_says_who_changed_what_and_takes_it_back(
    shelf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    back: list[tuple[int, str]] = []
    monkeypatch.setattr(
        dashboard.view.corrections,
        "take_back",
        lambda folder, session_id, number, *, by: back.append((number, by)),
    )
    kept = (
        row("turn_voice", start_s=31.0, end_s=34.0, was="B", voice="A"),
        replace(row("role", voice="A", role="client"), undone_by="sup-3", undone_on="2026-01-21"),
        row("silence", start_s=26.0, reading="reflective"),
    )
    monkeypatch.setattr(Library, "corrections", lambda self, session_id: kept)
    page = run(shelf.folder, SESSION, id="s-one")
    assert not page.exception
    said = everything(page)
    assert "1. 0:31 to 0:34 belongs to voice A, not B\nsup-1, 2026-01-20" in said
    assert "sup-1, 2026-01-20, undone by sup-3 on 2026-01-21" in said
    buttons = [button for button in page.button if button.label == say("take_back")]
    assert [button.disabled for button in buttons] == [True, False]
    page.text_input(key="code").set_value("sup-9").run()
    next(b for b in page.button if b.label == say("take_back") and not b.disabled).click().run()
    assert back == [(1, "sup-9")]


def test_a_kind_of_correction_of_ones_own_is_told_and_can_be_taken_back(shelf: Any) -> None:
    mine = Kind("cough", change=lambda heard, row: heard, wording="voice {voice} coughs")
    with kinds.registered(mine):
        Library(shelf.folder).keep_corrections("s-one", (row("cough", voice="A"),))
        page = run(shelf.folder, SESSION, id="s-one")
        assert "1. voice A coughs\nsup-1, 2026-01-20" in everything(page)
        button = next(b for b in page.button if b.label == say("take_back"))
        assert not button.disabled


def test_without_corrections_the_list_says_how_to_make_one(shelf: Any) -> None:
    assert say("history_empty") in everything(run(shelf.folder, SESSION, id="s-one"))


def test_a_voice_is_renamed(shelf: Any) -> None:
    page = run(shelf.folder, SESSION, id="s-one")
    button = page.button(key="rename s-one A")
    assert button.disabled
    page.text_input(key="name s-one A").set_value("T1").run()
    next(b for b in page.button if b.key == "rename s-one A").click().run()
    assert {voice.voice for voice in Library(shelf.folder).load("s-one").voices} == {"T1", "B"}


class Told:
    """Stands for what the component returns when a person asked for a correction once."""

    reading = None

    def __init__(self, correction: dict[str, Any] | None) -> None:
        self.correction = correction


def ask(
    shelf: Any, monkeypatch: pytest.MonkeyPatch, **said: Any
) -> tuple[AppTest, list[dict[str, Any]]]:
    """Run the page while its room asks once for what is said."""
    real, waiting = player.mount, [said]

    def mount(scene: dict[str, Any], **options: Any) -> Told:
        real(scene, **options)
        asked = {"stamp": scene["stamp"], **waiting.pop()} if waiting else None
        return Told(asked)

    ran: list[dict[str, Any]] = []

    def carry_out(folder: Path, session_id: str, asked: dict[str, Any], *, by: str) -> None:
        ran.append({"by": by, **asked})
        if asked.get("voice") == "Z":
            raise Refused("edits.no_voice", voice="Z", known=("A", "B"))

    monkeypatch.setattr(player, "mount", mount)
    monkeypatch.setattr(dashboard.view.corrections, "carry_out", carry_out)
    return run(shelf.folder, SESSION, id="s-one"), ran


def test_a_correction_is_carried_out_once_and_answered(
    shelf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, ran = ask(shelf, monkeypatch, number="7", turn=3, voice="A")
    assert not page.exception
    assert [(said["turn"], said["voice"], said["by"]) for said in ran] == [(3, "A", "user")]
    assert room(page)["answer"] == {"number": "7", "text": ""}


def test_a_refusal_is_answered_where_it_was_asked(
    shelf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, ran = ask(shelf, monkeypatch, number="7", turn=3, voice="Z")
    assert len(ran) == 1
    why = message("edits.no_voice", voice="Z", known=("A", "B"))
    assert room(page)["answer"]["text"] == say("not_changed", why=why)


def test_what_was_asked_of_an_older_state_is_not_carried_out(
    shelf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, ran = ask(shelf, monkeypatch, number="7", turn=3, voice="A", stamp="s-one 1 1 0")
    assert ran == []
    why = message("dashboard.changed_meanwhile")
    assert room(page)["answer"]["text"] == say("not_changed", why=why)


def test_an_answer_is_the_viewers_own(shelf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(shelf, monkeypatch, number="7", turn=3, voice="A")
    assert room(run(shelf.folder, SESSION, id="s-one"))["answer"] is None
