"""The real openai-whisper code, on a checkpoint of random weights the project makes."""

import gc
import math
import sys
import types
import weakref
from dataclasses import replace

import numpy as np
import pytest

from diarize.models import tensors
from diarize.recording.audio import RATE_HZ, Audio
from diarize.runtime.threads import one_core
from diarize.timeline import Span
from diarize.transcription.decoding import remembered, write_down
from diarize.transcription.glossary import Glossary
from diarize.transcription.table import opened, transcribe
from tests import tiny_whisper
from tests.said import refused


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return tiny_whisper.write(tmp_path_factory.mktemp("weights") / "tiny.pt")


@pytest.fixture(scope="module")
def model(checkpoint):
    return opened("whisper", checkpoint)


def tone(seconds):
    time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    hum = 0.2 * np.sin(2 * np.pi * 150 * time) * (np.sin(2 * np.pi * 4 * time) > 0)
    return Audio.of((hum + np.random.default_rng(1).normal(0, 0.01, len(time))).astype(np.float32))


def test_the_checkpoint_is_small_and_the_same_each_time(checkpoint, tmp_path, model):
    assert checkpoint.stat().st_size < 6_000_000
    again = tiny_whisper.write(tmp_path / "tiny.pt")
    import torch

    one, two = (torch.load(p, weights_only=True) for p in (checkpoint, again))
    assert one["dims"] == two["dims"]
    for name, tensor in one["model_state_dict"].items():
        assert torch.equal(tensor, two["model_state_dict"][name])
    weights = one["model_state_dict"]
    digest = tensors.digest(weights, without=("encoder.positional_embedding",))
    assert model.engine.weights_sha256 == digest, "whatever the file is called"
    assert model.engine.name == "openai-whisper" and model.engine.machine


def test_noise_from_random_weights_is_never_believed_and_comes_again_the_same(model):
    audio = tone(0.8)
    raw = []

    def decode(windows, language):
        given = model.decode(windows, language)
        raw.extend(given)
        return given

    found = transcribe(audio, (Span(0, 0.8),), replace(model, decode=decode), language="en")
    assert raw[0] and any(segment.words for segment in raw[0]), "the decoder did run"
    assert all(segment.log_probability < -1 for segment in raw[0])
    assert found.words == () and found.language == "en" and found.flags
    again = model.decode([audio.mono], "en")[0]
    assert [s.text for s in again] == [s.text for s in raw[0]]
    assert [s.span for s in again] == [s.span for s in raw[0]]
    sure = [s.log_probability for s in raw[0]]
    assert [s.log_probability for s in again] == pytest.approx(sure, rel=1e-3)


def test_a_network_that_was_let_go_of_is_read_again_and_writes_the_same(model):
    """Nothing else may hold it: while voices are told apart its memory is theirs."""
    from whisper.model import Whisper

    sound = tone(0.8).mono
    before = model.decode([sound], "en")
    held = [weakref.ref(thing) for thing in gc.get_objects() if type(thing) is Whisper]
    assert held
    model.close()
    gc.collect()
    assert not any(one() for one in held)
    assert model.decode([sound], "en") == before


def test_not_a_number_in_the_sound_gives_no_words(model):
    samples = np.array(tone(1.0).mono)
    samples[4000] = math.nan
    found = transcribe(Audio.of(samples), (Span(0, 1),), model, language="en")
    assert found.words == ()


def test_the_language_is_detected_by_the_model(model):
    chances = model.detect(tone(1.0).mono)
    assert len(chances) > 50 and sum(chances.values()) == pytest.approx(1, abs=1e-3)


def test_a_language_nobody_speaks_is_refused(checkpoint):
    with refused("transcriber.unknown_language"):
        opened("whisper", checkpoint, "xx")
    assert opened("whisper", checkpoint, "en-GB").engine.name == "openai-whisper"


def test_what_is_no_checkpoint_is_refused(tmp_path):
    import torch

    marker = tmp_path / "ran"

    class Bomb:
        def __reduce__(self):
            return (open, (str(marker), "w"))

    torch.save({"dims": tiny_whisper.DIMENSIONS, "model_state_dict": Bomb()}, tmp_path / "bomb.pt")
    (tmp_path / "text.pt").write_text("hello")
    torch.save({"something": torch.zeros(2)}, tmp_path / "other.pt")
    for name in ("bomb", "text", "other"):
        with refused("transcriber.no_checkpoint"):
            opened("whisper", tmp_path / f"{name}.pt")
    assert not marker.exists()


def test_the_adapter_ends_even_if_the_model_never_moves_on(model, monkeypatch):
    """A decoder whose invented times hardly move is asked a bounded number of times."""
    from diarize.transcription import whisper
    from diarize.transcription.decoding import Line

    asked = []

    def stuck(*given):
        asked.append(given)
        stamp = 50364  # <|0.00|>
        return [Line((stamp, 13, stamp + 1, stamp + 1, 13), -0.1, 0.0)]

    monkeypatch.setattr(whisper, "write_down", stuck)
    model.decode([tone(1.0).mono], "en")
    assert 1 <= len(asked) <= 3


def test_windows_heard_together_are_heard_as_they_are_alone(model):
    windows = [tone(seconds).mono for seconds in (0.8, 1.7)]
    together = model.decode(windows, "en")
    for window, found in zip(windows, together, strict=True):
        (alone,) = model.decode([window], "en")
        assert [s.text for s in alone] == [s.text for s in found]
        starts = [[w.span.start for s in some for w in s.words] for some in (alone, found)]
        assert starts[0] == pytest.approx(starts[1], abs=0.021)


