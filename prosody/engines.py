"""What will listen: what a person asked for, turned into the functions that do it.

Conventions
-----------
``auto`` takes what was supplied first, then weights that are on this machine; nothing here opens
the network.
"""

from collections.abc import Callable, Iterable
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from functools import partial

from diarize.errors import Refused
from diarize.messages import Message, Note, message
from diarize.models.catalogue import PREFERRED, Weights
from diarize.models.engine import Engine, require
from diarize.recording.audio import Audio
from diarize.separation.activity import Speech
from diarize.separation.table import SEPARATORS, Separation, Separator, apart
from diarize.separation.task import Task
from diarize.settings import Hearing
from diarize.timeline import Span, Word, subtract, union
from diarize.transcription.alignment import assign
from diarize.transcription.glossary import Glossary, read_glossary
from diarize.transcription.hummed import off_hums
from diarize.transcription.supplied import Fitted
from diarize.transcription.table import (
    TRANSCRIBERS,
    Transcriber,
    Transcription,
    joined,
    opened,
    transcribe,
)
from prosody.exchanged_labels import doubted_labels
from prosody.options import Asked
from prosody.supplied import (
    Listen,
    Supplied,
    refuse_no_voice,
    supplied_words,
    with_transcript,
)

__all__ = [
    "Plan",
    "Progress",
    "Say",
    "Separate",
    "Transcribe",
    "heard_words",
    "models_of",
    "plan",
    "silent",
]

Separate = Callable[[Audio, Speech], Separation]
Transcribe = Callable[[Audio, Speech, Separation], Transcription]
Progress = Callable[[str, float | None], None]
Say = Callable[[Message], None]


def silent(stage: str, share: float | None) -> None:
    """Say nothing: the default progress."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a recording will be analysed: the two model-touching steps, and what was supplied."""

    separate: Separate
    transcribe: Transcribe
    supplied: Supplied


def plan(
    asked: Asked,
    *,
    progress: Progress = silent,
    say: Say = lambda chosen: None,
) -> Plan:
    """Turn what a person asked for into the functions that do it.

    ``auto`` takes what was supplied first, then the first row of the tables of separators and
    transcribers that the recording and this machine allow; it never opens the network. `say` is
    told what was chosen and what better choice exists.

    Raises
    ------
    Refused
        If something asked for is not there or cannot be read.
    """
    hearing = asked.settings.hearing
    require()
    given = Supplied.of(asked)
    refuse_no_voice(asked, given)
    names = None if asked.glossary is None else read_glossary(asked.glossary, hearing.transcribing)
    if given.untimed:
        given.listen = _listener(asked, names, hearing, progress, say)
    return Plan(
        _separator(asked, given, hearing, progress, say),
        _transcriber(asked, given, names, hearing, progress, say),
        given,
    )


def _listener(
    asked: Asked, glossary: Glossary | None, hearing: Hearing, progress: Progress, say: Say
) -> Listen:
    """Give what hears the words of a recording whose transcript has no times.

    Raises
    ------
    Refused
        If no recogniser is here.
    """
    name, weights = _who_writes(replace(asked, transcript=None))
    if name == "none":
        raise Refused("transcript.untimed", file=str(asked.transcript))
    hear = _recogniser(name, weights, asked, glossary, hearing, progress, say)

    def listen(audio: Audio, speech: Speech) -> tuple[Word, ...]:
        return hear(audio, speech, Separation((), Engine("nobody", "1"))).words or ()

    return listen


def _recogniser(
    name: str,
    weights: Weights | None,
    asked: Asked,
    glossary: Glossary | None,
    hearing: Hearing,
    progress: Progress,
    say: Say,
) -> Transcribe:
    """Open the recogniser that was chosen, so that what is wrong with it is told, and say so."""
    rule, model = hearing.transcribing, asked.whisper_model
    ready = opened(name, model, asked.language, weights=weights, rule=rule, glossary=glossary)
    say(_chosen(name, weights))
    return partial(heard_words, ready, asked.language, hearing, progress)


