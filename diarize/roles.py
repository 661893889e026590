"""Which voice is the therapist, how surely, and on what evidence.

Conventions
-----------
A *voice* is whom the separator heard, a *role* is who that is: ``therapist``, ``client``,
``other`` or ``unknown``. Certainty is 0 to 1.
"""

from dataclasses import dataclass

__all__ = ["ROLES", "Casting"]

ROLES = ("therapist", "client", "other", "unknown")


@dataclass(frozen=True, slots=True)
class Casting:
    """Which voice has which role, how surely and why.

    `certainty` is 0 to 1; `channel` is the voice's own channel where the recording has one per
    person (0-based), else None; `corrected_by` names who overrode the automatic answer.
    """

    voice: str
    role: str
    certainty: float
    evidence: str
    channel: int | None = None
    corrected_by: str | None = None
