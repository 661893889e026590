"""Channels put right: a mean that is not zero, a channel far too quiet, persons exchanged half-way.

Conventions
-----------
Gain is one number for a channel and the whole recording, so nothing inside a channel changes
against anything else in it. Levels are dB relative to full scale, of 10 ms frames.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from diarize.messages import Field, Note
from diarize.recording.audio import Audio, Samples, copied, mixed
from diarize.recording.rows import levels_db
from diarize.runtime.memory import let_go
from diarize.settings import Evening
from diarize.timeline import Span

__all__ = ["evened", "exchanged"]

_BLOCK = 1 << 20


def evened(audio: Audio, *, rule: Evening = Evening()) -> Audio:
    """Take a mean off each channel and raise one that is far too quiet, and say so.

    Parameters
    ----------
    audio : Audio
        As decoded; it comes back as it is where there is nothing to put right.
    rule : Evening
        Thresholds.
    """
    means = np.array([_mean(channel) for channel in audio.samples])
    means[np.abs(means) < rule.direct_share] = 0.0
    heard = [
        levels_db(row, audio.rate, mean=m) for row, m in zip(audio.samples, means, strict=True)
    ]
    gains = _gains_db([row[np.isfinite(row)] for row in heard], rule)
    if not means.any() and not gains.any():
        return audio
    notes = [
        Note("recording.direct_current", {"channel": c + 1, "percent": 100 * abs(m)})
        for c, m in enumerate(means)
        if m
    ]
    notes += [
        Note("recording.raised", {"channel": c + 1, "db": g}) for c, g in enumerate(gains) if g
    ]
    samples = copied(audio.samples)
    samples -= means[:, None].astype(np.float32)
    samples *= (10.0 ** (gains / 20.0))[:, None].astype(np.float32)
    samples.setflags(write=False)
    return replace(audio, samples=samples, mono=mixed(samples), notes=(*audio.notes, *notes))


def exchanged(audio: Audio, places: Sequence[float], *, by_voice: bool = False) -> Audio:
    """Give two channels each the other's sound from a time on, up to the next, and say so.

    Parameters
    ----------
    audio : Audio
        As decoded, with two channels.
    places : sequence of float
        When they become each other's, when their own again, and so on, seconds.
    by_voice : bool
        Whether the voices on them say so, and not a transcript's labels.
    """
    samples = copied(audio.samples)
    edges = [*(round(at_s * audio.rate) for at_s in places), samples.shape[1]]
    for first, end in zip(edges[::2], edges[1::2], strict=False):
        for at in range(first, end, _BLOCK):
            part = slice(at, min(at + _BLOCK, end))
            samples[:, part] = samples[::-1, part].copy()
    samples.setflags(write=False)
    told = "recording.channels_exchanged_by_voice" if by_voice else "recording.channels_exchanged"
    fields: dict[str, Field] = {"at_s": places[0]}
    if len(places) > 1:
        told = "recording.channels_exchanged_often"
        fields |= {"n": len(places), "last_s": places[-1]}
    note = Note(told, fields, "caution", tuple(Span(at_s, at_s) for at_s in places))
    return replace(audio, samples=samples, notes=(*audio.notes, note))


def _mean(samples: Samples) -> float:
    if not len(samples):
        return 0.0
    whole = 0.0
    for at in range(0, len(samples), _BLOCK):
        whole += float(samples[at : at + _BLOCK].sum(dtype=np.float64))
        let_go(samples)
    return whole / len(samples)


def _gains_db(levels: Sequence[NDArray[np.float64]], rule: Evening) -> NDArray[np.float64]:
    """By how much each channel is raised, by the levels of its rows that have one."""
    loud, soft = (
        np.array([np.percentile(row, percent) if len(row) else -999.0 for row in levels])
        for percent in (rule.loud_percent, rule.soft_percent)
    )
    speaks = (loud > rule.nothing_dbfs) & (loud - soft >= rule.moves_db)
    if not speaks.any():
        return np.zeros(len(levels))
    loudest = float(loud[speaks].max())
    target = loudest if loudest > rule.faint_dbfs else rule.usual_dbfs
    return np.where(speaks & (target - loud > rule.quiet_db), target - loud, 0.0)
