"""Cues x behaviours x what the client did next: differences within one session, never causes."""

from dataclasses import dataclass

__all__ = ["Link"]


@dataclass(frozen=True, slots=True)
class Link:
    """How one cue (or outcome) differed during one behaviour, for one role, in this session."""

    behaviour: str
    cue: str
    role: str
    n: int
    median_during: float | None
    median_otherwise: float | None
    difference: float | None
    low: float | None
    high: float | None
    effect: float | None
    reliable: bool
    reason: str | None = None
    chance: float | None = None  # share of within-session shuffles at least as far apart
