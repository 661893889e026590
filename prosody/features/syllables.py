"""How many syllables a written word has, by rule; and which language a text is in.

Conventions
-----------
A count is a whole number of at least 1 for anything that is spoken and 0 for what is not
(a dash, a bracket). A language without a rule has no count: the answer is None, and who asked
falls back to the syllables heard in the sound; German is counted by
`prosody.features.syllables_german`. The English rule counts vowel groups, then takes
off silent endings and adds vowels that stand apart; the table holds common words the rule gets
wrong. Rule and table are our own; docs/pacing.md says how often they agree with a speech
synthesiser's phonemes. Standard library only.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from prosody.features.syllables_german import count_german

__all__ = ["LANGUAGES", "language_of", "syllables"]

_TABLE = """
mhm=2 mmhm=2 hmm=1 hm=1 mm=1 mmm=1 uhhuh=2 mr=2 mrs=2 ms=1 dr=2 ok=2 okay=2 tv=2 gp=2 id=2
someone=2 someone's=2 safety=2 else's=2 something=2 something's=2 maybe=2 every=2 everything=3
everyone=3 everybody=4 everyday=3
different=2 difference=2 differences=3 differently=3 interest=2 interests=2 interested=3
interesting=3 evening=2 evenings=2 comfortable=3 uncomfortable=4 average=2 several=2 separate=3
chocolate=2 business=2 wednesday=2 wednesdays=2 diabetes=4 serious=3 behavior=3 behaviors=3
behaviour=3 behaviours=3 doable=3 usually=3 actually=3 naturally=4 anyone=3 idea=3 ideas=3 area=3
areas=3 ruin=2 ruined=2 fluid=2 fluids=2 suicide=3 suicidal=4 nausea=3 real=1 really=2 fiance=3
heroin=3 somebody=3 anybody=4 nobody=3 forever=3 people=2 poem=2 poet=2 marijuana=5 vegetable=3
vegetables=3 recipe=3 cafe=2 psyche=2 creature=2 ocean=2 genuine=3 january=4 february=4 cruel=2
dying=2 lying=2 tying=2 library=3 favorite=3 favourite=3 desperate=3 restaurant=3 family=3
familiar=3 opinion=3 million=2 billion=2 onion=2 question=2 questions=2 union=2 junior=2 senior=2
aged=1 hundred=2 naked=2 wicked=2 sacred=2 crooked=2 moment=2 cement=2 element=3 supplement=3
ninety=2 nineteen=2 implement=3 complement=3 clement=2 tenement=3
"""

_FREQUENT_TEXT = """
the and to of a i you that it is in was for my so do have what be with this but not they
we like just know on me are your don't it's i'm think about if or at that's would there
how can yeah well she he as all when from one because really mean going get
"""
_FREQUENT_GERMAN = """
und die der ich das nicht es ist sie zu ein so dass mit den auch da ja aber wie mir noch was mich
man dann eine von auf habe hat sich für sind wir haben im bin als wenn war nur doch schon mal oder
weil kann dem er einen ihnen wieder mehr immer jetzt sehr bei aus hier
"""
# The most frequent words of a language, those left out that English writes alike ("in", "was").
_FREQUENT = {
    "en": frozenset(_FREQUENT_TEXT.split()),
    "de": frozenset(_FREQUENT_GERMAN.split()) - {"was", "die", "war", "so", "man", "im", "bin"},
}

_ONES_TEXT = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
fifteen sixteen seventeen eighteen nineteen
"""
_ONES = tuple(_ONES_TEXT.split())
_TENS_TEXT = "twenty thirty forty fifty sixty seventy eighty ninety"
_TENS = tuple(_TENS_TEXT.split())


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
# Two written vowels that open two syllables.
_APART = re.compile(
    r"ia(?!l$|lly$|ls$|ge|n$|ns$|b)|ie(?=t|nc|ty|rs?$|st$)|(?<![tc])ie(?=nt)|io(?!n|us)|iu|eo(?!ple|us|n$|ns$)"
    r"|(?<!g)ua(?!r|sh|de)|ue(?=nc|nt|l$|ls$)|uou|[aeouy](?=ing)|oe(?=t)|i{2}|uo"
    r"|(?<=cr)ea(?=t|cy)|(?<=r)ea(?=li[sz]|lity|ct)|[aeo]y(?=[aou]|ers?$)"
)
# An e that is written and not spoken: at the end, before s or d, and inside compounds.
_SILENT = re.compile(
    r"(?<=[^aeiouy])(?:(?<![^aeiouylr]l)e$|(?<![szxcg])(?<!ch)(?<!sh)(?<![^aeiouylr]l)es$"
    r"|(?<![td])(?<![^aeiouylr]l)ed$|(?<![^aeiouylr]l)e(?=(?:ly|ful|fully|ments?|less|ness|lessly)$))"
)
_COMPOUND = re.compile(
    r"^(?:some|life|time|home|fore|safe|guide|face|else|side|there|where|there|care|wide|one|like"
    r"|every|drive|name|note|sale|price|base|place|store|fire|live)(?=[bcdfghklmnpqstw][a-z]{2})"
)


