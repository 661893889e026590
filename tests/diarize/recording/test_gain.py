"""A gain that follows the speech is told by the noise; sound without one is not."""

import numpy as np
import pytest
import soundfile
from scipy.signal import lfilter

from diarize.messages import Note
from diarize.recording.audio import RATE_HZ, Audio
from diarize.recording.gain import noted
from diarize.separation.activity import speech_probability
from prosody.cues.measure import Measure, Series
from prosody.listening.totals import Total, unknown
from prosody.spoilt import courses, kinds, of_turns, without
from tests.conftest import SAMPLES

SLOW_DB = np.random.default_rng(2).uniform(-6.0, 6.0, 26)


def heard(sound: np.ndarray) -> list[str]:
    audio = Audio.of(sound)
    return [note.code for note in noted(audio, speech_probability(audio.mono, RATE_HZ))]


def read(name: str) -> np.ndarray:
    sound, _ = soundfile.read(SAMPLES / f"{name}.flac", frames=100 * RATE_HZ, dtype="f4")
    return np.asarray(sound)


@pytest.mark.parametrize("seconds", [0.6, 1.25])
@pytest.mark.parametrize("name", ["attentive", "half_way"])
def test_a_gain_that_comes_back_in_pauses_is_found(name: str, seconds: float) -> None:
    sound, step = read(name), 1.0 / (seconds * RATE_HZ)
    envelope = np.sqrt(lfilter([step], [1, step - 1], sound**2) + 1e-7)
    assert heard((0.05 * sound / envelope).clip(-1, 1)) == ["recording.gain_rides"]


@pytest.mark.parametrize("name", ["attentive", "half_way"])
def test_a_slow_gain_is_found_by_noise_that_moves_in_all_bands_alike(name: str) -> None:
    """Neither rises through pauses: one looks ahead, the other stands still where nobody speaks."""
    sound = read(name)
    slow = np.interp(np.arange(len(sound)) / RATE_HZ, np.arange(0, 101, 4), SLOW_DB)
    assert heard((sound * 10 ** (slow / 20)).clip(-1, 1)) == ["recording.gain_wanders"]


@pytest.mark.parametrize(("name", "share", "db"), [("attentive", 0.4, -6), ("half_way", 0.6, 4)])
def test_a_level_set_anew_once_is_found_with_its_place(name: str, share: float, db: float) -> None:
    sound = read(name)
    at = int(share * len(sound))
    sound[at:] *= 10 ** (db / 20)
    audio = Audio.of(sound.clip(-1, 1))
    (note,) = noted(audio, speech_probability(audio.mono, RATE_HZ))
    assert note.code == "recording.gain_set" and note.severity == "withhold"
    assert note.fields["raised_db"] == pytest.approx(db, abs=1)
    assert note.spans[0].start == pytest.approx(at / RATE_HZ, abs=10) == note.fields["at_s"]


@pytest.mark.parametrize(("begins_s", "db"), [(0, -6), (30, 6), (60, -9)])
def test_in_half_a_minute_a_level_set_anew_is_found_by_few_pauses(begins_s: int, db: float) -> None:
    sound = read("attentive")[begins_s * RATE_HZ : (begins_s + 30) * RATE_HZ].copy()
    sound[15 * RATE_HZ :] *= 10 ** (db / 20)
    assert "recording.gain_set" in heard(sound.clip(-1, 1))


@pytest.mark.parametrize("begins_s", [0, 30, 60])
def test_in_half_a_minute_a_noise_that_stops_and_a_voice_nearer_are_no_gain(begins_s: int) -> None:
    sound, half = read("attentive")[begins_s * RATE_HZ :][: 30 * RATE_HZ], 15 * RATE_HZ
    noise = np.random.default_rng(4).normal(0.0, 0.002, len(sound)).astype(np.float32)
    stops, nearer = sound + noise, sound * 0.5 + noise
    stops[half:] -= 0.8 * noise[half:]
    nearer[half:] += sound[half:] * 0.5
    assert "recording.gain_set" not in heard(sound) + heard(stops) + heard(nearer)


def test_a_noise_that_stops_and_a_voice_that_comes_nearer_are_no_gain() -> None:
    sound, half = read("attentive"), 50 * RATE_HZ
    noise = np.random.default_rng(4).normal(0.0, 0.002, len(sound)).astype(np.float32)
    stops, nearer = sound + noise, sound * 0.5 + noise
    stops[half:] -= 0.8 * noise[half:]
    nearer[half:] += sound[half:] * 0.5
    assert "recording.gain_set" not in heard(stops) + heard(nearer)


def test_a_noise_that_changes_its_colour_or_comes_on_top_is_no_gain() -> None:
    sound, rng = read("attentive"), np.random.default_rng(4)
    hiss = rng.normal(0.0, 1.0, len(sound))
    rumble = lfilter([0.05], [1, -0.95], hiss)
    now_and_then = np.arange(len(sound)) // (8 * RATE_HZ) % 3 == 0
    for noise in (0.0006 * hiss * now_and_then, 0.0012 * rumble * now_and_then):
        assert heard((sound + noise).astype(np.float32)) == []


