"""Sound that is missing is nobody's silence, and no fault of a transcript's."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from diarize.conversation import weave
from diarize.edits.streams import streams_of, woven
from diarize.formats.transcript import Cue, Transcript
from diarize.messages import Note, message
from diarize.recording.audio import Audio
from diarize.roles import Casting, Role
from diarize.timeline import Span, Turn
from prosody import catalogue, spoilt
from prosody.analysis import Analysis
from prosody.cues.dyad import silences, transitions, waits
from prosody.cues.measure import LAPSES, WORDS_DOUBTED
from prosody.events import Event, Suggestion
from prosody.features.frames import measure
from prosody.listening import behaviours
from prosody.listening.totals import totals
from prosody.settings import Settings
from prosody.supplied import Supplied
from tests.conftest import tone
from tests.said import codes

TOLD = message("casting.told")
CAST = (Casting("T", Role.THERAPIST, 1.0, TOLD), Casting("C", Role.CLIENT, 1.0, TOLD))
TURNS = tuple(Turn(Span(a, b), v) for v, a, b in [("T", 0, 4), ("C", 10, 14), ("T", 20, 24)])


def analysed(*missing):
    talk = weave(TURNS, None, CAST, 30.0, missing=missing)
    frames = measure(Audio.of(tone(1.0)), speech=np.ones(100, np.float32))
    return Analysis(talk, frames, Settings())


def test_a_hole_is_no_silence_no_wait_and_no_answer():
    whole, hole = analysed(), analysed(Span(5.0, 9.0))
    assert [s.silence.span for s in silences(whole, 3.0)] == [Span(4, 10), Span(14, 20)]
    assert [s.silence.span for s in silences(hole, 3.0)] == [Span(14, 20)]
    assert [t.offset_s for t in transitions(whole)] == [6, 6]
    assert [t.offset_s for t in transitions(hole)] == [6]
    assert len(waits(whole, "therapist", "client")) == 2
    assert [w.start for w in waits(hole, "therapist", "client")] == [24]


def test_sound_that_is_missing_is_no_part_of_a_share_or_a_rate_of_time():
    """Of 30 s somebody speaks in 12; 4 s are missing, one of them while the client is heard."""
    whole, hole = analysed(), analysed(Span(6.0, 9.0), Span(12.0, 13.0))
    quiet = [catalogue.get("talk.silence").measure(one, "both", Span(0, 30)) for one in
             (whole, hole)]  # fmt: skip
    assert [(m.part, m.whole) for m in quiet] == [(18, 30), (15, 27)]
    events = [Event(Suggestion("held_silence", TOLD, 1.0), Span(14, 20), "therapist")]
    rates = [
        next(t.per_10_min for t in totals(one, events) if t.behaviour == "held_silence")
        for one in (whole, hole)
    ]
    assert rates == pytest.approx([600 / 30, 600 / 27])


@pytest.mark.parametrize("code", LAPSES)
def test_what_was_said_in_lost_passages_is_in_no_count(code):
    counted = totals(analysed(), ())
    assert any(t.n is not None for t in counted)
    lost = spoilt.counts(counted, [Note(code, severity="withhold")])
    assert {(t.n, t.per_10_min, t.reliable) for t in lost} == {(None, None, False)}
    assert {t.reason.code for t in lost if t.reason} == {code}
    doubted = spoilt.counts(counted, [Note(code, severity="caution")])
    assert [t.n for t in doubted] == [t.n for t in counted]
    assert not any(t.reliable for t in doubted)
    assert spoilt.counts(counted, ()) == counted


WORDED = ("listening.open_question_share", "listening.reflections_to_questions",
          "listening.uptake", "match.language_style", "turns.median_words",
          "pace.words_per_minute")  # fmt: skip


@pytest.mark.parametrize("cue", WORDED)
def test_figures_of_words_are_withheld_where_passages_are_lost(cue):
    assert {*LAPSES, *WORDS_DOUBTED} <= set(catalogue.named(cue).spoilt_by)


def test_what_rests_on_words_that_may_be_another_recording_s_is_withheld_or_doubted():
    another, nothing = WORDS_DOUBTED
    counted = totals(analysed(), ())
    worded = {row.kind for row in behaviours.table() if row.needs_words}
    gone = [Note(another, severity="withhold")]
    assert set(spoilt.kinds(gone)) == worded
    assert {t.n for t in spoilt.counts(counted, gone) if t.behaviour in worded} == {None}
    doubted = spoilt.counts(counted, [Note(nothing, severity="caution")])
    assert [t.n for t in doubted] == [t.n for t in counted]
    assert not any(t.reliable for t in doubted if t.behaviour in worded)
    kept = [(a, b) for a, b in zip(counted, doubted, strict=True) if a.behaviour not in worded]
    assert kept and all(a == b for a, b in kept)


def test_a_correction_keeps_what_is_missing():
    talk = analysed(Span(5.0, 9.0)).conversation
    again = woven(streams_of(talk), talk)
    assert (again.missing, again.silences) == (talk.missing, talk.silences)


def heard(*spans) -> Any:
    """Speech that a test says is there."""
    return SimpleNamespace(spans=spans)


@pytest.mark.parametrize("code", ["recording.cut_short", "recording.no_end"])
def test_words_in_a_lost_end_are_lost_with_it(code):
    audio = replace(Audio.of(tone(10.0)), notes=(Note(code),))
    cues = tuple(Cue(Span(at, at + 1.5), "AB"[at % 2], f"said at {at}") for at in range(0, 20, 2))
    given = Supplied(Transcript(cues), Path("t.vtt"))
    fitted = given.on(audio, heard(*(cue.span for cue in cues[:5])))
    (lost,) = [n for n in fitted.transcript.notes if n.code == "transcript.in_the_lost_end"]
    assert lost.fields["cues"] == 5
    assert "format.cues_without_sound" not in codes(fitted.transcript.notes)
    assert len(fitted.transcript.cues) == 5
