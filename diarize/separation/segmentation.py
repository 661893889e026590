"""Who speaks when inside ten seconds: pyannote's segmentation network, window by window.

Conventions
-----------
A window of 10 s gives 589 frames, 0.016875 s apart (270 samples at 16 kHz, the network's true
step). Windows start on that grid, so frames of all windows share one clock: frame ``g`` of a
recording is centred at ``0.0225 + 0.016875 g`` s. Inside a window up to three people are told
apart, at most two at once; who they are is only known window by window. Classes are nobody, 1, 2,
3, 1+2, 1+3, 2+3.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diarize.runtime.memory import let_go
from diarize.runtime.threads import side_by_side
from diarize.separation.pyannet import Network

__all__ = ["CLASSES", "FIRST_S", "FRAME_S", "PEOPLE", "Window", "windows"]

RATE_HZ = 16_000
FRAME_S = 270 / RATE_HZ
FIRST_S = 0.0225
PEOPLE = 3
CLASSES = ((), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2))
_HOP = 270  # samples between frames
_WINDOW = 10 * RATE_HZ
_BATCH = 16  # windows at once

Array = NDArray[np.float32]
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """What is heard in ten seconds.

    Parameters
    ----------
    first : int
        Number of its first frame in the recording.
    chances : ndarray of float32, shape (589, 7)
        Probability of each of `CLASSES` in every frame.
    """

    first: int
    chances: Array

    def alone(self, person: int, least: float) -> NDArray[np.bool_]:
        """Frames in which one of the window's people speaks alone, as probably as `least`."""
        return np.asarray(self.chances[:, 1 + person] >= least)

    def speaks(self, person: int) -> Array:
        """Probability that one of the window's people speaks, alone or not."""
        own = [i for i, people in enumerate(CLASSES) if person in people]
        return np.asarray(self.chances[:, own].sum(axis=1))


def windows(
    samples: Array,
    network: Network,
    *,
    step_s: float,
    progress: Progress = lambda share: None,
) -> tuple[Window, ...]:
    """Judge a recording.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
        16 kHz, mono.
    network : callable
        Log probabilities (windows, 589, 7) of windows of a stretch of sound; see
        `diarize.separation.pyannet`.
    step_s : float
        From one window's start to the next's.
    progress : callable
        Told the share done.
    """
    import torch

    last = max(0.0, len(samples) / RATE_HZ - 10.0)
    count = 1 + int(np.ceil(last / step_s - 1e-9))
    starts = [round(step_s * c / FRAME_S) for c in range(count)]

    def some(at: int) -> list[Window]:
        firsts = starts[at : at + _BATCH]
        begins = [_HOP * (first - firsts[0]) for first in firsts]
        stretch = _cut(samples, _HOP * firsts[0], begins[-1] + _WINDOW)
        with torch.inference_mode():
            chances = network(torch.from_numpy(stretch), begins, _WINDOW).exp().numpy()
        progress(min(1.0, (at + len(firsts)) / count))
        return [Window(first, own) for first, own in zip(firsts, chances, strict=True)]

    return tuple(w for found in side_by_side(some, range(0, count, _BATCH)) for w in found)


def _cut(samples: Array, begin: int, length: int) -> Array:
    own = samples[begin : begin + length]
    cut = np.pad(own, (0, length - len(own)))
    let_go(samples)
    return cut
