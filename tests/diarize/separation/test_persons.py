"""A channel is a person only if speech on it is its own."""

import numpy as np
import pytest
import soundfile

from diarize.formats.table import read_rttm
from diarize.messages import Message, Note
from diarize.recording.audio import RATE_HZ, Audio
from diarize.separation import channels
from diarize.separation.channels import own_speech
from diarize.separation.persons import judged
from diarize.separation.table import Task, separate
from diarize.settings import Hearing
from diarize.timeline import Span, intersection, subtract, total, union
from tests.conftest import SAMPLES

SECONDS = 75
WHOLE = Span(0.0, SECONDS)


def read() -> tuple[np.ndarray, np.ndarray]:
    frames = SECONDS * RATE_HZ
    sound, _ = soundfile.read(SAMPLES / "attentive_two_channel.flac", frames=frames, dtype="f4")
    return sound[:, 0].copy(), sound[:, 1].copy()


LEFT, RIGHT = read()
BOTH = LEFT + RIGHT
RNG = np.random.default_rng(8)
HISS = RNG.normal(0, 0.003, LEFT.size).astype(np.float32)


def later(sound: np.ndarray, seconds: float, gain: float = 1.0) -> np.ndarray:
    n = round(seconds * RATE_HZ)
    return np.concatenate([np.zeros(n, np.float32), sound[: len(sound) - n]]) * np.float32(gain)


def truth(voice: str) -> tuple[Span, ...]:
    turns = read_rttm(SAMPLES / "attentive_two_channel.rttm").turns
    return intersection(union(turn.span for turn in turns if turn.voice == voice), [WHOLE])


def given(note: Note, name: str) -> list[str]:
    found = note.fields[name]
    assert isinstance(found, tuple)
    return [one.code for one in found if isinstance(one, Message)]


PEOPLE = {
    "as recorded": (LEFT, RIGHT),
    "echo": (LEFT, RIGHT + later(LEFT, 0.12, 0.25)),
    "echo both ways": (LEFT + later(RIGHT, 0.2, 0.2), RIGHT + later(LEFT, 0.12, 0.25)),
    "late faint echo": (LEFT, RIGHT + later(LEFT, 0.5, 0.03)),
    "40 dB down": (LEFT, 0.01 * RIGHT),
    "40 dB down with an echo": (LEFT, 0.01 * (RIGHT + later(LEFT, 0.12, 0.25))),
    "inverted": (LEFT, -RIGHT),
    "direct current": (LEFT + 0.05, RIGHT),
    "clipped": ((20 * LEFT).clip(-1, 1), RIGHT),
    "both on one": (BOTH, RIGHT),
    "bleed": (LEFT + later(RIGHT, 0.003, 0.3), RIGHT + later(LEFT, 0.003, 0.3)),
}


@pytest.mark.parametrize("name", PEOPLE)
def test_each_person_keeps_their_own_speech_and_no_other(name: str) -> None:
    audio, speech = judged(Audio.of(np.stack(PEOPLE[name])))
    assert audio.channel_each is True
    for spans, voice in zip(
        own_speech(audio, speech, Hearing()), ("therapist", "client"), strict=True
    ):
        mine = truth(voice)
        assert total(intersection(spans, mine)) > 0.93 * total(mine)
        assert total(spans) < 1.05 * total(mine)


NOBODYS = {
    "dead": (BOTH, 0 * LEFT, "separator.channel_without_speech"),
    "hiss": (BOTH, HISS, "separator.channel_without_speech"),
    "one person and hiss": (LEFT, HISS, "separator.channel_without_speech"),
    "later copy": (BOTH, later(BOTH, 0.1), "separator.channel_copies"),
    "copy with noise": (BOTH, 0.1 * BOTH + 0.1 * HISS, "separator.channel_copies"),
    "upside down": (BOTH, -BOTH, "separator.channels_alike"),
    "two microphones in the room": (LEFT + 0.7 * RIGHT, RIGHT + 0.7 * LEFT, None),
}


@pytest.mark.parametrize("name", NOBODYS)
def test_channels_that_are_nobodys_are_heard_as_one_sound_and_why_is_said(name: str) -> None:
    *channels, why = NOBODYS[name]
    audio, speech = judged(Audio.of(np.stack(channels).astype(np.float32)))
    assert audio.channel_each is False and audio.notes[-1].code == "separator.channels_as_one"
    if why is not None:
        assert given(audio.notes[-1], "why") == [why]
    if name != "upside down":  # whose sum is nothing; decoding takes one of them then
        everybody = union((*truth("therapist"), *truth("client") * (name != "one person and hiss")))
        assert total(intersection(speech.spans, everybody)) > 0.9 * total(everybody)


def test_a_channel_that_is_only_an_echo_is_nobody_even_where_channels_are_asked_for() -> None:
    """What is said on the other would be written down twice."""
    sound = np.stack([BOTH, later(BOTH, 0.18, 0.25) + 0.1 * HISS]).astype(np.float32)
    audio, speech = judged(Audio.of(sound))
    found = separate(audio, "channels", speech=speech)
    assert {turn.voice for turn in found.turns} == {"channel 1"}
    assert [note.fields["channel"] for note in found.notes] == [2]
    everybody = union((*truth("therapist"), *truth("client")))
    heard = union(turn.span for turn in found.turns)
    assert total(intersection(heard, everybody)) > 0.9 * total(everybody)


@pytest.mark.parametrize("leak", [0.0, 0.08, 0.2])
def test_what_one_microphone_hears_of_another_that_is_off_is_not_its_person_s(leak: float) -> None:
    """A wireless microphone was off for half a minute; the other's goes on, and hears both.

    The sample itself has a leak 35 dB down.
    """
    room = np.random.default_rng(9).normal(0, 3e-4, (2, LEFT.size)).astype(np.float32)
    off = Span(20.0, 55.0)
    each = np.stack([LEFT + later(RIGHT, 0.003, leak), RIGHT + later(LEFT, 0.003, leak)]) + room
    each[1, round(off.start * RATE_HZ) : round(off.end * RATE_HZ)] = 0.0
    audio, speech = judged(Audio.of(each))
    assert "recording.channel_gone" in [note.code for note in audio.notes]
    found = channels.separate(Task(audio, speech, Hearing(), None, 2, lambda stage, share: None))
    told = intersection((t.span for t in found.turns if t.voice == "channel 1"), [off])
    mine, theirs = (intersection(truth(voice), [off]) for voice in ("therapist", "client"))
    assert total(intersection(told, mine)) > 0.85 * total(mine)
    assert total(intersection(told, subtract(theirs, mine))) < 0.15 * total(theirs)
    assert [note.code for note in found.notes] == ["separator.faint_while_off"]
