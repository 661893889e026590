"""Gain and limits: whether something between mouth and file set the level of speech anew.

Conventions
-----------
Without a moving gain the noise of a room does not know who spoke last, and where it changes it
changes its colour as well. With it the noise rises through a pause, as the gain comes back, or
differs from pause to pause by the same number of dB in every band. Where there are too few long
pauses, as in a trial or in dense talk, shorter ones are asked, nearer to speech; where even those
are too few, or do not say it plainly, gain is not judged, and that is said, unless the noise rises
through the few there are by far more than chance lets it. A gain that is back
before the noise can be heard leaves neither, but presses the syllables to one height. A level
that was set anew once moves the noise in every band, and the speech, by as much from then on: a
ventilator that stops moves the noise alone, and whoever comes nearer the speech alone. Levels are
dB relative to full scale of rows 10 ms apart; digital silence has none, and pauses in which more
than steady noise is heard say nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from diarize.messages import Field, Note
from diarize.recording.rows import HOP_S, levels_db, runs
from diarize.runtime.memory import let_go
from diarize.settings import Gain
from diarize.timeline import Span

if TYPE_CHECKING:  # a report holds what this makes, and is read without what decodes
    from diarize.recording.audio import Audio

__all__ = ["Riding", "Step", "cut_share", "noted", "pressed_db", "riding", "set_anew"]

Floats = NDArray[np.float64]
Probability = NDArray[np.float32]
Samples = NDArray[np.float32]
_Pause = tuple[int, int, float]  # first row, one past the last, rise in dB/s
_ROWS = 1 << 13  # at once


@dataclass(frozen=True, slots=True)
class Riding:
    """How the noise follows the speech, and how it differs from pause to pause.

    Parameters
    ----------
    rise_db_per_s : float
        Median rise of the noise through a pause.
    rising : float
        Share of pauses through which the noise rises.
    wander_db : float
        Spread of the noise over pauses that all its bands share: a standard deviation, from the
        narrower half, so that a noise that comes on top now and then does not count.
    apart_db : float
        By how much bands differ from what they share, the median.
    n : int
        Pauses.
    """

    rise_db_per_s: float
    rising: float
    wander_db: float
    apart_db: float
    n: int


@dataclass(frozen=True, slots=True)
class Step:
    """A level that was set anew: when, in seconds, and by how much it was raised, in dB."""

    at_s: float
    raised_db: float


def noted(audio: "Audio", speech: Probability, *, rule: Gain = Gain()) -> tuple[Note, ...]:
    """Say that the gain moved, that it could not be judged, or what became of peaks, if so.

    Parameters
    ----------
    audio : Audio
        As decoded.
    speech : ndarray of float32, shape (n,)
        Speech probability every 10 ms, of the mono sound.
    rule : Gain
        Thresholds.
    """
    rows = min(int(len(audio.mono) / audio.rate / HOP_S), len(speech))
    spoken = speech[:rows] >= rule.speech_probability
    if not spoken.any():
        return ()
    levels = levels_db(audio.mono, audio.rate)
    limited = _cut(audio, spoken, rule) or _pressed(levels, speech[:rows], rule)
    return (*_moved(audio, levels, spoken, rule), *limited)


def _moved(
    audio: "Audio", levels: Floats, spoken: NDArray[np.bool_], rule: Gain
) -> tuple[Note, ...]:
    few = pauses = list(_pauses(levels, spoken, rule))
    far = len(pauses) >= rule.pauses_min
    if not far:
        pauses = list(_pauses(levels, spoken, _near(rule)))
    noise = np.array([_banded(audio.mono, audio.rate, a, b, rule) for a, b, _ in pauses])
    if len(pauses) < rule.pauses_min:
        stepped = _stepped(noise, levels, spoken, pauses, replace(rule, step_pauses=rule.few_step))
        few = few if len(few) >= rule.few_pauses else pauses
        return (stepped or _of_few(levels, few, len(pauses), rule),)
    found = riding(noise, pauses)
    if found.rise_db_per_s >= rule.rise_db_per_s and found.rising >= rule.rising_share:
        fields = {"rise_db_per_s": found.rise_db_per_s, "pauses": found.n}
        return (Note("recording.gain_rides", fields, "withhold"),)
    stepped = _stepped(noise, levels, spoken, pauses, rule)
    if stepped is not None:
        return (stepped,)
    least_db, ratio = (
        (rule.wander_db, rule.wander_ratio)
        if far
        else (rule.near_wander_db, rule.near_wander_ratio)
    )
    fields = {"wander_db": found.wander_db, "pauses": found.n}
    if found.wander_db >= max(least_db, ratio * found.apart_db):
        return (Note("recording.gain_wanders", fields, "withhold"),)
    if not far and found.wander_db > max(
        rule.near_clear_db, rule.near_clear_ratio * found.apart_db
    ):
        return (Note("recording.gain_unclear", fields, "withhold"),)
    return ()


def _of_few(levels: Floats, few: Sequence[_Pause], n: int, rule: Gain) -> Note:
    """Say that the noise surely rises through few pauses, or that so many, `n`, are too few."""
    rise = surely_rising(levels, few, rule=rule)
    if rise is not None:
        told: dict[str, Field] = {"rise_db_per_s": rise, "pauses": len(few)}
        return Note("recording.gain_rides", told, "withhold")
    return Note("recording.gain_unjudged", {"pauses": n, "needed": rule.pauses_min}, "caution")


def _stepped(
    noise: Floats,
    levels: Floats,
    spoken: NDArray[np.bool_],
    pauses: Sequence[_Pause],
    rule: Gain,
) -> Note | None:
    """Say where the level was set anew; None where nothing shows it."""
    if len(pauses) < 2 * rule.step_pauses:
        return None
    once = set_anew(noise, pauses, np.where(spoken, levels[: len(spoken)], np.nan), rule=rule)
    if once is None:
        return None
    fields: dict[str, Field] = {"raised_db": once.raised_db, "at_s": once.at_s}
    return Note("recording.gain_set", fields, "withhold", (Span(once.at_s, once.at_s),))


def surely_rising(levels: Floats, pauses: Sequence[_Pause], *, rule: Gain = Gain()) -> float | None:
    """Give the rise of the noise through few pauses, dB/s; None unless it is far beyond chance.

    Each pause weighs by how surely its own rise is known: one long pause says more than ten short.
    """
    if len(pauses) < rule.few_pauses:
        return None
    errors = np.array([_error(levels[first:last], rise, rule) for first, last, rise in pauses])
    weights = 1.0 / errors**2
    rise = float(np.sum(weights * [rise for _, _, rise in pauses]) / weights.sum())
    sure = rise * float(np.sqrt(weights.sum()))
    return rise if rise >= rule.rise_db_per_s and sure >= rule.few_sure else None


def _error(row: Floats, rise: float, rule: Gain) -> float:
    """Give the standard error of a rise, dB/s, of rows of which neighbours are alike."""
    at = (np.arange(len(row)) - (len(row) - 1) / 2) * HOP_S
    spread = max(float(np.std(row - row.mean() - rise * at)), rule.few_least_db)
    return spread * float(np.sqrt(2.0 / np.sum(at**2)))


def _near(rule: Gain) -> Gain:
    """Give the rule for shorter pauses, from nearer behind speech to nearer before it."""
    return replace(
        rule, after_s=rule.near_after_s, ahead_s=rule.near_ahead_s, pause_s=rule.near_pause_s
    )


def _pressed(levels: Floats, speech: Probability, rule: Gain) -> tuple[Note, ...]:
    found = pressed_db(levels, speech, rule=rule)
    if found is None or found >= rule.pressed_db:
        return ()
    return (Note("recording.level_pressed", {"range_db": found}, "withhold"),)


def pressed_db(levels: Floats, speech: Probability, *, rule: Gain = Gain()) -> float | None:
    """How far the loud rows of speech stand above the middle ones; None where there is too little.

    The median over windows of `Gain.pressed_window_s`: what differs between people, or as one moves
    away from a microphone, does not count.
    """
    levels = levels[: len(speech)]
    sure = (speech[: len(levels)] >= rule.pressed_probability) & np.isfinite(levels)
    size = round(rule.pressed_window_s / HOP_S)
    windows = (slice(at, at + size) for at in range(0, len(levels) - size, size // 2))
    heard = [levels[w][sure[w]] for w in windows]
    full = [row for row in heard if 2 * len(row) >= size]
    if len(full) < rule.pressed_windows_min:
        return None
    ranges = [np.subtract(*np.percentile(row, (rule.pressed_percent, 50))) for row in full]
    return float(np.median(ranges))


def _cut(audio: "Audio", spoken: NDArray[np.bool_], rule: Gain) -> tuple[Note, ...]:
    share = cut_share(audio.mono, audio.rate, spoken, rule=rule)
    if share is not None and share >= rule.cut_share:
        return (Note("recording.peaks_cut", {"percent": 100 * share}, "withhold"),)
    return tuple(_cut_on_channels(audio, spoken, rule)) if audio.channel_each else ()


def _cut_on_channels(audio: "Audio", spoken: NDArray[np.bool_], rule: Gain) -> Iterator[Note]:
    """Say of each person's channel that peaks end at one height where it is the loudest."""
    levels = np.stack([levels_db(samples, audio.rate)[: len(spoken)] for samples in audio.samples])
    own = replace(rule, cut_least_s=rule.cut_own_least_s)
    for channel, samples in enumerate(audio.samples):
        share = cut_share(
            samples, audio.rate, spoken & (levels.argmax(axis=0) == channel), rule=own
        )
        if share is not None and share >= rule.cut_share:
            fields: dict[str, Field] = {"channel": channel + 1, "percent": 100 * share}
            yield Note("recording.channel_peaks_cut", fields, "withhold")


