"""One session: the whole flow on one screen, from a consented recording to its report.

Conventions
-----------
`analyse` takes the separator and the transcriber as functions, so that a test can hand in plain
ones; `plan` turns what a person asked for into those functions. `findings` needs no sound and
no model: after a correction everything follows from the conversation and the frames alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from diarize.conversation import Conversation, weave
from diarize.formats.transcript import Transcript
from diarize.models.engine import Engine
from diarize.recording import quality
from diarize.recording.audio import Audio, decode
from diarize.recording.consent import Recording
from diarize.recording.quality import Check
from diarize.roles import Casting, cast, disputed, swapped_after
from diarize.separation import activity
from diarize.separation.enrolled import Template, changes_half_way, recognise
from diarize.separation.recognition import Recognition
from diarize.separation.table import Separation
from diarize.timeline import Word
from diarize.transcription.alignment import crossed_after, match_labels
from diarize.transcription.table import Transcription
from prosody.engines import Probability, Progress, Separate, Transcribe, silent
from prosody.features.frames import Frames
from prosody.features.frames import measure as measure_frames
from prosody.findings import SWAPPED, Facts, findings
from prosody.options import Asked
from prosody.render.wording import clock
from prosody.report import model as report
from prosody.report.model import Report
from prosody.settings import Settings

__all__ = ["Session", "analyse"]


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """One analysed session: its report, and what a library keeps beside it."""

    report: Report
    conversation: Conversation
    frames: Frames
    audio: Audio


def analyse(
    recording: Recording,
    *,
    separate: Separate,
    transcribe: Transcribe,
    settings: Settings | None = None,
    asked: Asked | None = None,
    transcript: Transcript | None = None,
    progress: Progress = silent,
) -> Session:
    """Analyse one recording.

    Parameters
    ----------
    recording : Recording
        Admitted by its consent.
    separate, transcribe : callable
        Who speaks when, and what was said; see :func:`prosody.engines.plan`.
    settings : Settings, optional
        Thresholds.
    asked : Asked, optional
        What a person said of channels and voices.
    transcript : Transcript, optional
        The supplied one: its labels may say who is the therapist.
    progress : callable
        Told the stage and how far it is, 0 to 1 or None.

    Raises
    ------
    Refused
        If the recording, or what was supplied with it, cannot be used.
    """
    asked = asked or Asked()
    settings = settings or asked.settings
    progress("reading the recording", None)
    audio = decode(recording)
    progress("listening for speech", None)
    speech = activity.speech_probability(audio.mono, audio.rate)
    checks = quality.assess(audio, speech)
    progress("telling the voices apart", None)
    separation = separate(audio, speech)
    progress("writing down the words", None)
    heard = activity.speech_spans(speech)
    transcription = transcribe(audio, heard, separation)
    said = transcription.words
    language = asked.language or transcription.language
    recognised = _recognised(asked.enrolled, audio, separation)
    castings = cast(
        separation.turns,
        said,
        channel_of=dict(separation.channel_of),
        channel_roles=asked.channels,
        told=asked.voices,
        therapist_voice=asked.therapist,
        labels=_labels(transcript, separation),
        enrolled=recognised,
        language=language,
    )
    doubts = _doubts(said, castings, transcript, separation, language)
    conversation = weave(
        separation.turns,
        said,
        castings,
        audio.duration,
        language=language,
        units=settings.units,
    )
    progress("measuring the voices", None)
    frames = measure_frames(
        audio,
        speech=_speech_by_channel(audio, speech, separation),
        per_channel=bool(separation.channel_of),
    )
    facts = _facts(recording, audio, checks, separation, transcription, settings)
    facts = replace(facts, notes=facts.notes + doubts)
    if asked.enrolled is not None and recognised is not None:
        facts = _with_enrolled(facts, asked.enrolled, recognised, castings, audio, separation)
    progress("linking voice and listening", None)
    made = findings(conversation, frames, facts, settings)
    return Session(made, conversation, frames, audio)


def _doubts(
    said: Sequence[Word] | None,
    castings: Sequence[Casting],
    transcript: Transcript | None,
    separation: Separation,
    language: str | None,
) -> tuple[str, ...]:
    """Warn where voices change persons, by labels or words, or where words contradict the roles."""
    labelled = None if transcript is None else crossed_after(transcript.cues, separation.turns)
    for at, by in (
        (labelled, "by the transcript's labels"),
        (swapped_after(said, castings), "by what they say"),
    ):
        if at is not None:
            return (
                f"from about {clock(at)} on {SWAPPED}, {by}; "
                "listen there before you trust any figure",
            )
    against = disputed(castings, said, language)
    return () if against is None else (str(against),)


def _recognised(
    template: Template | None, audio: Audio, separation: Separation
) -> Recognition | None:
    """Look for the enrolled voice, where one was asked for."""
    if template is None:
        return None
    return recognise(template, audio.mono, separation.turns)


def _with_enrolled(
    facts: Facts,
    template: Template,
    recognised: Recognition,
    castings: Sequence[Casting],
    audio: Audio,
    separation: Separation,
) -> Facts:
    """Say which network compared the voices, and where the enrolled voice contradicts."""
    notes = list(facts.notes)
    cast_as = {casting.voice: casting for casting in castings}.get(recognised.voice or "")
    if cast_as is not None and cast_as.role != "therapist":
        notes.append(
            f"the enrolled voice is most like voice {cast_as.voice}, which is cast as "
            f"{cast_as.role} ({cast_as.evidence}); listen to a minute before you trust the roles"
        )
    if changes_half_way(template, audio.mono, separation.turns):
        notes.append(
            f"half way {SWAPPED}: the enrolled voice is one before and the other after; "
            "listen there before you trust any figure"
        )
    engine = Engine("enrolled voice", "1", template.encoder_sha256)
    return replace(facts, engines={**facts.engines, "enrolled voice": engine}, notes=tuple(notes))


def _labels(transcript: Transcript | None, separation: Separation) -> Mapping[str, str] | None:
    """Give what a supplied transcript calls each voice, where it calls them anything."""
    if transcript is None or not transcript.labels:
        return None
    matched = match_labels(transcript.cues, separation.turns)
    return {voice: label for label, voice in matched.items()} or None


def _speech_by_channel(
    audio: Audio, speech: Probability, separation: Separation
) -> NDArray[np.float32]:
    if not separation.channel_of:
        return speech
    return np.stack([activity.speech_probability(channel, audio.rate) for channel in audio.samples])


def _facts(
    recording: Recording,
    audio: Audio,
    checks: tuple[Check, ...],
    separation: Separation,
    transcription: Transcription,
    settings: Settings,
) -> Facts:
    engines = {"separator": separation.engine, "transcriber": transcription.engine}
    engines["activity"] = Engine("silero-vad", _version("silero-vad"))
    engines["pitch"] = Engine("fused autocorrelation", _version("listening-prosody"))
    return Facts(
        recording=report.RecordingFacts(
            recording.sha256,
            audio.duration,
            audio.source_rate_hz,
            audio.channels,
            settings.setting,
        ),
        consent=report.ConsentFacts(recording.consent.scopes, recording.consent.expires_on),
        engines=engines,
        quality=checks,
        notes=(*map(str, audio.notes), *separation.notes, *transcription.notes),
    )


def _version(distribution: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(distribution)
    except PackageNotFoundError:
        return "unknown"
