"""How alike two people speak from turn to turn: display only, never scored.

Conventions
-----------
A pair is a change of turn: the therapist's and the client's value in the two turns beside it,
as robust z of each speaker in this recording (Levitan & Hirschberg 2011, turn level). Series
are detrended over time first, except for convergence, which is the trend. Every figure is set
against surrogates in which one series is shifted in a circle by at least
``settings.matching.least_shift`` pairs; p-values are corrected over all that was tested
(Benjamini and Hochberg 1995). Fewer pairs than ``least_pairs`` give no figure. Language style
is compared by Ireland & Pennebaker 2010 on word lists of our own. Roles swapped give the same.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from diarize.errors import Refused
from diarize.timeline import Span
from prosody.analysis import Analysis, shared
from prosody.cues.dyad import Transition, transitions
from prosody.cues.measure import Cue, Measure, withheld
from prosody.cues.solo import alone
from prosody.cues.turn_table import turn_table
from prosody.settings import Matching
from prosody.statistics import adjusted, interval, robust_z

__all__ = ["CUES", "Match", "language_style", "matching"]

Floats = NDArray[np.float64]
ROLES = ("therapist", "client")


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing compared: its column per turn, the least scale of its z, and a standing flag."""

    name: str
    column: str
    floor: float
    words: str
    flag: str = ""


FEATURES = (
    Feature("level", "level_db", 1.0, "loudness"),
    Feature("articulation_rate", "rate", 0.25, "speaking rate"),
    Feature("latency", "latency_s", 0.1, "response latency"),
    Feature(
        "pitch",
        "pitch_st",
        0.5,
        "pitch",
        "flagged, never scored: the first finding failed to replicate, and over 13 trials more "
        "pitch synchrony went with a poorer alliance",
    ),
)
STATISTICS = ("proximity", "convergence", "synchrony")


@dataclass(frozen=True, slots=True)
class Match:
    """One statistic of one feature against its surrogates.

    `value` is in z for proximity and a correlation otherwise; `effect` is the distance from the
    surrogates' mean in their standard deviations; `p` is two-sided, `p_adjusted` after
    correction; `reason` says why there is no value.
    """

    feature: str
    statistic: str
    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    effect: float | None = None
    p: float | None = None
    p_adjusted: float | None = None
    surrogates: int = 0
    reason: str | None = None


@shared
def matching(analysis: Analysis, within: Span) -> tuple[Match, ...]:
    """Compare both people on every feature, each statistic corrected for all of them."""
    changes = [
        t
        for t in transitions(analysis)
        if within.start <= t.at < within.end and {t.by, t.after} == set(ROLES)
    ]
    found: list[Match] = []
    for feature in FEATURES:
        found += _feature(analysis, feature, changes)
    tested = [m for m in found if m.p is not None]
    corrected = iter(adjusted(np.array([m.p for m in tested])))
    return tuple(m if m.p is None else replace(m, p_adjusted=float(next(corrected))) for m in found)


def _feature(analysis: Analysis, feature: Feature, changes: list[Transition]) -> list[Match]:
    at, therapist, client, floors = _pairs(analysis, feature, changes)
    n, limits = at.size, analysis.settings.matching
    reason = None
    if n < limits.least_pairs:
        reason = f"only {n} pairs of turns with both values, {limits.least_pairs} are needed"
    elif feature.name in ("level", "pitch"):
        reason = _crosstalk(analysis)
        if reason is None and feature.name == "level":
            reason = _shared_noise(therapist, client, floors, limits)
    a, b = robust_z(therapist, feature.floor), robust_z(client, feature.floor)
    if reason is None and (np.ptp(a) == 0 or np.ptp(b) == 0):
        reason = "one of the two never varies"
    if reason is not None:
        return [Match(feature.name, s, n, reason=reason) for s in STATISTICS]
    return _tested(feature.name, at, a, b, limits)


