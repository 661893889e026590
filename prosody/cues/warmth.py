"""The warmth proxy: points per component and scores around 50, relative to the speaker.

Conventions
-----------
``warmth.*`` are relative to the speaker's own turns (`prosody.cues.composite`): over a whole
session their medians lie near 0 and 50 by construction, so what informs is their course and the
difference between moments. A component is named for what a higher number means. What the
recording cannot carry is withheld with the reason. The caveat belongs wherever the index is shown.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import fields

from diarize.conversation import Utterance
from diarize.messages import Message, Note, message, sentence
from diarize.timeline import Span
from prosody.analysis import Analysis
from prosody.cues.components import PARTS
from prosody.cues.composite import (
    MIDPOINT,
    Profile,
    profile,
    turn_profile,
    unscored,
    unscored_on,
)
from prosody.cues.measure import Cue, Measure, withheld
from prosody.rules.warmth import AXES, COMPONENTS, Component, shipped_components
from prosody.settings import Warmth

__all__ = ["CAVEAT_NOTE", "CUES", "INDEX", "caveat", "index_of", "remarks"]

INDEX = "warmth.index"
CAVEAT_NOTE = Note("warmth.caveat", severity="caution")
_TITLE = sentence("warmth.title")
_LISTED = 6  # changed values a remark names
_MAKES = tuple(f.name for f in fields(Component) if f.name not in ("name", "evidence"))


def caveat(cue: str) -> str:
    """Give what must stand beside a value of the warmth proxy; nothing for other cues."""
    return str(CAVEAT_NOTE) if cue.startswith("warmth.") else ""


def remarks(warmth: Warmth) -> tuple[Note, ...]:
    """Say where the index is made otherwise than this version ships it; nothing where it is not."""
    shipped = {c.name: c for c in shipped_components()}
    changes = [
        _change(c.name, key, ours, theirs)
        for c in warmth.components
        if c.name in shipped
        for key in _MAKES
        if (ours := getattr(c, key)) != (theirs := getattr(shipped[c.name], key))
    ]
    if not changes:
        return ()
    listed, more = changes[:_LISTED], len(changes) - _LISTED
    if more <= 0:
        return (Note("warmth.other_values", {"changes": listed}, "caution"),)
    return (Note("warmth.other_values_more", {"changes": listed, "more": more}, "caution"),)


def _change(component: str, key: str, ours: object, theirs: object) -> Message:
    written = {"ours": _written(ours), "theirs": _written(theirs)}
    return message("warmth.change", component=component, key=key, **written)


def _written(value: object) -> str:
    if value is None:
        return "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _component(name: str) -> Callable[[Analysis, str, Span], Measure]:
    """Make the function that gives a component's points."""
    cue = f"warmth.{name}"

    def measure(analysis: Analysis, role: str, within: Span) -> Measure:
        found = profile(analysis, role, within)
        return _row(cue, role, "points", name, found.contributions, found)

    return measure


def _score(cue: str, name: str) -> Callable[[Analysis, str, Span], Measure]:
    """Make the function that gives the index or the score of an axis."""

    def measure(analysis: Analysis, role: str, within: Span) -> Measure:
        found = profile(analysis, role, within)
        known = dict(found.axes) if found.index is None else {**found.axes, "index": found.index}
        return _row(cue, role, "0-100", name, known, found)

    return measure


def _row(
    cue: str, role: str, unit: str, name: str, known: Mapping[str, float], found: Profile
) -> Measure:
    if name not in known:
        return withheld(cue, role, unit, found.missing[name], n=found.n)
    low, high = found.intervals[name]
    return Measure(cue, role, known[name], unit, n=found.n, low=low, high=high)


def _points_of(name: str) -> Callable[[Analysis, Utterance], float]:
    """Make the function of a turn's own points of one component; for event cards only."""

    def value(analysis: Analysis, utterance: Utterance) -> float:
        found = turn_profile(analysis, utterance)
        weighs = any(c.name == name and c.weight for c in analysis.settings.warmth.components)
        return math.nan if found is None or not weighs else found.contributions.get(name, math.nan)

    return value


