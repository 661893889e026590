"""Report -> what the pages draw. Pure; seconds throughout.

Conventions
-----------
A lane holds one person's turns. An envelope is one frame feature, split by who speaks alone and
thinned to bins: the least and the greatest value of each bin, None where nothing was measured,
so that gaps stay gaps and no peak is smoothed away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dashboard.view.words import say, sent, unit_of, units
from diarize.conversation import Role, Utterance
from diarize.roles import Casting
from diarize.timeline import Span, subtract, union
from prosody.render import wording
from prosody.report.model import Report

if TYPE_CHECKING:
    from prosody.features.frames import Frames

__all__ = [
    "BINS",
    "PEOPLE",
    "Curve",
    "Line",
    "alone",
    "course_curves",
    "frame_curves",
    "lane",
    "lane_names",
    "lanes",
    "series",
]

BINS = 13_200  # of the whole session: 55 minutes at a quarter of a second
_LEAST_BIN_S = 0.25
PEOPLE = (Role.THERAPIST, Role.CLIENT)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Line:
    """One lane's values of a curve, evenly spaced; None where there is nothing to show."""

    role: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """Something over the session: a value every `step` seconds, the first at `first`."""

    name: str
    family: str
    up: str
    unit: str
    step: float
    first: float
    lines: tuple[Line, ...]


def lane(of: Utterance | Casting) -> str:
    """Give the lane of a turn or a voice: its role, or its voice where it is neither person's."""
    return str(of.role) if of.role in PEOPLE else f"voice {of.voice}"


def lanes(report: Report) -> tuple[str, ...]:
    """Give all lanes, the two people's first; voices without a role have lanes of their own."""
    present = {lane(turn) for turn in report.turns}
    others = tuple(sorted(present.difference(PEOPLE)))
    return (*PEOPLE, *others) if present.intersection(PEOPLE) or not others else others


def lane_names(report: Report) -> dict[str, str]:
    """Name every lane for people."""
    voices = {lane(turn): say("lane_voice", voice=turn.voice) for turn in report.turns}
    return {
        name: wording.role(name) if name in PEOPLE else voices.get(name, name)
        for name in lanes(report)
    }


def _speech(turns: Sequence[Utterance]) -> tuple[Span, ...]:
    return union(ipu for turn in turns for ipu in turn.ipus or (turn.span,))


def alone(report: Report, name: str) -> tuple[Span, ...]:
    """Give the stretches in which one lane speaks and nobody else does."""
    ours = _speech([t for t in report.turns if lane(t) == name])
    others = _speech([t for t in report.turns if lane(t) != name])
    margin_s = report.conversation.units.overlap_margin_s
    return subtract(ours, [span.widened(margin_s) for span in others])


def frame_curves(report: Report, frames: "Frames", *, bins: int = BINS) -> tuple[Curve, ...]:
    """Thin pitch and level to what a screen can show, apart for the first two lanes.

    Parameters
    ----------
    report : Report
        Says who speaks alone, when.
    frames : Frames
        Of the same recording; with a channel per person the greater of the channels is read.
    bins : int
        At most this many means; each is over at least 0.25 s.
    """
    seconds = max(report.recording.duration_s, frames.hop_s)
    bin_s = max(_LEAST_BIN_S, seconds / bins)
    roles = lanes(report)[:2]
    masks = {role: _mask(alone(report, role), frames) for role in roles}
    return tuple(
        Curve(
            name,
            say("over_time"),
            "",
            unit,
            bin_s,
            bin_s / 2,
            tuple(
                Line(role, _means(_one(column), masks[role], frames.hop_s, bin_s)) for role in roles
            ),
        )
        for name, unit, column in (
            (say("pitch"), "Hz", frames.f0_hz),
            (say("level"), "dB", frames.level_db),
        )
    )


def course_curves(report: Report) -> tuple[Curve, ...]:
    """Give every cue over its windows, a value at the middle of each."""
    measured = units(report)
    return tuple(_course(report, cue, rows, unit_of(cue, measured)) for cue, rows in series(report))


def _course(report: Report, cue: str, rows: tuple[int, ...], unit: str) -> Curve:
    share, course = wording.is_share(cue, unit), report.course
    lines = tuple(
        Line(course.series[row].role, _scaled(course.series[row].value, 100 if share else 1))
        for row in rows
    )
    name = wording.cue(cue)
    return Curve(
        say("over_windows", name=name) if name in (say("pitch"), say("level")) else name,
        wording.family(cue),
        wording.up(cue),
        "%" if share else wording.unit(unit),
        course.hop_s,
        course.window_s / 2,
        lines,
    )


def _scaled(values: Sequence[float | None], by: int) -> tuple[float | None, ...]:
    return tuple(None if v is None else sent(by * v) for v in values)


def _one(column: NDArray[np.float32]) -> Floats:
    if column.ndim == 1:
        return column.astype(float)
    return np.asarray(np.fmax.reduce(column.astype(float), axis=0), dtype=float)


def _mask(spans: Sequence[Span], frames: "Frames") -> NDArray[np.bool_]:
    mask = np.zeros(frames.time_s.shape[-1], dtype=bool)
    for span in spans:
        mask[round(span.start / frames.hop_s) : round(span.end / frames.hop_s)] = True
    return mask


def _means(
    column: Floats, mask: NDArray[np.bool_], hop_s: float, bin_s: float
) -> tuple[float | None, ...]:
    rows = np.flatnonzero(mask & np.isfinite(column))
    count = int(np.ceil(column.size * hop_s / bin_s)) if column.size else 0
    where = np.minimum((rows * hop_s / bin_s).astype(int), max(count - 1, 0))
    n = np.bincount(where, minlength=count)
    sums = np.bincount(where, weights=column[rows], minlength=count)
    return tuple(
        round(float(total) / int(k), 1) if k else None for total, k in zip(sums, n, strict=True)
    )


def series(report: Report) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Give the cues with a time course and, for each, the rows of its series in the report."""
    rows: dict[str, list[int]] = {}
    for index, line in enumerate(report.course.series):
        if any(value is not None for value in line.value):
            rows.setdefault(line.cue, []).append(index)
    return tuple((cue, tuple(found)) for cue, found in rows.items())