def test_where_pauses_are_short_and_few_a_slow_gain_is_found_all_the_same() -> None:
    """In dense talk hardly a pause lasts long enough to hear the noise by itself."""
    sound = read("hurried")
    slow = np.interp(np.arange(len(sound)) / RATE_HZ, np.arange(0, 101, 4), SLOW_DB)
    assert heard((sound * 10 ** (slow / 20)).clip(-1, 1)) == ["recording.gain_wanders"]


def comes_back(sound: np.ndarray, db_per_s: float) -> np.ndarray:
    """Give what a recorder makes that turns itself down at once, and up again slowly."""
    out, gain_db = np.empty_like(sound), 0.0
    for at in range(0, len(sound), 160):
        row = sound[at : at + 160]
        loud = 10 * np.log10(np.mean(row**2) + 1e-9) + gain_db > -22
        gain_db = float(np.clip(gain_db + (-0.6 if loud else db_per_s / 100), -10, 30))
        out[at : at + 160] = row * 10 ** (gain_db / 20)
    return out


@pytest.mark.parametrize("begins_s", [0, 35])
def test_in_half_a_minute_a_gain_that_comes_back_is_found_by_few_pauses(begins_s: int) -> None:
    """As in a trial: of four pauses each says how sure its own rise is."""
    sound = read("attentive")[begins_s * RATE_HZ : (begins_s + 30) * RATE_HZ]
    trial = sound + np.random.default_rng(6).normal(0, 0.002, len(sound)).astype(np.float32)
    assert "recording.gain_rides" in heard(comes_back(trial, 6.0))
    assert heard(trial) == ["recording.gain_unjudged"]


def test_without_pauses_that_hold_noise_gain_is_not_judged_and_that_is_said() -> None:
    sound = read("attentive")
    assert heard(sound[: 20 * RATE_HZ]) == ["recording.gain_unjudged"]
    gated = np.where(np.abs(sound) < 0.01, 0.0, sound).astype(np.float32)
    assert heard(gated) == ["recording.gain_unjudged"]
    assert heard(np.zeros(30 * RATE_HZ, np.float32)) == [], "nobody speaks: there is no level"


@pytest.mark.parametrize("name", ["attentive", "half_way", "hurried"])
def test_a_compressor_that_is_back_at_once_is_found_by_the_speech(name: str) -> None:
    sound = read(name)
    power = lfilter([0.0125], [1, -0.9875], sound.astype(float) ** 2)  # 5 ms
    over = np.maximum(np.sqrt(power + 1e-12) / 0.01, 1.0)
    assert "recording.level_pressed" in heard((sound * over ** (1 / 8 - 1)).astype(np.float32))


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_peaks_that_end_at_one_height_are_cut_whatever_that_height(share: float) -> None:
    sound = read("attentive")
    limit = share * float(np.quantile(np.abs(sound), 0.9999))
    assert heard(sound.clip(-limit, limit)) == ["recording.peaks_cut"]


@pytest.mark.parametrize("gain", [0.1, 1.0])
@pytest.mark.parametrize("name", ["attentive", "half_way", "hurried"])
def test_sound_without_one_is_left_alone(name: str, gain: float) -> None:
    assert heard(gain * read(name)) == []


def test_what_a_note_spoils_is_withheld_with_it_as_the_reason() -> None:
    audio = Audio.of(read("attentive"))
    envelope = np.sqrt(lfilter([5e-5], [1, 5e-5 - 1], audio.mono**2) + 1e-7)
    ridden = Audio.of((0.05 * audio.mono / envelope).clip(-1, 1))
    notes = noted(ridden, speech_probability(ridden.mono, RATE_HZ))
    level, pitch = (
        Measure("voice.level", "client", -30.0, "dB"),
        Measure("voice.pitch_median", "client", 120.0, "Hz"),
    )
    gone, kept = without((level, pitch), notes)
    assert gone.value is None and gone.reason is not None and not gone.reliable
    assert gone.reason.code == "recording.gain_rides" and kept == pitch


def test_what_is_withheld_has_no_course_and_no_value_of_a_turn() -> None:
    gone = [Note("recording.gain_wanders", {"wander_db": 2.0, "pauses": 20}, "withhold")]
    level, pitch = (
        Series(cue, "client", (0.0, 30.0), (1.0, 2.0), (0.5, 1.5), (1.5, 2.5))
        for cue in ("voice.level", "voice.pitch_median")
    )
    empty, kept = courses([level, pitch], gone)
    assert (empty.value, empty.low, empty.high) == ((None, None), (), ()) and kept == pitch
    turns = {3: {"voice.level": -30.0, "voice.pitch_median": 120.0}}
    assert of_turns(turns, gone) == {3: {"voice.pitch_median": 120.0}}


def test_kinds_that_a_note_spoils_are_unknown_and_not_none_at_all() -> None:
    gone = kinds([Note("recording.echo_stays", {"source": 1, "target": 2}, "withhold")])
    assert set(gone) == {"backchannel", "overlap_to_review"}
    counted = [
        Total("backchannel", "client", 12, 8.0, 4.0, 12.0, 12, True),
        Total("question_open", "therapist", 3, 2.0, 1.0, 4.0, 3, True),
    ]
    lost, kept = unknown(counted, lambda total: gone.get(total.behaviour))
    assert lost.n is None and lost.reason is not None and kept == counted[1]
    assert lost.reason.code == "recording.echo_stays"
