"""What turn-taking figures are worth when their input is not perfect.

    python -m benchmarks.turntaking errors     boundaries, missed backchannels, wrong words
    python -m benchmarks.turntaking separated  backchannels left after the built-in separator

`errors` needs the hand-timed consultations of the development data (one annotation per side),
`separated` the sample sessions, and the development data's recordings where they are there.
"""

import random
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.shared.corpora import DATA, SAMPLES, TIMING, tiers
from diarize.conversation import Casting, Conversation, weave
from diarize.messages import message
from diarize.roles import Role
from diarize.timeline import Span, Turn, Word, union
from prosody.analysis import Analysis
from prosody.cues.turn_taking import CUES
from prosody.settings import Settings

GIVEN = message("casting.told")
CAST = (
    Casting("T", Role.THERAPIST, 1.0, GIVEN),
    Casting("C", Role.CLIENT, 1.0, GIVEN),
)
ROLE = {"T": "therapist", "C": "client"}
SHOWN = (
    ("talk.share", "therapist", 100, "points"),
    ("turns.count", "therapist", 1, "turns"),
    ("turns.median_length", "therapist", 1, "s"),
    ("turns.longest", "therapist", 1, "s"),
    ("turns.response_latency", "therapist", 1000, "ms"),
    ("turns.response_latency_p90", "therapist", 1000, "ms"),
    ("turns.floor_transfer_offset", "both", 1000, "ms"),
    ("turns.overlap_rate", "both", 100, "points"),
    ("turns.backchannel_rate", "therapist", 1, "/min"),
    ("turns.overlaps_to_review", "therapist", 1, "places"),
)
Line = tuple[str, float, float, str]  # voice, start, end, text


def consultation(stem: str) -> list[Line]:
    """Read both sides of one consultation."""
    lines = []
    for voice, side in (("T", "doctor"), ("C", "patient")):
        for rows in tiers(TIMING / f"{stem}_{side}.TextGrid").values():
            lines += [(voice, s.start, s.end, text) for s, text in rows if s.duration > 0]
    return sorted(lines, key=lambda line: line[1:3])


def woven(lines: Iterable[Line], duration: float, *, words: bool = True) -> Conversation:
    """Weave annotated lines, their words spread evenly."""
    lines = [x for x in lines if x[2] > x[1]]
    said = [
        Word(Span(a + i * (b - a) / n, a + (i + 1) * (b - a) / n), part, None, voice)
        for voice, a, b, text in lines
        for n in [len(text.split())]
        for i, part in enumerate(text.split())
    ]
    turns = tuple(Turn(Span(a, b), voice) for voice, a, b, _ in lines)
    return weave(turns, tuple(said) if words else None, CAST, duration)


def jittered(lines: list[Line], rng: random.Random) -> list[Line]:
    """Move every boundary by a normal error of 0.1 s."""
    moved = []
    for voice, a, b, text in lines:
        start, end = max(0.0, a + rng.gauss(0, 0.1)), b + rng.gauss(0, 0.1)
        moved.append((voice, start, max(end, start + 0.05), text))
    return moved


def missed(lines: list[Line], rng: random.Random) -> list[Line]:
    """Leave out one backchannel in ten."""
    end = max(b for _, _, b, _ in lines)
    small = {
        (u.voice, ipu.start)
        for u in woven(lines, end).utterances
        if u.kind == "backchannel"
        for ipu in u.ipus
    }
    return [x for x in lines if (x[0], x[1]) not in small or rng.random() > 0.1]


def misheard(lines: list[Line], rng: random.Random) -> list[Line]:
    """Delete, replace and insert 5 % of the words each."""
    pool = [word for _, _, _, text in lines for word in text.split()]

    def heard(text: str) -> str:
        words = []
        for word in text.split():
            chance = rng.random()
            if chance >= 0.05:
                words.append(rng.choice(pool) if chance < 0.10 else word)
            if rng.random() < 0.05:
                words.append(rng.choice(pool))
        return " ".join(words)

    return [(v, a, b, heard(text)) for v, a, b, text in lines]


def everything(lines: list[Line], rng: random.Random) -> list[Line]:
    """All three at once."""
    return misheard(missed(jittered(lines, rng), rng), rng)


