"""How many syllables a written German word has, by rule.

Conventions
-----------
As of `prosody.features.syllables`. German writes nearly every vowel it speaks: groups of vowels
are counted, each pair that stands for one sound as one, with the endings that are spoken as one
syllable (-tion) or as two (-ie, -ien after some consonants). Digits are counted as they are read
aloud. docs/pacing.md says how often the rule agrees with a speech synthesiser's phonemes.
"""

import re

__all__ = ["count_german"]

# Two or three letters that are one vowel, else each vowel by itself; a u after q is none.
_VOWEL = re.compile(r"ieh?|äu|eu|ei|ai|au|ey|ay|oi|ou|aa|ee|oo|(?<!q)u|[aeioyäöüéèà]")
_ONE = re.compile(r"(?<=[tsx])i(?=on)")  # Situation, Diskussion, Reflexion
# Familie, Linie, Ferien, Komödie; Klient, Patient; beenden, beurteilen
_TWO = re.compile(r"(?:il|in|an|al|öd|fer|ser)ie(?=n?$)|ie(?=nt)|^bee(?=n|i)|^beu(?=rt)")
_PIECE = re.compile(r"[a-zäöüßéèà]+|\d+")
_HUMMED = {"mhm": 2, "hmhm": 2}
_ONES = (1, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1)  # null to zwölf


def count_german(word: str) -> int:
    """Count the syllables of a written word; 0 for what is not spoken.

    Examples
    --------
    >>> [count_german(w) for w in ("Zuhören", "Familie", "Situation", "25", "—")]
    [3, 4, 4, 4, 0]
    """
    pieces = _PIECE.findall(word.lower().replace("’", "'"))
    return sum(_digits(piece) if piece.isdigit() else _letters(piece) for piece in pieces)


def _letters(word: str) -> int:
    if word in _HUMMED:
        return _HUMMED[word]
    plain = _ONE.sub("", word)
    return max(1, len(_VOWEL.findall(plain)) + len(_TWO.findall(plain)))


def _digits(digits: str) -> int:
    """Count digits read aloud; years in hundreds, long strings digit by digit."""
    if len(digits) == 4 and "1100" <= digits <= "1999":
        rest = int(digits[2:])
        return _spoken(int(digits[:2])) + 2 + (_spoken(rest) if rest else 0)  # neunzehnhundert…
    if len(digits) <= 6 and not (len(digits) > 1 and digits[0] == "0"):
        return _spoken(int(digits))
    return sum(_ONES[int(digit)] for digit in digits)


def _spoken(number: int) -> int:
    """Count the syllables of a whole number below a million."""
    if number <= 12:
        return _ONES[number]
    if number < 20:
        return 2  # dreizehn, sechzehn, siebzehn
    if number < 100:
        ones = number % 10
        return 2 + (_ONES[ones] + 1 if ones else 0)  # einund-zwanzig
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return (_ONES[hundreds] if hundreds > 1 else 1) + 2 + (_spoken(rest) if rest else 0)
    thousands, rest = divmod(number, 1000)
    return _spoken(thousands) + 2 + (_spoken(rest) if rest else 0)
