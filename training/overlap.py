"""Fit the network that marks who speaks in every frame, both at once included.

    OMP_NUM_THREADS=1 .venv/bin/python -m training.overlap --to FILE.npz [--without actors]

Conversations are spliced from readers (LibriSpeech, CC BY 4.0), actors (EmoDB, CC0) and voices
of two synthesisers, each voice played at several speeds to make further voices of it; the first
pass of the separator runs on them as it does on a recording, and the network learns the truth
from its evidence. ``--without GROUP`` holds a group of people back, to judge on them. The voices
of the sample sessions and of the other recordings are never heard here.
"""

import argparse
import subprocess
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.shared import splicing
from benchmarks.shared.corpora import DATA
from diarize.separation import activity, clustering, embedding
from diarize.separation import builtin as voices
from diarize.separation import overlap as resegment
from diarize.settings import Voices
from diarize.timeline import Span, Turn
from training import dilated

SYNTHETIC = {
    "rms": ("flite", "-voice", "rms"),
    "awb": ("flite", "-voice", "awb"),
    "kal": ("flite", "-voice", "kal16"),
    "de": ("espeak-ng", "-v", "de+m3"),
    "fr": ("espeak-ng", "-v", "fr+f2"),
    "es": ("espeak-ng", "-v", "es+m7", "-p", "30"),
    "sv": ("espeak-ng", "-v", "sv+f4", "-p", "60"),
}
TEXTS = (
    "I have been thinking about the garden, and about what we said last week.",
    "Mm hm.", "Yeah.", "Right.", "Oh, okay.", "Mm.", "I see.",
    "Nobody told me that the train would leave an hour early, so I stayed.",
    "When she came home the lights were still on, which was strange.",
    "What happened then?", "It rained all morning.", "That sounds hard.",
    "We could try to write it down, and look at it again on another day.",
    "Some people walk, some of them drive, and a few take the boat across the lake.",
    "He asked me twice whether I was sure, and twice I said that I did not know.",
    "And how was that for you?", "Maybe so.", "Well, yes and no.",
)  # fmt: skip
SPEEDS = (0.87, 0.93, 1.0, 1.07, 1.15)


@lru_cache(maxsize=1)
def pools() -> dict[str, dict[str, list[splicing.Phrase]]]:
    """Phrases per voice per group, without those that may only be used for research."""
    found = splicing.voices(DATA)
    found.pop("larynx", None)
    found["synthetic"] = {name: spoken(command) for name, command in SYNTHETIC.items()}
    return found


def spoken(command: tuple[str, ...]) -> list[splicing.Phrase]:
    """Give the phrases of a synthesised voice that says `TEXTS`."""
    import soundfile
    import soxr

    phrases: list[splicing.Phrase] = []
    with tempfile.TemporaryDirectory() as folder:
        for text in TEXTS:
            path = f"{folder}/it.wav"
            flite = command[0] == "flite"
            tail = ("-t", text, "-o", path) if flite else ("-w", path, text)
            subprocess.run([*command, *tail], check=True, capture_output=True)
            sound, rate = soundfile.read(path, dtype="float32")
            phrases += splicing.phrases(soxr.resample(sound, rate, splicing.RATE))
    return phrases


def at_speed(phrases: list[splicing.Phrase], speed: float) -> list[splicing.Phrase]:
    """Play a voice faster or slower: pitch and formants move together."""
    import soxr

    if speed == 1.0:
        return phrases
    rate = splicing.RATE
    return [splicing.Phrase(soxr.resample(p.sound, rate * speed, rate), p.pause_s) for p in phrases]


Example = tuple[NDArray[np.float16], NDArray[np.float32], NDArray[np.int8]]


def group_of(number: int) -> str:
    """Where the voices of a conversation come from."""
    return ("readers", "actors", "readers", "actors", "synthetic")[number % 5]


