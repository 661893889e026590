"""What a short stretch sounds like: a hum, speech, or nothing that a voice makes.

Conventions
-----------
A hum ("mm", "mm-hm") is said with a closed mouth: voiced, steady, with little above 600 Hz. Each
is judged against the rest of the same voice in the same recording, so neither gain nor microphone
matters; what the mouth does to a hum is the same in every language. Only what a voice says while
nobody else speaks is heard; in overlap there is no verdict. Levels are dB relative to full scale,
frames of 40 ms 10 ms apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from diarize.recording.audio import RATE_HZ, Audio
from diarize.separation.task import Separation
from diarize.settings import Murmurs
from diarize.timeline import Span, Turn, subtract, total, union

__all__ = ["Sounding", "listened", "sounding"]

Samples = NDArray[np.float32]
Floats = NDArray[np.float64]
_FRAME, _HOP, _SIZE = 640, 160, 1024
_LAGS = slice(RATE_HZ // 400, RATE_HZ // 65)  # of a voice, 65 to 400 Hz
_SPLIT_HZ, _TOP_HZ, _BOTTOM_HZ = 600.0, 4_000.0, 80.0
_BANDS_HZ = np.geomspace(100.0, 3_800.0, 13)
_FLOOR = 1e-12


@dataclass(frozen=True, slots=True)
class Sounding:
    """How a stretch sounds.

    Parameters
    ----------
    level_db : float
        Of its louder frames (within 15 dB of its loudest).
    tilt_db : float
        What lies above 600 Hz relative to what lies below, of the same frames.
    unsteady_db : float
        How far its spectrum, level apart, is from its own median: root mean square over bands.
    voiced_share : float
        Of these frames, those with a pitch, 0 to 1.
    """

    level_db: float
    tilt_db: float
    unsteady_db: float
    voiced_share: float


def sounding(samples: Samples, rule: Murmurs) -> Sounding:
    """Describe a stretch of 40 ms and more; shorter ones are filled up with silence."""
    padded = np.pad(samples, (0, max(0, _FRAME - len(samples))))
    cut = np.lib.stride_tricks.sliding_window_view(padded, _FRAME)[::_HOP].astype(np.float64)
    window = np.hanning(_FRAME)
    power = np.abs(np.fft.rfft((cut - cut.mean(axis=1, keepdims=True)) * window, _SIZE)) ** 2
    hz = np.arange(_SIZE // 2 + 1, dtype=np.float64) * RATE_HZ / _SIZE
    frames = 10 * np.log10(_between(power, hz, _BOTTOM_HZ, _TOP_HZ) / (window**2).sum() + _FLOOR)
    loud = frames > frames.max() - rule.loud_db
    power = power[loud] + _FLOOR
    low = _between(power, hz, _BOTTOM_HZ, _SPLIT_HZ).sum()
    high = _between(power, hz, _SPLIT_HZ, _TOP_HZ).sum()
    return Sounding(
        float(10 * np.log10(np.mean(10 ** (frames[loud] / 10)))),
        float(10 * np.log10(high / low)),
        _unsteady(power, hz, rule),
        float((_periodicity(power, hz, window) > rule.voiced_at).mean()),
    )


def _between(power: Floats, hz: Floats, low: float, high: float) -> Floats:
    return np.asarray(power[:, (hz >= low) & (hz < high)].sum(axis=1))


def _unsteady(power: Floats, hz: Floats, rule: Murmurs) -> float:
    edges = pairwise(_BANDS_HZ.tolist())
    bands = 10 * np.log10(np.stack([_between(power, hz, a, b) for a, b in edges], axis=1) + _FLOOR)
    bands = np.maximum(bands, bands.max() - rule.deep_db)
    bands -= bands.mean(axis=1, keepdims=True)
    return float(np.sqrt(np.mean((bands - np.median(bands, axis=0)) ** 2)))


def _periodicity(power: Floats, hz: Floats, window: Floats) -> Floats:
    """Height of the highest peak of each frame's autocorrelation, the window's divided out."""
    like = np.fft.irfft(np.abs(np.fft.rfft(window, _SIZE)) ** 2)
    found = np.fft.irfft(np.where(hz < 2 * _SPLIT_HZ, power, 0.0), axis=1)
    return np.asarray((found[:, _LAGS] / found[:, :1] / (like[_LAGS] / like[0])).max(axis=1))


def listened(found: Separation, audio: Audio, rule: Murmurs) -> Separation:
    """Say which short stretches are hums and whose, and leave out those in which no voice is heard.

    A hum that is given to one of two voices between two stretches of the same voice's own talk is
    the other's: a voice that hums has no mouth to be known by, and who talks does not hum along.

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
        With `hums`, and without stretches far below their voice's level in which nothing has a
        pitch. A voice with little other speech to be compared with has neither.
    """
    speech = {
        voice: union(turn.span for turn in found.turns if turn.voice == voice)
        for voice in sorted({turn.voice for turn in found.turns})
    }
    heard = {
        voice: _short(audio, found, voice, own, _others(speech, voice, found), rule)
        for voice, own in speech.items()
    }
    hums, owner = [], dict.fromkeys(found.turns, "")
    for voice, (own, empty) in heard.items():
        lent = _lent(voice, speech, own, rule) if not found.channel_of else {}
        hums += [Turn(span, lent.get(span, voice)) for span in own]
        for turn in found.turns:
            if turn.voice == voice and not any(gone.contains(turn.span) for gone in empty):
                home = next((s for s in lent if s.contains(turn.span)), None)
                owner[turn] = voice if home is None else lent[home]
    turns = sorted(Turn(turn.span, voice) for turn, voice in owner.items() if voice)
    return replace(found, turns=tuple(turns), hums=tuple(sorted(hums)))


def _short(
    audio: Audio,
    found: Separation,
    voice: str,
    own: Sequence[Span],
    others: Sequence[Span],
    rule: Murmurs,
) -> tuple[list[Span], list[Span]]:
    """Give the short stretches of a voice that are hums, and those that are nothing."""
    channel = dict(found.channel_of)
    samples = audio.samples[channel[voice]] if voice in channel else audio.mono
    usual = _usual(samples, own, others, rule)
    hums: list[Span] = []
    empty: list[Span] = []
    for span in own if usual is not None else ():
        heard = _solo(samples, span, others, rule) if span.duration <= rule.longest_s else None
        if heard is None or usual is None:
            continue
        if _is_nothing(heard, usual, rule):
            empty.append(span)
        elif _is_hum(heard, usual, rule):
            hums.append(span)
    return hums, empty


def _lent(
    voice: str, speech: Mapping[str, Sequence[Span]], hums: Sequence[Span], rule: Murmurs
) -> dict[Span, str]:
    """Give the hums that lie inside a voice's own talk to the other of two voices."""
    others = [other for other in speech if other != voice]
    if len(others) != 1:
        return {}
    talk = [span for span in speech[voice] if span not in hums]
    return {
        hum: others[0]
        for hum in hums
        if any(0 <= span.gap(hum) <= rule.inside_s for span in talk)
        and any(0 <= hum.gap(span) <= rule.inside_s for span in talk)
    }


