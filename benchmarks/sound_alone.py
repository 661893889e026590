"""How far every measure moves between true words and turns and automatic ones.

``python -m benchmarks.sound_alone [--to docs/benchmarks/sound-alone.md] [--table FILE]
[--kept FOLDER]``

Each sample is analysed with its own transcript and turns, and twice more from its sound alone: with
words recognised by Whisper (once), and turns from the fused separator, then from the built-in one.
An error is the automatic value minus the true one. A measure is left *as it is* if every error lies
inside the interval that the automatic value had; where a measure has an interval only from enough
values on, only comparisons with one are used, if there are any. Any other measure is *carried*: its
interval is widened by the largest error (an estimate without an interval, from too few values,
stays without one), and a count of none whose error is known only as a share of it is not given. It
is *withheld* where half of its errors are larger than `TOO_FAR` allows, or where it counts
something that is recalled too rarely on voices nobody tuned on. The samples are synthetic voices,
and their author knows the rules that read their words: on other recordings, figures can be further
off. The two-channel sample is left out: it is one of the others again, with its turns taken from
its channels. A measure that no comparison has values of is not in the table: reports from sound
alone give it as a low-confidence estimate.

Where the development data are present, conversations spliced from real people's voices (`SPLICED`,
a minute each) are analysed too, without words, from their true turns and from both separators'
turns: they show how far errors in turns move the measures that depend on turns and sound.
"""

import argparse
import pickle
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import soundfile

from benchmarks.shared import murmurs, splicing
from benchmarks.shared.corpora import DATA, SAMPLES
from benchmarks.shared.metrics import same_voices
from benchmarks.shared.pages import said
from diarize.recording.admission import Recording, admit
from diarize.recording.audio import RATE_HZ, Audio
from diarize.recording.consent import grant
from diarize.separation.activity import Speech
from diarize.separation.table import Separation, supplied
from diarize.timeline import Turn
from diarize.transcription.alignment import assign
from diarize.transcription.hummed import off_hums
from diarize.transcription.table import Transcription, transcribe
from prosody import catalogue
from prosody.analysis import Analysis
from prosody.cues.measure import Measure
from prosody.engines import plan
from prosody.options import Asked
from prosody.pipeline import Session, analyse

STEMS = ("attentive", "hurried", "half_way")
# Voices, condition, seed: two people of one sex twice, of two sexes twice.
SPLICED = (
    (("08", "09"), "room", 901),
    (("03", "11"), "clean", 902),
    (("rl", "sb"), "telephone", 903),
    (("1688", "3080"), "noise", 904),
)
SEPARATORS = ("pyannote", "builtin")
# Units in which a movement is a share of the value; in all others it counts as it is.
RELATIVE = {
    *("s", "turns", "words", "silences", "places", "syllables"),
    *("syl/s", "words/min", "/min", "Hz"),
}
# Movements that make a figure useless, by unit: [design], no finding of a study.
TOO_FAR = {"": 0.25, "dB": 3.0, "dBFS": 3.0, "st": 2.0, "0-100": 15.0, "points": 5.0, "z": 0.5,
           "r": 0.5, "relative": 0.5}  # fmt: skip
Found = dict[tuple[str, str], Measure]  # by cue and role
# Withheld whatever the samples say: of hums of voices nobody tuned on, too few are found
# (docs/benchmarks/backchannels.md).
RECALLED_TOO_RARELY = {"turns.backchannel_rate", "turns.backchannels_in_overlap"}
# Sums and counts of a recording, no estimates: what machines mistake is all the error they have.
FACTS = {
    *("talk.time", "talk.share", "talk.silence", "talk.overlap"),
    *("turns.count", "turns.longest", "turns.silences", "turns.overlaps_to_review"),
}
BOUNDS = {"0-100": (0.0, 100.0), "r": (-1.0, 1.0)}
# Pure numbers that are no share of a whole, and may be more than 1.
RATIOS = {"listening.reflections_to_questions", "activation.rating"}
SIGNED = {"turns.response_latency", "turns.response_latency_p90", "turns.floor_transfer_offset"}


