"""How a site codes: what its own coded turns say beside the network's word.

Conventions
-----------
A logistic regression (ridge) leads from what the network says of a turn and from how the turn is
written (`SIGNS`) to its main code and to what is present in it. The chance it gives is mixed with
the network's, the more of it the more sessions it was fitted to. What is finer than that (open or
closed, say) stays the network's. English only, as the network.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import dropwhile, pairwise
from math import log1p
from typing import Any

import numpy as np

from prosody.settings import Trained
from prosody.trained.network import OUTPUTS
from prosody.trained.text import Input

__all__ = ["ENCODER_HEADS", "HEADS", "SIGNS", "Habits", "Taught", "fit", "signs"]

Array = np.ndarray[Any, np.dtype[Any]]
SIGNS = (
    *("questions", "sentences", "asks_what", "asks_by_verb", "begins_you", "question_words"),
    *("holds_what", "verb_before_you", "ends_or", "brief_question", "stem", "so", "wonders"),
    *("tells", "words_heard", "heard_asked", "words", "brief", "marked", "rises"),
)
# What is fitted: the main code first, then each that can be present.
HEADS = ("main", *OUTPUTS["pres"])
ENCODER_HEADS = ("main", "pres")  # of encoders that are trained on the same turns
_ASKS = HEADS.index("question")
_MAIN, _PRESENT = len(OUTPUTS["main"]), len(OUTPUTS["pres"])
_WORD = re.compile(r"[a-z']+")
_WHAT = frozenset(("what", "how", "why", "when", "where", "who", "which", "what's", "how's"))
_VERBS = frozenset(
    (
        *("do", "does", "did", "is", "are", "was", "were", "can", "could", "would", "will"),
        *("have", "has", "had", "should", "don't", "isn't", "aren't", "didn't", "am", "may"),
    )
)
_YOU = frozenset(("you", "you're", "you've", "you'd", "your"))
_LEADS = frozenset(("so", "and", "okay", "but", "mm", "hmm", "yeah", "right", "well", "oh", "now"))
_STEMS = frozenset(("sounds", "looks"))
_EARLY, _BRIEF = 6, 2  # words
_LEAST_SPREAD = 0.05  # a sign that hardly any turn has
_NEVER = -30.0  # of a code that no turn had
_ALMOST = 1e-4  # a chance that nothing falls below


@dataclass(frozen=True, slots=True)
class Taught:
    """A coded turn: its main code's place among four, and what is present: 1, 0, or -1 unknown."""

    turn: Input
    main: int
    present: tuple[int, ...]


def signs(turn: Input) -> tuple[float, ...]:
    """Give how a turn is written, in the order of `SIGNS`.

    Examples
    --------
    >>> found = dict(zip(SIGNS, signs(Input("", "I left.", "So you left. What now?")), strict=True))
    >>> found["questions"], found["asks_what"], found["so"], found["words_heard"]
    (1.0, 1.0, 1.0, 2.0)
    """
    words = _WORD.findall(turn.said.lower())
    cut = [s for s in re.split(r"(?<=[.?!])\s+", turn.said.strip()) if s]
    asked = [s for s in cut if s.endswith("?")]
    last = _WORD.findall(asked[-1].lower()) if asked else []
    begun = list(dropwhile(_LEADS.__contains__, last))
    first = begun[0] if begun else ""
    return tuple(
        float(sign)
        for sign in (
            *(len(asked), len(cut), first in _WHAT, first in _VERBS, first in _YOU, len(last)),
            *(
                not _WHAT.isdisjoint(last),
                any(a in _VERBS and b in _YOU for a, b in pairwise(last)),
            ),
            *("or" in last[-_BRIEF:], bool(last) and len(begun) <= _BRIEF),
            *(not _STEMS.isdisjoint(words[:_EARLY]), "so" in words[:_BRIEF]),
            *("wonder" in words or "wondering" in words, "tell" in words),
            *(len(turn.heard.split()), turn.heard.strip().endswith("?")),
            *(log1p(len(words)), len(words) <= _BRIEF, "?" in turn.said, cut[-1:] == asked[-1:]),
        )
    )


