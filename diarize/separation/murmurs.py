"""What a short stretch sounds like: a hum, speech, or nothing that a voice makes.

Conventions
-----------
A hum ("mm", "mm-hm") is said with a closed mouth: voiced, steady, with little above 600 Hz. Each
is judged against the rest of the same voice in the same recording, so neither gain nor microphone
matters; what a closed mouth does to a voice is the same in every language. Only what is said while
nobody else speaks is heard; in overlap there is no verdict. Levels are dB relative to full scale,
frames 40 ms long and 10 ms apart.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from diarize.recording.audio import RATE_HZ, Audio
from diarize.recording.rows import runs
from diarize.runtime.memory import let_go
from diarize.separation.hums import Hum
from diarize.separation.task import Separation
from diarize.settings import Murmurs
from diarize.timeline import Span, Turn, subtract, total, union

__all__ = ["Sounding", "listened", "shared_out", "sounding"]

Samples = NDArray[np.float32]
Floats = NDArray[np.float64]
_FRAME, _HOP, _SIZE = 640, 160, 1024
_HOP_S = _HOP / RATE_HZ
_HZ = np.arange(_SIZE // 2 + 1, dtype=np.float64) * RATE_HZ / _SIZE
_WINDOW = np.hanning(_FRAME)
_FLOOR = 1e-12
_BLOCK = 1024  # frames at once: their spectra take 30 kB each


@dataclass(frozen=True, slots=True)
class Sounding:
    """How a stretch sounds.

    Parameters
    ----------
    level_db : float
        Of its louder frames (within `Murmurs.loud_db` of its loudest).
    tilt_db : float
        What lies above `Murmurs.split_hz` relative to what lies below, of the same frames.
    unsteady_db : float
        How far their spectra, level apart, are from their median: root mean square over bands.
    voiced_share : float
        Of these frames, those with a pitch, 0 to 1.
    """

    level_db: float
    tilt_db: float
    unsteady_db: float
    voiced_share: float


@dataclass(frozen=True, slots=True, eq=False)
class _Frames:
    """Power below and above the split, in bands (n, k), and how periodic, of frames (n,)."""

    low: Floats
    high: Floats
    bands: Floats
    periodic: Floats

    @property
    def level_db(self) -> Floats:
        return np.asarray(10 * np.log10(self.low + self.high + _FLOOR))

    def __getitem__(self, at: slice | NDArray[np.bool_]) -> "_Frames":
        return _Frames(self.low[at], self.high[at], self.bands[at], self.periodic[at])


def _frames(samples: Samples, rule: Murmurs) -> _Frames:
    """Analyse a stretch; one shorter than a frame is filled up with silence."""
    padded = np.pad(samples, (0, max(0, _FRAME - len(samples))))
    cut = np.lib.stride_tricks.sliding_window_view(padded, _FRAME)[::_HOP]
    blocks = [_analysed(cut[i : i + _BLOCK], rule) for i in range(0, len(cut), _BLOCK)]
    let_go(samples)
    return _Frames(
        np.concatenate([b.low for b in blocks]),
        np.concatenate([b.high for b in blocks]),
        np.concatenate([b.bands for b in blocks]),
        np.concatenate([b.periodic for b in blocks]),
    )


def _analysed(cut: Samples, rule: Murmurs) -> _Frames:
    centred = cut.astype(np.float64) - cut.mean(axis=1, keepdims=True)
    power = np.abs(np.fft.rfft(centred * _WINDOW, _SIZE)) ** 2 / (_WINDOW**2).sum() + _FLOOR
    edges = np.geomspace(rule.bands_low_hz, rule.bands_high_hz, rule.bands + 1).tolist()
    return _Frames(
        _between(power, rule.bottom_hz, rule.split_hz),
        _between(power, rule.split_hz, rule.top_hz),
        np.stack([_between(power, a, b) for a, b in pairwise(edges)], axis=1),
        _periodicity(power, rule),
    )


def _between(power: Floats, low_hz: float, high_hz: float) -> Floats:
    return np.asarray(power[:, (low_hz <= _HZ) & (high_hz > _HZ)].sum(axis=1))


def _periodicity(power: Floats, rule: Murmurs) -> Floats:
    """Height of the highest peak of each frame's autocorrelation, the window's divided out."""
    like = np.fft.irfft(np.abs(np.fft.rfft(_WINDOW, _SIZE)) ** 2)
    lags = slice(int(RATE_HZ // rule.pitch_high_hz), int(RATE_HZ // rule.pitch_low_hz))
    found = np.fft.irfft(np.where(2 * rule.split_hz > _HZ, power, 0.0), axis=1)
    return np.asarray((found[:, lags] / found[:, :1] / (like[lags] / like[0])).max(axis=1))


def sounding(samples: Samples, rule: Murmurs) -> Sounding:
    """Describe a stretch, shape (n,) at 16 kHz."""
    return _described(_frames(samples, rule), rule)


def _described(frames: _Frames, rule: Murmurs) -> Sounding:
    level = frames.level_db
    loud = frames[level > level.max() - rule.loud_db]
    bands = 10 * np.log10(loud.bands + _FLOOR)
    bands = np.maximum(bands, bands.max() - rule.deep_db)
    bands = bands - bands.mean(axis=1, keepdims=True)
    return Sounding(
        float(10 * np.log10(np.mean(loud.low + loud.high) + _FLOOR)),
        float(10 * np.log10(loud.high.sum() / loud.low.sum())),
        float(np.sqrt(np.mean((bands - np.median(bands, axis=0)) ** 2))),
        float((loud.periodic > rule.voiced_at).mean()),
    )


# Whose hums -----------------------------------------------------------------------------------


def listened(found: Separation, audio: Audio, rule: Murmurs) -> Separation:
    """Say which stretches are hums and whose, and leave out those in which no voice is heard.

    A hum that is given to one of two voices inside that voice's own talk is the other's: a hum
    has no mouth to be known by, and who talks does not hum along.

    Parameters
    ----------
    found : Separation
        Who speaks when.
    audio : Audio
        The recording.
    rule : Murmurs
        Thresholds.

    Returns
    -------
    Separation
        With `hums`, and without short stretches far below their voice's level in which nothing
        has a pitch. A voice with little other speech to be compared with is left as it is.
    """
    speech = _lines(found.turns)
    hums: list[Turn] = []
    given = {voice: list(own) for voice, own in speech.items()}
    for voice, own in speech.items():
        heard, empty = _heard(audio, found, voice, speech, rule)
        lent = _lent(voice, speech, heard, rule) if not found.channel_of else {}
        given[voice] = list(subtract(given[voice], [*empty, *lent]))
        for hum, other in lent.items():
            given[other].append(hum)
        short = [hum for hum in heard if hum in own]
        hums += [Turn(hum, lent.get(hum, voice)) for hum in dict.fromkeys([*short, *lent])]
    return replace(found, turns=_turns(given), hums=tuple(sorted(hums)))


def _lines(turns: Sequence[Turn]) -> dict[str, tuple[Span, ...]]:
    """Give where each voice speaks."""
    return {
        voice: union(turn.span for turn in turns if turn.voice == voice)
        for voice in sorted({turn.voice for turn in turns})
    }


def _turns(lines: Mapping[str, Sequence[Span]]) -> tuple[Turn, ...]:
    """Give the turns of voices that speak there."""
    return tuple(sorted(Turn(span, voice) for voice in lines for span in union(lines[voice])))


def _heard(
    audio: Audio,
    found: Separation,
    voice: str,
    speech: Mapping[str, Sequence[Span]],
    rule: Murmurs,
) -> tuple[list[Span], list[Span]]:
    """Give what of a voice sounds like a hum, and its short stretches that are nothing."""
    channel = dict(found.channel_of).get(voice)
    samples = audio.mono if channel is None else audio.samples[channel]
    apart = channel is not None  # nobody else is heard in it
    others = () if apart else union(s for v, own in speech.items() if v != voice for s in own)
    own = speech[voice]
    usual = _usual(samples, own, others, rule)
    hums: list[Span] = []
    empty: list[Span] = []
    if usual is None:
        return hums, empty
    for span in own:
        if span.duration > rule.longest_s:
            continue
        sounds = _alone(samples, span, others, rule)
        if sounds is not None and _is_nothing(sounds, usual, rule):
            empty.append(span)
        elif sounds is not None and _is_hum(sounds, usual, rule):
            hums.append(span)
    long = [span for span in own if span.duration > rule.longest_s]
    for span in subtract(long, others):
        hums += _begun(samples, span, usual, rule)
    return hums, empty


def _lent(
    voice: str, speech: Mapping[str, Sequence[Span]], hums: Sequence[Span], rule: Murmurs
) -> dict[Span, str]:
    """Give the hums that lie inside a voice's own talk to the other of two voices."""
    others = [other for other in speech if other != voice]
    if len(others) != 1:
        return {}
    talk = subtract(speech[voice], hums)
    return {
        hum: others[0]
        for hum in hums
        if any(-_HOP_S <= span.gap(hum) <= rule.inside_s for span in talk)
        and any(-_HOP_S <= hum.gap(span) <= rule.inside_s for span in talk)
    }


