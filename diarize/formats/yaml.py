"""Records in YAML: as much of it as transcripts are kept in.

Conventions
-----------
Lists and names with values below each other, values bare, in quotes, or in a block of lines. What
needs more (anchors, tags, lists within a line that are no JSON) is refused with its line, because
it would be read as something else. Numbers and times are left to those who know the fields.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from diarize.errors import Refused
from diarize.formats.columns import kinds_of

__all__ = ["records"]

_KEY = re.compile(r"(?P<name>[^\W\d][\w .-]{0,40}|\"[^\"\n]{1,40}\"):(?:[ \t]+(?P<value>.*)|$)")
_DASH = re.compile(r"-(?:[ \t]+|$)")
_BLOCK = re.compile(r"[|>][+-]?\d?$")
_OPENS = re.compile(r":[ \t]+[|>][+-]?\d?$")
_BRACED = re.compile(  # a record in one line
    r"- +\{ *[^\W\d]\w{0,40}: .{0,2000}, *(?:text|transcript|content): ", re.IGNORECASE
)
_COMMENT = re.compile(r"(?<!\S)#.*$")
_NOTHING = ("null", "Null", "~")
_MORE = ("&", "*", "!", "{", "[", "@", "`", "%")  # what begins something else than plain words
_OF_ONE = ("start", "voice")  # a record has one of these beside its text
_DEEPEST = 20  # levels of a file


@dataclass(frozen=True, slots=True)
class _Row:
    """One line: how far it is set in, what it says, and which it is of the file."""

    indent: int
    said: str
    number: int


def records(text: str) -> Any:
    r"""Give what a list of records in YAML says; None if a text holds none.

    Raises
    ------
    Refused
        With the first line that is more than plain values.

    Examples
    --------
    >>> records("- who: A\n  text: Well?\n- who: B\n  text: 'It''s so.'\n")
    [{'who': 'A', 'text': 'Well?'}, {'who': 'B', 'text': "It's so."}]
    >>> records("- Anna: Well?\n- Jo: Yes.\n")
    """
    rows = list(_rows(text))
    if braced := next((row.number for row in rows if _BRACED.match(row.said)), None):
        raise Refused("format.not_yaml", line=braced)
    if not _are_records(rows):
        return None
    found, at = _value(rows, 0, 0)
    if at < len(rows):
        raise Refused("format.not_yaml", line=rows[at].number)
    return found


def _rows(text: str) -> Iterator[_Row]:
    """Give the lines without comments; what begins as one within a block of lines is said."""
    block: int | None = None
    for number, line in enumerate(text.expandtabs().splitlines(), 1):
        said = line.strip()
        indent = len(line) - len(line.lstrip(" "))
        block = block if block is not None and (indent > block or not said) else None
        if said and (block is not None or not (said[0] == "#" or said in ("---", "..."))):
            yield _Row(indent, said, number)
        block = indent if block is None and _OPENS.search(said) else block


def _are_records(rows: Sequence[_Row]) -> bool:
    """Whether lines are fields of records that have a text, and a time or a speaker."""
    begun = [at for row in rows if (dash := _DASH.match(row.said))
             and (at := _KEY.match(row.said[dash.end() :]))]  # fmt: skip
    held = [at for row in rows if row.indent and (at := _KEY.match(row.said))]
    kinds = kinds_of(at["name"].strip('"') for at in (*begun, *held))
    told = max(map(kinds.count, _OF_ONE))
    return len(begun) > 1 and min(kinds.count("text"), told) > len(begun) // 2 and bool(held)


def _value(rows: list[_Row], at: int, depth: int) -> tuple[Any, int]:
    """Give what stands from a line on, as far as it is set in, and where it ends."""
    if depth > _DEEPEST:
        raise Refused("format.nested_too_deeply")
    own = rows[at]
    listed: list[Any] = []
    named: dict[str, Any] = {}
    of_list = _DASH.match(own.said) is not None
    while at < len(rows) and rows[at].indent == own.indent:
        row = rows[at]
        dash, key = _DASH.match(row.said), _KEY.match(row.said)
        if of_list and dash:
            value, at = _after(rows, at, row.said[dash.end() :], depth, dash.end())
            listed.append(value)
        elif not of_list and key and not dash:
            value, at = _after(rows, at, key["value"] or "", depth)
            named[key["name"].strip('"')] = value
        else:
            break
    if not listed and not named:
        raise Refused("format.not_yaml", line=own.number)
    return (listed if of_list else named), at


def _after(
    rows: list[_Row], at: int, said: str, depth: int, set_in: int | None = None
) -> tuple[Any, int]:
    """Give the value behind a name or a dash: on the same line, or set in below it."""
    row = rows[at]
    if set_in is not None and _KEY.match(said):  # the first field of a record
        rows[at] = replace(row, indent=row.indent + set_in, said=said)
        return _value(rows, at, depth + 1)
    below = at + 1
    while below < len(rows) and rows[below].indent > row.indent:
        below += 1
    said = said if _BLOCK.match(said) or said[:1] in "\"'" else _COMMENT.sub("", said).strip()
    if said == "":
        beside = set_in is None and at + 1 < len(rows) and _is_list_beside(row, rows[at + 1])
        return _value(rows, at + 1, depth + 1) if below > at + 1 or beside else (None, at + 1)
    more = [held.said for held in rows[at + 1 : below]]
    if _BLOCK.match(said):
        return ("\n" if said[0] == "|" else " ").join(more), below
    return _plain(" ".join((said, *more)), row.number), below


def _is_list_beside(row: _Row, following: _Row) -> bool:
    """Whether a list begins below a name, set in no further than that is."""
    return following.indent == row.indent and _DASH.match(following.said) is not None


def _plain(said: str, number: int) -> Any:
    """Give a value without its quotes, and none where nothing is meant."""
    if said in _NOTHING:
        return None
    if len(said) > 1 and said[0] == said[-1] == "'":
        return said[1:-1].replace("''", "'")
    if said[0] not in ('"', "'", *_MORE):
        return said
    try:
        return json.loads(said)
    except (json.JSONDecodeError, RecursionError):
        raise Refused("format.not_yaml", line=number) from None