@dataclass(frozen=True, slots=True)
class Habits:
    """What was fitted.

    `weight` is (7, signs and logits), the four main codes first, then what is present; `bias` (7,);
    `share` (4,) says how much each of `HEADS` counts beside the network, 0 where it was not fitted.
    """

    mean: Array
    spread: Array
    weight: Array
    bias: Array
    share: Array

    @classmethod
    def of(cls, arrays: Mapping[str, Any]) -> "Habits":
        """Make it of arrays as they were kept.

        Raises
        ------
        KeyError, ValueError
            If one is missing, of another shape, or holds what is no number.
        """
        inputs = sum(map(len, OUTPUTS.values())) + len(SIGNS)
        outputs = _MAIN + _PRESENT
        shapes = {
            "mean": (inputs,),
            "spread": (inputs,),
            "weight": (outputs, inputs),
            "bias": (outputs,),
            "share": (len(HEADS),),
        }
        found = {name: np.asarray(arrays[name], float) for name in shapes}
        for name, shape in shapes.items():
            if found[name].shape != shape or not np.isfinite(found[name]).all():
                raise ValueError(name)
        share = found["share"]
        if (found["spread"] <= 0).any() or (share < 0).any() or (share > 1).any():
            raise ValueError("spread or share")
        return cls(**found)

    def arrays(self) -> dict[str, Array]:
        """Give it as it is kept."""
        return {name: getattr(self, name) for name in self.__slots__}

    def heard(self, turn: Input, logits: Sequence[float], limits: Trained) -> tuple[float, ...]:
        """Give the network's word of a turn as this site would say it: logits again, and a doubt.

        The last number is how much a statement that rises is doubted to ask: not at all, where the
        site's own turns were asked about it.
        """
        alone = np.asarray(logits, float)
        found = (
            self.weight @ _scaled(_row(turn, logits), self.mean, self.spread, limits) + self.bias
        )
        own = slice(_MAIN, _MAIN + _PRESENT)
        ships = _chances(alone / limits.softness)
        said = _as_logits(map(_mixed, _chances(found), ships, self._shares()), limits)
        doubt = limits.rising_doubt * float(self.share[_ASKS] == 0)
        return (*said, *map(float, logits[own.stop :]), doubt)

    def beside(
        self, heard: Sequence[float], encoders: Sequence[Sequence[float]], limits: Trained
    ) -> tuple[float, ...]:
        """Give what was `heard`, with the mean word of the encoders that the site trained.

        Where less was fitted, they count less, too, and nothing where nothing was.
        """
        most = limits.encoder_sessions / (limits.encoder_sessions + limits.site_sessions)
        own = [_chances(np.asarray(row, float) / limits.softness) for row in encoders]
        mean = (np.mean(one, axis=0) for one in zip(*own, strict=True))
        alone = _chances(np.asarray(heard, float) / limits.softness)
        shares = (limits.encoder_share * np.minimum(own / most, 1) for own in self._shares())
        return (*_as_logits(map(_mixed, mean, alone, shares), limits), *heard[_MAIN + _PRESENT :])

    def _shares(self) -> tuple[Any, Any]:
        return self.share[0], self.share[1:]


def fit(
    taught: Sequence[Taught],
    outputs: Mapping[str, Sequence[float]],
    sessions: int,
    limits: Trained,
) -> Habits:
    """Fit how a site codes.

    Parameters
    ----------
    taught : sequence of Taught
        Its coded turns.
    outputs : mapping
        What the network that ships says of each, by the key of its words.
    sessions : int
        How many sessions they are of.
    """
    rows = np.array([_row(one.turn, outputs[one.turn.key]) for one in taught])
    mean, spread = rows.mean(axis=0), np.maximum(rows.std(axis=0), _LEAST_SPREAD)
    rows = _scaled(rows, mean, spread, limits)
    weight = np.zeros((_MAIN + _PRESENT, rows.shape[1]))
    bias, share = np.zeros(len(weight)), np.zeros(len(HEADS))
    counts = sessions / (sessions + limits.site_sessions)
    main = np.array([one.main for one in taught])
    if len(set(main)) > 1:
        bias[:_MAIN], share[0] = _NEVER, counts
        for at, (own, start) in _regressed(rows, main, limits).items():
            weight[at], bias[at] = own, start
    for at in range(_PRESENT):
        there = np.array([one.present[at] for one in taught])
        known = there >= 0
        if len(set(there[known])) > 1:
            share[1 + at] = counts
            weight[_MAIN + at], bias[_MAIN + at] = _regressed(rows[known], there[known], limits)[1]
    return Habits(mean, spread, weight, bias, share)


def _regressed(rows: Array, labels: Array, limits: Trained) -> dict[int, tuple[Array, float]]:
    """Give weights and start of every label there is; of two, the second's against the first."""
    from sklearn.linear_model import LogisticRegression  # loaded only where something is learned

    fitted = LogisticRegression(C=limits.site_strength, max_iter=limits.site_steps).fit(
        rows, labels
    )
    found = zip(fitted.coef_, fitted.intercept_, strict=True)
    if len(fitted.classes_) == 2:  # one row: the odds of the second, which the first has none of
        ((own, start),) = found
        first, second = map(int, fitted.classes_)
        return {first: (np.zeros_like(own), 0.0), second: (own, float(start))}
    return {
        int(at): (own, float(start))
        for at, (own, start) in zip(fitted.classes_, found, strict=True)
    }


def _row(turn: Input, logits: Sequence[float]) -> Array:
    return np.array([*logits, *signs(turn)], float)


def _scaled(rows: Array, mean: Array, spread: Array, limits: Trained) -> Array:
    return np.asarray(np.clip((rows - mean) / spread, -limits.site_bound, limits.site_bound))


def _mixed(own: Array, ships: Array, share: Any) -> Array:
    return np.asarray(np.clip(share * own + (1 - share) * ships, _ALMOST, 1 - _ALMOST))


def _chances(logits: Array) -> tuple[Array, Array]:
    """Give the chances of the four main codes, and of each that can be present."""
    return _softmax(logits[:_MAIN]), _odds(logits[_MAIN : _MAIN + _PRESENT])


def _as_logits(chances: Iterable[Array], limits: Trained) -> tuple[float, ...]:
    """Give chances as logits, as hard as a network's."""
    main, there = chances
    said = np.concatenate([np.log(main), np.log(there / (1 - there))]) * limits.softness
    return tuple(round(float(v), 2) for v in said)


def _softmax(logits: Array) -> Array:
    odds = np.exp(logits - logits.max())
    return np.asarray(odds / odds.sum())


def _odds(logits: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-logits)))
