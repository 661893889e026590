"""The language that is heard: trusted where there is enough of it, told where it contradicts."""

import math

import numpy as np
import pytest

from diarize.models.engine import Engine
from diarize.recording.audio import RATE_HZ, Audio
from diarize.settings import Hearing, Transcribing
from diarize.timeline import Span
from diarize.transcription.table import Transcriber, joined, transcribe
from diarize.transcription.transcriber import one_by_one


def noise(seconds):
    return Audio.of(
        np.random.default_rng(0).normal(0, 0.05, round(seconds * RATE_HZ)).astype(np.float32)
    )


@pytest.mark.parametrize(("seconds", "chance"), [(4.0, 0.99), (20.0, 0.5)])
def test_a_language_judged_from_little_is_not_trusted(seconds, chance):
    def detect(samples):
        return {"nn": chance, "en": 1 - chance}

    model = Transcriber(Engine("x", "1"), one_by_one(lambda samples, language: ()), detect)
    found = transcribe(noise(30), (Span(0, seconds),), model)
    (note,) = [n for n in found.notes if n.code == "transcriber.language_unsure"]
    assert found.language is None and note.severity == "caution"
    told = transcribe(noise(30), (Span(0, seconds),), model, language="nn")
    assert told.language == "nn" and note.code not in [n.code for n in told.notes]


def test_what_is_heard_on_a_channel_each_is_told_once():
    def detect(samples):
        return {"de": 1.0}

    model = Transcriber(Engine("x", "1"), one_by_one(lambda samples, language: ()), detect)
    parts = [
        transcribe(noise(40), (span,), model, language="en") for span in (Span(0, 15), Span(20, 39))
    ]
    found = joined(parts)
    assert [n.code for n in found.notes] == ["transcriber.other_language", "transcriber.unheard"]
    unheard = found.notes[1]
    assert unheard.spans == (Span(0, 15), Span(20, 39)) and unheard.severity == "caution"
    assert unheard.fields["seconds"] == 34.0


@pytest.mark.parametrize(("told", "heard"), [("en", "de"), ("de", "en"), ("fr", "en")])
def test_words_in_a_language_that_the_sound_contradicts_are_read_by_no_rules(told, heard):
    """Whisper translates: English told to be German is German words, and the sound is English."""

    def detect(samples):
        return {heard: 0.95, told: 0.05}

    model = Transcriber(Engine("x", "1"), one_by_one(lambda s, code: ()), detect)
    once = Hearing(transcribing=Transcribing(again_s=math.inf))
    found = transcribe(noise(20), (Span(0, 20),), model, language=told, hearing=once)
    (note,) = found.notes
    assert note.code == "transcriber.other_language" and note.severity == "withhold"
    assert note.fields == {"told": told, "heard": heard}
    assert found.language == "und"
    short = transcribe(noise(4), (Span(0, 4),), model, language=told, hearing=once)
    (note,) = short.notes
    assert (note.code, note.severity) == ("transcriber.other_language_short", "caution")
    assert short.language == told, "too little to contradict a person"
