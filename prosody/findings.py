"""What was found: the report that follows from a conversation and its frames.

Conventions
-----------
No sound and no model is needed: after a correction everything follows from the conversation and
the frames alone.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from diarize.conversation import Conversation
from diarize.messages import Note
from diarize.models.engine import Engine
from diarize.recording.quality import Check
from prosody.analysis import Analysis
from prosody.cues import dyad as between
from prosody.cues import pacing
from prosody.cues import table as cues
from prosody.cues import turn_taking as turntaking
from prosody.cues.warmth import CAVEAT, remarks
from prosody.features.frames import Frames
from prosody.listening import cues as listening
from prosody.listening import found, links, moments, totals
from prosody.listening.events import Judgement
from prosody.listening.words import words_withheld
from prosody.report import model as report
from prosody.report.model import Report
from prosody.settings import Settings

__all__ = ["Facts", "findings"]

_SURE = 0.5  # below it roles are not used and the report says so
_RANK = ("withhold", "caution", "info")  # severities, in the order in which notes are told


@dataclass(frozen=True, slots=True)
class Facts:
    """What a report says of the recording and the engines rather than of the people."""

    recording: report.RecordingFacts
    consent: report.ConsentFacts
    engines: Mapping[str, Engine]
    quality: tuple[Check, ...]
    notes: tuple[Note, ...]


def findings(
    conversation: Conversation,
    frames: Frames,
    facts: Facts,
    settings: Settings,
    *,
    judged: tuple[Judgement, ...] = (),
) -> Report:
    """Make the report of a conversation; no sound and no model needed.

    Parameters
    ----------
    conversation : Conversation
        Who said what, when.
    frames : Frames
        How it sounded.
    facts : Facts
        Of the recording and the engines.
    settings : Settings
        Thresholds.
    judged : tuple of Judgement
        What people said of behaviours.
    """
    analysis = Analysis(conversation, frames, settings, judged)
    values = cues.values_by_utterance(analysis)
    events = found.with_values(analysis, found.events(analysis), values)
    plain = asdict(settings)
    made = Report(
        schema=report.SCHEMA,
        recording=facts.recording,
        consent=facts.consent,
        engines=facts.engines,
        settings=plain,
        settings_sha256=hashlib.sha256(
            json.dumps(plain, sort_keys=True).encode("utf-8")
        ).hexdigest(),
        quality=facts.quality,
        conversation=conversation,
        measures=cues.measure_all(analysis) + listening.measures(analysis),
        course=report.Course(
            settings.course.window_s,
            settings.course.hop_s,
            cues.course(analysis),
        ),
        events=events,
        links=links.links(analysis, events, values),
        cautions=_cautions(analysis, facts) + remarks(settings.warmth) + pacing.remarks(analysis),
        moments=moments.moments(analysis, events),
        notes=facts.notes,
        overlaps=between.overlaps(analysis),
        ended_with=_ended_with(analysis),
        monologues=tuple(u.index for u in between.long_monologues(analysis)),
        parts=turntaking.first_middle_last(analysis),
        rates_in_doubt=pacing.in_doubt(analysis),
        totals=totals.totals(analysis, events),
        miti=totals.miti(analysis),
    )
    return made if "keep_words" in facts.consent.scopes else report.without_words(made)


def _ended_with(analysis: Analysis) -> tuple[str | None, ...]:
    """Say of every silence of 3 s and more what ended it."""
    conversation = analysis.conversation
    long = between.silences(analysis, conversation.units.silence_s)
    then = {silence.span: silence.then for silence in long}
    return tuple(then.get(silence.span) for silence in conversation.silences)


def _cautions(analysis: Analysis, facts: Facts) -> tuple[str, ...]:
    conversation = analysis.conversation
    notes = sorted(facts.notes, key=lambda note: _RANK.index(note.severity))
    said = [CAVEAT, *(_capital(str(note)) for note in notes if note.severity != "info")]
    roles = {casting.role for casting in conversation.casting}
    if not {"therapist", "client"} <= roles:
        said.append(
            "It is not sure which voice is the therapist; everything that depends on it is "
            "withheld. Say which with: prosody correct SESSION --role VOICE=therapist"
        )
    elif conversation.certainty < _SURE:
        said.append(
            f"Roles are uncertain ({conversation.certainty:.2f} of 1). Listen to a minute, and "
            "if they are swapped: prosody correct SESSION --swap-roles"
        )
    if reason := words_withheld(analysis):
        said.append(_capital(str(reason)) + ".")
    said += [f"{c.check}: {c.meaning}" for c in facts.quality if c.verdict != "ok"]
    if "keep_words" not in facts.consent.scopes:
        said.append("The consent does not cover keeping words; they were used and not kept.")
    return tuple(dict.fromkeys([*said, *(_capital(str(note)) for note in notes)]))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
