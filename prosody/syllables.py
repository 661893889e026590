"""How many syllables a written word has, by rule; and which language a text is in.

Conventions
-----------
A count is a whole number of at least 1 for anything that is spoken and 0 for what is not
(a dash, a bracket). A language without a rule has no count: the answer is None, and who asked
falls back to the syllables heard in the sound. The English rule counts vowel groups, then takes
off silent endings and adds vowels that stand apart; the table holds common words the rule gets
wrong. Rule and table are our own; docs/pacing.md says how often they agree with a speech
synthesiser's phonemes. Standard library only.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

__all__ = ["LANGUAGES", "language_of", "syllables"]

_TABLE = """
mhm=2 mmhm=2 hmm=1 hm=1 mm=1 mmm=1 uhhuh=2 mr=2 mrs=2 ms=1 dr=2 ok=2 okay=2 tv=2
"""

_FREQUENT = frozenset(
    [
        "the",
        "and",
        "to",
        "of",
        "a",
        "i",
        "you",
        "that",
        "it",
        "is",
        "in",
        "was",
        "for",
        "my",
        "so",
        "do",
        "have",
        "what",
        "be",
        "with",
        "this",
        "but",
        "not",
        "they",
        "we",
        "like",
        "just",
        "know",
        "on",
        "me",
        "are",
        "your",
        "don't",
        "it's",
        "i'm",
        "think",
        "about",
        "if",
        "or",
        "at",
        "that's",
        "would",
        "there",
        "how",
        "can",
        "yeah",
        "well",
        "she",
        "he",
        "as",
        "all",
        "when",
        "from",
        "one",
        "because",
        "really",
        "mean",
        "going",
        "get",
    ]
)

_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


@lru_cache(maxsize=1)
def _exceptions() -> dict[str, int]:
    pairs = (item.split("=") for item in _TABLE.split())
    return {word: int(count) for word, count in pairs}


def _spoken(number: int) -> list[str]:
    """Give a whole number below a million as English words."""
    if number < 20:
        return [_ONES[number]]
    if number < 100:
        tens, ones = divmod(number, 10)
        return [_TENS[tens - 2]] + ([_ONES[ones]] if ones else [])
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return [_ONES[hundreds], "hundred"] + (["and", *_spoken(rest)] if rest else [])
    thousands, rest = divmod(number, 1000)
    return [*_spoken(thousands), "thousand"] + (_spoken(rest) if rest else [])


def _number(digits: str) -> int:
    """Count the syllables of digits read aloud; years in pairs, long strings digit by digit."""
    if len(digits) == 4 and digits[0] in "12" and digits[1:3] != "00":
        halves = (int(digits[:2]), int(digits[2:]))
        words = [word for half in halves for word in _spoken(half)]
    elif len(digits) <= 6 and not (len(digits) > 1 and digits[0] == "0"):
        words = _spoken(int(digits))
    else:
        words = [_ONES[int(digit)] for digit in digits]
    return sum(_english(word) for word in words)


_GROUP = re.compile(r"[aeiouy]+")
# Two written vowels, two syllables: the first belongs to one beat and the second opens the next.
_APART = re.compile(
    r"ia(?!l$|lly$|ge|n$|ns$|b)|ie(?=t|nc|ty)|io(?!n|us)|iu|eo(?!ple|us|n$|ns$)|ua(?!r|l$|lly$|sh|de)"
    r"|ue(?=nc|nt|l$|ls$)|uou|oi(?=ng)|oe(?=t)|ya|yi|ii|uo"
)


@lru_cache(maxsize=20_000)
def _english(word: str) -> int:
    """Count the syllables of one lower-case word of letters and apostrophes."""
    known = _exceptions().get(word)
    if known is not None:
        return known
    if word.endswith("n't") and len(word) > 3:
        stem = word[:-3]
        return max(1, _english(stem)) + (stem[-1] not in "aeiouwr")
    bare = re.sub(r"'(s|m|re|ve|ll|d)?$", "", word).replace("'", "")
    return max(1, _vowel_groups(bare)) if bare else 1


def _vowel_groups(word: str) -> int:
    count = len(_GROUP.findall(word))
    if (
        (re.search(r"[^aeiouy]e$", word) and not re.search(r"[^aeiouylr]le$", word))
        or (re.search(r"[^aeiouy]es$", word) and not re.search(r"(s|z|x|ch|sh|c|g)es$", word))
        or re.search(r"[^aeiouytd]ed$", word)
    ):
        count -= 1
    return count + len(_APART.findall(word))


def _pieces(word: str) -> list[str]:
    plain = word.lower().replace("’", "'")
    return re.findall(r"[a-z']*[a-z][a-z']*|\d+", plain)


def _count_english(word: str) -> int:
    return sum(
        _number(piece) if piece.isdigit() else _english(piece.strip("'")) for piece in _pieces(word)
    )


LANGUAGES = {"en": _count_english}


def syllables(word: str, language: str | None) -> int | None:
    """Count the syllables of a written word.

    Parameters
    ----------
    word : str
        As a transcript has it; case and punctuation do not matter. Hyphenated parts and digits
        are counted as they are read aloud.
    language : str or None
        Two-letter code, a region may follow (``en-GB``).

    Returns
    -------
    int or None
        None where the language has no rule here.

    Examples
    --------
    >>> [syllables(w, "en") for w in ("listening", "couldn't", "mm-hm", "25", "—")]
    [3, 2, 2, 3, 0]
    >>> syllables("Zuhören", "de") is None
    True
    """
    rule = LANGUAGES.get((language or "").lower().replace("_", "-").split("-")[0])
    return None if rule is None else rule(word)


def language_of(words: Iterable[str]) -> str | None:
    """Give "en" for a text that reads as English, None for any other or a short one.

    A text is taken for English when at least one word in four is among its 70 most frequent
    function words; other languages that share a few of them ("was", "in", "so") stay far below.
    """
    plain = [re.sub(r"[^a-z']", "", word.lower().replace("’", "'")) for word in words]
    plain = [word for word in plain if word]
    hits = sum(word in _FREQUENT for word in plain)
    return "en" if len(plain) >= 20 and hits >= 0.25 * len(plain) else None
