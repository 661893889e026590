"""What a transcriber says that must not be believed, and why.

Conventions
-----------
Transcribers invent text over silence and noise, repeat themselves, and put words where nobody
speaks. Every rule here leaves words out and counts them in a :class:`Flag`, which says where and
why and never what. Times are seconds, levels dB relative to full scale. Text that is only
improbable is left out as well: a word that is missing can be heard, one that was made up
cannot be told from a real one.
"""

import math
import re
import zlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from diarize.messages import Message, message
from diarize.recording.audio import RATE_HZ
from diarize.settings import Doubt
from diarize.timeline import Span, Word
from diarize.transcription.decoded import Decoded
from diarize.transcription.placing import around, hurried, in_speech

__all__ = ["Decoded", "Flag", "believed", "level_of", "unechoed", "unrepeated"]

Samples = NDArray[np.float32]
_REPEATED = message("transcriber.repeated")
_ECHOED = message("transcriber.echoed")


@dataclass(frozen=True, slots=True)
class Flag:
    """Something that was left out: where, why and how many words; never the words."""

    span: Span
    reason: Message
    words: int


def unrepeated(segments: Sequence[Decoded], flags: list[Flag]) -> list[Decoded]:
    """Leave out a segment that says what the two before it said, word for word."""
    kept = []
    for i, segment in enumerate(segments):
        said = _plain(segment.text)
        same = [_plain(before.text) == said for before in segments[max(0, i - 2) : i]]
        if len(said) > 2 and len(same) == 2 and all(same):
            flags.append(Flag(segment.span, _REPEATED, len(segment.words)))
        else:
            kept.append(segment)
    return kept


def unechoed(
    segments: Sequence[Decoded], names: Sequence[str], heading: str, flags: list[Flag]
) -> list[Decoded]:
    """Leave out a segment that is the list of names a model was told: nobody said that.

    That is its heading, or names of it, two or more in their order, and nothing else.
    """
    listed = [entry for name in names if (entry := tuple(_plain(name)))]
    kept = []
    for segment in segments:
        said = tuple(_plain(segment.text))
        head = said[:1] == (heading.lower(),)
        if listed and _is_part(said[1:] if head else said, listed, least=0 if head else 2):
            flags.append(Flag(segment.span, _ECHOED, len(segment.words)))
        else:
            kept.append(segment)
    return kept


def _is_part(said: tuple[str, ...], listed: Sequence[tuple[str, ...]], *, least: int) -> bool:
    """Whether words are some of a list's entries in their order; the last may be cut short."""
    if not said:
        return least == 0
    for first in range(len(listed)):
        rest, count = said, 0
        for entry in listed[first:]:
            if not rest or not _begins(rest, entry):
                break
            rest, count = rest[len(entry) :], count + 1
        if not rest and count >= least:
            return True
    return False


def _begins(said: tuple[str, ...], entry: tuple[str, ...]) -> bool:
    """Whether words begin with an entry, or are the beginning of one."""
    shared = entry[: len(said)]
    if said[: len(shared)] == shared:
        return True
    cut = len(said) <= len(entry) and said[:-1] == shared[:-1]
    return cut and shared[-1].startswith(said[-1])


def _plain(text: str) -> list[str]:
    return re.findall(r"[\w'\-]+", text.lower())


