"""The network of pyannote's segmentation-3.0, run from its tensors alone.

Conventions
-----------
Learnt band-pass filters over the waveform (SincNet), two convolutions, four recurrent layers both
ways and two linear ones (Bredin & Laurent 2021; Plaquet & Bredin 2023 for the classes). It gives
the numbers of ``pyannote.audio.models.segmentation.PyanNet`` without importing pyannote, which
takes three seconds and 300 MB. Windows overlap, and three quarters of the filters' work with them:
a stretch of sound is filtered once, whatever windows are cut out of it. What levels a window (its
mean and spread) is put on what was filtered, which is the same, as filters are linear.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

__all__ = ["STRIDE", "Network", "network"]

STRIDE = 10  # samples between what the filters hear
_RATE_HZ, _TAPS = 16_000, 251
_LEAST_LOW_HZ = _LEAST_BAND_HZ = 50.0
_SLOPE = 0.01  # of the leaky rectifier
_LEAST_SPREAD = 1e-5  # pyannote's, added to a variance
Tensors = Mapping[str, "torch.Tensor"]
Network = Callable[["torch.Tensor", Sequence[int], int], "torch.Tensor"]


def network(tensors: Tensors) -> Network:
    """Give the network as a function.

    Parameters
    ----------
    tensors : mapping
        By pyannote's names.

    Returns
    -------
    callable
        Log probabilities (windows, frames, 7) of windows of a stretch of sound (samples,) at
        16 kHz, given the samples they begin at, multiples of `STRIDE`, and the samples of each.
    """
    import torch
    import torch.nn.functional as F

    filters = _filters(tensors)
    recurrent = torch.nn.LSTM(60, 128, num_layers=4, bidirectional=True, batch_first=True)
    own = {k.removeprefix("lstm."): v for k, v in tensors.items() if k.startswith("lstm.")}
    recurrent.load_state_dict(own)
    recurrent.eval()

    def run(sound: "torch.Tensor", begins: Sequence[int], length: int) -> "torch.Tensor":
        heard = F.conv1d(sound[None, None], filters, stride=STRIDE)[0]
        levelled = (_levelled(sound, heard, begin, length, filters, tensors) for begin in begins)
        x, _ = recurrent(torch.cat([_convolved(own, tensors) for own in levelled]).transpose(1, 2))
        for name in ("linear.0", "linear.1"):
            x = F.linear(x, tensors[f"{name}.weight"], tensors[f"{name}.bias"])
            x = F.leaky_relu_(x, _SLOPE)
        x = F.linear(x, tensors["classifier.weight"], tensors["classifier.bias"])
        return x.log_softmax(dim=-1)

    return run


def _convolved(x: "torch.Tensor", tensors: Tensors) -> "torch.Tensor":
    """Go from the filters of one window (80, n) to what is heard in turn, (1, 60, frames)."""
    import torch.nn.functional as F

    x = F.leaky_relu_(_normed(x[None], tensors, "norm1d.0"), _SLOPE)
    for i in (1, 2):
        name = f"sincnet.conv1d.{i}"
        x = F.conv1d(x, tensors[f"{name}.weight"], tensors[f"{name}.bias"])
        x = F.leaky_relu_(_normed(F.max_pool1d(x, 3), tensors, f"norm1d.{i}"), _SLOPE)
    return x


def _normed(x: "torch.Tensor", tensors: Tensors, name: str) -> "torch.Tensor":
    import torch.nn.functional as F

    known = f"sincnet.{name}"
    return F.instance_norm(x, weight=tensors[f"{known}.weight"], bias=tensors[f"{known}.bias"])


def _levelled(
    sound: "torch.Tensor",
    heard: "torch.Tensor",
    begin: int,
    length: int,
    filters: "torch.Tensor",
    tensors: Tensors,
) -> "torch.Tensor":
    """What the filters hear of one window at its own level, rectified, a third as often.

    Of ``gain * x + offset`` they hear as much of `x` and their own sums of the offset.
    """
    import torch.nn.functional as F

    window = sound[begin : begin + length]
    spread = (window.var(unbiased=False) + _LEAST_SPREAD).sqrt()
    gain = tensors["sincnet.wav_norm1d.weight"] / spread
    offset = tensors["sincnet.wav_norm1d.bias"] - gain * window.mean()
    first = begin // STRIDE
    own = heard[:, first : first + (length - _TAPS) // STRIDE + 1] * gain
    own += offset * filters.sum(dim=2)
    return F.max_pool1d(own.abs_(), 3)


def _filters(tensors: Tensors) -> "torch.Tensor":
    """Forty even and forty odd band-passes under a Hamming window, (80, 1, 251)."""
    import torch

    known = "sincnet.conv1d.0.filterbank"
    low = _LEAST_LOW_HZ + tensors[f"{known}.low_hz_"].abs()
    high = low + _LEAST_BAND_HZ + tensors[f"{known}.band_hz_"].abs()
    high = high.clamp(_LEAST_LOW_HZ, _RATE_HZ / 2)
    window, time = tensors[f"{known}.window_"], tensors[f"{known}.n_"]
    band = high - low
    even = (torch.sin(high @ time) - torch.sin(low @ time)) / (time / 2) * window
    odd = (torch.cos(low @ time) - torch.cos(high @ time)) / (time / 2) * window
    passes = [
        torch.cat([even, 2 * band, even.flip(1)], dim=1),
        torch.cat([odd, torch.zeros_like(band), -odd.flip(1)], dim=1),
    ]
    return (torch.cat(passes) / (2 * band.repeat(2, 1)))[:, None]
