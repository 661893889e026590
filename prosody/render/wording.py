"""How things are called on the page: plain words for kinds, cues, roles and numbers.

Everything here is wording; nothing is measured. A kind or cue without an entry is named after
itself, so a new one shows up by being there.
"""

import math

__all__ = [
    "BEHAVIOURS",
    "GROUPS",
    "HEADLINES",
    "ROLES",
    "VERDICTS",
    "behaviour",
    "clock",
    "cue",
    "family",
    "group",
    "number",
    "role",
    "said",
    "with_unit",
]

ROLES = {
    "therapist": "Therapist",
    "client": "Client",
    "other": "Someone else",
    "unknown": "Not decided",
    "both": "Both",
}

GROUPS = (
    "Asking",
    "Following",
    "Affirming",
    "Working together",
    "Informing",
    "Silence and overlap",
    "Worth a second listen",
)

# What a session is summed up in, on the page, the screen and in tables, in this order.
HEADLINES = (
    "talk.share",
    "talk.time",
    "turns.count",
    "turns.longest",
    "turns.response_latency",
    "turns.backchannel_rate",
    "turns.overlap_rate",
    "turns.overlaps_to_review",
    "pace.articulation_rate",
    "pace.words_per_minute",
    "pace.pause_ratio",
    "voice.level",
    "voice.pitch_median",
    "listening.reflections_to_questions",
    "listening.open_question_share",
)

# kind: (name, group)
BEHAVIOURS = {
    "question_open": ("Open question", "Asking"),
    "question_closed": ("Closed question", "Asking"),
    "reflection": ("Reflection", "Following"),
    "summary": ("Summary", "Following"),
    "backchannel": ("Backchannel", "Following"),
    "validation": ("Validation", "Affirming"),
    "affirmation": ("Affirmation", "Affirming"),
    "normalising": ("Normalising", "Affirming"),
    "check_in": ("Check-in", "Working together"),
    "shared_goals": ("Shared goals", "Working together"),
    "autonomy_support": ("Autonomy support", "Working together"),
    "self_disclosure": ("Self-disclosure", "Informing"),
    "information": ("Information", "Informing"),
    "advice": ("Advice", "Informing"),
    "confrontation": ("Confrontation", "Worth a second listen"),
    "held_silence": ("Held silence", "Silence and overlap"),
    "overlap_to_review": ("Overlap to review", "Silence and overlap"),
    "withdrawal_marker": ("Withdrawal marker", "Worth a second listen"),
    "confrontation_marker": ("Confrontation marker", "Worth a second listen"),
    "repair": ("Repair", "Worth a second listen"),
}

VERDICTS = {
    "ok": "Fine",
    "warn": "Read with care",
    "withhold": "Not good enough: what rests on it is not said",
}

_FAMILIES = {
    "talk": "Talking",
    "pace": "Pace",
    "turns": "Taking turns",
    "voice": "Voice",
    "warmth": "Warmth proxy",
    "activation": "Vocal activation",
    "match": "Matching each other",
    "listening": "Listening",
}

_CUES = {
    "talk.share": "Share of the talking",
    "talk.time": "Time talking",
    "next.client_talk": "The client's next stretch of speech",
    "next.client_words": "The number of words the client said next",
    "next.latency": "The time until the client spoke",
    "next.feeling_words": "The share of feeling words in what the client said next",
    "pace.pause_ratio": "Share of pauses",
    "turns.count": "Turns",
    "turns.longest": "Longest turn",
    "turns.response_latency_iqr": "Response latency, spread (IQR)",
    "turns.response_latency_p90": "Response latency, 90th percentile",
    "turns.silence_tolerance": "Wait before taking the floor",
    "warmth.index": "Warmth proxy, together",
    "voice.hnr": "Harmonics-to-noise ratio",
    "voice.cpp": "Cepstral peak prominence",
    "voice.h1_h2": "H1–H2, first harmonic against the second",
    "warmth.soft_hard": "Soft (up) – hard (down)",
    "warmth.melodic_flat": "Melodic (up) – flat (down)",
    "activation.rating": "Vocal activation",
    "listening.uptake": "Client's words taken up",
    "listening.reflections_to_questions": "Reflections per question",
    "listening.complex_reflection_share": "Complex reflections, a weak suggestion",
    "match.language_style": "Function words alike",
}


