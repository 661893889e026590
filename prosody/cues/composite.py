"""The warmth proxy taken apart: each component against the speaker's own turns.

Conventions
-----------
Relative to the speaker's own usable turns in one recording: each component of a turn is a robust
z, ``(x - median) / scale``, the scale being 1.4826 MAD held between a floor and a ceiling, signed
so that up is softer, slower, steadier, more melodic or nearer to the client, and clipped. Melody
is badly measured in a short turn (two halves of one turn do not agree on it, while they do on
softness), so its z is multiplied by ``voiced / (voiced + settle_s)``. A stretch's component is
the median over its turns; its contribution is ``points * weight * z / (sum of the weights at
hand)``; the index is 50 plus the contributions, added up and nothing else. What the recording
cannot carry is NaN per turn and missing, with the reason, per stretch. Sources of formula and
weights: docs/warmth.md.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from diarize.conversation import Utterance
from diarize.messages import Message, message
from diarize.timeline import Span
from prosody.analysis import Analysis, shared
from prosody.cues import turn_reasons
from prosody.cues.components import PARTS, Part, Turns
from prosody.cues.gates import clipped, comparable, lacks_bass, lacks_treble, levels_set, noisy
from prosody.cues.turn_table import turn_table
from prosody.intervals import Bounds, combined_medians
from prosody.rules.warmth import AXES, Component
from prosody.settings import Intervals, Settings, Warmth
from prosody.statistics import middle, robust_z

__all__ = [
    "MIDPOINT",
    "Profile",
    "Scores",
    "profile",
    "scored",
    "turn_profile",
    "unscored",
    "unscored_on",
]

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
MIDPOINT = 50.0  # of the scale: a speaker's own usual


@dataclass(frozen=True, slots=True)
class Profile:
    """The warmth proxy of one stretch, taken apart.

    `contributions` are points by component, summing to ``index - 50``; `axes` the scores of the
    soft-hard and the melodic-flat axis, each 50 plus the points its own components give alone;
    `intervals` 95 % by name (components, axes and ``index``); `missing` says why a name has no
    value. `n` counts turns.
    """

    n: int
    index: float | None
    contributions: Mapping[str, float]
    axes: Mapping[str, float]
    intervals: Mapping[str, tuple[float | None, float | None]]
    missing: Mapping[str, Message]


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Signed z of every component for one role's usable turns; NaN where withheld."""

    rows: Rows
    z: Mapping[str, Floats]
    why: Mapping[str, Message]


@shared
def scored(analysis: Analysis, role: str) -> Scores:
    """Score every usable turn of a role on every component, the quality gate applied."""
    rows, warmth = comparable(analysis, role), analysis.settings.warmth
    barred = _barred(analysis, role)
    turns = Turns(analysis, role, rows, leveled="quietness" not in barred)
    voiced = turns["voiced_s"]
    z, why = {}, {}
    for component in warmth.weighed:
        name, part = component.name, PARTS[component.name]
        spoilt, reason = _spoilt(analysis, part, rows)
        values = np.where(spoilt, np.nan, part.values(turns))
        if name in barred:
            values, reason = np.full(rows.size, np.nan), barred[name]
        if reason is not None:
            why[name] = reason
        scaled = robust_z(values, component.floor, component.ceiling)
        deviation = np.clip(scaled, warmth.least_z, component.most)
        z[name] = deviation * voiced / (voiced + component.settle_s)
    _least_clean(z, why, warmth.session_turns)
    return Scores(rows, z, why)


def _spoilt(analysis: Analysis, part: Part, rows: Rows) -> tuple[NDArray[np.bool_], Message | None]:
    """Which turns noise or clipping spoil for a component, and what spoils most of them."""
    noise, clip = noisy(analysis)[rows], clipped(analysis)[rows]
    if not part.clip:
        return np.zeros(rows.size, dtype=bool), None
    worse = not part.noise or clip.sum() > noise.sum()
    return clip | (noise & part.noise), message("vocal.clipped" if worse else "vocal.noise")


