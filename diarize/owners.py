"""Whose words: words given to voices, and a supplied transcript laid along the speech.

Conventions
-----------
Turns say when each voice speaks; words say what was said. A word belongs to the voice whose
turns it overlaps, after a second look at the boundaries: changing voice in the middle of a
sentence is dear, at the end of one or at a pause it is cheap, so a boundary that is off by a
fraction of a second does not tear a word away from its sentence. A word whose second-best owner
is nearly as good is marked doubtful. Without turns words keep the owner they came with.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from diarize.timeline import Span, Turn, Word, intersection, subtract, total, union
from diarize.transcript import Cue

__all__ = ["Change", "align", "assign", "match_labels", "overlaid"]


@dataclass(frozen=True, slots=True)
class Change:
    """What a change of voice between two words costs, and when an owner is doubtful.

    All but the times are in units of log-odds.
    """

    inside_sentence: float = 3.0
    sentence_end: float = 2.0
    clause_end: float = 0.5
    pause: float = 1.0
    pause_s: float = 0.3
    turn_edge: float = 1.0
    turn_edge_s: float = 0.4
    least: float = 0.1
    floor: float = 0.05
    reach_s: float = 0.3
    capital: float = 2.0
    together: float = 2.0
    together_share: float = 0.5
    edge_fit: float = 1.0
    edge_fit_s: float = 0.05
    aside: float = 1.5
    outside: float = 0.3
    acknowledgement: float = 7.0
    short_turn_s: float = 1.2
    doubtful_below: float = 1.0


_ACKNOWLEDGEMENTS = frozenset(
    ["mm", "mhm", "mmhm", "mmhmm", "hm", "hmm", "mm-hm", "mm-hmm", "uh-huh", "yeah", "yes", "okay",
     "ok", "right", "sure", "oh", "ah", "wow", "exactly", "aha"]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Voice:
    """One voice's turns, sorted, without overlap, and their starts for looking up."""

    turns: tuple[Span, ...]
    starts: tuple[float, ...]

    def near(self, span: Span, reach: float) -> Sequence[Span]:
        """Give the turns that could touch a span widened by `reach`."""
        last = bisect_right(self.starts, span.end + reach)
        first = max(0, bisect_right(self.starts, span.start - reach) - 1)
        return self.turns[first:last]


def _voices(turns: Iterable[Turn]) -> dict[str, _Voice]:
    spans: dict[str, list[Span]] = {}
    for turn in turns:
        spans.setdefault(turn.voice, []).append(turn.span)
    merged = {voice: union(spans[voice]) for voice in sorted(spans)}
    return {v: _Voice(m, tuple(span.start for span in m)) for v, m in merged.items()}


def assign(
    words: Iterable[Word], turns: Iterable[Turn], *, change: Change | None = None
) -> tuple[Word, ...]:
    """Give each word its voice, and mark those whose owner is doubtful.

    Words that carry a voice of `turns` already keep it.

    Parameters
    ----------
    words : iterable of Word
        Times may be rough.
    turns : iterable of Turn
        May overlap.

    Returns
    -------
    tuple of Word
        Sorted.
    """
    change = change or Change()
    voices = _voices(turns)
    ordered = sorted(words)
    if not voices or not ordered:
        return tuple(ordered)
    free = [word for word in ordered if word.voice not in voices]
    owned = [word for word in ordered if word.voice in voices]
    names = list(voices)
    local = [[_cost(word, voices[name], change) for name in names] for word in free]
    steps = [_step(a, b, voices, change) for a, b in pairwise(free)]
    for word, costs in zip(free, _through(local, steps), strict=True):
        best = min(range(len(names)), key=costs.__getitem__)
        rest = [cost for k, cost in enumerate(costs) if k != best]
        doubtful = bool(rest) and min(rest) - costs[best] < change.doubtful_below
        owned.append(replace(word, voice=names[best], doubtful=word.doubtful or doubtful))
    return tuple(sorted(owned))


def _cost(word: Word, voice: _Voice, change: Change) -> float:
    """Say how badly a word fits a voice: minus the log of the share of it in the voice's turns."""
    near = voice.near(word.span, change.reach_s)
    length = max(word.span.duration, 0.02)
    span = Span(word.span.middle - length / 2, word.span.middle + length / 2)
    share = min(1.0, sum(turn.overlap(span) for turn in near) / length)
    if share == 0.0:
        away = min((max(t.start - span.end, span.start - t.end) for t in near), default=math.inf)
        share = change.outside * math.exp(-max(0.0, away) / change.reach_s)
    return -math.log(share + change.floor) - _fit(word, near, change)


def _acknowledges(word: Word) -> bool:
    return word.text.lower().strip(".,!?…") in _ACKNOWLEDGEMENTS


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


