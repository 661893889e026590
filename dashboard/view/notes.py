"""What people wrote at moments, as cards beside the sound."""

from collections.abc import Iterable
from typing import Any

from dashboard.view.cards import Card, Quote, plain
from dashboard.view.words import label, say
from diarize.conversation import TurnKind
from diarize.timeline import Span
from prosody.render import wording
from prosody.report.model import Report
from prosody.settings import Playing
from prosody.store.written import Written

__all__ = ["SORTS", "notes", "sorts"]

SORTS = ("comment", "question")
_PLAYING = Playing()


def sorts(names: Iterable[str]) -> list[tuple[str, str]]:
    """Name sorts of notes, for the room."""
    return [(name, label("sort", name)) for name in names]


def notes(report: Report, rows: Iterable[Written], viewer: str) -> list[dict[str, Any]]:
    """Make what the room lists of notes, in order of time.

    Parameters
    ----------
    report : Report
        The session, for the words around each note as they are now.
    rows : iterable of Written
        The notes; `value` is where each stands, in seconds.
    viewer : str
        Code of who looks, who may take the viewer's own away.
    """
    placed = sorted(rows, key=lambda row: (row.value or 0.0, row.n))
    return [{**plain(_card(report, r)), "n": r.n, "mine": r.by == viewer} for r in placed]


def _card(report: Report, row: Written) -> Card:
    at = float(row.value or 0.0)
    first = max(0.0, at - _PLAYING.before_note_s)
    last = min(at + _PLAYING.after_note_s, report.recording.duration_s)
    near = [
        t for t in report.turns if t.span.start < at + 1 and t.span.end > first and t.text.strip()
    ]
    spoken = [t for t in near if t.kind == TurnKind.PRIMARY]
    name = label("sort", row.item)
    return Card(
        kind="note",
        title=str(row.detail.get("text") or name),
        label=name,
        gist="",
        role="",
        span=Span(at, at),
        context=Span(first, last),
        play_s=first,
        stop_s=last,
        quotes=tuple(Quote(wording.role(t.role), t.index) for t in spoken),
        doubt=say("written_by", by=row.by, on=row.at[:10]),
    )
