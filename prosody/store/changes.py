"""What follows from a correction of each kind: one function a kind, from what was heard to that.

Conventions
-----------
A change takes what was heard, as corrections before it left it, and the correction; it gives what
follows. Where who said what is all that changes, an edit takes and gives that alone: several in a
row are woven into turns once. One that does not fit is refused. No sound and no model is needed,
and nothing here touches the disk.
"""

from dataclasses import replace

from diarize.conversation import Conversation, Utterance
from diarize.edits import naming, whole
from diarize.edits import operations as edits
from diarize.edits.streams import Unwoven, streams_of
from diarize.errors import Refused
from diarize.models.engine import Engine
from diarize.settings import Editing
from diarize.timeline import Span, Turn
from prosody.events import Judgement
from prosody.findings import Heard
from prosody.listening import behaviours
from prosody.store.corrections import Correction, left_out, words_of

__all__ = [
    "judged",
    "motivational",
    "rename",
    "role",
    "text",
    "turn_text",
    "turn_voice",
    "turns",
    "warmth",
    "words_voice",
]


def _with_talk(heard: Heard, conversation: Conversation, **engines: Engine) -> Heard:
    facts = replace(heard.facts, engines={**heard.facts.engines, **engines})
    return replace(heard, conversation=conversation, facts=facts)


def role(talk: Unwoven, row: Correction, editing: Editing) -> Unwoven:
    """Cast a voice."""
    return whole.tell_roles(talk, {str(row.detail["voice"]): str(row.detail["role"])}, by=row.by)


def turn_voice(talk: Unwoven, row: Correction, editing: Editing) -> Unwoven:
    """Give a stretch of speech to a voice."""
    was, voice = row.detail.get("was"), str(row.detail["voice"])
    return edits.give_stretch(talk, row.span, was=was, voice=voice, editing=editing)


def words_voice(talk: Unwoven, row: Correction, editing: Editing) -> Unwoven:
    """Give words, and the speech they are said in, to a voice."""
    was, voice = str(row.detail["was"]), str(row.detail["voice"])
    return edits.give_words(talk, row.span, was=was, voice=voice)


def turn_text(talk: Unwoven, row: Correction, editing: Editing) -> Unwoven:
    """Put another text to a stretch of a voice."""
    voice, said = str(row.detail["voice"]), str(row.detail["text"])
    return edits.retext(talk, row.span, voice=voice, text=said, editing=editing)


_TRANSCRIPT = Engine("supplied transcript", "1")


def text(heard: Heard, row: Correction) -> Heard:
    """Put other words to the whole session."""
    words = words_of(row)
    if words is None:
        raise Refused("corrections.words_missing")
    talk = whole.take_words(heard.conversation, words)
    return _with_talk(heard, talk, transcriber=_TRANSCRIPT)


def turns(heard: Heard, row: Correction) -> Heard:
    """Let the turns of an edited file stand."""
    spoken = tuple(Turn(Span(a, b), voice) for a, b, voice in row.detail["turns"])
    words, new = words_of(row), row.detail.get("new", ())
    talk = whole.take_turns(
        heard.conversation, spoken, new=new, words=words, editing=heard.settings.hearing.editing
    )
    engines = {}
    if streams_of(talk).turns != streams_of(heard.conversation).turns:
        engines["separator"] = Engine("supplied turns", "1")
    if words is not None and heard.facts.engines["transcriber"].name == "none":
        engines["transcriber"] = _TRANSCRIPT
    return _with_talk(heard, talk, **engines)


def rename(heard: Heard, row: Correction) -> Heard:
    """Call voices by other names."""
    return _with_talk(heard, naming.rename(heard.conversation, row.detail["names"]))


def warmth(heard: Heard, row: Correction) -> Heard:
    """Leave components out of the warmth proxy."""
    left = heard.settings.warmth.without(*left_out(row.detail))
    return replace(heard, settings=replace(heard.settings, warmth=left))


def motivational(heard: Heard, row: Correction) -> Heard:
    """Say whether the session is motivational interviewing."""
    said = row.detail["is"] == "yes"
    listening = replace(heard.settings.listening, motivational_interviewing=said)
    return replace(heard, settings=replace(heard.settings, listening=listening))


def judged(row: Correction, conversation: Conversation) -> Judgement:
    """Give a word on a behaviour, at the turn as it is now."""
    detail = row.detail
    kind, to = str(detail["behaviour"]), detail.get("to")
    span, whose = row.span, str(detail["role"])
    behaviours.named(to or kind)
    if detail.get("of") == "turn":
        turn = _turn_at(conversation, span)
        behaviours.refuse_misfit(to or kind, turn.role)
        span, whose = turn.span, turn.role
    return Judgement(str(detail["action"]), kind, span, row.by, to, whose)


def _turn_at(conversation: Conversation, span: Span) -> Utterance:
    """Find the turn that shares most with a span, and runs out of it least."""

    def alike(u: Utterance) -> float:
        shared = u.span.overlap(span)
        return shared / (u.span.duration + span.duration - shared) if shared else 0.0

    best = max(conversation.utterances, key=alike, default=None)
    if best is None or best.span.overlap(span) * 2 < min(best.span.duration, span.duration):
        raise Refused("corrections.no_turn", at=span.start)
    return best
