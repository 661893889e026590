"""Who speaks in every frame, both at once included, given two voices already found.

Conventions
-----------
Frames are 20 ms apart, frame i centred at i * 0.02 s. Every frame is in one of four states: nobody,
the first voice, the second voice, both. The first pass (see `diarize.separation.builtin`) says what
the two voices sound like; a small network of dilated convolutions then judges each frame from what
is heard around it. Its weights lie beside this module, fitted by ``training/overlap.py``.

The evidence of a frame is the log mel spectrum, the voice activity, and how the frame compares
with each voice: cosines of the encoder's vectors, a discriminant fitted to the first pass's
frames, distances of its pitch to the voices' pitches, a second pitch when the first is taken
away, and the mean spectra of both voices.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diarize.models.catalogue import Weights
from diarize.runtime.threads import side_by_side
from diarize.separation import dilated
from diarize.separation import embedding as encoder
from diarize.separation.best_path import best_path
from diarize.settings import Overlap

__all__ = [
    "COLUMNS",
    "HOP_S",
    "LAYERS",
    "MEASURED",
    "STATES",
    "WEIGHTS",
    "WEIGHTS_SHA256",
    "Evidence",
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
WEIGHTS_SHA256 = "219f6888b746961f3e9ae87be7b4f54cfc417cfa896062bc93a61480cf4bf5f8"

Array = NDArray[np.float32]

_HOP = 320
_BANDS = 40
_PITCH_WINDOW = 1024
_LAGS = (40, 214)  # 400 to 75 Hz at 16 kHz
_BLOCK = 3000  # frames judged at once
MEASURED = 750  # frames measured at once: their spectra are many
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

    def block(first: int) -> tuple[Array, Array]:
        some = min(MEASURED, count - first)
        power = encoder.mel(samples, 2 * first, 2 * some)
        return power.reshape(some, 2, _BANDS).mean(axis=1), _periods(samples, first, some)

    mel, periods = zip(*side_by_side(block, range(0, count, MEASURED)), strict=True)
    return Heard(np.concatenate(mel), np.concatenate(periods))


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What the network is shown: rows when asked for, as those of a long recording are large.

    Parameters
    ----------
    heard, known
        Of as many frames.
    floor : float
        Added to mel power before the logarithm.
    middle : ndarray of float32, shape (40,)
        Mean log mel spectrum of speech.
    line, origin : ndarray of float32, shape (80,)
        Of the discriminant: +1 on the side of the first voice's mean, -1 on the second's.
    octaves : tuple of float
        Each voice's median pitch.
    steady : ndarray of float32, shape (80,)
        Mean spectra of the first and the second voice.
    """

    heard: Heard
    known: FirstPass
    floor: float
    middle: Array
    line: Array
    origin: Array
    octaves: tuple[float, float]
    steady: Array

    def rows(self, low: int, high: int) -> Array:
        """Evidence of frames `low` to `high`, (high - low, 51)."""
        scale = 1.0 / max(1.0 - self.known.likeness, 0.02)
        cosines = self.known.cosines[low:high]
        mel, smooth = self._spectra(np.arange(low, high))
        columns = [
            mel,
            2.0 * self.known.speech[low:high, None] - 1.0,
            (cosines[:, :1] - cosines[:, 1:]) * scale,
            cosines * 2.0 - 1.0,
            ((np.concatenate([mel, smooth], axis=1) - self.origin) @ self.line)[:, None],
            self._pitches(low, high),
        ]
        moving = np.concatenate(columns, axis=1, dtype=np.float32)
        return np.clip(moving, -4.0, 4.0, out=moving)

    def _spectra(self, at: NDArray[np.int64]) -> tuple[Array, Array]:
        return _spectra(self.heard.mel, at, self.floor, self.middle)

    def _pitches(self, low: int, high: int) -> Array:
        """How periodic, distance of the pitch to each voice's, and the same of what is left."""
        strength, octave, rest, second = self.heard.periods[low:high].T
        columns = [strength * 2.0 - 1.0, rest * 2.0 - 1.0]
        for middle in self.octaves:
            columns += [(octave - middle) * (strength > 0.3), (second - middle) * (rest > 0.2)]
        return np.stack(columns, axis=1).astype(np.float32)


