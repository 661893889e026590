"""Stretches in brackets are found as a pattern would find them, however long a text is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diarize.brackets import in_brackets, without_brackets

AS_A_PATTERN = {
    "[(<": re.compile(r"\[[^\]]*\]|\([^)]*\)|<[^>]*>"),
    "[(": re.compile(r"\[[^\]]*\]|\([^)]*\)"),
}


@given(st.text("[](<>) a\n", max_size=30), st.sampled_from(sorted(AS_A_PATTERN)))
def test_they_are_what_a_pattern_would_find(text, kinds):
    found = AS_A_PATTERN[kinds].finditer(text)
    assert list(in_brackets(text, kinds)) == [match.span() for match in found]
    assert without_brackets(text, str.upper, kinds) == AS_A_PATTERN[kinds].sub(
        lambda match: match[0].upper(), text
    )


class Counted(str):
    """A text that counts the signs of it which are looked through for what closes a bracket."""

    looked = 0

    def find(self, sign, start=0):  # type: ignore[override]
        found = super().find(sign, start)
        self.looked += (len(self) if found < 0 else found) - start
        return found


@pytest.mark.parametrize("sign", ["[", "(", "<", "[<(", "[a]", "<(>"])
def test_a_text_is_looked_through_once_for_each_kind(sign):
    text = Counted(sign * 20_000)
    list(in_brackets(text))
    assert text.looked <= 3 * len(text)
