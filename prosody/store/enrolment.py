"""Enrolling a voice: from a recording of one person, or from a session's confirmed therapist.

Conventions
-----------
Nothing is decoded without a valid consent record, and nothing is kept unless the code given is
that of the person described. In a recording of one person that is whoever consented to it. In a
session it is the therapist, and only where a person, a channel map or speaker labels said which
turns are theirs: a voice that was merely guessed is never enrolled.
"""

from datetime import date
from pathlib import Path

from diarize.errors import Refused
from diarize.recording.admission import Recording, admit
from diarize.recording.audio import Audio, decode
from diarize.separation import enrolled
from diarize.separation import table as speakers
from diarize.separation.activity import Speech
from diarize.separation.embedding import WEIGHTS_SHA256
from diarize.separation.recognition import Template
from diarize.timeline import Span, subtract
from prosody.report.model import Report
from prosody.store import voices
from prosody.store.library import Library

__all__ = ["enrol"]

_CONFIRMED = ("casting.channel_map", "casting.told", "casting.labels")


def enrol(folder: Path, name: str, path: Path, *, given_by: str) -> Template:
    """Make a template from a recording and keep it in the library.

    Parameters
    ----------
    folder : Path
        The library.
    name : str
        A code the template is kept under; an older one of this name is replaced.
    path : Path
        The recording.
    given_by : str
        The code of the person whose voice it is.

    Raises
    ------
    Refused
        If there is no valid consent, the code is not that of the person who speaks, or it is
        not sure that one person alone is described.
    """
    voices.place(Library(folder), name)  # a name that cannot be used is refused before any decoding
    recording = admit(path)
    code = given_by.strip()
    if not code:
        raise Refused("voice.no_consent_code")
    confirmed = _confirmed(folder, recording.sha256)
    if confirmed is None and recording.consent.given_by != code:
        _refuse_older(folder, recording.sha256)
        raise Refused("voice.not_their_own", file=str(path), code=code)
    audio = decode(recording)
    spans = _alone(path, audio) if confirmed is None else _theirs(confirmed)
    vector, seconds = enrolled.make(audio.mono, spans)
    template = Template(
        name,
        vector,
        seconds,
        recording.sha256,
        code,
        date.today().isoformat(),
        recording.consent.expires_on,
        WEIGHTS_SHA256,
    )
    _still_admitted(recording)
    with (library := Library(folder)).locked():
        voices.keep(library, template)
    return template


def _still_admitted(recording: Recording) -> None:
    """Refuse if consent was withdrawn, or the file changed, while the voice was described."""
    if admit(recording.path).sha256 != recording.sha256:
        raise Refused("voice.changed_meanwhile", file=str(recording.path))


def _confirmed(folder: Path, sha256: str) -> Report | None:
    """Give the session of a recording whose therapist's turns somebody has confirmed."""
    for entry in Library(folder).find(sha256):
        report = Library(folder).load(entry.session_id)
        for voice in report.voices:
            sure = voice.corrected_by is not None or voice.evidence.code in _CONFIRMED
            if voice.role == "therapist" and sure:
                return report
    return None


def _refuse_older(folder: Path, sha256: str) -> None:
    """Refuse where an earlier version stored the session: it did not keep how roles were known."""
    for entry in Library(folder).find(sha256):
        known = (voice.evidence.code for voice in Library(folder).load(entry.session_id).voices)
        if "legacy.text" in known:
            raise Refused("voice.stored_by_older", session=entry.session_id)


def _theirs(report: Report) -> tuple[Span, ...]:
    """Where the therapist speaks and nobody else."""
    own = [t.span for t in report.turns if t.role == "therapist"]
    others = [t.span for t in report.turns if t.role != "therapist"]
    return subtract(own, others)


def _alone(path: Path, audio: Audio) -> tuple[Span, ...]:
    """Where anybody speaks, if one voice alone is heard."""
    speech = Speech(audio)
    found = speakers.separate(audio, "builtin", speech=speech)
    heard = len({turn.voice for turn in found.turns})
    if heard > 1:
        raise Refused("voice.several_voices", file=str(path), n=heard)
    return speech.spans
