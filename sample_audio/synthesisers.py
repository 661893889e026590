"""Two synthesisers, one way to ask them: a text and a manner in, a dry voice out.

Each request runs in a process of its own (see ``speak.py``). What comes back is cut at its
first and last sound, so that times in the ground truth are those of the sound itself.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from diarize.timeline import Span, Word, union
from sample_audio.script import Manner

__all__ = ["MISSING", "Dry", "missing", "request", "say", "sounding"]

MISSING = (
    "the two speech synthesisers are not both installed; on Debian or Ubuntu: "
    "apt install flite espeak-ng"
)
# Sounds that have no spelling a synthesiser reads aloud: its own phonemes instead.
_SOUNDS = {
    "flite": {"mm-hm": "m m hh m m m", "mm": "m m m m"},
    "espeak-ng": {"mm-hm": "[[m:h@m:]]", "mm": "[[m:m:m:]]"},
}
_HOP_S = 0.005
_BELOW_PEAK_DB = 36.0  # a frame this far under the piece's loud frames is silence


@dataclass(frozen=True, slots=True, eq=False)
class Dry:
    """A voice without a room: samples, where it sounds, and its words, seconds from its start."""

    samples: NDArray[np.float64]
    speech: tuple[Span, ...]
    words: tuple[Word, ...]


def missing() -> str | None:
    """Say what to install if a synthesiser does not answer here, else None."""
    try:
        for voice in ({"engine": "flite", "voice": "slt"}, {"engine": "espeak-ng"}):
            ask(json.dumps(request({"voice": "en-us", **voice}, "Yes.", Manner("plain"))))
    except (OSError, RuntimeError):
        return MISSING
    return None


def say(voice: dict[str, Any], text: str, manner: Manner, rate_hz: int) -> Dry:
    """Speak `text` and cut the silence before and after it.

    Parameters
    ----------
    voice : dict
        `engine` ("flite" or "espeak-ng"), `voice`, and the plain `rate` and `pitch` of it.
    text : str
        Plain ASCII.
    manner : Manner
        `level_db` and `soft_db` are not the synthesiser's business; see ``room.py``.
    rate_hz : int
        Of the samples returned.
    """
    rate, samples, words = ask(json.dumps(request(voice, text, manner), sort_keys=True))
    wave = soxr.resample(samples, rate, rate_hz, quality="HQ") if rate != rate_hz else samples
    speech = sounding(wave, rate_hz)
    first, last = speech[0].start, speech[-1].end
    cut = wave[round(first * rate_hz) : round(last * rate_hz)]
    whole = Span(0.0, last - first)
    timed = [
        Word(Span(max(0.0, a - first), max(0.0, a - first, min(b - first, whole.end))), word)
        for a, b, word in words
    ]
    return Dry(cut, tuple(span.shifted(-first) for span in speech), tuple(timed))


def request(voice: dict[str, Any], text: str, manner: Manner) -> dict[str, Any]:
    """Ask for a text in a manner, in the words of the voice's own synthesiser."""
    engine = voice["engine"]
    asked = {"engine": engine, "voice": voice["voice"], "text": text}
    if text in _SOUNDS[engine]:
        asked["phones"] = _SOUNDS[engine][text]
    rate = voice.get("rate", 1.0) * manner.rate
    if engine == "flite":
        pitch_hz = voice.get("pitch_hz", 170.0) * 2 ** (manner.pitch_st / 12)
        return {**asked, "rate": rate, "pitch_hz": pitch_hz, "range_hz": 22.0 * manner.range}
    # Measured on its English voice: 5.7 of espeak-ng's pitch steps make a semitone.
    pitch = min(99.0, max(0.0, voice.get("pitch", 50.0) + 5.7 * manner.pitch_st))
    range_ = min(99.0, 55.0 * manner.range)
    return {**asked, "rate": 160.0 * rate, "pitch": pitch, "range": range_}


@lru_cache(maxsize=4096)
def ask(request: str) -> tuple[int, NDArray[np.float64], tuple[tuple[float, float, str], ...]]:
    """Have a request spoken in a process of its own: rate in Hz, samples in ±1, timed words."""
    speaker = Path(__file__).with_name("speak.py")
    command = [sys.executable, "-I", str(speaker)]
    done = subprocess.run(command, input=request.encode(), capture_output=True, check=False)
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise RuntimeError(f"the synthesiser failed: {''.join(reason)}")
    head, _, raw = done.stdout.partition(b"\n")
    answer = json.loads(head)
    samples = np.frombuffer(raw, "<i2").astype(np.float64) / 32768.0
    return answer["rate_hz"], samples, tuple(tuple(word) for word in answer["words"])


def sounding(wave: NDArray[np.float64], rate_hz: int) -> tuple[Span, ...]:
    """Where a dry voice sounds: stretches louder than 36 dB under its loud frames.

    Silences shorter than 0.2 s are closed, sounds shorter than 0.03 s dropped; edges lie on a
    grid of 5 ms.
    """
    hop = round(_HOP_S * rate_hz)
    count = len(wave) // hop
    power = np.square(wave[: count * hop]).reshape(count, hop).mean(axis=1)
    loud = np.percentile(power[power > 0], 95)
    frames = np.flatnonzero(power > loud * 10 ** (-_BELOW_PEAK_DB / 10))
    each = (Span(n * hop / rate_hz, (n + 1) * hop / rate_hz) for n in frames.tolist())
    close = union(union(each, join_s=0.02))
    return union((span for span in close if span.duration >= 0.03), join_s=0.2)
