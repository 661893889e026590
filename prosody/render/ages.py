"""Ages that are told in words: "she is thirty-four", "when I was nine", "a man of fifty".

Conventions
-----------
A number alone is no age: what stands around it must say so. It is one where a unit of age follows
("thirty years old"), where a word of age goes before ("turned sixty", "aged nine"), where somebody
is said to be it ("my son is twelve", "als ich neun war"), where it stands beside a person ("my
brother, thirty-eight, lives", "a man of fifty"), where something was at it ("at nineteen", "at
sixteen months") or somebody is something for it ("fit for sixty"), and no noun follows that it
could count. The words are in the language's file of names; where it has
none nothing is found. Numbers in figures are covered anyway.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

__all__ = ["LISTS", "Ages"]

LISTS = (
    *("persons", "being", "nearly", "age_words", "age_units", "age_old", "age_joined", "age_ends"),
    *("at_age", "at_part", "of_age", "for_age", "looks", "or", "decades", "their", "no_age"),
)
_ENDS = re.compile(r"[.?!…,;:–—-][\"'”’)\]]*$")
_STOPS = re.compile(r"[.?!…;:][\"'”’)\]]*$")
_IS = re.compile(r"['’](?:s|re|m)$")
_HELPS = re.compile(r"['’](?:d|ll|ve)$")
_GROWN = ("teens", "tens")  # from ten: what is no hour and no handful of things
_YEARS = (("units",), ("teens",), ("tens",), ("tens", "units"), ("units", "tens"))
_HUNDRED = ("units", "multiples")
_MOST_WORDS = 5  # of an age: "one hundred and twenty one"
_Kinds = Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Number:
    """A number in a text: its words and what goes before and after it."""

    tokens: Sequence[str]
    bare: Sequence[str]
    run: range
    grown: bool
    free: bool  # whether no noun follows that it could count

    def word(self, by: int) -> str:
        """Give the word so many before its first (below 0) or after its last (above 0)."""
        at = self.run.start + by if by < 0 else self.run.stop - 1 + by
        return self.bare[at] if 0 <= at < len(self.bare) else ""

    @property
    def last(self) -> bool:
        """Whether a phrase ends with it."""
        end = self.run.stop
        return end == len(self.tokens) or bool(_ENDS.search(self.tokens[end - 1]))


@dataclass(frozen=True, slots=True)
class Ages:
    """What a language tells ages with.

    Parameters
    ----------
    words : mapping of str to frozenset of str
        The lists of `LISTS`, ``common`` and ``titles``.
    back : int
        How many words may lie between a number and the person who is that old.
    """

    words: Mapping[str, frozenset[str]]
    back: int

    def places(self, tokens: Sequence[str], bare: Sequence[str], kinds: _Kinds) -> frozenset[int]:
        """Give which of these words tell an age, by their place.

        Parameters
        ----------
        tokens, bare : sequence of str
            As they stand, and in small letters without the marks around them.
        kinds : sequence of tuple of str
            Of each token, the parts of a number in it, as of `prosody.render.spelled`.
        """
        found = {at for at in range(len(tokens)) if self._is_decade(bare, at)}
        numbers = self._numbers(tokens, bare, kinds)
        # "six or seven at the time": each tells the other
        for one in chain(numbers, reversed(numbers)):
            if self._is_age(one) or self._is_other(one, found):
                found |= set(one.run)
        return frozenset(found)

    def joined(self, bare: str) -> str | None:
        """Give the number in a word that tells an age by itself: "six-year-old", "neunjährig"."""
        for ending in self.words["age_joined"]:
            if bare.endswith(ending) and len(bare) > len(ending):
                return bare.removesuffix(ending).rstrip("-")
        return None

    def _numbers(self, tokens: Sequence[str], bare: Sequence[str], kinds: _Kinds) -> list[_Number]:
        """Give what could be the number of years of a person."""
        found, free = list[_Number](), dict[int, bool]()
        for run in reversed(list(self._runs(tokens, bare, kinds))):
            # German writes "vierundsechzig" as one word, of a unit and a ten
            grown = len(run) > 1 or not {*kinds[run.start]}.isdisjoint(_GROWN)
            one = _Number(tokens, bare, run, grown, False)
            ends = one.last or one.word(1) in self.words["age_ends"]
            # "two or three hours": what follows the other counts both
            then = free.get(run.stop + 1, one.word(2) in self.words["age_ends"])
            free[run.start] = ends or (one.word(1) in self.words["or"] and then)
            found.append(replace(one, free=free[run.start]))
        return found[::-1]

    def _runs(self, tokens: Sequence[str], bare: Sequence[str], kinds: _Kinds) -> Iterator[range]:
        """Give stretches of words that are a number of so many years."""
        at = 0
        while at < len(bare):
            phrase = next((n for n in range(at, len(bare)) if _ENDS.search(tokens[n])), len(bare))
            ends = range(min(at + _MOST_WORDS, phrase + 1, len(bare)), at, -1)
            end = next((end for end in ends if _years(kinds[at:end])), at)
            if end > at and not set(bare[at:end]) <= self.words["no_age"]:
                yield range(at, end)
            at = max(end, at + 1)

    def _is_age(self, one: _Number) -> bool:
        return self._is_unit(one) or self._is_named(one) or (one.free and self._is_somebody(one))

    def _is_other(self, one: _Number, found: set[int]) -> bool:
        """Whether it stands with another age: "six or seven"."""
        return any(
            one.word(by) in self.words["or"] and near in found
            for by, near in ((-1, one.run.start - 2), (1, one.run.stop + 1))
        )

    def _is_unit(self, one: _Number) -> bool:
        """Whether a unit of age follows: "years old", "months of age", "at sixteen months"."""
        if one.word(1) not in self.words["age_units"]:
            return False
        if one.grown and one.word(-1) in self.words["at_part"] and self._ends_unit(one):
            return True
        return one.word(2) in self.words["age_old"] or one.word(3) in self.words["age_words"]

    def _ends_unit(self, one: _Number) -> bool:
        """Whether no noun follows the unit; where nouns have capitals, those tell one."""
        unit = one.run.stop
        if unit + 1 == len(one.tokens) or _ENDS.search(one.tokens[unit]):
            return True
        if self.words["titles"]:
            return not one.tokens[unit + 1][:1].isupper()
        return one.word(2) in self.words["age_ends"]

    def _is_named(self, one: _Number) -> bool:
        """Whether the word before it says that it is an age."""
        before, two = one.word(-1), one.word(-2)
        if before in self.words["of_age"]:
            of_somebody = two in self.words["persons"] and one.grown
            counts = one.word(1) in self.words["age_units"]
            return two in self.words["age_words"] or (of_somebody and not counts)
        if before in self.words["for_age"] and two in self.words["looks"]:
            return one.free and one.grown
        if before in self.words["at_age"]:
            return (one.free and one.grown) or one.word(1) in self.words["being"]
        if before in self.words["persons"]:
            return (one.last and one.grown) or one.word(1) in self.words["being"]
        return before in self.words["age_words"]

    def _is_somebody(self, one: _Number) -> bool:
        """Whether a person is said to be it."""
        is_said = False
        for at in range(one.run.start - 1, max(-1, one.run.start - 1 - self.back), -1):
            if _STOPS.search(one.tokens[at]):
                return False
            stem = _HELPS.sub("", _IS.sub("", one.bare[at]))
            is_said = is_said or bool(_IS.search(one.bare[at])) or stem in self.words["being"]
            named = one.tokens[at][:1].isupper() and stem not in self.words["common"]
            if is_said and (stem in self.words["persons"] or named):
                return True
            if one.bare[at] not in self.words["being"] | self.words["nearly"]:
                return False
        return False

    def _is_decade(self, bare: Sequence[str], at: int) -> bool:
        """Whether somebody is in a decade of their life: "in her late forties"."""
        is_one = bare[at].rpartition("-")[2] in self.words["decades"]
        return is_one and bool(set(bare[max(0, at - 2) : at]) & self.words["their"])


def _years(held: _Kinds) -> bool:
    if not all(held) or ("join",) in (held[0], held[-1]):
        return False
    parts = tuple(part for kinds in held for part in kinds if part != "join")
    old = parts[:2] == _HUNDRED and (not parts[2:] or parts[2:] in _YEARS)
    return old or (parts in _YEARS and ("join",) not in held)
