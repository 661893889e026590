"""What gain control, limiters, gates and codecs do to the figures of a voice, and which are found.

``python -m benchmarks.processed [--group gain|limit|gate|codec] [--to PAGE.md]`` processes two
recordings that thresholds were not set with, the sample `hurried` and two readers in a room
(development data beside the project), and prints for each kind of processing whether it was found,
and per figure the rank correlation over turns with the untouched recording, within a speaker and
averaged over speakers, and the shift of the median in standard deviations between turns.
``--untouched`` counts false alarms on recordings nobody processed.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.shared.corpora import DATA, SAMPLES, load, sample_conversations
from benchmarks.shared.pages import said
from benchmarks.shared.processors import PROCESSORS, RATE, Processor, Sound, processed
from benchmarks.shared.splicing import CONDITIONS, Pool, conversations, voices
from benchmarks.validity.common import spearman
from diarize.conversation import Conversation, weave
from diarize.messages import message
from diarize.recording.audio import Audio
from diarize.recording.gain import noted
from diarize.roles import Casting, Role
from diarize.separation.activity import speech_probability
from diarize.timeline import Turn
from prosody.analysis import Analysis
from prosody.cues.gates import usable
from prosody.cues.turn_table import PerTurn, turn_table
from prosody.features import frames
from prosody.settings import Spectrum

FIGURES = {
    "level": "level_db", "unevenness": "level_spread_db", "softness": "harmonic_alpha_db",
    "hnr": "hnr_db", "cpp": "cpp_db", "h1_h2": "h1_h2_db", "pitch": "pitch_st",
    "pitch range": "pitch_range_st", "syllables": "heard",
}  # fmt: skip
ROLES = ("therapist", "client")
Case = tuple[str, Sound, Conversation]


def woven(turns: Sequence[Turn], seconds: float) -> Conversation:
    """Make a conversation of known turns; the first to speak is called the therapist."""
    first = min(turns).voice
    other = next(turn.voice for turn in turns if turn.voice != first)
    told = message("casting.told")
    cast = (Casting(first, Role.THERAPIST, 1.0, told), Casting(other, Role.CLIENT, 1.0, told))
    return weave(tuple(sorted(turns)), None, cast, seconds)


def cases() -> Iterator[Case]:
    """Give the recordings that are processed, untouched, with their conversations."""
    turns = dict(sample_conversations())["hurried"][0]
    sound = load(SAMPLES / "hurried.flac").mono
    yield "hurried", np.asarray(sound), woven(turns, len(sound) / RATE)
    made = conversations(readers(), ("3080", "2033"), seconds=90, condition="room", seed=11)
    yield "readers in a room", made.sound, woven(made.turns, len(made.sound) / RATE)


def readers() -> Pool:
    """Give phrases of the readers."""
    return voices(DATA)["readers"]


def measured(sound: Sound, conversation: Conversation) -> tuple[Analysis, PerTurn, list[str]]:
    """Measure sound, and say what was found of it."""
    audio, speech = Audio.of(sound), speech_probability(sound, RATE)
    found = [note.code.partition(".")[2] for note in noted(audio, speech)]
    sounds = frames.measure(audio, speech=speech)
    if sounds.band_hz <= Spectrum().telephone_hz:
        found.append("band")
    analysis = Analysis(conversation, sounds)
    return analysis, turn_table(analysis), found


def compared(
    clean: PerTurn, spoilt: PerTurn, column: str, rows: NDArray[np.int64]
) -> tuple[float, float]:
    """Give the rank correlation over a speaker's turns, and the shift in standard deviations."""
    was, now = clean[column][rows], spoilt[column][rows]
    both = np.isfinite(was) & np.isfinite(now)
    if both.sum() < 6:
        return np.nan, np.nan
    shift = float(np.median(now[both] - was[both]) / (np.std(was[both]) + 1e-9))
    return spearman(was[both], now[both]), shift


