"""Coded sessions of a site, and how a coder is judged on them."""

from typing import Any

import pytest

from diarize.errors import Refused
from prosody.settings import Trained
from prosody.store.coded_talks import coded_in
from prosody.store.corrections import Correction
from prosody.store.own_coder import confirmed, evaluate, judge
from prosody.trained.learning import Recipe

CSV = """session,role,text,codes
a,therapist,What was that like for you?,question_open
a,client,I could not sleep at all that night.,
a,therapist,It sounds like you were frightened.,reflection affirmation
b,client,I stopped.,
b,therapist,Mm-hmm.,
"""


@pytest.fixture
def sessions(tmp_path):
    (tmp_path / "coded.csv").write_text(CSV, "utf-8")
    return coded_in(tmp_path / "coded.csv")


def test_a_csv_file_gives_its_sessions_with_all_their_codes(sessions):
    assert [(s.name, len(s.turns)) for s in sessions] == [("a", 3), ("b", 2)]
    first, client, third = sessions[0].talk()
    assert first.main == (1.0, 0.0, 0.0, 0.0) and first.present == (1.0, 0.0, 0.0)
    assert client.weight == 0.0 and third.present == (0.0, 1.0, 0.0)
    assert third.finer[2:4] == (-1.0, -1.0)  # how deep it is nobody said
    assert sessions[1].talk()[1].main == (0.0, 0.0, 0.0, 1.0)


def test_a_transcript_has_its_codes_in_a_voice_of_their_own(tmp_path):
    (tmp_path / "s.vtt").write_text(
        "WEBVTT\n\n00:00.000 --> 00:02.000\n<v T>What happened?\n\n"
        "00:02.000 --> 00:04.000\n<v C>I left.\n\n"
        "00:04.000 --> 00:06.000\n<v T>You left.\n\n"
        "00:00.500 --> 00:01.500\n<v codes>question_open\n\n"
        "00:04.200 --> 00:05.000\n<v codes>reflection\n",
        "utf-8",
    )
    (session,) = coded_in(tmp_path / "s.vtt", "T")
    given = {text: kinds for (_, text), kinds in zip(session.turns, session.kinds, strict=True)}
    assert given == {
        "What happened?": ("question_open",),
        "I left.": None,
        "You left.": ("reflection",),
    }
    with pytest.raises(Refused) as refused:
        coded_in(tmp_path / "s.vtt")
    assert refused.value.message.code == "coder.no_codes"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CSV.replace("question_open", "questioning"), "coder.no_such_code"),
        ("a,b\n1,2\n", "coder.csv_unreadable"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path, text, said):
    (tmp_path / "odd.csv").write_text(text, "utf-8")
    with pytest.raises(Refused) as refused:
        coded_in(tmp_path / "odd.csv")
    assert refused.value.message.code == said


def test_the_rules_alone_are_judged_by_sessions(sessions):
    judged = judge(sessions, lambda session: None, draws=20)
    assert (judged.sessions, judged.turns) == (2, 3)
    assert judged.figures["question"][0] == 1.0 and judged.figures["reflection"][0] == 1.0
    assert all(low <= value <= high for value, low, high in judged.figures.values())


def test_too_few_sessions_are_not_learned_from(sessions):
    with pytest.raises(Refused) as refused:
        evaluate(sessions, Recipe(), Trained())
    assert refused.value.message.code == "coder.too_few"


class Kept:
    """A library of one session, with what people said of its suggestions."""

    def sessions(self):
        return (type("Entry", (), {"session_id": "s"}),)

    def corrections(self, session_id):
        def said(action, kind, undone=None):
            detail = {"action": action, "behaviour": kind}
            return Correction("behaviour", "t", "2026-01-01", detail, undone_by=undone)

        return (
            said("confirm", "reflection"),
            said("remove", "reflection"),
            said("confirm", "reflection", undone="t"),
            said("change", "advice"),
            said("add", "advice"),
        )


def test_what_people_confirmed_is_counted_by_kind():
    library: Any = Kept()
    assert confirmed(library) == {"reflection": (1, 2), "advice": (0, 1)}
