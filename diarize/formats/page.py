"""What typists, printed pages, word processors and services leave in a text, set right or aside.

Conventions
-----------
Each is seen over all lines of a text together: a single slip is one only beside many lines that
are right. A text that has none of it comes back as it is.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence

from diarize.formats.names import fits_a_label, head
from diarize.formats.times import CLOCK
from diarize.settings import Formats

__all__ = ["legend_lines", "only_turns", "rules_below", "set_right", "without_margin_numbers"]

_CLOCKS = rf"{CLOCK}(?:\s*(?:-->|[-–—])\s*{CLOCK})?"
_BULLET = re.compile(rf"^[ \t]*[-*•][ \t]+(?=[\[(*]{{0,3}}{CLOCK})", re.M)
_HEADING = re.compile(r"^#{1,6}[ \t]+(\S[^\n]{0,80})\n(?:[ \t]*\n)*", re.M)
_O_CLOCK = re.compile(rf"^(?P<front>[^\n]{{0,100}}?{CLOCK})[ \t]?Uhr(?=[ \t]*:)", re.M)
# A time, who speaks, and what parts them from what is said where others write a colon.
_IN_ANGLES = re.compile(
    rf"^(?P<time>(?:[\[(]?{CLOCK}[\])]?[ \t]+)?)<(?P<name>[^<>\n/]{{1,40}})>[ \t]+"
    r"(?![^\n:]{1,40}:\s)",
    re.M,
)
_DASHED = re.compile(
    rf"^(?P<time>[\[(]?{_CLOCKS}[\])]?)[ \t]*[-–—][ \t]*(?P<name>[^\W\d_][^\n–—:]{{0,40}}?)"
    r"[ \t]+[-–—][ \t]+(?=\S)",
    re.M,
)
_BARRED = re.compile(
    rf"^\**(?P<time>{_CLOCKS})[ \t]*\|[ \t]*(?P<name>[^|:\n]{{1,40}}?)[ \t]*:\**[ \t]*(?=\S)", re.M
)
_SEMICOLON = re.compile(
    rf"^(?P<time>(?:[\[(]?{CLOCK}[\])]?[ \t]+)?)(?P<name>[A-ZÄÖÜ][\w.]{{0,14}});[ \t]+(?=\S)", re.M
)
_WITHIN_MARKS = re.compile(
    r"^(?P<front>[^\n\"«»“”„]{1,100}[:：]|)[ \t]*"
    r"(?:«(?P<a>[^«»\n]+)»|[„“](?P<b>[^„“”\n]+)[“”]|\"(?P<c>[^\"\n]+)\")[ \t]*$",
    re.M,
)
_OPEN = re.compile(rf"^([\[(])({CLOCK})(?=\s)", re.M)
_CLOSED = re.compile(rf"^({CLOCK})([\])])", re.M)
_POINTED = re.compile(r"^([\[(])(\d{1,3})[.;,](\d{2})([\])])", re.M)
_WHOLE = re.compile(rf"^[\[(]{CLOCK}[\])]", re.M)
_PARTED = re.compile(
    r"(?<=[^\W\d_])-[ \t]*\n[ \t]*(?=[a-zäöüß]{2})(?![^\n:]{1,20}:[ \t])"
)  # at the end of a line, and the word goes on
_BROKEN_OFF = re.compile(r"[^\W\d_]-(?=[ ,.])")  # what somebody began to say
_MARGIN = re.compile(r"^[ \t]*(\d{1,5})[ \t]+(?=\S)")
_RULES = re.compile(
    r"^\W*(?:transkriptions?(?:regeln|zeichen|konventionen)|zeichenerklärung|legende|"
    r"transcription (?:rules|conventions|key|symbols)|legend)\W*$",
    re.IGNORECASE,
)
# A line of a separator's annotation, as it prints it: a stretch, a track and a voice.
_PRINTED = re.compile(rf"^\[\s*{CLOCK}\s*-->\s*{CLOCK}\s*\][ \t]+\S{{1,4}}[ \t]+\S+[ \t]*$", re.M)
_STAMPED = re.compile(rf"^[\[(#<]?{CLOCK}")


def set_right(text: str, formats: Formats) -> str:
    r"""Write labels and times as most people do where a habit or a slip has them otherwise.

    Examples
    --------
    >>> set_right("0:01 <anna> Well.\n0:05 <jo> Yes.\n0:07 <anna> So.\n0:09 <jo> No.", Formats())
    '0:01 anna: Well.\n0:05 jo: Yes.\n0:07 anna: So.\n0:09 jo: No.'
    >>> set_right("T; Well.\nK; Yes.\nT; So.\nK; No.", Formats())
    'T: Well.\nK: Yes.\nT: So.\nK: No.'
    """
    text = _unlisted(text, formats)
    most = sum(bool(line.strip()) for line in text.split("\n")) / 2
    if len(_O_CLOCK.findall(text)) > most:
        text = _O_CLOCK.sub(r"\g<front>", text)
    for form in (_BARRED, _IN_ANGLES, _DASHED, _SEMICOLON):
        found = [at["name"] for at in form.finditer(text)]
        few = 2 * len(set(found)) <= len(found)
        if len(found) > most and few and all(fits_a_label(name, formats) for name in found):
            text = form.sub(_with_colon, text)
    if len(_WITHIN_MARKS.findall(text)) > most:
        text = _WITHIN_MARKS.sub(_without_marks, text)
    return _unbroken(_bracketed(text), formats)


def only_turns(text: str) -> bool:
    """Whether a text is what a separator prints: who speaks when, and no word of it.

    Examples
    --------
    >>> only_turns("[ 00:00:01.200 -->  00:00:04.570] A SPEAKER_00")
    True
    """
    return bool(text.strip()) and not _PRINTED.sub("", text).strip()


def _with_colon(at: re.Match[str]) -> str:
    time = at["time"].strip()
    if time and time[0] not in "[(":
        time = f"[{time}]" if re.search(r"[-–—]", time) else time
    return f"{time} {at['name']}: ".lstrip()


def _without_marks(at: re.Match[str]) -> str:
    said = (at["a"] or at["b"] or at["c"]).strip()
    return f"{at['front']} {said}".lstrip()


def _unlisted(text: str, formats: Formats) -> str:
    """Take off the points of a list whose every point has a time, and make names of headings."""
    points = len(_BULLET.findall(text))
    filled = [line for line in text.split("\n") if line.strip() and not line.startswith("#")]
    if points < max(2, formats.nearly_all_share * len(filled) - 2):
        return text
    text = _BULLET.sub("", text)
    names = Counter(at[1].strip() for at in _HEADING.finditer(text))

    def named(at: re.Match[str]) -> str:
        name = at[1].strip()
        return f"\n{name}\n" if names[name] > 1 and fits_a_label(name, formats) else at[0]

    return _HEADING.sub(named, text)


def _bracketed(text: str) -> str:
    """Mend the few times in front of lines that lack a bracket or have a point for a colon."""
    whole = len(_WHOLE.findall(text))
    slips = sum(len(form.findall(text)) for form in (_OPEN, _CLOSED, _POINTED))
    if not 0 < 2 * slips < whole:
        return text
    other = {"[": "]", "(": ")", "]": "[", ")": "("}
    text = _OPEN.sub(lambda at: f"{at[1]}{at[2]}{other[at[1]]}", text)
    text = _CLOSED.sub(lambda at: f"{other[at[2]]}{at[1]}{at[2]}", text)
    return _POINTED.sub(r"\1\2:\3\4", text)


def _unbroken(text: str, formats: Formats) -> str:
    """Join words that a page parted at the ends of lines, where nobody breaks off with a hyphen."""
    if len(_PARTED.findall(text)) < 2 or _BROKEN_OFF.search(text):
        return text
    return _PARTED.sub("", text)


def without_margin_numbers(text: str) -> str:
    r"""Take off the numbers that a page has at every fifth line, or at every tenth.

    Examples
    --------
    >>> without_margin_numbers("a\nb\n 3 c\nd\ne\n 6 f\ng\nh\n 9 i")
    'a\nb\nc\nd\ne\nf\ng\nh\ni'
    >>> without_margin_numbers("a\n 3 c\nd\n 6 f")
    'a\n 3 c\nd\n 6 f'
    """
    lines = text.split("\n")
    filled = [i for i, line in enumerate(lines) if line.strip()]
    for places in (filled, range(len(lines))):
        found = [(k, i, int(at[1])) for k, i in enumerate(places, 1)
                 if (at := _MARGIN.match(lines[i]))]  # fmt: skip
        step = found[0][2] if found else 0
        right = [(k, i, n) for k, i, n in found if step > 2 and n % step == 0 and n == k]
        if len(right) > 2 and len(right) == len(filled) // step and len(right) == len(found):
            marked = {i for _, i, _ in right}
            return "\n".join(
                _MARGIN.sub("", line) if i in marked else line.strip()
                for i, line in enumerate(lines)
            )
    return text


def legend_lines(lines: Sequence[str], formats: Formats) -> int:
    """Count the lines in front that say who is who, written as turns are but without a time.

    Every label has one, and nearly everything that is said below under it has a time.

    Examples
    --------
    >>> legend_lines(["T: Anna", "K: Jo", "[0:01] T: Well.", "[0:03] K: Yes.", "[0:05] T: So.",
    ...               "[0:09] K: No."], Formats())
    2
    """
    filled = [i for i, line in enumerate(lines) if line.strip()]
    first = next((i for i in filled if _STAMPED.match(lines[i].strip())), 0)
    front = [head(lines[i].strip(), formats) for i in filled if i < first]
    told = [found[0] for found in front if found]
    below = [lines[i].strip() for i in filled if i >= first]
    timed = [at.end() for line in below if (at := _STAMPED.match(line))]
    if not told or len(set(told)) < len(told) or len(timed) < formats.nearly_all_share * len(below):
        return 0
    labels = {found[0] for line in below
              if (at := re.match(rf"[\[(#<]?{_CLOCKS}[\])#>]?[\s:|–-]*", line))
              and (found := head(line[at.end():], formats))}  # fmt: skip
    return first if set(told) == labels else 0


def rules_below(lines: Sequence[str], speaks: Callable[[str], bool], formats: Formats) -> int:
    """Count the lines behind the talk that explain its signs, or stand apart from turns in lines.

    Parameters
    ----------
    lines : sequence of str
        Of a whole text.
    speaks : callable
        Says whether a line begins with a time or a name.
    formats : Formats
        Thresholds.
    """
    at = next((i for i in range(len(lines) - 1, -1, -1) if _RULES.match(lines[i])), None)
    if at is not None and not any(map(_STAMPED.match, map(str.strip, lines[at:]))):
        return len(lines) - at
    blank = [i for i, line in enumerate(lines) if not line.strip()]
    filled = [i for i, line in enumerate(lines) if line.strip()]
    last = next((i for i in reversed(blank) if filled and i < filled[-1]), None)
    if last is None or any(speaks(line.strip()) for line in lines[last:] if line.strip()):
        return 0
    begin = next((i for i in filled if speaks(lines[i].strip())), len(lines))
    talk = lines[begin:last]
    while talk and not talk[-1].strip():
        talk = talk[:-1]
    one_each = all(_STAMPED.match(line.strip()) and speaks(line.strip()) for line in talk)
    return len(lines) - last if len(talk) >= formats.turns_in_lines_min and one_each else 0
