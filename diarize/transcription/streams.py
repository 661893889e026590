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
from functools import cache
from heapq import nsmallest
from itertools import accumulate

from diarize.settings import Sharing
from diarize.timeline import Span, Turn, Word, union

__all__ = ["ENDS", "Voice", "acknowledges", "costs", "voices_of"]

State = tuple[int, ...]  # the last word of each voice, -1 where it is long ago


_ACKNOWLEDGEMENTS = frozenset(
    ["mm", "mhm", "mmhm", "mmhmm", "hm", "hmm", "mm-hm", "mm-hmm", "uh-huh", "yeah", "yes", "okay",
     "ok", "right", "sure", "oh", "ah", "wow", "exactly", "aha"]
)  # fmt: skip
ENDS = (".", "?", "!", "…")
_BROKEN_OFF = ("—", "–", "-", "...", "…")  # recognisers write dots


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


def costs(words: Sequence[Word], voices: Sequence[Voice], rule: Sharing) -> list[list[float]]:
    """Give, per word and voice, what the cheapest way costs that gives the word to the voice.

    Parameters
    ----------
    words : sequence of Word
        In order of their middles.
    voices : sequence of Voice
        At least one.
    rule : Sharing
        The prices.
    """
    if not any(word.text[:1].isupper() for word in words):
        rule = replace(rule, flow=0.0, begin=0.0, capital=0.0)
    closed = _closed(words, voices)
    layers: list[dict[State, float]] = []
    steps: list[list[tuple[State, State, float]]] = []
    now: dict[State, float] = {(-1,) * len(voices): 0.0}
    for i in range(len(words)):
        taken = list(_steps(i, now, words, voices, closed, rule))
        reached: dict[State, float] = {}
        for before, after, cost in taken:
            whole = now[before] + cost
            if whole < reached.get(after, math.inf):
                reached[after] = whole
        layers.append(reached)
        steps.append(taken)
        now = reached
    return _through(layers, steps, len(voices))


def _closed(words: Sequence[Word], voices: Sequence[Voice]) -> list[list[int]]:
    """Say, per word and voice, how many of the voice's turns end before any later word starts."""
    begun = [*accumulate((word.span.start for word in words), max), math.inf]
    return [
        [bisect_right(voice.turns, start, key=lambda turn: turn.end) for voice in voices]
        for start in begun[1:]
    ]


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
    closed: Sequence[Sequence[int]],
    rule: Sharing,
) -> Iterable[tuple[State, State, float]]:
    """Give what it costs to go on from each state by giving word `i` to each voice."""
    word = words[i]
    local = [_cost(word, voice, rule) for voice in voices]
    switch = _switch(words[i - 1], word, voices, rule) if i else 0.0
    limit = min(now.values()) + rule.hopeless
    kept = [state for state, cost in now.items() if cost <= limit]
    opened = closed[i - 1] if i else (0,) * len(voices)
    current = [v.turns[first : first + 1] for v, first in zip(voices, opened, strict=True)]
    ended = [v.turns[a:b] for v, a, b in zip(voices, opened, closed[i], strict=True)]

    @cache
    def on(k: int, last: int) -> float:
        before = words[last] if last >= 0 else None
        return local[k] + _goes_on(voices[k], before, word, current[k], rule)

    @cache
    def left(k: int, last: int) -> float:
        return _left(ended[k], words[last] if last >= 0 else None, rule)

    for state in nsmallest(rule.most_ways, kept, key=now.__getitem__):
        for k, last in enumerate(state):
            after = tuple(
                i if m == k else _recent(at, words, word, rule) for m, at in enumerate(state)
            )
            cost = on(k, last) + (switch if i and last != i - 1 else 0.0)
            yield state, after, cost + sum(left(m, at) for m, at in enumerate(after) if ended[m])


def _recent(at: int, words: Sequence[Word], word: Word, rule: Sharing) -> int:
    """Give a voice's last word, or -1 if it is too long ago to matter."""
    return at if at >= 0 and word.span.start - words[at].span.end <= rule.back_s else -1


