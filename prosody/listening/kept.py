"""What was read in the words of a session whose texts are not kept.

Conventions
-----------
Where the consent does not cover keeping words, what single words are counted for goes with each
word, and what whole turns were read for is kept here. It stands for a turn as long as nobody
corrects it: the same stretch, role and number of words. Of a turn that was corrected nothing is
known from its words any more.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from diarize.conversation import Conversation, Utterance
from diarize.messages import Message, message
from diarize.turns import TurnKind
from prosody.analysis import Analysis, shared
from prosody.events import Event, Read, ReadTurn

__all__ = ["corrected_turns", "kept_of", "read_before", "worded"]


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
        said = replace(event, outcome=None).suggesting(evidence=message("evidence.not_kept"))
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
    return tuple(u for u in conversation.utterances if u.words and u.kind != TurnKind.BACKCHANNEL)
