"""Channels that change persons without a transcript: how often it is found, and where it is not so.

``python -m benchmarks.exchanged [--sessions N]``

Conventions
-----------
A session is two voices of one collection, each on a microphone of its own (a band, a tilt and
noise, of four made ones), heard in windows in turn; from a place between 3 and 7 tenths on the
channels are each other's, or not. A voice says other utterances before and after it, and actors
with other emotions. Windows are described by the voice encoder once, and drawn for each session:
what is tried is the judgement, and not who speaks when. No threshold was set on actors or
laryngograph speakers.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from benchmarks.shared import splicing
from benchmarks.shared.corpora import DATA
from diarize.separation import embedding as encoder
from diarize.separation.exchanged import changed_persons
from diarize.settings import Exchanging
from diarize.timeline import Span

__all__ = ["main"]

RATE = splicing.RATE
_WINDOW_S = Exchanging().window_s
_EVERY_S = 4.0
Floats = NDArray[np.float32]
Voices = Mapping[str, Sequence[tuple[str, Floats]]]  # utterances, each with its emotion's letter


def collections() -> Mapping[str, Voices]:
    """Give the utterances of each voice, by collection."""
    found: dict[str, dict[str, list[tuple[str, Floats]]]] = {}
    for group, folder in (("readers", "splice_material"), ("actors", "emotion/emodb"),
                          ("laryngograph", "f0")):  # fmt: skip
        for path in sorted((DATA / folder).glob("*.flac")):
            name = path.stem.split("-")[0] if group == "readers" else path.stem[:2]
            emotion = path.stem[5] if group == "actors" else ""
            own = found.setdefault(group, {}).setdefault(name, [])
            own.append((emotion, splicing.read(path)))
    return found


def _microphones(random: np.random.Generator) -> list[tuple[NDArray[np.float64], float, float]]:
    edges = [(random.uniform(60, 200), random.uniform(3500, 7500)) for _ in range(4)]
    return [
        (butter(2, band, "band", fs=RATE, output="sos"), random.uniform(-0.6, 0.6),
         10 ** random.uniform(-3.7, -2.9)) for band in edges
    ]  # fmt: skip


def described(voices: Voices, random: np.random.Generator) -> Mapping[str, list[list[Floats]]]:
    """Give vectors of each voice's windows, by microphone: of what is said before, and after."""
    found: dict[str, list[list[Floats]]] = {}
    microphones = _microphones(random)
    for name, utterances in voices.items():
        kinds = sorted({emotion for emotion, _ in utterances})
        early = set(kinds[: len(kinds) // 2]) if len(kinds) > 1 else None
        for band, tilt, noise in microphones:
            halves: tuple[list[Floats], list[Floats]] = ([], [])
            for k, (emotion, sound) in enumerate(utterances):
                heard = sosfilt(band, sound) + tilt * np.append(0.0, sosfilt(band, sound)[:-1])
                heard = heard * 0.05 / np.sqrt(np.mean(heard**2))
                heard = (heard + random.normal(0, noise, len(heard))).astype(np.float32)
                middles = np.arange(_WINDOW_S / 2, len(sound) / RATE - _WINDOW_S / 2, 1.2)
                if len(middles):
                    before = k % 2 == 0 if early is None else emotion in early
                    at = np.round(100 * middles[:4]).astype(np.int64)
                    halves[not before].extend(encoder.vectors_at(heard, at, _WINDOW_S))
            found.setdefault(name, []).append([np.stack(half) for half in halves if half])
    return {name: sides for name, sides in found.items() if all(len(s) == 2 for s in sides)}


def found_in(
    vectors: Mapping[str, list[list[Floats]]],
    windows: int,
    swaps: bool,
    random: np.random.Generator,
) -> tuple[bool, float]:
    """Make a session; says whether a change was found, and how far off it was, seconds."""
    pairs = list(combinations(sorted(vectors), 2))
    who, mics = pairs[random.integers(len(pairs))], random.choice(4, 2, replace=False)
    spans = [Span(_EVERY_S * k, _EVERY_S * k + 3) for k in range(2 * windows)]
    place = _EVERY_S * round(random.uniform(0.3, 0.7) * 2 * windows) - 0.5

    def describe(channel: int, middles: Sequence[float], window_s: float) -> Floats:
        rows = []
        for at in middles:
            later = at > place
            side = vectors[who[channel ^ (swaps and later)]][mics[channel]][later]
            rows.append(side[random.integers(len(side))])
        return np.stack(rows)

    found = changed_persons((spans[::2], spans[1::2]), describe)
    return found is not None, abs((found or 0.0) - place)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=400, help="of each row")
    asked = parser.parse_args()
    if encoder.installed() is None:
        sys.exit("the voice encoder is not installed")
    random = np.random.default_rng(11)
    print(f"{'voices':14} {'pairs':>5} {'windows':>8} {'found':>12} {'off s':>6} {'false':>9}")
    for group, voices in collections().items():
        vectors = described(voices, random)
        for windows in (12, 20, 30):
            changed = [found_in(vectors, windows, True, random) for _ in range(asked.sessions)]
            kept = [found_in(vectors, windows, False, random) for _ in range(asked.sessions)]
            off = [far for found, far in changed if found]
            n, pairs = len(off), len(vectors) * (len(vectors) - 1) // 2
            print(f"{group:14} {pairs:5} {windows:8} {n:5} of {len(changed)} "
                  f"{np.median(off) if off else np.nan:6.1f} "
                  f"{sum(found for found, _ in kept)} of {len(kept)}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
