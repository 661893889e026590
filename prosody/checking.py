"""A recording checked in seconds: level, noise, echo, band, channels, and what to change.

Conventions
-----------
Nothing is transcribed, no voice is told from another, and nothing is kept. A check is needed
before a session more than after it, so a trial recording of at most `Checking.trial_max_s` may be
checked by the word of those who speak on it; anything longer needs its consent record.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from diarize.errors import Refused
from diarize.messages import Field, Message, Note, message
from diarize.recording import quality
from diarize.recording.admission import admit, admit_trial
from diarize.recording.audio import Audio, decode
from diarize.recording.quality import Check
from diarize.separation.activity import Speech
from diarize.separation.channels import level_db
from diarize.separation.persons import judged
from prosody.features.band import reached_hz
from prosody.features.room import rings_s
from prosody.render import wording
from prosody.report.codec import plain
from prosody.report.intake import Intake, became, taken_in
from prosody.report.model import RecordingFacts
from prosody.settings import Checking, Settings

__all__ = ["Checked", "checked"]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found.

    Parameters
    ----------
    duration_s, sample_rate_hz, channels
        Of the file.
    channel_each : bool
        Whether each channel is a person.
    checks : tuple of Check
        Each with its value, unit and verdict.
    notes : tuple of Note
        What was found of the file and its channels.
    advice : tuple of Message
        What to change, the most useful first; empty where nothing needs to.
    intake : tuple of Intake
        What was read, lost, mended, ignored and withheld, as a report has it.
    """

    duration_s: float
    sample_rate_hz: int
    channels: int
    channel_each: bool
    checks: tuple[Check, ...]
    notes: tuple[Note, ...]
    advice: tuple[Message, ...]
    intake: tuple[Intake, ...] = ()

    def plain(self) -> dict[str, Any]:
        """Give it as JSON holds it."""
        return {
            "recording": {
                "duration_s": round(self.duration_s, 3),
                "sample_rate_hz": self.sample_rate_hz,
                "channels": self.channels,
                "channel_each": self.channel_each,
            },
            "checks": [
                {
                    "check": c.check,
                    "value": None if c.value is None else round(c.value, 3),
                    "unit": c.unit,
                    "verdict": c.verdict,
                    "meaning": str(c.meaning),
                }
                for c in self.checks
            ],
            "notes": [{"code": n.code, "severity": n.severity, "text": str(n)} for n in self.notes],
            "intake": [
                {
                    "what": row.what,
                    "code": row.code,
                    "fields": plain(dict(row.fields)),
                    "span": None if row.span is None else [row.span.start, row.span.end],
                    "text": str(row),
                }
                for row in self.intake
            ],
            "advice": [{"code": a.code, "text": str(a)} for a in self.advice],
        }

    def lines(self) -> Iterator[str]:
        """Give it as lines for a terminal."""
        yield str(
            message(
                "quality.read",
                seconds=self.duration_s,
                rate_hz=self.sample_rate_hz,
                channels=self.channels,
            )
        )
        for c in self.checks:
            name = message(f"checks.{c.check}")
            code = "check.line" if c.value is not None else "check.line_unmeasured"
            verdict = message(f"check.verdict_{c.verdict}")
            value = wording.with_unit(c.value, c.unit)
            yield str(message(code, name=name, value=value, verdict=verdict))
        yield from (_told(note) for note in self.notes)
        yield str(message("check.change" if self.advice else "check.nothing"))
        yield from (str(message("check.item", advice=a)) for a in self.advice)
        yield str(message("check.unheard"))


def _told(note: Note) -> str:
    """Say a note, after what became of what it is about where it says so: lost, mended, ignored."""
    what = became(note.code)
    if what is None:
        return str(message("screen.note", note=str(note)))
    return str(message("check.became", what=message(f"page.became_{what}"), note=str(note)))