def index_of(analysis: Analysis, utterance: Utterance) -> float:
    """Give a turn's own index; for event cards only."""
    found = turn_profile(analysis, utterance)
    return math.nan if found is None or found.index is None else found.index


def _none_of(name: str) -> Callable[[Analysis, Utterance], str]:
    """Make the function that says why a turn has no points of one component."""

    def code(analysis: Analysis, utterance: Utterance) -> str:
        if not any(c.name == name and c.weight for c in analysis.settings.warmth.components):
            return "missing.no_weight"
        return unscored(analysis, utterance) or unscored_on(analysis, utterance, name)

    return code


def _no_index(analysis: Analysis, utterance: Utterance) -> str:
    """Say why a turn has no index."""
    return unscored(analysis, utterance) or "missing.few_components"


_BY_CONSTRUCTION = (
    "It compares this person with their own session only: over a whole session it lies near 50 by "
    "construction, so only its course and differences between moments are informative."
)


def _component_cue(name: str) -> Cue:
    part = PARTS[name]
    aside = f" {part.aside}" if part.aside else ""
    return Cue(
        name=f"warmth.{name}",
        unit="points",
        label=f"{sentence(f'component.{name}').capitalize()} (warmth proxy)",
        higher=part.higher,
        lower=part.lower,
        meaning="Points this component adds to the index or takes from it. Above 0 means "
        f"{part.higher}.{aside} Over a whole session it lies near 0 by construction.",
        measure=_component(name),
        roles=("therapist",),
        course=True,
        of_turn=_points_of(name),
        turn_none=_none_of(name),
        spoilt_by=part.spoilt_by,
    )


def _spoilt_by(*axes: str) -> tuple[str, ...]:
    """Give what spoils any component of these axes: what is made of it says no more than it."""
    own = (PARTS[c.name] for c in shipped_components() if c.axis in axes)
    return tuple(dict.fromkeys(code for part in own for code in part.spoilt_by))


CUES: tuple[Cue, ...] = (
    Cue(
        name="warmth.soft",
        unit="0-100",
        label="Soft rather than hard",
        higher="softer than usual for them",
        lower="harder than usual for them",
        meaning="Soft (up) to hard (down): level, vocal effort, steadiness and pace together. "
        f"{_BY_CONSTRUCTION}",
        measure=_score("warmth.soft", "soft"),
        roles=("therapist",),
        course=True,
        drawn=("warmth",),
        middle=MIDPOINT,
        spoilt_by=_spoilt_by("soft"),
    ),
    Cue(
        name="warmth.melodic",
        unit="0-100",
        label="Melodic rather than flat",
        higher="more melodic than usual for them",
        lower="flatter than usual for them",
        meaning="Melodic (up) to flat (down): pitch range, lift and peaks together. "
        f"{_BY_CONSTRUCTION}",
        measure=_score("warmth.melodic", "melodic"),
        roles=("therapist",),
        course=True,
        drawn=("warmth",),
        middle=MIDPOINT,
    ),
    Cue(
        name=INDEX,
        unit="0-100",
        label="Warmth proxy (composite)",
        higher="softer, steadier, slower or more melodic than usual for them",
        lower="harder, less steady, faster or less melodic than usual for them",
        meaning=f"{_TITLE}, 0 to 100: 50 plus the points of its components. It says less than its "
        "parts: in tests one axis alone said as much or more than the two. Read the two axes "
        f"first. {_BY_CONSTRUCTION}",
        measure=_score(INDEX, "index"),
        roles=("therapist",),
        course=True,
        drawn=("warmth",),
        middle=MIDPOINT,
        of_turn=index_of,
        turn_none=_no_index,
        spoilt_by=_spoilt_by(*AXES, "fit"),
    ),
    *map(_component_cue, COMPONENTS),
)
