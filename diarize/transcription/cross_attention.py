"""When each word was said, from where openai-whisper's decoder looked while it wrote it.

Conventions
-----------
The decoder is given the text of several windows at once, padded at the end, and its attention to
the sound is read from the layers of its upper half: a cheapest path through the attention of text
tokens, (tokens, frames of 20 ms), gives each token its time. Times are seconds from the window's
start. The recipe is openai-whisper's own `find_alignment`; here it runs over a batch, and its path
is found row by row with whole-array operations.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diarize.timeline import Word
from diarize.transcription.decoding import Memory, forward
from diarize.transcription.transcriber import span

__all__ = [
    "UNSPACED",
    "Written",
    "cheapest_path",
    "median_of_seven",
    "word_times",
    "words_of",
]

_FRAMES_PER_S = 50
_SMOOTH = 7  # frames; openai-whisper's own
_AT_ONCE = 16  # tokens compared with the whole vocabulary
_EXCHANGES = (
    *((0, 5), (0, 3), (1, 6), (2, 4), (0, 1), (3, 5)),
    *((2, 6), (2, 3), (3, 6), (4, 5), (1, 4), (1, 3), (3, 4)),
)
UNSPACED = ("zh", "ja", "th", "lo", "my", "yue")


@dataclass(frozen=True, slots=True)
class Written:
    """What was written of a window: text tokens, and its length in seconds."""

    tokens: Sequence[int]
    duration: float


def word_times(
    network: Any, tokenizer: Any, written: Sequence[Written], memory: Memory
) -> list[list[Word]]:
    """Give the words of each window with their times and probabilities.

    Parameters
    ----------
    network : whisper.model.Whisper
        Its alignment heads say which heads are read.
    tokenizer : whisper.tokenizer.Tokenizer
        Of the language.
    written : sequence of Written
        Windows; one without text has no words.
    memory : Memory
        Of the same windows, before anything was said.
    """
    import torch

    if not any(w.tokens for w in written):
        return [[] for _ in written]
    first = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
    longest = max(len(w.tokens) for w in written)
    lines = [[*first, *w.tokens, *[tokenizer.eot] * (longest + 1 - len(w.tokens))] for w in written]
    heads = network.alignment_heads.indices().T.tolist()
    given = torch.tensor(lines, device=memory.heard[0][0].device)
    state, asked = forward(network, given, memory, tuple({layer for layer, _ in heads}))
    found = []
    for n, w in enumerate(written):
        weights = (
            _scores(asked[layer][n, head], memory.heard[layer][0][n, head]) for layer, head in heads
        )
        attention = _smoothed(weights, w, len(first))
        odds = _odds(network, state[n], w, len(first), tokenizer)
        found.append(words_of(tokenizer, w.tokens, attention, odds) if w.tokens else [])
    return found


def _scores(queries: Any, keys: Any) -> Any:
    """Compare what tokens ask with what the sound answers to: (tokens, frames)."""
    return queries.shape[-1] ** -0.5 * (queries.float() @ keys.float().transpose(-1, -2))


def _odds(
    network: Any, state: Any, written: Written, first: int, tokenizer: Any
) -> NDArray[np.float64]:
    import torch

    words = network.decoder.token_embedding.weight[: tokenizer.eot].to(state.dtype)
    before = state[first - 1 : first - 1 + len(written.tokens)]
    tokens = torch.tensor(written.tokens, dtype=torch.long, device=state.device)[:, None]
    told = [
        (some @ words.T).float().softmax(-1).gather(1, own)[:, 0]
        for some, own in zip(before.split(_AT_ONCE), tokens.split(_AT_ONCE), strict=True)
    ]
    return np.asarray(torch.cat(told).double().cpu().numpy())


def _smoothed(weights: Iterable[Any], written: Written, first: int) -> NDArray[np.float64]:
    """Normalise the heads' attention, smooth it over frames, and give their mean.

    Head by head: all at once, what is compared and sorted would be the largest thing in memory.
    """
    import torch

    frames = max(1, round(written.duration * _FRAMES_PER_S))
    last = first + len(written.tokens) + 1
    total: Any = 0.0
    count = 0
    for head in weights:
        within = head[:last, :frames].float().softmax(-1)
        std, mean = torch.std_mean(within, dim=-2, keepdim=True, unbiased=False)
        total = total + median_of_seven((within - mean) / std.clamp_min(1e-9))
        count += 1
    return np.asarray((total / count)[first - 1 : -1].double().cpu().numpy())


def median_of_seven(rows: Any) -> Any:
    """Give each value the median of the seven around it, mirrored at the ends.

    By 13 exchanges (Paeth 1990, "Median finding on a 3 x 3 grid", Graphics Gems); the values are
    those of openai-whisper's `median_filter`, which sorts.

    Parameters
    ----------
    rows : Tensor, shape (m, n)
        Rows too short to be mirrored are given back as they are.
    """
    import torch

    if rows.shape[-1] <= _SMOOTH // 2:
        return rows
    wide = torch.nn.functional.pad(rows[None], (_SMOOTH // 2, _SMOOTH // 2), mode="reflect")[0]
    near = [wide[:, k : k + rows.shape[-1]] for k in range(_SMOOTH)]
    for low, high in _EXCHANGES:
        near[low], near[high] = (
            torch.minimum(near[low], near[high]),
            torch.maximum(near[low], near[high]),
        )
    return near[_SMOOTH // 2]


def cheapest_path(cost: NDArray[np.float64]) -> NDArray[np.intp]:
    """Give the frame at which each row of a matrix is entered by the cheapest way through it.

    A way goes from the first row and column to the last, never back, one step at a time; each row
    is a running minimum, so that no element is looked at on its own.

    Parameters
    ----------
    cost : ndarray, shape (rows, frames)
        Finite.

    Returns
    -------
    ndarray of int, shape (rows,)

    Examples
    --------
    >>> cheapest_path(np.array([[0., 0., 9., 9.], [9., 9., 0., 0.]])).tolist()
    [0, 2]
    """
    rows, frames = cost.shape
    total = np.full((rows + 1, frames + 1), np.inf)
    total[0, 0] = 0.0
    for i in range(1, rows + 1):
        along = np.concatenate(([0.0], np.cumsum(cost[i - 1])))
        reached = np.minimum(total[i - 1, :-1], total[i - 1, 1:])
        total[i, 1:] = along[1:] + np.minimum.accumulate(reached - along[:-1])
    entered = np.zeros(rows, dtype=np.intp)
    i, j = rows, frames
    while i > 0:
        entered[i - 1] = j - 1
        across, down, back = total[i - 1, j - 1], total[i - 1, j], total[i, j - 1]
        if across < down and across < back:
            i, j = i - 1, j - 1
        elif down < back or j == 1:
            i -= 1
        else:
            j -= 1
    return entered


def words_of(
    tokenizer: Any,
    tokens: Sequence[int],
    attention: NDArray[np.float64],
    odds: NDArray[np.float64],
) -> list[Word]:
    """Join tokens to words; a piece that no space parts from the one before belongs to it."""
    texts, pieces = tokenizer.split_to_word_tokens([*tokens, tokenizer.eot])
    times = cheapest_path(-attention) / _FRAMES_PER_S
    spaced = tokenizer.language not in UNSPACED
    made: list[tuple[str, int, int]] = []  # text, its first token, the one after its last
    at = 0
    for text, piece in zip(texts[:-1], pieces[:-1], strict=True):
        joined = made and not text.startswith(" ") and (spaced or not _spoken(text))
        opens = made and not _spoken(made[-1][0])  # a bracket or a quotation mark by itself
        if joined or opens:
            before, first, _ = made.pop()
            made.append((before + text, first, at + len(piece)))
        else:
            made.append((text, at, at + len(piece)))
        at += len(piece)
    return [
        Word(span(times[first], times[last]), text.strip(), float(odds[first:last].mean()))
        for text, first, last in made
        if _spoken(text)
    ]


def _spoken(text: str) -> bool:
    return any(letter.isalnum() for letter in text)
