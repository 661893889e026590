"""A conversation as its truth has it, to be written down in the layouts of many tools."""

from dataclasses import dataclass
from typing import Any

__all__ = ["LETTERS", "NAMES", "NUMBERS", "Said", "said_in"]

NAMES = {"therapist": "Anna Weber", "client": "Jonas Lind"}
LETTERS = {"therapist": "A", "client": "B"}
NUMBERS = {"therapist": 0, "client": 1}


@dataclass(frozen=True, slots=True)
class Said:
    """One turn: its times in seconds, who, what, and each word with its times."""

    start: float
    end: float
    voice: str
    text: str
    words: tuple[tuple[float, float, str], ...]

    @property
    def name(self) -> str:
        """The speaker as a person would write them."""
        return NAMES[self.voice]


def said_in(truth: dict[str, Any], until_s: float) -> list[Said]:
    """Give the turns of a sample's truth that end before a time."""
    turns = (t for t in truth["turns"] if t["end_s"] <= until_s)
    return [
        Said(
            t["start_s"],
            t["end_s"],
            t["role"],
            t["text"],
            tuple((w["start_s"], w["end_s"], w["text"]) for w in t["words"]),
        )
        for t in turns
    ]
