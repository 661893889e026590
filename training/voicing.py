"""Fit the weights of the voicing decision to synthetic voices.

    OMP_NUM_THREADS=1 .venv/bin/python -m training.voicing --to FILE.toml [--utterances 1800]

Only synthetic speech is used, none of it from the seeds of `benchmarks/pitch.py`; recordings
with laryngograph references stay unseen and judge the outcome there. One fifth of the
utterances is held back for the error printed at the end. Fits from different starts differ by a
few tenths of a point on speech they have not heard, so the mean verdict of several is taken.
"""

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from benchmarks.shared import synthetic as voices
from prosody.features import frames, voicing, windows

Array = NDArray[np.floating[Any]]
Weights = dict[str, NDArray[np.float32]]

KINDS = ("clean", "clean", "noise", "noise", "noise", "room", "room", "room+noise", "line", "line")


def one(seed: int) -> tuple[NDArray[np.float32], NDArray[np.bool_], str]:
    """Evidence and truth of one utterance, its voice and its surroundings drawn by chance."""
    rng = np.random.default_rng(10_000_000 + seed)
    style = voices.Style(
        float(np.exp(rng.uniform(np.log(75), np.log(350)))),
        float(rng.uniform(3, 14)),
        breath=float(10 ** rng.uniform(-2, -0.8)),
        jitter=float(10 ** rng.uniform(-3, -1.6)),
        shimmer=float(rng.uniform(0.01, 0.15)),
        open_share=float(rng.uniform(0.4, 0.8)),
        creak=float(rng.choice([0, 0.3, 0.8])),
        alternate=float(rng.choice([0, 0, 0, 0.15])),
    )
    spoken = voices.utter(20_000_000 + seed, style, 5.0)
    kind = str(rng.choice(KINDS))
    samples = surround(spoken.samples, kind, rng, seed).astype(np.float32)
    blocks = frames.pass_over(samples, windows.RATE_HZ / 2)
    floor = frames.noise_floor(blocks.columns["level_db"])
    rows = frames.voicing_evidence(blocks, floor, slice(None))
    truth = spoken.f0_hz > 0
    return rows[: len(truth)], truth[: len(rows)], kind


def surround(  # noqa: C901 - one draw after another
    x: Array, kind: str, rng: np.random.Generator, seed: int
) -> Array:
    """Put a voice into the surroundings of a kind."""
    if "room" in kind:
        x = voices.in_room(x, float(rng.uniform(0.2, 1.0)), float(rng.uniform(-3, 6)), seed)
    elif rng.random() < 0.6:
        x = voices.in_room(x, float(rng.uniform(0.1, 0.4)), float(rng.uniform(6, 18)), seed)
    if kind == "line":
        edges = [rng.uniform(150, 350), rng.uniform(3100, 3800)]
        x = sosfilt(butter(int(rng.integers(2, 5)), edges, "band", fs=16000, output="sos"), x)
    if "noise" in kind or kind == "line":
        colour = str(rng.choice(["white", "pink", "babble"], p=[0.45, 0.45, 0.1]))
        x = voices.add_noise(x, float(rng.uniform(0 if kind == "noise" else 3, 25)), seed, colour)
    elif rng.random() < 0.7:
        x = voices.add_noise(
            x, float(rng.uniform(30, 60)), seed, str(rng.choice(["white", "pink"]))
        )
    if rng.random() < 0.1:
        x = soxr.resample(soxr.resample(x, 16000, 8000), 8000, 16000)
    if rng.random() < 0.15:
        t, mains = np.arange(len(x)) / 16000, rng.choice([50.0, 60.0])
        for k in (1, 2, 3):
            x = x + 10 ** rng.uniform(-3, -1.7) * np.sin(2 * np.pi * mains * k * t + k)
    return np.asarray(x)


