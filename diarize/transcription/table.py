"""What was said: a table of transcribers, and words given to voices.

Conventions
-----------
Words carry seconds from the start of the recording. A transcriber hears only stretches in
which voice activity found speech, one window of at most 30 s at a time; what it returns is
looked at before it is believed, and what is left out is counted in flags that carry no text.
Word times of a transcriber are rough: they say which words, never how long a pause was.
openai-whisper and faster-whisper are imported inside this module's openers alone; a test hands
in a plain function instead. Silence, or no speech at all, gives no words.
"""

import json
import logging
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diarize.errors import Refused
from diarize.models import catalogue as weights
from diarize.models.engine import Engine
from diarize.recording.audio import RATE_HZ, Audio
from diarize.timeline import Span, Word, union
from diarize.transcription.alignment import align, assign, match_labels
from diarize.transcription.hallucination import (
    Caution,
    Decoded,
    Flag,
    believed,
    level_of,
    unrepeated,
)

__all__ = [
    "DEMONSTRATION",
    "TRANSCRIBERS",
    "Caution",
    "Decoded",
    "Flag",
    "Transcriber",
    "Transcription",
    "align",
    "assign",
    "left_out",
    "match_labels",
    "open_faster_whisper",
    "open_whisper",
    "transcribe",
    "windows",
]

Samples = NDArray[np.float32]

DEMONSTRATION = (
    "the words come from the demonstration checkpoint, which knows three synthetic voices and the "
    "words of the samples alone: of any other recording they say nothing"
)
_PLACES_NAMED = 8
_DEMONSTRATION_WINDOW_S = 8.5  # it was taught windows of up to 9 s


@dataclass(frozen=True, slots=True)
class Transcriber:
    """A model ready to hear.

    Parameters
    ----------
    engine : Engine
        What it is.
    decode : callable
        Takes samples of one window, float32 (n,) at 16 kHz, and a language code or None; gives
        the segments in it.
    detect : callable or None
        Takes the same samples, gives the probability of each language; None where the model
        knows one only.
    language : str or None
        The only language the model knows.
    notes : tuple of str
        What a reader has to know of every word it gives.
    window_s : float
        The longest window it can hear, where that is shorter than what it would be given.
    """

    engine: Engine
    decode: Callable[[Samples, str | None], Sequence[Decoded]]
    detect: Callable[[Samples], Mapping[str, float]] | None = None
    language: str | None = None
    notes: tuple[str, ...] = ()
    window_s: float = math.inf


@dataclass(frozen=True, slots=True)
class Transcription:
    """What was heard, by what, and what was left out.

    `words` is None where nobody transcribed.
    """

    words: tuple[Word, ...] | None
    language: str | None
    engine: Engine
    flags: tuple[Flag, ...] = ()
    notes: tuple[str, ...] = ()


