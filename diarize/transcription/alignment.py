"""Whose words: words given to voices, and a supplied transcript laid along the speech.

Conventions
-----------
Turns say when each voice speaks; words say what was said. A word belongs to the voice whose turns
it overlaps, after a second look at the boundaries (`diarize.transcription.streams`): the owners
taken are those with which every voice's own words make a stream, so a boundary that is off by a
fraction of a second does not tear a word away from its sentence. A word whose second-best owner is
nearly as good is marked doubtful. Without turns words keep the owner they came with.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

from diarize.formats.transcript import Cue
from diarize.settings import Fitting, Labels, Sharing
from diarize.timeline import Span, Turn, Word, intersection, subtract, total, union
from diarize.transcription.begins import to_own_next
from diarize.transcription.streams import Voice, costs, voices_of

__all__ = ["align", "assign", "crossed_after", "match_labels", "overlaid", "renamed", "spread"]


def assign(
    words: Iterable[Word], turns: Iterable[Turn], *, sharing: Sharing | None = None
) -> tuple[Word, ...]:
    """Give each word its voice, and mark those whose owner is doubtful.

    Words that carry a voice of `turns` already keep it.

    Parameters
    ----------
    words : iterable of Word
        Times may be rough.
    turns : iterable of Turn
        May overlap.
    sharing : Sharing, optional
        Thresholds.

    Returns
    -------
    tuple of Word
        Sorted.
    """
    rule = sharing or Sharing()
    voices = voices_of(turns)
    ordered = sorted(words)
    if not voices or not ordered:
        return tuple(ordered)
    names = list(voices)
    owned = [word for word in ordered if word.voice in voices]
    free = [word for word in ordered if word.voice not in voices]
    free.sort(key=lambda word: (word.span.middle, word))
    for word, of in zip(free, costs(free, list(voices.values()), rule), strict=True):
        best = min(range(len(names)), key=of.__getitem__)
        rest = [cost for k, cost in enumerate(of) if k != best]
        doubtful = bool(rest) and min(rest) - of[best] < rule.doubtful_below
        owned.append(replace(word, voice=names[best], doubtful=word.doubtful or doubtful))
    return tuple(sorted(owned))


def match_labels(
    cues: Iterable[Cue], turns: Iterable[Turn], *, labels: Labels | None = None
) -> dict[str, str]:
    """Say which voice each speaker label of a transcript means, by the time they share.

    Every label and every voice is used once at most, so that all pairs together share most; a
    label that shares less than `Labels.least_shared` of its own time with its voice is left out.
    Labels that are all voices' own names are those voices, unless their time says otherwise.

    Returns
    -------
    dict
        Label to voice.
    """
    from scipy.optimize import linear_sum_assignment

    rule = labels or Labels()
    spans: dict[str, list[Span]] = {}
    for cue in cues:
        if cue.voice is not None:
            spans.setdefault(cue.voice, []).extend([cue.span] if cue.span else [])
    voices = {name: voice.turns for name, voice in voices_of(turns).items()}
    names, heard = list(voices), union(span for turns_of in voices.values() for span in turns_of)
    shared = [
        [total(intersection(said, turns_of)) for turns_of in voices.values()]
        for said in spans.values()
    ]
    pairs = zip(*linear_sum_assignment(shared, maximize=True), strict=True) if shared else ()
    matched: dict[str, str] = {}
    said_by = list(spans.items())
    for n, k in pairs:
        label, said = said_by[n]
        if shared[n][k] > rule.least_shared * total(intersection(said, heard)):
            matched[label] = names[k]
    if set(spans) <= set(voices) and all(matched.get(label, label) == label for label in spans):
        return {label: label for label in spans}
    return matched


def crossed_after(
    cues: Iterable[Cue], turns: Iterable[Turn], *, labels: Labels | None = None
) -> float | None:
    """Time from which a transcript's two labels and the voices change partners, in seconds.

    A separator that loses a voice, or a recording whose channels were exchanged, gives each label
    another voice from there on. None where the labels keep to their voices, or are not two.

    Parameters
    ----------
    cues : iterable of Cue
        The supplied transcript.
    turns : iterable of Turn
        Who was heard when.
    labels : Labels, optional
        Thresholds.
    """
    cues, turns, rule = tuple(cues), tuple(turns), labels or Labels()
    matched = match_labels(cues, turns, labels=rule)
    if len(matched) != 2:
        return None
    voices = {name: voice.turns for name, voice in voices_of(turns).items()}
    first, second = matched.values()
    alone = {
        first: subtract(voices[first], voices[second]),
        second: subtract(voices[second], voices[first]),
    }
    rows: list[tuple[float, float, float]] = []  # start, seconds of its own voice, of the other
    for cue in cues:
        if cue.span is not None and cue.voice in matched:
            own = matched[cue.voice]
            other = second if own == first else first
            agree, against = (total(intersection((cue.span,), alone[v])) for v in (own, other))
            rows.append((cue.span.start, agree, against))
    return _crossing(sorted(rows), rule)


def _crossing(rows: Sequence[tuple[float, float, float]], rule: Labels) -> float | None:
    """Find the one place before and after which labels agree and disagree with the voices."""
    agreed = list(accumulate((own for _, own, _ in rows), initial=0.0))
    against = list(accumulate((other for _, _, other in rows), initial=0.0))
    best: tuple[float, float] | None = None
    for n in range(1, len(rows)):
        before, after = agreed[n], agreed[-1] - agreed[n]
        heard = (before + against[n], after + against[-1] - against[n])
        if min(heard) < rule.least_crossed_s:
            continue
        shares = (before / heard[0], after / heard[1])
        surely = min(max(shares), 1 - min(shares))
        if surely >= rule.crossed_share and (best is None or surely > best[0]):
            best = surely, rows[n][0]
    return best[1] if best else None


def align(
    cues: Iterable[Cue],
    turns: Iterable[Turn],
    duration: float,
    *,
    speech: Iterable[Span] | None = None,
    sharing: Sharing | None = None,
    labels: Labels | None = None,
    open_ended: Fitting | None = None,
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
    sharing, labels : optional
        Thresholds.
    open_ended : Fitting, optional
        Thresholds for cues of which only the start is known; without them each ends as it says.

    Returns
    -------
    tuple of Word
        Sorted, inside the recording.
    """
    cues, turns, rule = tuple(cues), tuple(turns), labels or Labels()
    voices = voices_of(turns)
    heard = union(turn.span for turn in turns) if speech is None else union(speech)
    matched = match_labels(cues, turns, labels=rule)
    if open_ended is not None:
        own_of = {label: voices[voice].turns for label, voice in matched.items()}
        cues = to_own_next(cues, own_of, open_ended)
    words: list[Word] = []
    for cue in cues:
        if cue.span is None or cue.span.start >= duration:
            continue
        owner = matched.get(cue.voice or "")
        own = voices[owner].turns if owner else ()
        laid = _timed(cue) or _laid(cue, own, heard, duration, rule)
        for word in laid:
            if word.span.start < duration:
                inside = Span(max(0.0, word.span.start), min(word.span.end, duration))
                theirs = owner or matched.get(word.voice or "")
                words.append(_owned(replace(word, span=inside, voice=theirs), voices, rule))
    return assign(words, turns, sharing=sharing)


