"""Figures of a session as files of their own, for papers and slides.

Conventions
-----------
They are those of the report page (`prosody.render.svg`). A row of `FIGURES` is a figure: a function
of the report and of what gives its frames, asked only where they are needed. It gives None where
there is nothing to draw.
"""

from collections.abc import Callable

from prosody.features.frames import Frames
from prosody.render import svg
from prosody.render.drawing import Drawing
from prosody.report.model import Report

__all__ = ["FIGURES"]

FIGURES: dict[str, Callable[[Report, Callable[[], Frames]], Drawing | None]] = {
    "contours": lambda report, frames: svg.contours(report, frames()),
    "timeline": lambda report, frames: svg.timeline(report),
    "offsets": lambda report, frames: svg.offsets(report),
}
