"""The rules on words they were not written from: chats a model coded, and sentences of our own."""

import json
import tomllib
from pathlib import Path

from benchmarks.listening.scores import f1
from benchmarks.shared.corpora import TEXTS
from prosody.listening.behaviours import group_of
from prosody.listening.coder import code

CHATS = TEXTS / "mibot_transcripts"
CLIENT = "I have been lying awake since she left, and I keep thinking about the house."
SENTENCES = Path(__file__).with_name("sentences.toml")


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
    if kind.endswith("_marker"):
        turns = [("therapist", "How have you been since we met?"), ("client", sentence)]
    else:
        turns = [("client", CLIENT), ("therapist", sentence)]
    return any(b.kind == kind for b in code(turns)[1].behaviours)
