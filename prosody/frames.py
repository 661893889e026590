"""How it sounded, every 10 ms: pitch, level, spectrum and voice quality.

Conventions
-----------
Row i is centred at ``time_s[i] = i * hop_s``. What cannot be measured is NaN: F0 in unvoiced
frames, everything in digital silence, spectral columns above the recording's band. One column
is (n,), or (channels, n) for recordings with a channel per person.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from diarize.audio import Audio

__all__ = ["Frames", "measure"]

Column = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """Frame features; names, units and order are those of frames.npz."""

    time_s: Column
    f0_hz: Column
    voicing: Column
    level_db: Column
    loudness: Column
    alpha_ratio_db: Column
    harmonic_alpha_ratio_db: Column
    hammarberg_db: Column
    slope_0_500_db_per_khz: Column
    slope_500_1500_db_per_khz: Column
    hf500_db: Column
    hnr_db: Column
    cpp_db: Column
    h1_h2_db: Column
    flux: Column
    noise_floor_db: Column
    syllable: Column
    speech: Column
    hop_s: float = 0.01
    sample_rate_hz: int = 16_000

    def channel(self, index: int | None) -> "Frames":
        """Give one channel's columns, each (n,); a mono recording gives them as they are."""
        if index is None or self.f0_hz.ndim == 1:
            return self
        columns = {
            f.name: getattr(self, f.name)[index]
            if getattr(getattr(self, f.name), "ndim", 0) == 2
            else getattr(self, f.name)
            for f in fields(self)
        }
        return Frames(**columns)


def measure(audio: Audio, *, speech: Column | None = None, per_channel: bool = False) -> Frames:
    """Measure every frame of decoded audio.

    Parameters
    ----------
    audio : Audio
        At 16 kHz.
    speech : ndarray of float32, shape (n,) or (channels, n), optional
        Voice-activity probability per 10 ms frame from `diarize.activity`; NaN column without it.
    per_channel : bool
        Measure each channel for itself instead of the mono mix.
    """
    raise NotImplementedError
