"""AnnoMI written as a site's own coded sessions: what the product reads of it."""

import csv

import pytest

from benchmarks.listening.site import sessions_of

NAMES = ("question", "reflection", "therapist_input")
HEAD = (
    *("transcript_id", "utterance_id", "interlocutor", "utterance_text"),
    *("main_therapist_behaviour", *(f"{name}_exists" for name in NAMES)),
    *("question_subtype", "reflection_subtype", "therapist_input_subtype"),
)


def row(talk, number, who, text, main, shown=(), asked="n/a", told="n/a"):
    there = [str(name in shown) for name in NAMES]
    return (talk, number, who, text, main, *there, asked, "n/a", told)


@pytest.fixture
def talks(tmp_path):
    rows = [
        row("7", 0, "therapist", "So, rain. What now?", "question", NAMES[:2], "open"),
        row("7", 1, "client", 'He said "no", twice.', "n/a"),
        row(
            "7", 2, "therapist", "Smoke less. Do you?", *(NAMES[2], NAMES[::2], "closed", "advice")
        ),
        row("8", 0, "therapist", "Mm.", "other"),
        row("8", 1, "therapist", "It opens at nine.", NAMES[2], NAMES[2:], told="information"),
    ]
    file = tmp_path / "annomi.csv"
    with file.open("w", newline="", encoding="utf-8") as to:
        csv.writer(to).writerows([HEAD, *rows])
    return sessions_of(file)


def test_a_talk_is_a_session_with_the_main_code_first(talks):
    first, second = talks
    assert (first.name, second.name) == ("7", "8")
    assert first.kinds == (("question_open", "reflection"), (), ("advice", "question_closed"))
    assert second.kinds == ((), ("information",))
    assert first.turns[1] == ("client", 'He said "no", twice.')
