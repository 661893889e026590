"""What if: a session measured under other thresholds, roles and weights, and nothing of it written.

Conventions
-----------
What is tried follows from what the library keeps, as a correction does: no sound is decoded and no
model of speech is run. Only :func:`keep` writes, and only under a name a person gave: the setting,
never its figures, beside the session (`FILE`), sealed and erased with it.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from diarize.conversation import Role
from diarize.edits import whole
from diarize.errors import Refused
from prosody.findings import Heard
from prosody.report import codec
from prosody.report.model import Report
from prosody.store.amend import read_again
from prosody.store.applying import report_of
from prosody.store.library import Library

__all__ = ["FILE", "Kept", "WhatIf", "as_it_is", "drop", "keep", "kept", "tried"]

FILE = "what_if.json"
_BY = "what-if"


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What is tried.

    Parameters
    ----------
    pause_s : float
        Shorter stretches without speech within a turn count as articulation.
    terminal_overlap_s : float
        Who comes in this shortly before the other's end takes the turn.
    hold_s : float
        Who speaks on this long after an overlap holds the floor.
    therapist : str
        The therapist's voice; "" where nobody knows.
    left_out : tuple of str
        Components not counted in the warmth proxy.
    """

    pause_s: float
    terminal_overlap_s: float
    hold_s: float
    therapist: str = ""
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """A setting that was kept: what it is, who kept it, when."""

    what: WhatIf
    by: str
    on: str


def as_it_is(library: Library, session_id: str) -> WhatIf:
    """Give what the session's figures rest on now."""
    now = library.record(session_id).now
    limits = now.settings.turntaking
    voices = (c.voice for c in now.conversation.casting if c.role == Role.THERAPIST)
    return WhatIf(
        now.settings.pacing.pause_s,
        limits.terminal_overlap_s,
        limits.hold_s,
        next(voices, ""),
        tuple(now.settings.warmth.left_out),
    )


def tried(library: Library, session_id: str, what: WhatIf) -> Report:
    """Measure a session under another setting; nothing is written.

    Values are rounded as those of a report that was kept, so that only what moved differs from it.

    Raises
    ------
    Refused
        If the session cannot be read, its consent does not allow it, or there is no such voice.
    """
    record = library.record(session_id)
    now = _with_therapist(record.now, what.therapist)
    own = now.settings
    warmth = own.warmth.without(*what.left_out)
    settings = replace(
        own,
        pacing=replace(own.pacing, pause_s=what.pause_s),
        turntaking=replace(
            own.turntaking, terminal_overlap_s=what.terminal_overlap_s, hold_s=what.hold_s
        ),
        warmth=warmth,
    )
    now = read_again(replace(now, settings=settings), library)
    frames = library.frames(session_id)
    report = report_of(now, frames, record.corrections, since=record.corrected)
    return replace(report, measures=tuple(map(codec.as_written, report.measures)))


def _with_therapist(now: Heard, voice: str) -> Heard:
    known = {c.voice: c.role for c in now.conversation.casting}
    if not voice or known.get(voice) == Role.THERAPIST:
        return now
    told = {voice: Role.THERAPIST}
    told |= {other: Role.CLIENT for other, role in known.items() if role == Role.THERAPIST}
    talk = now.conversation
    for name, role in told.items():
        talk = whole.tell_roles(talk, {name: str(role)}, by=_BY)
    return replace(now, conversation=talk)


def kept(library: Library, session_id: str) -> dict[str, Kept]:
    """Give the settings that were kept with a session, by name.

    Raises
    ------
    Refused
        If there is no such session, or what is kept is not as it was written.
    """
    try:
        plain = codec.parsed(library.text(session_id, FILE) or "{}")
        return {str(name): _thawed(row) for name, row in plain.items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Refused("what_if.unreadable", session=session_id) from None


def _thawed(row: Mapping[str, Any]) -> Kept:
    what = dict(row["what"])
    what["left_out"] = tuple(map(str, what["left_out"]))
    return Kept(WhatIf(**what), str(row["by"]), str(row["on"]))


def keep(library: Library, session_id: str, name: str, what: WhatIf, *, by: str) -> None:
    """Keep a setting under a name; one of that name is replaced.

    Raises
    ------
    Refused
        If it has no name, or cannot be written; what was kept before is untouched then.
    """
    named = " ".join(name.split())
    if not named:
        raise Refused("what_if.no_name")
    new = Kept(what, by, date.today().isoformat())
    with library.locked():
        _write(library, session_id, {**kept(library, session_id), named: new})


def drop(library: Library, session_id: str, name: str) -> None:
    """Throw a kept setting away."""
    with library.locked():
        left = {n: row for n, row in kept(library, session_id).items() if n != name}
        _write(library, session_id, left)


def _write(library: Library, session_id: str, rows: Mapping[str, Kept]) -> None:
    plain = {name: asdict(row) for name, row in rows.items()}
    library.keep_text(session_id, FILE, json.dumps(plain, ensure_ascii=False))
