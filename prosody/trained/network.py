"""The network itself: six layers of attention, run with numpy alone.

Conventions
-----------
The encoder is BERT's (Devlin et al. 2019) in the size of MiniLM-L6 (Wang et al. 2020; Reimers and
Gurevych 2019): 384 numbers a piece, 12 heads, GELU, normalised after each part. What was learned
for this task is small: a product of two narrow matrices added to each large one (Hu et al. 2021),
biases, and the heads on top. Heads read the first piece and the mean of the turn's own pieces.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

__all__ = [
    *("DEPTH", "HEADS", "NORMS", "OUTPUTS", "PARTS", "SIDES", "WIDTH"),
    *("TINY", "Network", "named", "padded"),
]

Array = np.ndarray[Any, np.dtype[Any]]
WIDTH, HEADS, DEPTH = 384, 12, 6
_PIECES = 1024  # run at once: what is held of them at a time stays at some 40 MB
TINY = 1e-12
# What a layer's parts are called in the published network.
PARTS: Mapping[str, str] = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "o": "attention.output.dense",
    "up": "intermediate.dense",
    "down": "output.dense",
}
NORMS: Mapping[str, str] = {
    "n1": "attention.output.LayerNorm",
    "n2": "output.LayerNorm",
}
# What the heads say of a therapist's turn, in this order: logits.
OUTPUTS: Mapping[str, tuple[str, ...]] = {
    "main": ("question", "reflection", "therapist_input", "other"),
    "pres": ("question", "reflection", "therapist_input"),
    "sub": (
        *("question_open", "question_closed", "reflection_simple", "reflection_complex"),
        *("input_information", "input_advice", "input_options", "input_negotiation"),
    ),
}
# And of a client's.
SIDES: Mapping[str, tuple[str, ...]] = {"side": ("change_talk", "neutral", "sustain_talk")}


def padded(rows: Sequence[tuple[list[int], list[int]]]) -> tuple[Array, Array, Array]:
    """Give rows of pieces, which are the turn's own, and which are there at all, as arrays."""
    long = max(len(ids) for ids, _ in rows)
    ids, own, there = (np.zeros((len(rows), long), np.int64) for _ in range(3))
    for at, (row, which) in enumerate(rows):
        ids[at, : len(row)], own[at, : len(row)], there[at, : len(row)] = row, which, 1
    return ids, own, there.astype(bool)


