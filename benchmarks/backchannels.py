"""Backchannels from sound alone: how many are found, and how many of those called so are ones.

``python -m benchmarks.backchannels [--separator NAME] [--only SET] [--to FILE.md]``

Each recording is analysed with the default engines, told that there are two people and given no
transcript; where its channels are found to be a person each, each is heard by itself. A true
backchannel is *found* if a turn classified as a backchannel of the right voice overlaps it; a turn
*called* a backchannel is right if it overlaps a true one of the same voice. *Invented* words are
words, other than a listener's own, that were written within a true backchannel's time and voice; in
brackets, those outside turns called backchannels, which are the only ones that could lead to a
behaviour. Intervals are Wilson's. They treat the events as independent, which those of one voice
are not, so they are somewhat too narrow.
"""

import argparse
import json
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np

from benchmarks.shared import murmurs, splicing
from benchmarks.shared.corpora import DATA, SAMPLES, consultations, load, recordings
from benchmarks.shared.metrics import same_voices
from benchmarks.shared.pages import said
from diarize.conversation import Conversation, weave
from diarize.recording.audio import Audio
from diarize.separation.persons import judged
from diarize.separation.table import SEPARATORS
from diarize.timeline import Span, Turn, Word
from diarize.word_traits import is_cue
from prosody.engines import Plan, plan
from prosody.intervals import wilson
from prosody.options import Asked

# The limits were chosen on the first of each. The second has other voices: a man and a woman, then
# actors who speak German, two women and two men; the third and the fourth, pairs of these drawn
# afterwards, each before anything was changed for it.
PAIRS = {
    "tuned": (("1688", "3080"), ("2033", "2609")),
    "judged": (("rl", "sb"), ("08", "09"), ("03", "11")),
    "later": (
        *(("08", "11"), ("09", "03"), ("rl", "08"), ("sb", "11")),
        *(("08", "03"), ("03", "11"), ("09", "11"), ("rl", "sb")),
    ),
    "last": (
        *(("rl", "09"), ("rl", "03"), ("rl", "11"), ("sb", "08")),
        *(("sb", "09"), ("08", "09"), ("03", "11"), ("sb", "03")),
    ),
    "anew": (
        *(("03", "09"), ("rl", "08"), ("sb", "11"), ("rl", "09")),
        *(("08", "sb"), ("11", "sb"), ("rl", "03"), ("11", "08")),
    ),
    "floorless": (
        *(("11", "03"), ("sb", "rl"), ("09", "08"), ("03", "sb")),
        *(("08", "rl"), ("03", "09"), ("11", "rl"), ("09", "sb")),
    ),
    "steadier": (
        *(("09", "rl"), ("11", "08"), ("sb", "03"), ("08", "03")),
        *(("rl", "11"), ("09", "11"), ("sb", "08"), ("03", "rl")),
    ),
}
SEEDS = {  # first, and to the next
    "tuned": (11, 10),
    "judged": (301, 10),
    "later": (777_000, 1),
    "last": (991_000, 1),
    "anew": (1_313_000, 1),
    "floorless": (1_727_000, 1),
    "steadier": (2_239_000, 1),
}
HALVES = {
    "tuned": "tuned on",
    "judged": "judged on",
    "later": "drawn later",
    "last": "drawn on 2026-11-27",
    "anew": "drawn on 2026-11-28, with the network fitted to more",
    "floorless": "drawn later on 2026-11-28, where a hum holds no floor",
    "steadier": "drawn last on 2026-11-28, with a network that is a running mean of itself",
}
CONDITIONS = ("clean", "noise", "room", "telephone")
PER_PAIR = {
    "tuned": 2,
    "judged": 2,
    "later": 1,
    "last": 1,
    "anew": 1,
    "floorless": 1,
    "steadier": 1,
}  # conditions
TUNED_SAMPLES = ("attentive", "attentive_two_channel", "half_way")
TUNED_DAYS = ("day1", "day2")
LONGEST_S = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """A recording with who speaks when and which turns are backchannels.

    `answers` are short turns that look like backchannels and are none.
    """

    name: str
    audio: Audio
    turns: tuple[Turn, ...]
    backchannels: tuple[Turn, ...]
    answers: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """Backchannels there and found, called and rightly so; answers taken for one; invented words.

    `open_` are the invented words outside turns called backchannels.
    """

    true: int = 0
    found: int = 0
    called: int = 0
    right: int = 0
    answers: int = 0
    taken: int = 0
    invented: int = 0
    open_: int = 0

    def __add__(self, other: "Counted") -> "Counted":
        return Counted(*map(sum, zip(astuple(self), astuple(other), strict=True)))


