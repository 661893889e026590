"""Numbers in sentences: of a setting they come by a field, and any other has its reason."""

from collections.abc import Iterator

import pytest

from diarize import messages
from diarize.messages import ENGLISH
from prosody import catalogue
from prosody.listening import behaviours
from tests.house_sentences import SAID, numbers
from tests.test_languages import OTHERS, texts

_WORDS = ("label", "higher", "lower", "meaning", "unweighed")


def of_rows() -> Iterator[tuple[str, str]]:
    """Codes and words of the rows of cues and behaviours as their modules write them."""
    for row in catalogue.table():
        yield from ((f"{row.name}.{what}", getattr(row, what) or "") for what in _WORDS)
    for kind in behaviours.table():
        yield from ((f"{kind.kind}.{w}", getattr(kind, w)) for w in ("label", "definition"))


def test_a_number_in_a_sentence_is_a_settings_or_has_its_reason():
    written = {**texts(ENGLISH), **dict(of_rows())}
    listed = [code for codes in SAID.values() for code in codes]
    assert len(listed) == len({*listed})
    assert {code for code, text in written.items() if numbers(text)} == {*listed}


def test_numbers_of_a_sentence_are_seen():
    text = (
        "{n:.2f} of 0.6%, MITI 4.2.1, 95% CI; 5-s steps to 1,5 kHz (UTF-8), .80 and 10 Hz, 0 to 1"
    )
    assert numbers(text) == {"0.6", "5", "1,5", ".80", "10"}


@pytest.mark.parametrize("language", OTHERS)
def test_another_language_says_the_same_numbers(language, monkeypatch):
    english, own = texts(ENGLISH), texts(language)
    rows = {f"cues.{code}": text for code, text in of_rows()}
    rows |= {f"behaviours.{code}": text for code, text in of_rows()}
    told = {**rows, **english}
    monkeypatch.setenv(messages.VARIABLE, language)
    decimal = messages.decimal(".")
    differ = {
        code: (numbers(text), numbers(told[code]))
        for code, text in own.items()
        if code in told and {n.replace(decimal, ".") for n in numbers(text)} != numbers(told[code])
    }
    assert differ == {}
