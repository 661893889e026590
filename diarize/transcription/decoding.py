"""Windows written down together by openai-whisper's network, several guesses for each.

Conventions
-----------
openai-whisper's own search takes one window at a time; here windows, and the guesses of each, are
rows of one batch. What the decoder keeps of the sound is kept once a window, whichever guess asks:
the guesses of a window are so many questions to it. A window that is written down leaves the
batch. Nothing is hung on the network, so threads may share one. Rules and search are those of
openai-whisper's `BeamSearchDecoder` and `ApplyTimestampRules` (beam of `guesses`, patience 1,
guesses compared by their mean log-probability); one guess is its greedy decoding at temperature 0.
Tokens are numbers of the tokenizer; times stand in steps of 0.02 s.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Line", "Memory", "forward", "remembered", "write_down"]

_FIRST_MARK_S = 1.0  # the latest first time stamp, openai-whisper's default
_STEP_S = 0.02


@dataclass(slots=True, eq=False)
class Memory:
    """What the decoder keeps, per layer, as keys and values (rows, heads, length, width).

    `heard` is of the sound, a row a window, and is never copied; `live` says which of its rows
    are still written down, None that all are. `said` is of the tokens so far, a row a guess: it
    has room for `most` of them from the start and holds `length`, as blocks that grow by a token
    at a time leave holes of every size behind. Without room nothing is kept of them.
    """

    heard: list[tuple["Tensor", "Tensor"]]
    most: int = 0
    said: list[tuple["Tensor", "Tensor"]] = field(default_factory=list)
    length: int = 0
    live: list[int] | None = None

    def told(self, layer: int, key: "Tensor", value: "Tensor") -> tuple["Tensor", "Tensor"]:
        """Add a layer's keys and values of the newest tokens; give those of all so far."""
        if not self.most:
            return key, value
        if len(self.said) == layer:
            rows, heads, _, width = key.shape
            shape = (rows, heads, self.most, width)
            self.said.append((key.new_empty(shape), value.new_empty(shape)))
        last = self.length + key.shape[2]
        keys, values = (kept[:, :, :last] for kept in self.said[layer])
        keys[:, :, self.length :], values[:, :, self.length :] = key, value
        return keys, values

    def keep(self, guesses: Sequence[int], windows: Sequence[int]) -> None:
        """Keep some rows, in a new order: of what was said, and of the windows that are live."""
        import torch

        live = self.live or range(len(self.heard[0][0]))
        self.live = [live[n] for n in windows]
        if list(guesses) != list(range(len(self.said[0][0]))):
            rows = torch.tensor(guesses, device=self.said[0][0].device)
            for layer, (key, value) in enumerate(self.said):
                self.said[layer] = (self._chosen(key, rows), self._chosen(value, rows))

    def _chosen(self, kept: "Tensor", rows: "Tensor") -> "Tensor":
        """Put rows into a new order, where they lie if there are as many."""
        told = kept[:, :, : self.length]
        if len(rows) != len(kept):
            kept = kept.new_empty(len(rows), *kept.shape[1:])
        kept[:, :, : self.length] = told[rows]
        return kept


@dataclass(frozen=True, slots=True)
class Line:
    """What was written of a window: tokens, their mean log-probability, and that of no speech."""

    tokens: tuple[int, ...]
    log_probability: float
    no_speech: float


def remembered(network: Any, windows: Iterable["Tensor"], number: int) -> Memory:
    """Encode a number of windows, mel spectra (bands, frames), and keep what the decoder asks of.

    One after the other: together they take as long, and the encoder holds more meanwhile than is
    kept of them.
    """
    count, blocks = network.dims.n_text_head, network.decoder.blocks
    kept: list[tuple[Tensor, Tensor]] = []
    for n, mel in enumerate(windows):
        features = network.encoder(mel[None])
        for layer, block in enumerate(blocks):
            key = _heads(block.cross_attn.key(features), count)
            value = _heads(block.cross_attn.value(features), count)
            if len(kept) == layer:
                room = (number, *key.shape[1:])
                kept.append((key.new_empty(room), value.new_empty(room)))
            kept[layer][0][n], kept[layer][1][n] = key[0], value[0]
    return Memory(kept)


