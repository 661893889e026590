"""What the database holds of a session's findings: rows to list, filter and search by.

Conventions
-----------
They follow from the report and are written anew with it. A turn's words are kept as text only where
the consent covers keeping words, sealed with the session's key where the library is encrypted.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Table, delete, insert

from prosody.report.model import Report
from prosody.store.schema import events, links, measures, turns, words

__all__ = ["of_report", "renewed"]

Rows = list[dict[str, Any]]


def of_report(report: Report, seal: Callable[[str], bytes]) -> Mapping[Table, Rows]:
    """Give the rows of a report by their table, without the session's id."""
    texts = report.conversation.texts
    spoken = [t.text for t in report.turns] if texts else []
    return {
        turns: _counted(
            {
                "start_s": turn.span.start,
                "end_s": turn.span.end,
                "voice": turn.voice,
                "role": str(turn.role),
                "kind": str(turn.kind),
                "words": len(turn.words),
            }
            for turn in report.turns
        ),
        words: _counted({"body": seal(text or "")} for text in spoken),
        measures: _counted(
            {
                "cue": m.cue,
                "role": str(m.role),
                **{name: getattr(m, name) for name in ("value", "unit", "part", "whole")},
                **{name: getattr(m, name) for name in ("low", "high", "reliable")},
                "count": m.n,
                "reason_code": m.reason.code if m.reason else None,
            }
            for m in report.measures
        ),
        events: _counted(
            {
                "kind": str(e.kind),
                "role": str(e.role),
                "start_s": e.span.start,
                "end_s": e.span.end,
                "confidence": e.confidence,
                "evidence_code": e.evidence.code,
                "turn": e.utterance,
            }
            for e in report.events
        ),
        links: _counted(
            {
                "behaviour": str(link.behaviour),
                "cue": link.cue,
                "role": str(link.role),
                "count": link.n,
                **{name: getattr(link, name) for name in ("difference", "low", "high")},
                "reliable": link.reliable,
                "reason_code": link.reason.code if link.reason else None,
            }
            for link in report.links
        ),
    }


def _counted(rows: Iterable[dict[str, Any]]) -> Rows:
    return [{"n": number, **row} for number, row in enumerate(rows, 1)]


def renewed(held: Connection, session_id: str, made: Mapping[Table, Rows]) -> None:
    """Put rows in the place of those that a session has."""
    for table, rows in made.items():
        held.execute(delete(table).where(table.c.session_id == session_id))
        if rows:
            held.execute(insert(table), [{"session_id": session_id, **row} for row in rows])
