"""What may be a name is covered, rather too much than too little, everywhere alike."""

import pytest

from prosody.render.masking import COVER, covered, covering
from tests.prosody.conftest import retold_words


def told(report, text, **more):
    said = retold_words(report, 3, text)
    return covering(said, **more)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Yes I told Anna that and left", "Yes I told ▇▇▇ that and left"),
        ("I saw Anna's mother in Leeds", "I saw ▇▇▇ mother in ▇▇▇"),
        ("It was in 1998 or so, at number 12.", "It was in ▇▇▇ or so, at number ▇▇▇."),
        ("I wrote to a.b@c.example or not", "I wrote to ▇▇▇ or not"),
        ("the Anna-Maria church", "the ▇▇▇ church"),
    ],
)  # fmt: skip
def test_names_numbers_and_addresses_are_covered(report, text, shown):
    assert told(report, text).text(text) == shown


def test_a_name_that_begins_a_sentence_is_covered_and_a_common_word_is_not(report):
    cover = told(report, "He left. Kumquat was there. That was it and more")
    assert cover.text("Kumquat was there. That was it") == f"{COVER} was there. That was it"


def test_what_is_covered_once_is_covered_everywhere(report):
    cover = told(report, "and I said to Anna then anna said it")
    assert cover.text("anna said") == f"{COVER} said"
    assert cover.words["anna"] == 2


def test_a_person_covers_more_and_uncovers_what_is_no_name(report):
    text = "on Monday the baker came by again with bread"
    assert told(report, text).text("on Monday the baker") == f"on {COVER} the baker"
    cover = told(report, text, also=["Baker"], shown=["Monday", "baker"])
    assert cover.text("on Monday the baker") == f"on Monday the {COVER}"


def test_without_capitals_only_function_words_are_shown(report):
    lower = report
    for at, turn in enumerate(report.turns):
        lower = retold_words(lower, at, turn.text.lower())
    cover = covering(lower)
    shown = covered(lower, cover)
    assert "week" not in " ".join(t.text for t in shown.turns)
    assert cover.text("and to anna") == f"and to {COVER}"


def test_voices_are_letters_and_the_recording_is_not_named(report):
    shown = covered(report, covering(report))
    assert shown.recording.sha256 == ""
    assert {turn.voice for turn in shown.turns} == {"A", "B"}
    assert [t.span for t in shown.turns] == [t.span for t in report.turns]
