"""Words heard beside words said: this program and plain Whisper with the same weights.

``python -m benchmarks.words [--only SET …] [--seconds N] [--to docs/benchmarks/words.md]``

Every engine hears every recording in a process of its own, one after the other. A cell is the
word error, wrong, missing and added words over words said, after Whisper's own English
normalisation, then the three counts; then how far the starts of words heard rightly are off,
median and 90th percentile in milliseconds, where the recording's own word times are known. Below
are 95 % intervals of all recordings together, from a bootstrap over stretches of ten words said
(2,000 draws, seed 0), and of the difference to openai-whisper with its default settings, paired by
stretch. CPU seconds hold everything from opening the weights to the last word, voice activity
included for this program; wall is the same by the clock; memory is the process's peak. On a
machine that is busy with other things all of these are too high.

The number of guesses and the sound around a window were chosen on the first 90 s of `attentive`
and `hurried`, on `overlapped` and on a made-up consultation that is not here; the other recordings
had no part in it.
"""

import argparse
import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.shared.pages import said
from benchmarks.shared.spoken import SETS, Spoken, recordings
from diarize.recording.audio import Audio
from diarize.timeline import Span, Word
from sample_audio.word_errors import plain

Hear = Callable[[Audio], Sequence[Word]]


def ours(row: str, published_heads: bool = False) -> Hear:
    """Open this program: voice activity, windows, words that are believed."""
    from diarize.separation.activity import Speech
    from diarize.separation.table import separate
    from diarize.settings import Hearing
    from diarize.transcription.table import opened, transcribe
    from prosody.engines import heard_words, silent

    model = opened(row, None, "en")
    if published_heads:
        import whisper

        from diarize.models.finding import find_whisper
        from diarize.transcription.whisper import network

        weights = find_whisper()
        assert weights is not None
        loaded, _, _ = network(weights, narrow=True)
        loaded.set_alignment_heads(whisper._ALIGNMENT_HEADS[weights.name])

    def hear(audio: Audio) -> Sequence[Word]:
        hearing = Hearing()
        speech = Speech(audio, hearing.activity)
        if audio.channels == 1:
            return transcribe(audio, speech.spans, model, language="en").words or ()
        each = separate(audio, "channels", speech=speech)
        return heard_words(model, "en", hearing, silent, audio, speech, each).words or ()

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
    "this program, openai-whisper, word times by the published heads": lambda: ours(
        "whisper", published_heads=True
    ),
}


_STRETCH, _DRAWS = 10, 2000
_BREAKS = re.compile(r"—|…|\.{2,}|-$")  # which the normaliser would make a word of


@cache
def _normaliser() -> Any:
    from whisper.normalizers import EnglishTextNormalizer

    return EnglishTextNormalizer()


def _normal(words: Sequence[Word]) -> tuple[list[str], list[float]]:
    """Give normalised words and the start of the word each came from; sounds have no spelling."""
    texts, starts = [], []
    for word in words:
        if not plain(word.text):  # "mm-hm": there is no one way to spell it
            continue
        for text in _normaliser()(_BREAKS.sub(" ", word.text)).split():
            texts.append(text)
            starts.append(word.span.start)
    return texts, starts


def scored(spoken: Spoken, heard: Sequence[Word]) -> dict[str, Any]:
    """Count errors, those at each word said, and how far the starts of right words are off, s."""
    from jiwer import process_words

    (true, at), (got, when) = _normal(spoken.words), _normal(heard)
    found = process_words(" ".join(true), " ".join(got))
    errors = [0] * len(true)
    off = []
    for chunk in found.alignments[0]:
        first, last = chunk.ref_start_idx, chunk.ref_end_idx
        if chunk.type == "insert":
            errors[max(0, first - 1)] += chunk.hyp_end_idx - chunk.hyp_start_idx
        elif chunk.type != "equal":
            for n in range(first, last):
                errors[n] += 1
        elif spoken.timed:
            off += [when[chunk.hyp_start_idx + n] - at[first + n] for n in range(last - first)]
    return {
        "said": len(true),
        "wrong": found.substitutions,
        "missing": found.deletions,
        "added": found.insertions,
        "errors": errors,
        "off": off,
    }


def run(engine: str, seconds: float, only: Sequence[str]) -> dict[str, Any]:
    """Let one engine hear the recordings, in this process."""
    some = list(recordings(seconds, only))
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
    engines = list(found.values())
    names = [row["name"] for row in engines[0]["rows"]]
    lines = ["| recording | " + " | ".join(found) + " |", "|---|" + "---|" * len(found)]
    for n, name in enumerate(names):
        said, seconds = (engines[0]["rows"][n][key] for key in ("said", "s"))
        cells = [_cell([of["rows"][n]]) for of in engines]
        lines.append(f"| {name}, {said} words, {seconds:.0f} s | " + " | ".join(cells) + " |")
    lines.append("| **all** | " + " | ".join(_cell(of["rows"]) for of in engines) + " |")
    blocks = [_blocks(of["rows"]) for of in engines]
    first = blocks[0]
    lines.append("| 95 % interval | " + " | ".join(_interval(b) for b in blocks) + " |")
    less = [_interval(b, first) for b in blocks[1:]]
    lines.append("| less the first column, points | – | " + " | ".join(less) + " |")
    for what, key in (("CPU s", "cpu"), ("wall s", "wall"), ("peak MB", "mb")):
        lines.append(f"| {what} | " + " | ".join(f"{of[key]:.0f}" for of in engines) + " |")
    for what, key in (("CPU", "cpu"), ("wall", "wall")):
        cells = [f"{of[key] / engines[0][key]:.2f}" for of in engines]
        lines.append(f"| {what}, of the first column's | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _blocks(rows: Sequence[dict[str, Any]]) -> NDArray[np.float64]:
    """Sum errors and words over stretches of ten words said, (stretches, 2)."""
    found = []
    for row in rows:
        errors = row["errors"]
        found += [
            (sum(errors[n : n + _STRETCH]), len(errors[n : n + _STRETCH]))
            for n in range(0, len(errors), _STRETCH)
        ]
    return np.array(found, float)


def _interval(blocks: NDArray[np.float64], less: NDArray[np.float64] | None = None) -> str:
    draw = np.random.default_rng(0).integers(0, len(blocks), (_DRAWS, len(blocks)))
    both = blocks if less is None else blocks - np.column_stack([less[:, 0], np.zeros(len(less))])
    rates = 100 * both[draw, 0].sum(1) / both[draw, 1].sum(1)
    low, high = np.percentile(rates, [2.5, 97.5])
    middle = 100 * both[:, 0].sum() / both[:, 1].sum()
    return (
        f"{low:.1f} to {high:.1f}" if less is None else f"{middle:+.1f} ({low:+.1f} to {high:+.1f})"
    )


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
    parser.add_argument("--seconds", type=float, default=60.0, help="longest piece of each")
    parser.add_argument("--only", nargs="+", choices=list(SETS), default=[], metavar="SET")
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
        command += ["--engine", engine, "--seconds", str(options.seconds)]
        command += ["--only", *options.only] if options.only else []
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found[engine] = json.loads(done.stdout.splitlines()[-1])
        print(f"{engine}: {found[engine]['cpu']:.0f} CPU s", file=sys.stderr)
    said([__doc__ or "", *table(found).splitlines()], options.to)
    return 0


if __name__ == "__main__":
    sys.exit(main())
