"""What was said: a table of transcribers, and speech cut into windows for them.

Conventions
-----------
Words carry seconds from the start of the recording. A transcriber hears only stretches in
which voice activity found speech, one window of at most 30 s at a time; what it returns is
looked at before it is believed, and what is left out is counted in flags that carry no text.
Word times of a transcriber are rough: they say which words, never how long a pause was.
A test hands in a plain function instead of a model. Silence, or no speech at all, gives no words.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from diarize.errors import Refused
from diarize.formats.languages import UNKNOWN
from diarize.messages import Field, Note, message
from diarize.models import finding
from diarize.models.catalogue import Weights
from diarize.models.engine import Engine
from diarize.recording.audio import RATE_HZ, Audio
from diarize.runtime.memory import trimmed
from diarize.settings import Hearing, Transcribing
from diarize.timeline import Span, Word, intersection, total, union
from diarize.transcription import faster_whisper, whisper
from diarize.transcription.glossary import HEADING, Glossary
from diarize.transcription.hallucination import (
    Decoded,
    Flag,
    believed,
    level_of,
    unechoed,
    unrepeated,
)
from diarize.transcription.placing import unhurried, wordless
from diarize.transcription.transcriber import Opener, Samples, Transcriber, Transcription
from diarize.transcription.windows import Window, joined_windows, windows

__all__ = [
    "TRANSCRIBERS",
    "Decoded",
    "Flag",
    "Opener",
    "Transcriber",
    "Transcription",
    "joined",
    "left_out",
    "opened",
    "transcribe",
]


def _whisper_weights(model: str | Path | None, language: str | None) -> Weights | None:
    return finding.find_whisper(model, language=language)


def _faster_weights(model: str | Path | None, language: str | None) -> Weights | None:
    return finding.find_faster_whisper(model)


# In order of preference. To add a transcriber, add a row: commands, plans and reports follow.
TRANSCRIBERS: dict[str, Opener] = {
    "whisper": Opener(
        whisper.open_whisper,
        message("engine.words_by_whisper", name="", better=""),
        _whisper_weights,
        "transcriber.no_whisper",
    ),
    "faster-whisper": Opener(
        faster_whisper.open_faster_whisper,
        message("engine.words_by_faster_whisper", name="", better=""),
        _faster_weights,
        "transcriber.no_faster_whisper",
        faster_whisper.installed,
    ),
}


def opened(
    name: str,
    model: str | Path | None = None,
    language: str | None = None,
    *,
    weights: Weights | None = None,
    rule: Transcribing | None = None,
    glossary: Glossary | None = None,
) -> Transcriber:
    """Open a row of `TRANSCRIBERS` with weights that are on this machine.

    Parameters
    ----------
    name : str
        Of the row.
    model : str, Path or None
        A model's name or file; None takes the best on this machine.
    language : str or None
        Two-letter code.
    weights : Weights, optional
        Those found already; looked for if not given.
    rule : Transcribing, optional
        Thresholds.
    glossary : Glossary, optional
        Names that may be said.

    Raises
    ------
    Refused
        If there is no such row, its weights are not here or are not what they should be, or it
        cannot be told names.
    """
    if name not in TRANSCRIBERS:
        raise Refused("transcriber.unknown", name=name, known=tuple(TRANSCRIBERS))
    row = TRANSCRIBERS[name]
    language = _two_letters(language)
    if row.find is not None and weights is None and row.installed():
        weights = row.find(model, language)
        if weights is None:
            raise Refused(row.missing, name=name)
    ready = row.open(weights, language, rule or Transcribing())
    if glossary is None:
        return ready
    if ready.expecting is None:
        raise Refused("glossary.not_taken", name=name)
    notes = (*ready.notes, glossary.note)
    decode = ready.expecting(glossary.line)
    return replace(ready, decode=decode, notes=notes, names=glossary.names)


def _two_letters(language: str | None) -> str | None:
    return language and language.split("-")[0].lower()


def transcribe(
    audio: Audio,
    spans: Iterable[Span],
    method: str | Transcriber,
    *,
    language: str | None = None,
    channel: int | None = None,
    progress: Callable[[float], None] | None = None,
    hearing: Hearing | None = None,
) -> Transcription:
    """Transcribe the speech in a recording.

    Parameters
    ----------
    audio : Audio
        At 16 kHz.
    spans : iterable of Span
        Where voice activity found speech; nothing else is listened to.
    method : str or Transcriber
        A key of `TRANSCRIBERS`, ``none``, or a transcriber that is open already.
    language : str or None
        Two-letter code; None lets the model judge once, for the whole recording.
    channel : int or None
        0-based: listen to one channel instead of the mix.
    progress : callable or None
        Told the share done, 0 to 1, after each window.
    hearing : Hearing, optional
        Thresholds; the sections `transcribing` and `doubt` are read.

    Raises
    ------
    Refused
        If the method is unknown or its model is not on this machine.
    """
    hearing = hearing or Hearing()
    language = _two_letters(language)
    if method == "none":
        return Transcription(None, language, Engine("none", ""))
    if isinstance(method, str):
        method = opened(method, language=language, rule=hearing.transcribing)
    rule = hearing.transcribing
    rule = replace(rule, window_s=min(rule.window_s, method.window_s))
    samples = audio.mono if channel is None else audio.samples[channel]
    speech = union(spans)
    cuts = (windows if channel is None else joined_windows)(samples, speech, rule)
    heard = _detected(method, samples, cuts, rule)
    code = language or method.language or (heard.code if heard else None)
    listen = _Listening(method, samples, speech, code, hearing)
    words, flags = listen.hear(cuts, progress)
    words, flags = _once_more(listen, words, flags, rule)
    other = _contradicted(language, heard, rule)
    unsure = () if language or method.language else _unsure(heard, rule)
    places = wordless(speech, words, rule.again_s)
    notes = (*method.notes, *other, *unsure, *_unheard(places, total(speech), rule))
    notes = (*notes, *left_out(flags))
    spoken = None if unsure else code
    if any(note.severity == "withhold" for note in other):
        spoken = UNKNOWN  # a translation: no rules read it, of the language told or of that spoken
    return Transcription(tuple(sorted(words)), spoken, method.engine, tuple(flags), notes)


@dataclass(frozen=True, slots=True)
class _Listening:
    """What stays the same while the windows of one recording are heard."""

    method: Transcriber
    samples: Samples
    speech: Sequence[Span]
    language: str | None
    hearing: Hearing

    def hear(
        self, cuts: Sequence[Window], progress: Callable[[float], None] | None = None
    ) -> tuple[list[Word], list[Flag]]:
        """Give the words in some windows that can be believed, and flags for the others.

        Windows of like length are heard together: none waits long for another.
        """
        order = sorted(range(len(cuts)), key=lambda n: (-cuts[n].duration, n))
        decoded: dict[int, Sequence[Decoded]] = {}
        for first in range(0, len(order), self.method.at_once):
            some = order[first : first + self.method.at_once]
            sounds = [cuts[n].sound(self.samples) for n in some]
            decoded.update(zip(some, self.method.decode(sounds, self.language), strict=True))
            trimmed(self.samples)
            if progress is not None:
                progress(len(decoded) / len(cuts))
        words: list[Word] = []
        flags: list[Flag] = []
        level = level_of(self.samples, self.speech)
        for n, cut in enumerate(cuts):
            placed = [cut.placed(segment) for segment in decoded[n]]
            self._believe(placed, cut.span, level, words, flags)
        trimmed(self.samples)
        return words, flags

    def _believe(
        self,
        segments: Sequence[Decoded],
        cut: Span,
        level: float,
        words: list[Word],
        flags: list[Flag],
    ) -> None:
        doubt = self.hearing.doubt
        kept = unechoed(unrepeated(segments, flags), self.method.names, HEADING, flags)
        kept = unhurried(kept, cut, self.speech, doubt)
        end = len(self.samples) / RATE_HZ
        for segment in kept:
            said, found = believed(segment, self.speech, end, self.samples, level, doubt)
            words += said
            flags += found


def _once_more(
    listen: _Listening, words: list[Word], flags: list[Flag], rule: Transcribing
) -> tuple[list[Word], list[Flag]]:
    """Hear speech that came out without a word once more, by itself in shorter windows.

    A window in which the model loops, loses its thread or stops early loses all that is in it;
    its parts, heard by themselves, usually do not. What is left out once is told once.
    """
    silent = wordless(listen.speech, words, rule.again_s)
    most = min(rule.again_window_s, rule.window_s)
    cuts = windows(listen.samples, silent, replace(rule, window_s=most))
    if not cuts:
        return words, flags
    again, more = listen.hear(cuts)
    again = [word for word in again if any(s.start <= word.span.middle <= s.end for s in silent)]
    found = union(word.span for word in again)
    flags = [flag for flag in flags if not intersection((flag.span,), found)]
    told = union(flag.span for flag in flags)
    flags += [flag for flag in more if not intersection((flag.span,), told)]
    return words + again, flags


def joined(parts: Sequence[Transcription], rule: Transcribing | None = None) -> Transcription:
    """Join what was heard on a channel each: words in order, and each thing said once.

    Parameters
    ----------
    parts : sequence of Transcription
        At least one, all by the same transcriber.
    rule : Transcribing, optional
        Thresholds.
    """
    rule = rule or Transcribing()
    flags = tuple(flag for part in parts for flag in part.flags)
    told = [note for part in parts for note in part.notes]
    apart = ("transcriber.unheard", "transcriber.left_out")
    other = [note for note in told if note.code not in apart]
    unheard = [note for note in told if note.code == "transcriber.unheard"]
    places = sorted(span for note in unheard for span in note.spans)
    spoken = float("inf") if all(note.severity == "info" for note in unheard) else 0.0
    return replace(
        parts[0],
        words=tuple(sorted(word for part in parts for word in part.words or ())),
        flags=flags,
        notes=(*dict.fromkeys(other), *_unheard(places, spoken, rule), *left_out(flags)),
    )


def _unheard(places: Sequence[Span], spoken_s: float, rule: Transcribing) -> tuple[Note, ...]:
    """Say where people speak and no word was written down."""
    if not places:
        return ()
    fields: dict[str, Field] = {
        "seconds": total(places),
        "places": len(places),
        "at_s": tuple(place.start for place in places),
    }
    grave = total(places) > rule.unheard_share * spoken_s
    severity = "caution" if grave else "info"
    return (Note("transcriber.unheard", fields, severity, spans=tuple(places)),)


def left_out(flags: Iterable[Flag]) -> tuple[Note, ...]:
    """Say once per reason how many words were left out and where, so that one can listen there."""
    found: dict[str, list[Flag]] = {}
    for flag in sorted(flags, key=lambda flag: flag.span):
        found.setdefault(flag.reason.code, []).append(flag)
    return tuple(_left_out(there) for there in found.values())


def _left_out(flags: Sequence[Flag]) -> Note:
    fields: dict[str, Field] = {
        "words": sum(flag.words for flag in flags),
        "places": len(flags),
        "at_s": tuple(flag.span.start for flag in flags),
        "reason": flags[0].reason,
    }
    return Note("transcriber.left_out", fields, spans=tuple(flag.span for flag in flags))


@dataclass(frozen=True, slots=True)
class _Language:
    """Which language is heard, how probably, in how many seconds."""

    code: str
    probability: float
    seconds: float

    def sure(self, rule: Transcribing) -> bool:
        """Whether there is enough to judge from, and it is plain."""
        return self.seconds >= rule.language_least_s and self.probability >= rule.language_sure


def _detected(
    method: Transcriber, samples: Samples, cuts: Sequence[Window], rule: Transcribing
) -> _Language | None:
    """Judge the language once, over the longest windows, so that it cannot flicker."""
    if method.detect is None or not cuts:
        return None
    longest = sorted(cuts, key=lambda cut: -cut.duration)[: rule.language_windows]
    heard: dict[str, float] = {}
    for cut in longest:
        for code, chance in method.detect(cut.sound(samples)).items():
            heard[code] = heard.get(code, 0.0) + chance * cut.duration
    if not heard:
        return None
    best = max(sorted(heard), key=lambda code: heard[code])
    seconds = sum(cut.duration for cut in longest)
    return _Language(best, heard[best] / seconds, seconds)


def _contradicted(
    told: str | None, heard: _Language | None, rule: Transcribing
) -> tuple[Note, ...]:
    """Warn where the language that was told is not the one that is heard.

    Whisper then translates, silently and fluently: what it writes was not said. Of little speech
    that is said too, but what a person told stands.
    """
    if told is None or heard is None or heard.code == told:
        return ()
    if heard.probability < rule.language_sure:
        return ()
    fields: dict[str, Field] = {"told": told, "heard": heard.code}
    if heard.sure(rule):
        return (Note("transcriber.other_language", fields, "withhold"),)
    fields |= {"seconds": heard.seconds, "percent": 100 * heard.probability}
    return (Note("transcriber.other_language_short", fields, "caution"),)


def _unsure(heard: _Language | None, rule: Transcribing) -> tuple[Note, ...]:
    """Warn where nobody told the language and there is too little to judge it from."""
    if heard is None or heard.sure(rule):
        return ()
    fields: dict[str, Field] = {
        "code": heard.code,
        "seconds": heard.seconds,
        "percent": 100 * heard.probability,
    }
    return (Note("transcriber.language_unsure", fields, "caution"),)
