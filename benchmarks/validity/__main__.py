"""Run the parts asked for and print their tables."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import benchmarks.validity
from benchmarks.shared.corpora import DATA, SAMPLES
from benchmarks.shared.records import Found, Page, write
from benchmarks.validity.acted import acted
from benchmarks.validity.activated import activated
from benchmarks.validity.edits import edits
from benchmarks.validity.errors import errors
from benchmarks.validity.halves import halves
from benchmarks.validity.rate import rate
from benchmarks.validity.rated import rated
from benchmarks.validity.tables import tables, words
from benchmarks.validity.written import written

PARTS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "edits": edits,
    "acted": acted,
    "activation": activated,
    "rated": rated,
    "halves": halves,
    "rate": rate,
    "written": written,
    "errors": errors,
}


def show(name: str, found: dict[str, Any], depth: int = 2) -> None:
    """Print nested numbers as Markdown tables: the last two levels are rows and columns."""
    print(f"\n{'#' * depth} {name}\n")
    plain = {k: v for k, v in found.items() if not isinstance(v, dict)}
    rows = {k: v for k, v in found.items() if isinstance(v, dict)}
    for key, value in plain.items():
        print(f"- {key}: {_text(value)}")
    if rows and all(not isinstance(x, dict) for v in rows.values() for x in v.values()):
        columns = list(dict.fromkeys(k for v in rows.values() for k in v))
        print(f"| | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}")
        for key, row in rows.items():
            print(f"| {key} | {' | '.join(_text(row.get(c)) for c in columns)} |")
        return
    for key, value in rows.items():
        show(key, value, depth + 1)


def _text(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


TEXT = """\
# What the measures of pace and voice are worth

`python -m benchmarks.validity --write`, {made}

## Pace: counted in the transcript and in the sound, against alignments

{rate}

One sentence said fast and slowly by one person, counted from the sound:

{fast_slow}

The rule for written words against a speech synthesiser's phonemes (espeak-ng):

{written}

## Voice: known edits

Every third turn of one speaker edited, on a synthetic voice and on readers: mean change on those
turns, in points (activation in its own unit); *withheld* is the share of turns whose softness is
not given after the edit. For edits of the whole file: rank correlation over turns, and the mean
change.

{edits}

## Acted sentences (EmoDB), within speaker: share of pairs in the expected order

{speakers} speakers, {utterances} sentences; 95 % intervals of sentences drawn again. Acted, German,
one sentence each: an upper bound for real speech.

{acted}

Vocal activation on the same sentences, the gate aside (it withholds the rating on {withheld} of the
speakers, whose files' levels were set one by one). {alike}.

{activation}

## Listeners' ratings of warmth, rank correlation between speakers

About 15 strangers rated each speaker; published functionals stand in for the components.

{rated}

Weights chosen anew on random halves of the speakers, judged on the others:

{halves}

## Errors of the stages before

Median change of a session's value (`warmth.*` and `activation.*`: of a 90 s window) in its own
unit: three sample sessions, three draws each; boundaries jittered with an SD of 0.1 s, a tenth of
the backchannels missed, 15 % of the words wrong. Values lost: {lost}.

{pace_errors}

{voice_errors}
"""


FOLDERS = ("align", "emotion/emodb", "splice_material", "warmth_ratings")


def find(data: Path = DATA) -> Found:
    """Run every part."""
    return made_of({name: part(data) for name, part in PARTS.items()}, data)


def made_of(found: dict[str, dict[str, Any]], data: Path = DATA) -> Found:
    """Give what the parts found as tables and words, with the files they read."""
    folders = [data / name for name in FOLDERS]
    files = [path for folder in folders for path in sorted(folder.iterdir()) if path.is_file()]
    texts = [data / "text" / "AnnoMI-full.dev.csv", *sorted(SAMPLES.glob("*.flac"))]
    return Found(tables(found), words(found), [*files, *texts])


PAGE = Page(
    "validity",
    TEXT,
    tuple(DATA / name for name in (*FOLDERS, "text")),
    find,
    {
        "docs/pacing.md": ("rate", "fast_slow", "pace_errors"),
        "docs/warmth.md": ("edits_brief", "acted", "rated", "voice_errors"),
    },
)


def main() -> None:
    """Run the parts asked for."""
    parser = argparse.ArgumentParser(description=str(benchmarks.validity.__doc__).splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--to", type=Path)
    parser.add_argument("--write", action="store_true", help="keep the figures, and the pages")
    asked = parser.parse_args()
    if asked.write:
        write(PAGE)
        return
    found = {}
    for name in asked.only.split(","):
        found[name] = PARTS[name](asked.data)
        show(name, found[name])
    if asked.to:
        asked.to.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
