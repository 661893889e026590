"""Two channels that change persons half-way are put right where a transcript says it plainly."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diarize.formats.transcript import Cue, Transcript
from diarize.models.engine import Engine
from diarize.recording.audio import Audio
from diarize.separation.table import SUPPLIED, Separation
from diarize.settings import Labels
from diarize.timeline import Span, Turn
from diarize.transcription.exchanges import against_voices
from diarize.transcription.supplied import Fitted
from prosody.kept_channels import kept_to_persons
from prosody.settings import Settings
from prosody.supplied import Supplied

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
    (found,) = against_voices(CUES, heard(at_s)).places
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
    found = against_voices(CUES, turns).places
    assert found == pytest.approx(places, abs=4.0)  # turns are not cut here


def test_labels_that_change_persons_at_every_turn_say_nothing_of_channels():
    cues = [replace(cue, voice="TC"[k // 2 % 2]) for k, cue in enumerate(CUES)]
    assert against_voices(cues, heard(200.0)).places == ()


@pytest.mark.parametrize("at_s", [0.0, 200.0])
def test_channels_that_keep_their_persons_are_left_alone(at_s):
    assert against_voices(CUES, heard(at_s)).places == ()
    assert against_voices((), heard(40.0)).places == ()


@pytest.mark.parametrize(("told", "stretches"), [
    ([(80.0, 200.0)], [(80.0, 119.5)]),
    ([(0.0, 40.0)], [(0.0, 40.0)]),
    ([(48.0, 72.0)], [(48.0, 72.0)]),
    ([(24.0, 36.0), (80.0, 96.0)], [(24.0, 36.0), (80.0, 96.0)]),
    ([], []),
])  # fmt: skip
def test_where_labels_name_the_other_person_is_found_with_its_place(told, stretches):
    fine = replace(Labels(), least_crossed_s=Labels().least_against_s)
    found = against_voices(exchanged_labels(told), heard(200.0), labels=fine)
    assert [edge for s in found.stretches for edge in (s.start, s.end)] == pytest.approx(
        [edge for pair in stretches for edge in pair], abs=0.5
    )
    assert found.share == pytest.approx(sum(b - a for a, b in stretches) / 120.0, abs=0.02)


def exchanged_labels(stretches):
    """Cues whose labels are exchanged where they begin in one of the stretches."""
    other = {"T": "C", "C": "T"}
    return tuple(
        replace(cue, voice=other[cue.voice])
        if any(a <= cue.span.start < b for a, b in stretches)
        else cue
        for cue in CUES
    )


def kept(at_s, cues=CUES, engine="channels", change: bool | None = True):
    """Keep channels to persons; the voices say whether they change where labels say so."""
    decoded = Audio.of(np.random.default_rng(5).normal(0, 0.05, (2, 120 * RATE)).astype(np.float32))
    channels = (("channel 1", 0), ("channel 2", 1))
    separation = Separation(heard(at_s), Engine(engine, "1"), (), channels)
    asked = []

    def separate(audio, speech):
        asked.append(audio)
        return replace(separation, turns=heard(200.0))

    given = Supplied(Transcript(cues), Path("t.vtt")) if cues else Supplied()
    given._fitted = Fitted(Transcript(cues)) if cues else None
    rest: dict[str, Any] = {"separate": separate, "given": given, "settings": Settings()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("prosody.kept_channels._persons_change", lambda *asked: change)
        audio, _, found = kept_to_persons(decoded, (decoded, None, separation), **rest)
    return decoded, audio, found, asked, given


@pytest.mark.parametrize(("last_k", "fine"), [(18, True), (18, False), (16, True)])
def test_twelve_seconds_in_the_middle_are_found_where_times_are_fine(last_k, fine):
    """Fewer seconds of what is said by one alone than the two changes cost are the label's."""
    other = {"T": "C", "C": "T"}
    cues = [replace(cue, voice=other[cue.voice]) if 15 <= k < last_k else cue
            for k, cue in enumerate(CUES)]  # fmt: skip
    found = against_voices(cues, heard(200.0), fine=fine).stretches
    seen = [(span.start, span.end) for span in found]
    assert seen == ([pytest.approx((60.0, 72.0), abs=0.6)] if fine and last_k == 18 else [])


