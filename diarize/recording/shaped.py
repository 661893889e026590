"""Noise suppression and strong codecs: what a file says of them, and the noise of pauses.

Conventions
-----------
How many bits a lossy codec had for each channel, the file says; of sound that was decoded and saved
anew it does not. Then only its noise tells, and not of codecs that make noise of their own.
The power of noise in a band of a short window follows an exponential distribution, whatever its
spectrum and level: in one place in a hundred it lies 20 dB below its surroundings. What takes noise
away, or spends no bits on it, leaves holes. Only pauses are asked, and only places whose
surroundings on either side are well above what 16 bits can hold.
Codecs that describe a voice by filters and gains, frame by frame, set the gain anew every few
milliseconds, always as long after the last time: the changes of level have lines at multiples of
50 Hz that a voice and a room have not. Those with many bits hide them.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from diarize.messages import Note
from diarize.recording.rows import HOP_S, runs
from diarize.runtime.memory import let_go
from diarize.settings import Shaped

if TYPE_CHECKING:  # a report holds what this makes, and is read without what decodes
    from diarize.recording.audio import Audio

__all__ = ["holes", "shaped", "stepped"]

Floats = NDArray[np.float64]
_AT_ONCE = 512  # windows


def shaped(
    audio: "Audio", speech: NDArray[np.float32], *, rule: Shaped = Shaped()
) -> tuple[Note, ...]:
    """Say that a codec had few bits, or that noise was taken or coded away, if so.

    Parameters
    ----------
    audio : Audio
        As decoded.
    speech : ndarray of float32, shape (n,)
        Speech probability every 10 ms, of the mono sound.
    rule : Shaped
        Thresholds.
    """
    coded: tuple[Note, ...] = ()
    if audio.kbit_s is not None and audio.kbit_s < rule.coded_kbit_s:
        code = "coded_hard" if audio.kbit_s <= rule.hard_kbit_s else "coded"
        coded = (Note(f"recording.{code}", {"kbit_s": audio.kbit_s}, "withhold"),)
    line = stepped(audio.mono, audio.rate, speech, rule=rule)
    if line is not None and line >= rule.steps_stand_out:
        coded = (*coded, Note("recording.coded_in_steps", {"times": line}, "withhold"))
    share = holes(audio.mono, audio.rate, speech, rule=rule)
    if share is None or share < rule.holes_share:
        return coded
    return (*coded, Note("recording.noise_shaped", {"percent": 100 * share}, "withhold"))


def holes(
    samples: NDArray[np.float32],
    rate: int,
    speech: NDArray[np.float32],
    *,
    rule: Shaped = Shaped(),
) -> float | None:
    """Share of places in the noise of pauses that are holes; None where there is too little noise.

    Of noise that nobody touched it is 0.006 (0.01 but for the choice of the softer side).
    """
    found = looked = 0
    for power in _pauses(samples, rate, speech, rule):
        around = _around(power, rule.bins)
        bins = slice(*(round(hz * rule.window_s) for hz in rule.band_hz))
        places = around[:, bins] > 10.0 ** (rule.least_dbfs / 10.0)
        deep = power[:, bins] < rule.hole * around[:, bins]
        found += int((deep & places).sum())
        looked += int(places.sum())
    return found / looked if looked >= rule.places_min else None


def stepped(
    samples: NDArray[np.float32],
    rate: int,
    speech: NDArray[np.float32],
    *,
    rule: Shaped = Shaped(),
) -> float | None:
    """How high the highest line of a codec's frames stands; None where there is too little sound.

    The power of the absolute change of level from one millisecond to the next, at each of
    `Shaped.steps_hz`, in times of its mean around: over all of the sound, and over pauses alone.
    Of untouched sound it is 1 at the mean, and above 10 in one line of twenty thousand. A buzz of
    the mains has such lines as well: where pauses repeat themselves, or are too few to tell,
    nothing is said.
    """
    heard = _between(samples[: round(rule.steps_most_s * rate)], rate, rule)
    change = _changes(heard, round(rate * rule.steps_hop_s), rule)
    quiet = np.repeat(speech < rule.speech_probability, round(HOP_S / rule.steps_hop_s))[
        : len(change)
    ]
    change = change[: len(quiet)]
    least = rule.steps_least_s / rule.steps_hop_s
    if len(change) < least or not _still(heard, rate, speech, rule):
        return None
    asked = [np.ones(len(change), bool)] + ([quiet] if quiet.sum() >= least else [])
    return max(_line(np.where(rows, change - change[rows].mean(), 0.0), rule) for rows in asked)


def _between(samples: NDArray[np.float32], rate: int, rule: Shaped) -> Floats:
    """Give what lies between the ends of a band."""
    from scipy.signal import butter, sosfilt

    sections = butter(4, rule.steps_band_hz, "bandpass", fs=rate, output="sos")
    return np.asarray(sosfilt(sections, np.asarray(samples, np.float64)))


def _changes(heard: Floats, size: int, rule: Shaped) -> Floats:
    """Give how much the level changes from step to step, the largest changes cut."""
    power = np.square(heard[: len(heard) // size * size]).reshape(-1, size).mean(axis=1)
    change = np.abs(np.diff(np.log(power + 1e-14)))
    most = np.percentile(change, rule.steps_percent) if len(change) else 0.0
    return np.asarray(np.minimum(change, most))


def _still(heard: Floats, rate: int, speech: NDArray[np.float32], rule: Shaped) -> bool:
    """Whether pauses hold noise, and nothing that comes again at every tenth of a second.

    A buzz of 50 or 60 Hz does. The power of what successive tenths have in common, in times of
    what noise has in common by chance.
    """
    tenth, hop = rate // 10, round(rate * HOP_S)
    again = []
    for start, end in runs(speech < rule.speech_probability):
        last = min(end * hop, len(heard))
        for at in range(start * hop, last - rule.buzz_tenths * tenth + 1, rule.buzz_tenths * tenth):
            rows = heard[at : at + rule.buzz_tenths * tenth].reshape(rule.buzz_tenths, tenth)
            power = np.square(rows).mean() + 1e-30
            again.append(rule.buzz_tenths * np.square(rows.mean(axis=0)).mean() / power)
    return len(again) >= rule.steps_pauses_min and float(np.median(again)) < rule.buzz_times


def _line(change: Floats, rule: Shaped) -> float:
    power = np.abs(np.fft.rfft(change * np.hanning(len(change)))) ** 2
    per_hz = len(change) * rule.steps_hop_s
    highest = 0.0
    for hz in rule.steps_hz:
        middle, wide = round(hz * per_hz), round(rule.steps_around_hz * per_hz)
        around = np.r_[power[middle - wide : middle - 8], power[middle + 9 : middle + wide + 1]]
        near = power[middle - 1 : middle + 2].max()
        highest = max(highest, float(near / (around.mean() + 1e-30)))
    return highest


def _pauses(
    samples: NDArray[np.float32], rate: int, speech: NDArray[np.float32], rule: Shaped
) -> Iterator[Floats]:
    """Give the power of windows that lie in pauses, away from speech."""
    size, step = round(rule.window_s * rate), round(rule.window_s * rate / 2)
    taper = np.hanning(size)
    away, hop = round(rule.away_s / HOP_S), round(rate * HOP_S)
    for start, end in runs(speech < rule.speech_probability):
        first, last = (start + away) * hop, min((end - away) * hop, len(samples))
        at = range(first, last - size + 1, step)
        for k in range(0, len(at), _AT_ONCE):
            block = np.stack([samples[i : i + size] for i in at[k : k + _AT_ONCE]])
            let_go(samples)
            yield np.abs(np.fft.rfft(block * taper)) ** 2 / (taper**2).sum()


def _around(power: Floats, bins: int) -> Floats:
    """Give the mean power of the bins on the softer side of each; 0 at the edges."""
    whole = np.cumsum(np.pad(power, ((0, 0), (1, 0))), axis=1)
    mean = (whole[:, bins:] - whole[:, :-bins]) / bins
    sides = np.zeros((2, *power.shape))
    sides[0, :, bins:] = mean[:, :-1]
    sides[1, :, :-bins] = mean[:, 1:]
    return np.asarray(sides.min(axis=0))
