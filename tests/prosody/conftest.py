"""A small conversation, its frames and its report, made without any model."""

import json
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.shared.victims import as_folders
from diarize.conversation import weave
from diarize.messages import Note, message
from diarize.models.engine import Engine
from diarize.recording.audio import Audio
from diarize.recording.consent import SCOPES
from diarize.recording.quality import Check
from diarize.roles import Casting, Role
from diarize.timeline import Span, Turn, Word
from prosody.features import frames as sounding
from prosody.findings import Heard, findings
from prosody.report import model as reports
from prosody.report.codec import thaw
from prosody.settings import Settings
from prosody.store.applying import applied, report_of
from prosody.store.library import Library
from prosody.store.record import Record
from tests.consents import told

LINES = (
    ("A", 0.5, 3.0, "Where would you like to start today?"),
    ("B", 3.8, 9.0, "Well my week was hard and I felt so alone at work"),
    ("A", 9.9, 12.5, "It sounds like you felt very alone this week."),
    ("B", 13.0, 19.0, "Yes I did and nobody there seemed to notice it at all"),
    ("A", 15.0, 15.4, "Mm-hm."),
    ("B", 22.6, 26.0, "I think I have never said that to anybody before"),
    ("A", 26.8, 29.5, "Thank you for telling me that, it took courage."),
)

HEARD = message("casting.words", points=9.0, errors=4.0, questions=30.0, words=400)


def spoken(lines=LINES):
    turns = tuple(sorted(Turn(Span(start, end), voice) for voice, start, end, _ in lines))
    words = []
    for voice, start, end, text in lines:
        tokens = text.split()
        step = (end - start) / len(tokens)
        words += [
            Word(Span(start + i * step, start + (i + 1) * step), token, 0.9, voice)
            for i, token in enumerate(tokens)
        ]
    return turns, tuple(sorted(words))


@pytest.fixture(scope="session")
def conversation():
    turns, words = spoken()
    casting = (
        Casting("A", Role.THERAPIST, 0.9, HEARD),
        Casting("B", Role.CLIENT, 0.9, HEARD),
    )
    return weave(turns, words, casting, 31.0, language="en")


@pytest.fixture(scope="session")
def frames():
    rng = np.random.default_rng(3)
    time = np.arange(31 * 16_000) / 16_000
    sound = 0.2 * np.sign(np.sin(2 * np.pi * 140 * time)) * (np.sin(2 * np.pi * 3 * time) > -0.5)
    return sounding.measure(Audio.of((sound + rng.normal(0, 1e-3, len(time))).astype(np.float32)))


def facts(scopes=SCOPES):
    engine = Engine("test", "1")
    return reports.Facts(
        reports.RecordingFacts("0" * 64, 31.0, 16_000, 1, "room"),
        reports.ConsentFacts(tuple(scopes), "2999-01-01"),
        {"separator": engine, "transcriber": engine},
        (Check("speech", 20.0, "s", "warn", message("quality.speech")),),
        (Note("separator.rare_voice"),),
    )


@pytest.fixture(scope="session")
def report(conversation, frames):
    return findings(Heard(facts(), Settings(), conversation), frames)


def heard_in(report, corrected=0):
    """What a report follows from, with the facts of these tests."""
    about = replace(facts(report.consent.scopes), engines=report.engines)
    settings = thaw(Settings, report.settings)
    return Heard(about, settings, report.conversation, corrected)


def replay(report, frames, rows, *, fresh=None):
    """The report that follows when these corrections are made."""
    heard = heard_in(report)
    return report_of(applied(heard, rows, fresh=fresh), frames, rows, fresh=fresh)


def retold_words(report, turn, text):
    """The report, with other words in one turn."""
    old = report.turns[turn]
    words = [replace(word, text=new) for word, new in zip(old.words, text.split(), strict=False)]
    turns = list(report.turns)
    turns[turn] = replace(old, words=tuple(words))
    talk = replace(report.conversation, utterances=tuple(turns))
    return replace(report, conversation=talk)


def keep(
    folder,
    entry,
    report,
    write_frames,
    *,
    rows=(),
    html="<p>",
    heard=None,
    regrant=True,
    **options,
):
    """Save a session that nobody, or these corrections, changed."""
    heard = heard or heard_in(report)
    if regrant:
        told(replace(report, recording=replace(report.recording, sha256=entry.sha256)))
    with Library(folder).locked():
        record = Record(heard, heard, tuple(rows))
        Library(folder).save(entry, record, report, html, write_frames=write_frames, **options)


def as_older_version(place):
    """Make a session's folder what an even older version would have left."""
    as_folders(place.parent)
    (place / "heard.json").unlink()
    older = json.loads((place / "report.json").read_text("utf-8"))
    older |= {"schema": 1, "notes": [note["text"] for note in older["notes"]]}
    (place / "report.json").write_text(json.dumps(older), "utf-8")
