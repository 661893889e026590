"""What rules and trained coder say of one therapist turn, taken together.

Conventions
-----------
Both speak of four things: asking, giving back, telling, and all else. A share of what is said of
each is the rules', the rest the network's, whose logits are softened first; the sum is the
confidence. Phrases, and behaviours that only they show, stay the rules'; so does which of several
questions counts, since the network hears the turn as a whole. How much each counts is
stated in `prosody.settings.Trained`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import exp

from prosody.listening.behaviours import group_of
from prosody.listening.from_words import Spotted
from prosody.settings import Trained
from prosody.trained.network import OUTPUTS, named

__all__ = ["GROUPS", "together"]

GROUPS = OUTPUTS["pres"]
_OTHER = OUTPUTS["main"][-1]


def together(
    spotted: Mapping[str, Spotted], main: str, logits: Sequence[float], limits: Trained
) -> dict[str, Spotted]:
    """Give what is suggested of a turn by both.

    Parameters
    ----------
    spotted : mapping of str to Spotted
        What the rules found.
    main : str
        Which of the four the rules would call its main one.
    logits : sequence of float
        What the network says (`prosody.trained.network.OUTPUTS`).

    Returns
    -------
    dict of str to Spotted
        By kind; `weight` orders them, so that the first belongs to the turn's main group. Where
        that is none of the three, only what phrases show is left.
    """
    heads = named(logits)
    chief = _chief(heads["main"], main, limits)
    sure = {group: _sure(group, spotted, heads["pres"], limits) for group in GROUPS}
    out = {kind: s for kind, s in spotted.items() if group_of(kind) == _OTHER}
    if chief == _OTHER:
        return out
    for group in GROUPS:
        if group == chief or sure[group] >= limits.least_suggested:
            kind = _kind(group, spotted, heads["sub"], limits)
            out[kind] = _said(kind, group, spotted, heads["sub"], sure[group], group == chief)
    return out


def _chief(logits: Mapping[str, float], main: str, limits: Trained) -> str:
    odds = {name: exp(value / limits.softness) for name, value in logits.items()}
    whole = sum(odds.values())
    share = limits.rules_share
    both = {n: (1 - share) * v / whole + share * (n == main) for n, v in odds.items()}
    return max(both, key=lambda name: both[name])


def _sure(
    group: str, spotted: Mapping[str, Spotted], logits: Mapping[str, float], limits: Trained
) -> float:
    rules = max((s.confidence for k, s in spotted.items() if group_of(k) == group), default=0.0)
    alone = _odds(logits[group] / limits.softness)
    sure = (1 - limits.rules_share) * alone + limits.rules_share * rules
    rising = group == "question" and rules < limits.asks_by_words
    return max(sure - limits.rising_doubt * rising, 0.0)


def _kind(
    group: str, spotted: Mapping[str, Spotted], logits: Mapping[str, float], limits: Trained
) -> str:
    """Say which behaviour of a group it is."""
    if group == "question":
        if settled := next((k for k, s in spotted.items() if s.settled), None):
            return settled
        lean = logits["question_open"] - logits["question_closed"] + limits.open_lean
        half = 0.5 * ("question_open" not in spotted and "question_closed" not in spotted)
        rules = half or float("question_open" in spotted)
        share = limits.rules_share
        opened = (1 - share) * _odds(lean / limits.open_softness) + share * rules
        return "question_open" if opened > 0.5 else "question_closed"
    if group == "reflection":
        return "summary" if "summary" in spotted else "reflection"
    urged = max(logits[f"input_{kind}"] for kind in ("advice", "options", "negotiation"))
    return "advice" if urged > logits["input_information"] else "information"


def _said(
    kind: str,
    group: str,
    spotted: Mapping[str, Spotted],
    logits: Mapping[str, float],
    sure: float,
    chief: bool,
) -> Spotted:
    """Word what was found; the words that fired are the rules', where any did."""
    fired = [s for k, s in spotted.items() if group_of(k) == group]
    own = spotted.get(kind) or max(fired, key=lambda s: s.weight, default=None)
    depth = None
    if kind == "reflection":
        deep = logits["reflection_complex"] > logits["reflection_simple"]
        depth = own.sub_kind if own else None
        depth = depth or ("complex" if deep else "simple")
    made = own or Spotted(0.0, "", 0.0)
    return replace(made, confidence=round(sure, 2), weight=float(chief) + sure, sub_kind=depth)


def _odds(logit: float) -> float:
    return 1 / (1 + exp(-logit))
