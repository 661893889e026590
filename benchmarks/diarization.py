"""How well speakers are told apart: error, talk share, turn edges, backchannels and overlap.

``python -m benchmarks.diarization`` prints markdown tables that are never averaged: real recordings
of two people (the development data beside the project, where they are), conversations spliced from
single voices (those on which thresholds were chosen, and others), and the samples. Each has the
default separator, the built-in one and pyannote's own pipeline with the default's weights, two
people told. ``--to FILE`` writes a page as well. ``--separator`` gives every column for one
separator instead (``--weights FOLDER`` for pyannote's pipeline). ``--spliced N`` is how many
conversations of each collection are spliced, ``--seconds`` of them, ``--most`` is how many seconds
of any recording these tables hear, ``--counts N`` says how many voices are heard in N recordings of
one, of two and of three persons, ``--session`` takes the time of 50 minutes, or of as many as told.
``--passes 0`` leaves the second pass out, ``--second-pass FILE`` gives it other weights: those in
the package were fitted on readers and actors of the spliced conversations (never on the samples,
the development clips or the laryngograph voices), so to judge fairly on readers or actors, fit
without them first (see `training.overlap`).
What the columns mean stands in `benchmarks.shared.metrics`.
"""

import argparse
import itertools
import shlex
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.shared import metrics, places, splicing
from benchmarks.shared.corpora import DATA, SAMPLES, Clip, load, recordings
from benchmarks.shared.metrics import COLUMNS, scores
from benchmarks.shared.pages import said
from benchmarks.shared.places import KINDS, PLACES, Amiss, amiss
from benchmarks.shared.stock import stock
from diarize.models.catalogue import Weights
from diarize.models.engine import Engine
from diarize.models.finding import find_pyannote
from diarize.recording.audio import Audio
from diarize.runtime.atomic import sha256_of
from diarize.separation import networks
from diarize.separation import overlap as resegment
from diarize.separation.pyannote import import_pyannote
from diarize.separation.table import SEPARATORS, Separation, separate
from diarize.settings import Hearing, Overlap
from diarize.timeline import Span, Turn, union

