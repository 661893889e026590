"""Two channels that change persons half-way are put right where a transcript says it plainly."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from diarize.formats.transcript import Cue, Transcript
from diarize.models.engine import Engine
from diarize.recording.audio import Audio
from diarize.separation.task import Separation
from diarize.timeline import Span, Turn
from diarize.transcription.exchanges import exchanged_at
from prosody.kept_channels import kept_to_persons
from prosody.settings import Settings

RATE = 16_000
SAID = [(Span(4.0 * k, 4.0 * k + 3.5), "TC"[k % 2]) for k in range(30)]
CUES = tuple(Cue(span, who, "so it was") for span, who in SAID)


def heard(at_s):
    """Turns of channels that change persons at a time, which may lie inside a turn."""
    turns = []
    for span, who in SAID:
        for part, later in (
            (
                (Span(span.start, min(span.end, at_s)), False),
                (Span(max(span.start, at_s), span.end), True),
            )
            if span.start < at_s < span.end
            else ((span, span.start >= at_s),)
        ):
            turns.append(Turn(part, f"channel {1 + ((who == 'C') ^ later)}"))
    return tuple(turns)


@pytest.mark.parametrize("at_s", [24.0, 40.0, 61.5, 90.0])
def test_the_place_is_found_where_channels_change_persons(at_s):
    (found,) = exchanged_at(CUES, heard(at_s))
    # nobody speaks for half a second between turns: no place in it is better than another
    assert abs(found - at_s) <= 0.5


@pytest.mark.parametrize("places", [(30.0, 70.0), (20.0, 61.5, 100.0)])
def test_channels_that_change_persons_and_back_are_followed(places):
    """The plug was changed, and changed again."""
    turns = [
        Turn(turn.span, turn.voice if sum(turn.span.start >= at for at in places) % 2 == 0 else
             {"channel 1": "channel 2", "channel 2": "channel 1"}[turn.voice])
        for turn in heard(200.0)
    ]  # fmt: skip
    found = exchanged_at(CUES, turns)
    assert found == pytest.approx(places, abs=4.0)  # turns are not cut here


def test_labels_that_change_persons_at_every_turn_say_nothing_of_channels():
    cues = [replace(cue, voice="TC"[k // 2 % 2]) for k, cue in enumerate(CUES)]
    assert exchanged_at(cues, heard(200.0)) == ()


@pytest.mark.parametrize("at_s", [0.0, 200.0])
def test_channels_that_keep_their_persons_are_left_alone(at_s):
    assert exchanged_at(CUES, heard(at_s)) == ()
    assert exchanged_at((), heard(40.0)) == ()


def kept(at_s, cues=CUES, engine="channels"):
    decoded = Audio.of(np.random.default_rng(5).normal(0, 0.05, (2, 120 * RATE)).astype(np.float32))
    channels = (("channel 1", 0), ("channel 2", 1))
    separation = Separation(heard(at_s), Engine(engine, "1"), (), channels)
    asked = []

    def separate(audio, speech):
        asked.append(audio)
        return replace(separation, turns=heard(200.0))

    fitted = SimpleNamespace(transcript=Transcript(cues)) if cues else None
    given = SimpleNamespace(on=lambda audio, speech: fitted)
    rest: dict[str, Any] = {"separate": separate, "given": given, "settings": Settings()}
    audio, _, found = kept_to_persons(decoded, (decoded, None, separation), **rest)
    return decoded, audio, found, asked


def test_from_the_place_on_each_channel_is_given_the_other_s_sound():
    decoded, audio, found, (again,) = kept(61.5)
    at = [n.spans[0].start for n in again.notes if n.code == "recording.channels_exchanged"]
    assert at == pytest.approx([61.5], abs=0.01)
    first = round(at[0] * RATE)
    assert np.array_equal(again.samples[:, :first], decoded.samples[:, :first])
    assert np.array_equal(again.samples[:, first:], decoded.samples[::-1, first:])
    assert found.turns == heard(200.0) and "recording.channels_exchanged" in [
        n.code for n in audio.notes
    ]


@pytest.mark.parametrize(("at_s", "cues"), [(200.0, CUES), (61.5, ())])
def test_without_a_plain_word_of_labels_nothing_is_exchanged(at_s, cues):
    decoded, audio, _, asked = kept(at_s, cues)
    assert audio is decoded and asked == []