def test_from_the_place_on_each_channel_is_given_the_other_s_sound():
    decoded, audio, found, (again,), given = kept(61.5)
    at = [n.spans[0].start for n in again.notes if n.code == "recording.channels_exchanged"]
    assert at == pytest.approx([61.5], abs=0.01)
    first = round(at[0] * RATE)
    assert np.array_equal(again.samples[:, :first], decoded.samples[:, :first])
    assert np.array_equal(again.samples[:, first:], decoded.samples[::-1, first:])
    assert found.turns == heard(200.0) and "recording.channels_exchanged" in [
        n.code for n in audio.notes
    ]
    assert given.on(decoded, None).transcript == Transcript(CUES)


@pytest.mark.parametrize(("at_s", "cues"), [(200.0, CUES), (61.5, ())])
def test_without_a_plain_word_of_labels_nothing_is_exchanged(at_s, cues):
    decoded, audio, _, asked, _ = kept(at_s, cues)
    assert audio is decoded and asked == []


@pytest.mark.parametrize(("told", "change", "code", "labels"), [
    ([(64.0, 76.0)], False, "against_channels", 27),
    ([(60.0, 200.0)], False, "against_channels_often", 0),
    ([(40.0, 80.0)], False, "against_channels_often", 0),
    ([(60.0, 200.0)], None, "or_channels", 0),
])  # fmt: skip
def test_labels_that_the_channels_contradict_are_not_believed(told, change, code, labels):
    """No channel is touched; what is left of the labels is what agrees, or none."""
    decoded, audio, _, asked, given = kept(200.0, exchanged_labels(told), change=change)
    assert audio is decoded and asked == []
    transcript = given.on(decoded, None).transcript
    (note,) = transcript.notes
    assert note.code == f"transcript.labels_{code}"
    # of two halves either may be the one that is the other way round
    assert any(span.start <= told[0][0] <= span.end for span in note.spans)
    assert sum(cue.voice is not None for cue in transcript.cues) == labels
    assert all(a.voice in (None, b.voice) for a, b in zip(transcript.cues, CUES, strict=True))


def of_a_file(told, *, change, at_s=200.0):
    """Take a file's turns, exchanged in some stretches, on channels that change at a time."""
    decoded = Audio.of(np.random.default_rng(6).normal(0, 0.05, (2, 120 * RATE)).astype(np.float32))
    decoded = replace(decoded, channel_each=True)
    turns = tuple(Turn(cue.span, cue.voice or "") for cue in exchanged_labels(told))
    separation = Separation(turns, SUPPLIED, (), (("T", 0), ("C", 1)))
    rest: dict[str, Any] = {
        "separate": lambda audio, speech: separation,
        "given": Supplied(),
        "settings": Settings(),
    }

    def own(audio, speech, hearing):
        return tuple(
            tuple(t.span for t in heard(200.0 if audio is not decoded else at_s) if t.voice == name)
            for name in ("channel 1", "channel 2")
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("prosody.kept_channels.own_speech", own)
        patch.setattr("prosody.kept_channels._persons_change", lambda *asked: change)
        patch.setattr("prosody.kept_channels.judged", lambda audio, hearing: (audio, None))
        patch.setattr("prosody.kept_channels._by_voice", lambda *asked: None)
        return kept_to_persons(decoded, (decoded, None, separation), **rest)


@pytest.mark.parametrize(("told", "change", "code", "voices"), [
    ([(64.0, 76.0)], False, "against_channels", {"T", "C"}),
    ([(60.0, 200.0)], False, "against_channels_often", {"channel 1", "channel 2"}),
    ([(60.0, 200.0)], None, "or_channels", {"channel 1", "channel 2"}),
])  # fmt: skip
def test_turns_of_a_file_that_the_channels_contradict_are_not_believed(told, change, code, voices):
    """An RTTM whose two voices are exchanged for a while: who speaks is told by the channels."""
    _, _, found = of_a_file(told, change=change)
    (note,) = found.notes
    assert note.code == f"separator.turns_{code}"
    assert {turn.voice for turn in found.turns} == voices
    first, second = (dict(map(reversed, found.channel_of))[c] for c in (0, 1))
    own = {first: "channel 1", second: "channel 2"}
    assert tuple(Turn(t.span, own[t.voice]) for t in found.turns) == heard(200.0)


def test_channels_that_change_persons_are_put_right_by_a_file_s_turns():
    audio, _, found = of_a_file([], change=True, at_s=61.5)
    assert [note.code for note in audio.notes] == ["recording.channels_exchanged"]
    assert found.notes == () and {turn.voice for turn in found.turns} == {"T", "C"}


def test_turns_of_a_file_that_the_channels_bear_out_are_taken_as_they_are():
    audio, _, found = of_a_file([], change=None)
    assert audio.notes == () == found.notes and found.engine == SUPPLIED
