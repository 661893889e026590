"""Transcripts in SALT's lines: a letter for who speaks, signs for times, pauses and codes.

Conventions
-----------
They are written as other people's lines are, to be read as such: what is coded of a word (omitted
words, parts of words, mazes) is taken off, so that what was said is left.
"""

import re
from collections.abc import Iterator

__all__ = ["without_salt"]

_PEOPLE = re.compile(
    r"\s*\$[ \t]*([^\W\d_][^\n,]{0,40}(?:,[ \t]*[^\W\d_][^\n,]{0,40}){1,5})[ \t]*\n"
)
_TIME = re.compile(r"^-[ \t]*(\d{0,2}:\d{2}(?::\d{2})?)[ \t]*$")
_PAUSE = re.compile(r"^[:;][ \t]*\d{0,2}:\d{2}[ \t]*$")
_COMMENT = re.compile(r"^[=+$][ \t]?(.*)$")
_OMITTED = re.compile(r"(?<!\S)\*[^\W\d_][\w']*")
_JOINED = re.compile(r"(?<=\w)/\*?(?=[^\W\d_])")
_UNCLEAR = re.compile(r"(?<!\S)[Xx]{1,3}(?![\w'])")
_SIGNS = str.maketrans({"(": "", ")": "", "<": "", ">": "", "^": "", "_": " ", "|": " "})


def without_salt(text: str) -> str:
    r"""Write SALT's lines as others write theirs; any other text comes back as it is.

    Examples
    --------
    >>> without_salt("$ Child, Examiner\n- 0:05\nC I (um) look/ed *at it.\nE X yes.\n; :03\n")
    '\n0:05\nC: I um looked it.\nE: [unclear] yes.\n[pause]'
    """
    people = _PEOPLE.match(text)
    if people is None:
        return text
    letters = [name.strip()[0].upper() for name in people[1].split(",")]
    if len(set(letters)) < len(letters):
        return text
    spoken = re.compile(rf"^([{''.join(letters)}])[ \t]+(\S.*)$")
    return "\n".join(_lines(text.strip().splitlines(), spoken))


def _lines(lines: list[str], spoken: re.Pattern[str]) -> Iterator[str]:
    begun = False
    for line in lines:
        if time := _TIME.match(line):
            begun = True
            yield time[1] if time[1][0] != ":" else f"0{time[1]}"
        elif _PAUSE.match(line):
            yield "[pause]"
        elif said := spoken.match(line):
            begun = True
            yield f"{said[1]}: {_said(said[2])}"
        elif comment := _COMMENT.match(line):
            yield f"[{comment[1]}]" if begun else ""
        else:
            yield line


def _said(coded: str) -> str:
    """Give what was said: without words that were not, and with the parts of words joined."""
    words = _JOINED.sub("", _OMITTED.sub("", coded)).translate(_SIGNS)
    return " ".join(_UNCLEAR.sub("[unclear]", words).split())