def shared_out(found: Separation, hums: Sequence[Hum], rule: Murmurs) -> Separation:
    """Give hums to who listens, where two people speak.

    Parameters
    ----------
    found : Separation
        Who speaks when.
    hums : sequence of Hum
        Whoever hums.
    rule : Murmurs
        Thresholds.

    Returns
    -------
    Separation
        A hum is the other's of who talks before and after it; where that changes, it is whose talk
        it leads to. It is taken away from who talks, unless they speak on meanwhile.
    """
    lines = _lines(found.turns)
    if len(lines) != 2:
        return found
    given = {voice: list(own) for voice, own in lines.items()}
    hummed = union([*(hum.span for hum in hums), *(turn.span for turn in found.hums)])
    talk = {voice: subtract(own, hummed) for voice, own in lines.items()}
    told: list[Turn] = []
    for hum in hums:
        voice = _listener(hum.span, talk, rule)
        if voice is None:
            continue
        (other,) = (name for name in lines if name != voice)
        if not hum.over:
            given[other] = list(subtract(given[other], (hum.span,)))
        given[voice].append(hum.span)
        told.append(Turn(hum.span, voice))
    return replace(found, turns=_turns(given), hums=tuple(sorted({*found.hums, *told})))


def _listener(span: Span, lines: Mapping[str, Sequence[Span]], rule: Murmurs) -> str | None:
    """Name who does not talk around a hum; None where nobody talks near it."""
    before: list[tuple[float, str]] = []
    after: list[tuple[float, str]] = []
    for voice, own in lines.items():
        near = own[bisect_left(own, span.start - rule.inside_s, key=lambda s: s.end) :]
        near = [s for s in near[: rule.near_pieces] if s.start <= span.end + rule.inside_s]
        for part in subtract(near, (span,)):
            if part.duration >= rule.floor_least_s:
                away = span.gap(part) if part.start >= span.end else part.gap(span)
                (after if part.start >= span.end else before).append((away, voice))
    if before and after and min(before)[1] != min(after)[1]:
        return min(after)[1]
    floor = {voice for _, voice in [*sorted(before)[:1], *sorted(after)[:1]]}
    return next((voice for voice in lines if floor and voice not in floor), None)


