"""The same figures as matplotlib's own objects, for notebooks and papers that style their own.

Conventions
-----------
matplotlib is needed here alone and comes with the extra ``figures``. The therapist is blue, the
client orange and hatched or dashed; a gap is where nothing was measured. Words of a session never
appear in a figure.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from diarize.errors import Refused
from diarize.messages import message
from diarize.turns import TurnKind
from prosody.analysis import Analysis
from prosody.cues.dyad import transitions
from prosody.cues.solo import alone, own_sound
from prosody.features.frames import Frames
from prosody.render import wording
from prosody.render.drawing import SHADES
from prosody.report.model import Report

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["PLOTS", "plotted"]

_COLOUR = {role: SHADES[role] for role in ("therapist", "client")}
_HATCH = {"therapist": "", "client": "////"}
_DASH = {"therapist": "-", "client": "--"}
_SMOOTH_FRAMES = 51  # half a second: a curve for the eye
_BIN_S = 0.25


def _timeline(figure: "Figure", report: Report, frames: Callable[[], Frames]) -> None:
    axes = figure.subplots()
    roles = [role for role in _COLOUR if any(turn.role == role for turn in report.turns)]
    for lane, role in enumerate(reversed(roles)):
        for small in (False, True):
            spans = [
                (ipu.start, ipu.duration)
                for turn in report.turns
                if turn.role == role and (turn.kind != TurnKind.PRIMARY) is small
                for ipu in turn.ipus
            ]
            high = 0.35 if small else 0.7
            axes.broken_barh(
                spans, (lane - high / 2, high), facecolors=_COLOUR[role], hatch=_HATCH[role]
            )
    for silence in report.silences:
        if silence.kind == "silence":
            axes.axvspan(silence.span.start, silence.span.end, color="#e8e2d0", zorder=0)
    axes.set_yticks(range(len(roles)), [wording.role(role) for role in reversed(roles)])
    axes.set_xlim(0, report.recording.duration_s)
    axes.set_xlabel("s")


def _contours(figure: "Figure", report: Report, frames: Callable[[], Frames]) -> None:
    analysis = Analysis(report.conversation, frames())
    upper, lower = figure.subplots(2, sharex=True)
    for axes, column, unit in ((upper, "f0_hz", "Hz"), (lower, "level_db", "dBFS")):
        for role in _COLOUR:
            if not report.conversation.speech(role):
                continue
            own = own_sound(analysis, role)
            values = np.asarray(getattr(own, column), np.float64)
            values = np.where(alone(analysis, role) & np.isfinite(own.f0_hz), values, np.nan)
            seconds = np.arange(len(values)) * own.hop_s
            axes.plot(
                seconds, _running(values), _DASH[role], color=_COLOUR[role],
                linewidth=1, label=wording.role(role),
            )  # fmt: skip
        axes.set_ylabel(unit)
    if upper.lines:
        upper.legend()
    lower.set_xlabel("s")


def _running(values: np.ndarray[Any, np.dtype[np.float64]]) -> Any:
    """Give the mean of what was measured within half a second; NaN where that is nothing."""
    known, kernel = np.isfinite(values), np.ones(_SMOOTH_FRAMES)
    count = np.convolve(known, kernel, "same")
    total = np.convolve(np.where(known, values, 0.0), kernel, "same")
    return np.where(known, total / np.maximum(count, 1), np.nan)


def _offsets(figure: "Figure", report: Report, frames: Callable[[], Frames]) -> None:
    changes = transitions(Analysis(report.conversation))
    axes = figure.subplots()
    values = {role: [c.offset_s for c in changes if c.by == role and c.timed] for role in _COLOUR}
    known = [v for found in values.values() for v in found]
    if known:
        edges = np.arange(np.floor(min(known)), np.ceil(max(known)) + _BIN_S, _BIN_S)
        for role, found in values.items():
            axes.hist(
                found, list(edges), color=_COLOUR[role], alpha=0.6, hatch=_HATCH[role],
                label=f"{wording.role(role)}, n = {len(found)}",
            )  # fmt: skip
        axes.legend()
    axes.axvline(0, color="#222", linewidth=0.8)
    axes.set_xlabel("s")


# what it is called: how it is drawn
PLOTS: dict[str, Callable[["Figure", Report, Callable[[], Frames]], None]] = {
    "timeline": _timeline,
    "contours": _contours,
    "offsets": _offsets,
}


def plotted(name: str, report: Report, frames: Callable[[], Frames]) -> "Figure":
    """Draw a figure of a session.

    Parameters
    ----------
    name : str
        One of `PLOTS`.
    report : Report
        The session.
    frames : callable
        Gives its frames; asked only where the figure needs them.

    Raises
    ------
    Refused
        If matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise Refused("export.no_matplotlib") from None
    figure = Figure(figsize=(9.6, 4.0), layout="constrained")
    PLOTS[name](figure, report, frames)
    figure.suptitle(str(message(f"page.{name}")))
    return figure
