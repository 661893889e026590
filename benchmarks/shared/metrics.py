"""How far apart two accounts of who speaks when are: the columns of the separator's tables.

"Error" is the diarization error rate without a collar and including overlap, in percent of
reference speech, with its parts: missed, false alarm, confusion. It is computed on the separator's
*stretches* of speech, which end at a pause of 0.2 s. "As turns" is the error of the *turns* built
from them, as the report and the exports contain them (with pauses shorter than 1.5 s inside),
against the reference as it is; for "both", turns are built from the reference as well. Compare a
reference that counts pauses as speech with turns, and one that leaves them out with stretches.

"Share" is the error of the talk-time share in percentage points (recordings of two people). "Edge"
is the median distance, in seconds, from a turn's start or end to the nearest detected start or end
of the same voice. Backchannels are reference turns of at most 1 s of one voice, next to or within
the other's speech; one counts as recalled (in percent) if at least half of it is given to the right
voice. Precision and recall refer to the seconds in which two voices speak. NaN means not
applicable.
"""

import itertools
import statistics
from collections.abc import Iterable
from typing import Any

import numpy as np

from benchmarks.shared.corpora import Clip
from diarize.conversation import weave
from diarize.timeline import Span, Turn, intersection, total, union

__all__ = ["COLUMNS", "doubled", "same_voices", "scores"]

COLUMNS = (
    "error",
    "missed",
    "false alarm",
    "confusion",
    "share",
    "as turns",
    "both",
    "edge",
    "backchannels",
    "precision",
    "recall",
)


def scores(clip: Clip, turns: tuple[Turn, ...]) -> dict[str, float]:
    """Every column for one clip; NaN where it has no meaning."""
    part, same = _compared(clip.turns, turns, clip.scored)
    speech = max(part["total"], 1e-9)
    length = max(clip.scored.end, clip.audio.duration)
    woven = [_as_turns(some, length) for some in (clip.turns, turns)]
    return {
        "error": 100 * part["diarization error rate"],
        "missed": 100 * part["missed detection"] / speech,
        "false alarm": 100 * part["false alarm"] / speech,
        "confusion": 100 * part["confusion"] / speech,
        "share": _share_error(clip, turns, same),
        "as turns": _error(clip.turns, woven[1], clip.scored),
        "both": _error(woven[0], woven[1], clip.scored),
        "edge": _edge_error(clip, turns, same),
        "backchannels": _recall(clip, turns, same),
        **_overlap(clip, turns),
    }


def same_voices(true: Iterable[Turn], heard: Iterable[Turn]) -> dict[str, str]:
    """Give each voice heard the true voice it shares most time with, each taken once."""
    spoken, ours = _by_voice(true), _by_voice(heard)
    shared = sorted(
        ((total(intersection(a, b)), o, t) for o, a in ours.items() for t, b in spoken.items()),
        reverse=True,
    )
    same: dict[str, str] = {}
    for seconds, own, theirs in shared:
        if seconds > 0 and own not in same and theirs not in same.values():
            same[own] = theirs
    return same


def _by_voice(turns: Iterable[Turn]) -> dict[str, list[Span]]:
    found: dict[str, list[Span]] = {}
    for turn in turns:
        found.setdefault(turn.voice, []).append(turn.span)
    return found


def _compared(
    true: tuple[Turn, ...], heard: tuple[Turn, ...], scored: Span
) -> tuple[dict[str, float], dict[str, str]]:
    """Give the parts of the error in seconds, and the true voice of every voice heard."""
    from pyannote.core import Annotation, Segment, Timeline
    from pyannote.metrics.diarization import DiarizationErrorRate

    def annotation(given: tuple[Turn, ...]) -> Any:
        made = Annotation()
        for i, turn in enumerate(given):
            made[Segment(turn.span.start, turn.span.end), i] = turn.voice
        return made

    metric = DiarizationErrorRate(collar=0.0, skip_overlap=False)
    area = Timeline([Segment(scored.start, scored.end)])
    truth, ours = annotation(true), annotation(heard)
    return metric(truth, ours, uem=area, detailed=True), metric.optimal_mapping(truth, ours)


def _error(true: tuple[Turn, ...], heard: tuple[Turn, ...], scored: Span) -> float:
    return 100 * _compared(true, heard, scored)[0]["diarization error rate"]


def _as_turns(turns: tuple[Turn, ...], length: float) -> tuple[Turn, ...]:
    """Join stretches as a conversation does, without words."""
    return tuple(Turn(u.span, u.voice) for u in weave(turns, None, (), length).utterances)


def _spoken(turns: tuple[Turn, ...], voice: str | None) -> tuple[Span, ...]:
    return tuple(turn.span for turn in turns if turn.voice == voice)


def _share_error(clip: Clip, turns: tuple[Turn, ...], same: dict[str, str]) -> float:
    people = sorted({turn.voice for turn in clip.turns})
    if len(people) != 2:
        return float("nan")
    true = [total(_spoken(clip.turns, p), clip.scored) for p in people]
    back = {theirs: ours for ours, theirs in same.items()}
    heard = [total(_spoken(turns, back.get(p)), clip.scored) for p in people]
    if not sum(heard):
        return float("nan")
    return 100 * abs(heard[0] / sum(heard) - true[0] / sum(true))


def _edge_error(clip: Clip, turns: tuple[Turn, ...], same: dict[str, str]) -> float:
    """Edges of a voice that was not heard at all are left out: they are missed, not misplaced."""
    far = []
    for voice in {turn.voice for turn in clip.turns}:
        heard = [t.span for t in turns if same.get(t.voice) == voice]
        for kind in ("start", "end") if heard else ():
            edges = np.array([getattr(span, kind) for span in heard])
            wanted = (getattr(t.span, kind) for t in clip.turns if t.voice == voice)
            far += [float(np.abs(edges - edge).min()) for edge in wanted]
    return statistics.median(far) if far else float("nan")


def _overlap(clip: Clip, turns: tuple[Turn, ...]) -> dict[str, float]:
    """Share of what was marked as two voices that is, and of what is that was marked, percent."""
    true, heard = (intersection(doubled(some), [clip.scored]) for some in (clip.turns, turns))
    hit, nan = total(intersection(true, heard)), float("nan")
    return {
        "precision": 100 * hit / total(heard) if heard else nan,
        "recall": 100 * hit / total(true) if total(true) >= 1.0 else nan,
    }


def doubled(turns: Iterable[Turn]) -> tuple[Span, ...]:
    """Give where two or more voices speak."""
    pairs = itertools.combinations(_by_voice(turns).values(), 2)
    return union(s for a, b in pairs for s in intersection(a, b))


def _recall(clip: Clip, turns: tuple[Turn, ...], same: dict[str, str]) -> float:
    back = {theirs: ours for ours, theirs in same.items()}
    short = []
    for turn in clip.turns:
        near = turn.span.widened(1.0)
        others = (t for t in clip.turns if t.voice != turn.voice and t.span.duration > 1.0)
        if turn.span.duration <= 1.0 and any(near.overlap(other.span) > 0 for other in others):
            short.append(turn)
    if not short:
        return float("nan")
    found = [
        total(intersection([turn.span], _spoken(turns, back.get(turn.voice))))
        >= turn.span.duration / 2
        for turn in short
    ]
    return 100 * sum(found) / len(found)