def cut_share(
    samples: Samples, rate: int, speech: NDArray[np.bool_], *, rule: Gain = Gain()
) -> float | None:
    """Share of rows with speech whose peak is as high as any; None where there is too little.

    Peaks of speech are all of different heights; cut off or limited they end at one.
    """
    every = _peaks(samples, round(rate * HOP_S))
    rows = min(len(every), len(speech))
    peaks = every[:rows][speech[:rows]]
    if len(peaks) < rule.cut_least_s / HOP_S:
        return None
    top = float(np.quantile(peaks, rule.cut_top_share))
    return float(np.mean(peaks >= rule.cut_near * top)) if top > 0 else None


def _peaks(samples: Samples, step: int) -> Samples:
    """Give the peak of each whole row."""
    end, size = len(samples) // step * step, _ROWS * step
    peaks = [np.zeros(0, np.float32)]
    for at in range(0, end, size):
        peaks.append(np.abs(samples[at : min(at + size, end)].reshape(-1, step)).max(axis=1))
        let_go(samples)
    return np.concatenate(peaks)


def riding(noise: Floats, pauses: Sequence[_Pause]) -> Riding:
    """Measure how the noise follows the speech.

    Parameters
    ----------
    noise : ndarray of float64, shape (pauses, bands)
        Of each pause, dB.
    pauses : sequence of (int, int, float)
        With nothing but steady noise: first row of 10 ms, one past the last, rise in dB/s.
    """
    rises = np.array([rise for _, _, rise in pauses])
    moved = noise - np.median(noise, axis=0)
    common = np.median(moved, axis=1)
    low, middle, high = np.percentile(common, (16, 50, 84))
    apart = float(np.median(np.abs(moved - common[:, None])))
    wander = float(min(high - middle, middle - low))
    return Riding(float(np.median(rises)), float(np.mean(rises > 0)), wander, apart, len(pauses))