def evidence(heard: Heard, known: FirstPass, rule: Overlap = Overlap()) -> Evidence:
    """Learn from the first pass what the two voices are like.

    Of a long recording `rule.learnt_frames` of each voice, evenly spread, say enough.

    Parameters
    ----------
    heard : Heard
    known : FirstPass
        Of as many frames.
    """
    own = [np.flatnonzero(known.labels == k) for k in (0, 1)]
    chosen = [frames[:: -(-len(frames) // rule.learnt_frames) or 1] for frames in own]
    spoken = heard.mel[np.concatenate(chosen)]
    floor = _FLOOR * float(spoken.mean() if len(spoken) else 1e-6) + 1e-12
    middle = _mean(np.log(spoken + np.float32(floor)))
    spectra = [np.concatenate(_spectra(heard.mel, at, floor, middle), axis=1) for at in chosen]
    steady = np.concatenate([_mean(some)[:_BANDS] for some in spectra])
    strength, octave = heard.periods[:, 0], heard.periods[:, 1]
    pitches = [octave[frames[strength[frames] > 0.5]] for frames in own]
    first, second = (float(np.median(some)) if len(some) else 0.0 for some in pitches)
    line, origin = _discriminant(*spectra)
    return Evidence(heard, known, floor, middle, line, origin, (first, second), steady)


def _spectra(
    power: Array, at: NDArray[np.int64], floor: float, middle: Array
) -> tuple[Array, Array]:
    """Log mel spectra of some frames, and their means over the frames around them.

    Relative to the mean of speech, in units of three nepers.
    """

    def logs(frames: NDArray[np.int64]) -> Array:
        near = np.clip(frames, 0, len(power) - 1)
        return np.asarray((np.log(power[near] + np.float32(floor)) - middle) / np.float32(3.0))

    around = range(-_AROUND, _AROUND + 1)
    smooth = np.zeros((len(at), _BANDS), dtype=np.float32)
    for offset in around:
        smooth += logs(at + offset)
    return logs(at), smooth / np.float32(len(around))


def _mean(rows: Array) -> Array:
    """Mean over rows; zeros without any."""
    return np.asarray(rows.mean(axis=0) if len(rows) else np.zeros(rows.shape[1], np.float32))


def _discriminant(one: Array, other: Array) -> tuple[Array, Array]:
    """Line, and point on it, that best tell two voices' frames apart (Fisher's).

    Means project to +1 and -1; zeros where there are too few frames to tell.
    """
    if min(len(one), len(other)) < 10:
        return np.zeros(2 * _BANDS, np.float32), np.zeros(2 * _BANDS, np.float32)
    means = [some.mean(axis=0) for some in (one, other)]
    spreads = np.stack([np.cov(some.T, bias=True) for some in (one, other)])
    within = spreads.mean(axis=0) + 0.02 * np.eye(one.shape[1])
    line = np.linalg.solve(within, means[0] - means[1])
    origin = (means[0] + means[1]) / 2.0
    half = float(line @ (means[0] - origin))
    return np.asarray(line / max(half, 1e-6), np.float32), np.asarray(origin, np.float32)


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


def posterior(shown: Evidence, weights: Weights | None = None) -> Array:
    """Probability of each state in every frame, (frames, 4).

    The mean of two judgements, with either voice as the first, so that it does not depend on
    which one is.

    Parameters
    ----------
    shown : Evidence
    weights : Weights, optional
        Of the network; without them those beside this module.

    Raises
    ------
    Refused
        If the weights are not what they should be.
    """
    import torch

    held = weights or Weights("built-in", "second pass", WEIGHTS, WEIGHTS_SHA256)
    known = dilated.loaded(held.path, held.sha256)

    def judge(low: int, high: int) -> Array:
        rows = shown.rows(low, high)
        other, turned = swapped(rows, shown.steady)
        moving, steady = np.stack([rows, other]), np.stack([shown.steady, turned])
        with torch.inference_mode():
            scores = network(torch.from_numpy(moving), torch.from_numpy(steady), known)
            plain, mirrored = scores.softmax(2).numpy()
        return np.asarray((plain + mirrored[:, [0, 2, 1, 3]]) / np.float32(2.0))

    return dilated.in_blocks(
        judge, len(shown.known.labels), size=_BLOCK, layers=LAYERS, states=STATES
    )


def network(moving: Any, steady: Any, weights: Mapping[str, Any]) -> Any:
    """Scores of the states, (batch, frames, 4), from (batch, frames, 51) and (batch, 80).

    A layer of the width of the weights, then residual convolutions over five frames, each
    twice as far apart as the last.
    """
    constant = (steady @ weights["steady"].T)[:, None]
    layer = (moving @ weights["enter"].T + weights["enter_bias"] + constant).relu().transpose(1, 2)
    layer = dilated.residual(layer, weights, LAYERS)
    return layer.transpose(1, 2) @ weights["leave"].T + weights["leave_bias"]


# Deciding --------------------------------------------------------------------------------------


def settle(
    chances: Array, spoken: NDArray[np.bool_], rule: Overlap | None = None
) -> NDArray[np.int64]:
    """Most likely states: 1 the first voice, 2 the second, 3 both; 0 outside speech.

    Parameters
    ----------
    chances : ndarray of float32, shape (n, 4)
        From `posterior`.
    spoken : ndarray of bool, shape (n,)
        Where somebody speaks; there nobody is no answer.
    rule : Overlap, optional
        What a change of state costs, and every frame of both.
    """
    rule = rule or Overlap()
    scores = np.log(chances[:, 1:].astype(np.float64) + 1e-6)
    scores[:, 2] -= rule.both_nepers
    scores[~spoken] = 0.0
    path = best_path(scores, np.where(spoken, rule.change_nepers, 0.0))
    return np.where(spoken, path + 1, 0)