ERRORS: dict[str, tuple[Callable[[list[Line], random.Random], list[Line]], bool]] = {
    "boundaries off by 0.1 s (SD)": (jittered, True),
    "10 % of backchannels missed": (missed, True),
    "15 % of words wrong": (misheard, True),
    "all three": (everything, True),
    "no words": (lambda lines, rng: lines, False),
}


def values(conversation: Conversation) -> dict[tuple[str, str], float | None]:
    """Measure what is shown."""
    cues = {cue.name: cue for cue in CUES}
    none: Any = None
    return {
        (name, role): cues[name]
        .measure(Analysis(conversation, none, Settings()), role, conversation.whole)
        .value
        for name, role, _, _ in SHOWN
    }


def errors() -> None:
    """Print how far each figure moves, as the median over consultations of its change."""
    stems = sorted(p.name.rsplit("_", 1)[0] for p in TIMING.glob("*_doctor.*"))
    sessions = [consultation(stem) for stem in stems]
    golds = [woven(lines, lines_end(lines)) for lines in sessions]
    truths = [values(gold) for gold in golds]
    print(f"{len(stems)} consultations; median change, and 90th percentile of its size\n")
    print("| figure | unit | as annotated | " + " | ".join(ERRORS) + " |")
    print("|---|---|---|" + "---|" * len(ERRORS))
    moved = {error: changes(sessions, truths, error) for error in ERRORS}
    for name, role, scale, unit in SHOWN:
        known = np.array([t[name, role] for t in truths], dtype=float)  # None is NaN
        row = f"| `{name}` {role} | {unit} | {scale * np.nanmedian(known):.3g} |"
        for error in ERRORS:
            change = scale * np.array(moved[error][name, role])
            row += f" {np.median(change):+.2g} ({np.percentile(np.abs(change), 90):.2g}) |"
        print(row)
    agreement(sessions, golds)


def lines_end(lines: list[Line]) -> float:
    """Last end of any line, seconds."""
    return max(b for _, _, b, _ in lines)


def changes(
    sessions: list[list[Line]], truths: list[dict[tuple[str, str], float | None]], error: str
) -> dict[tuple[str, str], list[float]]:
    """Give every figure's changes under one kind of error, five draws per consultation."""
    spoil, words = ERRORS[error]
    moved: dict[tuple[str, str], list[float]] = {}
    for lines, truth in zip(sessions, truths, strict=True):
        for seed in range(5 if words else 1):
            spoilt = spoil(lines, random.Random(seed))
            found = values(woven(spoilt, lines_end(lines) + 1, words=words))
            for key, value in found.items():
                known = truth[key]
                if value is not None and known is not None:
                    moved.setdefault(key, []).append(value - known)
    return moved


def agreement(sessions: list[list[Line]], golds: list[Conversation]) -> None:
    """Print what the kinds of units become when their words are hidden."""
    confusion: dict[tuple[str, str], int] = {}
    for lines, gold in zip(sessions, golds, strict=True):
        silent = {
            (u.voice, ipu): u.kind
            for u in woven(lines, lines_end(lines), words=False).utterances
            for ipu in u.ipus
        }
        for u in gold.utterances:
            pair = (u.kind, silent[u.voice, u.ipus[0]])
            confusion[pair] = confusion.get(pair, 0) + 1
    print("\nkinds with words (rows) and the same stretches without words (columns)\n")
    kinds = ("primary", "secondary", "backchannel")
    for kind in kinds:
        print(f"{kind:12s}", *(f"{other} {confusion.get((kind, other), 0)}" for other in kinds))


