"""Fit the network that hears hums, alone and over speech.

    OMP_NUM_THREADS=1 .venv/bin/python -m training.hums --to FILE.npz [--conversations N]

Conversations are spliced from readers (LibriSpeech, CC BY 4.0), one actor (EmoDB, CC0), learners
(speechocean762, free for any use), voices of espeak-ng and the two voices of the sample sessions
('make samples' installs them), who say other sentences here; each is played at several speeds. The
listener hums, through a mouth drawn anew each time (`benchmarks.shared.murmurs`); no hum of the
sample sessions is heard. One conversation of four has no hum, and much talk over talk; to twenty
there is a minute in which there is nobody. The readers
of ``benchmarks.backchannels`` are among these voices; its other voices and the real recordings are
never heard here.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.shared import murmurs, splicing
from benchmarks.shared.corpora import DATA, load
from diarize.separation import activity, hums, overlap
from diarize.timeline import Span, Turn
from sample_audio.script import Manner
from sample_audio.synthesisers import say
from training import dilated
from training.overlap import SPEEDS, SYNTHETIC, TEXTS, at_speed, spoken

ACTORS = ("10",)
SAMPLE_VOICES = ({"engine": "hibari", "voice": "heart"}, {"engine": "piper", "voice": "joe"})
_SECONDS = 60.0
_BATCH = 48  # pieces
_MEAN = 0.995  # what the running mean of the weights keeps at each step
_TO_ONE_WITH_NOBODY = 20  # conversations
Example = tuple[NDArray[np.float16], NDArray[np.int8]]


@lru_cache(maxsize=1)
def pool() -> splicing.Pool:
    """Give the phrases of every voice that is learnt from."""
    found = splicing.voices(DATA)
    voices = dict(found["readers"])
    voices |= {name: found["actors"][name] for name in ACTORS}
    for path in sorted((DATA / "align").glob("so762_*.wav")):
        voices[path.stem] = list(splicing.phrases(load(path).mono))
    voices |= {n: spoken(how) for n, how in SYNTHETIC.items() if how[0] == "espeak-ng"}
    voices |= {voice["voice"]: _said(voice) for voice in SAMPLE_VOICES}
    return {name: phrases for name, phrases in voices.items() if phrases}


def _said(voice: dict[str, str]) -> list[splicing.Phrase]:
    """Let a voice of the sample sessions say other sentences; one that it stumbles at is left."""
    table = (DATA / "align" / "so762_text.tsv").read_text("utf-8").splitlines()[1:]
    texts = [*TEXTS, *(line.split("\t")[4].capitalize() + "." for line in table)]
    found: list[splicing.Phrase] = []
    for text in texts:
        with suppress(RuntimeError):
            sound = say(voice, text, Manner("plain"), splicing.RATE).samples
            found += splicing.phrases(sound.astype(np.float32))
    return found


def hummed(sound: splicing.Sound, rng: np.random.Generator) -> splicing.Sound:
    """Make a hum of a phrase: through its own darkest sounds, or through a mouth that is drawn."""
    mouth = _drawn(rng) if rng.random() < 0.4 else _nasal(sound, rng)
    if rng.random() < 0.5:
        made = mouth(_sung(sound, rng))
        made = made * (np.sqrt(np.mean(sound**2)) / 2 / (np.sqrt(np.mean(made**2)) + 1e-9))
    else:
        made = murmurs.hum(sound, rng, mouth)
    if rng.random() < 0.5:
        made = at_speed([splicing.Phrase(made, 0.0)], float(rng.uniform(0.9, 1.35)))[0].sound
    return np.asarray(made * 10 ** (rng.uniform(-9.0, 6.0) / 20), np.float32)


def _sung(sound: splicing.Sound, rng: np.random.Generator) -> splicing.Sound:
    """Give pulses near the voice's pitch, in one swell or two with breath between, white in sum."""
    periods = overlap.listen(sound, max(1, len(sound) // 320)).periods
    voiced = periods[:, 0] > 0.5
    middle = 150 * 2 ** float(np.median(periods[voiced, 1])) if voiced.any() else 150.0
    parts = []
    swells = 1 if rng.random() < 0.45 else 2
    for n in range(swells):
        count = int(rng.uniform(0.14, 0.26 if swells == 2 else 0.5) * splicing.RATE)
        start, end = rng.uniform(-3.0, 3.0), rng.uniform(-3.0, 4.0)
        semitones = np.linspace(start, end, count) + rng.uniform(0, 0.3) * rng.normal(0, 1)
        phase = np.cumsum(middle * 2 ** (semitones / 12)) / splicing.RATE
        pulses = np.zeros(count)
        pulses[np.flatnonzero(np.diff(np.floor(phase)) > 0)] = 1.0
        swell = np.clip(np.sin(np.linspace(0.1, np.pi - 0.1, count)), 0, 1) ** rng.uniform(0.3, 1.2)
        hiss = rng.normal(0, 10 ** rng.uniform(-3.0, -1.3), count)
        parts.append((pulses + hiss) * swell)
        if n + 1 < swells:
            parts.append(rng.normal(0, 0.02, int(rng.uniform(0.0, 0.1) * splicing.RATE)))
    return np.asarray(np.concatenate(parts), np.float32)


def _drawn(rng: np.random.Generator) -> murmurs.Mouth:
    """Draw a closed or, one time in four, a hardly opened mouth."""
    if rng.random() < 0.25:
        first, wide = rng.uniform(380, 620), rng.uniform(80, 160)
        shares = rng.uniform(0.05, 0.25), rng.uniform(0.02, 0.1)
    else:
        first, wide = rng.uniform(200, 350), rng.uniform(50, 120)
        shares = 10 ** rng.uniform(-2.0, -0.8), 10 ** rng.uniform(-2.4, -1.2)
    resonances = (
        (first, wide, 1.0),
        (rng.uniform(850, 1_400), rng.uniform(120, 260), shares[0]),
        (rng.uniform(1_900, 2_800), rng.uniform(180, 350), shares[1]),
    )
    return lambda source: murmurs.closed(source, resonances)


def _nasal(sound: splicing.Sound, rng: np.random.Generator) -> murmurs.Mouth:
    """Take the resonances of a dark, loud moment of the phrase: an "m" or an "n"."""
    from scipy.linalg import solve_toeplitz
    from scipy.signal import lfilter

    padded = np.pad(sound, (0, max(0, 480 - len(sound))))
    cut = np.lib.stride_tricks.sliding_window_view(padded, 480)[::80]
    power = np.abs(np.fft.rfft(cut * np.hanning(480), 1024, axis=1)) ** 2 + 1e-9
    low, high = power[:, 5:39].sum(axis=1), power[:, 39:256].sum(axis=1)
    loud = low + high > (low + high).max() * 10**-2.5
    tilt = np.where(loud, high / low, np.inf)
    at = int(np.argsort(tilt)[int(rng.integers(0, max(1, min(10, loud.sum()))))])
    lags = np.fft.irfft(power[max(0, at - 2) : at + 3].mean(axis=0))[:19]
    lags[0] *= 1.001
    weights = solve_toeplitz(lags[:-1], -lags[1:])
    whole = np.concatenate([[1.0], weights])
    return lambda source: np.asarray(lfilter([1.0], whole, source), np.float32)


def _names() -> list[str]:
    """Name the voices, those with much to say more often."""
    often = {name: min(6, 1 + len(phrases) // 4) for name, phrases in pool().items()}
    return [name for name in sorted(often) for _ in range(often[name])]


def example(number: int) -> Example:
    """Give evidence and truth of one conversation."""
    rng = np.random.default_rng(41_000 + number)
    pair = tuple(dict.fromkeys(map(str, rng.permutation(_names()))))[:2]
    heard = {name: at_speed(pool()[name], float(rng.choice(SPEEDS))) for name in pair}
    condition = str(rng.choice(splicing.CONDITIONS))
    seed = 83_000 + number
    own: tuple[Turn, ...] = ()
    if number % 4:
        listened = murmurs.listened(
            heard, (pair[0], pair[1]), seconds=_SECONDS, condition=condition, seed=seed,
            hummed=hummed, anywhere=bool(rng.random() < 0.7),
        )  # fmt: skip
        sound, turns, own = listened.sound, listened.turns, listened.hums
    else:
        made = splicing.conversations(
            heard, pair, seconds=_SECONDS, condition=condition, seed=seed, aside_share=0.6
        )
        sound, turns = made.sound, made.turns
    sound = sound * np.float32(10 ** rng.uniform(-1.0, 0.3))
    speech = activity.speech_probability(sound, splicing.RATE)[::2]
    return hums.evidence(sound, speech), states(turns, own, len(speech))


def nobody(number: int) -> Example:
    """Give evidence and truth of a minute without anybody: silence, noise, tones, mains hum."""
    rng = np.random.default_rng(59_000 + number)
    n = int(_SECONDS * splicing.RATE)
    at = np.arange(n) / splicing.RATE
    sound = rng.normal(0, 10 ** rng.uniform(-4.5, -1.3), n) * rng.choice([0.0, 1.0])
    if rng.random() < 0.3:
        sound = np.cumsum(sound) * 0.02  # a rumble
    for _ in range(int(rng.integers(0, 4))):
        hz = float(rng.choice([50.0, 60.0, 100.0])) if rng.random() < 0.3 else rng.uniform(80, 900)
        sound = sound + 10 ** rng.uniform(-3.0, -0.8) * np.sin(2 * np.pi * hz * at)
    made = sound.astype(np.float32)
    speech = activity.speech_probability(made, splicing.RATE)[::2]
    return hums.evidence(made, speech * np.float32(rng.random() < 0.5)), states((), (), len(speech))


def states(turns: tuple[Turn, ...], own: tuple[Turn, ...], count: int) -> NDArray[np.int8]:
    """State of every frame: 1 where somebody hums alone, 2 where the other speaks too."""
    found = np.zeros(count, dtype=np.int8)
    for hum in own:
        found[_frames(hum.span)] = 1
    for turn in turns:
        for hum in own:
            shared = hum.span & turn.span
            if hum.voice != turn.voice and shared is not None:
                found[_frames(shared)] = 2
    return found


def _frames(span: Span) -> slice:
    return slice(round(span.start / hums.HOP_S), round(span.end / hums.HOP_S))


def fit(examples: list[Example], *, width: int, epochs: int) -> dict[str, Any]:
    """Fit on pieces of conversations."""
    weights = dilated.start(hums.COLUMNS, width, hums.LAYERS, hums.STATES)
    return dilated.fit(
        weights, hums.network, examples, _piece, epochs=epochs, batch=_BATCH, decay=5e-2, mean=_MEAN
    )


def _piece(example: Example, first: int, rng: np.random.Generator) -> Example:
    """Cut a piece out, a little louder or softer and without some columns."""
    rows, wanted = dilated.cut_out(*example, first, rng)
    rows[:, : hums.SPECTRA] += np.float16(rng.normal(0, 0.15))
    mask = rng.integers(0, 96), rng.integers(0, 12)
    rows[:, mask[0] : mask[0] + mask[1]] = 0.0
    return rows, wanted


def main() -> None:
    """Make conversations, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--conversations", type=int, default=960)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--to", type=Path, required=True, metavar="FILE.npz")
    given = parser.parse_args()
    pool()
    with ProcessPoolExecutor(given.processes) as workers:
        examples = list(workers.map(example, range(given.conversations), chunksize=4))
        examples += workers.map(nobody, range(given.conversations // _TO_ONE_WITH_NOBODY))
    frames = np.concatenate([truth for _, truth in examples])
    print(f"{len(frames) * hums.HOP_S:.0f} s, alone {np.mean(frames == 1):.3f}, "
          f"over speech {np.mean(frames == 2):.3f}")  # fmt: skip
    weights = fit(examples, width=given.width, epochs=given.epochs)
    np.savez_compressed(given.to, **{k: v.numpy().astype(np.float16) for k, v in weights.items()})


if __name__ == "__main__":
    main()
