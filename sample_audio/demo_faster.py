"""Write an openai-whisper checkpoint as a model folder for faster-whisper.

``python -m sample_audio.demo_faster FOLDER [CHECKPOINT.pt]``

It needs the extra ``fast`` (faster-whisper, which brings ctranslate2 and tokenizers) and no
network: the vocabulary is built from the one inside openai-whisper. Without a checkpoint it takes
the demonstration checkpoint, so that the optional row of the table can be run for real; what that
one is worth is in docs/notes/demo-whisper.md.
"""

import argparse
import json
import shutil
from functools import cache
from itertools import pairwise, product
from pathlib import Path
from typing import Any

from diarize.models.catalogue import MADE_FROM
from diarize.runtime.atomic import sha256_of

__all__ = ["write"]

CHECKPOINT = Path(__file__).with_name("demo_whisper.pt")


def write(folder: Path, checkpoint: Path = CHECKPOINT) -> Path:
    """Write the folder, with ``model.bin``, ``config.json``, vocabulary and ``tokenizer.json``.

    Parameters
    ----------
    folder : Path
        Where; one that is there is replaced.
    checkpoint : Path
        An openai-whisper checkpoint; weights are written with 16 bits.
    """
    import whisper
    from ctranslate2.specs.whisper_spec import WhisperSpec

    network = whisper.load_model(str(checkpoint), device="cpu")
    size = network.dims
    spec = WhisperSpec(size.n_audio_layer, size.n_audio_head, size.n_text_layer, size.n_text_head)
    for name in ("conv1", "conv2"):
        _copy(getattr(spec.encoder, name), getattr(network.encoder, name))
    spec.encoder.position_encodings.encodings = _array(network.encoder.positional_embedding)
    spec.decoder.position_encodings.encodings = _array(network.decoder.positional_embedding)
    spec.decoder.embeddings.weight = _array(network.decoder.token_embedding.weight)
    spec.decoder.projection.weight = spec.decoder.embeddings.weight
    _norm(spec.encoder.layer_norm, network.encoder.ln_post)
    _norm(spec.decoder.layer_norm, network.decoder.ln)
    for ours, theirs in zip(
        (*spec.encoder.layer, *spec.decoder.layer),
        (*network.encoder.blocks, *network.decoder.blocks),
        strict=True,
    ):
        _block(ours, theirs)
    texts = _vocabulary(network.is_multilingual)
    spec.register_vocabulary(texts)
    heads = product(range(size.n_text_layer // 2, size.n_text_layer), range(size.n_text_head))
    spec.config.alignment_heads = [list(pair) for pair in heads]  # as openai-whisper's own default
    spec.config.suppress_ids = []  # faster-whisper names them with each request
    spec.config.suppress_ids_begin = [texts.index("Ġ"), texts.index("<|endoftext|>")]
    spec.config.lang_ids = [n for n, text in enumerate(texts) if _is_language(text)]
    spec.validate()
    spec.optimize(quantization="float16")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    spec.save(str(folder))
    _tokenizer(network.is_multilingual).save(str(folder / "tokenizer.json"))
    config = folder / "config.json"
    named = {**json.loads(config.read_text("utf-8")), MADE_FROM: sha256_of(checkpoint)}
    config.write_text(json.dumps(named, indent=2), "utf-8")
    return folder


def _array(tensor: Any) -> Any:
    return tensor.detach().float().numpy()


def _copy(ours: Any, theirs: Any) -> Any:
    ours.weight = _array(theirs.weight)
    if theirs.bias is not None:
        ours.bias = _array(theirs.bias)
    return ours


def _norm(ours: Any, theirs: Any) -> None:
    ours.gamma, ours.beta = _array(theirs.weight), _array(theirs.bias)


def _block(ours: Any, theirs: Any) -> None:
    """One layer of the encoder or the decoder; a decoder's looks at the sound as well."""
    from ctranslate2.converters.utils import fuse_linear
    from ctranslate2.specs.common_spec import LinearSpec

    def parts(attention: Any) -> list[Any]:
        layers = (attention.query, attention.key, attention.value)
        return [_copy(LinearSpec(), layer) for layer in layers]

    own = parts(theirs.attn)
    fuse_linear(ours.self_attention.linear[0], own)
    _copy(ours.self_attention.linear[1], theirs.attn.out)
    _norm(ours.self_attention.layer_norm, theirs.attn_ln)
    if theirs.cross_attn is not None:
        query, *rest = parts(theirs.cross_attn)
        fuse_linear(ours.attention.linear[0], [query])
        fuse_linear(ours.attention.linear[1], rest)
        _copy(ours.attention.linear[2], theirs.cross_attn.out)
        _norm(ours.attention.layer_norm, theirs.cross_attn_ln)
    _copy(ours.ffn.linear_0, theirs.mlp[0])
    _copy(ours.ffn.linear_1, theirs.mlp[2])
    _norm(ours.ffn.layer_norm, theirs.mlp_ln)


@cache
def _letters() -> dict[int, str]:
    """Give the printable letter that stands for each byte in such vocabularies, as GPT-2 has it."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1)]
    plain += range(ord("®"), ord("ÿ") + 1)
    rest = [byte for byte in range(256) if byte not in plain]
    return {byte: chr(byte) for byte in plain} | {byte: chr(256 + n) for n, byte in enumerate(rest)}


def _ranks(multilingual: bool) -> tuple[dict[bytes, int], dict[str, int]]:
    """Give the pieces of words and the special tokens of openai-whisper's own vocabulary."""
    from whisper.tokenizer import get_tokenizer

    encoding = get_tokenizer(multilingual).encoding
    return dict(encoding._mergeable_ranks), dict(encoding._special_tokens)


def _spelt(piece: bytes) -> str:
    letters = _letters()
    return "".join(letters[byte] for byte in piece)


def _vocabulary(multilingual: bool) -> list[str]:
    """Give every token by its number."""
    pieces, special = _ranks(multilingual)
    numbers = {n: _spelt(piece) for piece, n in pieces.items()} | {n: t for t, n in special.items()}
    return [numbers[n] for n in range(len(numbers))]


def _is_language(text: str) -> bool:
    from whisper.tokenizer import LANGUAGES

    return text.startswith("<|") and text[2:-2] in LANGUAGES


def _tokenizer(multilingual: bool) -> Any:
    """Give the vocabulary as the `tokenizers` package reads it."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    pieces, special = _ranks(multilingual)
    merges = [_halves(piece, pieces) for piece in sorted(pieces, key=pieces.__getitem__)]
    spelt = {_spelt(piece): n for piece, n in pieces.items()}
    pairs = [(_spelt(a), _spelt(b)) for a, b in (halves for halves in merges if halves)]
    made = Tokenizer(models.BPE(vocab=spelt, merges=pairs))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    ordered = sorted(special, key=special.__getitem__)
    made.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in ordered])
    return made


def _halves(piece: bytes, ranks: dict[bytes, int]) -> tuple[bytes, bytes] | None:
    """Give the two pieces that one was merged from; None for a single byte."""
    parts = [piece[n : n + 1] for n in range(len(piece))]
    while len(parts) > 2:
        pairs = [ranks.get(a + b, len(ranks)) for a, b in pairwise(parts)]
        best = pairs.index(min(pairs))
        parts[best : best + 2] = [parts[best] + parts[best + 1]]
    return (parts[0], parts[1]) if len(parts) == 2 else None


def main() -> None:
    """Write a folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("checkpoint", type=Path, nargs="?", default=CHECKPOINT)
    given = parser.parse_args()
    print(write(given.folder, given.checkpoint))


if __name__ == "__main__":
    main()
