"""What studies say of a cue or a behaviour, and what contradicts them: one table, `evidence.toml`.

Conventions
-----------
A study is a row with author, year, venue, whom it studied and what it found; it frames a number
and weighs nothing. `never` there are claims that no page makes.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from diarize.messages import own_words

__all__ = ["Study", "Topic", "about", "topics"]

_DATA = tomllib.loads(Path(__file__).with_name("evidence.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Study:
    """One study: `who` in what `year` and `venue`, of whom (`n`), with what `effect`.

    `against` says that it contradicts or limits the others of its topic; `read` how much of it was
    read: ``abstract``, ``excerpt``, or ``review`` where a review was.
    """

    who: str
    year: int
    venue: str
    n: str
    effect: str
    read: str
    against: bool = False

    @property
    def cited(self) -> str:
        """Author, year and venue."""
        return f"{self.who} {self.year}, {self.venue}"


@dataclass(frozen=True, slots=True)
class Topic:
    """What can be said of some cues (by the beginning of their names) and behaviours."""

    name: str
    says: str
    studies: tuple[Study, ...]
    cues: tuple[str, ...] = ()
    behaviours: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What can be said, as the language says it."""
        return own_words(f"studies.{self.name}", self.says)

    def told(self, study: Study) -> tuple[str, str]:
        """Say of whom a study of its own is and what it found, as the language says it."""
        code = f"studies.{self.name}_{study.who.split()[0].strip(',').lower()}_{study.year}"
        return own_words(f"{code}.of", study.n), own_words(f"{code}.found", study.effect)

    def concerns(self, name: str) -> bool:
        """Whether a cue or a behaviour of this name is one of its own."""
        return name in self.behaviours or any(name.startswith(own) for own in self.cues)


_TOPICS = tuple(
    Topic(
        row["name"],
        row["says"],
        tuple(Study(**study) for study in row["studies"]),
        tuple(row.get("cues", ())),
        tuple(row.get("behaviours", ())),
    )
    for row in _DATA["topic"]
)


def topics() -> tuple[Topic, ...]:
    """Give every topic, in the order of the table."""
    return _TOPICS


def about(names: Iterable[str]) -> tuple[Topic, ...]:
    """Give the topics that concern any of these cues and behaviours."""
    shown = tuple(names)
    return tuple(topic for topic in _TOPICS if any(map(topic.concerns, shown)))