def samples(half: str) -> Iterator[Told]:
    """Give the sample sessions, whose backchannels were written as such."""
    if half not in ("tuned", "judged"):
        return
    for path in sorted(SAMPLES.glob("*.flac")):
        if (path.stem in TUNED_SAMPLES) != (half == "tuned"):
            continue
        kept = json.loads(path.with_suffix(".json").read_text("utf-8"))["turns"]
        speech = [(t["kind"], Turn(Span(*s), t["role"])) for t in kept for s in t["speech"]]
        backchannels = tuple(turn for kind, turn in speech if kind == "backchannel")
        yield Told(path.stem, load(path), tuple(sorted(t for _, t in speech)), backchannels)


def splices(half: str) -> Iterator[Told]:
    """Give conversations spliced of single voices, with hums and short answers in them."""
    if not DATA.is_dir():
        return
    pool, count, (first, step) = splicing.everybody(DATA), PER_PAIR[half], SEEDS[half]
    for p, pair in enumerate(PAIRS[half]):
        for i in range(count):
            condition = CONDITIONS[(count * p + i) % len(CONDITIONS)]
            seed = first + step * p + i
            made = murmurs.listened(pool, pair, seconds=60, condition=condition, seed=seed)
            name = f"{made.name} {condition}"
            yield Told(name, Audio.of(made.sound), made.turns, made.hums, made.answers)


def real(half: str) -> Iterator[Told]:
    """Give the real clips in which two or more speak; none was tuned on.

    Their references have no words: backchannels are stretches of at most a second that length
    and place alone call so.
    """
    if half != "judged":
        return
    for clip in recordings():
        if clip.group == "sample" or len({t.voice for t in clip.turns}) < 2:
            continue
        woven = weave(clip.turns, None, (), clip.scored.end)
        short = [u for u in woven.utterances if u.span.duration <= LONGEST_S]
        listening = tuple(Turn(u.span, u.voice) for u in short if u.kind == "backchannel")
        if listening:
            yield Told(clip.name, clip.audio, clip.turns, listening)


SETS: dict[str, Callable[[str], Iterable[Told]]] = {
    "samples": samples,
    "spliced": splices,
    "real": real,
}


def heard(told: Told, way: Plan, asked: Asked) -> Conversation:
    """Let the engines hear a recording, and weave turns of what they heard."""
    audio, speech = judged(told.audio, asked.settings.hearing)
    separation = way.separate(audio, speech)
    written = way.transcribe(audio, speech, separation)
    return weave(
        separation.turns,
        written.words,
        (),
        audio.duration,
        language=written.language,
        units=asked.settings.units,
        hums=separation.hums,
    )


def counted(told: Told, talk: Conversation) -> Counted:
    """Compare what was called a backchannel with what is one."""
    same = same_voices(told.turns, (Turn(s, u.voice) for u in talk.utterances for s in u.ipus))
    called = [
        Turn(u.span, same.get(u.voice, "")) for u in talk.utterances if u.kind == "backchannel"
    ]
    invented = list(_invented(told, talk, same))
    return Counted(
        len(told.backchannels),
        sum(_meets(turn, called) for turn in told.backchannels),
        len(called),
        sum(_meets(turn, told.backchannels) for turn in called),
        len(told.answers),
        sum(_meets(turn, called) for turn in told.answers),
        len(invented),
        sum(kind != "backchannel" for kind, _ in invented),
    )


