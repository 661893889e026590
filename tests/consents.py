"""Consents as this machine is told of them, for reports that no analysis made."""

from diarize.recording import register
from diarize.recording.register import GRANTED, WITHDRAWN, Event


def told(report):
    """Say what a report has of its consent, as granting it would."""
    given = report.consent
    about = (report.recording.sha256, "test-1", "2026-01-01", tuple(given.scopes), given.expires_on)
    last = register.latest(report.recording.sha256)
    if last is None or (last.scopes, last.expires_on) != about[3:]:
        register.say(Event(GRANTED, *about))


def withdrawn(sha256):
    """Say that the consent for a recording was withdrawn, as withdrawing it would."""
    register.say(Event(WITHDRAWN, sha256, "test-1"))
