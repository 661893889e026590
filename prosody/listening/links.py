"""Cues x behaviours x what the client did next: differences within one session, never causes.

Conventions
-----------
A link compares one cue, or what the client did next, between the turns that carry a behaviour
and this person's other primary turns in the same session. Medians; the interval is a bootstrap
of the difference of medians; the effect is Cliff's delta (-1 to 1: how much more often a turn
with the behaviour lies above one without than below). Chance is the share of shuffles, within
stretches of ten turns so that a slow drift of the session is no link, that lie at least as far
apart. Over all links looked at, Benjamini and Hochberg's rule keeps the share of false ones
among those called reliable at 5 %. Below the minimum of turns on either side nothing is said.
What a behaviour's own rule decides (`defining` in its row of the table) is named, not looked at.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diarize.conversation import Conversation
from diarize.messages import Message, message
from prosody.analysis import Analysis
from prosody.listening import behaviours
from prosody.listening.behaviours import Behaviour
from prosody.listening.events import Event, Outcome
from prosody.listening.outcomes import VALUES, outcome_after
from prosody.settings import Listening
from prosody.statistics import adjusted, bounds, middle

__all__ = ["OUTCOMES", "Link", "links"]

OUTCOMES = {row.name: row.unit for row in VALUES}


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
    chance: float | None = None  # share of within-session shuffles at least as far apart
    n_otherwise: int | None = None


def links(
    analysis: Analysis, found: Iterable[Event], values: Mapping[int, Mapping[str, float]]
) -> tuple[Link, ...]:
    """Link every behaviour to every cue and to what the client did next.

    Parameters
    ----------
    analysis : Analysis
        The conversation the events point into; of its settings ``listening``: the least turns on
        either side, shuffles, false share.
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
    kept, limits = tuple(found), analysis.settings.listening
    after = {
        u.index: outcome_after(analysis, u.span) for u in analysis.conversation.of("therapist")
    }
    columns = _columns(values, len(analysis.conversation.utterances))
    compared: list[Link] = []

    @lru_cache(maxsize=8)  # cue after cue is compared over the same turns
    def scattered(carries: bytes) -> Any:  # where the turns that carry it go, (carrying, shuffles)
        carrying = np.flatnonzero(np.frombuffer(carries, dtype=bool))
        places = _shuffles(len(carries), limits.link_shuffles, limits.link_block_turns)
        return np.ascontiguousarray(places[:, carrying].T, dtype=np.intp)

    for row in behaviours.table():
        tables = _tables(row, kept, analysis, columns, after)
        compared += [_compare(row, *table, limits, scattered) for table in tables]
    return _corrected(compared, limits.false_share)


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
        turns = [u for u in conversation.of(who) if u.kind == "primary" or u.index in carrying]
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
        if u.kind == "primary" or u.index in spoken
    ]
    rows.sort(key=lambda row: row[0])
    for cue in OUTCOMES:
        kept = [(v, carries) for _, o, carries in rows if (v := _outcome_value(o, cue)) is not None]
        table = np.array(kept, dtype=float).reshape(-1, 2)
        yield cue, "client", table[:, 0], table[:, 1] > 0


def _outcome_value(outcome: Outcome, cue: str) -> float | None:
    if cue == "next.client_talk":
        return outcome.client_talk_s
    if cue == "next.client_words":
        return outcome.client_words
    if cue == "next.latency":
        return outcome.latency_s
    if not outcome.client_words or outcome.client_feeling_words is None:
        return None
    return 100 * outcome.client_feeling_words / outcome.client_words


def _compare(
    row: Behaviour,
    cue: str,
    role: str,
    values: Any,
    carries: Any,
    limits: Listening,
    scattered: Callable[[bytes], Any],
) -> Link:
    """Compare the turns with and without; the seed is the link's own name."""
    during, otherwise = values[carries], values[~carries]
    n, rest, least = len(during), len(otherwise), limits.least_link_turns
    if cue.startswith(row.defining):
        return _unsaid(row.kind, cue, role, n, rest, message("link.by_definition"))
    if min(n, rest) < least:
        reason = message("link.too_few", least=least, n=n, rest=rest)
        return _unsaid(row.kind, cue, role, n, rest, reason)
    rng = np.random.default_rng(zlib.crc32(f"{row.kind} {cue} {role}".encode()))
    draws = _medians(rng, during, limits.link_draws) - _medians(rng, otherwise, limits.link_draws)
    low, high = bounds(draws)
    median, usual = middle(np.sort(during)), middle(np.sort(otherwise))
    effect, chance = _effect(values, carries, limits, scattered)
    return Link(
        row.kind,
        cue,
        role,
        n,
        median,
        usual,
        median - usual,
        low,
        high,
        effect,
        reliable=True,
        chance=chance,
        n_otherwise=rest,
    )


def _unsaid(behaviour: str, cue: str, role: str, n: int, rest: int, reason: Message) -> Link:
    nothing = (None,) * 6
    return Link(behaviour, cue, role, n, *nothing, reliable=False, reason=reason, n_otherwise=rest)


def _medians(rng: Any, values: Any, draws: int) -> Any:
    """Medians of resamples, (draws,), drawn as order statistics instead of whole resamples.

    The k-th smallest of n uniform draws is Beta(k, n + 1 - k), the next one lies above it by a
    share Beta(1, n - k) of what is left; either picks one of the sorted values.
    """
    ordered, n = np.sort(values), len(values)
    k = (n + 1) // 2
    lower = rng.beta(k, n + 1 - k, draws)
    if n % 2:
        return ordered[(lower * n).astype(int)]
    upper = lower + (1 - lower) * rng.beta(1, n - k, draws)
    return (ordered[(lower * n).astype(int)] + ordered[(upper * n).astype(int)]) / 2


def _effect(
    values: Any, carries: Any, limits: Listening, scattered: Callable[[bytes], Any]
) -> tuple[float, float]:
    """Cliff's delta, and the share of shuffles at least as far from what shuffling gives."""
    from scipy.stats import rankdata

    n, rest = int(carries.sum()), int((~carries).sum())
    ranks = rankdata(values)

    def delta(rank_sum: Any) -> Any:
        return 2 * (rank_sum - n * (n + 1) / 2) / (n * rest) - 1

    drawn = delta(np.take(ranks, scattered(carries.tobytes()), mode="clip").sum(axis=0))
    seen, centre = float(delta(ranks[carries].sum())), drawn.mean()
    far = np.abs(drawn - centre) >= abs(seen - centre) - 1e-12
    return seen, float((far.sum() + 1) / (limits.link_shuffles + 1))


@lru_cache(maxsize=16)  # places, of no session
def _shuffles(n: int, shuffles: int, block: int) -> Any:
    """Where each of `n` turns goes when turns are shuffled within stretches, (shuffles, n)."""
    rng = np.random.default_rng(n)
    places = np.tile(np.arange(n, dtype=np.int32), (shuffles, 1))
    last = max(n // block, 1) * block
    for start in range(0, last, block):
        stop = n if start + block >= last else start + block
        places[:, start:stop] = rng.permuted(places[:, start:stop], axis=1)
    places.flags.writeable = False
    return places


def _corrected(compared: list[Link], false_share: float) -> tuple[Link, ...]:
    """Keep as reliable what Benjamini and Hochberg's rule keeps; say so of the rest."""
    looked = [k.chance for k in compared if k.chance is not None]
    chances = iter(adjusted(np.array(looked)).tolist())
    reason = message("link.not_clear", looked=len(looked))
    return tuple(
        replace(k, reliable=False, reason=reason)
        if k.chance is not None and next(chances) > false_share
        else k
        for k in compared
    )
