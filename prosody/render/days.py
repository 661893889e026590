"""Days that are told in words: "on the seventeenth", "the twenty-third", "at Christmas".

Conventions
-----------
An ordinal tells a day where something says so: a word before it ("on the seventeenth"), what it is
said of ("my birthday is the ninth"), or that it is one which hardly anything but days is counted by
("from the twenty-third"); and no noun follows that it could count. Where nouns have capitals, those
tell one; elsewhere it is only known of some words that they are none. An ordinal before a birthday
is somebody's age. A holiday dates what is said to have happened on it, or since, so its name is
covered wherever it stands. The words are in the language's file of names.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from prosody.settings import Sharing

__all__ = ["ENDS", "LISTS", "OWNER", "PAUSES", "Days"]

LISTS = (
    *("on", "dated", "late_days", "day_ends", "birthdays", "suffixes"),
    *("holidays", "holiday_stems"),
)
ENDS = re.compile(r"[.?!…][\"'”’)\]]*$")
PAUSES = re.compile(r"[.?!…,;:][\"'”’)\]]*$")
OWNER = re.compile(r"['’]s$")
_ATTRIBUTE = "en"  # what German adjectives end in behind "am" and "zum"
_Kinds = Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Days:
    """What a language tells days with.

    Parameters
    ----------
    words : mapping of str to frozenset of str
        The lists of `LISTS`, ``joins``, ``being``, ``persons``, ``age_ends``, ``titles``.
    rules : Sharing
    """

    words: Mapping[str, frozenset[str]]
    rules: Sharing = Sharing()
    phrases: Mapping[str, tuple[tuple[str, ...], ...]] = field(init=False)

    def __post_init__(self) -> None:
        held: dict[str, tuple[tuple[str, ...], ...]] = {}
        for name in sorted(self.words.get("holidays", ())):
            phrase = tuple(name.split("-"))
            held[phrase[0]] = (*held.get(phrase[0], ()), phrase)
        object.__setattr__(self, "phrases", held)

    def holidays(self, tokens: Sequence[str], bare: Sequence[str]) -> Iterator[int]:
        """Give the places of words that name a holiday; "my mother's day" is none."""
        stems = tuple(self.words["holiday_stems"])
        for at, word in enumerate(bare):
            plain = word.replace("’", "'")
            if stems and any(part.startswith(stems) for part in plain.split("-")):
                yield at
            for phrase in self.phrases.get(OWNER.sub("", plain), ()):
                said = [
                    OWNER.sub("", each.replace("’", "'")) for each in bare[at : at + len(phrase)]
                ]
                is_somebodys = phrase[0] in self.words["persons"]
                if tuple(said) == phrase and (tokens[at][:1].isupper() or not is_somebodys):
                    yield from range(at, at + len(phrase))

    def is_day(self, tokens: Sequence[str], bare: Sequence[str], kinds: _Kinds, run: range) -> bool:
        """Whether a run of number words is a day of a month that is not named, or a birthday."""
        last, endings = bare[run.stop - 1], tuple(self.words["suffixes"])
        is_ordinal = kinds[run.stop - 1][-1] == "ordinals" or (endings and last.endswith(endings))
        if not is_ordinal:
            return False
        if run.stop < len(bare) and bare[run.stop] in self.words["birthdays"]:
            return True
        if not self._counts_nothing(tokens, bare, run):
            return False
        before = set(bare[max(0, run.start - 2) : run.start]) & self.words["on"]
        said = "".join(bare[at] for at in run).replace("-", "")
        late = said.startswith(tuple(self.words["late_days"]))
        if late or self._is_dated(tokens, bare, run):
            return True
        return bool(before) and (self.is_free(tokens, bare, run) or bool(self.words["titles"]))

    def is_free(self, tokens: Sequence[str], bare: Sequence[str], run: range) -> bool:
        """Whether no word follows that the number could count."""
        if run.stop == len(bare) or PAUSES.search(tokens[run.stop - 1]):
            return True
        return bare[run.stop] in self.words["age_ends"]

    def before(self, tokens: Sequence[str], bare: Sequence[str], run: range) -> frozenset[str]:
        """Give the words of the sentence that stand shortly before a number."""
        found = set[str]()
        for at in range(run.start - 1, max(-1, run.start - 1 - self.rules.age_words), -1):
            if ENDS.search(tokens[at]):
                break
            found.add(OWNER.sub("", bare[at]))
        return frozenset(found)

    def _counts_nothing(self, tokens: Sequence[str], bare: Sequence[str], run: range) -> bool:
        """Whether what follows an ordinal is no noun, nor what goes before one."""
        if self.is_free(tokens, bare, run):
            return True
        if not self.words["titles"]:
            return bare[run.stop] in self.words["day_ends"]
        after = [token[:1].isupper() for token in tokens[run.stop : run.stop + 2]]
        attribute = bare[run.stop].endswith(_ATTRIBUTE) and after[1:] == [True]
        return not after[0] and not attribute

    def _is_dated(self, tokens: Sequence[str], bare: Sequence[str], run: range) -> bool:
        """Whether something that has a date is said to be it: "my birthday is the"."""
        if run.start < 2 or bare[run.start - 1] not in self.words["joins"]:
            return False
        short = bool(OWNER.search(bare[run.start - 2]))
        said = short or bare[run.start - 2] in self.words["being"]
        dated = self.before(tokens, bare, run) & self.words["dated"]
        return said and bool(dated) and self.is_free(tokens, bare, run)
