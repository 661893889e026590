"""Sound of one channel that is missing in the middle of speech, as a wireless microphone loses it.

Conventions
-----------
Rows are 10 ms. A gate or a call leaves stretches of digital silence on a channel, too, but those
begin after speech has died away; a lapse cuts it off.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from diarize.messages import Note
from diarize.recording.audio import Audio
from diarize.recording.rows import HOP_S, levels_db, runs
from diarize.settings import Quality
from diarize.timeline import Span, total, union

__all__ = ["dead", "lapses", "with_lapses"]

Levels = NDArray[np.float64]


def dead(levels: Levels, limits: Quality) -> list[tuple[int, int]]:
    """Give stretches of digital silence that are no mere clicks: first row, one past the last."""
    least = round(limits.dropout_min_s / HOP_S)
    return [(a, b) for a, b in runs(levels < limits.silence_floor_db) if b - a >= least]


def lapses(levels: Levels, limits: Quality) -> list[tuple[int, int]]:
    """Give a channel's lapses; none where a gate or a call silences it while nobody speaks.

    Parameters
    ----------
    levels : ndarray of float64, shape (n,)
        Of the channel's rows, dB relative to full scale.
    limits : Quality
        Thresholds.
    """
    heard = levels[levels >= limits.silence_floor_db]
    silent = dead(levels, limits)
    if not silent or not len(heard):
        return []
    loud = float(np.quantile(heard, limits.lapse_quantile)) - limits.lapse_below_db
    lead = round(limits.lapse_lead_s / HOP_S)
    cut = sum(bool((levels[a - lead : a] > loud).all()) for a, _ in silent if a >= lead)
    enough = cut >= limits.lapses_min and cut >= limits.lapses_share * len(silent)
    return silent if enough else []


def with_lapses(audio: Audio, decoded: Audio, *, limits: Quality = Quality()) -> Audio:
    """Say where channels that are a person each lapse, and count that as sound that is missing.

    Parameters
    ----------
    audio : Audio
        As it is heard.
    decoded : Audio
        The same as decoded: what is taken away of other channels fills digital silence.
    limits : Quality
        Thresholds.
    """
    notes = tuple(_noted(decoded, limits))
    if not notes:
        return audio
    lost = union((*audio.lost, *(span for note in notes for span in note.spans)))
    return replace(audio, notes=(*audio.notes, *notes), lost=tuple(lost))


def _noted(audio: Audio, limits: Quality) -> Iterator[Note]:
    for channel, samples in enumerate(audio.samples, 1):
        rows = lapses(levels_db(samples, audio.rate), limits)
        spans = tuple(Span(a * HOP_S, min(b * HOP_S, audio.duration)) for a, b in rows)
        if not spans:
            continue
        share = total(spans) / audio.duration
        fields = {
            "channel": channel,
            "n": len(spans),
            "seconds": total(spans),
            "percent": 100 * share,
        }
        severity = "withhold" if share >= limits.lapses_withhold_share else "caution"
        yield Note("recording.channel_lapses", fields, severity, spans)
