"""Whether the words of a session can be read for behaviours, and what was said turn by turn.

Conventions
-----------
Where words cannot be read, why is said by a code, and there are no rules to read them with.
"""

from collections.abc import Mapping
from typing import Any

from diarize.messages import Message, message
from prosody.analysis import Analysis, shared
from prosody.cues.words import rules_or_why, words_of
from prosody.listening import behaviours
from prosody.listening.behaviours import Behaviour
from prosody.listening.coder import made_of, sides_of, speaks_it
from prosody.listening.kept import read_before
from prosody.listening.sentences import Said
from prosody.rules.kinds import weights_of
from prosody.rules.language import Rules

__all__ = ["kind_withheld", "rules_of", "rules_told", "said_by_turn", "words_withheld"]


@shared
def words_withheld(analysis: Analysis) -> Message | None:
    """Say why no behaviour can be read from this conversation's words; None where it can.

    Examples of reasons: no transcript, a language without rules, words of another language.
    """
    conversation = analysis.conversation
    if not conversation.has_words or not any(u.words for u in conversation.utterances):
        return message("behaviour.no_transcript")
    if not conversation.texts:
        return _not_read(analysis)
    rules = rules_or_why(analysis)
    if isinstance(rules, Message):
        return rules
    if (odd := behaviours.unknown_section(rules)) is not None:
        return odd
    if "therapist" not in {u.role for u in conversation.utterances}:
        return message("behaviour.no_therapist")
    if speaks_it(said_by_turn(analysis), rules, analysis.settings.reading) is False:
        return message("behaviour.words_unlike", language=rules.language)
    return None


def _not_read(analysis: Analysis) -> Message | None:
    """Say why nothing is known from words that were left out; None where something is."""
    if analysis.read is None:
        return message("behaviour.no_transcript")
    if "therapist" not in {u.role for u in analysis.conversation.utterances}:
        return message("behaviour.no_therapist")
    known = any(turn.role == "therapist" for turn in read_before(analysis).values())
    return analysis.read.withheld if known else message("behaviour.words_not_kept")


def kind_withheld(analysis: Analysis, row: Behaviour) -> Message | None:
    """Say why a behaviour cannot be read from this conversation's words; None where it can.

    Of words that were not kept, nothing is known but of the kinds that were looked for in them.
    """
    if (why := words_withheld(analysis) or _beyond_the_rules(analysis, row)) is not None:
        return why
    if (read := analysis.read) is None:
        return None
    there = {event.kind for turn in read.turns for event in turn.events}
    always = not (row.experimental or row.interviewing)
    known = (always or row.kind in there) if read.kinds is None else row.kind in read.kinds
    return None if known else message("behaviour.kind_not_read")


def _beyond_the_rules(analysis: Analysis, row: Behaviour) -> Message | None:
    """Say why the language's rules are no ground for a behaviour; None where they are one.

    What has to show its worth first does so in every language: rules that nobody measured suggest
    it only where it is asked for.
    """
    rules = rules_of(analysis)
    if rules is None or row.reads is None:
        return None
    if row.interviewing and row.outputs and analysis.conversation.texts:
        asked_of = sides_of(analysis.conversation, analysis.settings.trained)
        if not any(made_of(asked_of, analysis.outputs)):
            return message("behaviour.no_coder_for_it")
    if weights_of(rules.language) is not None:
        return None
    if not any(name in rules.phrases for name in row.sections):
        return message("behaviour.no_rules_for_it", language=rules.language)
    asked = analysis.settings.reading.experimental
    if row.on_trial and not rules.measured and not asked:
        return message("behaviour.unmeasured_kind", language=rules.language)
    return None


def rules_of(analysis: Analysis) -> Rules | None:
    """Give the rules this conversation's words can be read with; None where they cannot."""
    if words_withheld(analysis) is not None:
        return None
    rules = rules_or_why(analysis)
    return None if isinstance(rules, Message) else rules


def rules_told(analysis: Analysis) -> Mapping[str, Any] | None:
    """Give what the words were read by, for the report; None where they were not."""
    if analysis.read is not None:
        return analysis.read.rules
    rules = rules_of(analysis)
    return None if rules is None else rules.told


@shared
def said_by_turn(analysis: Analysis) -> tuple[Said, ...]:
    """Give what was said, one for each utterance by its index."""
    spoken = zip(analysis.conversation.utterances, words_of(analysis), strict=True)
    return tuple(Said(u.role, u.text, tokens) for u, tokens in spoken)
