"""Listening behaviours from timing and voice, without a word; and what the client did next.

Conventions
-----------
Every function yields events of one kind. A silence belongs to the therapist who held it, an
overlap to the one who came in. An overlap is a moment to listen to, never a count of rude acts:
whether it was heard as an interruption depends on the listener too.
"""

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from diarize.conversation import Conversation, Utterance
from diarize.timeline import Span, total
from prosody.analysis import Analysis
from prosody.cues.dyad import to_review
from prosody.cues.solo import alone, own_sound
from prosody.listening.behaviours import Event, Outcome
from prosody.rules.language import Rules, tokens
from prosody.settings import Listening

__all__ = [
    "backchannels",
    "continuity",
    "held_silences",
    "minimal_answers",
    "outcome_after",
    "outcome_of",
    "overlaps",
]


def backchannels(conversation: Conversation) -> Iterator[Event]:
    """Signs of listening by the therapist while the client held the floor."""
    for u in conversation.of("therapist", kind="backchannel"):
        evidence = u.text or f"{u.span.duration:.1f} s while the client held the floor"
        yield Event("backchannel", u.span, "therapist", evidence, 0.8, u.index)


def held_silences(conversation: Conversation) -> Iterator[Event]:
    """Silences after the client that the therapist left to the client to end (PICS: 3 s)."""
    for s in conversation.silences:
        if s.kind == "silence" and s.previous == "client" and s.ended_by == "client":
            evidence = f"{s.span.duration:.1f} s after the client, who ended it"
            yield Event("held_silence", s.span, "therapist", evidence, 0.9)


def overlaps(analysis: Analysis) -> Iterator[Event]:
    """Overlaps to review, by the one rule of `prosody.cues.dyad`; to listen to, not to count."""
    for o in to_review(analysis):
        span = analysis.conversation.utterances[o.incoming].span
        yield Event("overlap_to_review", span, o.by, o.evidence, 0.5, o.incoming)


