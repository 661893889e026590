"""Fit a network of dilated convolutions (`diarize.separation.dilated`) by gradient descent."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

PIECE = 400  # frames: 8 s
Arrays = Sequence[NDArray[Any]]  # of one conversation, the truth of its frames last
Cut = Callable[[Any, int, np.random.Generator], Arrays]


def cut_out(
    shown: NDArray[Any], truth: NDArray[Any], first: int, rng: np.random.Generator
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Copy the piece that begins about a frame; beyond the end nothing is shown and none counts."""
    at = max(0, min(len(truth) - PIECE, first + int(rng.integers(-200, 200))))
    rows, wanted = shown[at : at + PIECE].copy(), truth[at : at + PIECE]
    if len(rows) < PIECE:
        rows = np.pad(rows, ((0, PIECE - len(rows)), (0, 0)))
        wanted = np.pad(wanted, (0, PIECE - len(wanted)), constant_values=-1)
    return rows, wanted


def start(columns: int, width: int, layers: int, states: int, *, steady: int = 0) -> dict[str, Any]:
    """Give weights before fitting, for `columns` of a frame and `steady` of a recording."""
    import torch

    torch.manual_seed(0)

    def draw(*shape: int) -> Any:
        return torch.randn(*shape) * (2.0 / np.prod(shape[1:])) ** 0.5

    weights = {"enter": draw(width, columns), "enter_bias": torch.zeros(width)}
    if steady:
        weights["steady"] = draw(width, steady) * 0.3
    weights |= {"leave": draw(states, width) * 0.3, "leave_bias": torch.zeros(states)}
    for i in range(layers):
        weights[f"wide.{i}"] = draw(width, width, 5)
        weights[f"wide_bias.{i}"] = torch.zeros(width)
        weights[f"mix.{i}"] = draw(width, width, 1) * 0.3
        weights[f"mix_bias.{i}"] = torch.zeros(width)
    return {name: value.requires_grad_() for name, value in weights.items()}


def fit(
    weights: dict[str, Any],
    network: Callable[..., Any],
    examples: Sequence[Arrays],
    cut: Cut,
    *,
    epochs: int,
    batch: int,
    decay: float,
    mean: float = 0.0,
) -> dict[str, Any]:
    """Fit on pieces of `PIECE` frames, on a graphics card where there is one.

    Parameters
    ----------
    weights : dict
        From `start`.
    network : callable
        Scores of the states from what a piece shows, and weights.
    examples : sequence
        Conversations; the last array of each has its frames' states.
    cut : callable
        Cuts the piece that begins about a frame out of an example; states of -1 do not count.
    epochs, batch : int
        How often every piece is shown, and how many at once.
    decay : float
        Of weights.
    mean : float, optional
        How much of itself the running mean of the weights, which is what is given back, keeps at
        each step; 0 gives the last weights.
    """
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    weights = {n: v.detach().to(device).requires_grad_() for n, v in weights.items()}
    steps = torch.optim.AdamW(list(weights.values()), lr=2e-3, weight_decay=decay)
    pieces = [(one, at) for one in examples for at in range(0, len(one[-1]), PIECE)]
    batches = -(-len(pieces) // batch)
    pace = torch.optim.lr_scheduler.OneCycleLR(steps, 4e-3, total_steps=epochs * batches + 1)
    rng = np.random.default_rng(1)
    steadier = {n: v.detach().clone() for n, v in weights.items()}
    began = time.perf_counter()
    for epoch in range(epochs):
        losses = []
        for some in np.array_split(rng.permutation(len(pieces)), batches):
            drawn = [cut(one, at, rng) for one, at in (pieces[i] for i in some)]
            *shown, truth = (
                torch.from_numpy(np.stack(part)).to(device) for part in zip(*drawn, strict=True)
            )
            steps.zero_grad()
            scores = network(*(part.float() for part in shown), weights)
            loss = torch.nn.functional.cross_entropy(
                scores.flatten(0, 1), truth.long().flatten(), ignore_index=-1
            )
            loss.backward()
            torch.nn.utils.clip_grad_norm_(list(weights.values()), 1.0)
            steps.step()
            pace.step()
            with torch.no_grad():
                for name, value in steadier.items():
                    value.lerp_(weights[name], 1.0 - mean)
            losses.append(loss.detach())
        loss = float(torch.stack(losses).mean())
        print(f"epoch {epoch + 1}: {loss:.4f}, {time.perf_counter() - began:.0f} s", flush=True)
    return {name: value.cpu() for name, value in steadier.items()}
