"""What `prosody coder train` gives a site that has coded sessions, judged on talks it held out.

Run:  python -m benchmarks.listening.site [--write] [--kept FOLDER]

The site is the development part of AnnoMI, written as the CSV file that the command reads; the
training, the five folds and the judging are the product's own. What each fold learned can be kept
in a folder, so that a run that was stopped goes on. Takes more than an hour on an idle core.
"""

import argparse
import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.listening.annomi import COLUMNS, CSV, Turn, by_transcript, read
from benchmarks.shared import records
from benchmarks.shared.records import Found, Page, Table
from prosody.store import own_coder
from prosody.store.coded_talks import CodedSession, coded_in
from prosody.trained.weights import coder, learned_in

TEXT = """\
# A coder trained on a site's own sessions

`python -m benchmarks.listening.site --write`, {made}

{turns} therapist turns in {sessions} talks of AnnoMI's development part, written as the CSV file
that `prosody coder train` reads, and learned from as it learns: {rounds} rounds, {folds} folds of
whole talks, each talk coded by weights that learned from the other folds alone, together with the
rules. Nothing of it ships. 95 % intervals of whole talks drawn again.

{table}

Ours were weighed against the rules by looking at these talks, so that what ships is at home here,
and a site with other habits of coding has more to gain than this one.
"""
NAMES = {
    "macro_f1": "macro-F1 of four",
    **{name: f"{name} in the turn, F1" for name in COLUMNS},
}
_ASKED = {"open": "question_open", "closed": "question_closed"}


def codes(turn: Turn) -> str:
    """Give what most people said of a turn as a site writes it: our kinds, the main one first.

    Examples
    --------
    >>> exists = {"question": True, "reflection": True, "therapist_input": False}
    >>> codes(Turn("1", "therapist", "", exists, "question", "open", "", (), ""))
    'question_open reflection'
    """
    kinds = {
        "question": _ASKED.get(turn.subtype, "question_closed"),
        "reflection": "reflection",
        "therapist_input": "information" if turn.told == "information" else "advice",
    }
    shown = [name for name in COLUMNS if turn.exists[name] or turn.main == name]
    return " ".join(kinds[name] for name in sorted(shown, key=lambda name: name != turn.main))


def written(turns: Sequence[Turn], path: Path) -> None:
    """Write talks as a site writes them."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("session", "role", "text", "codes"))
        for name, own in by_transcript(turns).items():
            rows.writerows(
                (name, t.role, t.text, codes(t) if t.role == "therapist" else "") for t in own
            )


def sessions_of(path: Path) -> list[CodedSession]:
    """Give AnnoMI's talks as the command reads them."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "site.csv"
        written(read(path), file)
        return coded_in(file)


def learned(sessions: Sequence[CodedSession], kept: Path | None, fold: int) -> Mapping[str, Any]:
    """Learn from sessions, or take what an earlier run learned from them."""
    place = kept / f"fold-{fold}.npz" if kept else None
    if place is None or not place.is_file():
        found = own_coder.train(sessions)
        if place is None:
            return found
        np.savez(place, **found)
    return learned_in(place)


def judged(sessions: Sequence[CodedSession], kept: Path | None) -> Iterator[tuple[str, Any]]:
    """Judge what a site gets, what ships, and the rules alone."""
    fold_of = own_coder.dealt(sessions, own_coder.RECIPE)
    readers = [
        own_coder.reader(learned([s for s in sessions if fold_of[s.name] != fold], kept, fold))
        for fold in range(max(fold_of.values()) + 1)
    ]
    yield "trained on the site", own_coder.judge(sessions, lambda s: readers[fold_of[s.name]])
    yield "as it ships", own_coder.judge(sessions, lambda s: coder())
    yield "rules alone", own_coder.judge(sessions, lambda s: None)


def find(path: Path = CSV, kept: Path | None = None) -> Found:
    """Train and judge."""
    sessions = sessions_of(path)
    rows = []
    for name, made in judged(sessions, kept):
        cells = ["{:.3f} ({:.3f} to {:.3f})".format(*made.figures[figure]) for figure in NAMES]
        rows.append([name, *cells])
    words = {
        "sessions": str(made.sessions),
        "turns": str(made.turns),
        "rounds": str(own_coder.RECIPE.rounds),
        "folds": str(len({*own_coder.dealt(sessions, own_coder.RECIPE).values()})),
    }
    return Found({"table": Table(["", *NAMES.values()], rows)}, words, [path])


PAGE = Page("site-coder", TEXT, (CSV,), find)


def _finding(kept: Path) -> Callable[[], Found]:
    @wraps(find)
    def found() -> Found:
        return find(kept=kept)

    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the page, and keep it where asked."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--kept", type=Path, help="keep here what each fold learned")
    given, left = parser.parse_known_args(arguments)
    records.main(replace(PAGE, find=_finding(given.kept)) if given.kept else PAGE, left)


if __name__ == "__main__":
    main()