class Network:
    """A network ready to be run.

    Parameters
    ----------
    base : mapping of str to array
        The published encoder.
    learned : mapping of str to array
        What was learned for this task, by the names that `training.learning` gives, or
        `prosody.trained.fine_tuning`, which gives all of each matrix.
    outputs : mapping of str to tuple of str
        What its heads say: `OUTPUTS`, some of them, or `SIDES`.
    """

    def __init__(
        self,
        base: Mapping[str, Array],
        learned: Mapping[str, Array],
        outputs: Mapping[str, tuple[str, ...]] = OUTPUTS,
    ) -> None:
        learned = {name: np.asarray(a, np.float32) for name, a in learned.items()}
        self._words, self._places, self._kinds, self._norm = _embeddings(base, learned)
        self._layers = [_layer(base, learned, n) for n in range(DEPTH)]
        self._heads = [
            (learned[f"heads.{head}.weight"], learned[f"heads.{head}.bias"]) for head in outputs
        ]

    def __call__(self, rows: Sequence[tuple[list[int], list[int]]]) -> Array:
        """Give the logits of every row, in the order of its outputs; shape (rows, outputs)."""
        out = np.zeros((len(rows), sum(len(bias) for _, bias in self._heads)), np.float32)
        order = sorted(range(len(rows)), key=lambda at: len(rows[at][0]))
        while order:
            count = max(1, _PIECES // len(rows[order[-1]][0]))
            some, order = order[-count:], order[:-count]
            out[some] = self._run([rows[at] for at in some])
        return out

    def _run(self, rows: Sequence[tuple[list[int], list[int]]]) -> Array:
        ends = np.cumsum([len(ids) for ids, _ in rows])
        each = [slice(end - len(ids), end) for end, (ids, _) in zip(ends, rows, strict=True)]
        ids, own = (np.array([n for row in rows for n in row[part]], int) for part in (0, 1))
        places = np.concatenate([np.arange(len(ids)) for ids, _ in rows])
        x = _normalised(self._words[ids] + self._places[places] + self._kinds[own], *self._norm)
        for layer in self._layers:
            x = _through(layer, x, each)
        both = np.stack([np.concatenate([x[at][0], _mean(x[at], own[at])]) for at in each])
        return np.concatenate([both @ weight.T + bias for weight, bias in self._heads], axis=1)


def _embeddings(
    base: Mapping[str, Array], learned: Mapping[str, Array]
) -> tuple[Array, Array, Array, tuple[Array, Array]]:
    norm = base["embeddings.LayerNorm.weight"], base["embeddings.LayerNorm.bias"]
    words, places = (base[f"embeddings.{kind}_embeddings.weight"] for kind in ("word", "position"))
    return words, places, learned["te"], norm


def _layer(
    base: Mapping[str, Array], learned: Mapping[str, Array], n: int
) -> dict[str, tuple[Array, Array]]:
    """Put what was learned on top of one published layer, or in its place."""
    made = {}
    for part, name in PARTS.items():
        own = f"layers.{n}.{part}"
        weight = learned.get(f"{own}.weight")
        if weight is None:
            more = learned[f"{own}.up"] @ learned[f"{own}.down"]
            weight = base[f"encoder.layer.{n}.{name}.weight"] + more
        made[part] = np.ascontiguousarray(weight.T), learned[f"{own}.b"]
    for norm in NORMS:
        made[norm] = learned[f"layers.{n}.{norm}.0"], learned[f"layers.{n}.{norm}.1"]
    return made


def _mean(x: Array, own: Array) -> Array:
    """Mean of a turn's own pieces, (WIDTH,); of none, nothing."""
    mine = own.astype(np.float32)
    return np.asarray(mine @ x / max(float(mine.sum()), 1.0))


def _through(layer: Mapping[str, tuple[Array, Array]], x: Array, each: Sequence[slice]) -> Array:
    """Run one layer; x holds rows end to end, (pieces of all, WIDTH), each row at its place."""

    def part(name: str, of: Array) -> Array:
        weight, bias = layer[name]
        return of @ weight + bias

    q, k, v = (part(name, x) for name in ("q", "k", "v"))
    seen = np.concatenate([_seen(q[at], k[at], v[at]) for at in each])
    x = _normalised(x + part("o", seen), *layer["n1"])
    return _normalised(x + part("down", _gelu(part("up", x))), *layer["n2"])


def _seen(*parts: Array) -> Array:
    """Let the pieces of one row see each other: from queries, keys and values, (pieces, WIDTH)."""
    q, k, v = (a.reshape(len(a), HEADS, -1).transpose(1, 0, 2) for a in parts)
    odds = q @ k.transpose(0, 2, 1) / np.float32(np.sqrt(WIDTH / HEADS))
    odds = np.exp(odds - odds.max(axis=-1, keepdims=True))
    seen = (odds / odds.sum(axis=-1, keepdims=True)) @ v
    return np.asarray(seen.transpose(1, 0, 2).reshape(-1, WIDTH))


def _gelu(x: Array) -> Array:
    from scipy.special import erf  # loaded only where something is read

    return np.asarray(x * np.float32(0.5) * (1 + erf(x * np.float32(np.sqrt(0.5)))))


def _normalised(x: Array, weight: Array, bias: Array) -> Array:
    centred = x - x.mean(axis=-1, keepdims=True)
    spread = (centred * centred).mean(axis=-1, keepdims=True)
    return np.asarray(centred / np.sqrt(spread + np.float32(TINY)) * weight + bias)


def named(values: Iterable[float]) -> dict[str, dict[str, float]]:
    """Give one row of logits by head and name."""
    left = iter(values)
    return {head: {name: next(left) for name in names} for head, names in OUTPUTS.items()}
