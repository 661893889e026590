"""Train a small Whisper-architecture checkpoint on generated voices.

``python -m sample_audio.demo_whisper speak WORK`` lets the samples' three synthetic voices speak
generated sentences; ``train WORK`` trains on them, goes on where it was cut off, and writes
``WORK/demo_whisper.pt``, which ``whisper.load_model`` opens. It knows the words of
``demo_text.py`` in these voices and nothing else: a demonstration that the real decoder runs,
not a model for real sessions. Needs Debian's flite and espeak-ng for ``speak`` alone.

How it is taught
----------------
Windows are made by adding up mel power of pieces, as a microphone would, with random levels,
gaps, overlaps and noise; first of a few seconds, then as long as ``diarize.transcription.table``
cuts them.
Beside the usual loss on text tokens and timestamps there are two aids that are thrown away
afterwards: the encoder names the word and the letter at each frame, and the last decoder layer
is shown where each word lies (guided attention, Tachibana et al. 2018, here with known times).
The vocabulary is cut to the tokens in use; one more row stands for all others together, weighed
by their number, and is what all of them get in the checkpoint.
"""

import argparse
import math
import queue
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sample_audio import demo_speech
from sample_audio.demo_windows import Batch, Tokens, Windows

__all__ = ["DIMENSIONS", "export", "train"]

# What sample_audio/demo_whisper.pt has; what it is worth: docs/notes/demo-whisper.md.
DIMENSIONS = {
    "n_mels": 80,
    "n_audio_ctx": 1500,
    "n_audio_state": 192,
    "n_audio_head": 3,
    "n_audio_layer": 4,
    "n_vocab": 51864,  # English alone
    "n_text_ctx": 448,
    "n_text_state": 192,
    "n_text_head": 6,
    "n_text_layer": 2,
}


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how fast; seconds are those of a window, frames those of a batch.

    `rates` are shares of the full rate at steps, straight lines between; windows are long from
    `long_from` to `long_to`, short otherwise, and padded to 30 s now and then after that.
    """

    pieces: int = 14_000
    steps: int = 4_100
    long_from: int = 1_900
    long_to: int = 2_600
    short_s: float = 6.0
    long_s: float = 28.0
    frames: int = 9_600
    rate: float = 1.6e-3
    rates: tuple[tuple[int, float], ...] = (
        (0, 0.0), (250, 1.0), (1_000, 0.87), (1_900, 0.46), (2_600, 0.29),
        (3_000, 0.14), (3_400, 0.0), (3_440, 0.32), (3_600, 0.27), (4_100, 0.0),
    )  # fmt: skip
    attention: float = 0.3
    naming: float = 1.0
    seed: int = 7


def _network(rows: int) -> Any:
    """Give a network with `rows` of vocabulary, freshly drawn."""
    from whisper.model import ModelDimensions, Whisper

    network = Whisper(ModelDimensions(**{**DIMENSIONS, "n_vocab": rows}))
    nn.init.normal_(network.decoder.token_embedding.weight, std=0.05)
    nn.init.normal_(network.decoder.positional_embedding, std=0.02)
    return network


class Learner(nn.Module):  # type: ignore[misc]
    """The network and the aids it learns with."""

    def __init__(self, tokens: Tokens, words: int, letters: int) -> None:
        super().__init__()
        self.network = _network(tokens.rows)
        width = DIMENSIONS["n_audio_state"]
        self.word, self.letter = nn.Linear(width, words), nn.Linear(width, letters)
        others = torch.zeros(tokens.rows)
        others[tokens.other] = math.log(DIMENSIONS["n_vocab"] - tokens.rows + 1)
        self.register_buffer("others", others)

    def encode(self, mel: Tensor) -> Tensor:
        """As Whisper's encoder, of any length up to 30 s."""
        encoder = self.network.encoder
        x = F.gelu(encoder.conv2(F.gelu(encoder.conv1(mel)))).permute(0, 2, 1)
        x = (x + encoder.positional_embedding[: x.shape[1]]).to(x.dtype)
        for block in encoder.blocks:
            x = block(x)
        return encoder.ln_post(x)

    def decode(self, tokens: Tensor, heard: Tensor) -> tuple[Tensor, Tensor]:
        """As Whisper's decoder; also the cross-attention of the last layer, (b, head, n, t)."""
        decoder = self.network.decoder
        x = decoder.token_embedding(tokens) + decoder.positional_embedding[: tokens.shape[1]]
        x = x.to(heard.dtype)
        for block in decoder.blocks[:-1]:
            x = block(x, heard, mask=decoder.mask)
        block = decoder.blocks[-1]
        x = x + block.attn(block.attn_ln(x), mask=decoder.mask)[0]
        seen, weights = _attend(block.cross_attn, block.cross_attn_ln(x), heard)
        x = x + seen
        x = decoder.ln(x + block.mlp(block.mlp_ln(x)))
        return (x @ decoder.token_embedding.weight.to(x.dtype).T).float() + self.others, weights


def _attend(layer: Any, x: Tensor, heard: Tensor) -> tuple[Tensor, Tensor]:
    """Cross-attention with its weights, in full precision for their loss."""
    parts = (layer.query(x), layer.key(heard), layer.value(heard))
    q, k, v = (part.unflatten(2, (layer.n_head, -1)).transpose(1, 2) for part in parts)
    scores = (q / math.sqrt(q.shape[-1])) @ k.transpose(-1, -2)
    weights = scores.float().softmax(dim=-1)
    return layer.out((weights.to(q.dtype) @ v).transpose(1, 2).flatten(2)), weights


