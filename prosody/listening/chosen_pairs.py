"""The pairs of behaviour and cue that are asked about beforehand, and why these.

Conventions
-----------
At most twelve, from studies that say something of either side; fixed before a session is looked
at, the same for every session, and no setting: whoever chose them after looking would choose what
stands out. Among them alone a difference can stand out from chance. Every other pair is
exploratory. Studies disagree on nearly all of them, so no direction is expected.
"""

from dataclasses import dataclass

from diarize.messages import Message, message

__all__ = ["PRIMARY", "Asked", "asked"]


@dataclass(frozen=True, slots=True)
class Asked:
    """One pair asked about beforehand; `why` names the evidence for and against."""

    behaviour: str
    cue: str
    why: Message


_LATENCY, _MANNER = message("link.asked_latency"), message("link.asked_manner")
_LEVEL, _REFLECTION = message("link.asked_level"), message("link.asked_reflection")
_SILENCE = message("link.asked_silence")

PRIMARY: tuple[Asked, ...] = (
    Asked("reflection", "turns.response_latency", _LATENCY),
    Asked("question_open", "turns.response_latency", _LATENCY),
    Asked("reflection", "pace.articulation_rate", _MANNER),
    Asked("reflection", "voice.pitch_median", _MANNER),
    Asked("reflection", "voice.pitch_range", _MANNER),
    Asked("reflection", "voice.level", _LEVEL),
    Asked("reflection", "next.client_talk", _REFLECTION),
    Asked("reflection", "next.feeling_words", _REFLECTION),
    Asked("held_silence", "next.client_talk", _SILENCE),
    Asked("held_silence", "next.feeling_words", _SILENCE),
)
_BY_PAIR = {(row.behaviour, row.cue): row for row in PRIMARY}


def asked(behaviour: str, cue: str) -> Asked | None:
    """Give the row of a pair that is asked about beforehand; None for an exploratory one."""
    return _BY_PAIR.get((behaviour, cue))
