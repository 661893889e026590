"""Listening behaviours against transcripts people coded (AnnoMI, development part).

Run:  python -m benchmarks.listening [--csv FILE] [--json FILE] [--errors 3]

AnnoMI (Wu et al. 2022, 2023) states no licence, so it is read where it lies and nothing made
from it is kept: the rules were written by hand, read against part of these transcripts. The
label of a turn is the one most of its annotators gave. Intervals are 95 % bootstraps over
whole transcripts. `unread` are transcripts whose errors nobody looked at while writing rules,
though their totals were seen. The learned baseline (words, their pairs and the signs the rules
read, logistic regression) is fitted here and thrown away: it shows what learning would reach.
The behaviours known by phrase alone are tried on sentences of our own
(listening_sentences.toml), which are no clinical gold.

Our kinds in AnnoMI's words: question_open and question_closed are ``question``; reflection and
summary are ``reflection``; information and advice are ``therapist_input``; every other kind, or
none, is ``other``. The main label is that of a turn's first behaviour.
"""

import argparse
import csv
import json
import random
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from prosody.listening.coder import code
from prosody.rules.language import load

CSV = Path(__file__).parents[2] / "shared" / "data" / "text" / "AnnoMI-full.dev.csv"
CLASSES = ("question", "reflection", "therapist_input", "other")
SENTENCES = Path(__file__).with_name("listening_sentences.toml")
CHATS = CSV.parent / "mibot_transcripts"
COLUMNS = {"question": "question", "reflection": "reflection", "therapist_input": "therapist_input"}


@dataclass(frozen=True)
class Turn:
    """One turn with what most annotators said of it, and every annotator's main label."""

    transcript: str
    role: str
    text: str
    exists: dict[str, bool]
    main: str
    subtype: str
    depth: str
    mains: tuple[str, ...]


def most(values: Iterable[str]) -> str:
    """Give the most frequent value; the first of equals in sorted order."""
    counted = Counter(values)
    return max(sorted(counted), key=lambda v: counted[v])


def read(path: Path) -> list[Turn]:
    """Read the file, one turn per transcript and utterance, by majority."""
    groups: dict[tuple[str, int], list[dict[str, str]]] = defaultdict(list)
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            groups[row["transcript_id"], int(row["utterance_id"])].append(row)
    turns = []
    for (transcript, _), rows in groups.items():
        exists = {c: most(r[f"{c}_exists"] for r in rows) == "True" for c in COLUMNS}
        mains = tuple(r["main_therapist_behaviour"] for r in rows)
        subtype = most(r["question_subtype"] for r in rows)
        turns.append(
            Turn(
                transcript,
                rows[0]["interlocutor"],
                rows[0]["utterance_text"],
                exists,
                most(mains),
                subtype,
                most(r["reflection_subtype"] for r in rows),
                mains,
            )
        )
    return turns


def group_of(kind: str) -> str:
    """Give AnnoMI's word for one of our kinds."""
    if kind.startswith("question"):
        return "question"
    if kind in ("reflection", "summary"):
        return "reflection"
    return "therapist_input" if kind in ("information", "advice") else "other"


@dataclass(frozen=True)
class Judged:
    """One therapist turn: the label and what the rules said."""

    turn: Turn
    kinds: frozenset[str]
    main: str
    opened: str | None
    depth: str | None = None


def judge(turns: Sequence[Turn], change: Callable[[str], str]) -> list[Judged]:
    """Code every transcript, its text changed first."""
    rules = load("en")
    by_transcript: dict[str, list[Turn]] = defaultdict(list)
    for turn in turns:
        by_transcript[turn.transcript].append(turn)
    out = []
    for own in by_transcript.values():
        coded = code([(t.role, change(t.text)) for t in own], rules=rules)
        for original, said in zip(own, coded, strict=True):
            turn = replace(original, text=said.text)
            if turn.role != "therapist":
                continue
            kinds = [b.kind for b in said.behaviours]
            asked = next((k for k in kinds if k.startswith("question")), None)
            out.append(
                Judged(
                    turn,
                    frozenset(map(group_of, kinds)),
                    group_of(kinds[0]) if kinds else "other",
                    asked,
                    next((b.sub_kind for b in said.behaviours if b.sub_kind), None),
                )
            )
    return out


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
    names, rng = sorted(by), random.Random(0)
    drawn = [
        scores([j for t in rng.choices(names, k=len(names)) for j in by[t]]) for _ in range(draws)
    ]
    ends = {k: np.quantile([d[k] for d in drawn], [0.025, 0.975]) for k in drawn[0]}
    return {k: (float(low), float(high)) for k, (low, high) in ends.items()}


def unmarked(text: str) -> str:
    """Lower case, no marks, as some recognisers give it."""
    return re.sub(r"[^\w\s'’-]|--+", " ", text).lower()


