"""Plain samples of another number of channels than their head says: one for two, or two for one.

Conventions
-----------
Samples of two channels stand in turn. If they are one channel's, every second of them goes on from
the one before as every first does: neighbours are alike both ways, and more so than next
neighbours, and both halves are as loud. If they are two channels' and the head says one, neighbours
are not alike, or one half is louder. Windows all along are asked; what says nothing, as noise or
silence, counts for nothing. Channels that are the same sound to the bit are as a slower recorder's
every sample written twice: those stay as the head says.
"""

import io
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from diarize.messages import Field, Note
from diarize.recording.views import Contents, Layout, Part, Walked
from diarize.settings import Decoding

__all__ = ["counted"]

Floats = NDArray[np.float64]
_OTHER = {1: 2, 2: 1}


def counted(file: Contents, found: Walked, limits: Decoding) -> Walked:
    """Give what a walk found with as many channels as the samples are of, and a note if told wrong.

    Parameters
    ----------
    file : Contents
        The file's bytes.
    found : Walked
        What its walk found; what is not plain samples comes back as it is.
    limits : Decoding
        How clear it must be.
    """
    layouts = {part.layout for part in found.parts}
    said = next(iter(layouts)) if len(layouts) == 1 else None
    if said is None or said.channels not in _OTHER:
        return found
    windows = _windows(file, found.parts, said, limits)
    looks = [look for window in windows if (look := _looks_like(window, said.rate, limits))]
    there = _OTHER[said.channels]
    against = sum(look != there for look in looks)
    if len(looks) < limits.order_windows_min or against > limits.count_against * len(looks):
        return found
    layout = replace(said, channels=there, step=said.step // said.channels * there)
    times = said.channels / there  # as long as the head says
    fields: dict[str, Field] = {"told": said.channels, "there": there}
    return replace(
        found,
        parts=tuple(replace(part, at_s=_times(part.at_s, times), layout=layout)
                    for part in found.parts),
        promised_s=_times(found.promised_s, times),
        joints=tuple(at_s * times for at_s in found.joints),
        notes=(*found.notes, Note("recording.channels_miscounted", fields, "caution")),
    )  # fmt: skip


def _times(seconds: float | None, times: float) -> float | None:
    return None if seconds is None else seconds * times


def _windows(
    file: Contents, parts: tuple[Part, ...], said: Layout, limits: Decoding
) -> Iterator[Floats]:
    """Give stretches of samples in the order in which they stand, whosever they are."""
    import soundfile

    width = said.step // said.channels
    size = limits.order_window * width
    whole = [piece for part in parts for piece in part.pieces if not isinstance(piece, bytes)]
    longest = max(whole, key=lambda piece: piece[1] - piece[0])
    edges = np.linspace(0, max(0, longest[1] - longest[0] - size), limits.order_windows)
    for edge in sorted({int(edge) // (2 * width) for edge in edges}):
        at = longest[0] + edge * 2 * width
        block = file.at(at, min(size, longest[1] - at) // (2 * width) * 2 * width)
        samples, _ = soundfile.read(
            io.BytesIO(block), samplerate=limits.rate_min_hz, channels=1, format="RAW",
            subtype=said.subtype, endian=said.endian,
        )  # fmt: skip
        yield samples


def _looks_like(samples: Floats, rate: int, limits: Decoding) -> int | None:
    """Say of how many channels a stretch looks; None where that is not plain."""
    one, other = (_above_hum(half, rate, limits) for half in (samples[::2], samples[1::2]))
    if not len(one) or not np.isfinite(samples).all():
        return None
    power = float(np.square(one).mean()), float(np.square(other).mean())
    if min(power) <= 0.0:
        return None
    mean = sum(power) / 2
    own = (_apart(one[1:], one[:-1]) + _apart(other[1:], other[:-1])) / 2
    within, across = _apart(other, one), _apart(one[1:], other[:-1])
    if min(within, across) <= 0.0:
        return None
    lopsided = max(within, across) / min(within, across)
    louder = max(power) / min(power)
    alike = max(within, across) < limits.order_fine * min(own, mean)
    if alike and max(lopsided, louder) < limits.count_even:
        return 1
    if own < limits.order_fine * mean and max(lopsided, louder) > limits.count_odd:
        return 2
    return None


def _above_hum(half: Floats, rate: int, limits: Decoding) -> Floats:
    """Take from every second sample the mean of those around it: both channels hold the hum."""
    wide = max(1, round(rate / limits.count_above_hz))
    if len(half) < 2 * wide:
        return np.zeros(0)
    return np.asarray(half - np.convolve(half, np.full(wide, 1 / wide), "same"))[wide:-wide]


def _apart(one: Floats, other: Floats) -> float:
    return float(np.square(one - other).mean())
