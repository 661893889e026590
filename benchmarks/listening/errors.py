"""Transcripts as recognisers give them: without marks, and with wrong words."""

import random
import re
from collections.abc import Callable, Sequence

from benchmarks.listening.annomi import Turn


def unmarked(text: str) -> str:
    """Lower case, no marks, as some recognisers give it."""
    return re.sub(r"[^\w\s'’-]|--+", " ", text).lower()


def with_errors(rate: float, turns: Sequence[Turn], seed: int) -> Callable[[str], str]:
    """Change a share of the words: half replaced, a third left out, the rest added.

    Replacements and additions are drawn from all words spoken, as often as they are spoken.
    """
    rng = random.Random(seed)
    spoken = [w for t in turns for w in t.text.split()]

    def change(text: str) -> str:
        out: list[str] = []
        for word in text.split():
            draw = rng.random() / rate
            if draw >= 1:
                out.append(word)
            elif draw < 0.5:
                mark = re.search(r"[.,?!]+$", word)
                out.append(rng.choice(spoken).rstrip(".,?!-") + (mark.group() if mark else ""))
            elif draw > 5 / 6:
                out += [word, rng.choice(spoken).rstrip(".,?!-")]
        return " ".join(out)

    return change
