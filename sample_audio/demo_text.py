"""What the demonstration model is taught to hear: sentences that nobody wrote.

A sentence is a walk from word to word through the sample scripts and ``demo_sentences.txt``,
with leaps to any word of the vocabulary, or words at random altogether. What it must never
learn by heart is held out: no sentence here has four words in a row, or is as a whole, what
stands in a sample's script or in a held-out line.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sample_audio.script import read_script

__all__ = ["Grammar", "grammar", "plain"]

SCRIPTS = ("attentive", "hurried", "half_way")
SENTENCES = Path(__file__).with_name("demo_sentences.txt")
HELD_WORDS = 4  # so many words in a row are enough to be held out
_END = ""


def plain(text: str) -> tuple[str, ...]:
    """Give the words of a text in lower case, without marks.

    Examples
    --------
    >>> plain("Well, I don't know.")
    ('well', 'i', "don't", 'know')
    """
    return tuple(re.findall(r"[a-z']+", text.lower()))


@dataclass(frozen=True, slots=True)
class Grammar:
    """Which word may follow which, all words, and what is held out.

    `follows` gives each word's successors, with the comma or full stop before them; `_END` and
    the first word follow the empty word.
    """

    follows: dict[str, tuple[tuple[str, str], ...]]
    words: tuple[str, ...]
    held: frozenset[tuple[str, ...]]
    held_whole: frozenset[tuple[str, ...]]
    test: tuple[str, ...]

    def sentence(self, random: np.random.Generator) -> str:
        """Draw a sentence that is not held out."""
        while True:
            text = self._scattered(random) if random.random() < 0.3 else self._walked(random)
            if self.allowed(text):
                return text

    def allowed(self, text: str) -> bool:
        """Whether nothing in a text is held out."""
        said = plain(text)
        runs = (said[n : n + HELD_WORDS] for n in range(len(said) - HELD_WORDS + 1))
        return said not in self.held_whole and not any(run in self.held for run in runs)

    def _scattered(self, random: np.random.Generator) -> str:
        count = int(random.integers(1, 10))
        chosen = [str(word) for word in random.choice(self.words, count)]
        marks = random.choice(["", ","], count - 1, p=[0.9, 0.1]).tolist()
        return _written(chosen, [*marks, str(random.choice([".", "?"], p=[0.8, 0.2]))])

    def _walked(self, random: np.random.Generator) -> str:
        said: list[str] = []
        marks: list[str] = []
        word = _END
        most = int(random.integers(3, 15))
        while len(said) < most:
            if said and random.random() < 0.15:
                mark, word = "", str(random.choice(self.words))
            else:
                choices = self.follows.get(word) or (("", str(random.choice(self.words))),)
                mark, word = choices[int(random.integers(len(choices)))]
            if said:
                marks.append(mark)
            if word == _END:
                break
            said.append(word)
        ended = marks[len(said) - 1 :]
        return _written(said, [*marks[: len(said) - 1], ended[0] if ended else "."])


def _written(words: list[str], marks: list[str]) -> str:
    """Put words and the marks after them together, as in print."""
    cased = [("I" if word == "i" else word) for word in words]
    cased = [_NAMES.get(word, word) for word in cased]
    cased[0] = cased[0][0].upper() + cased[0][1:]
    return " ".join(word + mark for word, mark in zip(cased, marks, strict=True))


_DAYS = (
    "Monday", "Tuesday", "Tuesdays", "Wednesday", "Thursday", "Thursdays", "Friday", "Saturday",
    "Sunday", "Sundays",
)  # fmt: skip
_MONTHS = ("January", "February", "March", "April", "June", "October")
_NAMES = {name.lower(): name for name in (*_DAYS, *_MONTHS)}


def _script_texts() -> list[str]:
    texts = []
    for name in SCRIPTS:
        for line in read_script(name).lines:
            texts.append(" ".join(piece.text for piece in line.pieces))
    return texts


def _sentences(text: str) -> list[str]:
    return [part.strip() for part in re.findall(r"[^.?!]+[.?!]*", text) if plain(part)]


def grammar() -> Grammar:
    """Read the scripts and sentences."""
    lines = [
        line for line in SENTENCES.read_text("utf-8").splitlines() if line[:1] not in ("#", "")
    ]
    test = tuple(line[2:] for line in lines if line.startswith("= "))
    scripts = _script_texts()
    own = [line for line in lines if not line.startswith("= ")]
    words = sorted({word for text in [*scripts, *own, *test] for word in plain(text)})
    follows: dict[str, list[tuple[str, str]]] = {}
    for sentence in (part for text in [*scripts, *own] for part in _sentences(text)):
        before, mark = _END, ""
        for token in sentence.split():
            (word,) = plain(token) or ("",)
            follows.setdefault(before, []).append((mark, word))
            before, mark = word, token[-1] if token[-1] in ",.?!" else ""
        follows.setdefault(before, []).append((mark or ".", _END))
    unseen = [*scripts, *test]
    held = {
        said[n : n + HELD_WORDS]
        for text in unseen
        for said in [plain(text)]
        for n in range(len(said) - HELD_WORDS + 1)
    }
    whole = {plain(part) for text in unseen for part in _sentences(text)}
    return Grammar(
        {word: tuple(after) for word, after in follows.items()},
        tuple(words), frozenset(held), frozenset(whole), test,
    )  # fmt: skip
