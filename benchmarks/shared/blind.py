"""Names that were marked by somebody who had seen neither the lists nor the other marks.

Half of the turns of each corpus, drawn by a seed, were read whole, and each word was marked that
names a person, a pet, a place or an organisation, or belongs to a date, an address, a telephone
number or the like. What is kept of a mark is where it stands, and the beginning of the word's
digest: no word of the corpora is copied here, and other texts than those read are noticed.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from prosody.intervals import wilson
from prosody.listening.agreement import kappa

__all__ = ["Blind"]

MARKS = Path(__file__).parents[1] / "blind_names.json"
_AS_FIRST = {"person": "person", "pet": "person", "place": "place", "organisation": "place"}
_OTHER = "word"
_Talks = Mapping[int, Sequence[str]]
# a talk's number and its turns' texts to the same turns with what is covered in them
_Covering = Callable[[Sequence[str]], Sequence[Sequence[str]]]


class Blind:
    """The marks, and what came of them.

    Parameters
    ----------
    corpora : mapping of str to talks
        By name, the turns of each talk.
    core : callable
        A word without what it is written with.

    Raises
    ------
    ValueError
        If a mark is not on the word that was read.
    """

    def __init__(self, corpora: Mapping[str, _Talks], core: Callable[[str], str]) -> None:
        held = json.loads(MARKS.read_text("utf-8"))
        self.corpora, self.core, self.before = corpora, core, held["before"]
        self.marks = {(name, *where): kind for name, *where, kind, _ in held["marks"]}
        self.drawn = {
            (name, int(talk)): [n for n, bit in enumerate(f"{int(bits, 16):b}"[::-1]) if bit == "1"]
            for name, talks in held["drawn"].items()
            for talk, bits in talks.items()
        }
        for name, talk, turn, word, _, digest in held["marks"]:
            said = core(corpora[name][talk][turn].split()[word]).lower()
            if not sha256(said.encode()).hexdigest().startswith(digest):
                raise ValueError(
                    f"{name}, talk {talk}, turn {turn}: not the words that were marked"
                )

    def words(self) -> Iterator[tuple[str, int, int, int, str]]:
        """Give corpus, talk, turn, place and kind of every word that was read."""
        for (name, talk), turns in self.drawn.items():
            for turn in turns:
                for at in range(len(self.corpora[name][talk][turn].split())):
                    yield name, talk, turn, at, self.marks.get((name, talk, turn, at), _OTHER)

    def table(self, covering: _Covering) -> Iterator[str]:
        """Word how many of each kind are covered, as they stand, and were before this marking."""
        shown = {where: covering(self.corpora[where[0]][where[1]]) for where in self.drawn}
        hit, of = Counter[str](), Counter[str]()
        for name, talk, turn, at, kind in self.words():
            word = self.corpora[name][talk][turn].split()[at]
            of[kind] += 1
            hit[kind] += shown[name, talk][turn][at] != word
        yield "| marked | covered at the first look | covered since what it missed was mended |"
        yield "|---|---|---|"
        for kind in self.before:
            if kind != _OTHER:
                yield f"| {kind} | {_share(*self.before[kind])} | {_share(hit[kind], of[kind])} |"
        for counts in (self.before, {kind: [hit[kind], of[kind]] for kind in of}):
            if any(counts[kind][1] != of[kind] for kind in of):
                raise ValueError("not as many words as were marked")
        yield (
            f"| of what is covered, marked | {_precision(self.before)} | "
            f"{_precision({kind: (hit[kind], of[kind]) for kind in of})} |"
        )

    def agreement(self, first: Callable[[str, str, str], str]) -> str:
        """Give Cohen's kappa with the first rater's kind of each word with a capital.

        Parameters
        ----------
        first : callable
            Of a corpus, a word and the one before it: ``person``, ``place`` or ``word``.
        """
        one, other = [], []
        for name, talk, turn, at, kind in self.words():
            said = self.corpora[name][talk][turn].split()
            if self.core(said[at])[:1].isupper():
                one.append(first(name, said[at], said[at - 1] if at else ""))
                other.append(_AS_FIRST.get(kind, _OTHER))
        value, (low, high), _ = kappa(one, other)
        unlike = sum(a != b for a, b in zip(one, other, strict=True))
        assert value is not None and low is not None and high is not None  # they are not all alike
        return f"{value:.2f} ({low:.2f} to {high:.2f}) over {len(one)} words, {unlike} unlike"


def _share(hit: int, of: int) -> str:
    low, high = wilson(hit / of, of)
    return f"{hit} of {of} ({100 * low:.0f} to {100 * high:.0f} %)"


def _precision(counts: Mapping[str, Sequence[int]]) -> str:
    named = sum(hit for kind, (hit, _) in counts.items() if kind != _OTHER)
    return _share(named, named + counts[_OTHER][0])
