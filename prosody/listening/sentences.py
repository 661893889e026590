"""A turn cut into sentences, and the phrases that fire in one.

Conventions
-----------
A sentence ends at its mark. Where a transcript has no marks, a long stretch is cut where it
likely starts anew. Openers ("okay, so") are taken off the front and kept aside. A turn without
words has no sentences.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from prosody.rules.language import Rules, Token, tokens
from prosody.rules.phrases import Phrase

__all__ = ["Sentence", "fires", "has_marks", "sentences"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: its words after the openers, and whether it ended in a question mark."""

    text: str  # of the whole turn
    tokens: tuple[Token, ...]
    asked: bool
    opened: tuple[Token, ...]  # openers taken off
    line: str  # what phrases are matched against: each word led by one space

    @property
    def whole(self) -> str:
        """The sentence as written, without its openers."""
        return self.text[self.tokens[0].start : self.tokens[-1].end] if self.tokens else ""


_MARK = re.compile(r"[.!?;]+[\"')\]]*(?=\s|$)|--+|—|…")


def sentences(text: str, rules: Rules, *, marked: bool = True) -> Iterator[Sentence]:
    """Cut a turn at its marks; a transcript without marks is cut where openers restart."""
    words = tokens(text, rules)
    done = 0
    for mark in [*_MARK.finditer(text), None]:
        last = done
        while last < len(words) and (mark is None or words[last].start < mark.start()):
            last += 1
        if last > done:
            asked = mark is not None and "?" in mark.group()
            cuts = [done, last] if marked else _restarts(words, done, last, rules)
            for start, end in pairwise(cuts):
                yield _opened(text, words[start:end], asked and end == last, rules)
        done = last


def _restarts(words: tuple[Token, ...], first: int, last: int, rules: Rules) -> list[int]:
    """Where a long stretch without marks likely starts anew: an opener, then a new subject."""
    cuts = [first]
    for i in range(first + 6, last - 3):
        new = words[i].text in rules.words["restarts"]
        if new and words[i + 1].text in rules.words["starters"] and i - cuts[-1] >= 6:
            cuts.append(i)
    return [*(cuts if last - first > 18 else cuts[:1]), last]


def _opened(text: str, words: tuple[Token, ...], asked: bool, rules: Rules) -> Sentence:
    """Take the openers off."""
    openers, at = rules.words["openers"], 0
    while at < len(words):
        if at + 1 < len(words) and f"{words[at].text} {words[at + 1].text}" in openers:
            at += 2
        elif words[at].text in openers:
            at += 1
        else:
            break
    line = "".join(f" {t.text}" for t in words[at:])
    return Sentence(text, words[at:], asked, words[:at], line)


def fires(sentence: Sentence, kind: str, grade: str, rules: Rules) -> str | None:
    """Give the words of the longest phrase that fires, as they were written, or None.

    Where none fires after the openers, one may begin among them ("no wonder", "well done").
    """
    phrases = rules.phrases[kind][grade]
    found = _longest(phrases, sentence.line, sentence.tokens, sentence.text)
    if found or not sentence.opened:
        return found
    spoken = (*sentence.opened, *sentence.tokens)
    return _longest(phrases, "".join(f" {t.text}" for t in spoken), spoken, sentence.text)


def _longest(phrases: Sequence[Phrase], line: str, words: Sequence[Token], text: str) -> str | None:
    best = ""
    for phrase in phrases:
        match = phrase.pattern.search(line)
        if match and len(match.group()) > len(best):
            best, where = match.group(), match
    if not best:
        return None
    first = line.count(" ", 0, where.start() + 1) - 1
    last = first + best.count(" ") - 1
    return text[words[first].start : words[last].end]


def has_marks(turns: Sequence[tuple[str, str]]) -> bool:
    """Whether a transcript carries sentence marks at all: one per forty words or more."""
    words = sum(text.count(" ") + 1 for _, text in turns)
    return sum(len(_MARK.findall(text)) for _, text in turns) * 40 >= words
