"""How often the 95 % intervals of the report hold what they are about, where that is known.

``python -m benchmarks.coverage [--write]`` makes sessions for each kind of figure, number of units
and correlation between neighbours, asks for the interval as the report does, and counts how often
it holds the truth. Units follow a normal autoregression of order 1, made into waits, lengths,
choices and counts with the skew that talk has. A session without an
interval is no miss; what share has one is said where it is not all of them. A minute or two.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter
from scipy.special import ndtr, ndtri

from benchmarks.listening.annomi import CSV, by_transcript, read
from benchmarks.shared.corpora import TIMING, consultations
from benchmarks.shared.records import Found, Page, Table, main
from prosody import intervals as own
from prosody.cues.style import likeness
from prosody.cues.waiting import median_wait
from prosody.intervals import Bounds
from prosody.settings import Intervals

Floats = NDArray[np.float64]
Made = tuple[NDArray[Any], ...]
CORRELATIONS = (0.0, 0.3, 0.5)
RULES = Intervals()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of figure: how a session of it is made, its interval, its truth, and at which n.

    `make` gives arrays whose first axis is the session; `least` is the n from which the report
    gives this figure an interval, as its settings say.
    """

    name: str
    stands_for: str
    make: Callable[[np.random.Generator, int, int, float], Made]
    interval: Callable[..., tuple[float | None, float | None]]
    truth: float
    n: tuple[int, ...]


def series(rng: np.random.Generator, sessions: int, n: int, rho: float) -> Floats:
    """Make normal series of variance 1, shape (sessions, n), neighbours correlated by `rho`."""
    noise = rng.standard_normal((sessions, n))
    noise[:, 1:] *= (1 - rho**2) ** 0.5
    return np.asarray(lfilter([1.0], [1.0, -rho], noise, axis=1))


def _waits(rng: np.random.Generator, sessions: int, n: int, rho: float) -> Floats:
    return np.exp(0.7 * series(rng, sessions, n, rho) - 0.3) - 0.5


def _lengths(rng: np.random.Generator, sessions: int, n: int, rho: float = 0.3) -> Floats:
    return 6 * np.exp(0.8 * series(rng, sessions, n, rho))


def _choices(p: float) -> Callable[..., Made]:
    def make(rng: np.random.Generator, sessions: int, n: int, rho: float) -> Made:
        happened = ndtr(series(rng, sessions, n, rho)) < p
        return happened.astype(np.float64), np.ones((sessions, n))

    return make


def _two_behaviours(rng: np.random.Generator, sessions: int, n: int, rho: float) -> Made:
    """Turns of which .30 give back and .35 ask, so that about `n` ask; few do both."""
    turns = round(n / 0.35)
    gives, asks = (ndtr(series(rng, sessions, turns, rho)) for _ in range(2))
    gives_back = gives < 0.30
    both = rng.random((sessions, turns)) < 0.15
    asking = np.where(gives_back & ~both, False, asks < 0.35 / (0.7 + 0.3 * 0.15))
    return gives_back.astype(np.float64), asking.astype(np.float64)


def _uptake(rng: np.random.Generator, sessions: int, n: int, rho: float) -> Made:
    words = 1 + rng.poisson(np.exp(1.6 + 0.7 * rng.standard_normal((sessions, n))))
    chance = 0.3 * ndtr(series(rng, sessions, n, rho) - 0.5)
    return rng.binomial(words, chance).astype(np.float64), words.astype(np.float64)


def _rates(rng: np.random.Generator, sessions: int, n: int, rho: float) -> Made:
    seconds = 1.5 + _lengths(rng, sessions, n)
    return seconds * (4.5 + 0.8 * series(rng, sessions, n, rho)), seconds


def _pauses(rng: np.random.Generator, sessions: int, n: int, rho: float) -> Made:
    seconds = 1.5 + _lengths(rng, sessions, n)
    return seconds * 0.5 * ndtr(series(rng, sessions, n, rho) - 0.7), seconds


def _signs(rng: np.random.Generator, sessions: int, n: int, rho: float) -> Made:
    minutes = _lengths(rng, sessions, n) / 60
    pace = 3 * np.exp(0.5 * series(rng, sessions, n, rho) - 0.125)
    return rng.poisson(pace * minutes).astype(np.float64), minutes


