"""How well speakers are told apart: error, talk share, turn edges and backchannels, per clip.

``python -m benchmarks.diarization`` prints a markdown table for the sample sessions and, where it
is, the development data beside the project. ``--separator builtin`` (the default), ``channels``
or ``pyannote`` chooses the row of the table; ``--weights FOLDER`` gives pyannote's weights;
``--spliced N`` adds N conversations spliced from single voices.

Error is the diarization error rate without a collar, overlap included, in percent of reference
speech, and its parts: missed, false alarm, confusion. Share is the talk-share error in points
(recordings with two persons). Start is the median distance of a turn's start to the nearest
start heard, in seconds. Backchannels are reference turns of at most 1 s of one voice beside or
within the other's speech; recalled if at least half of one is given to the right voice.
"""

import argparse
import itertools
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import splicing
from diarize.audio import Audio
from diarize.speakers import SEPARATORS, import_pyannote, separate
from diarize.timeline import Span, Turn, intersection, total
from diarize.weights import Weights, find_pyannote

PROJECT = Path(__file__).parents[1]
DATA = PROJECT / ".." / "shared" / "data"
COLUMNS = ("error", "missed", "false alarm", "confusion", "share", "start", "backchannels")


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A recording with its reference; only what lies in `scored` counts."""

    group: str
    name: str
    audio: Audio
    turns: tuple[Turn, ...]
    scored: Span


def load(path: Path) -> Audio:
    """Read a file at 16 kHz."""
    import soundfile
    import soxr

    sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    if rate != splicing.RATE:
        sound = soxr.resample(sound, rate, splicing.RATE)
    return Audio.of(np.ascontiguousarray(sound.T))


def reference(path: Path) -> tuple[Turn, ...]:
    """Read the turns of an RTTM file."""
    rows = (line.split() for line in path.read_text("utf-8").splitlines())
    spans = ((float(r[3]), float(r[4]), r[7]) for r in rows if r and r[0] == "SPEAKER")
    return tuple(sorted(Turn(Span(a, a + n), voice) for a, n, voice in spans))


def clips(spliced: int) -> Iterator[Clip]:
    """Give the samples, the development clips that have a reference, and spliced ones."""
    places = [("sample", PROJECT / "sample_audio", "flac"), ("diar", DATA / "diar", "wav")]
    for group, folder, ending in places:
        for path in sorted(folder.glob(f"*.{ending}")):
            rttm, uem = path.with_suffix(".rttm"), path.with_suffix(".uem")
            if rttm.exists():
                audio = load(path)
                scored = Span(0.0, audio.duration)
                if uem.exists():
                    first, last = uem.read_text().split()[2:4]
                    scored = Span(float(first), min(float(last), audio.duration))
                yield Clip(group, path.stem, audio, reference(rttm), scored)
    if spliced and DATA.exists():
        yield from _spliced(spliced)


def _spliced(count: int) -> Iterator[Clip]:
    pools = splicing.voices(DATA)
    pairs = [(g, p) for g in sorted(pools) for p in itertools.combinations(sorted(pools[g]), 2)]
    rng = np.random.default_rng(2024)
    for i in range(count):
        group, pair = pairs[int(rng.integers(len(pairs)))]
        condition = splicing.CONDITIONS[i % len(splicing.CONDITIONS)]
        made = splicing.conversations(
            pools[group], pair, seconds=120.0, condition=condition, seed=9000 + i
        )
        audio = Audio.of(made.sound)
        name = f"{made.name} {condition}"
        yield Clip(f"spliced {group}", name, audio, made.turns, Span(0.0, audio.duration))


def scores(clip: Clip, turns: tuple[Turn, ...]) -> dict[str, float]:
    """Every column for one clip; NaN where it has no meaning."""
    from pyannote.core import Annotation, Segment, Timeline
    from pyannote.metrics.diarization import DiarizationErrorRate

    def annotation(given: tuple[Turn, ...]) -> Any:
        made = Annotation()
        for i, turn in enumerate(given):
            made[Segment(turn.span.start, turn.span.end), i] = turn.voice
        return made

    truth, heard = annotation(clip.turns), annotation(turns)
    metric = DiarizationErrorRate(collar=0.0, skip_overlap=False)
    area = Timeline([Segment(clip.scored.start, clip.scored.end)])
    part = metric(truth, heard, uem=area, detailed=True)
    same = metric.optimal_mapping(truth, heard)  # heard voice -> true voice
    speech = max(part["total"], 1e-9)
    return {
        "error": 100 * part["diarization error rate"],
        "missed": 100 * part["missed detection"] / speech,
        "false alarm": 100 * part["false alarm"] / speech,
        "confusion": 100 * part["confusion"] / speech,
        "share": _share_error(clip, turns, same),
        "start": _start_error(clip, turns),
        "backchannels": _recall(clip, turns, same),
    }


def _spoken(turns: tuple[Turn, ...], voice: str | None) -> tuple[Span, ...]:
    return tuple(turn.span for turn in turns if turn.voice == voice)


def _share_error(clip: Clip, turns: tuple[Turn, ...], same: dict[str, str]) -> float:
    people = sorted({turn.voice for turn in clip.turns})
    if len(people) != 2:
        return float("nan")
    true = [total(_spoken(clip.turns, p), clip.scored) for p in people]
    back = {theirs: ours for ours, theirs in same.items()}
    heard = [total(_spoken(turns, back.get(p)), clip.scored) for p in people]
    if not sum(heard):
        return float("nan")
    return 100 * abs(heard[0] / sum(heard) - true[0] / sum(true))


def _start_error(clip: Clip, turns: tuple[Turn, ...]) -> float:
    starts = np.array([turn.span.start for turn in turns])
    if not len(starts):
        return float("nan")
    return statistics.median(float(np.abs(starts - t.span.start).min()) for t in clip.turns)


def _recall(clip: Clip, turns: tuple[Turn, ...], same: dict[str, str]) -> float:
    back = {theirs: ours for ours, theirs in same.items()}
    short = []
    for turn in clip.turns:
        near = turn.span.widened(1.0)
        others = (t for t in clip.turns if t.voice != turn.voice and t.span.duration > 1.0)
        if turn.span.duration <= 1.0 and any(near.overlap(other.span) > 0 for other in others):
            short.append(turn)
    if not short:
        return float("nan")
    found = [
        total(intersection([turn.span], _spoken(turns, back.get(turn.voice))))
        >= turn.span.duration / 2
        for turn in short
    ]
    return 100 * sum(found) / len(found)


def row(name: str, values: dict[str, float], tail: str) -> str:
    """One line of the table."""
    cells = (
        "–" if np.isnan(v) else f"{v:.2f}" if k == "start" else f"{v:.1f}"
        for k, v in values.items()
    )
    return f"| {name} | {' | '.join(cells)} | {tail} |"


def main() -> None:
    """Print the table, with a mean for each group."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--separator", choices=sorted(SEPARATORS), default="builtin")
    parser.add_argument("--weights", help="folder of pyannote's weights")
    parser.add_argument("--people", type=int, help="tell the separator how many speak")
    parser.add_argument("--spliced", type=int, default=0)
    given = parser.parse_args()
    import_pyannote()
    weights: Weights | None = None
    if given.separator == "pyannote":
        weights = find_pyannote(given.weights)
    print(f"| clip | {' | '.join(COLUMNS)} | voices | s |\n|{'---|' * (len(COLUMNS) + 3)}")
    groups: dict[str, list[dict[str, float]]] = {}
    for clip in clips(given.spliced):
        if given.separator == "channels" and clip.audio.channels < 2:
            continue
        began = time.perf_counter()
        found = separate(clip.audio, given.separator, weights=weights, people=given.people)
        took = time.perf_counter() - began
        values = scores(clip, found.turns)
        count = len({t.voice for t in found.turns})
        true = len({t.voice for t in clip.turns})
        groups.setdefault(f"{clip.group}, {true} voices", []).append(values)
        print(row(clip.name, values, f"{count} of {true} | {took:.1f}"), flush=True)
    for group, every in groups.items():
        means = {
            k: float(np.nanmean([v[k] for v in every] or [np.nan]))
            if any(not np.isnan(v[k]) for v in every)
            else float("nan")
            for k in COLUMNS
        }
        print(row(f"**mean of {len(every)}: {group}**", means, " | "))


if __name__ == "__main__":
    main()