def _barred(analysis: Analysis, role: str) -> dict[str, Message]:
    """Give the components that this recording cannot carry at all, with the reason."""
    lost: dict[str, Message] = {}
    remote, bass = analysis.settings.setting == "remote", lacks_bass(analysis)
    if remote or bass or levels_set(analysis, role):
        code = "vocal.remote" if remote else "vocal.gain"
        lost |= dict.fromkeys((p.name for p in PARTS.values() if p.gain), message(code))
    if lacks_treble(analysis):
        lost |= dict.fromkeys((p.name for p in PARTS.values() if p.treble), message("vocal.band"))
    if bass:
        lost |= dict.fromkeys((p.name for p in PARTS.values() if p.bass), message("vocal.bass"))
    return lost


def _least_clean(z: dict[str, Floats], why: dict[str, Message], least: int) -> None:
    """Withhold a component that too few turns of the whole recording carry."""
    for name, values in z.items():
        clean = int(np.isfinite(values).sum())
        if clean >= least:
            continue
        z[name] = np.full(values.size, np.nan)
        few = message("warmth.few_clean", n=clean, least=least)
        first = why.get(name)
        if first is None:
            why[name] = few
        elif clean:
            why[name] = message("warmth.also", first=first, second=few)


@shared
def profile(analysis: Analysis, role: str, within: Span) -> Profile:
    """Take the warmth proxy of one stretch apart.

    The whole recording needs ``settings.warmth.session_turns`` usable turns, a shorter stretch
    ``window_turns`` of them besides.
    """
    scores = scored(analysis, role)
    table = turn_table(analysis)
    here = np.isin(scores.rows, table.rows(role, within))
    n, warmth = int(here.sum()), analysis.settings.warmth
    least = warmth.window_turns if within.duration < analysis.conversation.duration else 0
    if scores.rows.size < warmth.session_turns or n < least:
        reason = message(
            "warmth.few_turns",
            n=scores.rows.size,
            seconds=warmth.short_turn_s,
            voiced=warmth.short_voiced_s,
            here=n,
            least=warmth.session_turns,
            least_here=warmth.window_turns,
        )
        return Profile(n, None, {}, {}, {}, dict.fromkeys(_names(warmth), reason))
    z = {name: values[here] for name, values in scores.z.items()}
    return _assembled(z, scores.why, n, warmth.window_turns, analysis.settings)


def turn_profile(analysis: Analysis, utterance: Utterance) -> Profile | None:
    """Take one turn apart, for event cards; None where the turn or the recording is too short."""
    row = turn_table(analysis).row_of(utterance)
    if row is None:
        return None
    return _row_profile(analysis, utterance.role, row)


@shared
def _row_profile(analysis: Analysis, role: str, row: int) -> Profile | None:
    scores = scored(analysis, role)
    found = np.flatnonzero(scores.rows == row)
    if found.size == 0 or scores.rows.size < analysis.settings.warmth.session_turns:
        return None
    z = {name: float(values[found[0]]) for name, values in scores.z.items()}
    known = {name: value for name, value in z.items() if math.isfinite(value)}
    return _weighed(known, scores.why, 1, analysis.settings.warmth)[0]


def unscored(analysis: Analysis, utterance: Utterance) -> str | None:
    """Say, by a code, why a turn is compared with no other; None where it is compared."""
    row, warmth = turn_table(analysis).place[utterance.index], analysis.settings.warmth
    if utterance.span.duration < warmth.short_turn_s:
        return turn_reasons.SHORT
    rows = comparable(analysis, utterance.role)
    if row not in rows:
        some = turn_table(analysis)["voiced_s"][row] > 0
        return "missing.little_voice" if some else turn_reasons.of_sound(analysis, utterance)
    return "warmth.few_turns" if rows.size < warmth.session_turns else None


def unscored_on(analysis: Analysis, utterance: Utterance, name: str) -> str:
    """Say, by a code, why a turn that is compared has no points of one component."""
    part, row = PARTS[name], turn_table(analysis).place[utterance.index]
    barred = _barred(analysis, utterance.role)
    if name in barred:
        return barred[name].code
    spoilt = turn_reasons.of_spoilt(analysis, row, clip=part.clip, noise=part.noise)
    if spoilt is not None:
        return spoilt
    if part.paced and not np.isfinite(turn_table(analysis)["rate"][row]):
        return turn_reasons.of_pace(analysis, utterance)
    if not np.isfinite(scored(analysis, utterance.role).z[name]).any():
        return "warmth.few_clean"
    return part.lacking or turn_reasons.of_sound(analysis, utterance)


