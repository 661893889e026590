"""Words heard beside words said: this program and plain Whisper with the same weights.

``python -m benchmarks.words [--seconds N] [--to docs/benchmarks/words.md]``

Every engine hears every recording in a process of its own, one after the other. Word error is
wrong, missing and added words over words said, after Whisper's own English normalisation. Word
times are those of words heard rightly: how far their start is off, median and 90th percentile, in
milliseconds. CPU seconds hold everything from opening the weights to the last word, voice
activity included for this program; memory is the process's peak.
"""

import argparse
import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.shared.corpora import DATA, SAMPLES, load, tiers
from benchmarks.shared.pages import said
from diarize.recording.audio import RATE_HZ, Audio
from diarize.timeline import Span, Word
from sample_audio.word_errors import said_in


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """A recording and its words; `timed` where their times are known."""

    group: str
    name: str
    audio: Audio
    words: tuple[Word, ...]
    timed: bool = True


def recordings(seconds: float) -> Iterator[Spoken]:
    """Give the samples and the development recordings that have texts, at most so long each."""
    for name in ("attentive", "half_way", "hurried"):  # the fourth has the words of the first
        path = SAMPLES / f"{name}.flac"
        said = tuple(word for _, word in said_in(path.with_suffix(".json")))
        yield _first(Spoken("samples", path.stem, _mono(load(path)), said), seconds)
    for group, name in (("diar", "overlapped"), ("align", "acoustic_corpus"), ("align", "mary")):
        path = DATA / group / f"{name}.wav"
        if path.exists():
            yield _first(_tiered(path), seconds)
    table = DATA / "align" / "so762_text.tsv"
    if table.exists():
        yield _first(_read_sentences(table), seconds)


def _mono(audio: Audio) -> Audio:
    return Audio.of(audio.mono)


def _first(spoken: Spoken, seconds: float) -> Spoken:
    if spoken.audio.duration <= seconds or not spoken.timed:
        return spoken
    audio = Audio.of(spoken.audio.mono[: round(seconds * RATE_HZ)])
    words = tuple(word for word in spoken.words if word.span.end <= seconds)
    return Spoken(spoken.group, spoken.name, audio, words)


def _tiered(path: Path) -> Spoken:
    found = tiers(path.with_suffix(".TextGrid"))
    words = [
        Word(span, label)
        for name, rows in found.items()
        if "word" in name.lower()
        for span, label in rows
        if label.lower() not in ("sil", "sp", "<p:>") and any(map(str.isalpha, label))
    ]
    return Spoken("real", path.stem, _mono(load(path)), tuple(sorted(words)))


def _read_sentences(table: Path) -> Spoken:
    """Lay read sentences of learners one after the other, a second apart."""
    pause = np.random.default_rng(0).normal(0, 1e-4, RATE_HZ).astype(np.float32)
    sounds, words = [pause], []
    for line in table.read_text("utf-8").splitlines()[1:]:
        name, *_, text = line.split("\t")[:5]
        path = DATA / "align" / f"so762_{name}.wav"
        if path.exists():
            sounds += [load(path).mono, pause]
            words += [Word(Span(0, 0), word) for word in text.split()]
    return Spoken("real", "learners reading", Audio.of(np.concatenate(sounds)), tuple(words), False)


Hear = Callable[[Audio], Sequence[Word]]


def ours(row: str) -> Hear:
    """Open this program: voice activity, windows, words that are believed."""
    from diarize.separation.activity import Speech
    from diarize.settings import Hearing
    from diarize.transcription.table import opened, transcribe

    model = opened(row, None, "en")

    def hear(audio: Audio) -> Sequence[Word]:
        speech = Speech(audio, Hearing().activity)
        return transcribe(audio, speech.spans, model, language="en").words or ()

    return hear


def plain_whisper() -> Hear:
    """openai-whisper as its own command runs it, with word times and its own alignment heads."""
    import whisper

    from diarize.models.finding import find_whisper
    from diarize.transcription.whisper import network

    weights = find_whisper()
    assert weights is not None
    model, _, _ = network(weights)
    model.set_alignment_heads(whisper._ALIGNMENT_HEADS[weights.name])
    heads = model.alignment_heads

    def hear(audio: Audio) -> Sequence[Word]:
        model.alignment_heads = heads
        found = model.transcribe(
            np.array(audio.mono), language="en", word_timestamps=True, fp16=False, verbose=None
        )
        return [
            Word(Span(w["start"], max(w["start"], w["end"])), w["word"].strip())
            for segment in found["segments"]
            for w in segment["words"]
        ]

    return hear


def plain_faster() -> Hear:
    """faster-whisper with its default settings and the same precision."""
    from diarize.models.finding import find_faster_whisper
    from diarize.transcription.faster_whisper import network

    weights = find_faster_whisper()
    assert weights is not None
    model, _ = network(weights)

    def hear(audio: Audio) -> Sequence[Word]:
        segments, _ = model.transcribe(np.array(audio.mono), language="en", word_timestamps=True)
        return [
            Word(Span(w.start, max(w.start, w.end)), w.word.strip())
            for segment in segments
            for w in segment.words
        ]

    return hear


