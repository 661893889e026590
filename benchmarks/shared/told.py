"""Sentences in which ages, dates, numbers and addresses are told in words, and what is covered."""

import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from prosody.intervals import wilson

__all__ = ["table"]

_SENTENCES = Path(__file__).parents[1] / "told_in_words.toml"
_MARKS = re.compile(r"\[\[|\]\]")
# turns of words and a language's code to the same turns with what is covered in them
_Covering = Callable[[Sequence[list[str]], str], Sequence[Sequence[str]]]


def table(covered: _Covering) -> Iterator[str]:
    """Give, for each set of sentences, what is covered of what tells something, and of the rest."""
    yield "| sentences | covered of what tells something | covered where words only count |"
    yield "|---|---|---|"
    for one in tomllib.loads(_SENTENCES.read_text("utf-8"))["set"]:
        told, _ = _counted(one["telling"], one["language"], covered)
        _, extra = _counted(one["counting"], one["language"], covered)
        low, high = wilson(told[0] / told[1], told[1])
        share = f"{told[0]} of {told[1]} words ({100 * low:.0f} to {100 * high:.0f} %)"
        yield f"| {one['language']}, {one['when']} | {share} | {extra[0]} of {extra[1]} words |"


def _counted(
    text: str, language: str, covered: _Covering
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Count what is covered of marked words and how many there are, and the same of others."""
    marked = [line.split() for line in text.strip().splitlines()]
    plain = [[_MARKS.sub("", word) for word in line] for line in marked]
    shown = covered(plain, language)
    pairs = [
        (mark != word, word != seen)
        for marks, words, cover in zip(marked, plain, shown, strict=True)
        for mark, word, seen in zip(marks, words, cover, strict=True)
    ]
    told, rest = (
        [hidden for is_told, hidden in pairs if is_told is kind] for kind in (True, False)
    )
    return (sum(told), len(told)), (sum(rest), len(rest))
