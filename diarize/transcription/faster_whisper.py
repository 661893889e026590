"""faster-whisper, an optional extra, behind the table of transcribers; imported here alone.

Conventions
-----------
Decoded as openai-whisper is: by beam search at temperature 0, without earlier text; windows side by
side, each on one core. A model is a folder, or is built in memory from what packages carry.
"""

import copy
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from importlib.util import find_spec
from typing import Any

import numpy as np

from diarize.errors import Refused
from diarize.models.catalogue import Weights
from diarize.models.engine import Engine
from diarize.models.packages import whisper_network
from diarize.runtime.memory import trimmed
from diarize.runtime.program import shut
from diarize.runtime.threads import cores, side_by_side
from diarize.settings import Transcribing
from diarize.timeline import Word
from diarize.transcription.cross_attention import UNSPACED
from diarize.transcription.decoded import Decoded
from diarize.transcription.transcriber import (
    Decode,
    Samples,
    Transcriber,
    bounds,
    span,
)
from diarize.transcription.whisper import check_language

__all__ = ["installed", "open_faster_whisper"]


def installed() -> bool:
    """Whether the extra is installed."""
    try:
        return find_spec("faster_whisper") is not None
    except ValueError:  # it is imported, and has no spec
        return sys.modules["faster_whisper"] is not None


def open_faster_whisper(
    weights: Weights | None, language: str | None, rule: Transcribing
) -> Transcriber:
    """Open faster-whisper.

    Raises
    ------
    Refused
        If the extra is not installed, the folder is no model, or it does not know the language.
    """
    if not installed():
        raise Refused("transcriber.not_installed")
    if weights is None:
        raise Refused("transcriber.no_faster_whisper")
    # One window's calls are small: split over cores they wait for each other, and twice as many
    # threads as cores, the package's default on two, wait twice.
    opened = partial(network, weights, cpu_threads=1, num_workers=cores())
    loaded, version = opened()
    english = not loaded.model.is_multilingual
    check_language(language, english)
    return Transcriber(
        Engine("faster-whisper", version, weights.sha256, machine=True),
        partial(_side_by_side, opened, rule, ""),
        None if english else lambda samples: _language(opened()[0], samples),
        "en" if english else None,
        at_once=rule.windows_at_once * cores(),
        expecting=partial(_expecting, opened, rule),
        close=_closed,
    )


def _closed() -> None:
    network.cache_clear()
    trimmed()


Opened = Callable[[], tuple[Any, str]]


@lru_cache(maxsize=1)
def network(weights: Weights, **threads: int) -> tuple[Any, str]:
    """Load a model; what ctranslate2 remarks on its own precision is not our user's.

    `threads` are those of ``WhisperModel``: its own defaults if not given.
    """
    shut()
    import ctranslate2
    import faster_whisper

    ctranslate2.set_log_level(logging.ERROR)
    folder = weights.path
    given = {"files": _in_memory(weights)} if weights.parts else {}
    options = {"local_files_only": True, "compute_type": "int8", **threads, **given}
    try:
        network = faster_whisper.WhisperModel(str(folder), **options)
    except MemoryError:
        raise Refused("weights.no_memory", name=weights.name) from None
    except (RuntimeError, ValueError, OSError):
        raise _broken(weights, "transcriber.broken_folder") from None
    except Exception as error:
        if type(error) is not Exception:  # the tokenizers package raises nothing narrower
            raise
        raise _broken(weights, "transcriber.broken_tokenizer") from None
    return network, str(faster_whisper.__version__)


def _broken(weights: Weights, code: str) -> Refused:
    """Say what is broken: the tensors of packages are known to be right, so what lies beside."""
    if weights.parts:
        return Refused("weights.beside_broken", name=weights.name)
    return Refused(code, folder=str(weights.path))


def _in_memory(weights: Weights) -> dict[str, bytes]:
    """Read a model that packages carry, once its tensors are known to be the right ones."""
    held = [part.read_bytes() for part in weights.parts]
    whisper_network(weights, held)
    files = {path.name: path.read_bytes() for path in weights.beside}
    return {"model.bin": b"".join(held), **files}


def _expecting(opened: Opened, rule: Transcribing, names: str) -> Decode:
    """Decode windows of which names were told; refuse more than can be shown."""
    network, _ = opened()
    tokens, most = len(network.hf_tokenizer.encode(names).ids), network.max_length // 2 - 1
    if tokens > most:
        raise Refused("glossary.too_long", tokens=tokens, most=most)
    return partial(_side_by_side, opened, rule, names)


def _side_by_side(
    opened: Opened, rule: Transcribing, names: str, windows: Sequence[Samples], language: str | None
) -> list[list[Decoded]]:
    network, _ = opened()
    return side_by_side(lambda samples: _decode(network, samples, language, rule, names), windows)


class _Enough(Exception):
    """A window was decoded as often as it may be."""


def _decode(
    network: Any, samples: Samples, language: str | None, rule: Transcribing, names: str
) -> list[Decoded]:
    """Decode one window; as with openai-whisper, invented times that stand still end it."""
    tokens, times = bounds(samples, rule)
    network = copy.copy(network)  # what is counted is this window's, and others are decoded beside
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
            beam_size=rule.guesses,
            condition_on_previous_text=False,
            initial_prompt=names or None,
            word_timestamps=True,
            vad_filter=False,
            max_new_tokens=min(tokens, 224),
        )
        spaced = language not in UNSPACED
        found += (_decoded(segment, spaced) for segment in segments)
    except _Enough:
        pass
    return found


def _language(network: Any, samples: Samples) -> Mapping[str, float]:
    _, _, chances = network.detect_language(np.array(samples, dtype=np.float32))
    return dict(chances)


def _decoded(segment: Any, spaced: bool) -> Decoded:
    words: list[Word] = []
    for word in segment.words or ():
        said = Word(span(word.start, word.end), word.word.strip(), float(word.probability))
        if words and spaced and not word.word.startswith(" "):  # what a hyphen joins is one word
            said = _joined(words.pop(), said)
        words += [said] if said.text else []
    whole = span(segment.start, segment.end)
    return Decoded(
        whole,
        str(segment.text),
        tuple(words),
        float(segment.avg_logprob),
        float(segment.no_speech_prob),
    )


def _joined(one: Word, other: Word) -> Word:
    """Join two pieces of a word; it is as probable as its least probable piece."""
    odds = min(one.probability or 0.0, other.probability or 0.0)
    return Word(span(one.span.start, other.span.end), one.text + other.text, odds)
