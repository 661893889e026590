"""Where two channels change persons, told by the voices on them: a cable swapped half-way.

Conventions
-----------
A channel that is one person's sounds alike before and after any time. Where from a time on each
channel sounds like the other before, and less like itself, by a margin on both, the two changed
persons there. Each microphone colours its voice, which speaks against a change: what is found in
spite of it is sure. Likeness is a cosine of vectors, -1 to 1. Times are seconds.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from diarize.recording.audio import Audio
from diarize.separation import embedding as encoder
from diarize.separation.activity import HOP_S
from diarize.settings import Exchanging
from diarize.timeline import Span, intersection, subtract

__all__ = ["Describe", "changed_persons", "changed_turns", "described_by", "persons_change"]

Floats = NDArray[np.float32]
Describe = Callable[[int, Sequence[float], float], Floats]  # channel, middles, window: vectors


def described_by(audio: Audio, *, together: bool = False) -> Describe | None:
    """Give what describes a channel's windows by their voice; None without the encoder.

    Parameters
    ----------
    audio : Audio
        The recording.
    together : bool
        Whether to hear all channels as one, whichever is asked for.
    """
    if encoder.installed() is None:
        return None

    def describe(channel: int, middles: Sequence[float], window_s: float) -> Floats:
        centres = np.round(np.array(middles) / HOP_S).astype(np.int64)
        sound = audio.mono if together else audio.samples[channel]
        return encoder.vectors_at(sound, centres, window_s)

    return describe


def changed_persons(
    own: Sequence[Sequence[Span]], describe: Describe, *, rule: Exchanging | None = None
) -> float | None:
    """Say from when on two channels are each other's by their voices; None where never, surely.

    Parameters
    ----------
    own : two sequences of Span
        Where each channel's own person speaks.
    describe : callable
        Gives a vector, (m, d), of the voice on a channel in a window around each time.
    rule : Exchanging, optional
        Thresholds.
    """
    rule = rule or Exchanging()
    middles = [_spread(spans, rule) for spans in own]
    if min(map(len, middles)) < 2 * rule.least_windows:
        return None
    rows = sorted((at, c) for c, some in enumerate(middles) for at in some)
    at, channel = [at for at, _ in rows], np.array([c for _, c in rows])
    vectors = _described(at, channel, describe, rule.window_s)
    cuts = [k for k in range(1, len(at)) if _enough(channel, k, rule)]
    cut = max(cuts, key=lambda k: _apart(vectors, channel, k), default=None)
    if cut is None or not _surely(vectors, channel, cut, rule):
        return None
    persons = _persons(vectors, channel, cut)
    return _placed(own, (at[cut - 1], at[cut]), persons, describe, rule)


def persons_change(
    own: Sequence[Sequence[Span]],
    describe: Describe,
    stretches: Sequence[Span],
    *,
    rule: Exchanging | None = None,
) -> bool | None:
    """Whether in some stretches two channels sound like each other's person elsewhere.

    A voice in them is compared with both voices outside them, so a microphone that colours its
    voice speaks for the person it had. One person who speaks there is enough.

    Parameters
    ----------
    own : two sequences of Span
        Where each channel's own person speaks.
    describe : callable
        As of `changed_persons`.
    stretches : sequence of Span
        Where something else says that each channel has the other person.
    rule : Exchanging, optional
        Thresholds.

    Returns
    -------
    bool or None
        None where too little is said to tell, or the voices are too much alike.
    """
    rule = rule or Exchanging()
    rule = replace(rule, window_s=rule.short_window_s)
    alone = [subtract(spans, own[1 - c]) for c, spans in enumerate(own)]
    there, elsewhere = (
        [_spread(part(spans, stretches), rule) for spans in alone]
        for part in (intersection, subtract)
    )
    asked = [c for c in (0, 1) if len(there[c]) >= rule.least_asked]
    if not asked or min(map(len, elsewhere)) < rule.least_asked:
        return None

    def voice(channel: int, at: Sequence[float]) -> Floats:
        return _unit(describe(channel, at, rule.window_s).mean(axis=0))

    known = [voice(c, elsewhere[c]) for c in (0, 1)]
    kept = [float(voice(c, there[c]) @ (known[c] - known[1 - c])) for c in asked]
    if min(kept) >= rule.least_margin:
        return False
    return True if max(kept) <= -rule.least_margin else None


def changed_turns(
    own: Sequence[Sequence[Span]], describe: Describe, *, rule: Exchanging | None = None
) -> tuple[Span, ...]:
    """Say where the turns of two voices have each other's person, by the sound; nowhere if unsure.

    Nothing colours one of two voices that are heard on the same channel: as many stretches as are
    plain can be found, where both speak in them and elsewhere. They are the smaller part.

    Parameters
    ----------
    own : two sequences of Span
        Where each voice speaks, by something other than the sound.
    describe : callable
        As of `changed_persons`; both voices' windows may be of the same channel.
    rule : Exchanging, optional
        Thresholds.
    """
    rule = rule or Exchanging()
    rule = replace(rule, window_s=rule.short_window_s, most_windows=rule.most_turn_windows)
    alone = [subtract(spans, own[1 - c]) for c, spans in enumerate(own)]
    rows = sorted((at, c) for c, spans in enumerate(alone) for at in _spread(spans, rule))
    at, voice = [at for at, _ in rows], np.array([c for _, c in rows], np.int64)
    if not rows or np.bincount(voice, minlength=2).min() < 2 * rule.least_asked:
        return ()
    vectors = _described(at, voice, describe, rule.window_s)
    exchanged = np.zeros(len(at), np.int64)
    while part := _plain_part(vectors, voice ^ exchanged, rule):
        exchanged[part] ^= 1
    if 2 * exchanged.sum() > len(at):
        exchanged ^= 1
    turns = sorted(span for spans in alone for span in spans)
    edges = [
        _edge(at, turns, int(k), rule)
        for k in np.flatnonzero(np.diff(exchanged, prepend=0, append=0))
    ]
    return tuple(Span(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True))


def _plain_part(vectors: Floats, voice: NDArray[np.int64], rule: Exchanging) -> slice | None:
    """Give the windows in which two voices, if exchanged, are each most like themselves elsewhere.

    None where that is not so of both by a margin.
    """
    sums = np.cumsum(np.where(voice == 0, 1, -1)[:, None] * vectors, axis=0, dtype=np.float64)
    both, apart = vectors.sum(axis=0), sums[-1]
    best = float(np.linalg.norm(both + apart) + np.linalg.norm(both - apart)), slice(0, 0)
    for first in range(1, len(voice)):
        left = apart - 2 * (sums[first:] - sums[first - 1])
        alike = np.linalg.norm(both + left, axis=1) + np.linalg.norm(both - left, axis=1)
        last = int(alike.argmax())
        if alike[last] > best[0]:
            best = float(alike[last]), slice(first, first + last + 1)
    inside = np.zeros(len(voice), bool)
    inside[best[1]] = True
    parts = [[side & (voice == c) for c in (0, 1)] for side in (inside, ~inside)]
    if min(int(part.sum()) for side in parts for part in side) < rule.least_asked:
        return None
    there, elsewhere = ([_unit(vectors[part].mean(axis=0)) for part in side] for side in parts)
    kept = (float(there[c] @ (elsewhere[c] - elsewhere[1 - c])) for c in (0, 1))
    return best[1] if max(kept) <= -rule.least_turn_margin else None


def _edge(at: Sequence[float], turns: Sequence[Span], k: int, rule: Exchanging) -> float:
    """Give the place between windows `k - 1` and `k` where one turn ends and another begins."""
    half = rule.window_s / 2
    if k == len(at):
        return turns[-1].end
    if k == 0:
        return turns[0].start
    return next((t.start for t in turns if at[k - 1] < t.start < at[k]), at[k] - half)


def _spread(spans: Sequence[Span], rule: Exchanging) -> list[float]:
    """Give middles of the windows that the stretches hold, spread over the recording."""
    middles = [
        span.start + k * rule.window_s + rule.window_s / 2
        for span in sorted(spans)
        for k in range(int(span.duration / rule.window_s))
    ]
    picked = np.linspace(0, len(middles) - 1, min(len(middles), rule.most_windows)).round()
    return [middles[int(k)] for k in np.unique(picked)]


def _described(
    at: Sequence[float], channel: NDArray[np.int64], describe: Describe, window_s: float
) -> Floats:
    """Give each window's vector, heard on its own channel."""
    found: dict[int, Floats] = {}
    for c in (0, 1):
        if here := [k for k, own in enumerate(channel) if own == c]:
            found.update(zip(here, describe(c, [at[k] for k in here], window_s), strict=True))
    return np.stack([found[k] for k in range(len(at))])