def _pairs(
    analysis: Analysis, feature: Feature, changes: list[Transition]
) -> tuple[Floats, Floats, Floats, Floats]:
    """Times (n,), therapist's and client's values (n,), noise floors (2, n) of complete pairs."""
    value = _per_turn(analysis, feature)
    floor = _column(analysis, "floor_db")
    rows = []
    for t in changes:
        mine, theirs = (t.next, t.previous) if t.by == "therapist" else (t.previous, t.next)
        row = (t.at, value.get(mine), value.get(theirs), floor.get(mine), floor.get(theirs))
        rows.append([np.nan if x is None else x for x in row])
    table = np.array(rows, dtype=np.float64).reshape(-1, 5)
    kept = table[np.isfinite(table[:, 1]) & np.isfinite(table[:, 2])]
    return kept[:, 0], kept[:, 1], kept[:, 2], kept[:, 3:].T


def _per_turn(analysis: Analysis, feature: Feature) -> dict[int, float]:
    """Give a feature's value by index of utterance."""
    if feature.column == "latency_s":
        return {t.next: t.offset_s for t in transitions(analysis) if t.by != t.after}
    return _column(analysis, feature.column)


def _column(analysis: Analysis, name: str) -> dict[int, float]:
    table = turn_table(analysis)
    return dict(zip(table.utterance.tolist(), table[name].tolist(), strict=True))


def _detrended(values: Floats, at: Floats) -> Floats:
    centred = at - at.mean()
    slope = (centred @ values) / max(float(centred @ centred), 1e-12)
    return np.asarray(values - values.mean() - slope * centred)


def _tested(name: str, at: Floats, a: Floats, b: Floats, limits: Matching) -> list[Match]:
    """Compute the three statistics at every shift; the shift of 0 is the one observed."""
    flat_a, flat_b = _detrended(a, at), _detrended(b, at)
    shifts = _shifts(at.size, limits)
    curves = {
        "proximity": _proximity(flat_a, flat_b),
        "convergence": _convergence(a, b, at),
        "synchrony": _synchrony(flat_a, flat_b),
    }
    bounds = _bounds(at, a, b)
    return [
        _against(Match(name, s, at.size, low=bounds[s][0], high=bounds[s][1]), curves[s], shifts)
        for s in STATISTICS
    ]


def _shifts(n: int, limits: Matching) -> NDArray[np.int64]:
    """All circular shifts far enough from 0, or a seeded draw where there are very many."""
    every = np.arange(limits.least_shift, n - limits.least_shift + 1)
    if every.size <= limits.surrogates:
        return every
    return np.random.default_rng(n).choice(every, size=limits.surrogates, replace=False)


def _against(match: Match, curves: Floats, shifts: NDArray[np.int64]) -> Match:
    """Place the observed value, ``curves[:, 0]``, among those at the shifts; curves (k, n)."""
    observed, surrogate = float(curves[0, 0]), curves[:, shifts].ravel()
    mean, sd = float(surrogate.mean()), float(surrogate.std())
    beyond = np.sum(np.abs(surrogate - mean) >= abs(observed - mean) - 1e-12)
    p = (1 + int(beyond)) / (1 + surrogate.size)
    effect = (observed - mean) / sd if sd > 0 else 0.0
    return replace(match, value=observed, effect=effect, p=p, surrogates=surrogate.size)


def _distances(a: Floats, b: Floats) -> Floats:
    """``-|a_i - b_(i+k)|`` for every i (rows) and circular shift k (columns)."""
    i = np.arange(a.size)
    return np.asarray(-np.abs(a[:, None] - b[(i[:, None] + i[None, :]) % a.size]))


def _proximity(a: Floats, b: Floats) -> Floats:
    """Mean nearness at every shift less that at all shifts but it and its neighbours."""
    near = _distances(a, b).mean(axis=0)
    around = near + np.roll(near, 1) + np.roll(near, -1)
    return np.asarray(near - (near.sum() - around) / (near.size - 3))[None, :]


def _synchrony(a: Floats, b: Floats) -> Floats:
    """Pearson correlation at every shift."""
    spectrum = np.conj(np.fft.rfft(a - a.mean())) * np.fft.rfft(b - b.mean())
    scale = a.size * a.std() * b.std()
    return np.asarray(np.fft.irfft(spectrum, a.size) / max(float(scale), 1e-12))[None, :]


