"""Every threshold, frozen, with its unit in its name.

Sections belong to the module they are named after. Values marked [design] in the cue reference
are engineering choices without a paper behind the number.
"""

from dataclasses import dataclass, field

from diarize.conversation import Units

__all__ = ["Course", "Settings"]


@dataclass(frozen=True, slots=True)
class Course:
    """Windows of the time course."""

    window_s: float = 90.0
    hop_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of an analysis; `setting` says where the recording was made."""

    setting: str = "room"  # room | remote
    units: Units = field(default_factory=Units)
    course: Course = field(default_factory=Course)
