"""A small library made in code: one invented session of two minutes, tones for voices."""

import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from diarize.conversation import Conversation, Role, Silence, SilenceKind, TurnKind, Utterance
from diarize.messages import Note, message
from diarize.models.engine import Engine
from diarize.recording.quality import Check
from diarize.roles import Casting
from diarize.settings import Units
from diarize.timeline import Span, Word
from prosody.analysis import Analysis
from prosody.cues import dyad
from prosody.cues.measure import Measure, Series
from prosody.events import Event, Outcome, Suggestion
from prosody.features.frame_files import save as save_frames
from prosody.features.frames import COLUMNS, Frames
from prosody.findings import Heard
from prosody.listening.links import Link
from prosody.listening.moments import Moment
from prosody.report import model as reports
from prosody.report.codec import thaw
from prosody.report.model import ConsentFacts, Course, RecordingFacts, Report
from prosody.settings import Settings
from prosody.store.library import Entry, Library
from prosody.store.record import Record
from tests.consents import told
from tests.dashboard.browsing import page as page  # the fixture, for every test here

RATE = 16_000
SCRIPT_TAG = "<script>window.broken = true</script>"
IMAGE = "![pixel](https://images.example/pixel.png)"
LATEX = r"$\frac{1}{2}$ and **bold** :red[red]"

# (role, kind, start, end, text)
SPOKEN = (
    ("client", "primary", 1.0, 9.0, "I keep lying awake at night and thinking about work."),
    ("therapist", "backchannel", 5.0, 5.4, "Mm-hm."),
    ("therapist", "primary", 10.0, 15.0, "It sounds as if the day never quite ends for you."),
    ("client", "primary", 16.0, 26.0, "Yes. It never ends. " + SCRIPT_TAG),
    ("therapist", "primary", 31.0, 34.0, "What is the hardest moment?"),
    ("client", "primary", 34.8, 50.0, "When the house is quiet. " + IMAGE),
    ("therapist", "primary", 49.0, 53.0, "And then it is all there at once."),
    ("client", "primary", 57.5, 70.0, LATEX),
    ("therapist", "primary", 71.0, 78.0, "That makes sense, given all you carry."),
    ("client", "primary", 79.0, 95.0, "I had not thought of it like that before."),
    ("therapist", "backchannel", 84.0, 84.5, "Yeah."),
    ("therapist", "primary", 96.0, 104.0, "Shall we stay with that for a moment?"),
    ("client", "primary", 109.0, 118.0, "Yes, I would like that."),
)
DURATION_S = 120.0
HELD = message("evidence.held_silence", seconds=5.0)


def words(text: str, start: float, end: float, voice: str) -> tuple[Word, ...]:
    tokens = text.split()
    step = (end - start) / max(1, len(tokens))
    return tuple(
        Word(Span(start + i * step, start + (i + 0.9) * step), token, 0.9, voice)
        for i, token in enumerate(tokens)
    )


def turns() -> tuple[Utterance, ...]:
    return tuple(
        Utterance(
            index,
            Span(start, end),
            "A" if role == "therapist" else "B",
            Role(role),
            TurnKind(kind),
            (Span(start, end),)
            if end - start < 3
            else (Span(start, start + 2), Span(start + 2.4, end)),
            words(text, start, end, "A" if role == "therapist" else "B"),
        )
        for index, (role, kind, start, end, text) in enumerate(SPOKEN)
    )


def events() -> tuple[Event, ...]:
    def one(kind: str, turn: int, level: float, **more: Any) -> Event:
        role, _, start, end, text = SPOKEN[turn]
        values = {"voice.level": level, "pace.articulation_rate": 4.0 + level / 20}
        outcome = Outcome(client_talk_s=10.0, client_words=12, latency_s=0.8)
        span, said = Span(start, end), message("evidence.words", words=f"“{text.split()[0]}”")
        return Event(Suggestion(kind, said, 0.8), span, role, turn, values, outcome, **more)

    return (
        one("backchannel", 1, -34.0),
        one("reflection", 2, -30.0),
        one("question_open", 4, -27.0),
        one("reflection", 6, -25.0),
        one("validation", 8, -29.0),
        one("check_in", 11, -28.0, corrected_by="sup-1"),
        Event(
            Suggestion("held_silence", message("evidence.held_silence", seconds=5.0), 1.0),
            Span(26.0, 31.0),
            "therapist",
        ),
    )


