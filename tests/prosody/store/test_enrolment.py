import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from benchmarks.shared.corpora import reference
from diarize.messages import Message
from diarize.recording import consent
from diarize.recording.audio import decode
from diarize.runtime.atomic import sha256_of
from diarize.separation import embedding as encoder
from diarize.separation import enrolled
from diarize.separation import table as speakers
from diarize.timeline import intersection, subtract, total
from prosody.cli.commands import cli
from prosody.store import voices
from prosody.store.enrolment import enrol
from prosody.store.library import Entry, Library
from tests.conftest import SAMPLES, retold
from tests.counting import calls_of
from tests.said import refused, told

RATE = 16_000
pytestmark = pytest.mark.skipif(
    encoder.installed() is None, reason="the voice encoder is not installed"
)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Half a minute of one person, with their consent."""
    sound, _ = soundfile.read(SAMPLES / "attentive.flac", dtype="float32")
    turns = reference(SAMPLES / "attentive.rttm")
    pieces = [
        sound[int(t.span.start * RATE) : int(t.span.end * RATE)]
        for t in turns
        if t.voice == "therapist" and t.span.duration > 1.5
    ]
    path = tmp_path_factory.mktemp("own") / "own.flac"
    soundfile.write(path, np.concatenate(pieces)[: 30 * RATE], RATE)
    consent.grant(path, by="T-01")
    return path


def test_ones_own_voice_is_enrolled_until_the_consent_expires(alone, tmp_path):
    made = enrol(tmp_path, "T1", alone, given_by="T-01")
    kept = voices.load(Library(tmp_path), "T1")
    assert kept == made and kept.given_by == "T-01"
    assert kept.expires_on == consent.read(alone).expires_on
    assert np.linalg.norm(kept.vector) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("given_by", "code"), [("T-02", "voice.not_their_own"), (" ", "voice.no_consent_code")]
)
def test_nobody_elses_voice_is_enrolled(alone, tmp_path, given_by, code):
    with refused(code):
        enrol(tmp_path, "T1", alone, given_by=given_by)
    assert voices.every(Library(tmp_path)) == ()


def test_without_consent_nothing_is_decoded(alone, tmp_path):
    path = tmp_path / "copy.flac"
    path.write_bytes(alone.read_bytes())
    with calls_of(decode) as decoded:
        with refused("consent.missing"):
            enrol(tmp_path, "T1", path, given_by="T-01")
        with refused("enrolled.no_code"):
            enrol(tmp_path, "Anna Smith", alone, given_by="T-01")
        assert decoded == []


def test_two_voices_are_refused_where_nobody_said_whose_turns_are_whose(
    alone, tmp_path, monkeypatch
):
    from diarize.models.engine import Engine
    from diarize.separation.table import Separation
    from diarize.timeline import Span, Turn

    two = (Turn(Span(0, 1), "A"), Turn(Span(1, 2), "B"))
    monkeypatch.setattr(speakers, "separate", lambda *a, **k: Separation(two, Engine("x", "1")))
    with refused("voice.several_voices", n=2):
        enrol(tmp_path, "T1", alone, given_by="T-01")


def test_a_sessions_therapist_is_enrolled_only_where_confirmed(
    alone, tmp_path, monkeypatch, report
):
    entry = Entry("s", sha256_of(alone), "2026-01-01", 30.0)
    monkeypatch.setattr(Library, "find", lambda self, wanted: (entry,))
    shown: dict[str, Any] = {}
    monkeypatch.setattr(Library, "load", lambda self, session: shown["report"])

    def as_said(evidence, corrected_by=None):
        return retold(
            report,
            casting=tuple(
                replace(v, evidence=Message(evidence), corrected_by=corrected_by)
                for v in report.voices
            ),
        )

    given: list[Any] = []

    def watched(samples, spans):
        given[:] = spans
        return (1 / 16,) * 256, 30.0

    monkeypatch.setattr(enrolled, "make", watched)
    # The person who consented to the file is another; only a confirmed therapist may be T-02.
    shown["report"] = as_said("casting.words")
    with refused("voice.not_their_own"):
        enrol(tmp_path, "T1", alone, given_by="T-02")
    for evidence, by in (("casting.channel_map", None), ("casting.words", "sup-1")):
        shown["report"] = as_said(evidence, by)
        assert enrol(tmp_path, "T1", alone, given_by="T-02").given_by == "T-02"
        client = [t.span for t in report.turns if t.role == "client"]
        own = [t.span for t in report.turns if t.role == "therapist"]
        assert given and not intersection(given, client)
        assert total(given) == pytest.approx(total(subtract(own, client)))


def test_withdrawing_consent_erases_the_voice(alone, tmp_path):
    path = tmp_path / "own.flac"
    path.write_bytes(alone.read_bytes())
    consent.grant(path, by="T-01")
    lib = tmp_path / "lib"
    enrol(lib, "T1", path, given_by="T-01")
    listed = CliRunner().invoke(cli, ["voice", "list", "--json", "--library", str(lib)])
    row = json.loads(listed.stdout)
    assert row["name"] == "T1" and "vector" not in row
    done = CliRunner().invoke(cli, ["consent", "withdraw", str(path), "--library", str(lib)])
    assert told("voice.erased_with_recording", done.output, name="T1")
    assert list((lib / ".voices").iterdir()) == []


def test_forgetting_a_voice_erases_it_alone(alone, tmp_path):
    for name in ("T1", "T2"):
        enrol(tmp_path, name, alone, given_by="T-01")
    done = CliRunner().invoke(cli, ["voice", "forget", "T1", "--library", str(tmp_path)])
    assert done.exit_code == 0
    assert [t.name for t in voices.every(Library(tmp_path))] == ["T2"]


def test_of_a_session_of_an_earlier_version_what_to_do_is_said(
    alone, tmp_path, monkeypatch, report
):
    """It did not keep how the therapist was known, so nobody's voice is taken from it."""
    entry = Entry("s-old", sha256_of(alone), "2026-01-01", 30.0)
    casting = tuple(
        replace(v, evidence=Message("legacy.text", {"text": "said so"})) for v in report.voices
    )
    monkeypatch.setattr(Library, "find", lambda self, wanted: (entry,))
    monkeypatch.setattr(Library, "load", lambda self, session: retold(report, casting=casting))
    with refused("voice.stored_by_older", session="s-old"):
        enrol(tmp_path, "T1", alone, given_by="T-77")
    assert not (tmp_path / ".voices").exists()
