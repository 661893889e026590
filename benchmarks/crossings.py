"""Echo and crosstalk on two channels: listening counted that nobody did, and listening lost.

``python -m benchmarks.crossings [--half first|second] [--to FILE.md]``

Conversations of two readers who hum while the other speaks (hums made of their own voices, or a
recorded "uh-huh"), a channel each, are mixed: the one voice is heard on the other's channel, or
each on both, at once or as late as calls make it, through a plain path, through a small
loudspeaker, or with the tail of a room, and every channel has a noise of its own. Each mix is
judged, cleaned and separated as an analysis does it, without words. *Hums*: true ones; *found*:
those met by a turn called a backchannel of the right voice, in brackets on the same conversation
with nothing crossing; *false*: turns called a backchannel that meet no hum and no short answer of
their voice. *Overlap*: seconds called so outside any true one (0.3 s either side). *Right*: what
is said withholds figures of overlap and backchannels, or nothing false is counted and nothing
true is lost that is there with nothing crossing (two hums, or a fifth of them, may be). The
limits (`Crossings`) stood before these mixes were made, and the first half needed no other. That
what goes both ways is taken away in four passes follows from two mixes of the second half, in which
two passes had left 1 and 5 false backchannels (8 of 10 were right).
"""

import argparse
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.shared import murmurs, splicing
from benchmarks.shared.corpora import DATA, load
from benchmarks.shared.metrics import doubled, same_voices
from benchmarks.shared.pages import said
from benchmarks.shared.splicing import RATE, Sound
from diarize.conversation import Conversation, weave
from diarize.recording.audio import Audio
from diarize.separation.persons import judged
from diarize.timeline import Turn, subtract, total
from prosody.cues.measure import CROSSTALK
from prosody.engines import plan
from prosody.options import Asked

SECONDS = 75.0
_NEAR_S = 0.3


@dataclass(frozen=True, slots=True)
class Mix:
    """One mix: who talks, and what crosses, how late, how loud, through what, which way."""

    half: str
    pair: tuple[str, str]
    delay_ms: float
    db: float
    path: str = "plain"
    ways: str = "to the second"
    noise_db: float = -50.0
    hummed: str = "own"


_A, _B = ("1688", "3080"), ("2033", "2609")
_C, _D = ("rl", "sb"), ("08", "09")
MIXES: tuple[Mix, ...] = (
    Mix("first", _A, 0, -6, "room"),
    Mix("first", _B, 2, -12, "plain", "both ways"),
    Mix("first", _A, 5, -20, "room", "to the first"),
    Mix("first", _B, 8, -30, "plain", "both ways", -40),
    Mix("first", _A, 40, -18, "loudspeaker"),
    Mix("first", _B, 120, -12, "plain", hummed="recorded"),
    Mix("first", _A, 150, -24, "room", "both ways"),
    Mix("first", _B, 200, -9, "loudspeaker", "to the first", -40),
    Mix("first", _A, 260, -30, "plain"),
    Mix("first", _B, 300, -15, "room", "both ways", hummed="recorded"),
    Mix("second", _C, 0, -10, "plain", "both ways"),
    Mix("second", _D, 1, -15, "room"),
    Mix("second", _C, 4, -7, "room", "both ways", -40),
    Mix("second", _D, 6, -26, "plain", "to the first"),
    Mix("second", _C, 30, -12, "loudspeaker", "to the first"),
    Mix("second", _D, 90, -20, "room", hummed="recorded"),
    Mix("second", _C, 130, -6, "loudspeaker", "both ways", hummed="recorded"),
    Mix("second", _D, 170, -28, "plain", "both ways"),
    Mix("second", _C, 230, -16, "room", "to the first", -40),
    Mix("second", _D, 290, -22, "loudspeaker"),
)


@cache
def _pool() -> splicing.Pool:
    return splicing.everybody(DATA)


def mixed(mix: Mix, seed: int) -> tuple[Sound, Sound, tuple[Turn, ...], tuple[Turn, ...]]:
    """Give both channels with and without what crosses, who speaks when, and the hums."""
    rng = np.random.default_rng(seed)
    hummed = murmurs.hum if mix.hummed == "own" else recorded_hum
    clean, turns, hums = murmurs.apart(_pool(), mix.pair, seconds=SECONDS, seed=seed, hummed=hummed)
    noise = np.stack([splicing.pink(clean.shape[1], rng) for _ in range(2)])
    clean = (clean + 10 ** (mix.noise_db / 20) * noise).astype(np.float32)
    spoilt = clean.copy()
    for source, way in ((0, "to the second"), (1, "to the first")):
        if mix.ways in (way, "both ways"):
            spoilt[1 - source] += crossed(clean[source], mix, rng)
    return spoilt, clean, turns, hums


