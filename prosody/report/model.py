"""The report: every finding of one session as one frozen value.

Conventions
-----------
A report holds the records that the analysis made, and copies none: who said what is the
conversation itself. It carries no file name, no path and no date of analysis, so the same input
gives the same report. How it is written as JSON is the matter of `prosody.report.codec`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from diarize.conversation import Conversation, Silence, Utterance
from diarize.messages import Note
from diarize.models.engine import Engine
from diarize.recording.quality import Check
from diarize.roles import Casting
from prosody.cues.dyad import Overlap
from prosody.cues.measure import Measure, Series
from prosody.cues.turn_taking import Part
from prosody.events import Event
from prosody.listening.links import Link
from prosody.listening.moments import Moment
from prosody.listening.totals import MitiFigure, Total
from prosody.report.intake import Intake
from prosody.settings import Reading

__all__ = [
    "SCHEMA",
    "Agreement",
    "ConsentFacts",
    "Course",
    "Facts",
    "RecordingFacts",
    "Report",
    "facts_of",
]

SCHEMA = 2

# Words that are a translation, a language that is not known or has no rules, words of another one,
# or rules that no coded session has judged: the true cause first.
_UNREAD = (
    *("transcriber.other_language", "rule.language_unknown", "rule.no_language"),
    *("behaviour.words_unlike", "rule.unmeasured", "rule.judged"),
)


@dataclass(frozen=True, slots=True)
class RecordingFacts:
    """What was analysed; the SHA-256 identifies it, no name does.

    `sources` are the SHA-256 of its files where there are several, in order.
    """

    sha256: str
    duration_s: float
    sample_rate_hz: int
    channels: int
    setting: str
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far independent accounts of a recording agree; None where there were not two.

    Parameters
    ----------
    transcript_in_speech, speech_covered : float or None
        Share of a supplied transcript that lies in speech, and of speech that it covers.
    labels_agree : float or None
        Share of labelled words whose voice is the one heard.
    engines_agree : float or None
        Share of speech in which two ways of telling voices apart name the same one.
    offset_s, drift_ppm : float or None
        Of a supplied transcript against the sound.
    """

    transcript_in_speech: float | None = None
    speech_covered: float | None = None
    labels_agree: float | None = None
    engines_agree: float | None = None
    offset_s: float | None = None
    drift_ppm: float | None = None


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """What the consent covered."""

    scopes: tuple[str, ...]
    expires_on: str


@dataclass(frozen=True, slots=True)
class Course:
    """Cue values over sliding windows."""

    window_s: float
    hop_s: float
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a report says of the recording and the engines rather than of the people.

    `asked` is what a person asked for that no setting holds, by the option's name.
    """

    recording: RecordingFacts
    consent: ConsentFacts
    engines: Mapping[str, Engine]
    quality: tuple[Check, ...]
    notes: tuple[Note, ...]
    agreement: Agreement = field(default_factory=Agreement)
    asked: Mapping[str, Any] = field(default_factory=dict)


def facts_of(record: Facts) -> dict[str, Any]:
    """Give the facts of a report, or of what it is made from, by their names."""
    return {one.name: getattr(record, one.name) for one in fields(Facts)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Facts):
    """All findings of one session: the facts it was made from, with every note, and the rest.

    Parameters
    ----------
    conversation : Conversation
        Who said what, when; without a text where the consent does not cover keeping words.
    ended_with : tuple of str or None
        Of each silence of the conversation, in order: what ended it (``backchannel``,
        ``question`` or ``speech``), None of those shorter than `Units.silence_s`.
    monologues, rates_in_doubt : tuple of int
        Indices of turns.
    """

    schema: int
    settings: Mapping[str, Any]
    settings_sha256: str
    conversation: Conversation
    measures: tuple[Measure, ...]
    course: Course
    events: tuple[Event, ...]
    links: tuple[Link, ...]
    moments: tuple[Moment, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    ended_with: tuple[str | None, ...] = ()
    monologues: tuple[int, ...] = ()
    parts: tuple[Part, ...] = ()
    rates_in_doubt: tuple[int, ...] = ()
    totals: tuple[Total, ...] = ()
    miti: tuple[MitiFigure, ...] = ()
    intake: tuple[Intake, ...] = ()

    @property
    def voices(self) -> tuple[Casting, ...]:
        """Who the voices are."""
        return self.conversation.casting

    @property
    def turns(self) -> tuple[Utterance, ...]:
        """Turns, secondary turns and backchannels."""
        return self.conversation.utterances

    @property
    def silences(self) -> tuple[Silence, ...]:
        """Stretches in which nobody speaks."""
        return self.conversation.silences

    @property
    def unread(self) -> Note | None:
        """Why words are not read in this language, or how little is known of how well they are.

        It is said before anything else, everywhere.
        """
        said = {note.code: note for note in reversed(self.notes)}
        return next((said[code] for code in _UNREAD if code in said), None)

    @property
    def unsure_below(self) -> float:
        """The transcriber's probability of a word below which it counts as unsure here."""
        kept = self.settings.get("reading", {}).get("least_heard_probability")
        return Reading().least_heard_probability if kept is None else float(kept)

    @property
    def cautions(self) -> tuple[str, ...]:
        """What to read with care, the most serious first, as sentences."""
        return tuple(
            text[:1].upper() + text[1:]
            for text in (str(note) for note in self.notes if note.severity != "info")
        )

    def measure(self, cue: str, role: str) -> Measure | None:
        """Give one measure, or None where the report has no such row."""
        return next((m for m in self.measures if m.cue == cue and m.role == role), None)
