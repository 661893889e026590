"""What a whole session costs: the samples laid end to end until they last as long as asked.

``python -m benchmarks.session 50`` makes a session of about 50 minutes with its transcript, has
``prosody analyze`` analyse it in a process of its own as a user would, and prints wall time, CPU
time and peak memory, of the whole and step by step. ``python -m benchmarks.session 50 whisper``
leaves the transcript out and lets a recogniser (or ``faster-whisper``) write down the words. A
step's peak is the most memory the process held while it lasted, sound that is mapped from disk
included; it is known on Linux alone. Timings on a shared machine are noisy: compare within one run.
"""

import json
import resource
import runpy
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile

from diarize.recording import consent

SAMPLES = Path(__file__).parents[1] / "sample_audio"
RATE_HZ = 16_000
STEPS = {
    "stage.starting": "start, opening Whisper",
    "stage.reading": "decoding",
    "stage.speech": "speech",
    "stage.voices": "voices: speaker encoder, second pass",
    "stage.changes": "voices: segmentation",
    "stage.comparing": "voices: embedding, both engines, hums",
    "stage.words": "words",
    "stage.measuring": "frames",
    "stage.listening": "cues, listening, report, filing",
}


def main(minutes: float, transcriber: str | None = None) -> None:
    """Print a table with a row a step."""
    with tempfile.TemporaryDirectory() as work:
        recording = build(Path(work), minutes * 60)
        seconds = soundfile.info(recording).duration
        words = () if transcriber is None else (transcriber,)
        began = time.monotonic()
        steps = analysed(recording, Path(work, "library"), *words)
        wall = time.monotonic() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime
    most = max(peak for _, _, peak in steps.values()) or used.ru_maxrss * 1024 / 1e6
    print(f"{seconds / 60:.1f} minutes of sound\n")
    print("| step | wall s | CPU s | peak MB |\n|---|---|---|---|")
    for step, (took_s, cpu_s, peak_mb) in steps.items():
        print(f"| {step} | {took_s:.0f} | {cpu_s:.0f} | {peak_mb or '–'} |")
    print(f"| **whole** | {wall:.0f} | {cpu:.0f} | {most:.0f} |")


def analysed(
    recording: Path, library: Path, *words: str, out: int | None = None
) -> dict[str, tuple[float, float, int]]:
    """Analyse a session in a process of its own; gives what each step took: wall s, CPU s, MB.

    `words` are a recogniser and its options, who hears it instead of its transcript; `out` is where
    what is printed goes.
    """
    kept = recording.with_name("steps.json")
    command = [sys.executable, "-m", "benchmarks.session", "--watch", str(kept), str(recording)]
    if words:
        recording.with_suffix(".vtt").unlink()
        command += ["--transcriber", *words, "--language", "en"]
    command += ["--library", str(library), "--quiet"]
    subprocess.run(command, check=True, cwd=SAMPLES.parent, stdout=out)
    steps: dict[str, tuple[float, float, int]] = json.loads(kept.read_text("utf-8"))
    return steps


def watch(kept: Path, arguments: list[str]) -> None:
    """Be ``prosody analyze``, with a bar that notes what each step cost instead of being drawn."""
    import prosody.cli.analysis

    steps: dict[str, tuple[float, float, int]] = {}
    doing, since = STEPS["stage.starting"], (time.monotonic(), 0.0)

    def note(stage: str, share: float | None) -> None:
        nonlocal doing, since
        now = (time.monotonic(), time.process_time())
        took_s, cpu_s, peak_mb = steps.get(doing, (0.0, 0.0, 0))
        steps[doing] = (
            took_s + now[0] - since[0],
            cpu_s + now[1] - since[1],
            max(peak_mb, _peak_mb()),
        )
        doing, since = STEPS.get(stage, doing), now

    @contextmanager
    def bar(quiet: bool) -> Iterator[Callable[[str, float | None], None]]:
        yield note
        note("", None)
        kept.write_text(json.dumps(steps), "utf-8")

    prosody.cli.analysis.progress = bar  # type: ignore[attr-defined]
    sys.argv = ["prosody", "analyze", *arguments]
    runpy.run_module("prosody", run_name="__main__")


def _peak_mb() -> int:
    """Give the most memory held since last asked, and begin anew; 0 where nobody knows."""
    status, forget = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    if not forget.exists():
        return 0
    lines = status.read_text("utf-8").splitlines()
    peak = next(line for line in lines if line.startswith("VmHWM"))
    forget.write_text("5", "utf-8")
    return round(int(peak.split()[1]) * 1024 / 1e6)


def build(folder: Path, seconds: float) -> Path:
    """Lay the attentive and the hurried sample end to end; gives the recording's path."""
    sound: list[np.ndarray] = []
    cues = ["WEBVTT\n"]
    at = 0.0
    while at < seconds:
        for stem in ("attentive", "hurried"):
            piece, _ = soundfile.read(SAMPLES / f"{stem}.flac", dtype="float32")
            truth = json.loads((SAMPLES / f"{stem}.json").read_text("utf-8"))
            cues += [
                f"{clock(at + t['start_s'])} --> {clock(at + t['end_s'])}\n"
                f"<v {t['role']}>{t['text']}\n"
                for t in truth["turns"]
            ]
            sound.append(piece)
            at += len(piece) / RATE_HZ
    path = folder / "long.flac"
    soundfile.write(path, np.concatenate(sound), RATE_HZ)
    path.with_suffix(".vtt").write_text("\n".join(cues), "utf-8")
    consent.grant(path, by="benchmark")
    return path


def clock(seconds: float) -> str:
    """Write a time as WebVTT does."""
    return f"{int(seconds // 3600):02}:{int(seconds // 60) % 60:02}:{seconds % 60:06.3f}"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--watch"]:
        watch(Path(sys.argv[2]), sys.argv[3:])
    else:
        main(float((*sys.argv, "50")[1]), *sys.argv[2:3])
