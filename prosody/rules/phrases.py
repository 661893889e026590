"""How a rule file is written: the names it may use, and phrases as patterns.

Conventions
-----------
The head of a rule file explains how to write a phrase. A phrase is matched against a sentence as
`` word word word``, each word led by one space. A name that is not known is refused; which
sections of phrases mean something, who reads them says.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from diarize.errors import Refused

__all__ = ["GRADES", "NO_PHRASES", "Phrase", "Phrases", "any_form", "read_phrases", "sections"]

_TABLES = (
    "version",
    "language",
    "measured",
    "classes",
    "respell",
    "lemma",
    "points",
    "main",
    "reflection_depth",
    "words",
    "style",
)
GRADES = (
    *("strong", "fair", "against", "tag", "invite", "closed_after_all"),
    *("surely", "never"),
)
_WORDS = (
    "said_twice",
    "fillers",
    "passing",
    "holds_before",
    "holds_after",
    "openers",
    "concludes",
    "people",
    "numbers",
    "minimal",
    "backchannel",
    "restarts",
    "starters",
    "ours",
    "yours",
    "feeling",
    "stop",
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase of a rule file, as written and as a regular expression.

    A sentence with none of the words in `needs` cannot match; empty where there is no such list.
    """

    written: str
    expression: str
    needs: frozenset[str] = frozenset()

    @property
    def pattern(self) -> re.Pattern[str]:
        """The expression compiled, when a sentence first may match: one session needs few."""
        return _compiled(self.expression)


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases of one grade of a section, found by the words that they need.

    Parameters
    ----------
    rows : tuple of Phrase
        As the file has them.
    by_word : mapping of str to tuple of int
        Places of the phrases that a word may let match.
    always : tuple of int
        Places of those that name no such word.
    """

    rows: tuple[Phrase, ...] = ()
    by_word: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    always: tuple[int, ...] = ()

    def possible(self, said: frozenset[str]) -> Sequence[Phrase]:
        """Give those that a line of such words may match, in their order: a search costs more."""
        if not self.always and self.by_word.keys().isdisjoint(said):
            return ()
        here = self.by_word.keys() & said
        at = {*self.always, *(i for word in here for i in self.by_word[word])}
        return [self.rows[i] for i in sorted(at)]


NO_PHRASES = Phrases()


def read_phrases(
    written: Iterable[str], classes: Mapping[str, list[str]], common: Collection[str]
) -> Phrases:
    """Read phrases, and note which words each needs: none of the `common` ones if it can be."""
    rows = tuple(Phrase(w, _expression(w, classes), _needed(w, classes, common)) for w in written)
    by_word: dict[str, list[int]] = {}
    for at, phrase in enumerate(rows):
        for word in phrase.needs:
            by_word.setdefault(word, []).append(at)
    always = tuple(at for at, phrase in enumerate(rows) if not phrase.needs)
    return Phrases(rows, {word: tuple(places) for word, places in by_word.items()}, always)


def sections(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the names of the sections of phrases.

    Parameters
    ----------
    data : mapping
        A rule file as read.

    Raises
    ------
    Refused
        Naming a misspelt section or list, which would else be left out without a word, or the
        list of words that is missing.
    """
    named = tuple(name for name in data if name not in _TABLES)
    for name in named:
        if not isinstance(data[name], dict) or not set(GRADES) & set(data[name]):
            raise Refused("rule.section_unknown", section=name)
        for key in data[name]:
            if key not in (*GRADES, "meaning"):
                raise Refused("rule.key_unknown", key=key, section=name)
    for name in _WORDS:
        if name not in data["words"]:
            raise Refused("rule.list_missing", name=name)
    return named


@cache
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression)


def _expression(written: str, classes: Mapping[str, list[str]]) -> str:
    """Turn a phrase into an expression over `` word word word`` (each word led by one space)."""
    out = []
    for element in written.split():
        if element in "^$":
            out.append(element)
        elif element == "...":
            out.append(r"(?: \S+){0,4}?")
        elif element.startswith("["):
            out.append(f"(?: {_either(element[1:-1], classes)})?")
        else:
            out.append(f" {_either(element, classes)}")
    return "".join(out) + r"(?= |$)"


def _needed(
    written: str, classes: Mapping[str, list[str]], common: Collection[str]
) -> frozenset[str]:
    """Give words of which a sentence must have one for a phrase to match it: the rarest list.

    Where every element may be left out, or stands for any word or ending, there is none: empty.
    """
    lists = [
        frozenset(word.partition("_")[0] for word in _words(element, classes))
        for element in written.split()
        if element not in ("^", "$", "...") and not element.startswith("[")
    ]

    def often(words: frozenset[str]) -> tuple[int, int]:
        return len(words.intersection(common)), len(words)

    known = (words for words in lists if not any("*" in w for w in words))
    return min(known, key=often, default=_NONE)


_NONE: frozenset[str] = frozenset()


def _either(element: str, classes: Mapping[str, list[str]]) -> str:
    return "(?:" + "|".join(map(any_form, _words(element, classes))) + ")"


def _words(element: str, classes: Mapping[str, list[str]]) -> list[str]:
    words: list[str] = []
    for word in element.split("/"):
        words += classes[word[1:-1]] if word[0] == "<" else [word]
    return words


def any_form(word: str) -> str:
    """Give the pattern of one word of a rule file: * is any ending, _ a space."""
    return re.escape(word).replace(r"\*", r"[\w'-]*").replace("_", " ")
