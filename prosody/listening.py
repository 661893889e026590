"""Listening behaviour: what the therapist did, from words, timing and voice."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from diarize.timeline import Span

__all__ = ["BEHAVIOURS", "Event", "Outcome"]

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
    cue values at that moment.
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