def row(processor: Processor, known: Sequence[tuple[Case, Analysis, PerTurn]]) -> str:
    """Give the line of one kind of processing."""
    found: list[str] = []
    ranks: dict[str, list[tuple[float, float]]] = {name: [] for name in FIGURES}
    for (_, sound, conversation), analysis, clean in known:
        changed = processed(processor, sound)
        if changed is None:
            return f"| {processor.name} | cannot be made here |"
        _, spoilt, codes = measured(changed, conversation)
        found.append("+".join(codes) or "–")
        for name, column in FIGURES.items():
            ranks[name] += [
                compared(clean, spoilt, column, usable(analysis, role)) for role in ROLES
            ]
    cells = [_cell(np.array(pairs)) for pairs in ranks.values()]
    seen = "" if processor.seen else " (new)"
    return f"| {processor.name}{seen} | {', '.join(found)} | " + " | ".join(cells) + " |"


def _cell(pairs: NDArray[np.float64]) -> str:
    known = pairs[np.isfinite(pairs[:, 0])]
    if not len(known):
        return "–"
    rank, shift = known.mean(axis=0)
    return f"{rank:.2f} ({shift:+.1f})"


def table(group: str | None) -> Iterator[str]:
    """Give the table of what is found and what breaks."""
    known = []
    for case in cases():
        analysis, clean, found = measured(case[1], case[2])
        turns = ", ".join(f"{len(usable(analysis, role))} {role}" for role in ROLES)
        yield f"{case[0]}: untouched, {turns} turns; found: {', '.join(found) or 'nothing'}\n"
        known.append((case, analysis, clean))
    yield "| processing | found | " + " | ".join(FIGURES) + " |"
    yield "|---" * (len(FIGURES) + 2) + "|"
    for processor in PROCESSORS:
        if group in (None, processor.group):
            yield row(processor, known)


def untouched() -> Iterator[str]:
    """Count what is found on recordings nobody processed, by collection."""
    yield "| recordings | n | too few pauses to judge | gain | peaks cut |"
    yield "|---|---|---|---|---|"
    for name, sounds in _collections():
        codes, short = [], 0
        for sound in sounds:
            speech = speech_probability(sound, RATE)
            audio = Audio.of(sound)
            codes.append([note.code.partition(".")[2] for note in noted(audio, speech)])
            short += _too_few(audio, speech)
        gain = sum(any(code.startswith("gain") for code in own) for own in codes)
        cut = sum("peaks_cut" in own for own in codes)
        yield f"| {name} | {len(codes)} | {short} | {gain} | {cut} |"


def _too_few(audio: Audio, speech: NDArray[np.float32]) -> bool:
    from diarize.recording.gain import riding
    from diarize.settings import Gain

    return riding(audio.mono, audio.rate, speech >= Gain().speech_probability) is None


def _collections() -> Iterator[tuple[str, Iterator[Sound]]]:
    yield (
        "samples, each channel",
        (
            np.asarray(channel)
            for path in sorted(SAMPLES.glob("*.flac"))
            for channel in load(path).samples
        ),
    )
    real = sorted([*(DATA / "diar").glob("*.wav"), *(DATA / "diar_noref").glob("*.wav")])
    yield (
        "real conversations and meetings",
        (np.asarray(channel) for path in real for channel in load(path).samples),
    )
    spoken = sorted((DATA / "align").glob("*.wav"))
    yield "short readings", (np.asarray(load(path).mono) for path in spoken)
    pairs = (("1688", "2033"), ("2609", "3080"), ("2033", "2609"), ("3080", "1688"))
    for condition in CONDITIONS:
        yield (
            f"readers, {condition}",
            (
                conversations(readers(), pair, seconds=90, condition=condition, seed=seed).sound
                for seed, pair in enumerate(pairs)
            ),
        )


def main() -> None:
    """Print a table, or write it as a page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--group", choices=("gain", "limit", "gate", "codec"))
    parser.add_argument("--untouched", action="store_true")
    parser.add_argument("--to", type=Path, help="a Markdown page to write")
    asked = parser.parse_args()
    said(untouched() if asked.untouched else table(asked.group), asked.to)


if __name__ == "__main__":
    main()