def _timed(cue: Cue) -> Sequence[Word]:
    """Give a cue's own timed words, with the punctuation of its text; none if untimed."""
    if not any(word.span.duration > 0 for word in cue.words):
        return ()
    texts = cue.text.split()
    if len(texts) != len(cue.words):
        return cue.words
    return [replace(word, text=text) for word, text in zip(cue.words, texts, strict=True)]


def _owned(word: Word, voices: Mapping[str, Voice], rule: Labels) -> Word:
    """Mark a labelled word doubtful where its voice is silent and somebody else is heard."""
    if word.voice is None:
        return word
    wide = word.span.widened(rule.silent_s)
    heard = {name: any(t.overlap(wide) for t in v.near(wide, 0.0)) for name, v in voices.items()}
    return replace(word, doubtful=not heard[word.voice] and any(heard.values()))


def _laid(
    cue: Cue, own: Sequence[Span], heard: Sequence[Span], duration: float, rule: Labels
) -> list[Word]:
    """Spread the words of a cue over the speech inside it."""
    span = cue.span
    texts = cue.text.split()
    if span is None or not texts:
        return []
    within = Span(max(0.0, span.start), max(0.0, min(span.end, duration)))
    least = rule.least_word_s * len(texts)  # nobody speaks faster: then it is not their speech
    room = [intersection((within,), _around(within, spans)) for spans in (own, heard)]
    places = next((spans for spans in room if total(spans) >= least), (within,))
    return spread(texts, places)


