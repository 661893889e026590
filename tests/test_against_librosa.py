"""Where loops of ours stand in librosa's place they give what librosa gives."""

import librosa
import numpy as np
import pytest
from librosa.filters import get_window, mel
from scipy.signal import sosfilt

from diarize.recording import admission, audio
from diarize.recording.audio import Audio
from prosody.features import frames, spectrum
from tests.conftest import SAMPLES

RATE = 16_000
SECONDS = 20


@pytest.fixture(scope="module")
def speech():
    """Twenty seconds of two people, (n,) at 16 kHz."""
    sound, _ = librosa.load(SAMPLES / "attentive.flac", sr=RATE, duration=SECONDS)
    return sound


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000])
def test_decoding_gives_what_librosa_loads(consented, speech, rate):
    wide = librosa.resample(speech, orig_sr=RATE, target_sr=rate)
    path = consented(np.stack([wide, 0.5 * wide], axis=1), rate)
    ours = audio.decode(admission.admit(path)).samples
    theirs, _ = librosa.load(path, sr=RATE, mono=False)
    assert abs(ours.shape[1] - theirs.shape[1]) <= 1
    n = min(ours.shape[1], theirs.shape[1])
    error = np.abs(ours[:, :n] - theirs[:, :n]).max()
    assert error < 1e-4 * np.abs(theirs).max()


def test_level_and_loudness_are_those_of_librosas_spectra(speech):
    got = frames.measure(Audio.of(speech))
    inside = slice(20, SECONDS * 100 - 20)
    smooth = sosfilt(spectrum.HIGH_PASS, speech)
    wide = librosa.util.frame(np.pad(smooth, 376), frame_length=752, hop_length=160)
    window = get_window("hann", 752)
    power = np.square((wide - wide.mean(axis=0)) * window[:, None]).sum(axis=0)
    level = 10 * np.log10(power / np.square(window).sum())
    np.testing.assert_allclose(got.level_db[inside], level[inside], atol=0.01)

    narrow = librosa.util.frame(np.pad(speech, 160), frame_length=320, hop_length=160)
    hamming = get_window("hamming", 320)[:, None]
    short = np.abs(np.fft.rfft((narrow - narrow.mean(axis=0)) * hamming, 512, axis=0)) ** 2
    bank = mel(sr=RATE, n_fft=512, n_mels=26, fmin=20, htk=True, norm=None)
    centres = librosa.mel_frequencies(28, fmin=20, fmax=8000, htk=True)[1:-1]
    loudness = ((_ear(centres)[:, None] * (bank @ short)) ** 0.33).sum(axis=0)
    np.testing.assert_allclose(got.loudness[inside], loudness[inside], rtol=0.01)


def test_pitch_is_pyins_where_both_hear_a_voice(speech):
    ours = frames.measure(Audio.of(speech)).f0_hz
    theirs, voiced, _ = librosa.pyin(
        speech, sr=RATE, fmin=58, fmax=520, frame_length=1024, hop_length=160
    )
    n = min(len(ours), len(theirs))
    both = voiced[:n] & np.isfinite(ours[:n])
    apart = 12 * np.abs(np.log2(ours[:n][both] / theirs[:n][both]))  # semitones
    assert both.sum() > 400
    assert np.median(apart) < 0.2
    assert (apart < 1.0).mean() > 0.9


def _ear(hz):
    """Hermansky's (1990) equal-loudness curve, 1 at 1 kHz."""

    def heard(at):
        squared = (2 * np.pi * at) ** 2
        low = (squared + 56.8e6) * squared**2 / ((squared + 6.3e6) ** 2 * (squared + 0.38e9))
        return low / (squared**3 + 9.58e26)

    return heard(hz) / heard(1000.0)