def set_anew(
    noise: Floats, pauses: Sequence[_Pause], spoken_db: Floats, *, rule: Gain = Gain()
) -> Step | None:
    """Find where the level was set anew, once; None where nothing shows it.

    Parameters
    ----------
    noise, pauses
        As of `riding`, in order.
    spoken_db : ndarray of float64, shape (m,)
        Levels of rows of 10 ms in which somebody speaks; NaN or infinite elsewhere.
    rule : Gain
        Thresholds.
    """
    least = rule.step_pauses
    if len(pauses) < 2 * least:
        return None
    cuts = range(least, len(pauses) - least + 1)
    cut = min(cuts, key=lambda k: float(np.abs(_apart(noise, k)).sum()))
    moved = np.median(noise[cut:], axis=0) - np.median(noise[:cut], axis=0)
    by = float(np.median(moved))
    apart = float(np.median(np.abs(moved - by)))
    spread = float(np.median(np.abs(np.median(_apart(noise, cut), axis=1))))
    if abs(by) < max(rule.step_db, rule.wander_ratio * apart, rule.step_ratio * spread):
        return None
    row = (pauses[cut - 1][1] + pauses[cut][0]) // 2
    sides = [side[np.isfinite(side)] for side in (spoken_db[:row], spoken_db[row:])]
    if min(map(len, sides)) < rule.step_speech_s / HOP_S:
        return None
    before, after = (float(np.percentile(side, rule.step_percent)) for side in sides)
    if abs(after - before - by) > rule.step_slack * abs(by):
        return None
    return Step(row * HOP_S, by)


def _apart(noise: Floats, cut: int) -> Floats:
    """Give how far the noise of each pause lies from the middle of its side of a cut."""
    sides = (noise[:cut], noise[cut:])
    return np.concatenate([side - np.median(side, axis=0) for side in sides])


def _pauses(levels: Floats, speech: NDArray[np.bool_], rule: Gain) -> Iterator[_Pause]:
    """Give pauses with nothing but steady noise."""
    lead, trail, least, most = (
        round(s / HOP_S) for s in (rule.after_s, rule.ahead_s, rule.pause_s, rule.most_s)
    )
    for start, end in runs(~speech):
        first, last = start + lead, min(end - trail, start + lead + most)
        row = levels[first:last]
        if last - first < least or not np.isfinite(row).all():
            continue
        at = np.arange(len(row)) * HOP_S
        slope, level = np.polyfit(at, row, 1)
        if np.std(row - slope * at - level) <= rule.steady_db:
            yield first, last, float(slope)


def _banded(samples: Samples, rate: int, first: int, last: int, rule: Gain) -> Floats:
    """Give the median level of each band over rows, dB."""
    step = round(rate * HOP_S)
    part = np.asarray(samples[first * step : last * step], np.float64).reshape(-1, step)
    power = np.abs(np.fft.rfft(part * np.hanning(step))) ** 2
    edges = [round(hz * HOP_S) for hz in rule.bands_hz]
    bands = [power[:, a:b].mean(axis=1) for a, b in pairwise(edges)]
    return np.asarray(10 * np.log10(np.median(bands, axis=1) + 1e-20))
