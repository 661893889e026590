"""What a number is: a measure with its part and whole, and a cue that makes measures.

Conventions
-----------
``value`` is in the cue's unit. A rate or share is ``scale * part / whole``; windows and
sessions add parts and wholes, never values. ``n`` counts the units the value rests on.
``low`` and ``high`` bound a 95 % interval where the value is an estimate. Where there is no
value it is None and ``reason`` says why; ``reliable`` is then False. A cue is named for what a
higher number means, and its row says so in words.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from diarize.messages import Message, own_words
from diarize.timeline import Span
from prosody.settings import SHIPPED

if TYPE_CHECKING:
    from diarize.conversation import Utterance
    from prosody.analysis import Analysis

__all__ = [
    "BOTH",
    "CODED",
    "CROSSTALK",
    "CUT",
    "GAIN",
    "HARD",
    "LAPSES",
    "PRESSED",
    "RIDDEN",
    "ROLES",
    "WORDS_DOUBTED",
    "Cue",
    "Measure",
    "Named",
    "OfTurn",
    "Series",
    "TurnNone",
    "withheld",
]

ROLES = ("therapist", "client")
BOTH = ("both",)

# Codes of notes that withhold a number: a microphone that drops out, and, as
# benchmarks/processed.py measures, what echo and leaking voices, codecs with few bits, a gain that
# moves or cannot be judged, one that rides on the speech, a compressor, and cut peaks break; and
# words that may be another recording's.
LAPSES = ("recording.channel_lapses", "recording.channel_gone", "recording.lapses")
WORDS_DOUBTED = ("transcript.perhaps_another", "transcript.borne_out_by_nothing")
CROSSTALK = ("recording.echo_stays", "recording.leak_stays", *LAPSES)
HARD = ("recording.coded_hard", "recording.coded_in_steps")
CODED = ("recording.coded", "recording.noise_shaped", *HARD)
CUT = ("recording.peaks_cut", "recording.channel_peaks_cut")
PRESSED = ("recording.level_pressed", *CUT)
RIDDEN = ("recording.gain_rides", *PRESSED)
_MOVED = ("recording.gain_wanders", "recording.gain_set")
GAIN = (*_MOVED, "recording.gain_unjudged", "recording.gain_unclear", *RIDDEN)


@dataclass(frozen=True, slots=True)
class Measure:
    """One number about one role (``therapist``, ``client`` or ``both``), or why there is none."""

    cue: str
    role: str
    value: float | None
    unit: str
    part: float | None = None
    whole: float | None = None
    n: int = 0
    low: float | None = None
    high: float | None = None
    reliable: bool = True
    reason: Message | None = None


OfTurn = Callable[["Analysis", "Utterance"], float]
TurnNone = Callable[["Analysis", "Utterance"], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What a number is called, and how it is said.

    Parameters
    ----------
    name : str
        ``family.name`` in snake case.
    unit : str
        As printed; "" for a pure number.
    label : str
        What a person reads, with a capital letter.
    higher, lower : str
        What a higher and a lower number mean, to follow "was 2 dB higher:".
    meaning : str
        One or two plain sentences for a supervisor: what was measured and what it is not.
    of_turn : callable, optional
        ``of_turn(analysis, utterance) -> float``: a single turn's own value, NaN where it has
        none; for event cards and links.
    turn_none : callable, optional
        ``turn_none(analysis, utterance) -> str``: the code of why a turn that is no backchannel has
        none.
    share : bool
        Whether it is a share of one, 0 to 1, which people read as a percentage.
    least : float or None
        What it cannot lie below, in its unit; a share is never below 0 nor above 1.
    spoilt_by : tuple of str
        Codes of notes of the recording that withhold it, or, if the note only warns, make it a
        low-confidence estimate; with the note as the reason.
    on_card : bool
        Whether the card of a moment draws it; otherwise it is among the card's numbers.
    """

    name: str
    unit: str
    label: str
    higher: str
    lower: str
    meaning: str
    of_turn: OfTurn | None = None
    turn_none: TurnNone | None = None
    share: bool = False
    least: float | None = None
    spoilt_by: tuple[str, ...] = ()
    on_card: bool = False

    def words(self, what: str) -> str:
        """Give words of the row (`label`, `higher`, `meaning`, ...) as the language says them."""
        return own_words(f"cues.{self.name}.{what}", getattr(self, what), settings=SHIPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue(Named):
    """One row of a cue family.

    Parameters
    ----------
    measure : callable
        ``measure(analysis, role, within) -> Measure``. The same function over windows gives the
        time course.
    roles : tuple of str
        For whom it is measured.
    course : bool
        Whether its time course over the session is worth showing.
    drawn : tuple of str
        Where that course is drawn: ``course`` (that section of the report), ``glance`` (what is
        looked at first), ``warmth`` (the proxy's own) or ``apart`` (beside the proxy).
    middle : float or None
        What a value is relative to, in its unit, drawn dashed; None where it is relative to none.
    of_length : bool
        Whether it grows with the length of the session: it is not followed over sessions.
    headline : int
        Place among the headline figures, from 1; 0 for all others.
    places : str
        Where it can be heard, unless events carry its values: ``turns``, ``backchannels``,
        ``silences`` or ``overlaps``.
    counts : tuple of str
        Which of the main things a turn does (`prosody.listening.behaviours`) it counts: it is heard
        where those were found. Empty for a cue that counts none.
    unweighed : str
        Why it is shown beside the warmth proxy and has no weight in it; "" for all others.
    miti : bool
        Whether it is shown in the manner of the MITI too, where a person says that the session is
        motivational interviewing; what it counts is ``total.counted_NAME``.
    published : Message or None
        What the manual of the MITI publishes of it, if it does.
    """

    measure: Callable[["Analysis", str, Span], Measure]
    roles: tuple[str, ...] = ROLES
    course: bool = False
    drawn: tuple[str, ...] = ()
    middle: float | None = None
    of_length: bool = False
    headline: int = 0
    places: str = "turns"
    counts: tuple[str, ...] = ()
    unweighed: str = ""
    miti: bool = False
    published: Message | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """The time course of one cue for one role.

    `start_s` are the starts of the windows; `value` is None where a window has none; `low` and
    `high` bound each window's 95 % interval, empty where no window has one.
    """

    cue: str
    role: str
    start_s: tuple[float, ...]
    value: tuple[float | None, ...]
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()


def withheld(cue: str, role: str, unit: str, reason: Message, *, n: int = 0) -> Measure:
    """Give a measure without a value, and why."""
    return Measure(cue, role, None, unit, n=n, reliable=False, reason=reason)
