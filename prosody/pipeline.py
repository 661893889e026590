"""One session: the whole flow on one screen, from a consented recording to its report.

Conventions
-----------
`analyse` takes the separator and the transcriber as functions, so that a test can hand in plain
ones; `plan` turns what a person asked for into those functions. `findings` needs no sound and
no model: after a correction everything follows from the conversation and the frames alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from diarize.conversation import Conversation, weave
from diarize.formats.transcript import Transcript
from diarize.messages import Field, Message, Note, message
from diarize.models.engine import Engine
from diarize.recording import gain, quality
from diarize.recording.audio import Audio, decode
from diarize.recording.consent import Recording
from diarize.recording.quality import Check
from diarize.roles import Casting, cast, disputed, swapped_after
from diarize.runtime.atomic import sha256_of
from diarize.runtime.memory import given_back
from diarize.separation.activity import Speech
from diarize.separation.enrolled import Template, changes_half_way, recognise
from diarize.separation.persons import judged
from diarize.separation.recognition import Recognition
from diarize.separation.table import Separation
from diarize.timeline import Word
from diarize.transcription.alignment import crossed_after, match_labels
from diarize.transcription.supplied import Fitted, labels_agree
from diarize.transcription.table import Transcription
from prosody.engines import FROM_LABELS, Progress, Separate, Transcribe, silent
from prosody.features.candidates import WEIGHTS as CANDIDATES
from prosody.features.frames import Frames
from prosody.features.frames import measure as measure_frames
from prosody.features.voicing import WEIGHTS as VOICING
from prosody.findings import Facts, Heard, findings, note_of
from prosody.listening.coder import LANGUAGE
from prosody.options import Asked
from prosody.report import model as report
from prosody.report.model import Report
from prosody.settings import Settings
from prosody.supplied import Supplied
from prosody.trained.weights import CODER, Coder, how_it_does
from prosody.trained.weights import coder as shipped_coder

__all__ = ["Session", "analyse", "with_coder"]
_MAY_BE_WRONG = ("casting.channel_map", "casting.labels")  # evidence that words may contradict


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
    separation = separate(audio, speech)
    progress("stage.words", None)
    transcription = transcribe(audio, speech, separation)
    recognised = _recognised(asked.enrolled, audio, separation, settings)
    fitted = given.on(audio, speech)
    transcript = fitted.transcript if fitted else None
    agree = _agreement(fitted, separation)
    asked = replace(asked, therapist=_therapist(asked, given, transcript, separation, settings))
    conversation = _woven(
        audio,
        separation,
        transcription,
        asked,
        settings,
        labels=_labels(transcript, separation, agree, settings),
        surely=agree.labels_agree,
        recognised=recognised,
    )
    progress("stage.measuring", None)
    frames = measure_frames(
        audio,
        speech=speech.by_channel if separation.channel_of else speech.probability,
        per_channel=bool(separation.channel_of),
        settings=settings.features,
    )
    facts = _facts(recording, audio, speech, checks, separation, transcription, settings)
    doubts = _doubts(transcription.words, conversation, transcript, separation, agree, settings)
    facts = replace(facts, agreement=agree, notes=facts.notes + doubts)
    if asked.enrolled is not None and recognised is not None:
        castings = conversation.casting
        facts = _with_enrolled(
            facts, asked.enrolled, recognised, castings, audio, separation, settings
        )
    progress("stage.listening", None)
    heard = with_coder(Heard(facts, settings, conversation), coder)
    return Session(findings(heard, frames), heard, frames, audio)


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
    engine = Engine("trained coder", _version("listening-prosody"), reader.sha256)
    facts = replace(read.facts, engines={**read.facts.engines, CODER: engine})
    return _noting(replace(read, facts=facts), how_it_does(reader))


def _noting(heard: Heard, said: Message) -> Heard:
    notes = (*heard.facts.notes, note_of(said))
    return replace(heard, facts=replace(heard.facts, notes=notes))


def _woven(
    audio: Audio,
    separation: Separation,
    transcription: Transcription,
    asked: Asked,
    settings: Settings,
    *,
    labels: Mapping[str, str] | None,
    surely: float | None,
    recognised: Recognition | None,
) -> Conversation:
    """Give each voice its role, and make turns of speech and words.

    Labels are believed no more than they agree with the voices (`surely`).
    """
    rule = settings.hearing.roles
    if surely is not None:
        rule = replace(rule, labels_certainty=min(rule.labels_certainty, surely))
    language = transcription.language or asked.language
    castings = cast(
        separation.turns,
        transcription.words,
        channel_of=dict(separation.channel_of),
        channel_roles=asked.channels,
        told=asked.voices,
        therapist_voice=asked.therapist,
        labels=labels,
        enrolled=recognised,
        language=language,
        rule=rule,
    )
    return weave(
        separation.turns,
        transcription.words,
        _less_sure(castings, transcription.words, language, settings),
        audio.duration,
        language=language,
        units=settings.units,
        missing=audio.holes,
        hums=separation.hums,
    )


def _less_sure(
    castings: Sequence[Casting],
    words: Sequence[Word] | None,
    language: str | None,
    settings: Settings,
) -> tuple[Casting, ...]:
    """Make a channel map or labels less certain where the words clearly contradict them."""
    rule = settings.hearing.roles
    if disputed(castings, words, language, rule=rule) is None:
        return tuple(castings)
    return tuple(
        replace(c, certainty=min(c.certainty, rule.contradicted_certainty))
        if c.evidence.code in _MAY_BE_WRONG
        else c
        for c in castings
    )


def _doubts(
    said: Sequence[Word] | None,
    conversation: Conversation,
    transcript: Transcript | None,
    separation: Separation,
    agree: report.Agreement,
    settings: Settings,
) -> tuple[Note, ...]:
    """Warn where voices change persons, by labels or words, or where words contradict the roles."""
    labels, roles = settings.hearing.labels, settings.hearing.roles
    castings = conversation.casting
    labelled = None
    if transcript is not None:
        labelled = crossed_after(transcript.cues, separation.turns, labels=labels)
    for at, code in (
        (labelled, "separator.changed_by_labels"),
        (swapped_after(said, castings, rule=roles), "separator.changed_by_words"),
    ):
        if at is not None:
            return (Note(code, {"at_s": at}, "caution"),)
    against: Message | None = disputed(castings, said, conversation.language, rule=roles)
    if against is None and _contradicted(agree, settings):
        against = message("transcript.labels_disagree", share=agree.labels_agree)
    return () if against is None else (Note(against.code, against.fields, "caution"),)


def _recognised(
    template: Template | None, audio: Audio, separation: Separation, settings: Settings
) -> Recognition | None:
    """Look for the enrolled voice, where one was asked for."""
    if template is None:
        return None
    return recognise(template, audio.mono, separation.turns, settings.hearing.enrolling)


def _with_enrolled(
    facts: Facts,
    template: Template,
    recognised: Recognition,
    castings: Sequence[Casting],
    audio: Audio,
    separation: Separation,
    settings: Settings,
) -> Facts:
    """Say which network compared the voices, and where the enrolled voice contradicts."""
    notes = list(facts.notes)
    cast_as = {casting.voice: casting for casting in castings}.get(recognised.voice or "")
    if cast_as is not None and cast_as.role != "therapist":
        fields: dict[str, Field] = {
            "voice": cast_as.voice,
            "role": message(f"role.{cast_as.role}"),
            "evidence": cast_as.evidence,
        }
        notes.append(Note("enrolled.contradicts", fields, "caution"))
    if changes_half_way(template, audio.mono, separation.turns, settings.hearing.enrolling):
        notes.append(Note("enrolled.changed_persons", severity="caution"))
    engine = Engine("enrolled voice", "1", template.encoder_sha256)
    return replace(facts, engines={**facts.engines, "enrolled voice": engine}, notes=tuple(notes))


def _agreement(fitted: Fitted | None, separation: Separation) -> report.Agreement:
    """Say how far the transcript, the sound and the engines agree."""
    engines = separation.engines_agree
    if fitted is None:
        return report.Agreement(engines_agree=engines)
    own = separation.engine == FROM_LABELS  # then the labels are the voices
    labels = None if own else labels_agree(fitted.transcript, separation.turns)
    return report.Agreement(
        fitted.inside, fitted.covered, labels, engines, fitted.offset_s, fitted.drift_ppm
    )


def _therapist(
    asked: Asked,
    given: Supplied,
    transcript: Transcript | None,
    separation: Separation,
    settings: Settings,
) -> str | None:
    """Give the voice that a person named, by the name a voice has or a label had."""
    name = asked.therapist
    if name is None or any(turn.voice == name for turn in separation.turns):
        return name
    label = given.voices.get(name)
    if label is None or transcript is None:
        return label or name
    labels = settings.hearing.labels
    return match_labels(transcript.cues, separation.turns, labels=labels).get(label, name)


def _contradicted(agree: report.Agreement, settings: Settings) -> bool:
    """Whether labels lie beside the voices too often to say who is who."""
    share = agree.labels_agree
    return share is not None and share < settings.hearing.fitting.labels_min


def _labels(
    transcript: Transcript | None,
    separation: Separation,
    agree: report.Agreement,
    settings: Settings,
) -> Mapping[str, str] | None:
    """Give what a supplied transcript calls each voice, where it is to be believed."""
    if transcript is None or not transcript.labels or _contradicted(agree, settings):
        return None
    matched = match_labels(transcript.cues, separation.turns, labels=settings.hearing.labels)
    return {voice: label for label, voice in matched.items()} or None


def _facts(
    recording: Recording,
    audio: Audio,
    speech: Speech,
    checks: tuple[Check, ...],
    separation: Separation,
    transcription: Transcription,
    settings: Settings,
) -> Facts:
    engines = {"separator": separation.engine, "transcriber": transcription.engine}
    engines.update(separation.parts)
    engines["activity"] = Engine("silero-vad", _version("silero-vad"))
    own = _version("listening-prosody")
    engines["pitch"] = Engine("fused autocorrelation", own, sha256_of(CANDIDATES))
    engines["voicing"] = Engine("fused evidence", own, sha256_of(VOICING))
    return Facts(
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
            *audio.notes,
            *gain.noted(audio, speech.probability, rule=settings.hearing.gain),
            *separation.notes,
            *transcription.notes,
        ),
    )


def _first_of_all(transcription: Transcription) -> tuple[Note, ...]:
    """Say before everything else that a machine wrote the words, where one did."""
    if not transcription.engine.machine or not transcription.words:
        return ()
    return (Note("transcriber.machine", severity="caution"),)


def _version(distribution: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(distribution)
    except PackageNotFoundError:
        return "unknown"