def models_of(asked: Asked) -> tuple[Weights, ...]:
    """Give the weights on this machine that an analysis so asked for would use.

    Raises
    ------
    Refused
        If one that would be used is not what it should be.
    """
    _, words = _who_writes(asked)
    found = [words, *(weights for _, weights in _who_separates(asked))]
    return tuple(weights for weights in found if weights is not None)


def _who_separates(asked: Asked) -> list[tuple[Separator, Weights | None]]:
    """Rows that may be taken, first choice first, with the weights they need and that are here."""
    if asked.speakers is not None:
        return []
    if asked.separator != "auto":
        if asked.separator not in SEPARATORS:
            raise Refused("separator.unknown", name=asked.separator, known=tuple(SEPARATORS))
        rows = [SEPARATORS[asked.separator]]
    elif asked.channels:
        rows = [row for row in SEPARATORS.values() if row.channel_each]
    else:
        rows = list(SEPARATORS.values())
    return [(row, row.find(asked.pyannote_model) if row.find else None) for row in rows]


def _who_writes(asked: Asked) -> tuple[str, Weights | None]:
    """Name the row that would write down the words, with its weights; "none" where none can."""
    if asked.transcript is not None or asked.transcriber == "none":
        return "none", None
    if asked.transcriber == "auto":
        return _largest(asked)
    if asked.transcriber not in TRANSCRIBERS:
        raise Refused("transcriber.unknown", name=asked.transcriber, known=tuple(TRANSCRIBERS))
    find = TRANSCRIBERS[asked.transcriber].find
    return asked.transcriber, find(asked.whisper_model, asked.language) if find else None


def _largest(asked: Asked) -> tuple[str, Weights | None]:
    """Name the row whose weights here are the largest, or the row a named model is of.

    A row that needs none is taken where no weights are here and none were named.
    """
    found: list[tuple[int, str, Weights]] = []
    refusals: list[Refused] = []
    for name, row in TRANSCRIBERS.items():
        if row.find is None:
            continue
        try:
            if row.installed() and (here := row.find(asked.whisper_model, asked.language)):
                found.append((_rank(here), name, here))
        except Refused as refusal:
            if asked.whisper_model is None:
                raise
            refusals.append(refusal)
    if found:
        return min(found, key=lambda row: row[0])[1:]
    if refusals:
        raise min(refusals, key=lambda refusal: refusal.code == "model.is_faster_whisper")
    return next((name for name, row in TRANSCRIBERS.items() if row.find is None), "none"), None


def _rank(weights: Weights) -> int:
    """Say how far down the list of sizes weights stand; a file of unknown size comes first."""
    size = weights.name.removesuffix(".en")
    return PREFERRED.index(size) if size in PREFERRED else -1


def _chosen(name: str, weights: Weights | None) -> Message:
    """Say which transcriber was chosen with which weights, and what better choice exists."""
    said = TRANSCRIBERS[name].chosen
    if weights is None:
        return said
    small = _rank(weights) >= PREFERRED.index("base")
    better = message("engine.better_weights" if small else "engine.better_transcript")
    return Message(said.code, {**said.fields, "name": weights.name, "better": better})


def _separator(
    asked: Asked, given: Supplied, hearing: Hearing, progress: Progress, say: Say
) -> Separate:
    rows = _who_separates(asked)
    for row, found in rows if asked.separator != "auto" else ():
        if row.find is not None and found is None:
            raise Refused(row.missing, name=asked.separator)

    def separate(audio: Audio, speech: Speech) -> Separation:
        if asked.speakers is not None:
            say(message("engine.speakers_supplied"))
            return given.separated(asked.speakers, audio, speech)
        row, found = _taken(asked, rows, audio)
        say(row.chosen)
        told = apart(row, Task(audio, speech, hearing, found, asked.people, progress))
        told = replace(told, notes=(*_unmapped(asked, audio, row), *told.notes))
        fitted = _taken_labels(audio, speech, told, given, hearing)
        if fitted is None or not row.takes_labels:
            return told
        return with_transcript(told, fitted.transcript, speech.spans, hearing, say)

    return separate


