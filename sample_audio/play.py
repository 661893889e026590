"""Put a script on the clock: every turn spoken, placed and coloured.

The result holds the dry, levelled voice of each role on the session's clock and the truth about
it. A turn begins `after` seconds from where the last turn's sound ends, or where that turn was
marked to be broken into; a backchannel begins where its mark stands.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from diarize.timeline import Span, Word, union
from sample_audio.room import level, soften
from sample_audio.script import Line, Manner, Piece, Script
from sample_audio.synthesisers import Dry, say

__all__ = ["Played", "Session", "play"]

LEAD_S, TRAIL_S = 1.2, 1.5
SPEAKING_DB = -24.0
_OTHER = {"therapist": "client", "client": "therapist"}


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """One turn or backchannel as it was placed; times in seconds of the session."""

    role: str
    kind: str
    kinds: tuple[str, ...]
    manner: Manner
    words: tuple[Word, ...]
    speech: tuple[Span, ...]
    samples: NDArray[np.float64]
    start: float
    broken_into: bool = False

    @property
    def span(self) -> Span:
        """From first to last sound."""
        return Span(self.speech[0].start, self.speech[-1].end)

    @property
    def text(self) -> str:
        """As spoken."""
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """Turns sorted by start, and their length in samples."""

    script: Script
    turns: tuple[Played, ...]
    length: int

    def voice(self, role: str) -> NDArray[np.float64]:
        """All that a role says, dry, on the session's clock."""
        track = np.zeros(self.length)
        for turn in self.turns:
            if turn.role == role:
                first = round(turn.start * self.script.rate_hz)
                track[first : first + len(turn.samples)] += turn.samples
        return track


def play(script: Script) -> Session:
    """Speak a script from its first line to its last."""
    played: list[Played] = []
    floor, entry = LEAD_S, None
    for number, line in enumerate(script.lines):
        manner = _vary(line.manner, script.seed, number)
        start = floor + line.after if entry is None else entry
        turn, entry, asides = _turn(script, line, manner, start if played else LEAD_S)
        played.append(turn)
        for place, (text, when) in enumerate(asides):
            varied = _vary(line.aside_manner, script.seed, 10_000 + 100 * number + place)
            played.append(_aside(script, _OTHER[line.role], text, when, varied))
        floor = turn.span.end
    end = max(turn.span.end for turn in played) + TRAIL_S
    turns = tuple(sorted(played, key=lambda turn: (turn.span, turn.role)))
    return Session(script, turns, round(end * script.rate_hz))


def _vary(manner: Manner, seed: int, number: int) -> Manner:
    """Nobody says two sentences in exactly the same manner: small seeded differences."""
    random = np.random.default_rng([seed, 3, number])
    by = np.clip(random.standard_normal(5), -2.0, 2.0).tolist()
    return replace(
        manner,
        rate=round(manner.rate * (1 + 0.025 * by[0]), 3),
        pitch_st=round(manner.pitch_st + 0.35 * by[1], 2),
        range=round(manner.range * (1 + 0.1 * by[2]), 2),
        level_db=round(manner.level_db + 0.8 * by[3], 2),
        soft_db=round(manner.soft_db + 0.25 * by[4], 2),
    )


def _turn(
    script: Script, line: Line, manner: Manner, start: float
) -> tuple[Played, float | None, list[tuple[str, float]]]:
    """Speak one line from `start`; also when the next comes in, and when asides fall."""
    clock, entry = start, None
    waves: list[tuple[float, NDArray[np.float64]]] = []
    words: list[Word] = []
    speech: list[Span] = []
    asides: list[tuple[str, float]] = []
    for piece in line.pieces:
        clock += piece.pause_s
        dry = say(script.voices[line.role], piece.text, manner, script.rate_hz)
        dry = _heard(dry, piece, script.rate_hz)
        waves.append((clock - start, dry.samples))
        words += [replace(word, span=word.span.shifted(clock)) for word in dry.words]
        speech += [span.shifted(clock) for span in dry.speech]
        moments = [clock, *(clock + word.span.end for word in dry.words)]
        asides += [(aside.text, moments[aside.after_words] + 0.03) for aside in piece.asides]
        if piece.next_from is not None:
            entry = moments[piece.next_from]
        clock += len(dry.samples) / script.rate_hz
    wave = np.zeros(round((clock - start) * script.rate_hz) + 1)
    for at, samples in waves:
        first = round(at * script.rate_hz)
        wave[first : first + len(samples)] += samples[: len(wave) - first]
    turn = Played(
        role=line.role,
        kind="primary",
        kinds=line.kinds,
        manner=manner,
        words=tuple(words),
        speech=union(speech, join_s=0.2),
        samples=_colour(wave, script.rate_hz, manner, script.voices[line.role]),
        start=start,
        broken_into=entry is not None,
    )
    return turn, entry, asides


def _heard(dry: Dry, piece: Piece, rate_hz: int) -> Dry:
    """Cut a piece off where its speaker falls silent: after a word, with a fade of 20 ms."""
    if piece.heard is None:
        return dry
    last = dry.words[piece.heard - 1].span.end
    samples = dry.samples[: round(last * rate_hz)].copy()
    fade = round(0.02 * rate_hz)
    samples[-fade:] *= np.linspace(1.0, 0.0, fade)
    words = list(dry.words[: piece.heard])
    words[-1] = replace(words[-1], text=words[-1].text.rstrip(",.") + "\N{EM DASH}")
    speech = tuple(common for span in dry.speech if (common := span & Span(0.0, last)))
    return Dry(samples, speech, tuple(words))


def _aside(script: Script, role: str, text: str, when: float, manner: Manner) -> Played:
    voice = script.voices[role]
    dry = say(voice, text, manner, script.rate_hz)
    return Played(
        role=role,
        kind="backchannel",
        kinds=("backchannel",) if role == "therapist" else (),
        manner=manner,
        words=tuple(replace(word, span=word.span.shifted(when)) for word in dry.words),
        speech=tuple(span.shifted(when) for span in dry.speech),
        samples=_colour(dry.samples, script.rate_hz, manner, voice),
        start=when,
    )


def _colour(
    wave: NDArray[np.float64], rate_hz: int, manner: Manner, voice: dict[str, float]
) -> NDArray[np.float64]:
    tilted = soften(wave, rate_hz, manner.soft_db + voice.get("soft_db", 0.0))
    return level(tilted, rate_hz, SPEAKING_DB + voice.get("level_db", 0.0) + manner.level_db)
