"""Dates, numbers and addresses that are told in words, as transcripts write what is dictated.

Conventions
-----------
Between two ends of sentences, a run of number words is covered where it is more than a quantity: it
has a month ("the fifth of April"), letters of a code ("W six five"), a year ("nineteen
seventy-three", "two thousand five", "in eighty-nine"), a day ("on the seventeenth", "my birthday is
the ninth"), or at least as many figures as a number that is dictated ("two three one"). So is a
number before two words with a capital, before or after a street or after a door ("four Park
Avenue", "twelve elm street", "flat seven"), one by which a house is called ("Mill Street, number
seven"), a name that is spelled ("K O W A L"), an address of e-mail ("a dot b at c dot com"), and an
age (`prosody.render.ages`). Days without a month and holidays are covered too
(`prosody.render.days`), and regions that are called by letters which are a word as well ("in the
UK", "from OR"). A quantity ("twenty-five minutes") stays. The words are in the language's file of
names; where it has none nothing is found.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from prosody.render import ages, days
from prosody.render.ages import Ages
from prosody.render.days import ENDS, OWNER, PAUSES, Days
from prosody.settings import Sharing

__all__ = ["EDGES", "LISTS", "Spelled"]

LISTS = (
    *("units", "teens", "tens", "multiples", "ordinals", "inner"),
    *("months", "joins", "streets", "links", "endings"),
    *("millennium", "year_tens", "days", "in_year", "doors", "numbers", "roads"),
    *("dwellings", "regions"),
    *ages.LISTS,
    *days.LISTS,
)
EDGES = "\"'“”‘’()[]{}<>.,;:!?…-–—*_"  # marks that may stand around a word
_LETTERS = re.compile(r"[A-Z]{1,2}")
_NO_NUMBERS = ("month", "letters", "join")
_Kinds = Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Spelled:
    """What a language tells numbers, dates and addresses with.

    Parameters
    ----------
    words : mapping of str to frozenset of str
        The lists of `LISTS`, ``common`` and ``titles``.
    rules : Sharing
    """

    words: Mapping[str, frozenset[str]]
    rules: Sharing = Sharing()
    named: Mapping[str, str] = field(init=False)
    aged: Ages = field(init=False)
    days: Days = field(init=False)
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
        object.__setattr__(self, "aged", Ages(self.words, self.rules.age_words))
        object.__setattr__(self, "days", Days(self.words, self.rules))
        object.__setattr__(self, "whole", re.compile(f"(?:{parts})+(?:{ends})?"))
        object.__setattr__(self, "inner", re.compile(parts))

    def places(self, tokens: Sequence[str]) -> frozenset[int]:
        """Give which of these words, by their place, tell a date, age, number or address."""
        if not self.named:
            return frozenset()
        bare = [_bare(token) for token in tokens]
        kinds = self._marched(bare, [self._kinds(token) for token in tokens])
        found = set(self._mailed(bare)) | self.aged.places(tokens, bare, kinds)
        found |= set(self.days.holidays(tokens, bare)) | set(self._regions(tokens, bare))
        found |= {at for at, word in enumerate(bare) if self._tells_age(word)}
        found |= {at for run in _letters(tokens, kinds) for at in run}
        for run in _runs(tokens, kinds):
            if self._is_told(tokens, bare, kinds, run) or self.days.is_day(
                tokens, bare, kinds, run
            ):
                found |= set(run)
            found |= set(self._housed(tokens, bare, run))
        return frozenset(found)

    def _tells_age(self, bare: str) -> bool:
        number = self.aged.joined(bare)
        return number is not None and self.whole.fullmatch(number) is not None

    def _marched(self, bare: Sequence[str], kinds: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
        """Tell months that are common words, too, by the day beside them: "the third of march"."""
        for at, word in enumerate(bare):
            if word in self.words["months"] and not kinds[at]:
                day, after = kinds[max(0, at - 2) : at], kinds[at + 1 : at + 3]
                of = day[1:] == [("join",)] and day[0] and day[0][-1] == "ordinals"
                the = after[:1] == [("join",)] and after[1:] and "ordinals" in after[1]
                later = bool(after) and after[0][-1:] == ("ordinals",)
                if of or the or (later and bare[at + 1] in self.words["days"]):
                    kinds[at] = ("month",)
        return kinds

    def _kinds(self, token: str) -> tuple[str, ...]:
        """Give the parts of a word: "eighty-three" has two; none where it tells no number."""
        bare, core = _bare(token), token.strip(EDGES)
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

    def _is_told(
        self, tokens: Sequence[str], bare: Sequence[str], kinds: _Kinds, run: range
    ) -> bool:
        """Whether a run of numbers is more than a quantity."""
        held = kinds[run.start : run.stop]
        parts = [part for kinds in held for part in kinds if part != "join"]
        numbers = [part for part in parts if part not in _NO_NUMBERS]
        if not numbers:
            return False
        is_long = _figures(held) >= self.rules.told_figures
        if len(numbers) < len(parts) or is_long:
            return True
        return self._is_year(tokens, bare, numbers, run)

    def _is_year(
        self, tokens: Sequence[str], bare: Sequence[str], numbers: Sequence[str], run: range
    ) -> bool:
        """Whether it is said as a year is: "nineteen eighty", "in ninety-four"."""
        said = "".join(bare[at] for at in run).replace("-", "")
        if any(said.startswith(word) and said != word for word in self.words["millennium"]):
            return "multiples" not in numbers[2:]
        first = said.startswith(tuple(self.words["year_tens"]))
        before = bare[run.start - 1] if run.start else ""
        if before in self.words["in_year"] and numbers in (["tens", "units"], ["units", "tens"]):
            return self.days.is_free(tokens, bare, run) and not first
        return _is_pair(numbers, twenties=first)

    def _housed(self, tokens: Sequence[str], bare: Sequence[str], run: range) -> range:
        """Give a number that stands before a street, or after one or a door; else nothing."""
        after = tokens[run.stop : run.stop + 2]
        ends = any(ENDS.search(token) for token in (tokens[run.stop - 1], *after[:1]))
        nouns = self.words["titles"] and {_bare(token) for token in after} <= self.words["common"]
        capitals = all(token.lstrip(EDGES)[:1].isupper() for token in after)
        if len(after) == 2 and not ends and capitals and not nouns:
            return run
        if len(after) == 2 and not ends and _bare(after[1]) in self.words["roads"]:
            named = after[0][:1].isupper() or _bare(after[0]) not in self.words["common"]
            return range(run.start, run.stop + 1) if named else range(0)
        before = bare[run.start - 1] if run.start else ""
        two = bare[run.start - 2] if run.start > 1 else ""
        numbered = before in self.words["numbers"] and two in self.words["at_age"]
        door = numbered or before in self.words["doors"] or self._is_called(tokens, bare, run)
        return run if door or before.endswith(tuple(self.words["streets"])) else range(0)

    def _is_called(self, tokens: Sequence[str], bare: Sequence[str], run: range) -> bool:
        """Whether a house is called by it: "our house is number nine"."""
        near = bare[max(0, run.start - 2) : run.start]
        named = near and (
            near[-1] in self.words["numbers"]
            or (near[0] in self.words["numbers"] and near[-1] in self.words["being"])
        )
        if not named or {bare[at] for at in run} <= self.words["no_age"]:
            return False
        words, streets = self.days.before(tokens, bare, run), tuple(self.words["streets"])
        lives = words & (self.words["dwellings"] | self.words["roads"])
        street = bool(streets) and any(word.endswith(streets) for word in words)
        return bool(lives or street) and self.days.is_free(tokens, bare, run)

    def _regions(self, tokens: Sequence[str], bare: Sequence[str]) -> Iterator[int]:
        """Give the places of regions by their letters, among words that are not all capitals."""
        for at, word in enumerate(bare):
            near = [*tokens[max(0, at - 1) : at], *tokens[at + 1 : at + 2]]
            capitals = OWNER.sub("", tokens[at].strip(EDGES)).isupper()
            if (
                capitals
                and OWNER.sub("", word) in self.words["regions"]
                and any(map(_has_small, near))
            ):
                yield at

    def _mailed(self, bare: Sequence[str]) -> Iterator[int]:
        """Give the places of an address of e-mail: from its first word to its ending."""
        links, endings = self.words["links"], self.words["endings"]
        for at in range(1, len(bare) - 1):
            if bare[at] in links and bare[at + 1] in endings:
                first = at - 1
                while first > 1 and bare[first - 1] in links:
                    first -= 2
                yield from range(first, at + 2)


def _has_small(token: str) -> bool:
    return any(letter.islower() for letter in token)


def _bare(token: str) -> str:
    return token.strip(EDGES).lower()


def _runs(tokens: Sequence[str], kinds: _Kinds) -> Iterator[range]:
    """Give stretches of words that tell numbers, without joins at their ends."""
    start = 0
    for at in range(len(tokens) + 1):
        if at < len(tokens) and kinds[at] and not (at > start and ENDS.search(tokens[at - 1])):
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


def _letters(tokens: Sequence[str], kinds: _Kinds) -> Iterator[range]:
    """Give letters that are said one after another as a name is spelled."""
    start = 0
    for at in range(len(tokens) + 1):
        ended = at > start and PAUSES.search(tokens[at - 1])
        if at < len(tokens) and kinds[at] == ("letters",) and not ended:
            continue
        if at - start > 2:
            yield range(start, at)
        start = at if ended and at < len(tokens) and kinds[at] == ("letters",) else at + 1


def _is_pair(numbers: Sequence[str], *, twenties: bool) -> bool:
    """Whether two numbers are said as a year is: "nineteen eighty", "twenty nineteen"."""
    return any(
        (first == "teens" and then in ("tens", "teens", "multiples"))
        or (twenties and first == "tens" and then in ("tens", "teens"))
        for first, then in pairwise(numbers)
    )
