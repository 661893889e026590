"""What stands in a cell of a table, and how a measure is said in one."""

from collections.abc import Mapping
from dataclasses import dataclass

from diarize.messages import message
from prosody import catalogue
from prosody.cues.measure import Measure
from prosody.render import wording

__all__ = ["Cell", "brief", "heads", "meanings", "value"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with more than plain text.

    Parameters
    ----------
    text, strong, small : str
        What it says, plainly, in bold before that, and small after it.
    unsaid : str
        Why there is nothing to say.
    below, below_unsaid : str, bool
        A line under it, and whether that tells of a lack.
    title : str
        What is shown when a pointer rests on it.
    """

    text: str = ""
    strong: str = ""
    small: str = ""
    unsaid: str = ""
    below: str = ""
    below_unsaid: bool = False
    title: str = ""


def heads(*names: str) -> tuple[str, ...]:
    """Give heads of a table from the catalogue of the page."""
    return tuple(str(message(f"page.{name}")) for name in names)


def meanings() -> Mapping[str, str]:
    """Give each cue's meaning, as its row states it."""
    return {cue.name: cue.words("meaning") for cue in catalogue.table()}


def value(measure: Measure | None, *, short: bool = False) -> Cell | str:
    """Say a measure with n and interval, or why it is not available.

    Parameters
    ----------
    measure : Measure or None
        None is a dash.
    short : bool
        A low-confidence estimate is marked ``~`` instead of explained.
    """
    if measure is None:
        return wording.NOTHING
    if measure.value is None:
        return Cell(unsaid=str(message("page.not_available", reason=str(measure.reason or ""))))
    said = wording.said(measure.cue, measure.value, measure.unit)
    if short or measure.reliable:
        mark = "" if measure.reliable else "~"
        return Cell(strong=mark + said, small=_support(measure))
    why = str(measure.reason or "")
    low = message("page.low_confidence", reason=why) if why else "page.low_confidence_alone"
    below = str(low) if why else str(message("page.low_confidence_alone"))
    return Cell(strong=said, small=_support(measure), below=below, below_unsaid=True)


def brief(measure: Measure) -> str:
    """Say a measure in a few characters, ``~`` before a low-confidence estimate."""
    if measure.value is None:
        return wording.NOTHING
    mark = "" if measure.reliable else "~"
    return f"{mark}{wording.said(measure.cue, measure.value, measure.unit)} (n {measure.n})"


def _support(measure: Measure) -> str:
    parts = [str(message("page.number_of", n=measure.n))] if measure.n else []
    if measure.low is not None and measure.high is not None:
        low, high = wording.ends(measure.cue, measure.low, measure.high, measure.unit)
        parts.append(str(message("page.interval", low=low, high=high)))
    return ", ".join(parts)
