"""Words that a transcriber wrote over a hum, where nobody said one.

Conventions
-----------
A transcriber has no letters for "mm-hm" and writes something else: "I'm sorry", a word of the
sentence around it, or nothing. What it wrote there belongs to the sentence it continues, or to
nobody; which hums there are, the sound says (`diarize.separation.murmurs`).
"""

from collections.abc import Sequence
from dataclasses import replace

from diarize.messages import message
from diarize.settings import Murmurs
from diarize.timeline import Turn, Word
from diarize.transcription.hallucination import Flag
from diarize.transcription.streams import ENDS, acknowledges
from diarize.transcription.table import Transcription, left_out

__all__ = ["off_hums", "unhummed"]

_HUM = message("transcriber.over_hum")


def off_hums(found: Transcription, hums: Sequence[Turn], rule: Murmurs) -> Transcription:
    """Take what was written over hums out of a transcription, and say where."""
    words, flags = unhummed(found.words or (), hums, rule)
    notes = (*found.notes, *left_out(flags))
    return replace(found, words=words, flags=(*found.flags, *flags), notes=notes)


def unhummed(
    words: Sequence[Word], hums: Sequence[Turn], rule: Murmurs
) -> tuple[tuple[Word, ...], tuple[Flag, ...]]:
    """Take words away from hums.

    Parameters
    ----------
    words : sequence of Word
        With their voices, in order.
    hums : sequence of Turn
        Where a voice hums.
    rule : Murmurs
        `sure_word_probability` from which a word is believed all the same, `flow_s`.

    Returns
    -------
    words : tuple of Word
        A listener's own words stay; a word that continues another's sentence is theirs; others
        are left out.
    flags : tuple of Flag
        What was left out.
    """
    kept: list[Word] = []
    flags: list[Flag] = []
    for i, word in enumerate(words):
        hum = next((h for h in hums if _over(word, h)), None)
        if hum is None or acknowledges(word):
            kept.append(word)
            continue
        theirs = _continued(words, i, hum, rule)
        if theirs is not None:
            kept.append(replace(word, voice=theirs))
        elif word.probability is not None and word.probability >= rule.sure_word_probability:
            kept.append(word)
        else:
            flags.append(Flag(word.span, _HUM, 1))
    return tuple(sorted(kept)), tuple(flags)


def _over(word: Word, hum: Turn) -> bool:
    return hum.span.start <= word.span.middle < hum.span.end


def _continued(words: Sequence[Word], i: int, hum: Turn, rule: Murmurs) -> str | None:
    """Name who says the sentence that a word goes on with or begins; None where it stands alone."""
    before = next((w for w in reversed(words[:i]) if not _over(w, hum)), None)
    after = next((w for w in words[i + 1 :] if not _over(w, hum)), None)
    last = next((w for w in reversed(words) if _over(w, hum)), words[i])
    if before is not None and before.span.gap(hum.span) <= rule.flow_s and not _ends(before):
        return before.voice
    if after is not None and hum.span.gap(after.span) <= rule.flow_s and not _ends(last):
        return after.voice
    return None


def _ends(word: Word) -> bool:
    return word.text.rstrip("\"'”’)").endswith(ENDS)
