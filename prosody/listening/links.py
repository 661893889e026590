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
What a behaviour's own rule decides (`BY_DEFINITION`) is named, not looked at.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from diarize.conversation import Conversation
from prosody.listening.behaviours import BEHAVIOURS, Event, Outcome
from prosody.listening.detect import rules_of
from prosody.listening.nonverbal import outcome_after
from prosody.settings import Settings

__all__ = ["BY_DEFINITION", "LEFT_OUT", "OUTCOMES", "Link", "link"]

LEFT_OUT = "left out because it is part of its definition"

OUTCOMES = {
    "next.client_talk": "s",
    "next.client_words": "words",
    "next.latency": "s",
    "next.feeling_words": "per 100 words",
}
_BLOCK = 10
# Cues that a behaviour's own rule decides: a difference there would only repeat the rule.
BY_DEFINITION = {
    "backchannel": ("turns.", "pace."),  # it is short, and said while the other speaks
    "held_silence": ("turns.response_latency", "next.latency"),  # it is a wait; its end is known
    "overlap_to_review": ("turns.response_latency", "turns.overlap"),
    "withdrawal_marker": ("turns.", "pace."),  # short and late, among other things
    "summary": ("turns.length",),  # several things joined
    "information": ("turns.length",),  # length counts for it (`long` in the rule file)
}
_NO_OUTCOME = ("backchannel", "withdrawal_marker", "confrontation_marker")


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
    reason: str | None = None
    chance: float | None = None  # share of within-session shuffles at least as far apart
    n_otherwise: int | None = None


def link(
    events: Iterable[Event],
    conversation: Conversation,
    values_by_utterance: Mapping[int, Mapping[str, float]],
    settings: Settings,
) -> tuple[Link, ...]:
    """Link every behaviour to every cue and to what the client did next.

    Parameters
    ----------
    events : iterable of Event
        From `prosody.listening.detect.find`, corrected or not.
    conversation : Conversation
        The utterances the events point into.
    values_by_utterance : mapping of int to mapping of str to float
        Cue values of every utterance, also of those without an event.
    settings : Settings
        ``settings.listening.least_link_turns`` on either side; shuffles; false share.

    Returns
    -------
    tuple of Link
        Sorted by behaviour (in the order of `BEHAVIOURS`) and cue. The same input always gives
        the same links.
    """
    kept = tuple(events)
    rules = rules_of(conversation)
    after = {
        u.index: outcome_after(conversation, u.span.end, u.span.start, rules)
        for u in conversation.of("therapist")
    }
    found = [
        _compare(*table, settings)
        for behaviour in BEHAVIOURS
        for table in _tables(behaviour, kept, conversation, values_by_utterance, after)
    ]
    return _corrected(found, settings.listening.false_share)


_Table = tuple[str, str, str, list[tuple[float, bool]]]


def _tables(
    behaviour: str,
    events: tuple[Event, ...],
    conversation: Conversation,
    values: Mapping[int, Mapping[str, float]],
    after: Mapping[int, Outcome],
) -> Iterator[_Table]:
    """One table per cue: (behaviour, cue, role, [(value, carries the behaviour), ...])."""
    own = [e for e in events if e.kind == behaviour]
    if not own:
        return
    for role in sorted({e.role for e in own}):
        spoken, carrying = _places(own, role, conversation)
        who = "client" if behaviour == "held_silence" else role
        turns = [u for u in conversation.of(who) if u.kind == "primary" or u.index in carrying]
        for cue in sorted({cue for u in turns for cue in values.get(u.index, {})}):
            rows = [
                (values[u.index][cue], u.index in carrying)
                for u in turns
                if _finite(values.get(u.index, {}).get(cue))
            ]
            yield behaviour, cue, who, rows
        if role == "therapist" and behaviour not in _NO_OUTCOME:
            yield from _outcomes(behaviour, own, spoken, conversation, after)


def _finite(value: float | None) -> bool:
    return value is not None and value == value and abs(value) != float("inf")


def _places(own: list[Event], role: str, conversation: Conversation) -> tuple[set[int], set[int]]:
    """Utterances that carry the behaviour, and those whose voice stands for it.

    A held silence has no voice; the client's next utterance stands for it.
    """
    spoken = {e.utterance for e in own if e.role == role and e.utterance is not None}
    silent = [e for e in own if e.role == role and e.utterance is None]
    after = {
        u.index
        for e in silent
        if (
            u := next(
                (v for v in conversation.utterances if v.span.start >= e.span.end - 0.05), None
            )
        )
        and u.role == "client"
    }
    return spoken, spoken | after


