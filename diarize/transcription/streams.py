"""Sharing words among voices: each voice says a stream of words of its own.

Conventions
-----------
Turns say when each voice speaks, words what was said, in order of time. A way of giving each word
to a voice costs the more, the less a word lies in its voice's turns, the oftener the voice changes
between neighbouring words (dear in the middle of a sentence, cheap where both speak or at a
pause), and the less each voice's own words make a stream: nobody says two words at once, speaks
for long without a word, goes on in the middle of a sentence after a full stop, or goes on at all
after a word broken off. Of all ways the cheapest is taken. Costs are in units of log-odds.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nsmallest

from diarize.timeline import Span, Turn, Word, union

__all__ = ["Change", "Voice", "costs", "voices_of"]

State = tuple[int, ...]  # the last word of each voice, -1 where it is long ago


@dataclass(frozen=True, slots=True)
class Change:
    """What a way of sharing words costs, and when an owner is doubtful.

    All but the times are in units of log-odds. A word costs minus the log of the share of it in
    its voice's turns plus `floor` (`outside` of it within `reach_s`), less `edge_fit` where it
    opens or closes a turn to `edge_fit_s` and up to `acknowledgement` where it is one and fills a
    turn of at most `short_turn_s`. A change of voice costs `switch`, less at a sentence's end,
    beside an acknowledgement (`aside`), at a pause, within `turn_edge_s` of a turn's edge; where
    several voices speak it costs `switch_both`. In a voice's own stream `over` is for words over
    each other, `wordless` per second of its turns without a word beyond `wordless_s` (at most
    `most_wordless`), `flow` for a sentence that goes on after its end or begins before it, `begin`
    for a small letter where the voice was silent for `back_s` (neither where nothing is written
    with capitals), `cut` for a word within `cut_s` of one broken off. An owner is doubtful if
    another costs less than `doubtful_below` more. Words of a voice more than `back_s` ago no longer
    count; ways that cost `hopeless` more than the best, or have `most_ways` before them, are given
    up.
    """

    floor: float = 0.025
    outside: float = 0.3
    reach_s: float = 0.15
    edge_fit: float = 0.5
    edge_fit_s: float = 0.02
    acknowledgement: float = 10.0
    short_turn_s: float = 1.2
    switch: float = 2.0
    switch_both: float = 0.2
    sentence_end: float = 2.0
    aside: float = 0.75
    pause: float = 0.7
    pause_s: float = 0.3
    turn_edge: float = 0.35
    turn_edge_s: float = 0.4
    least: float = 0.1
    over: float = 2.5
    over_share: float = 0.4
    wordless: float = 3.0
    wordless_s: float = 0.2
    most_wordless: float = 2.0
    flow: float = 2.4
    begin: float = 2.0
    cut: float = 2.5
    cut_s: float = 1.0
    back_s: float = 2.0
    hopeless: float = 14.0
    most_ways: int = 200
    doubtful_below: float = 1.5


_ACKNOWLEDGEMENTS = frozenset(
    ["mm", "mhm", "mmhm", "mmhmm", "hm", "hmm", "mm-hm", "mm-hmm", "uh-huh", "yeah", "yes", "okay",
     "ok", "right", "sure", "oh", "ah", "wow", "exactly", "aha"]
)  # fmt: skip
_ENDS = (".", "?", "!", "…")
_BROKEN_OFF = ("—", "–", "-")


@dataclass(frozen=True, slots=True)
class Voice:
    """One voice's turns, sorted, without overlap, and their starts for looking up."""

    turns: tuple[Span, ...]
    starts: tuple[float, ...]

    def near(self, span: Span, reach: float) -> Sequence[Span]:
        """Give the turns that could touch a span widened by `reach`."""
        last = bisect_right(self.starts, span.end + reach)
        first = max(0, bisect_right(self.starts, span.start - reach) - 1)
        return self.turns[first:last]

    def spoken(self, start: float, end: float) -> float:
        """Seconds of its turns between two times."""
        if start >= end:
            return 0.0
        span = Span(start, end)
        return sum(turn.overlap(span) for turn in self.near(span, 0.0))


