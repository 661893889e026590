"""Training windows for the demonstration model: pieces of speech placed on a clock.

Conventions
-----------
Frames of mel are 10 ms, frames of the encoder 20 ms. Targets of -1 count for nothing. A window
is what ``whisper.transcribe`` would see: log mel scaled by its own peak, and 0 after its end.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diarize.recording.audio import RATE_HZ
from sample_audio.demo_speech import FRAMES_PER_S, Spoken, log_power
from sample_audio.demo_text import grammar, plain
from sample_audio.room import noise

__all__ = ["Batch", "Tokens", "Windows"]

TICKS_PER_S = 50  # the encoder's frames, and Whisper's timestamps
LETTERS = "abcdefghijklmnopqrstuvwxyz'"
_PAD_S = 0.2  # as diarize.settings.Transcribing.pad_s


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Arrays of one step: windows first.

    `mel` (b, 80, frames), `tokens` and `targets` (b, n), `low` and `high` (b, n) the encoder
    frames where the target is heard or -1, `word` and `letter` (b, ticks) what is being said.
    """

    mel: NDArray[np.float32]
    tokens: NDArray[np.int64]
    targets: NDArray[np.int64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    word: NDArray[np.int64]
    letter: NDArray[np.int64]


class Tokens:
    """Whisper's English tokens in use, as rows of a small vocabulary.

    `known` gives Whisper's number of each row; row `other` stands for all the rest.
    """

    def __init__(self, words: list[str]) -> None:
        from whisper.tokenizer import get_tokenizer

        self.whisper: Any = get_tokenizer(multilingual=False)
        kit = self.whisper
        texts = {form + mark for word in words for form in _forms(word) for mark in ("", *",.?")}
        used = {token for text in texts for token in kit.encode(f" {text}")}
        marks = [kit.sot, kit.eot, kit.no_timestamps, kit.no_speech]
        times = range(kit.timestamp_begin, kit.timestamp_begin + 1501)
        self.known = [*sorted(used), *marks, *times]
        self.row = {token: row for row, token in enumerate(self.known)}
        self.other = len(self.known)
        self.rows = len(self.known) + 1

    @cache  # noqa: B019  (one object for a whole run)
    def of(self, word: str) -> tuple[int, ...]:
        """Rows of one written word with its marks."""
        return tuple(self.row[token] for token in self.whisper.encode(f" {word}"))

    def at(self, seconds: float) -> int:
        """Row of a timestamp."""
        tick = min(1500, max(0, round(seconds * TICKS_PER_S)))
        return self.row[self.whisper.timestamp_begin + tick]


def _forms(word: str) -> tuple[str, str]:
    return word, word[0].upper() + word[1:]


@dataclass(frozen=True, slots=True, eq=False)
class _Window:
    mel: NDArray[np.float32]
    words: list[tuple[float, float, str, int]]


class Windows:
    """Makes batches from pieces."""

    def __init__(self, pieces: list[Spoken]) -> None:
        self.pieces = pieces
        self.words = {word: n for n, word in enumerate(grammar().words, 1)}
        self.letters = {letter: n for n, letter in enumerate(LETTERS, 1)}
        self.tokens = Tokens(list(self.words))
        self._noise = 10 ** log_power(noise(40 * RATE_HZ, RATE_HZ, 0.0, seed=3))

    def batch(
        self, random: np.random.Generator, longest_s: float, frames: int, *, full: bool
    ) -> Batch:
        """Make windows of up to `longest_s`, about `frames` in all; `full` pads them to 30 s."""
        each = 3000 if full else round(longest_s * FRAMES_PER_S)
        count = max(2, round(frames / each))
        made = [self._window(random, longest_s) for _ in range(count)]
        length = 3000 if full else max(len(window.mel) for window in made)
        length += length % 2
        mel = np.zeros((count, 80, length), np.float32)
        for row, window in enumerate(made):
            mel[row, :, : len(window.mel)] = window.mel.T
        stamped = random.random(count) < 0.65
        lines = [
            self._line(window, bool(stamp)) for window, stamp in zip(made, stamped, strict=True)
        ]
        width = max(len(line) for line in lines)
        sheet = np.full((count, width, 4), -1, np.int64)
        for row, line in enumerate(lines):
            sheet[row, : len(line)] = line
        tokens = np.where(
            sheet[..., 0] < 0, self.tokens.row[self.tokens.whisper.eot], sheet[..., 0]
        )
        word, letter = self._named(made, length // 2)
        return Batch(mel, tokens, sheet[..., 1], sheet[..., 2], sheet[..., 3], word, letter)

    def _window(self, random: np.random.Generator, longest_s: float) -> _Window:
        size = round(longest_s * FRAMES_PER_S)
        power = np.zeros((size, 80))
        words: list[tuple[float, float, str, int]] = []
        clock, end, voice = _PAD_S + float(random.uniform(-0.1, 0.1)), 0.0, -1
        voices = random.choice(3, 2, replace=False, p=(0.46, 0.29, 0.25)).tolist()
        gains = random.uniform(-9.0, 5.0, 2).tolist()
        while random.random() > 0.03 or not words:
            piece = self._next(random, voices, voice)
            if clock + len(piece.power) / FRAMES_PER_S > longest_s - _PAD_S:
                if words or random.random() < 0.01:
                    break
                continue
            gain = gains[voices.index(piece.voice)] + random.uniform(-1.5, 1.5)
            first = round(clock * FRAMES_PER_S)
            _add(power, piece, first, gain)
            at = first / FRAMES_PER_S
            words += [(at + a, at + b, text, len(words)) for a, b, text in piece.words]
            if random.random() < 0.12:
                self._aside(random, power, first, len(piece.power), voices, piece.voice)
            changed, voice = piece.voice != voice, piece.voice
            end = at + piece.words[-1][1]
            clock = end + _gap(random, changed)
        length = min(size, round((end + _PAD_S + float(random.uniform(-0.1, 0.3))) * FRAMES_PER_S))
        length = max(length, 60)
        power = power[:length]
        start = int(random.integers(1000))
        hiss = self._noise[start : start + len(power)] * 10 ** (random.uniform(-76.0, -58.0) / 10)
        log = np.log10(np.maximum(power + hiss, 1e-10))
        log = (np.maximum(log, log.max() - 8.0) + 4.0) / 4.0
        return _Window(log.astype(np.float32), sorted(words))

    def _next(self, random: np.random.Generator, voices: list[int], last: int) -> Spoken:
        """Draw a piece of one of the two voices, the same one again half the time."""
        want = last if last >= 0 and random.random() < 0.5 else voices[int(random.integers(2))]
        while True:
            piece = self.pieces[int(random.integers(len(self.pieces)))]
            if piece.voice == want:
                return piece

    def _aside(
        self,
        random: np.random.Generator,
        power: NDArray[np.float64],
        first: int,
        length: int,
        voices: list[int],
        speaking: int,
    ) -> None:
        """Let the other voice murmur something short and soft, which nobody writes down."""
        other = voices[1 - voices.index(speaking)]
        for _ in range(30):
            piece = self.pieces[int(random.integers(len(self.pieces)))]
            if piece.voice == other and len(piece.power) < min(90, length):
                at = first + int(random.integers(length - len(piece.power)))
                _add(power, piece, at, float(random.uniform(-24.0, -12.0)))
                return

    def _line(self, window: _Window, stamped: bool) -> list[tuple[int, int, int, int]]:
        """Give (token, target, low, high) for each place of a window's text."""
        kit = self.tokens.whisper
        row = self.tokens.row
        if not window.words:
            return [(row[kit.sot], row[kit.no_speech], -1, -1)]
        said: list[tuple[int, int, int]] = [] if stamped else [(row[kit.no_timestamps], -1, -1)]
        open_, before = True, 0.0
        for n, (start, end, text, _) in enumerate(window.words):
            start, end = max(start, before), max(end, before + 0.02)
            if stamped and open_:
                tick = round(start * TICKS_PER_S)
                said.append((self.tokens.at(start), max(0, tick - 4), tick + 4))
            rows = self.tokens.of(text)
            step = (end - start) / len(rows)
            for k, token in enumerate(rows):
                low, high = start + k * step, start + (k + 1) * step
                said.append((token, int(low * TICKS_PER_S), int(high * TICKS_PER_S)))
            open_ = text[-1] in ".?!" or n + 1 == len(window.words)
            if stamped and open_:
                tick = round(end * TICKS_PER_S)
                said.append((self.tokens.at(end), max(0, tick - 4), tick + 4))
            before = start
        tick = round(window.words[-1][1] * TICKS_PER_S)
        said.append((row[kit.eot], tick - 2, tick + 8))
        inputs = [row[kit.sot], *(token for token, _, _ in said)]
        return [(token, *target) for token, target in zip(inputs, said, strict=False)]

    def _named(
        self, made: list[_Window], ticks: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Name the word and, evenly spread over it, the letter at each frame; 0 is none."""
        word = np.zeros((len(made), ticks), np.int64)
        letter = np.zeros((len(made), ticks), np.int64)
        for row, window in enumerate(made):
            for start, end, text, _ in window.words:
                (spelt,) = plain(text)
                first, last = round(start * TICKS_PER_S), round(end * TICKS_PER_S)
                word[row, first:last] = self.words[spelt]
                places = np.arange(max(0, min(last, ticks) - first)) * len(spelt)
                for offset, place in enumerate((places // max(1, last - first)).tolist()):
                    letter[row, first + offset] = self.letters[spelt[place]]
            word[row, (len(window.mel) + 1) // 2 :] = -1
            letter[row, (len(window.mel) + 1) // 2 :] = -1
        return word, letter


def _add(power: NDArray[np.float64], piece: Spoken, first: int, gain_db: float) -> None:
    part = power[first : first + len(piece.power)]
    part += 10.0 ** (piece.power[: len(part)].astype(np.float64) + gain_db / 10)


def _gap(random: np.random.Generator, changed: bool) -> float:
    """Seconds to the next piece: mostly a pause; now and then the next comes in early."""
    if random.random() < 0.12:
        return float(random.uniform(-0.3, 0.1))
    return float(random.uniform(0.1, 1.2) if random.random() < 0.7 else random.uniform(0.5, 2.6))
