"""Whether Whisper writes more of what is usually left out if it is prompted with some of it.

``python -m benchmarks.verbatim [--only SET …] [--seconds N] [--to docs/benchmarks/verbatim.md]``

Each recording is transcribed twice by this program's openai-whisper: as an analysis does it, and
with `PROMPT` given as the preceding text of every window. *Hums and fillers* are "um", "uh", "mm"
and "mm-hm", *repeats* are words said twice in a row; for each the number written is given over the
number spoken. The word error rate is that of `benchmarks.words`, which ignores hums and fillers,
with its three counts. Channels are mixed. The prompt was written once, in advance.
"""

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, pairwise
from pathlib import Path

from benchmarks.shared.pages import said
from benchmarks.shared.spoken import SETS, Spoken, recordings
from benchmarks.words import scored
from diarize.separation.activity import Speech
from diarize.settings import Hearing
from diarize.timeline import Word
from diarize.transcription.table import opened, transcribe
from sample_audio.word_errors import plain

PROMPT = "Um, I, I mean, mm-hm, it's, uh, you know, it was... it was, hmm, like, the the, mm."
HUMS = re.compile(r"^(m+|m+-?h+m+|h+m+|mhm|u+m+|u+h+|e+r+m*)$")


def kept(words: Sequence[Word]) -> tuple[int, int]:
    """Count hums and fillers, and words said twice running."""
    bare = [re.sub(r"[^\w'-]", "", word.text.lower()).strip("-") for word in sorted(words)]
    spoken = [text for text in bare if plain(text)]
    return sum(bool(HUMS.match(t)) for t in bare), sum(a == b for a, b in pairwise(spoken))


def rows(seconds: float, only: Sequence[str]) -> Iterator[str]:
    """One line a recording, each written down both ways."""
    model = opened("whisper", None, "en")
    assert model.expecting is not None
    shown = model.expecting(PROMPT)
    heads = ("hums and fillers", "repeats", "word error")
    yield "| recording | " + " | ".join(f"{head} | shown some" for head in heads) + " |"
    yield "|---|---|---|---|---|---|---|"
    for spoken in recordings(seconds, only):
        speech = Speech(spoken.audio, Hearing().activity).spans
        found = [
            transcribe(spoken.audio, speech, way, language="en").words or ()
            for way in (model, replace(model, decode=shown))
        ]
        yield f"| {spoken.name}, {len(spoken.words)} words | {_cells(spoken, found)} |"


def _cells(spoken: Spoken, found: Sequence[Sequence[Word]]) -> str:
    true = kept(spoken.words)
    cells = [f"{kept(words)[n]} of {true[n]}" for n in (0, 1) for words in found]
    for words in found:
        row = scored(spoken, words)
        wrong, missing, added = (row[key] for key in ("wrong", "missing", "added"))
        rate = 100 * (wrong + missing + added) / max(1, row["said"])
        cells.append(f"{rate:.1f} % ({wrong}/{missing}/{added})")
    return " | ".join(cells)


def main() -> int:
    """Print the table, and write it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=600.0, help="longest piece of each")
    parser.add_argument("--only", nargs="+", choices=list(SETS), default=list(SETS), metavar="SET")
    parser.add_argument("--to", type=Path, metavar="FILE.md")
    given = parser.parse_args()
    head = ["# What is usually left out", "", *(__doc__ or "").splitlines(), ""]
    head += [f"Here: `--seconds {given.seconds:g} --only {' '.join(given.only)}`.", ""]
    head += [f'Shown: "{PROMPT}"', ""]
    said(chain(head, rows(given.seconds, given.only)), given.to)
    return 0


if __name__ == "__main__":
    sys.exit(main())
