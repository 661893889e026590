"""What the frames cost: time and peak memory beside established extractors.

    .venv/bin/python -m benchmarks.frames --pyin --praat --opensmile [--from-file] [--cold]
    .venv/bin/python -m benchmarks.frames --minutes 50 --opensmile --pairs 3

A synthetic conversation of each length (`benchmarks.shared.synthetic`, two voices in turn, noise 40
dB below) is written to a temporary wav. Every measurement is a process of its own, so that
start-up, compiling and peak memory count. "decoded" is the time from samples in a mapped file, as
`diarize.recording.audio` leaves them, to all columns; "from file" includes reading and resampling a
44.1 kHz wav. "cold" compiles the loops anew, as the first recording after installing does; all
other rows find them compiled. With ``--pairs`` ours and openSMILE take turns on a busy machine and
the ratios of each pair are printed. Yardsticks run in the same way on the same samples:
librosa.pyin alone on five minutes (its memory grows with the length, so longer sessions are its
time multiplied); Praat's pitch, intensity, harmonicity and CPP; openSMILE's eGeMAPSv02 low-level
descriptors. Praat and openSMILE get an environment of their own in the system's temporary folder
and are never imported by the project.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile
import soxr

from benchmarks import pitch as pitch_benchmark
from benchmarks.shared import synthetic as voices

CHILD = """
import json, resource, sys, time
path, rate = sys.argv[1], 16000
import numpy as np, soundfile
if path.endswith(".raw"):
    samples = np.memmap(path, dtype=np.float32, mode="r")
else:
    samples, rate = soundfile.read(path, dtype="float32")