def with_errors(rate: float, turns: Sequence[Turn], seed: int) -> Callable[[str], str]:
    """Change a share of the words: half replaced, a third left out, the rest added.

    Replacements and additions are drawn from all words spoken, as often as they are spoken.
    """
    rng = random.Random(seed)
    spoken = [w for t in turns for w in t.text.split()]

    def change(text: str) -> str:
        out: list[str] = []
        for word in text.split():
            draw = rng.random() / rate
            if draw >= 1:
                out.append(word)
            elif draw < 0.5:
                mark = re.search(r"[.,?!]+$", word)
                out.append(rng.choice(spoken).rstrip(".,?!-") + (mark.group() if mark else ""))
            elif draw > 5 / 6:
                out += [word, rng.choice(spoken).rstrip(".,?!-")]
        return " ".join(out)

    return change


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


def calibration(judged_turns: Sequence[Turn]) -> list[tuple[str, str, int, float, float]]:
    """Mean confidence against the share that was right, per family and band of confidence."""
    bands: dict[tuple[str, str], list[tuple[float, bool]]] = defaultdict(list)
    rules = load("en")
    by: dict[str, list[Turn]] = defaultdict(list)
    for t in judged_turns:
        by[t.transcript].append(t)
    for own in by.values():
        for t, said in zip(own, code([(t.role, t.text) for t in own], rules=rules), strict=True):
            for b in said.behaviours if t.role == "therapist" else ():
                if (c := group_of(b.kind)) in COLUMNS:
                    low = min(int(b.confidence * 10) / 10, 0.9)
                    bands[c, f"{low:.1f}"].append((b.confidence, t.exists[c]))
    return [
        (c, band, len(v), float(np.mean([x for x, _ in v])), float(np.mean([y for _, y in v])))
        for (c, band), v in sorted(bands.items())
    ]


def chats(folder: Path) -> dict[str, tuple[float, float, float]]:
    """Precision, recall, F1 on text chats a language model coded (MIBOT, CC BY-SA 4.0).

    One utterance is one sentence; the labels are a model's, not people's: a check that the
    rules hold on other words, no more.
    """
    pairs: dict[str, list[tuple[bool, bool]]] = {"Q": [], "R": []}
    for file in sorted(folder.glob("*.json")):
        said = json.loads(file.read_text(encoding="utf-8"))["utterances"]
        roles = ["therapist" if u["speaker"] == "counsellor" else "client" for u in said]
        coded = code(list(zip(roles, (u["text"] for u in said), strict=True)))
        for role, u, c in zip(roles, said, coded, strict=True):
            groups = {group_of(b.kind) for b in c.behaviours}
            if role == "therapist":
                pairs["Q"].append((u["auto_misc_label"] == "Q", "question" in groups))
                pairs["R"].append((u["auto_misc_label"] == "R", "reflection" in groups))
    return {label: f1(own) for label, own in pairs.items() if own}


def unread(turns: Sequence[Turn]) -> list[Turn]:
    """Transcripts whose errors nobody read: every fourth but the first nine."""
    ids = sorted({t.transcript for t in turns}, key=int)
    later = [t for k, t in enumerate(ids) if k >= 9 and k % 2 == 1]
    keep = set(later[1::2])
    return [t for t in turns if t.transcript in keep]


