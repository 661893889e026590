"""What a field is called in a file, where that is not its own name.

Conventions
-----------
A span is two numbers, ``start_s`` and ``end_s`` where it is a record's own. A message ``x`` is
``x`` (its sentence), ``x_code`` and ``x_fields``.
"""

import typing
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from diarize.conversation import Conversation, Silence, Utterance
from diarize.messages import Message
from diarize.recording.quality import Check
from diarize.timeline import Word
from prosody.cues.dyad import Overlap
from prosody.cues.turn_taking import Part
from prosody.events import Event
from prosody.listening.moments import Moment
from prosody.listening.totals import MitiFigure
from prosody.report.intake import Intake

__all__ = [
    "ALLOWED",
    "ALWAYS",
    "FLAT",
    "NAMES",
    "NOT_SHOWN",
    "SPANS",
    "Plain",
    "is_enum",
    "messages_of",
]

Plain = dict[str, Any]
_OWN = ("start_s", "end_s")
SPANS: Mapping[type, Mapping[str, tuple[str, str]]] = {
    Utterance: {"span": _OWN},
    Word: {"span": _OWN},
    Silence: {"span": _OWN},
    Overlap: {"span": _OWN},
    Event: {"span": _OWN},
    Part: {"span": _OWN},
    Moment: {"span": _OWN, "context": ("play_from_s", "play_to_s")},
}
NAMES: Mapping[type, Mapping[str, str]] = {
    Conversation: {
        "utterances": "turns",
        "casting": "voices",
        "duration": "duration_s",
    },
    Utterance: {"ipus": "speech"},
    Event: {"utterance": "turn"},
    Overlap: {"incoming": "turn", "ongoing": "over_turn"},
}
# A record within a record that is written as fields of the outer one.
FLAT: Mapping[type, str] = {MitiFigure: "measure", Event: "suggestion"}
# Of a conversation, what a report says elsewhere or does not show.
NOT_SHOWN = ("duration_s", "units", "has_words", "unplaced", "gone", "texts", "missing", "hums")
# Optional in the records, yet always written: a reader need not ask whether they are there.
ALWAYS = frozenset(("value", "low", "high", "reason", "part", "whole", "weights_sha256"))
ALLOWED: Mapping[tuple[type, str], tuple[str, ...]] = {
    (Check, "verdict"): ("ok", "warn", "withhold"),
    (Intake, "what"): ("read", "lost", "mended", "ignored", "withheld"),
    (Overlap, "kind"): ("backchannel", "terminal", "to_review", "other"),
}


def is_enum(kind: Any) -> bool:
    """Whether a type is an enumeration of texts."""
    return isinstance(kind, type) and issubclass(kind, StrEnum)


def messages_of(kind: Any) -> tuple[str, ...]:
    """Give the names of a record's fields that are messages."""
    hints = typing.get_type_hints(kind)
    return tuple(name for name, hint in hints.items() if Message in (hint, *typing.get_args(hint)))
