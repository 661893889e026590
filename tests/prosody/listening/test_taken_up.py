"""A client's own account, and whether the therapist's next turn takes it up."""

import pytest

from diarize.conversation import Casting, weave
from diarize.messages import message
from diarize.timeline import Span, Turn, Word
from prosody.analysis import Analysis
from prosody.listening.found import suggested
from prosody.settings import Reading, Settings

ASKED = Settings(reading=Reading(experimental=True))
TOLD = message("casting.told")


def accounts(*turns):
    """Events of a client's account in turns of (role, text)."""
    spoken, words, at = [], [], 0.0
    for role, text in turns:
        said = text.split()
        spoken.append(Turn(Span(at, at + len(said)), role))
        words += [Word(Span(at + k, at + k + 0.8), w, None, role) for k, w in enumerate(said)]
        at += len(said) + 1
    casting = tuple(Casting(r, r, 1.0, TOLD) for r in sorted({r for r, _ in turns}))
    talk = weave(tuple(spoken), tuple(words), casting, at, language="en")
    found = suggested(Analysis(talk, settings=ASKED))
    return [e for e in found if e.kind in ("said", "felt", "thought", "wanted")]


FEAR = ("client", "I felt so ashamed when the whole office looked at me.")


@pytest.mark.parametrize(
    ("answer", "code", "taken"),
    [
        ("It was the office looking at you.", "evidence.taken_up", ("office", "looked")),
        ("How long have you worked there?", "evidence.not_taken_up", None),
    ],
)
def test_the_next_turn_takes_up_words_in_any_form(answer, code, taken):
    found = accounts(("therapist", "What happened then?"), FEAR, ("therapist", answer))
    felt = next(e for e in found if e.kind == "felt")
    assert felt.evidence.code == code and felt.evidence.fields.get("taken") == taken
    assert "ashamed" in str(felt.evidence.fields["words"])


def test_nothing_is_said_where_the_therapist_does_not_answer():
    found = accounts(("therapist", "What happened then?"), FEAR)
    felt = next(e for e in found if e.kind == "felt")
    assert felt.evidence.code == "evidence.words"