def _step(before: Word, after: Word, voices: Mapping[str, _Voice], change: Change) -> float:
    """Say what a change of voice between two neighbouring words costs; negative: it is likely."""
    shorter = max(0.02, min(before.span.duration, after.span.duration))
    common = before.span & after.span
    if common is not None and common.duration > change.together_share * shorter:
        speaking = sum(any(t.overlap(common) for t in v.near(common, 0)) for v in voices.values())
        if speaking > 1:  # nobody says two words at once
            return -change.together * common.duration / shorter
    cost = change.inside_sentence - _seam(before.text, after.text, change)
    if _acknowledges(before) or _acknowledges(after):
        cost -= change.aside
    if before.span.gap(after.span) >= change.pause_s:
        cost -= change.pause
    joint = Span(min(before.span.end, after.span.start), max(before.span.end, after.span.start))
    near = (t for voice in voices.values() for t in voice.near(joint, change.turn_edge_s))
    if any(
        abs(turn.start - joint.end) <= change.turn_edge_s
        or abs(turn.end - joint.start) <= change.turn_edge_s
        for turn in near
    ):
        cost -= change.turn_edge
    return max(change.least, cost)


def _through(local: list[list[float]], steps: Sequence[float]) -> list[list[float]]:
    """Give, per word and voice, the cost of the best path through it (forward and backward)."""
    if not local:
        return []
    forward = [local[0]]
    for costs, step in zip(local[1:], steps, strict=True):
        came = _changed(forward[-1], step)
        forward.append([c + f for c, f in zip(costs, came, strict=True)])
    backward = [[0.0] * len(local[0])]
    for costs, step in zip(reversed(local[1:]), reversed(steps), strict=True):
        backward.append(_changed([c + b for c, b in zip(costs, backward[-1], strict=True)], step))
    pairs = zip(forward, reversed(backward), strict=True)
    return [[f + b for f, b in zip(there, back, strict=True)] for there, back in pairs]


def _seam(before: str, after: str, change: Change) -> float:
    """Say how much the writing itself suggests that something new begins between two words."""
    if before.endswith((".", "?", "!", "…")):
        return change.sentence_end
    if before.endswith((",", ";", ":", "-", "–", "—")):
        return change.clause_end
    return change.capital if after[:1].isupper() and not after.startswith("I") else 0.0


def _changed(costs: Sequence[float], step: float) -> list[float]:
    """Give each voice the cheaper of staying with it and changing to it from another."""
    if len(costs) < 2:
        return list(costs)
    low, second = sorted(range(len(costs)), key=costs.__getitem__)[:2]
    return [min(cost, costs[second if k == low else low] + step) for k, cost in enumerate(costs)]


def match_labels(cues: Iterable[Cue], turns: Iterable[Turn]) -> dict[str, str]:
    """Say which voice each speaker label of a transcript means, by the time they share.

    Every label and every voice is used once at most, the pair that shares most first; a label
    that shares less than a third of its own time with any free voice is left out. A label that
    is a voice's own name is that voice.

    Returns
    -------
    dict
        Label to voice.
    """
    spans: dict[str, list[Span]] = {}
    for cue in cues:
        if cue.voice is not None:
            spans.setdefault(cue.voice, []).extend([cue.span] if cue.span else [])
    voices = {name: voice.turns for name, voice in _voices(turns).items()}
    if spans and set(spans) <= set(voices):
        return {label: label for label in spans}
    shared = sorted(
        (
            (total(intersection(said, turns_of)), label, voice)
            for label, said in spans.items()
            for voice, turns_of in voices.items()
        ),
        reverse=True,
    )
    matched: dict[str, str] = {}
    for seconds, label, voice in shared:
        spoken = total(intersection(spans[label], [t for v in voices.values() for t in v]))
        if label not in matched and voice not in matched.values() and seconds * 3 > spoken > 0:
            matched[label] = voice
    return matched


def align(
    cues: Iterable[Cue],
    turns: Iterable[Turn],
    duration: float,
    *,
    speech: Iterable[Span] | None = None,
    change: Change | None = None,
) -> tuple[Word, ...]:
    """Lay a supplied transcript along the speech and give its words to voices.

    A cue's words share the time in which its own voice speaks inside the cue (or, where the cue
    has no label or that voice is not heard there, in which anybody speaks), in proportion to
    their length in syllables. Words that have their own times keep them. The label says whose
    words they are where there is one; a word so labelled where only somebody else is heard is
    doubtful.

    Parameters
    ----------
    cues : iterable of Cue
        Cues without a time are left out: they cannot be placed.
    turns : iterable of Turn
        Who speaks when; may overlap.
    duration : float
        Seconds, of the recording.
    speech : iterable of Span or None
        Where anybody speaks; None takes the turns.

    Returns
    -------
    tuple of Word
        Sorted, inside the recording.
    """
    cues, turns = tuple(cues), tuple(turns)
    voices = _voices(turns)
    heard = union(turn.span for turn in turns) if speech is None else union(speech)
    matched = match_labels(cues, turns)
    words: list[Word] = []
    for cue in cues:
        if cue.span is None or cue.span.start >= duration:
            continue
        owner = matched.get(cue.voice or "")
        own = voices[owner].turns if owner else ()
        laid = _timed(cue) or _laid(cue, own, heard, duration)
        for word in laid:
            if word.span.start < duration:
                inside = Span(max(0.0, word.span.start), min(word.span.end, duration))
                theirs = owner or matched.get(word.voice or "")
                words.append(_owned(replace(word, span=inside, voice=theirs), voices))
    return assign(words, turns, change=change)


