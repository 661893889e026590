"""Turns as the trained coder takes them: three texts in plain spelling, cut into word pieces.

Conventions
-----------
A turn goes with what its speaker said before and with what the other one said since (`Input`).
Fillers, words said twice and marks of breaking off are left out, so that a transcript that keeps
them and one that does not read alike. Pieces are those of WordPiece (Schuster and Nakajima 2012;
Devlin et al. 2019), longest first, small letters, accents off.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from diarize.brackets import without_brackets
from prosody.settings import Trained

__all__ = ["Input", "Pieces", "inputs", "plain"]

_STATED = Trained()
_BROKEN = re.compile(r"--+|[—–…]|(?<!\w)-|-(?!\w)")
_FILLER = re.compile(r"(?:(?<=\s)|^)(?:um|uh|er|erm|uhm)(?:-um|-uh)*[,.]?(?=\s|$|-)", re.IGNORECASE)
# Of words as long as words are: one of ten thousand signs would be looked through from each sign.
_TWICE = re.compile(r"\b([\w']{1,60}(?: [\w']{1,60})?)(?:[-, ]{1,60}\1\b)+", re.IGNORECASE)
_PIECE = re.compile(r"[^\W_]+|[^\s]")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"'})


def plain(text: str) -> str:
    """Give a text without fillers, repetitions and marks of breaking off.

    Examples
    --------
    >>> plain("-so, um, I-I-I think [laughs] the garden-- the garden helps")
    'so, I think the garden helps'
    """
    text = without_brackets(text.translate(_QUOTES), lambda aside: " ", "[(")  # [laughs]
    text = _BROKEN.sub(" ", text)
    text = _TWICE.sub(r"\1", _FILLER.sub(" ", text))
    text = re.sub(r"(?<!\s)\s+([,.?!])", r"\1", text)
    text = re.sub(r"([,.?!]),", r"\1", text)
    text = _TWICE.sub(r"\1", re.sub(r"\s+", " ", text))
    return text.strip(" ,")


@dataclass(frozen=True, slots=True)
class Input:
    """A turn (`said`), its speaker's one before (`own`), the other's words since (`heard`).

    `side` asks for or against which change a client speaks, not what a therapist does.
    """

    own: str
    heard: str
    said: str
    side: bool = False

    @property
    def key(self) -> str:
        """What stands for these words where only what was made of them is kept."""
        asked = (self.own, self.heard, self.said, *("side",) * self.side)
        whole = "\x1f".join(asked).encode()
        return hashlib.blake2b(whole, digest_size=8).hexdigest()


def inputs(turns: Sequence[tuple[str, str]], limits: Trained = _STATED) -> tuple[Input | None, ...]:
    """Give every turn with what it follows; None where it has no words or nobody's role.

    Parameters
    ----------
    turns : sequence of (role, text)
        In order; only turns of therapist and client are read, and are each other's context.
    """
    spoken = [(role, plain(text)) for role, text in turns]
    return tuple(
        _input(spoken, at, limits) if text and role in ("therapist", "client") else None
        for at, (role, text) in enumerate(spoken)
    )


def _input(spoken: Sequence[tuple[str, str]], at: int, limits: Trained) -> Input:
    role, said = spoken[at]
    before = spoken[max(0, at - limits.turns_before) : at]
    heard: list[str] = []
    for who, text in reversed(before):
        if who not in (role, "other", "unknown"):
            heard.insert(0, text)
            if sum(len(t.split()) for t in heard) >= limits.words_heard:
                break
    own = next((text for who, text in reversed(before) if who == role), "")
    return Input(own, " ".join(heard), said)


class Pieces:
    """The pieces that words are cut into, by a network's own vocabulary.

    Parameters
    ----------
    vocabulary : mapping of str to int
        Pieces that go on inside a word begin with ``##``.
    """

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        self._ids = vocabulary
        self.start, self.end = vocabulary["[CLS]"], vocabulary["[SEP]"]

    def __call__(self, text: str) -> list[int]:
        """Give the pieces of a text, as the numbers of the vocabulary."""
        text = unicodedata.normalize("NFD", text.lower())
        text = "".join(c for c in text if unicodedata.category(c) != "Mn")
        return [piece for word in _PIECE.findall(text) for piece in self._word(word)]

    def _word(self, word: str) -> tuple[int, ...]:
        found: list[int] = []
        start = 0
        while start < len(word):
            ends = range(len(word), start, -1)
            lead = "##" if start else ""
            end = next((e for e in ends if lead + word[start:e] in self._ids), None)
            if end is None:
                return (self._ids["[UNK]"],)
            found.append(self._ids[lead + word[start:end]])
            start = end
        return tuple(found)

    def of(self, turn: Input, limits: Trained = _STATED) -> tuple[list[int], list[int]]:
        """Give a turn and what it follows as one row, and which pieces are the turn's own (1)."""
        own, said = self(turn.own)[-limits.pieces_own :], self(turn.said)
        if len(said) > limits.pieces_said:
            half = limits.pieces_said // 2  # how it begins and how it ends
            said = said[:half] + said[-half:]
        before = [self.start, *own, self.end, *self(turn.heard)[-limits.pieces_heard :], self.end]
        return [*before, *said, self.end], [0] * len(before) + [1] * (len(said) + 1)