def _usual(
    samples: Samples, own: Sequence[Span], others: Sequence[Span], rule: Murmurs
) -> Sounding | None:
    """How the voice usually sounds: medians over pieces of its longer stretches, alone."""
    long = [span for span in own if span.duration > rule.longest_s]
    pieces = [
        Span(start, start + rule.piece_s)
        for span in subtract(long, others)
        for start in np.arange(span.start, span.end - rule.piece_s, rule.piece_s).tolist()
    ]
    if len(pieces) < rule.least_pieces:
        return None
    every = -(-len(pieces) // rule.most_pieces)
    heard = [sounding(_cut(samples, piece), rule) for piece in pieces[::every]]
    return Sounding(
        float(np.median([one.level_db for one in heard])),
        float(np.median([one.tilt_db for one in heard])),
        float(np.median([one.unsteady_db for one in heard])),
        float(np.median([one.voiced_share for one in heard])),
    )


def _alone(samples: Samples, span: Span, others: Sequence[Span], rule: Murmurs) -> Sounding | None:
    """Describe what of a stretch nobody speaks over, where it is most of it."""
    alone = subtract((span,), others)
    if total(alone) < max(rule.alone_share * span.duration, rule.shortest_s):
        return None
    return sounding(np.concatenate([_cut(samples, part) for part in alone]), rule)


def _cut(samples: Samples, span: Span) -> Samples:
    return samples[max(0, round(span.start * RATE_HZ)) : round(span.end * RATE_HZ)]


def _is_nothing(heard: Sounding, usual: Sounding, rule: Murmurs) -> bool:
    below = usual.level_db - heard.level_db
    return below >= rule.nothing_below_db and heard.voiced_share < rule.nothing_voiced_share


def _is_hum(heard: Sounding, usual: Sounding, rule: Murmurs) -> bool:
    return (
        heard.voiced_share >= rule.hum_voiced_share
        and heard.tilt_db <= usual.tilt_db - rule.hum_darker_db
        and heard.unsteady_db <= rule.hum_unsteady_db
    )


def _begun(samples: Samples, span: Span, usual: Sounding, rule: Murmurs) -> Iterator[Span]:
    """Find hums that begin out of a pause inside a long stretch, where nothing parts what follows.

    Speech has dark, steady sounds too (a long "m"), so more is asked of these: darker, softer than
    the voice, out of silence.
    """
    first = max(0.0, span.start - rule.dip_s)
    frames = _frames(_cut(samples, Span(first, span.end)), rule)
    level = frames.level_db
    tilt = 10 * np.log10(frames.high / frames.low)
    dark = (frames.periodic > rule.voiced_at) & (tilt < usual.tilt_db - rule.begun_frame_db)
    around = round(rule.dip_s / _HOP_S)
    for a, b in runs(dark, round(rule.hole_s / _HOP_S)):
        if not rule.begun_least_s <= (b - a) * _HOP_S <= rule.longest_s:
            continue
        sounds = _described(frames[a:b], rule)
        dip = float(level[a:b].mean() - level[max(0, a - around) : a + around // 2].min())
        if (
            dip >= rule.dip_db
            and sounds.level_db <= usual.level_db - rule.begun_softer_db
            and sounds.tilt_db <= usual.tilt_db - rule.begun_darker_db
            and sounds.unsteady_db <= rule.begun_unsteady_db
        ):
            edge = _FRAME / RATE_HZ / 2
            start = max(span.start, round(first + a * _HOP_S + edge, 3))
            yield Span(start, max(start, min(span.end, round(first + b * _HOP_S + edge, 3))))
