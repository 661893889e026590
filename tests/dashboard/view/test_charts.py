"""What is drawn is what the report says."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from dashboard.view import charts
from diarize.conversation import Conversation, Role, TurnKind, Utterance
from diarize.timeline import Span, total
from prosody.cues.measure import Series
from prosody.report.model import Course
from tests.conftest import retold


def turn(index: int, start: float, end: float, role: str, voice: str) -> Utterance:
    span = Span(start, end)
    return Utterance(index, span, voice, Role(role), TurnKind.PRIMARY, (span,))


@given(
    some.lists(
        some.tuples(
            some.floats(0, 50), some.floats(0.1, 10), some.sampled_from(["therapist", "client"])
        ),
        max_size=12,
    )
)
@settings(deadline=None, max_examples=60)
def test_alone_and_overlap_agree_with_a_count_on_a_fine_grid(rows: Any) -> None:
    turns = tuple(turn(i, s, s + d, r, r[0]) for i, (s, d, r) in enumerate(rows))
    report = _report(turns)
    grid = np.arange(0, 62, 0.01) + 0.005
    speaking = {
        role: np.any(
            [(t.span.start <= grid) & (grid < t.span.end) for t in turns if t.role == role], 0
        )
        if any(t.role == role for t in turns)
        else np.zeros(grid.size, bool)
        for role in ("therapist", "client")
    }
    both = float(np.sum(speaking["therapist"] & speaking["client"])) * 0.01
    shared = report.conversation.overlaps()
    assert total(shared) == pytest.approx(both, abs=0.01 * (2 + 2 * len(turns)))
    for role, other in (("therapist", "client"), ("client", "therapist")):
        mine = charts.alone(report, role)
        inside = np.any([(s.start <= grid) & (grid < s.end) for s in mine], 0) if mine else False
        assert not np.any(inside & speaking[other])
        assert not np.any(inside & ~speaking[role])


def _report(turns: tuple[Utterance, ...]) -> Any:
    class Bare:
        pass

    bare: Any = Bare()
    bare.turns = turns
    bare.conversation = Conversation(turns, (), (), 62.0)
    return bare


def test_a_curve_is_the_mean_of_its_bins_and_keeps_the_gaps(shelf: Any) -> None:
    report = shelf.report()
    frames = shelf.frames(report)
    pitch, level = charts.frame_curves(report, frames, bins=240)
    assert (pitch.name, pitch.unit, level.unit) == ("Pitch", "Hz", "dB")
    assert (pitch.step, pitch.first) == (0.5, 0.25)
    for line in pitch.lines:
        alone = charts.alone(report, line.role)
        time = frames.time_s
        heard = [np.isfinite(frames.f0_hz) & (s.start <= time) & (time < s.end) for s in alone]
        voiced = np.any(heard, axis=0)
        bins = np.floor(np.round(time.astype(float), 3) / 0.5)
        for i, value in enumerate(line.values):
            own = frames.f0_hz[voiced & (bins == i)]
            if len(own) > 5:
                assert value == pytest.approx(np.mean(own), abs=2.0)
            if not len(own):
                assert value is None
    therapist, client = pitch.lines
    assert therapist.values[4] is None and client.values[4] is not None
    assert all(line.values[56] is None for line in pitch.lines), "a silence is a gap"


def test_overlapped_speech_is_in_neither_curve(shelf: Any) -> None:
    report = shelf.report()
    pitch, _ = charts.frame_curves(report, shelf.frames(report), bins=480)
    assert len(pitch.lines) == 2
    for line in pitch.lines:
        assert line.values[int(49.5 / 0.25)] is None
        assert any(value is not None for value in line.values)


def test_a_recording_with_a_channel_per_person_has_curves_too(shelf: Any) -> None:
    report = shelf.report()
    one = charts.frame_curves(report, shelf.frames(report))
    assert one == charts.frame_curves(report, shelf.frames(report, channels=2))


def test_bins_never_exceed_what_was_asked(shelf: Any) -> None:
    report = shelf.report()
    long = replace(report, recording=replace(report.recording, duration_s=10_000.0))
    curve = charts.frame_curves(long, shelf.frames(report), bins=100)[0]
    assert curve.step == 100.0
    assert all(len(line.values) <= 100 for line in curve.lines)


def test_a_cues_course_is_drawn_at_the_middle_of_its_windows(shelf: Any) -> None:
    report = shelf.report()
    (curve,) = charts.course_curves(report)
    assert (curve.step, curve.first, curve.unit) == (30.0, 45.0, "%")
    assert [line.values for line in curve.lines] == [(28.0, 33.0), (72.0, None)]


def test_a_session_in_which_nobody_speaks_can_be_drawn(shelf: Any) -> None:
    empty = shelf.report(utterances=(), events=(), moments=(), links=(), measures=())
    assert charts.lanes(empty) == ("therapist", "client")
    pitch, _ = charts.frame_curves(empty, shelf.frames(empty))
    assert all(v is None for line in pitch.lines for v in line.values)


def test_a_third_voice_gets_a_lane_of_its_own(shelf: Any) -> None:
    report = shelf.report()
    third = retold(report, utterances=(*report.turns, turn(13, 119.0, 119.5, "other", "C")))
    assert charts.lanes(third) == ("therapist", "client", "voice C")


def test_voices_without_a_role_are_kept_apart(shelf: Any) -> None:
    report = shelf.report()
    undecided = retold(report, utterances=tuple(replace(t, role="unknown") for t in report.turns))
    assert charts.lanes(undecided) == ("voice A", "voice B")
    assert charts.alone(undecided, "voice A") == charts.alone(report, "therapist")
    pitch, _ = charts.frame_curves(undecided, shelf.frames(report))
    assert [line.role for line in pitch.lines] == ["voice A", "voice B"]
    named, _ = charts.frame_curves(report, shelf.frames(report))
    assert [line.values for line in pitch.lines] == [line.values for line in named.lines]


def test_a_course_that_can_never_be_said_is_left_out(shelf: Any) -> None:
    report = shelf.report()
    lines = report.course.series
    silent = replace(lines[0], cue="voice.level", value=(None, None))
    more = replace(report, course=replace(report.course, series=(*lines, silent)))
    assert charts.series(more) == (("talk.share", (0, 1)),)


def test_every_curve_has_a_name_of_its_own(shelf: Any) -> None:
    report, starts = shelf.report(), (0.0, 30.0)
    level = Series("voice.level", "therapist", starts, (-30.0, -29.0))
    report = replace(report, course=Course(90.0, 30.0, (*report.course.series, level)))
    curves = (*charts.frame_curves(report, shelf.frames(report)), *charts.course_curves(report))
    assert len({curve.name for curve in curves}) == len(curves) == 4
