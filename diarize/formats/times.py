"""Times as people and tools write them: clocks, frames, counts of units, words.

Conventions
-----------
Everything is given in seconds. A clock whose last field counts frames (``00:00:04:18``,
``[00:00:04.21]``) can only be told from all the clocks of a file together: `Clocks` looks at them
first and reads them then. What is no time is None, never a guess.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from diarize.settings import Formats
from diarize.timeline import Span

__all__ = ["CLOCK", "SPELT", "Clocks", "in_pairs", "is_dated", "pairs_of", "seconds", "time_of"]

CLOCK = r"(?:\d{1,4}:)?\d{1,3}:\d{1,2}(?:[:;]\d{2}(?!\d)|[.,]\d{1,9})?(?:\s?[AaPp]\.?[Mm]\b\.?)?"
_DAY = re.compile(r"\d{1,2}(?:[.,]|\s|st|nd|rd|th)")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_FRAMES = re.compile(r"^(\d+:\d{1,2}:\d{1,2})[:;](\d{2})$")
_TWO_DIGITS = re.compile(r"^\d+:\d{2}:\d{2}\.(\d{2})$")
_HALF_DAY = re.compile(r"\s?([ap])\.?m\.?$", re.IGNORECASE)
_DATED = re.compile(r"^\d{4}-\d{2}-\d{2}[T ](.+?)(?:Z|[+-]\d{2}:?\d{2})?$")
_ISO = re.compile(r"^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$", re.IGNORECASE)
_DAYS = re.compile(r"^(\d{1,3}) days?,?\s+(\d+:\d{2}:\d{2}(?:\.\d+)?)$")
_NUMBER = re.compile(r"^([+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?)\s*(s|sec|ms)?$")
_HOURS = "hours?|stunden?|heures?|horas?|or[ae]|uur"  # as they are spelt out
_MINUTES = "minutes?|minuten?|minut[oi]s?"
_SECONDS = "seconds?|sekunden?|secondes?|segundos?|second[oi]|seconden?"
_IN_WORDS = re.compile(
    rf"^(?:(\d+)\s*(?:h|hrs?|std|{_HOURS})\.?[\s,]*)?"
    rf"(?:(\d+)\s*(?:m|mins?|{_MINUTES})\.?[\s,]*)?"
    rf"(?:(\d+(?:[.,]\d+)?)\s*(?:s|secs?|sek|{_SECONDS})\.?)?$",
    re.IGNORECASE,
)
SPELT = rf"(?:\d+\s+(?:{_HOURS}),?\s+)?(?:\d+\s+(?:{_MINUTES}),?\s+)?\d+\s+(?:{_SECONDS})"
_DAY_S = 86_400
_RATES = (24, 25, 30, 50, 60)  # frames a second


def seconds(clock: str) -> float:
    """Read ``[[h:]m:]s[.ms]`` as seconds, of a twelve-hour clock too.

    Examples
    --------
    >>> seconds("01:02:03.5"), seconds("02:03,250"), seconds("2:00:01 PM")
    (3723.5, 123.25, 50401.0)
    """
    half = _HALF_DAY.search(clock)
    value = 0.0
    for part in clock[: half.start() if half else None].replace(",", ".").split(":"):
        value = value * 60 + float(part)
    if half:
        value = value % 43_200 + (43_200 if half[1].lower() == "p" else 0)
    return round(value, 6)  # the same number as "61.005", whichever way it is written


def time_of(text: str) -> float | None:
    """Read a time in whatever way one is written by itself; None if it is none.

    A bare number is given as it is: only its column or key says of what it is a count.

    Examples
    --------
    >>> time_of("1,25"), time_of("PT1M2.5S"), time_of("95.2s"), time_of("2 min 5 s")
    (1.25, 62.5, 95.2, 125.0)
    >>> time_of("0:02:03.5"), time_of("2026-03-04T14:00:01Z"), time_of("soon")
    (123.5, 50401.0, None)
    >>> time_of("0 days 00:00:03.120000")
    3.12
    """
    text = text.strip().strip("[]()#").strip()
    if dated := _DATED.match(text):
        text = dated[1]
    found: float | None = None
    if days := _DAYS.match(text):  # as data programs print durations
        return int(days[1]) * _DAY_S + seconds(days[2])
    if number := _NUMBER.match(text):
        found = float(number[1].replace(",", ".")) / (1000 if number[2] == "ms" else 1)
    elif re.fullmatch(CLOCK, text):
        found = Clocks().read(text)
    elif text and (parts := _ISO.match(text) or _IN_WORDS.match(text)) and any(parts.groups()):
        hours, minutes, rest = (float((part or "0").replace(",", ".")) for part in parts.groups())
        found = hours * 3600 + minutes * 60 + rest
    return found if found is not None and math.isfinite(found) else None


def is_dated(text: str) -> bool:
    """Whether it holds a day, and a year behind it.

    Examples
    --------
    >>> is_dated("3rd of May 2024"), is_dated("2024, 3")
    (True, False)
    """
    day = _DAY.search(text)
    return day is not None and _YEAR.search(text, day.end()) is not None


def in_pairs(spans: Iterable[Span]) -> str:
    """Write stretches as pairs of seconds.

    Examples
    --------
    >>> in_pairs([Span(0.5, 1.25), Span(2, 3)])
    '0.500-1.250 2.000-3.000'
    """
    return " ".join(f"{span.start:.3f}-{span.end:.3f}" for span in spans)


def pairs_of(text: str) -> tuple[Span, ...]:
    """Read what `in_pairs` writes; where a second number is missing or smaller, a moment.

    Raises
    ------
    ValueError
        If there is something else in it.

    Examples
    --------
    >>> pairs_of("0.500-1.250 2")
    (Span(start=0.5, end=1.25), Span(start=2.0, end=2.0))
    """
    edges = (pair.partition("-") for pair in text.split())
    told = ((float(start), float(end or start)) for start, _, end in edges)
    return tuple(Span(start, max(start, end)) for start, end in told)


@dataclass(frozen=True, slots=True)
class Clocks:
    """How the clocks of one file are to be read.

    Parameters
    ----------
    rate : int or None
        Frames a second, where the last field counts frames.
    after_point : bool
        Whether what stands after a point are frames and not hundredths of a second.
    """

    rate: int | None = None
    after_point: bool = False

    @classmethod
    def of(cls, clocks: Iterable[str], formats: Formats = Formats()) -> "Clocks":
        """Judge by all clocks of a file, as written.

        Hundredths of a second that never pass the count of frames are frames.
        """
        seen = [clock.strip() for clock in clocks]
        marked = [int(m[2]) for c in seen if (m := _FRAMES.match(c))]
        points = [int(m[1]) for c in seen if (m := _TWO_DIGITS.match(c))]
        after = len(points) == len(seen) >= formats.frames_clocks_min and max(points) < 30
        frames = marked or (points if after else [])
        rate = next((rate for rate in _RATES if max(frames) < rate), None) if frames else None
        if after and not marked and len(seen) < formats.frames_told_min:
            rate = 30  # what is written after a point is, and few clocks say nothing else
        return cls(rate, after and not marked)

    def read(self, clock: str) -> float:
        """Give a clock's seconds.

        Raises
        ------
        ValueError
            If it is none.
        """
        clock = clock.strip()
        if framed := _FRAMES.match(clock):
            return seconds(framed[1]) + int(framed[2]) / (self.rate or 25)
        if self.after_point and (framed := _TWO_DIGITS.match(clock)):
            return seconds(clock[: framed.start(1) - 1]) + int(framed[1]) / (self.rate or 25)
        return seconds(clock)
