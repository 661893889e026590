"""Conversations with hummed backchannels and short answers, spliced from single voices.

The development data hold hardly any "mm-hm" of a known person, and read speech holds none. A hum
is therefore made of the reader's own voice: the glottal source of a loud stretch (the residual of
linear prediction), sent through the resonances of a closed mouth (a murmur: most of it near
270 Hz, weak ones near 1,100 and 2,300 Hz), in one arch ("mm") or two ("mm-hm"), a little rising
or falling. Its pitch, voice quality and room are the reader's; its mouth is not. Short answers
are phrases the reader really said.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.shared.splicing import RATE, Phrase, Pool, Sound, deck, put, recorded, tidy
from diarize.timeline import Span, Turn

__all__ = ["Listened", "Mouth", "apart", "closed", "hum", "listened"]

_FRAME, _HOP, _ORDER = 400, 200, 18
_MURMUR = ((270.0, 70.0, 1.0), (1_100.0, 180.0, 0.06), (2_300.0, 250.0, 0.02))  # Hz, Hz, share
_HUM_DB = -6.0
Hummed = Callable[[Sound, np.random.Generator], Sound]
Mouth = Callable[[Sound], Sound]  # makes of a voice's source what it would sound like
_HUM_SHARE = 0.8
_ANSWER_SHARE = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Listened:
    """A made conversation: its sound at 16 kHz, who speaks when, the hums and the answers.

    `turns` hold all speech; `hums` are the backchannels among it and `answers` short turns of at
    most a second between two of the other's, which are none.
    """

    name: str
    condition: str
    sound: Sound
    turns: tuple[Turn, ...]
    hums: tuple[Turn, ...]
    answers: tuple[Turn, ...]


def closed(source: Sound, resonances: Sequence[tuple[float, float, float]] = _MURMUR) -> Sound:
    """Add up a closed mouth's resonances (Hz, Hz, share), and give back some of the tilt."""
    from scipy.signal import iirpeak, lfilter

    tilted = lfilter([1.0], [1.0, -0.97], source)
    found = np.zeros(len(source))
    for hz, width_hz, share in resonances:
        top, bottom = iirpeak(hz, hz / width_hz, fs=RATE)
        found += share * lfilter(top, bottom, tilted)
    return np.asarray(found, np.float32)


def hum(sound: Sound, rng: np.random.Generator, mouth: Mouth = closed) -> Sound:
    """Make an "mm" or "mm-hm" of 0.3 to 0.7 s of a voice's phrase, through a mouth."""
    from scipy.signal import resample

    double = rng.random() < 0.6
    n = int(RATE * (rng.uniform(0.45, 0.7) if double else rng.uniform(0.3, 0.5)))
    murmur = mouth(_source(_loudest(sound, n)))
    bend = rng.uniform(0.88, 1.14)
    half = n // 2
    second = resample(murmur[half:], max(int((len(murmur) - half) / bend), 160))
    murmur = np.concatenate([murmur[:half], second])
    murmur = murmur * _arches(len(murmur), double)
    level = np.sqrt(np.mean(sound**2)) * 10 ** (_HUM_DB / 20)
    return np.asarray(murmur * level / (np.sqrt(np.mean(murmur**2)) + 1e-9), np.float32)


def _loudest(sound: Sound, n: int) -> Sound:
    """Take the n samples with most energy, the sound repeated where it is shorter."""
    if len(sound) < n:
        sound = np.resize(sound, n)
    energy = np.cumsum(np.concatenate([[0.0], sound.astype(np.float64) ** 2]))
    first = int(np.argmax(energy[n:] - energy[:-n]))
    return np.asarray(sound[first : first + n], np.float32)


def _source(sound: Sound) -> Sound:
    """Take the mouth away: the residual of linear prediction, frames added with their overlap."""
    import librosa
    from scipy.signal import lfilter

    window = np.hanning(_FRAME).astype(np.float32)
    source = np.zeros(len(sound) + _FRAME, np.float32)
    padded = np.concatenate([sound, np.zeros(_FRAME, np.float32)])
    for at in range(0, len(sound), _HOP):
        frame = padded[at : at + _FRAME]
        heard = frame * window + 1e-5 * window
        weights = librosa.lpc(heard.astype(np.float64), order=_ORDER)
        source[at : at + _FRAME] += (lfilter(weights, 1.0, frame) * window).astype(np.float32)
    return source[: len(sound)]


def _arches(n: int, double: bool) -> Sound:
    at = np.linspace(0, 1, n)
    if not double:
        return np.asarray(np.sin(np.pi * at) ** 0.5, np.float32)
    dip = 0.85 * np.exp(-(((at - 0.45) / 0.06) ** 2))
    return np.asarray(np.sin(np.pi * at) ** 0.4 * (1 - dip), np.float32)


