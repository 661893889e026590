"""Files that were edited elsewhere, as corrections: a transcript's words, an export's turns.

Conventions
-----------
What reads files is imported where one is read: most corrections come with none.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diarize.errors import Refused
from diarize.formats.transcript import Cue
from diarize.messages import Message, message
from diarize.runtime.atomic import read_small, sha256_of
from diarize.timeline import Turn
from prosody.report.codec import from_json, thaw
from prosody.report.model import Report
from prosody.settings import Settings
from prosody.store.corrections import Correction, turn_rows, word_rows
from prosody.store.requests import Asking

if TYPE_CHECKING:
    from diarize.edits.readback import Labels

__all__ = ["SAID", "known", "text_of", "turns_of"]
SAID = "An edited export: {endings}."  # what the option that takes one says of itself


def known() -> dict[str, str]:
    """Name the endings that may be given; only help asks, and every reader is loaded for it."""
    from diarize.formats.table import edited

    return {"endings": " ".join(edited())}


def text_of(asking: Asking) -> Iterator[Correction]:
    """Take the words of a transcript, laid along the turns as they are."""
    from diarize.formats.table import read_transcript
    from diarize.transcription.alignment import align

    report, source = asking.report, Path(asking.request.text_from)
    transcript = read_transcript(source, duration=report.recording.duration_s)
    now = report.conversation
    turns = [Turn(ipu, u.voice) for u in now.utterances for ipu in u.ipus]
    said = align(transcript.cues, turns, now.duration)
    if not said:
        raise Refused("requests.no_word_inside", source=str(source))
    yield asking.change("text", {"sha256": sha256_of(source), "words": word_rows(said)})


def turns_of(asking: Asking) -> Iterator[Correction]:
    """Take the turns, voices and words of an export that was edited elsewhere."""
    from diarize.edits import readback

    report, source = asking.report, Path(asking.request.turns_from)
    if asking.request.text_from is not None or asking.request.turn is not None:
        raise Refused("requests.turns_alone")
    cues, notes = _read(report, source)
    now = report.conversation
    labels = readback.labels_of(cues, now)
    told = [replace(cue, voice=labels.voices[cue.voice]) for cue in cues if cue.voice is not None]
    if not told:
        raise Refused("requests.no_speaker", source=str(source))
    notes += _said_of_labels(labels, len(cues) - len(told))
    with_text = any(cue.text for cue in told)
    if with_text and "keep_words" not in report.consent.scopes:
        with_text = False
        notes.append(message("requests.without_words"))
    editing = thaw(Settings, report.settings).hearing.editing
    streams, lost = readback.read_back(told, now, with_text=with_text, editing=editing)
    if lost:
        notes.append(message("requests.words_gone", n=lost))
    for note in notes:
        asking.say(str(note))
    detail = {"sha256": sha256_of(source), "turns": turn_rows(streams.turns)}
    if labels.new:
        detail["new"] = [labels.voices[label] for label in labels.new]
    if with_text and streams.words is not None:
        detail["words"] = word_rows(streams.words)
    yield asking.change("turns", detail)


def _said_of_labels(labels: "Labels", unnamed: int) -> Iterator[Message]:
    """Say which voice each label of a file is taken for, and what names nobody."""
    if unnamed:
        yield message("requests.unnamed", n=unnamed)
    for code, found in (("taken", labels.by_time), ("new", labels.new)):
        for label in found:
            yield message(f"requests.{code}", label=label, voice=labels.voices[label])


def _read(report: Report, source: Path) -> tuple[list[Cue], list[Any]]:
    """Read an edited file; labels written into the text by hand are labels too."""
    from diarize.edits.readback import labelled
    from diarize.formats import table as exchange

    form, seconds = exchange.format_of(source), report.recording.duration_s
    if form is None or not form.edited:
        raise Refused("requests.ending", source=str(source), known=exchange.edited())
    if "words" in form.lacks:
        found = exchange.read_rttm(source, duration=seconds)
        cues = [Cue(turn.span, turn.voice, "") for turn in found.turns]
        return cues, list(found.notes)
    read = exchange.read_transcript(source, duration=seconds, wordless=True)
    cues = _own_export(source) or labelled(read.cues, report.conversation)
    return cues, list(read.notes)


def _own_export(source: Path) -> list[Cue]:
    """Read a report of this program's own, which names voices and roles; else nothing."""
    try:
        exported = from_json(read_small(source).decode())
    except (Refused, UnicodeDecodeError):
        return []
    return [Cue(turn.span, turn.voice, turn.text) for turn in exported.turns]
