"""Whisper's weights as CTranslate2 keeps them, read into the names openai-whisper uses.

Conventions
-----------
The file is a list of named arrays (version 6 of the format), possibly cut into parts that follow
each other. It is read once, front to back, into memory; nothing in it is code. Weights keep their
type (float16 in the packages we know). CTranslate2 joins projections that openai-whisper keeps
apart: query, key and value of self-attention; key and value of cross-attention. A key has no
bias there, its place holds zeros.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from diarize.errors import Refused

__all__ = ["Array", "read", "whisper_dimensions", "whisper_state"]

Array = NDArray[Any]
_VERSION = 6
_TYPES = (np.float32, np.int8, np.int16, np.int32, np.float16)
_MOST_VARIABLES, _MOST_RANK = 10_000, 4


class _Parts:
    """Files read as one."""

    def __init__(self, files: Sequence[IO[bytes]], name: str) -> None:
        self._files = list(files)
        self._name = name

    def take(self, size: int) -> bytearray:
        """Give the next bytes; fewer than asked is a broken file."""
        whole = bytearray(size)
        view, at = memoryview(whole), 0
        while at < size:
            got = self._files[0].readinto(view[at:]) if self._files else 0  # type: ignore[attr-defined]
            if not got and len(self._files) <= 1:
                raise Refused("model.cut_short", file=self._name)
            if not got:
                self._files.pop(0)
            at += got
        return whole

    def number(self, kind: str) -> int:
        size = struct.calcsize(f"<{kind}")
        return int(struct.unpack(f"<{kind}", self.take(size))[0])

    def text(self) -> str:
        return bytes(self.take(self.number("H"))).rstrip(b"\0").decode("ascii", "replace")

    def at_end(self) -> bool:
        return not any(file.read(1) for file in self._files)


def read(paths: Sequence[Path], held: Sequence[bytes] = ()) -> dict[str, Array]:
    """Read the variables of a model.

    Parameters
    ----------
    paths : sequence of Path
        The parts, in order.
    held : sequence of bytes
        What they hold, where they were read already.

    Returns
    -------
    dict
        Arrays by name, two-byte floats as they are.

    Raises
    ------
    Refused
        If the parts are no such model, end early, or hold more than they announce.
    """
    name = paths[0].name
    with ExitStack() as stack:
        try:
            files = [stack.enter_context(path.open("rb")) for path in (() if held else paths)]
            parts = _Parts([*files, *map(BytesIO, held)], name)
        except OSError as error:
            raise Refused("model.cannot_read", file=name, why=error.strerror) from None
        if parts.number("I") != _VERSION or parts.text() != "WhisperSpec":
            raise Refused("model.not_whisper", file=name)
        parts.number("I")  # the revision of Whisper's part of the format
        found = dict(_variables(parts, name))
        for _ in range(parts.number("I")):  # other names of variables
            parts.text(), parts.text()
        if not parts.at_end():
            raise Refused("model.more_than_announced", file=name)
    return found


def _variables(parts: _Parts, name: str) -> Iterator[tuple[str, Array]]:
    count = parts.number("I")
    if count > _MOST_VARIABLES:
        raise Refused("model.not_whisper", file=name)
    for _ in range(count):
        key, rank = parts.text(), parts.number("B")
        if rank > _MOST_RANK:
            raise Refused("model.not_whisper", file=name)
        shape = tuple(parts.number("I") for _ in range(rank))
        kind, size = parts.number("B"), parts.number("I")
        if kind >= len(_TYPES) or size != np.dtype(_TYPES[kind]).itemsize * int(np.prod(shape)):
            raise Refused("model.not_whisper", file=name)
        yield key, np.frombuffer(parts.take(size), dtype=_TYPES[kind]).reshape(shape)


def whisper_dimensions(variables: Mapping[str, Array]) -> dict[str, int]:
    """Give what openai-whisper calls a model's dimensions."""
    mels = variables["encoder/conv1/weight"].shape[1]
    audio_context, audio_state = variables["encoder/position_encodings/encodings"].shape
    text_context, text_state = variables["decoder/position_encodings/encodings"].shape
    return {
        "n_mels": mels,
        "n_audio_ctx": audio_context,
        "n_audio_state": audio_state,
        "n_audio_head": int(variables["encoder/num_heads"]),
        "n_audio_layer": _layers(variables, "encoder"),
        "n_vocab": variables["decoder/embeddings/weight"].shape[0],
        "n_text_ctx": text_context,
        "n_text_state": text_state,
        "n_text_head": int(variables["decoder/num_heads"]),
        "n_text_layer": _layers(variables, "decoder"),
    }


