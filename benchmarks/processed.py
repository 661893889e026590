"""Gain control, limiters, gates and codecs: what they spoil, and which are found.

``python -m benchmarks.processed [--group NAME] [--to PAGE.md]``

Two recordings, the sample `hurried` and two readers in a room (spliced from development data), are
processed with filters and encoders of the `ffmpeg` program, or with functions of
`benchmarks/shared/processors.py`. Printed are the codes found for each (– where nothing was found),
and for each figure the rank correlation over turns with the untouched recording, within a speaker
and averaged over speakers, and in brackets the shift of the median in standard deviations between
turns. *Judged* counts which kinds of gain are found, *steps* gives how high the steps of codecs
stand, and *untouched* counts what is said of recordings that nobody processed.
"""

import argparse
from collections.abc import Iterator, Sequence
from functools import cache
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
from diarize.recording import quality
from diarize.recording.audio import Audio
from diarize.recording.gain import noted
from diarize.recording.shaped import stepped
from diarize.roles import Casting, Role
from diarize.separation.activity import speech_probability
from diarize.settings import Shaped
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
Named = tuple[str, Sound]


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


@cache
def readers() -> Pool:
    """Give phrases of the readers."""
    return voices(DATA)["readers"]


def measured(sound: Sound, conversation: Conversation) -> tuple[Analysis, PerTurn, list[str]]:
    """Measure sound, and say what was found of it."""
    audio, speech = Audio.of(sound), speech_probability(sound, RATE)
    found = said_of(audio, speech)
    sounds = frames.measure(audio, speech=speech)
    if sounds.band_hz <= Spectrum().telephone_hz:
        found.append("band")
    analysis = Analysis(conversation, sounds)
    return analysis, turn_table(analysis), found


def said_of(audio: Audio, speech: NDArray[np.float32]) -> list[str]:
    """Give the codes of what is said of a recording's gain, peaks and noise."""
    return [note.code.partition(".")[2] for note in quality.noted(audio, speech)]


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


def row(processor: Processor) -> str:
    """Give the line of one kind of processing."""
    found: list[str] = []
    ranks: dict[str, list[tuple[float, float]]] = {name: [] for name in FIGURES}
    for (_, sound, conversation), analysis, clean, _ in known():
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
    finite = pairs[np.isfinite(pairs[:, 0])]
    if not len(finite):
        return "–"
    rank, shift = finite.mean(axis=0)
    return f"{rank:.2f} ({shift:+.1f})"


@cache
def known() -> tuple[tuple[Case, Analysis, PerTurn, list[str]], ...]:
    """Measure the recordings as they are, once for all tables."""
    return tuple((case, *measured(case[1], case[2])) for case in cases())


def table(group: str) -> Iterator[str]:
    """Give the table of what is found and what breaks."""
    for (name, _, _), analysis, _, found in known():
        turns = ", ".join(f"{len(usable(analysis, role))} {role}" for role in ROLES)
        yield f"{name}: untouched, {turns} turns; found: {', '.join(found) or 'nothing'}\n"
    yield "| processing | found | " + " | ".join(FIGURES) + " |"
    yield "|---" * (len(FIGURES) + 2) + "|"
    for processor in PROCESSORS:
        if processor.group == group:
            yield row(processor)


def judged() -> Iterator[str]:
    """Count what is found of gain on recordings that no threshold was set with, by processor."""
    made = []
    for name, sound in _strangers():
        made.append((name, sound, speech_probability(sound, RATE)))
    yield f"{len(made)} recordings of up to 75 s: {', '.join(name for name, _, _ in made)}.\n"
    yield "| processing | found | could not be judged | called clean |"
    yield "|---|---|---|---|"
    for processor in (None, *(p for p in PROCESSORS if p.group == "gain")):
        codes = []
        for _, sound, speech in made:
            changed = sound if processor is None else processed(processor, sound)
            if changed is not None:
                codes.append({note.code for note in noted(Audio.of(changed), speech)})
        unknown = {"recording.gain_unjudged", "recording.gain_unclear"}
        spoilt = sum(bool(own - unknown) for own in codes)
        unjudged = sum(bool(own) and own <= unknown for own in codes)
        name = "untouched" if processor is None else processor.name
        yield f"| {name} | {spoilt} | {unjudged} | {len(codes) - spoilt - unjudged} |"


def _strangers() -> Iterator[Named]:
    """Give every other real recording, and further readers in each condition."""
    real = sorted([*(DATA / "diar").glob("*.wav"), *(DATA / "diar_noref").glob("*.wav")])
    for path in real[1::2]:
        sound = np.asarray(load(path).mono)[: 75 * RATE]
        if len(sound) >= 20 * RATE:
            yield path.stem, sound
    pairs = (("2609", "3080"), ("1688", "2033"))
    for k, condition in enumerate(CONDITIONS):
        made = conversations(readers(), pairs[k % 2], seconds=75, condition=condition, seed=4)
        yield f"readers, {condition}", made.sound


