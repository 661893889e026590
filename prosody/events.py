"""Listening events: what was found, what came next, and what a person said of it.

Conventions
-----------
The records alone, so that an analysis can hold them: what makes them is in `prosody.listening`.
An event is a suggestion until a person has corrected or confirmed it. `Outcome` is what the
client did next, never what an event brought about; None is what is not available.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from diarize.conversation import Role
from diarize.errors import Refused
from diarize.messages import Message
from diarize.timeline import Span

__all__ = ["Event", "Judgement", "Outcome", "Read", "ReadTurn", "Suggestion"]

_ACTIONS = ("confirm", "remove", "add", "change")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the client did next; None where it is not available."""

    client_talk_s: float | None = None
    client_words: int | None = None
    latency_s: float | None = None
    client_feeling_words: int | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One behaviour as it is suggested, wherever it was found.

    `evidence` says what fired, `confidence` how sure that looks. `sub_kind` is a suggestion within
    a kind: of a reflection, ``simple`` or ``complex``; None where it looks like neither. People
    agree on that far less than on the behaviour itself.
    """

    kind: str
    evidence: Message
    confidence: float
    sub_kind: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A suggestion with its place in a session; every event can be played.

    `utterance` is the index of the utterance it belongs to, None for silences; `values` are the
    cue values at that moment.
    """

    suggestion: Suggestion
    span: Span
    role: str
    utterance: int | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    outcome: Outcome | None = None
    corrected_by: str | None = None

    @property
    def kind(self) -> str:
        """Which behaviour it is."""
        return self.suggestion.kind

    @property
    def evidence(self) -> Message:
        """What fired."""
        return self.suggestion.evidence

    @property
    def confidence(self) -> float:
        """How sure it looks, 0 to 1."""
        return self.suggestion.confidence

    @property
    def sub_kind(self) -> str | None:
        """Which sort of its kind it looks like, where it looks like one."""
        return self.suggestion.sub_kind

    def suggesting(self, **other: Any) -> "Event":
        """Give it in its place with something else suggested: fields of a `Suggestion`."""
        return replace(self, suggestion=replace(self.suggestion, **other))


@dataclass(frozen=True, slots=True)
class Judgement:
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
        if self.action not in _ACTIONS:
            raise Refused("behaviour.no_such_action", action=self.action, known=_ACTIONS)
        if (self.action == "change") != (self.to is not None):
            raise Refused("behaviour.change_names_kind", action=self.action)


@dataclass(frozen=True, slots=True)
class ReadTurn:
    """What one turn was read for.

    Parameters
    ----------
    span, role, words
        Where it was, whose, and how many words it has.
    events : tuple of Event
        Behaviours found in its words; their evidence holds none.
    uptake : tuple of two floats, or None
        Its content words that the client had just used, and all of them.
    """

    span: Span
    role: Role
    words: int
    events: tuple[Event, ...] = ()
    uptake: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """What a session was read for.

    `withheld` says why its words could not be read; `language` is that of its words, as they
    told it themselves; `rules` are those they were read by (`Rules.told`), None in what an older
    version kept; `kinds` are the behaviours that were looked for in them, None where an older
    version did not say.
    """

    withheld: Message | None
    language: str | None
    turns: tuple[ReadTurn, ...]
    rules: Mapping[str, Any] | None = None
    kinds: tuple[str, ...] | None = None