_ONE = {"words": "word", "turns": "turn", "places": "place", "silences": "silence"}
_SHARES = (".share", "_share", "_ratio", ".uptake")


def behaviour(kind: str) -> str:
    """Name a behaviour.

    Examples
    --------
    >>> behaviour("question_open"), behaviour("new_kind")
    ('Open question', 'New kind')
    """
    return BEHAVIOURS[kind][0] if kind in BEHAVIOURS else _plain(kind)


def group(kind: str) -> str:
    """Name the group a behaviour is listed under."""
    return BEHAVIOURS[kind][1] if kind in BEHAVIOURS else "Other"


def cue(name: str) -> str:
    """Name a cue.

    Examples
    --------
    >>> cue("talk.share"), cue("voice.pitch_median")
    ('Share of the talking', 'Pitch median')
    """
    return _CUES.get(name) or _plain(name.partition(".")[2] or name)


def family(name: str) -> str:
    """Name the family a cue belongs to.

    Examples
    --------
    >>> family("pace.pause_ratio")
    'Pace'
    """
    head = name.partition(".")[0]
    return _FAMILIES.get(head) or _plain(head)


def role(name: str) -> str:
    """Name a role."""
    return ROLES.get(name) or _plain(name)


def number(value: float | None, *, signed: bool = False) -> str:
    """Write a number with about three figures; what is less than 0.0005 off zero is zero.

    Examples
    --------
    >>> number(0.41444), number(12.34), number(231.7), number(-3.0, signed=True), number(None)
    ('0.41', '12.3', '232', '−3', 'cannot be said')
    >>> number(0.0034, signed=True), number(-0.0001, signed=True)
    ('+0.003', '0')
    """
    if value is None or not math.isfinite(value):
        return "cannot be said"
    size = abs(value)
    if size < 0.0005:
        return "0"
    whole = size >= 100 or float(value).is_integer()
    places = 0 if whole else 1 if size >= 10 else 2 if size >= 0.01 else 3
    text = f"{value:{'+' if signed else ''}.{places}f}"
    return text.replace("-", "−")


def with_unit(value: float | None, unit: str, *, signed: bool = False) -> str:
    """Write a number with its unit.

    Examples
    --------
    >>> with_unit(0.8, "s"), with_unit(3.2, ""), with_unit(None, "s"), with_unit(1, "places")
    ('0.80 s', '3.20', 'cannot be said', '1 place')
    """
    text = number(value, signed=signed)
    if value is None or unit in {"", "1"}:
        return text
    unit = _ONE.get(unit, unit) if text == "1" else unit
    return f"{text}{unit}" if unit == "%" else f"{text} {unit}"


def said(cue_name: str, value: float | None, unit: str, *, signed: bool = False) -> str:
    """Write a cue's value: a share as a percentage, anything else with its unit.

    Examples
    --------
    >>> said("talk.share", 0.412, ""), said("voice.level", -3.1, "dB", signed=True)
    ('41%', '−3.10 dB')
    >>> said("talk.share", 0.031, "", signed=True), said("talk.share", 0.0034, "", signed=True)
    ('+3 points', '+0.34 points')
    """
    if value is not None and unit == "" and cue_name.endswith(_SHARES):
        if signed:
            points = 100 * value
            return f"{number(round(points) if abs(points) >= 1 else points, signed=True)} points"
        return f"{100 * value:.0f}%".replace("-", "−")
    if unit == "0-100":
        return number(value, signed=signed) + ("" if signed or value is None else " of 100")
    return with_unit(value, unit, signed=signed)


def clock(seconds: float) -> str:
    """Write a time in the session.

    Examples
    --------
    >>> clock(65.4), clock(3671)
    ('1:05', '1:01:11')
    """
    whole = int(max(0.0, seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"


def _plain(name: str) -> str:
    return name.replace("_", " ").strip().capitalize()