def believed(
    segment: Decoded,
    speech: Sequence[Span],
    duration: float,
    samples: Samples,
    level: float,
    doubt: Doubt,
) -> tuple[list[Word], list[Flag]]:
    """Give the words of a segment that can be believed, and flags for the rest."""
    if not segment.words and not segment.text.strip():
        return [], []
    count = len(segment.words) or len(segment.text.split())
    reason = _unbelievable(segment, doubt)
    if reason is None and _is_stock(segment.text):
        quiet = level - level_of(samples, (segment.span,)) > doubt.quiet_db
        unsure = (segment.no_speech or 0.0) > doubt.most_no_speech / 2
        if quiet or unsure or not _inside(segment.span, speech, 0.0):
            reason = message("transcriber.stock_phrase")
    if reason is not None:
        return [], [Flag(segment.span, reason, count)]
    within = Span(segment.span.start, max([segment.span.end, *(w.span.end for w in segment.words)]))
    wide = within.widened(doubt.outside_speech_s)
    anybody = any(span.overlap(wide) > 0 for span in around(wide, speech))
    kept: list[Word] = []
    lost: Counter[str] = Counter()
    for word in segment.words:
        if word.span.start >= duration:
            lost["transcriber.past_end"] += 1
        elif not anybody:
            lost["transcriber.no_speech"] += 1
        else:
            kept.append(replace(word, span=Span(word.span.start, min(word.span.end, duration))))
    kept = in_speech(kept, speech, doubt)
    return kept, [Flag(segment.span, message(code), n) for code, n in lost.items()]


def _unbelievable(segment: Decoded, doubt: Doubt) -> Message | None:
    """Say why a segment as a whole is not believed, or None."""
    sure, silent = segment.log_probability, segment.no_speech
    odds = [w.probability for w in segment.words if w.probability is not None]
    if any(value is not None and math.isnan(value) for value in (sure, silent, *odds)):
        return message("transcriber.no_probability")
    heard = silent is None or silent <= doubt.most_no_speech
    least = doubt.least_log_probability if heard else doubt.least_unheard_log_probability
    if sure is not None and sure < least:
        return message("transcriber.improbable" if heard else "transcriber.model_hears_nothing")
    if _loops(segment.text, doubt):
        return _REPEATED
    if hurried(segment, doubt):
        return message("transcriber.too_fast")
    return None


def _loops(text: str, doubt: Doubt) -> bool:
    """Whether a text repeats itself: by compression, or one phrase again and again on end."""
    data = text.encode("utf-8")
    if data and len(data) / len(zlib.compress(data)) > doubt.most_compression:
        return True
    said = _plain(text)
    for size in range(1, doubt.phrase_words + 1):
        times = doubt.word_repeats if size == 1 else doubt.phrase_repeats
        for start in range(len(said) - size * times + 1):
            phrase = said[start : start + size]
            runs = (said[start + size * k : start + size * (k + 1)] for k in range(1, times))
            if all(run == phrase for run in runs):
                return True
    return False


_STOCK = re.compile(
    r"^(thanks?( you)?( (so|very) much)?( for (watching|listening|viewing))?|bye( bye)?|you|"
    r"(please )?(like and )?subscribe.*|see you (next time|in the next).*|"
    r"(subtitles|captions|transcription|translated?) by .*|.*amara ?org.*|"
    r"i'll see you in the next .*|the end|music|applause|"
    r"untertitel .*|vielen dank fürs? (zuschauen|zusehen).*|sous-titr.*|merci d'avoir regardé.*|"
    r"subtítulos .*|gracias por ver .*|sottotitoli .*|ondertitel.*|legendas .*)$"
)


def _is_stock(text: str) -> bool:
    """Whether a text is one of the phrases such models are known to make up over silence."""
    return _STOCK.match(" ".join(_plain(text))) is not None


def _inside(span: Span, speech: Sequence[Span], slack: float) -> bool:
    """Whether the middle of a span lies in speech, or within `slack` seconds of it."""
    return any(s.start - slack <= span.middle <= s.end + slack for s in _near(span, speech, slack))


def _near(span: Span, speech: Sequence[Span], slack: float) -> Sequence[Span]:
    """Give the few spans of sorted speech that could hold `span`."""
    first = bisect_left(speech, span.middle - slack, key=lambda s: s.end)
    return speech[first : first + 2]


def level_of(samples: Samples, spans: Sequence[Span]) -> float:
    """Level of some stretches together, dB relative to full scale."""
    energy, count = 0.0, 0
    for span in spans:
        part = samples[round(span.start * RATE_HZ) : round(span.end * RATE_HZ)]
        energy += float(np.square(part, dtype=np.float64).sum())
        count += len(part)
    return 10 * math.log10(energy / count + 1e-12) if count else -120.0
