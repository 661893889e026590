"""What other thresholds of voice activity would do, to every kind of recording at once.

``python -m benchmarks.activity [--spliced N] [--to FILE.md]`` prints three tables, one row per
set of thresholds: whether anybody is heard speaking against every reference there is, pauses in
the sample sessions with noise added, and sounds in which nobody speaks.
"""

import argparse
import statistics
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.diarization import clips
from benchmarks.shared.corpora import Clip
from benchmarks.shared.pages import said
from benchmarks.shared.splicing import RATE, pink
from diarize.separation.activity import Probability, speech_probability, speech_spans
from diarize.settings import Activity
from diarize.timeline import Span, intersection, total, union

Sound = NDArray[np.float32]
RULES = {
    "as built: leave .35": Activity(),
    "silero's package: leave .35, no timing put right": Activity(
        bridge_s=0.1, late_start_s=0.0, late_end_s=0.0
    ),
    "enter .2, leave .05, bridge 0.3 s, no timing put right": Activity(
        enter_probability=0.2,
        leave_probability=0.05,
        bridge_s=0.3,
        late_start_s=0.0,
        late_end_s=0.0,
    ),
    "enter .2, leave .2, end 0.10 s": Activity(
        enter_probability=0.2, leave_probability=0.2, late_end_s=0.1
    ),
    "leave .2, end 0.10 s": Activity(leave_probability=0.2, late_end_s=0.1),
    "leave .15, end 0.10 s": Activity(leave_probability=0.15, late_end_s=0.1),
    "leave .1, end 0.11 s": Activity(leave_probability=0.1, late_end_s=0.11),
    "bridge 0.3 s": Activity(bridge_s=0.3),
    "bridge 0.5 s": Activity(bridge_s=0.5),
    "bridge 1.0 s": Activity(bridge_s=1.0),
    "bridge 1.5 s": Activity(bridge_s=1.5),
}
NOISES: tuple[tuple[str, float | None], ...] = (
    ("none", None), ("pink", 20.0), ("white", 20.0), ("pink", 10.0), ("white", 10.0),
    ("pink", 5.0), ("white", 5.0),
)  # fmt: skip
PAUSE_S = 0.25


def _group(clip: Clip) -> str:
    if clip.group == "diar":
        two = len({turn.voice for turn in clip.turns}) == 2
        return f"clip {clip.name}" if two else "other clips"
    return clip.group


def against_references(spliced: int) -> Iterator[str]:
    """Missed and false speech in percent of reference speech, whoever speaks."""
    heard: dict[str, list[tuple[Clip, Probability]]] = {}
    for clip in clips(spliced):
        row = speech_probability(clip.audio.mono, RATE)
        heard.setdefault(_group(clip), []).append((clip, row))
    yield "\n## Against references: missed + false, percent of reference speech\n"
    names = (f"{name} ({len(some)})" for name, some in heard.items())
    yield f"| thresholds | {' | '.join(names)} |\n" + "|---" * (len(heard) + 1) + "|"
    for name, rule in RULES.items():
        cells = (_errors(some, rule) for some in heard.values())
        yield f"| {name} | {' | '.join(cells)} |"


def _errors(some: list[tuple[Clip, Probability]], rule: Activity) -> str:
    missed, added = [], []
    for clip, row in some:
        true = intersection(union(turn.span for turn in clip.turns), [clip.scored])
        spans = intersection(speech_spans(row, rule), [clip.scored])
        hit, speech = total(intersection(true, spans)), total(true)
        missed.append(100 * (speech - hit) / speech)
        added.append(100 * (total(spans) - hit) / speech)
    return f"{statistics.fmean(missed):.1f} + {statistics.fmean(added):.1f}"


def pauses_in_noise() -> Iterator[str]:
    """Of the pauses of the samples, how many are heard, and by how much too long or short."""
    known = [c for c in clips(0) if c.group == "sample" and c.audio.channels == 1]
    pauses = [_pauses(union(turn.span for turn in clip.turns)) for clip in known]
    yield f"\n## Pauses of {PAUSE_S:g} s and more in {len(known)} samples, noise added\n"
    yield (
        f"Share of {sum(map(len, pauses))} stretches without speech of which at least half is "
        "heard as such, percent, and the median error of their lengths in ms.\n"
    )
    names = ("none" if db is None else f"{kind}, {db:.0f} dB" for kind, db in NOISES)
    yield f"| thresholds | {' | '.join(names)} |\n" + "|---" * (len(NOISES) + 1) + "|"
    rng = np.random.default_rng(5)
    rows = [
        [speech_probability(_noisy(clip, kind, db, rng), RATE) for clip in known]
        for kind, db in NOISES
    ]
    for name, rule in RULES.items():
        cells = (_found(pauses, some, rule) for some in rows)
        yield f"| {name} | {' | '.join(cells)} |"