def _names(warmth: Warmth) -> tuple[str, ...]:
    return (*(c.name for c in warmth.weighed), *AXES, "index")


def _assembled(
    z: Mapping[str, Floats],
    why: Mapping[str, Message],
    n: int,
    least: int,
    settings: Settings,
) -> Profile:
    """Build the profile from each component's z over the same turns."""
    warmth, rules = settings.warmth, settings.intervals
    enough = max(least, warmth.min_known_share * n)
    known = {c.name: z[c.name][np.isfinite(z[c.name])] for c in warmth.weighed}
    medians = {name: middle(np.sort(own)) for name, own in known.items() if own.size >= enough}
    found, factors, scores = _weighed(medians, why, n, warmth)
    around = {
        **{name: _around({name: factor}, z, 0.0, rules) for name, factor in factors.items()},
        **{name: _around(score, z, MIDPOINT, rules) for name, score in scores.items()},
    }
    return replace(found, intervals=around)


def _weighed(
    medians: Mapping[str, float], why: Mapping[str, Message], n: int, warmth: Warmth
) -> tuple[Profile, Mapping[str, float], Mapping[str, Mapping[str, float]]]:
    """Weigh the components that are known: the profile, and factors by component and score."""
    weighed = warmth.weighed
    at_hand = [c for c in weighed if c.name in medians]
    missing = {
        c.name: why.get(c.name, message("warmth.too_few")) for c in weighed if c.name not in medians
    }
    covered = _covers(at_hand, list(weighed), warmth)
    factors = _factors(at_hand, warmth, at_hand if covered else list(weighed))
    scores: dict[str, Mapping[str, float]] = {}
    for axis in AXES:
        own = [c for c in at_hand if c.axis == axis]
        if _covers(own, [c for c in weighed if c.axis == axis], warmth):
            scores[axis] = _factors(own, warmth, own)
        else:
            missing[axis] = _because(axis, missing, warmth)
    if _has_both(scores, warmth) and covered:
        scores["index"] = factors
    else:
        missing["index"] = _because("", missing, warmth)
    given = {name: factor * medians[name] for name, factor in factors.items()}
    sums = {
        name: MIDPOINT + sum(factor * medians[own] for own, factor in score.items())
        for name, score in scores.items()
    }
    shown = {axis: sums[axis] for axis in AXES if axis in sums}
    return Profile(n, sums.get("index"), given, shown, {}, missing), factors, scores


def _around(
    factors: Mapping[str, float], z: Mapping[str, Floats], middle_at: float, rules: Intervals
) -> Bounds:
    """Interval of a weighted sum of medians of components."""
    columns = np.array([z[name] for name in factors])
    if not columns.size:
        return None, None
    low, high = combined_medians(columns, np.array(list(factors.values())), rules=rules)
    return (None, None) if low is None or high is None else (middle_at + low, middle_at + high)


def _factors(
    components: list[Component], warmth: Warmth, among: list[Component]
) -> dict[str, float]:
    """Points each component gives per z, the whole weight shared `among` some components.

    Those at hand, as a rule; all of them where too few are at hand for an index, so that the one
    that is left does not look as if it moved everything.
    """
    total = sum(c.weight for c in among)
    scale = warmth.points / total if total > 0 else 0.0
    return {c.name: scale * c.weight for c in components}


def _covers(at_hand: list[Component], all_: list[Component], warmth: Warmth) -> bool:
    """Whether the components at hand carry enough of the weight of all of them."""
    have, whole = sum(c.weight for c in at_hand), sum(c.weight for c in all_)
    return whole > 0 and have >= warmth.min_weight * whole - 1e-9


def _has_both(scores: Mapping[str, Mapping[str, float]], warmth: Warmth) -> bool:
    needed = {c.axis for c in warmth.weighed if c.weight > 0} - {"fit"}
    return needed <= set(scores)


def _because(axis: str, missing: Mapping[str, Message], warmth: Warmth) -> Message:
    parts = [
        message("warmth.component", component=c.name, why=missing[c.name])
        for c in warmth.weighed
        if c.name in missing and c.weight > 0 and axis in ("", c.axis)
    ]
    return message("warmth.lacking", parts=parts) if parts else message("warmth.no_weight")
