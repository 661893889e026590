"""What was found: the report that follows from a conversation and its frames.

Conventions
-----------
No sound and no model is needed: after a correction everything follows from what was heard, and
the frames, alone.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from diarize.conversation import ROLES, Conversation
from diarize.messages import Field, Message, Note, message
from diarize.models.engine import Engine, version_of
from prosody import catalogue, spoilt
from prosody.analysis import Analysis, Last
from prosody.cues import dyad as between
from prosody.cues import pacing, sound_alone
from prosody.cues import turn_taking as turntaking
from prosody.cues.measure import Cue, Measure
from prosody.cues.warmth import CAVEAT_NOTE, remarks
from prosody.cues.words import rules_or_why, spoken_language, word_counts
from prosody.events import Event, Judgement, Read
from prosody.features.frames import Frames
from prosody.listening import behaviours, found, judged, links, moments, totals
from prosody.listening.coder import LANGUAGE, inputs_of, sides_of
from prosody.listening.cues import uptake_by_turn
from prosody.listening.kept import corrected_turns, kept_of, worded
from prosody.listening.words import kind_withheld, rules_told, words_withheld
from prosody.report import model as report
from prosody.report.intake import taken_in
from prosody.report.model import Facts, Report
from prosody.settings import Settings
from prosody.trained.weights import CODER, Coder, how_it_does

__all__ = ["KEEP_WORDS", "Heard", "findings", "note_of", "with_coder"]

KEEP_WORDS = "keep_words"  # the scope without which no word of a session is kept
_RANK = ("withhold", "caution", "info")  # severities, in the order in which notes are told


@dataclass(frozen=True, slots=True)
class Heard:
    """Everything but the frames that a report follows from; this is what a library keeps.

    Parameters
    ----------
    facts : Facts
        Of the recording and the engines.
    settings : Settings
        Thresholds.
    conversation : Conversation
        Who said what, when.
    corrected : int
        How many of the session's corrections are in it already.
    read : Read or None
        What was read in the words, where their texts are not kept.
    outputs : mapping
        What the trained coder made of turns, by the key of their words; not kept without them.
    """

    facts: Facts
    settings: Settings
    conversation: Conversation
    corrected: int = 0
    read: Read | None = None
    outputs: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    @property
    def kept(self) -> "Heard":
        """What the consent lets be kept of it: without it no text, but what was read in them."""
        if KEEP_WORDS in self.facts.consent.scopes or not self.conversation.texts:
            return self
        analysis = Analysis(self.conversation, settings=self.settings, outputs=self.outputs)
        spoken, counts = tuple(found.from_words(analysis)), word_counts(analysis)
        talk = self.conversation.without_texts(dict(enumerate(counts)))
        read = kept_of(
            analysis,
            words_withheld(analysis),
            spoken_language(analysis),
            spoken,
            uptake_by_turn(analysis),
            rules_told(analysis),
            tuple(
                row.kind
                for row in behaviours.looked_for_in(self.settings)
                if kind_withheld(analysis, row) is None
            ),
        )
        return replace(self, conversation=talk, read=read, outputs={})

    def read_by(
        self, coder: Callable[[], Coder | None], *, roles: Collection[str] = ROLES
    ) -> "Heard":
        """Let the trained coder read the turns that it has not read; unchanged where all were.

        Parameters
        ----------
        coder : callable
            Gives the coder, or None; asked only where there is something to read.
        roles : collection of str
            Whose turns; an analysis reads everybody's, for who is who may be corrected.

        Which side of a change a client takes is read where it is looked for.
        """
        if (self.conversation.language or LANGUAGE) != LANGUAGE:
            return self
        every = inputs_of(self.conversation, self.settings.trained)
        pairs = zip(worded(self.conversation), every, strict=True)
        turns = [turn for spoken, turn in pairs if spoken.role in roles]
        if any(row.interviewing for row in behaviours.looked_for_in(self.settings)):
            turns += sides_of(self.conversation, self.settings.trained)
        if all(turn is None or turn.key in self.outputs for turn in turns):
            return self
        if (reader := coder()) is None:
            return self
        read = reader.read(turns, self.outputs, self.settings.trained)
        return replace(self, outputs={**self.outputs, **read})


def note_of(said: Note | Message, severity: str = "info") -> Note:
    """Make a note of a message; one that is a note already stays."""
    if isinstance(said, Note):
        return said
    return Note(said.code, said.fields, severity)


def with_coder(heard: Heard, coder: Callable[[], Coder | None]) -> Heard:
    """Let the trained coder read what was said, and say which coder it was and how it does."""
    talk = heard.conversation
    if not talk.texts or not talk.has_words or (talk.language or LANGUAGE) != LANGUAGE:
        return heard
    reader = coder()
    if reader is None:
        return _noting(heard, message("coder.rules_alone"))
    read = heard.read_by(lambda: reader)
    if not read.outputs:
        return heard
    engine = Engine("trained coder", version_of("listening-prosody"), reader.sha256)
    facts = replace(read.facts, engines={**read.facts.engines, CODER: engine})
    return _noting(replace(read, facts=facts), how_it_does(reader))


def _noting(heard: Heard, said: Message) -> Heard:
    notes = (*heard.facts.notes, note_of(said))
    return replace(heard, facts=replace(heard.facts, notes=notes))


def findings(
    heard: Heard,
    frames: Frames,
    *,
    judged: tuple[Judgement, ...] = (),
    lost: Iterable[Note] = (),
    last: Last | None = None,
) -> Report:
    """Make the report of what was heard and may be kept; no sound and no model needed.

    Parameters
    ----------
    heard : Heard
        Who said what, and what is known of the recording.
    frames : Frames
        How it sounded.
    judged : tuple of Judgement
        What people said of behaviours.
    lost : iterable of Note
        What else a person must know.
    last : Last, optional
        What was worked out last of the same session, to go on from.
    """
    heard, last = heard.kept, last or Last()
    conversation, settings, facts = heard.conversation, heard.settings, heard.facts
    fresh = Analysis(conversation, frames, settings, judged, heard.read, heard.outputs)
    analysis = last.then(fresh, rules_or_why)
    values = spoilt.of_turns(catalogue.values_by_utterance(analysis), facts.notes)
    gone = spoilt.kinds(facts.notes)
    told = (e for e in found.events(analysis) if e.kind not in gone or e.corrected_by)
    events = found.with_values(analysis, tuple(told), values)
    plain = {
        **asdict(settings),
        "rules": rules_told(analysis),
        "moment_points": moments.points_by_kind(),
    }
    measures, alone = _measured(analysis, facts)
    return Report(
        **report.facts_of(facts) | {"notes": _notes(analysis, facts, (*alone, *lost))},
        schema=report.SCHEMA,
        settings=plain,
        settings_sha256=_sha256(plain),
        conversation=conversation,
        measures=measures,
        course=report.Course(
            settings.course.window_s,
            settings.course.hop_s,
            spoilt.courses(catalogue.course(analysis), facts.notes),
        ),
        events=events,
        links=links.links(analysis, events, values),
        moments=moments.moments(analysis, events),
        intake=tuple(taken_in(facts.recording, facts.quality, facts.notes)),
        overlaps=() if _nobody_came_in(gone) else between.overlaps(analysis),
        ended_with=_ended_with(analysis),
        monologues=tuple(u.index for u in between.long_monologues(analysis)),
        parts=turntaking.first_middle_last(analysis),
        rates_in_doubt=pacing.in_doubt(analysis),
        totals=_counted(analysis, facts, events, measures),
        miti=totals.miti(settings.listening, _with_rows(measures)),
    )


def _with_rows(measures: Iterable[Measure]) -> Iterator[tuple[Cue, Measure]]:
    for measure in measures:
        if (cue := catalogue.get(measure.cue)) is not None:
            yield cue, measure


def _nobody_came_in(gone: Iterable[str]) -> bool:
    """Whether nobody can be said to have come in, because such a kind is withheld."""
    return any(row.where == "overlap" for kind in gone if (row := behaviours.get(kind)))


def _notes(analysis: Analysis, facts: Facts, more: Iterable[Note]) -> tuple[Note, ...]:
    """Put what must be known in the order in which it is told."""
    told = sorted(facts.notes, key=lambda note: _RANK.index(note.severity))
    return _once(
        *(note for note in told if note.code == "transcriber.machine"),
        CAVEAT_NOTE,
        *(note for note in told if note.severity != "info"),
        *_cautions(analysis, facts),
        *told,
        *more,
        *remarks(analysis.settings.warmth),
        *pacing.remarks(analysis),
    )


def _measured(analysis: Analysis, facts: Facts) -> tuple[tuple[Measure, ...], tuple[Note, ...]]:
    """Measure every cue, and let each carry what it loses where all was heard from sound alone."""
    measures = spoilt.without(catalogue.measure_all(analysis), facts.notes)
    if not sound_alone.read_alone(facts.engines):
        return measures, ()
    alone = sound_alone.carried(measures)
    note = sound_alone.told(measures, alone)
    return alone, () if note is None else (note,)


def _counted(
    analysis: Analysis, facts: Facts, events: Iterable[Event], measures: Iterable[Measure]
) -> tuple[totals.Total, ...]:
    """Count behaviours; one whose rate was heard too badly is not counted beside that either."""
    gone = {(m.cue, m.role): m.reason for m in measures if sound_alone.too_far(m)}
    counted = spoilt.counts(totals.totals(analysis, events), facts.notes)
    of = {row.kind: row.rate for row in behaviours.table()}
    return totals.unknown(counted, lambda t: gone.get((of[t.behaviour], t.role)))


def _sha256(plain: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode("utf-8")).hexdigest()


def _ended_with(analysis: Analysis) -> tuple[str | None, ...]:
    """Say of every long silence what ended it."""
    conversation = analysis.conversation
    long = between.silences(analysis, conversation.units.silence_s)
    then = {one.silence: one.then for one in long}
    return tuple(then.get(silence) for silence in conversation.silences)


def _once(*said: Note | Message) -> tuple[Note, ...]:
    """Give each note once; a remark that is none yet is a caution."""
    kept: list[Note] = []
    for note in (note_of(one, "caution") for one in said):
        if not any((note.code, note.fields) == (other.code, other.fields) for other in kept):
            kept.append(note)
    return tuple(kept)


def _of_words(analysis: Analysis) -> Iterator[Note]:
    """Say why words are not read, or what is known of rules no coded session has judged."""
    if reason := words_withheld(analysis):
        yield note_of(reason, "caution")
    told = rules_told(analysis)
    if told is not None and not told.get("measured", True):
        yield note_of(judged.label(told["language"], told["sha256"]), "caution")


def _cautions(analysis: Analysis, facts: Facts) -> Iterator[Note]:
    """Say what to read with care: roles, words, and what the checks found."""
    conversation = analysis.conversation
    roles = {casting.role for casting in conversation.casting}
    if not {"therapist", "client"} <= roles:
        yield Note("notes.no_therapist", severity="withhold")
    elif conversation.certainty < analysis.settings.hearing.roles.unsure_certainty:
        yield Note("notes.roles_uncertain", {"certainty": conversation.certainty}, "caution")
    yield from _of_words(analysis)
    for check in facts.quality:
        if check.verdict != "ok":
            fields: dict[str, Field] = {"check": check.check, "meaning": check.meaning}
            spans = (check.span,) if check.span else ()
            severity = "withhold" if check.verdict == "withhold" else "caution"
            yield Note("notes.quality", fields, severity, spans)
    if KEEP_WORDS not in facts.consent.scopes:
        yield Note("notes.words_not_kept", severity="caution")
    if lost := corrected_turns(analysis):
        where = tuple(u.span for u in lost)
        yield Note("notes.turns_not_read", {"n": len(lost)}, "caution", where)
