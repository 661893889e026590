"""Where somebody hums, alone or over somebody else's speech, judged frame by frame.

Conventions
-----------
Frames are 20 ms apart, frame i centred at i * 0.02 s. Each is in one of three states: no hum, a hum
while nobody speaks, a hum over speech. A small network of dilated convolutions judges them from
the mel spectrum, the single harmonics below 1,000 Hz, how periodic the sound is and what a comb
leaves of it, and voice activity; spectra are relative to the mean of the recording's own speech, so
neither gain nor microphone matters. Whose hum it is the network does not say. Its weights lie
beside this module, fitted by ``training/hums.py``.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diarize.recording.rows import runs
from diarize.runtime.threads import side_by_side
from diarize.separation import dilated, overlap
from diarize.separation import embedding as encoder
from diarize.settings import Murmurs
from diarize.timeline import Span

__all__ = [
    "COLUMNS",
    "HOP_S",
    "LAYERS",
    "SPECTRA",
    "STATES",
    "WEIGHTS",
    "WEIGHTS_SHA256",
    "Hum",
    "evidence",
    "network",
    "posterior",
    "told",
]

HOP_S = overlap.HOP_S
STATES = 3  # no hum, alone, over speech
LAYERS = 5
WEIGHTS = Path(__file__).with_suffix(".npz")
WEIGHTS_SHA256 = "5200ce9542a3e31b6120ae658d1633c6a33bedadfe4f71a0bef688efce190feb"

Array = NDArray[np.float32]
Evidence = NDArray[np.float16]
_HOP = 320
_WINDOW = 1024
_BINS = slice(4, 64)  # 62 to 985 Hz, 15.6 Hz apart
_MELS = 40
SPECTRA = _MELS + _BINS.stop - _BINS.start
COLUMNS = SPECTRA + 4 + 1
_BLOCK = 3000  # frames judged at once
_FLOOR = 1e-4  # of the mean power of speech
_RANGE = 3.0  # nepers to one unit
_MOST = 4.0  # units to either side
_SPOKEN = 0.5


@dataclass(frozen=True, slots=True)
class Hum:
    """Where somebody hums, and whether somebody speaks meanwhile."""

    span: Span
    over: bool


def told(chances: Array, rule: Murmurs, several: Array | None = None) -> Iterator[Hum]:
    """Give the hums, whoever hums.

    Parameters
    ----------
    chances : ndarray of float32, shape (m, 3)
        From `posterior`.
    rule : Murmurs
        Thresholds.
    several : ndarray of float32, optional
        Another network's chance that two speak at once, every 20 ms: where it has an inkling of a
        second person, less certainty is asked for.
    """
    hums = 1.0 - chances[:, 0]
    for first, last in runs(hums >= rule.hum_probability, round(rule.hole_s / HOP_S)):
        span = Span(first * HOP_S, last * HOP_S)
        if not rule.hum_least_s <= span.duration <= rule.hum_most_s:
            continue
        others = several[first:last] if several is not None else np.zeros(1)
        second = len(others) > 0 and float(others.mean()) >= rule.second_probability
        if second or float(hums[first:last].mean()) >= rule.hum_alone_probability:
            alone, over = chances[first:last, 1:].sum(axis=0)
            yield Hum(span, bool(over > alone))


def evidence(samples: Array, speech: Array, measured: overlap.Heard | None = None) -> Evidence:
    """What the network is shown of every frame.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
        16 kHz.
    speech : ndarray of float32, shape (m,)
        Voice activity, 0 to 1, every 20 ms.
    measured : Heard, optional
        What is measured of every 20 ms, where it was measured already.

    Returns
    -------
    ndarray of float16, shape (m, COLUMNS)
    """
    heard = measured or overlap.listen(samples, len(speech))
    fine = np.empty((len(speech), SPECTRA - _MELS), np.float32)

    def listen(first: int) -> None:
        some = min(overlap.MEASURED, len(speech) - first)
        fine[first : first + some] = _low(samples, first, some)

    side_by_side(listen, range(0, len(speech), overlap.MEASURED))
    shown = np.empty((len(speech), COLUMNS), np.float16)
    spoken = speech >= _SPOKEN
    _relative(heard.mel, spoken, shown[:, :_MELS])
    _relative(fine, spoken, shown[:, _MELS:SPECTRA])
    shown[:, SPECTRA:-1] = np.clip(heard.periods, -_MOST, _MOST)
    shown[:, -1] = 2.0 * speech - 1.0
    return shown


def _low(samples: Array, first: int, count: int) -> Array:
    """Power of single harmonics below 1,000 Hz, (count, 60)."""
    begin = first * _HOP - _WINDOW // 2
    cut = encoder.stretch(samples, begin, (count - 1) * _HOP + _WINDOW)
    frames = np.lib.stride_tricks.sliding_window_view(cut, _WINDOW)[::_HOP]
    spectrum = np.fft.rfft(frames * np.hanning(_WINDOW).astype(np.float32), axis=1)
    return np.asarray(np.abs(spectrum[:, _BINS]) ** 2, np.float32)


def _relative(power: Array, spoken: NDArray[np.bool_], shown: Evidence) -> None:
    """Write the logarithm less its mean over speech.

    A block at a time: of a long recording, copies of everything would be most of what is held.
    """
    blocks = [slice(at, at + _BLOCK) for at in range(0, len(power), _BLOCK)]
    counted = spoken if spoken.any() else np.ones_like(spoken)
    frames = max(1, int(counted.sum()))

    def mean(what: Callable[[Array], Array]) -> NDArray[np.float64]:
        sums = (what(power[b][counted[b]]).sum(axis=0, dtype=np.float64) for b in blocks)
        return np.asarray(sum(sums, np.zeros(power.shape[1])) / frames)

    floor = np.float32(_FLOOR * float(mean(lambda rows: rows).mean()) + 1e-12)
    middle = mean(lambda rows: np.log(rows + floor)).astype(np.float32)
    for b in blocks:
        rows = (np.log(power[b] + floor) - middle) / np.float32(_RANGE)
        shown[b] = np.clip(rows, -_MOST, _MOST)


def posterior(shown: Evidence) -> Array:
    """Probability of each state in every frame, (m, 3).

    Parameters
    ----------
    shown : ndarray of float16, shape (m, COLUMNS)
        From `evidence`.

    Raises
    ------
    Refused
        If the weights are not what they should be.
    """
    import torch

    known = dilated.loaded(WEIGHTS, WEIGHTS_SHA256)

    def judge(low: int, high: int) -> Array:
        with torch.inference_mode():
            rows = torch.from_numpy(shown[low:high].astype(np.float32))[None]
            return np.asarray(network(rows, known).softmax(2)[0].numpy())

    return dilated.in_blocks(judge, len(shown), size=_BLOCK, layers=LAYERS, states=STATES)


def network(rows: Any, weights: Mapping[str, Any]) -> Any:
    """Scores of the states, (batch, frames, 3), from (batch, frames, COLUMNS)."""
    layer = (rows @ weights["enter"].T + weights["enter_bias"]).relu().transpose(1, 2)
    layer = dilated.residual(layer, weights, LAYERS)
    return layer.transpose(1, 2) @ weights["leave"].T + weights["leave_bias"]
