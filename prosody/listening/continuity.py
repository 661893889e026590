"""Prosodic continuity: how far a therapist's turn starts from where the client's voice left off.

Conventions
-----------
Distances are in robust z of each speaker's own session: 0 is the same place in either's own range.
It is a value of an event, no behaviour, and small is not better.
"""

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from diarize.timeline import Span
from diarize.turns import TurnKind
from prosody.analysis import Analysis
from prosody.cues.measure import Named
from prosody.cues.solo import alone, own_sound, rows_of
from prosody.features.semitones import semitones
from prosody.statistics import middle

__all__ = ["VALUES", "continuity"]

Floats = NDArray[np.float64]
_NAMES = ("pitch", "level")


def continuity(analysis: Analysis) -> dict[int, dict[str, float]]:
    """How far each therapist turn after a client's starts from where the client's voice left off.

    For pitch and level: the distance between the therapist's first and the client's last second
    of speech. Weiste & Perakyla 2014 describe such continuity.

    Returns
    -------
    dict
        By utterance index: ``distance.pitch`` and ``distance.level``, those that can be said;
        empty where there is no sound.
    """
    if analysis.frames is None:
        return {}
    length_s = analysis.settings.listening.continuity_s
    client, therapist = (_placing(analysis, role) for role in ("client", "therapist"))
    said: dict[int, dict[str, float]] = {}
    primary = [u for u in analysis.conversation.utterances if u.kind == TurnKind.PRIMARY]
    for before, after in pairwise(primary):
        if (before.role, after.role) != ("client", "therapist"):
            continue
        last = Span(max(before.span.start, before.span.end - length_s), before.span.end)
        first = Span(after.span.start, min(after.span.end, after.span.start + length_s))
        steps = {name: abs(therapist(name, first) - client(name, last)) for name in _NAMES}
        said[after.index] = {
            f"distance.{name}": round(step, 3)
            for name, step in steps.items()
            if math.isfinite(step)
        }
    return said


def _placing(analysis: Analysis, role: str) -> Callable[[str, Span], float]:
    """Make what says where a stretch lies in a role's own range: bounded z, NaN where too little.

    The range is that of the voice where the role speaks alone.
    """
    from scipy.stats import median_abs_deviation

    limits, hop_s = analysis.settings.listening, analysis.sound.hop_s
    floors = {"pitch": limits.continuity_pitch_floor_st, "level": limits.continuity_level_floor_db}
    columns, solo = _columns(analysis, role), alone(analysis, role)
    usual: dict[str, tuple[float, float]] = {}
    for name, column in columns.items():
        kept = column[solo & np.isfinite(column)]
        enough = kept.size * hop_s >= limits.continuity_session_voice_s
        usually = float(np.median(kept)) if enough else math.nan
        spread = float(median_abs_deviation(kept, scale="normal")) if enough else 0.0
        usual[name] = usually, max(spread, floors[name])

    def place(name: str, span: Span) -> float:
        kept = columns[name][rows_of(span, hop_s)]
        kept = kept[np.isfinite(kept)]
        usually, spread = usual[name]
        if kept.size * hop_s < limits.continuity_least_voice_s or math.isnan(usually):
            return math.nan
        z = (middle(np.sort(kept)) - usually) / spread
        return max(-limits.continuity_most_z, min(limits.continuity_most_z, z))

    return place


def _columns(analysis: Analysis, role: str) -> dict[str, Floats]:
    """Pitch in semitones and level in dB, (n,) each, NaN where not voiced."""
    own = own_sound(analysis, role)
    pitch = semitones(own.f0_hz)
    return {"pitch": pitch, "level": np.where(np.isfinite(pitch), own.level_db, np.nan)}


def _distance(what: str, label: str) -> Named:
    return Named(
        name=f"distance.{what}",
        unit="z",
        label=label,
        higher="further from where the client's voice left off",
        lower="nearer to where the client's voice left off",
        meaning=f"How far the {what} of the therapist's first second lies from that of the "
        "client's last, each in that speaker's own range. Small is not better.",
    )


VALUES: tuple[Named, ...] = (
    _distance("pitch", "Pitch, distance from the client"),
    _distance("level", "Level, distance from the client"),
)
