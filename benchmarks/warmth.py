"""What the two axes of the voice say, and whether their sum says more.

``python -m benchmarks.warmth [--write]``: acted sentences within
speaker (EmoDB; also cut to their first second, which asks what short turns are worth), and
listeners' ratings between speakers (functionals stand in, as in `benchmarks.validity.rated`). The
development data lie beside the project; without them nothing is written.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.shared.corpora import DATA
from benchmarks.shared.records import Found, Page, Table, main
from benchmarks.validity.acted import PAIRS, acted_groups
from benchmarks.validity.common import auc, measured, read, session, spearman
from benchmarks.validity.rated import rated_sex
from prosody.analysis import Analysis
from prosody.cues import composite
from prosody.cues.turn_table import turn_table
from prosody.settings import Settings

Floats = NDArray[np.float64]
SHOWN = ("soft", "melodic", "index", "softness", "plain tilt")
SHORT_S, DRAWS, RATE_HZ = 1.0, 1000, 16_000


def actor(paths: list[Path], seconds: float | None) -> tuple[NDArray[Any], dict[str, Floats]]:
    """Give the labels of an actor's sentences, and what each axis makes of them; NaN for nothing.

    Plain tilt is the median alpha ratio of a sentence's voiced frames, turned round: no gate, no
    harmonics, no comparison with other sentences.
    """
    sounds = [read(path)[: None if seconds is None else int(seconds * RATE_HZ)] for path in paths]
    conversation, samples = session([("therapist", sound) for sound in sounds], 1.0)
    frames = measured(samples)
    analysis = Analysis(conversation, frames, Settings())
    table = turn_table(analysis)
    found = {name: np.full(len(paths), np.nan) for name in SHOWN}
    scores = composite.scored(analysis, "therapist")
    for at, turn in enumerate(conversation.utterances):
        where = slice(round(turn.span.start * 100), round(turn.span.end * 100))
        voiced = np.isfinite(frames.f0_hz[where])
        found["plain tilt"][at] = -np.nanmedian(frames.alpha_ratio_db[where][voiced])
        own = composite.turn_profile(analysis, turn)
        if own is None:
            continue
        found["soft"][at] = own.axes.get("soft", np.nan)
        found["melodic"][at] = own.axes.get("melodic", np.nan)
        found["index"][at] = np.nan if own.index is None else own.index
        row = np.flatnonzero(scores.rows == table.row_of(turn))
        found["softness"][at] = scores.z["softness"][row[0]] if row.size else np.nan
    return np.array([path.name[5] for path in paths]), found


def area(values: Floats, labels: NDArray[Any], up: str, down: str) -> float:
    """Share of pairs in the expected order, one without a value taken for its actor's middle."""
    middle = np.nanmedian(values) if np.isfinite(values).any() else 0.0
    filled = np.where(np.isfinite(values), values, middle)
    return auc(filled[labels == up], filled[labels == down])


def acted(data: Path, seconds: float | None) -> tuple[str, Table]:
    """Say how many have a value, and give the acted pairs: mean over actors, draws within them."""
    actors = [actor(paths, seconds) for paths in acted_groups(data).values()]
    known = np.concatenate([found["soft"] for _, found in actors])
    said = f"{np.isfinite(known).sum()} of {known.size} sentences have a soft-hard value."
    rows, rng = [], np.random.default_rng(3)
    for pair, (up, down) in PAIRS.items():
        whole = {name: _mean(actors, name, up, down) for name in SHOWN}
        drawn: dict[str, list[float]] = {name: [] for name in SHOWN}
        for _ in range(DRAWS):
            again = [_again(labels, found, up, down, rng) for labels, found in actors]
            for name in SHOWN:
                drawn[name].append(_mean(again, name, up, down))
        cells = [_cell(whole[name], drawn[name]) for name in SHOWN]
        better = max(("soft", "melodic"), key=lambda name: whole[name])
        apart = np.array(drawn["index"]) - np.array(drawn[better])
        rows.append([pair, *cells, _cell(whole["index"] - whole[better], apart)])
    return said, Table(["pair", *SHOWN, "index less the better axis"], rows)


