"""The conversation: turns, words and roles woven into one frozen value.

Conventions
-----------
A *voice* is whom the separator heard ("A", "B", a channel, an RTTM label); a *role* is who
that is: ``therapist``, ``client``, ``other`` or ``unknown``. An inter-pausal unit (IPU) is one
voice's speech without an internal silence of 0.2 s or more. An utterance is a turn built from
IPUs; its kind is ``primary``, ``backchannel`` or ``secondary``. Overlap between utterances is
kept as it is. A conversation without words, or with one voice, is valid.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from diarize.roles import ROLES, Casting, Role
from diarize.settings import Units
from diarize.timeline import Span, Traits, Turn, Word, intersection, subtract, union
from diarize.turns import TurnKind, stretches, take_turns
from diarize.word_traits import is_cue, traits_of

__all__ = [
    "ROLES",
    "Casting",
    "Conversation",
    "Role",
    "Silence",
    "SilenceKind",
    "TurnKind",
    "Units",
    "Utterance",
    "recast",
    "settled",
    "weave",
]


class SilenceKind(StrEnum):
    """What a silence is: within one voice, between two, or long."""

    PAUSE = "pause"
    GAP = "gap"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Utterance:
    """One turn, secondary turn or backchannel.

    `ipus` are the stretches of speech inside `span`; pauses are what lies between them.
    """

    index: int
    span: Span
    voice: str
    role: Role
    kind: TurnKind
    ipus: tuple[Span, ...]
    words: tuple[Word, ...] = ()

    @property
    def text(self) -> str:
        """The words, joined by spaces; empty where their texts are not kept."""
        return " ".join(word.text for word in self.words if word.text)

    @property
    def phonation(self) -> float:
        """Seconds of speech without the pauses."""
        return sum(ipu.duration for ipu in self.ipus)


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch in which nobody speaks, between two units of speech.

    `previous` and `next` are the roles of those who spoke last before and first after it,
    backchannels included; `ended_by` is the role that broke it. `kind` is ``pause`` (the same
    voice is heard again; from 0.25 s), ``gap`` (another voice is heard, any length) or
    ``silence`` (`Units.silence_s` or more, either case). Before the first and after the last sound
    of speech there is no silence in this sense.
    """

    span: Span
    previous: Role
    next: Role
    kind: SilenceKind
    ended_by: Role


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
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
    units : Units
        The thresholds it was woven with.
    unplaced : tuple of Word
        Words too far from any speech of their voice to belong to an utterance.
    gone : tuple of Casting
        Of voices that are known and say nothing, since all they said was given to others.
    texts : bool
        Whether the texts of the words are kept; otherwise each has its `Traits`.
    missing : tuple of Span
        Where the recording has no sound of its own: what was said there is not known, so what
        spans such a place is no silence, no wait and no answer.
    """

    utterances: tuple[Utterance, ...]
    silences: tuple[Silence, ...]
    casting: tuple[Casting, ...]
    duration: float
    has_words: bool = False
    language: str | None = None
    units: Units = field(default_factory=Units)
    unplaced: tuple[Word, ...] = ()
    gone: tuple[Casting, ...] = ()
    texts: bool = True
    missing: tuple[Span, ...] = ()
    hums: tuple[Turn, ...] = ()

    @property
    def certainty(self) -> float:
        """How sure the roles are, 0 to 1: the least sure voice decides; 0 without voices."""
        return min((cast.certainty for cast in self.casting), default=0.0)

    def unheard(self, end: float, start: float) -> bool:
        """Whether sound is missing between an end and a later start, seconds."""
        return start > end and any(Span(end, start).overlap(span) > 0 for span in self.missing)

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

    def without_texts(self, counts: Mapping[int, Sequence[Mapping[str, int]]]) -> "Conversation":
        """Give the conversation as it stands without what was said, but for the words' traits.

        Parameters
        ----------
        counts : mapping of int to sequence of mapping
            Of each utterance by its index, what later steps count in each of its words.
        """
        traits: dict[str, list[Traits]] = {}
        for voice in {u.voice for u in self.utterances}:
            own = [word for u in self.utterances if u.voice == voice for word in u.words]
            traits[voice] = list(reversed(traits_of(own)))
        silent = []
        for u in self.utterances:
            every: Sequence[Mapping[str, int]] = counts.get(u.index) or [{}] * len(u.words)
            words = tuple(
                replace(word, text="", traits=replace(traits[u.voice].pop(), counts=dict(found)))
                for word, found in zip(u.words, every, strict=True)
            )
            silent.append(replace(u, words=words))
        apart = tuple(
            replace(w, text="", traits=trait)
            for w, trait in zip(self.unplaced, traits_of(self.unplaced), strict=True)
        )
        return replace(self, utterances=tuple(silent), unplaced=apart, texts=False)

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
    missing: Sequence[Span] = (),
    hums: Sequence[Turn] = (),
) -> Conversation:
    """Weave turns, words and roles into a conversation.

    Parameters
    ----------
    turns : tuple of Turn
        From a separator; may overlap, may run past the end (what lies outside is cut off).
    words : tuple of Word or None
        None where there is no transcript; `Word.voice` says whose, where known. A word whose
        voice is not among the turns is placed by its time alone.
    casting : tuple of Casting
        One per voice; a voice in `turns` without one is ``unknown``.
    duration : float
        Seconds, of the recording.
    language : str or None
        Of the words; None is taken for English.
    units : Units or None
        Thresholds; None is the defaults.
    missing : sequence of Span
        Where the recording has no sound of its own.
    hums : sequence of Turn
        Where somebody was heard to hum: without words, that is a listener's answer.

    Returns
    -------
    Conversation
        Every word is in exactly one utterance or in `unplaced`. No turns give no utterances.
    """
    units = units or Units()
    lines = _speech(turns, duration, units)
    roles = dict.fromkeys(lines, Role.UNKNOWN) | {one.voice: Role(one.role) for one in casting}
    said, unplaced = _placed(words or (), lines, units)
    line_of = {
        voice: stretches(voice, line, [said[voice, i] for i in range(len(line))], hums)
        for voice, line in lines.items()
    }
    english = (language or "en").lower().startswith("en")
    utterances = tuple(
        Utterance(index, unit.span, unit.voice, roles[unit.voice], kind, unit.ipus, unit.words)
        for index, (unit, kind) in enumerate(take_turns(line_of, units, english=english))
    )
    return Conversation(
        utterances,
        _silences(utterances, units, missing),
        tuple(casting),
        duration,
        words is not None,
        language,
        units,
        unplaced,
        missing=tuple(missing),
        hums=tuple(hums),
    )


def settled(
    turns: tuple[Turn, ...], words: tuple[Word, ...] | None, duration: float, *, units: Units
) -> tuple[tuple[Turn, ...], tuple[Word, ...] | None]:
    """Give speech and words as :func:`weave` leaves them: a turn per inter-pausal unit, sorted."""
    lines = _speech(turns, duration, units)
    said, unplaced = _placed(words or (), lines, units)
    speech = sorted(Turn(span, voice) for voice, line in lines.items() for span in line)
    placed = (word for own in said.values() for word in own)
    return tuple(speech), None if words is None else tuple(sorted((*placed, *unplaced)))


def recast(conversation: Conversation, casting: Sequence[Casting]) -> Conversation:
    """Give a conversation as it stands with other roles."""
    roles = {cast.voice: Role(cast.role) for cast in casting}
    utterances = tuple(
        replace(u, role=roles.get(u.voice, Role.UNKNOWN)) for u in conversation.utterances
    )
    gone = {cast.voice for cast in conversation.gone}
    return replace(
        conversation,
        utterances=utterances,
        silences=_silences(utterances, conversation.units, conversation.missing),
        casting=tuple(cast for cast in casting if cast.voice not in gone),
        gone=tuple(cast for cast in casting if cast.voice in gone),
    )


def _speech(turns: Sequence[Turn], duration: float, units: Units) -> dict[str, tuple[Span, ...]]:
    """Inter-pausal units of each voice inside the recording."""
    heard: dict[str, list[Span]] = {}
    for turn in turns:
        inside = turn.span & Span(0.0, max(duration, 0.0))
        if inside is not None:
            heard.setdefault(turn.voice, []).append(inside)
    return {voice: union(heard[voice], join_s=units.ipu_silence_s) for voice in sorted(heard)}


def _placed(
    words: Sequence[Word], lines: Mapping[str, Sequence[Span]], units: Units
) -> tuple[dict[tuple[str, int], tuple[Word, ...]], tuple[Word, ...]]:
    """Give every word to the unit of speech it lies in or near, or call it unplaced."""
    said: dict[tuple[str, int], list[Word]] = {
        (voice, i): [] for voice, line in lines.items() for i in range(len(line))
    }
    unplaced = []
    starts = {voice: [span.start for span in line] for voice, line in lines.items()}
    for word in sorted(words, key=lambda w: (w.span.start, w.span.end, w.text, w.voice or "")):
        named = word.voice if word.voice in lines else None
        i = bisect_right(starts[named], word.span.start) - 1 if named else -1
        if named and i >= 0 and lines[named][i].contains(word.span):
            said[named, i].append(word)
            continue
        voices = tuple(lines) if named is None else (named,)
        near = [
            (v, i, lines[v][i]) for v in voices for i in _around(lines[v], starts[v], word.span)
        ]
        reach = [found for found in near if _distance(found[2], word.span) <= units.word_reach_s]
        if not reach:
            unplaced.append(word)
            continue
        voice, i, home = _home(word, reach)
        rivals = (s for v, _, s in reach if v != voice)
        contested = any(s.overlap(word.span) > home.overlap(word.span) / 2 for s in rivals)
        doubtful = word.doubtful or contested
        as_is = (word.voice, word.doubtful) == (voice, doubtful)
        said[voice, i].append(word if as_is else replace(word, voice=voice, doubtful=doubtful))
    return {key: tuple(found) for key, found in said.items()}, tuple(unplaced)


def _around(line: Sequence[Span], starts: Sequence[float], span: Span) -> range:
    """Indices of the units that a span touches, and of one before and one after."""
    last = bisect_right(starts, span.end)
    first = last - 1
    while first > 0 and line[first].end > span.start:
        first -= 1
    return range(max(first, 0), min(last + 1, len(line)))


def _distance(unit: Span, span: Span) -> float:
    return max(0.0, unit.start - span.end, span.start - unit.end)


def _home(word: Word, reach: Sequence[tuple[str, int, Span]]) -> tuple[str, int, Span]:
    """Choose a word's unit: by shared time, then by nearness.

    Where two voices share it alike, a listener's word goes to the shorter unit, any other to the
    longer.
    """
    fits = [(round(s.overlap(word.span), 3), -_distance(s, word.span)) for _, _, s in reach]
    best = max(fits)
    alike = [found for found, fit in zip(reach, fits, strict=True) if fit == best]
    if len(alike) == 1:
        return alike[0]
    sign = -1 if is_cue(word) else 1
    return max(alike, key=lambda found: sign * found[2].duration)


def _silences(
    utterances: Sequence[Utterance], units: Units, missing: Sequence[Span]
) -> tuple[Silence, ...]:
    """Stretches without speech between units of speech, with who spoke before and after."""
    spoken = sorted(
        ((ipu, u) for u in utterances for ipu in u.ipus),
        key=lambda pair: (pair[0].start, -pair[0].end, pair[1].voice),
    )
    found: list[Silence] = []
    if not spoken:
        return ()
    end, last = spoken[0][0].end, spoken[0][1]
    for ipu, who in spoken[1:]:
        between = Span(end, max(end, ipu.start))
        if ipu.start > end and not any(between.overlap(span) > 0 for span in missing):
            kind = _silence_kind(ipu.start - end, last.voice == who.voice, units)
            if kind is not None:
                found.append(Silence(between, last.role, who.role, kind, who.role))
        if ipu.end >= end:
            end, last = ipu.end, who
    return tuple(found)


def _silence_kind(seconds: float, same_voice: bool, units: Units) -> SilenceKind | None:
    if seconds >= units.silence_s:
        return SilenceKind.SILENCE
    if not same_voice:
        return SilenceKind.GAP
    return SilenceKind.PAUSE if seconds >= units.pause_s else None
