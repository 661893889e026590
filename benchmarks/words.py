"""Recognised words against spoken ones: this program and plain Whisper with the same weights.

``python -m benchmarks.words [--only SET …] [--seconds N] [--kept FOLDER] [--to FILE.md]``

Every engine transcribes every recording in a process of its own, one after the other. A cell of the
first table has: the word error rate after Whisper's own English normalisation, with the counts of
substituted, deleted and inserted words; how far the starts of correctly recognised words are off,
median and 90th percentile in milliseconds, where the recording's own word times are known; and, in
percentage points, how much higher the error rate is than with openai-whisper's default settings,
with the 95 % interval of a bootstrap over stretches of ten spoken words (2,000 draws, seed 0),
paired by stretch. Below the table are such intervals for all recordings together. A cell of the
second table has: CPU seconds from before the weights are opened to the last word, voice activity
included for this program; their ratio to the first column's; and the peak memory of the process. On
a machine that is busy with other work CPU seconds are too high, in all columns alike, so look at
the ratios. The last table compares the starts of correct words (median and 90th percentile of the
error) when word times are read from every head of the decoder's upper half, as this program reads
them, and from the few heads that openai-whisper publishes for the network.

The number of hypotheses and the sound around a window were chosen on the first 90 s of `attentive`
and `hurried`, on `overlapped` and on an invented consultation that is not here; the other
recordings played no part in it.
"""

import argparse
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
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


OURS = "this program, openai-whisper"
HEADS = "this program, openai-whisper, word times by the published heads"
ENGINES: dict[str, Callable[[], Hear]] = {
    "openai-whisper, default settings": plain_whisper,
    OURS: lambda: ours("whisper"),
    "faster-whisper, default settings": plain_faster,
    "this program, faster-whisper": lambda: ours("faster-whisper"),
    HEADS: lambda: ours("whisper", published_heads=True),
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


def run(engine: str, seconds: float, name: str) -> dict[str, Any] | None:
    """Let one engine hear one recording, in this process; None where it is not here."""
    some = list(recordings(seconds, [name]))
    if not some:
        return None
    cpu = time.process_time()
    heard = ENGINES[engine]()(some[0].audio)
    cpu = time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    row = {"name": some[0].name, "s": some[0].audio.duration, "cpu": cpu, "mb": memory}
    return {**row, **scored(some[0], heard)}


def measured(engine: str, seconds: float, name: str, kept: Path) -> dict[str, Any] | None:
    """Take what one engine heard of one recording from a folder, or run it and keep it there."""
    file = kept / f"{name}-{seconds:g}-{list(ENGINES).index(engine)}.json"
    if not file.exists():
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.words", "--as-child"]
        command += ["--engine", engine, "--seconds", str(seconds), "--only", name]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        file.write_text(done.stdout.splitlines()[-1], "utf-8")
        print(f"{name}, {engine}", file=sys.stderr)
    found: dict[str, Any] | None = json.loads(file.read_text("utf-8"))
    return found


def heads(every: Sequence[dict[str, Any]], published: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Word how far starts are off, by every head of the decoder's upper half and by a few."""
    yield "| recording | words | every head of the upper half, ms | the published heads, ms |"
    yield "|---|---|---|---|"
    for rows in (*zip(every, published, strict=True), (_joined(every), _joined(published))):
        cells = [f"{np.median(off):.0f}, {np.percentile(off, 90):.0f}" for off in map(_off, rows)]
        yield f"| {rows[0]['name']} | {len(rows[0]['off'])} | {' | '.join(cells)} |"


def _off(row: dict[str, Any]) -> NDArray[np.float64]:
    return np.asarray(1000 * np.abs(row["off"]))


def _joined(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"name": "**all**", "off": [value for row in rows for value in row["off"]]}


def table(found: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    """Word the results as two Markdown tables: errors, then what they cost."""
    engines = list(found.values())
    title = "| recording | " + " | ".join(found) + " |", "|---|" + "---|" * len(found)
    names = [f"{r['name']}, {r['said']} words, {r['s']:.0f} s" for r in engines[0]]
    yield from title
    for n, name in enumerate(names):
        first = _blocks([engines[0][n]])
        cells = [_cell([of[n]]) for of in engines]
        cells[1:] = [
            f"{cell}; {_interval(_blocks([of[n]]), first)}"
            for cell, of in zip(cells[1:], engines[1:], strict=True)
        ]
        yield f"| {name} | " + " | ".join(cells) + " |"
    yield "| **all** | " + " | ".join(map(_cell, engines)) + " |"
    blocks = [_blocks(rows) for rows in engines]
    yield "| 95 % interval | " + " | ".join(map(_interval, blocks)) + " |"
    less = [_interval(b, blocks[0]) for b in blocks[1:]]
    yield "| less the first column, points | – | " + " | ".join(less) + " |"
    yield ""
    yield from title
    for n, name in enumerate(names):
        cells = [_cost([of[n]], [engines[0][n]]) for of in engines]
        yield f"| {name} | " + " | ".join(cells) + " |"
    yield "| **all** | " + " | ".join(_cost(of, engines[0]) for of in engines) + " |"


def _cost(rows: Sequence[dict[str, Any]], first: Sequence[dict[str, Any]]) -> str:
    spent = sum(row["cpu"] for row in rows)
    share = spent / sum(row["cpu"] for row in first)
    return f"{spent:.0f} s, {share:.2f}, {max(row['mb'] for row in rows):,.0f} MB"


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
    """Run every engine in turn and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=600.0, help="longest piece of each")
    parser.add_argument("--only", nargs="+", choices=list(SETS), default=list(SETS), metavar="SET")
    parser.add_argument("--engine", action="append", help="of the table's columns; default all")
    parser.add_argument("--kept", type=Path, help="take what is measured there, and add to it")
    parser.add_argument("--as-child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--to", type=Path, help="write the page here as well")
    options = parser.parse_args()
    engines = options.engine or list(ENGINES)
    if options.as_child:
        print(json.dumps(run(engines[0], options.seconds, options.only[0])))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        kept = options.kept or Path(folder)
        kept.mkdir(parents=True, exist_ok=True)
        found: dict[str, list[dict[str, Any]]] = {engine: [] for engine in engines}
        for name in options.only:
            for engine in engines:
                if (
                    engine == HEADS
                    and OURS in found
                    and not any(r["off"] for r in found[OURS][-1:])
                ):
                    continue  # nothing is known of its words' times
                row = measured(engine, options.seconds, name, kept)
                if row is not None:
                    found[engine].append(row)
    published = found.pop(HEADS, [])
    lines = [
        "# Words heard",
        "",
        *(__doc__ or "").splitlines(),
        "",
        *(table(found) if found else ()),
    ]
    if published and OURS in found:
        names = {row["name"] for row in published}
        lines += ["", *heads([r for r in found[OURS] if r["name"] in names], published)]
    said(lines, options.to)
    return 0


if __name__ == "__main__":
    sys.exit(main())