def _mean(actors: list[tuple[Any, dict[str, Floats]]], name: str, up: str, down: str) -> float:
    some = [
        area(found[name], labels, up, down)
        for labels, found in actors
        if (labels == up).any() and (labels == down).any()
    ]
    return float(np.mean(some))


def _again(
    labels: NDArray[Any], found: dict[str, Floats], up: str, down: str, rng: np.random.Generator
) -> tuple[NDArray[Any], dict[str, Floats]]:
    """Draw an actor's sentences of each label again."""
    kept = [np.flatnonzero(labels == letter) for letter in (up, down)]
    rows = np.concatenate([rng.choice(k, k.size) for k in kept if k.size])
    return labels[rows], {name: values[rows] for name, values in found.items()}


def _cell(value: float, drawn: Any) -> str:
    low, high = np.percentile(drawn, (2.5, 97.5))
    return f"{value:+.2f} [{low:+.2f}, {high:+.2f}]" if value < 0 or low < 0 else (
        f"{value:.2f} [{low:.2f}, {high:.2f}]")  # fmt: skip


def rated(data: Path) -> Iterator[list[str]]:
    """Give rank correlations with listeners' warmth per sex, and what the sum adds to melody."""
    rng = np.random.default_rng(5)
    for sex in ("female", "male"):
        z, y = rated_sex(data, sex)
        sums = {name: _axis(z, name) for name in ("soft", "melodic", "")}
        rows = rng.integers(0, y.size, (DRAWS, y.size))
        drawn = {n: np.array([spearman(v[i], y[i]) for i in rows]) for n, v in sums.items()}
        whole = {name: spearman(values, y) for name, values in sums.items()}
        cells = [_cell(whole[name], drawn[name]) for name in sums]
        apart = _cell(whole[""] - whole["melodic"], drawn[""] - drawn["melodic"])
        yield [sex, str(y.size), *cells, apart]


def _axis(z: dict[str, Floats], axis: str) -> Floats:
    """Sum the components of an axis, or of both, by their weights."""
    parts = [c for c in Settings().warmth.components if c.name in z and axis in ("", c.axis)]
    return np.asarray(sum(c.weight * z[c.name] for c in parts))


TEXT = """\
# The voice's two axes, and their sum

`python -m benchmarks.warmth --write`, {made}

Shares of pairs (a calm sentence over an angry one of the same actor, and so on) in the expected
order; .50 is chance. A sentence without a value counts as its actor's middle. Intervals are 95 %,
of sentences or speakers drawn again. Weights of the axes were chosen with the ratings and these
actors in view ([why](../notes/warmth-index-weights.md)), so the figures are no test on strangers;
the order of axes and sum is what they are printed for.

## Acted sentences, whole

{whole_said}

{whole}

## Their first 1 s

{short_said}

{short}

## Listeners' ratings of warmth, rank correlation between speakers

{rated}

What it says. The sum is not better than its parts: in acted speech the soft-hard axis says more, in
listeners' ratings the melodic one. So the axes are shown first and by their own names, and the sum
stands last, called what it is; no other weights of the same parts did better on halves that they
were not chosen on (`python -m benchmarks.validity --only halves`). With turns of 1.5 s and more
alone, as before, the soft-hard axis ordered .96, 1.00 and .83 of the three pairs of whole sentences
and none of their first second: short turns help. Plain tilt, which nothing withholds, orders acted
pairs as well or better; the axis is for recordings whose noise, gain or band would move it.
"""


def find(data: Path = DATA) -> Found:
    """Judge acted sentences, whole and short, and the ratings."""
    whole_said, whole = acted(data, None)
    short_said, short = acted(data, SHORT_S)
    head = ["", "speakers", "soft", "melodic", "index", "index less melodic"]
    return Found(
        {"whole": whole, "short": short, "rated": Table(head, list(rated(data)))},
        {"whole_said": whole_said, "short_said": short_said},
        [path for folder in FOLDERS for path in folder.iterdir()],
    )


FOLDERS = (DATA / "emotion" / "emodb", DATA / "warmth_ratings")
PAGE = Page(
    "warmth",
    TEXT,
    FOLDERS,
    find,
)

if __name__ == "__main__":
    main(PAGE)
