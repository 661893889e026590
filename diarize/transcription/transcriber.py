"""A model ready to hear, and what was heard.

Conventions
-----------
A model is given windows of sound, each float32 (n,) at 16 kHz, and gives each window's `Decoded`
segments with times from the window's start; its own shapes end in its module. What is left out
of its words is counted in flags and told in notes, never with its text.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from diarize.messages import Message, Note
from diarize.models.catalogue import Weights
from diarize.models.engine import Engine
from diarize.recording.audio import RATE_HZ
from diarize.settings import Transcribing
from diarize.timeline import Span, Word
from diarize.transcription.hallucination import Decoded, Flag

__all__ = [
    "Decode",
    "Opener",
    "Samples",
    "Transcriber",
    "Transcription",
    "bounds",
    "one_by_one",
    "span",
]

Samples = NDArray[np.float32]
Decode = Callable[[Sequence[Samples], str | None], Sequence[Sequence[Decoded]]]


def _nothing() -> None:
    """Nothing is held."""


@dataclass(frozen=True, slots=True)
class Transcriber:
    """A model ready to hear.

    Parameters
    ----------
    engine : Engine
        What it is.
    decode : callable
        Takes windows, each float32 (n,) at 16 kHz, and a language code or None; gives the
        segments in each.
    detect : callable or None
        Takes the samples of one window, gives the probability of each language; None where the
        model knows one only.
    language : str or None
        The only language the model knows.
    notes : tuple of Note
        What a reader has to know of every word it gives.
    window_s : float
        The longest window it can hear, where that is shorter than what it would be given.
    at_once : int
        How many windows it is best given in one call.
    expecting : callable or None
        Takes a line of names that may be said, gives a `decode` that knows them; None where the
        model cannot be told any.
    names : sequence of str
        Those it was told: a list of them is nothing that anybody said.
    close : callable
        Lets go of the network until it is next asked something: it is the largest thing an
        analysis holds, and read again in a second.
    """

    engine: Engine
    decode: Decode
    detect: Callable[[Samples], Mapping[str, float]] | None = None
    language: str | None = None
    notes: tuple[Note, ...] = ()
    window_s: float = math.inf
    at_once: int = 1
    expecting: Callable[[str], Decode] | None = None
    names: Sequence[str] = ()
    close: Callable[[], None] = _nothing


@dataclass(frozen=True, slots=True)
class Transcription:
    """What was heard, by what, and what was left out.

    `words` is None where nobody transcribed. `language` is the words'; where what was told is
    contradicted by the sound, they are a translation and it is ``und`` (undetermined).
    """

    words: tuple[Word, ...] | None
    language: str | None
    engine: Engine
    flags: tuple[Flag, ...] = ()
    notes: tuple[Note, ...] = ()


def _here() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Opener:
    """One row of the table of transcribers: how one is found and opened.

    Parameters
    ----------
    open : callable
        Takes the weights that were found, a language code or None, and the thresholds of
        decoding; gives a `Transcriber`.
    chosen : Message
        What is said when it is taken; `name` and `better` are filled in with the model's name and
        with what better choice exists.
    find : callable or None
        Takes a model's name or file, or None for the best on this machine, and a language; gives
        the weights, None where there are none. None for a transcriber that needs none.
    missing : str
        Code of the refusal where its weights are not here.
    installed : callable
        Whether its package is installed.
    """

    open: Callable[[Weights | None, str | None, Transcribing], Transcriber]
    chosen: Message
    find: Callable[[str | Path | None, str | None], Weights | None] | None = None
    missing: str = "transcriber.no_weights"
    installed: Callable[[], bool] = _here


def one_by_one(hear: Callable[[Samples, str | None], Sequence[Decoded]]) -> Decode:
    """Make a function that hears one window into one that takes several."""
    return lambda windows, language: [hear(window, language) for window in windows]


def bounds(samples: Samples, rule: Transcribing) -> tuple[int, int]:
    """How many tokens a window may give, and how often it may be decoded."""
    seconds = len(samples) / RATE_HZ
    tokens = rule.most_tokens + rule.most_tokens_per_s * seconds
    times = rule.most_decodes + rule.most_decodes_per_s * seconds
    return round(tokens), round(times)


def span(start: float, end: float) -> Span:
    """Give a span from times that a model made up: never negative, never backwards."""
    start = float(start) if math.isfinite(start) else 0.0
    end = float(end) if math.isfinite(end) else start
    return Span(max(0.0, start), max(0.0, start, end))