STEPS = ("opus 6", "opus 12", "opus 24", "speex 8", "gsm", "g723.1", "aac 32", "mp3 24")


def steps() -> Iterator[str]:
    """Give how high a codec's steps stand on recordings that no threshold was set with."""
    named = [p for name in STEPS for p in PROCESSORS if p.name == name]
    yield f"Told from {Shaped().steps_stand_out:g} on.\n"
    yield "| recording | untouched | with a buzz | " + " | ".join(p.name for p in named) + " |"
    yield "|---" * (len(named) + 3) + "|"
    for name, sound in _strangers():
        at = np.arange(len(sound)) / RATE
        buzz = sum(np.sin(2 * np.pi * 50.0 * k * at + k * k) for k in range(1, 60))
        made = [sound, np.asarray(sound + 0.002 * buzz, np.float32)]
        made += [changed for p in named if (changed := processed(p, sound)) is not None]
        yield f"| {name} | " + " | ".join(map(_steps, made)) + " |"


def _steps(sound: Sound) -> str:
    found = stepped(sound, RATE, speech_probability(sound, RATE))
    return "–" if found is None else f"{found:.1f}"


def untouched() -> Iterator[str]:
    """Count what is found on recordings nobody processed, by collection."""
    yield "| recordings | n | gain not judged | gain | pressed or cut | noise shaped |"
    yield "|---|---|---|---|---|---|"
    for name, sounds in _collections():
        codes = [set(said_of(Audio.of(sound), speech_probability(sound, RATE))) for sound in sounds]
        counts = (
            sum(bool(own & which) for own in codes)
            for which in (
                {"gain_unjudged", "gain_unclear"},
                {"gain_rides", "gain_wanders"},
                {"level_pressed", "peaks_cut"},
                {"noise_shaped"},
            )
        )
        yield f"| {name} | {len(codes)} | {' | '.join(map(str, counts))} |"


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


AFTER = """
Withheld is, under gain that moves or may have moved, whatever rests on level (where pauses are too
few to judge, it is a low-confidence estimate); where
the noise rises through pauses the harmonics-to-noise ratio, too; under a compressor also that
ratio, cepstral peak prominence and H1–H2, and under cut peaks softness besides. A codec with less
than 48 kbit/s a channel, by what the file itself says, withholds cepstral peak prominence, and
with 12 kbit/s or less the harmonics-to-noise ratio, softness and unevenness as well. Of sound
that was saved anew noise with holes in it, which MP3 up to 24 kbit/s, Vorbis, WMA and strong
noise suppression leave, withholds cepstral peak prominence; a level that changes in step with a
codec's frames, which Speex and Opus with 6 to 8 kbit/s leave, withholds what 12 kbit/s do. In a
telephone's band the harmonics-to-noise ratio and cepstral peak prominence are withheld. **Not
found**: Opus from 12 kbit/s on, AAC, GSM and AMR in a file that was saved anew as WAV (they fill
their holes with noise of their own), of which a band of 4 kHz is the only trace; gates and mild
noise suppression that leave noise beside the speech; and repeated packets. Which of these moves a
figure of a session out of its interval is in `python -m benchmarks.moved`.

Gain is judged where ten pauses hold steady noise: long ones, or, with less certainty, short ones
(0.15 s, from 0.15 s behind speech on). Thresholds (`Hearing.gain`, `Hearing.shaped`) were set on
the samples `attentive`, `half_way` and `hurried`, on every other real recording and on readers of
other seeds, with every kind of processing in view but those marked *new*; all of it was made by
the author of the code, so it shows which kinds are found, not how often recorders do such things.
The five real files called shaped are mixtures and their single voices, four seconds each, of
which it is not known how they were made."""
TITLES = {
    "gain": "Gain", "limit": "Limits", "gate": "Gates and noise suppression", "codec": "Codecs",
    "judged": "Gain on other recordings", "steps": "Codecs' steps on other recordings",
    "untouched": "Untouched recordings",
}  # fmt: skip


def page(which: Sequence[str]) -> Iterator[str]:
    """Every line of what was asked for."""
    first, _, rest = str(__doc__).partition("\n\n")
    command, _, prose = rest.partition("\n\n")
    yield f"# {first.rstrip('.')}\n\n```\n{command.strip('`')}\n```\n\n{prose.rstrip()}\n{AFTER}"
    for name in which:
        yield f"\n## {TITLES[name]}\n"
        parts = {"judged": judged, "steps": steps, "untouched": untouched}
        yield from parts[name]() if name in parts else table(name)


def main() -> None:
    """Print tables, or write them as a page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--group", choices=tuple(TITLES))
    parser.add_argument("--to", type=Path, help="a Markdown page to write")
    asked = parser.parse_args()
    said(page([asked.group] if asked.group else tuple(TITLES)), asked.to)


if __name__ == "__main__":
    main()