def conversation() -> Conversation:
    casting = (
        Casting("A", Role.THERAPIST, 0.94, message("casting.too_few_words")),
        Casting("B", Role.CLIENT, 0.94, message("casting.too_few_words")),
    )
    silences = tuple(
        Silence(Span(start, end), Role(before), Role(after), kind, Role(after))
        for start, end, before, after, kind in (
            (9.0, 10.0, "client", "therapist", SilenceKind.GAP),
            (26.0, 31.0, "client", "therapist", SilenceKind.SILENCE),
            (53.0, 57.5, "therapist", "client", SilenceKind.SILENCE),
        )
    )
    return Conversation(turns(), silences, casting, DURATION_S, has_words=True)


QUALITY = (
    Check(
        "speech_to_noise",
        31.0,
        "dB",
        "ok",
        message("quality.speech_to_noise", warn_db=20.0),
    ),
    Check("clipping", 0.4, "%", "warn", message("quality.clipping"), Span(30.0, 33.0)),
)
MEASURES = (
    Measure("talk.share", "therapist", 31.2, "%", 27.9, 89.4, 13),
    Measure("talk.share", "client", 68.8, "%", 61.5, 89.4, 13),
    Measure(
        "turns.response_latency",
        "therapist",
        1.0,
        "s",
        n=5,
        low=0.6,
        high=2.1,
        reliable=False,
        reason=message("measure.few_changes", n=5, least=30),
    ),
    Measure("voice.level", "therapist", -28.4, "dB", n=6, low=-30.0, high=-26.0),
    Measure(
        "match.language_style",
        "both",
        None,
        "",
        n=80,
        reliable=False,
        reason=message("match.few_words", n=120, least=500),
    ),
)
LINKS = (
    Link(
        "reflection",
        "voice.level",
        "therapist",
        12,
        -30.0,
        -27.0,
        -3.0,
        -4.5,
        -1.2,
        -0.6,
        True,
    ),
    Link(
        "advice",
        "voice.level",
        "therapist",
        1,
        None,
        None,
        None,
        None,
        None,
        None,
        False,
        message("link.too_few", least=5, n=1, rest=20),
    ),
)
MOMENTS = (
    Moment(
        "strong",
        Span(10.0, 15.0),
        Span(1.0, 26.0),
        message("moment.because", of=("reflection",)),
        3.0,
        (1,),
    ),
    Moment(
        "discuss",
        Span(49.0, 53.0),
        Span(34.0, 70.0),
        message("moment.because", of=("overlap_to_review",)),
        2.0,
        (3,),
    ),
)
NOTES = (Note("notes.roles_uncertain", {"certainty": 0.94}, "caution"),)


def make_report(**changes: Any) -> Report:
    starts = (0.0, 30.0)
    report = Report(
        schema=reports.SCHEMA,
        recording=RecordingFacts("ab" * 32, DURATION_S, RATE, 1, "room"),
        consent=ConsentFacts(("analyse", "keep_words", "play_back"), "2999-12-31"),
        engines={"separator": Engine("builtin", "1"), "transcriber": Engine("supplied", "-")},
        settings={"setting": "room", "units": asdict(Units())},
        settings_sha256="cd" * 32,
        quality=QUALITY,
        conversation=conversation(),
        ended_with=(None, "question", "speech"),
        measures=MEASURES,
        course=Course(
            90.0,
            30.0,
            (
                Series("talk.share", "therapist", starts, (28.0, 33.0)),
                Series("talk.share", "client", starts, (72.0, None)),
            ),
        ),
        events=events(),
        links=LINKS,
        moments=MOMENTS,
        notes=NOTES,
    )
    overlaps = dyad.overlaps(Analysis(report.conversation))
    heard = {
        name: changes.pop(name) for name in ("utterances", "casting", "silences") if name in changes
    }
    talk = replace(report.conversation, **heard)
    return replace(replace(report, conversation=talk, overlaps=overlaps), **changes)


