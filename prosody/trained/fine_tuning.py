"""The published encoder trained on a site's own coded turns, all but its vocabulary, several times.

Conventions
-----------
It learns the main code and what is present, beside `prosody.trained.habits`, which goes by the
weights that ship. What chance decides (where the heads begin, the order of turns, what is left out)
moves what one encoder says, and the mean of several less. The same seeds, turns and machine give
the same weights; another machine gives others that are about as good. Matrices are multiplied in
two-byte numbers where the processor does that by itself, which takes less than half the time. Needs
torch; what was learned is read without.
"""

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from prosody.trained.habits import ENCODER_HEADS, Taught
from prosody.trained.in_torch import alike, heads_begun, slope_of
from prosody.trained.network import DEPTH, NORMS, OUTPUTS, PARTS, padded
from prosody.trained.text import Pieces

__all__ = ["Recipe", "learn"]

_KINDS = "embeddings.token_type_embeddings.weight"
_IN_HALVES = ("avx512_bf16", "amx_bf16")  # what processors call that they do it


@dataclass(frozen=True, slots=True)
class Recipe:
    """How long and how fast is learned, once by each seed.

    `at_once` turns of a batch are in memory together.
    """

    rounds: int = 3
    rate: float = 1e-4
    heads_rate: float = 1e-3
    batch: int = 16
    at_once: int = 8
    dropout: float = 0.1
    decay: float = 0.01
    warm_up: float = 0.1
    seeds: tuple[int, ...] = (1, 2, 3)


def learn(
    base: Mapping[str, Any],
    pieces: Pieces,
    taught: Sequence[Taught],
    recipe: Recipe,
    told: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Train encoders.

    Parameters
    ----------
    base, pieces
        The published encoder and its vocabulary (`prosody.trained.weights.base`).
    taught : sequence of Taught
        Coded turns.
    recipe : Recipe
        How.
    told : callable
        Called after each round of each.

    Returns
    -------
    dict of str to array
        Two-byte numbers: before the names that `prosody.trained.network.Network` takes, which
        encoder they are of, and a dot.
    """
    return {
        f"{which}.{name}": value
        for which, seed in enumerate(recipe.seeds, 1)
        for name, value in _one(base, pieces, taught, recipe, seed, told).items()
    }


def _one(
    base: Mapping[str, Any],
    pieces: Pieces,
    taught: Sequence[Taught],
    recipe: Recipe,
    seed: int,
    told: Callable[[], None],
) -> dict[str, Any]:
    import torch

    torch.manual_seed(seed)
    rng = random.Random(seed)
    fixed = {k: torch.tensor(np.array(v)) for k, v in base.items() if v.dtype.kind == "f"}
    free = {name: torch.nn.Parameter(value) for name, value in _begun(base).items()}
    heads = [value for name, value in free.items() if name.startswith("heads.")]
    body = [value for name, value in free.items() if not name.startswith("heads.")]
    rates = [recipe.rate, recipe.heads_rate]
    groups = [{"params": own, "lr": rate} for own, rate in zip((body, heads), rates, strict=True)]
    optimiser = torch.optim.AdamW(groups, weight_decay=recipe.decay)
    steps = recipe.rounds * math.ceil(len(taught) / recipe.batch)
    steps = max(steps + 1, math.ceil(2 / recipe.warm_up))  # enough for one to be part of a rise
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, rates, total_steps=steps, pct_start=recipe.warm_up
    )
    found = torch.cpu.get_capabilities()
    halved = any(found.get(name) for name in _IN_HALVES)
    every = {**free, "te": fixed[_KINDS]}
    how = partial(slope_of, at_once=recipe.at_once, drop=recipe.dropout, halved=halved)
    leave_slope = partial(how, fixed, every, loss=_loss)
    for _ in range(recipe.rounds):
        for batch in _batches(taught, pieces, rng, recipe.batch):
            optimiser.zero_grad()
            leave_slope(batch)
            torch.nn.utils.clip_grad_norm_([*body, *heads], 1.0)
            optimiser.step()
            schedule.step()
        told()
    return {name: value.detach().numpy().astype(np.float16) for name, value in every.items()}


def _begun(base: Mapping[str, Any]) -> dict[str, Any]:
    """Give the published layers, and heads that know nothing."""
    import torch

    found: dict[str, Any] = {}
    for n in range(DEPTH):
        for part, name in PARTS.items():
            for own, kind in (("weight", "weight"), ("b", "bias")):
                found[f"layers.{n}.{part}.{own}"] = base[f"encoder.layer.{n}.{name}.{kind}"]
        for norm, name in NORMS.items():
            for at, kind in enumerate(("weight", "bias")):
                found[f"layers.{n}.{norm}.{at}"] = base[f"encoder.layer.{n}.{name}.{kind}"]
    found |= heads_begun({head: OUTPUTS[head] for head in ENCODER_HEADS})
    return {name: torch.tensor(np.array(value, np.float32)) for name, value in found.items()}


def _batches(
    taught: Sequence[Taught], pieces: Pieces, rng: random.Random, size: int
) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    """Put turns of about one length together, in no order."""
    import torch

    rows = [pieces.of(one.turn) for one in taught]
    for part in alike(rows, rng, size):
        main = torch.tensor([taught[at].main for at in part])
        present = torch.tensor([taught[at].present for at in part], dtype=torch.float32)
        given = tuple(map(torch.from_numpy, padded([rows[at] for at in part])))
        yield given, (main, present, torch.ones(len(part)))


def _loss(out: Mapping[str, Any], wanted: tuple[Any, ...]) -> Any:
    """Cross entropy of the main code and of what is present, in sum; the unknown counts nothing."""
    from torch.nn import functional as nn

    main, present, weight = wanted
    known = (present >= 0).float()
    off = nn.binary_cross_entropy_with_logits(out["pres"], present.clamp(min=0), reduction="none")
    each = nn.cross_entropy(out["main"], main, reduction="none") + (off * known).mean(1)
    return (each * weight).sum()
