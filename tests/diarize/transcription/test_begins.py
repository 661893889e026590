"""Words of a transcript with one stamp a turn lie where their own voice speaks."""

import pytest

from diarize.formats.transcript import Cue, Transcript
from diarize.settings import Fitting
from diarize.timeline import Span, Turn
from diarize.transcription.alignment import align
from diarize.transcription.begins import as_said


def test_cues_without_ends_go_on_behind_the_others_hm():
    """One stamp a turn: read as it stands, a long turn ends where the other's "mm-hm" begins."""
    turns = (Turn(Span(0, 10), "X"), Turn(Span(3, 3.4), "Y"), Turn(Span(11, 12), "Y"))
    cues = (
        Cue(Span(0, 3), "A", " ".join(f"w{n}" for n in range(20))),
        Cue(Span(3, 11), "B", "mm-hm"),
        Cue(Span(11, 12), "B", "And then?"),
    )
    read = as_said(Transcript(cues, loose=True, open_ended=True), Fitting())
    words = align(read.cues, turns, 12.0, open_ended=Fitting())
    assert [w.voice for w in words if w.text.startswith("w")] == ["X"] * 20
    assert max(w.span.end for w in words if w.voice == "X") == pytest.approx(10)
    hm, first, _ = [w.span for w in words if w.voice == "Y"]
    assert hm.end <= 3.4 and first.start >= 11
