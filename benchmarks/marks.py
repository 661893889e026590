"""Which questions still bear their mark when a recogniser has written the words.

``python -m benchmarks.marks [--only SET …] [--engine NAME …] [--to FILE.md]``

A question is a spoken sentence that ends in a question mark in the script or the text that was read
out. It keeps its mark if the recognised word that stands for its last one ends in a question mark;
where that word was not recognised, it is counted as lost. An added mark is one after a word that
stands for the end of another sentence, or for a word inside one. *Lost* names how those end that
do not keep it.
"""

import argparse
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.shared.pages import said
from benchmarks.shared.spoken import recordings
from benchmarks.words import ENGINES, OURS
from diarize.timeline import Word

__all__ = ["marks", "table"]

SPOKEN = ("attentive", "attentive_two_channel", "half_way", "hurried", "readers")
_PLAIN = re.compile(r"[^\w']+")
_LONGEST = 600.0  # seconds taken of a recording
_SHOWN = 3  # words at the end of a question that are told where it lost its mark
_COUNTS = ("questions", "kept", "added")


def marks(spoken: Sequence[str], heard: Sequence[str]) -> dict[str, Any]:
    """Count questions of a text, those that keep their marks, and marks that were added.

    Parameters
    ----------
    spoken, heard : sequence of str
        Words as written, with their marks.
    """
    from jiwer import process_words

    true, got = ([w for w in words if _bare(w)] for words in (spoken, heard))
    found = process_words(" ".join(map(_bare, true)), " ".join(map(_bare, got)))
    stands: dict[int, int] = {}
    for chunk in found.alignments[0]:
        if chunk.type in ("equal", "substitute"):
            for n in range(chunk.ref_end_idx - chunk.ref_start_idx):
                stands[chunk.ref_start_idx + n] = chunk.hyp_start_idx + n
    asked = {n for n, word in enumerate(true) if _asks(word)}
    kept = {n for n in asked if n in stands and _asks(got[stands[n]])}
    return {
        "questions": len(asked),
        "kept": len(kept),
        "added": sum(map(_asks, got)) - len(kept),
        "lost": [" ".join(true[max(0, n - _SHOWN + 1) : n + 1]) for n in sorted(asked - kept)],
    }


def _bare(word: str) -> str:
    return _PLAIN.sub("", word.lower())


def _asks(word: str) -> bool:
    return word.rstrip("\"'”’)").endswith("?")


def table(found: Mapping[str, Sequence[tuple[str, Mapping[str, Any]]]]) -> Iterator[str]:
    """Word the counts in Markdown."""
    yield "| recording | recogniser | questions | marks kept | marks added | lost |"
    yield "|---|---|---|---|---|---|"
    for engine, rows in found.items():
        whole: dict[str, Any] = {key: sum(row[key] for _, row in rows) for key in _COUNTS}
        for name, row in (*rows, ("**all**", {**whole, "lost": []})):
            counts = " | ".join(str(row[key]) for key in _COUNTS)
            lost = ", ".join(f"“{words}”" for words in row["lost"])
            yield f"| {name} | {engine} | {counts} | {lost} |"


def run(engine: str, only: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
    """Let one recogniser hear every recording that is here."""
    hear = ENGINES[engine]()
    rows = []
    for spoken in recordings(_LONGEST, only):
        heard = hear(spoken.audio)
        rows.append((spoken.name, marks(_texts(spoken.words), _texts(heard))))
    return rows


def _texts(words: Sequence[Word]) -> list[str]:
    return [part for word in words for part in word.text.split()]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=SPOKEN, default=SPOKEN, metavar="SET")
    parser.add_argument("--engine", action="append", choices=list(ENGINES), metavar="NAME")
    parser.add_argument("--to", type=Path, help="write the page here as well")
    given = parser.parse_args()
    found = {engine: run(engine, given.only) for engine in given.engine or [OURS]}
    lines = ["# Question marks heard", "", str(__doc__).strip(), "", *table(found), ""]
    said(lines, given.to)


if __name__ == "__main__":
    main()
