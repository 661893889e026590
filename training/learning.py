"""Training: small additions to the published encoder, fitted to coded talks.

Conventions
-----------
Every large matrix keeps its published numbers and gets a product of two narrow ones added (Hu et
al. 2021, "LoRA"); biases, norms and heads are free. What is learned, of whom, is a `Task`: each
round it tells its material anew. The same seed, data and machine give the same weights; another
machine gives the same to rounding. Needs torch, which nothing else here does.
"""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from prosody.settings import Trained
from prosody.trained.in_torch import alike, heads_begun, slope_of
from prosody.trained.network import DEPTH, NORMS, OUTPUTS, PARTS, padded
from prosody.trained.text import Input, Pieces
from training.examples import Coded, Varied, examples, stripped, vary

__all__ = ["LISTENING", "Recipe", "Task", "learn", "written_otherwise"]

Rows = Sequence[tuple[Input, Any]]
_STATED = Trained()


@dataclass(frozen=True, slots=True)
class Recipe:
    """How long, how fast and how much is learned.

    The network sees `at_once` turns of a batch together: a step is the whole batch's all the same,
    and what is kept for it a fraction.
    """

    rounds: int = 5
    rate: float = 1.4e-3
    heads_rate: float = 1e-3
    batch: int = 64
    at_once: int = 8
    rank: int = 32
    dropout: float = 0.1
    decay: float = 0.01
    warm_up: float = 0.1
    seed: int = 1
    varied: Varied = field(default_factory=Varied)


@dataclass(frozen=True, slots=True)
class Task:
    """What is learned.

    Parameters
    ----------
    heads : mapping of str to tuple of str
        What the network is to say, by head.
    told_anew : callable
        Gives a round's turns with their labels, from the material and a source of chance.
    labels : tuple of str
        Attributes of a turn that are its labels, how much it counts last.
    loss : callable
        Of the heads' logits and a batch's labels, in sum.
    """

    heads: Mapping[str, tuple[str, ...]]
    told_anew: Callable[[Any, random.Random, Varied], Rows]
    labels: tuple[str, ...]
    loss: Callable[[Mapping[str, Any], tuple[Any, ...]], Any]


def learn(
    base: Mapping[str, Any],
    pieces: Pieces,
    talks: Any,
    recipe: Recipe,
    task: Task | None = None,
    *,
    told: Callable[[int, int], None] = lambda done, of: None,
) -> dict[str, Any]:
    """Fit what is added to the encoder.

    Parameters
    ----------
    base, pieces
        The published encoder and its vocabulary (`prosody.trained.weights.base`).
    talks : sequence of sequences
        To learn from, as the task takes it.
    recipe : Recipe
        How.
    task : Task, optional
        What; `LISTENING` if nothing is said.
    told : callable
        Told how many rounds are done, and of how many.

    Returns
    -------
    dict of str to array
        Two-byte numbers, by the names that `prosody.trained.network.Network` takes.
    """
    import torch

    torch.manual_seed(recipe.seed)
    rng = random.Random(recipe.seed)
    task = task or LISTENING
    free = _begun(base, recipe, task.heads)
    fixed = {k: torch.from_numpy(np.array(v)) for k, v in base.items() if v.dtype.kind == "f"}
    heads = [v for k, v in free.items() if k.startswith("heads.")]
    body = [v for k, v in free.items() if not k.startswith("heads.")]
    groups = [
        {"params": body, "lr": recipe.rate},
        {"params": heads, "lr": recipe.heads_rate},
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=recipe.decay)
    per_round = math.ceil(len(task.told_anew(talks, rng, recipe.varied)) / recipe.batch)
    steps = max(1, int(1.03 * recipe.rounds * per_round))
    warm = recipe.warm_up * steps + 1

    def slope(step: int) -> float:
        return min((step + 1) / warm, max(0.0, (steps - step) / (steps - warm + 1)))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, slope)
    for done in range(recipe.rounds):
        rows = task.told_anew(talks, rng, recipe.varied)
        for batch in _batches(rows, pieces, rng, recipe, task.labels):
            optimiser.zero_grad()
            slope_of(fixed, free, batch, task.loss, at_once=recipe.at_once, drop=recipe.dropout)
            torch.nn.utils.clip_grad_norm_([*body, *heads], 1.0)
            optimiser.step()
            schedule.step()
        told(done + 1, recipe.rounds)
    return {name: value.detach().numpy().astype(np.float16) for name, value in free.items()}


