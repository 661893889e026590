"""The network of pyannote's segmentation-3.0, run from its tensors alone.

Conventions
-----------
Learnt band-pass filters over the waveform (SincNet), two convolutions, four recurrent layers both
ways and two linear ones (Bredin & Laurent 2021; Plaquet & Bredin 2023 for the classes). It gives
the numbers of ``pyannote.audio.models.segmentation.PyanNet`` without importing pyannote, which
takes three seconds and 300 MB.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

__all__ = ["network"]

_RATE_HZ, _TAPS = 16_000, 251
_LEAST_LOW_HZ = _LEAST_BAND_HZ = 50.0
_SLOPE = 0.01  # of the leaky rectifier
Tensors = Mapping[str, "torch.Tensor"]


def network(tensors: Tensors) -> Callable[["torch.Tensor"], "torch.Tensor"]:
    """Give the network as a function.

    Parameters
    ----------
    tensors : mapping
        By pyannote's names.

    Returns
    -------
    callable
        Log probabilities (batch, frames, 7) of waveforms (batch, 1, samples) at 16 kHz.
    """
    import torch
    import torch.nn.functional as F

    filters = _filters(tensors)
    recurrent = torch.nn.LSTM(60, 128, num_layers=4, bidirectional=True, batch_first=True)
    own = {k.removeprefix("lstm."): v for k, v in tensors.items() if k.startswith("lstm.")}
    recurrent.load_state_dict(own)
    recurrent.eval()

    def run(waveforms: "torch.Tensor") -> "torch.Tensor":
        x = _normed(waveforms, tensors, "wav_norm1d")
        x = F.conv1d(x, filters, stride=10).abs()
        x = F.leaky_relu(_normed(F.max_pool1d(x, 3), tensors, "norm1d.0"), _SLOPE)
        for i in (1, 2):
            name = f"sincnet.conv1d.{i}"
            x = F.conv1d(x, tensors[f"{name}.weight"], tensors[f"{name}.bias"])
            x = F.leaky_relu(_normed(F.max_pool1d(x, 3), tensors, f"norm1d.{i}"), _SLOPE)
        x, _ = recurrent(x.transpose(1, 2))
        for name in ("linear.0", "linear.1"):
            x = F.leaky_relu(
                F.linear(x, tensors[f"{name}.weight"], tensors[f"{name}.bias"]), _SLOPE
            )
        x = F.linear(x, tensors["classifier.weight"], tensors["classifier.bias"])
        return x.log_softmax(dim=-1)

    return run


def _normed(x: "torch.Tensor", tensors: Tensors, name: str) -> "torch.Tensor":
    import torch.nn.functional as F

    known = f"sincnet.{name}"
    return F.instance_norm(x, weight=tensors[f"{known}.weight"], bias=tensors[f"{known}.bias"])


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
