"""Praat TextGrid, the long and the short text form.

praatio writes; our own reader takes what praatio's refuses (intervals that overlap or are empty)
and needs no file on disk.
"""

import re
from collections.abc import Iterator, Sequence

from diarize.errors import Refused
from diarize.formats.tiers import UNHEARD, Tier, all_tiers, apart, from_tiers
from diarize.formats.transcript import Line, Reading, Transcript
from diarize.settings import Formats
from diarize.timeline import Span

__all__ = ["interval_tiers", "text_grid", "to_text_grid"]

_TOKEN = re.compile(
    r'"((?:[^"]++|"")*+)"|(?<![\w.])(-?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?)(?![\w.\]])'
)

_CHRONOLOGICAL = "Praat chronological TextGrid text file"
_HEAD = re.compile(r'^"(IntervalTier|TextTier)" "((?:[^"\n]|"")*+)"', re.MULTILINE)
_AT = r"-?[\d.]{1,30}(?:[eE]-\d{1,3})?"  # Praat writes what is all but nothing as 2.2e-16
_ROW = re.compile(rf'^(\d{{1,4}}) ({_AT}) ({_AT})\s{{1,9}}"((?:[^"]++|"")*+)"', re.MULTILINE)

_Found = tuple[str, list[tuple[Span, str]] | None]  # a tier's name, and no intervals where points


def text_grid(text: str, how: Reading) -> Transcript:
    """Read a Praat TextGrid, long or short.

    Raises
    ------
    Refused
        If it is not a TextGrid, or ends too early.
    """
    tiers, points = _all_tiers(text, how.formats)
    if len(points) == len(tiers):
        raise Refused("format.no_interval_tier")
    out = dict.fromkeys(points, "points")
    cues, notes = from_tiers(tiers, how.formats, out=out, keep=how.keep)
    begins = next(_tokens(text[text.index("TextGrid") :].partition('"')[2]), "0")
    return Transcript(cues, notes=notes, origin_s=max(0.0, _number(begins)))


def interval_tiers(text: str, *, formats: Formats = Formats()) -> Iterator[Tier]:
    """Give each interval tier of a TextGrid, those of words and sounds too.

    Raises
    ------
    Refused
        If it is not a TextGrid, or ends too early.
    """
    tiers, points = _all_tiers(text, formats)
    yield from (tier for number, tier in enumerate(tiers, 1) if number not in points)


def _all_tiers(text: str, formats: Formats) -> tuple[list[Tier], list[int]]:
    """Give every tier in order, those of points empty, and the numbers of these, from 1."""
    if _CHRONOLOGICAL in text[:300]:
        found = list(_chronological(text.split(_CHRONOLOGICAL, 1)[1]))
    else:
        found = list(_in_turn(text, formats))
    points = [k for k, (_, rows) in enumerate(found, 1) if rows is None]
    return [(name, rows or []) for name, rows in found], points


def _in_turn(text: str, formats: Formats) -> Iterator[_Found]:
    """Give the tiers of a grid that has one behind the other."""
    if '"TextGrid"' not in text[:300]:
        raise Refused("format.not_a_text_grid")
    tokens = _tokens(text.split('"TextGrid"', 1)[1])
    kind = None
    while (kind := next(tokens, None)) is not None:
        if kind not in ("IntervalTier", "TextTier"):
            continue  # the head of the file: times, <exists>, number of tiers
        try:
            name, size = _tier_head(tokens, formats)
            if kind == "TextTier":
                for _ in range(2 * size):
                    next(tokens)
                yield name.strip(), None
                continue
            intervals = [_interval(tokens) for _ in range(size)]
        except (StopIteration, RuntimeError):
            raise Refused("format.ends_in_a_tier") from None
        yield name.strip(), [(span, label) for span, label in intervals if label]


def _chronological(text: str) -> Iterator[_Found]:
    """Give the tiers of Praat's chronological form, which has a number of its tier at each row."""
    heads = _HEAD.findall(text)
    rows: dict[int, list[tuple[Span, str]]] = {
        number: [] for number, (kind, _) in enumerate(heads, 1) if kind == "IntervalTier"
    }
    for number, start, end, label in _ROW.findall(text):
        said = " ".join(label.replace('""', '"').split())
        if said and int(number) in rows:
            rows[int(number)].append((Span(float(start), max(float(start), float(end))), said))
    for number, (_, name) in enumerate(heads, 1):
        yield name.replace('""', '"').strip(), rows.get(number)


def _number(token: str) -> float:
    return float(token.replace(",", "."))


def _tier_head(tokens: Iterator[str], formats: Formats) -> tuple[str, int]:
    """Give a tier's name and how many intervals or points it has."""
    name, _, _, count = (next(tokens) for _ in range(4))
    if not count.isdecimal() or int(count[:9]) > formats.tier_intervals_max:
        raise Refused("format.impossible_tier")
    return name, int(count)


def _tokens(text: str) -> Iterator[str]:
    """Give strings and free-standing numbers: what the long and the short form share."""
    for match in _TOKEN.finditer(text):
        yield match[1].replace('""', '"') if match[1] is not None else match[2]


def _interval(tokens: Iterator[str]) -> tuple[Span, str]:
    start, end, label = next(tokens), next(tokens), next(tokens)
    try:
        return Span(_number(start), max(_number(start), _number(end))), " ".join(label.split())
    except ValueError:
        raise Refused("format.interval_without_times") from None


def to_text_grid(lines: Sequence[Line], duration: float) -> str:
    """Write a long TextGrid, one interval tier per voice and one for its words.

    A turn without words carries "x", because Praat's empty label means that nobody speaks.
    """
    from praatio.utilities.textgrid_io import getTextgridAsStr

    end = round(duration, 6)
    tiers = [
        {
            "class": "IntervalTier",
            "name": name,
            "xmin": 0.0,
            "xmax": end,
            "entries": [
                (span.start, span.end, text or UNHEARD) for span, text in apart(rows, end, digits=6)
            ],
        }
        for name, rows in all_tiers(lines)
    ]
    grid = {"xmin": 0.0, "xmax": end, "tiers": tiers}
    return str(getTextgridAsStr(grid, "long_textgrid", includeBlankSpaces=True))