def _outcomes(
    behaviour: str,
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
        yield behaviour, cue, "client", kept


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
    behaviour: str, cue: str, role: str, rows: list[tuple[float, bool]], settings: Settings
) -> Link:
    """Compare the turns with and without; the seed is the link's own name."""
    import numpy as np

    if cue.startswith(BY_DEFINITION.get(behaviour, ())):
        n = sum(carries for _, carries in rows)
        return _unsaid(behaviour, cue, role, n, len(rows) - n, LEFT_OUT)
    limits = settings.listening
    values = np.array([v for v, _ in rows], float)
    carries = np.array([c for _, c in rows], bool)
    during, otherwise = values[carries], values[~carries]
    n, rest = len(during), len(otherwise)
    least = limits.least_link_turns
    if min(n, rest) < least:
        reason = f"needs {least} turns on either side: {n} with it, {rest} without"
        return _unsaid(behaviour, cue, role, n, rest, reason)
    rng = np.random.default_rng(zlib.crc32(f"{behaviour} {cue} {role}".encode()))
    draws = _medians(rng, during) - _medians(rng, otherwise)
    low, high = np.quantile(draws, [0.025, 0.975])
    middle, usual = float(np.median(during)), float(np.median(otherwise))
    effect, chance = _effect(values, carries, limits.link_shuffles)
    return Link(
        behaviour,
        cue,
        role,
        n,
        middle,
        usual,
        middle - usual,
        float(low),
        float(high),
        effect,
        reliable=True,
        chance=chance,
        n_otherwise=rest,
    )


def _unsaid(behaviour: str, cue: str, role: str, n: int, rest: int, reason: str) -> Link:
    nothing = (None,) * 6
    return Link(behaviour, cue, role, n, *nothing, reliable=False, reason=reason, n_otherwise=rest)


def _medians(rng: Any, values: Any, draws: int = 1000) -> Any:
    """Medians of resamples, (draws,), drawn as order statistics instead of whole resamples.

    The k-th smallest of n uniform draws is Beta(k, n + 1 - k), the next one lies above it by a
    share Beta(1, n - k) of what is left; either picks one of the sorted values.
    """
    import numpy as np

    ordered, n = np.sort(values), len(values)
    k = (n + 1) // 2
    lower = rng.beta(k, n + 1 - k, draws)
    if n % 2:
        return ordered[(lower * n).astype(int)]
    upper = lower + (1 - lower) * rng.beta(1, n - k, draws)
    return (ordered[(lower * n).astype(int)] + ordered[(upper * n).astype(int)]) / 2


def _effect(values: Any, carries: Any, shuffles: int) -> tuple[float, float]:
    """Cliff's delta, and the share of shuffles at least as far from what shuffling gives."""
    import numpy as np
    from scipy.stats import rankdata

    n, rest = int(carries.sum()), int((~carries).sum())
    ranks = rankdata(values)

    def delta(rank_sum: Any) -> Any:
        return 2 * (rank_sum - n * (n + 1) / 2) / (n * rest) - 1

    shuffled = delta(_shuffled(carries.tobytes(), shuffles) @ ranks)
    seen, centre = float(delta(ranks[carries].sum())), shuffled.mean()
    far = np.abs(shuffled - centre) >= abs(seen - centre) - 1e-12
    return seen, float((far.sum() + 1) / (shuffles + 1))


@lru_cache(maxsize=4)
def _shuffled(carries: bytes, shuffles: int) -> Any:
    """Labels shuffled within stretches of ten turns, (shuffles, n) of 0 and 1."""
    import numpy as np

    rng = np.random.default_rng(zlib.crc32(carries))
    labels = np.tile(np.frombuffer(carries, bool), (shuffles, 1)).astype(np.float64)
    last = max(labels.shape[1] // _BLOCK, 1) * _BLOCK
    for start in range(0, last, _BLOCK):
        stop = labels.shape[1] if start + _BLOCK >= last else start + _BLOCK
        labels[:, start:stop] = rng.permuted(labels[:, start:stop], axis=1)
    return labels


def _corrected(links: list[Link], false_share: float) -> tuple[Link, ...]:
    """Keep as reliable what Benjamini and Hochberg's rule keeps; say so of the rest."""
    looked = sorted(k.chance for k in links if k.chance is not None)
    passing = [p for i, p in enumerate(looked, 1) if p <= false_share * i / len(looked)]
    bar = passing[-1] if passing else 0.0
    reason = f"no clearer than chance among the {len(looked)} links looked at"
    return tuple(
        k if k.chance is None or k.chance <= bar else replace(k, reliable=False, reason=reason)
        for k in links
    )
