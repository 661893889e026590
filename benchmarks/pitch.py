"""How well pitch is tracked, beside librosa's pYIN and Praat's autocorrelation.

    .venv/bin/python -m benchmarks.pitch [--references FOLDER] [--pyin] [--praat]

Two sets. Synthetic voices with exactly known F0 (`benchmarks.shared.synthetic`) in clean, noisy,
reverberant and telephone sound; and, where a folder of recordings with laryngograph references
is given (``NAME.flac`` or ``.wav`` beside ``NAME.f0ref``, one value per 15 ms, 0 = unvoiced), real
speech as it is and with the same noise and rooms. ``--praat`` makes an environment of its own in
the system's temporary folder for parselmouth, which is GPL and never imported by the project.

Columns: G gross error, share of frames voiced in both that are more than 20 % off; O octave
error, the part of these within a quarter tone of a wrong octave; c mean absolute error of the
others in cents; V voicing error, share of all frames voiced on one side only; T total, share of
all frames wrong in either way.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from benchmarks.shared import synthetic as voices
from diarize.recording.audio import Audio
from prosody.features import frames

Array = NDArray[np.floating[Any]]
Tracker = Callable[[Array], tuple[Array, Array]]  # samples -> times s, F0 Hz with 0 unvoiced

STYLES = (
    voices.Style(88.0, 6.0),
    voices.Style(112.0, 8.0),
    voices.Style(135.0, 10.0, breath=0.06),
    voices.Style(180.0, 9.0),
    voices.Style(215.0, 12.0, breath=0.08),
    voices.Style(260.0, 10.0),
    voices.Style(320.0, 8.0),
)
CREAKY = tuple(
    voices.Style(m, 8.0, creak=0.9, jitter=0.02, shimmer=0.12) for m in (95.0, 120.0, 180.0, 210.0)
)
TRAPS = tuple(voices.Style(m, 8.0, alternate=0.25) for m in (100.0, 130.0, 190.0, 240.0))


@dataclass(frozen=True)
class Case:
    """One recording of a condition: samples at 16 kHz and the truth at its own times."""

    samples: Array
    time_s: Array
    f0_hz: Array


def conditions(seed: int, each: int) -> Iterator[tuple[str, list[Case]]]:
    """The synthetic set, condition by condition."""
    plain = [
        voices.utter(seed + 31 * k + j, style)
        for k, style in enumerate(STYLES)
        for j in range(each)
    ]
    yield "clean", _cases(plain, lambda x, i: x)
    for colour, ratios in (("white", (20, 10, 5)), ("pink", (10, 5)), ("babble", (10,))):
        for ratio in ratios:
            yield (
                f"{colour} noise {ratio} dB",
                _cases(plain, _noisy(seed, ratio, colour)),
            )
    yield "room 0.3 s", _cases(plain, lambda x, i: voices.in_room(x, 0.3, 3.0, seed + i))
    yield "room 0.6 s", _cases(plain, lambda x, i: voices.in_room(x, 0.6, 0.0, seed + i))
    yield "telephone 20 dB", _cases(plain, _telephone(seed))
    yield "8 kHz", _cases(plain, lambda x, i: soxr.resample(soxr.resample(x, 16e3, 8e3), 8e3, 16e3))
    creaky = [voices.utter(seed + 977 + k, s) for k, s in enumerate(CREAKY * each)]
    yield "creak", _cases(creaky, lambda x, i: x)
    traps = [voices.utter(seed + 1977 + k, s) for k, s in enumerate(TRAPS * each)]
    yield "octave traps", _cases(traps, lambda x, i: x)


def _noisy(seed: int, ratio_db: float, colour: str) -> Callable[[Array, int], Array]:
    return lambda x, i: voices.add_noise(x, ratio_db, seed + i, colour)


def _telephone(seed: int) -> Callable[[Array, int], Array]:
    return lambda x, i: voices.add_noise(voices.by_telephone(x), 20, seed + i)


def _cases(spoken: list[voices.Utterance], change: Callable[[Array, int], Array]) -> list[Case]:
    return [
        Case(change(u.samples, i)[: len(u.samples)], np.arange(len(u.f0_hz)) * 0.01, u.f0_hz)
        for i, u in enumerate(spoken)
    ]


def references(folder: Path, offset_s: float) -> Iterator[tuple[str, list[Case]]]:
    """Real speech with laryngograph references, as it is and made worse."""
    plain = []
    for truth in sorted(folder.glob("*.f0ref")):
        sound = next(
            p for p in (truth.with_suffix(".flac"), truth.with_suffix(".wav")) if p.exists()
        )
        samples, rate = soundfile.read(sound)
        f0 = np.loadtxt(truth)
        plain.append(
            Case(soxr.resample(samples, rate, 16e3), np.arange(len(f0)) * 0.015 + offset_s, f0)
        )
    yield "laryngograph", plain
    for ratio in (20, 10, 5):
        yield (
            f"laryngograph, white noise {ratio} dB",
            [
                Case(voices.add_noise(c.samples, ratio, i), c.time_s, c.f0_hz)
                for i, c in enumerate(plain)
            ],
        )
    yield (
        "laryngograph, room 0.6 s",
        [
            Case(voices.in_room(c.samples, 0.6, 0.0, i), c.time_s, c.f0_hz)
            for i, c in enumerate(plain)
        ],
    )
    yield (
        "laryngograph, telephone 20 dB",
        [
            Case(voices.add_noise(voices.by_telephone(c.samples), 20, i), c.time_s, c.f0_hz)
            for i, c in enumerate(plain)
        ],
    )


def ours(samples: Array) -> tuple[Array, Array]:
    """The tracker of `prosody.features.frames`."""
    got = frames.measure(Audio.of(samples.astype(np.float32)))
    return np.arange(len(got.f0_hz)) * got.hop_s, np.nan_to_num(got.f0_hz.astype(float))


def pyin(samples: Array) -> tuple[Array, Array]:
    """librosa.pyin at a 10 ms hop, 60 to 500 Hz."""
    import librosa

    f0, _, _ = librosa.pyin(samples, sr=16000, fmin=60, fmax=500, frame_length=1024, hop_length=160)
    return np.arange(len(f0)) * 0.01, np.nan_to_num(f0)


PRAAT = """
import json, sys
import numpy as np, parselmouth
for line in sys.stdin:
    samples = np.load(line.strip())
    pitch = parselmouth.Sound(samples, 16000).to_pitch_ac(0.01, 60.0, pitch_ceiling=500.0)
    print(json.dumps([list(pitch.xs()), list(pitch.selected_array["frequency"])]), flush=True)
