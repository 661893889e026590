"""A file's turns and a transcript's labels, exchanged for a while, are told by the sound."""

from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest

from diarize.formats.table import read_speakers
from diarize.formats.transcript import Cue, Transcript
from diarize.recording.admission import admit
from diarize.recording.audio import decode
from diarize.separation import embedding as encoder
from diarize.separation.activity import Speech
from diarize.separation.table import supplied
from diarize.settings import Hearing
from diarize.timeline import intersection, total
from diarize.transcription.supplied import Fitted
from prosody.exchanged_labels import doubted_labels
from prosody.exchanged_turns import by_sound
from prosody.options import Asked
from prosody.pipeline import analyse_as_asked
from prosody.supplied import Supplied
from tests.conftest import SAMPLES

pytestmark = pytest.mark.skipif(
    encoder.installed() is None, reason="the voice encoder is not installed"
)
OTHER = {"therapist": "client", "client": "therapist"}
OFTEN = "separator.turns_against_voices_often"
AUDIO = SAMPLES / "attentive.flac"
TRUTH = read_speakers(SAMPLES / "attentive.rttm").turns


def exchanged(*stretches):
    """Give the sample's turns, with the other person's name where they begin in a stretch."""
    return tuple(
        replace(turn, voice=OTHER[turn.voice])
        if any(a <= turn.span.start < b for a, b in stretches)
        else turn
        for turn in TRUTH
    )


def rightly(turns):
    """Give the share of the time in which persons are told apart as they should be."""
    said_s = sum(turn.span.duration for turn in TRUTH)

    def share(names):
        named = dict(zip(names, OTHER, strict=True))
        there = (
            total(intersection((t.span,), [u.span for u in turns if named[u.voice] == t.voice]))
            for t in TRUTH
        )
        return sum(there) / said_s

    return max(map(share, permutations({turn.voice for turn in turns})))


@pytest.fixture(scope="module")
def audio():
    return decode(admit(AUDIO))


@pytest.fixture(scope="module")
def speech(audio):
    return Speech(audio)


@pytest.mark.parametrize(("told", "code"), [
    ([(100.0, 120.0)], "separator.turns_against_voices"),
    ([(80.0, 140.0)], OFTEN),
    ([(110.0, 220.0)], OFTEN),
    ([(44.0, 77.0), (132.0, 165.0)], OFTEN),
])  # fmt: skip
def test_exchanged_turns_are_put_right_and_said_with_their_place(audio, told, code):
    before = supplied(exchanged(*told), audio.duration)
    found = by_sound(audio, before, Hearing())
    (note,) = found.notes
    assert note.code == code and len(note.spans) == len(told)
    assert {turn.voice for turn in found.turns} == (
        {"voice 1", "voice 2"} if code == OFTEN else {"client", "therapist"}
    )
    assert rightly(before.turns) < 0.95 and rightly(found.turns) > 0.97
    edges = [edge for span in note.spans for edge in (span.start, span.end)]
    begun = [min(t.span.start for t in TRUTH if t.span.start >= at) for at, _ in told]
    assert all(min(abs(at - edge) for edge in edges) < 10.0 for at in begun)


def test_right_turns_are_taken_as_they_are(audio):
    for turns in (TRUTH, tuple(replace(turn, voice=OTHER[turn.voice]) for turn in TRUTH)):
        before = supplied(turns, audio.duration)
        assert by_sound(audio, before, Hearing()) is before


def test_roles_do_not_follow_from_names_that_are_exchanged_for_long(tmp_path):
    rows = (
        f"SPEAKER x 1 {t.span.start} {t.span.duration} <NA> <NA> {t.voice} <NA> <NA>\n"
        for t in exchanged((80.0, 140.0))
    )
    path = tmp_path / "turns.rttm"
    path.write_text("".join(rows))
    asked = Asked(speakers=path, transcriber="none", therapist="therapist")
    heard = analyse_as_asked(admit(AUDIO), asked).heard
    assert OFTEN in [note.code for note in heard.facts.notes]
    assert {casting.role for casting in heard.conversation.casting} == {"unknown"}


@pytest.mark.parametrize(
    ("labels", "turns", "told"),
    [
        ([(44.0, 59.0)], [], [(44.0, 59.0)]),
        ([(110.0, 123.0), (160.0, 175.0)], [], [(110.0, 123.0), (160.0, 175.0)]),
        ([], [], []),
        ([], [(44.0, 59.0)], []),  # the separator is wrong there, and the labels are right
    ],
)
def test_labels_that_name_the_other_person_are_told_by_turns_and_voices(
    audio, speech, labels, turns, told
):
    cues = tuple(Cue(turn.span, turn.voice, "so it was") for turn in exchanged(*labels))
    transcript = Transcript(cues)
    given = Supplied(transcript, Path("said.vtt"), _fitted=Fitted(transcript))
    heard = supplied(exchanged(*turns), audio.duration)
    found = doubted_labels(audio, speech, heard, given, Hearing())
    assert len(found.stretches) == len(told)
    for span, (start, end) in zip(found.stretches, told, strict=True):
        assert start - 3 < span.start < span.end < end + 10
    if told:
        given.against_sound(found, by="voices")
        kept = given.on(audio, speech)
        assert kept is not None
        code = "transcript.labels_against_voices"
        assert [note.code for note in kept.transcript.notes] == [code]
        silent = [cue for cue in kept.transcript.cues if cue.voice is None]
        assert silent and all(cue.text for cue in silent)
