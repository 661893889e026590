"""Two voices, one way to ask them: a text and a manner in, a dry voice out.

They speak in a process of their own, in the environment that `make samples` makes for the voices
(see ``speak.py``). What comes back is cut at its first and last sound, so that times in the
ground truth are those of the sound itself.
"""

import json
import subprocess
import threading
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from diarize.timeline import Span, Word, union
from sample_audio.script import Manner

__all__ = ["MISSING", "VOICES", "Dry", "missing", "request", "say", "sounding"]

VOICES = Path(__file__).parents[1] / ".voices" / "bin" / "python"
MISSING = "the voices are not installed here; 'make samples' installs them and speaks the samples"
# Sounds without a spelling that a synthesiser reads aloud, as stretches of humming: seconds, and
# semitones at the beginning and the end; None is breath.
_SOUNDS = {
    "mm-hm": [[0.16, 0.0, -1.5], [0.06, None, None], [0.22, 0.5, 3.0]],
    "mm": [[0.3, 0.5, -2.0]],
}
_HOP_S = 0.005
_INSIDE_A_WORD_S = 0.12  # the longest silence inside a word: before a "k", a "t"
_SHORTEST_WORD_S = 0.08
_BELOW_PEAK_DB = 36.0  # a frame this far under the piece's loud frames is silence


@dataclass(frozen=True, slots=True, eq=False)
class Dry:
    """A voice without a room: samples, where it sounds, and its words, seconds from its start."""

    samples: NDArray[np.float64]
    speech: tuple[Span, ...]
    words: tuple[Word, ...]


def missing() -> str | None:
    """Say what to do if a voice does not answer here, else None."""
    try:
        for voice in ({"engine": "hibari", "voice": "heart"}, {"engine": "piper", "voice": "joe"}):
            ask(json.dumps(request(voice, "Yes.", Manner("plain"))))
    except (OSError, RuntimeError):
        return MISSING
    return None


def say(voice: dict[str, Any], text: str, manner: Manner, rate_hz: int) -> Dry:
    """Speak `text` and cut the silence before and after it.

    Parameters
    ----------
    voice : dict
        `engine` ("hibari" or "piper") and `voice`.
    text : str
        Plain ASCII.
    manner : Manner
        `level_db` and `soft_db` are not the synthesiser's business; see ``room.py``.
    rate_hz : int
        Of the samples returned.
    """
    rate, samples, words = ask(json.dumps(request(voice, text, manner), sort_keys=True))
    wave = soxr.resample(samples, rate, rate_hz, quality="HQ") if rate != rate_hz else samples
    fine = _stretches(wave, rate_hz)
    speech = union(fine, join_s=0.2)
    first, last = speech[0].start, speech[-1].end
    cut = wave[round(first * rate_hz) : round(last * rate_hz)]
    timed = [Word(Span(a, b), word) for a, b, word in words]
    placed = in_stretches(timed, union(fine, join_s=_INSIDE_A_WORD_S))
    return Dry(
        cut,
        tuple(span.shifted(-first) for span in speech),
        tuple(replace(word, span=word.span.shifted(-first)) for word in placed),
    )


def in_stretches(words: Sequence[Word], stretches: Sequence[Span]) -> list[Word]:
    """Let words begin and end with the sound: the first and last of every stretch of speech.

    A word belongs to the stretch that it shares most with, or the nearest. Where a network's
    times leave a word at an edge less than `_SHORTEST_WORD_S`, its neighbour gives way.
    """
    inside: list[list[Word]] = [[] for _ in stretches]
    for word in words:
        shared = [
            word.span.overlap(s) or -max(word.span.gap(s), s.gap(word.span)) for s in stretches
        ]
        inside[shared.index(max(shared))].append(word)
    placed = []
    for stretch, own in zip(stretches, inside, strict=True):
        if not own:
            continue
        edges = [stretch.start, *(word.span.start for word in own[1:]), stretch.end]
        stops = [*(word.span.end for word in own[:-1]), stretch.end]
        least = min(_SHORTEST_WORD_S, stretch.duration / len(own))
        for n in range(len(own) - 1, 0, -1):  # starts, from the last to the first
            edges[n] = min(edges[n], edges[n + 1] - least)
        for n in range(1, len(own)):
            edges[n] = max(edges[n], edges[n - 1] + least)
        for n, word in enumerate(own):
            stop = min(max(stops[n], edges[n] + least), edges[n + 1])
            placed.append(replace(word, span=Span(edges[n], stop)))
    return placed


def request(voice: dict[str, Any], text: str, manner: Manner) -> dict[str, Any]:
    """Ask for a text in a manner; what chance decides in a voice hangs on the request alone."""
    asked = {
        "engine": voice["engine"],
        "voice": voice["voice"],
        "text": text,
        "rate": manner.rate,
        "pitch_st": manner.pitch_st,
        "range": manner.range,
    }
    if text in _SOUNDS:
        asked["hum"] = _SOUNDS[text]
    return {**asked, "seed": zlib.crc32(json.dumps(asked, sort_keys=True).encode())}


_mine = threading.local()  # each thread has a speaker of its own


@lru_cache(maxsize=4096)
def ask(request: str) -> tuple[int, NDArray[np.float64], tuple[tuple[float, float, str], ...]]:
    """Have a request spoken in the voices' environment: rate in Hz, samples in ±1, timed words."""
    if getattr(_mine, "speaker", None) is None or _mine.speaker.poll() is not None:
        command = [str(VOICES), "-I", str(Path(__file__).with_name("speak.py"))]
        _mine.speaker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    speaker = _mine.speaker
    try:
        speaker.stdin.write(request.encode() + b"\n")
        speaker.stdin.flush()
        head = speaker.stdout.readline()
    except BrokenPipeError:
        head = b""
    if not head:
        raise RuntimeError(f"the voices fell silent at {request}")
    answer = json.loads(head)
    samples = (
        np.frombuffer(speaker.stdout.read(answer["bytes"]), "<i2").astype(np.float64) / 32768.0
    )
    return answer["rate_hz"], samples, tuple(tuple(word) for word in answer["words"])


def sounding(wave: NDArray[np.float64], rate_hz: int) -> tuple[Span, ...]:
    """Where a dry voice sounds: stretches louder than 36 dB under its loud frames.

    Silences shorter than 0.2 s are closed, sounds shorter than 0.03 s dropped; edges lie on a
    grid of 5 ms.
    """
    return union(_stretches(wave, rate_hz), join_s=0.2)


def _stretches(wave: NDArray[np.float64], rate_hz: int) -> tuple[Span, ...]:
    hop = round(_HOP_S * rate_hz)
    count = len(wave) // hop
    power = np.square(wave[: count * hop]).reshape(count, hop).mean(axis=1)
    loud = np.percentile(power[power > 0], 95)
    frames = np.flatnonzero(power > loud * 10 ** (-_BELOW_PEAK_DB / 10))
    each = (Span(n * hop / rate_hz, (n + 1) * hop / rate_hz) for n in frames.tolist())
    return tuple(span for span in union(union(each), join_s=0.02) if span.duration >= 0.03)
