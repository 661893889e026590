"""One session: the whole flow on one screen, from a consented recording to its report.

Conventions
-----------
`analyse` takes the separator and the transcriber as functions, so that a test can hand in plain
ones; `analyse_as_asked` takes those that follow from what a person asked for (`prosody.engines`).
`findings` needs no sound and no model: after a correction everything follows from the conversation
and the frames alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from diarize.recording import quality
from diarize.recording.admission import Recording
from diarize.recording.audio import Audio, decode
from diarize.runtime.memory import given_back, trimmed
from diarize.separation.persons import judged
from prosody.engines import Progress, Say, Separate, Transcribe, plan, silent
from prosody.features.frames import Frames
from prosody.features.frames import measure as measure_frames
from prosody.findings import Heard, findings, with_coder
from prosody.kept_channels import kept_to_persons
from prosody.options import Asked, told
from prosody.provenance import facts_of
from prosody.report.model import Report
from prosody.settings import Settings
from prosody.supplied import Supplied, refuse_no_voice
from prosody.trained.weights import Coder
from prosody.trained.weights import coder as shipped_coder
from prosody.weaving import woven

__all__ = ["Session", "analyse", "analyse_as_asked"]


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """One analysed session: its report, and what a library keeps beside it."""

    report: Report
    heard: Heard
    frames: Frames
    audio: Audio


def analyse(
    recording: Recording,
    *,
    separate: Separate,
    transcribe: Transcribe,
    settings: Settings | None = None,
    asked: Asked | None = None,
    given: Supplied | None = None,
    coder: Callable[[], Coder | None] = shipped_coder,
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
    given : Supplied, optional
        What came with the recording: labels of a transcript may say who is the therapist.
    coder : callable
        Gives the trained coder, a library's own where it has one; None reads by rules alone.
    progress : callable
        Told the stage's code and how far it is, 0 to 1 or None.

    Raises
    ------
    Refused
        If the recording, or what was supplied with it, cannot be used.
    """
    asked, given = asked or Asked(), given or Supplied()
    settings = settings or asked.settings
    given_back()
    progress("stage.reading", None)
    decoded = decode(recording, limits=settings.hearing.decoding, track=asked.track)
    progress("stage.speech", None)
    audio, speech = judged(decoded, settings.hearing)
    checks = quality.assess(audio, speech.probability, limits=settings.hearing.quality)
    progress("stage.voices", None)
    heard = audio, speech, separate(audio, speech)
    heard = kept_to_persons(decoded, heard, separate=separate, given=given, settings=settings)
    audio, speech, separation = heard
    refuse_no_voice(asked, given, separation)
    trimmed(audio.samples, audio.mono)
    progress("stage.words", None)
    transcription = transcribe(audio, speech, separation)
    found = woven(
        audio,
        separation,
        transcription,
        fitted=given.on(audio, speech),
        letters=given.voices,
        asked=asked,
        settings=settings,
    )
    progress("stage.measuring", None)
    frames = measure_frames(
        audio,
        speech=speech.by_channel if separation.channel_of else speech.probability,
        per_channel=bool(separation.channel_of),
        settings=settings.features,
    )
    facts = facts_of(recording, audio, speech, checks, separation, transcription, settings)
    facts = replace(
        facts,
        agreement=found.agreement,
        engines={**facts.engines, **found.engines},
        notes=facts.notes + found.notes,
        asked=told(asked),
    )
    trimmed(audio.samples, audio.mono)
    progress("stage.listening", None)
    whole = with_coder(Heard(facts, settings, found.conversation), coder)
    trimmed()
    return Session(findings(whole, frames), whole, frames, audio)


def analyse_as_asked(
    recording: Recording,
    asked: Asked,
    *,
    coder: Callable[[], Coder | None] = shipped_coder,
    progress: Progress = silent,
    say: Say = lambda chosen: None,
) -> Session:
    """Analyse one recording by the separator and the transcriber that a person asked for.

    Parameters
    ----------
    recording, coder, progress
        As in :func:`analyse`.
    asked : Asked
        What a person asked for.
    say : callable
        Told what was chosen, and what better choice exists.

    Raises
    ------
    Refused
        If something asked for is not there, or the recording cannot be used.
    """
    planned = plan(asked, progress=progress, say=say)
    return analyse(
        recording,
        separate=planned.separate,
        transcribe=planned.transcribe,
        given=planned.supplied,
        asked=asked,
        coder=coder,
        progress=progress,
    )
