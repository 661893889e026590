"""How far two voices differ in the words that tell a therapist from a client.

Conventions
-----------
The rule on words is "who says *you* more than *I*": the share of second-person words minus the
share of first-person singular words, higher for the therapist, with the share of words for people
who are spoken of (*he*, *they*), higher for the client, as a weaker second. What is told of
somebody's saying ("you said ...", words in quotation marks) is left out: whoever quotes the other
sounds like the other. Both differences are divided by their standard errors over turns, so a short
excerpt, an evenly spoken one, or one whose *you*s stand in few turns gives a small margin, and a
logistic curve turns the two margins into a certainty. Who asks is told and decides nothing: some
clients ask a great deal. Weights and caps are round numbers (`diarize.settings.Roles`); how often
they are right, on hard cases too, is measured in docs/notes/words-and-roles.md.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from diarize.settings import Roles
from diarize.timeline import Word

__all__ = ["Margin", "margin"]

_STATED = Roles()
_YOU = frozenset(
    ["you", "your", "yours", "yourself", "yourselves", "you're", "you've", "you'll", "you'd", "ya"]
)
_I = frozenset(["i", "me", "my", "mine", "myself", "i'm", "i've", "i'll", "i'd"])
_OTHERS = frozenset(
    ["he", "she", "they", "him", "her", "them", "his", "hers", "their", "he's", "she's", "they're"]
)
_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?")
# What somebody is told to have said, up to the end of the sentence, and words in quotation marks.
_TOLD = re.compile(
    r"\b(?:you|he|she|they|i|we|mum|mom|dad|it|everyone|people|[a-z]+ist|counsellor|counselor"
    r"|doctor|wife|husband|boss|friend)"
    r"(?:'s|'re|'d| was| were| is| are| had| have| just| always| keep| kept)?"
    r" (?:said|says|saying|say|told (?:me|him|her|us)|tells me|asked(?: me| him| her)?|asks me"
    r"|like,|goes|went,|go,)\b[^.?!]*[.?!]?"
    r"|[“\"][^“”\"]*[”\"]"
)


@dataclass(frozen=True, slots=True)
class Margin:
    """How far two voices differ in the words that tell a therapist from a client.

    Parameters
    ----------
    you_minus_i : float
        Share of second-person minus share of first-person words, first voice minus second;
        -2 to 2.
    others : float
        Share of words for people spoken of, first voice minus second; -1 to 1.
    questions : float
        Share of turns that ask something, first voice minus second; -1 to 1. It is told alone.
    you_minus_i_z, others_z : float
        The same in standard errors, over turns.
    words : int
        Words of both voices together.
    chance : float
        Probability that the first voice is the therapist, 0 to 1.
    """

    you_minus_i: float
    others: float
    questions: float
    you_minus_i_z: float
    others_z: float
    words: int
    chance: float


def margin(words: Iterable[Word], first: str, second: str, rule: Roles = _STATED) -> Margin | None:
    """Measure how far two voices differ in the words that tell who is the therapist.

    Words marked doubtful are left out. None where a voice has no words of its own.
    """
    counted: dict[str, list[_Turn]] = {first: [], second: []}
    for voice, text in _runs(words):
        turn = _counted(text) if voice in counted else None
        if turn is not None:
            counted[voice].append(turn)
    ours, theirs = counted[first], counted[second]
    if not ours or not theirs:
        return None
    (lean, lean_z), (others, others_z) = (
        _apart([getattr(t, of) for t in ours], ours, [getattr(t, of) for t in theirs], theirs)
        for of in ("lean", "others")
    )
    questions = sum(t.asks for t in ours) / len(ours) - sum(t.asks for t in theirs) / len(theirs)
    odds = rule.words_weight * lean_z - rule.others_weight * others_z
    chance = 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))
    said = sum(t.words for t in (*ours, *theirs))
    return Margin(lean, others, questions, lean_z, others_z, said, chance)


@dataclass(frozen=True, slots=True)
class _Turn:
    """One turn: its words, *you*-words less *I*-words, words for others, whether it asks."""

    words: int
    lean: int
    others: int
    asks: bool


def _counted(text: str) -> _Turn | None:
    """Count a turn without what it tells of somebody's saying; None where nothing is left."""
    plain = _TOLD.sub(" ", text.lower().replace("’", "'"))
    tokens = _TOKEN.findall(plain)
    if not tokens:
        return None
    you, i, others = (sum(t in kind for t in tokens) for kind in (_YOU, _I, _OTHERS))
    return _Turn(len(tokens), you - i, others, "?" in plain)


def _apart(
    ours: Sequence[int],
    our_turns: Sequence[_Turn],
    theirs: Sequence[int],
    their_turns: Sequence[_Turn],
) -> tuple[float, float]:
    """Give how far two shares of words lie apart, and the same in standard errors."""
    (one, spread), (other, wide) = _share(ours, our_turns), _share(theirs, their_turns)
    return one - other, (one - other) / math.sqrt(spread + wide)


def _share(counts: Sequence[int], turns: Sequence[_Turn]) -> tuple[float, float]:
    """Give a share of all words and its variance: over turns, and at least a multinomial's.

    A ratio's variance is that of its residuals over turns (linearised). The multinomial one has a
    count more, so that none is not certainty.
    """
    words, total = sum(t.words for t in turns), sum(counts)
    share, n = total / words, len(turns)
    apart = sum((c - share * t.words) ** 2 for c, t in zip(counts, turns, strict=True))
    by_turn = apart / words**2 * n / max(n - 1, 1)
    each = (sum(map(abs, counts)) - total**2 / words + 1) / words**2
    return share, max(by_turn, each)


def _runs(words: Iterable[Word]) -> list[tuple[str, str]]:
    """Gather words into turns: voice and text, in order of time."""
    runs: list[tuple[str, list[str]]] = []
    for word in sorted(words):
        if word.voice is None or word.doubtful:
            continue
        if runs and runs[-1][0] == word.voice:
            runs[-1][1].append(word.text)
        else:
            runs.append((word.voice, [word.text]))
    return [(voice, " ".join(texts)) for voice, texts in runs]
