"""(d) The syllable rule against a speech synthesiser's phonemes (espeak-ng)."""

import csv
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from diarize import messages
from prosody.features.syllables import syllables

SPOKEN_VOWEL = re.compile(r"^[',]*[aeiouyAEIOUVWY023@]")
WORD = re.compile(r"[a-zäöüß]+(?:'[a-z]+)?")
TYPED = re.compile(r"\{[^}]*\}|--\S+|prosody \w+|\S*[_/.]\S+")  # fields, options, commands, files
VOICES = {"en": "en-us", "de": "de"}
GERMAN = Path(messages.__file__).parent / "de"
SYLLABIC = re.compile(r"[lnm]-$")


def written(data: Path) -> dict[str, Any]:
    """Compare the syllable rule with espeak-ng's phonemes on running words of transcripts."""
    if not shutil.which("espeak-ng"):
        return {"left out": "espeak-ng is not on this machine"}
    out = {}
    for name, language, texts in _texts(data):
        count: dict[str, int] = defaultdict(int)
        for text in texts:
            for word in WORD.findall(text.lower().replace("\u2019", "'")):
                count[word] += 1
        words = sorted(count)
        if not words:
            continue
        theirs = _espoken(words, VOICES[language])
        ours = [syllables(word, language) or 0 for word in words]
        n = np.array([count[word] for word in words])
        same = np.array([a == b for a, b in zip(ours, theirs, strict=True)])
        total = float((n * np.array(ours)).sum() / (n * np.array(theirs)).sum())
        out[name] = {
            "running words": int(n.sum()),
            "different words": len(words),
            "running words that agree, %": float(100 * (n * same).sum() / n.sum()),
            "different words that agree, %": float(100 * same.mean()),
            "total, %": 100 * (total - 1),
        }
    return out


def _texts(data: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Give English transcripts, and the German sentences of this program, which are no speech."""
    for name, texts in _transcripts(data):
        yield name, "en", texts
    own = (file.read_text(encoding="utf-8") for file in sorted(GERMAN.glob("*.toml")))
    said = [found for text in own for found in re.findall(r'= "(.*)"', text)]
    yield "German sentences of this program", "de", [TYPED.sub(" ", one) for one in said]


def _transcripts(data: Path) -> Iterator[tuple[str, list[str]]]:
    table = data / "text" / "AnnoMI-full.dev.csv"
    if table.exists():
        with table.open(newline="", encoding="utf-8") as file:
            yield "counselling (AnnoMI)", [r["utterance_text"] for r in csv.DictReader(file)]
    folder = data / "text" / "osce_transcripts"
    texts = [p.read_text(encoding="utf-8", errors="replace") for p in sorted(folder.glob("*.txt"))]
    if texts:
        yield "consultations", [re.sub(r"(?m)^\s*[DP]\s*:", " ", text) for text in texts]


def _espoken(words: list[str], voice: str) -> list[int]:
    """Count the vowels and syllabic consonants of each word as a synthesiser says it."""
    done = subprocess.run(
        ["espeak-ng", "-q", "-x", "--sep=_", "-v", voice],
        input="\n\n".join(words),
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line for line in done.stdout.split("\n") if line.strip()]
    sounds = [re.split(r"[_ ]+", line.strip()) for line in lines]
    counts = [sum(bool(SPOKEN_VOWEL.match(p) or SYLLABIC.search(p)) for p in s) for s in sounds]
    if len(counts) != len(words):
        raise ValueError(f"espeak-ng gave {len(counts)} lines for {len(words)} words")
    return [max(1, count) for count in counts]