SEED, UNSEEN = 2025, 60606  # conversations on which thresholds were chosen, and others
PAUSE_S = 0.5  # in references that count pauses as speech, shorter ones are filled on both sides
SEXES = {"03": "m", "08": "f", "09": "f", "10": "m", "11": "m", "rl": "m", "sb": "f"}
SHOWN = ("error", "missed", "false alarm", "confusion", "share", "backchannels")
DOUBTS = ("separator.check_who_speaks", "separator.alike", "separator.one_not_two")
PERSONS = ("nobody", "one voice", "two voices", "three voices or more")
INTERVALS = ("error", "confusion", "share", "as turns")
LEAST = 5  # recordings, for an interval


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What one way made of one clip, what was scored of it, and the CPU time it took."""

    clip: Clip
    values: dict[str, float]
    found: Separation
    spent_s: float
    amiss: tuple[Amiss, ...]

    @property
    def heard(self) -> int:
        """How many voices were heard."""
        return len({turn.voice for turn in self.found.turns})

    @property
    def true(self) -> int:
        """How many voices are there."""
        return len({turn.voice for turn in self.clip.turns})

    @property
    def doubted(self) -> bool:
        """Whether a note says to check who speaks."""
        return any(note.code in DOUBTS for note in self.found.notes)

    @property
    def hours_cost(self) -> float:
        """CPU seconds for an hour of sound."""
        return 3600 * self.spent_s / self.clip.audio.duration


def clips(spliced: int, seconds: float = 120.0) -> Iterator[Clip]:
    """Give the samples, the development clips that have a reference, and spliced ones."""
    yield from recordings()
    if spliced and DATA.exists():
        yield from _spliced(spliced, seconds)


def _first(clip: Clip, seconds: float) -> Clip:
    """Give at most so many seconds of a recording."""
    whole = Span(0.0, min(seconds, clip.audio.duration))
    cut = tuple(replace(t, span=part) for t in clip.turns if (part := t.span & whole))
    audio = Audio.of(clip.audio.mono[: round(whole.end * splicing.RATE)])
    return replace(clip, audio=audio, turns=cut, scored=clip.scored & whole or whole)


def _spliced(count: int, seconds: float, seed: int = SEED) -> Iterator[Clip]:
    """Give `count` conversations of two of each collection, the conditions taking turns."""
    rng = np.random.default_rng(seed)
    for group, pool in sorted(splicing.voices(DATA).items()):
        pairs = list(itertools.combinations(sorted(pool), 2))
        for i in range(count):
            pair = pairs[int(rng.integers(len(pairs)))]
            yield _made(group, pool, pair, i + (0 if seed == SEED else seed), seconds)


def _made(
    group: str,
    pool: splicing.Pool,
    people: tuple[str, ...],
    number: int,
    seconds: float = 120.0,
) -> Clip:
    condition = splicing.CONDITIONS[number % len(splicing.CONDITIONS)]
    made = splicing.conversations(
        pool, people, seconds=seconds, condition=condition, seed=9100 + number
    )
    audio = Audio.of(made.sound)
    whole = Span(0.0, audio.duration)
    return Clip(f"spliced {group}", f"{made.name} {condition}", audio, made.turns, whole)


def ways() -> dict[str, Callable[[Audio], Separation]]:
    """Name what is compared: each gives the turns of a recording of two."""

    def own(method: str, audio: Audio) -> Separation:
        weights = networks.find() if method == "pyannote" else None
        return separate(audio, method, weights=weights, people=2)

    def theirs(audio: Audio) -> Separation:
        return Separation(stock(audio, 2), Engine("pyannote.audio", "4"))

    found: dict[str, Callable[[Audio], Separation]] = {"built-in": partial(own, "builtin")}
    if networks.find() is not None:
        found = {"default (fused)": partial(own, "pyannote"), **found}
        found["pyannote's pipeline, same weights"] = theirs
    return found


def filled(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    """Fill pauses under `PAUSE_S` inside each voice."""
    own: dict[str, list[Span]] = {}
    for turn in turns:
        own.setdefault(turn.voice, []).append(turn.span)
    return tuple(
        sorted(Turn(s, voice) for voice, some in own.items() for s in union(some, join_s=PAUSE_S))
    )


def judged(
    clip: Clip, way: Callable[[Audio], Separation], *, pauses_filled: bool = False
) -> Judged:
    """Let one way hear one clip."""
    began = time.process_time()
    found = way(clip.audio)
    spent_s = time.process_time() - began
    turns = found.turns
    if pauses_filled:
        clip, turns = replace(clip, turns=filled(clip.turns)), filled(turns)
    return Judged(clip, scores(clip, turns), found, spent_s, tuple(amiss(clip, turns)))


def three(given: argparse.Namespace) -> Iterator[str]:
    """The tables of two people, and how often a doubt was said."""
    every = [_first(clip, given.most) for clip in clips(given.spliced, given.seconds)]
    if given.spliced and DATA.exists():
        new = _spliced(given.spliced, given.seconds, UNSEEN)
        every += [replace(clip, group=clip.group.replace("spliced", "unseen")) for clip in new]
    every = [clip for clip in every if len({turn.voice for turn in clip.turns}) == 2]
    rows = {
        name: [judged(clip, way, pauses_filled=clip.group == "diar") for clip in every]
        for name, way in ways().items()
    }
    titles = {
        "diar": "Real recordings",
        "spliced": "Spliced conversations, on which thresholds were chosen",
        "unseen": "Spliced conversations drawn afterwards, of the same voices",
        "sample": "Samples",
    }
    for kind, title in titles.items():
        if any(c.group.startswith(kind) for c in every):
            yield f"\n## {title}\n"
            yield from _table(kind, rows)
    yield from _places(next(iter(rows.items())))
    yield "\n## Doubt\n"
    yield "| way | said where confusion is over 6 % | said where it is at most 1 % |\n|---|---|---|"
    for way, some in rows.items():
        wrong = [r.doubted for r in some if r.values["confusion"] > 6.0]
        right = [r.doubted for r in some if r.values["confusion"] <= 1.0]
        yield f"| {way} | {sum(wrong)} of {len(wrong)} | {sum(right)} of {len(right)} |"


def _table(kind: str, rows: dict[str, list[Judged]]) -> Iterator[str]:
    heads = ["recordings", "n", "way", *SHOWN, "worst confusion", "doubt said", "CPU s/h"]
    yield f"| {' | '.join(heads)} |\n" + "|---" * len(heads) + "|"
    names = [n for r in next(iter(rows.values())) for n in _sets(r.clip) if n.startswith(kind)]
    for name in dict.fromkeys(names):
        for way, some in rows.items():
            own = [r for r in some if name in _sets(r.clip)]
            means = (float(np.nanmean([r.values[k] for r in own])) for k in SHOWN)
            worst = max(r.values["confusion"] for r in own)
            cells = [name, str(len(own)), way, *(_cell(k, m) for k, m in zip(SHOWN, means,
                     strict=True)), f"{worst:.1f}", str(sum(r.doubted for r in own)),
                     f"{statistics.fmean(r.hours_cost for r in own):.0f}"]  # fmt: skip
            yield f"| {' | '.join(cells)} |"


def _places(of: tuple[str, list[Judged]]) -> Iterator[str]:
    """Where the first way is wrong, speakers apart: for each kind of recordings, in all of it."""
    way, some = of
    yield f"\n## Where the error lies: {way}\n"
    yield str(places.__doc__).split("\n\n", 1)[1].split("\n", 2)[2].rstrip()
    yield "In percent of reference speech, in brackets the median length of such places in ms.\n"
    heads = [f"{kind}: {place}" for kind in KINDS for place in PLACES]
    yield f"| recordings | n | {' | '.join(heads)} |\n" + "|---" * (len(heads) + 2) + "|"
    for kind in dict.fromkeys(one.clip.group.split()[0] for one in some):
        own = [one for one in some if one.clip.group.split()[0] == kind]
        said_s = sum(turn.span.duration for one in own for turn in one.clip.turns)
        cells = []
        for wrong, place in itertools.product(KINDS, PLACES):
            here = [a.seconds for o in own for a in o.amiss if (a.kind, a.place) == (wrong, place)]
            middle = f" ({1000 * statistics.median(here):.0f})" if here else ""
            cells.append(f"{100 * sum(here) / said_s:.1f}{middle}")
        yield f"| {kind} | {len(own)} | {' | '.join(cells)} |"


def _sets(clip: Clip) -> Iterator[str]:
    """Name the sets of recordings that a clip is of, each a row."""
    kind = clip.group.split()[0]
    if kind not in ("spliced", "unseen"):
        yield f"{clip.group} {clip.name}"
        yield f"{clip.group}, all"
        return
    sexes = [SEXES.get(person) for person in clip.name.split()[0].split("+")]
    yield f"{kind}, all"
    yield clip.group
    if None not in sexes:
        yield f"{kind}, one sex" if len(set(sexes)) == 1 else f"{kind}, two sexes"


def heard_by(method: str, given: argparse.Namespace, weights: Weights | None) -> Iterator[Judged]:
    """Let one separator hear every clip."""
    hearing = Hearing(overlap=Overlap(passes=given.passes))
    if method == "builtin":
        path = given.second_pass
        weights = Weights("built-in", path.stem, path, sha256_of(path))
    way = partial(separate, method=method, hearing=hearing, weights=weights, people=given.people)
    for clip in clips(given.spliced, given.seconds):
        if method != "channels" or clip.audio.channels > 1:
            yield judged(clip, way)


def tables(method: str, given: argparse.Namespace, weights: Weights | None) -> Iterator[str]:
    """One separator's figures for every recording that was not made here, then the means."""
    yield f"\n## {method}: every recording\n"
    yield f"| recording | {' | '.join(COLUMNS)} | voices | CPU s |"
    yield "|---" * (len(COLUMNS) + 3) + "|"
    groups: dict[str, list[dict[str, float]]] = {}
    for one in heard_by(method, given, weights):
        if not one.clip.group.startswith("spliced"):
            cells = [_cell(k, one.values[k]) for k in COLUMNS]
            tail = f"{one.heard} of {one.true} | {one.spent_s:.1f}"
            yield f"| {one.clip.name} | {' | '.join(cells)} | {tail} |"
        for group in _groups(one):
            groups.setdefault(group, []).append(one.values)
    yield f"\n## {method}: means\n"
    yield (
        "In brackets the 95 % interval of the mean over recordings (percentile bootstrap, from "
        f"{LEAST} recordings on). Recordings of one group share voices, so the intervals are "
        "rather too narrow for people not in them.\n"
    )
    yield f"| recordings | n | {' | '.join(COLUMNS)} |\n" + "|---" * (len(COLUMNS) + 2) + "|"
    for group, every in sorted(groups.items()):
        cells = [mean_cell(k, [v[k] for v in every if not np.isnan(v[k])]) for k in COLUMNS]
        yield f"| {group} | {len(every)} | {' | '.join(cells)} |"


