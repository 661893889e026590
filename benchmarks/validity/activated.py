"""(b) Activation of angry over calm sentences, and our HF500 against the toolkit's."""

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.validity.acted import acted_groups, pooled
from benchmarks.validity.common import RATE, Row, Sound, measured, read, session, spearman
from diarize.timeline import Span
from prosody.analysis import Analysis
from prosody.cues import activation, gates
from prosody.cues.turn_table import turn_table
from prosody.features import frames
from prosody.settings import Settings


def activated(data: Path) -> dict[str, Any]:
    """Rate acted sentences for activation, the gate aside: these files' levels were set one by one.

    The rating is made twice: with our HF500 and with that of the authors' toolkit.
    """
    speakers = [_activated_speaker(paths) for paths in acted_groups(data).values()]
    pairs = {"angry over calm": ("W", "N"), "angry over sad": ("W", "T")}
    names = speakers[0]["z"] if speakers else ()
    return {
        "speakers on whom the gate withholds it": sum(s["reason"] is not None for s in speakers),
        "rank correlation": {
            what: {
                "speakers": len(speakers),
                "mean": float(np.mean([s[what] for s in speakers])),
                "least": float(min(s[what] for s in speakers)),
            }
            for what in ("HF500, ours and the toolkit's", "rating with either")
            if speakers
        },
        "auc": {
            pair: {name: pooled(speakers, name, *letters) for name in names}
            for pair, letters in pairs.items()
        },
    }


def _activated_speaker(paths: list[Path]) -> Row:
    conversation, samples = session([("therapist", read(path)) for path in paths], 1.0)
    settings, heard = Settings(), measured(samples)
    analysis = Analysis(conversation, heard, settings)
    table = turn_table(analysis)
    rows = gates.usable(analysis, "therapist")
    spans = [conversation.utterances[i].span for i in table.utterance[rows]]
    theirs = np.array([toolkit_hf500(samples, heard, span) for span in spans])
    pitch, level, ours = (table[name][rows] for name in activation.FEATURES)
    either = [activation.fused(np.array([pitch, level, hf500])) for hf500 in (ours, theirs)]
    return {
        "label": np.array([path.name[5] for path in paths])[table.utterance[rows]],
        "reason": activation.ratings(analysis, "therapist")[2],
        "HF500, ours and the toolkit's": spearman(ours, theirs),
        "rating with either": spearman(*either),
        "z": dict(zip(("rating", "rating, toolkit's HF500"), either, strict=True)),
    }


def toolkit_hf500(samples: Sound, heard: frames.Frames, span: Span) -> float:
    """HF500 of a turn as the authors' toolkit has it: log ratio of mean magnitudes, 25 ms frames.

    Above 500 Hz against 80 to 500 Hz, over frames with pitch; written from the formula.
    """
    voiced = np.flatnonzero(
        np.isfinite(heard.f0_hz[round(span.start * 100) : round(span.end * 100)])
    )
    first = (voiced + round(span.start * 100)) * RATE // 100 - 200
    first = first[(first >= 0) & (first + 400 <= samples.size)]
    magnitude = np.abs(np.fft.rfft(samples[first[:, None] + np.arange(400)], axis=1)).mean(axis=0)
    hertz = np.fft.rfftfreq(400, 1 / RATE)
    deep = magnitude[(hertz >= 80) & (hertz <= 500)].sum()
    return float(np.log(magnitude[hertz > 500].sum() / deep))