def _few_events(rng: np.random.Generator, sessions: int, n: int, rho: float) -> Made:
    carries = ndtr(series(rng, sessions, n, rho)) < 0.05
    return carries.astype(np.float64), _lengths(rng, sessions, n) / 600


def _marked(rng: np.random.Generator, sessions: int, n: int, rho: float) -> Made:
    return series(rng, sessions, n, rho), rng.random((sessions, n)) < 0.35


def _pairs(rng: np.random.Generator, sessions: int, n: int, rho: float) -> Made:
    x, y = (series(rng, sessions, n, rho) for _ in range(2))
    return x, 0.3 * x + 0.91**0.5 * y


def _drifting(rng: np.random.Generator, sessions: int, n: int, rho: float) -> Made:
    at = np.tile(np.linspace(-1.0, 1.0, n) * 3**0.5, (sessions, 1))
    return 0.3 * at + 0.91**0.5 * series(rng, sessions, n, rho), at


def _gains(rng: np.random.Generator, sessions: int, n: int, rho: float) -> Made:
    return (np.abs(series(rng, sessions, n, rho)) - (2 / np.pi) ** 0.5,)


def _components(rng: np.random.Generator, sessions: int, n: int, rho: float) -> Made:
    common = series(rng, sessions, n, rho)
    own_parts = [series(rng, sessions, n, rho) for _ in range(3)]
    return (np.stack([0.6 * common + 0.8 * part for part in own_parts], axis=1),)


def _stops(rng: np.random.Generator, sessions: int, n: int, rho: float) -> Made:
    waits = np.exp(0.8 * series(rng, sessions, n, rho))
    patience = 3 * rng.exponential(size=(sessions, n))
    return np.minimum(waits, patience), waits <= patience


_STYLE = np.array(
    [(11, 13, 7, 9, 6, 4, 5, 1.5, 2.5), (14, 11, 8, 8, 5, 5, 4, 2, 3)], dtype=float
)  # percent of words


def _styles(rng: np.random.Generator, sessions: int, n: int, rho: float) -> Made:
    """Words of two people by turns, (sessions, 2, 10, n), use of each group rising and falling."""
    words = 2 + rng.poisson(np.exp(2.2 + 0.7 * rng.standard_normal((sessions, n))))
    counts = np.zeros((sessions, 2, 10, n))
    for who in range(2):
        spoken = np.where(np.arange(n) % 2 == who, words, 0)
        for group in range(9):
            moved = np.exp(0.3 * series(rng, sessions, n, rho) - 0.045)
            counts[:, who, group] = rng.binomial(spoken, _STYLE[who, group] / 100 * moved)
        counts[:, who, 9] = spoken
    return (counts,)


def _alike(counts: Floats) -> Bounds:
    return own.delta_interval(*likeness(counts), rules=RULES)


def _few(counts: Floats, exposure: Floats) -> Bounds:
    """Give the interval of a rate as totals have it: of what was found at least once."""
    return own.rate_interval(counts, exposure, rules=RULES) if counts.any() else (None, None)


def _of(function: Callable[..., Bounds], *more: float) -> Callable[..., Bounds]:
    return lambda *arrays: function(*arrays, *more, rules=RULES)


def _contrast(values: Floats, here: NDArray[np.bool_]) -> tuple[float | None, float | None]:
    return own.median_contrast(values, here, rules=RULES)[1:]


def _weighed(columns: Floats) -> Bounds:
    return own.combined_medians(columns, np.array([3.0, 2.0, 1.0]), rules=RULES)


def _waited(seconds: Floats, taken: Floats) -> tuple[float | None, float | None]:
    return median_wait(seconds.tolist(), taken.tolist(), rules=RULES)[1:]


def _expected(make: Callable[..., Made]) -> float:
    """Ratio of the sums of very many units."""
    parts, wholes = make(np.random.default_rng(0), 1, 4_000_000, 0.0)
    return float(parts.sum() / wholes.sum())


def _wait_at(share: float) -> float:
    return float(np.exp(0.7 * ndtri(share) - 0.3) - 0.5)


_LIKE = float(1 - (np.abs(_STYLE[0] - _STYLE[1]) / (_STYLE.sum(axis=0) + 0.0001)).mean())
_N = (20, 30, 60, 120, 240)


