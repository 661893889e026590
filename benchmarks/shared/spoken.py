"""Recordings whose words are known: the samples, and development data that have texts."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.shared.corpora import DATA, SAMPLES, load, tiers
from diarize.recording.audio import RATE_HZ, Audio
from diarize.timeline import Span, Word
from sample_audio.word_errors import said_in

__all__ = ["SETS", "Spoken", "recordings"]


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """A recording and its words; `timed` where their times are known."""

    group: str
    name: str
    audio: Audio
    words: tuple[Word, ...]
    timed: bool = True


def recordings(seconds: float, only: Sequence[str] = ()) -> Iterator[Spoken]:
    """Give the sets that are here, or those named, at most so long each."""
    for name in only or SETS:
        spoken = SETS[name]()
        if spoken is not None:
            yield _first(spoken, seconds)


def _sample(name: str) -> Spoken:
    path = SAMPLES / f"{name}.flac"
    said = tuple(word for _, word in said_in(path.with_suffix(".json")))
    return Spoken("samples", name, load(path), said)


def _first(spoken: Spoken, seconds: float) -> Spoken:
    """Keep what was said whole before a time, and the sound up to the next word."""
    later = [word for word in spoken.words if word.span.end > seconds]
    if not later:
        return spoken
    end = min(word.span.start for word in later)
    words = tuple(word for word in spoken.words if word.span.end <= end)
    audio = Audio.of(spoken.audio.samples[:, : round(end * RATE_HZ)])
    return Spoken(spoken.group, spoken.name, audio, words, spoken.timed)


def _tiered(path: Path) -> Spoken | None:
    if not path.exists():
        return None
    found = tiers(path.with_suffix(".TextGrid"))
    words = [
        Word(span, label)
        for name, rows in found.items()
        if "word" in name.lower()
        for span, label in rows
        if label.lower() not in ("sil", "sp", "<p:>") and any(map(str.isalpha, label))
    ]
    return Spoken("real", path.stem, Audio.of(load(path).mono), tuple(sorted(words)))


Part = tuple[Audio, Sequence[Word]]


def _laid(name: str, timed: bool, parts: Sequence[Part]) -> Spoken | None:
    """Lay recordings one after the other, half a second to a second apart, equally loud."""
    if not parts:
        return None
    draw = np.random.default_rng(0)
    sounds, words, at = [], [], 0
    for audio, spoken in parts:
        pause = round((0.5 + 0.5 * draw.random()) * RATE_HZ)
        level = float(np.sqrt(np.mean(audio.mono**2)))
        sounds += [np.zeros(pause, np.float32), audio.mono * (0.05 / level)]
        at += pause
        words += [Word(word.span.shifted(at / RATE_HZ), word.text) for word in spoken]
        at += len(audio.mono)
    sound = np.concatenate(sounds)
    sound = sound + draw.normal(0, 1e-4, len(sound))
    return Spoken("laid", name, Audio.of(sound.astype(np.float32)), tuple(words), timed)


def _read(path: Path, text: str) -> Part:
    """Give a sentence whose words have the time of all of it."""
    audio = load(path)
    return audio, [Word(Span(0.0, audio.duration), word) for word in text.split()]


def _learners() -> list[Part]:
    table = DATA / "align" / "so762_text.tsv"
    lines = table.read_text("utf-8").splitlines()[1:] if table.exists() else []
    rows = [line.split("\t") for line in lines]
    paths = [(DATA / "align" / f"so762_{row[0]}.wav", row[4]) for row in rows]
    return [_read(path, text) for path, text in paths if path.exists()]


def _readers() -> list[Part]:
    """Give sentences two people read, in turn."""
    index = DATA / "f0" / "orthographic.index"
    lines = index.read_text("utf-8").splitlines() if index.exists() else []
    texts = [(line[:3], line[4:].strip()) for line in lines if line[:3].isdigit()]
    paths = [(DATA / "f0" / f"{who}{n}.flac", text) for n, text in texts for who in ("rl", "sb")]
    return [_read(path, text) for path, text in paths if path.exists()]


def _dialogues() -> list[Part]:
    paths = sorted((DATA / "align").glob("vap_*.wav"), key=lambda p: p.stem.split("_")[1:3])
    spoken = [_tiered(path) for path in paths]
    return [(one.audio, one.words) for one in spoken if one is not None]


def _sentences() -> list[Part]:
    """Give the sentences of another reader whose texts are here."""
    folder = DATA / "align"
    table = folder / "sb_ASR_train.csv"
    lines = table.read_text("utf-8").splitlines()[1:] if table.exists() else []
    cells = [line.split(",") for line in lines]
    return [_read(folder / f"sb_{row[0]}.wav", row[19]) for row in cells]


SETS: dict[str, Callable[[], Spoken | None]] = {
    "attentive": lambda: _sample("attentive"),
    "attentive_two_channel": lambda: _sample("attentive_two_channel"),
    "half_way": lambda: _sample("half_way"),
    "hurried": lambda: _sample("hurried"),
    "overlapped": lambda: _tiered(DATA / "diar" / "overlapped.wav"),
    "acoustic_corpus": lambda: _tiered(DATA / "align" / "acoustic_corpus.wav"),
    "learners": lambda: _laid("learners reading", False, _learners()),
    "readers": lambda: _laid("readers", False, _readers()),
    "sentences": lambda: _laid("sentences", False, _sentences()),
    "dialogues": lambda: _laid("synthetic dialogues", True, _dialogues()),
}
