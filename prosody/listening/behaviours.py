"""Listening events: what a behaviour is, what came next, and what a person said of it.

Conventions
-----------
An event is a suggestion until a person has corrected or confirmed it. `Outcome` is what the
client did next, never what an event brought about; None is what cannot be said.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from diarize.errors import Refused
from diarize.timeline import Span

__all__ = ["BEHAVIOURS", "CLIENTS_OWN", "EITHERS", "Correction", "Event", "Outcome"]

BEHAVIOURS = (
    "question_open",
    "question_closed",
    "reflection",
    "summary",
    "validation",
    "affirmation",
    "normalising",
    "check_in",
    "shared_goals",
    "autonomy_support",
    "self_disclosure",
    "information",
    "advice",
    "confrontation",
    "backchannel",
    "held_silence",
    "overlap_to_review",
    "withdrawal_marker",
    "confrontation_marker",
    "repair",
)
CLIENTS_OWN = ("withdrawal_marker", "confrontation_marker")
EITHERS = ("overlap_to_review",)  # all others are the therapist's


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the client did next; None where it cannot be said."""

    client_talk_s: float | None = None
    client_words: int | None = None
    latency_s: float | None = None
    client_feeling_words: int | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One behaviour, suggested; every event can be played.

    `utterance` is the index of the utterance it belongs to, None for silences; `values` are the
    cue values at that moment. `sub_kind` is a suggestion within a kind: of a reflection,
    ``simple`` or ``complex``.
    """

    kind: str
    span: Span
    role: str
    evidence: str
    confidence: float
    utterance: int | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    outcome: Outcome | None = None
    corrected_by: str | None = None
    sub_kind: str | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """A person's word on one event, kept beside the session and applied after every run.

    `action` is ``confirm``, ``remove``, ``add`` or ``change`` (then `to` names the kind);
    `span` says where, `by` who.
    """

    action: str
    kind: str
    span: Span
    by: str
    to: str | None = None
    role: str = "therapist"

    def __post_init__(self) -> None:
        kinds = {self.kind, self.to or self.kind}
        if self.action not in ("confirm", "remove", "add", "change") or kinds - set(BEHAVIOURS):
            raise Refused(
                f"correction: {self.action!r} of {self.kind!r} to {self.to!r} is not known; "
                f"use confirm, remove, add or change with one of: {', '.join(BEHAVIOURS)}"
            )
        if (self.action == "change") != (self.to is not None):
            raise Refused("correction: change, and only change, names the kind it changes to")
