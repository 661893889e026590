"""Sound that is missing, and left digital silence: as a wireless microphone or a call loses it.

Conventions
-----------
Rows are 10 ms. A gate or a call leaves stretches of digital silence on a channel, too, but those
begin after speech has died away; a lapse cuts it off. Of a single sound, what is silent after
speech is missing as well where the room can be heard in its other pauses: a gate that silences
one pause silences them all. Silence at the very beginning or end is padding, but on one channel of
several, while another goes on: a microphone that holds its room otherwise was off there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from diarize.messages import Field, Note
from diarize.recording.rows import HOP_S, levels_db, runs
from diarize.settings import Quality
from diarize.timeline import Span, total, union

if TYPE_CHECKING:  # a report holds what this makes, and is read without what decodes
    from diarize.recording.audio import Audio

__all__ = ["dead", "dead_end", "gone", "lapses", "with_dead_end", "with_dropouts", "with_lapses"]

Levels = NDArray[np.float64]
Rows = tuple[int, int]  # the first, and one past the last


def dead(levels: Levels, limits: Quality) -> list[Rows]:
    """Give stretches of digital silence that are no mere clicks: first row, one past the last."""
    least = round(limits.dropout_min_s / HOP_S)
    return [(a, b) for a, b in runs(levels < limits.silence_floor_db) if b - a >= least]


def lapses(levels: Levels, limits: Quality) -> list[Rows]:
    """Give a channel's lapses; none where a gate or a call silences it while nobody speaks.

    Parameters
    ----------
    levels : ndarray of float64, shape (n,)
        Of the channel's rows, dB relative to full scale.
    limits : Quality
        Thresholds.
    """
    silent = dead(levels, limits)
    return silent if _often(silent, _cut_off(levels, silent, limits), limits) else []


def gone(levels: Levels, others: Sequence[Levels], limits: Quality) -> list[Rows]:
    """Give where a channel's microphone was off for long, while another went on.

    None of a channel that a gate or a call silences whenever nobody speaks.

    Parameters
    ----------
    levels : ndarray of float64, shape (n,)
        Of the channel's rows, dB relative to full scale.
    others : sequence of ndarray of float64, shape (n,)
        Of the other channels.
    limits : Quality
        Thresholds.
    """
    least = round(limits.channel_gone_s / HOP_S)
    long = [(a, b) for a, b in dead(levels, limits) if b - a >= least]
    rest = np.ones(len(levels), bool)
    for a, b in long:
        rest[a:b] = False
    if not _is_heard(levels[rest], limits):
        return []
    return [(a, b) for a, b in long if any(_is_heard(other[a:b], limits) for other in others)]


def dead_end(levels: Levels, limits: Quality) -> list[Rows]:
    """Give where a microphone gave nothing any more, up to the end; none where it held no room.

    Nothing is digital silence, or the hiss of a recorder without a microphone.

    Parameters
    ----------
    levels : ndarray of float64, shape (n,)
        Of the microphone's rows, dB relative to full scale.
    limits : Quality
        Thresholds.
    """
    least, n = round(limits.dead_s / HOP_S), len(levels)
    heard = np.maximum(levels, limits.silence_floor_db)
    top_db = float(np.quantile(heard[-least:], 1 - limits.dead_rows_share)) if n > least else 0.0
    if top_db > limits.dead_most_db:
        return []
    above = np.flatnonzero(heard > top_db + limits.dead_below_db)
    first = int(above[-1]) + 1 if len(above) else 0
    before = heard[:first] <= top_db + limits.dead_below_db
    if n - first < least or first < least or before.mean() > limits.dead_rows_share:
        return []
    return [(first, n)]


def _is_heard(levels: Levels, limits: Quality) -> bool:
    """Whether nearly all rows hold some sound."""
    if not len(levels):
        return False
    return bool((levels >= limits.silence_floor_db).mean() >= limits.room_heard_share)


def _often(silent: Sequence[Rows], cut: Sequence[Rows], limits: Quality) -> bool:
    """Whether so many stretches begin in the middle of speech that all are lapses."""
    return len(cut) >= limits.lapses_min and len(cut) >= limits.lapses_share * len(silent)


def _cut_off(levels: Levels, silent: Sequence[Rows], limits: Quality) -> list[Rows]:
    """Give the stretches that begin in the middle of speech."""
    heard = levels[levels >= limits.silence_floor_db]
    if not silent or not len(heard):
        return []
    loud = float(np.quantile(heard, limits.lapse_quantile)) - limits.lapse_below_db
    lead = round(limits.lapse_lead_s / HOP_S)
    return [(a, b) for a, b in silent if a >= lead and bool((levels[a - lead : a] > loud).all())]


def with_lapses(audio: "Audio", decoded: "Audio", *, limits: Quality = Quality()) -> "Audio":
    """Say where channels that are a person each lapse or are off; that sound counts as missing.

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