def example(number: int) -> Example | None:
    """Evidence and truth of one conversation; None where the first pass lost a voice."""
    rng = np.random.default_rng(31_000 + number)
    pool = pools()[group_of(number)]
    pair = tuple(str(name) for name in rng.permutation(sorted(pool))[:2])
    heard = {name: at_speed(pool[name], float(rng.choice(SPEEDS))) for name in pair}
    made = splicing.conversations(
        heard,
        pair,
        seconds=75.0,
        condition=str(rng.choice(splicing.CONDITIONS)),
        seed=70_000 + number,
        deviation_s=float(rng.choice([0.2, 0.4, 0.6])),
        aside_share=float(rng.choice([0.15, 0.3, 0.5])),
        aside_gain=float(rng.uniform(0.35, 1.0)),
    )
    sound = made.sound * np.float32(10 ** rng.uniform(-1.0, 0.3))
    spans = activity.speech_spans(chance := activity.speech_probability(sound, splicing.RATE))
    first = two_voices(sound, spans, chance)
    truth = states(made.turns, pair, len(first.labels))
    right = [np.mean(truth[first.labels == k] == 1) - np.mean(truth[first.labels == k] == 2)
             for k in (0, 1)]  # fmt: skip
    if right[0] < 0:
        truth = np.array([0, 2, 1, 3], np.int8)[truth]
    if min(right[0], -right[1]) * np.sign(right[0]) < 0.3 and abs(right[0] - right[1]) < 0.9:
        return None
    shown = resegment.evidence(resegment.listen(sound, len(first.labels)), first)
    return shown.rows(0, len(first.labels)).astype(np.float16), shown.steady, truth


def two_voices(
    sound: NDArray[np.float32], spans: tuple[Span, ...], chance: NDArray[np.float32]
) -> resegment.FirstPass:
    """Give what the second pass starts from, two voices taken for granted."""
    units = voices.frames_of(spans, len(sound) // 160 + 1)
    described = embedding.describe_speech(sound, units, Voices())
    labels, _ = clustering.decide(described, 2, Voices())
    return voices.first_pass(described, chance, labels)


def states(turns: tuple[Turn, ...], pair: tuple[str, ...], count: int) -> NDArray[np.int8]:
    """State of every frame: bit 0 where the first of the pair speaks, bit 1 where the second."""
    found = np.zeros(count, dtype=np.int8)
    for bit, name in enumerate(pair):
        spans = [turn.span for turn in turns if turn.voice == name]
        found |= np.int8(1 << bit) * _rows(spans, count)
    return found


def _rows(spans: list[Span], count: int) -> NDArray[np.int8]:
    rows = np.zeros(count, dtype=np.int8)
    for span in spans:
        rows[round(span.start / resegment.HOP_S) : round(span.end / resegment.HOP_S)] = 1
    return rows


def fit(examples: list[Example], *, width: int, epochs: int) -> dict[str, Any]:
    """Fit on pieces of conversations, the two voices swapped half of the time."""
    weights = dilated.start(resegment.COLUMNS, width, resegment.LAYERS, resegment.STATES, steady=80)
    return dilated.fit(
        weights, resegment.network, examples, _piece, epochs=epochs, batch=24, decay=2e-2
    )


def _piece(example: Example, first: int, rng: np.random.Generator) -> dilated.Arrays:
    moving, steady, truth = example
    rows, wanted = dilated.cut_out(moving, truth, first, rng)
    rows, wanted = rows.astype(np.float32), wanted.astype(np.int64)
    mask = rng.integers(0, 40), rng.integers(0, 8)
    rows[:, mask[0] : mask[0] + mask[1]] = 0.0
    steady = steady.copy()
    if rng.random() < 0.5:
        rows, steady = resegment.swapped(rows, steady)
        wanted = np.array([0, 2, 1, 3, -1])[wanted]
    return rows, steady, wanted


def main() -> None:
    """Make conversations, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--conversations", type=int, default=600)
    parser.add_argument("--without", default="", help="group of people held back")
    parser.add_argument("--width", type=int, default=48)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--to", type=Path, required=True, metavar="FILE.npz")
    given = parser.parse_args()
    pools()
    with ProcessPoolExecutor(2) as pool:
        numbers = [n for n in range(given.conversations) if group_of(n) != given.without]
        made = list(pool.map(example, numbers, chunksize=4))
    examples = [one for one in made if one is not None]
    frames = np.concatenate([e[2] for e in examples])
    print(f"{len(examples)} of {len(made)} conversations, {len(frames) * resegment.HOP_S:.0f} s, "
          f"both {np.mean(frames == 3):.3f}")  # fmt: skip
    weights = fit(examples, width=given.width, epochs=given.epochs)
    np.savez_compressed(given.to, **{k: v.numpy().astype(np.float16) for k, v in weights.items()})


if __name__ == "__main__":
    main()
