"""A conversation taken apart into streams, changed, and woven again where something changed.

Conventions
-----------
*Streams* are the speech and the words before they are woven into turns. A change works on them;
turns follow from them, and where nothing changed, all stays as it was.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from diarize.conversation import Conversation, recast, weave
from diarize.errors import Refused
from diarize.roles import Casting
from diarize.timeline import Span, Turn, Word, union

__all__ = ["Streams", "check_voice", "edit", "streams_of", "woven"]

_P = ParamSpec("_P")


@dataclass(frozen=True, slots=True)
class Streams:
    """Who speaks when, what was said, and who they are; `words` is None without a transcript."""

    turns: tuple[Turn, ...]
    words: tuple[Word, ...] | None
    casting: tuple[Casting, ...]

    @property
    def voices(self) -> tuple[str, ...]:
        """Those who speak, sorted."""
        return tuple(sorted({turn.voice for turn in self.turns}))

    @property
    def known(self) -> tuple[str, ...]:
        """Those who speak and those whose every turn was given away, sorted."""
        return tuple(sorted({*self.voices, *(casting.voice for casting in self.casting)}))

    def speech(self, voice: str) -> tuple[Span, ...]:
        """Stretches in which a voice speaks."""
        return union(turn.span for turn in self.turns if turn.voice == voice)


def streams_of(conversation: Conversation) -> Streams:
    """Take a conversation apart; `woven` puts it together again."""
    turns = sorted(Turn(ipu, u.voice) for u in conversation.utterances for ipu in u.ipus)
    words = [word for u in conversation.utterances for word in u.words]
    said = tuple(sorted([*words, *conversation.unplaced])) if conversation.has_words else None
    casting = sorted((*conversation.casting, *conversation.gone), key=lambda one: one.voice)
    return Streams(tuple(turns), said, tuple(casting))


def woven(streams: Streams, like: Conversation) -> Conversation:
    """Weave streams as `like` was woven; a voice without speech is no longer cast, but known."""
    here = set(streams.voices)
    made = weave(
        streams.turns,
        streams.words,
        tuple(casting for casting in streams.casting if casting.voice in here),
        like.duration,
        language=like.language,
        units=like.units,
        missing=like.missing,
        hums=like.hums,
    )
    gone = tuple(casting for casting in streams.casting if casting.voice not in here)
    return replace(made, gone=gone, texts=like.texts)


def edit(
    change: Callable[Concatenate[Streams, _P], Streams],
) -> Callable[Concatenate[Conversation, _P], Conversation]:
    """Let a change of streams change a conversation."""

    @wraps(change)
    def changed(conversation: Conversation, *args: _P.args, **kwargs: _P.kwargs) -> Conversation:
        before = streams_of(conversation)
        after = change(before, *args, **kwargs)
        if after == before:
            return conversation
        if (after.turns, after.words) == (before.turns, before.words):
            return recast(conversation, after.casting)
        return woven(after, conversation)

    return cast("Callable[Concatenate[Conversation, _P], Conversation]", changed)


def check_voice(streams: Streams, voice: str) -> None:
    """Refuse a voice that is not there."""
    if voice not in streams.known:
        raise Refused("edits.no_voice", voice=voice, known=streams.known or ("none",))