"""


def praat() -> Tracker:
    """Praat's autocorrelation, 60 to 500 Hz, in an environment of its own."""
    python = environment("praat", "praat-parselmouth")
    child = subprocess.Popen(
        [python, "-c", PRAAT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    place = Path(tempfile.mkdtemp()) / "samples.npy"

    def track(samples: Array) -> tuple[Array, Array]:
        np.save(place, samples.astype(np.float64))
        assert child.stdin is not None and child.stdout is not None
        child.stdin.write(f"{place}\n")
        child.stdin.flush()
        time, f0 = json.loads(child.stdout.readline())
        return np.asarray(time), np.asarray(f0)

    return track


def environment(name: str, *packages: str) -> str:
    """Python of an environment made for a yardstick that the project itself never imports."""
    folder = Path(tempfile.gettempdir()) / f"prosody-benchmark-{name}"
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "-q", "install", *packages], check=True)
    return str(python)


def judge(tracker: Tracker, cases: list[Case]) -> dict[str, float]:
    """Error shares of a tracker over the cases of a condition, frames pooled."""
    tallies = np.zeros(6)
    for case in cases:
        tallies += tally(case, *tracker(case.samples))
    return summary(tallies)


def tally(case: Case, time_s: Array, f0_hz: Array) -> Array:
    """Frames, both voiced, gross, octave, one voiced, and the sum of fine errors in cents."""
    if len(time_s) == 0:
        near: Array = np.zeros(len(case.time_s))
    else:
        at = np.clip(np.searchsorted(time_s, case.time_s), 1, max(1, len(time_s) - 1))
        before = case.time_s - time_s[at - 1] < time_s[at] - case.time_s
        near = f0_hz[np.where(before, at - 1, at)]
        near = np.where(near > 0, _between(time_s, f0_hz, case.time_s, near), 0.0)
    both = (near > 0) & (case.f0_hz > 0)
    cents = 1200 * np.log2(near[both] / case.f0_hz[both])
    gross = np.abs(near[both] / case.f0_hz[both] - 1) > 0.2
    octave = gross & (np.abs(np.abs(cents) % 1200 - 600) > 550) & (np.abs(cents) > 600)
    one = (near > 0) != (case.f0_hz > 0)
    return np.array(
        [len(near), both.sum(), gross.sum(), octave.sum(), one.sum(), np.abs(cents[~gross]).sum()]
    )


def _between(time_s: Array, f0_hz: Array, wanted: Array, near: Array) -> Array:
    """F0 interpolated where both neighbours are voiced and alike, else the nearest."""
    at = np.clip(np.searchsorted(time_s, wanted), 1, len(time_s) - 1)
    left, right = f0_hz[at - 1], f0_hz[at]
    share = np.clip((wanted - time_s[at - 1]) / (time_s[at] - time_s[at - 1]), 0, 1)
    alike = (left > 0) & (right > 0) & (np.abs(left - right) < 0.1 * np.maximum(left, right))
    return np.where(alike, left + share * (right - left), near)


def summary(tallies: Array) -> dict[str, float]:
    """Shares in per cent and cents from pooled counts."""
    n, both, gross, octave, one, cents = tallies
    return {
        "G": 100 * gross / max(1, both),
        "O": 100 * octave / max(1, both),
        "c": cents / max(1, both - gross),
        "V": 100 * one / max(1, n),
        "T": 100 * (one + gross) / max(1, n),
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--each", type=int, default=1, help="utterances a style")
    parser.add_argument("--praat", action="store_true")
    parser.add_argument("--pyin", action="store_true", help="slow: a third of the sound's length")
    parser.add_argument("--references", type=Path)
    parser.add_argument("--offset-ms", type=float, default=REFERENCE_OFFSET_S * 1000)
    parser.add_argument("--seed", type=int, default=2026)
    args = parser.parse_args()
    trackers: dict[str, Tracker] = {"ours": ours}
    if args.pyin:
        trackers["librosa.pyin"] = pyin
    if args.praat:
        trackers["Praat ac"] = praat()
    print("| condition | " + " | ".join(trackers) + " |")
    print("|---|" + "---|" * len(trackers))
    sets = list(conditions(args.seed, args.each))
    if args.references:
        sets += list(references(args.references, args.offset_ms / 1000))
    for name, cases in sets:
        row = [judge(tracker, cases) for tracker in trackers.values()]
        cells = [
            f"G{r['G']:.1f} O{r['O']:.1f} c{r['c']:.1f} V{r['V']:.1f} **T{r['T']:.1f}**"
            for r in row
        ]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


REFERENCE_OFFSET_S = 0.0

if __name__ == "__main__":
    main()