def _convergence(a: Floats, b: Floats, at: Floats) -> Floats:
    """Correlation of nearness with time at every shift, either series taken as the one kept."""
    return np.stack([_trend(_distances(x, y), at) for x, y in ((a, b), (b, a))])


def _trend(columns: Floats, at: Floats) -> Floats:
    time = (at - at.mean()) / max(float(at.std()), 1e-12)
    spread = np.maximum(columns.std(axis=0), 1e-12)
    return np.asarray(time @ (columns - columns.mean(axis=0)) / at.size / spread)


def _bounds(at: Floats, a: Floats, b: Floats) -> dict[str, tuple[float | None, float | None]]:
    """Moving-block bootstrap 95 % intervals over pairs."""
    x, y, nearness = _detrended(a, at), _detrended(b, at), -np.abs(a - b)
    apart = -np.abs(x[:, None] - y[None, :])
    gain = -np.abs(x - y) - (apart.mean(axis=1) + apart.mean(axis=0)) / 2
    return {
        "proximity": interval(lambda rows: np.asarray(gain[rows].mean(axis=1)), at.size),
        "convergence": interval(lambda rows: _correlations(nearness[rows], at[rows]), at.size),
        "synchrony": interval(lambda rows: _correlations(x[rows], y[rows]), at.size),
    }


def _correlations(x: Floats, y: Floats) -> Floats:
    x = x - x.mean(axis=1, keepdims=True)
    y = y - y.mean(axis=1, keepdims=True)
    scale = np.sqrt((x * x).sum(axis=1) * (y * y).sum(axis=1))
    return np.asarray((x * y).sum(axis=1) / np.where(scale > 0, scale, np.nan))


def _shared_noise(a: Floats, b: Floats, floors: Floats, limits: Matching) -> str | None:
    """Say so where a moving background carries both people's levels."""
    if not np.isfinite(floors).all():
        return None
    spread = np.ptp(np.percentile(floors, (10, 90), axis=1), axis=0)
    if spread.min() < limits.min_floor_spread_db:
        return None
    together = min(_correlation(a, floors[0]), _correlation(b, floors[1]))
    if together <= limits.max_floor_correlation:
        return None
    return "both levels rise and fall with the background noise; they cannot be compared"


def _correlation(x: Floats, y: Floats) -> float:
    return float(np.nan_to_num(_correlations(x[None, :], y[None, :])[0]))


@shared
def _crosstalk(analysis: Analysis) -> str | None:
    """Say so where one person's channel carries the other's voice.

    While one person speaks alone, the other's channel should hold the room and nothing that
    follows the voice.
    """
    channels = {role: analysis.conversation.channel(role) for role in ROLES}
    level = analysis.sound.level_db
    if level.ndim == 1 or None in channels.values():
        return None
    for role, silent in (ROLES, ROLES[::-1]):
        solo = alone(analysis, role)
        voice = level[channels[role]][solo].astype(np.float64)
        other = level[channels[silent]][solo].astype(np.float64)
        known = np.isfinite(voice) & np.isfinite(other)
        if known.sum() > 100:
            leak = _correlation(voice[known], other[known])
            if leak > analysis.settings.matching.max_crosstalk_correlation:
                return f"crosstalk: the {silent}'s channel follows the {role}'s voice"
    return None


def _cue(feature: Feature, statistic: str) -> Cue:
    name = f"match.{feature.name}_{statistic}"
    unit = "z" if statistic == "proximity" else "r"

    def measure(analysis: Analysis, role: str, within: Span) -> Measure:
        found = next(
            m
            for m in matching(analysis, within)
            if (m.feature, m.statistic) == (feature.name, statistic)
        )
        if found.value is None or found.p_adjusted is None:
            return withheld(name, role, unit, found.reason or "cannot be said", n=found.n)
        differs = found.p_adjusted <= analysis.settings.matching.false_discovery_rate
        reason = (
            f"{'differs' if differs else 'not told apart'} from chance: {found.effect:+.1f} SD "
            f"from {found.surrogates} shifted surrogates, p = {found.p_adjusted:.3f} corrected"
        )
        if feature.flag:
            reason = f"{feature.flag}; {reason}"
        return Measure(
            cue=name,
            role=role,
            value=found.value,
            unit=unit,
            n=found.n,
            low=found.low,
            high=found.high,
            reliable=differs and not feature.flag,
            reason=reason,
        )

    return Cue(name, unit, _meaning(feature, statistic), ("both",), measure)