@dataclass(frozen=True, slots=True)
class Pair:
    """One measure of one person in one session, true and from sound alone."""

    session: str
    separator: str
    true: Measure
    alone: Measure

    @property
    def move(self) -> float | None:
        """The sound's value less the true one; None where either has none."""
        if self.true.value is None or self.alone.value is None:
            return None
        return self.alone.value - self.true.value

    @property
    def inside(self) -> bool:
        """Whether the true value lies in the interval heard from sound alone."""
        true, heard = self.true.value, self.alone.value
        if true is None or heard is None:
            return False
        low, high = (heard if end is None else end for end in (self.alone.low, self.alone.high))
        return low - 1e-9 <= true <= high + 1e-9


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of a measure: its comparisons, and those that one side cannot make."""

    cue: str
    unit: str
    pairs: tuple[Pair, ...]
    lost: int

    @property
    def relative(self) -> bool:
        """Whether movements are shares of the true value."""
        return self.unit in RELATIVE and self.cue not in SIGNED

    @property
    def moves(self) -> list[float]:
        """Sizes of the movements."""
        found = []
        for pair in self.pairs:
            size, value = abs(pair.move or 0.0), abs(pair.true.value or 0.0)
            if not self.relative:
                found.append(size)
            elif value or not size:
                found.append(size / value if size else 0.0)
            else:
                found.append(1.0)  # something heard where there is nothing
        return found

    @property
    def sampled(self) -> bool:
        """Whether it is an estimate, with an interval of its own from enough values on."""
        return self.cue not in FACTS

    @property
    def judged(self) -> tuple[Pair, ...]:
        """Comparisons with an interval of its own; all, where none has one."""
        own = tuple(pair for pair in self.pairs if pair.alone.low is not None)
        return own or self.pairs

    @property
    def verdict(self) -> str:
        """What happens to the measure from sound alone."""
        limit = TOO_FAR["relative" if self.relative else self.unit if self.unit in TOO_FAR else ""]
        if self.cue in RECALLED_TOO_RARELY or statistics.median(self.moves) > limit:
            return "withheld"
        return "as it is" if all(pair.inside for pair in self.judged) else "carried"


def analysed(stem: str, separator: str | None, words: list[Transcription]) -> Found:
    """Measure a sample: from its sound alone by a separator, or, without one, from its truth.

    Gives the measures as they are before they carry what this benchmark is about. What was heard
    is put into `words` and taken from there the next time, before it is known whose the words are
    and where somebody hums: that each separator says for itself.
    """
    path = SAMPLES / f"{stem}.flac"
    if separator is None:
        asked = Asked(
            transcript=path.with_suffix(".vtt"), speakers=path.with_suffix(".rttm"), language="en"
        )
    else:
        asked = Asked(separator=separator, transcriber="whisper", language="en")
    planned = plan(asked)

    def transcribe(audio: Audio, speech: Speech, separation: Separation) -> Transcription:
        if separator is None:
            return planned.transcribe(audio, speech, separation)
        if not words:
            words.append(planned.transcribe(audio, speech, replace(separation, hums=())))
        free = [replace(word, voice=None, doubtful=False) for word in words[0].words or ()]
        owned = replace(words[0], words=assign(free, separation.turns))
        return off_hums(owned, separation.hums, asked.settings.hearing.murmurs)

    done = analyse(
        admit(path),
        separate=planned.separate,
        transcribe=transcribe,
        asked=asked,
        given=planned.supplied,
    )
    return _measured(done)


def _measured(done: Session) -> Found:
    analysis = Analysis(done.heard.conversation, done.frames, done.heard.settings)
    return {(m.cue, m.role): m for m in catalogue.measure_all(analysis)}


def spliced(pair: tuple[str, str], condition: str, seed: int) -> list[Found]:
    """Give a spliced conversation's measures: from true turns, then each separator's."""
    pool = splicing.everybody(DATA)
    made = murmurs.listened(pool, pair, seconds=60, condition=condition, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spliced.wav"
        soundfile.write(path, made.sound, RATE_HZ, subtype="FLOAT")
        grant(path, by="spliced-readers", scopes=("analyse",))
        recording = admit(path)
        true = partial(_supplied, made.turns)
        ways = [true, *(partial(_named, plan(Asked(separator=name)).separate, made.turns)
                        for name in SEPARATORS)]  # fmt: skip
        asked = Asked(voices=dict(zip(pair, ("therapist", "client"), strict=True)))
        return [_turns_alone(recording, way, asked) for way in ways]


def _supplied(turns: Sequence[Turn], audio: Audio, speech: Speech) -> Separation:
    return supplied(turns, audio.duration)


def _named(
    separate: Callable[[Audio, Speech], Separation],
    true: Sequence[Turn],
    audio: Audio,
    speech: Speech,
) -> Separation:
    """Call the voices heard what the people are called that each shares most time with."""
    found = separate(audio, speech)
    same = same_voices(true, found.turns)
    turns = tuple(sorted(replace(t, voice=same.get(t.voice, t.voice)) for t in found.turns))
    return replace(found, turns=turns)


def _turns_alone(
    recording: Recording, separate: Callable[[Audio, Speech], Separation], asked: Asked
) -> Found:
    """Measure a recording without words."""
    done = analyse(
        recording,
        separate=separate,
        transcribe=lambda audio, speech, _: transcribe(audio, speech.spans, "none"),
        asked=asked,
    )
    return _measured(done)


def sample(stem: str) -> list[Found]:
    """Give a sample's measures: from its truth, then from its sound alone."""
    words: list[Transcription] = []
    return [analysed(stem, name, words) for name in (None, *SEPARATORS)]


