"""Who speaks in every frame, both at once included, given two voices already found.

Conventions
-----------
Frames are 20 ms apart, frame i centred at i * 0.02 s. Every frame is in one of four states:
nobody, the first voice, the second voice, both. The first pass (see `diarize.voices`) says what
the two voices sound like; a small network of dilated convolutions then judges each frame from
what is heard around it. Its weights lie beside this module, fitted by ``benchmarks/overlap.py``.

The evidence of a frame is the log mel spectrum, the voice activity, and how the frame compares
with each voice: cosines of the encoder's vectors, a discriminant fitted to the first pass's
frames, distances of its pitch to the voices' pitches, a second pitch when the first is taken
away, and the mean spectra of both voices.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diarize import encoder

__all__ = [
    "COLUMNS",
    "HOP_S",
    "LAYERS",
    "STATES",
    "WEIGHTS",
    "FirstPass",
    "Heard",
    "evidence",
    "listen",
    "network",
    "posterior",
    "settle",
    "swapped",
]

HOP_S = 0.02
STATES = 4  # nobody, first voice, second voice, both
LAYERS = 6
COLUMNS = 51
WEIGHTS = Path(__file__).with_suffix(".npz")

Array = NDArray[np.float32]

_HOP = 320
_BANDS = 40
_PITCH_WINDOW = 1024
_LAGS = (40, 214)  # 400 to 75 Hz at 16 kHz
_BLOCK = 3000  # frames at once
_FLOOR = 1e-4  # of the mean power of speech: 40 dB under it
# Columns: 0-39 mel, 40 activity, 41 lean, 42-43 cosines, 44 discriminant, 45 strength, 46 rest,
# then pitch and second pitch against the first voice (47, 48) and the second (49, 50).
_LEANS = [41, 44]
_PAIRS = [42, 43]
_OTHER_PAIRS = [47, 48, 49, 50]
_AROUND = 4  # frames either side that the discriminant averages


@dataclass(frozen=True, slots=True, eq=False)
class FirstPass:
    """What is known of two voices before.

    Parameters
    ----------
    labels : ndarray of int, shape (n,)
        Per frame: -1 where nobody speaks, 0 or 1 for the voice.
    speech : ndarray of float32, shape (n,)
        Voice activity, 0 to 1.
    cosines : ndarray of float32, shape (n, 2)
        Of the sound around a frame and each voice; 0 where nobody speaks.
    likeness : float
        Cosine of the two voices.
    """

    labels: NDArray[np.int64]
    speech: Array
    cosines: Array
    likeness: float


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """What is measured of the sound, whoever speaks.

    Parameters
    ----------
    mel : ndarray of float32, shape (n, 40)
        Mel power.
    periods : ndarray of float32, shape (n, 4)
        Strength and octave of the period, then of what a comb leaves of it.
    """

    mel: Array
    periods: Array


def listen(samples: Array, count: int) -> Heard:
    """Measure `count` frames of a recording at 16 kHz, in blocks."""
    mel, periods = [], []
    for first in range(0, count, _BLOCK):
        some = min(_BLOCK, count - first)
        power = encoder.mel(samples, 2 * first, 2 * some)
        mel.append(power.reshape(some, 2, _BANDS).mean(axis=1))
        periods.append(_periods(samples, first, some))
    return Heard(np.concatenate(mel), np.concatenate(periods))


def evidence(heard: Heard, known: FirstPass) -> tuple[Array, Array]:
    """Evidence per frame, and what stays the same throughout.

    Parameters
    ----------
    heard : Heard
    known : FirstPass
        Of as many frames.

    Returns
    -------
    moving : ndarray of float32, shape (n, 51)
    steady : ndarray of float32, shape (80,)
        Mean spectra of the first and the second voice.
    """
    mel = _log_mel(heard.mel, known.labels >= 0)
    steady = np.stack([_mean(mel, known.labels == k) for k in (0, 1)])
    scale = 1.0 / max(1.0 - known.likeness, 0.02)
    lean = (known.cosines[:, 0] - known.cosines[:, 1]) * scale
    columns = [
        mel,
        2.0 * known.speech[:, None] - 1.0,
        lean[:, None],
        known.cosines * 2.0 - 1.0,
        _discriminant(mel, known.labels)[:, None],
        _pitches(heard.periods, known.labels),
    ]
    moving = np.concatenate(columns, axis=1, dtype=np.float32)
    return np.clip(moving, -4.0, 4.0, out=moving), steady.ravel().astype(np.float32)


def _log_mel(power: Array, spoken: NDArray[np.bool_]) -> Array:
    """Log mel spectrum relative to the mean of speech, in units of three nepers."""
    floor = _FLOOR * float(power[spoken].mean() if spoken.any() else 1e-6) + 1e-12
    logs = np.log(power + np.float32(floor))
    return np.asarray((logs - _mean(logs, spoken)) / np.float32(3.0))


def _mean(rows: Array, chosen: NDArray[np.bool_]) -> Array:
    if not chosen.any():
        return np.zeros(rows.shape[1], dtype=np.float32)
    return np.asarray(rows[chosen].mean(axis=0))


def _discriminant(mel: Array, labels: NDArray[np.int64]) -> Array:
    """Project spectra on the line that best tells the first pass's voices apart, +1 and -1."""
    from scipy.ndimage import uniform_filter1d

    smooth = uniform_filter1d(mel, 2 * _AROUND + 1, axis=0, mode="nearest")
    rows = np.concatenate([mel, smooth], axis=1)
    chosen = [rows[labels == k] for k in (0, 1)]
    if min(len(some) for some in chosen) < 10:
        return np.zeros(len(mel), dtype=np.float32)
    means = [some.mean(axis=0) for some in chosen]
    spreads = np.stack([np.cov(some.T, bias=True) for some in chosen])
    within = spreads.mean(axis=0) + 0.02 * np.eye(rows.shape[1])
    line = np.linalg.solve(within, means[0] - means[1])
    middle = (means[0] + means[1]) / 2.0
    half = float(line @ (means[0] - middle))
    return np.asarray((rows - middle) @ line / max(half, 1e-6), dtype=np.float32)


