"""How things are called on the page: plain words for kinds, cues, roles and numbers.

Everything here is wording; nothing is measured. A kind or cue without an entry is named after
itself, so a new one shows up by being there.
"""

import math
import re
from collections.abc import Iterable

from diarize.messages import (
    Field,
    clock,
    decimal,
    is_known,
    message,
    own_words,
    percent,
    sentence,
    small,
)
from diarize.roles import Casting
from prosody import catalogue
from prosody.listening import behaviours
from prosody.settings import KEPT_PLACES

__all__ = [
    "NOTHING",
    "behaviour",
    "check",
    "clock",
    "count",
    "cue",
    "cue_of",
    "ends",
    "engine",
    "family",
    "group",
    "is_share",
    "means",
    "number",
    "overlap",
    "part",
    "role",
    "said",
    "side",
    "small",
    "span",
    "stage",
    "sub_kind",
    "unit",
    "unit_of",
    "up",
    "verdict",
    "voices",
    "with_unit",
]

NOTHING = "–"  # where there is nothing to show
_SIGNS = re.compile(r"\W+")  # of a program's name, which no code may have
_BEFORE = {"r", "z"}  # statistics whose name stands before the figure
_ONE = {
    "words": "word",
    "turns": "turn",
    "places": "place",
    "silences": "silence",
    "stretches": "stretch",
}


def behaviour(kind: str) -> str:
    """Name a behaviour.

    Examples
    --------
    >>> behaviour("question_open"), behaviour("new_kind")
    ('Open question', 'New kind')
    """
    row = behaviours.get(kind)
    return row.words("label") if row else _plain(kind)


def sub_kind(name: str) -> str:
    """Name a sub-kind of a behaviour as it stands within a sentence.

    Examples
    --------
    >>> sub_kind("complex")
    'complex'
    """
    return own_words(f"behaviours.sub_kind.{name}", name)


def group(name: str) -> str:
    """Name a group that behaviours are listed under, as the language says it."""
    return own_words(f"behaviours.group.{name}", name)


def cue(name: str) -> str:
    """Name a cue, by an old name too.

    Examples
    --------
    >>> cue("talk.share"), cue("voice.steadiness"), cue("new.one_of_these")
    ('Talk-time share', 'Unevenness of level', 'One of these')
    """
    row = catalogue.named(name)
    return row.words("label") if row else _plain(name.partition(".")[2] or name)


def cue_of(name: str, whose: str) -> str:
    """Name a cue and whose it is, as a table does.

    Examples
    --------
    >>> cue_of("talk.share", "client")
    'Talk-time share, client'
    """
    return f"{cue(name)}, {small(role(whose))}"


def family(name: str) -> str:
    """Name the family a cue belongs to.

    Examples
    --------
    >>> family("pace.pause_ratio")
    'Pace'
    """
    return catalogue.family(name)


def up(name: str) -> str:
    """Say what up means in a drawing of a cue; "" where its table has no such row.

    Examples
    --------
    >>> up("voice.unevenness")
    'up: less steady'
    """
    row = catalogue.named(name)
    return sentence("wording.up", {"means": row.words("higher")}) if row else ""


def means(name: str, difference: float | None) -> str:
    """Say what a difference of a cue means; "" where there is none or no such row.

    Examples
    --------
    >>> means("voice.unevenness", 2.0), means("voice.unevenness", -2.0), means("voice.level", 0)
    ('less steady', 'steadier', '')
    """
    row = catalogue.named(name)
    if row is None or not difference:
        return ""
    return row.words("higher" if difference > 0 else "lower")


def role(name: str) -> str:
    """Name a role.

    Examples
    --------
    >>> role("other"), role("unknown")
    ('Someone else', 'Unknown')
    """
    return _plain(_named(f"role.{name}") or name)


def voices(castings: Iterable[Casting]) -> str:
    """Say who is who, how surely and why; what several roles rest on is said once."""
    by_ground: dict[tuple[float, str], list[Field]] = {}
    for cast in castings:
        named = message("page.voice", voice=cast.voice, role=role(cast.role))
        by_ground.setdefault((cast.certainty, str(cast.evidence)), []).append(named)
    said = [
        str(message("page.voices_on", voices=named, certainty=certainty, evidence=why))
        for (certainty, why), named in by_ground.items()
    ]
    return "; ".join(said) or sentence("page.no_voices")


def side(name: str) -> str:
    """Name the side a moment is on."""
    return _named(f"side.{name}") or _plain(name)


def verdict(name: str) -> str:
    """Name what a check of the quality comes to."""
    return _named(f"verdict.{name}") or _plain(name)


def check(name: str) -> str:
    """Name a check of the quality."""
    return _named(f"checks.{name}") or name.replace("_", " ")


def part(name: str) -> str:
    """Name a part of a session that is compared with the others."""
    return _plain(_named(f"page.part_{name}") or name)


def overlap(kind: str) -> str:
    """Name what an overlap was sorted as."""
    return _plain(_named(f"overlap.sort_{kind}") or kind)


def engine(part: str) -> str:
    """Name what a program did in an analysis.

    Examples
    --------
    >>> engine("separator"), engine("new_part")
    ('Who spoke', 'New part')
    """
    return _named(f"engine.part_{part.replace(' ', '_')}") or _plain(part)


def program(name: str) -> str:
    """Name a program that took part; only ours has words of its own in another language.

    Examples
    --------
    >>> program("supplied transcript"), program("pyannote/segmentation-3.0")
    ('supplied transcript', 'pyannote/segmentation-3.0')
    """
    return _named(f"engine.program_{_SIGNS.sub('_', name)}") or name


