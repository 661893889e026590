"""Measure every pair and print the table."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np

import benchmarks.kernels
from benchmarks.kernels.pairs import KERNELS, RATE, WIDE_HZ, Given
from benchmarks.shared.corpora import PROJECT, SAMPLES
from benchmarks.shared.pages import said
from benchmarks.shared.watched import Watched

TIMES = 3
WARM_S = 31


def made(folder: Path, minutes: float) -> None:
    """Write the sound of a sample, over and over: samples, and a wide file with its consent."""
    import librosa
    import soundfile

    from diarize.recording import consent

    sound, _ = librosa.load(SAMPLES / "attentive.flac", sr=RATE)
    np.save(folder / "samples.npy", np.resize(sound, round(minutes * 60 * RATE)))
    wide = librosa.resample(sound, orig_sr=RATE, target_sr=WIDE_HZ)
    twice = np.resize(wide, round(minutes * 60 * WIDE_HZ))
    soundfile.write(folder / "wide.wav", np.stack([twice, 0.5 * twice], axis=1), WIDE_HZ)
    consent.grant(folder / "wide.wav", by="benchmark")


def one(number: int, side: str, folder: Path) -> dict[str, float]:
    """Measure one side of one kernel, in this process."""
    kernel = KERNELS[number]
    work = kernel.ours if side == "ours" else kernel.theirs
    given = Given(np.load(folder / "samples.npy", mmap_mode="r"), folder / "wide.wav")
    if kernel.first:
        from diarize.separation.standin import import_torchaudio

        import_torchaudio()
    else:
        work(Given(given.samples[: WARM_S * RATE], given.wide))
    best = {"cpu_s": float("inf"), "mb": float("inf")}
    for _ in range(1 if kernel.first else TIMES):
        with Watched() as seen:
            work(given)
        best = {"cpu_s": min(best["cpu_s"], seen.cpu_s), "mb": min(best["mb"], seen.added_mb)}
    return best


def measured(number: int, side: str, folder: Path) -> dict[str, float]:
    """Measure one side of one kernel in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.kernels", "--one", str(number), side, str(folder)]
    # One thread for the libraries' matrix products: what waits on a busy machine spins, and counts.
    alone = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=PROJECT, env=alone
    )
    return {name: float(value) for name, value in json.loads(done.stdout.splitlines()[-1]).items()}


def page(minutes: float, only: Collection[int]) -> Iterator[str]:
    """Every line of the table, or the rows of these numbers alone, from 1."""
    yield "# Kernels: what ours save over the libraries'\n"
    yield f"```\npython -m benchmarks.kernels --minutes {minutes:g}\n```\n"
    yield str(benchmarks.kernels.__doc__).split("\n\n", 2)[2].rstrip() + "\n"
    yield (
        "| what | ours: CPU s | MB | the library's | CPU s | MB | times as fast | share of memory "
        "| kept | both agree: tests/ |\n" + "|---" * 10 + "|"
    )
    with tempfile.TemporaryDirectory() as place:
        made(Path(place), minutes)
        for number, kernel in enumerate(KERNELS):
            if only and number + 1 not in only:
                continue
            ours, theirs = (measured(number, side, Path(place)) for side in ("ours", "theirs"))
            speed = theirs["cpu_s"] / max(ours["cpu_s"], 1e-4)
            memory = max(ours["mb"], 0.1) / max(theirs["mb"], 0.1)
            kept = "yes" if speed >= 2 or memory <= 1 / 3 else "no"
            yield (
                f"| {kernel.name} | {ours['cpu_s']:.3f} | {ours['mb']:.0f} | {kernel.yardstick} | "
                f"{theirs['cpu_s']:.3f} | {theirs['mb']:.0f} | {speed:.1f} | {memory:.2f} | {kept} "
                f"| {kernel.test} |"
            )


def main() -> None:
    """Print the table, or measure one side of one row."""
    parser = argparse.ArgumentParser(description=str(benchmarks.kernels.__doc__).splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--only", type=int, nargs="*", metavar="N", help="these rows, from 1")
    parser.add_argument("--to", type=Path, metavar="FILE.md")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        number, side, folder = given.one
        print(json.dumps(one(int(number), side, Path(folder))))
        return
    said(page(given.minutes, given.only or ()), given.to)


if __name__ == "__main__":
    main()
