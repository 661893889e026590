"""What the demonstration checkpoint hears: word error rate and word times.

``python -m benchmarks.demo_word_errors [CHECKPOINT]``; a folder is heard by faster-whisper

Held out: the lines of ``demo_sentences.txt`` that no training sentence shares four words in a row
with, each spoken by the samples' three voices (needs Debian's flite and espeak-ng). Samples: the
recordings in ``sample_audio``, with the words of their ground truth in the order in which they
begin. Both go through `diarize.transcription.table.transcribe` as any recording does: voice
activity, windows, decoding, and words left out that are not to be believed. Sounds without a
spelling ("mm-hm") are taught as nothing written and count on neither side. Word error rate is
wrong, missing and added words over words said, in per cent; its interval is a bootstrap over
sentences or turns (95 %, 2,000 draws). Starts: how far a rightly heard word begins from the truth,
in seconds.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from diarize.recording.audio import RATE_HZ, Audio, decode
from diarize.recording.consent import admit
from diarize.separation import activity
from diarize.timeline import Word
from diarize.transcription import table as words
from sample_audio import demo_whisper
from sample_audio.demo_speech import VOICES
from sample_audio.demo_text import grammar
from sample_audio.play import SPEAKING_DB
from sample_audio.room import level, noise, reverberate
from sample_audio.script import Manner
from sample_audio.synthesisers import missing, say
from sample_audio.word_errors import Heard, compare, said_in

HERE = Path(demo_whisper.__file__).parent
STEMS = ("attentive", "attentive_two_channel", "hurried", "half_way")


def transcribed(audio: Audio, checkpoint: Path) -> tuple[tuple[Word, ...], int]:
    """Give what is heard and how many words were left out."""
    speech = activity.speech_spans(activity.speech_probability(audio.mono, audio.rate))
    engine = "faster-whisper" if checkpoint.is_dir() else "whisper"
    found = words.transcribe(audio, speech, words.opened(engine, checkpoint, "en"))
    return found.words or (), sum(flag.words for flag in found.flags)


def held_out(voice: int, checkpoint: Path) -> tuple[Heard, int]:
    """Let one voice speak every held-out line, and hear it."""
    parts: list[NDArray[np.float64]] = [np.zeros(RATE_HZ)]
    said: list[tuple[int, Word]] = []
    at = 1.0
    for number, text in enumerate(grammar().test):
        dry = say(VOICES[voice], text, Manner("plain"), RATE_HZ)
        parts += [level(dry.samples, RATE_HZ, SPEAKING_DB), np.zeros(round(1.2 * RATE_HZ))]
        moved = (Word(w.span.shifted(at), w.text) for w in dry.words)
        said += [(number, word) for word in moved]
        at += len(dry.samples) / RATE_HZ + 1.2
    wave = reverberate(np.concatenate(parts), RATE_HZ, seed=41)
    wave = wave + noise(len(wave), RATE_HZ, -66.0, seed=42)
    audio = Audio.of(wave[None].astype(np.float32), RATE_HZ)
    heard, left_out = transcribed(audio, checkpoint)
    return compare(said, heard), left_out


def sample(stem: str, checkpoint: Path) -> tuple[Heard, int]:
    """Hear one sample recording."""
    audio = decode(admit(HERE / f"{stem}.flac"))
    heard, left_out = transcribed(audio, checkpoint)
    return compare(said_in(HERE / f"{stem}.json"), heard), left_out


def line(name: str, heard: Heard, left_out: int, seconds: float) -> str:
    """Write one row of the table."""
    errors, said = np.array(heard.errors), np.array(heard.said)
    draws = np.random.default_rng(0).integers(0, len(said), (2000, len(said)))
    rates = 100 * errors[draws].sum(1) / said[draws].sum(1)
    low, high = np.percentile(rates, [2.5, 97.5])
    starts = np.abs(heard.starts_s)
    return (
        f"| {name} | {len(said)} | {said.sum()} | {100 * errors.sum() / said.sum():.1f} "
        f"({low:.1f} to {high:.1f}) | {left_out} | {np.median(starts):.2f} | "
        f"{np.percentile(starts, 90):.2f} | {seconds:.0f} |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path, nargs="?", default=HERE / "demo_whisper.pt")
    given = parser.parse_args()
    print(
        "| speech | sentences | words | word error rate, % (95 %) | words left out | "
        "start, median s | start, 90 % s | wall s |"
    )
    print("|---|---|---|---|---|---|---|---|")
    if (lacking := missing()) is not None:
        print(f"held-out lines left out: {lacking}")
    for number, voice in enumerate(VOICES if lacking is None else ()):
        began = time.monotonic()
        heard, left_out = held_out(number, given.checkpoint)
        print(
            line(f"held out, {voice['voice']}", heard, left_out, time.monotonic() - began),
            flush=True,
        )
    for stem in STEMS:
        began = time.monotonic()
        heard, left_out = sample(stem, given.checkpoint)
        took = time.monotonic() - began
        print(line(f"sample {stem}", heard, left_out, took), flush=True)


if __name__ == "__main__":
    main()
