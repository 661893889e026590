"""Hums are heard by their sound, given to who listens, and nothing else is touched."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import lfilter

from diarize.models.engine import Engine
from diarize.recording.audio import RATE_HZ, Audio
from diarize.separation.murmurs import listened, sounding
from diarize.separation.task import Separation
from diarize.settings import Murmurs
from diarize.timeline import Span, Turn

RULE, MADE = Murmurs(), Engine("made", "1")
MOUTHS = ((700, 1100, 2500), (300, 2300, 3000), (500, 1700, 2500), (300, 900, 2300))  # Hz


def source(seconds, f0_hz, seed=0):
    """Make a train of pulses with a little jitter and breath."""
    rng = np.random.default_rng(seed)
    n = round(seconds * RATE_HZ)
    out = rng.normal(0, 0.003, n)
    at = 0.0
    while at < n:
        out[int(at)] += 1.0
        at += RATE_HZ / (f0_hz * (1 + rng.normal(0, 0.01)))
    return lfilter([1], [1, -0.9], out)


def formant(sound, hz, width_hz):
    r = np.exp(-np.pi * width_hz / RATE_HZ)
    return lfilter([1 - r], [1, -2 * r * np.cos(2 * np.pi * hz / RATE_HZ), r * r], sound)


def speech(seconds, f0_hz, seed=0):
    """Open-mouthed syllables of a fifth of a second, each of another vowel."""
    made = source(seconds, f0_hz, seed)
    step = RATE_HZ // 5
    for n, first in enumerate(range(0, len(made), step)):
        part = made[first : first + step]
        made[first : first + step] = sum(formant(part, hz, 90) for hz in MOUTHS[n % len(MOUTHS)])
    return level(made, 0.1)


def hum(seconds, f0_hz, seed=1):
    return level(formant(formant(source(seconds, f0_hz, seed), 260, 60), 300, 90), 0.04)


def level(sound, rms):
    return sound * rms / np.sqrt(np.mean(sound**2))


class Room:
    """A recording that is put together piece by piece, and who a separator says speaks in it."""

    def __init__(self, seconds=40.0):
        rng = np.random.default_rng(9)
        self.sound = rng.normal(0, 1e-5, round(seconds * RATE_HZ))
        self.turns = []
        self.hum = Span(0.0, 0.0)

    def put(self, voice, sound, at):
        first = round(at * RATE_HZ)
        self.sound[first : first + len(sound)] += sound
        span = Span(at, at + len(sound) / RATE_HZ)
        if voice:
            self.turns.append(Turn(span, voice))
        return span

    def heard(self, *, gain=1.0, shift_s=0.0, names=("A", "B")):
        quiet = np.zeros(round(shift_s * RATE_HZ))
        sound = np.concatenate([quiet, self.sound]) * gain
        called = dict(zip(("A", "B"), names, strict=True))
        turns = sorted(Turn(t.span.shifted(shift_s), called[t.voice]) for t in self.turns)
        audio = Audio.of(np.asarray(sound, np.float32))
        return listened(Separation(tuple(turns), MADE), audio, RULE)


@pytest.fixture
def room():
    """Two people take turns; the second hums in a pause of the first, who is given the hum."""
    made = Room()
    made.put("A", speech(6.0, 110), 1.0)
    made.hum = made.put("A", hum(0.5, 110), 7.3)
    made.put("A", speech(6.0, 110, 2), 8.1)
    made.put("B", speech(8.0, 190, 3), 15.0)
    made.put("A", speech(3.0, 110, 4), 24.0)
    made.put("B", speech(3.0, 190, 5), 28.0)
    return made


def spoken(found, voice):
    return [turn.span for turn in found.turns if turn.voice == voice]


def test_a_hum_is_darker_and_steadier_than_speech():
    for f0_hz in (100, 150, 220):
        closed, open_ = sounding(hum(0.5, f0_hz), RULE), sounding(speech(0.5, f0_hz), RULE)
        assert closed.tilt_db < open_.tilt_db - RULE.hum_darker_db
        assert closed.unsteady_db < open_.unsteady_db
        assert min(closed.voiced_share, open_.voiced_share) > 0.9


def test_a_hum_inside_a_voices_own_talk_is_the_others(room):
    found = room.heard()
    assert [(h.voice, h.span) for h in found.hums] == [("B", room.hum)]
    assert room.hum in spoken(found, "B") and room.hum not in spoken(found, "A")


def test_speech_as_short_and_in_the_same_place_is_left_where_it_is(room):
    other = Room()
    for turn in room.turns:
        long = turn.span.duration
        f0_hz = 110 if turn.voice == "A" else 190
        other.put(turn.voice, speech(long, f0_hz, 7), turn.span.start)
    found = other.heard()
    assert found.hums == () and found.turns == tuple(sorted(other.turns))


def test_a_hum_before_ones_own_turn_is_ones_own(room):
    own = room.put("B", hum(0.4, 190), 14.4)
    found = room.heard()
    assert Turn(own, "B") in found.hums and own in spoken(found, "B")


def test_a_hum_out_of_a_pause_that_runs_into_speech_is_found(room):
    began = room.put("", hum(0.4, 190), 32.0)
    room.put("A", np.concatenate([np.zeros(len(hum(0.4, 190))), speech(3.0, 110, 6)]), 32.0)
    room.put("A", speech(2.0, 110, 8), 29.7)
    room.turns = [t for t in room.turns if t.span.start != 28.0]
    late = [h for h in room.heard().hums if h.span.start > 31]
    assert [h.voice for h in late] == ["B"]
    assert late[0].span.overlap(began) > 0.8 * began.duration


def test_what_is_far_below_the_voice_and_has_no_pitch_is_nobodys(room):
    rng = np.random.default_rng(3)
    breath = room.put("B", level(rng.normal(0, 1, RATE_HZ // 2), 1e-4), 32.5)
    assert breath not in spoken(room.heard(), "B")
    assert len(room.heard().turns) == len(room.turns) - 1


def test_neither_gain_nor_time_nor_the_voices_names_matter(room):
    plain = room.heard()
    for gain in (0.05, 3.0):
        assert room.heard(gain=gain).hums == plain.hums
    (moved,) = room.heard(shift_s=2.0).hums
    assert moved.voice == "B" and moved.span.start == pytest.approx(room.hum.start + 2.0)
    (renamed,) = room.heard(names=("Y", "X")).hums
    assert renamed == Turn(room.hum, "X")


def test_with_three_voices_nobody_is_given_anothers_hum(room):
    room.turns.append(Turn(Span(33.0, 36.0), "C"))
    audio = Audio.of(np.asarray(room.sound, np.float32))
    found = listened(Separation(tuple(sorted(room.turns)), MADE), audio, RULE)
    assert Turn(room.hum, "A") in found.hums
    assert room.hum in spoken(found, "A")


def test_a_voice_with_little_speech_is_not_judged():
    made = Room(5.0)
    only = made.put("A", hum(0.5, 110), 1.0)
    found = made.heard()
    assert found.hums == () and spoken(found, "A") == [only]
    nobody = listened(replace(found, turns=()), Audio.of(np.zeros(16000, np.float32)), RULE)
    assert nobody.turns == () and nobody.hums == ()
