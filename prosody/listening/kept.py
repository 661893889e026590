"""What was read in the words of a session whose texts are not kept.

Conventions
-----------
Where the consent does not cover keeping words, what single words are counted for goes with each
word, and what whole turns were read for is kept here. It stands for a turn as long as nobody
corrects it: the same stretch, role and number of words. Of a turn that was corrected nothing is
known from its words any more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from diarize.conversation import Conversation, Role, Utterance
from diarize.messages import Message, message
from diarize.timeline import Span
from prosody.analysis import Analysis, shared
from prosody.listening.events import Event

__all__ = ["Read", "ReadTurn", "corrected_turns", "kept_of", "read_before", "worded"]


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


def kept_of(
    analysis: Analysis,
    withheld: Message | None,
    language: str | None,
    found: tuple[Event, ...],
    uptake: Mapping[int, tuple[float, float]],
    rules: Mapping[str, Any] | None,
    kinds: tuple[str, ...],
) -> Read:
    """Gather what is kept of an analysis that has the words.

    Parameters
    ----------
    withheld : Message or None
        Why behaviours could not be read from the words.
    language : str or None
        Of the words.
    found : tuple of Event
        Behaviours found in words.
    uptake : mapping of int to tuple of two floats
        Per utterance, see `ReadTurn`.
    rules : mapping or None
        What the words were read by.
    kinds : tuple of str
        The behaviours that were looked for.
    """
    by_turn: dict[int | None, list[Event]] = {}
    for event in found:
        said = replace(event, evidence=message("evidence.not_kept"), outcome=None)
        by_turn.setdefault(event.utterance, []).append(said)
    turns = tuple(
        ReadTurn(u.span, u.role, len(u.words), tuple(by_turn.get(u.index, ())), uptake.get(u.index))
        for u in worded(analysis.conversation)
    )
    return Read(withheld, language, turns, rules, kinds)


@shared
def read_before(analysis: Analysis) -> Mapping[int, ReadTurn]:
    """Give what the turns that nobody corrected were read for, by their index now."""
    if analysis.read is None:
        return {}
    known = {(turn.span, turn.role, turn.words): turn for turn in analysis.read.turns}
    turns = worded(analysis.conversation)
    pairs = ((u.index, known.get((u.span, u.role, len(u.words)))) for u in turns)
    return {index: turn for index, turn in pairs if turn is not None}


@shared
def corrected_turns(analysis: Analysis) -> tuple[Utterance, ...]:
    """Give the turns with words of which nothing is known from them any more."""
    if analysis.read is None:
        return ()
    known = read_before(analysis)
    return tuple(u for u in worded(analysis.conversation) if u.index not in known)


def worded(conversation: Conversation) -> tuple[Utterance, ...]:
    """Give the utterances whose words are read: those that have some and are no backchannels."""
    return tuple(u for u in conversation.utterances if u.words and u.kind != "backchannel")
