"""Words of the field, and what each means: for the pages that explain them where they stand.

Conventions
-----------
``terms.toml`` holds a word as pages write it under a code, and its meaning under the same code
with ``_said`` behind it.
"""

import re

from diarize.messages import written

__all__ = ["terms", "terms_in"]

_SAID = "_said"


def terms() -> list[tuple[str, str]]:
    """Give the words of the field, each with what it means.

    Examples
    --------
    >>> dict(terms())["syl/s"]
    'syllables per second'
    """
    known = written("terms")
    return [(word, known[code + _SAID]) for code, word in known.items() if code + _SAID in known]


def terms_in(text: str) -> list[tuple[str, str]]:
    """Give the words of the field that a text may hold; the page decides where each is one.

    What is shown is searched, since a person meets a word wherever it stands; nothing but a
    definition under the pointer hangs on it.

    Examples
    --------
    >>> [word for word, _ in terms_in("own median, 3.1 syl/s")]
    ['syl/s', 'Median']
    """
    known = terms()
    longest_first = sorted((re.escape(word) for word, _ in known), key=len, reverse=True)
    pattern = rf"(?<![\w-])(?:{'|'.join(longest_first)})(?![\w-])"
    found = {word.lower() for word in re.findall(pattern, text, re.IGNORECASE)}
    return [(word, said) for word, said in known if word.lower() in found]
