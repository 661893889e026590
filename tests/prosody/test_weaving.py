"""What is said of a transcript when turns, words and roles become a conversation."""

import numpy as np

from diarize.formats.transcript import Transcript
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
    audio = Audio.of(np.zeros(20 * 16_000, np.float32), 16_000)
    return woven(
        audio,
        supplied(TURNS, audio.duration),
        Transcription(words, "en", Engine("supplied", "1")),
        fitted=fitted,
        letters={},
        asked=Asked(),
        settings=Settings(),
    ).notes


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
