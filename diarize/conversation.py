"""The conversation: turns, words and roles woven into one frozen value.

Conventions
-----------
A *voice* is whom the separator heard ("A", "B", a channel, an RTTM label); a *role* is who
that is: ``therapist``, ``client``, ``other`` or ``unknown``. An inter-pausal unit (IPU) is one
voice's speech without an internal silence of 0.2 s or more. An utterance is a turn built from
IPUs; its kind is ``primary``, ``backchannel`` or ``secondary``. Overlap between utterances is
kept as it is. A conversation without words, or with one voice, is valid.
"""

from dataclasses import dataclass

from diarize.roles import ROLES, Casting
from diarize.timeline import Span, Turn, Word, intersection, subtract, union

__all__ = ["ROLES", "Casting", "Conversation", "Silence", "Units", "Utterance", "weave"]

@dataclass(frozen=True, slots=True)
class Utterance:
    """One turn, secondary turn or backchannel.

    `ipus` are the stretches of speech inside `span`; pauses are what lies between them.
    """

    index: int
    span: Span
    voice: str
    role: str
    kind: str
    ipus: tuple[Span, ...]
    words: tuple[Word, ...] = ()

    @property
    def text(self) -> str:
        """The words, joined by spaces."""
        return " ".join(word.text for word in self.words)

    @property
    def phonation(self) -> float:
        """Seconds of speech without the pauses."""
        return sum(ipu.duration for ipu in self.ipus)


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch in which nobody speaks, between two units of speech.

    `previous` and `next` are the roles around it, `ended_by` the role that broke it;
    `kind` is ``pause`` (same voice goes on), ``gap`` (the other takes the floor) or
    ``silence`` (3 s or more, either case). Before the first and after the last word there
    is no silence in this sense.
    """

    span: Span
    previous: str
    next: str
    kind: str
    ended_by: str


@dataclass(frozen=True, slots=True)
class Units:
    """Thresholds that build units from speech; seconds, and words where the name says so."""

    ipu_silence_s: float = 0.20
    join_pause_s: float = 1.5
    silence_s: float = 3.0
    overlap_margin_s: float = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Conversation:
    """Who said what, when.

    Parameters
    ----------
    utterances : tuple of Utterance
        Sorted by start; indices count from 0 in that order.
    silences : tuple of Silence
        Sorted by start.
    casting : tuple of Casting
        One per voice.
    duration : float
        Seconds, of the recording.
    has_words : bool
        Whether a transcript was there at all.
    language : str or None
        Of the words, as a two-letter code.
    """

    utterances: tuple[Utterance, ...]
    silences: tuple[Silence, ...]
    casting: tuple[Casting, ...]
    duration: float
    has_words: bool = False
    language: str | None = None
    units: Units = Units()

    @property
    def certainty(self) -> float:
        """How sure the roles are, 0 to 1: the least sure voice decides; 0 without voices."""
        return min((cast.certainty for cast in self.casting), default=0.0)

    @property
    def whole(self) -> Span:
        """The recording as a span."""
        return Span(0.0, self.duration)

    def of(self, role: str, *, kind: str | None = None) -> tuple[Utterance, ...]:
        """Utterances of a role, optionally of one kind."""
        return tuple(u for u in self.utterances if u.role == role and kind in (None, u.kind))

    def speech(self, role: str) -> tuple[Span, ...]:
        """Stretches in which a role speaks, pauses of `Units.ipu_silence_s` and more left out."""
        return union(ipu for u in self.utterances if u.role == role for ipu in u.ipus)

    def alone(self, role: str) -> tuple[Span, ...]:
        """Stretches in which a role speaks and nobody else does, overlap widened by its margin."""
        others = (
            ipu.widened(self.units.overlap_margin_s)
            for u in self.utterances
            if u.role != role
            for ipu in u.ipus
        )
        return subtract(self.speech(role), others)

    def overlaps(self) -> tuple[Span, ...]:
        """Stretches in which two or more voices speak at once."""
        voices = sorted({u.voice for u in self.utterances})
        by_voice = [[i for u in self.utterances if u.voice == v for i in u.ipus] for v in voices]
        shared = [
            span
            for a in range(len(voices))
            for b in range(a + 1, len(voices))
            for span in intersection(by_voice[a], by_voice[b])
        ]
        return union(shared)

    def channel(self, role: str) -> int | None:
        """Give the channel that carries a role alone, where the recording has one per person."""
        return next((c.channel for c in self.casting if c.role == role), None)


def weave(
    turns: tuple[Turn, ...],
    words: tuple[Word, ...] | None,
    casting: tuple[Casting, ...],
    duration: float,
    *,
    language: str | None = None,
    units: Units | None = None,
) -> Conversation:
    """Weave turns, words and roles into a conversation.

    Parameters
    ----------
    turns : tuple of Turn
        From a separator; may overlap.
    words : tuple of Word or None
        None where there is no transcript; `Word.voice` says whose, where known.
    casting : tuple of Casting
        One per voice in `turns`.
    duration : float
        Seconds, of the recording.
    """
    raise NotImplementedError
