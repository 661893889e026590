"""What came in, as the report shows it: read, lost, repaired, ignored and withheld, with places."""

from collections.abc import Mapping
from typing import Any

from diarize.messages import message
from diarize.timeline import Span
from prosody.render import wording
from prosody.render.cells import heads
from prosody.report.model import Report

__all__ = ["came_in"]


def came_in(report: Report) -> Mapping[str, Any]:
    """Give the heads and the rows of the table."""
    return {
        "heads": heads("became", "what_came_in", "where"),
        "rows": [
            (str(message(f"page.became_{row.what}")), str(row), _place(row.span))
            for row in report.intake
        ],
    }


def _place(span: Span | None) -> str:
    if span is None:
        return wording.NOTHING
    start, end = wording.clock(span.start), wording.clock(span.end)
    return str(message("page.range", start=start, end=end))