def minimal_answers(conversation: Conversation, limits: Listening) -> Iterator[Event]:
    """A client answer much shorter and later than this client's own usual, after longer ones."""
    client = conversation.of("client", kind="primary")
    if len(client) < limits.least_client_turns:
        return
    lengths = sorted(u.phonation for u in client)
    usual = lengths[len(lengths) // 2]
    waits = {u.index: _wait(conversation, u) for u in client}
    known = sorted(w for w in waits.values() if w is not None)
    if not known:
        return
    late = known[int(0.75 * (len(known) - 1))]
    for before, u in pairwise(client):
        wait = waits[u.index]
        short = u.phonation <= limits.minimal_answer_s and len(u.words) <= 3
        if short and before.phonation >= usual > 2 and wait is not None and wait > max(late, 1.0):
            evidence = f"{u.phonation:.1f} s of talk after {wait:.1f} s; usual {usual:.1f} s"
            yield Event("withdrawal_marker", u.span, "client", evidence, 0.3, u.index)


def _wait(conversation: Conversation, u: Utterance) -> float | None:
    """Seconds from the end of the therapist's turn to this one; None if it does not follow."""
    before = next(
        (v for v in reversed(conversation.utterances[: u.index]) if v.kind == "primary"), None
    )
    return before.span.gap(u.span) if before and before.role == "therapist" else None


def outcome_of(conversation: Conversation, event: Event, rules: Rules | None) -> Outcome:
    """Say what the client did after an event; a backchannel is followed by the rest of the turn.

    Parameters
    ----------
    rules : Rules or None
        Of the words' language, for the feeling words; without them none are counted.
    """
    inside = event.kind == "backchannel" and next(
        (
            u
            for u in conversation.of("client", kind="primary")
            if u.span.start < event.span.start and u.span.end > event.span.end
        ),
        None,
    )
    if inside:
        rest = Span(event.span.end, inside.span.end)
        words = [w for w in inside.words if w.span.middle >= rest.start]
        return Outcome(
            round(total(inside.ipus, rest), 3),
            len(words) if inside.words else None,
            None,
            _feeling(" ".join(w.text for w in words), rules) if inside.words else None,
        )
    return outcome_after(conversation, event.span.end, event.span.start, rules)


def outcome_after(
    conversation: Conversation, end: float, start: float, rules: Rules | None
) -> Outcome:
    """Give what the client did after a stretch: their next primary utterance.

    Where the therapist takes another primary turn first, nothing can be said.

    Parameters
    ----------
    end, start : float
        Seconds, of the stretch; the client's turn must start after `start`.
    """
    following = next(
        (u for u in conversation.utterances if u.kind == "primary" and u.span.start > start), None
    )
    if following is None or following.role != "client":
        return Outcome()
    counted = bool(following.words)
    return Outcome(
        round(following.phonation, 3),
        len(following.words) if counted else None,
        round(following.span.start - end, 3),
        _feeling(following.text, rules) if counted else None,
    )


def _feeling(text: str, rules: Rules | None) -> int | None:
    if rules is None:
        return None
    return sum(bool(rules.feeling.fullmatch(t.text)) for t in tokens(text, rules))


def continuity(analysis: Analysis) -> dict[int, dict[str, float]]:
    """How far a therapist turn starts from where the client's voice left off.

    For pitch and level: the distance between the therapist's first and the client's last second
    of speech, each in robust z of that speaker's own session; 0 is the same place in either's
    own range. Weiste & Perakyla 2014 describe such continuity; small is not better.

    Returns
    -------
    dict
        By utterance index: ``continuity.pitch`` and ``continuity.level``, those that can be said.
    """
    conversation, hop_s = analysis.conversation, analysis.sound.hop_s
    length_s = analysis.settings.listening.continuity_s
    own = {role: _columns(analysis, role) for role in ("therapist", "client")}
    usual = {
        role: {
            name: _usual(columns[name], alone(analysis, role), hop_s, floor)
            for name, floor in _FLOORS.items()
        }
        for role, columns in own.items()
    }
    said: dict[int, dict[str, float]] = {}
    primary = [u for u in conversation.utterances if u.kind == "primary"]
    for before, after in pairwise(primary):
        if (before.role, after.role) != ("client", "therapist"):
            continue
        last = Span(max(before.span.start, before.span.end - length_s), before.span.end)
        first = Span(after.span.start, min(after.span.end, after.span.start + length_s))
        places = {
            name: (
                _place(own["client"][name], last, hop_s, usual["client"][name]),
                _place(own["therapist"][name], first, hop_s, usual["therapist"][name]),
            )
            for name in _FLOORS
        }
        said[after.index] = {
            f"continuity.{name}": round(abs(b - a), 3)
            for name, (a, b) in places.items()
            if math.isfinite(a) and math.isfinite(b)
        }
    return said


_FLOORS = {"pitch": 0.5, "level": 1.0}  # smallest spread of a z: semitones, dB


def _columns(analysis: Analysis, role: str) -> dict[str, Any]:
    """Pitch in semitones over 27.5 Hz and level in dB, (n,) each, NaN where not voiced."""
    import numpy as np

    own = own_sound(analysis, role)
    pitch = 12 * np.log2(own.f0_hz / 27.5)
    return {"pitch": pitch, "level": np.where(np.isfinite(pitch), own.level_db, np.nan)}


def _usual(column: Any, solo: Any, hop_s: float, floor: float) -> tuple[float, float]:
    """Median and robust spread of a role's voice where they speak alone; NaN under a second."""
    import numpy as np

    kept = column[solo & np.isfinite(column)]
    if kept.size * hop_s < 1.0:
        return math.nan, floor
    middle = float(np.median(kept))
    return middle, max(1.4826 * float(np.median(np.abs(kept - middle))), floor)


def _place(column: Any, span: Span, hop_s: float, usual: tuple[float, float]) -> float:
    """Where a stretch lies in a role's own range: robust z within 4; NaN under 0.15 s of voice."""
    import numpy as np

    kept = column[round(span.start / hop_s) : round(span.end / hop_s)]
    kept = kept[np.isfinite(kept)]
    if kept.size * hop_s < 0.15:
        return math.nan
    return max(-4.0, min(4.0, (float(np.median(kept)) - usual[0]) / usual[1]))
