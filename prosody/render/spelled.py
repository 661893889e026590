"""Dates, numbers and addresses that are told in words, as transcripts write what is dictated.

Conventions
-----------
Between two ends of sentences, a run of number words is covered where it is more than a quantity: it
has a month ("the fifth of April"), letters of a code ("W six five"), a year ("nineteen
seventy-three"), or at least as many figures as a number that is dictated ("two three one"). So is a
number before two words with a capital or after a street ("four Park Avenue"), and an address of
e-mail ("a dot b at c dot com"). A quantity ("twenty-five minutes"), and so an age, stays. The
words are in the language's file of names; where it has none nothing is found.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from prosody.settings import Sharing

__all__ = ["LISTS", "Spelled"]

LISTS = (
    *("units", "teens", "tens", "multiples", "ordinals", "inner", "suffixes"),
    *("months", "joins", "streets", "links", "endings"),
)
_EDGES = "\"'“”‘’()[]{}<>.,;:!?…-–—*_"
_ENDS = re.compile(r"[.?!…]+[\"'”’)\]]*$")
_LETTERS = re.compile(r"[A-Z]{1,2}")
_NO_NUMBERS = ("month", "letters", "join")
_Kinds = Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Spelled:
    """What a language tells numbers, dates and addresses with.

    Parameters
    ----------
    words : mapping of str to frozenset of str
        The lists of `LISTS`, and ``common``.
    rules : Sharing
    """

    words: Mapping[str, frozenset[str]]
    rules: Sharing = Sharing()
    named: Mapping[str, str] = field(init=False)
    whole: re.Pattern[str] = field(init=False)
    inner: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        named = {word: kind for kind in LISTS[:5] for word in self.words.get(kind, ())}
        named |= dict.fromkeys(self.words.get("inner", ()), "units")
        parts, ends = (
            "|".join(sorted(map(re.escape, words), key=len, reverse=True))
            for words in ({*named, "und", "-"}, self.words.get("suffixes", ()))
        )
        object.__setattr__(self, "named", named)
        object.__setattr__(self, "whole", re.compile(f"(?:{parts})+(?:{ends})?"))
        object.__setattr__(self, "inner", re.compile(parts))

    def places(self, tokens: Sequence[str]) -> frozenset[int]:
        """Give which of these words, by their place, tell a date, a number or an address."""
        if not self.named:
            return frozenset()
        kinds = [self._kinds(token) for token in tokens]
        found = set(self._mailed([_bare(token) for token in tokens]))
        for run in _runs(tokens, kinds):
            if self._is_told(kinds[run.start : run.stop]) or self._is_house(tokens, run):
                found |= set(run)
        return frozenset(found)

    def _kinds(self, token: str) -> tuple[str, ...]:
        """Give the parts of a word: "eighty-three" has two; none where it tells no number."""
        bare, core = _bare(token), token.strip(_EDGES)
        is_common = bare in self.words["common"]
        if bare in self.words["months"] and (core[:1].isupper() or not is_common):
            return ("month",)
        if bare in self.words["joins"]:
            return ("join",)
        if _LETTERS.fullmatch(core) and not is_common:
            return ("letters",)
        if bare in self.words["inner"] or not self.whole.fullmatch(bare):
            return ()
        # German writes a number as one word, with "und" in it
        return tuple(self.named[part] for part in self.inner.findall(bare) if part in self.named)

    def _is_told(self, held: _Kinds) -> bool:
        """Whether a run of numbers is more than a quantity."""
        parts = [part for kinds in held for part in kinds if part != "join"]
        numbers = [part for part in parts if part not in _NO_NUMBERS]
        if not numbers:
            return False
        is_long = _figures(held) >= self.rules.told_figures
        return len(numbers) < len(parts) or is_long or _is_year(numbers)

    def _is_house(self, tokens: Sequence[str], run: range) -> bool:
        """Whether a number stands before a name of two words or after a street."""
        after = tokens[run.stop : run.stop + 2]
        ends = any(_ENDS.search(token) for token in (tokens[run.stop - 1], *after[:1]))
        if len(after) == 2 and not ends and all(t.lstrip(_EDGES)[:1].isupper() for t in after):
            return True
        before = _bare(tokens[run.start - 1]) if run.start else ""
        return before.endswith(tuple(self.words["streets"]))

    def _mailed(self, bare: Sequence[str]) -> Iterator[int]:
        """Give the places of an address of e-mail: from its first word to its ending."""
        links, endings = self.words["links"], self.words["endings"]
        for at in range(1, len(bare) - 1):
            if bare[at] in links and bare[at + 1] in endings:
                first = at - 1
                while first > 1 and bare[first - 1] in links:
                    first -= 2
                yield from range(first, at + 2)


def _bare(token: str) -> str:
    return token.strip(_EDGES).lower()


def _runs(tokens: Sequence[str], kinds: _Kinds) -> Iterator[range]:
    """Give stretches of words that tell numbers, without joins at their ends."""
    start = 0
    for at in range(len(tokens) + 1):
        if at < len(tokens) and kinds[at] and not (at > start and _ENDS.search(tokens[at - 1])):
            continue
        first, last = start, at
        while first < last and kinds[first] in ((), ("join",)):
            first += 1
        while first < last and kinds[last - 1] == ("join",):
            last -= 1
        if first < last:
            yield range(first, last)
        start = at


def _figures(held: _Kinds) -> int:
    """Count the figures that are said one after another: "twenty five" is one, "two five" two."""
    numbers = [kinds for kinds in held if kinds[0] not in _NO_NUMBERS]
    goes_on = sum(
        "multiples" in (before[-1], now[0])
        or (before[-1] == "tens" and now[0] in ("units", "ordinals"))
        for before, now in pairwise(numbers)
    )
    return len(numbers) - goes_on


def _is_year(numbers: Sequence[str]) -> bool:
    """Whether two numbers are said as a year is: "nineteen eighty", "twenty nineteen"."""
    pairs = pairwise(numbers)
    return any(
        (first == "teens" and then in ("tens", "teens", "multiples"))
        or (first == "tens" and then in ("tens", "teens"))
        for first, then in pairs
    )
