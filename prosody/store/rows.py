"""What the database holds of a session's findings: rows to list, filter and search by.

Conventions
-----------
They follow from the report and are written anew with it. A turn's words are kept as text only where
the consent covers keeping words, sealed with the session's key where the library is encrypted.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Table, delete, insert

from diarize.conversation import Utterance
from prosody.cues.measure import Measure
from prosody.events import Event
from prosody.listening.links import Link
from prosody.report.model import Report
from prosody.store.schema import events, links, measures, turns, words

__all__ = ["FOUND", "facts_of", "of_report", "renewed"]

FOUND = (turns, words, measures, events, links)  # the tables of what was found

Rows = list[dict[str, Any]]


def facts_of(report: Report) -> dict[str, Any]:
    """Give what the database keeps of a report beside its rows, by the columns of `sessions`."""
    return {
        "setting": report.recording.setting,
        "quality": json.dumps([c.check for c in report.quality if c.verdict != "ok"]),
        "report_schema": report.schema,
        "role_certainty": min((voice.certainty for voice in report.voices), default=0.0),
    }


def of_report(report: Report, seal: Callable[[str], bytes]) -> Mapping[Table, Rows]:
    """Give the rows of a report by their table, without the session's id."""
    spoken = [t.text for t in report.turns] if report.conversation.texts else []
    return {
        turns: _counted(map(_turn, report.turns)),
        words: _counted({"body": seal(text or "")} for text in spoken),
        measures: _counted(map(_measure, report.measures)),
        events: _counted(map(_event, report.events)),
        links: _counted(map(_link, report.links)),
    }


def _turn(turn: Utterance) -> dict[str, Any]:
    return {
        "start_s": turn.span.start,
        "end_s": turn.span.end,
        "voice": turn.voice,
        "role": str(turn.role),
        "kind": str(turn.kind),
        "words": len(turn.words),
    }


def _measure(measure: Measure) -> dict[str, Any]:
    same = ("cue", "value", "unit", "part", "whole", "low", "high", "reliable")
    return {
        **{name: getattr(measure, name) for name in same},
        "role": str(measure.role),
        "count": measure.n,
        "reason_code": measure.reason.code if measure.reason else None,
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "kind": str(event.kind),
        "role": str(event.role),
        "start_s": event.span.start,
        "end_s": event.span.end,
        "confidence": event.confidence,
        "evidence_code": event.evidence.code,
        "turn": event.utterance,
    }


def _link(link: Link) -> dict[str, Any]:
    same = ("cue", "difference", "low", "high", "reliable")
    return {
        **{name: getattr(link, name) for name in same},
        "behaviour": str(link.behaviour),
        "role": str(link.role),
        "count": link.n,
        "reason_code": link.reason.code if link.reason else None,
    }


def _counted(rows: Iterable[dict[str, Any]]) -> Rows:
    return [{"n": number, **row} for number, row in enumerate(rows, 1)]


def renewed(held: Connection, session_id: str, made: Mapping[Table, Rows]) -> None:
    """Put rows in the place of those that a session has."""
    for table, rows in made.items():
        held.execute(delete(table).where(table.c.session_id == session_id))
        if rows:
            held.execute(insert(table), [{"session_id": session_id, **row} for row in rows])
