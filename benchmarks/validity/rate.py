"""(d) Syllables and articulation rate against aligned transcripts."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.shared.corpora import VOWEL
from benchmarks.shared.corpora import tiers as tiers_of
from benchmarks.validity.common import RATE, Row, measured, read
from diarize.separation.activity import speech_probability, speech_spans
from prosody.features.syllables import syllables

SILENT = ("sil", "sp", "spn")


def aligned(data: Path) -> Iterator[tuple[str, Path, str, int, float | None]]:
    """Give set, sound, words, true syllables and, where aligned, true seconds of speech."""
    folder = data / "align"
    if (folder / "so762_text.tsv").exists():
        with (folder / "so762_text.tsv").open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                path = folder / f"so762_{row['utt']}.wav"
                if path.exists():
                    yield "so762", path, row["text"], int(row["vowels"]), None
    for grid in sorted(folder.glob("*.TextGrid")):
        tiers = tiers_of(grid)
        words, phones = (
            tiers.get("words", tiers.get("word")),
            tiers.get("phones", tiers.get("phone")),
        )
        sound = grid.with_suffix(".wav")
        if words and phones and sound.exists():
            spoken = [phone for phone in phones if phone[1] not in SILENT]
            count = sum(bool(VOWEL.match(label)) for _, label in spoken)
            text = " ".join(label for _, label in words if label not in SILENT)
            seconds = sum(span.duration for span, _ in spoken)
            yield grid.name.split("_")[0], sound, text, count, seconds


def rate(data: Path) -> dict[str, Any]:
    """Compare written and heard syllables and articulation rate with the alignment."""
    groups: dict[str, list[list[float]]] = defaultdict(list)
    for name, path, text, true, seconds in aligned(data):
        if true < 3:
            continue
        sound = read(path)
        heard, spans = measured(sound), speech_spans(speech_probability(sound, RATE))
        where = [slice(round(s.start * 100), round(s.end * 100)) for s in spans]
        nuclei = float(sum(np.nansum(heard.syllable[w]) for w in where))
        spoken = sum(s.duration for s in spans)
        written = sum(syllables(word, "en") or 0 for word in text.split())
        groups[name].append([true, written, nuclei, spoken, seconds or spoken])
    return {name: _rate_row(np.array(rows)) for name, rows in groups.items()} | fast_slow(data)


def _rate_row(rows: NDArray[np.float64]) -> Row:
    true, written, heard, spoken, seconds = rows.T
    out: Row = {"n": len(rows)}
    for name, count in (("written", written), ("heard", heard)):
        ours, theirs = count / spoken, true / seconds
        out[f"{name} syllables, error %"] = float(np.mean(np.abs(count - true) / true) * 100)
        out[f"{name} syllables, bias %"] = float(np.mean((count - true) / true) * 100)
        out[f"{name} rate, error syl/s"] = float(np.mean(np.abs(ours - theirs)))
        out[f"{name} rate, r"] = float(np.corrcoef(ours, theirs)[0, 1]) if len(rows) > 4 else None
    return out


def fast_slow(data: Path) -> dict[str, Row]:
    """One sentence said fast and slowly: heard rate with the pauses and without them."""
    out = {}
    for name in ("fast", "slow"):
        path = data / "align" / f"english_{name}.wav"
        if path.exists():
            sound = read(path)
            spans = speech_spans(speech_probability(sound, RATE))
            heard = measured(sound).syllable
            count = sum(np.nansum(heard[round(s.start * 100) : round(s.end * 100)]) for s in spans)
            spoken, whole = sum(s.duration for s in spans), spans[-1].end - spans[0].start
            out[f"same sentence {name}"] = {
                "heard": float(count),
                "speech s": spoken,
                "with pauses s": whole,
                "speech rate, heard": float(count / whole),
                "articulation rate, heard": float(count / spoken),
            }
    return out