def _pitches(periods: Array, labels: NDArray[np.int64]) -> Array:
    """How periodic, distance of the pitch to each voice's, and the same of what is left over."""
    strength, octave, rest, second = periods.T
    columns = [strength * 2.0 - 1.0, rest * 2.0 - 1.0]
    for k in (0, 1):
        own = octave[(labels == k) & (strength > 0.5)]
        middle = float(np.median(own)) if len(own) else 0.0
        columns += [(octave - middle) * (strength > 0.3), (second - middle) * (rest > 0.2)]
    return np.stack(columns, axis=1).astype(np.float32)


def _periods(samples: Array, first: int, count: int) -> Array:
    """Strength and octave of the period of each frame, then of what a comb leaves of it."""
    from scipy.fft import irfft, rfft

    begin = first * _HOP - _PITCH_WINDOW // 2
    stretch = encoder.stretch(samples, begin, (count - 1) * _HOP + _PITCH_WINDOW)
    frames = np.lib.stride_tricks.sliding_window_view(stretch, _PITCH_WINDOW)[::_HOP]
    window = np.hanning(_PITCH_WINDOW).astype(np.float32)
    spectrum = rfft(frames * window, 2 * _PITCH_WINDOW, axis=1)
    power = np.abs(spectrum)
    power[:, 230:] = 0.0  # above 1.8 kHz
    power[:, :8] = 0.0
    low, high = _LAGS
    row = irfft(power, axis=1)[:, : 2 * high + 1]
    row /= np.maximum(row[:, :1], 1e-9)
    lag = low + row[:, low:high].argmax(axis=1)
    at = np.arange(count)
    strength = row[at, lag]
    lags = np.arange(low, high)[None]
    left = (
        2.0 * row[:, low:high]
        - np.take_along_axis(row, np.abs(lags - lag[:, None]), axis=1)
        - np.take_along_axis(row, lags + lag[:, None], axis=1)
    )
    left /= np.maximum(2.0 - 2.0 * strength, 0.1)[:, None]
    other = left.argmax(axis=1)
    return np.stack(
        [strength, np.log2(107.0 / lag), left[at, other], np.log2(107.0 / (low + other))], axis=1
    ).astype(np.float32)


