"""What is mended in every transcript, whichever reader it came through.

Conventions
-----------
Captions that repeat the line before are collapsed; times that nobody could have spoken in are no
times; names in front of texts become labels; what is not spoken leaves the words. Each mend says
so in a note, and none guesses.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from diarize.formats.marks import without_marks
from diarize.formats.names import fits_a_label, named
from diarize.formats.restarts import on_one_clock
from diarize.formats.times import CLOCK
from diarize.formats.transcript import Cue, Transcript, until_next
from diarize.messages import Note
from diarize.settings import Formats
from diarize.timeline import Span

__all__ = ["UNHEARD", "settled"]

_STAMP = re.compile(rf"^[\[(#<]?\s*{CLOCK}(?:\s*(?:-->|-|–)\s*{CLOCK})?\s*+[\])#>]?[\s:\-–]*(?=\S)")
_BARE = re.compile(rf"^[\[(#<]?\s*{CLOCK}\s*[\])#>]?$")  # a time and nothing else
_SIGN = re.compile(r"<\|[\w.]{0,40}\|>")  # as "<|en|>" and "<|0.00|>"
_AFTER_NAME = ": \uff1a"  # colons, and what stands beside them
# What recognisers put over silence: they learnt it from subtitles, where nobody says it.
_CREDIT = re.compile(
    r"(?:untertitel(?:ung)?(?: (?:der|des|von|im auftrag des|aufgrund der))? .{0,40}"
    r"(?:amara\.org|zdf|wdr|swr|ard|ndr|funk|br)\b.{0,20}"
    r"|subtitles (?:by|created by) .{0,20}amara\.org.{0,20}"
    r"|sous-titr(?:es|age) .{0,40}(?:amara\.org|radio-canada).{0,20})",
    re.IGNORECASE,
)
UNHEARD = "…"  # what stands in a transcript of ours where a turn has no words


def settled(transcript: Transcript, formats: Formats) -> Transcript:
    """Give a transcript as it is meant: labels, words and times, each where it belongs."""
    transcript = replace(transcript, cues=tuple(map(_unsigned, transcript.cues)))
    found = _collapsed(_unstamped(_unnamed(_uncredited(transcript), formats), formats), formats)
    found = replace(found, cues=named(found.cues, formats=formats))
    found = on_one_clock(found, formats)
    found = without_marks(found, formats)
    found = replace(found, cues=tuple(_unheard(cue) for cue in found.cues))
    found = _believable(found, formats)
    only = sum(cue.span is not None and cue.span.duration == 0 for cue in found.cues)
    timed = sum(cue.span is not None for cue in found.cues)
    open_ended = only > formats.starts_only_share * max(1, timed)
    loose = found.loose or open_ended
    return replace(found, cues=until_next(found.cues), loose=loose, open_ended=open_ended)


def _unsigned(cue: Cue) -> Cue:
    """Take a recogniser's own signs, for language, task and times, out of what was said."""
    if "<|" not in cue.text:
        return cue
    words = tuple(word for word in cue.words if not _SIGN.fullmatch(word.text.strip()))
    return replace(cue, text=" ".join(_SIGN.sub(" ", cue.text).split()), words=words)


def _uncredited(transcript: Transcript) -> Transcript:
    """Take out captions that credit a broadcaster's subtitles: nobody said them."""
    kept = [cue for cue in transcript.cues if not _CREDIT.fullmatch(cue.text.strip(" .,;!"))]
    gone = len(transcript.cues) - len(kept)
    if not gone:
        return transcript
    note = Note("format.invented", {"cues": gone}, "caution")
    return replace(transcript, cues=tuple(kept), notes=(*transcript.notes, note))


