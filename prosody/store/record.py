"""What is kept of a session's words and turns, as text and back.

Conventions
-----------
``heard.json`` holds what the analysis heard and, once somebody corrected it, what it is now.
Older versions wrote it with the first correction only, and as reports: from these, what the report
says is taken as it stands, and how many corrections are in it already is known.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from diarize.conversation import Conversation
from prosody.findings import Heard
from prosody.report import codec
from prosody.report.model import SCHEMA, Facts, Report, facts_of
from prosody.settings import Settings
from prosody.store.corrections import Correction

__all__ = ["Record", "corrections_in", "heard_text", "record_in", "talk_in"]


@dataclass(frozen=True, slots=True)
class Record:
    """What is kept of a session's words and turns.

    Parameters
    ----------
    first : Heard or mapping
        As the analysis heard it; a mapping as it was read, which few corrections look into.
    now : Heard
        As people's `corrections` left it.
    corrections : tuple of Correction
        Oldest first.
    """

    first: Heard | Mapping[str, Any]
    now: Heard
    corrections: tuple[Correction, ...] = ()

    @property
    def heard(self) -> Heard:
        """What the analysis heard."""
        return self.first if isinstance(self.first, Heard) else codec.thaw(Heard, self.first)

    @property
    def corrected(self) -> int:
        """How many of the corrections are in what the analysis heard already."""
        first = self.first
        return first.corrected if isinstance(first, Heard) else int(first.get("corrected", 0))


def heard_text(record: Record) -> str:
    """Write what was heard, and what it is now where that is something else."""
    first, now = record.first, record.now.kept
    heard = first.kept if isinstance(first, Heard) else first
    plain = {"schema": SCHEMA, "heard": codec.plain(heard) if isinstance(heard, Heard) else heard}
    if now != heard:
        plain["now"] = codec.plain(now)
    return json.dumps(plain, ensure_ascii=False) + "\n"


def record_in(
    plain: Mapping[str, Any] | None,
    rows: tuple[Correction, ...],
    report: Callable[[], Report],
) -> Record:
    """Read a record.

    Parameters
    ----------
    plain : mapping or None
        What stands in ``heard.json``; None where an older version wrote none.
    rows : tuple of Correction
        The corrections of the session.
    report : callable
        Reads its report, where that is needed.

    Raises
    ------
    KeyError, TypeError or ValueError
        If it is no such thing.
    """
    if plain is None:
        heard = _in_report(report(), len(rows))
        return Record(heard, heard, rows)
    if "report" in plain:
        before = codec.from_json(json.dumps(plain["report"]))
        now = _in_report(report(), len(rows))
        return Record(_in_report(before, int(plain["corrected"])), now, rows)
    if "now" in plain:
        return Record(plain["heard"], codec.thaw(Heard, plain["now"]), rows)
    heard = codec.thaw(Heard, plain["heard"])
    return Record(heard, heard, rows)


def talk_in(plain: Mapping[str, Any] | None) -> Conversation | None:
    """Read who said what as it is now; None where an older version kept it in its report."""
    if plain is None or "report" in plain:
        return None
    return codec.thaw(Conversation, plain.get("now", plain["heard"])["conversation"])


def _in_report(report: Report, corrected: int) -> Heard:
    """Take from a report what was heard: an older version kept nothing else."""
    settings = codec.thaw(Settings, report.settings)
    own = tuple(note for note in report.notes if note.code != "legacy.caution")
    facts = Facts(**facts_of(report) | {"notes": own})
    return Heard(facts, settings, report.conversation, corrected)


def corrections_in(text: str) -> tuple[Correction, ...]:
    """Read them back."""
    return tuple(Correction(**row) for row in codec.parsed(text))
