"""The recordings and transcripts that benchmarks run on, read as the product reads them.

The samples are part of the project; the development data lie beside it, where they are, and
nothing of them is kept here.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from diarize.formats.table import read_rttm, read_transcript
from diarize.formats.text_grid import interval_tiers
from diarize.recording.audio import RATE_HZ, Audio
from diarize.timeline import Span, Turn, Word, union

__all__ = [
    "DATA",
    "PROJECT",
    "SAMPLES",
    "TEXTS",
    "TIMING",
    "VOWEL",
    "Clip",
    "Truth",
    "consultations",
    "load",
    "recordings",
    "reference",
    "sample_conversations",
    "tiers",
]

PROJECT = Path(__file__).resolve().parents[2]
SAMPLES = PROJECT / "sample_audio"
DATA = PROJECT.parent / "shared" / "data"
TIMING = DATA / "turn_timing"
TEXTS = DATA / "text"

# A vowel of ARPAbet, with its stress.
VOWEL = re.compile(
    r"^(AA|AE|AH|AO|AW|AX|AXR|AY|EH|ER|EY|IH|IX|IY|OW|OY|UH|UW|UX|EL|EM|EN)\d?$", re.IGNORECASE
)
Truth = tuple[list[Turn], list[Word]]


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A recording with its reference; only what lies in `scored` counts."""

    group: str
    name: str
    audio: Audio
    turns: tuple[Turn, ...]
    scored: Span


def load(path: Path) -> Audio:
    """Read a file at 16 kHz, (channels, n); a benchmark's files need no consent record."""
    import librosa

    sound, _ = librosa.load(path, sr=RATE_HZ, mono=False)
    source_rate_hz = round(librosa.get_samplerate(path))
    return Audio.of(np.atleast_2d(np.asarray(sound, np.float32)), source_rate_hz=source_rate_hz)


def reference(path: Path) -> tuple[Turn, ...]:
    """Read the turns of an RTTM file."""
    return read_rttm(path).turns


def tiers(path: Path) -> dict[str, list[tuple[Span, str]]]:
    """Read every tier of a TextGrid that has labels: its name, its spans and what they say."""
    raw = path.read_bytes()
    wide = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = raw.decode("utf-16" if wide else "utf-8", "replace")
    return {name: [(span, label.strip()) for span, label in rows if label.strip()]
            for name, rows in interval_tiers(text)}  # fmt: skip


def recordings() -> Iterator[Clip]:
    """Give the samples, and the development clips that have a reference of who speaks when."""
    for group, folder, ending in (("sample", SAMPLES, "flac"), ("diar", DATA / "diar", "wav")):
        for path in sorted(folder.glob(f"*.{ending}")):
            rttm, uem = path.with_suffix(".rttm"), path.with_suffix(".uem")
            if rttm.exists():
                audio = load(path)
                scored = Span(0.0, audio.duration)
                if uem.exists():
                    first, last = uem.read_text().split()[2:4]
                    scored = Span(float(first), min(float(last), audio.duration))
                yield Clip(group, path.stem, audio, reference(rttm), scored)
    both = DATA / "diar" / "overlapped.wav"
    if both.exists():
        audio = Audio.of(load(both).mono)
        yield Clip("diar", both.stem, audio, _aligned(both), Span(0.0, audio.duration))


def _aligned(path: Path) -> tuple[Turn, ...]:
    """Read who speaks when from tiers of words, pauses under 0.2 s filled."""
    turns = []
    for name, rows in tiers(path.with_suffix(".TextGrid")).items():
        said = [s for s, label in rows if label.lower() not in ("sil", "sp", "<p:>")]
        if "word" in name.lower():
            turns += [Turn(span, name) for span in union(said, join_s=0.2)]
    return tuple(sorted(turns))


def sample_conversations() -> Iterator[tuple[str, Truth]]:
    """Give the samples' turns and words as they were made, voices by role."""
    for path in sorted(SAMPLES.glob("*.json")):
        if path.name.endswith(".consent.json"):
            continue
        kept = json.loads(path.read_text("utf-8"))["turns"]
        turns = [Turn(Span(*s), turn["role"]) for turn in kept for s in turn["speech"]]
        words = [
            Word(Span(w["start_s"], w["end_s"]), w["text"], voice=turn["role"])
            for turn in kept
            for w in turn["words"]
        ]
        yield path.stem, (turns, words)


def consultations(folder: Path = TIMING) -> Iterator[tuple[str, Truth]]:
    """Give hand-timed consultations; their words are spread evenly over each utterance."""
    for doctor in sorted(folder.glob("*_doctor.TextGrid")):
        turns: list[Turn] = []
        words: list[Word] = []
        for path in (doctor, Path(str(doctor).replace("_doctor", "_patient"))):
            voice = path.stem.rsplit("_", 1)[1]
            for cue in read_transcript(path).cues:
                if cue.span is None or not cue.text:
                    continue
                turns.append(Turn(cue.span, voice))
                texts = cue.text.split()
                step = cue.span.duration / len(texts)
                words += [
                    Word(Span(cue.span.start + i * step, cue.span.start + (i + 1) * step), text,
                         voice=voice)
                    for i, text in enumerate(texts)
                ]  # fmt: skip
        yield doctor.stem, (turns, words)
