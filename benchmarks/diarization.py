"""How well speakers are told apart: error, talk share, turn edges, backchannels and overlap.

``python -m benchmarks.diarization`` prints a markdown table for the sample sessions and, where it
is, the development data beside the project: the built-in separator's and, where its weights are
(``--weights FOLDER``), pyannote's. ``--separator`` chooses one. ``--spliced N`` adds N
conversations of two spliced from single voices of each collection, ``--counts N`` says how many
voices are heard in N recordings of one, of two and of three persons, ``--session`` takes the time
of 50 minutes, or of as many as it is told. ``--passes 0`` leaves the second pass out,
``--second-pass FILE`` gives it other weights: those in the package were fitted on readers and
actors of the spliced conversations (never on the samples, the development clips or the
laryngograph voices), so to judge fairly on readers or actors, fit without them first (see
`benchmarks.overlap`).

Error is the diarization error rate without a collar, overlap included, in percent of reference
speech, and its parts: missed, false alarm, confusion. Share is the talk-share error in points
(recordings with two persons). Edge is the median distance, in seconds, of a turn's start or end
to the nearest start or end of the same voice heard. Backchannels are reference turns of at most
1 s of one voice beside or within the other's speech; recalled, in percent, if at least half of
one is given to the right voice. Precision and recall are of seconds in which two voices speak.
"""

import argparse
import itertools
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import splicing
from diarize import resegment
from diarize.audio import Audio
from diarize.consent import sha256_of
from diarize.speakers import SEPARATORS, Separating, import_pyannote, separate
from diarize.timeline import Span, Turn, intersection, total, union
from diarize.weights import Weights, find_pyannote

PROJECT = Path(__file__).parents[1]
DATA = PROJECT / ".." / "shared" / "data"
PERSONS = ("nobody", "one voice", "two voices", "three voices or more")
COLUMNS = (
    "error",
    "missed",
    "false alarm",
    "confusion",
    "share",
    "edge",
    "backchannels",
    "precision",
    "recall",
)


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
    """Give `count` conversations of two of each collection, the conditions taking turns."""
    rng = np.random.default_rng(2025)
    for group, pool in sorted(splicing.voices(DATA).items()):
        pairs = list(itertools.combinations(sorted(pool), 2))
        for i in range(count):
            pair = pairs[int(rng.integers(len(pairs)))]
            yield _made(group, pool, pair, i)


def _made(group: str, pool: splicing.Pool, people: tuple[str, ...], number: int) -> Clip:
    condition = splicing.CONDITIONS[number % len(splicing.CONDITIONS)]
    made = splicing.conversations(
        pool, people, seconds=120.0, condition=condition, seed=9100 + number
    )
    audio = Audio.of(made.sound)
    whole = Span(0.0, audio.duration)
    return Clip(f"spliced {group}", f"{made.name} {condition}", audio, made.turns, whole)


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
        "edge": _edge_error(clip, turns, same),
        "backchannels": _recall(clip, turns, same),
        **_overlap(clip, turns),
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


def _edge_error(clip: Clip, turns: tuple[Turn, ...], same: dict[str, str]) -> float:
    """Edges of a voice that was not heard at all are left out: they are missed, not misplaced."""
    far = []
    for voice in {turn.voice for turn in clip.turns}:
        heard = [t.span for t in turns if same.get(t.voice) == voice]
        for kind in ("start", "end") if heard else ():
            edges = np.array([getattr(span, kind) for span in heard])
            wanted = (getattr(t.span, kind) for t in clip.turns if t.voice == voice)
            far += [float(np.abs(edges - edge).min()) for edge in wanted]
    return statistics.median(far) if far else float("nan")


def _overlap(clip: Clip, turns: tuple[Turn, ...]) -> dict[str, float]:
    """Share of what was marked as two voices that is, and of what is that was marked, percent."""
    true, heard = (doubled(some, clip.scored) for some in (clip.turns, turns))
    hit, nan = total(intersection(true, heard)), float("nan")
    return {
        "precision": 100 * hit / total(heard) if heard else nan,
        "recall": 100 * hit / total(true) if total(true) >= 1.0 else nan,
    }


def doubled(turns: tuple[Turn, ...], scored: Span) -> tuple[Span, ...]:
    """Where two or more voices speak."""
    names = sorted({turn.voice for turn in turns})
    pairs = itertools.combinations([_spoken(turns, name) for name in names], 2)
    return intersection(union(s for a, b in pairs for s in intersection(a, b)), [scored])


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
        "–" if np.isnan(v) else f"{v:.2f}" if k == "edge" else f"{v:.1f}" for k, v in values.items()
    )
    return f"| {name} | {' | '.join(cells)} | {tail} |"


