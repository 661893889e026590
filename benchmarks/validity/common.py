"""What the parts share: sound as turns of a conversation, its frames, and two statistics."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.shared.corpora import load
from diarize.conversation import Conversation, TurnKind, Utterance
from diarize.messages import message
from diarize.recording.audio import Audio
from diarize.roles import Casting, Role
from diarize.separation.activity import speech_probability, speech_spans
from diarize.timeline import Span, Word
from prosody.features import frames

RATE = 16_000
TOLD = message("casting.told")
Sound = NDArray[np.float32]
Row = dict[str, Any]


def read(path: Path) -> Sound:
    """Read the first channel at 16 kHz."""
    return np.asarray(load(path).samples[0])


def measured(samples: Sound) -> frames.Frames:
    """Measure frames of plain samples."""
    return frames.measure(Audio(samples[None], RATE, RATE, samples))


def session(
    turns: Sequence[tuple[str, Sound]], gap_s: float = 0.8, said: Sequence[int] = ()
) -> tuple[Conversation, Sound]:
    """Lay turns one after the other over a quiet background; pauses as voice activity hears them.

    The background (-80 dBFS) keeps silence from being digital. `said` is how many words of one
    syllable each turn has, in place of a transcript.
    """
    at, parts = gap_s, [np.zeros(int(gap_s * RATE), np.float32)]
    utterances: list[Utterance] = []
    for role, sound in turns:
        spans = speech_spans(speech_probability(sound, RATE)) or (Span(0, sound.size / RATE),)
        ipus = tuple(span.shifted(at) for span in spans)
        whole = Span(ipus[0].start, ipus[-1].end)
        spoken = said[len(utterances)] if said else 0
        words = (Word(whole, "so"),) * spoken
        utterances.append(
            Utterance(len(utterances), whole, role, Role(role), TurnKind.PRIMARY, ipus, words)
        )
        parts += [sound, np.zeros(int(gap_s * RATE), np.float32)]
        at += sound.size / RATE + gap_s
    loud = np.concatenate(parts)
    samples = loud + np.random.default_rng(1).normal(size=loud.size) * 1e-4
    casting = tuple(Casting(r, r, 1.0, TOLD) for r in (Role.CLIENT, Role.THERAPIST))
    seconds = samples.size / RATE
    conversation = Conversation(
        tuple(utterances), (), casting, seconds, has_words=bool(said), language="en"
    )
    return conversation, samples.astype(np.float32)


def spearman(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Rank correlation, ties averaged."""
    from scipy.stats import spearmanr

    return float(spearmanr(a, b)[0])


def auc(up: NDArray[np.float64], down: NDArray[np.float64]) -> float:
    """Share of pairs in which `up` is higher, ties half."""
    more = up[:, None] > down[None]
    return float(more.mean() + 0.5 * (up[:, None] == down[None]).mean())