def _cost(word: Word, voice: Voice, rule: Sharing) -> float:
    """Say how badly a word fits a voice: minus the log of the share of it in the voice's turns."""
    near = voice.near(word.span, rule.reach_s)
    length = max(word.span.duration, rule.shortest_word_s)
    span = Span(word.span.middle - length / 2, word.span.middle + length / 2)
    share = min(1.0, sum(turn.overlap(span) for turn in near) / length)
    if share == 0.0:
        away = min((max(t.start - span.end, span.start - t.end) for t in near), default=math.inf)
        share = rule.outside * math.exp(-max(0.0, away) / rule.reach_s)
    return -math.log(share + rule.floor) - _fit(word, near, rule)


def _fit(word: Word, near: Sequence[Span], rule: Sharing) -> float:
    """Say how well a word fits the shape of a turn: it opens or ends it, or is all of it."""
    fit = 0.0
    listens = acknowledges(word)
    for turn in near:
        if turn.overlap(word.span) <= 0:
            continue
        opens = abs(turn.start - word.span.start) < rule.edge_fit_s
        closes = abs(turn.end - word.span.end) < rule.edge_fit_s
        fit = max(fit, rule.edge_fit * (opens + closes) / 2)
        if listens and turn.duration <= rule.short_turn_s:
            both = max(turn.end, word.span.end) - min(turn.start, word.span.start)
            fit = max(fit, rule.acknowledgement * turn.overlap(word.span) / both)
    return fit


def _switch(before: Word, after: Word, voices: Sequence[Voice], rule: Sharing) -> float:
    """Say what a change of voice between two neighbouring words costs."""
    start = min(before.span.end, after.span.start)
    end = max(before.span.end, after.span.start)
    if sum(voice.spoken(start - rule.edge_s, end + rule.edge_s) > 0 for voice in voices) > 1:
        return rule.switch_both
    cost = rule.switch
    if before.text.endswith(ENDS + _BROKEN_OFF):
        cost -= rule.sentence_end
    if acknowledges(before) or acknowledges(after):
        cost -= rule.aside
    if before.span.gap(after.span) >= rule.pause_s:
        cost -= rule.pause
    near = (turn for voice in voices for turn in voice.near(Span(start, end), rule.turn_edge_s))
    if any(min(abs(t.start - end), abs(t.end - start)) <= rule.turn_edge_s for t in near):
        cost -= rule.turn_edge
    return max(rule.least, cost)


def _goes_on(
    voice: Voice, before: Word | None, word: Word, current: Sequence[Span], rule: Sharing
) -> float:
    """Say how ill a word follows the word the same voice said before it; None: long ago.

    `current` is the voice's turn that has not ended yet: what was wordless in earlier ones was
    paid for when they ended, whoever says this word.
    """
    since = current[0].start if current else word.span.start
    if before is None:
        begins = rule.begin if word.text[:1].islower() and not acknowledges(word) else 0.0
        return begins + _wordless(voice.spoken(since, word.span.start), rule)
    shorter = max(rule.shortest_word_s, min(before.span.duration, word.span.duration))
    both = min(1.0, before.span.overlap(word.span) / shorter)
    cost = rule.over * max(0.0, both - rule.over_share)
    cost += _wordless(voice.spoken(max(since, before.span.end), word.span.start), rule)
    if acknowledges(before) or acknowledges(word):
        return cost
    return cost + _flow(before, word, rule)


def _left(ended: Sequence[Span], last: Word | None, rule: Sharing) -> float:
    """Say what turns cost that ended since a voice's last word, or after it."""
    since = -math.inf if last is None else last.span.end
    return sum(_wordless(turn.end - max(turn.start, since), rule) for turn in ended)


def _wordless(seconds: float, rule: Sharing) -> float:
    """Say what it costs that a voice speaks for so long and none of its words is there."""
    return min(rule.most_wordless, rule.wordless * max(0.0, seconds - rule.wordless_s))


def _flow(before: Word, word: Word, rule: Sharing) -> float:
    """Say how ill two words of one voice are written one after the other."""
    if before.text.endswith(_BROKEN_OFF):
        return rule.cut if before.span.gap(word.span) < rule.cut_s else 0.0
    capital = word.text[:1].isupper()
    i = word.text[:1] == "I" and not word.text[1:2].isalpha()
    if before.text.endswith(ENDS):
        return rule.flow if word.text[:1].islower() else 0.0
    return rule.capital if capital and not i else 0.0


def acknowledges(word: Word) -> bool:
    """Whether a word is a listener's, such as "mm-hm" or "right"."""
    return word.text.lower().strip(".,!?…") in _ACKNOWLEDGEMENTS
