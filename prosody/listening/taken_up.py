"""Whether the therapist's next turn takes up what a client told of themselves, in words.

Conventions
-----------
A client's account is what they say in words they said, felt, thought or wanted, quoted as it was
said; nothing is read from the voice. It is taken up where the therapist's next turn has one of its
content words in any form. A good rewording has none of them: not taken up in words is no verdict.
"""

from diarize.messages import message
from diarize.turns import TurnKind
from prosody.analysis import Analysis
from prosody.events import Event
from prosody.listening import behaviours
from prosody.listening.words import rules_of, said_by_turn
from prosody.rules.language import content, tokens

__all__ = ["with_uptake"]


def with_uptake(analysis: Analysis, event: Event) -> Event:
    """Give a client's own account with the words of it that the therapist's next turn takes up.

    As it is where it is no such account, where nothing of it is kept, or where no therapist's turn
    with words follows before the client goes on.
    """
    row = behaviours.get(event.kind)
    if row is None or not row.account:
        return event
    rules, words = rules_of(analysis), event.evidence.fields.get("words")
    answer = _answer(analysis, event)
    if rules is None or answer is None or not isinstance(words, str):
        return event
    own = dict.fromkeys(t.text for t in tokens(words, rules))
    back = {*content((t.text for t in said_by_turn(analysis)[answer].tokens), rules)}
    taken = tuple(word for word in own if not back.isdisjoint(content((word,), rules)))
    fields = dict(event.evidence.fields)
    if not taken:
        return event.suggesting(evidence=message("evidence.not_taken_up", **fields))
    return event.suggesting(evidence=message("evidence.taken_up", **fields, taken=taken))


def _answer(analysis: Analysis, event: Event) -> int | None:
    """Give the index of the therapist's next turn, before the client's own next one."""
    if event.utterance is None:
        return None
    later = analysis.conversation.utterances[event.utterance + 1 :]
    turn = next((u for u in later if u.kind == TurnKind.PRIMARY and u.words), None)
    return turn.index if turn is not None and turn.role == "therapist" else None