def _noted(audio: "Audio", limits: Quality) -> Iterator[Note]:
    each = [levels_db(samples, audio.rate) for samples in audio.samples]
    ends = [dead_end(levels, limits) for levels in each]
    if all(ends):  # the recording ends, not a channel
        ends = [[] for _ in each]
    for channel, levels in enumerate(each, 1):
        code = "recording.channel_lapses"
        rows = lapses(levels, limits)
        if not rows:
            code = "recording.channel_gone"
            rows = gone(levels, [*each[: channel - 1], *each[channel:]], limits)
            rows = rows or ends[channel - 1]
        spans = _spans(rows, audio.duration)
        if not spans:
            continue
        share = total(spans) / audio.duration
        fields = {
            "channel": channel,
            "n": len(spans),
            "seconds": total(spans),
            "percent": 100 * share,
            "least": 100 * limits.lapses_withhold_share,
        }
        severity = "withhold" if share >= limits.lapses_withhold_share else "caution"
        yield Note(code, fields, severity, spans)


def with_dead_end(audio: "Audio", *, limits: Quality = Quality()) -> "Audio":
    """Say from when on a recording holds nothing: a microphone died, or the file was made longer.

    Parameters
    ----------
    audio : Audio
        As decoded; its mono sound is what counts.
    limits : Quality
        Thresholds.
    """
    ends = _spans(dead_end(levels_db(audio.mono, audio.rate), limits), audio.duration)
    if not ends or any(ends[0].overlap(known) > 0 for known in audio.lost):
        return audio
    fields: dict[str, Field] = {"at_s": ends[0].start, "seconds": ends[0].duration}
    note = Note("recording.dead_end", fields, "caution", ends)
    return replace(audio, notes=(*audio.notes, note))


def with_dropouts(
    audio: "Audio", speech: NDArray[np.float32], *, limits: Quality = Quality()
) -> "Audio":
    """Say where the one sound that is heard of a recording drops out, and count that as missing.

    Parameters
    ----------
    audio : Audio
        As it is heard; its mono sound is what counts.
    speech : ndarray of float32, shape (n,)
        Speech probability every 10 ms, of that sound.
    limits : Quality
        Thresholds.
    """
    levels = levels_db(audio.mono, audio.rate)
    silent = dead(levels, limits)
    cut = _cut_off(levels, silent, limits)
    often = _often(silent, cut, limits)
    rows = silent if often or _room_is_heard(levels, speech, limits) else cut
    inside = [(a, b) for a, b in rows if a > 0 and b < len(levels)]
    spans = tuple(
        span
        for span in _spans(inside, audio.duration)
        if not any(span.overlap(known) > 0 for known in audio.lost)  # the container said so
    )
    if not spans:
        return audio
    share = total(spans) / audio.duration
    fields = {"n": len(spans), "seconds": total(spans), "percent": 100 * share}
    note = Note("recording.dropouts", fields, "caution", spans)
    if often and share >= limits.lapses_withhold_share:
        note = Note("recording.lapses", fields, "withhold", spans)
    lost = union((*audio.lost, *spans))
    return replace(audio, notes=(*audio.notes, note), lost=tuple(lost))


def _room_is_heard(levels: Levels, speech: NDArray[np.float32], limits: Quality) -> bool:
    """Whether most of the time without speech holds sound, so that silence is not the room's."""
    rows = min(len(levels), len(speech))
    return _is_heard(levels[:rows][speech[:rows] < limits.speech_probability], limits)


def _spans(rows: Sequence[Rows], duration_s: float) -> tuple[Span, ...]:
    return tuple(Span(a * HOP_S, min(b * HOP_S, duration_s)) for a, b in rows)
