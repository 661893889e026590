"""Cues x behaviours x what the client did next: differences within one session, never causes.

Conventions
-----------
A link compares one cue, or what the client did next, between the turns that carry a behaviour
and this person's other primary turns in the same session. The medians of both are as they are;
the difference is what a turn with the behaviour lies above what its neighbours and the course of
the session lead one to expect, so it need not be the difference of the medians. Its interval and
`chance` are one test, said twice (`prosody.listening.contrasts`). The effect is Cliff's delta (-1
to 1: how much more often a turn with the behaviour lies above one without than below).

Pairs set beforehand (`prosody.listening.chosen_pairs`) are ``primary``: a difference of one of them
stands out, `reliable`, where Holm's rule keeps it. Of sessions without any true difference at most
one in twenty shows one. All other pairs are ``exploratory``: none of them stands out, and
Benjamini and Hochberg's rule only says which are worth looking for again. Below the minimum of
turns on either side nothing is said. What a behaviour's own rule decides (`defining` in its row of
the table) is named, not looked at.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diarize.conversation import Conversation
from diarize.messages import Message, message
from diarize.turns import TurnKind
from prosody.analysis import Analysis
from prosody.events import Event, Outcome
from prosody.listening import behaviours
from prosody.listening.behaviours import Behaviour
from prosody.listening.chosen_pairs import asked
from prosody.listening.contrasts import Contrast, contrasts
from prosody.listening.outcomes import VALUES, outcome_after
from prosody.settings import Contrasts, Listening
from prosody.statistics import adjusted, adjusted_for_any, middle

__all__ = ["AGAIN", "OUTCOMES", "Link", "links"]

OUTCOMES = {row.name: row.unit for row in VALUES}
AGAIN = "link.exploratory_again"  # the reason of an exploratory pair worth looking for again


@dataclass(frozen=True, slots=True)
class Link:
    """How one cue (or outcome) differed during one behaviour, for one role, in this session."""

    behaviour: str
    cue: str
    role: str
    n: int
    median_during: float | None
    median_otherwise: float | None
    difference: float | None
    low: float | None
    high: float | None
    effect: float | None
    reliable: bool
    reason: Message | None = None
    chance: float | None = None  # of a difference at least as far from 0 where there is none
    n_otherwise: int | None = None
    family: str = "exploratory"  # or primary: set beforehand
    chance_among: float | None = None  # corrected for all looked at in its family
    error: float | None = None  # of the difference, in its unit; sessions are pooled by it
    why: Message | None = None  # why a primary pair is asked about


def links(
    analysis: Analysis, found: Iterable[Event], values: Mapping[int, Mapping[str, float]]
) -> tuple[Link, ...]:
    """Link every behaviour to every cue and to what the client did next.

    Parameters
    ----------
    analysis : Analysis
        The conversation the events point into; of its settings ``listening``: the least turns on
        either side, and ``links``.
    found : iterable of Event
        From `prosody.listening.found.events`.
    values : mapping of int to mapping of str to float
        Cue values of every utterance, also of those without an event.

    Returns
    -------
    tuple of Link
        Sorted by behaviour (in the order of the table) and cue. The same input always gives
        the same links.
    """
    limits = analysis.settings.listening
    kept = tuple(filter(behaviours.counts, found))
    after = {
        u.index: outcome_after(analysis, u.span) for u in analysis.conversation.of("therapist")
    }
    columns = _columns(values, len(analysis.conversation.utterances))
    compared: list[Link] = []
    for row in behaviours.table():
        tables = tuple(_tables(row, kept, analysis, columns, after))
        compared += _compared(row, tables, limits)
    return _corrected(compared, limits.links)


_Table = tuple[str, str, Any, Any]


def _columns(
    values: Mapping[int, Mapping[str, float]], turns: int
) -> Mapping[str, NDArray[np.float64]]:
    """Give each cue's values by index of utterance, (turns,), NaN where there is none."""
    names = sorted({name for row in values.values() for name in row})
    columns = {name: np.full(turns, np.nan) for name in names}
    for index, row in values.items():
        for name, value in row.items():
            columns[name][index] = value
    return columns


def _tables(
    row: Behaviour,
    found: tuple[Event, ...],
    analysis: Analysis,
    columns: Mapping[str, NDArray[np.float64]],
    after: Mapping[int, Outcome],
) -> Iterator[_Table]:
    """One table per cue: (cue, role, values, whether each carries the behaviour)."""
    conversation = analysis.conversation
    own = [e for e in found if e.kind == row.kind]
    for role in sorted({e.role for e in own}):
        spoken, carrying = _places(own, role, analysis)
        who = "client" if row.where == "silence" else role
        turns = [
            u for u in conversation.of(who) if u.kind == TurnKind.PRIMARY or u.index in carrying
        ]
        at = np.array([u.index for u in turns], dtype=int)
        carries = np.array([u.index in carrying for u in turns], dtype=bool)
        for cue, column in columns.items():
            known = np.isfinite(column[at])
            if known.any():
                yield cue, who, column[at[known]], carries[known]
        if role == "therapist" and row.outcome:
            yield from _outcomes(own, spoken, conversation, after)