def separated() -> None:
    """Print how many true backchannels survive the built-in separator, and how many are added."""
    from diarize.formats.table import read_transcript
    from diarize.recording.admission import admit
    from diarize.recording.audio import Audio, decode
    from diarize.separation.activity import speech_probability, speech_spans
    from diarize.separation.table import separate
    from diarize.transcription.alignment import overlaid

    print("| session | true | heard | named | added | latency, therapist (true) | share (true) |")
    print("|---|---|---|---|---|---|---|")
    for file in sorted(SAMPLES.glob("*.flac")):
        truth, words, duration = sample(file.with_suffix(".json"))
        audio = decode(admit(file))
        method = "channels" if audio.channels > 1 else "builtin"
        found = separate(audio, method).turns
        cues = read_transcript(file.with_suffix(".vtt")).cues
        speech = speech_spans(speech_probability(audio.mono, audio.rate))
        laid = overlaid(found, cues, speech)[0]
        row(f"{file.stem}, {method}", truth, found, None, duration)
        row(f"{file.stem}, {method} and transcript", truth, laid, words, duration)
    for name, sound, turns in spliced():
        true = weave(turns, None, renamed(turns, turns), len(sound) / 16_000)
        found = separate(Audio.of(sound, 16_000), "builtin").turns
        row(name, true, found, None, true.duration)


def row(
    name: str,
    truth: Conversation,
    found: tuple[Turn, ...],
    words: tuple[Word, ...] | None,
    duration: float,
) -> None:
    """Print one line of the table."""
    turns = tuple(Turn(u.span, u.voice) for u in truth.utterances)
    heard = weave(found, words, renamed(turns, found), duration, language="en")
    real = [u for u in truth.utterances if u.kind == "backchannel"]
    named = [u for u in heard.utterances if u.kind == "backchannel"]
    speech = sum(
        2 * sum(u.span.overlap(s) for s in heard.speech(u.role)) >= u.span.duration for u in real
    )
    matched = sum(any(u.role == v.role and u.span.overlap(v.span) > 0 for v in named) for u in real)
    added = sum(
        not any(u.role == v.role and u.span.overlap(v.span) > 0 for u in real) for v in named
    )
    there, here = values(truth), values(heard)

    def both(cue: str) -> str:
        pair = (here[cue, "therapist"], there[cue, "therapist"])
        return "{} ({})".format(*("-" if x is None else f"{x:.2f}" for x in pair))

    print(
        f"| {name} | {len(real)} | {speech} | {matched} | {added} | "
        f"{both('turns.response_latency')} | {both('talk.share')} |"
    )


def sample(path: Path) -> tuple[Conversation, tuple[Word, ...], float]:
    """Read a sample's truth; its words are given without saying whose they are."""
    import json

    told = json.loads(path.read_text("utf-8"))
    cast = tuple(Casting(role, role, 1.0, GIVEN) for role in (Role.THERAPIST, Role.CLIENT))
    turns = tuple(Turn(Span(a, b), t["role"]) for t in told["turns"] for a, b in t["speech"])
    words = tuple(
        Word(Span(w["start_s"], w["end_s"]), w["text"], None, t["role"])
        for t in told["turns"]
        for w in t["words"]
    )
    whole = weave(turns, words, cast, told["duration_s"], language="en")
    return whole, tuple(replace(w, voice=None) for w in words), told["duration_s"]


def renamed(truth: tuple[Turn, ...], found: tuple[Turn, ...]) -> tuple[Casting, ...]:
    """Cast every found voice as the true voice it shares most time with."""
    voices = sorted({t.voice for t in truth})
    role = dict(zip(voices, (Role.CLIENT, Role.THERAPIST), strict=False))
    if set(voices) == {"therapist", "client"}:
        role = {v: Role(v) for v in voices}
    cast = []
    for voice in sorted({t.voice for t in found}):
        own = union(t.span for t in found if t.voice == voice)
        shared = {
            v: sum(s.overlap(t.span) for s in own for t in truth if t.voice == v) for v in voices
        }
        cast.append(Casting(voice, role[max(voices, key=lambda v: shared[v])], 1.0, GIVEN))
    return tuple(cast)


def spliced() -> Iterable[tuple[str, Any, tuple[Turn, ...]]]:
    """Conversations spliced from the development data's single readers, if it is there."""
    if not DATA.is_dir():
        return
    from benchmarks.shared import splicing

    readers = splicing.voices(DATA)["readers"]
    names = sorted(readers)
    for i, condition in enumerate(("clean", "noise", "room", "telephone")):
        pair = (names[i % len(names)], names[(i + 1) % len(names)])
        made = splicing.conversations(readers, pair, seconds=180, condition=condition, seed=i)
        yield f"spliced readers, {condition}", made.sound, made.turns


if __name__ == "__main__":
    {"errors": errors, "separated": separated}[sys.argv[1]]()
