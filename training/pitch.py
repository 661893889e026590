"""Fit the weights that tell which peak of a frame is its pitch to synthetic voices.

    OMP_NUM_THREADS=1 .venv/bin/python -m training.pitch --to FILE.toml [--utterances 1500]

Voices from 50 to 640 Hz, creaky, breathy, held quite still and with every second pulse weaker, in
the surroundings of `training.voicing`, and tones of a few harmonics; none of it from the seeds of
`benchmarks.pitch`, and recordings with laryngograph references stay unseen. Of each voiced frame
the network learns to choose, among its candidates, those within half a semitone of the truth. One
fifth of the utterances is held back for the shares printed at the end.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.shared import synthetic as voices
from prosody.features import candidates
from prosody.features.auditory import auditory_bands
from prosody.features.spectrum import short_time
from prosody.features.windows import HOP, RATE_HZ
from training.voicing import KINDS, Weights, surround, write

Array = NDArray[np.floating[Any]]
Taken = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]  # signs, F0, right

RIGHT_OCTAVES = 0.04
TONES_ONE_IN = 6


def style(rng: np.random.Generator) -> voices.Style:
    """Draw a voice; one in ten very low, one in ten very high, one in ten held quite still."""
    low, high = [(50, 75), (350, 640), (75, 350)][min(2, int(10 * rng.random()))]
    middle = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    ordinary = low == 75
    edges = {"lowest_hz": min(60.0, 0.9 * middle), "highest_hz": max(420.0, 1.15 * middle)}
    if rng.random() < 0.1:
        return voices.Style(middle, 0.5, breath=1e-3, jitter=0.0, shimmer=0.0, **edges)
    return voices.Style(
        middle,
        float(rng.uniform(3, 14) if ordinary else rng.uniform(2, 5)),
        breath=float(10 ** rng.uniform(-2, -0.8)),
        jitter=float(10 ** rng.uniform(-3, -1.6)),
        shimmer=float(rng.uniform(0.01, 0.15)),
        open_share=float(rng.uniform(0.4, 0.8)),
        creak=float(rng.choice([0, 0, 0.3, 0.8])),
        alternate=float(rng.choice([0, 0, 0, 0.15, 0.25, 0.3])),
        **edges,
    )


def tone(rng: np.random.Generator) -> tuple[Array, Array]:
    """Draw a second of a tone that holds still: samples, and F0 every 10 ms."""
    f0 = float(np.exp(rng.uniform(np.log(49), np.log(700))))
    f0 = RATE_HZ / round(RATE_HZ / f0) if rng.random() < 0.3 else f0  # a whole number of samples
    many = min(int(rng.integers(2, 40)), int(7500 / f0))
    order, at = np.arange(1, many + 1)[:, None], np.arange(RATE_HZ) / RATE_HZ
    size = order ** -rng.uniform(0, 2) * 10 ** rng.normal(0, 0.3, (many, 1))
    phase = rng.uniform(0, 2 * np.pi, (many, 1))
    samples = (size * np.sin(2 * np.pi * f0 * order * at + phase)).sum(axis=0)
    samples *= 0.05 / samples.std()
    hiss = 10 ** rng.uniform(-5, -2.5) * rng.standard_normal(RATE_HZ)
    return samples + hiss, np.full(RATE_HZ // HOP + 1, f0)


def one(seed: int) -> Taken:
    """Give what the candidates of one utterance's voiced frames show, and which are right."""
    rng = np.random.default_rng(30_000_000 + seed)
    if seed % TONES_ONE_IN == 0:
        samples, f0_hz = tone(rng)
    else:
        spoken = voices.utter(40_000_000 + seed, style(rng), 3.0)
        samples, f0_hz = surround(spoken.samples, str(rng.choice(KINDS)), rng, seed), spoken.f0_hz
    rows = min(len(f0_hz), len(samples) // HOP + 1)
    sound = samples.astype(np.float32)
    found = short_time(sound, 0, rows, auditory_bands(), RATE_HZ / 2).candidates
    truth = f0_hz[:rows, None]
    with np.errstate(divide="ignore"):
        away = np.abs(np.log2(np.maximum(found.f0_hz, 1)) - np.log2(truth))
    right = (away < RIGHT_OCTAVES) & (found.f0_hz > 0) & (truth > 0)
    kept = right.any(axis=1)
    return found.signs[kept], found.f0_hz[kept], right[kept]


def fit(taken: Taken, hidden: int, start: int) -> Weights:
    """Fit one layer of tanh units whose answers compete among a frame's candidates."""
    import torch

    torch.manual_seed(start)
    signs, there, right = torch.tensor(taken[0]), torch.tensor(taken[1] > 0), torch.tensor(taken[2])
    mean, scale = signs[there].mean(0), signs[there].std(0) + 1e-6
    inner = torch.nn.Linear(signs.shape[2], hidden)
    outer = torch.nn.Linear(hidden, 1, bias=False)
    parameters = [*inner.parameters(), *outer.parameters()]
    steps, epochs = torch.optim.AdamW(parameters, lr=4e-3, weight_decay=1e-3), 8
    pace = torch.optim.lr_scheduler.CosineAnnealingLR(steps, epochs)
    for _ in range(epochs):
        for some in torch.randperm(len(signs)).split(512):
            steps.zero_grad()
            odds = outer(torch.tanh(inner((signs[some] - mean) / scale))).squeeze(2)
            share = torch.log_softmax(odds.masked_fill(~there[some], -1e9), 1)
            (-torch.logsumexp(share.masked_fill(~right[some], -1e9), 1).mean()).backward()
            steps.step()
        pace.step()
    with torch.no_grad():
        return {
            "hidden": (inner.weight / scale).T.numpy(),
            "hidden_bias": (inner.bias - inner.weight / scale @ mean).numpy(),
            "out": outer.weight.squeeze(0).numpy(),
        }


def main() -> None:
    """Collect, fit, write, judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--utterances", type=int, default=1500)
    parser.add_argument("--hidden", type=int, default=16)
    parser.add_argument("--to", type=Path, required=True, metavar="FILE.toml")
    args = parser.parse_args()
    taken = [one(seed) for seed in range(args.utterances)]
    held = len(taken) // 5
    kept, judged = (
        tuple(np.concatenate(part) for part in zip(*some, strict=True))
        for some in (taken[held:], taken[:held])
    )
    write(
        fit((kept[0], kept[1], kept[2]), args.hidden, 0),
        candidates.NAMES,
        args.to,
        "Which peak of a frame is its pitch: fitted to synthetic voices by training/pitch.py.",
        "The rows of `hidden` follow the names of the signs (prosody/features/candidates.py).",
    )
    signs, f0_hz, right = judged
    chosen = candidates.log_probability(signs, f0_hz, args.to).argmax(axis=1)
    print(f"{len(right)} voiced frames held back: the strongest candidate is right in "
          f"{100 * right[:, 0].mean():.1f} %, the likeliest in "
          f"{100 * right[np.arange(len(right)), chosen].mean():.1f} %")  # fmt: skip


if __name__ == "__main__":
    main()