@cache
def kinds() -> tuple[Kind, ...]:
    """Give every kind of figure of the report that has an interval."""
    return (
        Kind("share, .45", "open questions", _choices(0.45), _of(own.share_interval), 0.45,
             _N[1:]),
        Kind("share, .20", "overlap rate", _choices(0.2), _of(own.share_interval), 0.2,
             _N[1:]),
        Kind("odds", "reflections to questions", _two_behaviours, _of(own.odds_interval),
             _expected(_two_behaviours), _N[:-1]),
        Kind("share of words", "uptake", _uptake, _of(own.share_interval), _expected(_uptake), _N),
        Kind("median", "response latency", lambda *a: (_waits(*a),), _of(own.median_interval),
             _wait_at(0.5), _N),
        Kind("median, long tail", "turn length", lambda *a: (_lengths(*a),),
             _of(own.median_interval), 6.0, _N),
        Kind("90th percentile", "latency, p90", lambda *a: (_waits(*a),),
             _of(own.quantile_interval, 0.9), _wait_at(0.9), (100, 240)),
        Kind("interquartile range", "latency, IQR", lambda *a: (_waits(*a),),
             _of(own.iqr_interval), _wait_at(0.75) - _wait_at(0.25), _N[2:]),
        Kind("ratio of amounts", "articulation rate", _rates, _of(own.ratio_interval), 4.5,
             _N),
        Kind("share of time", "pause share", _pauses, _of(own.ratio_interval), _expected(_pauses),
             _N),
        Kind("rate", "backchannels a minute", _signs, _of(own.rate_interval), _expected(_signs),
             _N),
        Kind("rate of few", "behaviours in 10 min", _few_events, _few,
             _expected(_few_events), _N[1:]),
        Kind("difference of medians", "rate after long turns", _marked, _contrast, 0.0, _N[1:]),
        Kind("sum of medians", "warmth profile", _components, _weighed, 0.0, _N[1:]),
        Kind("waiting time", "silence tolerance", _stops, _waited, 1.0, _N),
        Kind("mean", "proximity", _gains, _of(own.mean_interval), 0.0, _N[1:]),
        Kind("correlation", "synchrony", _pairs, _of(own.correlation_interval), 0.3, _N[1:]),
        Kind("trend", "convergence", _drifting, _of(own.correlation_interval), 0.3, _N[1:]),
        Kind("likeness", "language style", _styles, _alike, _LIKE, (240, 480)),
    )  # fmt: skip


def held(kind: Kind, n: int, rho: float, sessions: int) -> tuple[float, float]:
    """Give the share of intervals that hold the truth, and the share of sessions with one."""
    rng = np.random.default_rng([n, int(100 * rho), len(kind.name)])
    made = kind.make(rng, sessions, n, rho)
    around = (kind.interval(*arrays) for arrays in zip(*made, strict=True))
    known = [(low, high) for low, high in around if low is not None and high is not None]
    if not known:
        return np.nan, 0.0
    inside = sum(low <= kind.truth <= high for low, high in known)
    return inside / len(known), len(known) / sessions


def rows() -> Iterator[list[str]]:
    """Give the rows of the table; long sessions take longer, so fewer are made of them."""
    for kind in kinds():
        for n in kind.n:
            sessions = SESSIONS if n < LONG else FEWER
            found = [held(kind, n, rho, sessions) for rho in CORRELATIONS]
            if any(given for _, given in found):
                yield [kind.name, kind.stands_for, str(n), *(_cell(*one) for one in found)]


def _judged(table: list[list[str]]) -> dict[str, str]:
    """Count the cells, those within 93 to 97 %, and those further off than chance."""
    least, most = 93.0, 97.0
    cells = [(row[2], float(told.split()[0])) for row in table for told in row[3:] if told != "–"]
    off = [(n, max(least - held, held - most, 0.0)) for n, held in cells]
    beyond = sum(far > _by_chance(SESSIONS if int(n) < LONG else FEWER) for n, far in off)
    inside = sum(far == 0 for _, far in off)
    return {
        "cells": str(len(cells)),
        "inside": str(inside),
        "beyond": str(beyond) if beyond else "none",
    }


def _by_chance(sessions: int) -> float:
    """How far a share of .95 of so many sessions strays by chance, in points."""
    return float(200 * (0.95 * 0.05 / sessions) ** 0.5)


def _cell(share: float, given: float) -> str:
    if not given:
        return "–"
    told = f"{100 * share:.1f}"
    return told if given > 0.995 else f"{told} ({100 * given:.0f} %)"


