"""What rules and trained coder say of one therapist turn, taken together.

Conventions
-----------
Both speak of four things: asking, giving back, telling, and all else. A share of what is said of
each is the rules', the rest the network's, whose logits are softened first; the sum is the
confidence. Phrases, and behaviours that only they show, stay the rules'; so does which of several
questions counts, since the network hears the turn as a whole. How much each counts is
stated in `prosody.settings.Trained`. Which side of a change a client takes the network says, but
for the one turn in a hundred in which a phrase of one side stands: that is the phrase's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from math import exp

from prosody.listening.behaviours import Behaviour, group_of, of, of_main
from prosody.listening.from_words import Spotted
from prosody.settings import Trained
from prosody.trained.network import OUTPUTS, SIDES, named

__all__ = ["GROUPS", "on_a_side", "together"]

GROUPS = OUTPUTS["pres"]
_OTHER = OUTPUTS["main"][-1]
_ROW = sum(map(len, OUTPUTS.values()))


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
        What the network says (`prosody.trained.network.OUTPUTS`). A row that is longer was weighed
        by a site's own turns (`prosody.trained.habits`): it ends with the doubt at what only rises.

    Returns
    -------
    dict of str to Spotted
        By kind; `weight` orders them, so that the first belongs to the turn's main group. Where
        that is none of the three, only what phrases show is left.
    """
    heads = named(logits)
    chief = _chief(heads["main"], main, limits)
    if len(logits) > _ROW:
        limits = replace(limits, rising_doubt=logits[_ROW])
    sure = {group: _sure(group, spotted, heads["pres"], limits) for group in GROUPS}
    out = {kind: s for kind, s in spotted.items() if group_of(kind) == _OTHER}
    if chief == _OTHER:
        return out
    for group in GROUPS:
        if group == chief or sure[group] >= limits.least_suggested:
            row = _kind(group, spotted, heads["sub"], limits)
            out[row.kind] = _said(row, group, spotted, heads["sub"], sure[group], group == chief)
    return out


def on_a_side(
    spotted: Mapping[str, Spotted], logits: Sequence[float] | None, limits: Trained
) -> Mapping[str, Spotted]:
    """Give what is suggested of a client's turn: of the sides of a change at most one.

    Parameters
    ----------
    spotted : mapping of str to Spotted
        What the rules found.
    logits : sequence of float, optional
        What the network says (`prosody.trained.network.SIDES`); without it no side is told.
    limits : Trained
        How sure it must be.
    """
    sides = {name: row.kind for row in of("client") for name in row.outputs}
    out = {kind: s for kind, s in spotted.items() if kind not in sides.values()}
    if logits is None:
        return out
    heard = dict(zip(SIDES["side"], logits, strict=True))
    odds = {name: exp(value / limits.side_softness) for name, value in heard.items()}
    best = max(odds, key=lambda name: odds[name])
    sure = odds[best] / sum(odds.values())
    phrased = [kind for kind in sides.values() if kind in spotted]
    if len(phrased) == 1:
        out[phrased[0]] = spotted[phrased[0]]
    elif (kind := sides.get(best)) is not None and sure >= limits.least_side:
        made = spotted.get(kind) or Spotted(0.0, "", 0.0)
        out[kind] = replace(made, confidence=round(sure, 2), weight=sure)
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
    asks = any(row.leaves_open is not None for row in of_main(group))
    rising = asks and rules < limits.asks_by_words
    return max(sure - limits.rising_doubt * rising, 0.0)


def _kind(
    group: str, spotted: Mapping[str, Spotted], logits: Mapping[str, float], limits: Trained
) -> Behaviour:
    """Say which behaviour of a group it is."""
    rows = of_main(group)
    by_rules = (r for r in rows if r.kind in spotted and not r.outputs)
    settled = (r for r in rows if r.kind in spotted and spotted[r.kind].settled)
    if (alone := next(chain(by_rules, settled), None)) is not None:
        return alone
    heard = {r.kind: max(logits[name] for name in r.outputs) for r in rows if r.outputs}
    ways = {r.leaves_open: r for r in rows if r.outputs}
    if True in ways and False in ways:
        return ways[_left_open(ways[True].kind, ways[False].kind, spotted, heard, limits)]
    return next(r for r in rows if r.kind == max(heard, key=lambda kind: heard[kind]))


def _left_open(
    opened: str,
    closed: str,
    spotted: Mapping[str, Spotted],
    heard: Mapping[str, float],
    limits: Trained,
) -> bool:
    """Say whether a question leaves the answer open: the words have a say in it."""
    lean = heard[opened] - heard[closed] + limits.open_lean
    half = 0.5 * (opened not in spotted and closed not in spotted)
    rules = half or float(opened in spotted)
    share = limits.rules_share
    return (1 - share) * _odds(lean / limits.open_softness) + share * rules > 0.5


def _said(
    row: Behaviour,
    group: str,
    spotted: Mapping[str, Spotted],
    logits: Mapping[str, float],
    sure: float,
    chief: bool,
) -> Spotted:
    """Word what was found; the words that fired are the rules', where any did."""
    fired = [s for k, s in spotted.items() if group_of(k) == group]
    own = spotted.get(row.kind) or max(fired, key=lambda s: s.weight, default=None)
    made = own or Spotted(0.0, "", 0.0)
    depth = None
    if row.sub_kinds:
        deepest = max(
            zip(row.outputs, row.sub_kinds, strict=True), key=lambda pair: logits[pair[0]]
        )
        depth = made.sub_kind or deepest[1]
    return replace(made, confidence=round(sure, 2), weight=float(chief) + sure, sub_kind=depth)


def _odds(logit: float) -> float:
    return 1 / (1 + exp(-logit))
