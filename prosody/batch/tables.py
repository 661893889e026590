"""The tables of a batch: a row per session, and a row per measure.

Conventions
-----------
``sessions.csv`` and ``measures.csv`` lie in the library, sorted by session id and written whole
or not at all; they name sessions, never files or people. Cells a spreadsheet would take for a
formula are guarded.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from diarize.errors import Refused
from diarize.formats.tables import guarded
from diarize.runtime.atomic import write_whole
from prosody.catalogue import headlines
from prosody.cues.measure import Measure
from prosody.cues.warmth import caveat
from prosody.report.model import Report
from prosody.store.add import IDS
from prosody.store.folders import replace_rows, written
from prosody.store.library import Entry, Library

__all__ = ["renew_rows", "write"]


def write(folder: Path, session_ids: Sequence[str]) -> None:
    """Write both tables of the sessions named, in the order given."""
    made = list(_allowed(folder, session_ids))
    write_whole(folder / "sessions.csv", _csv([_wide(entry, report) for entry, report in made]))
    write_whole(
        folder / "measures.csv",
        _csv([_long(entry, measure) for entry, report in made for measure in report.measures]),
    )


def _allowed(folder: Path, session_ids: Sequence[str]) -> Iterator[tuple[Entry, Report]]:
    """Give the sessions whose consent allows it now, and that can be read."""
    for session_id in session_ids:
        with suppress(Refused):
            yield Library(folder).entry(session_id), Library(folder).load(session_id)


def _long(entry: Entry, measure: Measure) -> dict[str, object]:
    row = {"session_id": entry.session_id, "dyad_id": entry.dyad_id, **asdict(measure)}
    why = measure.reason
    said = {"reason": str(why), "reason_code": why.code} if why else {"reason_code": None}
    return row | said | {"caveat": caveat(measure.cue)}


def _wide(entry: Entry, report: Report) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(entry, name) for name in ("session_id", *IDS)}
    row["duration_s"] = report.recording.duration_s
    row["role_certainty"] = min((v.certainty for v in report.voices), default=0.0)
    row["quality_warnings"] = " ".join(c.check for c in report.quality if c.verdict != "ok")
    for cue in (row.name for row in headlines()):
        for role in ("therapist", "client"):
            measure = report.measure(cue, role)
            for part in ("value", "low", "high", "n", "reliable"):
                row[f"{cue}.{role}.{part}"] = getattr(measure, part, None)
    return row


def _csv(rows: Sequence[Mapping[str, object]]) -> str:
    return written(list(rows[0]), [_cells(row) for row in rows]) if rows else ""


def _cells(row: Mapping[str, object]) -> dict[str, object]:
    return {k: guarded(v) if isinstance(v, str) else v for k, v in row.items()}


def renew_rows(folder: Path, session_id: str) -> None:
    """Bring the rows of a corrected session in the tables of earlier batches up to date."""
    entry, report = Library(folder).entry(session_id), Library(folder).load(session_id)
    replace_rows(folder / "sessions.csv", session_id, [_cells(_wide(entry, report))])
    measures = [_cells(_long(entry, measure)) for measure in report.measures]
    replace_rows(folder / "measures.csv", session_id, measures)
