"""How often links find what is not there, and what is.

``python -m benchmarks.links [--write]`` makes sessions for each way in which values and behaviours
may run: ten pairs as in `prosody.listening.chosen_pairs`, three behaviours on 20 turns each and on
fewer, values of a cue from one turn to the next alike by an autoregression or drifting, and
behaviours scattered or in streaks. Printed are the share of sessions in which any of the ten
stands out although nothing goes with anything, the share of 95 % intervals that hold the true
difference, and the share of sessions in which a planted difference of 1 and of 1.5 standard
deviations is found among the ten. No recording is needed.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from benchmarks.coverage import series
from benchmarks.shared.records import Found, Page, Table, main
from prosody.listening.chosen_pairs import PRIMARY
from prosody.listening.contrasts import contrasts
from prosody.settings import Contrasts
from prosody.statistics import adjusted_for_any

Floats = NDArray[np.float64]
Labels = NDArray[np.bool_]
RULES = Contrasts()
EVENTS = 20
STREAK = 0.8
SEED = 1126  # of draws on which no setting was chosen
PLANTED = (1.0, 1.5)
CUES, BEHAVIOURS = 4, 3  # pairs enough for as many as are chosen in advance


def _alike(rho: float) -> Callable[[np.random.Generator, int], Floats]:
    return lambda rng, n: series(rng, CUES, n, rho).T


def _drifting(rng: np.random.Generator, n: int) -> Floats:
    return 0.7 * series(rng, CUES, n, 0.95).T + 0.7 * series(rng, CUES, n, 0.0).T


def _walking(rng: np.random.Generator, n: int) -> Floats:
    steps = np.cumsum(rng.standard_normal((n, CUES)), axis=0)
    return 0.3 * steps + rng.standard_normal((n, CUES))


def _rising(rng: np.random.Generator, n: int) -> Floats:
    way = rng.choice((-1.2, 1.2), CUES)
    trend: Floats = np.linspace(-1.0, 1.0, n)[:, None] * way
    return trend + series(rng, CUES, n, 0.3).T


VALUES: dict[str, Callable[[np.random.Generator, int], Floats]] = {
    "AR 0": _alike(0.0),
    "AR .5": _alike(0.5),
    "AR .8": _alike(0.8),
    "AR .8, skewed": lambda rng, n: np.exp(0.7 * series(rng, CUES, n, 0.8).T),
    "AR .95 and noise": _drifting,
    "random walk and noise": _walking,
    "trend and AR .3": _rising,
}


def labelled(rng: np.random.Generator, n: int, rho: float, events: int) -> Labels:
    """Choose the turns that carry each behaviour, (n, behaviours)."""
    order = np.argsort(-series(rng, BEHAVIOURS, n, rho), axis=1)[:, :events]
    carries = np.zeros((BEHAVIOURS, n), dtype=bool)
    np.put_along_axis(carries, order, True, axis=1)
    return carries.T


def session(
    rng: np.random.Generator, values: Floats, carries: Labels, planted: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Say of each pair whether it stands out and whether its interval holds the truth.

    The planted difference is that of the first behaviour in the first cue.
    """
    values = values / values.std(axis=0)
    values[:, 0] += planted * carries[:, 0]
    found = [contrasts(values, carries[:, b], RULES) for b in range(BEHAVIOURS)]
    chance = np.concatenate([one.chance for one in found])[: len(PRIMARY)]
    low, high = (
        np.concatenate([getattr(one, end) for one in found])[: len(PRIMARY)]
        for end in ("low", "high")
    )
    truth = np.zeros(len(PRIMARY))
    truth[0] = planted
    return adjusted_for_any(chance) <= RULES.false_sessions, (low <= truth) & (truth <= high)


def cells(name: str, n: int, rho: float, sessions: int, events: int = EVENTS) -> Iterator[str]:
    """Give the four figures of one row."""
    rng = np.random.default_rng([SEED, n, int(10 * rho), *name.encode()])
    false, held, hits = 0, 0, dict.fromkeys(PLANTED, 0)
    for _ in range(sessions):
        values, carries = VALUES[name](rng, n), labelled(rng, n, rho, events)
        firm, inside = session(rng, values, carries, 0.0)
        false += bool(firm.any())
        held += int(inside.sum())
        for planted in PLANTED:
            hits[planted] += bool(session(rng, values, carries, planted)[0][0])
    yield f"{100 * false / sessions:.1f}"
    yield f"{100 * held / sessions / len(PRIMARY):.1f}"
    yield from (f"{100 * hits[planted] / sessions:.0f}" for planted in PLANTED)


TEXT = """\
# Links where there are none, and where there is one

`python -m benchmarks.links --write`, {made}

{sessions} made sessions a row, {pairs} pairs chosen in advance, each behaviour on {events} turns of
one speaker. *Any*: percent of sessions without a true difference in which at least one pair stands
out (±{error} by chance). *Held*: percent of 95 % intervals that hold the true difference. *Found*:
percent of sessions in which a planted difference stands out among the ten.

{table}

With fewer turns that carry the behaviour (in a session a link needs `least_link_turns` of the
settings on either side, so 6 of these are too few and show why):

{fewer}

Over all {rows} rows any pair stands out in {any} % of sessions, in the row with most in {most} %.
"""
FEWER = ((6, 60), (8, 60), (12, 60))  # turns with a behaviour, of how many
SESSIONS = 500


def find(sessions: int = SESSIONS) -> Found:
    """Make and judge sessions of every kind."""
    rows = [
        [name, how, str(n), *cells(name, n, rho, sessions)]
        for n in (60, 120)
        for name in VALUES
        for rho, how in ((0.0, "scattered"), (STREAK, "in streaks"))
    ]
    fewer = [
        [name, how, f"{events} of {n}", *cells(name, n, rho, sessions, events)]
        for events, n in FEWER
        for name in ("AR 0", "AR .8", "AR .8, skewed")
        for rho, how in ((0.0, "scattered"), (STREAK, "in streaks"))
    ]
    head = ["values", "behaviour", "turns", "any", "held", "1 SD found", "1.5 SD found"]
    out = [float(row[3]) for row in (*rows, *fewer)]
    words = {
        "sessions": str(sessions),
        "pairs": str(len(PRIMARY)),
        "events": str(EVENTS),
        "error": f"{200 * (0.04 * 0.96 / sessions) ** 0.5:.1f}",
        "rows": str(len(out)),
        "any": f"{np.mean(out):.1f}",
        "most": f"{max(out):.1f}",
    }
    return Found({"table": Table(head, rows), "fewer": Table(head, fewer)}, words)


PAGE = Page(
    "links",
    TEXT,
    (),
    find,
)

if __name__ == "__main__":
    main(PAGE)
