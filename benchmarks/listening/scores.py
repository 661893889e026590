"""Every figure of judged turns, with intervals, beside what single annotators reach."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from benchmarks.listening.annomi import CLASSES, COLUMNS, Judged, Turn, most
from benchmarks.shared.draws import drawn_again
from prosody.listening.behaviours import group_of


def f1(pairs: Sequence[tuple[bool, bool]]) -> tuple[float, float, float]:
    """Precision, recall, F1 of (true, said) pairs; 0 where undefined."""
    hit = sum(t and s for t, s in pairs)
    said, true = sum(s for _, s in pairs), sum(t for t, _ in pairs)
    precision, recall = hit / said if said else 0.0, hit / true if true else 0.0
    both = precision + recall
    return precision, recall, 2 * precision * recall / both if both else 0.0


def macro(pairs: Sequence[tuple[str, str]]) -> float:
    """Mean F1 over the four main labels."""
    return float(np.mean([f1([(t == c, s == c) for t, s in pairs])[2] for c in CLASSES]))


def scores(judged: Sequence[Judged]) -> dict[str, float]:
    """Every figure of one set of turns."""
    out: dict[str, float] = {"turns": len(judged)}
    for c in COLUMNS:
        p, r, f = f1([(j.turn.exists[c], c in j.kinds) for j in judged])
        out |= {f"{c} precision": p, f"{c} recall": r, f"{c} F1": f}
    marks = [(j.turn.exists["question"], "?" in j.turn.text) for j in judged]
    out["a question mark alone, F1"] = f1(marks)[2]
    mains = [(j.turn.main, j.main) for j in judged]
    out["main macro-F1"] = macro(mains)
    for c in CLASSES:
        out[f"main {c} F1"] = f1([(t == c, s == c) for t, s in mains])[2]
    out["main accuracy"] = sum(t == s for t, s in mains) / len(mains)
    asked = [j for j in judged if j.opened and j.turn.exists["question"]]
    out["open or closed accuracy"] = sum(
        j.opened == f"question_{j.turn.subtype}" for j in asked
    ) / max(len(asked), 1)
    given = [j for j in judged if j.turn.exists["reflection"] and "reflection" in j.kinds]
    said = [j for j in given if j.depth]
    out["simple or complex offered, share"] = len(said) / max(len(given), 1)
    out["simple or complex accuracy"] = sum(j.depth == j.turn.depth for j in said) / max(
        len(said), 1
    )
    return out


def intervals(judged: Sequence[Judged], draws: int = 400) -> dict[str, tuple[float, float]]:
    """95 % bootstrap of every figure, drawing whole transcripts."""
    by: dict[str, list[Judged]] = defaultdict(list)
    for j in judged:
        by[j.turn.transcript].append(j)
    drawn = [
        scores([j for name in some for j in by[name]]) for some in drawn_again(sorted(by), draws)
    ]
    ends = {k: np.quantile([d[k] for d in drawn], [0.025, 0.975]) for k in drawn[0]}
    return {k: (float(low), float(high)) for k, (low, high) in ends.items()}


def people(turns: Sequence[Turn]) -> dict[str, float]:
    """How well single annotators match the majority of the others, where several coded."""
    pairs = [
        (most([m for k, m in enumerate(t.mains) if k != i]), own)
        for t in turns
        if t.role == "therapist" and len(t.mains) >= 3
        for i, own in enumerate(t.mains)
    ]
    return {
        "judgements": len(pairs),
        "main macro-F1": macro(pairs) if pairs else float("nan"),
        "main accuracy": sum(a == b for a, b in pairs) / max(len(pairs), 1),
    }


def calibration(judged: Sequence[Judged]) -> list[tuple[str, str, int, float, float]]:
    """Mean confidence against the share that was right, per family and band of confidence."""
    bands: dict[tuple[str, str], list[tuple[float, bool]]] = defaultdict(list)
    for j in judged:
        for kind, confidence in j.suggested:
            if (c := group_of(kind)) in COLUMNS:
                low = min(int(confidence * 10) / 10, 0.9)
                bands[c, f"{low:.1f}"].append((confidence, j.turn.exists[c]))
    return [
        (c, band, len(v), float(np.mean([x for x, _ in v])), float(np.mean([y for _, y in v])))
        for (c, band), v in sorted(bands.items())
    ]