def _around(span: Span, spans: Sequence[Span]) -> Sequence[Span]:
    """Give those of sorted spans that can touch `span`."""
    first = bisect_right(spans, span.start, key=lambda s: s.end)
    last = bisect_right(spans, span.end, key=lambda s: s.start)
    return spans[first:last]


def spread(texts: Sequence[str], places: Sequence[Span]) -> list[Word]:
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


def renamed(
    turns: Iterable[Turn], cues: Iterable[Cue], *, labels: Labels | None = None
) -> tuple[tuple[Turn, ...], float]:
    """Give a voice the turns that a transcript calls its own and the ear gave to the other.

    Where the transcript says where in its cues speech is, its cues are the turns, and what it has
    no cue for, as beyond the end of a part, is as it was heard. Otherwise only what one label alone
    claims and is heard as the other voice moves, if it is `Labels.other_share` of what is heard in
    the cue, and as long as `other_least_s`: a label that begins a little early or late moves
    nothing.

    Returns
    -------
    turns, seconds
        With the voices as the labels have them, and how much moved.
    """
    turns, cues, rule = tuple(turns), tuple(cues), labels or Labels()
    matched = match_labels(cues, turns, labels=rule)
    own = {name: voice.turns for name, voice in voices_of(turns).items()}
    if len(matched) != 2 or len(own) != 2:
        return turns, 0.0
    said = {voice: [c for c in cues if matched.get(c.voice or "") == voice] for voice in own}
    told = {voice: union(s for c in cues_ for s in c.spoken) for voice, cues_ in said.items()}
    one, other = own
    found: Mapping[str, Sequence[Span]]
    if any(cue.stretches for cue in cues):
        within = union(cue.span.widened(rule.edge_s) for cue in cues if cue.span)
        found = {v: union((*told[v], *subtract(own[v], within))) for v in own}
    else:
        found = _moved(own, said, told, (one, other), rule)
        found = _moved(found, said, told, (other, one), rule)
    moved = total(
        span for voice, away in ((one, other), (other, one))
        for span in subtract(intersection(found[voice], own[away]), own[voice])
    )  # fmt: skip
    if moved <= rule.edge_s:
        return turns, 0.0
    return tuple(sorted(Turn(span, v) for v, spans in found.items() for span in spans)), moved


def _moved(
    own: Mapping[str, Sequence[Span]],
    said: Mapping[str, Sequence[Cue]],
    told: Mapping[str, Sequence[Span]],
    pair: tuple[str, str],
    rule: Labels,
) -> dict[str, Sequence[Span]]:
    """Give the first of a pair what its cues claim and is heard as the second."""
    voice, other = pair
    wrong: list[Span] = []
    for cue in said[voice]:
        near = cue.span or Span(0.0, 0.0)
        ours, theirs = _around(near, own[voice]), _around(near, own[other])
        claim = subtract(cue.spoken, _around(near, told[other]))
        alone = subtract(intersection(claim, theirs), ours)
        heard = total(intersection(claim, (*theirs, *ours)))
        longest_s = max((span.duration for span in alone), default=0.0)
        if longest_s >= rule.other_least_s and total(alone) >= rule.other_share * heard:
            wrong += intersection(claim, theirs)
    gone = intersection(own[other], union(span.widened(rule.edge_s) for span in wrong))
    return {voice: union((*own[voice], *gone)), other: subtract(own[other], gone)}


def overlaid(
    turns: Iterable[Turn],
    cues: Iterable[Cue],
    speech: Iterable[Span],
    *,
    labels: Labels | None = None,
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
    matched = match_labels(cues, turns, labels=labels)
    said: dict[str, list[Span]] = {}
    for cue in cues:
        voice = matched.get(cue.voice or "")
        if voice is not None and cue.span is not None and cue.span.duration > 0:
            said.setdefault(voice, []).extend(cue.spoken)
    heard = union(speech)
    own = {name: voice.turns for name, voice in voices_of(turns).items()}
    added: list[Turn] = []
    for voice, spans in said.items():
        others = [span for name, theirs in said.items() if name != voice for span in theirs]
        both = intersection(intersection(spans, others), heard)
        added += [
            Turn(Span(round(span.start, 3), round(span.end, 3)), voice)  # as turns are written
            for span in subtract(both, own.get(voice, ()))
        ]
    return tuple(sorted((*turns, *added))), sum(turn.span.duration for turn in added)