def checked(
    path: Path,
    *,
    track: int | None = None,
    trial: str | None = None,
    settings: Settings | None = None,
    rule: Checking | None = None,
) -> Checked:
    """Check a recording.

    Parameters
    ----------
    path : Path
        With its consent record beside it, unless it is a trial.
    track : int, optional
        Which track of sound, from 1.
    trial : str, optional
        Code of whoever speaks on a trial recording and agrees to its check.
    settings : Settings, optional
        Thresholds of hearing and features.
    rule : Checking, optional
        Thresholds of the check.

    Raises
    ------
    Refused
        Without consent, if it cannot be decoded, or if a trial is too long for one.
    """
    settings = settings or Settings.load()
    hearing, rule = settings.hearing, rule or Checking()
    recording = admit(path) if trial is None else admit_trial(path, by=trial)
    limits = hearing.decoding
    if trial is not None:
        limits = replace(limits, duration_max_h=rule.trial_max_s / 3600)
    try:
        decoded = decode(recording, limits=limits, track=track)
    except Refused as refusal:
        if trial is None or refusal.code != "recording.too_long":
            raise
        raise Refused("check.trial_too_long", file=str(path), seconds=rule.trial_max_s) from None
    audio, speech = judged(decoded, hearing)
    notes = quality.noted(audio, speech.probability, rules=hearing)
    enough = replace(hearing.quality, speech_min_s=rule.speech_min_s)
    found = quality.assess(audio, speech.probability, limits=enough)
    checks = (
        _level(audio, speech, settings, rule),
        *(_banded(c, audio, settings) for c in found),
        _rings(audio, rule),
    )
    facts = RecordingFacts(
        recording.sha256, audio.duration, audio.source_rate_hz, audio.channels, settings.setting
    )
    return Checked(
        audio.duration,
        audio.source_rate_hz,
        audio.channels,
        bool(audio.channel_each),
        checks,
        notes,
        tuple(_advice(checks, notes, rule, hearing.shaped.coded_kbit_s)),
        tuple(taken_in(facts, checks, notes)),
    )


def _level(audio: Audio, speech: Speech, settings: Settings, rule: Checking) -> Check:
    """Level at which people speak: the median of the rows with speech."""
    rows = level_db(audio.mono, len(speech.probability), settings.hearing.channels)
    spoken = rows[speech.probability >= settings.hearing.quality.speech_probability]
    if not len(spoken):
        return Check("level", None, "dBFS", "warn", message("check.level"))
    value = float(np.median(spoken))
    low, high = rule.level_low_dbfs, rule.level_high_dbfs
    verdict = "ok" if low <= value <= high else "warn"
    return Check("level", value, "dBFS", verdict, message("check.level"))


def _rings(audio: Audio, rule: Checking) -> Check:
    """How long the room rings, as the microphone hears it."""
    value = rings_s(audio.mono, audio.rate, rule=rule.ringing)
    verdict = "ok" if value is None or value < rule.rings_s else "warn"
    return Check("reverberation", value, "s", verdict, message("check.reverberation"))


def _banded(check: Check, audio: Audio, settings: Settings) -> Check:
    """Say how far up the sound reaches, which may be less than the file holds."""
    if check.check != "band_limit" or check.value is None:
        return check
    rules, each = settings.features.spectrum, audio.samples if audio.channel_each else ()
    value = min(reached_hz(one, check.value, rules=rules) for one in (audio.mono, *each))
    warn = value <= settings.hearing.quality.band_warn_hz
    return replace(check, value=value, verdict="warn" if warn else check.verdict)


# code of a note: what to change
_FOR_NOTES = {
    "recording.echo": "check.headphones",
    "recording.echo_stays": "check.headphones",
    "recording.leak": "check.closer",
    "recording.leak_stays": "check.closer",
    "recording.raised": "check.gain",
    "recording.direct_current": "check.offset",
    "recording.gain_rides": "check.no_gain",
    "recording.gain_wanders": "check.no_gain",
    "recording.gain_set": "check.level_alone",
    "recording.gain_unjudged": "check.pauses",
    "recording.gain_unclear": "check.pauses",
    "recording.level_pressed": "check.no_gain",
    "recording.noise_shaped": "check.no_suppression",
    "recording.coded": "check.more_bits",
    "recording.coded_hard": "check.more_bits",
    "recording.coded_in_steps": "check.more_bits",
    "recording.peaks_cut": "check.for_clipping",
    "recording.channel_peaks_cut": "check.for_clipping",
    "recording.dead_end": "check.microphone",
    "recording.channel_gone": "check.microphone",
    "recording.channel_lapses": "check.for_dropouts",
    "separator.channels_as_one": "check.own_channel",
}


_MISSING = {
    *("recording.dropouts", "recording.lapses"),
    *("recording.channel_lapses", "recording.channel_gone", "recording.dead_end"),
}


def _advice(
    checks: tuple[Check, ...], notes: tuple[Note, ...], rule: Checking, least_kbit_s: float
) -> Iterator[Message]:
    """Say what to change in the room, each thing once."""
    codes = [f"check.for_{c.check}" for c in checks if c.verdict != "ok" and c.value is not None]
    if not _MISSING.intersection(note.code for note in notes):  # silence that begins after speech
        codes = ["check.no_gate" if code == "check.for_dropouts" else code for code in codes]
    codes += ["check.speak" for c in checks if c.check == "level" and c.value is None]
    codes += [_FOR_NOTES[note.code] for note in notes if note.code in _FOR_NOTES]
    said: dict[str, dict[str, Field]] = {
        "check.for_level": {"low": rule.level_low_dbfs, "high": rule.level_high_dbfs},
        "check.more_bits": {"least": least_kbit_s},
    }
    yield from (Message(code, said.get(code, {})) for code in dict.fromkeys(codes))
