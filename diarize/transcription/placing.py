"""Rough word times of a transcriber, put where people speak.

Conventions
-----------
Whisper lets a word after a pause begin in the pause, and a word before one end in it; now and
then it crowds a whole sentence into a moment. Voice activity knows better where speech is: words
are moved to it, never left out here. Speech is sorted and without overlap; times are seconds.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from diarize.settings import Doubt
from diarize.timeline import Span, Word, intersection, subtract, total, union
from diarize.transcription.alignment import spread
from diarize.transcription.decoded import Decoded

__all__ = ["around", "in_speech", "unhurried", "wordless"]


def around(span: Span, speech: Sequence[Span]) -> Sequence[Span]:
    """Give the spans of speech that touch a span, or its neighbours where none does."""
    first = bisect_right(speech, span.start, key=lambda s: s.end)
    last = bisect_right(speech, span.end, key=lambda s: s.start)
    return speech[first:last] or speech[max(0, first - 1) : last + 1]


def in_speech(words: Sequence[Word], speech: Sequence[Span], doubt: Doubt) -> list[Word]:
    """Trim words to the speech they lie in, and move those that lie in a pause to the nearest.

    Parameters
    ----------
    words : sequence of Word
        Of one segment, in order.
    speech : sequence of Span
        Where anybody speaks.
    doubt : Doubt
        `outside_speech_s` a word may lie outside and keeps its time; a word that was moved has
        `moved_word_s` at most.
    """
    placed: list[Word] = []
    for n, word in enumerate(words):
        before = placed[-1].span.end if placed else 0.0
        after = words[n + 1].span.start if n + 1 < len(words) else float("inf")
        placed.append(replace(word, span=_in_speech(word.span, speech, before, after, doubt)))
    return placed


def _in_speech(
    span: Span, speech: Sequence[Span], before: float, after: float, doubt: Doubt
) -> Span:
    near = around(span, speech)
    if not near:
        return span
    best = max(near, key=lambda s: (span.overlap(s), -_apart(span, s), s.start))
    inside = best.start <= span.start and span.end <= best.end
    if inside or span.overlap(best) >= doubt.least_word_s:
        slack = doubt.word_edge_s
        start = max(span.start, best.start - slack)
        return Span(start, max(start, min(span.end, best.end + slack)))
    if best.middle > span.middle:  # it began too early
        end = min(best.end, best.start + doubt.moved_word_s, max(after, best.start))
        return Span(best.start, max(end, min(best.end, best.start + doubt.least_word_s)))
    start = min(max(best.start, best.end - doubt.moved_word_s, before), best.end)
    return Span(min(start, max(best.start, best.end - doubt.least_word_s)), best.end)


def _apart(one: Span, other: Span) -> float:
    return max(0.0, other.start - one.end, one.start - other.end)


def unhurried(
    segments: Sequence[Decoded], cut: Span, speech: Sequence[Span], doubt: Doubt
) -> list[Decoded]:
    """Give words crowded into a moment the speech around them that has no other words.

    A segment stays as it is where nobody could say its words in that speech either.
    """
    found = list(segments)
    for n, segment in enumerate(segments):
        if not hurried(segment, doubt):
            continue
        before = [w.span.end for s in found[:n] for w in s.words]
        after = [w.span.start for s in found[n + 1 :] for w in s.words]
        start = max([cut.start, *before])
        room = Span(start, max(start, min([cut.end, *after])))
        places = intersection((room,), speech)
        if total(places) * doubt.most_words_per_s >= len(segment.words):
            found[n] = _spread(segment, places)
    return found


def hurried(segment: Decoded, doubt: Doubt) -> bool:
    """Whether a segment has more words than anybody can say in its time."""
    length, words = max(segment.span.duration, doubt.hurried_s), len(segment.words)
    return words >= doubt.hurried_words and words / length > doubt.most_words_per_s


def _spread(segment: Decoded, places: Sequence[Span]) -> Decoded:
    laid = spread([word.text for word in segment.words], places)
    words = tuple(
        replace(word, span=new.span) for word, new in zip(segment.words, laid, strict=True)
    )
    return replace(segment, span=Span(words[0].span.start, words[-1].span.end), words=words)


def wordless(speech: Sequence[Span], words: Sequence[Word], least_s: float) -> list[Span]:
    """Give the stretches of speech of at least `least_s` in which no word lies."""
    said = union(word.span for word in words)
    return [span for span in subtract(speech, said) if span.duration >= least_s]
