"""What a sentence shows by its words: signs, and weights learned from coded sentences.

Conventions
-----------
The signs of a sentence are its words, pairs and threes of them, the same with families of words in
the place of single ones ("I", past tense, feeling words, ...), its length, and which persons it
does not name. A kind's weights of the signs that stand in a sentence are added up; a line of that
kind turns the sum into a chance, 0 to 1. ``LANGUAGE.kinds.npz`` holds signs and weights,
``LANGUAGE.kinds.toml`` the families and, for every kind, the line and the least chance that
counts; both are written by `training.kinds` from the invented dialogues and sentences in
``training`` (CC0).
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from prosody.rules import SHIPPED
from prosody.rules.language import Rules

__all__ = ["LINE", "Weights", "signs", "weights_of"]

_PERSONS = {
    "I": frozenset(("i", "i'm", "i've", "i'd", "i'll")),
    "MY": frozenset(("my", "mine", "me", "myself")),
    "WE": frozenset(("we", "we're", "we've", "we'd", "we'll", "us", "our", "let's")),
}
LINE = ("slope", "offset", "least")  # what is told of each kind beside its weights
_LENGTHS = ((3, "1-3"), (8, "4-8"), (15, "9-15"))


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """What signs speak for which kinds.

    Parameters
    ----------
    kinds : tuple of str
    rows : mapping of str to int
        Row of each sign.
    weights : ndarray, (signs, kinds)
    bias, slope, offset, least : ndarray, (kinds,)
        Chance is the logistic function of slope * (sum + bias) + offset; it counts from `least` on.
    families : mapping of str to frozenset of str
        Words that stand for one another.
    """

    kinds: tuple[str, ...]
    rows: Mapping[str, int]
    weights: NDArray[np.float32]
    bias: NDArray[np.float64]
    slope: NDArray[np.float64]
    offset: NDArray[np.float64]
    least: NDArray[np.float64]
    families: Mapping[str, frozenset[str]]

    def chances(self, words: Sequence[str], rules: Rules) -> dict[str, float]:
        """Give the kinds that a sentence of these words shows, with their chances.

        Parameters
        ----------
        words : sequence of str
            As `prosody.rules.language.tokens` gives them, "?" last where it is marked so.
        """
        found = map(self.rows.get, _signs(words, rules, self.families))
        places = sorted({place for place in found if place is not None})
        total = self.weights[places].sum(axis=0, dtype=np.float64) + self.bias
        chance = 1 / (1 + np.exp(-(self.slope * total + self.offset)))
        shown = np.flatnonzero(chance >= self.least)
        return {self.kinds[k]: float(chance[k]) for k in shown}


@lru_cache(maxsize=4)
def weights_of(language: str) -> Weights | None:
    """Give the weights of a language; None where there are none."""
    table, file = (SHIPPED / f"{language}.kinds.{ending}" for ending in ("toml", "npz"))
    if not (table.is_file() and file.is_file()):
        return None
    told = tomllib.loads(table.read_text("utf-8"))
    with np.load(file, allow_pickle=False) as kept:
        kinds = tuple(str(kept["kinds"]).split())
        names = str(kept["signs"]).split("\n")
        weights = kept["weights"].astype(np.float32) * kept["steps"].astype(np.float32)
        bias = kept["bias"].astype(np.float64)
    lines = {key: np.array([told["kinds"][k][key] for k in kinds]) for key in LINE}
    families = {name: frozenset(text.split()) for name, text in told["families"].items()}
    return Weights(
        kinds,
        MappingProxyType({name: n for n, name in enumerate(names)}),
        weights,
        bias,
        lines["slope"],
        lines["offset"],
        lines["least"],
        MappingProxyType(families),
    )


def signs(
    words: Sequence[str], rules: Rules, families: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    """Give the signs of a sentence.

    Parameters
    ----------
    words : sequence of str
    families : mapping of str to frozenset of str
        Names in capitals; the families of persons, feelings, numbers and the past tense are known.
    """
    return frozenset(_signs(words, rules, families))


def _signs(words: Sequence[str], rules: Rules, families: Mapping[str, frozenset[str]]) -> list[str]:
    """Give the signs of a sentence, each as often as it is there."""
    said = ("^", *words, "$")
    named = tuple(_family(word, rules, families) for word in said)
    return [
        *_runs(said, ""),
        *_runs(named, "c:"),
        *[f"s:{one} {other}" for one, other in zip(named, named[2:], strict=False)],
        *[f"no:{who}" for who in ("YOU", *_PERSONS) if who not in named],
        f"len:{next((name for most, name in _LENGTHS if len(words) <= most), '16+')}",
    ]


def _runs(words: Sequence[str], mark: str) -> list[str]:
    """Single words, pairs and threes."""
    pairs = [f"{one} {other}" for one, other in pairwise(words)]
    threes = [f"{mark}{pair} {third}" for pair, third in zip(pairs, words[2:], strict=False)]
    return [*[mark + word for word in words], *[mark + pair for pair in pairs], *threes]


def _family(word: str, rules: Rules, families: Mapping[str, frozenset[str]]) -> str:
    """Give the family a word belongs to; the word itself where it belongs to none."""
    if word in rules.words["yours"]:
        return "YOU"
    for name, own in (*_PERSONS.items(), *families.items()):
        if word in own:
            return name
    if rules.feeling.fullmatch(word):
        return "FEEL"
    if word in rules.irregular or (word.endswith("ed") and len(word) > len("used")):
        return "PAST"
    return "NUM" if word.isdigit() or word in rules.words["numbers"] else word
