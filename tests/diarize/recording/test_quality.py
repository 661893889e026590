"""What a recording can carry."""

import numpy as np
import pytest

from diarize.recording.audio import Audio
from diarize.recording.quality import Trust, assess

RATE = 16_000


def _recording(*, noise_db=-60.0, speech_db=-20.0, hum_db=None, seconds=120):
    """One second of 'speech' (loud noise), one of room, over and over."""
    rng = np.random.default_rng(7)
    length = seconds * RATE
    sound = rng.normal(0, 10 ** (noise_db / 20), length)
    speech = np.zeros(seconds * 100 + 1, np.float32)
    for second in range(0, seconds, 2):
        span = slice(second * RATE, (second + 1) * RATE)
        sound[span] += rng.normal(0, 10 ** (speech_db / 20), RATE)
        speech[second * 100 : (second + 1) * 100] = 1
    if hum_db is not None:
        sound += (
            np.sqrt(2) * 10 ** (hum_db / 20) * np.sin(2 * np.pi * 50 * np.arange(length) / RATE)
        )
    return sound.astype(np.float32), speech


def _checks(sound, speech, **options):
    return {c.check: c for c in assess(Audio.of(sound, **options), speech)}


@pytest.mark.parametrize(
    ("noise_db", "verdict"), [(-60.0, "ok"), (-35.0, "warn"), (-25.0, "withhold")]
)
def test_speech_to_noise_is_measured(noise_db, verdict):
    found = _checks(*_recording(noise_db=noise_db))["speech_to_noise"]
    louder = 10 * np.log10(10 ** (-2.0) + 10 ** (noise_db / 10))
    assert found.value == pytest.approx(louder - noise_db, abs=0.5)
    assert found.verdict == verdict
    assert found.unit == "dB"


def test_speech_seconds_are_counted():
    found = _checks(*_recording())["speech"]
    assert (found.value, found.verdict) == (pytest.approx(60.0), "ok")


def test_silence_has_no_level_and_nothing_crashes():
    found = _checks(np.zeros(10 * RATE, np.float32), np.zeros(1001, np.float32))
    assert found["speech_to_noise"].value is None
    assert found["speech"].verdict == "withhold"
    assert found["dropouts"].value == 1


@pytest.mark.parametrize("seconds", [0, 0.001, 0.02])
def test_next_to_nothing_is_fine(seconds):
    sound = np.full(int(seconds * RATE), 0.1, np.float32)
    assert _checks(sound, np.zeros(1, np.float32))["speech"].value == 0


def test_dropouts_are_counted_one_by_one():
    sound, speech = _recording()
    for at in (3, 9, 15):
        sound[at * RATE : at * RATE + RATE // 10] = 0
    sound[21 * RATE : 21 * RATE + 160] = 0  # 10 ms: too short to be called one
    assert _checks(sound, speech)["dropouts"].value == 3


def test_hum_is_heard_between_words():
    assert _checks(*_recording(hum_db=-50.0))["hum"].verdict == "warn"
    assert _checks(*_recording())["hum"].verdict == "ok"


def test_a_telephone_band_is_said():
    sound, speech = _recording()
    found = _checks(sound, speech, source_rate_hz=8_000)["band_limit"]
    assert (found.value, found.verdict) == (4_000, "warn")


def test_channels_that_do_not_tell_people_apart_are_said():
    sound, speech = _recording()
    same = _checks(np.stack([sound, sound]), speech)["crosstalk"]
    assert (same.value, same.verdict) == (0.0, "withhold")
    apart = _checks(np.stack([sound, sound * 0.05]), speech)["crosstalk"]
    assert apart.value == pytest.approx(26.0, abs=0.1)
    assert apart.verdict == "ok"


def test_thresholds_can_be_handed_in():
    sound, speech = _recording(noise_db=-35.0)
    strict = {c.check: c for c in assess(Audio.of(sound), speech, Trust(snr_withhold_db=19.0))}
    assert strict["speech_to_noise"].verdict == "withhold"
