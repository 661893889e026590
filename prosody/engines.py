"""What will listen: what a person asked for, turned into the functions that do it.

Conventions
-----------
``auto`` takes what was supplied first, then weights that are on this machine; nothing here opens
the network.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from diarize.errors import Refused
from diarize.formats import table as exchange
from diarize.formats.transcript import Transcript
from diarize.models import catalogue as weights
from diarize.models.catalogue import Weights
from diarize.models.engine import Engine
from diarize.recording import quality
from diarize.recording.audio import Audio
from diarize.separation import activity
from diarize.separation import table as speakers
from diarize.separation.table import Separation
from diarize.timeline import Span
from diarize.transcription import table as words
from diarize.transcription.alignment import align, assign, overlaid
from diarize.transcription.table import Transcription
from prosody.options import Asked

__all__ = ["Plan", "Progress", "Separate", "Transcribe", "models_of", "plan", "silent"]

Probability = NDArray[np.float32]
Separate = Callable[[Audio, Probability], Separation]
Transcribe = Callable[[Audio, tuple[Span, ...], Separation], Transcription]
Progress = Callable[[str, float | None], None]
_CHANNELS_APART_DB = 6.0
_SUPPLIED = Engine("supplied transcript", "1")


def silent(stage: str, share: float | None) -> None:
    """Say nothing: the default progress."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a recording will be analysed: the two model-touching steps as functions."""

    separate: Separate
    transcribe: Transcribe
    transcript: Transcript | None


def plan(
    asked: Asked,
    *,
    progress: Progress = silent,
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
            notes = tuple(map(str, supplied.notes))
            return _with_notes(speakers.supplied(supplied.turns, audio.duration), notes)
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
    return Transcription(laid, language, _SUPPLIED, notes=tuple(map(str, transcript.notes)))


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