def _unnamed(transcript: Transcript, formats: Formats) -> Transcript:
    """Take out captions that only name who speaks in another of the same time; it is theirs."""
    told: dict[Span, list[Cue]] = {}
    for cue in transcript.cues:
        if cue.span is not None:
            told.setdefault(cue.span, []).append(cue)
    names = {
        span: first.text.strip(_AFTER_NAME)
        for span, (first, *others) in told.items()
        if others
        and first.voice in (None, others[0].voice)
        and _may_name(first, formats)
        and not _may_name(others[0], formats)
    }
    if len(names) < 2:
        return transcript
    kept: list[Cue] = []
    for cue in transcript.cues:
        name = names.get(cue.span) if cue.span else None
        if name is None or cue.text.strip(_AFTER_NAME) != name:
            kept.append(replace(cue, voice=cue.voice or name))
    return replace(transcript, cues=tuple(kept))


def _may_name(cue: Cue, formats: Formats) -> bool:
    """Whether a caption may be a name and a colon, by its length."""
    text = cue.text.strip()
    return fits_a_label(text, formats) and text.endswith((":", "\uff1a"))


def _unstamped(transcript: Transcript, formats: Formats) -> Transcript:
    """Take an editor's times off the front of texts that have times of their own."""
    found = [_STAMP.match(cue.text) if cue.span is not None else None for cue in transcript.cues]
    stamped = sum(map(bool, found))
    if stamped < max(2, formats.labelled_most_share * len(found)):
        return transcript
    cues = tuple(
        replace(cue, text=cue.text[stamp.end() :]) if stamp else cue
        for cue, stamp in zip(transcript.cues, found, strict=True)
        if not (stamp and _BARE.match(cue.text))
    )
    note = Note("format.stamps_in_text", {"cues": stamped})
    return replace(transcript, cues=cues, notes=(*transcript.notes, note))


def _unheard(cue: Cue) -> Cue:
    return replace(cue, text="") if cue.text == UNHEARD else cue


def _collapsed(transcript: Transcript, formats: Formats) -> Transcript:
    """Take out of each caption what it repeats of the one before, where captions do so."""
    cues = transcript.cues
    fresh: list[str] = []
    for i, cue in enumerate(cues):
        fresh.append(_new(cues[i - 1], cue) if i else cue.text)
    # The same words once more are an answer ("mm-hm"); the same words and new ones are a caption.
    repeating = sum(new not in ("", cue.text) for new, cue in zip(fresh, cues, strict=True))
    if repeating < max(formats.repeats_min, formats.repeating_share * len(cues)):
        return transcript
    kept = [replace(cue, text=new, words=cue.words if new == cue.text else ())
            for cue, new in zip(cues, fresh, strict=True) if new]  # fmt: skip
    note = Note("format.repeats_collapsed", {"cues": repeating})
    return replace(transcript, cues=tuple(kept), notes=(*transcript.notes, note))


def _new(last: Cue, cue: Cue) -> str:
    """Give what a caption says that the one before did not."""
    if last.voice != cue.voice:
        return cue.text
    lines, before = cue.text.split("\n"), last.text.split("\n")
    for n in range(min(len(lines), len(before)), 0, -1):
        if lines[:n] == before[-n:]:
            return "\n".join(lines[n:])
    words, said = cue.text.split(), last.text.split()
    grows = bool(said) and len(words) > len(said) and words[: len(said)] == said
    return " ".join(words[len(said) :]) if grows else cue.text


def _believable(transcript: Transcript, formats: Formats) -> Transcript:
    """Take times away in which nobody could have spoken: one for all, or all in a moment."""
    timed = [cue for cue in transcript.cues if cue.span is not None and cue.text]
    spans = [cue.span for cue in timed if cue.span is not None]
    words = sum(len(cue.text.split()) for cue in timed)
    if not spans or words < formats.believable_words_min:
        return transcript
    within_s = max(s.end for s in spans) - min(s.start for s in spans)
    if within_s >= formats.fastest_word_s * words and not _one_for_all(timed):
        return transcript
    cues = tuple(replace(cue, span=None, words=()) for cue in transcript.cues)
    note = Note("format.impossible_times", {"words": words, "seconds": within_s}, "caution")
    return replace(transcript, cues=cues, notes=(*transcript.notes, note))


def _one_for_all(cues: Sequence[Cue]) -> bool:
    return len(cues) > 2 and len({cue.span for cue in cues}) == 1
