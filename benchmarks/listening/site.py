"""What `prosody coder train` gives a site that has coded sessions, judged on talks it held out.

Run:  python -m benchmarks.listening.site [--write] [--encoders]

The site is the development part of AnnoMI, written as the CSV file that the command reads; the
training, the five folds and the judging are the product's own. With ``--encoders`` encoders are
trained as well, which takes an hour; without it what they gave before is kept, with its day.
"""

import argparse
import csv
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.listening.annomi import COLUMNS, CSV, Turn, by_transcript, read
from benchmarks.shared import records
from benchmarks.shared.records import FOLDER, Found, Page, Table
from prosody.store import own_coder
from prosody.store.coded_talks import CodedSession, coded_in
from prosody.trained.fine_tuning import Recipe

TEXT = """\
# A coder trained on a site's own sessions

`python -m benchmarks.listening.site --write`, {made}

{turns} therapist turns in {sessions} talks of AnnoMI's development part, written as the CSV file
that `prosody coder train` reads, and learned from as it learns: {folds} folds of whole talks, each
talk coded by what was learned from the other folds alone, together with the rules. Nothing of it
ships. 95 % intervals of whole talks drawn again. The row with encoders is what `--encoder` gives.
It was made on {encoders_on} by `python -m benchmarks.listening.site --write --encoders`, which
takes an hour; `make accuracy` leaves it as it is.

{table}

How much the encoders count was chosen by looking at these talks, dealt and trained on as here.
Ours were weighed against the rules by looking at these talks, so that what ships is at home here,
and a site with other habits of coding has more to gain than this one.
"""
NAMES = {
    "macro_f1": "macro-F1 of four",
    **{name: f"{name} in the turn, F1" for name in COLUMNS},
}
_NAME, _ENCODERS = "site-coder", "trained on the site, with encoders"
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


def find(path: Path = CSV, *, encoders: bool = False) -> Found:
    """Train and judge; what encoders give beside it is kept where they are not trained anew."""
    sessions = sessions_of(path)
    lesson = own_coder.lesson(sessions, encoders=Recipe() if encoders else None)
    trained, ships = own_coder.evaluate(replace(lesson, encoders=None))
    if encoders:
        judged, _ = own_coder.evaluate(lesson, tell=lambda *said: print(*said, flush=True))
        beside, day = _row(_ENCODERS, judged), datetime.now(UTC).date().isoformat()
    else:
        before = records.kept(FOLDER / f"{_NAME}.json")
        rows, day = before["tables"]["table"]["rows"], before["words"]["encoders_on"]
        beside = next(row for row in rows if row[0] == _ENCODERS)
    rows = [
        _row("trained on the site", trained),
        beside,
        _row("as it ships", ships),
        _row("rules alone", own_coder.judge(sessions, lambda s: None)),
    ]
    words = {
        "sessions": str(trained.sessions),
        "turns": str(trained.turns),
        "folds": str(len({*own_coder.dealt(sessions).values()})),
        "encoders_on": day,
    }
    return Found({"table": Table(["", *NAMES.values()], rows)}, words, [path])


def _row(name: str, judged: own_coder.Judged) -> list[str]:
    made = ("{:.3f} ({:.3f} to {:.3f})".format(*judged.figures[figure]) for figure in NAMES)
    return [name, *made]


PAGE = Page(_NAME, TEXT, (CSV,), find)


def main() -> None:
    """Print the page or keep it, with encoders trained anew where asked."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--encoders", action="store_true")
    given, others = parser.parse_known_args()

    @wraps(find)  # by whose name it is known what the figures rest on
    def found() -> Found:
        return find(encoders=given.encoders)

    records.main(replace(PAGE, find=found), others)


if __name__ == "__main__":
    main()
