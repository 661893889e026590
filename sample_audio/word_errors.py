"""Words heard against words said: errors of every sentence, and how far the times are off.

Conventions
-----------
Word error rate is wrong, missing and added words over words said. Sounds without a spelling
("mm-hm") count on neither side. Times are seconds; a start error is heard less said.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

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

    An added word counts in the sentence of the word said before it.
    """
    from jiwer import process_words

    truth = [(n, word) for n, word in said if plain(word.text)]
    found = [word for word in heard if plain(word.text)]
    spelt = (" ".join(plain(w.text) for w in some) for some in ([w for _, w in truth], found))
    errors = dict.fromkeys(dict(truth), 0)
    starts = []
    for part in process_words(*spelt).alignments[0] if truth else ():
        first, here = part.ref_start_idx, range(part.ref_start_idx, part.ref_end_idx)
        if part.type == "equal":
            pairs = zip(here, range(part.hyp_start_idx, part.hyp_end_idx), strict=True)
            starts += [found[j].span.start - truth[i][1].span.start for i, j in pairs]
        elif part.type == "insert":
            added = part.hyp_end_idx - part.hyp_start_idx
            errors[truth[max(0, first - 1)][0]] += added
        else:
            for i in here:
                errors[truth[i][0]] += 1
    count = Counter(n for n, _ in truth)
    return Heard(tuple(errors.values()), tuple(count[n] for n in errors), tuple(starts))
