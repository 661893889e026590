"""Whether a transcript's times are told from another recording's, shifted or on another clock.

``python -m benchmarks.clocks [--strangers | --dense]``

Takes the samples with their own transcripts and, where they are present, joined excerpts of real
meetings with their reference turns, and fits each recording's transcript as it is, 3 and 30 s late,
on a clock 1 and 4 % off, at half speed, in whole seconds, and every other recording's. A row gives
the correlation as the times stand and at the best place, how far that stands above any other place,
and the shift and drift found there (:func:`diarize.transcription.fitting.fit`). The thresholds
(``Fitting``) were chosen on these recordings.

``--strangers``: conversations spliced from voices that the thresholds were not chosen on
(`benchmarks.shared.splicing`), clean, in noise, in a room and by telephone; counted is what an
analysis does with each transcript (:func:`diarize.transcription.supplied.fitted`).

``--dense``: twenty transcripts of dense talk, each on a clock of its own, of recordings that no
threshold was chosen on: ten hand-timed consultations, their turns filled with read speech, and ten
spliced conversations of which a third of the turns overlap (:data:`DENSE`, written before it was
run). *Worst*: how far the farthest cue lies from its true place after the fit. Right is what ends
within 0.5 s everywhere, or is taken or refused with the true cause (late, drifting, not verified);
and, for another recording's transcript, what is refused or not verified.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.shared.corpora import DATA, SAMPLES, consultations, load, reference
from benchmarks.shared.splicing import (
    CONDITIONS,
    RATE,
    Pool,
    conversations,
    deck,
    everybody,
    put,
    recorded,
)
from diarize.errors import Refused
from diarize.formats.table import read_transcript
from diarize.formats.transcript import Cue, Transcript
from diarize.recording.audio import Audio
from diarize.separation.activity import Speech
from diarize.settings import Fitting
from diarize.timeline import Span, Turn, union
from diarize.transcription.fitting import fit, moved
from diarize.transcription.supplied import fitted

MEETINGS = ("trn01", "trn02", "trn03", "trn04", "trn05")


# Of which kind, how long, on a clock so many percent fast, and how late at its beginning, seconds.
DENSE: tuple[tuple[str, float, float, float], ...] = (
    ("consultation", 180, 0.15, 0.0),
    ("consultation", 240, -0.3, 1.2),
    ("consultation", 300, 0.5, 0.0),
    ("consultation", 180, -0.8, -0.6),
    ("consultation", 240, 1.2, 7.5),
    ("consultation", 300, -1.7, 0.0),
    ("consultation", 150, 2.1, 4.0),
    ("consultation", 240, -3.0, 0.9),
    ("consultation", 300, 3.6, -0.5),
    ("consultation", 200, -4.5, 0.0),
    ("spliced", 180, 0.2, 2.0),
    ("spliced", 240, -0.4, 0.0),
    ("spliced", 300, 0.7, -0.4),
    ("spliced", 180, -1.1, 0.0),
    ("spliced", 240, 1.5, 12.0),
    ("spliced", 300, -2.4, 0.0),
    ("spliced", 150, 2.7, 0.0),
    ("spliced", 240, -3.3, 5.0),
    ("spliced", 300, 4.0, 0.0),
    ("spliced", 200, 0.0, -1.5),
)
_NEAR_S = 0.5
_CAUSES = {"perhaps_late", "not_verified", "starts_late", "starts_early", "likely_drifting"}


@dataclass(frozen=True, slots=True)
class Told:
    """A recording: where speech is heard, how long it is, and its own transcript."""

    heard: tuple[Span, ...]
    duration: float
    cues: tuple[Cue, ...]


def recordings() -> dict[str, Told]:
    """Give the samples, and the excerpts joined, where they are present."""
    found: dict[str, Told] = {}
    for name in ("attentive", "hurried", "half_way"):
        audio = load(SAMPLES / f"{name}.flac")
        cues = read_transcript(SAMPLES / f"{name}.vtt").cues
        found[name] = Told(Speech(audio).spans, audio.duration, cues)
    folder = DATA / "diar"
    if folder.exists():
        heard: list[Span] = []
        told: list[Cue] = []
        at = 0.0
        for name in MEETINGS:
            audio = load(folder / f"{name}.wav")
            heard += [span.shifted(at) for span in Speech(audio).spans]
            turns = reference(folder / f"{name}.rttm")
            told += [Cue(turn.span.shifted(at), turn.voice, "") for turn in turns]
            at += audio.duration
        found["meetings"] = Told(tuple(heard), at, tuple(told))
    return found


def changed(cues: Sequence[Cue]) -> Mapping[str, Sequence[Cue]]:
    """Give a transcript as it is and with its clock changed."""
    own = Transcript(tuple(cues))
    whole = [
        replace(cue, span=Span(float(int(cue.span.start)), float(int(cue.span.end) + 1)))
        for cue in cues
        if cue.span
    ]
    return {
        "as it is": cues,
        "3 s late": moved(own, -3.0).cues,
        "30 s late": moved(own, -30.0).cues,
        "clock +1 %": moved(own, 0.0, 1 / 1.01).cues,
        "clock +4.2 %": moved(own, 0.0, 24 / 25).cues,
        "half speed": moved(own, 0.0, 2.0).cues,
        "whole seconds": whole,
    }


def strangers(count: int) -> list[Told]:
    """Give spliced conversations of three minutes, each in one of the conditions."""
    pool = everybody(DATA)
    names = sorted(pool)
    found = []
    for k in range(count):
        pair = (names[2 * k % len(names)], names[(2 * k + 1) % len(names)])
        condition = CONDITIONS[k % len(CONDITIONS)]
        made = conversations(pool, pair, seconds=180.0, condition=condition, seed=100 + k)
        audio = Audio(made.sound[np.newaxis], RATE, RATE, made.sound)
        found.append(Told(Speech(audio).spans, audio.duration, _cues(made.turns)))
    return found


def _cues(turns: Sequence[Turn]) -> tuple[Cue, ...]:
    """Give turns as subtitles have them: a voice's stretches less than a second apart are one."""
    cues = []
    for voice in sorted({turn.voice for turn in turns}):
        own = union((turn.span for turn in turns if turn.voice == voice), join_s=1.0)
        cues += [Cue(s, voice, "so " * max(1, round(3 * s.duration))) for s in own]
    return tuple(sorted(cues, key=lambda cue: cue.span or Span(0, 0)))


