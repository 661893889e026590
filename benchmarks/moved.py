"""Gates, noise suppression and codecs: which figures of a session leave their interval, unsaid.

``python -m benchmarks.moved [--group gate|codec] [--only NAME…] [--first N] [--to PAGE.md]``

Conversations of five minutes, spliced from development data (two readers in a room and in noise,
two speakers of laryngograph recordings, two actors; of whom no threshold of `Hearing.shaped` or
`Hearing.gain` was set), are processed as in `benchmarks.processed` and saved as 16 bits, so that
nothing but the sound can tell. Every figure that rests on sound and has an interval is measured
before and after, with the same turns. *Moved*: it lies outside the interval that it had; in
brackets how many times as far from the old value as the interval's end, at the median. *Said*: the
figure is withheld, or of low confidence, for what was found of the recording. Of what moved and is
not said, every figure is named.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.processed import woven
from benchmarks.shared.corpora import DATA
from benchmarks.shared.pages import said
from benchmarks.shared.processors import PROCESSORS, RATE, Processor, Sound, processed
from benchmarks.shared.splicing import conversations, everybody
from diarize.conversation import Conversation
from diarize.recording import quality
from diarize.recording.audio import Audio
from diarize.separation.activity import speech_probability
from prosody import catalogue, spoilt
from prosody.analysis import Analysis
from prosody.cues.measure import Measure
from prosody.features import frames

SECONDS = 300.0
FAMILIES = ("voice", "warmth", "activation", "pace", "match")
# Of whom, under which condition, and what they are drawn by.
TALKS = (
    (("1688", "2609"), "room", 701),
    (("2033", "3080"), "noise", 702),
    (("rl", "sb"), "room", 703),
    (("08", "09"), "noise", 704),
)
Named = Mapping[tuple[str, str], Measure]


@dataclass(slots=True)
class Outcome:
    """What became of one kind of processing: how often a figure moved, how far, and what was said.

    `moved` and `unsaid` hold, by figure, how many times as far as its interval's end it went.
    """

    looked: int = 0
    found: list[str] = field(default_factory=list)
    moved: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    unsaid: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))


@cache
def talks() -> tuple[tuple[Sound, Conversation, Named], ...]:
    """Give the conversations as they are, with their figures."""
    found = []
    for pair, condition, seed in TALKS:
        made = conversations(everybody(DATA), pair, seconds=SECONDS, condition=condition, seed=seed)
        talk = woven(made.turns, len(made.sound) / RATE)
        found.append((made.sound, talk, measured(made.sound, talk)[0]))
    return tuple(found)


def measured(sound: Sound, talk: Conversation) -> tuple[Named, Named, list[str]]:
    """Give every figure as it is and as it is told, and the codes of what was found."""
    sound = np.asarray(np.round(np.clip(sound, -1, 1) * 32_767) / 32_768, np.float32)
    audio, speech = Audio.of(sound), speech_probability(sound, RATE)
    notes = quality.noted(audio, speech)
    analysis = Analysis(talk, frames.measure(audio, speech=speech))
    raw = [m for m in catalogue.measure_all(analysis) if m.cue.partition(".")[0] in FAMILIES]
    told = spoilt.without(raw, notes)
    by = ({(m.cue, m.role): m for m in some} for some in (raw, told))
    plain, shown = by
    return plain, shown, [note.code.partition(".")[2] for note in notes]


def outcome(processor: Processor, first: int) -> Outcome | None:
    """Process every conversation and compare; None where this machine cannot."""
    made = Outcome()
    for sound, talk, clean in talks()[:first]:
        changed = processed(processor, sound)
        if changed is None:
            return None
        raw, told, codes = measured(changed, talk)
        made.found.append("+".join(codes) or "–")
        for key, was in clean.items():
            _compare(made, was, raw.get(key), told.get(key))
    return made


def _compare(made: Outcome, was: Measure, raw: Measure | None, told: Measure | None) -> None:
    if was.value is None or was.low is None or was.high is None or was.high <= was.low:
        return
    made.looked += 1
    if raw is None or raw.value is None or was.low <= raw.value <= was.high:
        return
    end = was.high if raw.value > was.high else was.low
    far = abs(raw.value - was.value) / max(abs(end - was.value), 1e-9)
    made.moved[was.cue].append(far)
    if told is not None and told.value is not None and told.reliable:
        made.unsaid[was.cue].append(far)


def lines(group: str, first: int, only: Sequence[str] = ()) -> Iterator[str]:
    """Give the table of a group, or of those of its rows that are asked for."""
    yield "| processing | found | moved of figures | unsaid | which, and how far |"
    yield "|---" * 5 + "|"
    for processor in PROCESSORS:
        if processor.group != group or (only and processor.name not in only):
            continue
        made = outcome(processor, first)
        if made is None:
            yield f"| {processor.name} | cannot be made here |"
            continue
        new = "" if processor.seen else " (new)"
        moved, unsaid = (sum(map(len, some.values())) for some in (made.moved, made.unsaid))
        which = ", ".join(f"{cue} {len(far)} ({np.median(far):.1f})"
                          for cue, far in sorted(made.unsaid.items()))  # fmt: skip
        yield (f"| {processor.name}{new} | {', '.join(made.found)} | {moved} of {made.looked} | "
               f"{unsaid} | {which or '–'} |")  # fmt: skip


def page(groups: Sequence[str], first: int, only: Sequence[str] = ()) -> Iterator[str]:
    """Every line of what was asked for."""
    head, _, rest = str(__doc__).partition("\n\n")
    command, _, prose = rest.partition("\n\n")
    yield f"# {head.rstrip('.')}\n\n```\n{command.strip('`')}\n```\n\n{prose.rstrip()}"
    for group in groups:
        yield f"\n## {group.capitalize()}s\n"
        yield from lines(group, first, only)


def main() -> None:
    """Print the tables, or write them as a page."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--group", choices=("gate", "codec"))
    parser.add_argument("--only", nargs="+", default=(), metavar="NAME", help="these rows alone")
    parser.add_argument("--first", type=int, default=len(TALKS), help="conversations alone")
    parser.add_argument("--to", type=Path, metavar="PAGE.md")
    asked = parser.parse_args()
    groups = [asked.group] if asked.group else ("gate", "codec")
    said(page(groups, asked.first, asked.only), asked.to)


if __name__ == "__main__":
    main()
