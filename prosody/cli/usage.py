"""What click says of a command that was typed wrongly, in the language that is spoken.

Conventions
-----------
click says these in English alone. Here stand its own sentences, with the places it fills; another
language has them in the area ``usage`` of the catalogue, with the same fields. What is in no row,
as of another version of click, stays as click says it.
"""

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from diarize.messages import own_words

__all__ = ["SENTENCES", "retold"]

# In the order in which they are tried; a field that holds a sentence itself is read like one.
SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "one_meant": "{line} Did you mean {one}?",
        "one_meant_of_few": "{line} (Did you mean one of: {several}?)",
        "some_meant": "{line} (Possible options: {several})",
        "see_help": "{line} See: prosody help",
        "no_option": "No such option '{option}'.",
        "no_option_bare": "No such option: {option}",
        "no_command": "No such command '{command}'.",
        "no_command_given": "Missing command.",
        "option_missing": "Missing option {option}.",
        "option_missing_of": "Missing option {option}. Choose from: {choices}",
        "argument_missing": "Missing argument {argument}.",
        "argument_missing_of": "Missing argument {argument}. Choose from: {choices}",
        "invalid_for": "Invalid value for {option}: {line}",
        "invalid": "Invalid value: {line}",
        "no_choice": "{given} is not one of {choices}.",
        "no_number": "{given} is not a valid {number}.",
        "out_of_range": "{given} is not in the range {range}.",
        "not_there": "{kind} {file} does not exist.",
        "needs_value": "Option '{option}' requires an argument.",
        "needs_values": "Option '{option}' requires {n} arguments.",
        "takes_no_value": "Option '{option}' does not take a value.",
        "takes_values": "Argument '{argument}' takes {n} values.",
        "one_too_many": "Got unexpected extra argument ({words})",
        "too_many": "Got unexpected extra arguments ({words})",
    }
)
_LINE = "line"
# Names of types, which click puts in; those of ranges begin with their number's.
_KINDS = ("integer range", "float range", "integer", "float", "File", "Directory", "Path")


@cache
def _pattern(sentence: str) -> re.Pattern[str]:
    """Make a pattern that takes from a line what was put into its sentence."""
    pieces = re.split(r"\{(\w+)\}", sentence)
    return re.compile(
        "".join(f"(?P<{p}>.+)" if n % 2 else re.escape(p) for n, p in enumerate(pieces))
    )


def retold(line: str) -> str:
    """Give a line of click's in the language that is spoken.

    Examples
    --------
    >>> retold("No such option '--quit'. Did you mean '--quiet'?")
    "No such option '--quit'. Did you mean '--quiet'?"
    """
    line = " ".join(line.split())
    if line in _KINDS:
        return own_words(f"usage.kind_{line.lower().replace(' ', '_')}", line)
    for name, sentence in SENTENCES.items():
        found = _pattern(sentence).fullmatch(line)
        if found is not None:
            put = {field: _put(field, text) for field, text in found.groupdict().items()}
            return own_words(f"usage.{name}", sentence, **put)
    return line


def _put(field: str, text: str) -> str:
    return retold(text) if field in (_LINE, "number", "kind") else text
