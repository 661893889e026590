"""How many words are given to the wrong person.

``python -m benchmarks.owners [--timing FOLDER]``

Takes conversations with known words and turns (the samples, and hand-timed consultations where
they are present), hides whose the words are, shifts word times and turn edges at random as
transcribers and separators do, leaves out the words of one where both speak as transcribers do (one
person, drawn for each such place of 0.3 s and more), and counts wrong owners after
:func:`diarize.transcription.alignment.assign`, and after the same without a second look at
boundaries. Then lays the samples' own subtitles along the turns with
:func:`diarize.transcription.alignment.align`, with and without speaker labels, and compares owners
and word times.
"""

import argparse
import math
import random
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from benchmarks.shared.corpora import (
    SAMPLES,
    TIMING,
    Truth,
    consultations,
    sample_conversations,
)
from diarize.formats.table import Cue, read_transcript
from diarize.timeline import Span, Turn, Word, intersection, union
from diarize.transcription.alignment import align, assign


def jittered(
    truth: Truth, words_s: float, turns_s: float, draw: random.Random, *, sequence: bool = False
) -> Truth:
    """Give words without owner and turns, edges shifted by normal errors."""

    def moved(span: Span, spread: float) -> Span:
        start, end = (max(0.0, edge + draw.gauss(0, spread)) for edge in (span.start, span.end))
        return Span(min(start, end), max(start, end))

    turns, words = truth
    edges: dict[str, list[Span]] = {}
    for turn in turns:
        edges.setdefault(turn.voice, []).append(turn.span)
    shifted = [
        Turn(moved(span, turns_s), voice)
        for voice, spans in edges.items()
        for span in union(spans, join_s=0.5)
    ]
    hidden = [replace(word, span=moved(word.span, words_s), voice=None) for word in words]
    return shifted, in_sequence(hidden) if sequence else hidden


def in_sequence(words: Sequence[Word]) -> list[Word]:
    """Give the words' times as a transcriber writes them: one after another, never together."""
    order = sorted(range(len(words)), key=lambda i: words[i].span.middle)
    placed = list(words)
    at = 0.0
    for rank, i in enumerate(order):
        start = max(at, words[i].span.start)
        ahead = words[order[rank + 1]].span.middle if rank + 1 < len(order) else math.inf
        at = max(start + 0.01, min(words[i].span.end, ahead))
        placed[i] = replace(words[i], span=Span(start, at))
    return placed


def unwritten(truth: Truth, draw: random.Random) -> Truth:
    """Leave out the words of one person, drawn each time, where two speak at once."""
    turns, words = truth
    own: dict[str, list[Span]] = {}
    for turn in turns:
        own.setdefault(turn.voice, []).append(turn.span)
    both = intersection(*own.values()) if len(own) == 2 else ()
    lost = [(span, draw.choice(sorted(own))) for span in both if span.duration >= _SURELY_LOST_S]
    return turns, [
        word
        for word in words
        if not any(v == word.voice and s.start <= word.span.middle <= s.end for s, v in lost)
    ]


def naive(words: Iterable[Word], turns: Sequence[Turn]) -> list[Word]:
    """Give each word to whoever overlaps it most; the nearest turn where nobody does."""
    return [
        replace(w, voice=max(turns, key=lambda t: (t.span.overlap(w.span), -_away(t, w))).voice)
        for w in words
    ]


def _away(turn: Turn, word: Word) -> float:
    return max(turn.span.start - word.span.middle, word.span.middle - turn.span.end, 0.0)


def wrong(truth: Sequence[Word], hidden: Sequence[Word], given: Iterable[Word]) -> list[bool]:
    """Say for each word whether it was given to the wrong person."""
    by_key = {(w.span, w.text): w for w in given}
    return [by_key[(h.span, h.text)].voice != w.voice for w, h in zip(truth, hidden, strict=True)]


_SURELY_LOST_S = 0.3
ERRORS_S = ((0, 0), (0.05, 0), (0.1, 0), (0.1, 0.1), (0.1, 0.2), (0.2, 0.2))
DRAWS = (11, 12, 13)  # none of them was looked at when the costs were chosen


@dataclass(frozen=True, slots=True)
class Counts:
    """Words of one draw: all, wrong by plain overlap, wrong, marked, both, wrong said alone."""

    words: int
    plain: int
    wrong: int
    marked: int
    both: int
    alone: int
    wrong_alone: int


