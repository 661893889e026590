"""What a demonstration checkpoint may be taught, and how its vocabulary is written out."""

import numpy as np
import pytest
import torch

from sample_audio import demo_whisper
from sample_audio.demo_speech import FRAMES_PER_S, Spoken, log_power
from sample_audio.demo_text import HELD_WORDS, grammar, plain
from sample_audio.demo_windows import TICKS_PER_S, Tokens, Windows
from sample_audio.script import read_script


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
