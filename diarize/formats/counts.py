"""Times that count something else than seconds: of what, told by how long words would take.

Conventions
-----------
A table or a recogniser's answer may count hundredths, milliseconds, ticks, shares of a day or, by a
spreadsheet's mistake, minutes; frames it may count, too, and nothing says how many are a second.
Counts of no unit that is known are refused: read as seconds they would be times of nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from diarize.errors import Refused
from diarize.formats.transcript import Cue
from diarize.settings import Formats
from diarize.timeline import Span

__all__ = ["in_seconds"]

_DAY_S = 86_400.0
_MINUTE_S = 60.0
_UNITS = (1e2, 1e3, 1e6, 1e7, 1e9)  # counts in a second


def in_seconds(cues: Sequence[Cue], formats: Formats) -> tuple[Cue, ...]:
    """Take times that would have people speak for minutes per word as counts of smaller units.

    Of hundredths, milliseconds, microseconds, ticks of 100 ns and nanoseconds the one counts with
    which people speak most nearly as they do. Times that are all shares of a day, as a spreadsheet
    keeps them, are told by the same.
    """
    timed = [(cue.span, len(cue.text.split())) for cue in cues if cue.span is not None]
    lasting = [(span, count) for span, count in timed if span.duration > 0]
    words = sum(count for _, count in lasting or timed)
    starts = [span.start for span, _ in timed]
    spoken_s = sum(span.duration for span, _ in lasting) or max(starts, default=0) - min(
        starts, default=0
    )
    if not words:
        return tuple(cues)
    pace = spoken_s / words
    last = max(span.end for span, _ in timed)
    days = last < 1.0 and formats.fastest_word_s <= pace * _DAY_S < formats.word_max_s
    if days and words >= formats.believable_words_min:
        unit = 1 / _DAY_S
    elif pace < formats.word_max_s:
        whole = all(edge % 1 == 0 for span, _ in lasting for edge in (span.start, span.end))
        if lasting and whole and pace >= formats.frames_word_s:
            raise Refused("format.counts_without_rate")
        return tuple(cues)
    else:
        unit = _unit(pace, [edge for span, _ in timed for edge in (span.start, span.end)], formats)

    def smaller(span: Span | None) -> Span | None:
        return span and Span(span.start / unit, span.end / unit)

    return tuple(
        replace(
            cue,
            span=smaller(cue.span),
            words=tuple(replace(w, span=smaller(w.span) or w.span) for w in cue.words),
        )
        for cue in cues
    )


def _unit(pace: float, edges: Sequence[float], formats: Formats) -> float:
    """Give how many of what times count are a second, if a word takes so many of them.

    Raises
    ------
    Refused
        If they are of no unit that is known.
    """

    def spoken(unit: float) -> bool:
        usual = pace / unit / formats.usual_word_s
        return formats.counted_fast <= usual <= formats.counted_slow

    if spoken(_MINUTE_S) and all(edge % _MINUTE_S == 0 for edge in edges):
        return _MINUTE_S  # a spreadsheet took minutes and seconds for hours and minutes
    unit = min(_UNITS, key=lambda unit: abs(math.log(pace / unit / formats.usual_word_s)))
    if not spoken(unit):
        raise Refused("format.counts_without_rate")
    return unit
