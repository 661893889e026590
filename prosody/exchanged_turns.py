"""A file's turns whose two voices are exchanged for a while, put right where the sound says so.

Conventions
-----------
Where each person has a channel, channels are asked (`prosody.kept_channels`). On one channel the
voices themselves are: where both plainly have each other's turns, the turns are exchanged there. Of
two parts neither of which is small nothing says which one has the names right; then they tell no
roles.
"""

from collections.abc import Sequence
from dataclasses import replace

from diarize.messages import Note
from diarize.recording.audio import Audio
from diarize.separation.exchanged import changed_turns, described_by
from diarize.separation.table import Separation
from diarize.settings import Hearing
from diarize.timeline import Span, Turn, intersection, subtract, total, union

__all__ = ["by_sound", "within"]


def by_sound(audio: Audio, separation: Separation, hearing: Hearing) -> Separation:
    """Give a file's turns with each voice one person's, as they were where they are already.

    Parameters
    ----------
    audio : Audio
        The recording; its voices are heard together.
    separation : Separation
        The file's turns.
    hearing : Hearing
        Thresholds.
    """
    voices = sorted({turn.voice for turn in separation.turns})
    describe = described_by(audio, together=True)
    if len(voices) != 2 or describe is None:
        return separation
    own = [union(turn.span for turn in separation.turns if turn.voice == v) for v in voices]
    stretches = changed_turns(own, describe, rule=hearing.exchanging)
    if not stretches:
        return separation
    speech = union(span for spans in own for span in spans)
    seconds = total(intersection(speech, stretches))
    share = seconds / total(speech)
    often = share > hearing.labels.against_share
    names = [f"voice {k}" for k in (1, 2)] if often else voices
    kept = dict(zip(voices, names, strict=True))
    exchanged = dict(zip(voices, reversed(names), strict=True))
    turns = [
        replace(turn, voice=named[turn.voice])
        for named, inside in ((kept, False), (exchanged, True))
        for turn in within(separation.turns, stretches, inside=inside)
    ]
    fields = {
        "n": len(stretches), "at_s": stretches[0].start, "seconds": seconds, "share": share
    }  # fmt: skip
    code = "separator.turns_against_voices" + ("_often" if often else "")
    note = Note(code, fields, "caution", stretches)
    return replace(separation, turns=tuple(sorted(turns)), notes=(*separation.notes, note))


def within(turns: Sequence[Turn], stretches: Sequence[Span], *, inside: bool) -> tuple[Turn, ...]:
    """Give what of turns lies inside stretches, or outside them."""
    part = intersection if inside else subtract
    return tuple(
        replace(turn, span=span) for turn in turns for span in part((turn.span,), stretches)
    )
