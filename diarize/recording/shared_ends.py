"""What the end of one part of a session and the beginning of the next both hold.

Conventions
-----------
A recorder that begins the next file before it ends the last writes the same sound into both. Of
every length the beginning of the next is compared with the end of the last (their normalised
correlation, of the differences of neighbouring samples: hum and rumble are alike at many lengths,
speech and the noise of a room at one). It is taken for the same where one length, and only one, is
as alike as copies are.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from diarize.messages import Note
from diarize.recording.gathering import RATE_HZ, Blocks
from diarize.recording.reading import FileSound
from diarize.settings import Decoding
from diarize.timeline import Span

__all__ = ["shared_s", "without_beginning"]

Floats = NDArray[np.float64]


def shared_s(one: Blocks, other: Blocks, limits: Decoding) -> float:
    """How many seconds the end of one sound and the beginning of another have in common; 0 if none.

    Parameters
    ----------
    one, other : ndarray of float32, shape (channels, n)
        At 16 kHz; of several channels their mean is compared.
    limits : Decoding
        How long it may be, and how alike copies are.
    """
    most = round(limits.shared_max_s * RATE_HZ)
    end, begin = _edges(one[:, -most:]), _edges(other[:, :most])
    length = min(len(end), len(begin))
    alike = _alike(end[len(end) - length :], begin[:length])
    alike[: round(limits.shared_min_s * RATE_HZ)] = 0.0
    if other.shape[1] <= most:
        alike[other.shape[1] - 1 :] = 0.0  # a part with nothing new in it stays as it is
    if not alike.size or alike.max() < limits.shared_alike:
        return 0.0
    best = int(alike.argmax())
    near = round(limits.align_together_s * RATE_HZ)
    others = np.concatenate([alike[: max(0, best - near)], alike[best + near + 1 :]])
    if others.size and others.max() >= limits.shared_apart:
        return 0.0
    return (best + 1) / RATE_HZ


def _edges(samples: Blocks) -> Floats:
    return np.diff(np.asarray(samples, np.float64).mean(axis=0), prepend=0.0)


def _alike(end: Floats, begin: Floats) -> Floats:
    """Correlation of the last n of one with the first n of the other, for n from 1 on."""
    size = 1 << (2 * len(end)).bit_length()
    product = np.fft.rfft(begin, size) * np.conj(np.fft.rfft(end, size))
    # the last n of `end` begin at len - n: the beginning of the other lies len - n later
    lags = np.fft.irfft(product, size)
    sums = lags[-np.arange(len(end) - 1, -1, -1)]
    power = np.cumsum(begin**2) * np.cumsum(end[::-1] ** 2)
    floor = 1e-6 * float((begin**2).sum() * (end**2).sum())
    return np.asarray(sums / np.sqrt(np.maximum(power, floor + 1e-20)))


def without_beginning(one: FileSound, seconds: float) -> FileSound:
    """Leave out the first seconds of a part, with what is said of them."""
    sound = one.sound
    behind = tuple(_behind(span, seconds) for span in sound.covered if span.end > seconds)
    notes = tuple(_note(note, seconds) for note in one.notes)
    lost = tuple(_behind(span, seconds) for span in one.lost if span.end > seconds)
    rest = replace(sound, samples=sound.samples[:, round(seconds * RATE_HZ) :], covered=behind)
    return replace(one, sound=rest, notes=notes, lost=lost)


def _note(note: Note, seconds: float) -> Note:
    spans = tuple(_behind(span, seconds) for span in note.spans if span.end >= seconds)
    return replace(note, spans=spans)


def _behind(span: Span, seconds: float) -> Span:
    return Span(max(0.0, span.start - seconds), span.end - seconds)
