"""Figures of a session as files of their own, for papers and slides.

Conventions
-----------
They are those of the report page (`prosody.render.svg`), with its colours written out: programs
that draw SVG know no variables of a page. A row of `FIGURES` is a figure.
"""

import re
from collections.abc import Callable

from prosody.features.frames import Frames
from prosody.render import svg
from prosody.report.model import Report

__all__ = ["FIGURES", "drawn"]

_VARIABLE = re.compile(r"var\(--[\w-]+,\s*([^)]+)\)")
FIGURES: dict[str, Callable[[Report, Callable[[], Frames]], str]] = {
    "contours": lambda report, frames: svg.contours(report, frames()),
    "timeline": lambda report, frames: svg.timeline(report),
    "offsets": lambda report, frames: svg.offsets(report),
}


def drawn(name: str, report: Report, frames: Callable[[], Frames]) -> str:
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
    str
        One ``<svg>`` element; empty where there is nothing to draw.
    """
    found = _VARIABLE.sub(r"\1", FIGURES[name](report, frames))
    return found.replace('width="100%"', 'width="960"', 1)