def _meaning(feature: Feature, statistic: str) -> str:
    what = {
        "proximity": (
            f"How much nearer in {feature.words} neighbouring turns are than distant turns of "
            "the same two people; above 0 is nearer."
        ),
        "convergence": (
            f"Whether the two came closer in {feature.words} over the session; above 0 is closer."
        ),
        "synchrony": (
            f"Whether the two rise and fall together in {feature.words} from turn to turn."
        ),
    }[statistic]
    note = "Shown, not scored: studies of such matching and alliance disagree."
    return f"{what} {feature.flag[0].upper() + feature.flag[1:] + '.' if feature.flag else note}"


def language_style(analysis: Analysis, role: str, within: Span) -> Measure:
    """Likeness of function-word use, 0 to 1: the mean over nine groups of words.

    Per group ``1 - |p1 - p2| / (p1 + p2 + 0.0001)``, p in percent of words (Ireland &
    Pennebaker 2010).
    """
    cue = "match.language_style"
    if not analysis.conversation.has_words:
        return withheld(cue, role, "", "no words: there is no transcript")
    counted = _style_counts(analysis, within)
    if isinstance(counted, str):
        return withheld(cue, role, "", counted)
    counts, totals = counted
    spoken = totals.sum(axis=1)
    whole = within.contains(analysis.conversation.whole)
    limits = analysis.settings.matching
    least = limits.least_words if whole else limits.least_window_words
    if spoken.min() < least:
        reason = f"only {int(spoken.min())} words of one person, {least} of each are needed"
        return withheld(cue, role, "", reason, n=int(spoken.min()))

    def statistic(rows: NDArray[np.int64]) -> Floats:
        return _style(counts[:, rows].sum(axis=2), totals[:, rows].sum(axis=2))

    everything = np.arange(totals.shape[1])[None, :]
    low, high = interval(statistic, totals.shape[1])
    value = float(statistic(everything)[0])
    return Measure(cue, role, value, "", None, None, int(spoken.min()), low, high)


def _style(counts: Floats, totals: Floats) -> Floats:
    """Mean likeness; counts (2, draws, groups), totals (2, draws); NaN where one says nothing."""
    with np.errstate(invalid="ignore", divide="ignore"):
        first, second = 100 * counts / totals[:, :, None]
    return np.asarray((1 - np.abs(first - second) / (first + second + 0.0001)).mean(axis=1))


def _style_counts(analysis: Analysis, within: Span) -> tuple[Floats, Floats] | str:
    """Words per group (2, utterances, groups) and in all (2, utterances), or why there are none."""
    from prosody.rules.language import load, tokens

    language = (analysis.conversation.language or "en").lower()[:2]
    try:
        rules = load(language)
    except Refused:
        return f"there are no lists of function words for the language '{language}'"
    groups = list(rules.style.values())
    said = [
        u
        for u in analysis.conversation.utterances
        if u.role in ROLES and within.start <= u.span.start < within.end
    ]
    counts = np.zeros((2, len(said), len(groups)))
    totals = np.zeros((2, len(said)))
    for i, utterance in enumerate(said):
        who = ROLES.index(utterance.role)
        words = [token.text for token in tokens(utterance.text, rules)]
        totals[who, i] = len(words)
        counts[who, i] = [sum(word in group for word in words) for group in groups]
    return counts, totals


CUES: tuple[Cue, ...] = (
    *(_cue(feature, statistic) for feature in FEATURES for statistic in STATISTICS),
    Cue(
        "match.language_style",
        "",
        "How alike the two use function words such as pronouns, articles and negations, 0 to 1, "
        "topic aside. Studies link it to rated empathy in transcripts; short sessions bias it.",
        ("both",),
        language_style,
        True,
    ),
)
