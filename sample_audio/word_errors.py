"""Words heard against words said: errors of every sentence, and how far the times are off.

Conventions
-----------
Word error rate is wrong, missing and added words over words said. Sounds without a spelling
("mm-hm") count on neither side. Times are seconds; a start error is heard less said.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from diarize.timeline import Span, Word

__all__ = ["Heard", "compare", "plain", "said_in"]

_UNSPELT = re.compile(r"^(mm|mm-hm|hm|mhm|uh|um)$")


@dataclass(frozen=True, slots=True)
class Heard:
    """One recording against its truth: errors and words of every sentence, start errors."""

    errors: tuple[int, ...]
    said: tuple[int, ...]
    starts_s: tuple[float, ...]

    @property
    def rate(self) -> float:
        """Word error rate, 1 for as many errors as words."""
        return sum(self.errors) / sum(self.said)


def plain(word: str) -> str:
    """Give a word without marks, in lower case; nothing for sounds that have no spelling."""
    bare = re.sub(r"[^\w'-]", "", word.lower()).strip("-")
    return "" if _UNSPELT.match(bare) else bare


def said_in(truth: Path) -> list[tuple[int, Word]]:
    """Give the words of a sample's ground truth, with their turn, in the order they begin."""
    said = [
        (turn["index"], Word(Span(word["start_s"], word["end_s"]), word["text"]))
        for turn in json.loads(truth.read_text("utf-8"))["turns"]
        for word in turn["words"]
    ]
    return sorted(said, key=lambda row: row[1].span.start)


def compare(said: Sequence[tuple[int, Word]], heard: Sequence[Word]) -> Heard:
    """Align words heard with words said, each with the number of its sentence.

    Edit distance with costs of 1 (Levenshtein 1966); an added word counts in the sentence of the
    word said before it.
    """
    truth = [(n, word) for n, word in said if plain(word.text)]
    found = [word for word in heard if plain(word.text)]
    cost = _costs([plain(w.text) for _, w in truth], [plain(w.text) for w in found])
    errors = dict.fromkeys(dict(truth), 0)
    starts = []
    i, j = len(truth), len(found)
    while i or j:
        if i and j:
            wrong = plain(truth[i - 1][1].text) != plain(found[j - 1].text)
            if cost[i, j] == cost[i - 1, j - 1] + wrong:
                i, j = i - 1, j - 1
                errors[truth[i][0]] += wrong
                if not wrong:
                    starts.append(found[j].span.start - truth[i][1].span.start)
                continue
        if i and cost[i, j] == cost[i - 1, j] + 1:
            i -= 1
            errors[truth[i][0]] += 1
        else:
            j -= 1
            errors[truth[max(0, i - 1)][0]] += 1
    count = {n: sum(1 for m, _ in truth if m == n) for n in errors}
    return Heard(tuple(errors.values()), tuple(count[n] for n in errors), tuple(starts))


def _costs(said: list[str], found: list[str]) -> NDArray[np.int32]:
    cost = np.zeros((len(said) + 1, len(found) + 1), np.int32)
    cost[:, 0], cost[0] = np.arange(len(said) + 1), np.arange(len(found) + 1)
    steps = np.arange(len(found) + 1)
    other = np.array(found, dtype=object)
    for i, word in enumerate(said, 1):
        row = cost[i - 1] + 1
        row[1:] = np.minimum(row[1:], cost[i - 1, :-1] + (other != word))
        cost[i] = np.minimum.accumulate(row - steps) + steps
    return cost