@pytest.mark.parametrize("guesses", [1, 3])
@pytest.mark.parametrize("prompt", ["", "Glossary: Zolomidine."])
def test_windows_together_are_written_as_the_package_writes_each_alone(checkpoint, guesses, prompt):
    import torch
    import whisper
    from whisper.tokenizer import get_tokenizer

    network = whisper.load_model(str(checkpoint), device="cpu").float()
    tokenizer = get_tokenizer(True, num_languages=network.num_languages, language="en")
    mels = [
        whisper.log_mel_spectrogram(whisper.pad_or_trim(np.array(tone(s).mono, np.float32)))
        for s in (0.6, 1.4, 2.2)
    ]
    options = whisper.DecodingOptions(
        language="en", fp16=False, sample_len=30, prompt=prompt or None,
        beam_size=guesses if guesses > 1 else None,
    )  # fmt: skip
    with one_core(), torch.inference_mode():
        features = network.encoder(torch.stack(mels))
        theirs = [whisper.decode(network, one, options) for one in features]
        ours = write_down(
            network, tokenizer, remembered(network, mels, 3), [30] * 3, guesses,
            tokenizer.encode(f" {prompt}") if prompt else (),
        )  # fmt: skip
    for line, result in zip(ours, theirs, strict=True):
        assert list(line.tokens) == result.tokens
        assert line.no_speech == pytest.approx(result.no_speech_prob, rel=1e-3)
        if guesses == 1:
            assert line.log_probability == pytest.approx(result.avg_logprob, abs=1e-3)


def test_a_glossary_longer_than_the_model_can_be_shown_is_refused(checkpoint):
    names = tuple(f"Zolomidine{n}quastrel{n}phenoxate" for n in range(60))
    with refused("glossary.too_long"):
        opened("whisper", checkpoint, glossary=Glossary(names, "0" * 64))


def test_pieces_that_no_space_parts_are_one_word():
    """Hyphens, apostrophes, commas in numbers and quotation marks part no word."""
    from whisper.tokenizer import get_tokenizer

    from diarize.transcription import cross_attention

    tokenizer = get_tokenizer(True, language="en", task="transcribe")
    text = ' Mm-hm. It\'s a well-known ("two-edged") thing, at 1,000 a day'
    tokens = tokenizer.encode(text)
    attention = np.eye(len(tokens) + 1, 100)
    said = cross_attention.words_of(tokenizer, tokens, attention, np.full(len(tokens), 0.5))
    assert [word.text for word in said] == text.split()
    starts = [word.span.start for word in said]
    assert starts == sorted(starts) and starts[0] == 0.0 and starts[-1] > 0.2


class Faster:
    """What the adapter needs of faster-whisper's model."""

    def __init__(self, path, **options):
        assert options["local_files_only"] is True
        self.model = type("Inner", (), {"is_multilingual": True})

    hf_tokenizer = types.SimpleNamespace(
        encode=lambda text: types.SimpleNamespace(ids=text.split())
    )
    max_length = 448

    def generate_with_fallback(self):
        raise AssertionError("what it says is written out here")

    def transcribe(self, samples, **options):
        assert 0 < options["max_new_tokens"] <= 224 and options["word_timestamps"]
        assert options["condition_on_previous_text"] is False and options["temperature"] == 0.0
        pieces = ((0.1, 0.3, " well", 0.8), (0.3, 0.4, "-being", 0.9))
        words = [
            type("W", (), {"start": a, "end": b, "word": text, "probability": odds})
            for a, b, text, odds in pieces
        ]
        said = {"start": 0.0, "end": 0.5, "text": " well-being", "words": words}
        return iter([type("S", (), said | {"avg_logprob": -0.2, "no_speech_prob": 0.1})]), None

    def detect_language(self, samples):
        return "en", 0.9, [("en", 0.9), ("de", 0.1)]


def test_faster_whisper_stands_behind_the_same_row(tmp_path, monkeypatch):
    module = types.SimpleNamespace(WhisperModel=Faster, __version__="9")
    monkeypatch.setitem(sys.modules, "faster_whisper", module)
    beneath = types.SimpleNamespace(set_log_level=lambda level: None)
    monkeypatch.setitem(sys.modules, "ctranslate2", beneath)
    for name in ("model.bin", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"x")
    model = opened("faster-whisper", tmp_path)
    assert (model.engine.name, model.engine.version) == ("faster-whisper", "9")
    found = transcribe(tone(1.0), (Span(0, 1),), model)
    assert [w.text for w in found.words] == ["well-being"], "a hyphen parts no word"
    assert found.words[0].span == Span(0.1, 0.4) and found.words[0].probability == 0.8


def test_without_the_extra_one_line_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with refused("transcriber.not_installed"):
        opened("faster-whisper")


@pytest.mark.parametrize("frames", [1, 3, 4, 7, 50])
def test_the_median_of_seven_is_the_one_the_package_sorts_out(frames):
    import torch
    from whisper.timing import median_filter

    from diarize.transcription.cross_attention import median_of_seven

    rows = torch.randn(3, frames, generator=torch.Generator().manual_seed(7))
    theirs = median_filter(rows, 7).reshape(rows.shape)
    assert torch.equal(median_of_seven(rows), theirs)
