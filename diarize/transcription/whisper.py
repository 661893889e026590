"""openai-whisper behind the table of transcribers; imported here alone.

Conventions
-----------
Greedy decoding at temperature 0 without fallback, so that a rerun gives the same words; no
prompt, no conditioning on earlier text; word times from cross-attention.
"""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from diarize.errors import Refused
from diarize.models.catalogue import Weights
from diarize.models.engine import Engine
from diarize.settings import Transcribing
from diarize.timeline import Word
from diarize.transcription.hallucination import Decoded
from diarize.transcription.transcriber import Samples, Transcriber, bounds, demonstration, span

__all__ = ["check_language", "open_whisper"]


def open_whisper(weights: Weights | None, language: str | None, rule: Transcribing) -> Transcriber:
    """Open openai-whisper.

    Raises
    ------
    Refused
        If the file is not a Whisper checkpoint, or does not know the language.
    """
    if weights is None:
        raise Refused("transcriber.no_whisper")
    network, version = _network(weights.path)
    english = not network.is_multilingual
    check_language(language, english)
    notes, window_s = demonstration(weights.sha256)
    return Transcriber(
        Engine("openai-whisper", version, weights.sha256),
        lambda samples, code: _decode(network, samples, code, rule),
        None if english else lambda samples: _language(network, samples),
        "en" if english else None,
        notes,
        window_s,
    )


def _network(path: Path) -> tuple[Any, str]:
    """Load a checkpoint through the package's own loader, which opens weights alone."""
    import pickle

    import whisper

    try:
        return whisper.load_model(str(path)), str(whisper.__version__)
    except (pickle.UnpicklingError, RuntimeError, KeyError, TypeError, EOFError, ValueError):
        raise Refused("transcriber.no_checkpoint", file=str(path)) from None


def check_language(language: str | None, english: bool) -> None:
    """Refuse a language the weights do not know."""
    from whisper.tokenizer import LANGUAGES

    if language is not None and language not in LANGUAGES:
        raise Refused("transcriber.unknown_language", language=language)
    if english and language not in (None, "en"):
        raise Refused("transcriber.english_only", language=language)


def _decode(
    network: Any, samples: Samples, language: str | None, rule: Transcribing
) -> list[Decoded]:
    """Decode one window."""
    import whisper

    tokens, times = bounds(samples, rule)
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
    return [_decoded(segment) for segment in heard["segments"]]


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


def _language(network: Any, samples: Samples) -> Mapping[str, float]:
    import whisper

    mel = whisper.log_mel_spectrogram(np.array(samples, dtype=np.float32), network.dims.n_mels)
    mel = whisper.pad_or_trim(mel, whisper.audio.N_FRAMES).to(network.device)
    _, chances = network.detect_language(mel)
    return {str(code): float(chance) for code, chance in chances.items()}


def _decoded(segment: Mapping[str, Any]) -> Decoded:
    words = tuple(
        Word(span(word["start"], word["end"]), word["word"].strip(), float(word["probability"]))
        for word in segment.get("words", ())
        if word["word"].strip()
    )
    return Decoded(
        span(segment["start"], segment["end"]),
        str(segment["text"]),
        words,
        float(segment["avg_logprob"]),
        float(segment["no_speech_prob"]),
    )
