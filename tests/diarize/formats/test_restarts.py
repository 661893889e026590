"""Clocks that begin anew: two transcripts joined, a night, and what is neither."""

import pytest

from diarize.formats.restarts import on_one_clock
from diarize.formats.transcript import Cue, Transcript
from diarize.settings import Formats
from diarize.timeline import Span
from tests.said import codes

FORMATS = Formats()


def talk(first_s, n, voices="TC"):
    spans = [Span(first_s + 4.0 * k, first_s + 4.0 * k + 3.0) for k in range(n)]
    return tuple(Cue(span, voices[k % len(voices)], "so") for k, span in enumerate(spans))


def starts(transcript):
    return [cue.span.start for cue in transcript.cues]


def test_a_second_transcript_is_laid_behind_the_first_and_that_is_said():
    found = on_one_clock(Transcript(talk(1, 8) + talk(0, 8)), FORMATS)
    assert starts(found) == sorted(starts(found)) and starts(found)[8] == 32.0
    (note,) = found.notes
    assert (note.code, note.severity) == ("format.clock_begins_anew", "caution")
    assert note.spans == (Span(32, 32),)


def test_a_clock_on_the_wall_goes_on_past_midnight():
    found = on_one_clock(Transcript(talk(86_380, 5) + talk(0, 5)), FORMATS)
    assert starts(found) == [86_380.0 + 4 * k for k in range(10)]
    assert codes(found.notes) == []


@pytest.mark.parametrize(
    "cues",
    [
        talk(1, 8, "T") + talk(0, 8, "C"),  # a person's track, and the other's
        talk(100, 8) + talk(60, 8),  # parts in another order
        talk(1, 8) + talk(0, 2),  # two that were added later
        talk(1, 8)[::2] + talk(1, 8)[1::2],
        talk(1, 8) + talk(0, 8) + talk(0, 8),
        (Cue(None, "T", "so"),) * 4,
        (),
    ],
)
def test_what_was_not_joined_stays_where_it_is(cues):
    told = Transcript(cues)
    assert on_one_clock(told, FORMATS) == told
