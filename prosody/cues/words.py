"""The words of a session, cut once per analysis by the rules of their language.

Conventions
-----------
Words are read with the rule file of the conversation's language; None is taken for English. Where
a language has no rules, why is said by a code, and no utterance has words.
"""

from diarize.errors import Refused
from diarize.messages import Message
from prosody.analysis import Analysis, shared
from prosody.rules.language import Rules, Token, load, tokens

__all__ = ["rules_or_why", "words_of"]


@shared
def rules_or_why(analysis: Analysis) -> Rules | Message:
    """Give the rules of the conversation's language, or why there are none."""
    try:
        return load(analysis.conversation.language or "en")
    except Refused as refusal:
        return refusal.message


@shared
def words_of(analysis: Analysis) -> tuple[tuple[Token, ...], ...]:
    """Give the words of each utterance, by its index."""
    rules = rules_or_why(analysis)
    return tuple(
        () if isinstance(rules, Message) else tokens(u.text, rules)
        for u in analysis.conversation.utterances
    )
