"""Coded talks made into what a network learns from: turns with soft labels, told anew each time.

Conventions
-----------
A label is the share of coders who would give it, 0 to 1, and -1 where it is not known. `vary`
tells a talk anew: turns are joined, cut, led in, rise at the end or lose their marks, as in real
transcripts; what a joined turn does is all that its parts did.
"""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from prosody.settings import Trained
from prosody.trained.network import OUTPUTS
from prosody.trained.text import Input, inputs

__all__ = ["GROUP_OF", "Coded", "Varied", "examples", "stripped", "vary"]

_STATED = Trained()
# Which of the four each finer code is part of.
GROUP_OF: Mapping[str, str] = {
    name: "therapist_input" if name.startswith("input") else name.split("_")[0]
    for name in OUTPUTS["sub"]
}
UNKNOWN = (-1.0,) * len(OUTPUTS["sub"])
_NODS = ("Mm-hmm.", "Yeah.", "Okay.", "Right.", "Mm.", "Yes.")
_LEADS = (
    *("Okay.", "Mm-hmm.", "Right.", "Yeah.", "Okay, so", "All right.", "Mm-hmm. Okay."),
    *("Yeah, so", "Great. So", "Well,", "And", "So"),
)
_OTHER = list(OUTPUTS["main"]).index("other")
_LED = re.compile(r"(okay|mm|right|yeah|all right|so|and|well|great)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Coded:
    """A turn with its codes: `main` of four, what is `present` of three, and the finer ones.

    `weight` is how much it counts; a client's turn, or one without codes, has none.
    """

    role: str
    text: str
    main: tuple[float, ...] = (0.0,) * 4
    present: tuple[float, ...] = (-1.0,) * 3
    finer: tuple[float, ...] = UNKNOWN
    weight: float = 0.0

    @property
    def asks(self) -> bool:
        """Whether it mainly asks."""
        return self.main[0] > 0 and self.main[0] == max(self.main)

    @property
    def words(self) -> int:
        """How many words it has."""
        return len(self.text.split())


@dataclass(frozen=True, slots=True)
class Varied:
    """How often a talk is told otherwise than it was written: shares of turns.

    A turn of at most `brief_words` counts little beside a longer one, one of `much_longer` times as
    many for more; nods are put into turns of `nodded_words` and more, and turns of `cut_words` and
    more are cut. Only what reflects with `plainly` and more is written as a question.
    """

    joined: float = 0.25
    rising: float = 0.25
    led_in: float = 0.2
    cut: float = 0.08
    nodded: float = 0.08
    bare: float = 0.3  # no marks, small letters
    fewer_marks: float = 0.2
    out_of_context: float = 0.1
    brief_words: int = 6
    much_longer: int = 4
    nodded_words: int = 15
    cut_words: int = 10
    plainly: float = 0.75


def coded(role: str, text: str, main: str, present: Sequence[str], weight: float = 1.0) -> Coded:
    """Make a turn of codes by name; `present` are finer ones."""
    groups = {GROUP_OF[name] for name in present}
    return Coded(
        role,
        text,
        tuple(float(name == main) for name in OUTPUTS["main"]),
        tuple(float(name in groups) for name in OUTPUTS["pres"]),
        tuple(float(name in present) for name in OUTPUTS["sub"]),
        weight,
    )


def examples(talk: Sequence[Coded], limits: Trained = _STATED) -> list[tuple[Input, Coded]]:
    """Give the turns that have codes, with what they follow."""
    asked = inputs([(turn.role, turn.text) for turn in talk], limits)
    pairs = zip(asked, talk, strict=True)
    return [(key, turn) for key, turn in pairs if key is not None and turn.weight > 0]


def vary(talk: Sequence[Coded], rng: random.Random, how: Varied) -> list[Coded]:
    """Tell a talk anew."""
    turns, out, at = list(talk), list[Coded](), 0
    while at < len(turns):
        turn = turns[at]
        if turn.role == "client":
            out += _nodded(turn, rng, how)
        elif at + 2 < len(turns) and _goes_on(turns[at : at + 3], rng, how):
            turns[at + 2] = _joined(turn, turns[at + 2], how)
            at += 2
            continue
        else:
            out += _told(turn, rng, how)
        at += 1
    return out


def _goes_on(three: Sequence[Coded], rng: random.Random, how: Varied) -> bool:
    """Whether a turn is told as one with the next, over what the client said between them."""
    first, between, then = three
    if (first.role, between.role, then.role) != ("therapist", "client", "therapist"):
        return False
    if not first.weight or not then.weight or (first.asks and then.main[0] < 1):
        return False
    odds = how.joined * (0.5 if first.asks else 1.5 if between.words <= how.brief_words else 0.7)
    return rng.random() < odds


def _joined(a: Coded, b: Coded, how: Varied) -> Coded:
    first, then = (max(range(4), key=lambda i: turn.main[i]) for turn in (a, b))
    if first == then or (then == _OTHER and b.words <= how.brief_words):
        share = 0.0
    elif first == _OTHER and a.words <= how.brief_words:
        share = 1.0
    elif then == 0:
        share = (0.5 if first == 2 else 0.75) - 0.25 * (a.words > how.much_longer * b.words)
    else:
        share = b.words / (a.words + b.words)
    main = tuple(share * y + (1 - share) * x for x, y in zip(a.main, b.main, strict=True))
    return replace(
        b,
        text=f"{a.text} {b.text}",
        main=main,
        present=tuple(map(max, a.present, b.present)),
        finer=tuple(map(max, a.finer, b.finer)),
    )


def _nodded(turn: Coded, rng: random.Random, how: Varied) -> list[Coded]:
    """Put a sign of listening into a client's longer turn."""
    if turn.words < how.nodded_words or rng.random() >= how.nodded:
        return [turn]
    nod = coded("therapist", rng.choice(_NODS), "other", ())
    first, rest = _halves(turn.text, rng)
    return [replace(turn, text=first), nod, replace(turn, text=rest)]


def _halves(text: str, rng: random.Random) -> tuple[str, str]:
    words = text.split()
    at = int(len(words) * rng.uniform(0.35, 0.65))
    return " ".join(words[:at]).rstrip(",."), " ".join(words[at:])


def _told(turn: Coded, rng: random.Random, how: Varied) -> list[Coded]:
    alone = sum(p > 0 for p in turn.present) <= 1
    stated = turn.main[1] >= how.plainly and alone and turn.text.endswith(".")
    if stated and rng.random() < how.rising:
        rising = (0.0, 0.75, *(f / 2 for f in turn.finer[2:]))
        turn = replace(
            turn,
            text=turn.text[:-1] + "?",
            main=(0.5, 0.5, 0.0, 0.0),
            present=(0.75, 0.5, 0.0),
            finer=rising,
        )
    if rng.random() < how.led_in and not _LED.match(turn.text):
        lead, text = rng.choice(_LEADS), turn.text
        go_on = text if lead.endswith(".") else text[:1].lower() + text[1:]
        turn = replace(turn, text=f"{lead} {go_on}")
    if turn.words < how.cut_words or not alone or rng.random() >= how.cut:
        return [turn]
    first, rest = _halves(turn.text, rng)
    nod = Coded("client", rng.choice(_NODS))
    return [replace(turn, text=first), nod, replace(turn, text=rest)]


def stripped(text: str, rng: random.Random, how: Varied) -> str:
    """Give a text as some recognisers write it: without marks and capitals, or with fewer."""
    draw = rng.random()
    if draw < how.bare:
        return " ".join(re.sub(r"[^\w\s'’-]|--+", " ", text).lower().split())
    if draw < how.bare + how.fewer_marks:
        keep = rng.random()
        return "".join(c if c not in ".,?!;:" or rng.random() < keep else "" for c in text)
    return text
