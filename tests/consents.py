"""Consents as this machine is told of them, for reports that no analysis made."""

import sqlite3

from diarize.recording import register, register_file
from diarize.recording.register import GRANTED, WITHDRAWN, Event


def told(report):
    """Say what a report has of its consent, as granting it would."""
    given = report.consent
    about = (report.recording.sha256, "test-1", "2026-01-01", tuple(given.scopes), given.expires_on)
    last = register.latest(report.recording.sha256)
    if last is None or (last.scopes, last.expires_on) != about[3:]:
        register.say(Event(GRANTED, *about))


def seen(day):
    """Let this machine have seen a day, as one does whose clock once stood ahead."""
    register.say(Event(WITHDRAWN, "0" * 64, "test-1"))  # it has a register
    with sqlite3.connect(register_file.place()) as held:
        held.execute("INSERT INTO days VALUES (?)", (day.isoformat(),))
    held.close()


def withdrawn(sha256):
    """Say that the consent for a recording was withdrawn, as withdrawing it would."""
    register.say(Event(WITHDRAWN, sha256, "test-1"))
