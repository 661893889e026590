"""A person's reading of each silence: the one thing the dashboard itself keeps.

The kind of a silence cannot be measured; a supervisor says it. Readings live in the session's
own folder, in ``readings.json``, so that forgetting the session forgets them; earlier readings
are kept in order and the latest holds.
"""

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from diarize.consent import Refused
from prosody import library

__all__ = ["KINDS", "Reading", "keep", "latest", "read"]

# The kinds of Levitt's pause inventory, after "not said".
KINDS = (
    "not said",
    "emotional",
    "expressive",
    "reflective",
    "associational",
    "mnemonic",
    "disengaged",
    "interactional",
)
_FILE = "readings.json"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a person heard in the silence that starts at `start_s`; `on` is an ISO date."""

    start_s: float
    kind: str
    on: str


def read(folder: Path, session_id: str) -> tuple[Reading, ...]:
    """Read all readings of a session, oldest first; none where nobody gave one.

    Raises
    ------
    Refused
        If there is no such session, or its readings cannot be read.
    """
    library.entry(folder, session_id)
    try:
        rows = json.loads((folder / session_id / _FILE).read_text("utf-8"))
        return tuple(Reading(float(r["start_s"]), str(r["kind"]), str(r["on"])) for r in rows)
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, TypeError, KeyError):
        raise Refused(f"session {session_id}: {_FILE} is damaged; move it out of the way") from None


def latest(found: tuple[Reading, ...]) -> dict[str, str]:
    """Give the reading that holds for each silence, by its start in seconds as text.

    Examples
    --------
    >>> latest((Reading(4.0, "reflective", "2026-01-01"), Reading(4.0, "emotional", "2026-01-02")))
    {'4.00': 'emotional'}
    """
    return {f"{one.start_s:.2f}": one.kind for one in found}


def keep(folder: Path, session_id: str, start_s: float, kind: str) -> None:
    """Keep one reading, whole or not at all.

    Raises
    ------
    Refused
        On a kind that is none of `KINDS`, an unknown session, or a library that is being
        written to or cannot be.
    """
    if kind not in KINDS:
        raise Refused(f"{kind!r}: choose from {', '.join(KINDS)}")
    with library.locked(folder):
        rows = (*read(folder, session_id), Reading(start_s, kind, date.today().isoformat()))
        place, temporary = folder / session_id, None
        try:
            with tempfile.NamedTemporaryFile("w", dir=place, delete=False) as file:
                temporary = Path(file.name)
                file.write(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(place / _FILE)
        except OSError as error:
            if temporary is not None:
                temporary.unlink(missing_ok=True)
            raise Refused(
                f"session {session_id}: the reading could not be kept ({error.strerror})"
            ) from None
