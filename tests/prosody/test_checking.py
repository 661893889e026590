"""A recording is checked before a session: what is wrong with it, and what to change."""

import json

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from scipy.signal import butter, fftconvolve, sosfilt

from prosody.checking import Checked, checked
from prosody.cli.commands import cli
from tests.conftest import SAMPLES
from tests.said import refused

RATE = 16_000


@pytest.fixture
def trial(tmp_path):
    """Thirty seconds of a session with two microphones, changed, in a file without consent."""
    frames = 30 * RATE
    sound, _ = soundfile.read(SAMPLES / "attentive_two_channel.flac", frames=frames, dtype="f4")

    def make(change):
        path = tmp_path / "trial.wav"
        soundfile.write(path, change(sound[:, 0].copy(), sound[:, 1].copy()), RATE)
        return path

    return make


def advice(found: Checked) -> list[str]:
    return [one.code for one in found.advice]


def test_a_good_trial_needs_no_change_but_pauses_in_which_gain_can_be_heard(trial):
    found = checked(trial(lambda a, b: np.stack([a, b], axis=1)), trial="T1")
    assert found.channel_each and found.duration_s == 30.0
    assert advice(found) == ["check.pauses"]
    assert "recording.gain_unjudged" in [note.code for note in found.notes]
    values = {c.check: c.value for c in found.checks}
    assert -45 < values["level"] < -12 and values["crosstalk"] > 15
    assert 0.05 < values["reverberation"] < 0.4


def loud(sound):
    """Where a gate is open: the mean of 50 ms stands above its threshold."""
    return np.convolve(np.abs(sound), np.ones(800) / 800, "same") > 0.002


def in_a_room(sound, rings_s):
    """As loud directly as by a room that falls by 60 dB in a time."""
    at = np.arange(round(rings_s * RATE)) / RATE
    late = np.random.default_rng(3).normal(size=len(at)) * 10 ** (-3 * at / rings_s)
    late /= np.linalg.norm(late)
    late[0] += 1
    return fftconvolve(sound, late)[: len(sound)] / 2


def noisy(sound):
    return sound + np.random.default_rng(2).normal(0, 0.001, len(sound))


def dying(sound, hiss):
    """As of a microphone that gives nothing from the tenth second on, or a recorder's hiss."""
    nothing = np.random.default_rng(4).normal(0, hiss, len(sound))
    return np.where(np.arange(len(sound)) < 10 * RATE, sound, nothing)


TELEPHONE = butter(8, (300, 3400), "band", fs=RATE, output="sos")
ROOMS = {
    "echo": (lambda a, b: np.c_[a, b + np.roll(a, 2400) * 0.3], "check.headphones"),
    "dead": (lambda a, b: np.c_[a + b, 0 * a], "check.own_channel"),
    "quiet": (lambda a, b: np.c_[0.004 * a, 0.004 * b], "check.gain"),
    "noise": (
        lambda a, b: a + b + np.random.default_rng(1).normal(0, 0.02, len(a)),
        "check.for_speech_to_noise",
    ),
    "clipped": (lambda a, b: (40 * (a + b)).clip(-1, 1), "check.for_clipping"),
    "silence": (lambda a, b: 0 * a, "check.speak"),
    "church": (lambda a, b: in_a_room(a + b, 1.5), "check.for_reverberation"),
    "gate": (lambda a, b: np.where(loud(a + b), a + b, 0), "check.no_gate"),
    "cable": (
        lambda a, b: np.where(np.arange(len(a)) % RATE < 2_000, 0, noisy(a + b)),
        "check.for_dropouts",
    ),
    "one dies": (lambda a, b: np.c_[a, dying(b, 0.0)], "check.microphone"),
    "dies to hiss": (lambda a, b: dying(noisy(a + b), 1e-5), "check.microphone"),
    "one clipped": (lambda a, b: np.c_[a, b.clip(*(b.max() / 6 * np.array([-1, 1])))],
                    "check.for_clipping"),
    "one telephone": (lambda a, b: np.c_[a, sosfilt(TELEPHONE, b)], "check.for_band_limit"),
}  # fmt: skip


@pytest.mark.parametrize("name", ROOMS)
def test_what_is_wrong_in_the_room_is_said_with_what_to_change(trial, name):
    change, code = ROOMS[name]
    found = advice(checked(trial(change), trial="T1"))
    assert code in found and ("check.for_reverberation" in found) == (name == "church")


def test_without_consent_nothing_is_decoded_and_a_trial_is_short(trial, tmp_path):
    path = trial(lambda a, b: a)
    with refused("consent.missing"):
        checked(path)
    with refused("consent.no_code"):
        checked(path, trial=" ")
    long = tmp_path / "long.wav"
    soundfile.write(long, np.zeros(130 * RATE), RATE)
    with refused("check.trial_too_long"):
        checked(long, trial="T1")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["long.wav", "trial.wav"], "nothing kept"


def test_the_command_prints_lines_or_json_alone(trial):
    path = str(trial(lambda a, b: a + b))
    plain = CliRunner().invoke(cli, ["check", path, "--trial", "T1", "--json"])
    assert plain.exit_code == 0
    told = json.loads(plain.stdout)
    assert set(told) == {"recording", "checks", "notes", "advice", "intake"}
    assert [row["what"] for row in told["intake"]][:1] == ["read"]
    lines = CliRunner().invoke(cli, ["check", path, "--trial", "T1"]).stdout.splitlines()
    assert len(lines) >= len(told["checks"]) + 2


def test_a_recording_whose_channels_are_nobodys_is_checked_as_json(trial):
    path = str(trial(lambda a, b: np.stack([a + b, 0 * a], 1)))
    plain = CliRunner().invoke(cli, ["check", path, "--trial", "T1", "--json"])
    assert plain.exit_code == 0
    rows = {row["code"]: row["fields"] for row in json.loads(plain.stdout)["intake"]}
    assert rows["separator.channels_as_one"]["why"][0]["code"] == "separator.channel_without_speech"
