"""What a person changes from the dashboard: who spoke, what was said, what it was, who is who.

Everything goes where corrections from the command line go, the session's ``corrections.json``:
with a code and a date, kept through a new analysis, forgotten with the session. What changes
the measures is done by the command line in a process of its own; a reading of a silence changes
no number and is only noted. Words a person wrote go to that process on standard input, because
what stands in a command can be read by others on the same machine.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import prosody
from diarize.errors import Refused
from diarize.runtime.atomic import write_whole
from prosody.report.model import Report
from prosody.store import library
from prosody.store.library import Correction

__all__ = [
    "READINGS",
    "call_motivational",
    "carry_out",
    "caution",
    "keep_reading",
    "leave_out_of_warmth",
    "readings",
    "rename",
    "set_roles",
    "swap_roles",
    "take_back",
]

# After "not said", the kinds of Levitt's pause inventory. They cannot be measured.
READINGS = (
    "not said",
    "emotional",
    "expressive",
    "reflective",
    "associational",
    "mnemonic",
    "disengaged",
    "interactional",
)
_SILENCE = "silence"
_PATIENCE_S = 300


def readings(folder: Path, session_id: str) -> dict[str, str]:
    """Give the latest reading of each silence, by its start in seconds as text.

    Raises
    ------
    Refused
        If there is no such session or its corrections cannot be read.
    """
    found = (c.detail for c in _kept(folder, session_id) if c.kind == _SILENCE)
    return {f"{float(detail['start_s']):.2f}": str(detail["reading"]) for detail in found}


def _kept(folder: Path, session_id: str) -> tuple[Correction, ...]:
    library.entry(folder, session_id)
    try:
        return library.corrections(folder, session_id)
    except (OSError, ValueError, TypeError, KeyError):
        raise Refused(f"session {session_id}: its corrections.json cannot be read") from None


def keep_reading(folder: Path, session_id: str, start_s: float, reading: str, *, by: str) -> None:
    """Keep a person's reading of the silence that starts at `start_s`, whole or not at all.

    Parameters
    ----------
    folder : Path
        The library.
    session_id : str
        Which session.
    start_s : float
        Where the silence starts, in seconds.
    reading : str
        One of `READINGS`.
    by : str
        The code of who says so.

    Raises
    ------
    Refused
        On another reading, an unknown session, or a library that cannot be written.
    """
    if reading not in READINGS:
        raise Refused(f"{reading!r}: choose from {', '.join(READINGS)}")
    detail: dict[str, str | float] = {"start_s": start_s, "reading": reading}
    row = Correction(_SILENCE, by, date.today().isoformat(), detail)
    with library.locked(folder):
        _write(folder / session_id, (*_kept(folder, session_id), row))


def _write(place: Path, rows: Sequence[Correction]) -> None:
    text = json.dumps([asdict(row) for row in rows], indent=1, ensure_ascii=False) + "\n"
    write_whole(place / "corrections.json", text)


def swap_roles(folder: Path, session_id: str, *, by: str) -> None:
    """Make the therapist the client and the other way round; all measures follow.

    Raises
    ------
    Refused
        If it cannot be done; nothing is changed then.
    """
    _correct(folder, session_id, ["--swap-roles"], by)


def set_roles(folder: Path, session_id: str, roles: Sequence[tuple[str, str]], *, by: str) -> None:
    """Say which voice has which role, as (voice, role) pairs; all measures follow.

    Raises
    ------
    Refused
        If it cannot be done; nothing is changed then.
    """
    said = [part for voice, role in roles for part in ("--role", f"{voice}={role}")]
    _correct(folder, session_id, said, by)


def leave_out_of_warmth(
    folder: Path, session_id: str, components: Sequence[str], *, by: str
) -> None:
    """Keep which components the warmth proxy does without; none counts them all again.

    Raises
    ------
    Refused
        If it cannot be done; nothing is changed then.
    """
    said = [part for name in components or ("none",) for part in ("--without-warmth", name)]
    _correct(folder, session_id, said, by)


def call_motivational(folder: Path, session_id: str, said: bool, *, by: str) -> None:
    """Keep whether the session is motivational interviewing; its figures follow.

    Raises
    ------
    Refused
        If it cannot be done; nothing is changed then.
    """
    word = "--motivational-interviewing" if said else "--no-motivational-interviewing"
    _correct(folder, session_id, [word], by)


def caution(report: Report) -> str:
    """Say what a correction would take away from a session; empty where nothing is lost."""
    if "keep_words" in report.consent.scopes or report.engines["transcriber"].name == "none":
        return ""
    return (
        "Careful: the words of this session were used and, by its consent, not kept. After any "
        "correction nothing that rests on words can be said until the recording is analysed "
        "again; what you correct is kept."
    )


def rename(folder: Path, session_id: str, old: str, new: str, *, by: str) -> None:
    """Call a voice by another code.

    Raises
    ------
    Refused
        If it cannot be done; nothing is changed then.
    """
    _correct(folder, session_id, [f"--rename={old}={new}"], by)


def take_back(folder: Path, session_id: str, number: int, *, by: str) -> None:
    """Take one correction back, by its place in the history from 1; all measures follow.

    Raises
    ------
    Refused
        If it cannot be done; nothing is changed then.
    """
    _correct(folder, session_id, [f"--undo={number}"], by)


def carry_out(folder: Path, session_id: str, said: Mapping[str, Any], *, by: str) -> None:
    """Correct a turn, words of it, its text, or a behaviour, as the listening room asks.

    Parameters
    ----------
    folder : Path
        The library.
    session_id : str
        Which session.
    said : mapping
        ``turn`` (its number) or ``at`` (seconds), and one of: ``voice``, with or without
        ``words`` (first and last, from 1); ``text``; ``is`` and ``is_not`` (kinds of behaviour).
    by : str
        The code of who says so.

    Raises
    ------
    Refused
        If it cannot be done; nothing is changed then.
    """
    try:
        options, typed = _options(said)
    except (KeyError, TypeError, ValueError):
        # It came from a browser: whatever it is, none of it is repeated.
        raise Refused("this correction cannot be read; reload the page and try again") from None
    _correct(folder, session_id, options, by, typed=typed)


def _options(said: Mapping[str, Any]) -> tuple[list[str], str | None]:
    """Give the options of the command line, and what it reads from standard input."""
    if said.get("at") is not None:
        place = f"--at={float(said['at']):.3f}"
    else:
        place = f"--turn={int(said['turn'])}"
    if "text" in said:
        text = str(said["text"]).strip()
        return ([place, "--text=-"], text) if text else ([place, "--text="], None)
    if "voice" in said:
        options = [place, f"--voice={said['voice']}"]
        if said.get("words") is not None:
            first, last = said["words"]
            options.append(f"--words={int(first)}-{int(last)}")
        return options, None
    kinds = [f"--{key.replace('_', '-')}={said[key]}" for key in ("is", "is_not") if said.get(key)]
    if not kinds:
        raise KeyError("is")
    return [place, *kinds], None


def _correct(
    folder: Path, session_id: str, said: Sequence[str], by: str, *, typed: str | None = None
) -> None:
    library.entry(folder, session_id)
    command = [sys.executable, "-m", "prosody", "correct", "--library", str(folder.resolve())]
    try:
        done = subprocess.run(
            [*command, *said, "--by", by, "--", session_id],
            cwd=Path(prosody.__file__).parents[1],
            capture_output=True,
            input=(typed or "").encode("utf-8", "replace"),
            timeout=_PATIENCE_S,
            check=False,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):  # ValueError: no text for a command
        raise Refused(f"session {session_id}: the correction did not finish; try again") from None
    if done.returncode != 0:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Refused((lines or ["it could not be corrected"])[-1].removeprefix("prosody: "))