def voices_of(turns: Iterable[Turn]) -> dict[str, Voice]:
    """Gather turns by voice, in order of the voices' names."""
    spans: dict[str, list[Span]] = {}
    for turn in turns:
        spans.setdefault(turn.voice, []).append(turn.span)
    merged = {voice: union(spans[voice]) for voice in sorted(spans)}
    return {v: Voice(m, tuple(span.start for span in m)) for v, m in merged.items()}


def costs(words: Sequence[Word], voices: Sequence[Voice], change: Change) -> list[list[float]]:
    """Give, per word and voice, what the cheapest way costs that gives the word to the voice.

    Parameters
    ----------
    words : sequence of Word
        In order of their middles.
    voices : sequence of Voice
        At least one.
    change : Change
        The prices.
    """
    if not any(word.text[:1].isupper() for word in words):
        change = replace(change, flow=0.0, begin=0.0)
    layers: list[dict[State, float]] = []
    steps: list[list[tuple[State, State, float]]] = []
    now: dict[State, float] = {(-1,) * len(voices): 0.0}
    for i in range(len(words)):
        taken = list(_steps(i, now, words, voices, change))
        reached: dict[State, float] = {}
        for before, after, cost in taken:
            whole = now[before] + cost
            if whole < reached.get(after, math.inf):
                reached[after] = whole
        layers.append(reached)
        steps.append(taken)
        now = reached
    return _through(layers, steps, len(voices))


def _through(
    layers: Sequence[Mapping[State, float]],
    steps: Sequence[Sequence[tuple[State, State, float]]],
    count: int,
) -> list[list[float]]:
    """Add to what each state cost to reach what it costs to go on from there to the end."""
    found = []
    onward = dict.fromkeys(layers[-1], 0.0) if layers else {}
    for i in range(len(layers) - 1, -1, -1):
        best = [math.inf] * count
        for state, cost in layers[i].items():
            if state in onward:
                k = state.index(i)
                best[k] = min(best[k], cost + onward[state])
        found.append(best)
        before: dict[State, float] = {}
        for start, end, cost in steps[i]:
            whole = cost + onward.get(end, math.inf)
            if whole < before.get(start, math.inf):
                before[start] = whole
        onward = before
    return found[::-1]


def _steps(
    i: int,
    now: Mapping[State, float],
    words: Sequence[Word],
    voices: Sequence[Voice],
    change: Change,
) -> Iterable[tuple[State, State, float]]:
    """Give what it costs to go on from each state by giving word `i` to each voice."""
    word = words[i]
    local = [_cost(word, voice, change) for voice in voices]
    switch = _switch(words[i - 1], word, voices, change) if i else 0.0
    limit = min(now.values()) + change.hopeless
    kept = [state for state, cost in now.items() if cost <= limit]
    known: dict[tuple[int, int], float] = {}
    for state in nsmallest(change.most_ways, kept, key=now.__getitem__):
        for k, voice in enumerate(voices):
            last = state[k]
            if (k, last) not in known:
                before = words[last] if last >= 0 else None
                known[k, last] = local[k] + _goes_on(voice, before, word, change)
            after = tuple(
                i if m == k else _recent(at, words, word, change) for m, at in enumerate(state)
            )
            yield state, after, known[k, last] + (switch if i and last != i - 1 else 0.0)


def _recent(at: int, words: Sequence[Word], word: Word, change: Change) -> int:
    """Give a voice's last word, or -1 if it is too long ago to matter."""
    return at if at >= 0 and word.span.start - words[at].span.end <= change.back_s else -1


