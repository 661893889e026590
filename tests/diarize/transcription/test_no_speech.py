"""What real Whisper makes of hum, hiss and music where nothing else has told it is no speech."""

import numpy as np
import pytest

from diarize.recording.audio import RATE_HZ, Audio
from diarize.separation.activity import speech_probability, speech_spans
from diarize.timeline import Span
from diarize.transcription.table import opened, transcribe

LENGTH_S = 4.0


@pytest.fixture(scope="module")
def model(packaged_whisper):
    return opened("whisper", None, "en", weights=packaged_whisper)


def hum(time):
    """Mains and its harmonics."""
    return sum(0.2 / n * np.sin(2 * np.pi * 50 * n * time) for n in (1, 2, 3, 5))


def hiss(time):
    return np.random.default_rng(3).normal(0, 0.1, len(time))


def music(time):
    """Three plucked voices, two notes a second, over a bass that is held."""
    rng, sound = np.random.default_rng(5), 0.05 * np.sin(2 * np.pi * 110 * time)
    for start in np.arange(0, LENGTH_S, 0.5):
        since = np.maximum(time - start, 0)
        for semitone in rng.choice([0, 3, 5, 7, 10, 12, 15], 3, replace=False):
            hz = 220 * 2 ** (semitone / 12)
            tone = sum(np.sin(2 * np.pi * hz * n * since) / n**2 for n in (1, 2, 3, 4))
            sound = sound + 0.08 * tone * np.exp(-4 * since) * (since > 0)
    return sound


@pytest.mark.slow
@pytest.mark.parametrize("made", [hum, hiss, music])
def test_hum_hiss_and_music_give_no_words(model, made):
    sound = made(np.arange(round(LENGTH_S * RATE_HZ)) / RATE_HZ).astype(np.float32)
    audio = Audio.of(sound)
    found = speech_spans(speech_probability(audio.mono, RATE_HZ))
    # as it is used, and as if whatever tells speech from the rest had failed
    for spans in (found, (Span(0.0, LENGTH_S),)):
        heard = transcribe(audio, spans, model, language="en")
        assert heard.words == (), [w.text for w in heard.words]
