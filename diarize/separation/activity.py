"""Voice activity: how likely somebody is speaking, every 10 ms.

Conventions
-----------
Row i is centred at i * 0.01 s, like the frames of sound. Probabilities are 0 to 1 and never
NaN. Samples are 16 kHz, mono, in ±1. Digital silence, an empty array and one sample are valid
input.

The network is silero-vad's, with the weights shipped inside its package (nothing is fetched).
The package steps through a recording 32 ms at a time; here its layers run over a block of steps
at once, with the recurrent state handed from block to block, which gives the same numbers about
thirty times faster in memory that does not grow with the recording.
"""

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diarize.recording.audio import Audio
from diarize.recording.rows import HOP_S, runs
from diarize.runtime.memory import let_go
from diarize.runtime.threads import one_core
from diarize.settings import Activity
from diarize.timeline import Span

__all__ = ["HOP_S", "Probability", "Speech", "speech_probability", "speech_spans"]

Probability = NDArray[np.float32]

_RATE_HZ = 16_000
_HOP = 160  # samples between rows
_STEP = 512  # samples the network judges at a time
_CONTEXT = 64  # samples it sees before them
_PHASES = 2  # the step is slid this many times within itself for finer timing
_BLOCK = 1024  # steps at once


@dataclass(frozen=True, eq=False)
class Speech:
    """Where a recording has speech: heard once per channel, on first use, and shared.

    Parameters
    ----------
    audio : Audio
        At 16 kHz.
    rule : Activity
        What turns probability into stretches of speech.
    """

    audio: Audio
    rule: Activity = field(default_factory=Activity)

    @cached_property
    def probability(self) -> Probability:
        """Of the mono sound, shape (n,)."""
        return _read_only(speech_probability(self.audio.mono, self.audio.rate))

    @cached_property
    def by_channel(self) -> Probability:
        """Of every channel by itself, shape (channels, n)."""
        if self.audio.channels == 1:
            return self.probability[None]
        rows = [speech_probability(channel, self.audio.rate) for channel in self.audio.samples]
        return _read_only(np.stack(rows))

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """Stretches in which anybody speaks."""
        return speech_spans(self.probability, self.rule)


def _read_only(rows: Probability) -> Probability:
    rows.setflags(write=False)
    return rows


