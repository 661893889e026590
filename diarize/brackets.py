"""What stands in brackets in a text, found in time that grows with the text and no faster.

Conventions
-----------
A stretch in brackets ends at the first sign that closes it, whatever is opened inside. A pattern
that says so looks from each sign that opens one to the end of a text where none is closed: minutes
for a caption of opening brackets.
"""

import re
from collections.abc import Callable, Iterator

__all__ = ["in_brackets", "without_brackets"]

_CLOSES = {"[": "]", "(": ")", "<": ">"}
_OPENS = {kinds: re.compile("[" + re.escape(kinds) + "]") for kinds in ("[(", "[(<")}


def in_brackets(text: str, kinds: str = "[(<") -> Iterator[tuple[int, int]]:
    """Give where each stretch in brackets begins and ends.

    Parameters
    ----------
    text : str
        Of any length.
    kinds : str
        What opens one: ``[(<``, or ``[(``.

    Examples
    --------
    >>> list(in_brackets("so [laughs (loud] (quiet) <"))
    [(3, 17), (18, 25)]
    """
    end, never = 0, set[str]()  # nothing closes these any more
    for opened in _OPENS[kinds].finditer(text):
        at, sign = opened.start(), opened[0]
        if at < end or sign in never:
            continue
        closed = text.find(_CLOSES[sign], at + 1)
        if closed < 0:
            never.add(sign)
        else:
            end = closed + 1
            yield at, end


def without_brackets(text: str, put: Callable[[str], str], kinds: str = "[(<") -> str:
    """Put something else in the place of each stretch in brackets.

    Parameters
    ----------
    text : str
        Of any length.
    put : callable
        Given a stretch, what stands there instead.
    kinds : str
        As of `in_brackets`.

    Examples
    --------
    >>> without_brackets("so [laughs] <b>it</b> (", lambda stretch: "")
    'so  it ('
    """
    made, done = list[str](), 0
    for start, end in in_brackets(text, kinds):
        made += (text[done:start], put(text[start:end]))
        done = end
    return "".join((*made, text[done:]))
