"""What a person changes of a whole session: its turns, its words, who is who.

Conventions
-----------
As in `diarize.edits.operations`: a conversation is given and the one that follows comes back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from diarize.edits.streams import Streams, check_voice, edit
from diarize.errors import Refused
from diarize.messages import message
from diarize.roles import ROLES, Casting, Role
from diarize.settings import Editing
from diarize.timeline import Span, Turn, Word, touching
from diarize.transcription.alignment import assign

__all__ = ["take_turns", "take_words", "tell_roles"]


@edit
def take_turns(
    streams: Streams,
    turns: Sequence[Turn],
    *,
    new: Sequence[str] = (),
    words: Sequence[Word] | None = None,
    editing: Editing = Editing(),
) -> Streams:
    """Let others' turns stand; words keep their owner where that voice still speaks.

    Parameters
    ----------
    conversation : Conversation
        As it stands.
    turns : sequence of Turn
        Who speaks when. Voices that were cast stay cast.
    new : sequence of str
        Voices nobody had heard before, whatever they are called: their roles are not known.
    words : sequence of Word, optional
        What is said in them, instead of the words there were.
    editing : Editing
        Thresholds.
    """
    now = Streams(tuple(sorted(turns)), None, ())
    cast = {casting.voice: casting for casting in streams.casting if casting.voice not in new}
    casting = tuple(_cast(cast, voice) for voice in sorted({*cast, *now.voices}))
    if words is not None:
        return Streams(now.turns, tuple(words), casting)
    return Streams(now.turns, _kept_by_owners(streams, now, editing.reach_s), casting)


def _kept_by_owners(streams: Streams, now: Streams, reach_s: float) -> tuple[Word, ...] | None:
    if streams.words is None:
        return None
    here = {voice: streams.speech(voice) for voice in streams.voices}
    there = {voice: now.speech(voice) for voice in now.voices}
    kept = (
        word if _speaks_on(word, here, there, reach_s) else replace(word, voice=None)
        for word in streams.words
    )
    return assign(kept, now.turns)


@edit
def take_words(streams: Streams, words: Sequence[Word]) -> Streams:
    """Let other words stand; one keeps its voice unless only others speak there.

    Parameters
    ----------
    conversation : Conversation
        As it stands.
    words : sequence of Word
        With voices or without.
    """
    speech = {voice: streams.speech(voice) for voice in streams.voices}

    def owned(word: Word) -> Word:
        heard = {voice for voice, spans in speech.items() if touching(spans, word.span)}
        return word if not heard or word.voice in heard else replace(word, voice=None)

    return replace(streams, words=assign((owned(word) for word in words), streams.turns))


def _speaks_on(
    word: Word,
    here: Mapping[str, Sequence[Span]],
    there: Mapping[str, Sequence[Span]],
    reach_s: float,
) -> bool:
    """Whether a word's voice still speaks at least half as long in it, or near it.

    Where that voice was not heard before either, as beside a transcript's slip, nothing was taken
    from the word: it stays without a turn.
    """
    own = word.voice or ""
    had, has = (
        sum(s.overlap(word.span) for s in touching(spans.get(own, ()), word.span))
        for spans in (here, there)
    )
    was, beside = (
        bool(touching(spans.get(own, ()), word.span.widened(reach_s))) for spans in (here, there)
    )
    return has * 2 >= had > 0 or (had == 0 and (beside or not was))


@edit
def tell_roles(streams: Streams, roles: Mapping[str, str], *, by: str) -> Streams:
    """Cast voices as a person says; of two voices the other has the other role.

    Of more than two the others keep their roles, save that a voice which was only guessed to be
    the therapist is ``unknown`` once a person says that another is.

    Raises
    ------
    Refused
        If a voice or a role is not there.
    """
    for voice, role in roles.items():
        check_voice(streams, voice)
        if role not in ROLES:
            raise Refused("casting.no_such_role", role=role, known=ROLES)
    told = dict(roles)
    free = [voice for voice in streams.voices if voice not in told]
    if len(streams.voices) == 2 and len(free) == 1:
        left = [role for role in ROLES[:2] if role not in told.values()]
        told |= {free[0]: left[0]} if len(left) == 1 else {}
    before = {casting.voice: casting for casting in streams.casting}
    casting = tuple(_told(_cast(before, voice), told, by) for voice in streams.known)
    return replace(streams, casting=casting)


def _told(before: Casting, told: Mapping[str, str], by: str) -> Casting:
    role = told.get(before.voice)
    if role is not None:
        return Casting(before.voice, Role(role), 1.0, message("casting.told"), before.channel, by)
    guessed = before.role == "therapist" and before.corrected_by is None
    if guessed and "therapist" in told.values():
        evidence = message("casting.another")
        return Casting(before.voice, Role.UNKNOWN, 0.0, evidence, before.channel)
    return before


def _cast(known: Mapping[str, Casting], voice: str) -> Casting:
    return known.get(voice) or Casting(voice, Role.UNKNOWN, 0.0, message("casting.undecided"))