def crossed(sent: Sound, mix: Mix, rng: np.random.Generator) -> Sound:
    """Give a channel as it arrives on the other."""
    from scipy.signal import butter, fftconvolve, sosfilt

    out = sent.astype(np.float64)
    if mix.path == "room":
        length = rng.uniform(0.15, 0.5)
        at = np.arange(int(length * RATE)) / RATE
        tail = rng.normal(0, 1, len(at)) * 10 ** (-3 * at / length)
        tail *= 0.6 / np.sqrt(np.sum(tail**2))
        tail[0] += 1.0
        out = fftconvolve(out, tail)[: len(sent)]
    if mix.path == "loudspeaker":
        out = sosfilt(butter(2, (350, 5_000), "bandpass", fs=RATE, output="sos"), out)
    late = round(mix.delay_ms * RATE / 1000)
    out = np.concatenate([np.zeros(late), out])[: len(sent)]
    power = np.sqrt(np.mean(np.square(sent)) / (np.mean(np.square(out)) + 1e-20))
    return np.asarray(out * power * 10 ** (mix.db / 20), np.float32)


def recorded_hum(sound: Sound, rng: np.random.Generator) -> Sound:
    """Give a recorded "uh-huh" at the level of a phrase, a little faster or slower."""
    from scipy.signal import resample

    heard = load(DATA / "align" / "mfa_uhuh.flac").mono
    loud = np.flatnonzero(np.abs(heard) > 0.05 * np.abs(heard).max())
    cut = heard[loud[0] : loud[-1]][: int(0.8 * RATE)]
    cut = resample(cut, int(len(cut) * rng.uniform(0.85, 1.1)))
    level = 0.5 * np.sqrt(np.mean(sound**2))
    return np.asarray(cut * level / (np.sqrt(np.mean(cut**2)) + 1e-9), np.float32)


@dataclass(frozen=True, slots=True)
class Heard:
    """What was made of a pair of channels."""

    talk: Conversation
    turns: tuple[Turn, ...]
    codes: tuple[str, ...]
    withheld: bool
    each: bool


def heard(channels: Sound) -> Heard:
    """Judge, clean and separate two channels as an analysis does."""
    asked = Asked(people=2)
    audio, speech = judged(Audio.of(channels), asked.settings.hearing)
    apart = plan(asked).separate(audio, speech)
    talk = weave(apart.turns, None, (), audio.duration, hums=apart.hums)
    codes = tuple(n.code.partition(".")[2] for n in (*audio.notes, *apart.notes))
    withheld = any(note.code in CROSSTALK for note in audio.notes)
    return Heard(talk, apart.turns, codes, withheld, bool(apart.channel_of))


def _called(there: Heard, names: dict[str, str]) -> list[Turn]:
    """Give what is called a backchannel, with the true voices' names."""
    called = (u for u in there.talk.utterances if u.kind == "backchannel")
    return [Turn(u.span, names.get(u.voice, "")) for u in called]


def _meets(turn: Turn, others: Sequence[Turn]) -> bool:
    return any(turn.voice == o.voice and turn.span.overlap(o.span) > 0 for o in others)


def row(number: int, mix: Mix) -> tuple[str, bool]:
    """Give the line of a mix, and whether it is right."""
    spoilt, clean, turns, hums = mixed(mix, 4_000 + number)
    own = {"channel 1": mix.pair[0], "channel 2": mix.pair[1]}
    alone, found = heard(clean), heard(spoilt)
    called = _called(found, own if found.each else same_voices(turns, found.turns))
    short = [turn for turn in turns if turn.span.duration < 1.2]
    false = sum(not _meets(turn, [*hums, *short]) for turn in called)
    hit, before = (sum(_meets(h, those) for h in hums) for those in (called, _called(alone, own)))
    near = [span.widened(_NEAR_S) for span in doubled(turns)]
    extra_s = total(subtract(doubled(found.turns), near))
    lost = before - hit > max(2, 0.2 * before)
    right = found.withheld or (false == 0 and extra_s < 0.5 and not (lost and found.each))
    where = "withheld" if found.withheld else "each" if found.each else "as one"
    line = (
        f"| {mix.delay_ms:g} ms, {mix.db:g} dB, {mix.path}, {mix.ways} | {where} | {len(hums)} | "
        f"{hit} ({before}) | {false} | {extra_s:.1f} | {'yes' if right else 'NO'} | "
        f"{' '.join(found.codes)} |"
    )
    return line, right


def page(half: str | None) -> Iterator[str]:
    """Every line."""
    yield "# Echo and crosstalk: figures\n"
    yield f"```\npython -m benchmarks.crossings {shlex.join(sys.argv[1:])}\n```\n"
    yield str(__doc__).split("\n", 4)[4].rstrip()
    for which in (half,) if half else ("first", "second"):
        yield f"\n## The {which} half\n"
        yield "| what crosses | channels | hums | found | false | overlap s | right | said |"
        yield "|---" * 8 + "|"
        count = 0
        own = [(k, mix) for k, mix in enumerate(MIXES) if mix.half == which]
        for number, mix in own:
            line, right = row(number, mix)
            count += right
            yield line
        yield f"\n{count} of {len(own)} right."


def main() -> None:
    """Print the tables, and write them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--half", choices=("first", "second"))
    parser.add_argument("--to", type=Path, metavar="FILE.md")
    given = parser.parse_args()
    said(page(given.half), given.to)


if __name__ == "__main__":
    main()
