"""Who speaks when: a table of separators, each turning sound into turns.

Conventions
-----------
A separator is a function of a `Task` and a row of `SEPARATORS`; it gives a `Separation`. Where
nobody says which to take, the first row that the recording and this machine allow is taken. A
recording without speech gives no turns and says so; a recording with one voice gives one voice.
Nothing here opens the network.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from diarize.errors import Refused
from diarize.formats.pauses import spoken
from diarize.messages import Note, message
from diarize.models.catalogue import Weights
from diarize.models.engine import Engine
from diarize.models.finding import find_pyannote
from diarize.recording.audio import Audio
from diarize.separation import builtin, channels, fused, hums, murmurs, networks, pyannote, touching
from diarize.separation.activity import Speech
from diarize.separation.builtin import weights as builtin_weights
from diarize.separation.task import Progress, Separation, Separator, Task, within
from diarize.settings import Hearing
from diarize.timeline import Turn

__all__ = [
    "SEPARATORS",
    "SUPPLIED",
    "Separation",
    "Separator",
    "Task",
    "apart",
    "builtin_weights",
    "separate",
    "supplied",
]

SUPPLIED = Engine("supplied turns", "1")


def _pyannote(task: Task) -> Separation:
    """Fuse packaged networks with the second pass; a folder of weights is pyannote's pipeline.

    Its turns run over pauses of any length: they are cut as every other separator's.
    """
    if task.weights is not None and task.weights.engine == networks.ENGINE:
        return fused.separate(task)
    found = pyannote.separate(task)
    turns = spoken(found.turns, task.speech.spans, formats=task.hearing.formats)
    return replace(found, turns=turns)


def _find_pyannote(given: Path | None) -> Weights | None:
    """Find a folder that was named; otherwise packaged networks, then a folder that was fetched."""
    return find_pyannote(given) if given is not None else networks.find() or find_pyannote()


# In order of preference. To add a separator, add a row: commands, plans and reports follow.
SEPARATORS: dict[str, Separator] = {
    "channels": Separator(
        channels.separate, message("engine.speakers_by_channel"), channel_each=True
    ),
    "pyannote": Separator(
        _pyannote,
        message("engine.speakers_by_pyannote"),
        _find_pyannote,
        "separator.no_pyannote",
    ),
    "builtin": Separator(builtin.separate, message("engine.speakers_built_in"), takes_labels=True),
}


def separate(
    audio: Audio,
    method: str,
    *,
    speech: Speech | None = None,
    hearing: Hearing | None = None,
    weights: Weights | None = None,
    people: int | None = None,
    progress: Progress = lambda step, share: None,
) -> Separation:
    """Find who speaks when.

    Parameters
    ----------
    audio : Audio
        At 16 kHz.
    method : str
        A row of `SEPARATORS`.
    speech : Speech, optional
        Where the recording has speech; heard if not given.
    hearing : Hearing, optional
        Thresholds.
    weights : Weights, optional
        What the separator needs; for ``builtin``, other weights of its second pass.
    people : int, optional
        How many persons speak, if that is known; None lets the sound decide.
    progress : callable
        Told a step's name and the share of it that is done, where that is known.

    Raises
    ------
    Refused
        If the method is unknown or cannot be used on this recording.
    """
    if method not in SEPARATORS:
        raise Refused("separator.unknown", name=method, known=tuple(SEPARATORS))
    hearing = hearing or Hearing()
    speech = speech or Speech(audio, hearing.activity)
    return apart(SEPARATORS[method], Task(audio, speech, hearing, weights, people, progress))


def apart(row: Separator, task: Task) -> Separation:
    """Let a row of the table tell the voices apart, then listen to every short stretch."""
    found, rule, audio = row.separate(task), task.hearing.murmurs, task.audio
    if found.channel_of:
        return murmurs.listened(found, audio, rule)
    speech = task.speech.probability
    found = touching.parted(found, speech, task.hearing.activity)
    found = murmurs.listened(found, audio, rule)
    heard = tuple(hums.told(task.humming, rule, found.several))
    return murmurs.shared_out(found, heard, rule)


def supplied(turns: Iterable[Turn], duration: float) -> Separation:
    """Take turns that somebody else found, such as those of an RTTM file.

    What lies past the end of the recording is cut off and said so.

    Parameters
    ----------
    turns : iterable of Turn
        In any order.
    duration : float
        Seconds, of the recording.
    """
    kept, notes = within(turns, duration)
    count = len({turn.voice for turn in kept})
    if count == 0:
        notes = (*notes, Note("separator.none_supplied"))
    elif count != 2:
        notes = (*notes, Note("separator.voices_supplied", {"voices": count}))
    return Separation(kept, SUPPLIED, notes)
