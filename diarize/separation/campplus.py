"""The CAM++ speaker embedding: what a voice sounds like, as 192 numbers.

Conventions
-----------
The network is that of Wang et al. 2023 (CAM++: A Fast and Efficient Network for Speaker
Verification Using Context-Aware Masking, Interspeech), run from its tensors alone. Sound is 16 kHz
mono float32 in ±1; its features are 80 log mel energies every 10 ms over 25 ms (Kaldi's filter
bank, without dither), less their mean. Two stretches of one voice have vectors with a high cosine,
whatever their length; below about a quarter of a second the vector says little.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

__all__ = ["SIZE", "embed", "features"]

SIZE = 192
_RATE_HZ = 16_000
_WINDOW, _HOP, _FFT, _MELS = 400, 160, 512, 80
_LOWEST_HZ = 20.0
_CONTEXT = 100  # frames of a second at half the rate: the segment a mask looks at
_DILATION = {1: 1, 2: 2, 3: 2}

Features = NDArray[np.float32]
Tensors = Mapping[str, "torch.Tensor"]


def features(samples: NDArray[np.float32]) -> Features:
    """Give the log mel energies of a stretch of sound.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
        At 16 kHz, in ±1.

    Returns
    -------
    ndarray of float32, shape (frames, 80)
        Less their mean over the stretch; no frame where it is shorter than 25 ms.
    """
    if samples.size < _WINDOW:
        return np.empty((0, _MELS), dtype=np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP].astype(np.float64)
    frames = frames * 32768.0  # Kaldi reads 16-bit numbers
    frames -= frames.mean(axis=1, keepdims=True)
    frames[:, 1:] -= 0.97 * frames[:, :-1]
    frames[:, 0] *= 1 - 0.97
    spectrum = np.abs(np.fft.rfft(frames * _povey(), _FFT)) ** 2
    energy = spectrum[:, : _FFT // 2] @ _banks().T
    mel = np.log(np.maximum(energy, np.finfo(np.float32).eps))
    return np.asarray(mel - mel.mean(axis=0), dtype=np.float32)


@cache
def _povey() -> NDArray[np.float64]:
    return np.asarray(np.hanning(_WINDOW) ** 0.85)


@cache
def _banks() -> NDArray[np.float64]:
    """Triangles even on the mel scale 1127 ln(1 + f / 700), shape (80, 256)."""

    def mel(hz: NDArray[Any] | float) -> NDArray[np.float64]:
        return np.asarray(1127.0 * np.log(1.0 + np.asarray(hz) / 700.0))

    low, high = mel(_LOWEST_HZ), mel(_RATE_HZ / 2)
    edges = low + (high - low) / (_MELS + 1) * np.arange(_MELS + 2)
    bins = mel(_RATE_HZ / _FFT * np.arange(_FFT // 2))
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0.0, np.minimum(rising, falling))


def embed(batch: Sequence[Features], tensors: Tensors) -> NDArray[np.float32]:
    """Describe several stretches of sound.

    Parameters
    ----------
    batch : sequence of ndarray, each of shape (frames, 80)
        From :func:`features`, all of one length.
    tensors : mapping
        The network's, by name.

    Returns
    -------
    ndarray of float32, shape (len(batch), 192)
        Of length 1 each.
    """
    import torch
    import torch.nn.functional as F

    with torch.inference_mode():
        x = torch.from_numpy(np.stack(batch)).transpose(1, 2)
        x = _head(x, tensors)
        x = F.conv1d(x, tensors["xvector.tdnn.linear.weight"], stride=2, padding=2)
        x = _active(x, tensors, "xvector.tdnn.nonlinear.batchnorm")
        for block in (1, 2, 3):
            x = _dense(x, tensors, block)
            x = _active(x, tensors, f"xvector.transit{block}.nonlinear.batchnorm")
            x = F.conv1d(x, tensors[f"xvector.transit{block}.linear.weight"])
        x = _active(x, tensors, "xvector.out_nonlinear.batchnorm")
        pooled = torch.cat([x.mean(dim=2), x.std(dim=2, unbiased=True)], dim=1).unsqueeze(2)
        x = F.conv1d(pooled, tensors["xvector.dense.linear.weight"])
        x = _normed(x, tensors, "xvector.dense.nonlinear.batchnorm")
        return np.asarray(F.normalize(x.squeeze(2), dim=1).numpy())


def _normed(x: "torch.Tensor", tensors: Tensors, name: str) -> "torch.Tensor":
    import torch.nn.functional as F

    mean, var = tensors[f"{name}.running_mean"], tensors[f"{name}.running_var"]
    return F.batch_norm(x, mean, var, tensors.get(f"{name}.weight"), tensors.get(f"{name}.bias"))


def _active(x: "torch.Tensor", tensors: Tensors, name: str) -> "torch.Tensor":
    return _normed(x, tensors, name).relu()


def _head(x: "torch.Tensor", tensors: Tensors) -> "torch.Tensor":
    """Two-dimensional residual convolutions over mel and time; mel is halved three times."""
    import torch.nn.functional as F

    x = F.conv2d(x.unsqueeze(1), tensors["head.conv1.weight"], padding=1)
    x = _active(x, tensors, "head.bn1")
    for layer in (1, 2):
        for unit in (0, 1):
            x = _residual(x, tensors, f"head.layer{layer}.{unit}", 2 if unit == 0 else 1)
    x = F.conv2d(x, tensors["head.conv2.weight"], stride=(2, 1), padding=1)
    return _active(x, tensors, "head.bn2").flatten(1, 2)


def _residual(x: "torch.Tensor", tensors: Tensors, name: str, stride: int) -> "torch.Tensor":
    import torch.nn.functional as F

    y = F.conv2d(x, tensors[f"{name}.conv1.weight"], stride=(stride, 1), padding=1)
    y = _active(y, tensors, f"{name}.bn1")
    y = _normed(F.conv2d(y, tensors[f"{name}.conv2.weight"], padding=1), tensors, f"{name}.bn2")
    if f"{name}.shortcut.0.weight" in tensors:
        x = F.conv2d(x, tensors[f"{name}.shortcut.0.weight"], stride=(stride, 1))
        x = _normed(x, tensors, f"{name}.shortcut.1")
    return (x + y).relu()


def _dense(x: "torch.Tensor", tensors: Tensors, block: int) -> "torch.Tensor":
    """Layers that each see all before them."""
    import torch
    import torch.nn.functional as F

    unit = 1
    while f"xvector.block{block}.tdnnd{unit}.linear1.weight" in tensors:
        name = f"xvector.block{block}.tdnnd{unit}"
        y = _active(x, tensors, f"{name}.nonlinear1.batchnorm")
        y = F.conv1d(y, tensors[f"{name}.linear1.weight"])
        y = _active(y, tensors, f"{name}.nonlinear2.batchnorm")
        x = torch.cat([x, _masked(y, tensors, f"{name}.cam_layer", _DILATION[block])], dim=1)
        unit += 1
    return x


def _masked(x: "torch.Tensor", tensors: Tensors, name: str, dilation: int) -> "torch.Tensor":
    """Convolve along time; a mask from the stretch and its seconds says what matters."""
    import torch.nn.functional as F

    local = F.conv1d(x, tensors[f"{name}.linear_local.weight"], padding=dilation, dilation=dilation)
    seconds = F.avg_pool1d(x, _CONTEXT, stride=_CONTEXT, ceil_mode=True)
    seconds = seconds.repeat_interleave(_CONTEXT, dim=2)[..., : x.shape[2]]
    context = x.mean(dim=2, keepdim=True) + seconds
    mask = F.conv1d(context, tensors[f"{name}.linear1.weight"], tensors[f"{name}.linear1.bias"])
    mask = F.conv1d(mask.relu(), tensors[f"{name}.linear2.weight"], tensors[f"{name}.linear2.bias"])
    return local * mask.sigmoid()
