"""What a correction costs beside a full analysis: applied, measured, saved and drawn.

``python -m benchmarks.corrections [MINUTES …] [--to docs/benchmarks/corrections.md]`` analyses
sessions of about so many minutes (the samples laid end to end, with their transcript) and makes
corrections of each in this process, as the dashboard does: a turn given to the other voice, a
behaviour named, roles swapped, the first taken back. A row is the best of so many rounds: on a
shared machine others' work only adds. Compare CPU seconds and the ratio.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.session import build
from benchmarks.shared.pages import dated
from prosody.options import Asked
from prosody.report.model import Report
from prosody.store import amend
from prosody.store.add import add_session
from prosody.store.library import Library
from prosody.store.requests import Request

ID = "long"
PAGE = """# What a correction costs

```
python -m benchmarks.corrections {given} --rounds {rounds} --to docs/benchmarks/corrections.md
```

The samples laid end to end, with their transcript, separated by the built-in separator; corrected
in one process, each row the best of {rounds} rounds. Reading the session, the correction, every
figure that follows, report.json and report.html are included. "On the page" is what somebody waits
for in the dashboard, which has the session open and writes report.html afterwards. The machine's
load average was {load:.0f} on {cores} cores: above one per core, seconds on the clock measure what
else ran, and CPU seconds are more than they would be alone. The share compares like with like.

{table}
"""


def main() -> None:
    """Print a table, a row for every correction, or write it as a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("minutes", type=float, nargs="*", help="lengths of sessions (5 and 55)")
    parser.add_argument("--rounds", type=int, default=4, help="how often each is made")
    parser.add_argument("--to", type=Path, help="a Markdown page to write")
    asked = parser.parse_args()
    minutes = asked.minutes or [5.0, 55.0]
    lines = ["| minutes | what | wall s | CPU s | share of an analysis |", "|---|---|---|---|---|"]
    print(*lines, sep="\n", flush=True)
    for long in minutes:
        with tempfile.TemporaryDirectory() as work:
            for row in rows(Path(work), long, asked.rounds):
                print(row, flush=True)
                lines.append(row)
    table = "\n".join(lines)
    if asked.to:
        given = " ".join(f"{long:g}" for long in minutes)
        load, cores = os.getloadavg()[2], os.cpu_count()
        page = PAGE.format(given=given, rounds=asked.rounds, table=table, load=load, cores=cores)
        asked.to.write_text(dated(page), "utf-8")


def rows(work: Path, minutes: float, rounds: int) -> Iterator[str]:
    """Give the rows of one session."""
    recording = build(work, minutes * 60)
    library = Library(work / "library")
    asked = Asked(transcript=recording.with_suffix(".vtt"), separator="builtin")
    whole = timed(lambda: add_session(recording, asked, library.folder, session_id=ID))
    long = library.load(ID).recording.duration_s / 60
    yield _row(long, "analysis", whole, whole)
    amend.ready()
    for name in REQUESTS:
        yield _row(long, name, _corrected(library, name, rounds), whole)
    state = amend.read(library, ID)
    for name, said in ON_THE_PAGE.items():
        state, spent = _on_the_page(library, state, name, rounds)
        yield _row(long, said, spent, whole)
    undone = range(1, rounds + 1)
    yield _row(long, "taken back", _best([timed(_undoing(library, n)) for n in undone]), whole)


def _row(minutes: float, what: str, spent: tuple[float, float], whole: tuple[float, float]) -> str:
    wall, cpu = spent
    return f"| {minutes:.0f} | {what} | {wall:.2f} | {cpu:.2f} | {cpu / whole[1]:.1%} |"


def _middle(report: Report, role: str) -> int:
    own = [u for u in report.turns if u.role == role and u.kind == "primary"]
    return own[len(own) // 2].index


def _other(report: Report) -> str:
    return next(v.voice for v in report.voices if v.role == "therapist")


REQUESTS: dict[str, Callable[[Report], Request]] = {
    "turn to another voice": lambda report: Request(
        turn=_middle(report, "client"), voice=_other(report)
    ),
    "behaviour named": lambda report: Request(
        turn=_middle(report, "therapist"), is_kind="validation"
    ),
    "roles swapped": lambda report: Request(swap_roles=True),
}
# A behaviour after another correction: what does not follow from it is worked out already.
ON_THE_PAGE = {
    "turn to another voice": "turn to another voice, on the page",
    "behaviour named": "behaviour named next, on the page",
}


def _corrected(library: Library, name: str, rounds: int) -> tuple[float, float]:
    """Correct a session that nobody has open, each time what it has by then."""
    spent = []
    for _ in range(rounds):
        request = REQUESTS[name](library.load(ID))
        spent.append(timed(partial(amend.correct, library, ID, request, by="benchmark")))
    return _best(spent)


def _on_the_page(
    library: Library, state: amend.State, name: str, rounds: int
) -> tuple[amend.State, tuple[float, float]]:
    """Correct a session that is open, again and again."""
    spent = []
    for _ in range(rounds):
        request, held = REQUESTS[name](state.report), state
        change = partial(amend.changed, library, ID, request, by="benchmark", held=held, page=False)
        state, took = _result(change)
        spent.append(took)
    return state, _best(spent)


def _result(change: Callable[[], amend.State]) -> tuple[amend.State, tuple[float, float]]:
    """Give what a correction gives, with wall and CPU seconds."""
    made: list[amend.State] = []
    took = timed(lambda: made.append(change()))
    return made[0], took


def _undoing(library: Library, number: int) -> Callable[[], object]:
    return lambda: amend.undo(library, ID, number, by="benchmark")


def _best(spent: list[tuple[float, float]]) -> tuple[float, float]:
    return min(wall for wall, _ in spent), min(cpu for _, cpu in spent)


def timed(what: Callable[[], object]) -> tuple[float, float]:
    """Give wall and CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    what()
    return time.perf_counter() - wall, time.process_time() - cpu


if __name__ == "__main__":
    main()