def became(told: Told, cues: Sequence[Cue], late_s: float, drift: float) -> str:
    """Say what an analysis does with a transcript, and whether a move was the right one."""
    try:
        found = fitted(Path("it"), Transcript(tuple(cues)), told.heard, told.duration)
    except Refused as refusal:
        return f"refused: {refusal.code.partition('.')[2]}"
    codes = [note.code.partition(".")[2] for note in found.transcript.notes]
    if "moved" in codes or "drifting" in codes:
        near = abs((found.offset_s or 0.0) - late_s) < 0.5
        right = near and abs((found.drift_ppm or 0.0) / 1e6 - drift) < 0.003
        return "mended rightly" if right else "mended wrongly"
    said = next((c for c in codes if c in ("perhaps_late", "not_verified", "other_clock")), None)
    return f"taken, said: {said}" if said else "taken as it is"


def count(say: Callable[[str], None] = print, conversations: int = 8) -> None:
    """Print what became of each kind of transcript, and how often."""
    known = strangers(conversations)
    kinds: dict[str, list[str]] = {}
    for k, told in enumerate(known):
        for which, cues in changed(told.cues).items():
            late_s = {"3 s late": 3.0, "30 s late": 30.0}.get(which, 0.0)
            drift = {"clock +1 %": 0.01, "clock +4.2 %": 25 / 24 - 1}.get(which, 0.0)
            kinds.setdefault(which, []).append(became(told, cues, late_s, drift))
        other = known[(k + 1) % len(known)].cues
        kinds.setdefault("another recording's", []).append(became(told, other, 0.0, 0.0))
    for which, outcomes in kinds.items():
        told_of = "; ".join(f"{n} {what}" for what, n in Counter(outcomes).most_common())
        say(f"{which:20} n = {len(outcomes)}: {told_of}")


def dense() -> list[Told]:
    """Give a recording of dense talk for each row of `DENSE`, with its own transcript."""
    pool = everybody(DATA)
    names = sorted(pool)
    timed = list(consultations())
    found = []
    for k, (kind, seconds, _, _) in enumerate(DENSE):
        pair = (names[(3 * k + 1) % len(names)], names[(3 * k + 2) % len(names)])
        condition = CONDITIONS[k % len(CONDITIONS)]
        if kind == "consultation":
            turns = [t for t in timed[3 * k % len(timed)][1][0] if t.span.end < seconds]
            found.append(_filled(turns, pool, pair, seconds, condition, 900 + k))
            continue
        made = conversations(pool, pair, seconds=seconds, condition=condition, seed=900 + k,
                             deviation_s=0.5)  # fmt: skip
        audio = Audio(made.sound[np.newaxis], RATE, RATE, made.sound)
        found.append(Told(Speech(audio).spans, audio.duration, _cues(made.turns)))
    return found


