"""One session: the whole flow on one screen, from a consented recording to its report.

Conventions
-----------
`analyse` takes the separator and the transcriber as functions, so that a test can hand in plain
ones; `plan` turns what a person asked for into those functions. `findings` needs no sound and
no model: after a correction everything follows from the conversation and the frames alone.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from diarize import activity, exchange, quality, speakers, weights, words
from diarize.audio import Audio, decode
from diarize.consent import Recording, Refused
from diarize.conversation import Conversation, weave
from diarize.enrolled import Recognition, Template, changes_half_way, recognise
from diarize.owners import align, assign, crossed_after, match_labels, overlaid
from diarize.quality import Check
from diarize.roles import Casting, cast, disputed, swapped_after
from diarize.speakers import Separation
from diarize.timeline import Span, Word
from diarize.transcript import Transcript
from diarize.weights import Engine, Weights
from diarize.words import Transcription
from prosody import (
    between,
    cues,
    links,
    listening,
    moments,
    pacing,
    report,
    totals,
    turntaking,
)
from prosody.frames import Frames
from prosody.frames import measure as measure_frames
from prosody.report import Report
from prosody.settings import Listening, Settings
from prosody.warmth import CAVEAT, remarks
from prosody.wording import clock

__all__ = [
    "Asked",
    "Facts",
    "Plan",
    "Session",
    "analyse",
    "findings",
    "models_of",
    "plan",
]

Probability = NDArray[np.float32]
Separate = Callable[[Audio, Probability], Separation]
Transcribe = Callable[[Audio, tuple[Span, ...], Separation], Transcription]
Progress = Callable[[str, float | None], None]
_SURE = 0.5  # below it roles are not used and the report says so
_CHANNELS_APART_DB = 6.0
# Such notes, and that words come from the demonstration checkpoint, stand before all others.
_SWAPPED = "the voices seem to have changed persons"
_DISPUTED = "before you trust the roles"
_SUPPLIED = Engine("supplied transcript", "1")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asked for; the fields are the options of `prosody analyze`.

    `channels` maps a 0-based channel to a role, `voices` a voice to a role; `enrolled` is the
    therapist's own voice, kept by their consent; `people` is how many speak, where that is known.
    """

    transcript: Path | None = None
    speakers: Path | None = None
    channels: Mapping[int, str] | None = None
    therapist: str | None = None
    voices: Mapping[str, str] | None = None
    enrolled: Template | None = None
    people: int | None = None
    separator: str = "auto"
    transcriber: str = "auto"
    whisper_model: str | None = None
    pyannote_model: Path | None = None
    language: str | None = None
    setting: str = "room"
    motivational_interviewing: bool = False

    @property
    def settings(self) -> Settings:
        """The thresholds of the analysis that was asked for."""
        listening = Listening(motivational_interviewing=self.motivational_interviewing)
        return Settings(setting=self.setting, listening=listening)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a recording will be analysed: the two model-touching steps as functions."""

    separate: Separate
    transcribe: Transcribe
    transcript: Transcript | None
    asked: Asked


@dataclass(frozen=True, slots=True)
class Facts:
    """What a report says of the recording and the engines rather than of the people."""

    recording: report.RecordingFacts
    consent: report.ConsentFacts
    engines: Mapping[str, Engine]
    quality: tuple[report.QualityCheck, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """One analysed session: its report, and what a library keeps beside it."""

    report: Report
    conversation: Conversation
    frames: Frames
    audio: Audio


def _silent(stage: str, share: float | None) -> None:
    """Say nothing: the default progress."""


def analyse(
    recording: Recording,
    *,
    separate: Separate,
    transcribe: Transcribe,
    settings: Settings | None = None,
    asked: Asked | None = None,
    transcript: Transcript | None = None,
    progress: Progress = _silent,
) -> Session:
    """Analyse one recording.

    Parameters
    ----------
    recording : Recording
        Admitted by its consent.
    separate, transcribe : callable
        Who speaks when, and what was said; see :func:`plan`.
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
                f"from about {clock(at)} on {_SWAPPED}, {by}; "
                "listen there before you trust any figure",
            )
    against = disputed(castings, said, language)
    return () if against is None else (against,)


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
            f"half way {_SWAPPED}: the enrolled voice is one before and the other after; "
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
        quality=tuple(
            report.QualityCheck(
                c.check,
                c.value,
                c.unit,
                c.verdict,
                c.meaning,
                None if c.span is None else (c.span.start, c.span.end),
            )
            for c in checks
        ),
        notes=audio.notes + separation.notes + transcription.notes,
    )


