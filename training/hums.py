"""Fit the network that hears hums, alone and over speech.

    OMP_NUM_THREADS=1 .venv/bin/python -m training.hums --to FILE.npz [--conversations N]

Conversations are spliced from readers (LibriSpeech, CC BY 4.0), one actor (EmoDB, CC0), learners
(speechocean762, free for any use), voices of espeak-ng and the two voices of the sample sessions
('make samples' installs them), who say other sentences here; each is played at several speeds. The
listener hums, through a mouth drawn anew each time (`benchmarks.shared.murmurs`); no hum of the
sample sessions is heard. One conversation of four has no hum, and much talk over talk. The readers
of ``benchmarks.backchannels`` are among these voices; its other voices and the real recordings are
never heard here.
"""

import argparse
import time
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
from training.overlap import SPEEDS, SYNTHETIC, TEXTS, at_speed, spoken

ACTORS = ("10",)
SAMPLE_VOICES = ({"engine": "hibari", "voice": "heart"}, {"engine": "piper", "voice": "joe"})
_SECONDS = 60.0
_PIECE, _BATCH = 400, 48  # frames, pieces
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


def states(turns: tuple[Turn, ...], own: tuple[Turn, ...], count: int) -> NDArray[np.int8]:
    """State of every frame: 1 where somebody hums alone, 2 where the other speaks too."""
    found = np.zeros(count, dtype=np.int8)
    for hum in own:
        found[_frames(hum.span)] = 1
    for turn in turns:
        for hum in own:
            if hum.voice != turn.voice and hum.span.overlap(turn.span) > 0:
                shared = Span(
                    max(hum.span.start, turn.span.start), min(hum.span.end, turn.span.end)
                )
                found[_frames(shared)] = 2
    return found


def _frames(span: Span) -> slice:
    return slice(round(span.start / hums.HOP_S), round(span.end / hums.HOP_S))


def start(width: int) -> dict[str, Any]:
    """Give weights before fitting."""
    import torch

    torch.manual_seed(0)

    def draw(*shape: int) -> Any:
        return torch.randn(*shape) * (2.0 / np.prod(shape[1:])) ** 0.5

    weights = {
        "enter": draw(width, hums.COLUMNS),
        "enter_bias": torch.zeros(width),
        "leave": draw(hums.STATES, width) * 0.3,
        "leave_bias": torch.zeros(hums.STATES),
    }
    for i in range(hums.LAYERS):
        weights[f"wide.{i}"] = draw(width, width, 5)
        weights[f"wide_bias.{i}"] = torch.zeros(width)
        weights[f"mix.{i}"] = draw(width, width, 1) * 0.3
        weights[f"mix_bias.{i}"] = torch.zeros(width)
    return {name: value.requires_grad_() for name, value in weights.items()}


def fit(examples: list[Example], *, width: int, epochs: int) -> dict[str, Any]:
    """Fit by gradient descent on pieces of 8 s, on a graphics card where there is one."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    weights = {n: v.detach().to(device).requires_grad_() for n, v in start(width).items()}
    steps = torch.optim.AdamW(list(weights.values()), lr=2e-3, weight_decay=5e-2)
    pieces = [(e, at) for e in range(len(examples)) for at in range(0, len(examples[e][1]), _PIECE)]
    batches = -(-len(pieces) // _BATCH)
    pace = torch.optim.lr_scheduler.OneCycleLR(steps, 4e-3, total_steps=epochs * batches + 1)
    rng = np.random.default_rng(1)
    began = time.perf_counter()
    for epoch in range(epochs):
        losses = []
        for some in np.array_split(rng.permutation(len(pieces)), batches):
            drawn = [_piece(examples, pieces[i], rng) for i in some]
            rows, truth = (
                torch.from_numpy(np.stack(part)).to(device) for part in zip(*drawn, strict=True)
            )
            steps.zero_grad()
            scores = hums.network(rows.float(), weights)
            loss = torch.nn.functional.cross_entropy(
                scores.reshape(-1, hums.STATES), truth.long().reshape(-1), ignore_index=-1
            )
            loss.backward()
            torch.nn.utils.clip_grad_norm_(list(weights.values()), 1.0)
            steps.step()
            pace.step()
            losses.append(loss.detach())
        mean = float(torch.stack(losses).mean())
        print(f"epoch {epoch + 1}: {mean:.4f}, {time.perf_counter() - began:.0f} s", flush=True)
    return {name: value.detach().cpu() for name, value in weights.items()}


def _piece(examples: list[Example], piece: tuple[int, int], rng: np.random.Generator) -> Any:
    """Cut a piece out, a little louder or softer and without some columns."""
    shown, truth = examples[piece[0]]
    at = max(0, min(len(truth) - _PIECE, piece[1] + int(rng.integers(-200, 200))))
    rows, wanted = shown[at : at + _PIECE].copy(), truth[at : at + _PIECE]
    if len(rows) < _PIECE:
        rows = np.pad(rows, ((0, _PIECE - len(rows)), (0, 0)))
        wanted = np.pad(wanted, (0, _PIECE - len(wanted)), constant_values=-1)
    rows[:, : hums.SPECTRA] += np.float16(rng.normal(0, 0.15))
    mask = rng.integers(0, 96), rng.integers(0, 12)
    rows[:, mask[0] : mask[0] + mask[1]] = 0.0
    return rows, wanted


def main() -> None:
    """Make conversations, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--conversations", type=int, default=340)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--width", type=int, default=40)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--to", type=Path, required=True, metavar="FILE.npz")
    given = parser.parse_args()
    pool()
    with ProcessPoolExecutor(given.processes) as workers:
        examples = list(workers.map(example, range(given.conversations), chunksize=4))
    frames = np.concatenate([truth for _, truth in examples])
    print(f"{len(frames) * hums.HOP_S:.0f} s, alone {np.mean(frames == 1):.3f}, "
          f"over speech {np.mean(frames == 2):.3f}")  # fmt: skip
    weights = fit(examples, width=given.width, epochs=given.epochs)
    np.savez_compressed(given.to, **{k: v.numpy().astype(np.float16) for k, v in weights.items()})


if __name__ == "__main__":
    main()
