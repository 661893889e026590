"""What a demonstration checkpoint may be taught, and how its vocabulary is written out."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from diarize.models.catalogue import DEMONSTRATION_SHA256
from diarize.models.engine import Engine
from diarize.models.finding import find_whisper
from diarize.recording.audio import RATE_HZ, Audio, clip, decode
from diarize.recording.consent import admit
from diarize.runtime.atomic import sha256_of
from diarize.separation import activity
from diarize.timeline import Span, Word
from diarize.transcription import table as words
from sample_audio import demo_whisper
from sample_audio.demo_speech import FRAMES_PER_S, Spoken, log_power
from sample_audio.demo_text import HELD_WORDS, grammar, plain
from sample_audio.demo_windows import TICKS_PER_S, Tokens, Windows
from sample_audio.script import read_script
from sample_audio.word_errors import compare, said_in


@pytest.fixture(scope="module")
def taught():
    return grammar()


def pieces():
    """Give two voices' pieces of noise that say they hold words."""
    wave = np.random.default_rng(0).normal(0, 0.05, 16000)
    said = ((0.0, 0.4, "Thank"), (0.4, 0.9, "you."))
    power = log_power(wave).astype(np.float16)
    return [Spoken(voice, said, power) for voice in (0, 1, 2)]


def test_no_taught_sentence_shares_four_words_in_a_row_with_a_sample(taught):
    held = set()
    for name in ("attentive", "hurried", "half_way"):
        for line in read_script(name).lines:
            said = plain(" ".join(piece.text for piece in line.pieces))
            held |= {said[n : n + HELD_WORDS] for n in range(len(said) - HELD_WORDS + 1)}
    random = np.random.default_rng(5)
    for _ in range(2000):
        said = plain(taught.sentence(random))
        assert not held & {said[n : n + HELD_WORDS] for n in range(len(said) - HELD_WORDS + 1)}


def test_a_held_out_sentence_is_not_allowed_and_its_words_are_known(taught):
    assert taught.test and not any(taught.allowed(text) for text in taught.test)
    assert {word for text in taught.test for word in plain(text)} <= set(taught.words)


def test_mel_power_is_whispers_own():
    import whisper

    wave = np.random.default_rng(1).normal(0, 0.1, 16000)
    ours = log_power(wave)
    ours = (np.maximum(ours, ours.max() - 8.0) + 4.0) / 4.0
    theirs = whisper.log_mel_spectrogram(wave.astype(np.float32)).numpy().T
    assert np.abs(ours - theirs).max() < 1e-3


def test_a_window_gives_each_target_the_frames_where_it_is_heard():
    windows = Windows(pieces())
    batch = windows.batch(np.random.default_rng(2), 4.0, 1200, full=False)
    kit, rows = windows.tokens.whisper, windows.tokens
    thank = rows.row[kit.encode(" Thank")[0]]
    places = np.argwhere(batch.targets == thank)
    assert len(places)
    for row, n in places:
        frames = batch.word[row, batch.low[row, n] + 1 : batch.high[row, n] - 1]
        assert set(frames.tolist()) == {windows.words["thank"]}
    assert batch.mel.shape[2] <= 4.0 * FRAMES_PER_S and TICKS_PER_S * 2 == FRAMES_PER_S


def test_the_written_checkpoint_computes_what_was_trained(tmp_path):
    """Every token that was not in use is written with the one row that stood for all."""
    import whisper

    torch.manual_seed(0)
    tokens = Tokens(["thank", "you"])
    learner = demo_whisper.Learner(tokens, 3, 3)
    demo_whisper.export(learner, tokens, tmp_path / "demo.pt")
    assert (tmp_path / "demo.pt").stat().st_size < 30_000_000
    network = whisper.load_model(str(tmp_path / "demo.pt"))
    assert not network.is_multilingual
    mel, line = torch.randn(1, 80, 3000), torch.tensor([[tokens.row[tokens.whisper.sot], 0, 1]])
    with torch.no_grad():
        ours, _ = learner.decode(line, learner.encode(mel))
        known = torch.tensor(tokens.known)
        theirs = network(mel, known[line]).log_softmax(-1)
    ours = ours.log_softmax(-1)[..., : len(tokens.known)]
    assert torch.allclose(ours, theirs[..., known], atol=0.05)


