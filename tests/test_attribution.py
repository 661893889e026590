"""Words given to the wrong person, and cpWER, on cases worked by hand."""

import pytest

from benchmarks.attribution import aligned, cpwer, least_wrong, streams
from diarize.timeline import Span, Word


def words(*rows: tuple[str, str]) -> list[Word]:
    """Voice and text of words a second apart."""
    return [Word(Span(n, n + 0.5), text, voice=voice) for n, (voice, text) in enumerate(rows)]


SAID = words(("t", "how"), ("t", "are"), ("t", "you"), ("c", "not"), ("c", "so"), ("c", "well"))


@pytest.mark.parametrize(
    ("heard", "wanted"),
    [
        # The same words under other names.
        ({"B": "how are you", "A": "not so well"}, 0 / 6),
        # One word of six with the other voice: added there, missing here.
        ({"A": "how are you not", "B": "so well"}, 2 / 6),
        # One voice only: the other person's three words are missed and added.
        ({"A": "how are you not so well"}, 6 / 6),
        # A wrong word, and a third voice that says a word nobody said.
        ({"A": "how are we", "B": "not so well", "C": "hello"}, 2 / 6),
        ({}, 6 / 6),
    ],
)
def test_cpwer_by_hand(heard, wanted):
    assert cpwer(streams(SAID), heard) == pytest.approx(wanted)


def test_a_word_of_the_wrong_voice_is_counted_once_and_names_do_not_matter():
    heard = words(
        ("B", "How"), ("B", "are"), ("B", "you?"), ("B", "not"), ("A", "so"), ("A", "well")
    )
    pairs = aligned(SAID, heard)
    assert len(pairs) == 6
    assert least_wrong(pairs) == 1
    assert least_wrong([(person, "A") for person, _ in pairs]) == 3
    assert least_wrong([]) == 0


def test_words_missed_and_added_are_nobody_s_mistake_of_voice():
    heard = words(
        ("A", "how"), ("A", "are"), ("A", "we"), ("A", "all"), ("B", "not"), ("B", "well")
    )
    pairs = aligned(SAID, heard)
    assert least_wrong(pairs) == 0
    assert len(pairs) == 5


def test_sounds_without_a_spelling_count_on_no_side():
    heard = [*words(("A", "how"), ("B", "mm-hm"), ("A", "are"))]
    assert streams(heard) == {"A": "how are"}
