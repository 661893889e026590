"""A channel that is late: two recorders' files laid side by side, of which one began earlier.

Conventions
-----------
Each recorder hears its own person loud and the other softly. Where one channel is the louder, what
it holds lies in the softer one, too, and when is told by the phases of a window
(`diarize.recording.recorder_clocks`). An echo or a leak is later than its source, so which channel
comes first changes with who speaks; that of a late channel is the same whoever speaks. Times are
seconds.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from diarize.messages import Note
from diarize.recording.audio import Audio, Samples, copied, mixed
from diarize.recording.recorder_clocks import placed_by_phase
from diarize.runtime.memory import let_go
from diarize.settings import ChannelClocks

__all__ = ["on_one_clock"]

Floats = NDArray[np.float64]
_EMPTY = 1e-10  # power below which a window holds nothing: 100 dB below full scale


def on_one_clock(audio: Audio, *, rule: ChannelClocks) -> Audio | None:
    """Give two channels on the first one's clock; None where neither is late, surely.

    Parameters
    ----------
    audio : Audio
        As decoded.
    rule : ChannelClocks
        Thresholds.
    """
    if audio.channels != 2:
        return None
    late: tuple[list[float], list[float]] = ([], [])
    for source, at in _places(audio, rule):
        lag_s, clear = _found(audio, source, at, rule)
        if clear >= rule.clear:
            late[source].append(-lag_s if source else lag_s)
    if min(map(len, late)) < rule.least_windows:
        return None
    usual = [float(np.median(some)) for some in late]
    second_s = sum(usual) / len(usual)
    agree = [np.mean(np.abs(np.array(some) - second_s) <= rule.together_s) for some in late]
    if abs(second_s) < rule.least_s or min(agree) < rule.least_share:
        return None
    return _earlier(audio, second_s)


def _places(audio: Audio, rule: ChannelClocks) -> Iterator[tuple[int, int]]:
    """Give windows in which one channel is plainly the louder: which, and the first sample."""
    step = round(rule.window_s * audio.rate)
    levels = 10.0 * np.log10(_powers(audio.samples, step) + _EMPTY)
    if not levels.size:
        return
    for source in (0, 1):
        louder = levels[source] - levels[1 - source]
        loud = np.where(louder >= rule.louder_db, levels[source], -np.inf)
        order = np.argsort(-loud, kind="stable")[: rule.most_windows]
        yield from ((source, int(k) * step) for k in order if np.isfinite(loud[k]))


def _powers(samples: Samples, step: int) -> Floats:
    rows = samples.shape[1] // step
    powers = np.zeros((len(samples), rows))
    for k in range(rows):
        part = np.asarray(samples[:, k * step : (k + 1) * step], np.float64)
        powers[:, k] = np.square(part).mean(axis=1)
        let_go(samples)
    return powers


def _found(audio: Audio, source: int, at: int, rule: ChannelClocks) -> tuple[float, float]:
    """Say how much later a window of one channel lies in the other, and how clearly."""
    size, reach = (round(s * audio.rate) for s in (rule.window_s, rule.reach_s))
    sent = np.asarray(audio.samples[source, at : at + size], np.float64)
    first = max(0, at - reach)
    heard = np.asarray(audio.samples[1 - source, first : at + size + reach], np.float64)
    heard = np.pad(heard, (reach - (at - first), 0))
    heard = np.pad(heard, (0, max(0, size + 2 * reach - len(heard))))
    lag, clear = placed_by_phase(heard, sent, reach, round(rule.peak_s * audio.rate))
    return lag / audio.rate, clear


def _earlier(audio: Audio, seconds: float) -> Audio:
    """Give the second channel so much earlier; of what it lacks then nothing is heard."""
    by = round(seconds * audio.rate)
    samples = copied(audio.samples)
    row, length = samples[1].copy(), samples.shape[1]
    samples[1] = 0.0
    samples[1, max(0, -by) : length - max(0, by)] = row[max(0, by) : length - max(0, -by)]
    samples.setflags(write=False)
    note = Note("recording.channel_late", {"channel": 2, "seconds": seconds}, "caution")
    return replace(audio, samples=samples, mono=mixed(samples), notes=(*audio.notes, note))