def _heads(values: "Tensor", count: int) -> "Tensor":
    rows, length, width = values.shape
    return values.view(rows, length, count, width // count).transpose(1, 2).contiguous()


def forward(
    network: Any, tokens: "Tensor", memory: Memory, watched: Sequence[int] = ()
) -> tuple["Tensor", dict[int, "Tensor"]]:
    """Go on by some tokens, (rows, n); give the state after each, and what some layers asked.

    Rows are guesses: as many of each window, in the windows' order. What a layer asked of the
    sound is (windows, heads, guesses times n, width).
    """
    decoder, past = network.decoder, memory.length
    dtype = memory.heard[0][0].dtype
    places = decoder.positional_embedding[past : past + tokens.shape[1]]
    x = (decoder.token_embedding(tokens) + places).to(dtype)
    asked: dict[int, Tensor] = {}
    for layer, block in enumerate(decoder.blocks):
        x = x + _of_words(block.attn, block.attn_ln(x), memory, layer)
        query = _asked(block.cross_attn, block.cross_attn_ln(x), memory)
        x = x + _of_sound(block.cross_attn, query, memory, layer, x.shape)
        if layer in watched:
            asked[layer] = query
        x = x + block.mlp(block.mlp_ln(x))
    memory.length += tokens.shape[1]
    return decoder.ln(x), asked


def _of_words(attention: Any, x: "Tensor", memory: Memory, layer: int) -> "Tensor":
    """Attend to the tokens so far, these among them."""
    from torch.nn.functional import scaled_dot_product_attention

    count = attention.n_head
    query, key, value = (
        _heads(part(x), count) for part in (attention.query, attention.key, attention.value)
    )
    keys, values = memory.told(layer, key, value)
    found = scaled_dot_product_attention(query, keys, values, is_causal=not memory.length)
    return attention.out(found.transpose(1, 2).flatten(2))


def _asked(attention: Any, x: "Tensor", memory: Memory) -> "Tensor":
    """Give what all guesses of each window ask of its sound."""
    windows, count, _, width = memory.heard[0][0].shape
    windows = windows if memory.live is None else len(memory.live)
    return attention.query(x).view(windows, -1, count, width).transpose(1, 2)


def _of_sound(attention: Any, query: "Tensor", memory: Memory, layer: int, shape: Any) -> "Tensor":
    import torch
    from torch.nn.functional import scaled_dot_product_attention

    keys, values = memory.heard[layer]
    if len(query) == len(keys):
        found = scaled_dot_product_attention(query, keys, values)
    else:
        parts = [
            scaled_dot_product_attention(query[n, None], keys[row, None], values[row, None])
            for n, row in enumerate(memory.live or ())
        ]
        found = torch.cat(parts)
    return attention.out(found.transpose(1, 2).reshape(shape))


@dataclass(slots=True, eq=False)
class _Window:
    """The guesses of one window: tokens and log-probability of each, and those that ended."""

    most: int
    no_speech: float
    open: list[tuple[float, tuple[int, ...]]]
    ended: list[tuple[float, tuple[int, ...]]] = field(default_factory=list)

    def line(self) -> Line:
        """Choose the guess whose tokens are the most probable in the mean."""
        some = self.ended or self.open
        total, tokens = max(some, key=lambda guess: guess[0] / max(1, len(guess[1])))
        return Line(tokens, total / (len(tokens) + 1), self.no_speech)


def write_down(
    network: Any,
    tokenizer: Any,
    memory: Memory,
    most_tokens: Sequence[int],
    guesses: int,
    prompt: Sequence[int] = (),
) -> list[Line]:
    """Write down each window of a batch.

    Parameters
    ----------
    network : whisper.model.Whisper
    tokenizer : whisper.tokenizer.Tokenizer
        Of the language.
    memory : Memory
        Of the windows; it is used up.
    most_tokens : sequence of int
        What each window may be written in.
    guesses : int
        How many are followed at once.
    prompt : sequence of int
        Tokens the model is shown as what was written before; the same for every window.
    """
    import torch

    first = [*([tokenizer.sot_prev, *prompt] if prompt else []), *tokenizer.sot_sequence]
    room = network.dims.n_text_ctx - len(first) - 1
    memory.most = len(first) + min(room, max(most_tokens, default=0))
    device = memory.heard[0][0].device
    rows = len(most_tokens)
    state, _ = forward(network, torch.tensor([first] * rows, device=device), memory)
    silence = _logits(network, state[:, first.index(tokenizer.sot)])
    chance = silence.softmax(-1)[:, tokenizer.no_speech].tolist()
    windows = [
        _Window(min(most, room), no, [(0.0, ())])
        for most, no in zip(most_tokens, chance, strict=True)
    ]
    rules = _Rules(tokenizer, device)
    live = list(windows)
    while live:
        logits = rules.applied(_logits(network, state[:, -1]), live)
        rows_kept, going = _grown(live, logits, guesses, tokenizer.eot)
        live = [live[n] for n in going]
        if live:
            memory.keep(rows_kept, going)
            last = [[tokens[-1]] for window in live for _, tokens in window.open]
            state, _ = forward(network, torch.tensor(last, device=device), memory)
    return [window.line() for window in windows]


def _logits(network: Any, state: "Tensor") -> "Tensor":
    weight = network.decoder.token_embedding.weight.to(state.dtype)
    return (state @ weight.T).float()


def _grown(
    live: Sequence[_Window], logits: "Tensor", guesses: int, end: int
) -> tuple[list[int], list[int]]:
    """Go on with the best guesses of each window; give their rows, and the windows that go on."""
    import torch

    vocabulary = logits.shape[1]
    totals = [total for window in live for total, _ in window.open]
    odds = logits - logits.logsumexp(-1, keepdim=True)
    odds += torch.tensor(totals, device=logits.device)[:, None]
    best = odds.view(len(live), -1).topk(2 * guesses)
    rows: list[int] = []
    going: list[int] = []
    first = 0
    for n, (window, scores, places) in enumerate(
        zip(live, best.values.tolist(), best.indices.tolist(), strict=True)
    ):
        from_rows = _chosen(window, scores, places, vocabulary, guesses, end)
        if len(window.ended) < guesses and len(window.open[0][1]) < window.most:
            going.append(n)
            rows += (first + row for row in from_rows)
        first += len(logits) // len(live)
    return rows, going


def _chosen(
    window: _Window,
    scores: Sequence[float],
    places: Sequence[int],
    vocabulary: int,
    guesses: int,
    end: int,
) -> list[int]:
    """Keep the best guesses of a window that go on, and those above them that end."""
    before, window.open = window.open, []
    rows: list[int] = []
    for score, place in zip(scores, places, strict=True):
        row, token = divmod(place, vocabulary)
        if token == end and score > -math.inf:
            if len(window.ended) < guesses:
                window.ended.append((score, before[row][1]))
        elif len(rows) < guesses:
            window.open.append((score, (*before[row][1], token)))
            rows.append(row)
        if len(rows) == guesses:
            break
    return rows


class _Rules:
    """Which tokens may come next: openai-whisper's rules for time stamps and its default list."""

    def __init__(self, tokenizer: Any, device: Any) -> None:
        import torch

        special = (
            *(tokenizer.transcribe, tokenizer.translate, tokenizer.sot, tokenizer.sot_prev),
            *(tokenizer.sot_lm, tokenizer.no_speech, tokenizer.no_timestamps),
        )
        self.never = torch.tensor(sorted({*tokenizer.non_speech_tokens, *special}), device=device)
        self.marks = int(tokenizer.timestamp_begin)
        self.end = int(tokenizer.eot)
        self.latest_first = self.marks + round(_FIRST_MARK_S / _STEP_S)

    def applied(self, logits: "Tensor", live: Sequence[_Window]) -> "Tensor":
        """Rule out what may not come next, in place, a row a guess."""
        logits[:, self.never] = -math.inf
        lines = [tokens for window in live for _, tokens in window.open]
        for row, tokens in zip(logits, lines, strict=True):
            self._stamps(row, tokens)
        certain = logits[:, self.marks :].logsumexp(-1) > logits[:, : self.marks].amax(-1)
        logits[certain, : self.marks] = -math.inf
        return logits

    def _stamps(self, row: "Tensor", tokens: tuple[int, ...]) -> None:
        if not tokens:
            row[: self.marks] = -math.inf
            row[self.latest_first + 1 :] = -math.inf
            return
        now = tokens[-1] >= self.marks
        before = len(tokens) < 2 or tokens[-2] >= self.marks
        if now and before:
            row[self.marks :] = -math.inf
        elif now:
            row[: self.end] = -math.inf
        last = max((token for token in tokens if token >= self.marks), default=0)
        if last:
            row[self.marks : last + (0 if now and not before else 1)] = -math.inf