def timed(text, first=0.0):
    return [Word(Span(first + n, first + n + 0.5), word) for n, word in enumerate(text.split())]


def said(*sentences):
    return [(n, word) for n, text in enumerate(sentences) for word in timed(text, 10.0 * n)]


def test_wrong_missing_and_added_words_count_in_the_sentence_they_belong_to():
    truth = said("I stay calm.", "You sleep badly, mm-hm.", "He left early today.")
    heard = [*timed("I stay warm"), *timed("you sleep badly so", 10.1), *timed("He left today", 20)]
    found = compare(truth, heard)
    assert found.said == (3, 3, 4)
    assert found.errors == (1, 1, 1)
    assert found.rate == pytest.approx(0.3)
    assert sorted(round(s, 3) for s in found.starts_s) == [-1, 0, 0, 0, 0, 0.1, 0.1, 0.1]


def test_nothing_heard_is_everything_wrong_and_what_nobody_said_is_an_error():
    truth = said("You sleep badly.")
    assert compare(truth, []).rate == 1
    assert compare(truth, timed("and so you sleep badly")).errors == (2,)


@given(st.lists(st.sampled_from("abcd"), min_size=1), st.lists(st.sampled_from("abcd")))
def test_errors_are_no_more_than_the_longer_text_and_no_less_than_the_difference(one, other):
    total = sum(compare(said(" ".join(one)), timed(" ".join(other))).errors)
    assert abs(len(one) - len(other)) <= total <= max(len(one), len(other))
    assert (total == 0) == (one == other)


CHECKPOINT = Path(demo_whisper.__file__).with_name("demo_whisper.pt")


def test_the_checkpoint_is_the_one_that_is_labelled_and_is_opened_by_its_path_alone(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("PROSODY_MODELS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert sha256_of(CHECKPOINT) == DEMONSTRATION_SHA256
    assert CHECKPOINT.stat().st_size < 30_000_000
    assert find_whisper(None, language="en") is None
    opened = words.opened("whisper", CHECKPOINT)
    assert opened.notes[0].code == "transcriber.demonstration" and opened.window_s < 10


def test_the_checkpoint_hears_most_words_of_a_sample_it_was_not_taught():
    """The real decoder on real weights; no sentence of the samples was in the training."""
    whole = decode(admit(CHECKPOINT.with_name("half_way.flac")))
    audio = Audio.of(clip(whole, Span(0.0, 45.0)))
    speech = activity.speech_spans(activity.speech_probability(audio.mono, audio.rate))
    heard = words.transcribe(audio, speech, words.opened("whisper", CHECKPOINT, "en"))
    spoken = said_in(CHECKPOINT.with_name("half_way.json"))
    found = compare([row for row in spoken if row[1].span.end < 45.0], heard.words)
    assert found.rate < 0.3
    assert np.median(np.abs(found.starts_s)) < 0.2
    assert heard.notes[0].code == "transcriber.demonstration"


def test_a_window_is_no_longer_than_the_model_can_hear():
    lengths = []

    def decode_nothing(samples, language):
        lengths.append(len(samples) / RATE_HZ)
        return []

    model = words.Transcriber(Engine("made up", "1"), decode_nothing, window_s=5.0)
    audio = Audio.of(np.random.default_rng(0).normal(0, 0.1, 30 * RATE_HZ).astype(np.float32))
    words.transcribe(audio, [Span(0.0, 30.0)], model, language="en")
    assert len(lengths) >= 6 and max(lengths) <= 5.0
