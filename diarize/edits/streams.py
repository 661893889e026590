"""A conversation taken apart into streams, changed, and woven again where something changed.

Conventions
-----------
*Streams* are the speech and the words before they are woven into turns. A change works on them;
turns follow from them, and where nothing changed, all stays as it was. Several changes in a row
need no turns in between (`Unwoven`): each takes the streams as weaving would leave them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from diarize.conversation import Conversation, recast, settled, weave
from diarize.errors import Refused
from diarize.roles import Casting
from diarize.timeline import Span, Turn, Word, union

__all__ = ["Streams", "Unwoven", "check_voice", "edit", "finished", "streams_of", "woven"]

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


@dataclass(frozen=True, slots=True, eq=False)
class Unwoven:
    """A conversation as it was woven last, and its streams since; `finished` weaves them.

    `since` is None where no speech and no word has moved; `left` are the streams as weaving would
    leave them, where that is worked out already.
    """

    last: Conversation
    since: Streams | None = None
    left: Streams | None = None

    def recast(self, left: Streams) -> "Unwoven":
        """Give it with the roles of its streams."""
        if self.since is None:
            return Unwoven(recast(self.last, left.casting), left=left)
        return Unwoven(self.last, replace(self.since, casting=left.casting), left)


_Talk = TypeVar("_Talk", Conversation, Unwoven)


def finished(talk: Unwoven) -> Conversation:
    """Weave what was changed; what was not stays as it was."""
    return talk.last if talk.since is None else woven(talk.since, talk.last)


def streams_of(talk: Conversation | Unwoven) -> Streams:
    """Take a conversation apart; `woven` puts it together again."""
    if isinstance(talk, Conversation):
        return _apart(talk)
    if talk.left is not None:
        return talk.left
    if talk.since is None:
        return _apart(talk.last)
    since, like = talk.since, talk.last
    turns, words = settled(since.turns, since.words, like.duration, units=like.units)
    return Streams(turns, words, tuple(sorted(since.casting, key=lambda one: one.voice)))


def _apart(conversation: Conversation) -> Streams:
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
) -> Callable[Concatenate[_Talk, _P], _Talk]:
    """Let a change of streams change a conversation, or one that waits to be woven."""

    @wraps(change)
    def changed(talk: Conversation | Unwoven, *args: _P.args, **kwargs: _P.kwargs) -> object:
        before = streams_of(talk)
        after = change(before, *args, **kwargs)
        if after == before:
            return talk
        moved = (after.turns, after.words) != (before.turns, before.words)
        if isinstance(talk, Conversation):
            return woven(after, talk) if moved else recast(talk, after.casting)
        return Unwoven(talk.last, after) if moved else talk.recast(after)

    return cast("Callable[Concatenate[_Talk, _P], _Talk]", changed)


def check_voice(streams: Streams, voice: str) -> None:
    """Refuse a voice that is not there."""
    if voice not in streams.known:
        raise Refused("edits.no_voice", voice=voice, known=streams.known or ("none",))