def _layers(variables: Mapping[str, Array], half: str) -> int:
    numbers = (k.split("/")[1] for k in variables if k.startswith(f"{half}/layer_") and "/" in k)
    return len({n for n in numbers if n.removeprefix("layer_").isdigit()})


def whisper_state(variables: Mapping[str, Array]) -> dict[str, Array]:
    """Give the same weights under openai-whisper's names.

    Raises
    ------
    Refused
        If a variable that every Whisper has is missing.
    """
    try:
        return dict(_state(variables))
    except KeyError as missing:
        raise Refused("model.lacks_tensor", file="model.bin", what=str(missing.args[0])) from None


def _state(variables: Mapping[str, Array]) -> Iterator[tuple[str, Array]]:
    v = variables
    yield "encoder.positional_embedding", v["encoder/position_encodings/encodings"]
    yield "decoder.positional_embedding", v["decoder/position_encodings/encodings"]
    yield "decoder.token_embedding.weight", v["decoder/embeddings/weight"]
    for conv in ("conv1", "conv2"):
        yield f"encoder.{conv}.weight", v[f"encoder/{conv}/weight"]
        yield f"encoder.{conv}.bias", v[f"encoder/{conv}/bias"]
    for half, final in (("encoder", "ln_post"), ("decoder", "ln")):
        yield from _norm(v, f"{half}/layer_norm", f"{half}.{final}")
        for layer in range(_layers(v, half)):
            theirs, ours = f"{half}/layer_{layer}", f"{half}.blocks.{layer}"
            yield from _self_attention(v, f"{theirs}/self_attention", ours)
            if half == "decoder":
                yield from _cross_attention(v, f"{theirs}/attention", ours)
            yield from _norm(v, f"{theirs}/ffn/layer_norm", f"{ours}.mlp_ln")
            yield from _linear(v, f"{theirs}/ffn/linear_0", f"{ours}.mlp.0")
            yield from _linear(v, f"{theirs}/ffn/linear_1", f"{ours}.mlp.2")


def _norm(v: Mapping[str, Array], theirs: str, ours: str) -> Iterator[tuple[str, Array]]:
    yield f"{ours}.weight", v[f"{theirs}/gamma"]
    yield f"{ours}.bias", v[f"{theirs}/beta"]


def _linear(v: Mapping[str, Array], theirs: str, ours: str) -> Iterator[tuple[str, Array]]:
    yield f"{ours}.weight", v[f"{theirs}/weight"]
    yield f"{ours}.bias", v[f"{theirs}/bias"]


def _self_attention(v: Mapping[str, Array], theirs: str, ours: str) -> Iterator[tuple[str, Array]]:
    query, key, value = np.split(v[f"{theirs}/linear_0/weight"], 3)
    query_bias, _, value_bias = np.split(v[f"{theirs}/linear_0/bias"], 3)
    yield from _norm(v, f"{theirs}/layer_norm", f"{ours}.attn_ln")
    yield f"{ours}.attn.query.weight", query
    yield f"{ours}.attn.query.bias", query_bias
    yield f"{ours}.attn.key.weight", key
    yield f"{ours}.attn.value.weight", value
    yield f"{ours}.attn.value.bias", value_bias
    yield from _linear(v, f"{theirs}/linear_1", f"{ours}.attn.out")


def _cross_attention(v: Mapping[str, Array], theirs: str, ours: str) -> Iterator[tuple[str, Array]]:
    key, value = np.split(v[f"{theirs}/linear_1/weight"], 2)
    _, value_bias = np.split(v[f"{theirs}/linear_1/bias"], 2)
    yield from _norm(v, f"{theirs}/layer_norm", f"{ours}.cross_attn_ln")
    yield from _linear(v, f"{theirs}/linear_0", f"{ours}.cross_attn.query")
    yield f"{ours}.cross_attn.key.weight", key
    yield f"{ours}.cross_attn.value.weight", value
    yield f"{ours}.cross_attn.value.bias", value_bias
    yield from _linear(v, f"{theirs}/linear_2", f"{ours}.cross_attn.out")