def speech_probability(
    samples: NDArray[np.float32], rate: int, *, block: int = _BLOCK
) -> Probability:
    """How likely somebody is speaking, every 10 ms.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
        In ±1; anything not finite counts as silence.
    rate : int
        Hz; 16 000, as `diarize.recording.audio.decode` gives it.
    block : int
        How many steps of 32 ms the network is given at once: memory follows from it, no number.

    Returns
    -------
    ndarray of float32, shape (n // 160 + 1,)
        0 to 1 at frames centred at 0, 0.01, 0.02 ... s.

    Raises
    ------
    ValueError
        If the rate is not 16 000 Hz or the samples are not one-dimensional.
    """
    if rate != _RATE_HZ or samples.ndim != 1:
        raise ValueError(f"voice activity needs (n,) samples at {_RATE_HZ} Hz")
    rows = len(samples) // _HOP + 1
    steps = -(-len(samples) // _STEP)
    if steps == 0:
        return np.zeros(rows, dtype=np.float32)
    judged = _judge(samples, steps, block)
    # A step's verdict belongs to the middle of its samples; phase k starts k/_PHASES earlier.
    shift = _STEP / _PHASES
    centres = (_STEP / 2 - shift * np.arange(_PHASES))[:, None] + _STEP * np.arange(steps + 1)
    order = np.argsort(centres, axis=None)
    at = np.arange(rows, dtype=np.float64) * _HOP
    values = np.interp(at, centres.ravel()[order], judged.ravel()[order])
    return np.clip(values, 0.0, 1.0).astype(np.float32)


def speech_spans(probability: Probability, rule: Activity | None = None) -> tuple[Span, ...]:
    """Stretches of speech in a row of probabilities.

    Parameters
    ----------
    probability : ndarray of float32, shape (n,)
        From `speech_probability`.
    rule : Activity, optional
        Thresholds.

    Returns
    -------
    tuple of Span
        Sorted, apart from each other; empty where there is no speech.
    """
    rule = rule or Activity()
    joined: list[tuple[float, float]] = []
    for start, end in _above(probability, rule):
        if joined and start - joined[-1][1] < rule.bridge_s:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple(Span(a, b) for a, b in joined if b - a >= rule.shortest_s)


def _above(probability: Probability, rule: Activity) -> list[tuple[float, float]]:
    """Stretches above the leaving threshold that reach the entering one, timing put right."""
    found = []
    for first, last in runs(probability >= rule.leave_probability):
        start = max(0.0, first * HOP_S - rule.late_start_s)
        end = (last - 1) * HOP_S
        if last < len(probability):  # an end at the recording's end is no end
            end -= rule.late_end_s
        if end > start and probability[first:last].max() >= rule.enter_probability:
            found.append((start, end))
    return found


def _judge(samples: NDArray[np.float32], steps: int, block: int) -> Probability:
    """Run the network over the whole recording at each phase, shape (phases, steps + 1)."""
    import torch

    network = _network()
    state = None
    verdicts = []
    with torch.inference_mode(), one_core():
        for first in range(0, steps + 1, block):
            count = min(block, steps + 1 - first)
            windows = np.stack([_windows(samples, first, count, k) for k in range(_PHASES)], axis=1)
            found, state = network(torch.from_numpy(windows), state)
            verdicts.append(found.numpy())
    return np.ascontiguousarray(np.concatenate(verdicts).T)


def _windows(samples: NDArray[np.float32], first: int, count: int, phase: int) -> Any:
    """Cut `count` overlapping steps with their context, (count, 576), zeros outside."""
    begin = first * _STEP - _CONTEXT - phase * _STEP // _PHASES
    end = begin + _CONTEXT + count * _STEP
    stretch = np.zeros(end - begin, dtype=np.float32)
    low, high = max(0, begin), min(len(samples), end)
    if low < high:
        stretch[low - begin : high - begin] = samples[low:high]
        let_go(samples)
    np.nan_to_num(stretch, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    np.clip(stretch, -1.0, 1.0, out=stretch)
    return np.lib.stride_tricks.sliding_window_view(stretch, _CONTEXT + _STEP)[::_STEP]


@lru_cache(maxsize=1)
def _network() -> Any:
    """Silero's 16 kHz network as one function over blocks, loaded once."""
    from importlib.util import find_spec
    from pathlib import Path

    import torch
    from torch.nn.functional import conv1d, pad

    # The file is found without importing the package, which would set torch's thread count.
    spec = find_spec("silero_vad")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(name="silero_vad")
    path = Path(spec.origin).parent / "data" / "silero_vad.jit"
    weights = torch.jit.load(str(path), map_location="cpu")._model.state_dict()
    recurrent = torch.nn.LSTM(128, 128)
    recurrent.load_state_dict(
        {
            f"{name}_l0": weights[f"decoder.rnn.{name}"]
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        }
    )

    def network(windows: Any, state: Any) -> tuple[Any, Any]:
        steps, phases, width = windows.shape
        sound = pad(windows.reshape(-1, 1, width), (0, _CONTEXT), mode="reflect")
        spectrum = conv1d(sound, weights["stft.forward_basis_buffer"], stride=128)
        layer = (spectrum[:, :129] ** 2 + spectrum[:, 129:] ** 2).sqrt()
        for i, stride in enumerate((1, 2, 2, 1)):
            kernel = (weights[f"encoder.{i}.reparam_conv.{part}"] for part in ("weight", "bias"))
            layer = conv1d(layer, *kernel, stride=stride, padding=1).relu()
        heard, state = recurrent(layer.reshape(steps, phases, 128), state)
        last = weights["decoder.decoder.2.weight"][0, :, 0]
        score = heard.relu() @ last + weights["decoder.decoder.2.bias"]
        return score.sigmoid(), state

    return network
