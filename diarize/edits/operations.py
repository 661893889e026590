"""What a person changes of who said what: stretches and words given to another voice, new text.

Conventions
-----------
Each function takes a conversation and gives the one that follows. A change is said by time and
voice, never by a turn's number, so that it finds its place in another analysis of the same
recording. Inside, it works on *streams*, the speech and the words before they are woven into
turns; turns follow from them, and where nothing changed, all stays as it was. A person's word is
not doubtful, and has no probability: that is a transcriber's own. Words that stay keep their
times.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from diarize.conversation import Conversation, recast, weave
from diarize.edits.texts import edited
from diarize.errors import Refused
from diarize.messages import message
from diarize.roles import ROLES, Casting, Role
from diarize.settings import Editing
from diarize.timeline import Span, Turn, Word, subtract, total, touching, union
from diarize.transcription.alignment import assign

__all__ = [
    "Streams",
    "check_voice",
    "give_stretch",
    "give_words",
    "retext",
    "streams_of",
    "take_turns",
    "take_words",
    "tell_roles",
    "woven",
]

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
    )
    gone = tuple(casting for casting in streams.casting if casting.voice not in here)
    return replace(made, gone=gone, texts=like.texts)


def _edit(
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


@_edit
def give_stretch(
    streams: Streams,
    within: Span,
    *,
    was: str | None,
    voice: str,
    editing: Editing = Editing(),
) -> Streams:
    """Give what one voice says in a stretch to another, with the words said there.

    Parameters
    ----------
    conversation : Conversation
        Who said what, when.
    within : Span
        Seconds; of a speech that runs past it by less than `editing.snap_s` all is given.
    was : str or None
        Whose it was; None is whoever's speech fits the stretch best. Where they do not speak
        there and `voice` does, nothing is left to do. If `was` is `voice`, their words there
        are confirmed: no longer doubtful.
    voice : str
        Whose it is.
    editing : Editing
        Thresholds.

    Raises
    ------
    Refused
        If `voice` is none of the session's, or neither speaks there.
    """
    check_voice(streams, voice)
    was = was or _fitting(streams, within)
    own = streams.speech(was)
    pieces = _pieces(own, within, editing.snap_s)
    if not pieces:
        return _already(streams, within, was, voice)
    return _given(streams, pieces, _said_in(_of(streams, was), pieces, own, editing), was, voice)


@_edit
def give_words(streams: Streams, within: Span, *, was: str, voice: str) -> Streams:
    """Give the words of one voice in a stretch, and the speech they are said in, to another.

    Parameters
    ----------
    conversation, was, voice
        As in :func:`give_stretch`.
    within : Span
        Seconds, from between two words to between two words: a word is meant if its middle is
        inside, and speech is cut exactly there.

    Raises
    ------
    Refused
        If `voice` is none of the session's, or nothing is said there.
    """
    check_voice(streams, voice)
    meant = tuple(within.start <= word.span.middle <= within.end for word in _of(streams, was))
    if not any(meant):
        return _already(streams, within, was, voice)
    pieces = _pieces(streams.speech(was), within, 0.0)
    if not pieces:  # words a little outside all speech: where they stand, somebody speaks
        said = [word.span for word, yes in zip(_of(streams, was), meant, strict=True) if yes]
        pieces = (Span(min(s.start for s in said), max(s.end for s in said)),)
    return _given(streams, pieces, meant, was, voice)


def _of(streams: Streams, voice: str) -> tuple[Word, ...]:
    return tuple(word for word in streams.words or () if word.voice == voice)


def check_voice(streams: Streams, voice: str) -> None:
    """Refuse a voice that is not there."""
    if voice not in streams.known:
        raise Refused("edits.no_voice", voice=voice, known=streams.known or ("none",))


def _already(streams: Streams, within: Span, was: str, voice: str) -> Streams:
    """Leave it where `voice` speaks there already; otherwise there is nothing to give."""
    if total(streams.speech(voice), within) * 2 >= min(within.duration, 1.0):
        return streams
    raise Refused("edits.says_nothing", voice=was, start=within.start, end=within.end)


def _pieces(own: Iterable[Span], within: Span, snap_s: float) -> tuple[Span, ...]:
    """Cut speech at the ends of a stretch; what would be left over and is short comes along."""
    pieces = []
    for ipu in own:
        shared = ipu & within
        if shared is None or shared.duration <= min(snap_s, ipu.duration / 2):
            continue
        start = ipu.start if shared.start - ipu.start < snap_s else shared.start
        end = ipu.end if ipu.end - shared.end < snap_s else shared.end
        pieces.append(Span(start, end))
    return tuple(pieces)


def _fitting(streams: Streams, within: Span) -> str:
    """Give the voice whose speech fills a stretch best, and runs out of it least."""

    def fit(voice: str) -> float:
        touching = [ipu for ipu in streams.speech(voice) if ipu.overlap(within) > 0]
        return total(touching, within) / total([*touching, within])

    best = max(streams.voices, key=fit, default=None)
    if best is None or fit(best) == 0:
        raise Refused("edits.nobody_speaks", start=within.start, end=within.end)
    return best


def _said_in(
    words: Sequence[Word], pieces: Sequence[Span], own: Sequence[Span], editing: Editing
) -> tuple[bool, ...]:
    """Say of each word of a voice whether it is said in these pieces of its speech."""
    wide = Span(pieces[0].start, pieces[-1].end).widened(2 * editing.reach_s)
    rest = subtract(touching(own, wide), pieces)
    return tuple(
        word.span.overlap(wide) > 0 and _near(word, pieces) >= _near(word, rest) for word in words
    )


def _near(word: Word, spans: Sequence[Span]) -> tuple[float, float]:
    """Rank stretches for a word: by shared time, then by nearness."""
    gaps = (max(0.0, s.start - word.span.end, word.span.start - s.end) for s in spans)
    return total(spans, word.span), -min(gaps, default=float("inf"))


def _given(
    streams: Streams, pieces: tuple[Span, ...], meant: tuple[bool, ...], was: str, voice: str
) -> Streams:
    said = None
    if streams.words is not None:
        own = iter(meant)
        moved = [word.voice == was and next(own) for word in streams.words]
        said = tuple(
            sorted(
                replace(word, voice=voice, doubtful=False) if yes else word
                for word, yes in zip(streams.words, moved, strict=True)
            )
        )
    if was == voice:
        return replace(streams, words=said)
    speech = {name: streams.speech(name) for name in streams.voices}
    speech[was] = subtract(speech[was], pieces)
    speech[voice] = union((*speech.get(voice, ()), *pieces))
    turns = sorted(Turn(span, name) for name, spans in speech.items() for span in spans)
    return replace(streams, turns=tuple(turns), words=said)


@_edit
def retext(
    streams: Streams, within: Span, *, voice: str, text: str, editing: Editing = Editing()
) -> Streams:
    """Give what a voice says in a stretch another text.

    Parameters
    ----------
    conversation : Conversation
        Who said what, when.
    within : Span
        Seconds, of the turn.
    voice : str
        Whose turn; if they do not speak there, whoever does is meant.
    text : str
        All that is said there; empty takes the words away and leaves the speech.
    editing : Editing
        Thresholds.

    Raises
    ------
    Refused
        If nobody speaks there, or there is no transcript: figures from the words of one turn
        would be wrong for the session.
    """
    if streams.words is None:
        raise Refused("edits.no_transcript")
    own = streams.speech(voice)
    pieces = _pieces(own, within, editing.snap_s)
    if not pieces or (pieces[-1].end - pieces[0].start) * 2 < within.duration:
        voice = _fitting(streams, within)  # it is somebody else's now, but for a scrap
        own = streams.speech(voice)
        pieces = _pieces(own, within, editing.snap_s) or (within,)
    theirs = _of(streams, voice)
    meant = _said_in(theirs, pieces, own, editing)
    before = [word for word, yes in zip(theirs, meant, strict=True) if yes]
    kept = [word for word, yes in zip(theirs, meant, strict=True) if not yes]
    others = [word for word in streams.words if word.voice != voice]
    now = edited(before, text.split(), pieces, voice, editing=editing)
    return replace(streams, words=tuple(sorted([*others, *kept, *now])))


@_edit
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


@_edit
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
    """Whether a word's voice still speaks at least half as long in it, or near it."""
    own = word.voice or ""
    had, has = (
        sum(s.overlap(word.span) for s in touching(spans.get(own, ()), word.span))
        for spans in (here, there)
    )
    beside = bool(touching(there.get(own, ()), word.span.widened(reach_s)))
    return has * 2 >= had > 0 or (had == 0 and beside)


@_edit
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


def _cast(known: Mapping[str, Casting], voice: str) -> Casting:
    return known.get(voice) or Casting(voice, Role.UNKNOWN, 0.0, message("casting.undecided"))


def _told(before: Casting, told: Mapping[str, str], by: str) -> Casting:
    role = told.get(before.voice)
    if role is not None:
        return Casting(before.voice, Role(role), 1.0, message("casting.told"), before.channel, by)
    guessed = before.role == "therapist" and before.corrected_by is None
    if guessed and "therapist" in told.values():
        evidence = message("casting.another")
        return Casting(before.voice, Role.UNKNOWN, 0.0, evidence, before.channel)
    return before
