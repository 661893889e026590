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

from collections.abc import Iterable, Sequence
from dataclasses import replace

from diarize.edits.streams import Streams, check_voice, edit
from diarize.edits.texts import edited
from diarize.errors import Refused
from diarize.settings import Editing
from diarize.timeline import Span, Turn, Word, subtract, total, touching, union

__all__ = ["give_stretch", "give_words", "retext"]


@edit
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


@edit
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


@edit
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