def _english(word: str) -> int:
    """Count the syllables of one lower-case word of letters and apostrophes."""
    known = _exceptions().get(word)
    if known is not None:
        return known
    if word.endswith("n't") and len(word) > 3:
        stem = word[:-3]
        return max(1, _english(stem)) + (stem[-1] not in "aiour" and stem not in ("are", "were"))
    bare = re.sub(r"'(s|m|re|ve|ll|d)?$", "", word).replace("'", "")
    return (max(1, _vowel_groups(bare)) if bare else 1) + _spoken_ending(word)


_ENDING = re.compile(
    r"(?<=[^aeiouyw])'ve$|(?<=[td])'d$|(?<=[^aeiouyw])'ll$|(?<=[szx])'s$|(?<=ce)'s$"
)


def _spoken_ending(word: str) -> int:
    """Count the syllable a shortened ending adds, as in it'll, would've, boss's."""
    return int(_ENDING.search(word) is not None)


def _vowel_groups(word: str) -> int:
    plain = word.replace("qu", "q")
    plain = re.sub(r"(?<=[aeiou]g)ue(?=s?$)", "e", plain)
    plain = re.sub(r"ically$", "icly", plain)
    whole = _COMPOUND.match(plain)
    if whole is not None:
        plain = plain[: whole.end() - 1] + plain[whole.end() :]
    silent = _SILENT.search(plain) is not None
    return len(_GROUP.findall(plain)) - silent + len(_APART.findall(plain))


def _pieces(word: str) -> list[str]:
    plain = word.lower().replace("’", "'")
    return re.findall(r"[a-z']*[a-z][a-z']*|\d+", plain)


def _count_english(word: str) -> int:
    return sum(
        _number(piece) if piece.isdigit() else _english(piece.strip("'")) for piece in _pieces(word)
    )


LANGUAGES = {"en": _count_english, "de": count_german}


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
    >>> syllables("Zuhören", "de"), syllables("escuchar", "es")
    (3, None)
    """
    rule = LANGUAGES.get((language or "").lower().replace("_", "-").split("-")[0])
    return None if rule is None else rule(word)


def language_of(words: Iterable[str], *, least_words: int, least_share: float) -> str | None:
    """Give "en" or "de" for a text that reads so, None for any other or a short one.

    A text of at least `least_words` is taken for a language when `least_share` of them are among
    its 70 or so most frequent function words; languages that share a few of them stay far below.
    """
    plain = [re.sub(r"[^a-zäöüß']", "", word.lower().replace("’", "'")) for word in words]
    plain = [word for word in plain if word]
    hits = {code: sum(word in own for word in plain) for code, own in _FREQUENT.items()}
    likeliest = max(hits, key=lambda code: hits[code])
    enough = len(plain) >= least_words and hits[likeliest] >= least_share * len(plain)
    return likeliest if enough else None