def _groups(one: Judged) -> Iterator[str]:
    group = one.clip.group
    yield f"{group}, {PERSONS[min(one.true, 3)]}"
    if group.startswith("spliced"):
        yield f"spliced, {one.clip.name.split()[-1]}"
    if one.true == 2:
        yield "all recordings of two"
        if not group.startswith("spliced"):
            yield "clips and samples, two voices"


def _cell(column: str, value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.2f}" if column == "edge" else f"{value:.1f}"


def mean_cell(column: str, values: list[float]) -> str:
    """Mean over the clips where a column has a meaning, with its interval where that is wanted."""
    if not values:
        return "–"
    mean = _cell(column, statistics.fmean(values))
    if column not in INTERVALS or len(values) < LEAST:
        return mean
    rng = np.random.default_rng(0)
    draws = rng.choice(np.array(values), (2000, len(values))).mean(axis=1)
    low, high = (_cell(column, float(v)) for v in np.percentile(draws, (2.5, 97.5)))
    return f"{mean} ({low} to {high})"


def counts(number: int) -> Iterator[str]:
    """How many voices are heard in recordings of one, two and three persons."""
    yield "\n## built-in: how many voices\n"
    yield "Spliced, 120 s, the collections and conditions taking turns.\n"
    yield "| persons | 1 heard | 2 heard | 3 heard | 4 heard |\n|---|---|---|---|---|"
    rng = np.random.default_rng(77)
    pools = {group: pool for group, pool in splicing.voices(DATA).items() if len(pool) > 2}
    for persons in (1, 2, 3):
        heard = [0] * 4
        for i in range(number):
            group = sorted(pools)[i % len(pools)]
            people = tuple(rng.permutation(sorted(pools[group]))[:persons].tolist())
            clip = _made(group, pools[group], people, 500 * persons + i)
            heard[len({t.voice for t in separate(clip.audio, "builtin").turns}) - 1] += 1
        yield f"| {persons} | {' | '.join(map(str, heard))} |"