def _losses(learner: Learner, batch: Batch) -> dict[str, Tensor]:
    heard = learner.encode(torch.from_numpy(batch.mel).bfloat16())
    logits, weights = learner.decode(torch.from_numpy(batch.tokens), heard)
    targets = torch.from_numpy(batch.targets)
    frames = torch.arange(weights.shape[-1])
    low, high = (torch.from_numpy(side)[..., None] for side in (batch.low, batch.high))
    there = ((frames >= low) & (frames <= high))[:, None]
    mass = (weights * there).sum(-1)
    guided = torch.from_numpy(batch.low >= 0)[:, None].expand_as(mass)
    count = heard.shape[1]
    named = {
        name: F.cross_entropy(
            layer(heard.float()).flatten(0, 1),
            torch.from_numpy(label[:, :count]).flatten(),
            ignore_index=-1,
        )
        for name, layer, label in (
            ("word", learner.word, batch.word),
            ("letter", learner.letter, batch.letter),
        )
    }
    text = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-1)
    return {"text": text, "attention": -(mass[guided] + 1e-4).log().mean(), **named}


def _lengths(plan: Plan, step: int) -> tuple[float, bool]:
    """Longest window of a step, in seconds, and whether it is padded to 30 s."""
    random = np.random.default_rng([plan.seed, 5, step])
    if plan.long_from <= step < plan.long_to:
        longest = plan.long_s if random.random() < 0.6 else float(random.uniform(3.0, plan.long_s))
        return longest, False
    longest = plan.short_s * float(random.uniform(0.5, 1.5))
    return longest, step >= plan.long_to and random.random() < 0.2


def _batches(windows: Windows, plan: Plan, first: int) -> Any:
    """Compose batches beside the training, a few ahead."""
    ready: queue.Queue[Batch] = queue.Queue(4)

    def compose() -> None:
        for step in range(first, plan.steps):
            longest, full = _lengths(plan, step)
            random = np.random.default_rng([plan.seed, 6, step])
            frames = 2 * plan.frames if full else plan.frames
            ready.put(windows.batch(random, longest, frames, full=full))

    threading.Thread(target=compose, daemon=True).start()
    for _ in range(first, plan.steps):
        yield ready.get()


def train(work: Path, plan: Plan) -> Path:
    """Train, or go on training, and write the checkpoint.

    Parameters
    ----------
    work : Path
        Folder with ``speech.npz``; the state of training is kept there too.
    plan : Plan
        Steps, rates and seeds.
    """
    torch.manual_seed(plan.seed)
    windows = Windows(demo_speech.load(work / "speech.npz"))
    learner = Learner(windows.tokens, len(windows.words) + 1, len(windows.letters) + 1)
    optimiser = torch.optim.AdamW(
        learner.parameters(), lr=plan.rate, betas=(0.9, 0.98), weight_decay=0.01
    )
    done, state = 0, work / "state.pt"
    if state.exists():
        kept = torch.load(state, weights_only=True)
        learner.load_state_dict(kept["learner"])
        optimiser.load_state_dict(kept["optimiser"])
        done = kept["step"]
    began = time.monotonic()
    for step, batch in enumerate(_batches(windows, plan, done), done):
        for group in optimiser.param_groups:
            share = float(np.interp(step, *np.transpose(plan.rates)))
            group["lr"] = plan.rate * max(0.01, share)
        losses = _losses(learner, batch)
        total = losses["text"] + plan.attention * losses["attention"]
        total = total + plan.naming * (losses["word"] + 0.5 * losses["letter"]) / 2
        optimiser.zero_grad(set_to_none=True)
        total.backward()
        nn.utils.clip_grad_norm_(learner.parameters(), 1.0)
        optimiser.step()
        if step % 20 == 0 or step + 1 == plan.steps:
            told = " ".join(f"{name} {value.item():.3f}" for name, value in losses.items())
            print(f"{step} {told} {time.monotonic() - began:.0f} s", flush=True)
        if step % 200 == 199 or step + 1 == plan.steps:
            kept = {"learner": learner.state_dict(), "optimiser": optimiser.state_dict()}
            torch.save({**kept, "step": step + 1}, state.with_suffix(".new"))
            state.with_suffix(".new").replace(state)
            export(learner, windows.tokens, work / "demo_whisper.pt")
    return work / "demo_whisper.pt"


def export(learner: Learner, tokens: Tokens, path: Path) -> None:
    """Write the network alone, half-precision, with Whisper's whole English vocabulary."""
    state = dict(learner.network.state_dict())
    rows = state["decoder.token_embedding.weight"]
    whole = rows[tokens.other].repeat(DIMENSIONS["n_vocab"], 1)
    whole[torch.tensor(tokens.known)] = rows[: len(tokens.known)]
    state["decoder.token_embedding.weight"] = whole
    half = {name: value.half().contiguous() for name, value in state.items()}
    torch.save({"dims": DIMENSIONS, "model_state_dict": half}, path)


def main(arguments: list[str] | None = None) -> int:
    """Speak or train."""
    parser = argparse.ArgumentParser(prog="python -m sample_audio.demo_whisper")
    parser.add_argument("what", choices=("speak", "train"))
    parser.add_argument("work", type=Path)
    options = parser.parse_args(arguments)
    options.work.mkdir(parents=True, exist_ok=True)
    plan = Plan()
    if options.what == "speak":
        pieces = demo_speech.speak_all(plan.pieces, 1)
        demo_speech.save(options.work / "speech.npz", pieces)
    else:
        print(train(options.work, plan))
    return 0


if __name__ == "__main__":
    sys.exit(main())
