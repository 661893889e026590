"""Voices as vectors: a small network trained to tell speakers apart.

Conventions
-----------
Frames are 10 ms apart; a vector describes the voice in a window of frames. The weights beside
this module (``voice_encoder.npz``) are Resemblyzer's, Apache License 2.0, see
``voice_encoder.LICENSE`` and ``benchmarks/pack_voice_encoder.py``. They are plain arrays: opening
them runs no code.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["WEIGHTS", "describe"]

WEIGHTS = Path(__file__).with_name("voice_encoder.npz")
Array = NDArray[np.float32]

_RATE_HZ = 16_000
_HOP = 160
_FRAME = 400
_BANDS = 40
_LEVEL = 1.5  # mean mel power the network hears every window at


def describe(samples: Array, centres: NDArray[np.int64], width: int) -> Array:
    """Describe whose voice sounds around some frames.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
        16 kHz; what lies outside the recording or is not finite is silence.
    centres : ndarray of int, shape (m,)
        Frames of 10 ms, rising, not many minutes apart: memory grows with their distance.
    width : int
        Frames in a window.

    Returns
    -------
    ndarray of float32, shape (m, 256)
        Vectors of unit length; every window is heard at the same level.
    """
    import torch

    begin = int(centres[0]) - width // 2
    mel = _mel(samples, begin, int(centres[-1]) - begin + width)
    windows = np.stack([mel[c - begin - width // 2 :][:width] for c in centres])
    power = windows.sum(axis=2).mean(axis=1)
    windows *= (_LEVEL / np.maximum(power, 1e-10))[:, None, None]
    encode = _encoder()
    with torch.inference_mode():
        batches = [
            encode(torch.from_numpy(windows[i : i + 64])) for i in range(0, len(windows), 64)
        ]
        return np.asarray(torch.cat(batches).numpy(), dtype=np.float32)


def _mel(samples: Array, begin: int, count: int) -> Array:
    """Mel power of `count` frames from frame `begin`, zeros outside the recording."""
    from scipy.fft import rfft

    first = begin * _HOP - _FRAME // 2
    stretch = np.zeros((count - 1) * _HOP + _FRAME, dtype=np.float32)
    low, high = max(0, first), min(len(samples), first + len(stretch))
    if low < high:
        stretch[low - first : high - first] = samples[low:high]
    np.nan_to_num(stretch, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    np.clip(stretch, -1.0, 1.0, out=stretch)
    frames = np.lib.stride_tricks.sliding_window_view(stretch, _FRAME)[::_HOP]
    window = np.hanning(_FRAME + 1)[:-1].astype(np.float32)
    spectrum = rfft(frames * window, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    return np.asarray(power @ _mel_bank().T, dtype=np.float32)


@lru_cache(maxsize=1)
def _mel_bank() -> Array:
    """Triangular bands (40, 201) of equal area on Slaney's mel scale, 0 to 8 kHz."""
    mels = np.linspace(0.0, 15.0 + 27.0 * np.log(8.0) / np.log(6.4), _BANDS + 2)
    edges = np.where(mels < 15.0, mels * 200.0 / 3.0, 1000.0 * 6.4 ** ((mels - 15.0) / 27.0))
    hertz = np.fft.rfftfreq(_FRAME, 1.0 / _RATE_HZ)[None]
    left, peak, right = (edges[i : i + _BANDS, None] for i in range(3))
    rise, fall = (hertz - left) / (peak - left), (right - hertz) / (right - peak)
    bank = np.maximum(0.0, np.minimum(rise, fall)) * 2.0 / (right - left)
    return np.asarray(bank, dtype=np.float32)


@lru_cache(maxsize=1)
def _encoder() -> Any:
    """Three recurrent layers and a projection, (m, frames, 40) -> unit vectors (m, 256)."""
    import torch

    with np.load(WEIGHTS, allow_pickle=False) as packed:
        weights = {name: torch.from_numpy(packed[name].astype(np.float32)) for name in packed.files}
    layers = torch.nn.LSTM(_BANDS, 256, 3, batch_first=True)
    layers.load_state_dict(
        {name[5:]: value for name, value in weights.items() if name.startswith("lstm.")}
    )

    def encode(windows: Any) -> Any:
        _, (last, _) = layers(windows)
        vectors = (last[-1] @ weights["linear.weight"].T + weights["linear.bias"]).relu()
        return vectors / vectors.norm(dim=1, keepdim=True).clamp(min=1e-6)

    return encode
