"""The network in torch, where it is trained: the same one as `prosody.trained.network.Network`.

Conventions
-----------
`fixed` is the published encoder; `free` is what is learned, by the names that `Network` takes: of a
large matrix either a product that is added to it, or all of it. A batch is what
`prosody.trained.network.padded` gives, as tensors, and beside it what is wanted, as the loss takes
it, each turn's weight last.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from prosody.trained.network import DEPTH, HEADS, PARTS, TINY, WIDTH

__all__ = ["alike", "heads_begun", "slope_of"]

_IS_HEAD = re.compile(r"heads\.\w+\.weight")


def alike(
    rows: Sequence[tuple[list[int], list[int]]], rng: random.Random, size: int
) -> list[list[int]]:
    """Put rows of about one length together, in no order: the places of each batch's."""
    order = sorted(range(len(rows)), key=lambda at: len(rows[at][0]) + 20 * rng.random())
    parts = [order[at : at + size] for at in range(0, len(order), size)]
    rng.shuffle(parts)
    return parts


def heads_begun(heads: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Give heads that know nothing, as arrays."""
    import torch

    found = {}
    for head, names in heads.items():
        made = torch.nn.Linear(2 * WIDTH, len(names))
        found[f"heads.{head}.weight"] = made.weight.detach().numpy()
        found[f"heads.{head}.bias"] = made.bias.detach().numpy()
    return found


def slope_of(
    fixed: Mapping[str, Any],
    free: Mapping[str, Any],
    batch: tuple[Any, Any],
    loss: Callable[[Mapping[str, Any], tuple[Any, ...]], Any],
    *,
    at_once: int,
    drop: float,
    halved: bool = False,
) -> None:
    """Leave with what is free how a batch's loss changes with it, gathered `at_once` by `at_once`.

    A step is the whole batch's all the same, and what is kept for it a fraction. `loss` is of the
    heads' logits and what is wanted, in sum; `drop` is the share left out by chance. Where
    `halved`, matrices are multiplied in two-byte numbers.
    """
    import torch

    given, wanted = batch
    whole = wanted[-1].sum()
    for at in range(0, len(wanted[-1]), at_once):
        part = slice(at, at + at_once)
        with torch.autocast("cpu", torch.bfloat16, enabled=halved):
            out = _through(fixed, free, tuple(one[part] for one in given), drop)
        (loss(out, tuple(one[part] for one in wanted)) / whole).backward()


def _through(
    fixed: Mapping[str, Any], free: Mapping[str, Any], batch: tuple[Any, Any, Any], drop: float
) -> dict[str, Any]:
    """Run the network; give what its heads say."""
    from torch.nn import functional as nn

    ids, own, there = batch
    words, places = (fixed[f"embeddings.{k}_embeddings.weight"] for k in ("word", "position"))
    norm = fixed["embeddings.LayerNorm.weight"], fixed["embeddings.LayerNorm.bias"]
    x = words[ids] + places[: ids.shape[1]] + free["te"][own]
    x = nn.dropout(nn.layer_norm(x, (WIDTH,), *norm, TINY), drop)
    for n in range(DEPTH):
        x = _layer(fixed, free, n, x, there, drop)
    mine = (own * there).unsqueeze(-1).float()
    mean = (x * mine).sum(1) / mine.sum(1).clamp(min=1.0)
    both = nn.dropout(_beside(x[:, 0], mean), drop)
    heads = [name.split(".")[1] for name in free if _IS_HEAD.fullmatch(name)]
    return {
        head: nn.linear(both, free[f"heads.{head}.weight"], free[f"heads.{head}.bias"]).float()
        for head in heads
    }


def _beside(a: Any, b: Any) -> Any:
    import torch

    return torch.cat([a, b], 1)


def _layer(
    fixed: Mapping[str, Any], free: Mapping[str, Any], n: int, x: Any, there: Any, drop: float
) -> Any:
    from torch.nn import functional as nn

    def part(name: str, of: Any) -> Any:
        own = f"layers.{n}.{name}"
        if (weight := free.get(f"{own}.weight")) is not None:
            return nn.linear(of, weight, free[f"{own}.b"])
        weight = fixed[f"encoder.layer.{n}.{PARTS[name]}.weight"]
        narrow = nn.linear(of, free[f"{own}.down"])
        return nn.linear(of, weight, free[f"{own}.b"]) + nn.linear(narrow, free[f"{own}.up"])

    def normed(name: str, of: Any) -> Any:
        own = f"layers.{n}.{name}"
        return nn.layer_norm(of, (WIDTH,), free[f"{own}.0"], free[f"{own}.1"], TINY)

    rows, long, _ = x.shape
    q, k, v = (part(p, x).view(rows, long, HEADS, -1).transpose(1, 2) for p in ("q", "k", "v"))
    seen = nn.scaled_dot_product_attention(
        q, k, v, attn_mask=there[:, None, None, :], dropout_p=drop
    )
    seen = part("o", seen.transpose(1, 2).reshape(rows, long, WIDTH))
    x = normed("n1", x + nn.dropout(seen, drop))
    return normed("n2", x + nn.dropout(part("down", nn.gelu(part("up", x))), drop))
