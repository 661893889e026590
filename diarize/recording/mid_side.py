"""Two channels that are the sum and the difference of two microphones, taken apart.

Conventions
-----------
A mid-side recording that was not decoded has both persons on both channels. Where one speaks alone
the channels are alike there, with the same sign for one person and with opposite signs for the
other, and at the same ratio of levels: then their sum and their difference, at that ratio, are a
microphone each. Echo, leaks and a copy of one channel give one sign or no likeness.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from diarize.messages import Note
from diarize.recording.audio import Audio, copied, mixed
from diarize.runtime.memory import let_go
from diarize.settings import MidSide

__all__ = ["taken_apart"]

_BLOCK = 1 << 20  # samples at once


def taken_apart(audio: Audio, *, rule: MidSide) -> Audio | None:
    """Give the two microphones whose sum and difference the channels are; None where they are not.

    Parameters
    ----------
    audio : Audio
        As decoded.
    rule : MidSide
        Thresholds.
    """
    if audio.channels != 2:
        return None
    powers, products = _rows(audio, rule)
    if not len(products):
        return None
    whole = powers.sum(axis=0)
    loud = whole > np.percentile(whole, rule.loud_percent) * 10.0 ** (-rule.loud_db / 10.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        alike = products / np.sqrt(powers[0] * powers[1])
        ratio_db = 10.0 * np.log10(powers[1] / powers[0])
    sides = [loud & (alike > rule.alike), loud & (alike < -rule.alike)]
    counts = [int(side.sum()) for side in sides]
    if sum(counts) < rule.alike_share * loud.sum() or min(counts) < rule.each_share * loud.sum():
        return None
    ratios = [float(np.median(ratio_db[side])) for side in sides]
    if abs(ratios[0] - ratios[1]) > rule.ratio_db:
        return None
    gain = 10.0 ** (-(sum(ratios) / len(ratios)) / 20.0)
    samples = copied(audio.samples)
    for at in range(0, samples.shape[1], _BLOCK):
        part = slice(at, at + _BLOCK)
        middle, side = samples[0, part].copy(), np.float32(gain) * samples[1, part]
        samples[0, part], samples[1, part] = middle + side, middle - side
    samples.setflags(write=False)
    note = Note("recording.mid_side", {}, "caution")
    return replace(audio, samples=samples, mono=mixed(samples), notes=(*audio.notes, note))


def _rows(audio: Audio, rule: MidSide) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give each row's mean power on both channels, and the mean of their product."""
    step = round(rule.row_s * audio.rate)
    size = max(1, _BLOCK // step) * step
    powers, products = [np.zeros((2, 0))], [np.zeros(0)]
    for at in range(0, audio.samples.shape[1] // step * step, size):
        block = audio.samples[:, at : at + size].astype(np.float64)
        rows = block[:, : block.shape[1] // step * step].reshape(2, -1, step)
        powers.append((rows**2).mean(axis=2))
        products.append((rows[0] * rows[1]).mean(axis=1))
        let_go(audio.samples)
    return np.concatenate(powers, axis=1), np.concatenate(products)
