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
from prosody.listening import detect as listening
from prosody.listening import links, moments, totals
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
    judged: tuple[listening.Correction, ...] = (),
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
    judged : tuple of listening.Correction
        Behaviours a person corrected.
    """
    analysis = Analysis(conversation, frames, settings)
    values = cues.values_by_utterance(analysis)
    found = listening.find(analysis)
    found = listening.apply_corrections(found, judged, conversation=conversation)
    found = listening.with_values(found, values, conversation=conversation)
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
        measures=cues.measure_all(analysis) + listening.measures(found, analysis),
        course=report.Course(
            settings.course.window_s,
            settings.course.hop_s,
            cues.course(analysis),
        ),
        events=found,
        links=links.link(found, conversation, values, settings),
        cautions=_cautions(conversation, facts)
        + remarks(settings.warmth)
        + pacing.remarks(analysis),
        moments=moments.moments(conversation, found, settings),
        notes=facts.notes,
        overlaps=between.overlaps(analysis),
        ended_with=_ended_with(analysis),
        monologues=tuple(u.index for u in between.long_monologues(analysis)),
        parts=turntaking.first_middle_last(analysis),
        rates_in_doubt=pacing.in_doubt(analysis),
        totals=totals.totals(found, analysis),
        miti=totals.miti(found, analysis),
    )
    return made if "keep_words" in facts.consent.scopes else report.without_words(made)


def _ended_with(analysis: Analysis) -> tuple[str | None, ...]:
    """Say of every silence of 3 s and more what ended it."""
    conversation = analysis.conversation
    long = between.silences(analysis, conversation.units.silence_s)
    then = {silence.span: silence.then for silence in long}
    return tuple(then.get(silence.span) for silence in conversation.silences)


def _cautions(conversation: Conversation, facts: Facts) -> tuple[str, ...]:
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
    if reason := listening.words_withheld(conversation):
        said.append(_capital(reason) + ".")
    said += [f"{c.check}: {c.meaning}" for c in facts.quality if c.verdict != "ok"]
    if "keep_words" not in facts.consent.scopes:
        said.append("The consent does not cover keeping words; they were used and not kept.")
    return tuple(dict.fromkeys([*said, *(_capital(str(note)) for note in notes)]))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