base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
begun, spent = time.perf_counter(), time.process_time()
{work}
print(json.dumps([time.perf_counter() - begun, time.process_time() - spent,
                  resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""

OURS = """
channels = int(sys.argv[2])
from diarize.recording.audio import Audio
from prosody.features.frames import measure
both = np.broadcast_to(samples, (channels, len(samples)))
got = measure(Audio(both, rate, rate, samples), per_channel=True)
assert np.isfinite(got.f0_hz).any()
"""

FROM_FILE = """
from pathlib import Path
del samples
from diarize.recording import admission, audio
from prosody.features.frames import measure
wide = Path(path).with_suffix(".44100.wav")
recording = admission.admit(wide)
got = measure(audio.decode(recording))
assert np.isfinite(got.f0_hz).any()
"""

PYIN = """
import librosa
librosa.pyin(samples, sr=rate, fmin=60, fmax=500, frame_length=1024, hop_length=160)
"""

PRAAT = """
import parselmouth
from parselmouth.praat import call
sound = parselmouth.Sound(samples.astype(float), rate)
sound.to_pitch_ac(0.01, 60.0, pitch_ceiling=500.0)
sound.to_intensity(60.0, 0.01)
sound.to_harmonicity_cc(0.01, 60.0)
cepstrogram = call(sound, "To PowerCepstrogram", 60, 0.01, 5000, 50)
call(cepstrogram, "Get CPPS", "yes", 0.02, 0.0005, 60, 330, 0.05, "Parabolic", 0.001, 0.05,
     "Exponential decay", "Robust")
"""

OPENSMILE = """
import opensmile
smile = opensmile.Smile(opensmile.FeatureSet.eGeMAPSv02, opensmile.FeatureLevel.LowLevelDescriptors)
smile.process_signal(samples, rate)
"""


def conversation(minutes: float, path: Path) -> None:
    """Write a conversation of two voices; it repeats every two minutes."""
    turns = [
        voices.utter(90_000 + i, voices.Style(110.0 if i % 2 else 205.0, 9.0), 4.0).samples
        for i in range(30)
    ]
    once = np.concatenate(turns)
    count = int(minutes * 60 * 16000)
    rng = np.random.default_rng(7)
    with soundfile.SoundFile(path, "w", 16000, 1, "PCM_16") as file:
        for start in range(0, count, len(once)):
            part = once[: min(len(once), count - start)]
            file.write(part + 1e-3 * rng.standard_normal(len(part)))


def timed(
    python: str, work: str, path: Path, channels: int = 1, **environment: str
) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and peak MB of a process that does the work."""
    done = subprocess.run(
        [python, "-c", CHILD.format(work=work), str(path), str(channels)],
        capture_output=True,
        text=True,
        check=True,
        env={
            **os.environ,
            "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
            **environment,
        },
    )
    wall, cpu, peak = json.loads(done.stdout.splitlines()[-1])
    return wall, cpu, peak


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, nargs="+", default=[5, 50, 180])
    parser.add_argument("--yardstick-minutes", type=float, default=50)
    parser.add_argument("--praat", action="store_true")
    parser.add_argument("--opensmile", action="store_true")
    parser.add_argument("--pyin", action="store_true")
    parser.add_argument("--from-file", action="store_true")
    parser.add_argument("--cold", action="store_true")
    parser.add_argument("--channels", type=int, default=1, help="as many voices, each alike")
    parser.add_argument("--pairs", type=int, default=0, help="repeat ours and openSMILE in turn")
    args = parser.parse_args()
    print("| what | minutes | wall s | CPU s | peak MB |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as place:
        for minutes in args.minutes:
            path = Path(place) / f"{minutes:g}.wav"
            conversation(minutes, path)
            raw = path.with_suffix(".raw")
            with raw.open("wb") as file, soundfile.SoundFile(path) as sound:
                for block in sound.blocks(1 << 20, dtype="float32"):
                    file.write(block.tobytes())
            if args.cold:
                empty = str(Path(place) / f"cache-{minutes:g}")
                cost = timed(sys.executable, OURS, raw, args.channels, NUMBA_CACHE_DIR=empty)
                show("all frames, decoded, cold", minutes, cost)
            show("all frames, decoded", minutes, timed(sys.executable, OURS, raw, args.channels))
            for _ in range(args.pairs):
                pair(raw, path, minutes)
            raw.unlink()
            if args.from_file:
                widened(path)
                show("all frames, from file", minutes, timed(sys.executable, FROM_FILE, path))
            yardsticks(args, minutes, path)
            path.unlink()


def pair(raw: Path, path: Path, minutes: float) -> None:
    """Time ours and openSMILE one right after the other, and print the ratios."""
    one = timed(sys.executable, OURS, raw)
    python = pitch_benchmark.environment("opensmile", "soundfile")
    other = timed(python, OPENSMILE, path)
    show("pair: all frames, decoded", minutes, one)
    show("pair: openSMILE eGeMAPSv02", minutes, other)
    print(f"| ratio | {minutes:g} | 1/{other[0] / one[0]:.1f} | 1/{other[1] / one[1]:.1f} | |")


def widened(path: Path) -> None:
    """Write the same sound at 44.1 kHz, with consent, beside it."""
    samples, rate = soundfile.read(path, dtype="float32")
    wide = path.with_suffix(".44100.wav")
    soundfile.write(wide, soxr.resample(samples, rate, 44_100), 44_100)
    subprocess.run(
        [sys.executable, "-m", "prosody", "consent", "grant", str(wide), "--by", "B1"],
        check=True,
        capture_output=True,
        cwd=Path(__file__).resolve().parents[1],
    )


def yardsticks(args: argparse.Namespace, minutes: float, path: Path) -> None:
    """Time the others on the same samples."""
    if args.pyin and minutes <= 5:
        show("librosa.pyin alone", minutes, timed(sys.executable, PYIN, path))
    if minutes > args.yardstick_minutes:
        return
    if args.praat:
        python = pitch_benchmark.environment("praat-parselmouth", "soundfile")
        show("Praat, four measures", minutes, timed(python, PRAAT, path))
    if args.opensmile:
        python = pitch_benchmark.environment("opensmile", "soundfile")
        show("openSMILE eGeMAPSv02", minutes, timed(python, OPENSMILE, path))


def show(what: str, minutes: float, cost: tuple[float, float, float]) -> None:
    """Print one row."""
    print(f"| {what} | {minutes:g} | {cost[0]:.1f} | {cost[1]:.1f} | {cost[2]:.0f} |", flush=True)


if __name__ == "__main__":
    main()