def swapped(moving: Array, steady: Array) -> tuple[Array, Array]:
    """Evidence as it would be if the first voice were the second."""
    rows = moving.copy()
    rows[:, _LEANS] *= -1.0
    rows[:, _PAIRS] = moving[:, _PAIRS[::-1]]
    rows[:, _OTHER_PAIRS] = moving[:, [49, 50, 47, 48]]
    return rows, np.roll(steady, _BANDS)


# The network -----------------------------------------------------------------------------------


def posterior(moving: Array, steady: Array) -> Array:
    """Probability of each state in every frame, (frames, 4).

    Parameters
    ----------
    moving, steady : ndarray
        From `evidence`.
    """
    import torch

    weights, blocks = _weights(), []
    reach = 2 * (2**LAYERS - 1)
    with torch.inference_mode():
        for first in range(0, len(moving), _BLOCK):
            low, high = max(0, first - reach), min(len(moving), first + _BLOCK + reach)
            rows = torch.from_numpy(moving[low:high].copy())
            logits = network(rows[None], torch.from_numpy(steady)[None], weights)[0]
            blocks.append(logits.softmax(1).numpy()[first - low :][:_BLOCK])
    return np.concatenate(blocks) if blocks else np.zeros((0, STATES), dtype=np.float32)


def network(moving: Any, steady: Any, weights: Mapping[str, Any]) -> Any:
    """Scores of the states, (batch, frames, 4), from (batch, frames, 51) and (batch, 80).

    A layer of the width of the weights, then residual convolutions over five frames, each
    twice as far apart as the last.
    """
    from torch.nn.functional import conv1d

    constant = (steady @ weights["steady"].T)[:, None]
    layer = (moving @ weights["enter"].T + weights["enter_bias"] + constant).relu().transpose(1, 2)
    for i in range(LAYERS):
        apart = 2**i
        heard = conv1d(
            layer, weights[f"wide.{i}"], weights[f"wide_bias.{i}"], padding=2 * apart,
            dilation=apart,
        ).relu()  # fmt: skip
        layer = layer + conv1d(heard, weights[f"mix.{i}"], weights[f"mix_bias.{i}"])
    return layer.transpose(1, 2) @ weights["leave"].T + weights["leave_bias"]


@lru_cache(maxsize=1)
def _weights() -> Mapping[str, Any]:
    import torch

    with np.load(WEIGHTS, allow_pickle=False) as held:
        return {name: torch.from_numpy(held[name].astype(np.float32)) for name in held.files}


# Deciding --------------------------------------------------------------------------------------


def settle(
    chances: Array, spoken: NDArray[np.bool_], *, change_cost: float, both_cost: float
) -> NDArray[np.int64]:
    """Best path through the states: 1 the first voice, 2 the second, 3 both; 0 outside speech.

    Parameters
    ----------
    chances : ndarray of float32, shape (n, 4)
        From `posterior`.
    spoken : ndarray of bool, shape (n,)
        Where somebody speaks; there nobody is no answer.
    change_cost, both_cost : float
        What a change of state costs, and every frame of both, in nepers.
    """
    scores = np.log(chances[:, 1:].astype(np.float64) + 1e-6)
    scores[:, 2] -= both_cost
    scores[~spoken] = 0.0
    costs = np.where(spoken, change_cost, 0.0)
    came = np.empty(scores.shape, dtype=np.int8)
    stay = np.arange(3, dtype=np.int8)
    best = scores[0].copy() if len(scores) else np.zeros(3)
    for t in range(1, len(scores)):
        top = int(best.argmax())
        moved = best[top] - costs[t]
        change = moved > best
        came[t] = np.where(change, top, stay)
        best = np.where(change, moved, best) + scores[t]
    states = np.zeros(len(scores), dtype=np.int64)
    at = int(best.argmax())
    for t in range(len(scores) - 1, -1, -1):
        states[t] = at + 1
        at = int(came[t, at])
    return np.where(spoken, states, 0)