def table(method: str, given: argparse.Namespace, weights: Weights | None) -> None:
    """Print one separator's figures for every clip, then the means of every group."""
    print(f"\n{method}\n\n| clip | {' | '.join(COLUMNS)} | voices | s |")
    print("|---" * (len(COLUMNS) + 3) + "|")
    groups: dict[str, list[dict[str, float]]] = {}
    for clip in clips(given.spliced):
        if method == "channels" and clip.audio.channels < 2:
            continue
        began = time.perf_counter()
        rule = replace(Separating(), second_passes=given.passes)
        found = separate(clip.audio, method, settings=rule, weights=weights, people=given.people)
        took = time.perf_counter() - began
        values = scores(clip, found.turns)
        count, true = (len({t.voice for t in some}) for some in (found.turns, clip.turns))
        print(row(clip.name, values, f"{count} of {true} | {took:.1f}"), flush=True)
        groups.setdefault(f"{clip.group}, {PERSONS[min(true, 3)]}", []).append(values)
        if true == 2:
            groups.setdefault("all recordings of two", []).append(values)
    for group, every in sorted(groups.items()):
        print(row(f"**mean of {len(every)}: {group}**", _mean(every), " | "))


def _mean(every: list[dict[str, float]]) -> dict[str, float]:
    """Mean of every column over the clips where it has a meaning."""
    kept = {k: [v[k] for v in every if not np.isnan(v[k])] for k in COLUMNS}
    return {k: statistics.fmean(some) if some else float("nan") for k, some in kept.items()}


def counts(number: int) -> None:
    """Print how many voices are heard in recordings of one, two and three persons."""
    print("\n| persons | 1 heard | 2 heard | 3 heard | 4 heard |\n|---|---|---|---|---|")
    rng = np.random.default_rng(77)
    pools = {group: pool for group, pool in splicing.voices(DATA).items() if len(pool) > 2}
    for persons in (1, 2, 3):
        heard = [0] * 4
        for i in range(number):
            group = sorted(pools)[i % len(pools)]
            people = tuple(rng.permutation(sorted(pools[group]))[:persons].tolist())
            clip = _made(group, pools[group], people, 500 * persons + i)
            heard[len({t.voice for t in separate(clip.audio, "builtin").turns}) - 1] += 1
        print(f"| {persons} | {' | '.join(map(str, heard))} |", flush=True)


def session(minutes: float) -> None:
    """Take the time of a whole session of two, the demo's sound over and over."""
    sound = load(PROJECT / "sample_audio" / "attentive.flac").mono
    audio = Audio.of(np.resize(sound, int(minutes * 60 * splicing.RATE)))
    began, spent = time.perf_counter(), time.process_time()
    separate(audio, "builtin")
    took, spent = time.perf_counter() - began, time.process_time() - spent
    print(f"\n{minutes:.0f} minutes in {took:.0f} s, {spent:.0f} s of CPU")


def main() -> None:
    """Print the tables that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--separator", choices=sorted(SEPARATORS))
    parser.add_argument("--weights", help="folder of pyannote's weights")
    parser.add_argument("--people", type=int, help="tell the separator how many speak")
    parser.add_argument("--spliced", type=int, default=0, metavar="N")
    parser.add_argument("--counts", type=int, default=0, metavar="N")
    parser.add_argument("--session", type=float, nargs="?", const=50.0, metavar="MINUTES")
    parser.add_argument("--passes", type=int, default=Separating().second_passes)
    parser.add_argument(
        "--second-pass",
        type=Path,
        default=resegment.WEIGHTS,
        help="weights fitted without a collection by benchmarks.overlap, to judge on it",
    )
    given = parser.parse_args()
    resegment.WEIGHTS = given.second_pass
    resegment.WEIGHTS_SHA256 = sha256_of(given.second_pass)
    import_pyannote()
    weights = find_pyannote(given.weights)
    methods = [given.separator] if given.separator else ["builtin"] + ["pyannote"] * bool(weights)
    for method in methods:
        table(method, given, weights)
    if given.counts and DATA.exists():
        counts(given.counts)
    if given.session:
        session(given.session)


if __name__ == "__main__":
    main()
