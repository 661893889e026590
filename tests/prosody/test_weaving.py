"""What is said of a transcript when turns, words and roles become a conversation."""

from dataclasses import replace

import numpy as np
import pytest

from diarize.formats.transcript import Cue, Transcript
from diarize.messages import Note
from diarize.models.engine import Engine
from diarize.recording.audio import Audio
from diarize.separation.table import supplied
from diarize.timeline import Span, Turn, Word
from diarize.transcription.supplied import Fitted
from diarize.transcription.table import Transcription
from prosody.options import Asked
from prosody.settings import Settings
from prosody.weaving import woven

TURNS = (Turn(Span(0.0, 4.0), "A"), Turn(Span(5.0, 9.0), "B"))
HEARD = (Word(Span(1.0, 1.5), "well", voice="A"), Word(Span(6.0, 6.5), "yes", voice="B"))
LOST = (Word(Span(14.0, 14.4), "so", voice="A"), Word(Span(14.4, 15.0), "then", voice="A"))


def notes(words, fitted):
    return made(words, fitted).notes


def made(words, fitted, turns=TURNS, until_s=20.0, said=()):
    audio = replace(Audio.of(np.zeros(round(until_s * 16_000), np.float32), 16_000), notes=said)
    return woven(
        audio,
        supplied(turns, audio.duration),
        Transcription(words, "en", Engine("supplied", "1")),
        fitted=fitted,
        letters={},
        asked=Asked(),
        settings=Settings(),
    )


def test_words_of_a_transcript_that_no_turn_has_are_said_with_their_place():
    (note,) = [
        n
        for n in notes(HEARD + LOST, Fitted(Transcript(())))
        if n.code == "transcript.words_unplaced"
    ]
    assert note.fields == {"words": 2} and note.severity == "caution"
    assert note.spans == (Span(14.0, 15.0),)


def test_nothing_is_said_where_every_word_has_its_turn_or_no_transcript_came():
    given = Fitted(Transcript(()))
    said = (*notes(HEARD, given), *notes(HEARD + LOST, None))
    assert not [note for note in said if note.code == "transcript.words_unplaced"]


def test_what_a_microphone_hears_while_the_other_is_off_says_nothing_of_labels():
    """The therapist's microphone hears the client, too, and is all that is heard of the client."""
    off = Span(20.0, 120.0)
    turns = [Turn(Span(5.0 * k, 5.0 * k + 4.0), "AB"[k % 2] if k < 4 else "A") for k in range(24)]
    cues = tuple(
        Cue(turn.span, {0: "therapist", 1: "client"}[k % 2], "so it was")
        for k, turn in enumerate(turns)
    )
    note = Note("recording.channel_gone", {}, "withhold", (off,))
    found = made((), Fitted(Transcript(cues)), turns, 120.0, (note,))
    assert found.agreement.labels_agree == 1.0
    assert {c.voice: c.role for c in found.conversation.casting} == {
        "A": "therapist",
        "B": "client",
    }


def test_words_whose_labels_the_voices_contradict_tell_no_roles():
    """Questions and "you" would make a therapist of whoever the words fell to."""
    said = {"T": "how do you feel about your work and what do you do", "C": "I think I do my best"}
    turns, cues, words = [], [], []
    for k in range(60):
        span = Span(5.0 * k, 5.0 * k + 4.0)
        voice = "AB"[k % 2]
        label = "TC"[(k // 2) % 2]  # regardless of who is heard
        turns.append(Turn(span, voice))
        cues.append(Cue(span, label, said[label]))
        words += [
            Word(Span(span.start + 0.3 * n, span.start + 0.3 * n + 0.2), text, voice=voice)
            for n, text in enumerate(said["TC"[k % 2]].split())
        ]
    alone = made(words, None, turns, 300.0).conversation.casting
    assert {c.role for c in alone} == {"therapist", "client"}
    given = made(words, Fitted(Transcript(tuple(cues))), turns, 300.0)
    assert {(c.role, c.certainty, c.evidence.code) for c in given.conversation.casting} == {
        ("unknown", 0.0, "casting.whose_words")
    }
    assert "transcript.labels_disagree" in [note.code for note in given.notes]


def test_where_a_file_s_turns_or_the_channels_are_wrong_nobody_s_role_is_known():
    """Nor is the voice named that a person called the therapist by the file's name for it."""
    note = Note("separator.turns_or_channels", {}, "withhold")
    found = woven(
        Audio.of(np.zeros(320_000, np.float32), 16_000),
        replace(supplied(TURNS, 20.0), notes=(note,)),
        Transcription(HEARD, "en", Engine("supplied", "1")),
        fitted=None,
        letters={"Weber": "C"},
        asked=Asked(therapist="Weber"),
        settings=Settings(),
    )
    assert {(c.role, c.certainty, c.evidence.code) for c in found.conversation.casting} == {
        ("unknown", 0.0, "casting.turns_or_channels")
    }


def unverified(cues, words=HEARD):
    """Weave words of a transcript whose times nothing bears out."""
    note = Note("transcript.too_short", {}, "caution")
    return woven(
        Audio.of(np.zeros(320_000, np.float32), 16_000),
        supplied(TURNS, 20.0),
        Transcription(words, "en", Engine("supplied", "1"), notes=(note,)),
        fitted=Fitted(Transcript(cues, notes=(note,))),
        letters={},
        asked=Asked(),
        settings=Settings(),
    )


@pytest.mark.parametrize(("labels", "code"), [
    (("T", "T", "C", "C"), []),
    (("T", "C", "T", "C"), ["transcript.perhaps_another"]),
    ((None,) * 4, ["transcript.borne_out_by_nothing"]),
])  # fmt: skip
def test_a_transcript_that_nothing_shows_to_be_of_this_recording_is_said(labels, code):
    cues = tuple(
        Cue(Span(at, at + 2.0), who, "so it was")
        for who, at in zip(labels, (0.0, 2.0, 5.0, 7.0), strict=True)
    )
    codes = [n.code for n in unverified(cues).notes]
    assert [c for c in codes if "another" in c or "borne" in c] == code