def _places(own: list[Event], role: str, analysis: Analysis) -> tuple[set[int], set[int]]:
    """Utterances that carry the behaviour, and those whose voice stands for it.

    A held silence has no voice; the client's next utterance stands for it.
    """
    turns, margin = analysis.conversation.utterances, analysis.settings.listening.follows_within_s
    spoken = {e.utterance for e in own if e.role == role and e.utterance is not None}
    ends = [e.span.end - margin for e in own if e.role == role and e.utterance is None]
    nexts = (next((u for u in turns if u.span.start >= end), None) for end in ends)
    return spoken, spoken | {u.index for u in nexts if u is not None and u.role == "client"}


def _outcomes(
    own: list[Event],
    spoken: set[int],
    conversation: Conversation,
    after: Mapping[int, Outcome],
) -> Iterator[_Table]:
    """What came next after the behaviour, against after the therapist's other primary turns."""
    rows: list[tuple[float, Outcome, bool]] = [
        (e.span.start, e.outcome, True) for e in own if e.utterance is None and e.outcome
    ]
    rows += [
        (u.span.start, after[u.index], u.index in spoken)
        for u in conversation.of("therapist")
        if u.kind == TurnKind.PRIMARY or u.index in spoken
    ]
    rows.sort(key=lambda row: row[0])
    for row in VALUES:
        kept = [(v, carries) for _, o, carries in rows if (v := row.read(o)) is not None]
        table = np.array(kept, dtype=float).reshape(-1, 2)
        yield row.name, "client", table[:, 0], table[:, 1] > 0


def _compared(row: Behaviour, tables: tuple[_Table, ...], limits: Listening) -> list[Link]:
    """Compare the turns with and without; cues over the same turns together."""
    found: dict[int, Link] = {}
    alike: dict[bytes, list[int]] = {}
    for i, (cue, role, _, carries) in enumerate(tables):
        n, rest = int(carries.sum()), int((~carries).sum())
        if (reason := _unlooked(row, cue, n, rest, limits)) is not None:
            found[i] = _unsaid(row.kind, cue, role, n, rest, reason)
        else:
            alike.setdefault(carries.tobytes(), []).append(i)
    for places in alike.values():
        values = np.column_stack([tables[i][2] for i in places])
        apart = contrasts(values, tables[places[0]][3], limits.links)
        found |= {i: _link(row, tables[i], apart, at) for at, i in enumerate(places)}
    return [found[i] for i in range(len(tables))]


def _unlooked(row: Behaviour, cue: str, n: int, rest: int, limits: Listening) -> Message | None:
    if cue.startswith(row.defining):
        return message("link.by_definition")
    least = limits.least_link_turns
    few = min(n, rest) < least
    return message("link.too_few", least=least, n=n, rest=rest) if few else None


def _link(row: Behaviour, table: _Table, apart: Contrast, at: int) -> Link:
    cue, role, values, carries = table
    pair = asked(row.kind, cue)
    return Link(
        row.kind,
        cue,
        role,
        int(carries.sum()),
        middle(np.sort(values[carries])),
        middle(np.sort(values[~carries])),
        float(apart.difference[at]),
        float(apart.low[at]),
        float(apart.high[at]),
        _effect(values, carries),
        reliable=False,
        chance=float(apart.chance[at]),
        n_otherwise=int((~carries).sum()),
        family="exploratory" if pair is None else "primary",
        error=float(apart.error[at]),
        why=None if pair is None else pair.why,
    )


def _unsaid(behaviour: str, cue: str, role: str, n: int, rest: int, reason: Message) -> Link:
    pair, nothing = asked(behaviour, cue), (None,) * 6
    return Link(
        behaviour,
        cue,
        role,
        n,
        *nothing,
        reliable=False,
        reason=reason,
        n_otherwise=rest,
        family="exploratory" if pair is None else "primary",
        why=None if pair is None else pair.why,
    )


def _effect(values: Any, carries: Any) -> float:
    """Cliff's delta."""
    from scipy.stats import rankdata

    n, rest = int(carries.sum()), int((~carries).sum())
    above = rankdata(values)[carries].sum() - n * (n + 1) / 2
    return float(2 * above / (n * rest) - 1)


def _corrected(compared: list[Link], rules: Contrasts) -> tuple[Link, ...]:
    """Correct each family for all looked at in it, and say what does not stand out."""
    out = list(compared)
    for family, correct in (("primary", adjusted_for_any), ("exploratory", adjusted)):
        places = [i for i, k in enumerate(compared) if k.family == family and k.chance is not None]
        among = correct(np.array([compared[i].chance for i in places], dtype=np.float64))
        for i, chance in zip(places, among.tolist(), strict=True):
            out[i] = _judged(compared[i], chance, len(places), rules)
    return tuple(out)


def _judged(link: Link, chance: float, looked: int, rules: Contrasts) -> Link:
    if link.family == "primary":
        firm = chance <= rules.false_sessions
        reason = None if firm else message("link.not_clear", looked=looked)
        return replace(link, reliable=firm, reason=reason, chance_among=chance)
    code = AGAIN if chance <= rules.false_share else "link.exploratory"
    return replace(link, reason=message(code, looked=looked), chance_among=chance)