def listened(
    pool: Pool,
    pair: tuple[str, str],
    *,
    seconds: float,
    condition: str,
    seed: int,
    hummed: Hummed = hum,
    anywhere: bool = False,
) -> Listened:
    """Let two voices take turns; who listens hums, over the other's speech or in their pauses.

    `hummed` makes a hum of a phrase; over speech it lies towards a phrase's end, or `anywhere`.
    """
    made = _Making(pool, pair, seconds, np.random.default_rng(seed), hummed, anywhere)
    tracks = made.whole(seconds)
    sound = recorded(tracks, condition, made.rng)
    name = "+".join(pair)
    return Listened(name, condition, sound, tidy(made.turns), tuple(made.hums), tuple(made.answers))


def apart(
    pool: Pool, pair: tuple[str, str], *, seconds: float, seed: int, hummed: Hummed = hum
) -> tuple[Sound, tuple[Turn, ...], tuple[Turn, ...]]:
    """Give such a conversation with a channel for each voice, (2, n), its turns and its hums."""
    made = _Making(pool, pair, seconds, np.random.default_rng(seed), hummed, False)
    tracks = made.whole(seconds)
    return tracks, tidy(made.turns), tuple(made.hums)


class _Making:
    """What has been laid down so far; `who` holds the floor, `at` is where it is free, seconds."""

    def __init__(
        self,
        pool: Pool,
        pair: tuple[str, str],
        seconds: float,
        rng: np.random.Generator,
        hummed: Hummed,
        anywhere: bool,
    ) -> None:
        self.rng, self.pair, self.pool = rng, pair, pool
        self.hummed, self.anywhere = hummed, anywhere
        self.tracks = np.zeros((2, int((seconds + 30) * RATE)), np.float32)
        self.decks = [deck(pool[name], rng) for name in pair]
        self.gains = 10 ** (rng.uniform(-3, 3, 2) / 20)
        self.turns: list[Turn] = []
        self.hums: list[Turn] = []
        self.answers: list[Turn] = []
        self.at, self.who = 0.8, 0

    def whole(self, seconds: float) -> Sound:
        """Let them talk until a time, and give what each said, (2, n)."""
        while self.at < seconds:
            self.turn()
            if self.rng.random() < _ANSWER_SHARE:
                self.answer()
            else:
                self.hand_over()
        end = max(turn.span.end for turn in self.turns) + 0.8
        return self.tracks[:, : int(end * RATE)]

    def say(self, who: int, sound: Sound, at: float) -> Turn:
        put(self.tracks[who], sound * self.gains[who], at)
        turn = Turn(Span(at, at + len(sound) / RATE), self.pair[who])
        self.turns.append(turn)
        return turn

    def turn(self) -> None:
        """Say phrases for 3 to 15 s; now and then the listener hums."""
        rng, start = self.rng, self.at
        length = float(np.clip(rng.lognormal(1.8, 0.5), 3, 15))
        while self.at - start < length:
            phrase = next(self.decks[self.who])
            said = self.say(self.who, phrase.sound, self.at)
            self.at = said.span.end + max(phrase.pause_s, 0.25)
            if self.at - start < length and self.at - start > 2 and rng.random() < _HUM_SHARE:
                self.hum(said)
        self.at = said.span.end

    def hum(self, said: Turn) -> None:
        """Lay a hum over the end of a phrase, or into a pause that is made long enough for it."""
        other = 1 - self.who
        sound = self.hummed(next(self.decks[other]).sound, self.rng)
        length = len(sound) / RATE
        if self.rng.random() < 0.5 and said.span.duration > length + 0.6:
            room = said.span.duration - length if self.anywhere else 0.4
            start = said.span.end - length - self.rng.uniform(0.0, room)
        else:
            start = said.span.end + self.rng.uniform(0.05, 0.3)
            self.at = start + length + self.rng.uniform(0.05, 0.4)
        self.hums.append(self.say(other, sound, start))

    def answer(self) -> None:
        """Let the other say something short of their own, then the same voice goes on."""
        short = [p for p in self.pool[self.pair[1 - self.who]] if 0.35 <= len(p.sound) / RATE <= 1]
        if not short:
            return self.hand_over()
        phrase: Phrase = short[int(self.rng.integers(len(short)))]
        said = self.say(1 - self.who, phrase.sound, self.at + self.rng.uniform(0.1, 0.5))
        self.answers.append(said)
        self.at = said.span.end + self.rng.uniform(0.1, 0.8)
        return None

    def hand_over(self) -> None:
        self.who = 1 - self.who
        self.at += float(np.clip(self.rng.normal(0.2, 0.3), -0.5, 1.0))
