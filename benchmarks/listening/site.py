"""What `prosody coder train` gives a site that has coded sessions, judged on talks it held out.

Run:  python -m benchmarks.listening.site [--write]

The site is the development part of AnnoMI, written as the CSV file that the command reads; the
training, the five folds and the judging are the product's own.
"""

import csv
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.listening.annomi import COLUMNS, CSV, Turn, by_transcript, read
from benchmarks.shared import records
from benchmarks.shared.records import Found, Page, Table
from prosody.store import own_coder
from prosody.store.coded_talks import CodedSession, coded_in

TEXT = """\
# A coder trained on a site's own sessions

`python -m benchmarks.listening.site --write`, {made}

{turns} therapist turns in {sessions} talks of AnnoMI's development part, written as the CSV file
that `prosody coder train` reads, and learned from as it learns: {folds} folds of whole talks, each
talk coded by what was learned from the other folds alone, together with the rules. Nothing of it
ships. 95 % intervals of whole talks drawn again.

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


def find(path: Path = CSV) -> Found:
    """Train and judge."""
    sessions = sessions_of(path)
    trained, ships = own_coder.evaluate(own_coder.lesson(sessions))
    judged = {
        "trained on the site": trained,
        "as it ships": ships,
        "rules alone": own_coder.judge(sessions, lambda s: None),
    }
    rows = [
        [name, *("{:.3f} ({:.3f} to {:.3f})".format(*made.figures[figure]) for figure in NAMES)]
        for name, made in judged.items()
    ]
    words = {
        "sessions": str(trained.sessions),
        "turns": str(trained.turns),
        "folds": str(len({*own_coder.dealt(sessions).values()})),
    }
    return Found({"table": Table(["", *NAMES.values()], rows)}, words, [path])


PAGE = Page("site-coder", TEXT, (CSV,), find)

if __name__ == "__main__":
    records.main(PAGE)
