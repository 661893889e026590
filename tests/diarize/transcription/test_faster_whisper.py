"""The real faster-whisper, where its extra is installed, on the demonstration checkpoint."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("faster_whisper", reason="the extra 'fast' is not installed")

from diarize.errors import Refused
from diarize.models.finding import find_faster_whisper
from diarize.recording.audio import RATE_HZ, Audio, clip, decode
from diarize.recording.consent import admit
from diarize.separation import activity
from diarize.timeline import Span
from diarize.transcription import table as words
from sample_audio import demo_faster
from sample_audio.word_errors import compare, said_in
from tests.conftest import ROOT, SAMPLES


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return demo_faster.write(tmp_path_factory.mktemp("weights") / "demo")


@pytest.fixture(scope="module")
def model(folder):
    return words.opened("faster-whisper", folder, "en")


@pytest.fixture(scope="module")
def audio():
    return Audio.of(clip(decode(admit(SAMPLES / "half_way.flac")), Span(0.0, 45.0)))


def test_it_hears_what_openai_whisper_hears(audio, model):
    speech = activity.speech_spans(activity.speech_probability(audio.mono, audio.rate))
    spoken = [row for row in said_in(SAMPLES / "half_way.json") if row[1].span.end < 45.0]
    theirs = words.opened("whisper", demo_faster.CHECKPOINT)
    rates = {}
    for name, opened in (("faster", model), ("openai", theirs)):
        heard = words.transcribe(audio, speech, opened, language="en")
        found = compare(spoken, heard.words)
        rates[name] = found.rate
        assert np.median(np.abs(found.starts_s)) < 0.2
        note = heard.notes[0]
        assert note.code == "transcriber.demonstration", "wherever its words are, they are labelled"
        assert note.severity == "caution"
    assert rates["faster"] < 0.3 and abs(rates["faster"] - rates["openai"]) < 0.05
    assert model.engine.name == "faster-whisper" and len(model.engine.weights_sha256) == 64


def test_the_vocabulary_is_openai_whispers_own(folder):
    from tokenizers import Tokenizer
    from whisper.tokenizer import get_tokenizer

    ours, theirs = Tokenizer.from_file(str(folder / "tokenizer.json")), get_tokenizer(False)
    for text in ("So how was your week?", " It's been… hard, née déjà vu 東京.", "x1 2345"):
        assert ours.encode(text, add_special_tokens=False).ids == theirs.encode(text)
    for special in ("<|startoftranscript|>", "<|notimestamps|>", "<|endoftext|>", "<|nospeech|>"):
        assert ours.token_to_id(special) == theirs.special_tokens[special]


def test_noise_and_silence_give_no_words(model):
    noise = np.random.default_rng(0).normal(0, 0.05, 6 * RATE_HZ).astype(np.float32)
    for sound in (noise, np.zeros_like(noise)):
        heard = words.transcribe(Audio.of(sound), [Span(0.0, 6.0)], model, language="en")
        assert heard.words == () or all(flag.words for flag in heard.flags)
        assert len(heard.words) < 3


def test_it_ends_even_if_the_model_never_moves_on(model, audio, monkeypatch):
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
    model.decode(audio.mono[: 2 * RATE_HZ], "en")
    assert 1 <= len(asked) <= 3


def test_what_is_no_model_is_refused_in_one_line(tmp_path, folder):
    for name, code in (("model.bin", "broken_folder"), ("tokenizer.json", "broken_tokenizer")):
        broken = tmp_path / name
        broken.mkdir()
        for file in folder.iterdir():
            (broken / file.name).write_bytes(b"x" if file.name == name else file.read_bytes())
        with pytest.raises(Refused) as refused:
            words.opened("faster-whisper", broken)
        assert refused.value.code == f"transcriber.{code}"
    with pytest.raises(Refused) as refused:
        words.opened("faster-whisper", folder, "de")
    assert refused.value.code == "transcriber.english_only"


def test_the_command_runs_it_without_a_network(folder, tmp_path, consented, audio):
    """As a person types it; every name look-up and connection is an error."""
    recording = consented(audio.mono)
    shut = tmp_path / "shut"
    shut.mkdir()
    (shut / "sitecustomize.py").write_text(
        "import socket\n"
        "def no(*a, **k): raise SystemExit('the network was asked for')\n"
        "socket.getaddrinfo = socket.create_connection = socket.socket.connect = no\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "prosody", "analyze", str(recording), "--library",
         str(tmp_path / "library"), "--separator", "builtin", "--transcriber", "faster-whisper",
         "--whisper-model", str(folder), "--json"],
        capture_output=True, text=True, timeout=300,
        env={**os.environ, "PYTHONPATH": f"{shut}{os.pathsep}{ROOT}",
             "PROSODY_MODELS": str(tmp_path / "models")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["engines"]["transcriber"]["name"] == "faster-whisper"
    assert sum(len(turn["words"] or ()) for turn in report["turns"]) > 50
    assert any("demonstration" in caution for caution in report["cautions"])
    assert "[ctranslate2]" not in done.stderr


def test_a_changed_folder_is_refused(folder, monkeypatch):
    monkeypatch.setenv("PROSODY_MODELS", str(folder.parent))
    (folder.parent / "faster-whisper").symlink_to(folder.parent)
    assert find_faster_whisper(folder).path == folder
    with (folder / "config.json").open("a") as file:
        file.write(" ")
    with pytest.raises(Refused, match="config.json: changed since"):
        find_faster_whisper(folder)
