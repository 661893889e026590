from dataclasses import replace

import numpy as np
import pytest
import soundfile

from benchmarks.shared.corpora import reference
from diarize.messages import message
from diarize.roles import Role, cast
from diarize.separation import embedding as encoder
from diarize.separation import enrolled
from diarize.separation.enrolled import changes_half_way, recognise
from diarize.separation.recognition import Recognition, Template
from diarize.settings import Enrolling
from diarize.timeline import Span, Turn, subtract
from tests.conftest import SAMPLES
from tests.said import refused

RATE = 16_000
needs_encoder = pytest.mark.skipif(
    encoder.installed() is None, reason="the voice encoder is not installed"
)


def template(vector=(1.0, *[0.0] * 255), **changes):
    made = Template(
        "T1", vector, 40.0, "ab", "T-01", "2026-01-01", "2027-01-01", encoder.WEIGHTS_SHA256
    )
    return replace(made, **changes)


@pytest.fixture(scope="module")
def session():
    """Three minutes of a session, and its turns."""
    sound, _ = soundfile.read(SAMPLES / "attentive.flac", frames=180 * RATE, dtype="float32")
    turns = [t for t in reference(SAMPLES / "attentive.rttm") if t.span.end < 180]
    return sound, turns


@pytest.fixture(scope="module")
def known(session):
    """The client's voice, enrolled from the first half of it."""
    sound, turns = session
    own = [t.span for t in turns if t.voice == "client" and t.span.end < 90]
    others = [t.span for t in turns if t.voice != "client"]
    vector, _ = enrolled.make(sound, subtract(own, others))
    return template(vector)


@needs_encoder
def test_a_voice_is_found_again_and_by_how_much_is_said(session, known):
    sound, turns = session
    later = [t for t in turns if t.span.start > 90]
    found = recognise(known, sound, later)
    assert found.voice == "client" and found.certainty == 0.9
    assert found.evidence.code == "casting.likeness"
    assert set(found.evidence.fields) == {"first", "second", "margin"}  # and no name, no code


@needs_encoder
def test_one_voice_leads_nobody(session, known):
    sound, turns = session
    found = recognise(known, sound, [t for t in turns if t.voice == "client"])
    assert found.voice is None and found.evidence.code == "casting.likeness_of_one"


@needs_encoder
def test_voices_that_change_persons_half_way_are_heard(session, known):
    sound, turns = session
    other = {"client": "therapist", "therapist": "client"}
    crossed = [Turn(t.span, t.voice if t.span.start < 90 else other[t.voice]) for t in turns]
    assert changes_half_way(known, sound, crossed)
    assert not changes_half_way(known, sound, turns)


@needs_encoder
def test_too_little_speech_or_two_people_are_not_enrolled(session):
    sound, turns = session
    with refused("enrolled.too_little"):
        enrolled.make(sound, [Span(0, 5)])
    own = {voice: [t.span for t in turns if t.voice == voice] for voice in ("client", "therapist")}
    pieces = [
        np.concatenate([sound[int(s.start * RATE) : int(s.end * RATE)] for s in own[voice]])
        for voice in own
    ]
    n = min(len(piece) for piece in pieces)
    joined = np.concatenate([piece[:n] for piece in pieces])
    with refused("enrolled.not_one_voice"):
        enrolled.make(joined, [Span(0, len(joined) / RATE)])


def test_without_the_encoder_nothing_is_enrolled_or_compared(monkeypatch):
    monkeypatch.setattr(encoder, "installed", lambda: None)
    with refused("enrolled.no_encoder"):
        enrolled.make(np.zeros(RATE, np.float32), [Span(0, 1)])
    with refused("enrolled.other_encoder"):
        recognise(template(), np.zeros(RATE, np.float32), [])


@pytest.mark.parametrize(
    ("alike", "voice", "said"),
    [
        ({"A": 0.9, "B": 0.5}, "A", "likeness"),
        ({"A": 0.75, "B": 0.7}, None, "likeness_too_close"),
        ({"A": 0.55, "B": 0.2}, None, "likeness_too_low"),
        ({"A": 0.5, "B": 0.9, "C": 0.6}, "B", "likeness"),
        ({}, None, "likeness_of_one"),
    ],
)
def test_no_voice_is_named_below_the_margin(alike, voice, said):
    found = enrolled.judged(alike, Enrolling())
    assert (found.voice, found.evidence.code) == (voice, f"casting.{said}")
    assert (found.certainty > 0) == (voice is not None)


AB = (Turn(Span(0, 1), "A"), Turn(Span(1, 2), "B"))


def test_the_enrolled_voice_ranks_below_a_persons_word_and_above_the_words():
    heard = Recognition("A", 0.9, message("casting.likeness", first=0.9, second=0.5, margin=0.4))

    def therapist(**known):
        return {c.role: c.voice for c in cast(AB, None, enrolled=heard, **known)}[Role.THERAPIST]

    assert therapist() == "A"
    assert therapist(therapist_voice="B") == "B"
    assert therapist(labels={"A": "Client", "B": "Therapist"}) == "B"
    assert therapist(channel_of={"A": 0, "B": 1}, channel_roles={1: "therapist"}) == "B"


def test_a_recognition_that_names_nobody_withholds_and_is_told():
    unsure = Recognition(
        None, 0.0, message("casting.likeness_too_close", first=0.9, second=0.88, margin=0.02)
    )
    found = cast(AB, None, enrolled=unsure)
    assert {c.role for c in found} == {"unknown"}
    assert {c.evidence.code for c in found} == {"casting.and_likeness"}
    assert all(c.evidence.fields["likeness"] == unsure.evidence for c in found)
