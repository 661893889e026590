"""What a recording can carry."""

from dataclasses import replace

import numpy as np
import pytest

from diarize.messages import is_known
from diarize.recording.audio import Audio
from diarize.recording.lapses import with_dropouts, with_lapses
from diarize.recording.quality import assess
from diarize.settings import Quality
from diarize.timeline import Span
from prosody import catalogue

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
    unmeasured = {"speech_to_noise", "hum"}
    assert {c.check for c in found.values() if c.value is None} == unmeasured
    assert {c.check for c in found.values() if c.meaning.code.endswith("unmeasured")} == unmeasured


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


def _on_one_channel(silenced):
    """Two people in turn, a channel each; the second is silent at some of its rows of 10 ms."""
    rng = np.random.default_rng(8)
    speaks = np.arange(12_000) // 150 % 4  # pauses between the turns
    rows = [np.where(speaks == own, 0.1, 1e-3) for own in (0, 2)]
    there = np.stack([rows[0], np.where(silenced(speaks == 2), 0, rows[1])])
    sound = rng.normal(size=(2, 12_000 * RATE // 100)) * np.repeat(there, RATE // 100, 1)
    return sound.astype(np.float32), (speaks % 2 == 0).astype(np.float32)


def _lapsing(own):
    return np.arange(len(own)) // 130 % 5 == 4


def _gated(own):
    """Open from the first row of speech on until a fifth of a second after the last."""
    return ~np.convolve(own, np.ones(21))[: len(own)].astype(bool)


@pytest.mark.parametrize(
    ("silenced", "verdict"), [(_lapsing, "warn"), (_gated, "ok"), (np.zeros_like, "ok")]
)
def test_a_channel_that_lapses_while_its_person_speaks_is_told_from_one_that_is_gated(
    silenced, verdict
):
    found = _checks(*_on_one_channel(silenced))["dropouts"]
    assert found.verdict == verdict
    assert (found.value > 0) is (verdict == "warn")


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


@pytest.mark.parametrize(
    ("check", "limits"),
    [
        ("speech", Quality(speech_min_s=1e9)),
        ("speech_to_noise", Quality(snr_warn_db=1e9)),
        ("clipping", Quality(clipped_warn_percent=-1.0)),
        ("band_limit", Quality(band_warn_hz=1e9)),
        ("hum", Quality(hum_warn_db=-1e9)),
        ("dropouts", Quality(silence_floor_db=0.0)),
        ("crosstalk", Quality(crosstalk_warn_db=1e9)),
    ],
)
def test_every_check_has_its_threshold_and_says_what_it_means(check, limits):
    sound, speech = _recording()
    audio = Audio.of(np.stack([sound, sound * 0.05]))
    lenient, strict = (
        {c.check: c for c in assess(audio, speech, limits=quality)}
        for quality in (Quality(), limits)
    )
    assert (lenient[check].verdict, strict[check].verdict) == ("ok", "warn")
    others = [c for c in lenient if lenient[c].verdict != strict[c].verdict and c != check]
    assert others == (["crosstalk"] if check == "dropouts" else [])
    assert all(is_known(c.meaning.code) for c in strict.values())


def test_the_meaning_states_the_threshold_that_was_used():
    sound, speech = _recording()
    checks = assess(Audio.of(sound), speech, limits=Quality(snr_warn_db=7.0))
    meaning = {c.check: c.meaning for c in checks}["speech_to_noise"]
    assert meaning.fields["warn_db"] == 7.0 and "7 dB" in str(meaning)


def test_where_a_channel_lapses_is_sound_that_is_missing_and_said_with_its_places():
    sound, _ = _on_one_channel(_lapsing)
    audio = with_lapses(Audio.of(sound), Audio.of(sound))
    (note,) = [n for n in audio.notes if n.code == "recording.channel_lapses"]
    assert (note.severity, note.fields["channel"]) == ("withhold", 2)
    assert note.spans == audio.lost == audio.holes
    silent = np.all(sound[1].reshape(-1, RATE // 100) == 0, axis=1)
    assert note.fields["seconds"] == pytest.approx(silent.sum() / 100, rel=0.05)
    gone = {cue for cue in ("talk.share", "talk.time", "turns.count", "pace.pause_ratio")
            if note.code in catalogue.named(cue).spoilt_by}  # fmt: skip
    assert len(gone) == 4
    few = replace(Quality(), lapses_withhold_share=0.9)
    (doubt,) = with_lapses(Audio.of(sound), Audio.of(sound), limits=few).notes
    assert doubt.severity == "caution"
    gated, _ = _on_one_channel(_gated)
    whole = Audio.of(gated)
    assert with_lapses(whole, whole) is whole


def _off(first_s, last_s):
    """Silence between these seconds, whoever speaks."""
    return lambda own: (np.arange(len(own)) >= 100 * first_s) & (np.arange(len(own)) < 100 * last_s)


@pytest.mark.parametrize("first_s, last_s", [(60, 120), (0, 45), (50, 85), (110, 120)])
def test_a_microphone_that_is_off_while_the_other_goes_on_is_said(first_s, last_s):
    """Empty half way, switched on late, off for a while, or dead for the last ten seconds."""
    audio = Audio.of(_on_one_channel(_off(first_s, last_s))[0])
    heard = with_lapses(audio, audio)
    (note,) = heard.notes
    assert (note.code, note.fields["channel"], note.severity) == (
        "recording.channel_gone", 2, "withhold",
    )  # fmt: skip
    assert heard.lost == note.spans
    assert [(span.start, span.end) for span in note.spans] == [
        pytest.approx((first_s, last_s), abs=0.02)
    ]
    assert note.code in catalogue.named("talk.share").spoilt_by


def test_a_silent_channel_is_no_microphone_that_was_off_where_nobody_else_or_no_room_is_heard():
    sound = _on_one_channel(_off(60, 120))[0]
    sound[:, 60 * RATE :] = 0  # the recording ends, and the file is longer
    both = Audio.of(sound)
    assert with_lapses(both, both) is both
    gated = Audio.of(_on_one_channel(lambda own: _off(60, 120)(own) | _gated(own))[0])
    assert with_lapses(gated, gated) is gated
    short = Audio.of(_on_one_channel(_off(90, 110))[0])
    assert with_lapses(short, short) is short


def _broken(*places, gated=False, lost=()):
    """Turns of 1.5 s with pauses between them, on one microphone; silent at places, seconds."""
    rng = np.random.default_rng(8)
    speaks = np.arange(12_000) // 150 % 2 == 0
    room = np.where(_gated(speaks), 0.0, 1e-3) if gated else 1e-3
    sound = rng.normal(size=12_000 * RATE // 100) * np.repeat(np.where(speaks, 0.1, room), 160)
    for start, end in places:
        sound[round(start * RATE) : round(end * RATE)] = 0
    known = replace(Audio.of(sound.astype(np.float32)), lost=lost)
    return with_dropouts(known, speaks.astype(np.float32)), known


@pytest.mark.parametrize(
    ("places", "code"),
    [
        ([(30.5, 31.0)], "recording.dropouts"),
        ([(31.6, 32.4)], "recording.dropouts"),  # in a pause, and the room is heard in the others
        ([(3.0 * k + 0.5, 3.0 * k + 0.7) for k in range(3)], "recording.dropouts"),
        ([(3.0 * k + 0.5, 3.0 * k + 0.7) for k in range(30)], "recording.lapses"),
    ],
)
def test_where_one_microphone_drops_out_is_said_and_missing(places, code):
    audio, _ = _broken(*places)
    (note,) = audio.notes
    assert note.code == code and note.spans == audio.holes
    edges = [edge for span in note.spans for edge in (span.start, span.end)]
    assert edges == pytest.approx([edge for place in places for edge in place], abs=0.011)
    spoils = note.code in catalogue.named("turns.count").spoilt_by
    assert spoils is (note.severity == "withhold") is (code == "recording.lapses")


def test_what_a_gate_padding_or_the_container_left_silent_is_no_dropout():
    gated, known = _broken(gated=True)
    assert gated is known  # every pause is silent: so is none of them lost
    padded, known = _broken((0.0, 4.0), (115.0, 120.0))
    assert padded is known
    told, known = _broken((30.5, 31.0), lost=(Span(30.4, 31.1),))
    assert told is known