def _meets(turn: Turn, others: Iterable[Turn]) -> bool:
    return any(turn.voice == o.voice and turn.span.overlap(o.span) > 0 for o in others)


def _invented(told: Told, talk: Conversation, same: dict[str, str]) -> Iterator[tuple[str, Word]]:
    """Words in a true backchannel's time and voice that are no listener's, with their turn's kind.

    Only where what was said is known to be a hum.
    """
    for u in talk.utterances:
        for word in u.words:
            middle = Span(word.span.middle, word.span.middle + 1e-3)
            if not is_cue(word) and _meets(Turn(middle, same.get(u.voice, "")), told.backchannels):
                yield u.kind, word


def rows(name: str, half: str, way: Plan, asked: Asked) -> Iterator[str]:
    """One table: every recording, then all together."""
    whole = Counted()
    for told in SETS[name](half):
        found = counted(told, heard(told, way, asked))
        whole += found
        yield row(told.name, found)
    if whole.true:
        yield row("**all**", whole)


HEAD = (
    "| recording | backchannels | found | recall % | called | right | precision % | "
    "answers taken for one | invented words |\n" + "|---" * 9 + "|"
)


def row(name: str, found: Counted) -> str:
    """One line of a table."""
    answers = f"{found.taken} of {found.answers}" if found.answers else "–"
    return (
        f"| {name} | {found.true} | {found.found} | {share(found.found, found.true)} | "
        f"{found.called} | {found.right} | {share(found.right, found.called)} | {answers} | "
        f"{found.invented} ({found.open_}) |"
    )


def share(part: int, whole: int) -> str:
    """Percent with Wilson's interval; a dash of nothing."""
    if not whole:
        return "–"
    low, high = wilson(part / whole, whole)
    return f"{100 * part / whole:.0f} ({100 * low:.0f} to {100 * high:.0f})"


def by_place() -> Iterator[str]:
    """What length and place alone tell where speech is timed by hand: consultations, no sound."""
    yield "\n## Length and place alone, on speech timed by hand\n"
    yield (
        "Consultations of a doctor and a patient (turn_timing), without their words; what is a "
        "backchannel, the words say. There is no sound to hear.\n"
    )
    yield HEAD
    whole = {"tuned": Counted(), "judged": Counted()}
    for stem, (turns, words) in consultations():
        end = max(turn.span.end for turn in turns)
        kept = weave(tuple(turns), tuple(words), (), end)
        true = tuple(Turn(u.span, u.voice) for u in kept.utterances if u.kind == "backchannel")
        told = Told(stem, Audio.of(np.zeros(1, np.float32)), tuple(turns), true)
        half = "tuned" if stem.startswith(TUNED_DAYS) else "judged"
        whole[half] += counted(told, weave(tuple(turns), None, (), end))
    for half, found in whole.items():
        yield row(HALVES[half], found)


TITLES = {
    "samples": "Sample sessions (synthetic voices)",
    "spliced": "Spliced conversations (readers; hums made of their own voices)",
    "real": "Real clips (references without words)",
}


def page(given: argparse.Namespace) -> Iterator[str]:
    """Every line of what was asked for."""
    yield "# Backchannels from sound alone: figures\n"
    yield f"```\npython -m benchmarks.backchannels {shlex.join(sys.argv[1:])}\n```\n"
    yield str(__doc__).split("\n", 4)[4].rstrip()
    asked = Asked(separator=given.separator, people=2)
    way = plan(asked)
    for name in [given.only] if given.only else SETS:
        for half, title in HALVES.items():
            lines = list(rows(name, half, way, asked))
            if lines:
                yield f"\n## {TITLES[name]}, {title}\n\n{HEAD}"
                yield from lines
    if DATA.is_dir() and not given.only:
        yield from by_place()


def main() -> None:
    """Print the tables that were asked for, and write them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--separator", choices=sorted(SEPARATORS), default="auto")
    parser.add_argument("--only", choices=sorted(SETS))
    parser.add_argument("--to", type=Path, metavar="FILE.md")
    given = parser.parse_args()
    said(page(given), given.to)


if __name__ == "__main__":
    main()