def everything() -> dict[str, Callable[[], list[Found]]]:
    """Name every recording, with what measures it."""
    found: dict[str, Callable[[], list[Found]]] = {stem: partial(sample, stem) for stem in STEMS}
    for pair, condition, seed in SPLICED if DATA.is_dir() else ():
        found[f"{'+'.join(pair)} {condition}"] = partial(spliced, pair, condition, seed)
    return found


def compared(kept: Path) -> Iterator[Row]:
    """Analyse every recording three times and give every measure's comparisons.

    What was measured before is taken from a folder of this benchmark's own.
    """
    pairs: dict[str, list[Pair]] = {}
    for name, measured in everything().items():
        file = kept / f"{name}.pickle"
        if not file.exists():
            file.write_bytes(pickle.dumps(measured()))
            print(name, file=sys.stderr)
        true, *heard = pickle.loads(file.read_bytes())
        for separator, alone in zip(SEPARATORS, heard, strict=True):
            for key, measure in true.items():
                pairs.setdefault(key[0], []).append(Pair(name, separator, measure, alone[key]))
    for cue in catalogue.table():
        known = tuple(pair for pair in pairs[cue.name] if pair.move is not None)
        one = [p for p in pairs[cue.name] if (p.true.value is None) != (p.alone.value is None)]
        if known:
            yield Row(cue.name, cue.unit, known, len(one))


def page(rows: list[Row]) -> Iterator[str]:
    """Write the page."""
    yield "# From sound alone"
    yield ""
    yield from (__doc__ or "").splitlines()
    yield ""
    yield "| measure | unit | n | only one side has a value | median error | largest error |"\
          " inside the interval | from sound alone |"  # fmt: skip
    yield "|---|---|---|---|---|---|---|---|"
    for row in rows:
        scale, unit = (100.0, "%") if row.relative else (1.0, row.unit)
        middle, most = (_short(scale * of(row.moves)) for of in (statistics.median, max))
        inside = sum(pair.inside for pair in row.judged)
        yield (
            f"| `{row.cue}` | {row.unit or '–'} | {len(row.pairs)} | {row.lost} | {middle} {unit} "
            f"| {most} {unit} | {inside} of {len(row.judged)} | {row.verdict} |"
        )
    yield ""
    yield "Each separator alone: median error, a share of the value where the table above gives %."
    yield ""
    yield "| measure | " + " | ".join(SEPARATORS) + " |"
    yield "|---|" + "---|" * len(SEPARATORS)
    for row in rows:
        parts = [
            Row(row.cue, row.unit, tuple(p for p in row.pairs if p.separator == name), 0)
            for name in SEPARATORS
        ]
        cells = (_short(statistics.median(part.moves)) if part.pairs else "–" for part in parts)
        yield f"| `{row.cue}` | {' | '.join(cells)} |"


def _short(value: float) -> str:
    """Write a number with two digits; what only rounding made is 0."""
    if abs(value) < 1e-9:
        return "0"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.2g}"


def table(rows: list[Row]) -> Iterator[str]:
    """Write the rule file that reports follow (`prosody.cues.sound_alone`)."""
    yield "# How far a measure moves from sound alone (written by benchmarks.sound_alone --table)."
    yield "# `largest` is in the measure's unit, or a share of its value where `relative`."
    for row in rows:
        yield ""
        yield f'[moved."{row.cue}"]'
        yield f"largest = {max(row.moves):.4g}"
        yield f"n = {len(row.pairs)}"
        if row.relative:
            yield "relative = true"
        if row.sampled:
            yield "sampled = true"
        if row.verdict != "carried":
            yield f"{'withheld' if row.verdict == 'withheld' else 'as_it_is'} = true"
        least, most = _bounds(row)
        if least is not None:
            yield f"least = {least}"
        if most is not None:
            yield f"most = {most}"


def _bounds(row: Row) -> tuple[float | None, float | None]:
    if row.unit in BOUNDS:
        return BOUNDS[row.unit]
    if row.relative or row.cue in RATIOS:
        return 0.0, None
    return (0.0, 1.0) if row.unit == "" else (None, None)


def main() -> int:
    """Print the page, and write it and the rule file where asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--to", type=Path, help="write the page here as well")
    parser.add_argument("--table", type=Path, help="write the rule file here")
    parser.add_argument("--kept", type=Path, help="take what is measured there, and add to it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        kept = options.kept or Path(folder)
        kept.mkdir(parents=True, exist_ok=True)
        rows = list(compared(kept))
    said(page(rows), options.to)
    if options.table is not None:
        options.table.write_text("\n".join(table(rows)) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
