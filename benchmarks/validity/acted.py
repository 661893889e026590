"""(b) Acted sentences within speaker: calm and sad-soft against angry (EmoDB files)."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.validity.common import Row, auc, measured, read, session
from prosody.analysis import Analysis
from prosody.cues import composite as profile
from prosody.cues import warmth
from prosody.cues.turn_table import turn_table
from prosody.settings import Settings

PAIRS = {"calm over angry": ("N", "W"), "sad over angry": ("T", "W"), "calm over happy": ("N", "F")}


def acted(data: Path) -> dict[str, Any]:
    """Area under the curve within speaker, per component and for the index, mean over speakers."""
    speakers = [acted_speaker(paths) for paths in acted_groups(data).values()]
    names = sorted({name for speaker in speakers for name in speaker["z"]})
    return {
        "speakers": len(speakers),
        "utterances": sum(len(speaker["label"]) for speaker in speakers),
        "auc": {
            pair: {name: pooled(speakers, name, *letters) for name in names}
            for pair, letters in PAIRS.items()
        },
    }


def acted_groups(data: Path) -> dict[str, list[Path]]:
    """Give every actor's files."""
    groups: dict[str, list[Path]] = defaultdict(list)
    for path in sorted((data / "emotion" / "emodb").glob("*.*")):
        groups[path.name[:2]].append(path)
    return groups


def acted_speaker(paths: list[Path]) -> Row:
    """Measure one actor's sentences, said one after the other as a therapist's turns."""
    conversation, samples = session([("therapist", read(path)) for path in paths], 1.0)
    settings, heard = Settings(), measured(samples)
    analysis = Analysis(conversation, heard, settings)
    scores = profile.scored(analysis, "therapist")
    table = turn_table(analysis)
    z = {name: np.asarray(values) for name, values in scores.z.items() if np.isfinite(values).any()}
    index = [
        warmth.index_of(analysis, conversation.utterances[table.utterance[row]])
        for row in scores.rows
    ]
    labels = np.array([path.name[5] for path in paths])
    return {"label": labels[scores.rows], "z": z | {"index": np.array(index)}}


def pooled(speakers: list[Row], name: str, up: str, down: str) -> Row:
    """Give the mean area over speakers, its interval by draws within speakers, and the least."""
    rng, draws = np.random.default_rng(3), []
    parts = [
        (s["z"][name][s["label"] == up], s["z"][name][s["label"] == down])
        for s in speakers
        if name in s["z"]
    ]
    parts = [(a[np.isfinite(a)], b[np.isfinite(b)]) for a, b in parts]
    parts = [(a, b) for a, b in parts if a.size and b.size]
    if not parts:
        return {"speakers": 0}
    for _ in range(1000):
        drawn = [(rng.choice(a, a.size), rng.choice(b, b.size)) for a, b in parts]
        draws.append(np.mean([auc(a, b) for a, b in drawn]))
    low, high = np.percentile(draws, (2.5, 97.5))
    each = [auc(a, b) for a, b in parts]
    return {
        "speakers": len(parts),
        "n": sum(a.size + b.size for a, b in parts),
        "auc": float(np.mean(each)),
        "low": float(low),
        "high": float(high),
        "least": float(min(each)),
    }
