"""Conversations with exactly known turns, spliced from recordings of single voices.

The material is development data beside the project; nothing of it is kept here. Pauses of
0.2 s and more inside the material are found in the clean sound, before noise, reverberation or a
telephone band are added, so the truth does not depend on the condition.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from diarize.separation.activity import speech_probability, speech_spans
from diarize.settings import Activity
from diarize.timeline import Span, Turn, union

__all__ = [
    "CONDITIONS",
    "RATE",
    "Phrase",
    "Pool",
    "Sound",
    "Spliced",
    "conversations",
    "deck",
    "everybody",
    "phrases",
    "pink",
    "put",
    "recorded",
    "tidy",
    "voices",
]

RATE = 16_000
Sound = NDArray[np.float32]
# Written out, so that the truth stays where it is when the detector's own thresholds move.
_CUT = Activity(
    enter_probability=0.5,
    leave_probability=0.35,
    bridge_s=0.2,
    shortest_s=0.06,
    late_start_s=0.01,
    late_end_s=0.08,
)
CONDITIONS = ("clean", "noise", "room", "telephone", "even")


@dataclass(frozen=True, slots=True, eq=False)
class Spliced:
    """A made conversation: its sound, (n,) at 16 kHz, and who speaks when."""

    name: str
    condition: str
    sound: Sound
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Phrase:
    """A stretch without a pause of 0.2 s, and the length of the pause after it."""

    sound: Sound
    pause_s: float


Pool = dict[str, list[Phrase]]


def read(path: Path) -> Sound:
    """Read one voice, the first channel of a file, at `RATE`."""
    import soundfile
    import soxr

    sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return np.asarray(
        sound[:, 0] if rate == RATE else soxr.resample(sound[:, 0], rate, RATE), np.float32
    )


def voices(data: Path) -> dict[str, Pool]:
    """Give phrases per voice per collection: readers, actors, laryngograph."""
    found: dict[str, Pool] = {}
    groups = {
        "readers": sorted((data / "splice_material").glob("*.flac")),
        "actors": sorted((data / "emotion" / "emodb").glob("?????[NL]*.flac")),
        "larynx": sorted((data / "f0").glob("*.flac")),
    }
    for group, paths in groups.items():
        for path in paths:
            name = path.stem.split("-")[0] if group == "readers" else path.stem[:2]
            found.setdefault(group, {}).setdefault(name, []).extend(phrases(read(path)))
    return found


def everybody(data: Path) -> Pool:
    """Give phrases per voice, whichever collection it is of."""
    return {voice: own for some in voices(data).values() for voice, own in some.items()}


def phrases(sound: Sound) -> Iterator[Phrase]:
    """Cut one voice into stretches without a pause of 0.2 s."""
    level = float(np.sqrt(np.mean(sound**2))) + 1e-9
    sound = (sound * (0.05 / level)).astype(np.float32)
    quiet = np.zeros(RATE // 4, np.float32)
    padded = np.concatenate([quiet, sound, quiet])
    spans = speech_spans(speech_probability(padded, RATE), _CUT)
    for i, span in enumerate(spans):
        pause = spans[i + 1].start - span.end if i + 1 < len(spans) else 0.5
        cut = padded[int(span.start * RATE) : int(span.end * RATE)].copy()
        ramp = np.linspace(0, 1, 80, dtype=np.float32)
        cut[:80] *= ramp
        cut[-80:] *= ramp[::-1]
        yield Phrase(cut, min(pause, 1.0))


def conversations(
    phrases: Pool,
    pair: tuple[str, ...],
    *,
    seconds: float,
    condition: str,
    seed: int,
    deviation_s: float = 0.4,
    aside_share: float = 0.5,
    aside_gain: float = 0.7,
) -> Spliced:
    """Let the voices of `pair` take turns until `seconds` are full.

    Into `aside_share` of the turns of 2 s and more the other says something of 0.25 to 0.6 s, at
    `aside_gain` of its level; floor transfers follow a normal distribution of 0.2 s mean and
    `deviation_s`, so that a third of them overlap at 0.4 s.
    """
    rng = np.random.default_rng(seed)
    tracks = np.zeros((len(pair), int((seconds + 30) * RATE)), np.float32)
    decks = {name: deck(phrases[name], rng) for name in pair}
    turns: list[Turn] = []
    at, who = 0.8, 0
    earliest = -1.0 if len(pair) > 1 else 0.0  # nobody interrupts their own speech
    gains = 10 ** (rng.uniform(-3, 3, len(pair)) / 20)
    while at < seconds:
        length = float(np.clip(rng.lognormal(0.9, 0.8), 0.5, 15))
        start = at
        while at - start < length:
            phrase = next(decks[pair[who]])
            put(tracks[who], phrase.sound * gains[who], at)
            turns.append(Turn(Span(at, at + len(phrase.sound) / RATE), pair[who]))
            at += len(phrase.sound) / RATE
            pause = phrase.pause_s
            at += pause
        at -= pause
        if len(pair) > 1 and at - start > 2 and rng.random() < aside_share:
            other = (who + 1) % len(pair)
            bit = _bit(next(decks[pair[other]]).sound, rng)
            when = rng.uniform(start + 0.8, at - 0.5)
            put(tracks[other], bit * gains[other] * aside_gain, when)
            turns.append(Turn(Span(when, when + len(bit) / RATE), pair[other]))
        who = (who + int(rng.integers(1, len(pair)))) % len(pair) if len(pair) > 1 else who
        at = max(start + 0.3, at + float(np.clip(rng.normal(0.2, deviation_s), earliest, 2.0)))
    end = max(turn.span.end for turn in turns) + 0.8
    sound = recorded(tracks[:, : int(end * RATE)], condition, rng)
    return Spliced("+".join(pair), condition, sound, tidy(turns))


def deck(phrases: list[Phrase], rng: np.random.Generator) -> Iterator[Phrase]:
    """Deal a voice's phrases for ever, shuffled anew each time all were dealt."""
    while True:
        for i in rng.permutation(len(phrases)):
            yield phrases[i]


