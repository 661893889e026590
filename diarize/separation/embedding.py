"""Voices as vectors: a small network trained to tell speakers apart.

Conventions
-----------
Frames are 10 ms apart; a vector describes the voice in a window of frames. The network's weights
come with the package Resemblyzer (Apache License 2.0), an ordinary dependency of the extra
``voices`` whose normal install holds them: its file is read where it was installed, with the hash
it is known by, as weights alone; nothing of its code is imported. Where the package is not
installed a window is described by its mel cepstrum, which tells voices apart less well.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from diarize.errors import Refused
from diarize.models.records import digest
from diarize.runtime import threads
from diarize.runtime.memory import let_go
from diarize.separation.standin import import_torchaudio
from diarize.settings import Voices

__all__ = [
    "WEIGHTS_SHA256",
    "Described",
    "describe",
    "describe_speech",
    "installed",
    "mel",
    "place",
    "stretch",
    "vectors_at",
]

WEIGHTS_SHA256 = "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e"
Array = NDArray[np.float32]

_RATE_HZ = 16_000
_HOP = 160
_FRAME = 400
_BANDS = 40
_BATCH = 64  # windows at once
_LEVEL = 1.5  # mean mel power the network hears every window at
_BLOCK_S = 60.0
Progress = Callable[[str, float | None], None]


@dataclass(frozen=True, eq=False)
class Described:
    """A recording whose speech is described by windows' vectors.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
        16 kHz.
    units : list of (int, int)
        Frames [first, last) of every stretch of speech, in order.
    centres : ndarray of int, shape (m,)
        Frames that the windows are centred at, rising.
    vectors : ndarray of float32, shape (m, 256)
        Of unit length.
    """

    samples: Array
    units: list[tuple[int, int]]
    centres: NDArray[np.int64]
    vectors: Array

    @cached_property
    def positions(self) -> NDArray[np.int64]:
        """Where the frames of speech are among all frames."""
        return np.concatenate([np.arange(a, b) for a, b in self.units])


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
        Vectors of unit length; every window is heard at the same level. Without the network:
        mean and spread of the mel cepstrum, shape (m, 38), not yet scaled to each other.
    """
    begin = int(centres[0]) - width // 2
    power = mel(samples, begin, int(centres[-1]) - begin + width)
    windows = np.stack([power[c - begin - width // 2 :][:width] for c in centres])
    level = windows.sum(axis=2).mean(axis=1)
    windows *= (_LEVEL / np.maximum(level, 1e-10))[:, None, None]
    if installed() is None:
        return _cepstrum(windows)
    encode = _encoder()
    batches = [windows[i : i + _BATCH] for i in range(0, len(windows), _BATCH)]
    return np.concatenate(threads.side_by_side(encode, batches))


def describe_speech(
    samples: Array,
    units: list[tuple[int, int]],
    rule: Voices,
    progress: Progress = lambda step, share: None,
) -> Described:
    """Describe windows at most `step_s` apart, one or more for every stretch of speech."""
    step = round(rule.step_s * 100)
    centres = np.concatenate(
        [np.linspace(a, b - 1, 2 * max(1, -(-(b - a) // step)) + 1).round()[1::2] for a, b in units]
    ).astype(np.int64)
    return Described(samples, units, centres, vectors_at(samples, centres, rule.window_s, progress))


def vectors_at(
    samples: Array,
    centres: NDArray[np.int64],
    window_s: float,
    progress: Progress = lambda step, share: None,
) -> Array:
    """Vectors of windows around some frames, (m, 256), a minute of the recording at a time."""
    block = round(_BLOCK_S * 100)
    found = []
    for first in range(0, int(centres[-1]) + 1, block):
        inside = centres[(centres >= first) & (centres < first + block)]
        if len(inside):
            found.append(describe(samples, inside, round(window_s * 100)))
        progress("stage.voices", min(1.0, (first + block) / (centres[-1] + 1)))
    return np.concatenate(found)


@lru_cache(maxsize=1)
def installed() -> Path | None:
    """Where the network's weights are installed; None where their package is not.

    Raises
    ------
    Refused
        If the file there is not the one this program knows.
    """
    path = place()
    if path is None:
        return None
    if digest(path) != WEIGHTS_SHA256:
        raise Refused("separator.encoder_changed")
    return path


def place() -> Path | None:
    """Where the weights lie, whatever they are; None where their package is not installed."""
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        path = Path(str(distribution("Resemblyzer").locate_file("resemblyzer/pretrained.pt")))
    except PackageNotFoundError:
        return None
    return path if path.is_file() else None


def _cepstrum(windows: Array) -> Array:
    """Mean and spread over each window of cepstral coefficients 1 to 19."""
    from scipy.fft import dct

    coefficients = dct(np.log(windows + 1e-6), axis=2, norm="ortho")[:, :, 1:20]
    both = [coefficients.mean(axis=1), coefficients.std(axis=1)]
    return np.asarray(np.concatenate(both, axis=1), dtype=np.float32)


def stretch(samples: Array, first: int, count: int) -> Array:
    """Cut `count` samples out, zeros outside the recording and where a sample is no number."""
    cut = np.zeros(count, dtype=np.float32)
    low, high = max(0, first), min(len(samples), first + count)
    if low < high:
        cut[low - first : high - first] = samples[low:high]
        let_go(samples)
    np.nan_to_num(cut, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    return np.clip(cut, -1.0, 1.0, out=cut)


def mel(samples: Array, begin: int, count: int) -> Array:
    """Mel power (count, 40) of frames of 10 ms from frame `begin`, zeros outside the recording."""
    from scipy.fft import rfft

    window, bank = _mel_bank()
    sound = stretch(samples, begin * _HOP - _FRAME // 2, (count - 1) * _HOP + _FRAME)
    frames = np.lib.stride_tricks.sliding_window_view(sound, _FRAME)[::_HOP]
    spectrum = rfft(frames * window, axis=1)
    return np.asarray((spectrum.real**2 + spectrum.imag**2) @ bank)


@lru_cache(maxsize=1)
def _mel_bank() -> tuple[Array, Array]:
    """Hann's window (400,) and Slaney's bands over its spectrum (201, 40).

    librosa's numbers; importing librosa takes 140 MB and two seconds, torchaudio is here anyway.
    """
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(_FRAME) / _FRAME)
    bands = import_torchaudio().functional.melscale_fbanks(
        _FRAME // 2 + 1, 0.0, _RATE_HZ / 2, _BANDS, _RATE_HZ, "slaney", "slaney"
    )
    return window.astype(np.float32), np.asarray(bands.numpy())


@lru_cache(maxsize=1)
def _encoder() -> Callable[[Array], Array]:
    """Three recurrent layers and a projection, (m, frames, 40) -> unit vectors (m, 256)."""
    import torch

    held = torch.load(installed(), map_location="cpu", weights_only=True)
    weights = held["model_state"]
    layers = torch.nn.LSTM(_BANDS, 256, 3, batch_first=True)
    layers.load_state_dict(
        {name[5:]: value for name, value in weights.items() if name.startswith("lstm.")}
    )

    def encode(windows: Array) -> Array:
        with torch.inference_mode():
            _, (last, _) = layers(torch.from_numpy(windows))
            vectors = (last[-1] @ weights["linear.weight"].T + weights["linear.bias"]).relu()
            vectors /= vectors.norm(dim=1, keepdim=True).clamp(min=1e-6)
            return np.asarray(vectors.numpy(), dtype=np.float32)

    return encode
