"""The CAM++ speaker embedding: what a voice sounds like, as 192 numbers.

Conventions
-----------
The network is that of Wang et al. 2023 (CAM++: A Fast and Efficient Network for Speaker
Verification Using Context-Aware Masking, Interspeech), run from its tensors alone. Sound is 16 kHz
mono float32 in ±1; its features are 80 log mel energies every 10 ms over 25 ms (Kaldi's filter
bank, without dither), less their mean. Two stretches of one voice have vectors with a high cosine,
whatever their length; below about a quarter of a second the vector says little. Normalisations
that follow a convolution are part of its weights (`folded`), and after the two-dimensional layers
a stretch is a matrix (frames, channels), so that what is left is products of matrices.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from diarize.runtime.memory import let_go
from diarize.runtime.threads import side_by_side
from diarize.timeline import Span

if TYPE_CHECKING:
    import torch

__all__ = ["SIZE", "Sounds", "embed", "features", "folded"]

SIZE = 192
_RATE_HZ = 16_000
_WINDOW, _MELS = 400, 80
_CONTEXT = 100  # frames of a second at half the rate: the segment a mask looks at
_DILATION = {1: 1, 2: 2, 3: 2}
_TINY = 1e-5  # the network's, added to a variance

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
        The network's, by name, folded.
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
        heard = features(self.samples[slice(*cut)])
        let_go(self.samples)
        return embed(heard, self.tensors)


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


def folded(tensors: Tensors) -> Tensors:
    """Make every normalisation part of the convolution before it, or a factor and a shift.

    Parameters
    ----------
    tensors : mapping
        The network's, by its own names.

    Returns
    -------
    mapping
        The same network for :func:`embed`.
    """
    found = dict(tensors)
    for known in [name for name in tensors if name.endswith(".running_var")]:
        norm = known.removesuffix(".running_var")
        scale = (tensors[known] + _TINY).rsqrt() * tensors.get(f"{norm}.weight", 1.0)
        shift = tensors.get(f"{norm}.bias", 0.0) - tensors[f"{norm}.running_mean"] * scale
        before = _before(norm, tensors)
        if before is None:
            found[f"{norm}.scale"], found[f"{norm}.shift"] = scale, shift
        else:
            weight = tensors[f"{before}.weight"]
            found[f"{before}.weight"] = weight * scale.view(-1, *[1] * (weight.ndim - 1))
            found[f"{before}.bias"] = shift
    return {name: _laid_out(name, tensor) for name, tensor in found.items()}


def _laid_out(name: str, tensor: "torch.Tensor") -> "torch.Tensor":
    """Lay weights as they are multiplied: channels side by side in planes, taps one by one."""
    import torch

    if tensor.ndim == 4:
        return tensor.contiguous(memory_format=torch.channels_last)
    return tensor.permute(2, 1, 0).contiguous() if name.endswith(_TAPS) else tensor


_TAPS = ".linear_local.weight"
_FOLLOWS = (
    (".bn", ".conv"),
    (".shortcut.1", ".shortcut.0"),
    ("tdnn.nonlinear.batchnorm", "tdnn.linear"),
    ("dense.nonlinear.batchnorm", "dense.linear"),
    (".nonlinear2.batchnorm", ".linear1"),
)


def _before(norm: str, tensors: Tensors) -> str | None:
    """Name the convolution that a normalisation follows; None where it follows a sum or a cut."""
    names = (norm.replace(own, other) for own, other in _FOLLOWS if own in norm)
    return next((name for name in names if f"{name}.weight" in tensors), None)


def embed(rows: Features, tensors: Tensors) -> NDArray[np.float32]:
    """Describe a stretch of sound.

    Parameters
    ----------
    rows : ndarray of float32, shape (frames, 80)
        From :func:`features`.
    tensors : mapping
        The network's, from :func:`folded`.

    Returns
    -------
    ndarray of float32, shape (192,)
        Of length 1.
    """
    import torch
    import torch.nn.functional as F

    with torch.inference_mode():
        x = _head(torch.from_numpy(rows).T[None, None], tensors)
        x = _convolved(F.conv1d, x, tensors, "xvector.tdnn.linear", stride=2, padding=2).relu_()
        x = x[0].T
        for block in (1, 2, 3):
            x = _dense(x, tensors, block)
            x = _active(x, tensors, f"xvector.transit{block}.nonlinear.batchnorm")
            x = F.linear(x, tensors[f"xvector.transit{block}.linear.weight"][:, :, 0])
        x = _active(x, tensors, "xvector.out_nonlinear.batchnorm")
        x = torch.cat([x.mean(dim=0), x.std(dim=0, unbiased=True)])
        name = "xvector.dense.linear"
        x = F.linear(x, tensors[f"{name}.weight"][:, :, 0], tensors[f"{name}.bias"])
        return np.asarray(F.normalize(x, dim=0).numpy())


def _convolved(
    how: Callable[..., "torch.Tensor"], x: "torch.Tensor", tensors: Tensors, name: str, **where: Any
) -> "torch.Tensor":
    return how(x, tensors[f"{name}.weight"], tensors[f"{name}.bias"], **where)


def _active(x: "torch.Tensor", tensors: Tensors, norm: str) -> "torch.Tensor":
    import torch

    return torch.addcmul(tensors[f"{norm}.shift"], x, tensors[f"{norm}.scale"]).relu_()


def _head(x: "torch.Tensor", tensors: Tensors) -> "torch.Tensor":
    """Two-dimensional residual convolutions over mel and time; mel is halved three times."""
    import torch.nn.functional as F

    x = _convolved(F.conv2d, x, tensors, "head.conv1", padding=1).relu_()
    for layer in (1, 2):
        for unit in (0, 1):
            x = _residual(x, tensors, f"head.layer{layer}.{unit}", 2 if unit == 0 else 1)
    x = _convolved(F.conv2d, x, tensors, "head.conv2", stride=(2, 1), padding=1)
    return x.relu_().flatten(1, 2)


def _residual(x: "torch.Tensor", tensors: Tensors, name: str, stride: int) -> "torch.Tensor":
    import torch.nn.functional as F

    steps = (stride, 1)
    y = _convolved(F.conv2d, x, tensors, f"{name}.conv1", stride=steps, padding=1).relu_()
    y = _convolved(F.conv2d, y, tensors, f"{name}.conv2", padding=1)
    if f"{name}.shortcut.0.weight" in tensors:
        x = _convolved(F.conv2d, x, tensors, f"{name}.shortcut.0", stride=steps)
    return y.add_(x).relu_()


def _dense(x: "torch.Tensor", tensors: Tensors, block: int) -> "torch.Tensor":
    """Layers that each see all before them: (frames, channels) to as many frames, more channels."""
    import torch.nn.functional as F

    units: list[str] = []
    while f"{(name := f'xvector.block{block}.tdnnd{len(units) + 1}')}.linear1.weight" in tensors:
        units.append(name)
    grown = tensors[f"{units[0]}.cam_layer{_TAPS}"].shape[2]
    width = x.shape[1]
    room = x.new_empty(len(x), width + grown * len(units))
    room[:, :width] = x
    for name in units:
        y = _active(room[:, :width], tensors, f"{name}.nonlinear1.batchnorm")
        weight = tensors[f"{name}.linear1.weight"][:, :, 0]
        y = F.linear(y, weight, tensors[f"{name}.linear1.bias"]).relu_()
        room[:, width : width + grown] = _masked(y, tensors, f"{name}.cam_layer", _DILATION[block])
        width += grown
    return room


def _masked(x: "torch.Tensor", tensors: Tensors, name: str, dilation: int) -> "torch.Tensor":
    """Convolve along time; a mask from the stretch and its seconds says what matters.

    The mask is the same for all frames of a second.
    """
    import torch
    import torch.nn.functional as F

    padded = F.pad(x, (0, 0, dilation, dilation))
    taps = tensors[f"{name}{_TAPS}"]
    shifted = (padded[k * dilation :][: len(x)] for k in range(len(taps)))
    local = sum(part @ tap for part, tap in zip(shifted, taps, strict=True))
    context = x.mean(dim=0) + torch.stack([own.mean(dim=0) for own in x.split(_CONTEXT)])
    for step in ("linear1", "linear2"):
        weight, bias = (tensors[f"{name}.{step}.{part}"] for part in ("weight", "bias"))
        context = F.linear(context, weight[:, :, 0], bias)
        context = context.relu_() if step == "linear1" else context.sigmoid_()
    return local * context.repeat_interleave(_CONTEXT, dim=0)[: len(x)]