def _pauses(speech: tuple[Span, ...]) -> list[Span]:
    joined = union(speech, join_s=PAUSE_S)
    return [Span(before.end, after.start) for before, after in pairwise(joined)]


def _noisy(clip: Clip, kind: str, db: float | None, rng: np.random.Generator) -> Sound:
    sound = clip.audio.mono
    if db is None:
        return sound
    spoken = [sound[int(t.span.start * RATE) : int(t.span.end * RATE)] for t in clip.turns]
    level = float(np.concatenate(spoken).std()) * 10 ** (-db / 20)
    noise = pink(len(sound), rng) if kind == "pink" else rng.normal(0, 1, len(sound))
    return np.asarray(sound + level * noise, dtype=np.float32)


def _found(pauses: list[list[Span]], rows: list[Probability], rule: Activity) -> str:
    errors, count = [], 0
    for own, row in zip(pauses, rows, strict=True):
        speech = union(speech_spans(row, rule), join_s=PAUSE_S)
        for pause in own:
            quiet = pause.duration - total(intersection([pause], speech))
            count += 1
            if quiet >= pause.duration / 2:
                near = [q for q in _pauses(speech) if q.overlap(pause) >= quiet - 1e-6]
                errors += [q.duration - pause.duration for q in near[:1]]
    middle = f"{1000 * statistics.median(errors):+.0f}" if errors else "–"
    return f"{100 * len(errors) / max(count, 1):.0f} ({middle})"


def nobody_speaks(seconds: int = 60) -> Iterator[str]:
    """Seconds a minute called speech in sounds without any."""
    sounds = dict(_sounds(seconds * RATE, np.random.default_rng(7)))
    rows = {name: speech_probability(sound, RATE) for name, sound in sounds.items()}
    yield "\n## Nobody speaks: seconds a minute called speech\n"
    yield f"The most over {len(rows)} sounds: {', '.join(rows)}.\n"
    yield "| thresholds | most |\n|---|---|"
    for name, rule in RULES.items():
        most = max(total(speech_spans(row, rule)) for row in rows.values())
        yield f"| {name} | {60 / seconds * most:.2f} |"


def _sounds(n: int, rng: np.random.Generator) -> Iterator[tuple[str, Sound]]:
    from scipy.signal import butter, sosfilt

    at, quiet = np.arange(n) / RATE, 1e-3 * pink(n, rng)
    yield "silence", np.zeros(n, np.float32)
    for db in (-50, -30, -20):
        yield f"white {db} dBFS", (10 ** (db / 20) * rng.normal(0, 1, n)).astype(np.float32)
    for db in (-50, -30, -20):
        yield f"pink {db} dBFS", (10 ** (db / 20) * pink(n, rng)).astype(np.float32)
    breath = sosfilt(butter(2, (500, 4000), "bandpass", fs=RATE, output="sos"), rng.normal(0, 1, n))
    gate = np.maximum(0.0, np.sin(2 * np.pi * at / 3.0)) ** 2  # one of 1.5 s every 3 s
    yield "breaths", (quiet + 0.02 * gate * breath).astype(np.float32)
    knocks = np.where(rng.random(n) < 2 / RATE, 1.0, 0.0)
    ring = np.exp(-np.arange(800) / 120) * rng.normal(0, 0.1, 800)
    yield "knocks", (quiet + np.convolve(knocks, ring)[:n]).astype(np.float32)
    hum = sum(0.02 / k * np.sin(2 * np.pi * 50 * k * at) for k in range(1, 8))
    yield "hum of 50 Hz", (quiet + hum).astype(np.float32)
    note = 220 * 2 ** (np.repeat(rng.integers(0, 24, 2 * (n // RATE)), RATE // 2) / 12)
    tune = sum(np.sin(2 * np.pi * k * np.cumsum(note) / RATE) / k for k in range(1, 6))
    yield "plucked notes", (0.1 * tune * np.exp(-3 * (at % 0.5))).astype(np.float32)


def page(spliced: int) -> Iterator[str]:
    """Every line."""
    yield "# Voice activity: figures\n"
    yield f"```\npython -m benchmarks.activity --spliced {spliced}\n```\n"
    yield (
        "A stretch of speech ends where the network's probability falls below *leave*, and "
        "counts if it reached *enter* (.5 unless stated); silences shorter than *bridge* (0.2"
        " s) are filled; the network's delay at the end of speech (0.08 s) is corrected."
    )
    yield from against_references(spliced)
    yield from pauses_in_noise()
    yield from nobody_speaks()


def main() -> None:
    """Print the tables and write them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--spliced", type=int, default=0, metavar="N")
    parser.add_argument("--to", type=Path, metavar="FILE.md")
    given = parser.parse_args()
    said(page(given.spliced), given.to)


if __name__ == "__main__":
    main()
