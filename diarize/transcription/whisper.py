"""openai-whisper behind the table of transcribers; imported here and in `cross_attention` alone.

Conventions
-----------
Windows are encoded and decoded in batches (`diarize.transcription.decoding`), by beam search at
temperature 0, so that a rerun gives the same words; no conditioning on earlier text. Where the
model stops before a window ends it goes on from there, a bounded number of times. Word times come
from cross-attention.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from diarize.errors import Refused
from diarize.models.catalogue import Weights
from diarize.models.engine import Engine
from diarize.models.packages import known_by, whisper_network
from diarize.recording.audio import RATE_HZ
from diarize.runtime.memory import trimmed
from diarize.runtime.threads import cores, side_by_side
from diarize.settings import Transcribing
from diarize.transcription.cross_attention import Written, word_times
from diarize.transcription.decoded import Decoded
from diarize.transcription.decoding import Line, Memory, remembered, write_down
from diarize.transcription.transcriber import Decode, Samples, Transcriber, bounds, span

__all__ = ["check_language", "network", "open_whisper"]

_STAMP_S = 0.02  # between Whisper's time stamps


def open_whisper(weights: Weights | None, language: str | None, rule: Transcribing) -> Transcriber:
    """Open openai-whisper.

    Raises
    ------
    Refused
        If the file is not a Whisper checkpoint, was altered, or does not know the language.
    """
    if weights is None:
        raise Refused("transcriber.no_whisper")
    opened = partial(network, weights, narrow=True)
    loaded, version, digest = opened()
    english = not loaded.is_multilingual
    check_language(language, english)
    return Transcriber(
        Engine("openai-whisper", version, digest, machine=True),
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


Opened = Callable[[], tuple[Any, str, str]]


@lru_cache(maxsize=1)
def network(weights: Weights, *, narrow: bool = False) -> tuple[Any, str, str]:
    """Give the network, openai-whisper's version, and the digest of the tensors.

    `narrow` asks for bfloat16 where the processor multiplies it in half the time and less; what
    is written differs in a word here and there, errors do not (``benchmarks/words.py``).
    """
    import torch

    whisper = _imported()
    narrow = narrow and not torch.cuda.is_available() and _multiplies_bfloat16()
    if weights.parts:
        made, digest = _built(*whisper_network(weights), weights, narrow=narrow), weights.sha256
    else:
        made = _loaded(weights.path)
        digest, _ = known_by(made.state_dict())
        made = _narrowed(made) if narrow else made
    version = f"{whisper.__version__}, bfloat16" if narrow else str(whisper.__version__)
    return made.eval(), version, digest


class _Later(ModuleType):
    """A module whose functions load it when they are first called."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def call(*args: Any, **options: Any) -> Any:
            if sys.modules.get(self.__name__) is self:
                del sys.modules[self.__name__]
            return getattr(import_module(self.__name__), name)(*args, **options)

        return call


def _imported() -> ModuleType:
    """Import openai-whisper; its own word times, for which alone it loads numba (60 MB), later."""
    if "whisper" not in sys.modules:
        sys.modules.setdefault("whisper.timing", _Later("whisper.timing"))
    import whisper

    return whisper  # type: ignore[no-any-return]


def _multiplies_bfloat16() -> bool:
    import torch

    return bool(torch.cpu.get_capabilities().get("amx_bf16"))


def _narrowed(network: Any) -> Any:
    """Keep what is multiplied in bfloat16; sums and normalisation stay as they are."""
    import torch
    from whisper.model import Conv1d, Linear

    for module in network.modules():
        if isinstance(module, Conv1d | Linear | torch.nn.Embedding):
            module.to(torch.bfloat16)
    return network


def _built(
    dimensions: Mapping[str, int], state: dict[str, Any], weights: Weights, *, narrow: bool
) -> Any:
    """Build a network around tensors, each made of its kind and let go of in turn.

    The network is laid out without memory of its own: otherwise there were three copies of it
    at once. Nothing is written to disk.
    """
    import torch

    try:
        network = _laid_out(dimensions)
        kinds = (_narrowed(network) if narrow else network).state_dict()
        for name, kind in kinds.items():
            kinds[name] = torch.from_numpy(state.pop(name)).to(kind.dtype)
        network.load_state_dict(kinds, assign=True)
        network.decoder.register_buffer("mask", _later(dimensions), persistent=False)
        network.register_buffer("alignment_heads", _upper_half(dimensions), persistent=False)
        return network.cuda() if torch.cuda.is_available() else network
    except (MemoryError, torch.OutOfMemoryError):
        raise Refused("weights.no_memory", name=weights.name) from None


