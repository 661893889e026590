"""Voices called by other names."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from diarize.conversation import Conversation
from diarize.edits.streams import check_voice, streams_of
from diarize.errors import Refused
from diarize.roles import Casting
from diarize.timeline import Word

__all__ = ["rename", "renamed"]


def rename(conversation: Conversation, names: Mapping[str, str]) -> Conversation:
    """Call voices by other names.

    Parameters
    ----------
    conversation : Conversation
        Who said what, when.
    names : mapping of str to str
        New name of each voice that gets one; two may change names with each other.

    Raises
    ------
    Refused
        If a voice is not there, or two would have one name.
    """
    streams = streams_of(conversation)
    for voice in names:
        check_voice(streams, voice)
    now = {voice: names.get(voice, voice) for voice in streams.known}
    folded = [name.casefold() for name in now.values()]
    for voice, name in names.items():
        if folded.count(name.casefold()) > 1:
            raise Refused("edits.name_taken", voice=voice, name=name)
    return renamed(conversation, now)


def renamed(conversation: Conversation, now: Mapping[str, str]) -> Conversation:
    """Give the conversation with each voice called as `now` has it, unchecked."""

    def cast(castings: Iterable[Casting]) -> tuple[Casting, ...]:
        return tuple(replace(c, voice=now.get(c.voice, c.voice)) for c in castings)

    def said(words: Iterable[Word]) -> tuple[Word, ...]:
        return tuple(
            replace(w, voice=now.get(w.voice, w.voice) if w.voice else None) for w in words
        )

    return replace(
        conversation,
        utterances=tuple(
            replace(u, voice=now.get(u.voice, u.voice), words=said(u.words))
            for u in conversation.utterances
        ),
        casting=cast(conversation.casting),
        gone=cast(conversation.gone),
        unplaced=said(conversation.unplaced),
    )