def _bit(sound: Sound, rng: np.random.Generator) -> Sound:
    n = min(len(sound), int(rng.uniform(0.25, 0.6) * RATE))
    window = np.ones(n, np.float32)
    edge = min(480, n // 2)
    window[:edge] = np.linspace(0, 1, edge)
    window[n - edge :] = np.linspace(1, 0, edge)
    return (sound[:n] * window).astype(np.float32)


def put(track: Sound, sound: Sound, at: float) -> None:
    """Add sound to a track from a time on, seconds; what runs past the end is lost."""
    first = int(at * RATE)
    track[first : first + len(sound)] += sound[: max(0, len(track) - first)]


def tidy(turns: list[Turn]) -> tuple[Turn, ...]:
    """Join the stretches of one voice that lie closer than 0.2 s, sorted."""
    names = sorted({turn.voice for turn in turns})
    return tuple(
        sorted(
            Turn(span, name)
            for name in names
            for span in union((t.span for t in turns if t.voice == name), join_s=0.2)
        )
    )


def recorded(tracks: Sound, condition: str, rng: np.random.Generator) -> Sound:
    """Mix the voices, (voices, n), and lay over them what a condition does to a recording."""
    from scipy.signal import butter, fftconvolve, sosfilt

    if condition == "even":
        tracks = np.stack([_evened(track) for track in tracks])
    if condition == "room":
        tracks = np.stack([fftconvolve(t, _room(rng))[: len(t)] for t in tracks])
    sound = tracks.sum(axis=0)
    snr_db = {"noise": rng.uniform(8, 18), "room": 25.0, "telephone": 25.0}.get(condition, 35.0)
    if condition == "telephone":
        sound = sosfilt(butter(6, (300, 3400), "bandpass", fs=RATE, output="sos"), sound)
    noise = pink(len(sound), rng)
    active = np.sqrt(np.mean(sound**2)) + 1e-9
    sound = sound + noise * active * 10 ** (-snr_db / 20)
    if condition == "telephone":
        peak = np.abs(sound).max() + 1e-9
        x = np.sign(sound) * np.log1p(255 * np.abs(sound) / peak) / np.log(256)
        x = np.round(x * 127) / 127
        sound = np.sign(x) * np.expm1(np.abs(x) * np.log(256)) / 255 * peak
    return np.asarray(np.clip(sound, -1, 1), np.float32)


def _evened(track: Sound) -> Sound:
    """Give every voice the same long-term spectrum, so no microphone tells them apart."""
    from scipy.signal import firwin2, lfilter, welch

    frequency, power = welch(track, RATE, nperseg=512)
    wanted = 1 / np.maximum(frequency, 100.0)
    curve = np.sqrt(wanted / (power + power.max() * 1e-5))
    # Only the broad tilt and colouring, in thirds of octaves, not the formants.
    smooth = np.convolve(np.pad(np.log(curve), 8, "edge"), np.ones(17) / 17, "valid")
    taps = firwin2(511, frequency / frequency[-1], np.exp(smooth - smooth.max()))
    out = lfilter(taps, 1.0, track)
    even = out * np.sqrt(np.mean(track**2) / (np.mean(out**2) + 1e-12))
    return np.asarray(even, np.float32)


def _room(rng: np.random.Generator) -> Sound:
    seconds = rng.uniform(0.2, 0.45)
    t = np.arange(int(seconds * RATE)) / RATE
    tail = rng.normal(0, 1, len(t)) * 10 ** (-3 * t / seconds)
    tail *= 10 ** (-rng.uniform(0, 6) / 20) / np.sqrt(np.sum(tail**2))
    tail[0] += 1.0
    return tail.astype(np.float32)


def pink(n: int, rng: np.random.Generator) -> Sound:
    """Noise with the same power in every octave, of spread 1."""
    spectrum = np.fft.rfft(rng.normal(0, 1, n))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 50 * n / RATE))
    noise = np.fft.irfft(spectrum, n)
    return np.asarray(noise / noise.std(), np.float32)