def _taken_labels(
    audio: Audio, speech: Speech, told: Separation, given: Supplied, hearing: Hearing
) -> Fitted | None:
    """Give the transcript without labels where voices on one channel say that others speak."""
    if not told.channel_of:
        against = doubted_labels(audio, speech, told, given, hearing)
        if against.stretches:
            given.against_sound(against, by="voices")
    return given.on(audio, speech)


def _taken(
    asked: Asked, rows: Iterable[tuple[Separator, Weights | None]], audio: Audio
) -> tuple[Separator, Weights | None]:
    """Take the first row that the recording and this machine allow."""
    missing = [channel for channel in asked.channels or () if channel >= audio.channels]
    if missing and audio.channels > 1:
        raise Refused("casting.no_such_channel", channel=min(missing) + 1, channels=audio.channels)
    if asked.separator == "auto" and asked.channels and audio.channel_each is False:
        rows = _who_separates(replace(asked, channels=None))
    elif asked.channels or asked.separator != "auto":
        return next(iter(rows))
    for row, found in rows:
        if audio.channel_each if row.channel_each else found or not row.find:
            return row, found
    raise Refused("separator.none")


def _unmapped(asked: Asked, audio: Audio, row: Separator) -> tuple[Note, ...]:
    """Say that a channel map was not used, if the channels are not a person each."""
    if not asked.channels or row.channel_each:
        return ()
    why = [note.fields["why"] for note in audio.notes if note.code == "separator.channels_as_one"]
    code = "separator.map_contradicted" if why else "separator.map_unused"
    return (Note(code, {"why": why[0]} if why else {}, "withhold"),)


def _transcriber(
    asked: Asked,
    given: Supplied,
    glossary: Glossary | None,
    hearing: Hearing,
    progress: Progress,
    say: Say,
) -> Transcribe:
    heard = given.transcript is None or given.untimed
    if glossary is not None and (not heard or asked.transcriber == "none"):
        say(message("engine.glossary_unused"))
    if given.transcript is not None:
        say(message("engine.words_supplied"))
        return partial(supplied_words, given, asked.language, hearing)
    name, weights = _who_writes(asked)
    if name == "none":
        asked_for = asked.transcriber == "none"
        say(message("engine.words_not_asked" if asked_for else "engine.words_none"))
        return lambda audio, speech, separation: transcribe(audio, speech.spans, "none")
    return _recogniser(name, weights, asked, glossary, hearing, progress, say)


def heard_words(
    transcriber: Transcriber,
    language: str | None,
    hearing: Hearing,
    progress: Progress,
    audio: Audio,
    speech: Speech,
    separation: Separation,
) -> Transcription:
    """Write down what is heard; a `Transcribe` once the first four are given.

    The transcriber of a long recording is closed in the end: what comes after needs its memory. A
    short one leaves it to the next recording of this process.
    """

    def listen(spans: tuple[Span, ...], channel: int | None = None) -> Transcription:
        return transcribe(
            audio,
            spans,
            transcriber,
            language=language,
            channel=channel,
            progress=lambda share: progress("stage.words", share),
            hearing=hearing,
        )

    long = audio.duration >= hearing.transcribing.let_go_s
    with closing(transcriber) if long else nullcontext():
        if not separation.channel_of:
            found = listen(union((*speech.spans, *separation.added)))
            words = assign(found.words or (), separation.turns, sharing=hearing.sharing)
            return off_hums(replace(found, words=words), separation.hums, hearing.murmurs)
        # A channel per person says whose a word is; each is heard by itself, without its hums, over
        # which a transcriber writes what others said.
        parts = []
        for voice, channel in separation.channel_of:
            own = (turn.span for turn in separation.turns if turn.voice == voice)
            hums = (turn.span for turn in separation.hums if turn.voice == voice)
            part = listen(subtract(union(own), union(hums)), channel)
            parts.append(
                replace(part, words=tuple(replace(w, voice=voice) for w in part.words or ()))
            )
        return off_hums(joined(parts, hearing.transcribing), separation.hums, hearing.murmurs)