def _begun(
    base: Mapping[str, Any], recipe: Recipe, heads: Mapping[str, tuple[str, ...]]
) -> dict[str, Any]:
    """Give what is free to change, as it is at the beginning."""
    import torch

    found: dict[str, Any] = {"te": base["embeddings.token_type_embeddings.weight"]}
    for n in range(DEPTH):
        for part, name in PARTS.items():
            own, place = f"layers.{n}.{part}", f"encoder.layer.{n}.{name}"
            out, into = base[f"{place}.weight"].shape
            found[f"{own}.b"] = base[f"{place}.bias"]
            found[f"{own}.down"] = torch.randn(recipe.rank, into).numpy() / math.sqrt(into)
            found[f"{own}.up"] = np.zeros((out, recipe.rank), np.float32)
        for norm, name in NORMS.items():
            for at, kind in enumerate(("weight", "bias")):
                found[f"layers.{n}.{norm}.{at}"] = base[f"encoder.layer.{n}.{name}.{kind}"]
    found |= heads_begun(heads)
    return {
        name: torch.nn.Parameter(torch.tensor(np.array(value, np.float32)))
        for name, value in found.items()
    }


def _round(
    talks: Sequence[Sequence[Coded]], rng: random.Random, how: Varied
) -> list[tuple[Input, Coded]]:
    """Tell every talk anew, and give its turns."""
    told = (row for talk in talks for row in examples(vary(talk, rng, how)))
    return [(written_otherwise(asked, rng, how), turn) for asked, turn in told]


def written_otherwise(asked: Input, rng: random.Random, how: Varied) -> Input:
    """Take marks and capitals from a turn and what it follows, or what it follows, now and then."""
    bare = rng.random()
    own, heard, said = (
        stripped(text, random.Random(bare), how) for text in (asked.own, asked.heard, asked.said)
    )
    if rng.random() < how.out_of_context:
        own = heard = ""
    return replace(asked, own=own, heard=heard, said=said)


def _batches(
    rows: Rows, pieces: Pieces, rng: random.Random, recipe: Recipe, labels: Sequence[str]
) -> list[tuple[tuple[Any, Any, Any], tuple[Any, ...]]]:
    """Put turns of about one length together, in no order."""
    import torch

    cut = [pieces.of(asked) for asked, _ in rows]
    out = []
    for part in alike(cut, rng, recipe.batch):
        turns = [rows[at][1] for at in part]
        wanted = ([getattr(t, name) for t in turns] for name in labels)
        ids, own, there = map(torch.from_numpy, padded([cut[at] for at in part]))
        out.append(((ids, own, there), tuple(map(torch.tensor, wanted))))
    return out


def _loss(out: Mapping[str, Any], wanted: tuple[Any, ...]) -> Any:
    """Cross entropy of the main code, and of everything present, in sum, each turn by its weight.

    What is unknown counts nothing.
    """
    from torch.nn import functional as nn

    main, present, finer, weight = wanted
    each = -(main * nn.log_softmax(out["main"], 1)).sum(1)
    for head, labels, times in (("pres", present, 1.0), ("sub", finer, 2.0)):
        known = (labels >= 0).float()
        off = nn.binary_cross_entropy_with_logits(
            out[head], labels.clamp(min=0.0), reduction="none"
        )
        each = each + times * (off * known).mean(1)
    return (each * weight).sum()


LISTENING = Task(OUTPUTS, _round, ("main", "present", "finer", "weight"), _loss)