def _filled(
    turns: Sequence[Turn],
    pool: Pool,
    pair: tuple[str, str],
    seconds: float,
    condition: str,
    seed: int,
) -> Told:
    """Give a recording whose turns are where somebody timed them, filled with read speech."""
    rng = np.random.default_rng(seed)
    voices = sorted({turn.voice for turn in turns})
    tracks = np.zeros((len(voices), int((seconds + 1) * RATE)), np.float32)
    decks = [deck(pool[name], rng) for name in pair]
    for turn in turns:
        which, at = voices.index(turn.voice), turn.span.start
        while at < turn.span.end - 0.05:
            phrase = next(decks[which])
            sound = phrase.sound[: round((turn.span.end - at) * RATE)]
            put(tracks[which], sound, at)
            at += len(sound) / RATE + min(phrase.pause_s, 0.3)
    sound = recorded(tracks, condition, rng)
    audio = Audio(sound[np.newaxis], RATE, RATE, sound)
    cues = [Cue(t.span, t.voice, "so " * max(1, round(3 * t.span.duration))) for t in turns]
    return Told(Speech(audio).spans, audio.duration, tuple(cues))


def judge(told: Told, cues: Sequence[Cue]) -> tuple[str, float]:
    """Say what an analysis does with cues, and how far the farthest is from the recording's own."""
    try:
        found = fitted(Path("it"), Transcript(tuple(cues)), told.heard, told.duration)
    except Refused as refusal:
        return refusal.code.partition(".")[2], np.nan
    codes = {note.code.partition(".")[2] for note in found.transcript.notes}
    said = sorted(codes & {*_CAUSES, "moved", "drifting"}) or ["taken"]
    speed, late_s = 1.0 + (found.drift_ppm or 0.0) / 1e6, found.offset_s or 0.0
    ends = [
        (cue.span.start - late_s) / speed - own.span.start
        for cue, own in zip(cues, told.cues, strict=True)
        if cue.span and own.span
    ]
    return "+".join(said), float(np.max(np.abs(ends)))


def crowded(say: Callable[[str], None] = print) -> None:
    """Print what became of the transcripts of dense talk, row by row."""
    known = dense()
    right = silent = 0
    others: Counter[str] = Counter()
    heads = ("length s", "clock %", "late s", "worst s")
    say(f"{'recording':16} {' '.join(f'{head:>8}' for head in heads)}  right  said")
    for told, (kind, seconds, percent, late_s) in zip(known, DENSE, strict=True):
        speed = 1.0 + percent / 100
        own = tuple(c for c in told.cues if c.span and c.span.start * speed + late_s >= 0.0)
        there = moved(Transcript(own), -late_s / speed, 1 / speed)
        said, worst_s = judge(replace(told, cues=own), there.cues)
        fine = worst_s <= _NEAR_S or bool(_CAUSES & set(said.split("+")))
        right += fine
        silent += not fine and said == "taken"
        off = "–" if np.isnan(worst_s) else f"{worst_s:.2f}"
        say(f"{kind:16} {seconds:8.0f} {percent:8.2f} {late_s:8.1f} {off:>8}  "
            f"{'yes' if fine else 'NO':5}  {said}")  # fmt: skip
    for k, told in enumerate(known):
        other = known[(k + 1) % len(known)].cues
        others[judge(replace(told, cues=other), other)[0]] += 1
    say(f"\n{right} of {len(known)} right; taken off its place without a word: {silent}")
    told_of = "; ".join(f"{n} {said}" for said, n in others.most_common())
    say(f"another recording's, n = {len(known)}: {told_of}")


def main(say: Callable[[str], None] = print) -> None:
    """Print the table."""
    known = recordings()
    say(f"{'recording':10} {'transcript':16} {'stands':>6} {'best':>6} {'above':>6}"
        f" {'late s':>8} {'ppm':>8}")  # fmt: skip
    for name, told in known.items():
        others = {f"of {other}": of.cues for other, of in known.items() if other != name}
        for which, cues in {**changed(told.cues), **others}.items():
            found = fit(cues, told.heard, told.duration, Fitting())
            if found is None:
                say(f"{name:10} {which:16} too little to judge by")
                continue
            say(
                f"{name:10} {which:16} {found.likeness:6.2f} {found.best:6.2f} "
                f"{found.margin:6.2f} {found.offset_s:8.2f} {found.drift_ppm:8.0f}"
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--strangers", action="store_true", help="spliced conversations")
    parser.add_argument("--dense", action="store_true", help="dense talk on clocks of its own")
    asked = parser.parse_args()
    if asked.strangers:
        count()
    elif asked.dense:
        crowded()
    else:
        main()
