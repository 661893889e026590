"""The voice encoder: where its weights are from, and what remains without them."""

import numpy as np
import pytest

from diarize.runtime.atomic import sha256_of
from diarize.separation import builtin as voices
from diarize.separation import embedding as encoder
from diarize.timeline import Span, total
from tests.diarize.separation.test_separation import SAMPLES, owner, read, spoken, truth
from tests.said import refused


@pytest.fixture
def fresh():
    encoder.installed.cache_clear()
    yield
    encoder.installed.cache_clear()


def test_the_weights_are_read_where_their_package_put_them(fresh):
    path = encoder.installed()
    assert path.parent.name == "resemblyzer"
    assert sha256_of(path) == encoder.WEIGHTS_SHA256


def test_other_weights_are_refused(fresh, monkeypatch):
    monkeypatch.setattr(encoder, "WEIGHTS_SHA256", "0" * 64)
    with refused("separator.encoder_changed"):
        encoder.installed()


def test_vectors_have_unit_length_whatever_the_level():
    rng = np.random.default_rng(5)
    sound = rng.normal(0, 0.1, 32_000).astype(np.float32)
    centres = np.array([40, 100, 160])
    loud, soft = (encoder.describe(sound * g, centres, 64) for g in (1.0, 0.05))
    np.testing.assert_allclose(np.linalg.norm(loud, axis=1), 1.0, atol=1e-5)
    np.testing.assert_allclose(loud, soft, atol=1e-3)


def test_without_the_package_two_people_are_told_apart_and_the_result_says_so(monkeypatch):
    monkeypatch.setattr(encoder, "installed", lambda: None)
    sound = read(SAMPLES / "attentive.flac")[0][: 60 * 16_000]
    turns = truth(SAMPLES / "attentive.rttm", 60)
    found, notes = voices.tell_apart(sound, tuple(t.span for t in turns))
    assert [note.code for note in notes] == ["separator.no_encoder"]
    assert {t.voice for t in found} == {"A", "B"}
    names = {role: owner(found, turns, role) for role in ("therapist", "client")}
    assert set(names.values()) == {"A", "B"}
    seconds = total(spoken(found, names["therapist"]), Span(0, 60))
    assert seconds == pytest.approx(total(spoken(turns, "therapist")), rel=0.5)


def test_mel_power_is_librosa_s():
    from librosa.feature import melspectrogram

    sound = np.random.default_rng(0).normal(0, 0.1, 32_000).astype(np.float32)
    theirs = melspectrogram(
        y=sound[1400:], sr=16_000, n_fft=400, hop_length=160, n_mels=40, center=False
    )
    ours = encoder.mel(sound, 10, 100)
    np.testing.assert_allclose(ours, theirs.T[:100], rtol=1e-4)
    assert encoder.mel(sound, -1000, 5).tolist() == [[0.0] * 40] * 5