def number(value: float | None, *, signed: bool = False) -> str:
    """Write a number with about three figures; what is less than 0.0005 off zero is zero.

    It is rounded as a report keeps it first, so that a figure reads the same before it was kept as
    after: medians of times on a grid lie between two roundings as often as not.

    Examples
    --------
    >>> number(0.41444), number(12.34), number(231.7), number(-3.0, signed=True), number(None)
    ('0.41', '12.3', '232', '−3', 'not available')
    >>> number(0.0034, signed=True), number(-0.0001, signed=True)
    ('+0.003', '0')
    >>> number(0.49500000000000455) == number(0.495)
    True
    """
    if value is None or not math.isfinite(value):
        return sentence("wording.not_available")
    value = round(value, KEPT_PLACES)
    size = abs(value)
    if size < 0.0005:
        return "0"
    whole = size >= 100 or float(value).is_integer()
    places = 0 if whole else 1 if size >= 10 else 2 if size >= 0.01 else 3
    text = f"{value:{'+' if signed else ''}.{places}f}"
    return decimal(text).replace("-", "−")


def span(low: float | None, high: float | None, *, signed: bool = False) -> str:
    """Write the two ends of an interval.

    Examples
    --------
    >>> span(0.2, 14)
    '0.20 to 14'
    """
    ends = [number(end, signed=signed) for end in (low, high)]
    return sentence("page.range", {"start": ends[0], "end": ends[1]})


def stage(name: str) -> str:
    """Name a stage of a frame for reading."""
    return _plain(_named(f"total.stage_{name}") or name)


def unit(name: str) -> str:
    """Name a unit, as the language says it.

    Examples
    --------
    >>> unit("syl/s")
    'syl/s'
    """
    return own_words(f"units.{name}", name)


def unit_of(cue_name: str) -> str:
    """Give the unit of a cue's row; "" where there is no such row.

    Examples
    --------
    >>> unit_of("turns.length")
    's'
    """
    row = catalogue.named(cue_name)
    return row.unit if row else ""


def count(value: int | None) -> str:
    """Write a count; a dash where there is none."""
    return NOTHING if value is None else str(value)


def with_unit(value: float | None, unit: str, *, signed: bool = False) -> str:
    """Write a number with its unit.

    Examples
    --------
    >>> with_unit(0.8, "s"), with_unit(3.2, ""), with_unit(None, "s"), with_unit(1, "places")
    ('0.80 s', '3.20', 'not available', '1 place')
    >>> with_unit(4.25, "/min"), with_unit(-0.3, "r"), with_unit(-2.0, "dBFS", signed=True)
    ('4.25/min', 'r = −0.30', '−2 dB')
    """
    text = number(value, signed=signed)
    if value is None or unit in {"", "1"}:
        return text
    if signed and unit == "dBFS":
        unit = "dB"  # of a difference
    if unit == "%":
        return sentence("language.percent", {"n": text})
    named = own_words(f"units.{unit}", unit)
    if text == "1":
        named = own_words(f"units.one.{unit}", _ONE.get(unit, named))
    if unit in _BEFORE:
        return f"{named} = {text}"
    return f"{text}{named}" if named.startswith("/") else f"{text} {named}"


def is_share(cue_name: str, unit: str) -> bool:
    """Whether a cue is a share of one, which is written as a percentage.

    Examples
    --------
    >>> is_share("pace.pause_ratio", ""), is_share("talk.share", "%")
    (True, False)
    """
    row = catalogue.named(cue_name)
    return unit == "" and row is not None and row.share


def said(cue_name: str, value: float | None, unit: str, *, signed: bool = False) -> str:
    """Write a cue's value: a share as a percentage, anything else with its unit.

    Examples
    --------
    >>> said("talk.share", 0.412, ""), said("voice.level", -3.1, "dB", signed=True)
    ('41%', '−3.10 dB')
    >>> said("talk.share", 0.031, "", signed=True), said("talk.share", 0.0034, "", signed=True)
    ('+3 points', '+0.34 points')
    >>> said("talk.share", -0.012, "", signed=True)
    '−1 point'
    >>> said("talk.share", 0.42500000000000004, "") == said("talk.share", 0.425, "")
    True
    """
    if value is not None and is_share(cue_name, unit):
        if signed:
            points = _points(value)
            shown = number(points, signed=True)
            return sentence("wording.points", {"n": shown, "points": abs(points)})
        return percent(round(value, KEPT_PLACES)).replace("-", "−")
    if unit == "0-100":
        shown = number(value, signed=signed)
        return shown if signed or value is None else sentence("wording.of_100", {"n": shown})
    return with_unit(value, unit, signed=signed)


def ends(
    cue_name: str, low: float | None, high: float | None, unit: str, *, signed: bool = False
) -> tuple[str, str]:
    """Write the two ends of a cue's interval: the unit stands once, and not before a figure.

    Examples
    --------
    >>> ends("talk.time", 48.21, 59.9, "s"), ends("talk.share", 0.37, 0.42, "")
    (('48.2', '59.9 s'), ('37%', '42%'))
    >>> ends("match.pitch_synchrony", -0.68, 0.07, "r")
    ('−0.68', '0.07')
    """
    if unit in _BEFORE:
        return number(low, signed=signed), number(high, signed=signed)
    share = unit == "%" or is_share(cue_name, unit)
    whole = share and not signed
    if whole or low is None:
        first = said(cue_name, low, unit)
    else:
        first = number(_points(low) if share else low, signed=signed)
    return first, said(cue_name, high, unit, signed=signed)


def _points(share: float) -> float:
    """Give a difference of shares in percentage points; of a point and more, whole ones."""
    points = 100 * share
    return round(points) if abs(points) >= 1 else points


def _named(code: str) -> str | None:
    return sentence(code) if is_known(code) else None


def _plain(name: str) -> str:
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]
