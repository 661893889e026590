"""What a separator is given, and what it gives.

Conventions
-----------
Turns are speech without the pauses of 0.2 s and more, sorted; turns of different voices may
overlap, and overlap is kept. Notes say what a reader must know; their sentences stand in the
catalogue under ``separator``.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from diarize.messages import Message, Note
from diarize.models.catalogue import Weights
from diarize.models.engine import Engine
from diarize.recording.audio import Audio
from diarize.separation import hums, overlap
from diarize.separation.activity import Speech
from diarize.settings import Hearing
from diarize.timeline import Span, Turn

__all__ = ["Progress", "Separation", "Separator", "Task", "within"]

Progress = Callable[[str, float | None], None]


@dataclass(frozen=True, slots=True)
class Separation:
    """Who speaks when, and how that was found.

    Parameters
    ----------
    turns : tuple of Turn
        Sorted; voices are letters in the order in which they are first heard, or what the
        recording's channels or a supplied file call them.
    engine : Engine
        What did it.
    notes : tuple of Note
        What a reader must know: one voice only, three voices, a silent channel, clipped turns.
    channel_of : tuple of (str, int)
        The 0-based channel of each voice, where the recording has one per person.
    engines_agree : float or None
        Share of speech in which two engines name the same voice, or the sound plainly sides with
        one of them; 0 to 1, where two were asked.
    added : tuple of Span
        Quiet speech that the detector of speech had left out.
    parts : tuple of (str, Engine)
        The networks the engine is made of, where there are several, by what they do.
    hums : tuple of Turn
        Short stretches that sound like a hum: no word is said there.
    several : ndarray of float32 or None
        Chance that two people speak at once, every 20 ms, where a network was asked that.
    """

    turns: tuple[Turn, ...]
    engine: Engine
    notes: tuple[Note, ...] = ()
    channel_of: tuple[tuple[str, int], ...] = ()
    engines_agree: float | None = None
    added: tuple[Span, ...] = ()
    parts: tuple[tuple[str, Engine], ...] = ()
    hums: tuple[Turn, ...] = ()
    several: NDArray[np.float32] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, eq=False)
class Task:
    """What a separator is given; what its networks share is measured when first asked for.

    Parameters
    ----------
    audio : Audio
        At 16 kHz.
    speech : Speech
        Where it has speech.
    hearing : Hearing
        Every threshold; a separator reads its own section.
    weights : Weights or None
        What the separator's row found on this machine.
    people : int or None
        How many persons speak, where that is known.
    progress : callable
        Told a stage's code and the share of it that is done, where that is known.
    """

    audio: Audio
    speech: Speech
    hearing: Hearing
    weights: Weights | None
    people: int | None
    progress: Progress

    @cached_property
    def heard(self) -> overlap.Heard:
        """What the second pass and the network of hums measure of every 20 ms of the sound."""
        return overlap.listen(self.audio.mono, (len(self.speech.probability) + 1) // 2)

    @cached_property
    def humming(self) -> NDArray[np.float32]:
        """Chances of no hum, one alone and one over speech, every 20 ms, (n, 3)."""
        shown = hums.evidence(self.audio.mono, self.speech.probability[::2], self.heard)
        return hums.posterior(shown)


@dataclass(frozen=True, slots=True)
class Separator:
    """One row of the table of separators.

    Parameters
    ----------
    separate : callable
        Turns a `Task` into a `Separation`.
    chosen : Message
        What is said when it is taken, with the better choice where there is one.
    find : callable or None
        Finds the weights it needs in a folder, or wherever they are on this machine; None where
        it needs none. A separator whose weights are not here is never taken by itself.
    missing : str
        Code of the refusal where its weights are not here.
    channel_each : bool
        Whether it needs a channel per person.
    takes_labels : bool
        Whether a labelled transcript may add what it did not hear.
    """

    separate: Callable[[Task], Separation]
    chosen: Message
    find: Callable[[Path | None], Weights | None] | None = None
    missing: str = "separator.no_weights"
    channel_each: bool = False
    takes_labels: bool = False


def within(turns: Iterable[Turn], duration: float) -> tuple[tuple[Turn, ...], tuple[Note, ...]]:
    """Cut turns at the ends of the recording; a note says so if any reached past it."""
    whole = Span(0.0, duration)
    every = sorted(turns)
    kept = tuple(sorted(Turn(inside, t.voice) for t in every if (inside := t.span & whole)))
    past = max((turn.span.end - duration for turn in every), default=0.0)
    if past <= 0.0 and len(kept) == len(every):
        return kept, ()
    return kept, (Note("separator.past_end", {"seconds": past}),)
