"""A text without times, laid along the words that a recogniser heard.

Conventions
-----------
Words are compared in small letters without marks. Runs of three that occur once in both are the
pegs; between two pegs the longest common runs are taken. A word that was not heard shares the time
between its neighbours that were.
"""

import difflib
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from diarize.formats.transcript import Cue, shared_out
from diarize.settings import Fitting
from diarize.timeline import Span, Word

__all__ = ["anchored"]


def anchored(
    cues: Sequence[Cue], heard: Sequence[Word], rule: Fitting
) -> tuple[tuple[Cue, ...], float]:
    """Give cues the times of the words that were heard.

    Parameters
    ----------
    cues : sequence of Cue
        In the order in which they were said; their own times are not looked at.
    heard : sequence of Word
        With times.
    rule : Fitting
        Thresholds.

    Returns
    -------
    cues : tuple of Cue
        Each with its words and their times; a cue beside which nothing was heard has none.
    share : float
        Of the text's words, how many were heard.
    """
    texts = [(i, word) for i, cue in enumerate(cues) for word in cue.text.split() if _bare(word)]
    ordered = sorted((word for word in heard if _bare(word.text)), key=lambda word: word.span)
    said = [_bare(word) for _, word in texts]
    pairs = dict(_matched(said, [_bare(word.text) for word in ordered], rule))
    if not pairs:
        return tuple(cues), 0.0
    spans = _filled([ordered[pairs[k]].span if k in pairs else None for k in range(len(texts))],
                    [word for _, word in texts])  # fmt: skip
    by_cue: dict[int, list[Word]] = {}
    for (i, word), span in zip(texts, spans, strict=True):
        if span is not None:
            by_cue.setdefault(i, []).append(Word(span, word, voice=cues[i].voice))
    return tuple(_timed(cue, by_cue.get(i, [])) for i, cue in enumerate(cues)), len(pairs) / len(
        said
    )


def _timed(cue: Cue, words: Sequence[Word]) -> Cue:
    if not words:
        return replace(cue, span=None, words=())
    span = Span(min(w.span.start for w in words), max(w.span.end for w in words))
    return replace(cue, span=span, words=tuple(words))


def _bare(word: str) -> str:
    return re.sub(r"[^\w']", "", word.casefold()).strip("'_")


def _matched(one: Sequence[str], other: Sequence[str], rule: Fitting) -> list[tuple[int, int]]:
    """Pair places of equal words, both in order."""
    pegs = _pegs(one, other, rule.peg_words)
    pairs: list[tuple[int, int]] = []
    for (a, b), (c, d) in pairwise([(0, 0), *pegs, (len(one), len(other))]):
        left, right = one[a:c], other[b:d]
        if len(left) * len(right) > rule.between_pegs_words**2:
            continue
        blocks = difflib.SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks()
        pairs += [(a + i + k, b + j + k) for i, j, n in blocks for k in range(n)]
    return pairs


def _pegs(one: Sequence[str], other: Sequence[str], run_words: int) -> list[tuple[int, int]]:
    """Give places of runs that occur once in both, as many as follow each other in both."""
    places = []
    runs = [[tuple(words[i : i + run_words]) for i in range(len(words) - run_words + 1)]
            for words in (one, other)]  # fmt: skip
    counts = [Counter(row) for row in runs]
    where = {run: j for j, run in enumerate(runs[1])}
    for i, run in enumerate(runs[0]):
        if counts[0][run] == 1 and counts[1][run] == 1:
            places.append((i, where[run]))
    return _rising(places)


def _rising(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Give the longest part of pairs in which the second rises with the first."""
    tops: list[int] = []
    at: list[int] = []
    before: list[int | None] = []
    for k, (_, j) in enumerate(places):
        n = bisect_left(tops, j)
        before.append(at[n - 1] if n else None)
        tops[n : n + 1], at[n : n + 1] = [j], [k]
    found = []
    last = at[-1] if at else None
    while last is not None:
        found.append(places[last])
        last = before[last]
    return found[::-1]


def _filled(spans: Sequence[Span | None], texts: Sequence[str]) -> list[Span | None]:
    """Let words that were not heard share the time between their neighbours that were."""
    out = list(spans)
    known = [i for i, span in enumerate(spans) if span is not None]
    for a, b in pairwise(known):
        left, right = spans[a], spans[b]
        if b - a > 1 and left is not None and right is not None:
            gap = Span(left.end, max(left.end, right.start))
            out[a + 1 : b] = shared_out(gap, texts[a + 1 : b])
    return out
