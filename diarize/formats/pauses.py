"""Who spoke when as a file has it, and the pauses inside that the sound has.

Conventions
-----------
A file says who, the sound says where: pauses come from voice activity. A turn or cue in which no
speech was found keeps its own time, because somebody heard it there.
"""

from collections.abc import Iterable

from diarize.formats.transcript import Transcript
from diarize.settings import Formats
from diarize.timeline import Span, Turn, gaps, intersection, subtract, union

__all__ = ["knows_pauses", "spoken", "turns_of"]


def turns_of(transcript: Transcript, speech: Iterable[Span]) -> tuple[Turn, ...]:
    """Give who spoke when as a labelled transcript says, pauses taken from voice activity.

    Parameters
    ----------
    transcript : Transcript
        With times and labels; cues without either are left out.
    speech : iterable of Span
        Where anybody speaks, from voice activity. A cue in which none was found keeps its own
        time, because a person heard words there.
    """
    heard = tuple(speech)
    by_voice: dict[str, list[Span]] = {}
    for cue in transcript.cues:
        if cue.span is not None and cue.voice is not None and cue.span.duration > 0:
            inside = intersection(cue.spoken, heard) or (cue.span,)
            by_voice.setdefault(cue.voice, []).extend(inside)
    return tuple(sorted(Turn(s, voice) for voice, spans in by_voice.items() for s in spans))


def spoken(
    turns: Iterable[Turn], speech: Iterable[Span], *, formats: Formats = Formats()
) -> tuple[Turn, ...]:
    """Take from turns the pauses in which nobody is heard: a file says who, the sound says where.

    Parameters
    ----------
    turns : iterable of Turn
        As a file has them, pauses and all.
    speech : iterable of Span
        Where anybody speaks, from voice activity. A turn in which none was found keeps its own
        time, because somebody heard it there.
    """
    heard = union(speech)
    out: list[Turn] = []
    for turn in turns:
        silent = (gap for gap in gaps(heard, turn.span) if gap.duration >= formats.pause_s)
        inside = subtract((turn.span,), silent) or (turn.span,)
        out += [Turn(span, turn.voice) for span in inside]
    return tuple(sorted(out))


def knows_pauses(
    turns: Iterable[Turn], speech: Iterable[Span], *, formats: Formats = Formats()
) -> bool:
    """Whether hardly any of the turns' time is pauses: then they say where speech is themselves."""
    turns = tuple(turns)
    all_s = sum(turn.span.duration for turn in turns)
    spoken_s = sum(turn.span.duration for turn in spoken(turns, speech, formats=formats))
    return all_s - spoken_s < formats.bridged_share * all_s