def _version(distribution: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(distribution)
    except PackageNotFoundError:
        return "unknown"


def plan(
    asked: Asked,
    *,
    progress: Progress = _silent,
    say: Callable[[str], None] = lambda line: None,
) -> Plan:
    """Turn what a person asked for into the functions that do it.

    ``auto`` takes what was supplied first, then weights that are already on this machine, then
    what ships inside the installed packages; it never opens the network. `say` is told in one
    line each what was chosen and what better choice exists.

    Raises
    ------
    Refused
        If something asked for is not there or cannot be read.
    """
    transcript = None
    if asked.transcript is not None:
        transcript = exchange.read_transcript(asked.transcript)
    return Plan(
        _separator(asked, transcript, progress, say),
        _transcriber(asked, transcript, progress, say),
        transcript,
        asked,
    )


def models_of(asked: Asked) -> tuple[Weights, ...]:
    """Give the weights on this machine that an analysis so asked for would use.

    Raises
    ------
    Refused
        If one that would be used is not what it should be.
    """
    return tuple(w for w in (_word_weights(asked), _pyannote_weights(asked)) if w is not None)


def _pyannote_weights(asked: Asked) -> Weights | None:
    mapped = asked.separator == "auto" and bool(asked.channels)
    if mapped or asked.speakers is not None or asked.separator not in ("auto", "pyannote"):
        return None
    return weights.find_pyannote(asked.pyannote_model)


def _word_weights(asked: Asked) -> Weights | None:
    """Give what would write down the words: openai-whisper's weights before faster-whisper's."""
    if asked.transcript is not None or asked.transcriber == "none":
        return None
    if asked.transcriber == "faster-whisper":
        return weights.find_faster_whisper(asked.whisper_model)
    found = weights.find_whisper(asked.whisper_model, language=asked.language)
    if found is None and asked.transcriber == "auto" and find_spec("faster_whisper"):
        return weights.find_faster_whisper()
    return found


def _separator(
    asked: Asked,
    transcript: Transcript | None,
    progress: Progress,
    say: Callable[[str], None],
) -> Separate:
    wanted = asked.separator
    found = _pyannote_weights(asked)
    if wanted == "pyannote" and found is None and asked.speakers is None:
        raise Refused(
            "separator pyannote: its weights are not on this machine; "
            "see: prosody models status, or use --separator builtin"
        )

    def separate(audio: Audio, speech: Probability) -> Separation:
        if asked.speakers is not None:
            supplied = exchange.read_rttm(asked.speakers, duration=audio.duration)
            say("speakers: from the file that was given")
            return _with_notes(speakers.supplied(supplied.turns, audio.duration), supplied.notes)
        if wanted == "channels" or (wanted == "auto" and _one_channel_each(asked, audio, speech)):
            say("speakers: one channel per person")
            return speakers.separate(audio, "channels", speech=speech)
        if found is not None:
            say("speakers: pyannote.audio, with the weights on this machine")
            return speakers.separate(
                audio,
                "pyannote",
                speech=speech,
                weights=found,
                people=asked.people,
                progress=progress,
            )
        say(
            "speakers: built-in separator; a channel per person or an RTTM (--speakers) is "
            "surer, pyannote's weights are an option (prosody models status)"
        )
        apart = speakers.separate(
            audio, "builtin", speech=speech, people=asked.people, progress=progress
        )
        return _with_transcript(apart, transcript, speech, say)

    return separate


def _one_channel_each(asked: Asked, audio: Audio, speech: Probability) -> bool:
    if asked.channels:
        return True
    if audio.channels != 2:
        return False
    check = quality.crosstalk(audio, speech)
    return check.value is not None and check.value >= _CHANNELS_APART_DB


def _with_transcript(
    apart: Separation,
    transcript: Transcript | None,
    speech: Probability,
    say: Callable[[str], None],
) -> Separation:
    """Take from a labelled, timed transcript what the sound alone did not tell."""
    if transcript is None or len(transcript.labels) < 2:
        return apart
    heard = activity.speech_spans(speech)
    if len({turn.voice for turn in apart.turns}) == 2:
        turns, seconds = overlaid(apart.turns, transcript.cues, heard)
        note = f"{seconds:.1f} s of simultaneous speech are from the transcript's own times"
        return replace(apart, turns=turns, notes=(*apart.notes, note)) if seconds else apart
    turns = exchange.turns_of(transcript, heard)
    if len(apart.turns) == 0 or len({t.voice for t in turns}) < 2 or _several(apart):
        return apart
    say("speakers: the voices sound too much alike; taken from the transcript's labels")
    note = "the voices could not be told apart by sound; who speaks is from the transcript"
    engine = Engine("transcript labels", "1")
    return replace(apart, turns=turns, engine=engine, notes=(*apart.notes, note))


def _several(separation: Separation) -> bool:
    return len({turn.voice for turn in separation.turns}) > 1


def _with_notes(separation: Separation, notes: tuple[str, ...]) -> Separation:
    return replace(separation, notes=separation.notes + notes)


def _transcriber(
    asked: Asked,
    transcript: Transcript | None,
    progress: Progress,
    say: Callable[[str], None],
) -> Transcribe:
    if transcript is not None:
        say("words: from the transcript that was given")
        return partial(_supplied_words, transcript, asked)
    method = asked.transcriber
    if method == "auto":
        here = _word_weights(asked)
        method = "none" if here is None else here.engine
    if method == "none":
        say("words: none; give --transcript, or put Whisper's weights here (prosody models status)")
        return lambda audio, heard, separation: words.transcribe(audio, heard, "none")
    say(f"words: {method}, with the weights on this machine")
    transcriber = words.TRANSCRIBERS[method](asked.whisper_model, asked.language)
    return partial(_heard_words, transcriber, asked.language, progress)


def _supplied_words(
    transcript: Transcript,
    asked: Asked,
    audio: Audio,
    heard: tuple[Span, ...],
    separation: Separation,
) -> Transcription:
    if asked.transcript is not None:
        transcript = exchange.fitted(asked.transcript, transcript, audio.duration)
    laid = align(transcript.cues, separation.turns, audio.duration, speech=heard)
    if not laid:
        raise Refused(
            "the transcript: none of its words has a time inside this recording; "
            "check that it belongs to it"
        )
    language = asked.language or transcript.language
    return Transcription(laid, language, _SUPPLIED, notes=transcript.notes)


def _heard_words(
    transcriber: words.Transcriber,
    language: str | None,
    progress: Progress,
    audio: Audio,
    heard: tuple[Span, ...],
    separation: Separation,
) -> Transcription:
    def told(share: float) -> None:
        progress("writing down the words", share)

    listen = partial(words.transcribe, audio, method=transcriber, language=language, progress=told)
    if not separation.channel_of:
        found = listen(spans=heard)
        return replace(found, words=assign(found.words or (), separation.turns))
    # A channel per person says whose a word is; each is heard by itself.
    parts = []
    for voice, channel in separation.channel_of:
        own = tuple(turn.span for turn in separation.turns if turn.voice == voice)
        part = listen(spans=own, channel=channel)
        said = tuple(replace(word, voice=voice) for word in part.words or ())
        parts.append(replace(part, words=said))
    flags = tuple(flag for part in parts for flag in part.flags)
    return replace(
        parts[0],
        words=tuple(sorted(word for part in parts for word in part.words or ())),
        flags=flags,
        notes=(*transcriber.notes, *words.left_out(flags)),
    )


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
    values = cues.values_by_utterance(conversation, frames, settings)
    found = listening.find(conversation, frames, settings)
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
        voices=tuple(_voice(casting) for casting in conversation.casting),
        turns=report.turns_of(conversation),
        silences=report.silences_of(conversation),
        measures=cues.measure_all(conversation, frames, settings)
        + listening.measures(found, conversation, settings),
        course=report.Course(
            settings.course.window_s,
            settings.course.hop_s,
            cues.course(conversation, frames, settings),
        ),
        events=tuple(report.happening(event) for event in found),
        links=links.link(found, conversation, values, settings),
        cautions=_cautions(conversation, facts)
        + remarks(settings)
        + pacing.remarks(conversation, frames, settings),
        language=conversation.language,
        moments=report.moments_of(moments.moments(conversation, found, settings)),
        notes=facts.notes,
        overlaps=report.overlaps_of(conversation, settings.turntaking),
        monologues=tuple(u.index for u in between.long_monologues(conversation)),
        parts=tuple(
            report.Part(part.name, part.span.start, part.span.end, part.measures)
            for part in turntaking.first_middle_last(conversation, frames, settings)
        ),
        rates_in_doubt=pacing.in_doubt(conversation, frames, settings),
        totals=totals.totals(found, conversation, settings),
        miti=totals.miti(found, conversation, settings),
    )
    return made if "keep_words" in facts.consent.scopes else report.without_words(made)


def _voice(casting: Casting) -> report.Voice:
    return report.Voice(
        casting.voice,
        casting.role,
        casting.certainty,
        casting.evidence,
        casting.corrected_by,
        casting.channel,
    )


def _cautions(conversation: Conversation, facts: Facts) -> tuple[str, ...]:
    serious = (_SWAPPED, _DISPUTED, words.DEMONSTRATION)
    first = [n for n in facts.notes if any(phrase in n for phrase in serious)]
    said = [CAVEAT, *(note[0].upper() + note[1:] for note in first)]
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
        said.append(reason[0].upper() + reason[1:] + ".")
    said += [f"{c.check}: {c.meaning}" for c in facts.quality if c.verdict != "ok"]
    if "keep_words" not in facts.consent.scopes:
        said.append("The consent does not cover keeping words; they were used and not kept.")
    return tuple(dict.fromkeys([*said, *(note[0].upper() + note[1:] for note in facts.notes)]))
