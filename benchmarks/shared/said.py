"""A conversation as its truth has it, to be written down in the layouts of many tools."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["LETTERS", "NAMES", "NUMBERS", "Said", "as_json", "clock", "ms", "said_in", "tier_of"]

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


def tier_of(turns: Sequence[Said], name: str) -> list[tuple[float, float, str]]:
    """Give a person's turns as a tier of a grid of 100 s holds them: without gaps or overlap."""
    rows, at = [], 0.0
    for t in (t for t in turns if t.name == name):
        rows += [(at, t.start, "")] if t.start > at else []
        rows.append((max(at, t.start), t.end, t.text))
        at = t.end
    return [*rows, (at, 100.0, "")]


def as_json(found: Any) -> str:
    """Write what is found as JSON, as tools do: with letters as they are, a step of one."""
    return json.dumps(found, ensure_ascii=False, indent=1)


def ms(seconds: float) -> int:
    """Give a time in whole milliseconds."""
    return round(1000 * seconds)


def clock(seconds: float, form: str = "h:m:s.mmm") -> str:
    """Write a time in one of the forms that tools use."""
    ms = round(seconds * 1000)
    h, m, s = ms // 3_600_000, ms // 60_000 % 60, ms // 1000 % 60
    parts = {
        "h:m:s.mmm": f"{h:02}:{m:02}:{s:02}.{ms % 1000:03}",
        "h:m:s,mmm": f"{h:02}:{m:02}:{s:02},{ms % 1000:03}",
        "h:m:s": f"{h:02}:{m:02}:{s:02}",
        "m:s": f"{h * 60 + m}:{s:02}",
        "mm:ss": f"{h * 60 + m:02}:{s:02}",
        "m:s.mmm": f"{h * 60 + m:02}:{s:02}.{ms % 1000:03}",
        "h:m:s.cc": f"{h}:{m:02}:{s:02}.{ms % 1000 // 10:02}",
        "m:s.cc": f"{h * 60 + m:02}:{s:02}.{ms % 1000 // 10:02}",
        "h:m:s-t": f"{h:02}:{m:02}:{s:02}-{ms % 1000 // 100}",
        "h:m:s:ff": f"{h:02}:{m:02}:{s:02}:{ms % 1000 // 40:02}",
        "XmYs": f"{h * 60 + m}m {s}s",
    }
    return parts[form]
