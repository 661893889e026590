"""The real faster-whisper, where its extra is installed, on the packaged weights."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("faster_whisper", reason="the extra 'fast' is not installed")

from diarize.models.catalogue import FASTER_WHISPER_FILES
from diarize.models.packages import WHISPER
from diarize.recording.admission import admit
from diarize.recording.audio import RATE_HZ, Audio, decode
from diarize.separation import activity
from diarize.timeline import Span
from diarize.transcription import table as words
from sample_audio.word_errors import compare, said_in
from tests.conftest import SAMPLES
from tests.said import refused


@pytest.fixture(scope="module")
def model(packaged_whisper):
    return words.opened("faster-whisper", None, "en", weights=packaged_whisper)


def test_it_hears_a_sample_from_weights_in_memory(model, packaged_whisper):
    audio = Audio.of(decode(admit(SAMPLES / "half_way.flac")).samples[:, : 20 * RATE_HZ])
    speech = activity.speech_spans(activity.speech_probability(audio.mono, audio.rate))
    spoken = [row for row in said_in(SAMPLES / "half_way.json") if row[1].span.end < 20.0]
    heard = words.transcribe(audio, speech, model, language="en")
    found = compare(spoken, heard.words)
    assert found.rate < 0.2 and np.median(np.abs(found.starts_s)) < 0.12
    assert model.engine.name == "faster-whisper" and model.engine.machine
    assert model.engine.weights_sha256 == WHISPER.digest == packaged_whisper.sha256


def test_noise_and_silence_give_no_words(model):
    noise = np.random.default_rng(0).normal(0, 0.05, 6 * RATE_HZ).astype(np.float32)
    for sound in (noise, np.zeros_like(noise)):
        heard = words.transcribe(Audio.of(sound), [Span(0.0, 6.0)], model, language="en")
        assert heard.words == ()


def test_it_ends_even_if_the_model_never_moves_on(model, monkeypatch):
    """A decoder whose invented times stand still is asked a bounded number of times."""
    import faster_whisper

    asked = []

    def stuck(self, encoded, prompt, tokenizer, options):
        asked.append(1)
        stamp = tokenizer.timestamp_begin
        result = type(
            "R", (), {"sequences_ids": [[stamp, 13, stamp, stamp]], "no_speech_prob": 0.0}
        )
        return result, -0.1, 0.0, 1.0

    monkeypatch.setattr(faster_whisper.WhisperModel, "generate_with_fallback", stuck)
    sound = np.random.default_rng(0).normal(0, 0.05, 2 * RATE_HZ).astype(np.float32)
    model.decode([sound], "en")
    assert 1 <= len(asked) <= 3


def test_windows_side_by_side_are_each_written_as_if_alone(model):
    """Each has its own count of how often it may be decoded, on however many cores."""
    sound = decode(admit(SAMPLES / "half_way.flac")).mono
    cuts = [sound[n * RATE_HZ : (n + 6) * RATE_HZ] for n in (0, 9, 18, 27)]
    together = model.decode(cuts, "en")
    assert list(together) == [model.decode([cut], "en")[0] for cut in cuts]
    assert all(any(segment.words for segment in window) for window in together)


def test_what_is_no_model_is_refused_in_one_line(tmp_path, packaged_whisper):
    files = {path.name: path.read_bytes() for path in packaged_whisper.beside}
    (tmp_path / "model.bin").write_bytes(b"x")
    for name, data in files.items():
        if name in FASTER_WHISPER_FILES:
            (tmp_path / name).write_bytes(data)
    with refused("transcriber.broken_folder"):
        words.opened("faster-whisper", tmp_path)


def test_a_torn_vocabulary_beside_packaged_weights_is_the_packages(packaged_whisper, tmp_path):
    beside = []
    for path in packaged_whisper.beside:
        copy = tmp_path / path.name
        held = path.read_bytes()
        copy.write_bytes(held[: len(held) // 2] if path.name == "tokenizer.json" else held)
        beside.append(copy)
    with refused("weights.beside_broken"):
        words.opened(
            "faster-whisper", None, weights=replace(packaged_whisper, beside=tuple(beside))
        )
