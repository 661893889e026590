"""Detectors that need no words: signs of listening, held silences, overlaps, minimal answers.

Conventions
-----------
Every detector takes an analysis and what its row calls the behaviour, and yields events of it. A
silence belongs to the therapist who held it, an overlap to the one who came in. An overlap is a
moment to listen to, never a count of rude acts: whether it was heard as an interruption depends on
the listener too.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from diarize.conversation import Conversation, Utterance
from diarize.messages import message
from diarize.turns import TurnKind
from prosody.analysis import Analysis
from prosody.cues.dyad import to_review
from prosody.events import Event, Suggestion

__all__ = ["Hears", "backchannels", "held_silences", "minimal_answers", "overlaps"]

Hears = Callable[[Analysis, str], Iterable[Event]]


def backchannels(analysis: Analysis, kind: str) -> Iterator[Event]:
    """Signs of listening by the therapist while the client held the floor."""
    sure = analysis.settings.listening.backchannel_confidence
    for u in analysis.conversation.of("therapist", kind=TurnKind.BACKCHANNEL):
        evidence = message("evidence.backchannel", seconds=u.span.duration)
        if u.text:
            evidence = message("evidence.words", words=u.text)
        yield Event(Suggestion(kind, evidence, sure), u.span, "therapist", u.index)


def held_silences(analysis: Analysis, kind: str) -> Iterator[Event]:
    """Silences after the client that the therapist left to the client to end (3 s in the PICS)."""
    sure = analysis.settings.listening.held_silence_confidence
    for s in analysis.conversation.silences:
        if s.kind == "silence" and s.previous == "client" and s.ended_by == "client":
            evidence = message("evidence.held_silence", seconds=s.span.duration)
            yield Event(Suggestion(kind, evidence, sure), s.span, "therapist")


def overlaps(analysis: Analysis, kind: str) -> Iterator[Event]:
    """Overlaps to review, by the one rule of `prosody.cues.dyad`; to listen to, not to count."""
    conversation, settings = analysis.conversation, analysis.settings
    for o in to_review(analysis):
        said = Suggestion(kind, o.evidence, settings.listening.overlap_confidence)
        yield Event(said, conversation.utterances[o.incoming].span, o.by, o.incoming)


def minimal_answers(analysis: Analysis, kind: str) -> Iterator[Event]:
    """A client answer much shorter and later than this client's own usual, after longer ones."""
    conversation, limits = analysis.conversation, analysis.settings.listening
    client = conversation.of("client", kind=TurnKind.PRIMARY)
    if len(client) < limits.least_client_turns:
        return
    lengths = sorted(u.phonation for u in client)
    usual = lengths[len(lengths) // 2]
    waits = {u.index: _wait(conversation, u) for u in client}
    known = sorted(w for w in waits.values() if w is not None)
    if not known or usual <= limits.minimal_usual_s:
        return
    late = max(known[int(limits.minimal_wait_share * (len(known) - 1))], limits.minimal_wait_s)
    for before, u in pairwise(client):
        wait = waits[u.index]
        few = len(u.words) <= limits.minimal_answer_words
        short = u.phonation <= limits.minimal_answer_s and few
        if short and before.phonation >= usual and wait is not None and wait > late:
            evidence = message(
                "evidence.minimal_answer", seconds=u.phonation, wait=wait, usual=usual
            )
            said = Suggestion(kind, evidence, limits.minimal_answer_confidence)
            yield Event(said, u.span, "client", u.index)


def _wait(conversation: Conversation, u: Utterance) -> float | None:
    """Seconds from the end of the therapist's turn to this one; None if it does not follow."""
    before = next(
        (v for v in reversed(conversation.utterances[: u.index]) if v.kind == TurnKind.PRIMARY),
        None,
    )
    if not before or before.role != "therapist":
        return None
    unheard = conversation.unheard(before.span.end, u.span.start)
    return None if unheard else before.span.gap(u.span)
