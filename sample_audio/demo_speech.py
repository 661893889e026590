"""Speech for the demonstration model: generated sentences spoken by the samples' three voices.

Conventions
-----------
A piece is kept as the decimal logarithm of its mel power, float16 (frames, 80), 100 frames a
second, as openai-whisper computes it, with the times of its words in seconds. Pieces are added
up as power, so that a training window of many pieces costs no synthesis. The two synthesisers
stay loaded here, unlike in ``synthesisers.py``: nothing has to be the same to the byte.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from diarize.recording.audio import RATE_HZ
from sample_audio.demo_text import Grammar, grammar
from sample_audio.play import SPEAKING_DB
from sample_audio.room import level, reverberate, soften
from sample_audio.script import Manner
from sample_audio.speak import speak_espeak, speak_flite
from sample_audio.synthesisers import request

__all__ = ["FRAMES_PER_S", "VOICES", "Spoken", "load", "log_power", "save", "speak_all"]

FRAMES_PER_S = 100
VOICES: tuple[dict[str, Any], ...] = (
    {"engine": "flite", "voice": "slt", "pitch_hz": 173.0},
    {"engine": "espeak-ng", "voice": "en-us", "rate": 0.98, "pitch": 52},
    {"engine": "espeak-ng", "voice": "en-us+m3", "rate": 0.98, "pitch": 48},
)
_SHARE = (0.46, 0.29, 0.25)
_HOP, _SIZE = 160, 400


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """A piece: its voice's number, its words as (start s, end s, text), its mel power."""

    voice: int
    words: tuple[tuple[float, float, str], ...]
    power: NDArray[np.float16]


@cache
def _filters() -> NDArray[np.float64]:
    from whisper.audio import mel_filters

    return np.asarray(mel_filters("cpu", 80).numpy(), np.float64)


def log_power(wave: NDArray[np.float64]) -> NDArray[np.float64]:
    """Decimal logarithm of the mel power of samples (n,) at 16 kHz: (n // 160, 80)."""
    padded = np.pad(wave, _SIZE // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, _SIZE)[::_HOP][: len(wave) // _HOP]
    window = np.hanning(_SIZE + 1)[:-1]
    spectrum = np.abs(np.fft.rfft(frames * window, axis=1)) ** 2
    return np.asarray(np.log10(np.maximum(spectrum @ _filters().T, 1e-10)))


def speak_all(count: int, seed: int, *, workers: int = 2) -> Iterator[Spoken]:
    """Speak `count` pieces; the same seed gives the same ones, in the same order."""
    with get_context("spawn").Pool(workers, maxtasksperchild=40) as pool:
        yield from pool.imap(_speak, ((seed, number) for number in range(count)), chunksize=10)


@cache
def _grammar() -> Grammar:
    return grammar()


def _speak(which: tuple[int, int]) -> Spoken:
    random = np.random.default_rng(which)
    number = int(random.choice(len(VOICES), p=_SHARE))
    voice = VOICES[number]
    manner = Manner(
        "drawn",
        rate=float(random.uniform(0.82, 1.32)),
        pitch_st=float(random.uniform(-2.2, 2.2)),
        range=float(random.uniform(0.7, 1.6)),
        soft_db=float(random.uniform(-2.4, 3.6)),
    )
    text = _text(random)
    speak = speak_flite if voice["engine"] == "flite" else speak_espeak
    rate_hz, samples, words = speak(request(voice, text, manner))
    wave = np.frombuffer(samples, np.int16).astype(np.float64) / 32768.0
    wave = soxr.resample(wave, rate_hz, RATE_HZ, quality="HQ")
    first, last = max(0.0, words[0][0] - 0.03), words[-1][1] + 0.05
    wave = wave[round(first * RATE_HZ) : round(last * RATE_HZ)]
    wave = level(soften(wave, RATE_HZ, manner.soft_db), RATE_HZ, SPEAKING_DB)
    wave = np.concatenate([wave, np.zeros(RATE_HZ // 5)])
    wet = reverberate(wave, RATE_HZ, seed=int(random.integers(1 << 30)))
    timed = tuple((start - first, end - first, word) for start, end, word in words)
    return Spoken(number, timed, log_power(wet).astype(np.float16))


def _text(random: np.random.Generator) -> str:
    """One to three sentences of at most 20 words; one in six stops at a comma."""
    sentences = [_grammar().sentence(random)]
    while random.random() < 0.4 and len(" ".join(sentences).split()) < 10:
        sentences.append(_grammar().sentence(random))
    text = " ".join(sentences)
    return text[:-1] + "," if random.random() < 0.17 else text


def save(path: Path, pieces: Iterable[Spoken]) -> None:
    """Write pieces to one ``.npz`` file."""
    kept = list(pieces)
    np.savez(
        path,
        power=np.concatenate([piece.power for piece in kept]),
        frames=np.array([len(piece.power) for piece in kept]),
        voice=np.array([piece.voice for piece in kept]),
        words=np.array(json.dumps([piece.words for piece in kept])),
    )


def load(path: Path) -> list[Spoken]:
    """Read what :func:`save` wrote."""
    with np.load(path) as kept:
        ends = np.cumsum(kept["frames"])
        powers = np.split(kept["power"], ends[:-1])
        words = json.loads(str(kept["words"]))
        voices = kept["voice"].tolist()
    return [
        Spoken(voice, tuple(tuple(word) for word in said), power)
        for voice, said, power in zip(voices, words, powers, strict=True)
    ]
