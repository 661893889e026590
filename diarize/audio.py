"""Sound: decode a consented recording once, and cut clips from what was decoded.

Conventions
-----------
Samples are float32 in ±1, shaped (channels, n), at 16 kHz. The decoded samples live in an
anonymous temporary file mapped into memory, so memory stays flat for any length and nothing
is left behind, even after a kill.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diarize.timeline import Span

__all__ = ["RATE_HZ", "Audio", "Samples", "clip"]

RATE_HZ = 16_000
Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Audio:
    """Decoded sound.

    Parameters
    ----------
    samples : ndarray of float32, shape (channels, n)
        In ±1; read-only.
    rate : int
        Hz; what `decode` gives is always at `RATE_HZ`.
    source_rate_hz : int
        What the file had: no spectral measure may claim more than half of it.
    mono : ndarray of float32, shape (n,)
        The channels' mean, or the louder channel where they cancel; read-only.
    """

    samples: Samples
    rate: int
    source_rate_hz: int
    mono: Samples

    @property
    def channels(self) -> int:
        """How many channels."""
        return int(self.samples.shape[0])

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return float(self.samples.shape[1]) / self.rate

    @classmethod
    def of(cls, samples: Samples, rate: int = RATE_HZ, *, source_rate_hz: int = 0) -> "Audio":
        """Wrap an array, (n,) or (channels, n), that is already in memory; it is copied."""
        kept = np.array(np.atleast_2d(samples), dtype=np.float32)
        mono = kept[0] if kept.shape[0] == 1 else kept.mean(axis=0, dtype=np.float32)
        kept.setflags(write=False)
        mono.setflags(write=False)
        return cls(kept, rate, source_rate_hz or rate, mono)


def clip(audio: Audio, span: Span) -> Samples:
    """Samples of a span, (channels, m), a view; the part outside the recording is left out."""
    start, end = (round(max(0.0, edge) * audio.rate) for edge in (span.start, span.end))
    return audio.samples[:, start:end]
