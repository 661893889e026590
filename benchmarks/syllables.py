"""How well syllable nuclei are counted, beside the script of de Jong and Wempe.

    .venv/bin/python -m benchmarks.syllables FOLDER

FOLDER holds recordings with the number of their syllables: a TextGrid beside ``NAME.wav`` (or
``NAME_phones.TextGrid``) with a phone tier whose vowels are counted; a ``*text.tsv`` with the
columns ``utt`` and ``vowels``; or a ``*.csv`` with ``wav`` and ``phn``. The yardstick is de Jong
and Wempe 2009 written anew from its published description: level over 64 ms every 16 ms, 99 %
quantile less 25 dB as threshold, peaks with dips of 2 dB on both sides, voiced, in sounding
stretches of at least 0.1 s between silences of at least 0.3 s; its voicing is the tracker's.

Error: counted less true syllables per second of recording.
"""

import argparse
import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.shared.corpora import VOWEL, load, tiers
from diarize.recording.audio import Audio
from prosody.features import frames


def marked(folder: Path) -> Iterator[tuple[Path, int]]:  # noqa: C901 - three file kinds in turn
    """Recordings and the number of their syllables."""
    for sound in sorted(folder.glob("*.wav")):
        for grid in (
            sound.with_suffix(".TextGrid"),
            sound.with_name(sound.stem + "_phones.TextGrid"),
        ):
            count = _vowels(grid) if grid.exists() else 0
            if count:
                yield sound, count
                break
    for table in sorted(folder.glob("*text.tsv")):
        with table.open(encoding="utf-8") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                found = list(folder.glob(f"*{row['utt']}.wav"))
                if found:
                    yield found[0], int(row["vowels"])
    for table in sorted(folder.glob("*.csv")):
        with table.open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                found = list(folder.glob(f"*{Path(row['wav']).stem}.wav"))
                if found:
                    yield found[0], sum(bool(VOWEL.match(p)) for p in row["phn"].split())


def _vowels(grid: Path) -> int:
    """Vowels of the tier that has most of them, whatever the TextGrid's flavour."""
    counts = (sum(bool(VOWEL.match(x)) for _, x in rows) for rows in tiers(grid).values())
    return max(counts, default=0)


def ours(audio: Audio, got: frames.Frames) -> int:
    """Nuclei in the frames."""
    return int(np.nansum(got.syllable))


def de_jong_wempe(audio: Audio, got: frames.Frames) -> int:
    """The published rules on an intensity contour of their own."""
    db = _intensity(audio.mono.astype(float))
    loud, top = np.quantile(db, 0.99), db.max()
    threshold = max(loud - 25.0, db.min())
    sounding = _sounding(db, top - 25.0 - (top - loud))
    peaks = [i for i in range(1, len(db) - 1) if db[i - 1] < db[i] >= db[i + 1]]
    kept: list[int] = []
    for k, i in enumerate(peaks):
        if db[i] <= threshold:
            continue
        before = db[(kept[-1] if kept else 0) : i + 1].min()
        after = db[i : (peaks[k + 1] if k + 1 < len(peaks) else len(db) - 1) + 1].min()
        if db[i] - before > 2.0 and db[i] - after > 2.0:
            kept.append(i)
        elif kept and db[i] > db[kept[-1]] and db[i] - before <= 2.0:
            kept[-1] = i
    at = [min(round(i * 1.6), len(got.f0_hz) - 1) for i in kept]
    return sum(
        bool(sounding[i] and np.isfinite(got.f0_hz[j])) for i, j in zip(kept, at, strict=True)
    )


def _intensity(x: NDArray[np.float64]) -> NDArray[np.float64]:
    window = np.kaiser(1024, 20.0)
    padded = np.pad(x - x.mean(), 512)
    rows = np.lib.stride_tricks.sliding_window_view(padded, 1024)[::256]
    return np.asarray(10 * np.log10((rows**2 @ window) / window.sum() + 1e-12))


def _sounding(db: NDArray[np.float64], limit: float) -> NDArray[np.bool_]:
    on = db >= limit
    for value, shortest in ((False, 19), (True, 6)):
        starts = np.flatnonzero(np.diff(np.concatenate(([0], (on == value) * 1, [0]))) == 1)
        ends = np.flatnonzero(np.diff(np.concatenate(([0], (on == value) * 1, [0]))) == -1)
        for a, b in zip(starts, ends, strict=True):
            if b - a < shortest:
                on[a:b] = not value
    return on


COUNTERS: dict[str, Callable[[Audio, frames.Frames], int]] = {
    "ours": ours,
    "de Jong & Wempe": de_jong_wempe,
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    args = parser.parse_args()
    truth: list[int] = []
    seconds: list[float] = []
    counted: dict[str, list[int]] = {name: [] for name in COUNTERS}
    for sound, count in marked(args.folder):
        audio = load(sound)
        got = frames.measure(audio)
        truth.append(count)
        seconds.append(audio.duration)
        for name, counter in COUNTERS.items():
            counted[name].append(counter(audio, got))
    true = np.array(truth) / np.array(seconds)
    print(f"{len(truth)} recordings, {sum(truth)} syllables, {true.mean():.2f} a second")
    print("| counter | mean absolute error, syl/s | bias, syl/s | correlation | total counted |")
    print("|---|---|---|---|---|")
    for name, values in counted.items():
        rate = np.array(values) / np.array(seconds)
        print(
            f"| {name} | {np.abs(rate - true).mean():.2f} | {(rate - true).mean():+.2f} |"
            f" {np.corrcoef(rate, true)[0, 1]:.2f} | {sum(values)} |"
        )


if __name__ == "__main__":
    main()