def session(minutes: float) -> Iterator[str]:
    """Take the time of a whole session of two, the demo's sound over and over."""
    sound = load(SAMPLES / "attentive.flac").mono
    audio = Audio.of(np.resize(sound, int(minutes * 60 * splicing.RATE)))
    began, spent = time.perf_counter(), time.process_time()
    separate(audio, "builtin")
    took, spent = time.perf_counter() - began, time.process_time() - spent
    yield "\n## built-in: a long session\n"
    yield f"{minutes:.0f} minutes (n = 1) in {took:.0f} s of wall time, {spent:.0f} s of CPU."


def page(given: argparse.Namespace) -> Iterator[str]:
    """Every line of what was asked for."""
    yield "# Telling voices apart: figures\n"
    yield f"```\npython -m benchmarks.diarization {shlex.join(sys.argv[1:])}\n```\n"
    yield str(metrics.__doc__).split("\n", 2)[2].rstrip()
    yield (
        "\n`trn01` to `trn05` are excerpts of meetings (AMI) whose references count pauses as"
        " speech; `diarizationExample2` has a reference without pauses as well; `sample` is a"
        " telephone conversation; `overlapped` is two aligned readings laid over each other. "
        "The references of the samples and of the spliced conversations leave out pauses of "
        f"0.2 s and more. Where references count pauses, gaps under {PAUSE_S} s are filled on "
        "both sides. The thresholds of the default separator were chosen with the real "
        "recordings, the samples and the first spliced conversations in view. No real "
        "recording was left unseen, so expect more error elsewhere. `doubt said` counts "
        "recordings with a note to check who speaks."
    )
    import_pyannote()
    weights = None
    if given.separator == "pyannote":
        weights = find_pyannote(given.weights) if given.weights else networks.find()
    if given.separator:
        yield from tables(given.separator, given, weights)
    else:
        yield from three(given)
    if given.counts and DATA.exists():
        yield from counts(given.counts)
    if given.session:
        yield from session(given.session)


def main() -> None:
    """Print the tables that were asked for, and write them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--separator", choices=sorted(SEPARATORS))
    parser.add_argument("--weights", help="folder of pyannote's weights")
    parser.add_argument("--people", type=int, help="tell the separator how many speak")
    parser.add_argument("--spliced", type=int, default=0, metavar="N")
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--most", type=float, default=600.0, help="seconds of any recording")
    parser.add_argument("--counts", type=int, default=0, metavar="N")
    parser.add_argument("--session", type=float, nargs="?", const=50.0, metavar="MINUTES")
    parser.add_argument("--to", type=Path, metavar="FILE.md")
    parser.add_argument("--passes", type=int, default=Overlap().passes)
    parser.add_argument(
        "--second-pass",
        type=Path,
        default=resegment.WEIGHTS,
        help="weights fitted without a collection by training.overlap, to judge on it",
    )
    given = parser.parse_args()
    said(page(given), given.to)


if __name__ == "__main__":
    main()