def learned(turns: Sequence[Turn], folds: int = 8) -> list[Judged]:
    """Give what a classifier fitted on the other transcripts says; nothing of it is kept."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    judged = judge(turns, str)
    texts = [j.turn.text for j in judged]
    signs = np.array([_signs(j) for j in judged])
    wanted = {"main": [j.turn.main for j in judged]}
    wanted |= {c: [str(j.turn.exists[c]) for j in judged] for c in COLUMNS}
    said = {name: np.empty(len(judged), object) for name in wanted}
    groups = [j.turn.transcript for j in judged]
    for train, test in GroupKFold(folds).split(texts, groups=groups):
        words = TfidfVectorizer(
            ngram_range=(1, 2), min_df=3, sublinear_tf=True, token_pattern=r"(?u)[\w']+|[?]"
        )
        inside = hstack(
            [words.fit_transform([texts[i] for i in train]), csr_matrix(signs[train])]
        ).tocsr()
        outside = hstack(
            [words.transform([texts[i] for i in test]), csr_matrix(signs[test])]
        ).tocsr()
        for name, labels in wanted.items():
            model = LogisticRegression(max_iter=2000, class_weight="balanced")
            model.fit(inside, [labels[i] for i in train])
            said[name][test] = model.predict(outside)
    return [
        replace(
            j,
            kinds=frozenset(c for c in COLUMNS if said[c][i] == "True"),
            main=said["main"][i] if said["main"][i] in CLASSES else "other",
        )
        for i, j in enumerate(judged)
    ]


def _signs(j: Judged) -> list[float]:
    """What the rules found in a turn, and its mark and length, as numbers."""
    words = len(j.turn.text.split())
    return [
        *(0.5 * (c in j.kinds) for c in COLUMNS),
        *(0.5 * (j.main == c) for c in CLASSES),
        float("?" in j.turn.text),
        min(words, 60) / 60,
    ]


def by_phrase(path: Path = SENTENCES) -> dict[str, dict[str, tuple[int, int, int, int]]]:
    """Try our own sentences, per part and kind: hits of sentences that show it, false of others.

    Parts: ``read`` were looked at one by one while phrases were mended, ``unread`` only as
    totals; ``later`` were written after that, and read when phrases were widened once more;
    ``newest`` were written after that and nothing was changed since.
    """
    kinds = tomllib.loads(path.read_text(encoding="utf-8"))
    later, newest = kinds.pop("later"), kinds.pop("newest")
    out: dict[str, dict[str, tuple[int, int, int, int]]] = {}
    for part, own, first, step in (
        ("read", kinds, 0, 2),
        ("unread", kinds, 1, 2),
        ("later", later, 0, 1),
        ("newest", newest, 0, 1),
    ):
        out[part] = {}
        for kind, said in own.items():
            yes, no = said["yes"][first::step], said["no"][first::step]
            hits, false = (sum(_fires(kind, s) for s in group) for group in (yes, no))
            out[part][kind] = (hits, len(yes), false, len(no))
    return out


def _fires(kind: str, sentence: str) -> bool:
    """Whether the rules suggest the kind for one sentence, said after an ordinary turn."""
    client = "I have been lying awake since she left, and I keep thinking about the house."
    if kind.endswith("_marker"):
        turns = [("therapist", "How have you been since we met?"), ("client", sentence)]
    else:
        turns = [("client", client), ("therapist", sentence)]
    return any(b.kind == kind for b in code(turns)[1].behaviours)


def show_phrases() -> object:
    """Print precision and recall on our own sentences, per kind and part."""
    found = by_phrase()
    print("\nsentences of our own, written by hand; no clinical gold")
    for part, kinds in found.items():
        everything = tuple(map(sum, zip(*kinds.values(), strict=True)))
        for kind, (hits, yes, false, no) in [*kinds.items(), ("all together", everything)]:
            right = hits / max(hits + false, 1)
            print(
                f"  {part:7} {kind:22} hits {hits:3d} of {yes:3d}, false {false:2d} of {no:3d}: "
                f"precision {right:.2f} recall {hits / yes:.2f}"
            )
    return found


def show(name: str, judged: Sequence[Judged], *, bounds: bool = True) -> dict[str, object]:
    """Print one set of figures and give it back."""
    said = scores(judged)
    around = intervals(judged) if bounds else {}
    print(
        f"\n{name} ({len(judged)} therapist turns, "
        f"{len({j.turn.transcript for j in judged})} transcripts)"
    )
    for key, value in said.items():
        if key != "turns":
            low_high = around.get(key)
            print(
                f"  {key:30} {value:.3f}"
                + (f"  ({low_high[0]:.3f} to {low_high[1]:.3f})" if low_high else "")
            )
    return {"scores": said, "intervals": around}


def compare(turns: Sequence[Turn], agreement: object) -> None:
    """Print what people reach, what other words give, and what a confidence is worth."""
    print("\npeople against the majority of the others:", agreement)
    for label, (p, r, f) in chats(CHATS).items():
        print(f"machine-coded chats, {label}: precision {p:.3f} recall {r:.3f} F1 {f:.3f}")
    print("\nconfidence against share right")
    for c, band, n, mean, right in calibration(turns):
        print(f"  {c:16} {band}  n {n:4d}  confidence {mean:.2f}  right {right:.2f}")


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--csv", type=Path, default=CSV)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--errors", type=int, default=3, help="runs per rate of word errors")
    given = parser.parse_args()
    if not given.csv.is_file():
        raise SystemExit(f"{given.csv}: not there; give AnnoMI-full.csv with --csv")
    turns = read(given.csv)
    found: dict[str, object] = {"people": people(turns)}
    found["as transcribed"] = show("as transcribed", judge(turns, str))
    if given.csv == CSV:
        kept = unread(turns)
        found["unread"] = show("never read while writing rules", judge(kept, str))
        found["unread, no marks"] = show("the same, no marks", judge(kept, unmarked))
    found["learned"] = show("a learned baseline, other transcripts held out", learned(turns))
    found["no marks"] = show("lower case, no marks", judge(turns, unmarked))
    for rate in (0.15, 0.30):
        for then, after in (("marks kept", str), ("no marks", unmarked)):
            judged: list[Judged] = []
            for seed in range(given.errors):
                change = with_errors(rate, turns, seed)
                judged += judge([replace(t, text=after(change(t.text))) for t in turns], str)
            name = f"{rate:.0%} word errors, {then}"
            found[name] = show(name, judged, bounds=False)
    compare(turns, found["people"])
    found["own sentences"] = show_phrases()
    if given.json:
        given.json.write_text(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
