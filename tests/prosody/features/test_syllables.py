from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prosody.features.syllables import language_of, syllables
from prosody.settings import Settings


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("listening", 3),
        ("I'm", 1),
        ("couldn't", 2),
        ("haven't", 2),
        ("don't", 1),
        ("it'll", 2),
        ("that'd", 2),
        ("being", 2),
        ("trying", 2),
        ("stayed", 1),
        ("wanted", 2),
        ("places", 2),
        ("little", 2),
        ("troubles", 2),
        ("something", 2),
        ("lifestyle", 2),
        ("completely", 3),
        ("careful", 2),
        ("driven", 2),
        ("area", 3),
        ("anxiety", 4),
        ("patients", 2),
        ("clients", 2),
        ("basically", 3),
        ("question", 2),
        ("league", 1),
        ("argue", 2),
        ("well-being", 3),
        ("mm-hm", 2),
        ("25", 3),
        ("1998", 5),
        ("Mr.", 2),
        ("—", 0),
        ("...", 0),
    ],
)
def test_common_words(word: str, count: int) -> None:
    assert syllables(word, "en") == count


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("Zuhören", 3),
        ("die", 1),
        ("Familie", 4),
        ("Melodie", 3),
        ("Ferien", 3),
        ("Situation", 4),
        ("Patientin", 4),
        ("beenden", 3),
        ("Quelle", 2),
        ("häufig", 2),
        ("neue", 2),
        ("Beere", 2),
        ("mhm", 2),
        ("7", 2),
        ("25", 4),
        ("300", 3),
        ("1998", 8),
        ("—", 0),
    ],
)
def test_german_words(word: str, count: int) -> None:
    assert syllables(word, "de") == syllables(word.upper(), "de-AT") == count


def test_case_region_and_typographic_apostrophe_do_not_matter() -> None:
    assert syllables("COULDN’T,", "en-GB") == syllables("couldn't", "en") == 2


@pytest.mark.parametrize("language", ["nl", "zh", None, ""])
def test_a_language_without_a_rule_has_no_count(language: str | None) -> None:
    assert syllables("hello", language) is None


@given(st.text(max_size=30))
@settings(deadline=None, max_examples=60)
def test_any_text_has_a_count_and_letters_are_heard(text: str) -> None:
    count = syllables(text, "en")
    assert count is not None and count >= 0
    if any("a" <= c <= "z" for c in text.lower()):
        assert count >= 1


def test_english_and_german_are_recognised_and_other_languages_are_not() -> None:
    english = "so what I think is that you know it was really hard for me to say that to her"
    german = "und dann war ich so in der Situation dass ich was sagen wollte aber nicht konnte"
    spanish = "y entonces no sabía qué hacer así que me fui sin decir nada a nadie en la casa"
    rules = Settings().reading
    n, share = rules.told_language_words, rules.told_language_share
    told = partial(language_of, least_words=n, least_share=share)
    assert told(2 * english.split()) == "en"
    assert told(2 * german.split()) == "de"
    assert told(2 * spanish.split()) is None
    assert told(["yes", "it", "is"]) is None