def counted(
    read: Sequence[tuple[str, Truth]], errors: tuple[float, float, bool, bool, int]
) -> Counts:
    """Count wrong owners and marks over all conversations, once."""
    words_s, turns_s, sequence, lost, seed = errors
    draw = random.Random(seed)
    rows = []
    for _, said in read:
        truth = unwritten(said, draw) if lost else said
        turns, hidden = jittered(truth, words_s, turns_s, draw, sequence=sequence)
        given = assign(hidden, turns)
        by_key = {(w.span, w.text): w for w in given}
        plain = wrong(truth[1], hidden, naive(hidden, turns))
        for word, h, bad, p in zip(
            truth[1], hidden, wrong(truth[1], hidden, given), plain, strict=True
        ):
            one = len({t.voice for t in truth[0] if t.span.overlap(word.span) > 0}) < 2
            marked = by_key[(h.span, h.text)].doubtful
            rows.append((1, p, bad, marked, bad and marked, one, bad and one))
    return Counts(*(sum(column) for column in zip(*rows, strict=True)))


def table(name: str, read: Sequence[tuple[str, Truth]]) -> None:
    """Print wrong owners under rising errors, means of the draws and the range of wrong ones."""
    print(f"\n{name}: {len(read)} conversations, {sum(len(w) for _, (_, w) in read)} words")
    print(
        "| error of words / turn edges, s | plain overlap % | wrong % (range) | alone % | marked %"
        " | of the wrong, marked % | of the marked, wrong % |\n|---|---|---|---|---|---|---|"
    )
    for words_s, turns_s, sequence, lost in (
        *((a, b, False, False) for a, b in ERRORS_S),
        *((0.1, 0.1, True, False), (0.1, 0.1, True, True)),
    ):
        draws = [counted(read, (words_s, turns_s, sequence, lost, seed)) for seed in DRAWS]
        bad = [100 * d.wrong / d.words for d in draws]
        cells = (
            _percent([d.plain for d in draws], [d.words for d in draws], 2),
            f"{statistics.fmean(bad):.2f} ({min(bad):.2f}–{max(bad):.2f})",
            _percent([d.wrong_alone for d in draws], [d.alone for d in draws], 2),
            _percent([d.marked for d in draws], [d.words for d in draws], 1),
            _percent([d.both for d in draws], [d.wrong for d in draws], 0),
            _percent([d.both for d in draws], [d.marked for d in draws], 0),
        )
        row = f"{words_s} / {turns_s}" + (", words in sequence" if sequence else "")
        row += ", one of two left out" if lost else ""
        print(f"| {row} | {' | '.join(cells)} |", flush=True)


def _percent(part: Sequence[int], whole: Sequence[int], digits: int) -> str:
    return f"{100 * sum(part) / sum(whole):.{digits}f}" if sum(whole) else "–"


def bare(read: Sequence[tuple[str, Truth]]) -> list[tuple[str, Truth]]:
    """Give the same conversations with words in small letters and without punctuation."""
    return [
        (name, (turns, [replace(w, text=w.text.lower().strip(".,!?…—–;:")) for w in words]))
        for name, (turns, words) in read
    ]


def subtitles() -> None:
    """Print owners and times of the samples' subtitles laid along their turns."""
    print("subtitles     labels  turn error s   wrong %   doubtful %   word start error s, median")
    for name, truth in sample_conversations():
        cues = read_transcript(SAMPLES / f"{name}.vtt").cues
        for labels in (True, False):
            for turns_s in (0.0, 0.1, 0.2):
                turns, _ = jittered(truth, 0, turns_s, random.Random(5))
                shown = cues if labels else [Cue(c.span, None, c.text) for c in cues]
                given = align(shown, turns, 1e6)
                report(name, labels, turns_s, truth[1], given)


def report(
    name: str, labels: bool, turns_s: float, truth: Sequence[Word], given: Sequence[Word]
) -> None:
    """Print one row: words are matched within runs of the same text, nearest in time."""
    free: dict[str, list[Word]] = {}
    for text, group in groupby(sorted(given, key=lambda w: w.text), key=lambda w: w.text):
        free[text] = list(group)
    errors, starts = [], []
    for word in truth:
        same = free.get(word.text) or []
        if not same:
            continue
        best = min(same, key=lambda w: abs(w.span.start - word.span.start))
        same.remove(best)
        errors.append(best.voice != word.voice)
        starts.append(abs(best.span.start - word.span.start))
    doubtful = statistics.fmean(w.doubtful for w in given)
    print(f"{name[:12]:12} {labels!s:>7} {turns_s:13.2f} {100 * statistics.fmean(errors):9.2f}"
          f" {100 * doubtful:12.2f} {statistics.median(starts):28.3f}"
          f"   ({len(errors)} of {len(truth)} words)")  # fmt: skip


def main() -> None:
    """Print the measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--timing", type=Path, default=TIMING)
    folder = parser.parse_args().timing
    table("samples", list(sample_conversations()))
    table("samples without capitals and punctuation", bare(list(sample_conversations())))
    if folder.exists():
        read = list(consultations(folder))
        table("consultations, every fourth: costs were chosen on these", read[::4])
        table("the other consultations", [row for i, row in enumerate(read) if i % 4])
    subtitles()


if __name__ == "__main__":
    main()
