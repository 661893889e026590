"""Habits of people who type transcripts: lines with numbers, points in clocks, names by themselves.

Conventions
-----------
A habit is seen over all lines of a text together, and written as others write it; a text that has
none comes back as it is.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from statistics import correlation

from diarize.formats.marks import is_mark
from diarize.formats.names import fits_a_label, head, roles_behind
from diarize.formats.page import legend_lines, rules_below, without_margin_numbers
from diarize.formats.times import CLOCK
from diarize.settings import Formats

__all__ = ["head_lines", "starts_behind", "tail_lines", "usual"]

_NUMBER = re.compile(r"^[ \t]*(\d{1,5})(?:[.)][ \t]+|[ \t]+|$)(?!\d)")
_POINTED = re.compile(r"^([\[(]?)(\d{1,2})\.([0-5]\d)\.([0-5]\d)(?=[\])\s,;])")
_MINUTES_POINTED = re.compile(
    r"^([\[(]?)(?:(\d{1,2})\.(?=\d{1,2}\.\d))?(\d{1,3})\.([0-5]\d)(?=[\])\s,;])(?![\d.])"
)
_STAMPED = re.compile(rf"^[\[(#<]?{CLOCK}[\])#>]?[\s:|–-]*")  # a turn's time
_ENDS_A_SENTENCE = ".?!,;:…-–—"


def usual(text: str, formats: Formats) -> str:
    r"""Write a text as most people do: without numbers of lines, with colons in clocks.

    Examples
    --------
    >>> usual("1 T: Well.\n2 P: Yes, I\n3    think so.", Formats())
    'T: Well.\nP: Yes, I\nthink so.'
    >>> usual("00.00.03 T: Well.\n00.00.09 P: Yes.\n00.01.10 T: Now.", Formats())
    '00:00:03 T: Well.\n00:00:09 P: Yes.\n00:01:10 T: Now.'
    """
    text = roles_behind([_unnumbered(without_margin_numbers(text), formats)], formats)[0]
    return _names_with_colons(_colons(text, formats), formats)


def _unnumbered(text: str, formats: Formats) -> str:
    """Take the numbers of lines or turns off their fronts, where nearly every line has the next."""
    lines = text.split("\n")
    filled = [i for i, line in enumerate(lines) if line.strip()]
    found = {i: at for i in filled if (at := _NUMBER.match(lines[i]))}
    counts = [int(at[1]) for at in found.values()]
    following = sum(other - one == 1 for one, other in pairwise(counts))
    enough = len(counts) > 2 and len(counts) >= formats.nearly_all_share * len(filled)
    if not enough or following < formats.nearly_all_share * (len(counts) - 1):
        return text
    return "\n".join(
        line[found[i].end() :].lstrip() if i in found else line for i, line in enumerate(lines)
    )


def _colons(text: str, formats: Formats) -> str:
    """Write ``00.01.05`` in front of lines as a clock, where such numbers never go back."""
    lines = text.split("\n")
    if (written := _minutes(lines, formats)) is not None:
        return written
    found = [at for line in lines if (at := _POINTED.match(line))]
    times = [(int(at[2]), int(at[3]), int(at[4])) for at in found]
    rare = len(found) <= max(2, formats.stamped_min_share * sum(bool(x.strip()) for x in lines))
    if rare or times != sorted(times) or len(set(times)) < 2:
        return text
    return "\n".join(_POINTED.sub(r"\1\2:\3:\4", line) for line in lines)


def _minutes(lines: Sequence[str], formats: Formats) -> str | None:
    """Write ``12.05`` in front of many lines as a clock; None where it may be a count of seconds.

    Of such counts the hundredths would pass 59 among so many; seconds of a clock never do.

    Examples
    --------
    >>> lines = [f"{k // 2}.{k % 2 * 30:02} T: Well." for k in range(30)]
    >>> _minutes(lines, Formats()).splitlines()[3]
    '1:30 T: Well.'
    """
    found = [at for line in lines if (at := _MINUTES_POINTED.match(line))]
    times = [(int(at[2] or 0) * 60 + int(at[3]), int(at[4])) for at in found]
    filled = sum(bool(line.strip()) for line in lines)
    front = sum(line.strip()[:1].isdigit() or line.strip()[:1] in "[(" for line in lines if line)
    whole = len(found) >= formats.nearly_all_share * front and 2 * len(found) > filled
    if len(found) < formats.frames_told_min or not whole or times != sorted(times):
        return None

    def clock(at: re.Match[str]) -> str:
        return f"{at[1]}{f'{at[2]}:' if at[2] else ''}{at[3]}:{at[4]}"

    return "\n".join(_MINUTES_POINTED.sub(clock, line) for line in lines)


def _names_with_colons(text: str, formats: Formats) -> str:
    """Give names that are paragraphs of their own a colon: each stands above what is said.

    Only where no line has a time: names beside times are told by those.
    """
    if re.search(CLOCK, text):
        return text
    lines = text.split("\n")
    places = [i for i, line in enumerate(lines) if line.strip()]
    alone = [k for k, i in enumerate(places) if _by_itself(lines, i, formats)]
    counts = Counter(lines[places[k]].strip() for k in alone)
    named: list[int] = []
    for k in alone:
        answers = named[-1:] == [k - 1]  # "Mm-hm" below a name is what is said
        if counts[lines[places[k]].strip()] > 1 and not answers and k + 1 < len(places):
            named.append(k)
    if len(named) < max(formats.own_paragraphs_min, formats.own_paragraph_share * len(places)):
        return text
    for k in named:
        lines[places[k]] += ":"
    return "\n".join(lines)


def _by_itself(lines: Sequence[str], at: int, formats: Formats) -> bool:
    """Whether a line is a paragraph of its own that may be a name."""
    text = lines[at].strip()
    around = (lines[k].strip() for k in (at - 1, at + 1) if 0 <= k < len(lines))
    if any(around) or text[-1] in _ENDS_A_SENTENCE or is_mark(text):
        return False
    return fits_a_label(text, formats) and any(c.isalpha() for c in text)


def head_lines(lines: Sequence[str], formats: Formats) -> int:
    """Count the lines in front, up to the talk, where they say what a dictation is of.

    Each does by a name of its own, and the empty line behind them counts. They are the first
    paragraph, nobody called like them speaks later, and most of the lines below are those of people
    who speak more than once.

    Examples
    --------
    >>> head_lines(["Author: W", "Length: 3 min", "", "T: Well.", "K: Yes.", "T: So.", "K: No."],
    ...            Formats())
    3
    """
    filled = [i for i, line in enumerate(lines) if line.strip()]
    first = next((i for i in filled if i and not lines[i - 1].strip()), 0)
    heads = {i: head(_STAMPED.sub("", lines[i].strip()), formats) for i in filled}
    front = [found for i, found in heads.items() if i < first]
    below = [found for i, found in heads.items() if i >= first]
    told = [found[0] for found in front if found]
    names = Counter(found[0] for found in below if found)
    often = sum(n for n in names.values() if n > 1)
    alone = len(set(told)) == len(told) > 1 and not names.keys() & set(told)
    alone = alone and 2 * len(told) > len(front)  # a title among them says nothing by itself
    return first if alone and 2 * often > len(below) else legend_lines(lines, formats)


def tail_lines(lines: Sequence[str], formats: Formats) -> int:
    """Count the lines behind the talk: a letter's mark and who signs, or the rules of its signs.

    Examples
    --------
    >>> tail_lines(["T: Well.", "--", "Kind regards", "The bureau"], Formats())
    3
    >>> tail_lines(["T: Well.", "--", "[0:12] K: Yes.", "T: So."], Formats())
    0
    """
    marks = [i for i, line in enumerate(lines) if line.strip() == "--"]
    below = lines[marks[-1] :] if marks else []

    def speaks(line: str) -> bool:
        return bool(re.search(CLOCK, line) or head(line.strip()))

    letter = 0 if any(map(speaks, below)) else len(below)
    return letter or rules_below(lines, speaks, formats)


def starts_behind(times: Sequence[float], words: Sequence[int], formats: Formats) -> bool:
    """Whether times behind what was said are its starts: long turns come before long steps.

    Parameters
    ----------
    times : sequence of float
        As they stand behind each turn, seconds.
    words : sequence of int
        How many words each turn has.
    formats : Formats
        Thresholds.
    """
    steps = [other - one for one, other in pairwise(times)]
    if len(steps) < formats.behind_turns_min or len(set(steps)) < 2:
        return False
    sizes = (list(words[:-1]), list(words[1:]))  # of what a step would be, as starts and as ends
    if any(len(set(some)) < 2 for some in sizes):
        return False
    as_starts, as_ends = (correlation(some, steps) for some in sizes)
    return bool(as_starts - as_ends > formats.behind_margin)
