"""Turns as the trained coder takes them."""

from hypothesis import given
from hypothesis import strategies as st

from prosody.settings import Trained
from prosody.trained.text import Pieces, inputs, plain

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "you", "feel", "##ing", "tired", "?", "'", "s"]
PIECES = Pieces({piece: at for at, piece in enumerate(VOCABULARY)})
TALK = (
    ("therapist", "How are you?"),
    ("client", "Tired."),
    ("therapist", "Mm."),
    ("client", "Um, of it-- of it."),
    ("therapist", "You're tired of it."),
)


def test_fillers_and_repetitions_are_left_out():
    assert plain("So, um, so-- so you, uh, you went [laughs] home?") == "So you went home?"
    assert plain("-and that-that was it-") == "and that was it"
    assert plain("[crosstalk]") == ""


@given(st.text())
def test_plain_text_stays_as_it_is(text):
    assert plain(plain(text)) == plain(plain(plain(text)))


def test_words_are_cut_into_the_longest_pieces():
    assert PIECES("You feeling tired?") == [4, 5, 6, 7, 8]
    assert PIECES("zebra") == [1]


def test_a_turn_goes_with_what_both_said_before():
    last = inputs(TALK)[-1]
    assert last is not None
    assert (last.own, last.heard) == ("Mm.", "Tired. of it.")
    assert inputs([("other", "Hello."), ("client", "[sighs]")]) == (None, None)


def test_swapped_roles_leave_every_key():
    swapped = [({"therapist": "client", "client": "therapist"}[r], text) for r, text in TALK]
    assert [i and i.key for i in inputs(TALK)] == [i and i.key for i in inputs(swapped)]


def test_a_changed_word_changes_the_turn_and_those_that_follow_it():
    changed = (*TALK[:3], ("client", "Of nothing at all, today."), TALK[4])
    one, other = ([i and i.key for i in inputs(talk)] for talk in (TALK, changed))
    assert [a == b for a, b in zip(one, other, strict=True)] == [True] * 3 + [False] * 2


def test_a_long_turn_keeps_how_it_begins_and_how_it_ends():
    (turn,) = inputs([("client", "you tired feel " * 100 + "?")])
    assert turn is not None
    ids, own = PIECES.of(turn)
    assert sum(own) == Trained().pieces_said + 1
    assert ids[own.index(1)] == 4 and ids[-2:] == [8, 3]