def _others(
    speech: Mapping[str, Sequence[Span]], voice: str, found: Separation
) -> tuple[Span, ...]:
    """Where somebody else speaks into the same microphone."""
    if found.channel_of:
        return ()
    return union(span for other, own in speech.items() if other != voice for span in own)


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


def _solo(samples: Samples, span: Span, others: Sequence[Span], rule: Murmurs) -> Sounding | None:
    """Describe what of a stretch nobody speaks over, where it is most of it."""
    alone = subtract((span,), others)
    if total(alone) < max(rule.alone_share * span.duration, rule.shortest_s):
        return None
    return sounding(np.concatenate([_cut(samples, part) for part in alone]), rule)


def _cut(samples: Samples, span: Span) -> Samples:
    return samples[round(span.start * RATE_HZ) : round(span.end * RATE_HZ)]


def _is_nothing(heard: Sounding, usual: Sounding, rule: Murmurs) -> bool:
    below = usual.level_db - heard.level_db
    return below >= rule.nothing_below_db and heard.voiced_share < rule.nothing_voiced_share


def _is_hum(heard: Sounding, usual: Sounding, rule: Murmurs) -> bool:
    return (
        heard.voiced_share >= rule.hum_voiced_share
        and heard.tilt_db <= usual.tilt_db - rule.hum_darker_db
        and heard.unsteady_db <= rule.hum_unsteady_db
    )