TEXT = """\
# Do the intervals hold what they say?

`python -m benchmarks.coverage --write`, {made}

Percentage of simulated sessions whose 95 % interval contains the true value; {sessions} sessions
per cell, {fewer} from n {long} on, so a cell varies by ±{error} and ±{wider} by chance. AR is the
correlation of neighbouring units. In brackets: the percentage of sessions that get an interval,
where that is not all of them; at smaller n none does. The prior weights of correlations and the
least numbers of units in `prosody.settings.Intervals` were chosen on smaller runs of this same
table, so it is not an independent test, and the simulated talk is simple.

Fewer units than the table begins with have no interval: so few cannot tell whether neighbours are
alike. The width follows from the mean root of the design effect over what is possible; its mean
made intervals of 20 units that are not alike hold 98 to 99 %, its geometric mean those of 20 to 30
at AR 0.5 hold 90 to 93 %. Shares of units that are one thing or the other need 30 of them: with 20
their intervals held 98 % at a share of .20, because an interval of four events cannot be cut finer.
Like totals in a report, the row of few has no interval where nothing was found.

Of the {cells} cells {inside} lie within 93 to 97 %; {beyond} lie further from it than chance alone
would bring in one cell of twenty.

{table}

## How alike neighbours are in real talk

Correlation of each value with the next of the same person, means and middle halves over talks with
20 values and more: in hand-timed consultations, and in talks coded by people. AR 0.5 is beyond what
is found there.

{real}
"""
SESSIONS, FEWER, LONG = 2000, 1000, 100


def real() -> Iterator[list[str]]:
    """Give, per kind of value, how alike neighbours are in real talks."""
    for name, talks in {**_timed(), **_coded()}.items():
        long = [x for x in talks if len(x) >= RULES.least_events and np.std(x) > 0]
        found = [float(np.corrcoef(x[:-1], x[1:])[0, 1]) for x in map(np.asarray, long)]
        low, high = np.quantile(found, (0.25, 0.75))
        yield [name, str(len(found)), f"{np.mean(found):.2f}", f"{low:.2f} to {high:.2f}"]


def _timed() -> dict[str, list[list[float]]]:
    """Give how late each person's turns begin, whether before the other ends, and their length."""
    found: dict[str, list[list[float]]] = {}
    for _, (turns, _) in consultations():
        pairs = [(a, b) for a, b in pairwise(sorted(turns)) if a.voice != b.voice]
        for voice in sorted({turn.voice for turn in turns}):
            own = [(a.span.end, b.span) for a, b in pairs if b.voice == voice]
            waits = [span.start - end for end, span in own]
            found.setdefault("wait before a turn, ranks", []).append(
                list(np.argsort(np.argsort(waits)))
            )
            found.setdefault("turn begins in overlap", []).append([w < 0 for w in waits])
            lengths = [float(np.log(span.duration)) for _, span in own]
            found.setdefault("length of turns, log", []).append(lengths)
    return found


def _coded() -> dict[str, list[list[float]]]:
    """Give whether each of a therapist's turns asks, and gives back, as most coders say."""
    found: dict[str, list[list[float]]] = {}
    for talk in by_transcript(read(CSV)).values():
        own = [turn for turn in talk if turn.role == "therapist"]
        for kind in ("question", "reflection"):
            found.setdefault(f"turn holds a {kind}", []).append([t.exists[kind] for t in own])
    return found


def find() -> Found:
    """Simulate every kind at every n."""
    head = ["kind", "such as", "n", *(f"AR {rho:g}" for rho in CORRELATIONS)]
    counts = {"sessions": SESSIONS, "fewer": FEWER, "long": LONG}
    words = {name: str(value) for name, value in counts.items()}
    for name, sessions in (("error", SESSIONS), ("wider", FEWER)):
        words[name] = f"{_by_chance(sessions):.1f}"
    real_head = ["value", "talks", "correlation", "middle half"]
    table = list(rows())
    words |= _judged(table)
    tables = {"table": Table(head, table), "real": Table(real_head, list(real()))}
    return Found(tables, words, [*sorted(TIMING.glob("*.TextGrid")), CSV])


PAGE = Page(
    "coverage",
    TEXT,
    (TIMING, CSV),
    find,
)

if __name__ == "__main__":
    main(PAGE)