def fit(rows: NDArray[np.float32], truth: NDArray[np.float32], hidden: int, start: int) -> Weights:
    """Fit a straight part and one layer of tanh units by gradient descent."""
    import torch

    torch.manual_seed(start)
    x, y = torch.tensor(rows), torch.tensor(truth)
    mean, scale = x.mean(0), x.std(0) + 1e-6
    straight, inner = torch.nn.Linear(x.shape[1], 1), torch.nn.Linear(x.shape[1], hidden)
    outer = torch.nn.Linear(hidden, 1, bias=False)
    parameters = [*straight.parameters(), *inner.parameters(), *outer.parameters()]
    steps, epochs = torch.optim.AdamW(parameters, lr=3e-3, weight_decay=1e-3), 30
    pace = torch.optim.lr_scheduler.CosineAnnealingLR(steps, epochs)
    loss = torch.nn.BCEWithLogitsLoss()
    for _ in range(epochs):
        for some in torch.randperm(len(x)).split(1024):
            steps.zero_grad()
            z = (x[some] - mean) / scale
            loss((straight(z) + outer(torch.tanh(inner(z)))).squeeze(1), y[some]).backward()
            steps.step()
        pace.step()
    with torch.no_grad():
        return {
            "hidden": (inner.weight / scale).T.numpy(),
            "hidden_bias": (inner.bias - inner.weight / scale @ mean).numpy(),
            "direct": (straight.weight / scale).squeeze(0).numpy(),
            "out": outer.weight.squeeze(0).numpy(),
            "bias": (straight.bias - straight.weight / scale @ mean).numpy(),
        }


def averaged(fits: list[Weights]) -> Weights:
    """Give the weights whose log odds are the mean of those of several fits."""
    return {
        "hidden": np.concatenate([f["hidden"] for f in fits], axis=1),
        "hidden_bias": np.concatenate([f["hidden_bias"] for f in fits]),
        "direct": np.mean([f["direct"] for f in fits], axis=0),
        "out": np.concatenate([f["out"] for f in fits]) / len(fits),
        "bias": np.mean([f["bias"] for f in fits], axis=0),
    }


def write(weights: Weights, names: Sequence[str], path: Path, *remarks: str) -> None:
    """Write weights as text below remarks, one row of what the names name a line."""
    lines = [
        *(f"# {remark}" for remark in remarks),
        f"names = [{', '.join(repr(n) for n in names)}]".replace("'", '"'),
    ]
    for name, values in weights.items():
        rows = np.atleast_2d(values)
        text = ["[" + ", ".join(f"{v:.5g}" for v in row) + "]" for row in rows.astype(float)]
        body = "[\n  " + ",\n  ".join(text) + ",\n]" if values.ndim == 2 else text[0]
        lines.append(f"{name} = {body}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Collect, fit, write, judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--utterances", type=int, default=1800)
    parser.add_argument("--hidden", type=int, default=16)
    parser.add_argument("--fits", type=int, default=3)
    parser.add_argument("--to", type=Path, required=True, metavar="FILE.toml")
    args = parser.parse_args()
    with ProcessPoolExecutor(2) as pool:
        taken = list(pool.map(one, range(args.utterances), chunksize=8))
    held = len(taken) // 5
    rows = np.concatenate([r for r, _, _ in taken[held:]])
    truth = np.concatenate([t for _, t, _ in taken[held:]]).astype(np.float32)
    fits = [fit(rows, truth, args.hidden, start) for start in range(args.fits)]
    write(
        averaged(fits),
        voicing.NAMES,
        args.to,
        "Weights of the voicing decision, fitted to synthetic voices by training/voicing.py.",
        "`direct` and the rows of `hidden` follow the names of the evidence.",
    )
    print("| surroundings | frames | voicing error, % |\n|---|---|---|")
    for kind in dict.fromkeys(KINDS):
        some = [(r, t) for r, t, k in taken[:held] if k == kind]
        wrong = sum(int(((voicing.log_odds(r, args.to) > 0) != t).sum()) for r, t in some)
        count = sum(len(t) for _, t in some)
        print(f"| {kind} | {count} | {100 * wrong / max(1, count):.1f} |")


if __name__ == "__main__":
    main()