ENGINES: dict[str, Callable[[], Hear]] = {
    "openai-whisper, default settings": plain_whisper,
    "this program, openai-whisper": lambda: ours("whisper"),
    "faster-whisper, default settings": plain_faster,
    "this program, faster-whisper": lambda: ours("faster-whisper"),
}


_BREAKS = re.compile(r"—|…|\.{2,}|-$")  # which the normaliser would make a word of


@cache
def _normaliser() -> Any:
    from whisper.normalizers import EnglishTextNormalizer

    return EnglishTextNormalizer()


def _normal(words: Sequence[Word]) -> tuple[list[str], list[float]]:
    """Give normalised words and the start of the word each came from."""
    texts, starts = [], []
    for word in words:
        for text in _normaliser()(_BREAKS.sub(" ", word.text)).split():
            texts.append(text)
            starts.append(word.span.start)
    return texts, starts


def scored(spoken: Spoken, heard: Sequence[Word]) -> dict[str, Any]:
    """Count errors, and how far the starts of right words are off, in seconds."""
    from jiwer import process_words

    (true, at), (got, when) = _normal(spoken.words), _normal(heard)
    if not got:
        return {"said": len(true), "wrong": 0, "missing": len(true), "added": 0, "off": []}
    found = process_words(" ".join(true), " ".join(got))
    off = [
        when[chunk.hyp_start_idx + n] - at[chunk.ref_start_idx + n]
        for chunk in found.alignments[0]
        if chunk.type == "equal" and spoken.timed
        for n in range(chunk.ref_end_idx - chunk.ref_start_idx)
    ]
    return {
        "said": len(true),
        "wrong": found.substitutions,
        "missing": found.deletions,
        "added": found.insertions,
        "off": off,
    }


def run(engine: str, seconds: float, only: str) -> dict[str, Any]:
    """Let one engine hear every recording, in this process."""
    some = [s for s in recordings(seconds) if only in s.name]
    cpu, began = time.process_time(), time.monotonic()
    hear = ENGINES[engine]()
    rows = []
    for spoken in some:
        first = time.process_time()
        heard = hear(spoken.audio)
        row = {"group": spoken.group, "name": spoken.name, "s": spoken.audio.duration}
        rows.append({**row, "cpu": time.process_time() - first, **scored(spoken, heard)})
    return {
        "rows": rows,
        "cpu": time.process_time() - cpu,
        "wall": time.monotonic() - began,
        "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
    }


def table(found: dict[str, dict[str, Any]]) -> str:
    """Word the results as a Markdown table."""
    names = [row["name"] for row in next(iter(found.values()))["rows"]]
    lines = [
        "| recording | " + " | ".join(found) + " |",
        "|---|" + "---|" * len(found),
    ]
    for n, name in enumerate(names):
        cells = [_cell([of["rows"][n]]) for of in found.values()]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines.append("| **all** | " + " | ".join(_cell(of["rows"]) for of in found.values()) + " |")
    for what, key, digits in (("CPU s", "cpu", 0), ("wall s", "wall", 0), ("peak MB", "mb", 0)):
        cells = [f"{of[key]:.{digits}f}" for of in found.values()]
        lines.append(f"| {what} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(rows: Sequence[dict[str, Any]]) -> str:
    wrong, missing, added, said = (
        sum(row[key] for row in rows) for key in ("wrong", "missing", "added", "said")
    )
    text = f"{100 * (wrong + missing + added) / max(1, said):.1f} % ({wrong}/{missing}/{added})"
    off = 1000 * np.abs([value for row in rows for value in row["off"]])
    if len(off):
        text += f", {np.median(off):.0f}, {np.percentile(off, 90):.0f} ms"
    return text


def main() -> int:
    """Run every engine in turn and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=120.0, help="longest piece of each")
    parser.add_argument("--only", default="", help="part of the names of the recordings")
    parser.add_argument("--engine", action="append", help="of the table's columns; default all")
    parser.add_argument("--as-child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--to", type=Path, help="write the page here as well")
    options = parser.parse_args()
    engines = options.engine or list(ENGINES)
    if options.as_child:
        print(json.dumps(run(engines[0], options.seconds, options.only)))
        return 0
    found = {}
    for engine in engines:
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.words", "--as-child"]
        command += ["--engine", engine, "--seconds", str(options.seconds), "--only", options.only]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found[engine] = json.loads(done.stdout.splitlines()[-1])
        print(f"{engine}: {found[engine]['cpu']:.0f} CPU s", file=sys.stderr)
    said([__doc__ or "", *table(found).splitlines()], options.to)
    return 0


if __name__ == "__main__":
    sys.exit(main())
