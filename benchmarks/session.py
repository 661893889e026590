"""What a whole session costs: the samples laid end to end until they last as long as asked.

``python -m benchmarks.session 50`` makes a session of about 50 minutes with its transcript,
analyses it in a process of its own as a user would, and prints wall time, CPU time and peak
memory. ``python -m benchmarks.session 50 whisper`` leaves the transcript out and lets a recogniser
(or ``faster-whisper``) write down the words. Timings on a shared machine are noisy: compare within
one run.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

from diarize.recording import consent

SAMPLES = Path(__file__).parents[1] / "sample_audio"
RATE_HZ = 16_000


def main(minutes: float, transcriber: str | None = None) -> None:
    """Print one row of a table."""
    with tempfile.TemporaryDirectory() as work:
        recording = build(Path(work), minutes * 60)
        seconds = soundfile.info(recording).duration
        began = time.monotonic()
        command = [sys.executable, "-m", "prosody", "analyze", str(recording)]
        if transcriber is not None:
            recording.with_suffix(".vtt").unlink()
            command += ["--transcriber", transcriber, "--language", "en"]
        subprocess.run([*command, "--library", f"{work}/library", "--quiet"], check=True)
        wall = time.monotonic() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print("| minutes | wall s | CPU s | peak MB |\n|---|---|---|---|")
    cpu = used.ru_utime + used.ru_stime
    print(f"| {seconds / 60:.0f} | {wall:.0f} | {cpu:.0f} | {used.ru_maxrss / 1e3:.0f} |")


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
    main(float((*sys.argv, "50")[1]), *sys.argv[2:3])