def _timed(cue: Cue) -> Sequence[Word]:
    """Give a cue's own timed words, with the punctuation of its text; none if untimed."""
    if not any(word.span.duration > 0 for word in cue.words):
        return ()
    texts = cue.text.split()
    if len(texts) != len(cue.words):
        return cue.words
    return [replace(word, text=text) for word, text in zip(cue.words, texts, strict=True)]


def _owned(word: Word, voices: Mapping[str, _Voice]) -> Word:
    """Mark a labelled word doubtful where its voice is silent and somebody else is heard."""
    if word.voice is None:
        return word
    wide = word.span.widened(0.3)
    heard = {name: any(t.overlap(wide) for t in v.near(wide, 0.0)) for name, v in voices.items()}
    return replace(word, doubtful=not heard[word.voice] and any(heard.values()))


def _laid(cue: Cue, own: Sequence[Span], heard: Sequence[Span], duration: float) -> list[Word]:
    """Spread the words of a cue over the speech inside it."""
    span = cue.span
    texts = cue.text.split()
    if span is None or not texts:
        return []
    within = Span(max(0.0, span.start), max(0.0, min(span.end, duration)))
    least = 0.05 * len(texts)  # nobody says twenty words a second: then it is not their speech
    room = [intersection((within,), _around(within, spans)) for spans in (own, heard)]
    places = next((spans for spans in room if total(spans) >= least), (within,))
    return _spread(texts, places)


def _around(span: Span, spans: Sequence[Span]) -> Sequence[Span]:
    """Give those of sorted spans that can touch `span`."""
    first = bisect_right(spans, span.start, key=lambda s: s.end)
    last = bisect_right(spans, span.end, key=lambda s: s.start)
    return spans[first:last]


def _spread(texts: Sequence[str], places: Sequence[Span]) -> list[Word]:
    """Share speech among words by length; a word never runs across a silence between places."""
    sizes = [_size(text) for text in texts]
    rate = total(places) / sum(sizes)
    words: list[Word] = []
    left = list(places)
    for i, (text, size) in enumerate(zip(texts, sizes, strict=True)):
        place = left[0]
        need = size * rate
        over = need - place.duration
        if len(left) > 1 and over > 0 and (over > need / 2 or place.duration <= 0):
            left.pop(0)  # more than half of it would lie in the next stretch: it starts there
            place = left[0]
            rate = sum(p.duration for p in left) / sum(sizes[i:])
            need = size * rate
        end = min(place.start + need, place.end)
        words.append(Word(Span(place.start, max(end, place.start)), text))
        left[0] = Span(min(end, place.end), place.end)
        if len(left) > 1 and left[0].duration <= 1e-9:
            left.pop(0)
    return words


def _size(text: str) -> float:
    """Estimate the length of a word in syllables: runs of vowels, and a little per letter."""
    letters = [c for c in text.lower() if c.isalnum()]
    vowels = "aeiouyäöüáéíóúàèìòùâêîôû"
    runs = sum(
        1 for i, c in enumerate(letters) if c in vowels and (i == 0 or letters[i - 1] not in vowels)
    )
    return max(1, runs) + 0.15 * len(letters)


def overlaid(
    turns: Iterable[Turn], cues: Iterable[Cue], speech: Iterable[Span]
) -> tuple[tuple[Turn, ...], float]:
    """Add the simultaneous speech that a transcript's own times show and the ear did not.

    A separator that hears one voice at a time loses the quieter of two. Where cues of two
    labels lie over each other and somebody is heard, both voices speak: the transcript was made
    by somebody who heard them. Nothing is added where a transcript's cues follow one another.

    Returns
    -------
    turns, seconds
        With the added ones, and how much was added.
    """
    turns, cues = tuple(turns), tuple(cues)
    matched = match_labels(cues, turns)
    said: dict[str, list[Span]] = {}
    for cue in cues:
        voice = matched.get(cue.voice or "")
        if voice is not None and cue.span is not None and cue.span.duration > 0:
            said.setdefault(voice, []).append(cue.span)
    heard = union(speech)
    own = {name: voice.turns for name, voice in _voices(turns).items()}
    added: list[Turn] = []
    for voice, spans in said.items():
        others = [span for name, theirs in said.items() if name != voice for span in theirs]
        both = intersection(intersection(spans, others), heard)
        added += [Turn(span, voice) for span in subtract(both, own.get(voice, ()))]
    return tuple(sorted((*turns, *added))), sum(turn.span.duration for turn in added)