def _cost(word: Word, voice: Voice, change: Change) -> float:
    """Say how badly a word fits a voice: minus the log of the share of it in the voice's turns."""
    near = voice.near(word.span, change.reach_s)
    length = max(word.span.duration, 0.02)
    span = Span(word.span.middle - length / 2, word.span.middle + length / 2)
    share = min(1.0, sum(turn.overlap(span) for turn in near) / length)
    if share == 0.0:
        away = min((max(t.start - span.end, span.start - t.end) for t in near), default=math.inf)
        share = change.outside * math.exp(-max(0.0, away) / change.reach_s)
    return -math.log(share + change.floor) - _fit(word, near, change)


def _fit(word: Word, near: Sequence[Span], change: Change) -> float:
    """Say how well a word fits the shape of a turn: it opens or ends it, or is all of it."""
    fit = 0.0
    acknowledges = _acknowledges(word)
    for turn in near:
        if turn.overlap(word.span) <= 0:
            continue
        opens = abs(turn.start - word.span.start) < change.edge_fit_s
        closes = abs(turn.end - word.span.end) < change.edge_fit_s
        fit = max(fit, change.edge_fit * (opens + closes) / 2)
        if acknowledges and turn.duration <= change.short_turn_s:
            both = max(turn.end, word.span.end) - min(turn.start, word.span.start)
            fit = max(fit, change.acknowledgement * turn.overlap(word.span) / both)
    return fit


def _switch(before: Word, after: Word, voices: Sequence[Voice], change: Change) -> float:
    """Say what a change of voice between two neighbouring words costs."""
    start = min(before.span.end, after.span.start)
    end = max(before.span.end, after.span.start)
    if sum(voice.spoken(start - 0.05, end + 0.05) > 0 for voice in voices) > 1:
        return change.switch_both
    cost = change.switch
    if before.text.endswith(_ENDS + _BROKEN_OFF):
        cost -= change.sentence_end
    if _acknowledges(before) or _acknowledges(after):
        cost -= change.aside
    if before.span.gap(after.span) >= change.pause_s:
        cost -= change.pause
    near = (turn for voice in voices for turn in voice.near(Span(start, end), change.turn_edge_s))
    if any(min(abs(t.start - end), abs(t.end - start)) <= change.turn_edge_s for t in near):
        cost -= change.turn_edge
    return max(change.least, cost)


def _goes_on(voice: Voice, before: Word | None, word: Word, change: Change) -> float:
    """Say how ill a word follows the word the same voice said before it; None: long ago."""
    if before is None:
        begins = change.begin if word.text[:1].islower() and not _acknowledges(word) else 0.0
        return begins + _wordless(voice, word.span.start - 1.0, word.span.start, change)
    shorter = max(0.02, min(before.span.duration, word.span.duration))
    both = min(1.0, before.span.overlap(word.span) / shorter)
    cost = change.over * max(0.0, both - change.over_share)
    cost += _wordless(voice, before.span.end, word.span.start, change)
    if _acknowledges(before) or _acknowledges(word):
        return cost
    return cost + _flow(before, word, change)


def _wordless(voice: Voice, start: float, end: float, change: Change) -> float:
    """Say what it costs that a voice speaks between two times and none of its words is there."""
    seconds = voice.spoken(start, end) - change.wordless_s
    return min(change.most_wordless, change.wordless * max(0.0, seconds))


def _flow(before: Word, word: Word, change: Change) -> float:
    """Say how ill two words of one voice are written one after the other."""
    if before.text.endswith(_BROKEN_OFF):
        return change.cut if before.span.gap(word.span) < change.cut_s else 0.0
    capital = word.text[:1].isupper()
    i = word.text[:1] == "I" and not word.text[1:2].isalpha()
    if before.text.endswith(_ENDS):
        return change.flow if word.text[:1].islower() else 0.0
    return 0.6 * change.flow if capital and not i else 0.0


def _acknowledges(word: Word) -> bool:
    return word.text.lower().strip(".,!?…") in _ACKNOWLEDGEMENTS
