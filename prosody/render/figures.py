"""Figures of a session as files of their own, for papers and slides.

Conventions
-----------
They are those of the report page (`prosody.render.svg`). A row of `FIGURES` is a figure.
"""

from collections.abc import Callable

from prosody.features.frames import Frames
from prosody.render import svg
from prosody.render.drawing import Drawing
from prosody.report.model import Report

__all__ = ["FIGURES", "drawn"]

FIGURES: dict[str, Callable[[Report, Callable[[], Frames]], Drawing | None]] = {
    "contours": lambda report, frames: svg.contours(report, frames()),
    "timeline": lambda report, frames: svg.timeline(report),
    "offsets": lambda report, frames: svg.offsets(report),
}


def drawn(name: str, report: Report, frames: Callable[[], Frames]) -> Drawing | None:
    """Draw a figure that stands by itself.

    Parameters
    ----------
    name : str
        One of `FIGURES`.
    report : Report
        The session.
    frames : callable
        Gives its frames; asked only where the figure needs them.

    Returns
    -------
    Drawing or None
        Its ``alone`` stands by itself; None where there is nothing to draw.
    """
    return FIGURES[name](report, frames)
