"""What a report says of the recording, its consent, its quality and the engines that heard it."""

from diarize.messages import Note
from diarize.models.engine import Engine, version_of
from diarize.recording.admission import Recording
from diarize.recording.audio import Audio
from diarize.recording.quality import Check, noted
from diarize.runtime.atomic import sha256_of
from diarize.separation.activity import Speech
from diarize.separation.table import Separation
from diarize.transcription.table import Transcription
from prosody.features.candidates import WEIGHTS as CANDIDATES
from prosody.features.voicing import WEIGHTS as VOICING
from prosody.report import model as report
from prosody.settings import Settings

__all__ = ["facts_of"]


def facts_of(
    recording: Recording,
    audio: Audio,
    speech: Speech,
    checks: tuple[Check, ...],
    separation: Separation,
    transcription: Transcription,
    settings: Settings,
) -> report.Facts:
    """Say what was heard, by which engines, under which consent, and what must be known of it.

    Parameters
    ----------
    recording, audio : Recording, Audio
        What was admitted, and decoded.
    speech : Speech
        Where somebody speaks.
    checks : tuple of Check
        Of the recording's quality.
    separation, transcription
        Who speaks when, and what was said.
    settings : Settings
        Thresholds.
    """
    engines = {"separator": separation.engine, "transcriber": transcription.engine}
    engines.update(separation.parts)
    engines["activity"] = Engine("silero-vad", version_of("silero-vad"))
    own = version_of("listening-prosody")
    engines["pitch"] = Engine("fused autocorrelation", own, sha256_of(CANDIDATES))
    engines["voicing"] = Engine("fused evidence", own, sha256_of(VOICING))
    return report.Facts(
        recording=report.RecordingFacts(
            recording.sha256,
            audio.duration,
            audio.source_rate_hz,
            audio.channels,
            settings.setting,
            recording.sources if recording.parts else (),
        ),
        consent=report.ConsentFacts(recording.consent.scopes, recording.consent.expires_on),
        engines=engines,
        quality=checks,
        notes=(
            *_first_of_all(transcription),
            *noted(audio, speech.probability, rules=settings.hearing),
            *separation.notes,
            *transcription.notes,
        ),
    )


def _first_of_all(transcription: Transcription) -> tuple[Note, ...]:
    """Say before everything else that a machine wrote the words, where one did."""
    if not transcription.engine.machine or not transcription.words:
        return ()
    return (Note("transcriber.machine", severity="caution"),)