def _enough(channel: NDArray[np.int64], cut: int, rule: Exchanging) -> bool:
    """Whether both channels are heard often enough on both sides of a window."""
    counts = (np.bincount(part, minlength=2) for part in (channel[:cut], channel[cut:]))
    return all(int(count.min()) >= rule.least_windows for count in counts)


def _persons(vectors: Floats, channel: NDArray[np.int64], cut: int) -> Floats:
    """Give the mean voice of each person if the channels change at a window, (2, d)."""
    who = np.where(np.arange(len(channel)) < cut, channel, 1 - channel)
    return np.stack([vectors[who == person].mean(axis=0) for person in (0, 1)])


def _apart(vectors: Floats, channel: NDArray[np.int64], cut: int) -> float:
    """How far apart the two persons are if the channels change at a window."""
    first, second = _persons(vectors, channel, cut)
    return float(np.linalg.norm(first - second))


def _surely(vectors: Floats, channel: NDArray[np.int64], cut: int, rule: Exchanging) -> bool:
    """Whether each channel behind a window sounds like the other before it, not like itself."""
    before, after = (
        [_unit(part[own == c].mean(axis=0)) for c in (0, 1)]
        for part, own in ((vectors[:cut], channel[:cut]), (vectors[cut:], channel[cut:]))
    )
    return all(
        float(before[c] @ after[1 - c]) >= rule.least_alike
        and float(before[c] @ (after[1 - c] - after[c])) >= rule.least_margin
        for c in (0, 1)
    )


def _placed(
    own: Sequence[Sequence[Span]],
    between: tuple[float, float],
    persons: Floats,
    describe: Describe,
    rule: Exchanging,
) -> float:
    """Give the place between two windows from which on the voices there fit best as changed."""
    least, most = between
    inside = sorted(
        (span, c)
        for c, spans in enumerate(own)
        for span in spans
        if span.duration >= rule.short_window_s and least < span.middle < most
    )
    if not inside:
        return (least + most) / 2
    channel = np.array([c for _, c in inside])
    at = [span.middle for span, _ in inside]
    alike = _described(at, channel, describe, rule.short_window_s) @ persons.T
    gains = [row[1 - c] - row[c] for row, c in zip(alike, channel, strict=True)]
    edges = [*(span.start for span, _ in inside), inside[-1][0].end]
    return edges[int(np.argmax([sum(gains[k:]) - sum(gains[:k]) for k in range(len(edges))]))]


def _unit(vector: Floats) -> Floats:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), np.float32)