def make_frames(report: Report, *, channels: int | None = None) -> Frames:
    rows = int(report.recording.duration_s * 100)
    time_s = np.arange(rows, dtype=np.float32) / 100
    f0 = np.full(rows, np.nan, np.float32)
    level = np.full(rows, -62.0, np.float32)
    for turn in report.turns:
        inside = (time_s >= turn.span.start) & (time_s < turn.span.end)
        base, depth = (130.0, 12.0) if turn.role == "therapist" else (205.0, 25.0)
        f0[inside] = base + depth * np.sin(time_s[inside] * 4)
        level[inside] = -30.0 + 3 * np.sin(time_s[inside] * 7)
    empty = np.full(rows, np.nan, np.float32)
    columns: dict[str, Any] = {name: empty for name in COLUMNS}
    columns |= {"time_s": time_s, "f0_hz": f0, "level_db": level}
    if channels:
        columns = {
            name: column if name == "time_s" else np.stack([column] * channels)
            for name, column in columns.items()
        }
    return Frames(**columns)


def write_audio(path: Path, report: Report) -> None:
    time = np.arange(int(report.recording.duration_s * RATE)) / RATE
    samples = 0.001 * np.sin(2 * np.pi * 50 * time)
    for turn in report.turns:
        inside = (time >= turn.span.start) & (time < turn.span.end)
        pitch = 130 if turn.role == "therapist" else 205
        samples[inside] += 0.1 * np.sin(2 * np.pi * pitch * time[inside])
    soundfile.write(path, samples, RATE, subtype="PCM_16", format="FLAC")


def heard_in(report: Report) -> Heard:
    """What a report follows from."""
    facts = reports.Facts(report.recording, report.consent, report.engines, report.quality, ())
    return Heard(facts, thaw(Settings, report.settings), report.conversation)


@dataclass(frozen=True)
class Shelf:
    """A library folder with one session in it, and the means to put more there."""

    folder: Path
    audio: Path

    def report(self, **changes: Any) -> Report:
        return make_report(**changes)

    def copy_audio(self, to: Path) -> None:
        shutil.copy(self.audio, to)

    def frames(self, report: Report, **options: int) -> Frames:
        return make_frames(report, **options)

    def add(self, session_id: str, report: Report, *, audio: bool = True, **ids: Any) -> None:
        entry = Entry(session_id, report.recording.sha256, "2026-01-15", DURATION_S, "d-1")
        entry = replace(entry, **ids)
        told(replace(report, recording=replace(report.recording, sha256=entry.sha256)))
        with Library(self.folder).locked():
            heard = heard_in(report)
            Library(self.folder).save(
                entry,
                Record(heard, heard),
                report,
                "<!doctype html>",
                write_frames=lambda path: save_frames(make_frames(report), path),
                write_audio=self.copy_audio if audio else None,
            )


@pytest.fixture(scope="session")
def audio_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("audio") / "audio.flac"
    write_audio(path, make_report())
    return path


def another(report: Report, number: int) -> Report:
    """The same talk as another session: another recording, its turns a little shorter."""
    turns = tuple(
        replace(turn, span=Span(turn.span.start, turn.span.end - 0.1 * number), ipus=())
        if turn.span.duration > 3
        else turn
        for turn in report.turns
    )
    talk = replace(report.conversation, utterances=turns)
    sha256 = f"{number + 16:02x}" * 32
    return replace(report, conversation=talk, recording=replace(report.recording, sha256=sha256))


@pytest.fixture(scope="session")
def saved_library(
    tmp_path_factory: pytest.TempPathFactory, audio_file: Path, nobodys_models: Path
) -> Path:
    """A library with that session, saved once; tests have copies of it."""
    shelf = Shelf(tmp_path_factory.mktemp("saved") / "library", audio_file)
    shelf.add("s-one", make_report())
    return shelf.folder


@pytest.fixture
def shelf(tmp_path: Path, audio_file: Path, saved_library: Path) -> Shelf:
    told(make_report())  # this test's own register knows of the consent too
    return Shelf(shutil.copytree(saved_library, tmp_path / "library"), audio_file)
