"""What a correction costs beside a full analysis: applied, measured, saved and drawn.

``python -m benchmarks.corrections 5 55`` analyses sessions of about so many minutes (the samples
laid end to end, with their transcript) and makes three corrections of each in this process, as the
dashboard does: a turn given to the other voice, a behaviour named, roles swapped; then it takes the
last one back. Timings on a shared machine are noisy: compare CPU seconds and the ratio.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.session import build
from prosody.options import Asked
from prosody.report.model import Report
from prosody.store import amend, requests
from prosody.store.add import add_session
from prosody.store.library import Library
from prosody.store.requests import Request

ID = "long"


def main(minutes: list[float]) -> None:
    """Print a table, a row for every correction."""
    print("| minutes | what | wall s | CPU s | share of an analysis |\n|---|---|---|---|---|")
    for long in minutes:
        with tempfile.TemporaryDirectory() as work:
            measure(Path(work), long)


def measure(work: Path, minutes: float) -> None:
    """Print the rows of one session."""
    recording = build(work, minutes * 60)
    library = Library(work / "library")
    whole = _timed(
        lambda: add_session(
            recording,
            Asked(transcript=recording.with_suffix(".vtt"), separator="builtin"),
            library.folder,
            session_id=ID,
        )
    )
    seconds = library.load(ID).recording.duration_s
    rows = {"analysis": whole}
    for name, request in REQUESTS.items():
        rows[name] = _timed(lambda request=request: _correct(library, request))  # type: ignore[misc]
    last = len(library.corrections(ID))
    rows["taken back"] = _timed(lambda: amend.undo(library, ID, last, by="benchmark"))
    for name, (wall, cpu) in rows.items():
        print(f"| {seconds / 60:.0f} | {name} | {wall:.2f} | {cpu:.2f} | {cpu / whole[1]:.1%} |")


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


def _correct(library: Library, request: Callable[[Report], Request]) -> None:
    report = library.load(ID)
    asked = requests.corrections(report, request(report), by="benchmark")
    amend.correct(library, ID, asked)


def _timed(what: Callable[[], object]) -> tuple[float, float]:
    """Give wall and CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    what()
    return time.perf_counter() - wall, time.process_time() - cpu


if __name__ == "__main__":
    main([float(given) for given in sys.argv[1:]] or [5.0, 55.0])
