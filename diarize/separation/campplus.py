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
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from diarize.runtime.threads import side_by_side
from diarize.timeline import Span

if TYPE_CHECKING:
    import torch

__all__ = ["SIZE", "Sounds", "embed", "features"]

SIZE = 192
_RATE_HZ = 16_000
_WINDOW, _MELS = 400, 80
_CONTEXT = 100  # frames of a second at half the rate: the segment a mask looks at
_DILATION = {1: 1, 2: 2, 3: 2}

Features = NDArray[np.float32]
Tensors = Mapping[str, "torch.Tensor"]


@dataclass(frozen=True, slots=True, eq=False)
class Sounds:
    """Stretches of one recording, each described once, whoever asks for it.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
        At 16 kHz, in ±1.
    tensors : mapping
        The network's, by name.
    """

    samples: NDArray[np.float32]
    tensors: Tensors
    _known: dict[tuple[int, int], NDArray[np.float32]] = field(default_factory=dict)

    def of(self, spans: Sequence[Span], most_s: float) -> list[NDArray[np.float32]]:
        """Give the vectors (192,) of stretches, at most `most_s` seconds of each."""
        cuts = [self._cut(span, most_s) for span in spans]
        new = [cut for cut in dict.fromkeys(cuts) if cut not in self._known]
        self._known.update(zip(new, side_by_side(self._described, new), strict=True))
        return [self._known[cut] for cut in cuts]

    @staticmethod
    def _cut(span: Span, most_s: float) -> tuple[int, int]:
        first = round(span.start * _RATE_HZ)
        return first, first + round(min(span.duration, most_s) * _RATE_HZ)

    def _described(self, cut: tuple[int, int]) -> NDArray[np.float32]:
        return np.asarray(embed([features(self.samples[slice(*cut)])], self.tensors)[0])


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
    import torch

    from diarize.separation.standin import import_torchaudio

    import_torchaudio()
    from torchaudio.compliance.kaldi import fbank

    heard = torch.tensor(samples) * 32768.0  # Kaldi reads 16-bit numbers
    mel = fbank(heard[None], num_mel_bins=_MELS, sample_frequency=_RATE_HZ, dither=0.0)
    return np.asarray((mel - mel.mean(dim=0)).numpy(), dtype=np.float32)


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