def transcribe(
    audio: Audio,
    spans: Iterable[Span],
    method: str | Transcriber,
    *,
    model: str | Path | None = None,
    language: str | None = None,
    channel: int | None = None,
    progress: Callable[[float], None] | None = None,
    caution: Caution | None = None,
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
    model : str, Path or None
        A model's name or file; None takes the best on this machine.
    language : str or None
        Two-letter code; None lets the model judge once, for the whole recording.
    channel : int or None
        0-based: listen to one channel instead of the mix.
    progress : callable or None
        Told the share done, 0 to 1, after each window.

    Raises
    ------
    Refused
        If the method is unknown or its model is not on this machine.
    """
    caution = caution or Caution()
    language = language and language.split("-")[0].lower()
    if method == "none":
        return Transcription(None, language, Engine("none", ""))
    if isinstance(method, str):
        if method not in TRANSCRIBERS:
            raise Refused(f"{method}: no such transcriber; choose {', '.join(TRANSCRIBERS)}, none")
        method = TRANSCRIBERS[method](model, language)
    caution = replace(caution, window_s=min(caution.window_s, method.window_s))
    samples = audio.mono if channel is None else audio.samples[channel]
    speech = union(spans)
    cuts = windows(samples, speech, caution)
    language = language or method.language or _detected(method, samples, cuts)
    kept: list[Word] = []
    flags: list[Flag] = []
    level = level_of(samples, speech)
    for number, cut in enumerate(cuts, 1):
        segments = method.decode(_clip(samples, cut), language)
        for segment in unrepeated(_placed(segments, cut), flags):
            words, found = believed(segment, speech, audio.duration, samples, level, caution)
            kept += words
            flags += found
        if progress is not None:
            progress(number / len(cuts))
    notes = (*method.notes, *left_out(flags))
    return Transcription(tuple(sorted(kept)), language, method.engine, tuple(flags), notes)


def left_out(flags: Iterable[Flag]) -> tuple[str, ...]:
    """Say once per reason how many words were left out and where, so that one can listen there."""
    found: dict[str, list[Flag]] = {}
    for flag in sorted(flags, key=lambda flag: flag.span):
        found.setdefault(flag.reason, []).append(flag)
    return tuple(_said_of(reason, there) for reason, there in found.items())


def _said_of(reason: str, flags: Sequence[Flag]) -> str:
    count = sum(flag.words for flag in flags)
    times = ", ".join(_clock(flag.span.start) for flag in flags[:_PLACES_NAMED])
    more = f" and {len(flags) - _PLACES_NAMED} more" if len(flags) > _PLACES_NAMED else ""
    return (
        f"left out {count} word{'s' * (count != 1)} in "
        f"{len(flags)} place{'s' * (len(flags) != 1)} ({times}{more}): {reason}"
    )


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def windows(
    samples: Samples, speech: Sequence[Span], caution: Caution | None = None
) -> tuple[Span, ...]:
    """Pack speech into windows of at most `Caution.window_s`, cut at pauses.

    Speech longer than a window is cut where it is quietest in the last third.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
        At 16 kHz.
    speech : sequence of Span
        Sorted, without overlap.
    """
    caution = caution or Caution()
    end_of_all = len(samples) / RATE_HZ
    packed: list[Span] = []
    for whole in speech:
        for span in _cut_long(samples, whole, caution.window_s - 2 * caution.pad_s):
            last = packed[-1] if packed else None
            if (
                last is not None
                and span.start - last.end < caution.pause_s
                and span.end - last.start <= caution.window_s - 2 * caution.pad_s
            ):
                packed[-1] = Span(last.start, span.end)
            else:
                packed.append(span)
    if not packed:
        return ()
    edges = [0.0, *((a.end + b.start) / 2 for a, b in pairwise(packed)), end_of_all]
    room = (
        Span(max(span.start - caution.pad_s, low), min(span.end + caution.pad_s, high))
        for span, (low, high) in zip(packed, pairwise(edges), strict=True)
        if span.start < end_of_all
    )
    return tuple(span for span in room if span.duration > 0)


def _cut_long(samples: Samples, span: Span, most: float) -> list[Span]:
    """Cut a span into parts of at most `most` seconds, at quiet places."""
    parts = []
    step = RATE_HZ // 20
    while span.duration > most:
        first = round((span.start + most * 2 / 3) * RATE_HZ)
        tail = samples[first : round((span.start + most) * RATE_HZ)]
        blocks = tail[: len(tail) // step * step].reshape(-1, step)
        at = span.start + most
        if len(blocks):
            quietest = int(np.argmin(np.square(blocks).mean(axis=1)))
            at = (first + (quietest + 0.5) * step) / RATE_HZ
        parts.append(Span(span.start, at))
        span = Span(at, span.end)
    return [*parts, span]


def _clip(samples: Samples, span: Span) -> Samples:
    return samples[round(span.start * RATE_HZ) : round(span.end * RATE_HZ)]


def _detected(method: Transcriber, samples: Samples, cuts: Sequence[Span]) -> str | None:
    """Judge the language once, over the three longest windows, so that it cannot flicker."""
    if method.detect is None or not cuts:
        return None
    longest = sorted(cuts, key=lambda cut: -cut.duration)[:3]
    heard: dict[str, float] = {}
    for cut in longest:
        for code, chance in method.detect(_clip(samples, cut)).items():
            heard[code] = heard.get(code, 0.0) + chance * cut.duration
    return max(sorted(heard), key=lambda code: heard[code]) if heard else None


def _placed(segments: Iterable[Decoded], cut: Span) -> list[Decoded]:
    """Move segments from their window to the recording."""
    return [
        replace(
            segment,
            span=segment.span.shifted(cut.start),
            words=tuple(replace(w, span=w.span.shifted(cut.start)) for w in segment.words),
        )
        for segment in segments
    ]


def open_whisper(model: str | Path | None, language: str | None = None) -> Transcriber:
    """Open openai-whisper with weights that are on this machine.

    Greedy decoding at temperature 0 without fallback, so that a rerun gives the same words; no
    prompt, no conditioning on earlier text; word times from cross-attention.

    Raises
    ------
    Refused
        If there are no weights, or the file is not a Whisper checkpoint.
    """
    language = language and language.split("-")[0].lower()
    found = weights.find_whisper(model, language=language)
    if found is None:
        raise Refused(
            "whisper: no weights on this machine; run 'prosody models fetch small', "
            "or give a transcript with --transcript"
        )
    network, version = _whisper_network(found.path)
    english = not network.is_multilingual
    _check_language(language, english)
    demonstration = found.sha256 == weights.DEMONSTRATION_SHA256
    return Transcriber(
        Engine("openai-whisper", version, found.sha256),
        lambda samples, code: _whisper_decode(network, samples, code),
        None if english else lambda samples: _whisper_language(network, samples),
        "en" if english else None,
        (DEMONSTRATION,) if demonstration else (),
        _DEMONSTRATION_WINDOW_S if demonstration else math.inf,
    )


def _whisper_network(path: Path) -> tuple[Any, str]:
    """Load a checkpoint through the package's own loader, which opens weights alone."""
    import pickle

    import whisper

    try:
        return whisper.load_model(str(path)), str(whisper.__version__)
    except (pickle.UnpicklingError, RuntimeError, KeyError, TypeError, EOFError, ValueError):
        raise Refused(f"{path}: not a Whisper checkpoint of weights alone; fetch anew") from None


def _check_language(language: str | None, english: bool) -> None:
    """Refuse a language the weights do not know."""
    from whisper.tokenizer import LANGUAGES

    if language is not None and language not in LANGUAGES:
        raise Refused(f"{language}: not a language code Whisper knows; give one such as en or de")
    if english and language not in (None, "en"):
        raise Refused(f"{language}: these weights know English alone; choose ones without '.en'")


def _whisper_decode(network: Any, samples: Samples, language: str | None) -> list[Decoded]:
    """Decode one window."""
    import whisper

    tokens, times = _bounds(samples)
    network.decode = _bounded(type(network).decode.__get__(network), times)
    try:
        heard = whisper.transcribe(
            network,
            np.array(samples, dtype=np.float32),
            verbose=None,
            temperature=0.0,
            condition_on_previous_text=False,
            initial_prompt=None,
            word_timestamps=True,
            language=language,
            sample_len=min(tokens, network.dims.n_text_ctx // 2),
            fp16=network.device.type == "cuda",
        )
    finally:
        del network.decode
    return [_from_whisper(segment) for segment in heard["segments"]]


def _bounded(decode: Callable[..., Any], times: int) -> Callable[..., Any]:
    """Answer "no speech" after too many decodings of one window.

    Whisper moves on by the times it invents; where they do not move it would never end. Told
    that there is no speech it skips to the end of the window.
    """
    left = times

    def bounded(mel: Any, options: Any) -> Any:
        nonlocal left
        left -= 1
        if left >= 0:
            return decode(mel, options)
        from whisper.decoding import DecodingResult

        return DecodingResult(
            mel, language=options.language or "en", avg_logprob=-math.inf, no_speech_prob=1.0
        )

    return bounded


def _whisper_language(network: Any, samples: Samples) -> Mapping[str, float]:
    import whisper

    mel = whisper.log_mel_spectrogram(np.array(samples, dtype=np.float32), network.dims.n_mels)
    mel = whisper.pad_or_trim(mel, whisper.audio.N_FRAMES).to(network.device)
    _, chances = network.detect_language(mel)
    return {str(code): float(chance) for code, chance in chances.items()}


def _from_whisper(segment: Mapping[str, Any]) -> Decoded:
    words = tuple(
        Word(_span(word["start"], word["end"]), word["word"].strip(), float(word["probability"]))
        for word in segment.get("words", ())
        if word["word"].strip()
    )
    return Decoded(
        _span(segment["start"], segment["end"]),
        str(segment["text"]),
        words,
        float(segment["avg_logprob"]),
        float(segment["no_speech_prob"]),
    )


def _span(start: float, end: float) -> Span:
    """Give a span from times that a model made up: never negative, never backwards."""
    start = float(start) if math.isfinite(start) else 0.0
    end = float(end) if math.isfinite(end) else start
    return Span(max(0.0, start), max(0.0, start, end))


def open_faster_whisper(model: str | Path | None, language: str | None = None) -> Transcriber:
    """Open faster-whisper, an optional extra, with a model folder on this machine.

    Raises
    ------
    Refused
        If the extra is not installed or there is no model.
    """
    try:
        import faster_whisper
    except ImportError:
        raise Refused(
            "faster-whisper: not installed; install the extra with: pip install '.[fast]'"
        ) from None
    found = weights.find_faster_whisper(model)
    if found is None:
        raise Refused(
            "faster-whisper: no model on this machine; give its folder with --whisper-model, or: "
            "prosody models fetch faster-whisper-small"
        )
    network = _faster_network(found.path)
    english = not network.model.is_multilingual
    _check_language(language and language.split("-")[0].lower(), english)
    demonstration = _made_from(found.path) == weights.DEMONSTRATION_SHA256
    return Transcriber(
        Engine("faster-whisper", str(faster_whisper.__version__), found.sha256),
        lambda samples, code: _faster_decode(network, samples, code),
        None if english else lambda samples: _faster_language(network, samples),
        "en" if english else None,
        (DEMONSTRATION,) if demonstration else (),
        _DEMONSTRATION_WINDOW_S if demonstration else math.inf,
    )


def _faster_network(folder: Path) -> Any:
    """Load a model folder; what ctranslate2 remarks on its own precision is not our user's."""
    import ctranslate2
    import faster_whisper

    ctranslate2.set_log_level(logging.ERROR)
    try:
        return faster_whisper.WhisperModel(str(folder), local_files_only=True)
    except (RuntimeError, ValueError, OSError):
        raise Refused(f"{folder}: not a faster-whisper model; get the whole folder anew") from None
    except Exception:  # the tokenizers package raises nothing narrower
        raise Refused(f"{folder}: its tokenizer.json cannot be read; get the folder anew") from None


def _made_from(folder: Path) -> str | None:
    """Give the hash of the checkpoint a folder was made from, where it says so."""
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        return str(config[weights.MADE_FROM])
    except (OSError, ValueError, KeyError, TypeError):
        return None


class _Enough(Exception):
    """A window was decoded as often as it may be."""


def _faster_decode(network: Any, samples: Samples, language: str | None) -> list[Decoded]:
    """Decode one window; as with openai-whisper, invented times that stand still end it."""
    tokens, times = _bounds(samples)
    generate = network.generate_with_fallback
    left = times

    def bounded(*args: Any, **options: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise _Enough
        return generate(*args, **options)

    network.generate_with_fallback = bounded
    found: list[Decoded] = []
    try:
        segments, _ = network.transcribe(
            np.array(samples, dtype=np.float32),
            language=language,
            temperature=0.0,
            beam_size=1,
            condition_on_previous_text=False,
            initial_prompt=None,
            word_timestamps=True,
            vad_filter=False,
            max_new_tokens=min(tokens, 224),
        )
        found += (_from_faster(segment) for segment in segments)
    except _Enough:
        pass
    finally:
        del network.generate_with_fallback
    return found


def _bounds(samples: Samples) -> tuple[int, int]:
    """How many tokens a window may give, and how often it may be decoded."""
    caution = Caution()
    seconds = len(samples) / RATE_HZ
    tokens = caution.most_tokens + caution.most_tokens_per_s * seconds
    times = caution.most_decodes + caution.most_decodes_per_s * seconds
    return round(tokens), round(times)


def _faster_language(network: Any, samples: Samples) -> Mapping[str, float]:
    _, _, chances = network.detect_language(np.array(samples, dtype=np.float32))
    return dict(chances)


def _from_faster(segment: Any) -> Decoded:
    words = tuple(
        Word(_span(word.start, word.end), word.word.strip(), float(word.probability))
        for word in segment.words or ()
        if word.word.strip()
    )
    span = _span(segment.start, segment.end)
    return Decoded(
        span, str(segment.text), words, float(segment.avg_logprob), float(segment.no_speech_prob)
    )


Opener = Callable[[str | Path | None, str | None], Transcriber]
TRANSCRIBERS: Mapping[str, Opener] = {
    "whisper": open_whisper,
    "faster-whisper": open_faster_whisper,
}
