"""(e) What jittered boundaries, missed backchannels and wrong words do to every measure."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.shared.corpora import SAMPLES
from benchmarks.validity.common import TOLD, Row, measured, read
from diarize.conversation import Conversation, weave
from diarize.roles import Casting, Role
from diarize.timeline import Span, Turn, Word
from prosody import catalogue as cues
from prosody.analysis import Analysis
from prosody.features import frames
from prosody.settings import Settings

ERRORS = ("boundaries", "backchannels", "words")
Pair = tuple[float | None, float | None]


def errors(data: Path) -> dict[str, Any]:
    """Change of every measure of the sample sessions under errors of the stages before.

    Three draws of each error per session. Warmth is compared window by window, because over a
    whole session it lies at 50 whatever happens.
    """
    pairs: dict[str, dict[str, list[Pair]]] = defaultdict(lambda: defaultdict(list))
    for path in sorted(SAMPLES.glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        if len(truth.get("channels", ["both"])) > 1 or "turns" not in truth:
            continue
        heard = measured(read(path.with_suffix(".flac")))
        base = _named(woven(truth, None, 0), heard)
        for error in ERRORS:
            for seed in range(3):
                got = _named(woven(truth, error, seed), heard)
                for key, values in base.items():
                    pairs[key][error] += zip(values, got[key], strict=True)
    return {key: _row(found) for key, found in sorted(pairs.items())}


def _named(conversation: Conversation, heard: frames.Frames) -> dict[str, list[float | None]]:
    settings = Settings()
    found = {
        f"{m.cue} {m.role}": [m.value]
        for m in cues.measure_all(Analysis(conversation, heard, settings))
        if not m.cue.startswith(("warmth.", "activation."))
    }
    windows = {
        f"{s.cue} {s.role}, windows": list(s.value)
        for s in cues.course(Analysis(conversation, heard, settings))
        if s.cue.startswith(("warmth.", "activation."))
    }
    return found | windows


def _row(found: dict[str, list[Pair]]) -> Row:
    out: Row = {}
    for error, pairs in found.items():
        known = [(a, b) for a, b in pairs if a is not None and b is not None]
        had = sum(a is not None for a, _ in pairs)
        out["typical"] = float(np.median([abs(a) for a, _ in known])) if known else None
        out[error] = float(np.median([abs(b - a) for a, b in known])) if known else None
        out[f"{error}: lost"] = f"{had - len(known)} of {had}"
    return out


def woven(truth: Row, error: str | None, seed: int) -> Conversation:
    """Weave a sample's truth, with one kind of error put in at random."""
    rng = np.random.default_rng(seed)
    turns, words = [], []
    for turn in truth["turns"]:
        if error == "backchannels" and turn["kind"] == "backchannel" and rng.random() < 0.1:
            continue
        for start, end in turn["speech"]:
            if error == "boundaries":
                start, end = start + rng.normal(0, 0.1), end + rng.normal(0, 0.1)
            start, end = max(0.0, start), min(truth["duration_s"], end)
            if end - start > 0.05:
                turns.append(Turn(Span(start, end), turn["role"]))
        words += [w for word in turn["words"] for w in _misheard(word, turn["role"], error, rng)]
    casting = tuple(Casting(r, r, 1.0, TOLD) for r in (Role.CLIENT, Role.THERAPIST))
    return weave(
        tuple(sorted(turns)), tuple(sorted(words)), casting, truth["duration_s"], language="en"
    )


def _misheard(word: Row, role: str, error: str | None, rng: np.random.Generator) -> Iterator[Word]:
    """Give a word, or at 15 % one wrong: dropped, replaced or doubled in equal parts."""
    right = Word(Span(word["start_s"], word["end_s"]), word["text"], None, role)
    lot = rng.random() if error == "words" else 1.0
    if lot < 0.05:
        return
    yield replace(right, text="something") if lot < 0.10 else right
    if 0.10 <= lot < 0.15:
        yield replace(right, text="the")