def _laid_out(dimensions: Mapping[str, int]) -> Any:
    """Give a network whose halves have shapes and no numbers.

    All of it cannot be made so at once: its table of alignment heads needs numbers. Nor is it made
    on torch's device without memory, which loads 85 MB of symbolic algebra for a row of numbers.
    """
    import torch
    from torch.overrides import TorchFunctionMode
    from whisper.model import AudioEncoder, ModelDimensions, TextDecoder, Whisper

    class Shapes(TorchFunctionMode):  # type: ignore[misc]
        def __torch_function__(
            self, call: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            kwargs = kwargs or {}
            if getattr(call, "__module__", "") == "torch.nn.init":  # draws what is replaced at once
                return kwargs["tensor"]
            if call is torch.empty and "device" in kwargs:  # a layer's
                kwargs["device"] = "meta"
            return call(*args, **kwargs)

    network = Whisper(ModelDimensions(**dict.fromkeys(dimensions, 4)))
    d = network.dims = ModelDimensions(**dimensions)
    with Shapes():
        network.encoder = AudioEncoder(
            d.n_mels, d.n_audio_ctx, d.n_audio_state, d.n_audio_head, d.n_audio_layer
        )
        network.decoder = TextDecoder(
            d.n_vocab, d.n_text_ctx, d.n_text_state, d.n_text_head, d.n_text_layer
        )
    return network


def _later(dimensions: Mapping[str, int]) -> Any:
    """Keep a token from looking at later ones, as openai-whisper's decoder does."""
    import torch

    size = dimensions["n_text_ctx"]
    return torch.full((size, size), -torch.inf).triu_(1)


def _upper_half(dimensions: Mapping[str, int]) -> Any:
    """Let word times be read from every head of the decoder's upper half."""
    import torch

    layers, heads = dimensions["n_text_layer"], dimensions["n_text_head"]
    read = torch.zeros(layers, heads, dtype=torch.bool)
    read[layers // 2 :] = True
    return read.to_sparse()


def _loaded(path: Path) -> Any:
    """Load a checkpoint through the package's own loader, which opens weights alone."""
    import pickle

    import whisper

    try:
        return whisper.load_model(str(path))
    except MemoryError:
        raise Refused("weights.no_memory", name=path.stem) from None
    except (pickle.UnpicklingError, RuntimeError, KeyError, TypeError, EOFError, ValueError):
        raise Refused("transcriber.no_checkpoint", file=str(path)) from None


def check_language(language: str | None, english: bool) -> None:
    """Refuse a language the weights do not know."""
    _imported()
    from whisper.tokenizer import LANGUAGES

    if language is not None and language not in LANGUAGES:
        raise Refused("transcriber.unknown_language", language=language)
    if english and language not in (None, "en"):
        raise Refused("transcriber.english_only", language=language)


def _expecting(opened: Opened, rule: Transcribing, names: str) -> Decode:
    """Decode windows of which names were told; refuse more than the model can be shown."""
    from whisper.tokenizer import get_tokenizer

    network, _, _ = opened()
    tokenizer = get_tokenizer(network.is_multilingual, num_languages=network.num_languages)
    tokens, most = len(tokenizer.encode(f" {names}")), network.dims.n_text_ctx // 2 - 1
    if tokens > most:
        raise Refused("glossary.too_long", tokens=tokens, most=most)
    return partial(_side_by_side, opened, rule, names)


def _side_by_side(
    opened: Opened, rule: Transcribing, names: str, windows: Sequence[Samples], language: str | None
) -> list[list[Decoded]]:
    """Decode batches of windows, each on a core; they do not depend on how many cores there are."""
    from whisper.tokenizer import get_tokenizer

    network, _, _ = opened()
    tokenizer = get_tokenizer(
        network.is_multilingual, num_languages=network.num_languages, language=language or "en"
    )
    prompt = tokenizer.encode(f" {names}") if names else ()
    heard = partial(_heard, network, tokenizer, rule, prompt)
    size = rule.windows_at_once
    batches = [windows[first : first + size] for first in range(0, len(windows), size)]
    decode = partial(_decode, heard, rule)
    return [found for batch in side_by_side(decode, batches) for found in batch]


Heard = Callable[[Sequence[Samples], Sequence[int]], list[tuple[list[Decoded], float]]]


def _decode(heard: Heard, rule: Transcribing, windows: Sequence[Samples]) -> list[list[Decoded]]:
    """Decode windows together; those that the model left early go on in the next round."""
    found: list[list[Decoded]] = [[] for _ in windows]
    limits = [bounds(window, rule) for window in windows]
    left = {n: 0.0 for n, window in enumerate(windows) if len(window)}
    done = 0
    while left:
        batch = [windows[n][round(at * RATE_HZ) :] for n, at in left.items()]
        once = heard(batch, [limits[n][0] for n in left])
        done += 1
        going_on = {}
        for (n, at), (segments, reached) in zip(left.items(), once, strict=True):
            found[n] += (segment.shifted(at) for segment in segments)
            left_s = len(windows[n]) / RATE_HZ - (at + reached)
            if reached and done < limits[n][1] and left_s > rule.left_s:
                going_on[n] = at + reached
        left = going_on
    return found


def _heard(
    network: Any,
    tokenizer: Any,
    rule: Transcribing,
    prompt: Sequence[int],
    windows: Sequence[Samples],
    most_tokens: Sequence[int],
) -> list[tuple[list[Decoded], float]]:
    """Decode each window once; give its segments, and where the model stopped before its end."""
    import torch

    most = [min(tokens, network.dims.n_text_ctx // 2) for tokens in most_tokens]
    with torch.inference_mode():
        heard = remembered(network, (_mel(network, w) for w in windows), len(windows)).heard
        trimmed()  # what the encoder held meanwhile
        lines = write_down(network, tokenizer, Memory(heard), most, rule.guesses, prompt)
        lengths = [len(window) / RATE_HZ for window in windows]
        cut = [_cut(r.tokens, tokenizer, s) for r, s in zip(lines, lengths, strict=True)]
        written = [
            Written([token for _, _, said in segments for token in said], seconds)
            for (segments, _), seconds in zip(cut, lengths, strict=True)
        ]
        timed = word_times(network, tokenizer, written, Memory(heard))
    return [
        (_segments(segments, words, line, tokenizer), reached)
        for (segments, reached), words, line in zip(cut, timed, lines, strict=True)
    ]


def _mel(network: Any, samples: Samples) -> Any:
    import whisper

    padded = whisper.pad_or_trim(np.array(samples, dtype=np.float32))
    mel = whisper.log_mel_spectrogram(padded, network.dims.n_mels)
    return mel.to(network.device, network.encoder.conv1.weight.dtype)


Segment = tuple[float, float, list[int]]


def _cut(tokens: Sequence[int], tokenizer: Any, seconds: float) -> tuple[list[Segment], float]:
    """Cut tokens at pairs of time stamps; give where to go on, 0 where nothing is left to hear."""
    begin = tokenizer.timestamp_begin
    stamped = [token >= begin for token in tokens]
    ends = [n for n, pair in enumerate(pairwise(stamped), 1) if all(pair)]
    whole = stamped[-2:] == [False, True]
    if not ends:
        stamps = [(token - begin) * _STAMP_S for token in tokens if token >= begin]
        last = stamps[-1] if stamps and stamps[-1] > 0 else seconds
        said = [token for token in tokens if token < tokenizer.eot]
        first = stamps[0] if len(stamps) > 1 else 0.0
        return [(first, max(last, first), said)] if said else [], 0.0
    segments = []
    for first, last in pairwise([0, *ends, *([len(tokens)] if whole else [])]):
        part = tokens[first:last]
        said = [token for token in part if token < tokenizer.eot]
        if said:
            start, end = ((token - begin) * _STAMP_S for token in (part[0], part[-1]))
            segments.append((start, end, said))
    reached = 0.0 if whole else (tokens[ends[-1] - 1] - begin) * _STAMP_S
    return segments, reached


def _segments(
    cut: Sequence[Segment], words: Sequence[Any], line: Line, tokenizer: Any
) -> list[Decoded]:
    """Give words to the segments they were written in, by their letters."""
    found = []
    left = list(words)
    for start, end, said in cut:
        text = tokenizer.decode(said)
        letters = sum(map(str.isalnum, text))
        own = []
        while left and letters > 0:
            own.append(left.pop(0))
            letters -= sum(map(str.isalnum, own[-1].text))
        found.append(
            Decoded(
                span(start, end),
                text,
                tuple(own),
                line.log_probability,
                line.no_speech,
            )
        )
    return found


def _language(network: Any, samples: Samples) -> Mapping[str, float]:
    import torch

    with torch.inference_mode():
        _, chances = network.detect_language(_mel(network, samples))
    return {str(code): float(chance) for code, chance in chances.items()}
