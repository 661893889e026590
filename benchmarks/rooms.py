"""How long rooms are heard to ring by ``prosody check``, by size, walls and distance.

``python -m benchmarks.rooms``

Conventions
-----------
Rooms are boxes whose walls reflect a share of what reaches them, by their mirror images (Allen and
Berkley, 1979): no threshold was set on such. *Rings*: the time in which the room's own sound falls
by 60 dB, from its fall by 5 to 25 dB. *Clear*: how far what arrives within 50 ms stands above the
rest. *Heard*: median over the voices of readers, actors and laryngograph recordings, each half a
minute of phrases. *Said*: of how many voices the room is said to ring.
"""

import argparse
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from benchmarks.shared.corpora import DATA
from benchmarks.shared.splicing import RATE, Sound, everybody
from prosody.features.room import rings_s
from prosody.settings import Checking

__all__ = ["answer", "box", "main"]

ROOMS = {"small": (3.2, 2.8, 2.5), "living room": (5.5, 4.1, 2.6), "hall": (9.0, 7.0, 3.6)}
REFLECTED = {"soft": 0.75, "furnished": 0.86, "bare": 0.95}  # of pressure, at every wall
DISTANCES_M = (0.4, 2.0)
_SOUND_M_S = 343.0
_LONGEST_S = 0.9
_PAUSE = np.zeros(round(0.4 * RATE), np.float32)


def box(size_m: Sequence[float], reflected: float, apart_m: float) -> NDArray[np.float64]:
    """Give what a microphone hears of a click in a room: its mirror images, each once."""
    room = np.array(size_m)
    microphone = room * (0.37, 0.42, 0.45)
    source = microphone + apart_m * np.array((0.64, 0.62, 0.45))
    reach = _LONGEST_S * _SOUND_M_S
    axes, bounces = [], []
    for length, mine, theirs in zip(room, microphone, source, strict=True):
        n = np.arange(-int(reach / length / 2) - 1, int(reach / length / 2) + 2)
        axes.append(np.concatenate([2 * n * length + theirs, 2 * n * length - theirs]) - mine)
        bounces.append(np.concatenate([np.abs(2 * n), np.abs(2 * n - 1)]))
    x, y, z = np.meshgrid(*axes, indexing="ij", sparse=True)
    a, b, c = np.meshgrid(*bounces, indexing="ij", sparse=True)
    distance = np.sqrt(x**2 + y**2 + z**2)
    near = distance < reach
    heard = reflected ** (a + b + c)[near] / distance[near]
    at = np.round(distance[near] / _SOUND_M_S * RATE).astype(np.int64)
    return np.asarray(np.bincount(at, heard)[round(apart_m / _SOUND_M_S * RATE) :], np.float64)


def answer(click: NDArray[np.float64]) -> tuple[float, float]:
    """Give a room's reverberation time, seconds, and its clarity at 50 ms, dB."""
    left = np.cumsum(click[::-1] ** 2)[::-1]
    falls = 10 * np.log10(left / left[0] + 1e-15)
    first, last = (int(np.argmax(falls < db)) for db in (-5, -25))
    early = left[0] - left[RATE // 20]
    return 3 * (last - first) / RATE, float(10 * np.log10(early / left[RATE // 20]))


def _spoken() -> list[Sound]:
    """Half a minute of phrases of each voice, with pauses between."""
    found = []
    for phrases in everybody(DATA).values():
        sound = np.concatenate([part for p in phrases for part in (p.sound, _PAUSE)])[: 30 * RATE]
        found += [sound] if len(sound) > 15 * RATE else []
    return found


def main() -> None:
    """Print the table."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    voices, rule = _spoken(), Checking()
    random = np.random.default_rng(7)
    print(
        f"{'room':12} {'walls':10} {'m':>4} {'rings s':>8} {'clear dB':>9} {'heard s':>8}  said of"
    )
    for name, size in ROOMS.items():
        for walls, reflected in REFLECTED.items():
            for apart_m in DISTANCES_M:
                click = box(size, reflected, apart_m)
                rings, clear_db = answer(click)
                heard = []
                for voice in voices:
                    sound = fftconvolve(voice, click)[: len(voice)]
                    sound *= 0.05 / np.sqrt(np.mean(sound**2))
                    sound += random.normal(0, 5e-4, len(sound))
                    heard.append(rings_s(sound.astype(np.float32), RATE) or np.nan)
                said = sum(value >= rule.rings_s for value in heard)
                print(f"{name:12} {walls:10} {apart_m:4.1f} {rings:8.2f} {clear_db:9.1f} "
                      f"{np.nanmedian(heard):8.2f}  {said} of {len(voices)}")  # fmt: skip


if __name__ == "__main__":
    main()
